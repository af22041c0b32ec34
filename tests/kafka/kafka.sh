#!/usr/bin/env bash
# A real Apache Kafka on this machine, for the tests.
#
#   kafka.sh install LIBS                        fetch the broker's jars into the folder LIBS, once
#   kafka.sh run LIBS DATA PORT CONTROLLER_PORT [FILE [OPTION…]]
#                                                run a broker until it is ended; its data lie in the folder DATA; FILE has
#                                                further settings of it, each OPTION is one of the data's format. It is a
#                                                cluster of its own
#   kafka.sh node LIBS DATA [OPTION…]            run a broker as the file server.properties in the folder DATA says
#   HEAP=1g                                      the broker's memory; default 256m
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cluster=cGF5ZmxvdyB0ZXN0cyBLYQ

install() {
    local libs=$1 stamp=$1/.complete
    # A fetch that was cut off leaves no stamp, and another version leaves another one.
    if cmp -s "$here/pom.xml" "$stamp"; then return; fi
    rm -rf "$libs"
    mkdir -p "$libs"
    mvn -q -B -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$libs"
    cp "$here/pom.xml" "$stamp"
}

properties() {
    local data=$1 port=$2 controller=$3
    cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$data/log
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=20000
PROPERTIES
}

run() {
    local libs=$1 data=$2 port=$3 controller=$4 further=${5:-/dev/null}
    mkdir -p "$data"
    # What is set twice has the last value.
    { properties "$data" "$port" "$controller" && cat "$further"; } >"$data/server.properties"
    cluster=cGF5$(head -c 12 /dev/urandom | base64 | tr '+/' '-_')YQ
    node "$libs" "$data" "${@:6}"
}

node() {
    local libs=$1 data=$2
    local class_path="$libs/*" heap=${HEAP:-256m}
    local java=(java -XX:+UseSerialGC -Djava.net.preferIPv4Stack=true
        "-Dlog4j2.configurationFile=$here/log4j2.properties" -cp "$class_path")
    if [ ! -f "$data/log/meta.properties" ]; then
        "${java[@]}" -Xmx128m -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format \
            --cluster-id "$cluster" --config "$data/server.properties" "${@:3}"
    fi
    exec "${java[@]}" "-Xms$heap" "-Xmx$heap" kafka.Kafka "$data/server.properties"
}

command=${1:?install, run or node}
shift
case $command in
    install | run | node) "$command" "$@" ;;
    *) echo "kafka.sh: install, run or node, not $command" >&2 && exit 2 ;;
esac
