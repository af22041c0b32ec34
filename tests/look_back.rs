//! What is asked of a store afterwards, on both stores: whether a day balances, and what would come of its messages now.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

mod postgres;
mod skip;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders, kept};
use payflow::partner::{AgreedLimits, Institution, Partner, ReplyProfile};
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::reconcile::{Balance, reconcile};
use payflow::pipeline::replay::{Difference, Replayed, Selection, replay};
use payflow::pipeline::worker::{Settings, Worker};
use payflow::rules::{Editions, Profile};
use payflow::store::Store;
use payflow::store::keep::Keeper;
use payflow::store::reading::Reading;
use payflow::store::sqlite::SqliteStore;

const TOPIC: &str = "in.anyone";

fn keeper() -> Keeper {
    Keeper::new(vec![("k".to_owned(), [7; 32])]).chaining(vec![("a".to_owned(), [8; 32])])
}

/// Who sends, under which BIC if it is checked, and whether a good statement gets a receipt.
fn stages(bic: Option<&str>, receipt: bool) -> Iso20022 {
    let reply = ReplyProfile { receipt, ..ReplyProfile::default() };
    let bics = bic.map(str::to_owned).into_iter().collect();
    let partner = Partner { id: "anyone".to_owned(), bics, reply, ..Partner::default() };
    let institution = Institution { bic: Some("PFLWLULLXXX".to_owned()), ..Institution::default() };
    Iso20022::new(Setup { partners: BTreeMap::from([("anyone".to_owned(), partner)]), institution, ..Setup::default() })
}

/// The same under the profile `p`: as the rules weigh by themselves, and from a moment on for one transaction a message at most.
fn profiled(from: DateTime<Utc>, edition: Option<DateTime<Utc>>) -> Iso20022 {
    let one = AgreedLimits { transactions: Some(1), ..AgreedLimits::default() };
    let later = Profile { limits: one, ..Profile::default() };
    let editions = Editions::new([(DateTime::<Utc>::MIN_UTC, Profile::default()), (from, later)]);
    let partner = Partner {
        id: "anyone".to_owned(),
        profile: Some("other".to_owned()),
        reply: ReplyProfile { receipt: true, ..ReplyProfile::default() },
        ..Partner::default()
    };
    let mut setup = Setup {
        partners: BTreeMap::from([("anyone".to_owned(), partner)]),
        institution: Institution { bic: Some("PFLWLULLXXX".to_owned()), ..Institution::default() },
        profiles: BTreeMap::from([("p".to_owned(), editions)]),
        ..Setup::default()
    };
    assert!(!setup.keep_to("q", edition) && setup.keep_to("p", edition));
    Iso20022::new(setup)
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// Works on: an accepted bulk of 4, the same again, another one under its id, one accepted in part (3 of 4), a payment with a card
/// number, a statement, and one that is refused. `files`: as files that are too large for memory.
fn work(folder: &Path, store: Box<dyn Store>, files: bool) {
    let settings = Settings::until_idle("test", &[(TOPIC, "anyone")]);
    let queue = EmbeddedQueue::open(&folder.join("queue.db"), if files { &[] } else { &[TOPIC] }).unwrap();
    let (name, path) = (TOPIC.to_owned(), folder.to_owned());
    let of = FolderSettings { name, path, quiet: Duration::ZERO, rejected_apart: false, most_bytes: 0 };
    let broker = Folders::open(queue, if files { vec![of] } else { vec![] }).unwrap();
    let mut worker = Worker::new(stages(None, true), broker, store, settings);
    let bulk = String::from_utf8(sample("pacs008/ok/sepa-bulk-02.xml")).unwrap();
    let inputs = [
        bulk.clone().into_bytes(),
        bulk.clone().into_bytes(),
        bulk.replace("<InstrId>", "<InstrId>X").into_bytes(),
        sample("pacs008/err/bulk-one-bad-iban.xml"),
        sample("camt053/ok/nostro-header-08.xml"),
        sample("pacs008/err/doctype.xml"),
    ];
    if !files {
        worker.broker().broker().append(TOPIC, &inputs).unwrap();
        return worker.run_until_idle().unwrap();
    }
    for (number, input) in inputs.iter().enumerate() {
        fs::write(folder.join("in").join(format!("{number}.xml")), input).unwrap();
        worker.run_until_idle().unwrap();
    }
}

fn today() -> (DateTime<Utc>, DateTime<Utc>) {
    (Utc::now() - TimeDelta::hours(1), Utc::now() + TimeDelta::hours(1))
}

fn balance(store: &mut dyn Reading, span: (DateTime<Utc>, DateTime<Utc>)) -> (Balance, Vec<String>) {
    let mut faults = Vec::new();
    let balance = reconcile(store, span, &mut |fault| faults.push(fault.to_owned())).unwrap();
    assert_eq!(balance.faults, faults.len() as u64);
    (balance, faults)
}

fn again(store: &mut dyn Reading, folder: &Path, stages: &Iso20022) -> (Replayed, Vec<Difference>) {
    let mut differences = Vec::new();
    let (from, to) = today();
    let selection = Selection { from, to, partner: Some("anyone".to_owned()) };
    let take = &mut |difference: &Difference| differences.push(difference.clone());
    let files = |_: &str, file: &str, received| kept(folder, file, received);
    let replayed = replay(&|_| stages, (store, &keeper()), &files, &selection, take).unwrap();
    assert_eq!(replayed.differ, differences.len() as u64);
    (replayed, differences)
}

/// What is done to the tables | what is off.
const OFF: &[(&str, &str)] = &[
    ("DELETE FROM verdict WHERE position = 0", "position 0, document 1: it has no verdict"),
    (
        "DELETE FROM message WHERE position = 0; DELETE FROM verdict WHERE position = 0; DELETE FROM transfer WHERE position = 0",
        "position 0: it was neither decided nor set aside",
    ),
    ("DELETE FROM transfer WHERE position = 0 AND number = 2", "and 3 of EUR"),
    (
        "UPDATE transfer SET json = replace(json, '\"amount\":\"', '\"amount\":\"1') WHERE position = 0 AND number = 1",
        "4 transactions of EUR",
    ),
    (
        "UPDATE transfer SET json = replace(json, '\"currency\":\"EUR\"', '\"currency\":\"USD\"') WHERE position = 0 AND number = 1",
        "USD",
    ),
    ("UPDATE transfer SET json = 'x' WHERE position = 0 AND number = 1", "?"),
    ("UPDATE message SET sums = NULL WHERE position = 0", "position 0, document 1: its transactions have no sum"),
    ("UPDATE verdict SET verdict = 'rejected' WHERE position = 0", "it was rejected, and 4 transfers"),
    ("UPDATE transfer SET position = 1 WHERE position = 0", "it was repeated, and 4 transfers"),
    ("UPDATE verdict SET verdict = 'accepted' WHERE position = 3", "position 3, document 1: 4 transactions"),
    ("DELETE FROM transfer WHERE position = 3", "it was accepted in part, and 0 of 4"),
];

/// `open` opens the store as it is, or as it is after some SQL; `folder` has the files of what is too large for memory.
fn check(open: &dyn Fn(Option<&str>) -> Box<dyn Reading>, folder: &Path) {
    // After all was received, and before it is run again.
    let between = Utc::now();
    let (found, faults) = balance(&mut *open(None), today());
    assert_eq!(faults, [""; 0]);
    assert_eq!((found.inputs, found.set_aside), (6, 0));
    let lines: Vec<String> =
        [("came in", &found.came_in), ("booked", &found.booked), ("not booked", &found.not_booked)]
            .into_iter()
            .chain(found.decided.iter().map(|(verdict, line)| (&verdict[..], line)))
            .map(|(name, line)| format!("{name} {} {} {}", line.documents, line.transactions, line.sums))
            .collect();
    let bulk = found.decided["accepted"].sums.clone();
    let (part, left) = (found.decided["partly accepted"].sums.clone(), found.not_booked.sums.clone());
    assert_eq!(
        lines,
        [
            &format!("came in 6 {} {}", found.came_in.transactions, found.came_in.sums)[..],
            &format!("booked 2 7 {}", found.booked.sums),
            &format!("not booked 1 1 {left}"),
            &format!("accepted 2 {} {bulk}", found.decided["accepted"].transactions),
            &format!("partly accepted 1 4 {part}"),
            "refused 1 0 ",
            &format!("rejected 1 4 {bulk}"),
            &format!("repeated 1 4 {bulk}"),
        ]
    );
    assert!(bulk.to_string().starts_with("EUR "), "{bulk}");
    let signed = [&found.from_statements, &found.credited, &found.debited];
    let signed = signed.map(|line| format!("{} {} {}", line.documents, line.transactions, line.sums));
    assert_eq!(signed, ["1 1 EUR 11679.95", "0 0 ", "1 1 EUR 11679.95"]);
    let yesterday = (today().0 - TimeDelta::days(1), today().0);
    assert_eq!(balance(&mut *open(None), yesterday).0, Balance::default());
    for (sql, expected) in OFF {
        let (_, faults) = balance(&mut *open(Some(sql)), today());
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{sql}: {faults:#?}");
    }

    let again = |store: &mut dyn Reading, stages: &Iso20022| again(store, folder, stages);
    let (same, differences) = again(&mut *open(None), &stages(None, true));
    assert_eq!((differences.as_slice(), same.inputs, same.documents, same.not_run.len()), (&[][..], 6, 6, 0));
    let shown = |(_, differences): (Replayed, Vec<Difference>)| -> Vec<String> {
        let line = |d: &Difference| {
            let verdict = |v: &Option<String>| v.clone().unwrap_or_default();
            let (was, now) = (verdict(&d.verdicts.0), verdict(&d.verdicts.1));
            format!("{} {was} > {now} -{:?} +{:?} {} {}", d.origin, d.gone, d.new, d.answer, d.transfers)
        };
        differences.iter().map(line).collect()
    };
    assert_eq!(
        shown(again(&mut *open(None), &stages(None, false))),
        ["in.anyone-0-4 accepted > accepted -[] +[] true false"]
    );
    let others = shown(again(&mut *open(None), &stages(Some("ZZZZDEFF"), true)));
    assert!(others[0].starts_with("in.anyone-0-0 accepted > refused -[] +[\"error partner.Wrong"), "{others:#?}");
    assert!(others[0].ends_with("true true") && others.len() == 5, "{others:#?}");
    let (before, hour) = (today().0, TimeDelta::hours(1));
    let limited = ["in.anyone-0-0 accepted > rejected", "in.anyone-0-3 partly accepted > rejected"];
    // from when on one transaction is the most | the edition | what differs
    for (from, edition, expected) in [
        (before, None, &limited[..]),
        (between, None, &[]),
        (between, Some(between), &limited),
        (between, Some(between - hour), &[]),
        (before, Some(before - hour), &[]),
    ] {
        let (_, differences) = again(&mut *open(None), &profiled(from, edition));
        let verdicts = differences.iter().filter(|d| d.verdicts.0 != d.verdicts.1);
        let verdict = |v: &Option<String>| v.clone().unwrap_or_default();
        let found: Vec<_> =
            verdicts.map(|d| format!("{} {} > {}", d.origin, verdict(&d.verdicts.0), verdict(&d.verdicts.1))).collect();
        assert_eq!(found, expected, "{from} {edition:?}");
        assert!(!expected.is_empty() || differences.is_empty(), "{from} {edition:?}: {differences:#?}");
    }
    let changed = "UPDATE verdict SET verdict = 'accepted' WHERE position = 3; UPDATE transfer SET json = '{}' WHERE position = 0";
    let changed = shown(again(&mut *open(Some(changed)), &stages(None, true)));
    assert_eq!(
        changed,
        [
            "in.anyone-0-0 accepted > accepted -[] +[] false true",
            "in.anyone-0-3 accepted > partly accepted -[] +[] false false",
        ]
    );
    if let Some(day) = fs::read_dir(folder.join("archive")).ok().and_then(|mut days| days.next()) {
        // One that was changed, and one that is not there: under its name and a number is another one.
        let day = day.unwrap().path();
        fs::write(day.join("0.xml"), sample("pacs008/ok/two-documents-08.xml")).unwrap();
        fs::rename(day.join("4.xml"), day.join("4.xml.7")).unwrap();
        fs::remove_file(day.join("5.xml")).unwrap();
        let (left, differences) = again(&mut *open(None), &stages(None, true));
        assert_eq!((differences.as_slice(), left.inputs), (&[][..], 4));
        let [changed, gone] = left.not_run.as_slice() else { panic!("{:?}", left.not_run) };
        assert!(changed.starts_with("in.anyone-0-0: ") && changed.ends_with("is not what came"), "{changed}");
        assert!(gone.starts_with("in.anyone-0-5: ") && gone.contains("not in the archive"), "{gone}");
    }
}

/// A document comes again whose answer is not kept any more: it is known, booked no second time, and says why it gets none.
const FORGET: &str = "
    DELETE FROM finding WHERE position = 0; DELETE FROM transfer WHERE position = 0; DELETE FROM verdict WHERE position = 0;
    DELETE FROM message WHERE position = 0";
const AGAIN: &str = "
    SELECT verdict || ': ' || coalesce(none_due, 'answered') FROM verdict WHERE position >= 6 AND position < 9 ORDER BY position";
const ANSWERED: [&str; 3] = [
    "repeated: it came before, and the answer that it got is not kept any more",
    "repeated: it came before, and the answer that it got is not kept any more",
    "rejected: answered",
];

#[test]
fn an_answer_that_is_gone_is_not_given_again_by_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    work(folder.path(), Box::new(SqliteStore::open(&path).unwrap()), false);
    let store = SqliteStore::open(&path).unwrap();
    store.connection().execute_batch(&format!("PRAGMA foreign_keys = OFF; {FORGET}")).unwrap();
    work(folder.path(), Box::new(SqliteStore::open(&path).unwrap()), false);
    let mut select = store.connection().prepare(AGAIN).unwrap();
    let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(rows.collect::<Result<Vec<_>, _>>().unwrap(), ANSWERED);
}

#[test]
fn an_answer_that_is_gone_is_not_given_again_by_postgres() {
    let database = match postgres::database() {
        Err(why) => return skip::skipped("an answer that PostgreSQL has no more", &why),
        Ok(database) => database,
    };
    let folder = tempfile::tempdir().unwrap();
    work(folder.path(), Box::new(database.store()), false);
    database.query(FORGET);
    work(folder.path(), Box::new(database.store()), false);
    assert_eq!(database.query(AGAIN), ANSWERED);
}

#[test]
fn looks_back_at_sqlite() {
    for files in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(format!("{name}.db"));
        work(folder.path(), Box::new(SqliteStore::open(&path("good")).unwrap().sealing(keeper())), files);
        let open = |sql: Option<&str>| -> Box<dyn Reading> {
            let _ = fs::remove_file(path("copy"));
            fs::copy(path("good"), path("copy")).unwrap();
            let store = SqliteStore::open(&path("copy")).unwrap();
            let off = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
            store.connection().execute_batch(&format!("{off} {}", sql.unwrap_or_default())).unwrap();
            Box::new(store)
        };
        check(&open, folder.path());
    }
}

#[test]
fn looks_back_at_postgres() {
    let server = match postgres::database() {
        Err(why) => return skip::skipped("looking back at PostgreSQL", &why),
        Ok(database) => database,
    };
    for files in [false, true] {
        let (folder, good) = (tempfile::tempdir().unwrap(), postgres::database().unwrap());
        work(folder.path(), Box::new(good.store().sealing(keeper())), files);
        good.keep_rows();
        let open = |sql: Option<&str>| -> Box<dyn Reading> {
            good.restore_rows();
            sql.iter().for_each(|sql| drop(good.query(sql)));
            Box::new(good.store())
        };
        check(&open, folder.path());
    }
    drop(server);
}
