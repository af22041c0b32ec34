//! What payflow does where something misbehaves, as `docs/architecture.md` states it: nothing is lost, and all else goes on.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

mod fake_stages;
#[cfg(feature = "postgres")]
mod postgres;
mod skip;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use fake_stages::faults::Random;
use fake_stages::model::{compare, inputs};
use fake_stages::{Fake, queue, settings, store};
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::{Record, Source};
use payflow::partner::Partner;
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::leaving;
use payflow::pipeline::worker::{Progress, Settings, Worker};
use payflow::store::{
    Added, Batch, Decide, DocumentId, InputRow, Lane, Mend, Outcome, Owned, Pour, Ruled, Step, Store, StoreError,
};
use payflow::telemetry::health::HEALTH;
use sha2::{Digest, Sha256};

type FakeWorker = Worker<Fake, EmbeddedQueue, Box<dyn Store>>;

/// Opens the database under test; there is one in a folder or on a server.
type Open<'o> = &'o dyn Fn() -> Box<dyn Store>;

/// Runs a check over SQLite, and over PostgreSQL where it is installed.
fn on_each_database(what: &str, check: impl Fn(&Path, Open<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path(), &|| Box::new(store(folder.path())));
    #[cfg(feature = "postgres")]
    match postgres::database() {
        Err(why) => skip::skipped(&format!("{what} on PostgreSQL"), &why),
        Ok(database) => {
            let folder = tempfile::tempdir().unwrap();
            check(folder.path(), &|| Box::new(database.store()));
        }
    }
    let _ = what;
}

fn worker(folder: &Path, open: Open<'_>, settings: &Settings) -> FakeWorker {
    Worker::new(Fake, queue(folder, settings), open(), settings.clone())
}

/// All records that are committed, without those headers that tell when.
fn published(queue: &EmbeddedQueue, settings: &Settings) -> Vec<Record> {
    let topics = &settings.topics;
    let all = [&topics.acknowledgements, &topics.transfers, &topics.rejected];
    let mut records: Vec<Record> = all.iter().flat_map(|topic| queue.records(topic, 0).unwrap()).collect();
    records.iter_mut().for_each(|record| record.headers.retain(|(name, _)| name != "ce_time"));
    records
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 1. An answer and a rejected input are too large for their topics: they are stored in full, and leave without their value,
///    with its size and hash. The same document again gets the same answer, in the same way.
/// 2. It is the same when the process has died between the two commits, and the store's rows are published by the next one.
/// 3. What was stored under a wider bound leaves by the present one.
#[test]
fn what_is_too_large_for_its_topic_is_kept() {
    on_each_database("a record that is too large", |folder, open| {
        let mut settings = settings(&["alpha"]);
        settings.topics.record_bytes = 3_000;
        let (long, far) = ("x".repeat(4_000), "far ".repeat(1_000));
        let inputs = [format!("m1 {long} 1"), "m2 a 1".to_owned(), format!("m1 {long} 1"), format!("m3 rej 0 {far}")];
        let mut worker = worker(folder, open, &settings);
        worker.broker().append("in.alpha", &inputs).unwrap();
        worker.run_until_idle().unwrap();
        let found = published(worker.broker(), &settings);
        let stored = worker.store().outbox(1, 0, 100, usize::MAX >> 1).unwrap();
        let in_full = |record: &Record| {
            let same = |row: &&Record| {
                row.topic == record.topic && row.header("payflow.source") == record.header("payflow.source")
            };
            stored.iter().find(same).unwrap().bytes.clone()
        };
        let shown = |record: &Record| {
            let kept = record.header("payflow.kept").is_some();
            let full = in_full(record);
            if kept {
                assert!(record.bytes.is_empty());
                assert_eq!(record.header("payflow.size"), Some(&*full.len().to_string()));
                assert_eq!(record.header("payflow.sha256"), Some(&*sha256(&full)));
            } else {
                assert_eq!(record.bytes, full);
            }
            (record.header("payflow.source").unwrap().rsplit('-').next().unwrap().to_owned(), kept, full.len() > 3_000)
        };
        let rows: Vec<_> = found.iter().map(shown).collect();
        let row = |offset: &str, kept| (offset.to_owned(), kept, kept);
        let answers = [row("0", true), row("1", false), row("2", true), row("3", false)];
        assert_eq!(rows, [&answers[..], &[row("0", false), row("1", false), row("3", true)]].concat());
        assert_eq!(found[0].header("payflow.sha256"), found[2].header("payflow.sha256"), "the same answer again");
        assert_eq!(found[0].header("ce_id"), found[2].header("ce_id"));
        assert_eq!(in_full(&found[6]), inputs[3].as_bytes());
        drop(worker);
        published_by_the_next_one(open, &settings, &found);
    });
}

/// The rows that the store has are published anew into an empty queue, by workers with two bounds.
fn published_by_the_next_one(open: Open<'_>, settings: &Settings, expected: &[Record]) {
    let stored = open().outbox(1, 0, 100, usize::MAX >> 1).unwrap();
    let again = |most: usize| -> Vec<Record> {
        let mut records: Vec<Record> = stored.iter().cloned().map(|row| leaving(row, most)).collect();
        records.iter_mut().for_each(|record| record.headers.retain(|(name, _)| name != "ce_time"));
        let topic = |record: &Record| expected.iter().position(|other| other.topic == record.topic);
        records.sort_by_key(topic);
        records
    };
    assert_eq!(again(settings.topics.record_bytes), expected);
    assert_eq!(again(usize::MAX), expected, "what was settled when it was decided stays so");
    assert!(again(300).iter().all(|record| record.bytes.is_empty() && record.header("payflow.sha256").is_some()));
}

/// A store that takes no input above so many bytes, whatever is said of it: what a row of a real one does at half a gigabyte.
struct Narrow<T>(T, usize);

impl<T: Store> Narrow<T> {
    fn takes(&self, input: &InputRow<'_>) -> Result<(), StoreError> {
        let refused = || StoreError::Refused("an input is too large for a row".to_owned());
        (input.bytes.len() <= self.1).then_some(()).ok_or_else(refused)
    }
}

impl<T: Store> Store for Narrow<T> {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        self.0.own(source, partner)
    }
    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        self.0.start(owned, next)
    }
    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        batch.inputs.iter().try_for_each(|input| self.takes(input))?;
        self.0.commit_poured(batch, decide, pour)
    }
    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        self.takes(input)?;
        self.0.set_aside(step, input, reason, actor)
    }
    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        self.0.outbox(lane, after, rows, bytes)
    }
    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        self.0.find(source)
    }
    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        self.0.elsewhere(source)
    }
    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.input(lane, position)
    }
    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        self.0.ruled(lanes)
    }
    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        self.0.stuck(id, why)
    }
    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        self.0.conclude(step, ruled, outcome, happened, pour)
    }
    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        self.0.mend(step, mend)
    }
}

/// What not even a row of those set aside takes is named there with its size and hash, and the others go on.
#[test]
fn an_input_that_no_row_takes_is_named() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let narrow = Narrow(store(folder.path()), 1_000);
    let mut worker = Worker::new(Fake, queue(folder.path(), &settings), narrow, settings.clone());
    let huge = format!("m2 a 1 {}", "x".repeat(1_000));
    worker.broker().append("in.alpha", &["m1 a 1", &huge, "m3 a 1"]).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().inputs, worker.totals().set_aside), (2, 1));
    let connection = worker.store().0.connection();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let (position, reason) = connection.query_row("SELECT position, reason FROM input_set_aside", [], row).unwrap();
    let named = ["too large for a row", "in.alpha-0-1", &huge.len().to_string(), &sha256(huge.as_bytes())];
    assert!(position == 1 && named.iter().all(|part| reason.contains(part)), "{reason}");
    assert_eq!(published(worker.broker(), &settings).len(), 4, "an answer and a transfer of each of the others");
}

/// A value that the database refuses: the batch is split, the one input set aside as it came, and the others go on.
#[cfg(feature = "postgres")]
#[test]
fn a_value_that_the_database_refuses_sets_one_input_aside() {
    let database = match postgres::database() {
        Ok(database) => database,
        Err(why) => return skip::skipped("a refused value on PostgreSQL", &why),
    };
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = worker(folder.path(), &|| Box::new(database.store()), &settings);
    worker.broker().append("in.alpha", &["m1 a 1", "m\0 a 1", "m3 a 1", "m1 a 1"]).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().inputs, worker.totals().set_aside), (3, 1));
    let aside = database.query("SELECT position, reason FROM input_set_aside");
    assert!(aside.len() == 1 && aside[0].starts_with("1|database: "), "{aside:?}");
    assert_eq!(database.count("SELECT count(*) FROM input"), 4);
    let sources = published(worker.broker(), &settings);
    let answered: Vec<&str> = sources
        .iter()
        .filter(|r| r.topic.ends_with("ments"))
        .map(|r| &r.header("payflow.source").unwrap()[9..])
        .collect();
    assert_eq!(answered, ["-0-0", "-0-2", "-0-3"].map(|end| &end[1..]));
}

/// A small disk of its own, which can be filled to the last byte. Only who may mount has one.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(bytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={bytes},mode=0777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.filler()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Works while something is full: nothing leaves that is not whole, and why it is not ready is told. Once there is room, all
/// that is foretold leaves, once.
fn goes_on_when_there_is_room<T: Store>(
    worker: &mut Worker<Fake, EmbeddedQueue, T>,
    settings: &Settings,
    (fill, make_room): (impl Fn(&mut T), impl Fn(&mut T)),
) {
    let work = |seed| -> Vec<String> {
        let long = "x".repeat(3_000);
        inputs(&mut Random(seed), 120).into_iter().map(|input| format!("{input} {long}")).collect()
    };
    let (first, second) = (work(7), work(9));
    worker.broker().append("in.alpha", &first).unwrap();
    worker.run_until_idle().unwrap();
    worker.broker().append("in.alpha", &second).unwrap();
    fill(worker.store());
    let told =
        |reasons: Vec<String>| reasons.iter().any(|reason| reason.contains("full") || reason.contains("No space left"));
    let mut failures = 0;
    for _ in 0..200 {
        failures += u32::from(worker.step().unwrap() == Progress::Trouble && told(HEALTH.reasons()));
    }
    assert!(failures > 20, "{failures}: it was full, and readiness said so");
    make_room(worker.store());
    worker.run_until_idle().unwrap();
    let all = [first, second].concat();
    let set_aside = compare(settings, "alpha", &all, &published(worker.broker(), settings), "a full disk");
    assert_eq!(worker.totals().set_aside as usize, set_aside, "nothing was set aside for want of room");
}

/// SQLite's own bound of its file stands for the disk.
#[test]
fn a_full_database_is_waited_for() {
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = Worker::new(Fake, queue(folder.path(), &settings), store(folder.path()), settings.clone());
    let bound = |store: &mut payflow::store::sqlite::SqliteStore, pages: i64| {
        store
            .connection()
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))
            .unwrap();
    };
    goes_on_when_there_is_room(
        &mut worker,
        &settings,
        (|store: &mut _| bound(store, 1), |store: &mut _| bound(store, 1 << 30)),
    );
}

/// The queue's disk is full, to the last byte: what the store has decided leaves when there is room.
#[test]
fn a_full_queue_is_waited_for() {
    let Some(disk) = Disk::mount(8 << 20) else { return skipped("a full disk under the queue") };
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = Worker::new(Fake, queue(disk.0.path(), &settings), store(folder.path()), settings.clone());
    goes_on_when_there_is_room(&mut worker, &settings, (|_: &mut _| disk.fill(), |_: &mut _| disk.make_room()));
}

/// The disk under PostgreSQL's tables is full: the outbox stands in a tablespace on a disk of its own.
#[cfg(feature = "postgres")]
#[test]
fn a_full_disk_under_postgres_is_waited_for() {
    let Some(disk) = Disk::mount(16 << 20) else { return skipped("a full disk under PostgreSQL") };
    let database = match postgres::own_server() {
        Ok(database) => database,
        Err(why) => return skip::skipped("a full disk under PostgreSQL", &why),
    };
    let place = disk.0.path().join("space");
    std::fs::create_dir(&place).unwrap();
    assert!(Command::new("chown").arg("postgres").arg(&place).status().unwrap().success());
    database.query(&format!("CREATE TABLESPACE small LOCATION '{}'", place.display()));
    database.query("ALTER TABLE outbox SET TABLESPACE small");
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let mut worker = worker(folder.path(), &|| Box::new(database.store()), &settings);
    goes_on_when_there_is_room(&mut worker, &settings, (|_: &mut _| disk.fill(), |_: &mut _| disk.make_room()));
    drop(worker);
    database.query("ALTER TABLE outbox SET TABLESPACE pg_default");
    database.query("DROP TABLESPACE small");
}

/// Says that there is no disk to fill, which is a failure where nothing may be skipped: but for a machine of which it is said that
/// it has no right to mount (`PAYFLOW_NO_MOUNT=1`).
fn skipped(what: &str) {
    if std::env::var("PAYFLOW_NO_MOUNT").is_ok_and(|value| value == "1") {
        return println!("skipped: {what}: nothing can be mounted here (PAYFLOW_NO_MOUNT=1)");
    }
    skip::skipped(what, "a disk of its own can't be mounted, for which root needs the capability SYS_ADMIN");
}

/// Whatever comes between good messages gets one answer, and is given back byte for byte; the good ones go on.
#[test]
fn poison_is_answered_and_given_back() {
    let sample = |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap();
    let good = String::from_utf8(sample("pacs008/ok/compact-regulatory-14.xml")).unwrap();
    let lol = (1..20).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect::<String>();
    let poison: Vec<Vec<u8>> = vec![
        vec![],
        vec![0; 300_000],
        (0..=255).cycle().take(100_000).collect(),
        [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xaa; 20_000]].concat(),
        format!("<!DOCTYPE a [<!ENTITY l0 \"lol\">{lol}]><a>&l19;</a>").into_bytes(),
        [&good.as_bytes()[..200], &[0xc3, 0x28, 0xff], &good.as_bytes()[200..]].concat(),
        "<a>".repeat(200_000).into_bytes(),
        format!("<a {}/>", (0..100_000).map(|n| format!("a{n}=\"\" ")).collect::<String>()).into_bytes(),
        format!("<{}/>", "n".repeat(1_000_000)).into_bytes(),
        good.as_bytes()[..good.len() / 2].to_vec(),
        good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ];
    let all: Vec<Vec<u8>> = poison
        .iter()
        .enumerate()
        .flat_map(|(index, poison)| {
            let message = good.replace("</MsgId>", &format!("{index}</MsgId>"));
            [poison.clone(), message.into_bytes()]
        })
        .collect();
    let partner = Partner { id: "alpha".to_owned(), ..Partner::default() };
    let setup = Setup { partners: BTreeMap::from([("alpha".to_owned(), partner)]), ..Setup::default() };
    let (folder, settings) = (tempfile::tempdir().unwrap(), settings(&["alpha"]));
    let queue = queue(folder.path(), &settings);
    let mut worker = Worker::new(Iso20022::new(setup), queue, store(folder.path()), settings.clone());
    worker.broker().append("in.alpha", &all).unwrap();
    worker.run_until_idle().unwrap();
    let totals = worker.totals();
    let count = poison.len() as u64;
    assert_eq!(
        (totals.inputs, totals.replies, totals.accepted, totals.rejected, totals.set_aside),
        (2 * count, 2 * count, count, count, 0)
    );
    let rejected = worker.broker().records(&settings.topics.rejected, 0).unwrap();
    let rejected: Vec<Vec<u8>> = rejected.into_iter().map(|record| record.bytes).collect();
    assert_eq!(rejected, poison);
    let answers = worker.broker().records(&settings.topics.acknowledgements, 0).unwrap();
    for (index, answer) in answers.iter().enumerate() {
        let expected = if index % 2 == 0 { "admi.002.001.01" } else { "pacs.002" };
        assert!(answer.header("payflow.reply").unwrap().starts_with(expected), "{index}: {:?}", answer.headers);
    }
}

/// Each document of an input is answered, however many there are. What leaves stays within bounds, and so does the time it takes: the
/// input is given back with the first, and with others only as long as that is little.
#[test]
fn an_input_of_many_documents_is_answered() {
    const DOCUMENTS: usize = 10_000;
    on_each_database("an input of many documents", |folder, open| {
        let document = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"/>";
        let inputs = [40, DOCUMENTS].map(|documents| format!("<x>{}</x>", document.repeat(documents)));
        let setup = Setup { partners: BTreeMap::from([("alpha".to_owned(), Partner::default())]), ..Setup::default() };
        let settings = settings(&["alpha"]);
        let mut worker = Worker::new(Iso20022::new(setup), queue(folder, &settings), open(), settings.clone());
        worker.broker().append("in.alpha", &inputs).unwrap();
        worker.run_until_idle().unwrap();
        let totals = worker.totals();
        assert_eq!((totals.inputs, totals.replies, totals.set_aside), (2, 40 + DOCUMENTS as u64, 0));
        let rejected = worker.broker().records(&settings.topics.rejected, 0).unwrap();
        let (small, large) = rejected.split_at(40);
        assert!(small.iter().all(|record| record.bytes == inputs[0].as_bytes()));
        assert_eq!(large[0].bytes, inputs[1].as_bytes());
        assert_eq!(large.len(), DOCUMENTS);
        for record in &large[1..] {
            assert_eq!((record.header("payflow.kept"), record.bytes.len()), (Some("earlier"), 0));
        }
    });
}
