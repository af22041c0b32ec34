//! The worker answers each document exactly once, whatever fails between its two commits.
//!
//! 1. Inputs of several partners lie in the embedded queue: good, bad, repeated, several documents in one.
//! 2. A worker works on them, while a seeded plan makes calls of store and broker fail: before they did anything, or
//!    after (so that the outcome is unknown to the caller), for a moment or for good (the process dies).
//! 3. A worker that died is replaced by a new one over the same files.
//! 4. When all is quiet, each lane's records must be just those that a simple model of the promise foretells: no answer
//!    twice, none missing, none in another order, and the bytes of a repeated answer those of the first.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

mod fake_stages;
mod odd_queue;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod skip;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_stages::faults::{Faulty, Plan, Random, work_to_the_end};
use fake_stages::model::{compare, inputs};
use fake_stages::{Fake, queue, settings, store};
use odd_queue::{DIED, OddQueue};
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders};
use payflow::broker::{Broker, Committed, Record, Source};
use payflow::pipeline::worker::{Settings, Worker, WorkerError};
use payflow::rules::judge::Ruling;
use payflow::store::Store;
use payflow::store::held::{Act, Desk, Motion, held};
use payflow::store::keep::Keeper;
use payflow::store::verify::verify;

const PARTNERS: [&str; 2] = ["alpha", "beta"];

type FaultyWorker = Worker<Fake, Faulty<Folders<EmbeddedQueue>>, Faulty<Box<dyn Store>>>;

/// A database of either kind.
struct Database<'d> {
    open: &'d dyn Fn() -> Box<dyn Store>,
    count: &'d dyn Fn(&str) -> i64,
}

fn worker(folder: &Path, database: &Database<'_>, settings: &Settings, plan: &Arc<Mutex<Plan>>) -> FaultyWorker {
    faulty(Folders::open(queue(folder, settings), Vec::new()).unwrap(), database, settings, plan)
}

/// One whose sources are folders, in which no file is small enough for memory.
fn file_worker(folder: &Path, database: &Database<'_>, settings: &Settings, plan: &Arc<Mutex<Plan>>) -> FaultyWorker {
    let of = |name: &String| FolderSettings {
        name: name.clone(),
        path: folder.join(name),
        quiet: Duration::ZERO,
        rejected_apart: false,
        most_bytes: 0,
    };
    let queue = EmbeddedQueue::open(&folder.join("queue.db"), &[]).unwrap();
    faulty(Folders::open(queue, settings.partners.keys().map(of).collect()).unwrap(), database, settings, plan)
}

fn faulty(
    broker: Folders<EmbeddedQueue>,
    database: &Database<'_>,
    settings: &Settings,
    plan: &Arc<Mutex<Plan>>,
) -> FaultyWorker {
    let broker = Faulty { inner: broker, plan: Arc::clone(plan) };
    let store = Faulty { inner: (database.open)(), plan: Arc::clone(plan) };
    Worker::new(Fake, broker, store, settings.clone())
}

fn check(seed: u64, folder: &Path, database: &Database<'_>) -> (u32, u32) {
    let settings = settings(&PARTNERS);
    let mut random = Random(seed * 2 + 1);
    let work: Vec<(&str, Vec<String>)> = PARTNERS.iter().map(|partner| (*partner, inputs(&mut random, 60))).collect();
    let mut queue = queue(folder, &settings);
    for (partner, inputs) in &work {
        queue.append(&format!("in.{partner}"), inputs).unwrap();
    }
    let plan = Plan::new(random, 40);
    work_to_the_end(|| worker(folder, database, &settings, &plan));
    let topics = &settings.topics;
    let published: Vec<Record> = [&topics.acknowledgements, &topics.transfers, &topics.rejected]
        .iter()
        .flat_map(|topic| queue.records(topic, 0).unwrap())
        .collect();
    let mut set_aside = 0;
    for (partner, inputs) in &work {
        set_aside += compare(&settings, partner, inputs, &published, &format!("seed {seed}"));
    }
    check_store(database, set_aside, seed);
    let plan = plan.lock().unwrap();
    (plan.faults, plan.deaths)
}

/// The store's own view: each document has one verdict, each verdict an answer or a reason, and nothing is lost.
fn check_store(database: &Database<'_>, set_aside: usize, seed: u64) {
    let count = database.count;
    assert_eq!(count("SELECT count(*) FROM input"), 120, "seed {seed}: inputs");
    assert_eq!(count("SELECT count(*) FROM set_aside"), set_aside as i64, "seed {seed}: set aside");
    let verdicts = count("SELECT count(*) FROM verdict");
    assert_eq!(count("SELECT count(*) FROM message"), verdicts, "seed {seed}: a verdict a message");
    let audited = count("SELECT sum(documents) FROM audit_event WHERE event = 'decided'");
    assert_eq!(audited, verdicts, "seed {seed}: audit");
    assert_eq!(count("SELECT sum(seq) FROM source"), count("SELECT count(*) FROM outbox"), "seed {seed}: lanes");
}

fn sqlite(seed: u64) -> (u32, u32) {
    let folder = tempfile::tempdir().unwrap();
    let count = |sql: &str| store(folder.path()).connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let database = Database { open: &|| Box::new(store(folder.path())), count: &count };
    check(seed, folder.path(), &database)
}

#[test]
fn answers_exactly_once_whatever_fails() {
    all_seeds(1..=25, sqlite);
}

/// The same worker, plan and promise on PostgreSQL.
#[cfg(feature = "postgres")]
#[test]
fn answers_exactly_once_on_postgres_whatever_fails() {
    let held = match postgres::database() {
        Ok(database) => database,
        Err(why) => return skip::skipped("exactly once on PostgreSQL", &why),
    };
    all_seeds(101..=105, |seed| {
        let (folder, database) = (tempfile::tempdir().unwrap(), postgres::database().unwrap());
        let database = Database { open: &|| Box::new(database.store()), count: &|sql| database.count(sql) };
        check(seed, folder.path(), &database)
    });
    drop(held);
}

fn all_seeds(seeds: std::ops::RangeInclusive<u64>, check: impl Fn(u64) -> (u32, u32)) {
    let (mut faults, mut deaths) = (0, 0);
    let number = seeds.clone().count() as u32;
    for seed in seeds {
        let (f, d) = check(seed);
        (faults, deaths) = (faults + f, deaths + d);
    }
    println!("{number} seeds, {faults} faults, {deaths} of them deaths");
    let enough = faults > 16 * number && deaths > 4 * number;
    assert!(enough, "the plan must make things fail: {faults} faults, {deaths} deaths");
}

/// Persons decide about what is held while calls fail and processes die: each decision is done once, and what came of it leaves once;
/// of `files` that are too large for memory, too. Those are one partner's: a worker that has no other source waits for its folder's
/// lock, which a process that another test begins may hold for a moment.
fn check_decisions(seed: u64, folder: &Path, database: &Database<'_>, desk: &mut dyn Desk, files: bool) -> u32 {
    let partners = if files { &PARTNERS[..1] } else { &PARTNERS[..] };
    let (settings, times) = (settings(partners), partners.len());
    let worker = if files { file_worker } else { worker };
    let deliver = |partner: &str, lines: &[String]| {
        let topic = format!("in.{partner}");
        if !files {
            queue(folder, &settings).append(&topic, lines).unwrap();
            return;
        }
        let arrive = folder.join(topic).join("in");
        std::fs::create_dir_all(&arrive).unwrap();
        lines
            .iter()
            .zip(0..)
            .for_each(|(line, number)| std::fs::write(arrive.join(format!("{number}.txt")), line).unwrap());
    };
    let lines = |partner: &str| -> Vec<String> {
        let body = |number| if number % 2 == 0 { "hold" } else { "pdng" };
        (0..12).map(|number| format!("{partner}{number} {} {}", body(number), 1 + number % 2)).collect()
    };
    for partner in partners {
        deliver(partner, &lines(partner));
    }
    let plan = Plan::new(Random(seed * 2 + 1), 40);
    work_to_the_end(|| worker(folder, database, &settings, &plan));
    for (number, held) in held(desk).unwrap().into_iter().enumerate().filter(|(number, _)| number % 4 < 3) {
        let ruling = if number % 4 == 2 { Ruling::Reject } else { Ruling::Release };
        desk.act(&Act { id: held.id, actor: "Anna", motion: Motion::Ask(ruling, "why") }).unwrap();
        desk.act(&Act { id: held.id, actor: "Bert", motion: Motion::Confirm { four_eyes: true, only: None } }).unwrap();
    }
    // Some inputs come meanwhile.
    for partner in partners {
        deliver(partner, &[format!("{partner}x a 1")]);
    }
    let plan = Plan::new(Random(seed * 2 + 1), 60);
    work_to_the_end(|| worker(folder, database, &settings, &plan));
    let count = database.count;
    assert_eq!(held(desk).unwrap().len(), 3 * times, "seed {seed}: what nobody decided stays held");
    assert_eq!(count("SELECT count(*) FROM verdict WHERE number = 2"), 9 * times as i64, "seed {seed}");
    assert_eq!(count("SELECT count(*) FROM input WHERE file IS NOT NULL"), if files { 13 } else { 0 }, "seed {seed}");
    assert_eq!(count("SELECT sum(seq) FROM source"), count("SELECT count(*) FROM outbox"), "seed {seed}: lanes");
    let queue = queue(folder, &settings);
    let records = |topic: &str| queue.records(topic, 0).unwrap();
    let (answers, transfers) = (records(&settings.topics.acknowledgements), records(&settings.topics.transfers));
    let mut ids: Vec<&str> = answers.iter().map(|record| record.header("ce_id").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((answers.len(), ids.len()), (16 * times, 16 * times), "seed {seed}: answers");
    assert_eq!(transfers.len() as i64, count("SELECT count(*) FROM transfer"), "seed {seed}: transfers");
    let outbox = answers.len() + transfers.len() + records(&settings.topics.rejected).len();
    assert_eq!(outbox as i64, count("SELECT count(*) FROM outbox"), "seed {seed}: the topics hold the outbox");
    let mut faults = Vec::new();
    verify(desk, &Keeper::default(), &mut |fault| faults.push(fault.to_string())).unwrap();
    assert_eq!(faults, [""; 0], "seed {seed}");
    plan.lock().unwrap().deaths
}

#[test]
fn a_decision_is_done_once_whatever_fails() {
    decisions(1..=8, false);
}

#[test]
fn a_decision_about_a_large_file_is_done_once_whatever_fails() {
    decisions(11..=18, true);
}

fn decisions(seeds: std::ops::RangeInclusive<u64>, files: bool) {
    let mut deaths = 0;
    for seed in seeds {
        let folder = tempfile::tempdir().unwrap();
        let count =
            |sql: &str| store(folder.path()).connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let database = Database { open: &|| Box::new(store(folder.path())), count: &count };
        deaths += check_decisions(seed, folder.path(), &database, &mut store(folder.path()), files);
    }
    assert!(deaths > 16, "the plan must make things fail: {deaths} deaths");
}

#[cfg(feature = "postgres")]
#[test]
fn a_decision_is_done_once_on_postgres_whatever_fails() {
    let held = match postgres::database() {
        Ok(database) => database,
        Err(why) => return skip::skipped("decisions on PostgreSQL", &why),
    };
    for (seed, files) in [(200, false), (201, true)] {
        let (folder, database) = (tempfile::tempdir().unwrap(), postgres::database().unwrap());
        let open = Database { open: &|| Box::new(database.store()), count: &|sql| database.count(sql) };
        check_decisions(seed, folder.path(), &open, &mut database.store(), files);
    }
    drop(held);
}

/// A worker that is left behind while it starts sees the broker where its successor has moved it: it refuses nothing, and gives
/// its sources back.
#[test]
fn refuses_nothing_that_it_does_not_own() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut reader = queue(folder.path(), &settings);
    reader.append("in.alpha", &["m1 a 2", "m2 bad 0"]).unwrap();
    Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone())
        .run_until_idle()
        .unwrap();
    reader.append("in.alpha", &["m3 a 1"]).unwrap();
    // The successor owns the source once this one has asked how far that is, and has published one more row.
    let mut successor = Some(store(folder.path()));
    let committed = move |queue: &mut EmbeddedQueue, source: &Source| {
        let committed = queue.committed(source)?;
        let Some(mut successor) = successor.take() else { return Ok(committed) };
        successor.own(source, "alpha").unwrap();
        Ok(committed.map(|Committed { next, seq }| Committed { next, seq: seq.map(|seq| seq + 1) }))
    };
    let broker = OddQueue { committed: Box::new(committed), ..queue(folder.path(), &settings).into() };
    let mut worker = Worker::new(Fake, broker, store(folder.path()), settings.clone());
    let ended = worker.run_until_idle();
    assert!(matches!(&ended, Err(WorkerError::Fatal(why)) if why.contains("another process")), "{ended:?}");
    Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone())
        .run_until_idle()
        .unwrap();
    assert_eq!(reader.records(&settings.topics.acknowledgements, 0).unwrap().len(), 3);
}

/// The gap itself: the process dies after the store's commit and before the broker's.
#[test]
fn publishes_after_a_death_between_the_two_commits() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut reader = queue(folder.path(), &settings);
    reader.append("in.alpha", &["m1 a 2", "m2 bad 0", "m1 a 2"]).unwrap();
    let answers = &settings.topics.acknowledgements;

    let broker = OddQueue::dies(queue(folder.path(), &settings), false);
    let died = Worker::new(Fake, broker, store(folder.path()), settings.clone()).run_until_idle();
    assert_eq!(died, Err(WorkerError::Fatal(DIED.to_owned())));
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
    assert_eq!(transfers[4499].header("ce_id"), Some("in.alpha-0-0/1#4499"));
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
    let adopt = "`payflow source adopt in.alpha-0` mends it";
    check("payflow.db", &["in.alpha-0", "offset 2, row 4", "no position", &adopt.replace("adopt", "republish")]);
    // The one input that the new queue has is not the first one of the old.
    check("queue.db", &["in.alpha-0", "offset 2", "0 to 1", &adopt.replace("adopt", "reset")]);
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
