#!/usr/bin/env bash
# Runs the fuzz targets, each for so many seconds, two at a time.
#
#   fuzz/run.sh 1800                      every target for half an hour
#   fuzz/run.sh 600 engine replies        these two for ten minutes
#   KEEP=1 fuzz/run.sh 1800               and keep a few small inputs that reach more under fuzz/corpus
#
# A crash, a hang (ten seconds for one input) or a disagreement ends a target; its input is then in fuzz/artifacts.
# It needs cargo-fuzz, which is installed where it is missing, and runs on the stable tool chain.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?how many seconds each target runs}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(engine xsd replies command)
command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
export RUSTC_BOOTSTRAP=1
work=${WORK:-$(mktemp -d)}

# Our own samples are where the fuzzer begins; each target reads them in its own form.
seeds() {
    local folder=$work/$1
    mkdir -p "$folder"
    cp -n fuzz/corpus/"$1"/* "$folder" 2>/dev/null || true
    case $1 in
        engine) find samples -name '*.xml' -size -16k -exec cp -n {} "$folder" \; ;;
        replies) find samples -name '*.xml' -size -16k | while read -r file; do
            { printf 'A'; cat "$file"; } > "$folder/$(basename "$file")"
        done ;;
        command) find samples -name '*.xml' -size -8k | while read -r file; do
            { echo 'validate --format json FILE'; cat "$file"; } > "$folder/$(basename "$file")"
            { echo 'map FILE'; cat "$file"; } > "$folder/map-$(basename "$file")"
        done ;;
        xsd) find schemas tests/data samples -name '*.xsd' -size -24k | while read -r file; do
            cp -n "$file" "$folder"
        done ;;
    esac
}

fuzz() {
    local target=$1 folder=$work/$1
    seeds "$target"
    cargo fuzz run --release "$target" "$folder" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=32768 \
        -dict=fuzz/payflow.dict -close_fd_mask=3 -print_final_stats=1 -verbosity=1 > "$work/$target.log" 2>&1 || {
        echo "$target: FAILED, see $work/$target.log"
        tail -n 40 "$work/$target.log"
        return 1
    }
    printf '%-8s %s s, %s inputs run, %s kept\n' "$target" "$seconds" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")" "$(find "$folder" -type f | wc -l)"
}

for target in "${targets[@]}"; do
    cargo fuzz build --release "$target"
done
printf '%s\n' "${targets[@]}" | (
    failed=0
    while read -r target; do
        while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do wait -n || failed=1; done
        fuzz "$target" &
    done
    while [ "$(jobs -rp | wc -l)" -gt 0 ]; do wait -n || failed=1; done
    exit $failed
)

if [ -n "${KEEP:-}" ]; then
    for target in "${targets[@]}"; do
        # The smallest inputs that together reach what all reach, and of those the small ones.
        mkdir -p "fuzz/corpus/$target" "$work/$target.min"
        cargo fuzz run --release "$target" "$work/$target.min" "$work/$target" -- -merge=1 -max_len=2048 > "$work/$target.merge.log" 2>&1
        find "$work/$target.min" -type f -size -2k | sort | head -n 150 | xargs -r -I{} cp -n {} "fuzz/corpus/$target/"
    done
fi
