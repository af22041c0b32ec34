//! The checker can fail: on evidence that is whole it finds nothing, and on each that was doctored it finds the fault.

use super::chain::link;
use super::evidence::{EventRow, Evidence, Leaves, SourceRow, Tables, VerdictRow};
use super::tables::unhex;
use super::{ACKNOWLEDGEMENTS, REJECTED, TRANSFERS, Terms, breaches};
use crate::faults::cards::masked_hash;
use crate::faults::ledger::{Fate, Sent};
use crate::faults::messages::hex;

const TOPIC: &str = "in.alpha";

/// The first link of what is whole, as a program in another language made it.
const FIRST_LINK: &str = "4b8b6baae7a6c7c4268346219e9250ed21c9f1392ba134ad7080cfb84e452e38";

/// One has a card number in it.
fn input(offset: i64) -> String {
    if offset == 4 { "input 4 4111111111111111".to_owned() } else { format!("input {offset}") }
}

fn sent(offset: i64, id: &str, content: u32, fate: Fate, transfers: usize) -> Sent {
    let (partner, topic, kind) = ("alpha".to_owned(), TOPIC.to_owned(), "pacs.008".to_owned());
    let (hash, masked) = (hex(input(offset).as_bytes()), masked_hash(input(offset).as_bytes()));
    Sent { partner, topic, partition: 0, offset, kind, id: id.to_owned(), content, fate, transfers, hash, masked }
}

fn leaves(topic: &str, offset: i64, id: &str, extra: &[(&str, &str)], bytes: &str) -> Leaves {
    let mut headers =
        vec![("payflow.source".to_owned(), format!("{TOPIC}-0-{offset}")), ("ce_id".to_owned(), id.to_owned())];
    headers.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Leaves::new(topic, &format!("alpha/{offset}"), headers, bytes.into())
}

fn answer(offset: i64, id: &str, kind: &str, bytes: &str) -> Leaves {
    leaves(ACKNOWLEDGEMENTS, offset, id, &[("payflow.reply", kind)], bytes)
}

fn rejected(offset: i64, rules: &str) -> Leaves {
    leaves(REJECTED, offset, "", &[("payflow.rules", rules)], &input(offset))
}

const KEY: [u8; 32] = [7; 32];
const TERMS: Terms<'_> = Terms { receipts: &[], agreed: &[], pending: &["alpha"], key: ("k", KEY) };

/// Accepted with two transfers, again, another content under the same id, not readable, against a rule, held, held and released.
fn whole() -> Evidence {
    let rows = [
        answer(0, "R0", "pacs.002.001.10", "M1 >ACTC<"),
        leaves(TRANSFERS, 0, "T1", &[], "T1"),
        leaves(TRANSFERS, 0, "T2", &[], "T2"),
        answer(1, "R0", "pacs.002.001.10", "M1 >ACTC<"),
        answer(2, "R2", "pacs.002.001.10", "M1 >RJCT< >AM05<"),
        rejected(2, "payflow.DuplicateMessage"),
        answer(3, "R3", "admi.002.001.01", "<RjctgPtyRsn>"),
        rejected(3, "xml.NotWellFormed"),
        answer(4, "R4", "pacs.002.001.10", "M2 >RJCT<"),
        leaves(
            REJECTED,
            4,
            "",
            &[("payflow.rules", "rules.Iban"), ("payflow.masked", "true")],
            "input 4 411111******1111",
        ),
        answer(5, "R5", "pacs.002.001.10", "M3 >PDNG<"),
        answer(6, "R6", "pacs.002.001.10", "M4 >PDNG<"),
        answer(6, "R7", "pacs.002.001.10", "M4 >ACTC<"),
        leaves(TRANSFERS, 6, "T9", &[], "T9"),
    ];
    let verdict = |position: i64, verdict: &str, id: &str, seq: i64| VerdictRow {
        lane: 1,
        position,
        document: 1,
        number: 1,
        verdict: verdict.to_owned(),
        reply_id: Some(id.to_owned()),
        answer: Some((1, seq)),
        none_due: None,
    };
    let verdicts = vec![
        verdict(0, "accepted", "R0", 1),
        verdict(1, "repeated", "R0", 4),
        verdict(2, "rejected", "R2", 5),
        verdict(3, "refused", "R3", 7),
        verdict(4, "rejected", "R4", 9),
        verdict(5, "held", "R5", 11),
        verdict(6, "held", "R6", 12),
        VerdictRow { number: 2, ..verdict(6, "accepted", "R7", 13) },
    ];
    let events = chain(&[("decided", 0, 3, 6), ("decided", 3, 7, 12), ("released", 6, 7, 14)]);
    Evidence {
        sent: vec![
            sent(0, "M1", 0, Fate::Accepted, 2),
            sent(1, "M1", 0, Fate::Accepted, 2),
            sent(2, "M1", 7, Fate::Accepted, 2),
            sent(3, "", 0, Fate::Refused, 0),
            sent(4, "M2", 0, Fate::Rejected, 1),
            sent(5, "M3", 0, Fate::Held, 1),
            sent(6, "M4", 0, Fate::Held, 1),
        ],
        published: rows.iter().cloned().map(|row| (0, row)).collect(),
        group: vec![(TOPIC.to_owned(), 0, 7, 7)],
        tables: Tables {
            sources: vec![SourceRow {
                lane: 1,
                topic: TOPIC.to_owned(),
                partition: 0,
                next: 7,
                seq: 14,
                events: 3,
                link: Some(events[2].link.clone()),
            }],
            inputs: (0..7).map(|position| (1, position)).collect(),
            set_aside: vec![],
            messages: (0..7).map(|position| (1, position, 1)).collect(),
            verdicts,
            outbox: (1..).zip(rows).map(|(seq, row)| (1, seq, row)).collect(),
            transfers: [(0, "T1"), (0, "T2"), (6, "T9")].map(|(at, id)| (1, at, 1, id.to_owned())).into(),
            events,
        },
    }
}

/// Events by what they tell: name, first and next position, last row.
fn chain(tell: &[(&str, i64, i64, i64)]) -> Vec<EventRow> {
    let mut events: Vec<EventRow> = Vec::new();
    for (number, (event, first, next, seq)) in (1..).zip(tell) {
        let mut row = EventRow {
            lane: 1,
            number,
            at: 1_763_640_000_000_000 + number,
            actor: "worker".to_owned(),
            event: (*event).to_owned(),
            first: *first,
            next: *next,
            documents: next - first,
            seq: *seq,
            detail: (*event == "released").then(|| "document 1".to_owned()),
            keyed_by: Some("k".to_owned()),
            outbox: vec![1; 32],
            inputs: vec![2; 16],
            previous_link: events.last().map(|last| last.link.clone()),
            link: Vec::new(),
        };
        row.link = link(&row, &KEY);
        events.push(row);
    }
    events
}

/// Makes links anew, as whoever has the key could.
fn relink(evidence: &mut Evidence, index: usize) {
    let event = &mut evidence.tables.events[index];
    event.link = link(event, &KEY);
}

/// What is covered, and how, is told by a link that was made elsewhere.
#[test]
fn makes_the_link_that_is_documented() {
    let first = &chain(&[("decided", 0, 3, 6)])[0];
    assert_eq!(unhex(FIRST_LINK), first.link);
}

fn set(record: &mut Leaves, bytes: &str) {
    *record = Leaves::new(&record.topic, &record.key, record.headers.clone(), bytes.into());
}

/// Changes a row of the outbox and what was published of it alike.
fn rewrite(evidence: &mut Evidence, seq: usize, bytes: &str) {
    set(&mut evidence.published[seq - 1].1, bytes);
    set(&mut evidence.tables.outbox[seq - 1].2, bytes);
}

/// Says of a row of the outbox that it is masked.
fn mark_masked(evidence: &mut Evidence, seq: usize) {
    for record in [&mut evidence.published[seq - 1].1, &mut evidence.tables.outbox[seq - 1].2] {
        record.headers.push(("payflow.masked".to_owned(), "true".to_owned()));
    }
}

#[test]
fn finds_nothing_in_what_is_whole() {
    assert_eq!(breaches(&whole(), TERMS), Vec::<String>::new());
}

#[test]
fn finds_what_was_doctored() {
    type Doctor = fn(&mut Evidence);
    // what is done to the evidence | what the checker must say
    let cases: &[(Doctor, &str)] = &[
        (|e| e.published.push(e.published[0].clone()), "or a second time"),
        (|e| e.published.push(e.published[1].clone()), "the events of its transfers"),
        (|e| drop(e.published.remove(0)), "was not committed to its topic"),
        (|e| drop(e.published.remove(1)), "was not committed to its topic"),
        (|e| drop(e.published.remove(7)), "the number of records on the topic of rejected inputs"),
        (|e| set(&mut e.published[0].1, "M1 >ACTC< "), "was not committed to its topic"),
        (|e| e.published.swap(0, 3), "in another order"),
        (
            |e| e.tables.verdicts[4].verdict = "accepted".to_owned(),
            "its verdicts is [\"accepted\"], not [\"rejected\"]",
        ),
        (|e| e.tables.verdicts[1].verdict = "accepted".to_owned(), "just one must be taken as new"),
        (|e| e.tables.verdicts[0].verdict = "repeated".to_owned(), "just one must be taken as new"),
        (|e| drop(e.tables.verdicts.remove(3)), "has not one current verdict"),
        (|e| e.tables.verdicts.push(e.tables.verdicts[3].clone()), "has not one current verdict"),
        (|e| e.tables.verdicts[4].answer = Some((1, 7)), "share a row of the outbox"),
        (|e| e.tables.verdicts[4].answer = Some((1, 10)), "that is not its answer"),
        (|e| e.tables.verdicts[4].answer = None, "not just one of an answer and a reason"),
        (|e| e.tables.verdicts[4].none_due = Some("x".to_owned()), "not just one of an answer and a reason"),
        (|e| drop(e.tables.events.remove(1)), "the audit trail"),
        (|e| e.tables.events[1].first = 2, "the audit trail"),
        (|e| e.tables.events[2].first = 2, "event 3: its link is not"),
        (|e| e.tables.events[1].actor = "another".to_owned(), "event 2: its link is not"),
        (|e| e.tables.events[0].outbox[3] = 0, "event 1: its link is not"),
        (|e| e.tables.events[0].inputs.truncate(15), "event 1: its link is not"),
        (|e| e.tables.events[1].at += 1, "event 2: its link is not"),
        (|e| e.tables.events[1].documents += 1, "event 2: its link is not"),
        (|e| e.tables.events[2].detail = None, "event 3: its link is not"),
        (|e| e.tables.events[0].seq -= 1, "event 1: its link is not"),
        (
            |e| {
                e.tables.events[0].seq -= 1;
                relink(e, 0);
            },
            "event 2: the link that it names",
        ),
        (
            |e| {
                e.tables.events[2].detail = None;
                relink(e, 2);
            },
            "names another event as the last one",
        ),
        (
            |e| {
                e.tables.events[1].keyed_by = None;
                relink(e, 1);
            },
            "event 2: it was not made with the key",
        ),
        (|e| drop(e.tables.events.remove(1)), "event 3: it does not follow"),
        (|e| drop(e.tables.events.pop()), "names another event as the last one"),
        (|e| e.tables.sources[0].events = 4, "names another event as the last one"),
        (|e| e.tables.events[2].lane = 2, "of no source's lane"),
        (|e| e.tables.inputs.truncate(4), "is not in the database"),
        (|e| e.tables.inputs.push((1, 7)), "an input that nobody sent"),
        (|e| e.tables.inputs.push((1, 4)), "an input is there twice"),
        (|e| e.tables.set_aside.push((1, 4, "x".to_owned())), "was set aside"),
        (|e| drop(e.tables.transfers.pop()), "the number of transfers"),
        (|e| e.tables.transfers[1].3 = "T3".to_owned(), "the events of its transfers"),
        (|e| e.tables.transfers.insert(2, (1, 4, 1, "T4".to_owned())), "the number of transfers"),
        (|e| drop(e.tables.outbox.remove(4)), "does not hold rows 1 to 14"),
        (|e| e.group[0].2 = 4, "do not agree"),
        (|e| e.tables.sources[0].next = 4, "do not agree"),
        (|e| rewrite(e, 4, "M1 >ACTC< "), "the first answer again"),
        (|e| rewrite(e, 5, "M1 >RJCT<"), "says that it is a duplicate"),
        (|e| rewrite(e, 1, "M9 >ACTC<"), "names the message"),
        (|e| rewrite(e, 9, "M2 >ACTC<"), "the answer says so"),
        (|e| rewrite(e, 8, "input 9"), "the hash of the rejected input"),
        (|e| rewrite(e, 10, "input 4 411111*******111 "), "the hash of the rejected input"),
        (|e| rewrite(e, 10, "Input 4 411111******1111"), "the hash of the rejected input"),
        (|e| mark_masked(e, 8), "the hash of the rejected input"),
        (|e| drop(e.tables.verdicts.pop()), "its verdicts is [\"held\"], not [\"held\", \"accepted\"]"),
        (|e| e.tables.verdicts[7].verdict = "rejected".to_owned(), "its verdicts is [\"held\", \"rejected\"]"),
        (|e| e.tables.verdicts[5].verdict = "accepted".to_owned(), "its verdicts is [\"accepted\"], not [\"held\"]"),
        (|e| e.tables.verdicts[7].number = 1, "has not one current verdict"),
        (|e| e.published.push(e.published[13].clone()), "or a second time"),
        (|e| drop(e.published.remove(11)), "its answers say [\">PDNG<\", \">ACTC<\"]"),
        (|e| rewrite(e, 13, "M4 >RJCT<"), "its answers say"),
        (|e| rewrite(e, 11, "M3 >ACTC<"), "its answers say"),
        (|e| drop(e.tables.transfers.pop()), "the number of transfers"),
        (|e| e.sent.swap_remove(1).offset = 9, "an input that nobody sent"),
    ];
    for (number, (doctor, expected)) in cases.iter().enumerate() {
        let mut evidence = whole();
        doctor(&mut evidence);
        let found = breaches(&evidence, TERMS);
        assert!(found.iter().any(|breach| breach.contains(expected)), "case {number}, {expected:?}: {found:#?}");
    }
}
