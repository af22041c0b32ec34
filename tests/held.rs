//! What is held, on both stores: nothing leaves but what the partner wants, two persons decide, and what they decide is done
//! once; and whoever looks back finds it.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod skip;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use payflow::broker::Record;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders, kept};
use payflow::partner::{AgreedLimits, HoldAnswer, Partner, ReplyProfile};
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::reconcile::reconcile;
use payflow::pipeline::records::Topics;
use payflow::pipeline::replay::{Selection, replay};
use payflow::pipeline::worker::{Settings, Worker};
use payflow::rules::judge::Ruling;
use payflow::store::Store;
use payflow::store::held::{Act, Desk, Held, Motion, held};
use payflow::store::keep::Keeper;
use payflow::store::sqlite::SqliteStore;
use payflow::store::verify::verify;

const ALPHA: &str = "in.alpha";
const BETA: &str = "in.beta";
const FILES: &str = "files";

/// The trace of who sent it.
const TRACE: [(&str, &str); 2] =
    [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("tracestate", "congo=t61rcWkgMzE")];

/// Four transactions in EUR: 1480.00, 3144.35, 9000 and 5000.00.
const BULK: &str = "pacs008/ok/sepa-bulk-02.xml";

/// Alpha gets nothing while a message is held, beta a pending status. Above 5000 EUR both wait.
fn stages() -> Iso20022 {
    let partner = |id: &str, hold_answer| {
        let hold_above = BTreeMap::from([(
            "EUR".to_owned().try_into().unwrap(), //
            "5000".to_owned().try_into().unwrap(),
        )]);
        let limits = AgreedLimits { hold_above, ..AgreedLimits::default() };
        let reply = ReplyProfile { hold_answer, ..ReplyProfile::default() };
        (id.to_owned(), Partner { id: id.to_owned(), limits, reply, ..Partner::default() })
    };
    let partners = [partner("alpha", HoldAnswer::Nothing), partner("beta", HoldAnswer::Pending)].into();
    Iso20022::new(Setup { partners, ..Setup::default() })
}

fn settings() -> Settings {
    Settings::until_idle("test", &[(ALPHA, "alpha"), (BETA, "beta")])
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// A database of either kind, opened by a worker and by persons.
struct Site<'s> {
    folder: &'s Path,
    store: &'s dyn Fn() -> Box<dyn Store>,
    desk: &'s dyn Fn() -> Box<dyn Desk>,
}

impl Site<'_> {
    fn queue(&self) -> EmbeddedQueue {
        EmbeddedQueue::open(&self.folder.join("queue.db"), &[ALPHA, BETA]).unwrap()
    }

    /// One that takes the files of a folder, of which those above `most_bytes` are too large for memory.
    fn file_worker(&self, most_bytes: usize) -> Worker<Iso20022, Folders<EmbeddedQueue>, Box<dyn Store>> {
        let folder = FolderSettings {
            name: FILES.to_owned(),
            path: self.folder.to_owned(),
            quiet: Duration::ZERO,
            rejected_apart: false,
            most_bytes,
        };
        let settings = Settings { partners: [(FILES.to_owned(), "alpha".to_owned())].into(), ..settings() };
        let queue = EmbeddedQueue::open(&self.folder.join("queue.db"), &[]).unwrap();
        Worker::new(stages(), Folders::open(queue, vec![folder]).unwrap(), (self.store)(), settings)
    }

    fn worker(&self) -> Worker<Iso20022, EmbeddedQueue, Box<dyn Store>> {
        Worker::new(stages(), self.queue(), (self.store)(), settings())
    }

    /// The records of a topic of what leaves, of an input: their verdicts, and their bytes.
    fn left(&self, topic: &str, source: &str) -> Vec<(String, Record)> {
        let records = self.queue().records(topic, 0).unwrap().into_iter();
        let of_source = records.filter(|record| record.header("payflow.source") == Some(source));
        of_source.map(|record| (record.header("payflow.verdict").unwrap().to_owned(), record)).collect()
    }

    fn answers(&self, source: &str) -> Vec<(String, String)> {
        let topics = Topics::default();
        let text = |record: Record| String::from_utf8(record.bytes).unwrap();
        self.left(&topics.acknowledgements, source).into_iter().map(|(v, record)| (v, text(record))).collect()
    }

    fn transfers(&self, source: &str) -> usize {
        self.left(&Topics::default().transfers, source).len()
    }

    fn held(&self) -> Vec<Held> {
        held(&mut *(self.desk)()).unwrap()
    }

    fn act(&self, place: &str, actor: &str, motion: Motion<'_>) -> Result<(), String> {
        let id = self.held().into_iter().find(|held| held.place == place).unwrap().id;
        (self.desk)().act(&Act { id, actor, motion }).map_err(|error| error.to_string())
    }

    /// Asks for a ruling by one person, and confirms it by another.
    fn decide(&self, place: &str, ruling: Ruling) {
        self.act(place, "Anna", Motion::Ask(ruling, "checked")).unwrap();
        self.act(place, "Bert", CONFIRM).unwrap();
    }

    /// The documents by verdict, and how many transfers were booked; that all is as it was written, and runs again as it did.
    fn look_back(&self) -> (Vec<String>, u64) {
        let mut faults = Vec::new();
        verify(&mut *(self.desk)(), &Keeper::default(), &mut |fault| faults.push(fault.to_string())).unwrap();
        let span = (Utc::now() - TimeDelta::hours(1), Utc::now() + TimeDelta::hours(1));
        let balance = reconcile(&mut *(self.desk)(), span, &mut |fault| faults.push(fault.to_owned())).unwrap();
        let selection = Selection { from: span.0, to: span.1, partner: None };
        let found = &mut |difference: &_| faults.push(format!("{difference:?}"));
        let files = |_: &str, file: &str, received| kept(self.folder, file, received);
        let (stages, keeper) = (stages(), Keeper::default());
        let replayed = replay(&|_| &stages, (&mut *(self.desk)(), &keeper), &files, &selection, found).unwrap();
        assert_eq!((faults, replayed.not_run), (vec![], vec![]));
        let line = |(verdict, line): (&String, &payflow::pipeline::reconcile::Line)| {
            format!("{verdict} {} {} {}", line.documents, line.transactions, line.sums)
        };
        (balance.decided.iter().map(line).collect(), balance.booked.transactions)
    }
}

const CONFIRM: Motion<'_> = Motion::Confirm { four_eyes: true, only: None };

/// 1. A payment above the limit is held: no answer for alpha, a pending status for beta, no transfer. The same again gets the same
///    again.
/// 2. It is listed. One person asks, and nothing happens; the same person can't confirm; another one can.
/// 3. What is released is accepted and booked, what is rejected gets its reason, each once. No worker does it again.
/// 4. All that leaves carries on the trace of who sent it.
/// 5. The same again gets the last answer.
fn holds(site: &Site<'_>) {
    let bulk = sample(BULK);
    let mut worker = site.worker();
    let trace = TRACE.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for topic in [ALPHA, BETA] {
        worker.broker().append_with(topic, &trace, &[&bulk, &bulk]).unwrap();
    }
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().held, worker.totals().repeated, worker.totals().transfers), (2, 2, 0));
    assert_eq!((site.answers("in.alpha-0-0"), site.answers("in.alpha-0-1")), (vec![], vec![]));
    let pending = site.answers("in.beta-0-0");
    assert!(pending.len() == 1 && pending[0].0 == "held" && pending[0].1.contains("<GrpSts>PDNG<"), "{pending:?}");
    let again = site.answers("in.beta-0-1");
    assert!(again[0].0 == "repeated" && again[0].1 == pending[0].1, "{again:?}");
    let (lines, booked) = site.look_back();
    assert_eq!((lines, booked), (["held 2 8 EUR 37248.70", "repeated 2 8 EUR 37248.70"].map(str::to_owned).into(), 0));

    let waiting = site.held();
    let places: Vec<&str> = waiting.iter().map(|held| held.place.as_str()).collect();
    assert_eq!(places, ["in.alpha-0-0/1", "in.beta-0-0/1"]);
    let [reason] = waiting[0].reasons.as_slice() else { panic!("{:?}", waiting[0].reasons) };
    assert_eq!((reason.rule.as_str(), reason.transaction), ("payflow.HoldLimit", Some(2)));
    assert_eq!((reason.found.as_deref(), reason.expected.as_deref()), (Some("9000"), Some("at most EUR 5000")));
    site.act("in.alpha-0-0/1", "Anna", Motion::Ask(Ruling::Release, "treasury agrees")).unwrap();
    site.act("in.beta-0-0/1", "Bert", Motion::Ask(Ruling::Reject, "taken back")).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!(worker.totals().transfers, 0, "one person is not enough");
    let refused = site.act("in.alpha-0-0/1", "ANNA", CONFIRM).unwrap_err();
    assert!(refused.contains("another person"), "{refused}");
    assert_eq!(site.held()[0].acts.len(), 1, "what is refused is not noted");
    site.act("in.alpha-0-0/1", "Bert", CONFIRM).unwrap();
    site.act("in.beta-0-0/1", "Anna", CONFIRM).unwrap();

    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().accepted, worker.totals().rejected, worker.totals().transfers), (1, 1, 4));
    site.worker().run_until_idle().unwrap();
    assert_eq!((site.transfers("in.alpha-0-0"), site.transfers("in.alpha-0-1"), site.held()), (4, 0, vec![]));
    let accepted = site.answers("in.alpha-0-0");
    assert!(
        accepted.len() == 1 && accepted[0].0 == "accepted" && accepted[0].1.contains("<GrpSts>ACCP<"),
        "{accepted:?}"
    );
    let answers = site.answers("in.beta-0-0");
    assert_eq!((answers.len(), &answers[0]), (2, &pending[0]));
    let (verdict, rejected) = &answers[1];
    assert!(
        verdict == "rejected" && rejected.contains("<GrpSts>RJCT<") && rejected.contains("<Cd>AM14<"),
        "{rejected}"
    );
    assert!(!rejected.contains("taken back"), "what persons say of it stays here");
    let ids: Vec<_> = site.left(&Topics::default().acknowledgements, "in.beta-0-0");
    assert_ne!(ids[0].1.header("ce_id"), ids[1].1.header("ce_id"), "each answer has its own id");
    let dead = site.left(&Topics::default().rejected, "in.beta-0-0");
    assert_eq!((dead.len(), dead[0].1.header("payflow.rules")), (1, Some("payflow.HoldLimit")));
    assert_eq!(dead[0].1.bytes, bulk);

    let Topics { acknowledgements, transfers, rejected: refused, .. } = Topics::default();
    for (topic, place, records) in [
        (&acknowledgements, "in.alpha-0-0", 1),
        (&transfers, "in.alpha-0-0", 4),
        (&acknowledgements, "in.beta-0-0", 2),
        (&refused, "in.beta-0-0", 1),
    ] {
        let left = site.left(topic, place);
        assert_eq!(left.len(), records, "{topic} {place}");
        for (name, value) in TRACE {
            assert!(left.iter().all(|(_, record)| record.header(name) == Some(value)), "{name} {topic} {place}");
        }
    }

    let mut worker = site.worker();
    for topic in [ALPHA, BETA] {
        worker.broker().append(topic, &[&bulk]).unwrap();
    }
    worker.run_until_idle().unwrap();
    assert_eq!(site.answers("in.alpha-0-2"), [("repeated".to_owned(), accepted[0].1.clone())]);
    assert_eq!(site.answers("in.beta-0-2"), [("repeated".to_owned(), rejected.clone())]);
    let (lines, booked) = site.look_back();
    let sum = "EUR 18624.35";
    assert_eq!(
        lines,
        [format!("accepted 1 4 {sum}"), format!("rejected 1 4 {sum}"), "repeated 4 16 EUR 74497.40".to_owned()]
    );
    assert_eq!(booked, 4);
}

#[test]
fn held_until_two_persons_have_decided() {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    holds(&Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) });
    let reasons =
        "SELECT group_concat(coalesce(reasons, '-'), '; ') FROM current_verdict WHERE position = 0 ORDER BY lane";
    let reasons: String = open().connection().query_row(reasons, [], |row| row.get(0)).unwrap();
    assert_eq!(reasons, "-; payflow.HoldLimit");
}

#[cfg(feature = "postgres")]
#[test]
fn held_on_postgres_until_two_persons_have_decided() {
    let database = match postgres::database() {
        Err(why) => return skip::skipped("held messages on PostgreSQL", &why),
        Ok(database) => database,
    };
    let folder = tempfile::tempdir().unwrap();
    let site =
        Site { folder: folder.path(), store: &|| Box::new(database.store()), desk: &|| Box::new(database.store()) };
    holds(&site);
    let reasons = "SELECT coalesce(reasons, '-') FROM current_verdict WHERE position = 0 ORDER BY lane";
    assert_eq!(database.query(reasons), ["-", "payflow.HoldLimit"]);
}

/// 1. Of more payments than a worker asks for at once the decisions can't be done, for the database refuses the verdict.
/// 2. One that was decided after them is done, and the list says of the others why they are not.
/// 3. The database takes them, and a worker that is started anew does them all.
fn goes_on_past_what_is_stuck(site: &Site<'_>, refuse: &dyn Fn(bool)) {
    let bulk = String::from_utf8(sample(BULK)).unwrap();
    let id = bulk[bulk.find("<MsgId>").unwrap() + 7..bulk.find("</MsgId>").unwrap()].to_owned();
    let all: Vec<String> = (0..18).map(|number| bulk.replacen(&id, &format!("M{number}"), 1)).collect();
    let mut worker = site.worker();
    worker.broker().append(ALPHA, &all).unwrap();
    worker.run_until_idle().unwrap();
    for held in site.held() {
        site.act(&held.place, "Anna", Motion::Ask(Ruling::Release, "yes")).unwrap();
        site.act(&held.place, "Bert", CONFIRM).unwrap();
    }
    refuse(true);
    worker.run_until_idle().unwrap();
    assert_eq!(worker.totals().accepted, 1, "the last one is not behind the others");
    let held = site.held();
    let told = held.iter().filter(|held| held.trouble.as_ref().is_some_and(|why| why.contains("database")));
    assert_eq!((held.len(), told.count()), (17, 17), "{held:#?}");
    refuse(false);
    worker.run_until_idle().unwrap();
    assert_eq!(site.held().len(), 17, "each is tried once");
    site.worker().run_until_idle().unwrap();
    assert_eq!((site.held().len(), site.transfers("in.alpha-0-0"), site.transfers("in.alpha-0-17")), (0, 4, 4));
    site.look_back();
}

#[test]
fn what_can_not_be_done_does_not_hold_up_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
    goes_on_past_what_is_stuck(&site, &|yes| {
        let sql = match yes {
            true => {
                "CREATE TRIGGER refuse BEFORE INSERT ON verdict WHEN NEW.position < 17
                     BEGIN SELECT RAISE(ABORT, 'not now'); END"
            }
            false => "DROP TRIGGER refuse",
        };
        open().connection().execute_batch(sql).unwrap();
    });
}

#[cfg(feature = "postgres")]
#[test]
fn what_can_not_be_done_does_not_hold_up_the_rest_on_postgres() {
    let database = match postgres::database() {
        Err(why) => return skip::skipped("stuck decisions on PostgreSQL", &why),
        Ok(database) => database,
    };
    let folder = tempfile::tempdir().unwrap();
    let site =
        Site { folder: folder.path(), store: &|| Box::new(database.store()), desk: &|| Box::new(database.store()) };
    goes_on_past_what_is_stuck(&site, &|yes| {
        database.query(match yes {
            true => "ALTER TABLE verdict ADD CONSTRAINT refuse CHECK (number = 1 OR position > 16)",
            false => "ALTER TABLE verdict DROP CONSTRAINT refuse",
        });
    });
}

/// Without a key card numbers are masked where they are kept: what is released is booked all the same.
#[test]
fn what_is_kept_without_its_card_numbers_is_decided_too() {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
    let text = String::from_utf8(sample(BULK)).unwrap();
    let (from, to) = (text.find("<Ustrd>").unwrap(), text.find("</Ustrd>").unwrap());
    let card = format!("{}<Ustrd>4111 1111 1111 1111{}", &text[..from], &text[to..]);
    let mut worker = site.worker();
    worker.broker().append(ALPHA, &[card]).unwrap();
    worker.run_until_idle().unwrap();
    site.act("in.alpha-0-0/1", "Anna", Motion::Ask(Ruling::Release, "yes")).unwrap();
    site.act("in.alpha-0-0/1", "Bert", CONFIRM).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!((site.transfers("in.alpha-0-0"), site.answers("in.alpha-0-0").len()), (4, 1));
    site.look_back();
}

/// A file that is held is archived like any other, and the answer to the decision is put into `out` under its number.
#[test]
fn the_answer_to_a_file_follows() {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
    let files = |part: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder.path().join(part)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let mut worker = site.file_worker(1 << 20);
    std::fs::write(folder.path().join("in/pay.xml"), sample(BULK)).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!((files("in"), files("out"), files("archive").len()), (vec![], vec![], 1));
    site.act("files-0-0/1", "Anna", Motion::Ask(Ruling::Release, "yes")).unwrap();
    site.act("files-0-0/1", "Bert", CONFIRM).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!(files("out"), ["answer.0-1.pacs.002.001.03.xml"]);
    assert_eq!(site.transfers("files-0-0"), 4);
}

/// 1. A statement is booked, and three payments are held: one by the same name as the statement, so that it is kept under another one.
/// 2. One is released, one rejected, and one released while its file is not what came: that one waits, and the others are done.
/// 3. It is done by the next worker that finds it.
///
/// Gives what was published, but for what depends on when it was decided and on where the input is kept.
fn decides_files(site: &Site<'_>, most_bytes: usize) -> Vec<Record> {
    let large = most_bytes == 0;
    let mut worker = site.file_worker(most_bytes);
    let bulk = String::from_utf8(sample(BULK)).unwrap();
    let id = &bulk[bulk.find("<MsgId>").unwrap()..bulk.find("</MsgId>").unwrap()];
    let named = |name: &str| bulk.replacen(id, &format!("<MsgId>{name}"), 1).into_bytes();
    let statement = sample("camt053/ok/nostro-header-08.xml");
    for (name, bytes) in [("a", statement), ("a", named("ONE")), ("b", named("TWO")), ("c", named("THREE"))] {
        std::fs::write(site.folder.join("in").join(name), bytes).unwrap();
        worker.run_until_idle().unwrap();
    }
    assert_eq!((worker.totals().held, worker.totals().accepted), (3, 1));
    let day = std::fs::read_dir(site.folder.join("archive")).unwrap().next().unwrap().unwrap().path();
    assert!(day.join("a.2").exists());
    let cut = &named("THREE")[..bulk.len() / 2];
    std::fs::write(day.join("c"), cut).unwrap();
    site.decide("files-0-3/1", Ruling::Release);
    site.decide("files-0-1/1", Ruling::Release);
    site.decide("files-0-2/1", Ruling::Reject);
    worker.run_until_idle().unwrap();
    let waiting: Vec<String> = site.held().into_iter().map(|held| held.place).collect();
    assert_eq!(waiting, if large { vec!["files-0-3/1"] } else { vec![] });
    assert_eq!((site.transfers("files-0-1"), site.transfers("files-0-2")), (4, 0));
    drop(worker);
    std::fs::write(day.join("c"), named("THREE")).unwrap();
    let mut worker = site.file_worker(most_bytes);
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().accepted, worker.totals().transfers), if large { (1, 4) } else { (0, 0) });
    assert_eq!((site.transfers("files-0-3"), site.held()), (4, vec![]));
    let sum = "EUR 18624.35";
    let (lines, booked) = site.look_back();
    assert_eq!((&lines[1..], booked), (&[format!("rejected 1 4 {sum}")][..], 8));

    let topics = Topics::default();
    let mut published: Vec<Record> = Vec::new();
    for topic in [&topics.acknowledgements, &topics.transfers, &topics.rejected] {
        published.extend(site.queue().records(topic, 0).unwrap());
    }
    for record in &mut published {
        record.headers.retain(|(name, _)| !["ce_time", "payflow.kept"].contains(&&name[..]));
        if record.topic != topics.transfers {
            record.bytes.clear();
        }
    }
    published.sort_by_cached_key(|record| format!("{record:?}"));
    published
}

#[test]
fn large_files_are_decided_as_small_ones() {
    let decided = [0, 1 << 20].map(|most_bytes| {
        let folder = tempfile::tempdir().unwrap();
        let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
        let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
        decides_files(&site, most_bytes)
    });
    assert_eq!(decided[0], decided[1]);
}

#[cfg(feature = "postgres")]
#[test]
fn large_files_are_decided_on_postgres_as_small_ones() {
    let server = match postgres::database() {
        Err(why) => return skip::skipped("held files on PostgreSQL", &why),
        Ok(database) => database,
    };
    let decided = [0, 1 << 20].map(|most_bytes| {
        let (folder, database) = (tempfile::tempdir().unwrap(), postgres::database().unwrap());
        let folder = folder.path();
        let site = Site { folder, store: &|| Box::new(database.store()), desk: &|| Box::new(database.store()) };
        decides_files(&site, most_bytes)
    });
    assert_eq!(decided[0], decided[1]);
    drop(server);
}

/// The command line, over a worker that runs in between.
#[cfg(feature = "cli")]
#[test]
fn persons_decide_by_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("payflow.toml");
    let text = "store.path = \"payflow.db\"\nembedded.path = \"queue.db\"\nsources = [{ topic = \"in.alpha\", partner = \"alpha\" }]\n\
                partners = [{ id = \"alpha\", limits.hold_above.EUR = \"5000\" }]\n";
    std::fs::write(&config, text).unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
    let again = String::from_utf8(sample(BULK)).unwrap();
    let id = again[again.find("<MsgId>").unwrap() + 7..again.find("</MsgId>").unwrap()].to_owned();
    let other = again.replacen(&id, "OTHER&#10;line", 1);
    let mut worker = site.worker();
    worker.broker().append(ALPHA, &[sample(BULK), other.into_bytes()]).unwrap();
    worker.run_until_idle().unwrap();
    let says = |arguments: &[&str], code, parts: &[&str]| says(&config, &[&["held"], arguments].concat(), code, parts);
    let (place, by) = ("in.alpha-0-0/1", ["--by", "Anna", "--reason", "checked"]);
    let due = ["payflow.HoldLimit, transaction 3: 9000, at most EUR 5000", "2 documents are held"];
    says(&["list"], 1, &[&[place, "alpha, pacs.008.001.02", &id, "OTHER\u{240a}line"][..], &due].concat());
    says(&["confirm", place, "--by", "Anna"], 2, &["nothing was asked for"]);
    says(&["release", "in.alpha-0-7", by[0], by[1], by[2], by[3]], 2, &["nothing is held at in.alpha-0-7"]);
    says(&["release", place, by[0], by[1], by[2], "two\nlines"], 2, &["a reason is needed", "on one line"]);
    says(&["release", place, by[0], "Anna\u{1b}", by[2], by[3]], 2, &["who acts needs a name", "on one line"]);
    says(
        &["release", "in.alpha-0-0", by[0], by[1], by[2], by[3]],
        0,
        &["noted", "payflow held confirm in.alpha-0-0/1"],
    );
    says(&["list"], 1, &["release asked by Anna", "checked"]);
    says(&["confirm", place, "--by", "anna"], 2, &["another person"]);
    says(&["confirm", place, "--by", "Bert", "--only", "reject"], 2, &["another decision: release"]);
    says(&["confirm", place, "--by", "Bert", "--only", "release"], 0, &["confirmed: release asked by Anna"]);
    says(&["reject", place, by[0], by[1], by[2], by[3]], 2, &["decided already"]);
    worker.run_until_idle().unwrap();
    says(&["list"], 1, &["OTHER", "1 document is held"]);
    std::fs::write(&config, format!("{text}hold.four_eyes = false\n")).unwrap();
    says(&["reject", "in.alpha-0-1", by[0], by[1], by[2], by[3]], 0, &["decided"]);
    worker.run_until_idle().unwrap();
    says(&["list"], 0, &["0 documents are held"]);
    assert_eq!((worker.totals().accepted, worker.totals().rejected, worker.totals().transfers), (1, 1, 4));
}

/// Runs a command, and holds it to how it ends and what it says.
#[cfg(feature = "cli")]
fn says(config: &Path, arguments: &[&str], code: i32, parts: &[&str]) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_payflow"));
    let output = command.args(arguments).arg("--config").arg(config).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(parts.iter().all(|part| text.contains(part)), "{arguments:?}: {text}");
}

/// A large file is needed in its archive, to be decided and to be run again.
#[cfg(feature = "cli")]
#[test]
fn a_large_file_that_is_gone_is_not_decided() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("payflow.toml");
    let text = "store.path = \"payflow.db\"\nembedded.path = \"queue.db\"\n\
                folders = [{ name = \"files\", path = \".\", partner = \"alpha\" }]\n\
                partners = [{ id = \"alpha\", limits.hold_above.EUR = \"5000\" }]\n";
    std::fs::write(&config, text).unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
    let mut worker = site.file_worker(0);
    std::fs::write(folder.path().join("in/pay.xml"), sample(BULK)).unwrap();
    worker.run_until_idle().unwrap();
    let day = std::fs::read_dir(folder.path().join("archive")).unwrap().next().unwrap().unwrap().path();
    let (kept, away) = (day.join("pay.xml"), folder.path().join("away.xml"));
    let release = ["held", "release", "files-0-0", "--by", "Anna", "--reason", "checked"];
    let replay = ["replay", "--from", "2020-01-01", "--to", "2100-01-01"];
    std::fs::rename(&kept, &away).unwrap();
    says(&config, &release, 2, &["files-0-0/1: its file is not in the archive", "put it back"]);
    says(&config, &replay, 1, &["0 documents of 0 inputs", "not run: files-0-0: ", "not in the archive"]);
    std::fs::rename(&away, &kept).unwrap();
    says(&config, &release, 0, &["noted"]);
    says(&config, &replay, 0, &["1 documents of 1 inputs: 0 would differ"]);
    says(&config, &["held", "confirm", "files-0-0", "--by", "Bert"], 0, &["confirmed"]);
    worker.run_until_idle().unwrap();
    assert_eq!(site.transfers("files-0-0"), 4);
    says(&config, &replay, 0, &["1 documents of 1 inputs: 0 would differ"]);
}

/// A file that was held in memory when it came, and would be read through a window now, is run again as such: it is not refused for
/// its size, as a message of a topic is.
#[cfg(feature = "cli")]
#[test]
fn a_file_is_run_again_whatever_memory_may_hold_by_now() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("payflow.toml");
    let text = "store.path = \"payflow.db\"\nembedded.path = \"queue.db\"\nlimits.bytes = 100\n\
                folders = [{ name = \"files\", path = \".\", partner = \"alpha\" }]\n\
                sources = [{ topic = \"in.alpha\", partner = \"alpha\" }]\n\
                partners = [{ id = \"alpha\", limits.hold_above.EUR = \"5000\" }]\n";
    std::fs::write(&config, text).unwrap();
    let open = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let site = Site { folder: folder.path(), store: &|| Box::new(open()), desk: &|| Box::new(open()) };
    let mut worker = site.file_worker(1 << 20);
    std::fs::write(folder.path().join("in/pay.xml"), sample(BULK)).unwrap();
    worker.run_until_idle().unwrap();
    let replay = ["replay", "--from", "2020-01-01", "--to", "2100-01-01"];
    says(&config, &replay, 0, &["1 documents of 1 inputs: 0 would differ"]);
    let mut worker = site.worker();
    worker.broker().append(ALPHA, &[sample("pacs008/ok/fednow-usd-08.xml")]).unwrap();
    worker.run_until_idle().unwrap();
    says(&config, &replay, 1, &["2 documents of 2 inputs: 1 would differ", "in.alpha-0-0, document 1", "xml.Limit"]);
}
