//! Files that partners deliver: which are taken and when, what answers them, where they are kept, and that each document is
//! answered and booked once, whatever falls.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

mod odd_queue;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use odd_queue::OddQueue;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders, source};
use payflow::broker::{Broker, BrokerError, Record, Source, TakeLimits, Taken};
use payflow::partner::Partner;
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Progress, Settings, Worker};
use payflow::store::sqlite::SqliteStore;
use payflow::store::{
    Added, Batch, Decide, DocumentId, InputRow, Lane, Mend, Outcome, Owned, Pour, Ruled, Step, Store, StoreError,
};
use tempfile::TempDir;

const NAME: &str = "alpha.files";
const BULK: &str = "pacs008/ok/sepa-bulk-02.xml";
const MISSING: &str = "pacs008/err/missing-charge-bearer.xml";

type FolderWorker = Worker<Iso20022, Folders<EmbeddedQueue>, SqliteStore>;

/// A partner's folder, and how it is worked on.
struct Site {
    folder: TempDir,
    quiet: Duration,
    rejected_apart: bool,
    /// What is larger is read through a window.
    most_bytes: usize,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Self { folder, quiet: Duration::ZERO, rejected_apart: false, most_bytes: 1 << 20 };
        fs::create_dir_all(site.path("in")).unwrap();
        site
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join("alpha").join(part)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path("in").join(name), bytes).unwrap();
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.folder.path().join("payflow.db")).unwrap()
    }

    fn worker_over<B: Broker>(&self, broker: B) -> Worker<Iso20022, Folders<B>, SqliteStore> {
        self.worker_of(broker, self.store())
    }

    fn worker_of<B: Broker, T: Store>(&self, broker: B, store: T) -> Worker<Iso20022, Folders<B>, T> {
        let partner = Partner { id: "alpha".to_owned(), ..Partner::default() };
        let settings = Settings::until_idle("test", &[(NAME, "alpha")]);
        let folder = FolderSettings {
            name: NAME.to_owned(),
            path: self.path(""),
            quiet: self.quiet,
            rejected_apart: self.rejected_apart,
            most_bytes: self.most_bytes,
        };
        let stages = Iso20022::new(Setup { partners: [("alpha".to_owned(), partner)].into(), ..Setup::default() });
        Worker::new(stages, Folders::open(broker, vec![folder]).unwrap(), store, settings)
    }

    fn queue(&self) -> EmbeddedQueue {
        EmbeddedQueue::open(&self.folder.path().join("queue.db"), &[]).unwrap()
    }

    fn worker(&self) -> FolderWorker {
        self.worker_over(self.queue())
    }

    /// Works until nothing is left to do.
    fn work(&self) {
        self.worker().run_until_idle().unwrap();
    }

    /// The files of a part of the folder and below, by their paths in it; the day is `DAY`.
    fn files(&self, part: &str) -> Vec<String> {
        let mut files = Vec::new();
        collect(&self.path(part), "", &mut files);
        files.sort();
        files
    }

    fn published(&self, topic: &str) -> Vec<Record> {
        self.queue().records(topic, 0).unwrap()
    }

    fn count(&self, sql: &str) -> i64 {
        self.store().connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The rows of a query, each as one text.
    fn rows(&self, sql: &str) -> Vec<String> {
        let store = self.store();
        let mut select = store.connection().prepare(sql).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// `number of verdicts, of them accepted, transfers booked, answers published`.
    fn totals(&self) -> (i64, i64, i64, usize) {
        (
            self.count("SELECT count(*) FROM verdict"),
            self.count("SELECT count(*) FROM verdict WHERE verdict = 'accepted'"),
            self.count("SELECT count(*) FROM transfer"),
            self.published(&Topics::default().acknowledgements).len(),
        )
    }
}

fn collect(path: &Path, above: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(path).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_day = name.len() == 10 && name.chars().all(|c| c.is_ascii_digit() || c == '-');
        let name = if is_day { "DAY".to_owned() } else { name };
        match entry.file_type().unwrap().is_dir() {
            true => collect(&entry.path(), &format!("{above}{name}/"), files),
            false => files.push(format!("{above}{name}")),
        }
    }
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

#[test]
fn what_arrives_is_answered_and_archived() {
    let (bulk, two) = (sample(BULK), sample("pacs008/ok/two-documents-08.xml"));
    let (missing, half) = (sample(MISSING), bulk[..bulk.len() / 2].to_vec());
    // what arrives: name, bytes | apart | left in `in` | out | archive | rejected
    let check =
        |arrivals: &[(&str, &[u8])], apart, left: &[&str], out: &[&str], archive: &[&str], rejected: &[&str]| {
            let site = Site { rejected_apart: apart, ..Site::new() };
            for (name, bytes) in arrivals {
                site.put(name, bytes);
                site.work();
            }
            let found = ["in", "out", "archive", "rejected"].map(|part| site.files(part));
            assert_eq!(found, [left, out, archive, rejected], "{:?}", arrivals.iter().map(|a| a.0).collect::<Vec<_>>());
            assert_eq!(site.files("claimed"), [".lock"]);
            assert_eq!(site.published(&Topics::default().acknowledgements).len(), out.len(), "an answer a file");
        };
    let answer = "pay.0-1.pacs.002.001.03.xml";
    let refusal = "pay.0-1.admi.002.001.01.xml";
    check(&[("pay.xml", &bulk)], false, &[], &[answer], &["DAY/pay.xml"], &[]);
    check(&[("pay.xml", &bulk)], true, &[], &[answer], &["DAY/pay.xml"], &[]);
    check(&[("pay", &bulk)], false, &[], &[answer], &["DAY/pay"], &[]);
    check(&[(".pay.xml", &bulk)], false, &[".pay.xml"], &[], &[], &[]);
    for name in ["pay.xml.tmp", "pay.xml.part", "pay.xml.filepart", "pay.PART"] {
        check(&[(name, &bulk)], false, &[name], &[], &[], &[]);
    }
    check(&[("pay.xml", &missing)], false, &[], &[refusal], &["DAY/pay.xml"], &[]);
    check(&[("pay.xml", &missing)], true, &[], &[refusal], &[], &["DAY/pay.xml"]);
    check(&[("pay.xml", &half)], true, &[], &[refusal], &[], &["DAY/pay.xml"]);
    check(&[("pay.xml", b"")], true, &[], &[refusal], &[], &["DAY/pay.xml"]);
    check(&[("pay.xml", b"\x00\xffno message")], true, &[], &[refusal], &[], &["DAY/pay.xml"]);
    check(&[("pay.xml", &vec![b' '; (1 << 20) + 1])], true, &[], &[refusal], &[], &["DAY/pay.xml"]);
    let again = ["pay.0-1.pacs.002.001.03.xml", "pay.1-1.pacs.002.001.03.xml"];
    check(&[("pay.xml", &bulk), ("pay.xml", &bulk)], false, &[], &again, &["DAY/pay.xml", "DAY/pay.xml.2"], &[]);
    let both = ["pay.0-1.pacs.002.001.10.xml", "pay.0-2.pacs.002.001.10.xml"];
    check(&[("pay.xml", &two)], false, &[], &both, &["DAY/pay.xml"], &[]);
    let mixed = ["good.0-1.pacs.002.001.03.xml", "pay.1-1.admi.002.001.01.xml"];
    check(&[("good.xml", &bulk), ("pay.xml", &missing)], true, &[], &mixed, &["DAY/good.xml"], &["DAY/pay.xml"]);
}

/// Each file is a verdict; the same document gets the same answer and is booked once; answers in `out` are those published.
#[test]
fn the_same_file_again_is_booked_once() {
    let site = Site::new();
    for name in ["a.xml", "b.xml", "a.xml"] {
        site.put(name, &sample(BULK));
        site.work();
    }
    assert_eq!(site.totals(), (3, 1, 4, 3));
    assert_eq!(site.count("SELECT count(*) FROM verdict WHERE verdict = 'repeated'"), 2);
    let published = site.published(&Topics::default().acknowledgements);
    for (file, record) in site.files("out").iter().zip(&published) {
        assert_eq!(fs::read(site.path("out").join(file)).unwrap(), published[0].bytes, "{file}");
        assert_eq!(record.header("payflow.partner"), Some("alpha"));
    }
}

/// Files are taken by age, then by name.
#[test]
fn files_are_taken_in_order() {
    let site = Site::new();
    let at = |name: &str, seconds| {
        site.put(name, b"-");
        let file = fs::File::options().append(true).open(site.path("in").join(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    };
    at("a.xml", 30);
    at("c.xml", 20);
    at("b.xml", 20);
    at("z.xml", 10);
    site.work();
    let expected = ["a.3-1", "b.1-1", "c.2-1", "z.0-1"].map(|stem| format!("{stem}.admi.002.001.01.xml"));
    assert_eq!(site.files("out"), expected);
}

/// A sender that writes in place: nothing is taken before the file has been quiet.
#[test]
fn a_file_that_still_grows_is_left() {
    let site = Site { quiet: Duration::from_millis(300), ..Site::new() };
    let bulk = sample(BULK);
    let mut worker = site.worker();
    for end in [bulk.len() / 3, bulk.len() / 2, bulk.len()] {
        site.put("pay.xml", &bulk[..end]);
        worker.run_until_idle().unwrap();
        assert_eq!(site.files("in"), ["pay.xml"], "taken at {end} bytes");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(site.quiet);
    worker.run_until_idle().unwrap();
    assert_eq!((site.files("in").len(), site.totals()), (0, (1, 1, 4, 1)));
}

/// What waits is what has arrived or is claimed, and was not handed out.
#[test]
fn files_that_wait_are_counted() {
    let site = Site::new();
    ["a.xml", "b.xml", "c.xml", "d.xml.tmp"].iter().for_each(|name| site.put(name, b"x"));
    let limits = TakeLimits { idle: Duration::ZERO, ..TakeLimits::default() };
    for claimed_before in [0, 1] {
        let worker = &mut site.worker();
        let folders = worker.broker();
        let taken = folders.take(&limits).unwrap();
        let Taken::Assigned(sources) = taken else { panic!("{taken:?}") };
        let positions: Vec<_> = sources.into_iter().map(|source| (source, 0)).collect();
        folders.resume(&positions).unwrap();
        assert_eq!(folders.waiting(&positions), Ok(3), "{claimed_before} claimed");
        assert!(matches!(folders.take(&limits), Ok(Taken::Inputs(_))));
        assert_eq!(folders.waiting(&positions), Ok(2), "{claimed_before} claimed");
    }
}

/// Links and folders are nobody's message.
#[cfg(unix)]
#[test]
fn only_files_are_taken() {
    let site = Site::new();
    let secret = site.folder.path().join("secret.xml");
    fs::write(&secret, sample(BULK)).unwrap();
    std::os::unix::fs::symlink(&secret, site.path("in").join("link.xml")).unwrap();
    fs::create_dir(site.path("in").join("folder.xml")).unwrap();
    site.work();
    assert_eq!(site.totals(), (0, 0, 0, 0));
    assert!(secret.exists() && site.path("in").join("link.xml").exists());
}

/// 1. A worker claims a file and falls: before it is worked on, after the store has it, or after it is published.
/// 2. Another one finds the file claimed.
/// 3. All that leaves and all that is kept is as if nobody had fallen.
#[test]
fn a_fall_between_claim_and_archive_changes_nothing() {
    enum Fall {
        Claimed,
        Stored,
        Published,
    }
    for (name, bytes, fall, large) in [
        ("claimed", sample(BULK), Fall::Claimed, false),
        ("stored", sample(BULK), Fall::Stored, false),
        ("published", sample(BULK), Fall::Published, false),
        ("claimed, bad", sample(MISSING), Fall::Claimed, false),
        ("stored, bad", sample(MISSING), Fall::Stored, false),
        ("published, bad", sample(MISSING), Fall::Published, false),
        ("claimed, large", sample(BULK), Fall::Claimed, true),
        ("stored, large", sample(BULK), Fall::Stored, true),
        ("published, large", sample(BULK), Fall::Published, true),
        ("stored, large, bad", sample(MISSING), Fall::Stored, true),
    ] {
        let bad = name.ends_with("bad");
        let site = Site { rejected_apart: true, most_bytes: if large { 10 } else { 1 << 20 }, ..Site::new() };
        site.put("first.xml", b"-");
        site.work();
        site.put("pay.xml", &bytes);
        match fall {
            Fall::Claimed => {
                // Assigned, and its position told: then the file is taken, and nothing comes of it.
                let mut folders = site.worker();
                assert_eq!(folders.step(), Ok(Progress::Busy));
                assert_eq!(folders.broker().resume(&[(source(NAME), 1)]), Ok(()));
                assert!(matches!(folders.broker().take(&TakeLimits::default()), Ok(Taken::Inputs(_))));
            }
            Fall::Stored | Fall::Published => {
                let broker = OddQueue::dies(site.queue(), matches!(fall, Fall::Published));
                site.worker_over(broker).run_until_idle().unwrap_err();
            }
        }
        assert_eq!(site.files("claimed").len(), 2, "{name}: {:?}", site.files("claimed"));
        site.put("pay.xml", b"-");
        site.work();
        let (verdicts, accepted) = if bad { (3, 0) } else { (3, 1) };
        assert_eq!(site.totals(), (verdicts, accepted, 4 * accepted, 3), "{name}");
        let answer = if bad { "pay.1-1.admi.002.001.01.xml" } else { "pay.1-1.pacs.002.001.03.xml" };
        let refusals = ["first.0-1.admi.002.001.01.xml", answer, "pay.2-1.admi.002.001.01.xml"];
        assert_eq!(site.files("out"), refusals, "{name}");
        assert_eq!(site.files("claimed"), [".lock"], "{name}");
        let (good, rejected): (&[&str], &[&str]) = match bad {
            false => (&["DAY/pay.xml"], &["DAY/first.xml", "DAY/pay.xml"]),
            true => (&[], &["DAY/first.xml", "DAY/pay.xml", "DAY/pay.xml.2"]),
        };
        assert_eq!((site.files("archive"), site.files("rejected")), (owned(good), owned(rejected)), "{name}");
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Two workers on one folder: one works, the other takes over when it is gone.
#[test]
fn one_worker_at_a_time() {
    let site = Site::new();
    let (mut first, mut second) = (site.worker(), site.worker());
    first.run_until_idle().unwrap();
    site.put("a.xml", &sample(BULK));
    for _ in 0..3 {
        second.step().unwrap();
    }
    assert_eq!((second.lanes(), site.files("in").len()), (0, 1), "the second one leaves it alone");
    first.run_until_idle().unwrap();
    assert_eq!(site.totals(), (1, 1, 4, 1));
    drop(first);
    site.put("b.xml", &sample(BULK));
    second.run_until_idle().unwrap();
    assert_eq!((second.lanes(), second.totals().repeated), (1, 1));
    assert_eq!(site.totals(), (2, 1, 4, 2));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let site = Site::new();
    let settings = |path: PathBuf| FolderSettings {
        name: NAME.to_owned(),
        path,
        quiet: Duration::ZERO,
        rejected_apart: false,
        most_bytes: 1,
    };
    for path in [site.path("nowhere"), site.folder.path().join("queue.db")] {
        let error = Folders::open(site.queue(), vec![settings(path.clone())]).err().unwrap();
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(matches!(error, BrokerError::Fatal(_)));
    }
}

/// A file that is read through a window comes to what the same file comes to in memory.
#[test]
fn large_files_come_to_what_small_ones_do() {
    let verdicts =
        "SELECT verdict || ' ' || coalesce(reply_definition, none_due) FROM verdict ORDER BY position, document";
    let messages =
        "SELECT document || coalesce(definition || hex(document_hash), '') || coalesce(message_id, '') || transactions
                      FROM message ORDER BY document";
    let transfers = "SELECT document || ' ' || number || id || json FROM transfer ORDER BY document, number";
    let findings =
        "SELECT document || rule || severity || coalesce(txn, '-') || coalesce(path || ' ' || line || ' ' || col, '')
                      || text FROM finding ORDER BY document, number";
    let mut booked = 0;
    for name in [
        BULK,
        "pacs008/ok/two-documents-08.xml",
        "pacs008/err/bulk-one-bad-iban.xml",
        "pacs008/err/yen-decimals.xml",
        "camt053/ok/nostro-header-08.xml",
        MISSING,
        "pacs008/err/header-mismatch.xml",
        "pacs008/err/binary.xml",
        "pacs008/err/empty.xml",
    ] {
        let [small, large] = [1 << 20, 0].map(|most_bytes| Site { most_bytes, ..Site::new() });
        for site in [&small, &large] {
            site.put("pay.xml", &sample(name));
            site.work();
        }
        let known = sample(name).is_empty();
        assert_eq!(large.count("SELECT count(*) FROM input WHERE file LIKE '%pay.xml'"), i64::from(!known), "{name}");
        for sql in [verdicts, messages, transfers, findings] {
            assert_eq!(small.rows(sql), large.rows(sql), "{name}: {sql}");
        }
        for part in ["in", "out", "archive"] {
            assert_eq!(small.files(part), large.files(part), "{name}: {part}");
        }
        let topics = Topics::default();
        // When it was decided is all that may differ.
        let events = |site: &Site| -> Vec<Record> {
            let timeless = |mut record: Record| {
                record.headers.retain(|(name, _)| name != "ce_time");
                record
            };
            site.published(&topics.transfers).into_iter().map(timeless).collect()
        };
        assert_eq!(events(&small), events(&large), "{name}");
        let statements = "SELECT count(*) FROM statement";
        assert_eq!(small.count(statements), large.count(statements), "{name}");
        booked += large.count("SELECT count(*) FROM transfer");
        let (rejected, full) = (large.published(&topics.rejected), small.published(&topics.rejected));
        assert_eq!(rejected.len(), full.len(), "{name}");
        let kept =
            rejected.iter().all(|record| record.bytes.is_empty() && record.header("payflow.kept") == Some("file"));
        assert!(known || kept, "{name}");
    }
    assert!(booked > 8, "{booked}");
}

/// A statement with so many entries.
fn statement(entries: usize) -> String {
    let text = String::from_utf8(sample("camt053/ok/nostro-header-08.xml")).unwrap();
    let (begin, end) = (text.find("<Ntry>").unwrap(), text.find("</Ntry>").unwrap() + "</Ntry>".len());
    format!("{}{}{}", &text[..begin], text[begin..end].repeat(entries), &text[text.rfind("</Ntry>").unwrap() + 7..])
}

#[test]
fn a_large_file_is_booked_as_a_whole_or_not_at_all() {
    let good = statement(3_000);
    let last = good.rfind("<CdtDbtInd>").unwrap();
    let bad = format!("{}<CdtDbtInd>X{}", &good[..last], &good[last + "<CdtDbtInd>".len()..]);
    let cut = good[..last].to_owned();
    // what arrives | verdict | transfers
    for (name, text, verdict, transfers) in [
        ("good", &good, "accepted", 3_000),
        ("a fault in the last entry", &bad, "refused", 0),
        ("cut in the last entry", &cut, "refused", 0),
    ] {
        let site = Site { most_bytes: 10_000, ..Site::new() };
        site.put("statement.xml", text.as_bytes());
        site.work();
        assert_eq!(site.rows("SELECT verdict FROM verdict"), [verdict], "{name}");
        assert_eq!(site.count("SELECT count(*) FROM transfer"), transfers, "{name}");
        assert_eq!(site.published(&Topics::default().transfers).len() as i64, transfers, "{name}");
        assert_eq!(site.files("archive"), ["DAY/statement.xml"], "{name}");
        let lanes = site.count("SELECT sum(seq) FROM source");
        assert_eq!(lanes, site.count("SELECT count(*) FROM outbox"), "{name}");
    }
}

type Change = fn(Vec<u8>) -> Vec<u8>;

/// A store before whose transaction the claimed file is changed: after it was examined.
struct Tampers {
    store: SqliteStore,
    claimed: PathBuf,
    change: Change,
}

impl Store for Tampers {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        self.store.own(source, partner)
    }
    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        self.store.start(owned, next)
    }
    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        for file in fs::read_dir(&self.claimed).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "xml") {
                fs::write(&file, (self.change)(fs::read(&file).unwrap())).unwrap();
            }
        }
        self.store.commit_poured(batch, decide, pour)
    }
    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        self.store.set_aside(step, input, reason, actor)
    }
    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        self.store.outbox(lane, after, rows, bytes)
    }
    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        self.store.find(source)
    }
    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        self.store.elsewhere(source)
    }
    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.input(lane, position)
    }
    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        self.store.ruled(lanes)
    }
    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        self.store.stuck(id, why)
    }
    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        self.store.conclude(step, ruled, outcome, happened, pour)
    }
    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        self.store.mend(step, mend)
    }
}

#[test]
fn a_file_that_changes_between_the_passes_is_set_aside() {
    let amount = |bytes: Vec<u8>| {
        let mut text = String::from_utf8(bytes).unwrap();
        let at = text.rfind("</Amt>").unwrap() - 1;
        let digit = if text[at..].starts_with('7') { "8" } else { "7" };
        text.replace_range(at..at + 1, digit);
        text.into_bytes()
    };
    let changes: [(&str, Change); 4] = [
        ("an amount of the last entry", amount),
        ("cut", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("empty", |_| Vec::new()),
        ("something else", |_| sample(BULK)),
    ];
    for (name, change) in changes {
        let site = Site { most_bytes: 10_000, ..Site::new() };
        site.put("statement.xml", statement(300).as_bytes());
        let store = Tampers { store: site.store(), claimed: site.path("claimed"), change };
        let mut worker = site.worker_of(site.queue(), store);
        worker.run_until_idle().unwrap();
        assert_eq!((worker.totals().set_aside, worker.totals().transfers), (1, 0), "{name}");
        drop(worker);
        assert_eq!(site.totals(), (0, 0, 0, 0), "{name}");
        let reasons = site.rows("SELECT reason FROM set_aside");
        assert!(reasons.len() == 1 && reasons[0].contains("has changed"), "{name}: {reasons:?}");
        assert_eq!(site.count("SELECT count(*) FROM outbox"), 0, "{name}");
        site.put("next.xml", &sample(BULK));
        site.work();
        assert_eq!(site.totals(), (1, 1, 4, 1), "{name}: the next file is worked on");
    }
}
