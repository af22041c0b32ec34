#!/usr/bin/env bash
# Installs the rivals, runs them beside payflow on the same bytes in the same run, and prints one table.
#
#   benches/rivals/run.sh [RIVAL…]        default: all of rivals.tsv; payflow always runs
#   RECORD=1                              keep the table under benches/record/
#   INPUTS="pacs008-1000 camt053-10000"   only these inputs; TURNS=9 and TURN_MS=1000 of processor time, CORE=1
#   WORK=DIR                              where everything is built and written; default target/rivals
#
# README.md tells what is measured, and how a rival is added.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/benches/rivals
work=$(realpath -m "${WORK:-${CARGO_TARGET_DIR:-target}/rivals}")
read -ra inputs <<< "${INPUTS:-pacs008-single-compact pacs008-single-indented pacs008-1000 camt053-10000}"
turns=${TURNS:-7} turn_ms=${TURN_MS:-500} core=${CORE:-$(($(nproc) - 1))}
mkdir -p "$work/bin"

say() { printf '%s\n' "$*" >&2; }

# The rows that were asked for, without comments: ours first.
rows() {
    local wanted=" $* "
    while IFS= read -r row; do
        [[ $row != \#* ]] || continue
        if [[ $# -eq 0 || $row == payflow* || $wanted == *" ${row%%$'\t'*} "* ]]; then printf '%s\n' "$row"; fi
    done < "$here/rivals.tsv"
}

# ---- How they are built; each can be run again, and does only what is missing.

debian() {
    dpkg-query -W "$@" > "$work/debian.log" 2>&1 && return
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}
cargo_bin() { cargo build --quiet --release --manifest-path "$here/rust/Cargo.toml" --target-dir "$work/rust" --bin "$1" ${2:+--features "$2"}; }
cc_dom() { debian g++ libpugixml-dev librapidxml-dev && g++ -O3 -o "$work/bin/dom" "$here/c/dom.cpp" -lpugixml; }
cc_libxml2() {
    debian gcc pkg-config libxml2-dev
    # shellcheck disable=SC2046 # flags are words
    gcc -O3 -o "$work/bin/libxml2" "$here/c/libxml2.c" $(pkg-config --cflags --libs libxml-2.0)
}
java_classes() {
    command -v javac > /dev/null || debian default-jdk-headless
    command -v mvn > /dev/null || debian maven
    mkdir -p "$work/java" && cp "$here/java/pom.xml" "$work/java/"
    mvn -q -B -f "$work/java/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/java/lib" >&2
    javac -cp "$work/java/lib/*" -d "$work/java/classes" "$here"/java/*.java
}
go_bin() {
    command -v go > /dev/null || debian golang-go
    mkdir -p "$work/go" && cp "$here"/go/* "$work/go/"
    (cd "$work/go" && go mod tidy 2> tidy.log && go build -o "$work/bin/moov" .)
}

version() {
    case $1 in
        crate:*) grep -A1 "^name = \"${1#*:}\"$" "$here/rust/Cargo.lock" | sed -n 's/^version = "\(.*\)"/\1/p' | sort -V | tail -1 ;;
        deb:*) dpkg-query -W -f '${Version}' "${1#*:}" ;;
        jdk:) java -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p' ;;
        jar:*) basename "$work"/java/lib/"${1#*:}"-*.jar .jar | sed "s/^${1#*:}-//" ;;
        go:*) awk -v m="${1#*:}" '{ sub("^require ", "") } $1 == m { print $2 }' "$work/go/go.mod" ;;
        *) git describe --always --dirty ;;
    esac
}

# ---- What they read: whole messages, the Document alone, and the schema.

prepare() {
    cargo_bin prepare
    rm -rf "$work/whole" "$work/documents"
    "$work/rust/release/prepare" "$work/whole" "${inputs[@]}"
    cp -r "$work/whole" "$work/documents"
    find "$work/documents" -name '*.xml' -exec perl -0777 -i -pe \
        's/^.*?(?=<(?:\w+:)?Document[\s>])//s; s/(<\/(?:\w+:)?Document>).*$/$1/s' {} +
}

# ---- The turns. A program that was started waits for its turn on one pipe and answers on another.

# start NAME PROGRAM…: its first answer, which tells what it takes, goes to the results.
start() {
    local name=$1; shift
    rm -f "$work/to.$name" "$work/from.$name" && mkfifo "$work/to.$name" "$work/from.$name"
    (cd "$work" && exec taskset -c "$core" "$@" < "to.$name" > "from.$name" 2> "log.$name") &
    exec {pipe}> "$work/to.$name" && to[$name]=$pipe
    exec {pipe}< "$work/from.$name" && from[$name]=$pipe
}

# turn NAME MILLISECONDS: prints its answer; fails when the program has ended.
turn() {
    local answer
    printf '%s\n' "$2" >&"${to[$1]}" && IFS= read -r answer <&"${from[$1]}" && printf '%s\n' "$answer"
}

measure() {
    local input=$1 path schema answer name bytes warm program
    declare -A to=() from=()
    local running=() pipe
    case $input in pacs008*) schema=$work/whole/pacs.008.001.08.xsd ;; *) schema=$work/whole/camt.053.001.08.xsd ;; esac
    while IFS=$'\t' read -r name _ _ _ bytes _ _ warm program; do
        case $bytes in whole) path=$work/whole/$input ;; *) path=$work/documents/$input ;; esac
        [ -d "$path" ] || path=$path.xml
        read -ra program <<< "$program"
        case ${program[0]} in */*) program[0]=$work/${program[0]} ;; esac
        start "$name" "${program[@]}" "$path" "$schema"
        IFS= read -r answer <&"${from[$name]}" || answer="0 all 0"
        printf 'takes\t%s\t%s\t%s\n' "$input" "$name" "${answer// /$'\t'}"
        say "  $name: takes and refuses ${answer% *}"
        [ "${answer%% *}" != 0 ] && turn "$name" "$warm" > "$work/warm.log" && running+=("$name")
    done <<< "$chosen"
    for ((i = 1; i <= turns; i++)); do
        for name in "${running[@]}"; do
            answer=$(turn "$name" "$turn_ms") && printf 'turn\t%s\t%s\t%s\n' "$input" "$name" "${answer// /$'\t'}"
        done
    done
    for pipe in "${to[@]}" "${from[@]}"; do
        exec {pipe}>&-
    done
    wait
}

# ---- The run.

trap '' PIPE
chosen=$(rows "$@")
while IFS= read -r build; do
    say "building: $build"
    # shellcheck disable=SC2086 # a function and its arguments
    $build
done < <(cut -f3 <<< "$chosen" | sort -u)
prepare
for input in "${inputs[@]}"; do
    say "measuring on $input"
    measure "$input"
done > "$work/results.tsv"

table() {
    printf 'date      %s\ncommit    %s\n' "$(date -u +%F)" "$(git describe --always --dirty)"
    printf 'compiler  %s, %s\n' "$(rustc --version)" "$(gcc --version | head -1)"
    awk -F': *' '/^(model name|cpu family|model)\t*/ { sub("\t*$", "", $1); if (!($1 in f)) f[$1] = $2 }
        /avx512bw/ { v = "avx512bw" } /avx2/ && v == "" { v = "avx2" }
        END { printf "machine   %s, family %s model %s, vectors up to %s, ", f["model name"], f["cpu family"], f["model"], v }' /proc/cpuinfo
    printf '%s cores, one used, load %s\n\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
    while IFS=$'\t' read -r name _ _ where _; do
        printf 'version\t%s\t%s\n' "$name" "$(version "$where")"
    done <<< "$chosen" > "$work/versions.tsv"
    awk -F'\t' -v turns="$turns" -v turn_ms="$turn_ms" -f "$here/table.awk" \
        <(printf '%s\n' "$chosen") "$work/versions.tsv" "$work/results.tsv"
}
table > "$work/table.txt"
cat "$work/table.txt"
if [ -n "${RECORD:-}" ]; then
    record=benches/record/$(date -u +%F)-rivals.txt
    cp "$work/table.txt" "$record"
    say "kept as $record"
fi
