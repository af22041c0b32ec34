#!/bin/sh
# A large file through a window, beside the same path in memory: size, time, speed, peak memory.
#
#   benches/large.sh [MEGABYTES [MEGABYTES_IN_MEMORY]]      default: 2000, and 200 for the path in memory
#
# The path in memory needs several times the size of the file: its speed is taken on a smaller one. The last rows have a
# fault in the last item: nothing may be mapped.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --release --no-default-features --example large
large=$target/release/examples/large

for family in camt053 pacs008; do
    echo "$family"
    "$large" make $family "${2:-200}" "$work/small.xml"
    for what in validate map; do
        "$large" $what memory "$work/small.xml"
        "$large" $what window "$work/small.xml"
    done
    "$large" make $family "${1:-2000}" "$work/large.xml"
    for what in validate map; do
        "$large" $what window "$work/large.xml"
    done
    # The end tags of the last item, one letter changed.
    size=$(stat -c %s "$work/large.xml")
    last=$(tail -c 4096 "$work/large.xml" | grep -abo '</Ccy>\|</Amt>\|</Cd>\|</Nm>' | tail -1 | cut -d: -f1)
    printf 'X' | dd of="$work/large.xml" bs=1 seek=$((size - 4096 + last + 2)) conv=notrunc 2>/dev/null
    "$large" map window "$work/large.xml"
done
