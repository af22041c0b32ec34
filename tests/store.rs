//! The contract of a store. Every store must pass it: [`contract`] takes a function that makes two connections to an empty
//! one.
#![cfg(any(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod skip;

use std::sync::{Arc, mpsc};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use payflow::broker::{Record, Source};
use payflow::message::Report;
use payflow::rules::judge::{Ruling, Verdict};
use payflow::store::held::{Act, Desk, Motion};
use payflow::store::keep::Keeper;
#[cfg(feature = "sqlite")]
use payflow::store::sqlite::SqliteStore;
use payflow::store::{
    Answer, Batch, Claim, DocumentId, DocumentRow, Holder, InputRow, Key, Mend, Outcome, Owned, Reply, Ruled, Step,
    Store, StoreError, TransferRow,
};

fn source(partition: i32) -> Source {
    Source { cluster: Arc::from("cluster"), topic: Arc::from("in"), partition }
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    time("2026-11-20T12:00:00Z")
}

/// A document of a test: offset, message id and content.
type Line<'a> = (i64, Option<&'a str>, u8);

fn id(owned: &Owned, position: i64) -> DocumentId {
    DocumentId { lane: owned.lane, position, document: 1 }
}

fn reply(text: &str) -> Answer {
    Answer::Reply(Reply { definition: "pacs.002.001.10".to_owned(), id: format!("R-{text}"), bytes: text.into() })
}

fn record(text: &str) -> Record {
    let headers = vec![("id".to_owned(), format!("R-{text}"))];
    Record { topic: "out".to_owned(), key: "k".to_owned(), headers, bytes: text.into() }
}

fn outcome(answer: Answer, transfers: &[&str]) -> Outcome {
    let answer_record = match &answer {
        Answer::Reply(reply) => Some(record(std::str::from_utf8(&reply.bytes).unwrap())),
        Answer::NoneDue(_) => None,
    };
    let row = |id: &&str| TransferRow { id: (*id).to_owned(), json: "{}".to_owned() };
    Outcome {
        verdict: Verdict::Accepted,
        schema_hash: Some("0".repeat(64)),
        findings: vec![],
        answer,
        answer_record,
        transfers: transfers.iter().map(row).collect(),
        statements: vec![],
        reports: vec![],
        records: transfers.iter().map(|id| record(id)).collect(),
    }
}

fn batch<'a>(owned: &Owned, expected: i64, lines: &[Line<'a>], decided_at: DateTime<Utc>) -> Batch<'a> {
    let next = lines.last().map_or(expected, |line| line.0 + 1);
    let key = |key: &str| Key {
        scope: "message",
        partner: "alpha".to_owned(),
        kind: "pacs.008".to_owned(),
        key: key.to_owned(),
    };
    let document = |(position, message_id, content): &Line<'a>| DocumentRow {
        id: id(owned, *position),
        partner: "alpha",
        definition: "pacs.008.001.08".parse().ok(),
        message_id: *message_id,
        hash: [*content; 32],
        transactions: 1,
        sums: Some("{\"EUR\":\"1.00\"}"),
        key: message_id.map(key),
        expires: Some(decided_at + TimeDelta::days(10)),
    };
    let input = |line: &Line<'a>| InputRow {
        lane: owned.lane,
        position: line.0,
        received_at: decided_at,
        bytes: b"as it came",
        file: None,
        trace: None,
    };
    Batch {
        steps: vec![Step { lane: owned.lane, epoch: owned.epoch, expected, next }],
        inputs: lines.iter().map(input).collect(),
        documents: lines.iter().map(document).collect(),
        decided_at,
        actor: "test",
    }
}

/// Commits lines, each with an answer of its own, and returns what became of the claims.
fn commit(store: &mut impl Store, owned: &Owned, expected: i64, lines: &[Line<'_>]) -> Result<Vec<Claim>, StoreError> {
    commit_at(store, owned, expected, lines, noon())
}

fn commit_at(
    store: &mut impl Store,
    owned: &Owned,
    expected: i64,
    lines: &[Line<'_>],
    decided_at: DateTime<Utc>,
) -> Result<Vec<Claim>, StoreError> {
    let mut seen = Vec::new();
    let mut decide = |claims: &[Claim]| {
        seen = claims.to_vec();
        Ok(lines.iter().map(|line| outcome(reply(&format!("answer {}", line.0)), &[])).collect())
    };
    store.commit(&batch(owned, expected, lines, decided_at), &mut decide).map(|_| seen)
}

fn taken(owned: &Owned, position: i64, content: u8, answer: Option<Answer>) -> Claim {
    Claim::Taken(Holder { id: id(owned, position), hash: [content; 32], answer })
}

fn started(store: &mut impl Store, partition: i32) -> Owned {
    let owned = store.own(&source(partition), "alpha").unwrap();
    store.start(&owned, 0).unwrap();
    Owned { next: Some(0), ..owned }
}

fn contract<S: Store + Desk>(mut new: impl FnMut() -> (S, S)) {
    ownership(&mut new().0);
    claims(&mut new().0);
    expiry(&mut new().0);
    all_or_nothing(&mut new().0);
    outbox(&mut new().0);
    set_aside(&mut new().0);
    many(&mut new().0);
    other_clusters(&mut new().0);
    mending(&mut new().0);
    let (mut one, mut other) = new();
    decisions(&mut one, &mut other);
    let (mut one, mut other) = new();
    poured_decisions(&mut one, &mut other);
    let (mut one, mut other) = new();
    race_for_a_key(&mut one, &mut other);
    let (mut one, mut other) = new();
    race_for_a_lane(&mut one, &mut other);
}

/// Each ownership raises the epoch, and what was owned before can do nothing more.
fn ownership(store: &mut impl Store) {
    let first = store.own(&source(0), "alpha").unwrap();
    assert_eq!((first.next, first.seq), (None, 0));
    assert!(matches!(commit(store, &first, 0, &[(0, None, 1)]), Err(StoreError::NotOwner(_))), "not started");
    store.start(&first, 5).unwrap();
    assert!(matches!(store.start(&first, 6), Err(StoreError::NotOwner(_))), "started once");
    commit(store, &first, 5, &[(5, None, 1)]).unwrap();
    let second = store.own(&source(0), "alpha").unwrap();
    assert_eq!((second.lane, second.next, second.seq), (first.lane, Some(6), 1));
    assert!(second.epoch > first.epoch);
    assert_eq!(commit(store, &first, 6, &[(6, None, 1)]), Err(StoreError::NotOwner(first.lane)), "an old epoch");
    assert_eq!(commit(store, &second, 7, &[(7, None, 1)]), Err(StoreError::NotOwner(first.lane)), "a wrong position");
    commit(store, &second, 6, &[(6, None, 1)]).unwrap();
    let other = store.own(&source(1), "alpha").unwrap();
    assert_ne!(other.lane, first.lane, "each partition has its lane");
}

/// A key has one holder. A document sees those before it in the batch, and in earlier batches with their answer.
fn claims(store: &mut impl Store) {
    let owned = started(store, 0);
    let first = commit(store, &owned, 0, &[(0, Some("m1"), 1), (1, Some("m1"), 1), (2, Some("m1"), 2), (3, None, 1)]);
    let within = |content| taken(&owned, 0, content, None);
    assert_eq!(first.unwrap(), [Claim::Free, within(1), within(1), Claim::Free]);
    let again = commit(store, &owned, 4, &[(4, Some("m2"), 9), (5, Some("m1"), 1)]).unwrap();
    assert_eq!(again, [Claim::Free, taken(&owned, 0, 1, Some(reply("answer 0")))]);
    let other = started(store, 1);
    let elsewhere = commit(store, &other, 0, &[(0, Some("m2"), 9)]).unwrap();
    assert_eq!(elsewhere, [taken(&owned, 4, 9, Some(reply("answer 4")))], "a key holds over all lanes");
}

/// A key that has expired is free again, and not a moment sooner.
fn expiry(store: &mut impl Store) {
    let owned = started(store, 0);
    commit(store, &owned, 0, &[(0, Some("m1"), 1)]).unwrap();
    let later = |days, seconds| noon() + TimeDelta::days(days) + TimeDelta::seconds(seconds);
    let before = commit_at(store, &owned, 1, &[(1, Some("m1"), 2)], later(10, -1)).unwrap();
    assert!(matches!(before[0], Claim::Taken(_)));
    assert_eq!(commit_at(store, &owned, 2, &[(2, Some("m1"), 2)], later(10, 0)).unwrap(), [Claim::Free]);
    let after = commit_at(store, &owned, 3, &[(3, Some("m1"), 1)], later(10, 1)).unwrap();
    assert!(matches!(&after[0], Claim::Taken(holder) if holder.id == id(&owned, 2)), "{after:?}");
}

/// What can't be decided or written leaves nothing behind, and the same batch can be committed afterwards.
fn all_or_nothing(store: &mut impl Store) {
    let owned = started(store, 0);
    let lines = [(0, Some("m1"), 1), (1, Some("m2"), 2)];
    let mut undecided = |_: &[Claim]| Err("no".to_owned());
    let refused = store.commit(&batch(&owned, 0, &lines, noon()), &mut undecided);
    assert_eq!(refused, Err(StoreError::Refused("no".to_owned())));
    let mut twice = |_: &[Claim]| Ok(vec![outcome(reply("a"), &["t1"]), outcome(reply("b"), &["t1"])]);
    let refused = store.commit(&batch(&owned, 0, &lines, noon()), &mut twice);
    assert!(matches!(refused, Err(StoreError::Refused(_))), "one transfer id twice: {refused:?}");
    let long = "m".repeat(200);
    let refused = commit(store, &owned, 0, &[(0, Some(&long), 1)]);
    assert!(matches!(refused, Err(StoreError::Refused(_))), "an id that is too long: {refused:?}");
    assert_eq!(commit(store, &owned, 0, &lines).unwrap(), [Claim::Free, Claim::Free]);
    assert_eq!(store.outbox(owned.lane, 0, 10, 1000).unwrap().len(), 2);
}

/// Rows are numbered without a hole, in the order of the documents: the answer first.
fn outbox(store: &mut impl Store) {
    let (owned, other) = (started(store, 0), started(store, 1));
    let mut both = batch(&owned, 0, &[(0, None, 1), (1, None, 1)], noon());
    let more = batch(&other, 0, &[(0, None, 1)], noon());
    both.steps.extend(more.steps);
    both.inputs.extend(more.inputs);
    both.documents.extend(more.documents);
    let mut decide = |_: &[Claim]| {
        let quiet = Answer::NoneDue("none is due".to_owned());
        Ok(vec![outcome(reply("a"), &["t1", "t2"]), outcome(quiet, &["t3"]), outcome(reply("b"), &[])])
    };
    let added = store.commit(&both, &mut decide).unwrap();
    let expected: Vec<Record> = ["a", "t1", "t2", "t3"].map(record).into();
    assert_eq!((added[0].lane, added[0].seq, &added[0].records), (owned.lane, 4, &expected));
    assert_eq!((added[1].lane, added[1].seq, added[1].records.len()), (other.lane, 1, 1));
    for (after, rows, bytes, expected) in [
        (0, 100, 100, &expected[..]),
        (1, 2, 100, &expected[1..3]),
        (0, 100, 2, &expected[..2]),
        (0, 100, 3, &expected[..2]),
        (4, 100, 100, &[]),
    ] {
        assert_eq!(store.outbox(owned.lane, after, rows, bytes).unwrap(), expected, "{after} {rows} {bytes}");
    }
    assert_eq!(store.own(&source(0), "alpha").unwrap().seq, 4);
}

/// An input that is set aside moves the lane like any other.
fn set_aside(store: &mut impl Store) {
    let owned = started(store, 0);
    let step = Step { lane: owned.lane, epoch: owned.epoch, expected: 0, next: 1 };
    let input =
        InputRow { lane: owned.lane, position: 0, received_at: noon(), bytes: b"\xff\x00", file: None, trace: None };
    store.set_aside(&step, &input, "a fault", "test").unwrap();
    assert_eq!(store.set_aside(&step, &input, "a fault", "test"), Err(StoreError::NotOwner(owned.lane)));
    commit(store, &owned, 1, &[(1, None, 1)]).unwrap();
}

/// A lane that is mended moves to wherever it is told, and gives its name away when it is retired; what it has stays.
fn mending(store: &mut impl Store) {
    assert_eq!(store.find(&source(0)), Ok(None));
    let owned = started(store, 0);
    commit(store, &owned, 0, &[(0, Some("m1"), 1), (1, None, 1)]).unwrap();
    assert_eq!(store.find(&source(0)), Ok(Some(Owned { next: Some(2), seq: 2, ..owned })), "and it stays the worker's");
    assert_eq!(store.input(owned.lane, 1), Ok(Some(b"as it came".to_vec())));
    assert_eq!(store.input(owned.lane, 2), Ok(None));
    let mend = Mend { event: "source adopt", detail: "why", actor: "test", retire: false };
    let step = |expected, next| Step { lane: owned.lane, epoch: owned.epoch, expected, next };
    assert_eq!(store.mend(&step(1, 9), &mend), Err(StoreError::NotOwner(owned.lane)));
    for (expected, next) in [(2, 9), (9, 4), (4, 4)] {
        store.mend(&step(expected, next), &mend).unwrap();
        assert_eq!(store.find(&source(0)), Ok(Some(Owned { next: Some(next), seq: 2, ..owned })));
    }
    store.mend(&step(4, 4), &Mend { retire: true, ..mend }).unwrap();
    assert_eq!(store.find(&source(0)), Ok(None));
    let new = started(store, 0);
    assert_eq!((new.lane == owned.lane, new.seq), (false, 0));
    let again = commit(store, &new, 0, &[(0, Some("m1"), 1)]).unwrap();
    assert_eq!(again, [taken(&owned, 0, 1, Some(reply("answer 0")))]);
    assert_eq!(store.outbox(owned.lane, 0, 10, 1000).unwrap().len(), 2);
    let third = Mend { retire: true, ..mend };
    store.mend(&Step { lane: new.lane, epoch: new.epoch, expected: 1, next: 1 }, &third).unwrap();
    assert_ne!(started(store, 0).lane, new.lane, "a name is given away more than once");
}

/// A source is found by its topic and partition in another cluster, once it has begun there and until it is retired.
fn other_clusters(store: &mut impl Store) {
    let (here, owned) = (source(0), started(store, 0));
    let there = Source { cluster: "another".into(), ..here.clone() };
    assert_eq!((store.elsewhere(&here), store.elsewhere(&source(1))), (Ok(None), Ok(None)));
    assert_eq!(store.elsewhere(&there), Ok(Some((here.clone(), owned))));
    let new = store.own(&there, "alpha").unwrap();
    assert_eq!((new.next, store.elsewhere(&here)), (None, Ok(None)), "it has not begun");
    store.start(&new, 3).unwrap();
    assert_eq!(store.elsewhere(&here), Ok(Some((there, Owned { next: Some(3), ..new }))));
    let retire = Mend { event: "source reset", detail: "why", actor: "test", retire: true };
    store.mend(&Step { lane: new.lane, epoch: new.epoch, expected: 3, next: 3 }, &retire).unwrap();
    assert_eq!(store.elsewhere(&here), Ok(None));
}

/// Two persons decide, by a connection of their own; the owner of the lane is told, and does it once. Who does not own it any more,
/// or believes it elsewhere, does nothing.
fn decisions(store: &mut impl Store, desk: &mut impl Desk) {
    let owned = started(store, 0);
    let quiet = |verdict| Outcome { verdict, ..outcome(Answer::NoneDue("it is held".to_owned()), &[]) };
    let mut decide = |_: &[Claim]| Ok(vec![quiet(Verdict::Held), quiet(Verdict::Held), quiet(Verdict::Accepted)]);
    let lines = [(0, Some("m1"), 1), (1, Some("m2"), 2), (2, Some("m3"), 3)];
    store.commit(&batch(&owned, 0, &lines, noon()), &mut decide).unwrap();
    let mut act = |position, actor: &str, motion| desk.act(&Act { id: id(&owned, position), actor, motion });
    let (release, confirm) = (Motion::Ask(Ruling::Release, "checked"), Motion::Confirm { four_eyes: true, only: None });
    for (position, actor, motion) in
        [(0, "Anna", confirm), (2, "Anna", release), (7, "Anna", release), (0, "", release)]
    {
        let refused = act(position, actor, motion);
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{position} {motion:?}: {refused:?}");
    }
    act(0, "Anna", release).unwrap();
    act(1, "Anna", release).unwrap();
    act(1, "Bert", Motion::Ask(Ruling::Reject, "no")).unwrap();
    assert_eq!(store.ruled(&[owned.lane]), Ok(vec![]), "nobody has confirmed");
    assert!(matches!(act(0, "anna", confirm), Err(StoreError::Refused(_))));
    act(1, "Anna", confirm).unwrap();
    act(0, "Bert", confirm).unwrap();
    assert!(matches!(act(0, "Carl", confirm), Err(StoreError::Refused(_))), "confirmed once");

    let ruled = store.ruled(&[owned.lane, owned.lane + 9]).unwrap();
    let told: Vec<_> = ruled.iter().map(|ruled| (ruled.id, ruled.ruling, ruled.received_at)).collect();
    assert_eq!(told, [(id(&owned, 1), Ruling::Reject, noon()), (id(&owned, 0), Ruling::Release, noon())]);
    assert_eq!((&ruled[0].bytes[..], &ruled[0].file, ruled[0].hash), (&b"as it came"[..], &None, [2; 32]));
    assert_eq!(store.ruled(&[owned.lane + 9]), Ok(vec![]), "another lane's");
    let step = |epoch, at| Step { lane: owned.lane, epoch, expected: at, next: at };
    let mut conclude = |step: Step, ruled: &Ruled, outcome: Outcome| {
        store.conclude(&step, ruled, outcome, (noon(), "test"), &mut |_| Ok(()))
    };
    let released = || outcome(reply("released"), &["t1", "t2"]);
    for wrong in [step(owned.epoch + 1, 3), step(owned.epoch - 1, 3), step(owned.epoch, 2)] {
        assert_eq!(conclude(wrong, &ruled[1], released()), Err(StoreError::NotOwner(owned.lane)), "{wrong:?}");
    }
    let added = conclude(step(owned.epoch, 3), &ruled[1], released()).unwrap();
    assert_eq!((added.seq, added.records), (3, ["released", "t1", "t2"].map(record).into()));
    let twice = conclude(step(owned.epoch, 3), &ruled[1], released());
    assert!(matches!(twice, Err(StoreError::Refused(_))), "{twice:?}");
    let rejected = || Outcome { verdict: Verdict::Rejected, ..outcome(reply("rejected"), &[]) };
    assert_eq!(conclude(step(owned.epoch, 3), &ruled[0], rejected()).unwrap().seq, 4);

    assert_eq!(store.ruled(&[owned.lane]), Ok(vec![]));
    assert_eq!(store.find(&source(0)), Ok(Some(Owned { next: Some(3), seq: 4, ..owned })), "it stays where it is");
    let rows = store.outbox(owned.lane, 0, 10, 1000).unwrap();
    assert_eq!(rows, ["released", "t1", "t2", "rejected"].map(record));
    let again = commit(store, &owned, 3, &[(3, Some("m1"), 1), (4, Some("m2"), 2)]).unwrap();
    let current = [taken(&owned, 0, 1, Some(reply("released"))), taken(&owned, 1, 2, Some(reply("rejected")))];
    assert_eq!(again, current, "the last answer is the current one");
    let mut act = |position, actor: &str, motion| desk.act(&Act { id: id(&owned, position), actor, motion });
    assert!(matches!(act(0, "Anna", release), Err(StoreError::Refused(_))), "it is not held any more");
}

/// What is kept as a file is decided by what is poured: all of it or nothing, once.
fn poured_decisions(store: &mut impl Store, desk: &mut impl Desk) {
    let owned = started(store, 0);
    let mut large = batch(&owned, 0, &[(0, Some("m1"), 1)], noon());
    large.inputs[0] = InputRow { bytes: b"", file: Some("0-pay.xml"), ..large.inputs[0] };
    let held = Outcome { verdict: Verdict::Held, ..outcome(Answer::NoneDue("it is held".to_owned()), &[]) };
    store.commit(&large, &mut |_| Ok(vec![held.clone()])).unwrap();
    let id = id(&owned, 0);
    desk.act(&Act { id, actor: "Anna", motion: Motion::Ask(Ruling::Release, "checked") }).unwrap();
    desk.act(&Act { id, actor: "Bert", motion: Motion::Confirm { four_eyes: true, only: None } }).unwrap();
    let ruled = store.ruled(&[owned.lane]).unwrap();
    assert_eq!((ruled[0].file.as_deref(), &ruled[0].bytes[..], ruled[0].hash), (Some("0-pay.xml"), &[][..], [1; 32]));
    let step = Step { lane: owned.lane, epoch: owned.epoch, expected: 1, next: 1 };
    let transfer = |own: &str| TransferRow { id: own.to_owned(), json: "{}".to_owned() };
    let mut conclude = |ends: Result<(), StoreError>| {
        store.conclude(&step, &ruled[0], outcome(reply("released"), &[]), (noon(), "test"), &mut |rows| {
            rows.transfer(id, &transfer("t1"), record("t1"))?;
            rows.transfer(id, &transfer("t2"), record("t2"))?;
            ends.clone()
        })
    };
    let changed = StoreError::Refused("it has changed".to_owned());
    assert_eq!(conclude(Err(changed.clone())), Err(changed));
    let added = conclude(Ok(())).unwrap();
    assert_eq!((added.seq, added.records), (3, vec![record("released")]), "what is poured is not held in memory");
    assert!(matches!(conclude(Ok(())), Err(StoreError::Refused(_))));
    let rows = store.outbox(owned.lane, 0, 10, 1000).unwrap();
    assert_eq!(rows, ["released", "t1", "t2"].map(record));
}

/// A transfer and its record, an input and the record that rejects it: what is the same bytes comes out the same, wherever
/// it is kept.
fn stored_once(store: &mut impl Store) {
    let owned = started(store, 0);
    let mut decide = |_: &[Claim]| {
        let mut first = outcome(reply("a"), &["t1", "t2", "t3"]);
        for (number, transfer) in first.transfers.iter_mut().enumerate() {
            transfer.json = format!("{{\"number\":{number}}}");
        }
        let of = |transfer: &TransferRow| Record { bytes: transfer.json.clone().into_bytes(), ..record("t") };
        first.records = first.transfers.iter().map(of).collect();
        first.records[1].bytes = b"other than the transfer".to_vec();
        let mut second = outcome(reply("b"), &[]);
        second.records = vec![Record { bytes: b"as it came".to_vec(), ..record("r") }];
        Ok(vec![first, second])
    };
    let added = store.commit(&batch(&owned, 0, &[(0, None, 1), (1, None, 2)], noon()), &mut decide).unwrap();
    let stored = store.outbox(owned.lane, 0, 100, 1000).unwrap();
    assert_eq!(stored, added[0].records);
    let texts: Vec<&[u8]> = stored.iter().map(|record| &record.bytes[..]).collect();
    let transfers: [&[u8]; 3] = [b"{\"number\":0}", b"other than the transfer", b"{\"number\":2}"];
    assert_eq!(texts, [b"a", transfers[0], transfers[1], transfers[2], b"b", b"as it came"]);
    assert_eq!(store.input(owned.lane, 0), Ok(Some(b"as it came".to_vec())));
    // Bytes that are kept elsewhere count all the same.
    assert_eq!(store.outbox(owned.lane, 4, 100, 2).unwrap().len(), 2);
}

/// Card numbers in free text leave as they came when there is a key to keep them with, and else without what may not be
/// shown; what is stored is what left, and holds none in clear. `clear` gives all that the database holds.
fn card_numbers(store: &mut impl Store, sealed: bool, clear: impl Fn() -> String) {
    const CARD: &str = "4111 1111 1111 1111";
    let owned = started(store, 0);
    let message = format!("<Document><Ustrd>{CARD}</Ustrd></Document>");
    let mut all = batch(&owned, 0, &[(0, Some("m1"), 1)], noon());
    all.inputs[0].bytes = message.as_bytes();
    let json = format!("{{\"remittance_information\":{{\"unstructured\":[\"{CARD}\"]}}}}");
    let mut decide = |_: &[Claim]| {
        let mut outcome = outcome(reply("a"), &["t1"]);
        outcome.transfers[0].json = json.clone();
        outcome.statements = vec![format!("{{\"additional_information\":\"{CARD}\"}}")];
        let copy = |text: &str| Record { bytes: text.into(), ..record("x") };
        outcome.records = vec![copy(&json), copy(&message)];
        Ok(vec![outcome])
    };
    let added = store.commit(&all, &mut decide).unwrap();
    let stored = store.outbox(owned.lane, 0, 10, 10_000).unwrap();
    assert_eq!(stored, added[0].records);
    let texts: Vec<String> = stored[1..].iter().map(|r| String::from_utf8(r.bytes.clone()).unwrap()).collect();
    let expected = |text: &str| if sealed { text.to_owned() } else { text.replace(CARD, "4111 11** **** 1111") };
    assert_eq!(texts, [expected(&json), expected(&message)]);
    let input = store.input(owned.lane, 0).unwrap();
    assert_eq!(input, sealed.then(|| message.clone().into_bytes()), "one that was masked is not as it came");
    let clear = clear();
    assert!(clear.contains("4111 11** **** 1111"), "the transfer is there, masked");
    assert!(!clear.contains(CARD), "a card number stands in clear");
}

/// A batch as large as they become, with a key that comes twice in it and ones that were there before.
fn many(store: &mut impl Store) {
    let owned = started(store, 0);
    let names: Vec<String> = (0..1000).map(|number| format!("m{}", number * 7919 % 999)).collect();
    let lines = |from: i64| -> Vec<Line<'_>> {
        names.iter().zip(from..).map(|(name, position)| (position, Some(&name[..]), 1)).collect()
    };
    let taken = |claims: Vec<Claim>| claims.iter().filter(|claim| matches!(claim, Claim::Taken(_))).count();
    assert_eq!(taken(commit(store, &owned, 0, &lines(0)).unwrap()), 1);
    let again = commit(store, &owned, 1000, &lines(1000)).unwrap();
    let Claim::Taken(holder) = &again[999] else { panic!("{:?}", again[999]) };
    assert_eq!((holder.id.position, holder.answer.clone()), (0, Some(reply("answer 0"))), "m0 came first and last");
    assert_eq!(taken(again), 1000);
    let records = store.outbox(owned.lane, 0, 3000, 1 << 30).unwrap();
    assert_eq!((records.len(), &records[1999]), (2000, &record("answer 1999")));
}

/// Two connections claim one key at the same time: who comes second waits, and finds what the first decided.
fn race_for_a_key<S: Store>(one: &mut S, other: &mut S) {
    let (first, second) = (started(one, 0), started(other, 1));
    let line = [(0, Some("m1"), 1)];
    let (go, gone) = mpsc::channel();
    std::thread::scope(|scope| {
        let rival = scope.spawn(move || {
            gone.recv().unwrap();
            commit(other, &second, 0, &line).unwrap()
        });
        let mut decide = |claims: &[Claim]| {
            assert_eq!(claims, [Claim::Free]);
            go.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(200));
            Ok(vec![outcome(reply("the first"), &[])])
        };
        one.commit(&batch(&first, 0, &line, noon()), &mut decide).unwrap();
        assert_eq!(rival.join().unwrap(), [taken(&first, 0, 1, Some(reply("the first")))]);
    });
}

/// A lane is taken over while a batch of it is under way: it is either in whole or not at all, and the next one knows.
fn race_for_a_lane<S: Store>(one: &mut S, other: &mut S) {
    let owned = started(one, 0);
    let (go, gone) = mpsc::channel();
    std::thread::scope(|scope| {
        let rival = scope.spawn(move || {
            gone.recv().unwrap();
            other.own(&source(0), "alpha").unwrap()
        });
        let mut decide = |_: &[Claim]| {
            go.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(200));
            Ok(vec![outcome(reply("the first"), &[])])
        };
        let done = one.commit(&batch(&owned, 0, &[(0, None, 1)], noon()), &mut decide);
        let next = rival.join().unwrap();
        assert_eq!((next.next, next.seq), if done.is_ok() { (Some(1), 1) } else { (Some(0), 0) });
    });
    assert_eq!(commit(one, &owned, 1, &[(1, None, 1)]), Err(StoreError::NotOwner(owned.lane)));
}

/// Two partners have sent messages under one id: a report is about that of who reports, else about the only one.
fn reports_are_matched(store: &mut impl Store, query: impl Fn(&str) -> Vec<String>) {
    // partner, partition, ids of its messages, and ids that it reports about
    type Sends<'a> = (&'a str, i32, &'a [&'a str], &'a [&'a str]);
    let sends: &[Sends<'_>] = &[
        ("alpha", 0, &["both", "alone", "alone"], &["both"]),
        ("beta", 1, &["both"], &["both", "alone"]),
        ("gamma", 2, &[], &["both", "alone", "nobodys"]),
    ];
    for (partner, partition, messages, reported) in sends {
        let owned = store.own(&source(*partition), partner).unwrap();
        store.start(&owned, 0).unwrap();
        let all = messages.iter().map(|id| (Some(*id), None)).chain(reported.iter().map(|of| (None, Some(*of))));
        for (position, (message, of)) in (0..).zip(all) {
            let mut batch = batch(&owned, position, &[(position, message, position as u8)], noon());
            for document in &mut batch.documents {
                document.partner = partner;
                document.key.iter_mut().for_each(|key| key.partner = (*partner).to_owned());
            }
            let report = |of: &str| Report {
                original_message_id: Some(of.into()),
                original_message_name: Some("pacs.008.001.08".into()),
                ..Report::default()
            };
            let none = Answer::NoneDue("a report".to_owned());
            let outcome = Outcome { reports: of.map(report).into_iter().collect(), ..outcome(none, &[]) };
            store.commit(&batch, &mut |_| Ok(vec![outcome.clone()])).unwrap();
        }
    }
    let found = query(
        "SELECT s.partner || ' of ' || r.original_message_id || ': ' || coalesce(r.matched_by, 'none') || ' '
                || coalesce(o.partner, '-') || ' ' || coalesce(CAST(r.of_position AS text), '-')
           FROM status_report_match r JOIN source s ON s.lane = r.lane LEFT JOIN source o ON o.lane = r.of_lane
          ORDER BY s.partner, r.position",
    );
    assert_eq!(
        found,
        [
            "alpha of both: message alpha 0",
            "beta of both: message beta 0",
            "beta of alone: message alpha 1",
            "gamma of both: several - -",
            "gamma of alone: message alpha 1",
            "gamma of nobodys: none - -",
        ]
    );
}

/// The keys that a store seals with, if any.
fn keeper(sealed: bool) -> Keeper {
    Keeper::new(if sealed { vec![("k1".to_owned(), [7; 32])] } else { Vec::new() })
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_keeps_the_contract() {
    // The server runs as long as one of its databases is held.
    let _held = match postgres::database() {
        Err(why) => return skip::skipped("the contract on PostgreSQL", &why),
        Ok(database) => database,
    };
    contract(|| {
        let database = postgres::database().unwrap();
        (database.store(), database.store())
    });
    let database = postgres::database().unwrap();
    reports_are_matched(&mut database.store(), |sql| database.query(sql));
    for sealed in [false, true] {
        stored_once(&mut postgres::database().unwrap().store().sealing(keeper(sealed)));
        let database = postgres::database().unwrap();
        card_numbers(&mut database.store().sealing(keeper(sealed)), sealed, || {
            let tables = ["input", "message", "claimed_key", "outbox", "verdict", "finding", "transfer", "statement"];
            let rows = |table| database.query(&format!("SET bytea_output = escape; SELECT t::text FROM {table} t"));
            tables.into_iter().flat_map(rows).collect()
        });
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    contract(|| {
        number += 1;
        let path = folder.path().join(format!("{number}.db"));
        (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap())
    });
    let path = folder.path().join("reports.db");
    reports_are_matched(&mut SqliteStore::open(&path).unwrap(), |sql| {
        let store = SqliteStore::open(&path).unwrap();
        let mut select = store.connection().prepare(sql).unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    });
    for sealed in [false, true] {
        let path = folder.path().join(format!("{sealed}.db"));
        stored_once(&mut SqliteStore::open(&path).unwrap().sealing(keeper(sealed)));
        let path = folder.path().join(format!("{sealed}-cards.db"));
        card_numbers(&mut SqliteStore::open(&path).unwrap().sealing(keeper(sealed)), sealed, || {
            let file = |ending| std::fs::read(path.with_extension(ending)).unwrap_or_default();
            String::from_utf8_lossy(&[file("db"), file("db-wal")].concat()).into_owned()
        });
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_newer_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payflow.db");
    let store = SqliteStore::open(&path).unwrap();
    store.connection().execute("INSERT INTO migration VALUES (99, '2030-01-01')", []).unwrap();
    drop(store);
    let error = SqliteStore::open(&path).err().unwrap().to_string();
    assert!(error.contains("payflow.db") && error.contains("99") && error.contains("newer program"), "{error}");
    let error = SqliteStore::open(&folder.path().join("absent/payflow.db")).err().unwrap().to_string();
    assert!(error.contains("absent/payflow.db"), "{error}");
}
