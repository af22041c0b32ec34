//! The worker answers each document exactly once, whatever fails between its two commits.
//!
//! 1. Inputs of several partners lie in the embedded queue: good, bad, repeated, several documents in one.
//! 2. A worker works on them, while a seeded plan makes calls of store and broker fail: before they did anything, or
//!    after (so that the outcome is unknown to the caller), for a moment or for good (the process dies).
//! 3. A worker that died is replaced by a new one over the same files.
//! 4. When all is quiet, each lane's records must be just those that a simple model of the promise foretells: no answer
//!    twice, none missing, none in another order, and the bytes of a repeated answer those of the first.
#![cfg(feature = "sqlite")]

mod fake_stages;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use fake_stages::{Fake, Line, lines, queue, settings, store};
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::{Broker, BrokerError, Committed, Extent, Publication, Record, Source, TakeLimits, Taken};
use payflow::pipeline::worker::{Progress, Settings, Worker, WorkerError};
use payflow::rules::judge::{Prior, Verdict};
use payflow::store::{Added, Batch, Decide, InputRow, Lane, Owned, Step, Store, StoreError};

/// A small generator of numbers, the same for a seed on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // The generator "xorshift64*".
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// Which calls fail, and how.
struct Plan {
    random: Random,
    faults_left: u32,
    faults: u32,
    deaths: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Before { death: bool },
    After { death: bool },
}

impl Plan {
    fn next(&mut self) -> Fault {
        if self.faults_left == 0 || self.random.below(5) > 0 {
            return Fault::None;
        }
        self.faults_left -= 1;
        self.faults += 1;
        let death = self.random.below(3) == 0;
        self.deaths += u32::from(death);
        if self.random.below(2) == 0 { Fault::Before { death } } else { Fault::After { death } }
    }
}

/// A broker or store whose calls fail as planned.
struct Faulty<I> {
    inner: I,
    plan: Arc<Mutex<Plan>>,
}

const DEATH: &str = "the process died";

impl<I> Faulty<I> {
    fn call<V, E>(&mut self, call: impl FnOnce(&mut I) -> Result<V, E>, fail: impl Fn(bool) -> E) -> Result<V, E> {
        let fault = self.plan.lock().unwrap().next();
        if let Fault::Before { death } = fault {
            return Err(fail(death));
        }
        let done = call(&mut self.inner)?;
        if let Fault::After { death } = fault {
            return Err(fail(death));
        }
        Ok(done)
    }
}

fn broker_fault(death: bool) -> BrokerError {
    if death { BrokerError::Fatal(DEATH.to_owned()) } else { BrokerError::Retry("a fault".to_owned()) }
}

fn store_fault(death: bool) -> StoreError {
    if death { StoreError::Fatal(DEATH.to_owned()) } else { StoreError::Retry("a fault".to_owned()) }
}

impl<B: Broker> Broker for Faulty<B> {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        // What is assigned is told once only, so that call is let be.
        self.inner.take(limits)
    }
    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        self.call(|inner| inner.committed(source), broker_fault)
    }
    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        self.call(|inner| inner.extent(source), broker_fault)
    }
    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        self.call(|inner| inner.resume(positions), broker_fault)
    }
    fn publish(&mut self, publications: &[Publication<'_>]) -> Result<(), BrokerError> {
        self.call(|inner| inner.publish(publications), broker_fault)
    }
    fn renew(&mut self) -> Result<(), BrokerError> {
        self.call(Broker::renew, broker_fault)
    }
    fn rejoin(&mut self) -> Result<(), BrokerError> {
        self.inner.rejoin()
    }
}

impl<T: Store> Store for Faulty<T> {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        self.call(|inner| inner.own(source, partner), store_fault)
    }
    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        self.call(|inner| inner.start(owned, next), store_fault)
    }
    fn commit(&mut self, batch: &Batch<'_>, decide: &mut Decide<'_>) -> Result<Vec<Added>, StoreError> {
        self.call(|inner| inner.commit(batch, decide), store_fault)
    }
    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        self.call(|inner| inner.set_aside(step, input, reason, actor), store_fault)
    }
    fn outbox(&mut self, lane: Lane, after: i64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.call(|inner| inner.outbox(lane, after, limit), store_fault)
    }
}

const PARTNERS: [&str; 2] = ["alpha", "beta"];

/// Inputs with all that may happen, and many ids that were there before.
fn inputs(random: &mut Random, count: usize) -> Vec<String> {
    let line = |random: &mut Random| {
        let id = random.below(30);
        let id = if id == 0 { "-".to_owned() } else { format!("m{id}") };
        let bodies = ["a", "a", "b", "quiet", "bad", "rej", "fall", "trip"];
        // The faults of our own are rare.
        let among = if random.below(6) == 0 { 8 } else { 6 };
        let body = bodies[random.below(among) as usize];
        format!("{id} {body} {}", random.below(3))
    };
    let input = |_| {
        let documents = if random.below(5) == 0 { 3 } else { 1 };
        (0..documents).map(|_| line(random)).collect::<Vec<_>>().join("\n")
    };
    (0..count).map(input).collect()
}

/// The records that the promise foretells for one lane: topic, document and bytes, in order.
fn foretell(settings: &Settings, partner: &str, inputs: &[String]) -> (Vec<(String, String, Vec<u8>)>, usize) {
    let (mut known, mut records, mut set_aside) = (HashMap::new(), Vec::new(), 0);
    for (offset, input) in inputs.iter().enumerate() {
        let place = format!("in.{partner}-0-{offset}");
        let documents = lines(partner, &place, input.as_bytes());
        if documents.iter().any(|line| line.body == "fall" || line.body == "trip") {
            set_aside += 1;
            continue;
        }
        for line in documents {
            foretell_document(settings, input, &line, &mut known, &mut records);
        }
    }
    (records, set_aside)
}

type Known = HashMap<String, (String, Option<Vec<u8>>)>;

fn foretell_document(
    settings: &Settings,
    input: &str,
    line: &Line,
    known: &mut Known,
    records: &mut Vec<(String, String, Vec<u8>)>,
) {
    let topics = &settings.topics;
    let document = format!("{} {}", line.body, line.count);
    let held = line.id.as_ref().filter(|_| line.claims()).and_then(|id| known.get(id));
    let prior = held.map(|(first, _)| if *first == document { Prior::SameDocument } else { Prior::OtherDocument });
    let verdict = line.verdict(prior);
    let answer = match (verdict, line.body.as_str()) {
        (Verdict::Repeated, _) => held.and_then(|(_, answer)| answer.clone()),
        (_, "quiet") => None,
        _ => Some(line.reply(verdict)),
    };
    let mut push = |topic: &str, bytes: Vec<u8>| records.push((topic.to_owned(), line.place.clone(), bytes));
    if let Some(bytes) = &answer {
        push(&topics.acknowledgements, bytes.clone());
    }
    for id in line.transfers(verdict) {
        push(&topics.transfers, format!("{{\"id\":\"{id}\"}}").into_bytes());
    }
    if matches!(verdict, Verdict::Rejected | Verdict::Refused) {
        push(&topics.rejected, input.as_bytes().to_vec());
    }
    if let (true, Some(id)) = (line.claims(), &line.id) {
        known.entry(id.clone()).or_insert((document, answer));
    }
}

/// What was published for a partner's lane, topic by topic.
fn published(queue: &EmbeddedQueue, topic: &str, partner: &str) -> Vec<(String, String, Vec<u8>)> {
    let place = |record: &Record| {
        format!("{}/{}", record.header("payflow.source").unwrap(), record.header("payflow.document").unwrap())
    };
    let records = queue.records(topic, 0).unwrap();
    let own = records.iter().filter(|record| record.header("payflow.partner") == Some(partner));
    own.map(|record| (topic.to_owned(), place(record), record.bytes.clone())).collect()
}

type FaultyWorker = Worker<Fake, Faulty<EmbeddedQueue>, Faulty<payflow::store::sqlite::SqliteStore>>;

fn worker(folder: &Path, settings: &Settings, plan: &Arc<Mutex<Plan>>) -> FaultyWorker {
    let broker = Faulty { inner: queue(folder, settings), plan: Arc::clone(plan) };
    let store = Faulty { inner: store(folder), plan: Arc::clone(plan) };
    Worker::new(Fake, broker, store, settings.clone())
}

fn check(seed: u64) -> (u32, u32) {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&PARTNERS));
    let mut random = Random(seed * 2 + 1);
    let work: Vec<(&str, Vec<String>)> = PARTNERS.iter().map(|partner| (*partner, inputs(&mut random, 60))).collect();
    let mut queue = queue(folder.path(), &settings);
    for (partner, inputs) in &work {
        queue.append(&format!("in.{partner}"), inputs).unwrap();
    }
    let plan = Arc::new(Mutex::new(Plan { random, faults_left: 40, faults: 0, deaths: 0 }));
    let mut set_aside = 0;
    loop {
        let mut worker = worker(folder.path(), &settings, &plan);
        // Step by step, so that no failure is waited out.
        let end = loop {
            match worker.step() {
                Ok(Progress::Busy | Progress::Trouble) => {}
                end => break end,
            }
        };
        match end {
            Ok(_) => break,
            Err(WorkerError::Fatal(text)) if text == DEATH => {}
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    for (partner, inputs) in &work {
        let (expected, expected_set_aside) = foretell(&settings, partner, inputs);
        set_aside += expected_set_aside;
        let topics = &settings.topics;
        for topic in [&topics.acknowledgements, &topics.transfers, &topics.rejected] {
            let expected: Vec<_> = expected.iter().filter(|(t, ..)| t == topic).cloned().collect();
            assert_eq!(published(&queue, topic, partner), expected, "seed {seed}: {topic} of {partner}");
        }
    }
    check_store(folder.path(), set_aside, seed);
    let plan = plan.lock().unwrap();
    (plan.faults, plan.deaths)
}

/// The store's own view: each document has one verdict, each verdict an answer or a reason, and nothing is lost.
fn check_store(folder: &Path, set_aside: usize, seed: u64) {
    let store = store(folder);
    let count = |sql: &str| store.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM input"), 120, "seed {seed}: inputs");
    assert_eq!(count("SELECT count(*) FROM set_aside"), set_aside as i64, "seed {seed}: set aside");
    let verdicts = count("SELECT count(*) FROM verdict");
    assert_eq!(count("SELECT count(*) FROM message"), verdicts, "seed {seed}: a verdict a message");
    assert_eq!(count("SELECT count(*) FROM audit_event WHERE event = 'decided'"), verdicts, "seed {seed}: audit");
    assert_eq!(count("SELECT sum(seq) FROM source"), count("SELECT count(*) FROM outbox"), "seed {seed}: lanes");
}

#[test]
fn answers_exactly_once_whatever_fails() {
    let (mut faults, mut deaths) = (0, 0);
    for seed in 1..=40 {
        let (f, d) = check(seed);
        (faults, deaths) = (faults + f, deaths + d);
    }
    println!("40 seeds, {faults} faults, {deaths} of them deaths");
    assert!(faults > 400 && deaths > 100, "the plan must make things fail: {faults} faults, {deaths} deaths");
}

/// The gap itself: the process dies after the store's commit and before the broker's.
#[test]
fn publishes_after_a_death_between_the_two_commits() {
    struct Dies(EmbeddedQueue);
    impl Broker for Dies {
        fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
            self.0.take(limits)
        }
        fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
            self.0.committed(source)
        }
        fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
            self.0.extent(source)
        }
        fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
            self.0.resume(positions)
        }
        fn publish(&mut self, publications: &[Publication<'_>]) -> Result<(), BrokerError> {
            let rows: usize = publications.iter().map(|p| p.records.len()).sum();
            if rows > 0 { Err(broker_fault(true)) } else { self.0.publish(publications) }
        }
        fn renew(&mut self) -> Result<(), BrokerError> {
            self.0.renew()
        }
        fn rejoin(&mut self) -> Result<(), BrokerError> {
            self.0.rejoin()
        }
    }
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut reader = queue(folder.path(), &settings);
    reader.append("in.alpha", &["m1 a 2", "m2 bad 0", "m1 a 2"]).unwrap();
    let answers = &settings.topics.acknowledgements;

    let broker = Dies(queue(folder.path(), &settings));
    let died = Worker::new(Fake, broker, store(folder.path()), settings.clone()).run_until_idle();
    assert_eq!(died, Err(WorkerError::Fatal(DEATH.to_owned())));
    let written: i64 =
        store(folder.path()).connection().query_row("SELECT count(*) FROM verdict", [], |row| row.get(0)).unwrap();
    assert_eq!((written, reader.records(answers, 0).unwrap().len()), (3, 0), "stored, and not yet published");

    let mut next = Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone());
    next.run_until_idle().unwrap();
    assert_eq!(next.totals().inputs, 0, "nothing is decided twice");
    let found = reader.records(answers, 0).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].bytes, found[2].bytes, "the same document gets the same answer");
    assert_eq!(reader.records(&settings.topics.transfers, 0).unwrap().len(), 2, "and is booked once");
}

/// A worker whose lane another one has taken over writes nothing more.
#[test]
fn stops_when_another_worker_took_over() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone());
    worker.run_until_idle().unwrap();
    store(folder.path()).own(&EmbeddedQueue::source("in.alpha"), "alpha").unwrap();
    worker.broker().append("in.alpha", &["m1 a 1"]).unwrap();
    let error = worker.run_until_idle().unwrap_err();
    assert!(error.to_string().contains("another process"), "{error}");
    let written: i64 =
        store(folder.path()).connection().query_row("SELECT count(*) FROM input", [], |row| row.get(0)).unwrap();
    assert_eq!(written, 0);
}

/// More rows than one publication takes.
#[test]
fn publishes_in_parts() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone());
    worker.broker().append("in.alpha", &["m1 a 4500", "m2 a 1"]).unwrap();
    worker.run_until_idle().unwrap();
    let transfers = worker.broker().records(&settings.topics.transfers, 0).unwrap();
    assert_eq!(transfers.len(), 4501);
    assert_eq!(transfers[4499].header("id"), Some("in.alpha-0-0/1#4499"));
    assert_eq!(worker.broker().records(&settings.topics.acknowledgements, 0).unwrap().len(), 2);
}

/// A queue that was lost while the database was kept, and the other way round: both values are named.
#[test]
fn refuses_when_queue_and_database_disagree() {
    let settings = settings(&["alpha"]);
    let check = |lost: &str, expected: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let run = |append: &[&str]| {
            let mut worker = Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone());
            worker.broker().append("in.alpha", append).unwrap();
            worker.run_until_idle()
        };
        run(&["m1 a 1", "m2 a 1"]).unwrap();
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("{lost}{ending}")));
        }
        let error = run(&["m3 a 1"]).unwrap_err().to_string();
        assert!(expected.iter().all(|part| error.contains(part)), "{lost}: {error}");
    };
    check("queue.db", &["in.alpha-0", "offset 2", "no committed offset"]);
    check("payflow.db", &["in.alpha-0", "offset 2, row 4", "no position"]);
}

/// Keys, headers and reasons of what leaves.
#[test]
fn names_what_leaves() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone());
    worker.broker().append("in.alpha", &["m1 a 1", "- bad 0", "m1 b 0"]).unwrap();
    worker.run_until_idle().unwrap();
    let mut records = |topic: &str| worker.broker().records(topic, 0).unwrap();
    let answers = records(&settings.topics.acknowledgements);
    let keys: Vec<&str> = answers.iter().map(|record| record.key.as_str()).collect();
    assert_eq!(keys, ["alpha/m1", "in.alpha-0-1", "alpha/m1"]);
    assert_eq!(answers[0].header("payflow.reply"), Some("pacs.002.001.10"));
    assert_eq!(answers[0].header("payflow.verdict"), Some("accepted"));
    let rejected = records(&settings.topics.rejected);
    assert_eq!(rejected.len(), 2);
    assert_eq!(rejected[0].bytes, b"- bad 0");
    assert_eq!(rejected[0].header("__connect.errors.topic"), Some("in.alpha"));
    assert_eq!(rejected[0].header("__connect.errors.offset"), Some("1"));
    assert_eq!(rejected[0].header("payflow.rules"), Some("xsd.MissingElement"));
    assert_eq!(rejected[1].header("__connect.errors.exception.class.name"), Some("payflow.DuplicateMessage"));
    let all = answers.iter().chain(&rejected).flat_map(|record| &record.headers);
    assert!(all.clone().all(|(_, value)| !value.contains("secret")), "customer data in a header");
}
