//! What persons do to a store, on both stores: reading an input that is kept.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

mod postgres;
mod skip;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use payflow::broker::{Record, Source};
use payflow::pipeline::kept::show;
use payflow::rules::judge::Verdict;
use payflow::store::custody::Custody;
use payflow::store::keep::Keeper;
use payflow::store::reading::{Query, Value};
use payflow::store::sqlite::SqliteStore;
use payflow::store::verify::verify;
use payflow::store::{
    Answer, Batch, DocumentId, DocumentRow, InputRow, Outcome, Owned, Reply, Step, Store, TransferRow,
};

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

/// What came in: when, and what. One without bytes is kept as a file.
type Came<'a> = (&'a str, &'a [u8]);

/// Commits inputs in one batch.
fn commit(store: &mut dyn Store, owned: &mut Owned, inputs: &[Came<'_>], decided_at: &str) {
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
        batch.inputs.push(InputRow { lane, position, received_at: time(at), bytes, file });
        batch.documents.push(DocumentRow {
            id: DocumentId { lane, position, document: 1 },
            partner: "alpha",
            definition: "pacs.008.001.08".parse().ok(),
            message_id: None,
            hash: [position as u8; 32],
            transactions: 1,
            sums: Some("{\"EUR\":\"1.00\"}"),
            key: None,
            expires: None,
        });
    }
    let mut decide = |_: &[_]| Ok(batch.documents.iter().map(|document| outcome(document.id)).collect());
    store.commit(&batch, &mut decide).unwrap();
    owned.next = Some(next);
}

fn set_aside(store: &mut dyn Store, owned: &mut Owned, (at, bytes): Came<'_>) {
    let Owned { lane, epoch, next, .. } = *owned;
    let position = next.unwrap();
    let step = Step { lane, epoch, expected: position, next: position + 1 };
    let input = InputRow { lane, position, received_at: time(at), bytes, file: None };
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
