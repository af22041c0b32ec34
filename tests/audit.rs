//! The audit trail on both stores: what was written verifies, and whatever is changed behind payflow's back is found.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

mod postgres;
mod skip;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use payflow::broker::{Record, Source};
use payflow::finding::{Finding, Rule, Scope, Severity};
use payflow::message::Report;
use payflow::rules::judge::{Ruling, Verdict};
use payflow::store::held::{Act, Desk, Motion};
use payflow::store::keep::Keeper;
use payflow::store::reading::Reading;
use payflow::store::sqlite::SqliteStore;
use payflow::store::verify::{Verified, verify};
use payflow::store::{
    Answer, Batch, DocumentId, DocumentRow, InputRow, Outcome, Owned, Reply, Rows, Step, Store, TransferRow,
};

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00.123456Z".parse().unwrap()
}

fn keeper(ids: &[&str]) -> Keeper {
    let keys = ids.iter().map(|id| ((*id).to_owned(), [id.len() as u8; 32])).collect();
    Keeper::new(vec![("seal".to_owned(), [3; 32])]).chaining(keys)
}

fn record(text: &str) -> Record {
    let headers = vec![("id".to_owned(), text.to_owned())];
    Record { topic: "out".to_owned(), key: "k".to_owned(), headers, bytes: text.into() }
}

fn finding(text: &str) -> Finding {
    Finding {
        rule: Rule::XmlLimit,
        severity: Severity::Warning,
        scope: Scope::Transaction(1),
        place: None,
        found: Some("found".to_owned()),
        expected: None,
        text: text.to_owned(),
        suggestion: None,
    }
}

fn transfer(id: &str) -> TransferRow {
    TransferRow { id: id.to_owned(), json: format!("{{\"id\":\"{id}\"}}") }
}

/// One of each: a booked one, one that is rejected with its input, one without an answer, by the position.
fn outcome(name: &str, position: i64) -> Outcome {
    let reply = Reply { definition: "pacs.002.001.10".to_owned(), id: format!("R-{name}"), bytes: name.into() };
    let none_due = position % 3 == 2;
    let transfers =
        if position % 3 == 0 { vec![transfer(&format!("{name}-1")), transfer(&format!("{name}-2"))] } else { vec![] };
    let mut records: Vec<Record> = transfers.iter().map(|transfer| record(&transfer.json)).collect();
    if position % 3 == 1 {
        records.push(record("as it came"));
    }
    Outcome {
        verdict: if position % 3 == 1 { Verdict::Rejected } else { Verdict::Accepted },
        schema_hash: (position % 2 == 0).then(|| "0a".repeat(32)),
        findings: vec![finding("one"), finding("two")],
        answer_record: (!none_due).then(|| record(name)),
        answer: if none_due { Answer::NoneDue("none is due".to_owned()) } else { Answer::Reply(reply) },
        transfers,
        statements: vec![format!("{{\"statement\":\"{name}\"}}")],
        reports: vec![Report { original_message_id: Some(name.into()), ..Report::default() }],
        records,
    }
}

fn batch<'a>(owned: &Owned, first: i64, next: i64, documents: u32) -> Batch<'a> {
    let Owned { lane, epoch, .. } = *owned;
    let input =
        |position| InputRow { lane, position, received_at: noon(), bytes: b"as it came", file: None, trace: None };
    let document = |position, document| DocumentRow {
        id: DocumentId { lane, position, document },
        partner: "alpha",
        definition: "pacs.008.001.08".parse().ok(),
        message_id: Some("m"),
        hash: [document as u8; 32],
        transactions: 2,
        sums: Some("{\"EUR\":\"1.00\"}"),
        key: None,
        expires: None,
    };
    Batch {
        steps: vec![Step { lane, epoch, expected: first, next }],
        inputs: (first..next).map(input).collect(),
        documents: (first..next).flat_map(|position| (1..=documents).map(move |d| document(position, d))).collect(),
        decided_at: noon(),
        actor: "worker",
    }
}

fn commit(store: &mut dyn Store, owned: &Owned, first: i64, next: i64) {
    let name = |position| format!("{}-{position}", owned.lane);
    let mut decide = |_: &[_]| Ok((first..next).map(|position| outcome(&name(position), position)).collect());
    store.commit(&batch(owned, first, next, 1), &mut decide).unwrap();
}

/// Lane 1: the positions 0 to 2 in event 1, 3 set aside in event 2, 4 and 5 in event 3, 6 with two documents and what is poured in
/// event 4. Lane 2: one event.
fn fill(store: &mut dyn Store, desk: &mut dyn Desk) {
    let source = |partition| Source { cluster: Arc::from("c"), topic: Arc::from("in"), partition };
    let mut own = |partition| {
        let owned = store.own(&source(partition), "alpha").unwrap();
        store.start(&owned, 0).unwrap();
        owned
    };
    let (one, two) = (own(0), own(1));
    commit(store, &one, 0, 3);
    let step = Step { lane: one.lane, epoch: one.epoch, expected: 3, next: 4 };
    let input = InputRow { lane: one.lane, position: 3, received_at: noon(), bytes: b"\xff", file: None, trace: None };
    store.set_aside(&step, &input, "a fault", "worker").unwrap();
    commit(store, &one, 4, 6);
    let mut decide = |_: &[_]| Ok((1..=2).map(|number| outcome(&format!("large-{number}"), 2)).collect());
    let mut pour = |rows: &mut dyn Rows| {
        for document in 1..=2 {
            let id = DocumentId { lane: one.lane, position: 6, document };
            for number in 1..=3 {
                let transfer = transfer(&format!("poured-{document}-{number}"));
                let record = record(&transfer.json);
                rows.transfer(id, &transfer, record)?;
            }
        }
        rows.finding(DocumentId { lane: one.lane, position: 6, document: 1 }, &finding("late"))
    };
    store.commit_poured(&batch(&one, 6, 7, 2), &mut decide, &mut pour).unwrap();
    commit(store, &two, 0, 1);
    hold(store, desk);
}

/// Lane 3: one that is held in event 1, its release in the events 2 and 3, and what came of it in event 4.
fn hold(store: &mut dyn Store, desk: &mut dyn Desk) {
    let owned = store.own(&Source { cluster: Arc::from("c"), topic: Arc::from("in"), partition: 2 }, "alpha").unwrap();
    store.start(&owned, 0).unwrap();
    let quiet = |outcome: Outcome| Outcome {
        verdict: Verdict::Held,
        transfers: vec![],
        statements: vec![],
        reports: vec![],
        records: vec![],
        ..outcome
    };
    let mut decide = |_: &[_]| Ok(vec![quiet(outcome("held", 0))]);
    store.commit(&batch(&owned, 0, 1, 1), &mut decide).unwrap();
    let id = DocumentId { lane: owned.lane, position: 0, document: 1 };
    desk.act(&Act { id, actor: "Anna", motion: Motion::Ask(Ruling::Release, "checked") }).unwrap();
    desk.act(&Act { id, actor: "Bert", motion: Motion::Confirm { four_eyes: true, only: None } }).unwrap();
    let ruled = store.ruled(&[owned.lane]).unwrap();
    let step = Step { lane: owned.lane, epoch: owned.epoch, expected: 1, next: 1 };
    store.conclude(&step, &ruled[0], outcome("released", 0), (noon(), "worker"), &mut |_| Ok(())).unwrap();
}

fn check(store: &mut dyn Reading, keys: &[&str]) -> (Verified, Vec<String>) {
    let mut faults = Vec::new();
    let verified = verify(store, &keeper(keys), &mut |fault| faults.push(fault.to_string())).unwrap();
    assert_eq!(verified.faults, faults.len() as u64);
    (verified, faults)
}

/// What is done to the tables | what must be found. `{at}` is the column that only partitions have.
const DOCTORED: &[(&str, &[&str])] = &[
    ("UPDATE audit_event SET actor = 'x' WHERE lane = 1 AND number = 2", &["lane 1, event 2: it was changed"]),
    ("UPDATE audit_event SET documents = 9 WHERE lane = 2", &["lane 2, event 1: it was changed"]),
    ("UPDATE audit_event SET at = '2026-11-20T13:00:00.000000Z' WHERE lane = 1 AND number = 1", &["lane 1, event 1: it was changed"]),
    ("UPDATE audit_event SET keyed_by = NULL WHERE lane = 1 AND number = 3", &["event 3: it was changed", "event 3: it has no key"]),
    ("UPDATE audit_event SET keyed_by = 'other' WHERE lane = 1 AND number = 3", &["event 3: its key \"other\" is not known"]),
    ("UPDATE audit_event SET link = previous_link WHERE lane = 1 AND number = 3", &["event 3: it was changed", "event 4: it does not follow"]),
    ("DELETE FROM audit_event WHERE lane = 1 AND number = 1", &["lane 1: the event 1 is missing", "position 0: no event tells of this row of input, and of 2 after it"]),
    ("DELETE FROM audit_event WHERE lane = 1 AND number IN (2, 3)", &["lane 1: the events 2 to 3 are missing", "position 3: no event tells"]),
    ("DELETE FROM audit_event WHERE lane = 1 AND number = 4", &["lane 1: the last event is 3, and 4 were written", "position 6: no event tells of this row of transfer, and of 5"]),
    ("DELETE FROM audit_event WHERE lane = 2", &["lane 2: the last event is 0, and 1 were written", "lane 2: no event tells of the rows 1 to 3 of the outbox"]),
    // Cut off as if it had never been, but for what it told of.
    (
        "DELETE FROM audit_event WHERE lane = 1 AND number = 4;
         UPDATE source SET events = 3, link = (SELECT link FROM audit_event e WHERE e.lane = 1 AND e.number = 3),
                seq = (SELECT seq FROM audit_event e WHERE e.lane = 1 AND e.number = 3), next = 6 WHERE lane = 1",
        &["position 6: no event tells of this row of input", "no event tells of the rows 8 to 13 of the outbox"],
    ),
    // Two events change places.
    (
        "UPDATE audit_event SET number = number + 10 WHERE lane = 1 AND number IN (2, 3);
         UPDATE audit_event SET number = 15 - number WHERE lane = 1 AND number > 10",
        &["event 2: it was changed", "event 3: it was changed", "event 2: it begins at the position 4"],
    ),
    ("UPDATE source SET link = NULL WHERE lane = 1", &["lane 1: the source's last link"]),
    ("UPDATE source SET next = 3 WHERE lane = 1", &["lane 1: the source's position"]),
    ("UPDATE source SET seq = seq + 1 WHERE lane = 1", &["lane 1: the outbox ended at 13"]),
    ("UPDATE source SET events = 5 WHERE lane = 1", &["lane 1: the last event is 4, and 5 were written"]),
    ("UPDATE input SET bytes = substr(bytes, 2) WHERE lane = 1 AND position = 1", &["event 1, position 1: it is not what was written"]),
    ("UPDATE input SET bytes = substr(bytes, 1, 1) WHERE lane = 1 AND position = 3", &["event 2, position 3: it is not what was written"]),
    ("UPDATE input SET sealed_by = 'x' WHERE lane = 1 AND position = 6", &["event 4, position 6: it is not what was written"]),
    ("DELETE FROM input WHERE lane = 1 AND position = 4", &["event 3: 1 of its 2 inputs are missing", "position 4: no event tells of this row of verdict"]),
    ("UPDATE message SET partner = 'beta' WHERE lane = 1 AND position = 0", &["event 1, position 0: it is not what was written"]),
    ("UPDATE message SET document_hash = substr(document_hash, 2) WHERE lane = 1 AND position = 0", &["position 0: it is not"]),
    ("UPDATE message SET sums = NULL WHERE lane = 2", &["lane 2, event 1, position 0: it is not"]),
    ("UPDATE message SET transactions = 3 WHERE lane = 2", &["lane 2, event 1, position 0: it is not"]),
    ("DELETE FROM message WHERE lane = 1 AND position = 6 AND document = 2", &["position 6, document 2: its row of message is missing"]),
    ("UPDATE verdict SET verdict = 'rejected' WHERE lane = 1 AND position = 0", &["event 1, position 0: it is not what was written"]),
    ("UPDATE verdict SET schema_hash = NULL WHERE lane = 1 AND position = 0", &["event 1, position 0: it is not what was written"]),
    ("DELETE FROM verdict WHERE lane = 1 AND position = 5", &["event 3, position 5, document 1: it has no verdict"]),
    (
        "INSERT INTO verdict (lane, position, document, number, verdict, decided_at, none_due {at})
         SELECT lane, position, document, 2, 'accepted', decided_at, 'x' {at} FROM verdict WHERE lane = 1 AND position = 1",
        &["position 1, document 1: it has more verdicts"],
    ),
    (
        "UPDATE verdict SET none_due = NULL WHERE lane = 1 AND position = 2",
        &["position 2, document 1: it has neither an answer nor a reason"],
    ),
    ("UPDATE verdict SET none_due = 'x' WHERE lane = 1 AND position = 1", &["position 1, document 1: it has both"]),
    ("UPDATE verdict SET answer_seq = 99 WHERE lane = 1 AND position = 0", &["position 0, document 1: its answer is not in the outbox"]),
    ("DROP INDEX IF EXISTS verdict_by_answer; UPDATE verdict SET answer_seq = 1, answer_lane = 2 WHERE lane = 1 AND position = 0", &["its answer is not in the outbox"]),
    (
        "DROP INDEX IF EXISTS verdict_by_answer; UPDATE verdict SET answer_seq = 1 WHERE lane = 1 AND position = 1",
        &["position 1, document 1: its answer is that of another document"],
    ),
    ("UPDATE finding SET text = 'x' WHERE lane = 1 AND position = 6 AND number = 3", &["position 6: it is not what was written"]),
    ("DELETE FROM finding WHERE lane = 1 AND position = 6 AND number = 3", &["position 6: it is not what was written"]),
    ("UPDATE transfer SET json = '{}' WHERE lane = 1 AND position = 0 AND number = 1", &["position 0: it is not what was written"]),
    ("UPDATE transfer SET number = 12 WHERE lane = 1 AND position = 6 AND number = 2", &["position 6: it is not"]),
    ("DELETE FROM transfer WHERE lane = 1 AND position = 0 AND number = 2", &["position 0: it is not what was written"]),
    (
        "INSERT INTO transfer (lane, position, document, number, id, json, masked {at})
         SELECT lane, position, document, 3, 'more', json, masked {at} FROM transfer
          WHERE lane = 1 AND position = 0 AND number = 1",
        &["position 0: it is not what was written"],
    ),
    ("UPDATE transfer SET position = 77 WHERE lane = 1 AND position = 0", &["position 77: no event tells of this row of transfer"]),
    ("UPDATE statement SET json = '{}' WHERE lane = 2", &["lane 2, event 1, position 0: it is not what was written"]),
    ("UPDATE status_report SET status = 'RJCT' WHERE lane = 2", &["lane 2, event 1, position 0: it is not what was written"]),
    ("UPDATE set_aside SET reason = 'x'", &["event 2, position 3: it was set aside for another reason"]),
    ("DELETE FROM set_aside", &["event 2, position 3: its row of set_aside is missing"]),
    ("UPDATE set_aside SET position = 4", &["event 3, position 4: it stands among what was set aside, and was decided"]),
    ("UPDATE outbox SET topic = 'x' WHERE lane = 1 AND seq = 1", &["event 1: the rows 1 to 5 of the outbox are not"]),
    ("UPDATE outbox SET headers = '[]' WHERE lane = 1 AND seq = 13", &["event 4: the rows 8 to 13 of the outbox are not"]),
    ("UPDATE outbox SET bytes = substr(bytes, 2) WHERE lane = 1 AND seq = 1", &["event 1: the rows 1 to 5 of the outbox are not"]),
    (
        "DELETE FROM outbox WHERE lane = 1 AND seq IN (1, 2)",
        &["event 1: the rows 1 to 2 of the outbox are missing", "position 0, document 1: its answer is not in the outbox"],
    ),
    ("UPDATE decision SET actor = 'Carl' WHERE number = 1", &["lane 3, event 2, position 0: what it tells of", "no event tells of this row of decision"]),
    ("UPDATE decision SET act = 'reject' WHERE number = 1", &["lane 3, event 2, position 0: what it tells of"]),
    ("UPDATE decision SET reason = 'x' WHERE number = 1", &["lane 3, event 2, position 0: what it tells of"]),
    ("UPDATE decision SET at = '2026-11-20T13:00:00.000000Z' WHERE number = 2", &["lane 3, event 3, position 0: what it tells of"]),
    ("DELETE FROM decision WHERE number = 2", &["lane 3, event 3, position 0: what it tells of"]),
    (
        "INSERT INTO decision (lane, position, document, number, at, actor, act {at})
         SELECT lane, position, document, 3, at, 'Carl', 'confirm' {at} FROM decision WHERE number = 2",
        &["lane 3, position 0, document 1: no event tells of this row of decision"],
    ),
    ("DELETE FROM verdict WHERE lane = 3 AND number = 2", &["lane 3, event 4, position 0: what it tells of"]),
    ("DELETE FROM verdict WHERE lane = 3 AND number = 1", &["lane 3, event 1, position 0, document 1: it has no verdict"]),
    ("UPDATE verdict SET verdict = 'rejected' WHERE lane = 3 AND number = 2", &["lane 3, event 4, position 0: what it tells of"]),
    ("UPDATE verdict SET verdict = 'accepted' WHERE lane = 3 AND number = 1", &["lane 3, event 1, position 0: it is not"]),
    ("UPDATE verdict SET none_due = 'x' WHERE lane = 3 AND number = 2", &["lane 3, event 4, position 0: what it tells of"]),
    ("UPDATE transfer SET json = '{}' WHERE lane = 3 AND number = 1", &["lane 3, event 4, position 0: what it tells of"]),
    ("DELETE FROM transfer WHERE lane = 3", &["lane 3, event 4, position 0: what it tells of"]),
    ("UPDATE finding SET verdict = 2 WHERE lane = 3 AND number = 1", &["lane 3, event 1, position 0: it is not", "lane 3, event 4, position 0"]),
    ("UPDATE finding SET verdict = 1 WHERE lane = 3 AND number = 3", &["lane 3, event 1, position 0: it is not", "lane 3, event 4, position 0"]),
    ("DELETE FROM audit_event WHERE lane = 3 AND number = 3", &["lane 3: the event 3 is missing", "no event tells of this row of decision"]),
    ("UPDATE audit_event SET first = 5, next = 6 WHERE lane = 3 AND number = 4", &["lane 3, event 4: it was changed", "it has more verdicts than its events tell of"]),
    ("UPDATE outbox SET topic = 'x' WHERE lane = 3 AND seq = 2", &["lane 3, event 4: the rows 2 to 4 of the outbox are not"]),
    ("DELETE FROM outbox WHERE lane = 1 AND seq = 13", &["event 4: the rows 13 to 13 of the outbox are missing"]),
    ("UPDATE outbox SET seq = 99 WHERE lane = 2 AND seq = 3", &["lane 2: no event tells of the rows 99 to 99 of the outbox"]),
];

fn all_found(found: &[String], expected: &[&str], sql: &str) {
    for text in expected {
        assert!(found.iter().any(|fault| fault.contains(text)), "{sql}\nexpected: {text}\nfound: {found:#?}");
    }
}

fn whole(store: &mut dyn Reading, keys: &[&str], unkeyed: u64) {
    let (verified, faults) = check(store, keys);
    assert_eq!(faults, [""; 0]);
    let Verified { lanes, unkeyed: found, inputs, documents, outbox, .. } = verified;
    assert_eq!((lanes.len(), found, inputs, documents, outbox), (3, unkeyed, 9, 9, 20));
    assert_eq!((&lanes[0].1[..], lanes[0].2, lanes[0].3.len()), ("in-0", 4, 64));
}

#[test]
fn whatever_is_changed_in_sqlite_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.db"));
    let unkeyed = || SqliteStore::open(&path("unkeyed")).unwrap();
    fill(&mut unkeyed(), &mut unkeyed());
    whole(&mut unkeyed(), &["k"], 9);
    let good = || SqliteStore::open(&path("good")).unwrap().sealing(keeper(&["k"]));
    fill(&mut good(), &mut good());
    whole(&mut SqliteStore::open(&path("good")).unwrap(), &["newer", "k"], 0);
    for (sql, expected) in DOCTORED {
        std::fs::copy(path("good"), path("bad")).unwrap();
        let mut bad = SqliteStore::open(&path("bad")).unwrap();
        let off = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
        bad.connection().execute_batch(&format!("{off} {}", sql.replace("{at}", ""))).unwrap();
        all_found(&check(&mut bad, &["k"]).1, expected, sql);
        drop(bad);
        std::fs::remove_file(path("bad")).unwrap();
    }
}

#[test]
fn whatever_is_changed_in_postgres_is_found() {
    let good = match postgres::database() {
        Err(why) => return skip::skipped("the audit trail on PostgreSQL", &why),
        Ok(database) => database,
    };
    let unkeyed = postgres::database().unwrap();
    fill(&mut unkeyed.store(), &mut unkeyed.store());
    whole(&mut unkeyed.store(), &["k"], 9);
    fill(&mut good.store().sealing(keeper(&["k"])), &mut good.store().sealing(keeper(&["k"])));
    whole(&mut good.store(), &["newer", "k"], 0);
    good.keep_rows();
    let alone: &[(&str, &[&str])] = &[(
        "UPDATE transfer SET lane = 99 WHERE lane = 2",
        &["lane 99, position 0: a row of transfer is in a lane that no source has"],
    )];
    for (sql, expected) in DOCTORED.iter().chain(alone) {
        good.query(&sql.replace("{at}", ", received_at"));
        all_found(&check(&mut good.store(), &["k"]).1, expected, sql);
        good.restore_rows();
    }
}
