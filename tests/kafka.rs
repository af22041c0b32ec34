//! The worker against a real Apache Kafka, which the test fetches from Maven Central and starts. Needs `PAYFLOW_KAFKA=1`,
//! Java and Maven; without them it says that it was skipped, which `PAYFLOW_REQUIRE_ALL=1` makes a failure.
#![cfg(all(feature = "kafka", feature = "sqlite", feature = "cli"))]
#![allow(clippy::unwrap_used)]

#[path = "kafka/broker.rs"]
mod broker;
mod fake_stages;
#[path = "kafka/messages.rs"]
mod messages;
mod skip;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use broker::RealKafka;
use chrono::Utc;
use fake_stages::faults::{Faulty, Plan, Random, work_to_the_end};
use fake_stages::model::{compare, inputs};
use fake_stages::{Fake, settings, store};
use messages::Expected;
use payflow::broker::kafka::{KafkaBroker, KafkaSettings};
use payflow::broker::{Record, Source};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Progress, Settings, Worker};
use payflow::store::sqlite::SqliteStore;
use payflow::store::{InputRow, Step, Store, StoreError};
use payflow::telemetry::METRICS;
use payflow::telemetry::health::HEALTH;

fn create_topics(kafka: &RealKafka, topics: &Topics) {
    for topic in [&topics.acknowledgements, &topics.transfers, &topics.rejected] {
        kafka.create_topic(topic, 1, &[]);
    }
}

fn topics(prefix: &str) -> Topics {
    Topics {
        acknowledgements: format!("{prefix}.acknowledgements"),
        transfers: format!("{prefix}.transfers"),
        rejected: format!("{prefix}.rejected"),
        record_bytes: 1_000_000,
        ..Topics::default()
    }
}

fn published(kafka: &RealKafka, topics: &Topics) -> Vec<Record> {
    [&topics.acknowledgements, &topics.transfers, &topics.rejected]
        .iter()
        .flat_map(|topic| kafka.read_committed(topic))
        .collect()
}

fn kafka_settings(kafka: &RealKafka, settings: &Settings) -> KafkaSettings {
    let Topics { acknowledgements, transfers, rejected, record_bytes, .. } = settings.topics.clone();
    KafkaSettings {
        bootstrap_servers: kafka.servers.clone(),
        group: "fake".to_owned(),
        worker: settings.name.clone(),
        sources: settings.partners.keys().cloned().collect(),
        sinks: vec![acknowledgements, transfers, rejected],
        message_bytes: record_bytes,
        properties: BTreeMap::from([("session.timeout.ms".to_owned(), "6000".to_owned())]),
    }
}

/// Calls to Kafka and to the store fail before or after they did their work, and workers die and are replaced: what is
/// committed in Kafka in the end is just what the model foretells.
fn answers_exactly_once_whatever_fails(kafka: &RealKafka) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&["alpha", "beta"]);
    settings.topics = topics("fake");
    settings.take.idle = Duration::from_millis(1500);
    create_topics(kafka, &settings.topics);
    let mut random = Random(7);
    let work = settings.partners.values().map(|partner| (partner.clone(), inputs(&mut random, 80)));
    let work: Vec<(String, Vec<String>)> = work.collect();
    for (partner, inputs) in &work {
        let topic = format!("in.{partner}");
        kafka.create_topic(&topic, 1, &[]);
        kafka.produce(&topic, inputs.iter().map(|input| (0, input)));
    }
    let plan = Plan::new(random, 25);
    work_to_the_end(|| {
        let broker = KafkaBroker::connect(kafka_settings(kafka, &settings)).unwrap();
        let broker = Faulty { inner: broker, plan: plan.clone() };
        let store = Faulty { inner: store(folder.path()), plan: plan.clone() };
        Worker::new(Fake, broker, store, settings.clone())
    });
    let published = published(kafka, &settings.topics);
    for (partner, inputs) in &work {
        compare(&settings, partner, inputs, &published, "Kafka");
    }
    let plan = plan.lock().unwrap();
    println!("Kafka: {} records, {} faults, {} of them deaths", published.len(), plan.faults, plan.deaths);
    assert!(plan.faults == 25 && plan.deaths > 3, "the plan must make things fail");
}

/// A worker whose source another one has taken over asks the group anew, and goes on once it is assigned again.
fn asks_anew_when_taken_over(kafka: &RealKafka) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&["gamma"]);
    settings.topics = topics("fake");
    kafka.create_topic("in.gamma", 1, &[]);
    let broker = KafkaBroker::connect(KafkaSettings { group: "gamma".to_owned(), ..kafka_settings(kafka, &settings) });
    let mut worker = Worker::new(Fake, broker.unwrap(), store(folder.path()), settings);
    let until = Instant::now() + Duration::from_secs(60);
    let mut work_until = |inputs: u64, lanes: usize| {
        while worker.totals().inputs < inputs || worker.lanes() < lanes {
            assert!(Instant::now() < until, "{inputs} inputs not in time");
            worker.step().unwrap();
        }
    };
    kafka.produce("in.gamma", [(0, "m1 a 1")]);
    work_until(1, 1);
    let mut other = store(folder.path());
    let (lane, epoch, next) = taken_over(&mut other);
    kafka.produce("in.gamma", [(0, "m2 a 1"), (0, "m3 a 1")]);
    work_until(3, 1);
    let late = Step { lane, epoch, expected: next, next: next + 1 };
    let input = InputRow { lane, position: next, received_at: Utc::now(), bytes: b"late", file: None, trace: None };
    assert_eq!(other.set_aside(&late, &input, "late", "other"), Err(StoreError::NotOwner(lane)), "it owns it again");
    // What was decided may be on its way still.
    while worker.step().unwrap() != Progress::Idle {}
    let answers = kafka.read_committed("fake.acknowledgements");
    let own = answers.iter().filter(|answer| answer.header("payflow.partner") == Some("gamma"));
    assert_eq!(own.count(), 3, "one answer an input");
    let metrics = METRICS.text().unwrap();
    assert!(metrics.contains("payflow_ack_lag_seconds_count") && !metrics.contains("lag_seconds_count 0"), "{metrics}");
}

/// Takes over the one source that a store knows: lane, epoch and position.
fn taken_over(store: &mut SqliteStore) -> (i64, i64, i64) {
    let cluster: String = store.connection().query_row("SELECT cluster FROM source", [], |row| row.get(0)).unwrap();
    let source = Source { cluster: cluster.into(), topic: "in.gamma".into(), partition: 0 };
    let owned = store.own(&source, "gamma").unwrap();
    (owned.lane, owned.epoch, owned.next.unwrap())
}

/// A worker over a topic and sinks of its own.
fn worker_of(kafka: &RealKafka, settings: &Settings, folder: &Path) -> Worker<Fake, KafkaBroker, SqliteStore> {
    let group = settings.topics.rejected.clone();
    let broker = KafkaBroker::connect(KafkaSettings { group, ..kafka_settings(kafka, settings) });
    Worker::new(Fake, broker.unwrap(), store(folder), settings.clone())
}

/// Works until it has done so many inputs and all of them have left.
fn work_until(worker: &mut Worker<Fake, KafkaBroker, SqliteStore>, inputs: u64) {
    let until = Instant::now() + Duration::from_secs(90);
    let mut last = Progress::Busy;
    while worker.totals().inputs < inputs || worker.lanes() == 0 || last != Progress::Idle {
        assert!(Instant::now() < until, "{inputs} inputs not in time");
        last = worker.step().unwrap();
    }
}

/// 1. An answer is larger than its topic takes: it leaves without its value, with its size and hash.
/// 2. A topic takes less than it is said to: nothing is lost, and it is said what to do.
/// 3. That is done: what was stored before leaves by the bound that holds now, once.
fn what_is_too_large_for_a_topic_leaves_without_its_value(kafka: &RealKafka) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&["large"]);
    settings.topics = Topics { record_bytes: 90_000, ..topics("large") };
    let Topics { acknowledgements, transfers, rejected, .. } = &settings.topics.clone();
    for topic in [acknowledgements, transfers, rejected] {
        kafka.create_topic(topic, 1, &[("max.message.bytes", "100000")]);
    }
    kafka.create_topic("in.large", 1, &[]);
    let long = |id: &str| {
        // What compresses badly, so that it is too large on its way as well.
        let mut random = Random(7);
        let text: String = (0..200_000).map(|_| char::from(b'!' + random.below(90) as u8)).collect();
        format!("{id} {text} 1")
    };
    kafka.produce("in.large", [(0, "m1 a 1".to_owned()), (0, long("m2")), (0, "m3 rej 0".to_owned())]);
    let mut worker = worker_of(kafka, &settings, folder.path());
    work_until(&mut worker, 3);
    let kept = |record: &Record| record.header("payflow.kept").is_some();
    let answers = kafka.read_committed(acknowledgements);
    assert_eq!(answers.iter().map(kept).collect::<Vec<_>>(), [false, true, false]);
    assert!(
        answers[1].bytes.is_empty() && answers[1].header("payflow.size").unwrap().parse::<usize>().unwrap() > 200_000
    );
    drop(worker);

    settings.topics.record_bytes = 1_000_000;
    kafka.produce("in.large", [(0, long("m4")), (0, "m5 a 1".to_owned())]);
    let mut worker = worker_of(kafka, &settings, folder.path());
    let until = Instant::now() + Duration::from_secs(60);
    while !HEALTH.reasons().iter().any(|reason| reason.contains("max.message.bytes")) {
        assert!(Instant::now() < until, "{:?}", HEALTH.reasons());
        worker.step().unwrap();
    }
    drop(worker);
    assert_eq!(kafka.read_committed(acknowledgements).len(), 3);
    settings.topics.record_bytes = 90_000;
    let mut worker = worker_of(kafka, &settings, folder.path());
    let mut answers = kafka.reader(acknowledgements);
    while !answers.wait_for(5, Duration::from_millis(20)) {
        assert!(until.elapsed() < Duration::from_secs(60), "{} answers", answers.seen);
        worker.step().unwrap();
    }
    let answers = kafka.read_committed(acknowledgements);
    assert_eq!(answers.iter().map(kept).collect::<Vec<_>>(), [false, true, false, true, false]);
    assert_eq!(kafka.read_committed(transfers).len(), 4);
    println!("Kafka: records that are too large for their topic leave without their values");
}

/// 1. A topic that is missing at the start is named, with what makes it.
/// 2. One that is deleted while the worker runs is named and waited for; when it is made again, all that was due leaves.
/// 3. A source that is deleted makes it not ready.
fn a_missing_topic_is_named_and_waited_for(kafka: &RealKafka) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&["missing"]);
    settings.topics = topics("missing");
    let Topics { acknowledgements, transfers, rejected, .. } = &settings.topics.clone();
    kafka.create_topic("in.missing", 1, &[]);
    kafka.create_topic(acknowledgements, 1, &[]);
    kafka.create_topic(rejected, 1, &[]);
    let error = worker_of(kafka, &settings, folder.path()).run_until_idle().unwrap_err().to_string();
    let words = [transfers, "does not exist", "kafka-topics.sh", &kafka.servers];
    assert!(words.iter().all(|word| error.contains(*word)), "{error}");

    kafka.create_topic(transfers, 1, &[]);
    let mut worker = worker_of(kafka, &settings, folder.path());
    kafka.produce("in.missing", [(0, "m1 a 1")]);
    work_until(&mut worker, 1);
    HEALTH.fine();
    kafka.delete_topic(transfers);
    kafka.produce("in.missing", [(0, "m2 a 2"), (0, "m3 rej 0")]);
    let begun = Instant::now();
    while !HEALTH.reasons().iter().any(|reason| words[..2].iter().all(|word| reason.contains(*word))) {
        assert!(begun.elapsed() < Duration::from_secs(90), "{:?}", HEALTH.reasons());
        worker.step().unwrap();
    }
    println!("Kafka: a topic that was deleted is named after {:?}", begun.elapsed());
    kafka.create_topic(transfers, 1, &[]);
    work_until(&mut worker, 3);
    let all = [acknowledgements, transfers, rejected].map(|topic| kafka.read_committed(topic).len());
    assert_eq!(all, [3, 2, 1], "what was due before it was deleted went with it");

    HEALTH.fine();
    kafka.delete_topic("in.missing");
    let begun = Instant::now();
    while HEALTH.reasons().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(90), "a source that was deleted is not told");
        worker.step().unwrap();
    }
    println!("Kafka: a source that was deleted is told after {:?}: {:?}", begun.elapsed(), HEALTH.reasons());
}

/// The program itself, as a process.
struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    fn start(kafka: &RealKafka, folder: &Path, worker: &str, group: &str) -> Self {
        let config = folder.join("payflow.toml");
        std::fs::write(&config, CONFIG).unwrap();
        let log = folder.join(format!("{worker}.log"));
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_payflow"))
            .args(["run", "--config"])
            .arg(&config)
            .env("PAYFLOW__WORKER", worker)
            .env("PAYFLOW__KAFKA__BOOTSTRAP_SERVERS", &kafka.servers)
            .env("PAYFLOW__KAFKA__GROUP", group)
            .stdin(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it at once, as a power cut would.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and sees that it does so well.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}\n{}", self.log());
    }

    /// Waits for it to end by itself, not well.
    fn refuses(mut self) -> String {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(2), "{}", self.log());
        self.log()
    }
}

const CONFIG: &str = r#"
store.path = "payflow.db"
institution.bic = "PAYFDEFFXXX"
# Small batches, so that there are many moments to fall between them.
batch = { inputs = 10, wait_ms = 1 }
sources = [{ topic = "payflow.inbound", partner = "alpha" }]
partners = [{ id = "alpha", bics = ["ALPHDEFFXXX"] }]
[kafka]
bootstrap_servers = "set by the test"
properties = { "session.timeout.ms" = 6000, "heartbeat.interval.ms" = 1000 }
"#;

const PARTITIONS: i32 = 3;

/// Messages over the partitions of the source. A repeated message goes where the first went, as its key would see to.
fn produce(kafka: &RealKafka, messages: &[String]) {
    let mut partitions: BTreeMap<&String, i32> = BTreeMap::new();
    let mut next = (0..PARTITIONS).cycle();
    for message in messages {
        partitions.entry(message).or_insert_with(|| next.next().unwrap());
    }
    kafka.produce("payflow.inbound", messages.iter().map(|message| (partitions[message], message)));
}

fn wait_until(what: &str, program: &mut Program, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(120);
    while !done() {
        let ended = program.child.try_wait().unwrap();
        assert!(ended.is_none() && Instant::now() < until, "{what}: not in time ({ended:?})\n{}", program.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Holds what is committed in the topics against what must be there: the numbers, and that each input has one answer.
fn check(kafka: &RealKafka, inputs: usize, expected: Expected) {
    let topics = Topics::default();
    let answers = kafka.read_committed(&topics.acknowledgements);
    let answered: BTreeSet<&str> = answers.iter().map(|answer| answer.header("payflow.source").unwrap()).collect();
    assert_eq!((answers.len(), answered.len()), (inputs, inputs), "one answer an input");
    let transfers = kafka.read_committed(&topics.transfers);
    let ids: BTreeSet<&str> = transfers.iter().map(|transfer| transfer.header("ce_id").unwrap()).collect();
    assert_eq!(ids.len(), transfers.len(), "no transfer twice");
    let rejected = kafka.read_committed(&topics.rejected).len();
    assert_eq!(Expected { replies: answers.len(), transfers: transfers.len(), rejected }, expected);
}

/// The program: a thousand messages in; then a thousand more, while it is killed again and again; then two workers of
/// which one is killed; then a group that is lost.
fn the_program_answers_each_message_once(kafka: &RealKafka) {
    let folder = tempfile::tempdir().unwrap();
    kafka.create_topic("payflow.inbound", PARTITIONS, &[("message.timestamp.type", "LogAppendTime")]);
    create_topics(kafka, &Topics::default());
    let settled = || kafka.lag("payflow", "payflow.inbound") == 0;
    let start = |worker| Program::start(kafka, folder.path(), worker, "payflow");

    let (first, mut expected) = messages::run("FIRST", 1000);
    produce(kafka, &first);
    let begun = Instant::now();
    let mut program = start("one");
    wait_until("the first thousand", &mut program, settled);
    check(kafka, 1000, expected);
    println!("Kafka: 1000 messages answered in {:?}, start included: {expected:?}", begun.elapsed());
    program.stop();

    let (second, more) = messages::run("SECOND", 1000);
    expected += more;
    produce(kafka, &second);
    let mut answers = kafka.reader("payflow.acknowledgements");
    let mut left = Vec::new();
    for answered in [1100, 1250, 1500, 1750] {
        let program = start("one");
        assert!(answers.wait_for(answered, Duration::from_secs(60)), "{} answers\n{}", answers.seen, program.log());
        program.kill();
        left.push(kafka.lag("payflow", "payflow.inbound"));
    }
    assert!(left.iter().all(|left| *left > 0), "killed too late, so not in the middle: {left:?}");
    let mut program = start("one");
    wait_until("the second thousand", &mut program, settled);
    check(kafka, 2000, expected);
    println!("Kafka: 1000 more, the program killed four times, with {left:?} left each time: {expected:?}");

    let mut other = start("two");
    let (third, more) = messages::run("THIRD", 300);
    expected += more;
    produce(kafka, &third[..100]);
    wait_until("both workers", &mut other, settled);
    program.kill();
    produce(kafka, &third[100..]);
    wait_until("the worker that is left", &mut other, settled);
    check(kafka, 2300, expected);
    println!("Kafka: 300 more, by two workers of which one was killed: {expected:?}");
    other.stop();

    let refusal = Program::start(kafka, folder.path(), "one", "another-group").refuses();
    assert!(refusal.contains("the database is at offset") && refusal.contains("no committed offset"), "{refusal}");
    std::fs::remove_file(folder.path().join("payflow.db")).unwrap();
    let refusal = start("one").refuses();
    assert!(refusal.contains("the broker's group is at offset") && refusal.contains("no position"), "{refusal}");
}

#[test]
fn works_with_a_real_kafka() {
    if let Err(why) = broker::wanted() {
        return skip::skipped("the worker with a real Kafka", &why);
    }
    let folder = tempfile::tempdir().unwrap();
    let kafka = RealKafka::start(folder.path());
    answers_exactly_once_whatever_fails(&kafka);
    asks_anew_when_taken_over(&kafka);
    what_is_too_large_for_a_topic_leaves_without_its_value(&kafka);
    a_missing_topic_is_named_and_waited_for(&kafka);
    the_program_answers_each_message_once(&kafka);
}
