//! What persons do to a store, on both stores: reading an input that is kept, and dropping what was kept for long enough.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

mod postgres;
mod skip;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use payflow::broker::embedded::{EmbeddedQueue, Old};
use payflow::broker::{Broker, Extent, Publication, Record, Source};
use payflow::pipeline::kept::show;
use payflow::rules::judge::{Ruling, Verdict};
use payflow::store::custody::Custody;
use payflow::store::held::{Act, Desk, Motion};
use payflow::store::keep::Keeper;
use payflow::store::reading::{Query, Reading, Table, Value};
use payflow::store::retention::{Plan, plan, retain};
use payflow::store::sqlite::SqliteStore;
use payflow::store::verify::{Verified, verify};
use payflow::store::{
    Answer, Batch, Claim, DocumentId, DocumentRow, InputRow, Key, Outcome, Owned, Reply, Ruled, Step, Store,
    StoreError, TransferRow,
};
use payflow::telemetry::Received;

const CARD: &[u8] = b"<Ustrd>4111111111111111</Ustrd>";

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Seals with this key, where one is given, and opens with both.
fn keeper(seal: Option<&str>) -> Keeper {
    let keys = seal.into_iter().chain(["a", "b"].into_iter().filter(|id| seal.is_some_and(|seal| seal != *id)));
    Keeper::new(keys.map(|id| (id.to_owned(), [id.as_bytes()[0]; 32])).collect())
        .chaining(vec![("k".to_owned(), [8; 32])])
}

fn own(store: &mut dyn Store, cluster: &str, partition: i32) -> Owned {
    let source = Source { cluster: Arc::from(cluster), topic: Arc::from("in"), partition };
    let owned = store.own(&source, "alpha").unwrap();
    if owned.next.is_none() {
        store.start(&owned, 0).unwrap();
        return Owned { next: Some(0), ..owned };
    }
    owned
}

fn record(text: &str) -> Record {
    Record { topic: "out".to_owned(), key: "k".to_owned(), headers: Vec::new(), bytes: text.into() }
}

/// One document an input: booked, and answered.
fn outcome(id: DocumentId) -> Outcome {
    let name = format!("{}-{}", id.lane, id.position);
    let reply = Reply { definition: "pacs.002.001.10".to_owned(), id: format!("R-{name}"), bytes: name.clone().into() };
    let transfer = TransferRow { id: format!("T-{name}"), json: format!("{{\"id\":\"T-{name}\"}}") };
    Outcome {
        verdict: Verdict::Accepted,
        schema_hash: None,
        findings: Vec::new(),
        answer: Answer::Reply(reply),
        answer_record: Some(record(&name)),
        records: vec![record(&transfer.json)],
        transfers: vec![transfer],
        statements: Vec::new(),
        reports: Vec::new(),
    }
}

/// What came in: when, and what. One without bytes is kept as a file, and `held` is held.
type Came<'a> = (&'a str, &'a [u8]);

/// Commits inputs in one batch. Says what became of the claims.
fn commit(store: &mut dyn Store, owned: &mut Owned, inputs: &[Came<'_>], decided_at: &str) -> Vec<Claim> {
    try_commit(store, owned, inputs, decided_at).unwrap()
}

fn try_commit(
    store: &mut dyn Store,
    owned: &mut Owned,
    inputs: &[Came<'_>],
    decided_at: &str,
) -> Result<Vec<Claim>, StoreError> {
    let Owned { lane, epoch, next, .. } = *owned;
    let first = next.unwrap();
    let next = first + inputs.len() as i64;
    let mut batch = Batch {
        steps: vec![Step { lane, epoch, expected: first, next }],
        decided_at: time(decided_at),
        actor: "worker",
        ..Batch::default()
    };
    for ((at, bytes), position) in inputs.iter().zip(first..) {
        let file = bytes.is_empty().then_some("000000000042-large.xml");
        batch.inputs.push(InputRow { lane, position, received_at: time(at), bytes, file, trace: None });
        batch.documents.push(DocumentRow {
            id: DocumentId { lane, position, document: 1 },
            partner: "alpha",
            definition: "pacs.008.001.08".parse().ok(),
            message_id: None,
            hash: [1; 32],
            transactions: 1,
            sums: Some("{\"EUR\":\"1.00\"}"),
            key: key(bytes),
            expires: bytes.starts_with(b"key old").then(|| time("2020-01-01T00:00:00Z")),
        });
    }
    let mut seen = Vec::new();
    let mut decide = |claims: &[Claim]| {
        seen = claims.to_vec();
        let outcome = |(input, document): (&InputRow<'_>, &DocumentRow<'_>)| match input.bytes {
            b"held" => Outcome { verdict: Verdict::Held, ..none_due(outcome(document.id)) },
            _ => outcome(document.id),
        };
        Ok(batch.inputs.iter().zip(&batch.documents).map(outcome).collect())
    };
    store.commit(&batch, &mut decide)?;
    owned.next = Some(next);
    Ok(seen)
}

/// What begins with `key` claims itself.
fn key(bytes: &[u8]) -> Option<Key> {
    let key = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with("key"))?.to_owned();
    Some(Key { scope: "message", partner: "alpha".to_owned(), kind: "pacs.008".to_owned(), key })
}

fn none_due(outcome: Outcome) -> Outcome {
    let answer = Answer::NoneDue("it is held".to_owned());
    Outcome { answer, answer_record: None, transfers: Vec::new(), records: Vec::new(), ..outcome }
}

fn set_aside(store: &mut dyn Store, owned: &mut Owned, (at, bytes): Came<'_>) {
    let Owned { lane, epoch, next, .. } = *owned;
    let position = next.unwrap();
    let step = Step { lane, epoch, expected: position, next: position + 1 };
    let input = InputRow { lane, position, received_at: time(at), bytes, file: None, trace: None };
    store.set_aside(&step, &input, "a fault", "worker").unwrap();
    owned.next = Some(position + 1);
}

/// The events of a lane: what was done, by whom, to what.
fn events(store: &mut dyn Custody, lane: i64, name: &str) -> Vec<String> {
    let mut events = Vec::new();
    let take = &mut |row: &[Value<'_>]| {
        if row[3].text()? == name {
            events.push(format!(
                "{} by {}: {}",
                row[0].int()?,
                row[2].text()?,
                row[8].maybe_text()?.unwrap_or_default()
            ));
        }
        Ok(())
    };
    store.each(Query::Events, &[lane, 0, 1000, i64::MAX], take).unwrap();
    events
}

fn faults(store: &mut dyn Custody) -> Vec<String> {
    let mut faults = Vec::new();
    verify(store, &keeper(Some("a")), &mut |fault| faults.push(fault.to_string())).unwrap();
    faults
}

const NOON: &str = "2026-11-20T12:00:00Z";

/// What is named | what is shown, or why nothing.
const SHOWN: &[(&str, Result<&[u8], &str>)] = &[
    ("in-0-0", Ok(b"sealed")),
    ("in-0-2", Ok(b"plain")),
    ("in-0-2/1", Ok(b"plain")),
    ("lane 1, position 2", Ok(b"plain")),
    ("lane 1, event 3, position 2: it is not what was written", Ok(b"plain")),
    ("in-0-1", Err("masked")),
    ("in-0-3", Err("\"000000000042-large.xml\"")),
    ("in-0-4", Err("without bytes")),
    ("in-0-9", Err("no input is kept")),
    ("lane 7, position 0", Err("no input is kept")),
    ("in-7-0", Err("no source \"in-7\"")),
    ("in-1-0", Err("in the lanes 2, 3")),
    ("in-0", Err("no source \"in\"")),
    ("in-0-x", Err("no place")),
    ("lane x, position 1", Err("no place")),
    ("", Err("no place")),
];

/// `open` opens the store, sealing with a key.
fn shows<S: Custody + Store>(open: &dyn Fn(Option<&str>) -> S) {
    let mut store = open(Some("a"));
    let mut owned = own(&mut store, "c", 0);
    own(&mut store, "c", 1);
    own(&mut store, "d", 1);
    commit(&mut store, &mut owned, &[(NOON, b"sealed")], NOON);
    let mut store = open(None);
    commit(&mut store, &mut owned, &[(NOON, CARD), (NOON, b"plain"), (NOON, b"")], NOON);
    set_aside(&mut store, &mut owned, (NOON, b""));
    for (place, expected) in SHOWN {
        let mut store = open(Some("b"));
        let shown = show((&mut store, &keeper(Some("b"))), place, ("m.muster", Some("case 7")));
        match (shown, expected) {
            (Ok(bytes), Ok(expected)) => assert_eq!(&bytes, expected, "{place}"),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{place}: {error}"),
            (shown, _) => panic!("{place}: {shown:?}"),
        }
    }
    let mut store = open(Some("b"));
    let unknown = show((&mut store, &keeper(None)), "in-0-0", ("m.muster", None)).unwrap_err();
    assert!(unknown.to_string().contains("store.seal.older"), "{unknown}");
    // The worker goes on as if nothing had been.
    commit(&mut store, &mut owned, &[(NOON, b"more")], NOON);
    show((&mut store, &keeper(Some("b"))), "in-0-5", ("a.other", None)).unwrap();
    let read = events(&mut store, 1, "input read");
    let by = |number: i64, position: i64| format!("{number} by m.muster: position {position}: case 7");
    assert_eq!(read, [by(4, 0), by(5, 2), by(6, 2), by(7, 2), by(8, 2), "10 by a.other: position 5".to_owned()]);
    assert_eq!(faults(&mut store), [""; 0]);
}

#[test]
fn sqlite_shows_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    shows(&|seal| SqliteStore::open(&folder.path().join("s.db")).unwrap().sealing(keeper(seal)));
}

#[test]
fn postgres_shows_what_is_kept() {
    match postgres::database() {
        Err(why) => skip::skipped("reading what PostgreSQL keeps", &why),
        Ok(database) => shows(&|seal| database.store().sealing(keeper(seal))),
    }
}

/// Whoever is at work, at once.
trait All: Store + Custody + Desk {}
impl<S: Store + Custody + Desk> All for S {}

/// One asks for the release of a held document.
fn ask(store: &mut dyn Desk, owned: &Owned, position: i64) {
    let id = DocumentId { lane: owned.lane, position, document: 1 };
    store.act(&Act { id, actor: "Anna", motion: Motion::Ask(Ruling::Release, "checked") }).unwrap();
}

/// Another one confirms, and the worker does it.
fn release(store: &mut dyn All, owned: &Owned, position: i64) {
    let id = DocumentId { lane: owned.lane, position, document: 1 };
    store.act(&Act { id, actor: "Bert", motion: Motion::Confirm { four_eyes: true, only: None } }).unwrap();
    let ruled: Vec<Ruled> = store.ruled(&[owned.lane]).unwrap();
    let next = owned.next.unwrap();
    let step = Step { lane: owned.lane, epoch: owned.epoch, expected: next, next };
    store.conclude(&step, &ruled[0], outcome(id), (Utc::now(), "worker"), &mut |_| Ok(())).unwrap();
}

const JUNE: &str = "2099-06-10T00:00:00Z";
const JULY: &str = "2099-07-10T00:00:00Z";
const AUGUST: &str = "2099-08-10T00:00:00Z";
const LATE_SEPTEMBER: &str = "2099-09-30T23:59:59Z";
const OCTOBER: &str = "2099-10-01T00:00:01Z";
const NOVEMBER: &str = "2099-11-10T00:00:00Z";

/// What is before this moment has had its time.
fn cutoff() -> DateTime<Utc> {
    time("2099-10-01T00:00:00Z")
}

/// | lane | event | position | |
/// |---|---|---|---|
/// | 1 | 1 | 0, 1 | June |
/// | | 2 | 2 | July, set aside |
/// | | 3 | 3, 4 | August; 3 is held |
/// | | 4 | (3) | its release is asked for |
/// | | 5 | 5 | August, held |
/// | | 6, 7, 8 | (5) | asked for, confirmed, released |
/// | | 9 | 6, 7 | September and October |
/// | | 10 | 8 | October |
/// | 2 | 1, 2 | 0, 1 | July |
/// | 3 | 1, 2 | 0, 1 | July |
/// | 4 | 1, 2 | 0, 1 | July |
fn fill(store: &mut dyn All) -> Owned {
    let mut one = own(store, "c", 0);
    commit(store, &mut one, &[(JUNE, b"key old"), (JUNE, b"key new")], JUNE);
    set_aside(store, &mut one, (JULY, b"aside"));
    commit(store, &mut one, &[(AUGUST, b"held"), (AUGUST, b"booked")], AUGUST);
    ask(store, &one, 3);
    commit(store, &mut one, &[(AUGUST, b"held")], AUGUST);
    ask(store, &one, 5);
    release(store, &one, 5);
    commit(store, &mut one, &[(LATE_SEPTEMBER, b"one"), (OCTOBER, b"two")], OCTOBER);
    commit(store, &mut one, &[(OCTOBER, b"three")], OCTOBER);
    for partition in 1..=3 {
        let mut other = own(store, "c", partition);
        commit(store, &mut other, &[(JULY, b"one")], JULY);
        commit(store, &mut other, &[(JULY, b"two")], JULY);
    }
    one
}

/// All has left but of lane 3, of which nobody knows, and of lane 4, of which nothing has.
fn planned(store: &mut dyn Custody, before: DateTime<Utc>) -> Plan {
    plan(store, before, &|lane, _| [Some(i64::MAX), Some(i64::MAX), None, Some(0)][lane as usize - 1]).unwrap()
}

/// The positions that a table has of a lane.
fn positions(store: &mut dyn Reading, table: Table, lane: i64) -> Vec<i64> {
    let mut positions = Vec::new();
    let take = &mut |row: &[Value<'_>]| {
        positions.push(row[0].int()?);
        Ok(())
    };
    store.each(Query::Rows(table), &[lane, i64::MIN, i64::MAX], take).unwrap();
    positions.dedup();
    positions
}

fn verified(store: &mut dyn Custody) -> (Verified, Vec<String>) {
    let mut faults = Vec::new();
    let verified = verify(store, &keeper(Some("a")), &mut |fault| faults.push(fault.to_string())).unwrap();
    (verified, faults)
}

/// What is done to the tables after the cut | what must be found. `{at}` is the column that only partitions have, and its value.
const AFTER: &[(&str, &str)] = &[
    ("DELETE FROM audit_event WHERE lane = 1 AND number = 9", "lane 1: the event 9 is missing"),
    ("DELETE FROM audit_event WHERE lane = 1 AND number = 2", "lane 1: the event 2 is missing, which was kept"),
    ("DELETE FROM audit_event WHERE lane = 1 AND number = 4", "lane 1: the event 4 is missing, which was kept"),
    ("UPDATE audit_event SET actor = 'x' WHERE lane = 1 AND number = 3", "event 3: it was changed"),
    (
        "UPDATE audit_event SET detail = replace(detail, '\"event\":8', '\"event\":9') WHERE lane = 1",
        "event 11: it was changed",
    ),
    (
        "UPDATE audit_event SET detail = replace(detail, '\"after\":', '\"after\":1') WHERE lane = 1",
        "event 11: it was changed",
    ),
    ("UPDATE source SET cut = NULL WHERE lane = 1", "the events 5 to 8 are missing"),
    ("UPDATE source SET cut = NULL WHERE lane = 2", "lane 2: the event 1 is missing"),
    ("UPDATE source SET cut = 9 WHERE lane = 1", "the event 9 is to tell what was dropped, and does not"),
    (
        "UPDATE input SET bytes = substr(bytes, 2) WHERE lane = 1 AND position = 2",
        "event 2, position 2: it is not what was written",
    ),
    ("DELETE FROM set_aside", "event 2, position 2: its row of set_aside is missing"),
    ("DELETE FROM input WHERE lane = 1 AND position = 3", "event 3: 1 of its 2 inputs are missing"),
    ("DELETE FROM transfer WHERE lane = 1 AND position = 4", "event 3, position 4: it is not what was written"),
    ("UPDATE decision SET reason = 'x' WHERE lane = 1", "event 4, position 3: what it tells of is missing"),
    (
        "DELETE FROM outbox WHERE lane = 1 AND seq = (SELECT min(seq) FROM outbox WHERE lane = 1)",
        "event 3: the rows 5 to 5 of the outbox are missing",
    ),
    ("DELETE FROM input WHERE lane = 1 AND position = 6", "event 9: 1 of its 2 inputs are missing"),
    (
        "INSERT INTO status_report (lane, position, document, number {at}) SELECT lane, 0, 1, 1 {at} FROM input WHERE lane = 1 AND position = 2",
        "lane 1: a row of status_report is there, at 0, which was dropped",
    ),
    ("UPDATE outbox SET seq = 1 WHERE lane = 1 AND seq = 5", "a row of outbox is there, at 1, which was dropped"),
    ("UPDATE audit_event SET number = 1 WHERE lane = 1 AND number = 10", "the event 1 is there, which was dropped"),
];

/// `open` opens the store. Says which months went as a whole.
fn drops<S: All>(open: &dyn Fn() -> S) -> Vec<String> {
    let mut worker = open();
    let mut one = fill(&mut worker);
    assert_eq!(verified(&mut open()).1, [""; 0]);
    let mut store = open();
    assert_eq!(planned(&mut store, time("2099-06-01T00:00:00Z")).lanes, []);
    let found = planned(&mut store, cutoff());
    let lane = |index: usize| {
        let lane = &found.lanes[index];
        let kept: Vec<i64> = lane.cut.kept.iter().map(|stays| stays.event).collect();
        (lane.lane, lane.events, lane.cut.event, lane.cut.position, lane.cut.seq, kept)
    };
    assert_eq!((lane(0), lane(1)), ((1, 5, 8, 6, 8, vec![2, 3, 4]), (2, 1, 1, 1, 2, vec![])));
    assert_eq!((found.lanes.len(), &found.untold[..]), (2, &["in-2".to_owned()][..]));
    // Cut off before what is left is deleted.
    let mut months = store.cut(&found.lanes, cutoff(), "cron").unwrap();
    let (_, faults) = verified(&mut open());
    let left =
        |table| format!("lane 1: a row of {table} is there, at 1, which was dropped: `payflow retain --yes` goes on");
    assert!(faults.iter().any(|fault| fault.contains(&left("outbox"))), "{faults:#?}");
    let mut store = open();
    let again = store.cut(&found.lanes, cutoff(), "cron").unwrap_err();
    assert!(again.to_string().contains("another one drops"), "{again}");
    let mut store = open();
    let rest = planned(&mut store, cutoff());
    assert!(rest.is_empty() && rest.lanes.len() == 2, "{rest:?}");
    months.extend(retain(&mut store, &rest, "cron").unwrap());
    let (whole, faults) = verified(&mut open());
    assert_eq!(faults, [""; 0]);
    assert_eq!((&whole.cuts[..], whole.inputs), (&[(1, cutoff(), 8), (2, cutoff(), 1)][..], 11));
    let mut store = open();
    for (table, lane, expected) in [
        (Table::Input, 1, &[2, 3, 4, 6, 7, 8][..]),
        (Table::Message, 1, &[3, 4, 6, 7, 8]),
        (Table::Verdict, 1, &[3, 4, 6, 7, 8]),
        (Table::Transfer, 1, &[4, 6, 7, 8]),
        (Table::Decision, 1, &[3]),
        (Table::Input, 2, &[1]),
        (Table::Transfer, 2, &[1]),
        (Table::Input, 3, &[0, 1]),
        (Table::Input, 4, &[0, 1]),
    ] {
        assert_eq!(positions(&mut store, table, lane), expected, "{table:?} of lane {lane}");
    }
    let told = events(&mut store, 1, "retention");
    assert!(
        told.len() == 1 && told[0].starts_with("11 by cron: {\"before\":\"2099-10-01T00:00:00Z\",\"event\":8,"),
        "{told:?}"
    );
    // The worker that was at work goes on; what comes again is known by its key, and what it was answered is not.
    let mut input = |bytes: &[u8], at: &str| match try_commit(&mut worker, &mut one, &[(at, bytes)], NOVEMBER) {
        Err(StoreError::Retry(_)) => commit(&mut worker, &mut one, &[(at, bytes)], NOVEMBER),
        done => done.unwrap(),
    };
    assert!(matches!(&input(b"key new", NOVEMBER)[..], [Claim::Taken(holder)] if holder.answer.is_none()));
    assert!(matches!(input(b"key old", NOVEMBER)[..], [Claim::Free]));
    input(b"from long ago", JUNE);
    // What was decided since goes with its time.
    release(&mut worker, &one, 3);
    commit(&mut worker, &mut one, &[(NOVEMBER, b"last")], NOVEMBER);
    assert_eq!(verified(&mut open()).1, [""; 0]);
    let later = time("2099-12-01T00:00:00Z");
    let mut store = open();
    let found = planned(&mut store, later);
    assert_eq!(found.lanes[0].cut.kept.iter().map(|stays| stays.event).collect::<Vec<_>>(), [2]);
    months.extend(retain(&mut store, &found, "cron").unwrap());
    let (whole, faults) = verified(&mut open());
    assert_eq!((faults, &whole.cuts[0]), (vec![], &(1, later, 16)));
    assert_eq!(positions(&mut open(), Table::Input, 1), [2, 12]);
    months
}

/// What was taken away before a cut does not look like what was dropped.
fn refuses_a_broken_chain(store: &mut dyn Custody) {
    let refused = plan(store, cutoff(), &|_, _| Some(i64::MAX)).unwrap_err();
    assert!(refused.to_string().contains("lane 1: its chain is broken before the event 2"), "{refused}");
}

fn cut<S: All>(mut store: S) {
    fill(&mut store);
    let found = planned(&mut store, cutoff());
    retain(&mut store, &found, "cron").unwrap();
}

#[test]
fn sqlite_drops_what_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.db"));
    let open = |name: &str| SqliteStore::open(&path(name)).unwrap().sealing(keeper(Some("a")));
    assert_eq!(drops(&|| open("one")), [""; 0]);
    cut(open("good"));
    for (sql, expected) in AFTER {
        std::fs::copy(path("good"), path("bad")).unwrap();
        let mut bad = open("bad");
        bad.connection().execute_batch(&format!("PRAGMA foreign_keys = OFF; {}", sql.replace("{at}", ""))).unwrap();
        let (_, faults) = verified(&mut bad);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{sql}\nexpected: {expected}\nfound: {faults:#?}");
        drop(bad);
        std::fs::remove_file(path("bad")).unwrap();
    }
    let mut broken = open("broken");
    fill(&mut broken);
    broken.connection().execute_batch("DELETE FROM audit_event WHERE lane = 1 AND number = 1").unwrap();
    refuses_a_broken_chain(&mut broken);
}

#[test]
fn the_embedded_queue_drops_what_is_old() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (past, future) = (Utc::now() - TimeDelta::days(1), Utc::now() + TimeDelta::days(1));
    let mut queue = EmbeddedQueue::open(file.path(), &["in", "new"]).unwrap();
    let many = vec![b"<a/>"; 2_500];
    queue.append("in", &many).unwrap();
    queue.append("new", &many[..3]).unwrap();
    let source = EmbeddedQueue::source("in");
    let records = vec![record("one"), record("two")];
    let topic = records[0].topic.clone();
    let publish = |queue: &mut EmbeddedQueue, next| {
        let (source, records) = (source.clone(), records.clone());
        queue.publish(vec![Publication { source, records, next, seq: 2, received: Received::default() }]).unwrap();
    };
    publish(&mut queue, 2_100);
    assert_eq!(queue.old(past).unwrap(), []);
    let old = |topic: &str, before| Old { topic: topic.to_owned(), records: before, before };
    let found = queue.old(future).unwrap();
    assert_eq!(found, [old("in", 2_100), old(&topic, 1)], "neither what is not read nor the last");
    queue.drop_old(&found).unwrap();
    assert_eq!(queue.extent(&source).unwrap(), Extent { low: 2_100, high: 2_500 });
    assert_eq!(queue.old(future).unwrap(), []);
    publish(&mut queue, 2_500);
    let found = queue.old(future).unwrap();
    queue.drop_old(&found).unwrap();
    assert_eq!(queue.append("in", &many[..1]).unwrap(), 2_500, "offsets go on");
    assert_eq!(queue.records(&topic, 0).unwrap(), records[1..], "and so do those of answers");
}

#[test]
fn postgres_drops_what_is_old() {
    let database = match postgres::database() {
        Err(why) => return skip::skipped("dropping what PostgreSQL has kept", &why),
        Ok(database) => database,
    };
    let open = || database.store().sealing(keeper(Some("a")));
    let months = drops(&open);
    for (month, expected) in [("2099_06", true), ("2099_07", false), ("2099_08", true), ("2099_09", true)] {
        assert_eq!(months.iter().any(|gone| gone == month), expected, "{month}: {months:?}");
    }
    let partitions = "SELECT relname FROM pg_class WHERE relname ~ '^(input|verdict)_2099_(0[6-9]|1[0-2])$' ORDER BY 1";
    let left = ["2099_07", "2099_11", "2099_12"];
    let left: Vec<String> =
        ["input", "verdict"].iter().flat_map(|t| left.map(|month| format!("{t}_{month}"))).collect();
    assert_eq!(database.query(partitions), left);
    let good = postgres::database().unwrap();
    let open = || good.store().sealing(keeper(Some("a")));
    cut(open());
    good.keep_rows();
    for (sql, expected) in AFTER {
        good.query(&sql.replace("{at}", ", received_at"));
        let (_, faults) = verified(&mut open());
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{sql}\nexpected: {expected}\nfound: {faults:#?}");
        good.restore_rows();
    }
    let broken = postgres::database().unwrap();
    let mut store = broken.store().sealing(keeper(Some("a")));
    fill(&mut store);
    broken.query("DELETE FROM audit_event WHERE lane = 1 AND number = 1");
    refuses_a_broken_chain(&mut store);
}
