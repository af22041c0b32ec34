//! Holds the promise: each document consumed has one current verdict; each change of a verdict has one row of the outbox,
//! a reply or a stated reason for none; each row is committed once; what was accepted is booked once, and what was held once it
//! is released; duplicates are
//! answered as such; nothing is lost and nothing is there twice; the chains of the audit trail are whole. Shares no code with
//! payflow: it reads what came out, and compares it with what was sent.

mod chain;
mod doctored;
pub mod evidence;
pub mod tables;

use std::collections::{BTreeMap, HashMap, HashSet};

use evidence::{EventRow, Evidence, Leaves, VerdictRow};

use super::ledger::{Fate, Sent};

pub const ACKNOWLEDGEMENTS: &str = "payflow.acknowledgements";
pub const TRANSFERS: &str = "payflow.transfers";
pub const REJECTED: &str = "payflow.rejected";

/// No more breaches of a kind are told.
const TOLD: usize = 10;

/// Where a document came from: lane, position, number.
type Place = (i64, i64, i64);

/// What is to become of a record, once it is known who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Accepted,
    Rejected,
    Refused,
    Repeated,
    Duplicate,
    Held,
    Released,
    TurnedDown,
}

/// What was agreed with partners.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms<'t> {
    /// Who takes receipts for statements.
    pub receipts: &'t [&'t str],
    /// With whom amounts were agreed.
    pub agreed: &'t [&'t str],
    /// Who is told that a message is held.
    pub pending: &'t [&'t str],
    /// The key of the audit trail, by its id.
    pub key: (&'t str, [u8; 32]),
}

/// What persons can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Release,
    Reject,
}

/// What persons are to decide about what is held at an offset; nothing about some of it.
pub fn decision(offset: i64) -> Option<Decision> {
    [Some(Decision::Release), Some(Decision::Reject), None][offset as usize % 3]
}

struct Checker<'e> {
    evidence: &'e Evidence,
    /// The lane of each topic and partition.
    lanes: HashMap<(&'e str, i32), i64>,
    /// The verdicts of each input.
    verdicts: HashMap<(i64, i64), Vec<&'e VerdictRow>>,
    outbox: HashMap<(i64, i64), &'e Leaves>,
    /// What was published, by the place that it names.
    published: HashMap<&'e str, Vec<&'e Leaves>>,
    terms: Terms<'e>,
    breaches: Vec<String>,
}

/// All that breaks the promise.
pub fn breaches(evidence: &Evidence, terms: Terms<'_>) -> Vec<String> {
    let lanes = evidence.tables.sources.iter().map(|s| ((s.topic.as_str(), s.partition), s.lane)).collect();
    let mut verdicts: HashMap<_, Vec<_>> = HashMap::new();
    for verdict in &evidence.tables.verdicts {
        verdicts.entry((verdict.lane, verdict.position)).or_default().push(verdict);
    }
    let mut published: HashMap<_, Vec<_>> = HashMap::new();
    for (_, record) in &evidence.published {
        published.entry(record.header("payflow.source")).or_default().push(record);
    }
    let outbox = evidence.tables.outbox.iter().map(|(lane, seq, row)| ((*lane, *seq), row)).collect();
    let mut checker = Checker { evidence, lanes, verdicts, outbox, published, terms, breaches: Vec::new() };
    checker.positions();
    checker.inputs();
    checker.one_current_verdict();
    checker.one_row_a_verdict();
    checker.each_row_committed_once();
    checker.rows_in_order();
    checker.documents();
    checker.breaches.extend(chain::breaches(&evidence.tables, terms.key));
    checker.breaches
}

impl Checker<'_> {
    fn all<T: std::fmt::Debug>(&mut self, what: &str, offenders: impl IntoIterator<Item = T>) {
        let offenders: Vec<T> = offenders.into_iter().collect();
        if !offenders.is_empty() {
            let told = &offenders[..offenders.len().min(TOLD)];
            self.breaches.push(format!("{what}: {} times, such as {told:?}", offenders.len()));
        }
    }

    fn lane(&self, sent: &Sent) -> i64 {
        self.lanes.get(&(sent.topic.as_str(), sent.partition)).copied().unwrap_or(-1)
    }

    /// Group, database and topic agree on how far each source is.
    fn positions(&mut self) {
        let evidence = self.evidence;
        let wrong = evidence.group.iter().filter(|(topic, partition, committed, _)| {
            let source = evidence.tables.sources.iter().find(|s| s.topic == *topic && s.partition == *partition);
            let sent = evidence.sent.iter().filter(|s| s.topic == *topic && s.partition == *partition).count() as i64;
            // A partition that nothing was sent to has no need to be known.
            sent > 0 && (source.map(|s| s.next) != Some(sent) || *committed != sent)
        });
        self.all("the group, the database and what was sent do not agree (topic, partition, group, end)", wrong);
    }

    /// Each record that was sent is there, nothing else, and nothing was set aside.
    fn inputs(&mut self) {
        let evidence = self.evidence;
        let stored: HashSet<(i64, i64)> = evidence.tables.inputs.iter().copied().collect();
        let sent: HashSet<(i64, i64)> = evidence.sent.iter().map(|sent| (self.lane(sent), sent.offset)).collect();
        let lost = evidence.sent.iter().filter(|sent| !stored.contains(&(self.lane(sent), sent.offset)));
        let lost: Vec<String> = lost.map(Sent::place).collect();
        self.all("a record that was sent is not in the database", lost);
        self.all("an input that nobody sent (lane, position)", stored.difference(&sent));
        self.all("an input is there twice", (stored.len() != evidence.tables.inputs.len()).then_some(()));
        self.all("an input was set aside", &evidence.tables.set_aside);
    }

    fn one_current_verdict(&mut self) {
        let evidence = self.evidence;
        let mut numbers: BTreeMap<Place, Vec<i64>> = BTreeMap::new();
        for (lane, position, document) in &evidence.tables.messages {
            numbers.entry((*lane, *position, *document)).or_default();
        }
        for verdict in &evidence.tables.verdicts {
            numbers.entry((verdict.lane, verdict.position, verdict.document)).or_default().push(verdict.number);
        }
        let known: HashSet<Place> = evidence.tables.messages.iter().copied().collect();
        numbers.values_mut().for_each(|numbers| numbers.sort_unstable());
        let wrong = numbers.iter().filter(|(place, numbers)| {
            !known.contains(place) || numbers.is_empty() || !numbers.iter().copied().eq(1..=numbers.len() as i64)
        });
        let wrong: Vec<_> = wrong.map(|(place, numbers)| (*place, numbers.clone())).collect();
        self.all("a document has not one current verdict (lane, position, document, numbers)", wrong);
        for source in &evidence.tables.sources {
            let moves = |event: &&EventRow| ["decided", "set aside"].contains(&event.event.as_str());
            let events = evidence.tables.events.iter().filter(|event| event.lane == source.lane).filter(moves);
            let end = events
                .clone()
                .try_fold(0, |at, EventRow { first, next, .. }| (*first == at && next > first).then_some(*next));
            let whole = end == Some(source.next) || (events.count() == 0 && source.next <= 0);
            let lane = source.lane;
            self.breaches.extend((!whole).then(|| format!("the audit trail of lane {lane} is not whole")));
        }
    }

    fn one_row_a_verdict(&mut self) {
        let verdicts = &self.evidence.tables.verdicts;
        let without: Vec<_> = verdicts.iter().filter(|v| v.answer.is_some() == v.none_due.is_some()).collect();
        let mut rows: HashSet<(i64, i64)> = HashSet::new();
        let shared = verdicts.iter().filter(|v| v.answer.is_some_and(|answer| !rows.insert(answer)));
        let shared: Vec<_> = shared.collect();
        let dangling = |v: &&VerdictRow| {
            let row = v.answer.map(|answer| self.outbox.get(&answer));
            let named =
                |row: &&Leaves| Some(row.header("ce_id")) == v.reply_id.as_deref() && row.topic == ACKNOWLEDGEMENTS;
            row.is_some_and(|row| !row.is_some_and(named))
        };
        let dangling: Vec<_> = verdicts.iter().filter(dangling).collect();
        let answers = self.outbox.iter().filter(|(at, row)| row.topic == ACKNOWLEDGEMENTS && !rows.contains(at));
        let nobodys: Vec<_> = answers.map(|(at, _)| *at).collect();
        self.all("a verdict has not just one of an answer and a reason for none", without);
        self.all("two verdicts share a row of the outbox", shared);
        self.all("a verdict names a row of the outbox that is not its answer", dangling);
        self.all("an answer in the outbox belongs to no verdict (lane, number)", nobodys);
    }

    /// The topics hold just the rows of the outbox, each once, byte for byte.
    fn each_row_committed_once(&mut self) {
        let mut count: HashMap<&Leaves, i64> = HashMap::new();
        self.evidence.tables.outbox.iter().for_each(|(_, _, row)| *count.entry(row).or_default() += 1);
        let twins: Vec<_> = count.iter().filter(|(_, count)| **count > 1).map(|(row, _)| shown(row)).collect();
        self.evidence.published.iter().for_each(|(_, row)| *count.entry(row).or_default() -= 1);
        let missing: Vec<_> = count.iter().filter(|(_, count)| **count > 0).map(|(row, _)| shown(row)).collect();
        let more: Vec<_> = count.iter().filter(|(_, count)| **count < 0).map(|(row, _)| shown(row)).collect();
        self.all("two rows of the outbox are the same", twins);
        self.all("a row of the outbox was not committed to its topic", missing);
        self.all("a record was committed that is not in the outbox, or a second time", more);
        for source in &self.evidence.tables.sources {
            let mut numbers: Vec<i64> =
                self.evidence.tables.outbox.iter().filter(|row| row.0 == source.lane).map(|row| row.1).collect();
            numbers.sort_unstable();
            let whole = numbers.iter().copied().eq(1..=source.seq);
            self.breaches
                .extend((!whole).then(|| format!("lane {} does not hold rows 1 to {}", source.lane, source.seq)));
        }
    }

    /// Within a partition the rows of a lane stand in their order.
    fn rows_in_order(&mut self) {
        let numbers: HashMap<&Leaves, (i64, i64)> =
            self.evidence.tables.outbox.iter().map(|(lane, seq, row)| (row, (*lane, *seq))).collect();
        let mut last: HashMap<(&str, i32, i64), i64> = HashMap::new();
        let mut wrong = Vec::new();
        for (partition, record) in &self.evidence.published {
            let Some((lane, seq)) = numbers.get(record) else { continue };
            let before = last.insert((&record.topic, *partition, *lane), *seq);
            if before.is_some_and(|before| before >= *seq) {
                wrong.push((&record.topic, *partition, *lane, *seq));
            }
        }
        self.all("rows of a lane left in another order (topic, partition, lane, number)", wrong);
    }

    /// Each record has what is due to it.
    fn documents(&mut self) {
        let evidence = self.evidence;
        let mut groups: BTreeMap<(&str, &str, &str), Vec<&Sent>> = BTreeMap::new();
        let mut dues: Vec<(&Sent, Due, Option<&Sent>)> = Vec::new();
        for sent in &evidence.sent {
            if sent.fate == Fate::Refused {
                dues.push((sent, Due::Refused, None));
            } else {
                groups.entry((&sent.partner, &sent.kind, &sent.id)).or_default().push(sent);
            }
        }
        for group in groups.into_values() {
            match self.first(&group) {
                Ok(first) => dues.extend(group.into_iter().map(|sent| (sent, due(sent, first), Some(first)))),
                Err(why) => self.breaches.push(why),
            }
        }
        for (sent, due, first) in dues {
            if let Err(why) = self.document(sent, due, first) {
                let place = sent.place();
                self.breaches.push(format!("{place} ({}, {:?}, due: {due:?}): {why}", sent.kind, sent.fate));
            }
        }
    }

    /// Which of the records under one id was taken first: the only one that was neither repeated nor a duplicate.
    fn first<'s>(&self, group: &[&'s Sent]) -> Result<&'s Sent, String> {
        let claims = |sent: &&&Sent| {
            let verdicts = self.verdicts.get(&(self.lane(sent), sent.offset));
            let own = |verdict: &&VerdictRow| {
                verdict.verdict != "repeated" && !self.rules(sent).contains("payflow.DuplicateMessage")
            };
            verdicts.is_some_and(|verdicts| verdicts.iter().any(own))
        };
        let first: Vec<&&Sent> = group.iter().filter(claims).collect();
        let places: Vec<String> = first.iter().map(|sent| sent.place()).collect();
        let [first] = first.as_slice() else {
            let all: Vec<String> = group.iter().map(|sent| sent.place()).collect();
            return Err(format!("of the records under one id, {all:?}, just one must be taken as new, not {places:?}"));
        };
        let earlier = |other: &&&Sent| {
            other.topic == first.topic && other.partition == first.partition && other.offset < first.offset
        };
        match group.iter().find(earlier) {
            Some(earlier) => Err(format!("{} was taken as new after {}", first.place(), earlier.place())),
            None => Ok(first),
        }
    }

    fn of(&self, sent: &Sent, topic: &str) -> Vec<&Leaves> {
        let records = self.published.get(sent.place().as_str()).into_iter().flatten();
        records.filter(|record| record.topic == topic).copied().collect()
    }

    /// The rules that the record on the topic of rejected inputs names.
    fn rules(&self, sent: &Sent) -> String {
        let rejected = self.of(sent, REJECTED);
        rejected.iter().map(|record| record.header("payflow.rules")).collect::<Vec<_>>().join(",")
    }

    fn document(&self, sent: &Sent, due: Due, first: Option<&Sent>) -> Result<(), String> {
        let verdicts = self.verdicts.get(&(self.lane(sent), sent.offset)).ok_or("it has no verdict")?;
        let mut verdicts = verdicts.clone();
        verdicts.sort_by_key(|verdict| verdict.number);
        let expected: &[&str] = match due {
            Due::Accepted => &["accepted"],
            Due::Rejected | Due::Duplicate => &["rejected"],
            Due::Refused => &["refused"],
            Due::Repeated => &["repeated"],
            Due::Held => &["held"],
            Due::Released => &["held", "accepted"],
            Due::TurnedDown => &["held", "rejected"],
        };
        let found: Vec<&str> = verdicts.iter().map(|verdict| verdict.verdict.as_str()).collect();
        same("the list of its verdicts", &found.as_slice(), &expected)?;
        self.booked(sent, due)?;
        self.rejected(sent, due)?;
        match first.filter(|first| due == Due::Repeated && first.fate == Fate::Held) {
            Some(first) => self.answered_as(sent, first, verdicts[0]),
            None if found[0] == "held" => self.answered_late(sent, due, &verdicts),
            None => self.answered(sent, due, first, verdicts[0]),
        }
    }

    /// What is held gets an answer at once where its partner is told, and one when it is decided.
    fn answered_late(&self, sent: &Sent, due: Due, verdicts: &[&VerdictRow]) -> Result<(), String> {
        let pending = self.terms.pending.contains(&sent.partner.as_str());
        let last = match due {
            Due::Released => Some(self.accepted(sent)),
            Due::TurnedDown => Some(">RJCT<"),
            _ => None,
        };
        let expected: Vec<&str> = pending.then_some(">PDNG<").into_iter().chain(last).collect();
        let answers = self.of(sent, ACKNOWLEDGEMENTS);
        let says = |(answer, code): (&&Leaves, &&str)| {
            let text = answer.text();
            answer.header("payflow.reply").starts_with("pacs.002") && text.contains(*code) && text.contains(&sent.id)
        };
        let found = answers.len() == expected.len() && answers.iter().zip(&expected).all(says);
        same(&format!("whether its answers say {expected:?}"), &found, &true)?;
        let ids: HashSet<&str> = answers.iter().map(|answer| answer.header("ce_id")).collect();
        same("the number of ids of its answers", &ids.len(), &answers.len())?;
        let none: Vec<bool> = verdicts.iter().map(|verdict| verdict.none_due.is_some()).collect();
        let expected: Vec<bool> = [!pending, false][..verdicts.len()].to_vec();
        same("whether no answer is due, by its verdicts", &none, &expected)
    }

    /// What came again while it was held, or later, gets what was the answer then.
    fn answered_as(&self, sent: &Sent, first: &Sent, verdict: &VerdictRow) -> Result<(), String> {
        let answers = self.of(sent, ACKNOWLEDGEMENTS);
        let quiet = verdict.none_due.is_some();
        same("the number of its answers", &answers.len(), &usize::from(!quiet))?;
        let pending = self.terms.pending.contains(&sent.partner.as_str());
        same("whether it got no answer though one was there", &(quiet && pending), &false)?;
        let known = self.of(first, ACKNOWLEDGEMENTS);
        let of_first = |answer: &&Leaves| known.iter().any(|known| known.bytes == answer.bytes);
        same("whether it is an answer of the first again", &answers.iter().all(of_first), &true)
    }

    /// The status of what is accepted.
    fn accepted(&self, sent: &Sent) -> &'static str {
        if self.terms.agreed.contains(&sent.partner.as_str()) { ">ACCP<" } else { ">ACTC<" }
    }

    fn booked(&self, sent: &Sent, due: Due) -> Result<(), String> {
        let expected = if matches!(due, Due::Accepted | Due::Released) { sent.transfers } else { 0 };
        let of_place = |row: &&(i64, i64, i64, String)| row.0 == self.lane(sent) && row.1 == sent.offset;
        let rows: Vec<&str> = self.rows(sent).iter().filter(|row| of_place(row)).map(|row| row.3.as_str()).collect();
        let events = self.of(sent, TRANSFERS);
        let mut ids: Vec<&str> = events.iter().map(|event| event.header("ce_id")).collect();
        same("the number of transfers", &rows.len(), &expected)?;
        let mut rows = rows;
        rows.sort_unstable();
        ids.sort_unstable();
        same("the events of its transfers", &ids, &rows)?;
        let quotes = |event: &&&Leaves| event.text().contains(event.header("ce_id"));
        same("the events that tell their ids", &events.iter().filter(quotes).count(), &expected)
    }

    fn rows(&self, sent: &Sent) -> &[(i64, i64, i64, String)] {
        // They come sorted.
        let rows = &self.evidence.tables.transfers;
        let place = (self.lane(sent), sent.offset);
        let from = rows.partition_point(|row| (row.0, row.1) < place);
        let to = rows.partition_point(|row| (row.0, row.1) <= place);
        &rows[from..to]
    }

    fn rejected(&self, sent: &Sent, due: Due) -> Result<(), String> {
        let records = self.of(sent, REJECTED);
        let rejects = matches!(due, Due::Rejected | Due::Refused | Due::Duplicate | Due::TurnedDown);
        let expected = usize::from(rejects);
        same("the number of records on the topic of rejected inputs", &records.len(), &expected)?;
        let duplicate = self.rules(sent).contains("payflow.DuplicateMessage");
        same("whether it was rejected as a duplicate", &duplicate, &(due == Due::Duplicate))?;
        let hash =
            |record: &&Leaves| same("the hash of the rejected input", &Some(&*record.hash), &record.hash_of(sent));
        records.iter().try_for_each(hash)
    }

    fn answered(&self, sent: &Sent, due: Due, first: Option<&Sent>, verdict: &VerdictRow) -> Result<(), String> {
        let answers = self.of(sent, ACKNOWLEDGEMENTS);
        let statement = sent.kind == "camt.053" && due != Due::Refused;
        let accepted = |sent: &Sent| sent.fate == Fate::Accepted;
        let good = due == Due::Accepted || (due == Due::Repeated && first.is_some_and(accepted));
        let none = statement && good && !self.terms.receipts.contains(&sent.partner.as_str());
        same("the number of its answers", &answers.len(), &usize::from(!none))?;
        same("whether no answer is due", &verdict.none_due.is_some(), &none)?;
        let Some(answer) = answers.first() else { return Ok(()) };
        if due == Due::Repeated {
            let stored = first.and_then(|first| self.of(first, ACKNOWLEDGEMENTS).first().map(|a| a.bytes.clone()));
            return same("whether it is the first answer again", &(stored.as_ref() == Some(&answer.bytes)), &true);
        }
        let (kind, code) = match (due, statement) {
            (Due::Accepted, false) => ("pacs.002", self.accepted(sent)),
            (Due::Accepted, true) => ("admi.007", ">ACTC<"),
            (Due::Rejected, false) => ("pacs.002", ">RJCT<"),
            (Due::Duplicate, false) => ("pacs.002", ">RJCT<"),
            _ => ("admi.002", "RjctgPtyRsn"),
        };
        let text = answer.text();
        same("the kind of its answer", &&answer.header("payflow.reply")[..8], &kind)?;
        same("whether the answer says so", &text.contains(code), &true)?;
        same("whether the answer names the message", &text.contains(&sent.id), &true)?;
        // An admi.002 has one code; a statement that breaks another rule, too, has this one in the text.
        let codes = [">DU01<", ">AM05<", ">PF-DUP-MESSAGE-ID<", "payflow.DuplicateMessage"];
        let says_duplicate = codes.iter().any(|code| text.contains(code));
        same("whether the answer says that it is a duplicate", &says_duplicate, &(due == Due::Duplicate))
    }
}

fn due(sent: &Sent, first: &Sent) -> Due {
    match (sent.place() == first.place(), sent.content == first.content, sent.fate) {
        (true, _, Fate::Accepted) => Due::Accepted,
        (true, _, Fate::Held) => match decision(sent.offset) {
            Some(Decision::Release) => Due::Released,
            Some(Decision::Reject) => Due::TurnedDown,
            None => Due::Held,
        },
        (true, _, _) => Due::Rejected,
        (false, true, _) => Due::Repeated,
        (false, false, _) => Due::Duplicate,
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?}, not {expected:?}")) }
}

fn shown(row: &Leaves) -> String {
    let (topic, source, id) = (&row.topic, row.header("payflow.source"), row.header("ce_id"));
    format!("{topic} of {source} {id}")
}
