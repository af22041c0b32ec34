//! What operations break, on a real Apache Kafka and a real PostgreSQL, mended with `payflow source`: the group's offsets are
//! lost, the database is set back to a backup, it is new, inputs are deleted unread, a topic is created anew, a whole cluster is.
//! Each time the program refuses to start and names the command; the command says what it would do, and does it with `--yes`;
//! then nothing is lost, and nothing is answered twice or otherwise. Needs what tests/kafka.rs needs, and PostgreSQL.
#![cfg(all(feature = "kafka", feature = "postgres", feature = "sqlite", feature = "cli"))]
#![allow(clippy::unwrap_used)]

#[path = "kafka/broker.rs"]
mod broker;
#[path = "kafka/messages.rs"]
mod messages;
mod postgres;
mod skip;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use broker::RealKafka;
use payflow::broker::Record;
use postgres::Database;
use rdkafka::producer::Producer;

const TOPIC: &str = "payflow.inbound";
const SINKS: [&str; 3] = ["payflow.acknowledgements", "payflow.transfers", "payflow.rejected"];
const PARTITIONS: usize = 3;

const CONFIG: &str = r#"
store.url = "set by the test"
institution.bic = "PAYFDEFFXXX"
batch = { inputs = 10, wait_ms = 1 }
sources = [{ topic = "payflow.inbound", partner = "alpha" }]
partners = [{ id = "alpha", bics = ["ALPHDEFFXXX"] }]
[kafka]
bootstrap_servers = "set by the test"
# A worker that has ended is soon no member of the group any more.
properties = { "session.timeout.ms" = 1500, "heartbeat.interval.ms" = 300 }
"#;

struct World<'w> {
    kafka: &'w RealKafka,
    database: &'w Database,
    folder: &'w Path,
    begun: Instant,
}

impl World<'_> {
    fn tell(&self, text: &str) {
        println!("{:5.1} s  {text}", self.begun.elapsed().as_secs_f32());
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_payflow"));
        command
            .args(arguments)
            .arg("--config")
            .arg(self.folder.join("payflow.toml"))
            .env("PAYFLOW__KAFKA__BOOTSTRAP_SERVERS", &self.kafka.servers)
            .env("PAYFLOW__STORE__URL", self.database.settings().url)
            .stdin(Stdio::null());
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Runs the worker until all that is there is answered.
    fn work(&self) {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut worker = self.program(&["run"]).stderr(log).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while self.kafka.lag("payflow", TOPIC) > 0 {
            let ended = worker.try_wait().unwrap();
            let log = || std::fs::read_to_string(self.log()).unwrap_or_default();
            assert!(ended.is_none() && Instant::now() < until, "not in time ({ended:?})\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(Command::new("kill").args(["-TERM", &worker.id().to_string()]).status().unwrap().success());
        assert!(worker.wait().unwrap().success());
    }

    /// The program ends by itself with this code, and says all this.
    fn ends(&self, arguments: &[&str], code: i32, expected: &[&str]) -> String {
        let output = self.program(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(expected.iter().all(|part| text.contains(part)), "{arguments:?}: {text:?} lacks some of {expected:?}");
        text
    }

    /// 1. The worker refuses, and so says the status. 2. The command says what it would do, and does nothing. 3. It does it.
    /// 4. Now all is well. 5. The audit trail has an event a source.
    fn mends(&self, command: &str, sources: usize, refusal: &[&str], words: &str) {
        let named = format!("`payflow source {command} {TOPIC}-");
        let events =
            format!("SELECT count(*) FROM audit_event WHERE event = 'source {command}' AND actor = 'payflow-1'");
        let told = self.database.count(&events);
        self.ends(&["run"], 2, &[refusal, &[&named]].concat());
        self.ends(&["source", "status"], 1, &[refusal, &[&named]].concat());
        let before = self.state();
        let said = self.ends(&["source", command], 1, &[words, "--yes"]);
        assert_eq!(self.state(), before, "nothing is done");
        assert_eq!(said.matches(words).count(), sources, "{said}");
        self.ends(&["source", command, "--yes"], 0, &[words, "done"]);
        self.ends(&["source", "status"], 0, &[]);
        self.ends(&["audit", "verify"], 0, &["all as they were written"]);
        assert_eq!(self.database.count(&events) - told, sources as i64);
        self.tell(&format!("{command}: mended"));
    }

    /// How far all is, in the database and at the broker.
    fn state(&self) -> (Vec<String>, i64, usize) {
        let sources = self.database.query("SELECT * FROM source ORDER BY lane");
        (sources, self.kafka.lag("payflow", TOPIC), self.published().len())
    }

    fn published(&self) -> Vec<Record> {
        let mut all: Vec<Record> = SINKS.iter().flat_map(|topic| self.kafka.read_committed(topic)).collect();
        all.sort_by_cached_key(|record| format!("{record:?}"));
        all
    }

    /// What the database knows of each document, by where it came from.
    fn known(&self) -> Vec<String> {
        self.database.query(
            "SELECT topic, partition, position, document, verdict, reasons, reply_id, message_id FROM current_verdict
             UNION ALL SELECT 'transfer', 0, t.position, t.document, t.id, t.json, m.partner, m.message_id
                         FROM transfer t JOIN message m USING (lane, position, document)
             UNION ALL SELECT 'row', 0, 0, 0, o.topic, o.key, o.headers, NULL FROM outbox o ORDER BY 1, 2, 3, 4, 5, 6, 7",
        )
    }

    /// Each input has one answer, no transfer is booked twice, and what is said of an id never changes.
    fn check(&self, inputs: usize) {
        let answers = self.kafka.read_committed(SINKS[0]);
        let places: BTreeSet<&str> = answers.iter().map(|answer| answer.header("payflow.source").unwrap()).collect();
        assert_eq!((answers.len(), places.len()), (inputs, inputs), "one answer an input");
        let texts: BTreeSet<(&str, &[u8])> =
            answers.iter().map(|answer| (answer.header("ce_id").unwrap(), &answer.bytes[..])).collect();
        let ids: BTreeSet<&str> = texts.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), texts.len(), "two answers under one id");
        let transfers = self.kafka.read_committed(SINKS[1]);
        let ids: BTreeSet<&str> = transfers.iter().map(|transfer| transfer.header("ce_id").unwrap()).collect();
        assert_eq!(ids.len(), transfers.len(), "no transfer twice");
        assert_eq!(self.database.count("SELECT count(*) FROM outbox"), self.published().len() as i64);
        assert_eq!(self.database.count("SELECT count(*) FROM set_aside"), 0);
    }
}

/// Messages over the partitions; then some of them again, by the partition before, the same or with another content: who came
/// first is not who is read first.
fn produce(world: &World<'_>, name: &str, count: usize) -> usize {
    let (messages, _) = messages::run(name, count);
    let place = |(index, message)| ((index % PARTITIONS) as i32, message);
    world.kafka.produce(TOPIC, messages.iter().enumerate().map(place));
    world.work();
    let again = messages.iter().enumerate().filter(|(index, _)| index % 4 == 0);
    let again: Vec<(i32, String)> = again
        .map(|(index, message)| {
            let other = if index % 8 == 0 { message.replace("Lantern Works", "Other Works") } else { message.clone() };
            (((index + PARTITIONS - 1) % PARTITIONS) as i32, other)
        })
        .collect();
    let more = again.len();
    world.kafka.produce(TOPIC, again);
    world.work();
    count + more
}

/// How many inputs of each partition are left, and how many are deleted before they are read.
const KEPT: i64 = 4;
const DELETED: i64 = 6;

/// Inputs are deleted before they were read: each partition is refused by its offsets, and goes on with what is left.
fn deletes_inputs_unread(world: &World<'_>) {
    let (messages, _) = messages::run("UNREAD", PARTITIONS * (KEPT + DELETED) as usize);
    let place = |(index, message)| ((index % PARTITIONS) as i32, message);
    world.kafka.produce(TOPIC, messages.iter().enumerate().map(place));
    let next = world.database.query("SELECT next FROM source WHERE topic = 'payflow.inbound' ORDER BY partition");
    let mut refusals = Vec::new();
    for (partition, next) in next.iter().enumerate() {
        let next: i64 = next.parse().unwrap();
        let (low, high) = (next + DELETED, next + DELETED + KEPT);
        world.kafka.delete_records(TOPIC, partition as i32, low);
        refusals.push(format!(
            "the database is at offset {next}, and the topic holds {low} to {high}: inputs were deleted"
        ));
    }
    let refusals: Vec<&str> = refusals.iter().map(String::as_str).collect();
    assert_eq!(refusals.len(), PARTITIONS);
    world.ends(&["source", "status"], 1, &refusals);
    world.mends("reset", PARTITIONS, &["the database is at offset", "inputs were deleted"], "are given up");
    world.work();
    world.tell("what is left is read");
}

/// Inputs come in transactions, whose marks take offsets, and what is undone does, too. All of it is read, then it is deleted:
/// nothing was lost, and nothing needs mending.
fn deletes_what_transactions_leave(world: &World<'_>) -> usize {
    let (messages, _) = messages::run("TOGETHER", 3 * PARTITIONS);
    let place = |(index, message)| ((index % PARTITIONS) as i32, message);
    let produce = |part: usize| {
        let messages = messages.chunks(PARTITIONS).nth(part).unwrap();
        world.kafka.produce_together(TOPIC, messages.iter().enumerate().map(place))
    };
    let wait = Duration::from_secs(20);
    produce(0).commit_transaction(wait).unwrap();
    produce(1).abort_transaction(wait).unwrap();
    let open = produce(2);
    // Until the group has nothing left to read.
    world.work();
    open.commit_transaction(wait).unwrap();
    world.work();
    let next = world.database.query("SELECT next FROM source WHERE topic = 'payflow.inbound' ORDER BY partition");
    assert_eq!(next.len(), PARTITIONS);
    for (partition, next) in (0..).zip(&next) {
        let end = world.kafka.end(TOPIC, partition);
        assert!(next.parse::<i64>().unwrap() < end, "the mark has an offset");
        world.kafka.delete_records(TOPIC, partition, end);
    }
    world.ends(&["source", "status"], 0, &[]);
    world.kafka.produce(TOPIC, messages[PARTITIONS..2 * PARTITIONS].iter().enumerate().map(place));
    world.work();
    world.ends(&["audit", "verify"], 0, &["all as they were written"]);
    world.tell("what transactions leave is passed over");
    messages.len()
}

/// The brokers are another cluster, with topics of the same names and nothing in them.
fn builds_the_cluster_anew(world: &World<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let kafka = RealKafka::start(folder.path());
    let new = World { kafka: &kafka, ..*world };
    kafka.create_topic(TOPIC, PARTITIONS as i32, &[("message.timestamp.type", "LogAppendTime")]);
    SINKS.iter().for_each(|topic| kafka.create_topic(topic, 2, &[]));
    let (messages, _) = messages::run("ANEW", 6);
    kafka.produce(TOPIC, messages.iter().enumerate().map(|(at, message)| ((at % PARTITIONS) as i32, message)));
    let lanes = world
        .database
        .query("SELECT cluster || ' ' || seq FROM source WHERE topic = 'payflow.inbound' ORDER BY partition");
    let (old, _) = lanes[0].split_once(' ').unwrap();
    let refusal = [
        &*format!("in the cluster {old}, and the broker is of the cluster "),
        "`payflow source reset payflow.inbound-",
    ];
    new.ends(&["run"], 2, &refusal);
    new.ends(&["source", "status"], 1, &refusal);
    new.ends(&["source", "reset"], 2, &["none is in the topics", "--published"]);
    for (partition, lane) in lanes.iter().enumerate() {
        let (source, last) = (format!("{TOPIC}-{partition}"), lane.split_once(' ').unwrap().1);
        // Of the last one the last row is said not to have left.
        let left = i64::from(partition + 1 == PARTITIONS);
        let published = (last.parse::<i64>().unwrap() - left).to_string();
        new.ends(
            &["source", "reset", &source, "--published", &published, "--yes"],
            0,
            &["is published to the cluster", "done"],
        );
    }
    new.ends(&["source", "status"], 0, &[]);
    new.ends(&["audit", "verify"], 0, &["all as they were written"]);
    assert_eq!(new.published().len(), 1, "the row that had not left");
    new.work();
    let places: BTreeSet<String> = kafka
        .read_committed(SINKS[0])
        .iter()
        .map(|answer| answer.header("payflow.source").unwrap().to_owned())
        .collect();
    assert!(places.len() >= messages.len(), "each input of the new cluster is answered: {places:?}");
    world.tell("the new cluster is read");
}

fn create(kafka: &RealKafka, topic: &str) {
    // A topic of this name may be about to go.
    std::thread::sleep(Duration::from_millis(500));
    kafka.create_topic(topic, PARTITIONS as i32, &[("message.timestamp.type", "LogAppendTime")]);
}

#[test]
fn mends_what_operations_break() {
    let database = match broker::wanted().and_then(|()| postgres::database()) {
        Err(why) => return skip::skipped("mending with a real Kafka and PostgreSQL", &why),
        Ok(database) => database,
    };
    let folder = tempfile::tempdir().unwrap();
    let kafka = RealKafka::start(folder.path());
    std::fs::write(folder.path().join("payflow.toml"), CONFIG).unwrap();
    let world = World { kafka: &kafka, database: &database, folder: folder.path(), begun: Instant::now() };
    kafka.create_topic(TOPIC, PARTITIONS as i32, &[("message.timestamp.type", "LogAppendTime")]);
    SINKS.iter().for_each(|topic| kafka.create_topic(topic, 2, &[]));

    let mut inputs = produce(&world, "FIRST", 60);
    world.check(inputs);
    world.tell("all is well");
    database.save();
    inputs += produce(&world, "SECOND", 60);
    let (published, known) = (world.published(), world.known());

    database.restore();
    world.mends("republish", 3, &["an older copy of it was restored", "behind the broker's group"], "worked on again");
    assert!(world.published() == published, "nothing new is said");
    assert_eq!(world.known(), known, "and nothing is forgotten");

    database.lose();
    world.mends(
        "republish",
        3,
        &["the database has no position", "the broker's group is at offset"],
        "worked on again",
    );
    assert!(world.published() == published, "nothing new is said");
    assert_eq!(world.known(), known, "and nothing is forgotten");
    inputs += produce(&world, "THIRD", 30);
    world.check(inputs);
    world.tell("it goes on");

    // Once the last worker is no member any more.
    std::thread::sleep(Duration::from_secs(3));
    kafka.delete_group("payflow");
    world.mends("adopt", 3, &["the broker has no committed offset", "the database is at offset"], "the group gets");
    inputs += produce(&world, "FOURTH", 30);
    world.check(inputs);

    deletes_inputs_unread(&world);
    inputs += PARTITIONS * KEPT as usize;
    world.check(inputs);

    inputs += deletes_what_transactions_leave(&world);
    world.check(inputs);

    for (round, (name, count)) in [("SHORT", 6), ("LONG", 30)].into_iter().enumerate() {
        kafka.delete_topic(TOPIC);
        create(&kafka, TOPIC);
        let (messages, _) = messages::run(name, count);
        kafka.produce(TOPIC, messages.iter().enumerate().map(|(at, message)| ((at % PARTITIONS) as i32, message)));
        let refusal = ["and the topic holds 0 to 2", "another input than was read"][round];
        world.tell(name);
        let answered = kafka.read_committed(SINKS[0]).len();
        world.ends(&["source", "status"], 1, &[refusal]);
        world.ends(&["source", "adopt", "payflow.inbound-1", "--yes"], 2, &["Use `payflow source reset`"]);
        if round == 0 {
            world.mends("reset", 3, &["the database is at offset", refusal], "the topic is another one");
        } else {
            world.ends(&["source", "reset", "--yes"], 0, &["done"]);
        }
        world.work();
        let answers = kafka.read_committed(SINKS[0]).len();
        assert_eq!(answers - answered, count, "each input of the new topic is answered");
        assert_eq!(database.count("SELECT count(*) FROM outbox"), world.published().len() as i64);
        world.tell("the new topic is read");
    }
    builds_the_cluster_anew(&world);
}
