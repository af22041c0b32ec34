//! Files that partners deliver: which are taken and when, what answers them, where they are kept, and that each document is
//! answered and booked once, whatever falls.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders, source};
use payflow::broker::{Broker, BrokerError, Committed, Extent, Publication, Record, Source, TakeLimits, Taken};
use payflow::partner::Partner;
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Progress, Settings, Worker};
use payflow::store::sqlite::SqliteStore;
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
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), quiet: Duration::ZERO, rejected_apart: false };
        fs::create_dir_all(site.path("in")).unwrap();
        site
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join("alpha").join(part)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path("in").join(name), bytes).unwrap();
    }

    fn worker_over<B: Broker>(&self, broker: B) -> Worker<Iso20022, Folders<B>, SqliteStore> {
        let partner = Partner { id: "alpha".to_owned(), bics: vec![], member_ids: vec![], reply: Default::default() };
        let settings = Settings {
            name: "test".to_owned(),
            partners: BTreeMap::from([(NAME.to_owned(), "alpha".to_owned())]),
            topics: Topics::default(),
            take: TakeLimits { idle: Duration::ZERO, ..TakeLimits::default() },
            key_window: None,
        };
        let folder = FolderSettings {
            name: NAME.to_owned(),
            path: self.path(""),
            quiet: self.quiet,
            rejected_apart: self.rejected_apart,
            most_bytes: 1 << 20,
        };
        let stages = Iso20022::new(Setup { partners: [("alpha".to_owned(), partner)].into(), ..Setup::default() });
        let store = SqliteStore::open(&self.folder.path().join("payflow.db")).unwrap();
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
        let store = SqliteStore::open(&self.folder.path().join("payflow.db")).unwrap();
        store.connection().query_row(sql, [], |row| row.get(0)).unwrap()
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

/// Dies at the first publication that has rows: before it is made, or after.
struct Dies {
    broker: EmbeddedQueue,
    after: bool,
}

impl Broker for Dies {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        self.broker.take(limits)
    }
    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        self.broker.committed(source)
    }
    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        self.broker.extent(source)
    }
    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        self.broker.resume(positions)
    }
    fn publish(&mut self, publications: &[Publication<'_>]) -> Result<(), BrokerError> {
        let rows: usize = publications.iter().map(|publication| publication.records.len()).sum();
        if rows == 0 || self.after {
            self.broker.publish(publications)?;
        }
        if rows > 0 { Err(BrokerError::Fatal("died".to_owned())) } else { Ok(()) }
    }
    fn renew(&mut self) -> Result<(), BrokerError> {
        self.broker.renew()
    }
    fn rejoin(&mut self) -> Result<(), BrokerError> {
        self.broker.rejoin()
    }
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
    for (name, bytes, fall) in [
        ("claimed", sample(BULK), Fall::Claimed),
        ("stored", sample(BULK), Fall::Stored),
        ("published", sample(BULK), Fall::Published),
        ("claimed, bad", sample(MISSING), Fall::Claimed),
        ("stored, bad", sample(MISSING), Fall::Stored),
        ("published, bad", sample(MISSING), Fall::Published),
    ] {
        let bad = name.ends_with("bad");
        let site = Site { rejected_apart: true, ..Site::new() };
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
                let broker = Dies { broker: site.queue(), after: matches!(fall, Fall::Published) };
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
