#!/usr/bin/env bash
# Starts one Kafka broker and PostgreSQL on this machine, measures the pipeline on them, and stops both.
#
#   benches/pipeline.sh [OPTION…]    options of `payflow bench pipeline`, such as --seconds 600
#   RECORD=1                         keep the result as benches/record/DATE-pipeline.txt
#   WORK=DIR                         where their data lie; default target/pipeline
#   TUNE='shared_buffers=1GB …'      settings for PostgreSQL besides those below
#   FLUSH=268435456                  let the kernel write changed pages out from so many bytes on, until it ends; as root
#
# It needs Java, Maven and Debian's postgresql-15, and disk: some 120 MB for each second of --seconds and --warm-up.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
work=$(realpath -m "${WORK:-$target/pipeline}")
libs=$(realpath -m "$target/kafka-libs")
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
port=$((20000 + RANDOM % 10000))

[ -n "${PAYFLOW:-}" ] || cargo build --release
rm -rf "$work"
mkdir -p "$work/postgres"
tests/kafka/kafka.sh install "$libs"
HEAP=1g tests/kafka/kafka.sh run "$libs" "$work/kafka" "$port" $((port + 1)) >"$work/kafka.log" 2>&1 &
kafka=$!

# PostgreSQL refuses to run as root.
as_user=()
if [ "$(id -u)" = 0 ]; then
    chown -R postgres "$work/postgres"
    # The user must reach the folder, whatever lies above it.
    as_user=(runuser -u postgres --)
    data=$(mktemp -d)
    chown postgres "$data"
else
    data=$work/postgres
fi
stop() {
    if [ -n "${FLUSH:-}" ]; then
        # The one that is 0 is not in force, and can't be set to that.
        for setting in "${!flush[@]}"; do [ "${flush[$setting]}" = 0 ] || echo "${flush[$setting]}" >"$setting"; done
    fi
    kill "$kafka" 2>/dev/null || true
    "${as_user[@]}" "$bin/pg_ctl" -D "$data/db" -m immediate stop >/dev/null 2>&1 || true
    wait 2>/dev/null || true
    rm -rf "$work/kafka" "$data"
}
trap stop EXIT

# How the kernel writes changed pages out that nobody has asked to be on the disk.
declare -A flush
for setting in /proc/sys/vm/dirty_background_{ratio,bytes}; do flush[$setting]=$(<"$setting"); done
if [ -n "${FLUSH:-}" ]; then echo "$FLUSH" >/proc/sys/vm/dirty_background_bytes; fi

# Durable as it comes: fsync, synchronous_commit and full_page_writes are left on.
"${as_user[@]}" "$bin/initdb" -D "$data/db" -U postgres -A trust -E UTF8 --locale=C >"$work/initdb.log"
options="-p $((port + 2)) -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data"
for setting in shared_buffers=512MB max_wal_size=8GB checkpoint_timeout=5min wal_compression=lz4 ${TUNE:-}; do options+=" -c $setting"; done
"${as_user[@]}" "$bin/pg_ctl" -w -D "$data/db" -l "$data/log" -o "$options" start >/dev/null
until (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null; do sleep 0.2; done

out=()
if [ "${RECORD:-}" = 1 ]; then out=(--out "benches/record/$(date -u +%F)-pipeline.txt"); fi
"${PAYFLOW:-$target/release/payflow}" bench pipeline --kafka "127.0.0.1:$port" \
    --database "postgresql://postgres@127.0.0.1:$((port + 2))/postgres" "${out[@]}" "$@"
