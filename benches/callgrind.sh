#!/bin/sh
# Counts instructions per byte with callgrind, which repeats to the digit on a noisy machine.
#
#   benches/callgrind.sh [PARSER…]        default: every parser that parse_loop knows
#   ROWS="pacs008-1000 camt053-10000"     only these inputs
#   KEEP=DIR                              keep inputs and callgrind's output there (callgrind_annotate reads it)
#
# callgrind knows AVX2 but not AVX-512, so code that picks its instructions at run time is counted on its AVX2 path.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
work=${KEEP:-$(mktemp -d)}
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"

cargo build --quiet --release --no-default-features --example parse_loop --example messages
loop=$target/release/examples/parse_loop
# shellcheck disable=SC2086 # the rows are words
"$target/release/examples/messages" "$work" ${ROWS:-} > "$work/rows"
parsers=${*:-$("$loop" 2>&1 | sed -n 's/^usage: parse_loop \([^ ]*\).*/\1/p' | tr '|' ' ')}

printf '%-26s %-10s %10s %14s %10s\n' input parser bytes instructions per_byte
while IFS=' ,' read -r name documents _ bytes _; do
    name=${name%:}
    path=$work/$name
    [ "$documents" -gt 1 ] || path=$path.xml
    for parser in $parsers; do
        out=$work/callgrind.$parser.$name
        valgrind --tool=callgrind --toggle-collect='parse_loop::measured*' --callgrind-out-file="$out" \
            "$loop" "$parser" 1 "$path" > "$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }
        instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$out.log")
        awk -v n="$name" -v p="$parser" -v b="$bytes" -v i="$instructions" \
            'BEGIN { printf "%-26s %-10s %10d %14d %10.2f\n", n, p, b, i, i / b }'
    done
done < "$work/rows"
