//! What operations break, on the embedded queue, with both stores: a group's offsets are lost, a database is set back or new, a
//! topic is created anew. Each time
//!
//! 1. the worker refuses to start, and names both values and the command that mends it;
//! 2. the mend leaves an event in the audit trail, and may be cut off at any step;
//! 3. afterwards a worker starts, and each input has just the answers that it would have had, under the same ids.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

mod fake_stages;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod skip;

use std::path::{Path, PathBuf};

use chrono::{TimeDelta, Utc};
use fake_stages::faults::Random;
use fake_stages::model::leaves;
use fake_stages::{Fake, queue, settings, store};
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::{Committed, Record};
use payflow::pipeline::agreement::{Deed, Remedy, agree};
use payflow::pipeline::mend::{Gap, Trouble, mend, prepare, standing, work_again};
use payflow::pipeline::worker::{Settings, Worker, WorkerError};
use payflow::rules::judge::Ruling;
use payflow::store::Store;
use payflow::store::custody::Custody;
use payflow::store::held::{Act, Desk, Motion, held};
use payflow::store::keep::Keeper;
use payflow::store::retention::{plan, retain};
use payflow::store::verify::{Fault, verify};

/// A database that can be set back.
trait Database {
    fn open(&self) -> Box<dyn Store>;
    fn desk(&self) -> Box<dyn Desk>;
    fn custody(&self) -> Box<dyn Custody>;
    /// The rows of a query with one column of text.
    fn rows(&self, sql: &str) -> Vec<String>;
    fn save(&self);
    fn restore(&self);
    /// Puts an empty one in its place.
    fn lose(&self);
}

struct Sqlite(PathBuf);

impl Database for Sqlite {
    fn open(&self) -> Box<dyn Store> {
        Box::new(store(&self.0))
    }
    fn desk(&self) -> Box<dyn Desk> {
        Box::new(store(&self.0))
    }
    fn custody(&self) -> Box<dyn Custody> {
        Box::new(store(&self.0))
    }
    fn rows(&self, sql: &str) -> Vec<String> {
        let store = store(&self.0);
        let mut select = store.connection().prepare(sql).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
    fn save(&self) {
        save(&self.0, "payflow.db");
    }
    fn restore(&self) {
        self.lose();
        std::fs::copy(self.0.join("payflow.db.saved"), self.0.join("payflow.db")).unwrap();
    }
    fn lose(&self) {
        lose(&self.0, "payflow.db");
    }
}

#[cfg(feature = "postgres")]
struct Postgres(postgres::Database);

#[cfg(feature = "postgres")]
impl Database for Postgres {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.store())
    }
    fn desk(&self) -> Box<dyn Desk> {
        Box::new(self.0.store())
    }
    fn custody(&self) -> Box<dyn Custody> {
        Box::new(self.0.store())
    }
    fn rows(&self, sql: &str) -> Vec<String> {
        self.0.query(sql)
    }
    fn save(&self) {
        self.0.save();
    }
    fn restore(&self) {
        self.0.restore();
    }
    fn lose(&self) {
        self.0.lose();
    }
}

fn save(folder: &Path, file: &str) {
    let connection = rusqlite::Connection::open(folder.join(file)).unwrap();
    let saved = folder.join(format!("{file}.saved"));
    let _ = std::fs::remove_file(&saved);
    connection.execute("VACUUM INTO ?1", [saved.to_str().unwrap()]).unwrap();
}

fn lose(folder: &Path, file: &str) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{file}{ending}")));
    }
}

/// Two sources of one partner, so that a message of one may have come before by the other.
const SOURCES: [&str; 2] = ["in.one", "in.two"];

struct World<'d> {
    folder: &'d Path,
    database: &'d dyn Database,
    settings: Settings,
}

impl<'d> World<'d> {
    fn new(folder: &'d Path, database: &'d dyn Database) -> Self {
        let partners = SOURCES.map(|topic| (topic.to_owned(), "alpha".to_owned())).into();
        Self { folder, database, settings: Settings { partners, ..settings(&[]) } }
    }

    fn queue(&self) -> EmbeddedQueue {
        queue(self.folder, &self.settings)
    }

    /// A change to the queue by someone else.
    fn in_queue(&self, sql: &str) {
        rusqlite::Connection::open(self.folder.join("queue.db")).unwrap().execute_batch(sql).unwrap();
    }

    fn append<T: AsRef<[u8]>>(&self, topic: &str, inputs: &[T]) {
        self.queue().append(topic, inputs).unwrap();
    }

    fn work(&self) -> Result<(), WorkerError> {
        Worker::new(Fake, self.queue(), self.database.open(), self.settings.clone()).run_until_idle()
    }

    /// The worker refuses, and says what both sides are at and what mends it.
    fn refuses(&self, expected: &[&str]) {
        let refusal = self.work().unwrap_err().to_string();
        assert!(expected.iter().all(|part| refusal.contains(part)), "{refusal:?} lacks some of {expected:?}");
    }

    /// Mends all sources that a remedy is for; cut off after so many deeds of each.
    fn mend(&self, remedy: Remedy, deeds: usize) {
        let (mut store, mut queue) = (self.database.open(), self.queue());
        let (mut gaps, mut sources) = (Vec::new(), SOURCES.map(EmbeddedQueue::source).to_vec());
        sources.retain(|source| {
            let owned = store.find(source).unwrap();
            let standing = standing::<Trouble>(source, owned, &mut store, &mut queue).unwrap();
            agree(&standing).is_err_and(|refusal| refusal.remedy() == remedy)
        });
        for (source, mut plan) in prepare(remedy, sources, None, &mut store, &mut queue).unwrap() {
            plan.deeds.truncate(deeds);
            mend(&plan, &source, ("alpha", "a person"), &mut store, &mut queue).unwrap();
            if let [Deed::Move(next), Deed::Again(end)] = plan.deeds[..] {
                let begin = Committed { next, seq: Some(plan.standing.stored.seq) };
                gaps.push(Gap { source, begin, end });
            }
        }
        if !gaps.is_empty() {
            work_again(gaps, Fake, queue, (store, &mut *self.database.desk()), self.settings.clone()).unwrap();
        }
    }

    /// What is published, in order within each topic.
    fn published(&self) -> Vec<Record> {
        let topics = &self.settings.topics;
        let topics = [&topics.acknowledgements, &topics.transfers, &topics.rejected];
        topics.iter().flat_map(|topic| self.queue().records(topic, 0).unwrap()).collect()
    }

    /// What the database knows, by the places that inputs came from.
    fn known(&self) -> Vec<String> {
        let mut known = self.database.rows(
            "SELECT s.topic || '-' || v.position || '/' || v.document || ' ' || v.verdict || ' ' || coalesce(v.reply_id, v.none_due)
               FROM verdict v JOIN source s ON s.lane = v.lane",
        );
        known.extend(self.database.rows("SELECT id FROM transfer"));
        known.extend(self.database.rows(
            "SELECT s.topic || '-' || a.position || ' set aside' FROM set_aside a JOIN source s ON s.lane = a.lane",
        ));
        known.sort();
        known
    }

    /// Two persons decide of what is held at a place.
    fn decide(&self, place: &str, ruling: Ruling) {
        let mut desk = self.database.desk();
        let id = held(&mut *desk).unwrap().into_iter().find(|held| held.place == place).unwrap().id;
        desk.act(&Act { id, actor: "Anna", motion: Motion::Ask(ruling, "why") }).unwrap();
        desk.act(&Act { id, actor: "Bert", motion: Motion::Confirm { four_eyes: true, only: None } }).unwrap();
    }

    fn held(&self) -> Vec<String> {
        held(&mut *self.database.desk()).unwrap().into_iter().map(|held| held.place).collect()
    }

    fn events(&self, name: &str) -> usize {
        let sql = format!("SELECT actor FROM audit_event WHERE event = 'source {name}' AND detail <> ''");
        self.database.rows(&sql).iter().filter(|actor| *actor == "a person").count()
    }

    /// All rows of all outboxes are published, each once; and nothing else is. The audit trail is whole.
    fn check(&self, about: &str) {
        let mut fault = |fault: &Fault| panic!("{about}: {fault}");
        verify(&mut *self.database.desk(), &Keeper::default(), &mut fault).unwrap();
        let mut store = self.database.open();
        let mut rows = Vec::new();
        for lane in self.database.rows("SELECT lane || '' FROM source") {
            rows.extend(store.outbox(lane.parse().unwrap(), 0, 100_000, 1 << 30).unwrap());
        }
        same(named(&rows), named(&self.published()), about);
    }
}

/// What is published, by what it is about.
fn named(records: &[Record]) -> Vec<String> {
    let name = |record| {
        let (topic, place, bytes) = leaves(record);
        format!("{topic} {place} {}", String::from_utf8(bytes).unwrap())
    };
    let mut named: Vec<String> = records.iter().map(name).collect();
    named.sort();
    named
}

#[track_caller]
fn same(found: Vec<String>, expected: Vec<String>, about: &str) {
    let lacks: Vec<&String> = expected.iter().filter(|row| !found.contains(row)).collect();
    let more: Vec<&String> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert!(found == expected, "{about}: lacks {lacks:#?}, has {more:#?} more");
}

/// Inputs of which many come again, the same or with another content; with so many transfers, or twice as many.
fn inputs(random: &mut Random, count: usize, transfers: u64) -> Vec<String> {
    let mut line = || {
        let id = random.below(40);
        // Mostly the one that this id always has.
        let body = if random.below(4) == 0 { random.below(6) } else { id % 6 };
        format!("m{id} {} {}", ["a", "b", "rej", "a", "quiet", "bad"][body as usize], transfers * (1 + id % 2))
    };
    (0..count).map(|number| (0..1 + number % 3 / 2).map(|_| line()).collect::<Vec<_>>().join("\n")).collect()
}

/// Inputs of both sources, in the order of which the embedded queue gives nothing back: by each the other one has come before.
fn work_in_turns(world: &World<'_>, random: &mut Random, turns: usize, transfers: u64) {
    for turn in 0..turns {
        world.append(SOURCES[(turn + 1) % 2], &inputs(random, 8, transfers));
        world.work().unwrap();
    }
}

/// The group's offsets are gone, while rows were left to publish.
fn offsets_lost(world: &World<'_>) {
    let random = &mut Random(5);
    work_in_turns(world, random, 4, 1);
    SOURCES.iter().for_each(|topic| world.append(topic, &inputs(random, 8, 1)));
    save(world.folder, "queue.db");
    world.work().unwrap();
    let expected = named(&world.published());
    for deeds in [0, 1, 2] {
        lose(world.folder, "queue.db");
        std::fs::copy(world.folder.join("queue.db.saved"), world.folder.join("queue.db")).unwrap();
        assert_ne!(named(&world.published()), expected, "something is left to publish");
        world.in_queue("DELETE FROM committed");
        world.refuses(&[
            "in.one-0: the database is at offset 24",
            "no committed offset",
            "`payflow source adopt in.one-0`",
        ]);
        world.mend(Remedy::Adopt, deeds);
        world.mend(Remedy::Adopt, 9);
        assert!(world.events("adopt") >= 2);
        world.work().unwrap();
        same(named(&world.published()), expected.clone(), &format!("cut off after {deeds}"));
        world.check("offsets lost");
    }
    work_in_turns(world, random, 2, 1);
    world.check("and it goes on");
}

/// The same when most of the rows are gone, for they were kept for long enough.
fn offsets_lost_after_a_cut(world: &World<'_>) {
    let random = &mut Random(7);
    work_in_turns(world, random, 4, 1);
    let (mut custody, later) = (world.database.custody(), Utc::now() + TimeDelta::days(32));
    let planned = plan(&mut *custody, later, &|_, _| Some(i64::MAX)).unwrap();
    assert!(planned.lanes.len() == 2 && planned.lanes.iter().all(|lane| lane.events > 1), "{planned:?}");
    retain(&mut *custody, &planned, "a person").unwrap();
    let expected = named(&world.published());
    world.in_queue("DELETE FROM committed");
    world.refuses(&["in.one-0: the database is at offset 16", "`payflow source adopt in.one-0`"]);
    world.mend(Remedy::Adopt, 9);
    world.work().unwrap();
    same(named(&world.published()), expected, "rows were gone");
    work_in_turns(world, random, 2, 1);
    let mut fault = |fault: &Fault| panic!("{fault}");
    verify(&mut *world.database.desk(), &Keeper::default(), &mut fault).unwrap();
}

/// The database is set back, or begins anew; by then by each source something had come that had come by the other before.
fn database_set_back(world: &World<'_>) {
    let random = &mut Random(7);
    work_in_turns(world, random, 3, 1);
    world.database.save();
    work_in_turns(world, random, 7, 1);
    let (published, known) = (world.published(), world.known());
    let repeated = |record: &&Record| record.header("payflow.verdict") == Some("repeated");
    assert!(published.iter().filter(repeated).count() > 5, "too few come again");
    world.database.restore();
    world.refuses(&["in.one-0: the database is at offset 8", "offset 32", "`payflow source republish in.one-0`"]);
    world.mend(Remedy::Republish, 1);
    assert_eq!(world.events("republish"), 2);
    world.refuses(&["`payflow source republish in.one-0`"]);
    world.mend(Remedy::Republish, 2);
    assert!(world.published() == published, "nothing new is said");
    same(world.known(), known.clone(), "an earlier point");
    world.check("an earlier point");
    world.work().unwrap();
    world.database.lose();
    world.refuses(&[
        "in.one-0: the broker's group is at offset 32",
        "no position",
        "`payflow source republish in.one-0`",
    ]);
    world.mend(Remedy::Republish, 2);
    assert!(world.published() == published, "nothing new is said");
    same(world.known(), known, "a new database");
    // What the topics hold no more is published again, as it was.
    world.database.restore();
    world.in_queue(
        "DELETE FROM record WHERE topic = 'payflow.transfers'
            AND offset > (SELECT max(offset) - 6 FROM record WHERE topic = 'payflow.transfers')",
    );
    assert_eq!(world.published().len(), published.len() - 6);
    world.mend(Remedy::Republish, 2);
    same(named(&world.published()), named(&published), "lost in the topics, too");
    world.check("lost in the topics, too");
    work_in_turns(world, random, 2, 1);
    world.check("and it goes on");
}

/// The database has forgotten what persons decided of held documents: of one that it knows, and of ones that it has forgotten, too.
/// What the topics show of it is decided so again, and nothing leaves twice; what nobody decided stays held.
fn decisions_forgotten(world: &World<'_>) {
    world.append("in.one", &["m1 hold 1", "m2 pdng 2", "m3 hold 1", "m4 pdng 1", "m5 a 1"]);
    world.work().unwrap();
    world.database.save();
    world.decide("in.one-0-0/1", Ruling::Release);
    world.decide("in.one-0-1/1", Ruling::Reject);
    world.work().unwrap();
    let alone = world.published();
    let known = world.known();
    world.database.restore();
    world.refuses(&["`payflow source republish in.one-0`"]);
    world.mend(Remedy::Republish, 2);
    assert!(world.published() == alone, "nothing new is said");
    same(world.known(), known, "no input is forgotten");
    world.check("no input is forgotten");

    world.append("in.one", &["m6 pdng 3", "m7 hold 1", "m8 pdng 1", "m9 a 1"]);
    world.work().unwrap();
    world.decide("in.one-0-5/1", Ruling::Release);
    world.decide("in.one-0-6/1", Ruling::Reject);
    world.work().unwrap();
    let (published, known) = (world.published(), world.known());
    world.database.restore();
    world.mend(Remedy::Republish, 1);
    world.refuses(&["`payflow source republish in.one-0`"]);
    world.mend(Remedy::Republish, 2);
    assert!(world.published() == published, "nothing new is said");
    same(world.known(), known, "inputs are forgotten, too");
    assert_eq!(world.held(), ["in.one-0-2/1", "in.one-0-3/1", "in.one-0-7/1"]);
    world.check("inputs are forgotten, too");
    world.decide("in.one-0-2/1", Ruling::Release);
    world.work().unwrap();
    world.check("and it goes on");
}

/// What would be answered otherwise now is set aside, and what was said of it stands.
fn never_contradicts(world: &World<'_>) {
    world.append("in.one", &["m1 a 1", "m2 a 1"]);
    world.work().unwrap();
    let published = world.published();
    world.database.lose();
    // As if a newer program or another configuration came to another verdict.
    world.in_queue("UPDATE record SET bytes = CAST('m1 rej 0' AS BLOB) WHERE topic = 'in.one' AND offset = 0");
    world.mend(Remedy::Republish, 2);
    assert_eq!(world.published(), published);
    assert_eq!(world.known().iter().filter(|row| row.ends_with("set aside")).count(), 1, "{:?}", world.known());
    world.work().unwrap();
    assert_eq!(world.published(), published);
}

/// The topic is another one: it holds less than was read, or something else.
fn topic_created_anew(world: &World<'_>) {
    // The stages of this test name transfers by their places, which would come twice here.
    let random = &mut Random(9);
    for (round, (count, refusal)) in
        [(3, "topic holds 0 to 3"), (60, "another input"), (120, "another input")].into_iter().enumerate()
    {
        work_in_turns(world, random, 2, 0);
        world.append("in.one", &inputs(random, 12, 0));
        // The last rows are left to publish.
        save(world.folder, "queue.db");
        world.work().unwrap();
        let expected = world.published().len();
        lose(world.folder, "queue.db");
        std::fs::copy(world.folder.join("queue.db.saved"), world.folder.join("queue.db")).unwrap();
        world.in_queue("DELETE FROM record WHERE topic = 'in.one'; DELETE FROM committed WHERE topic = 'in.one'");
        let lines: Vec<String> = (0..count).map(|number| format!("new{round}.{number} a 0\nm1 a 0")).collect();
        world.append("in.one", &lines);
        world.refuses(&["in.one-0: the database is at offset", refusal, "`payflow source reset in.one-0`"]);
        for deeds in [1, 2] {
            world.mend(Remedy::Reset, deeds);
            world.refuses(&["a reset that was cut off", "`payflow source reset in.one-0`"]);
        }
        world.mend(Remedy::Reset, 9);
        assert_eq!(world.events("reset"), round + 1, "one event, however often it was cut off");
        assert_eq!(world.published().len(), expected, "what was left is out");
        world.work().unwrap();
        world.check("created anew");
        let new = format!("alpha/new{round}.");
        let answered =
            world.published().into_iter().filter(|r| r.key.starts_with(&new) && r.header("payflow.reply").is_some());
        assert_eq!(answered.count(), count, "each new input is answered");
    }
}

/// The database is new, and no input that came had an answer: so no row has left.
fn database_lost_before_any_answer(world: &World<'_>) {
    world.append("in.one", &["m1 quiet 0", "m2 quiet 0"]);
    world.work().unwrap();
    assert_eq!(world.published(), []);
    let known = world.known();
    world.database.lose();
    world.refuses(&["in.one-0: the broker's group is at offset 2, row 0", "`payflow source republish in.one-0`"]);
    world.mend(Remedy::Republish, 1);
    world.refuses(&["the database is at offset 0", "`payflow source republish in.one-0`"]);
    world.mend(Remedy::Republish, 2);
    same(world.known(), known, "no input is forgotten");
    world.check("lost before any answer");
    world.append("in.one", &["m1 quiet 0", "m3 a 1"]);
    world.work().unwrap();
    world.check("and it goes on");
}

/// The brokers are another cluster, whose topics hold what was published before as a mirror would, but for the last rows; or nothing.
fn cluster_built_anew(world: &World<'_>) {
    let random = &mut Random(11);
    work_in_turns(world, random, 3, 0);
    world.append("in.one", &inputs(random, 12, 0));
    save(world.folder, "queue.db");
    world.work().unwrap();
    let expected = named(&world.published());
    world.database.rows("UPDATE source SET cluster = 'old' RETURNING topic");
    for deeds in [0, 1, 2] {
        lose(world.folder, "queue.db");
        std::fs::copy(world.folder.join("queue.db.saved"), world.folder.join("queue.db")).unwrap();
        world.database.save();
        world.in_queue("DELETE FROM committed");
        world.refuses(&[
            "in.one-0: the database is at offset 20",
            "in the cluster old, and the broker is of the cluster embedded",
            "`payflow source reset in.one-0`",
        ]);
        world.mend(Remedy::Reset, deeds);
        world.refuses(&["`payflow source reset in."]);
        world.mend(Remedy::Reset, 9);
        assert_eq!(world.events("reset"), 2);
        same(named(&world.published()), expected.clone(), &format!("cut off after {deeds}: what was left is out"));
        world.check("what was left is out");
        // The new source is the mirror, which begins at the first input of the old one.
        let answered = world.published().len();
        world.work().unwrap();
        world.check("and it is read from its beginning");
        assert!(world.published().len() > answered);
        world.database.restore();
    }
    // Nothing is there: then a person says what was published.
    lose(world.folder, "queue.db");
    world.append("in.one", &["new a 0"]);
    world.refuses(&["the broker is of the cluster embedded"]);
    let (mut store, mut queue) = (world.database.open(), world.queue());
    let mut prepare =
        |published| prepare(Remedy::Reset, vec![EmbeddedQueue::source("in.one")], published, &mut store, &mut queue);
    let told = prepare(None).unwrap_err().to_string();
    assert!(told.contains("none is in the topics") && told.contains("--published"), "{told}");
    assert!(prepare(Some(1_000)).unwrap_err().to_string().contains("its rows are 1 to"));
    assert!(prepare(Some(3)).unwrap()[0].1.words.contains("the rows after 3 up to"));
}

fn all(scenes: &[fn(&World<'_>)], database: impl Fn(&Path) -> Box<dyn Database>) {
    for scene in scenes {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path());
        scene(&World::new(folder.path(), &*database));
    }
}

#[test]
fn mends_what_operations_break() {
    let scenes = [
        offsets_lost,
        offsets_lost_after_a_cut,
        database_set_back,
        decisions_forgotten,
        never_contradicts,
        topic_created_anew,
        database_lost_before_any_answer,
        cluster_built_anew,
    ];
    all(&scenes, |folder| Box::new(Sqlite(folder.to_owned())));
}

#[cfg(feature = "postgres")]
#[test]
fn mends_what_operations_break_on_postgres() {
    let held = match postgres::database() {
        Ok(database) => database,
        Err(why) => return skip::skipped("mending on PostgreSQL", &why),
    };
    let scenes = [
        offsets_lost_after_a_cut,
        database_set_back,
        decisions_forgotten,
        topic_created_anew,
        database_lost_before_any_answer,
        cluster_built_anew,
    ];
    all(&scenes, |_| Box::new(Postgres(postgres::database().unwrap())));
    drop(held);
}
