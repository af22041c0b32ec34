//! Runs what is stored through the stages again, and says what would come of it now: how a change of rules, schemas or partners is
//! judged before it goes live. What the store knew of a document then is what it is told now. Must not write, publish or read a
//! clock.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};

use super::Raw;
use super::stages::{Decided, Due, Prepared, Stages};
use crate::finding::{Rule, Severity};
use crate::rules::judge::{Facts, Prior, Ruling};
use crate::store::held;
use crate::store::keep::{Keeper, masked};
use crate::store::reading::{Query, Reading, Table};
use crate::store::{Lane, StoreError, verdict_name};

/// So many positions are looked at together: their inputs are in memory.
const STEP: i64 = 64;

/// What is run again.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Received from this moment on
    pub from: DateTime<Utc>,
    /// and before this one.
    pub to: DateTime<Utc>,
    /// From this partner alone.
    pub partner: Option<String>,
}

/// A document of which something else would come now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where its input stands: the source and its position.
    pub origin: String,
    /// Its number in the input.
    pub document: u32,
    /// What was decided, and what would be; `None` where there is no such document.
    pub verdicts: (Option<String>, Option<String>),
    /// The errors and warnings that were found, and would not be any more: rule and place.
    pub gone: Vec<String>,
    /// Those that would be found now.
    pub new: Vec<String>,
    /// Whether it would get another answer, or none, or one where it got none.
    pub answer: bool,
    /// Whether other transfers would be booked.
    pub transfers: bool,
}

/// How much was run again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many inputs.
    pub inputs: u64,
    /// How many documents they have, or had.
    pub documents: u64,
    /// Of how many of them something else would come.
    pub differ: u64,
    /// How many verdicts would be other ones.
    pub verdicts: u64,
    /// Of how many documents other errors or warnings would be found.
    pub findings: u64,
    /// How many answers would be other ones.
    pub answers: u64,
    /// Of how many documents other transfers would be booked.
    pub transfers: u64,
    /// How many inputs were not run, for they are kept as files.
    pub files: u64,
}

/// A document as it was decided.
#[derive(Debug, Default)]
struct Stored {
    decided_at: DateTime<Utc>,
    /// The number of its current verdict.
    number: i64,
    /// What persons have asked for, and what was confirmed.
    asked: Option<Ruling>,
    ruling: Option<Ruling>,
    verdict: Option<String>,
    reply: Option<(String, String)>,
    bytes: Option<Vec<u8>>,
    findings: BTreeSet<String>,
    duplicate: bool,
    transfers: Vec<(String, String)>,
}

struct Input {
    position: i64,
    received_at: DateTime<Utc>,
    bytes: Vec<u8>,
    masked: bool,
    documents: Vec<(i64, Stored)>,
}

struct Source {
    lane: Lane,
    name: String,
    partner: String,
}

/// Runs inputs again. Each difference is handed to `found` as it is found.
///
/// # Errors
/// When the store can't be read, and when a key is missing.
pub fn replay<S: Stages>(
    stages: &S,
    (store, keeper): (&mut dyn Reading, &Keeper),
    selection: &Selection,
    found: &mut dyn FnMut(&Difference),
) -> Result<Replayed, StoreError> {
    store.snapshot()?;
    let mut sources = Vec::new();
    store.each(Query::Sources, &[], &mut |row| {
        let name = format!("{}-{}", row[1].text()?, row[2].int()?);
        sources.push(Source { lane: row[0].int()?, name, partner: row[7].text()?.to_owned() });
        Ok(())
    })?;
    sources.retain(|source| selection.partner.as_ref().is_none_or(|partner| *partner == source.partner));
    let (from, to) = (selection.from.timestamp_micros(), selection.to.timestamp_micros());
    let mut replayed = Replayed::default();
    for source in &sources {
        let mut span = None;
        store.each(Query::Span, &[source.lane, from, to], &mut |row| {
            span = row[0].maybe_int()?.zip(row[1].maybe_int()?);
            Ok(())
        })?;
        let Some((first, last)) = span else { continue };
        for first in (first..=last).step_by(STEP as usize) {
            let range = [source.lane, first, last.min(first + STEP - 1) + 1];
            for input in read(store, keeper, range, from..to, &mut replayed)? {
                replayed.inputs += 1;
                run(stages, source, &input, &mut |difference| {
                    replayed.count(difference);
                    if difference.differs() {
                        found(difference);
                    }
                });
            }
        }
    }
    Ok(replayed)
}

/// Some inputs that were received in a time, and what was decided of them.
fn read(
    store: &mut dyn Reading,
    keeper: &Keeper,
    range: [i64; 3],
    received: Range<i64>,
    replayed: &mut Replayed,
) -> Result<Vec<Input>, StoreError> {
    let mut inputs: Vec<Input> = Vec::new();
    store.each(Query::Rows(Table::Input), &range, &mut |row| {
        let (position, at) = (row[0].int()?, row[2].int()?);
        if !received.contains(&at) {
            return Ok(());
        }
        if row[7].maybe_text()?.is_some() {
            replayed.files += 1;
            return Ok(());
        }
        let bytes = keeper.input((range[0], position), (row[3].int()?, row[4].maybe_text()?), row[6].bytes()?)?;
        let (received_at, masked) = (time(at), row[5].int()? != 0);
        inputs.push(Input { position, received_at, bytes, masked, documents: Vec::new() });
        Ok(())
    })?;
    let tables = [Table::Verdict, Table::Finding, Table::Transfer, Table::Decision].map(Query::Rows);
    for query in tables.into_iter().chain([Query::Answers]) {
        store.each(query, &range, &mut |row| {
            let (position, number) = (row[0].int()?, row[1].int()?);
            let Ok(index) = inputs.binary_search_by_key(&position, |input| input.position) else { return Ok(()) };
            let documents = &mut inputs[index].documents;
            let index = documents.iter().rposition(|(known, _)| *known == number).unwrap_or_else(|| {
                documents.push((number, Stored::default()));
                documents.len() - 1
            });
            let stored = &mut documents[index].1;
            match query {
                // The last one is the current one.
                Query::Rows(Table::Verdict) => {
                    stored.number = row[2].int()?;
                    stored.verdict = Some(row[3].text()?.to_owned());
                    stored.decided_at = time(row[4].int()?);
                    let reply = row[5].maybe_text()?.zip(row[6].maybe_text()?);
                    stored.reply = reply.map(|(definition, id)| (definition.to_owned(), id.to_owned()));
                }
                // Those of an earlier verdict are not what it rests on.
                Query::Rows(Table::Finding) if row[12].int()? < stored.number => {}
                Query::Rows(Table::Finding) => {
                    stored.duplicate |= row[3].text()? == Rule::DuplicateMessage.id();
                    stored.findings.insert(named(row[4].text()?, row[3].text()?, row[6].maybe_text()?));
                }
                Query::Rows(Table::Decision) => match row[5].text()? {
                    "confirm" => stored.ruling = stored.asked,
                    asked => stored.asked = Some(held::ruling(asked)?),
                },
                Query::Rows(_) => stored.transfers.push((row[3].text()?.to_owned(), row[4].text()?.to_owned())),
                _ => stored.bytes = row[2].maybe_bytes()?.map(<[u8]>::to_vec),
            }
            Ok(())
        })?;
    }
    Ok(inputs)
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn named(severity: &str, rule: &str, path: Option<&str>) -> String {
    match path {
        Some(path) => format!("{severity} {rule} at {path}"),
        None => format!("{severity} {rule}"),
    }
}

/// Runs one input again, and tells of each of its documents.
fn run<S: Stages>(stages: &S, source: &Source, input: &Input, take: &mut dyn FnMut(&Difference)) {
    let raw = Raw {
        bytes: input.bytes.clone(),
        origin: format!("{}-{}", source.name, input.position),
        partner: source.partner.clone(),
        received_at: input.received_at,
    };
    // What the stages fall over, the worker sets aside.
    let examined = catch_unwind(AssertUnwindSafe(|| stages.examine(&raw))).unwrap_or_default();
    let none = Stored::default();
    let mut left: BTreeSet<i64> = input.documents.iter().map(|(number, _)| *number).collect();
    for prepared in &examined {
        let number = i64::from(prepared.number);
        left.remove(&number);
        let stored = input.documents.iter().find(|(known, _)| *known == number).map_or(&none, |(_, stored)| stored);
        let decided = catch_unwind(AssertUnwindSafe(|| stages.decide(prepared, &stored.facts(), stored.decided_at)));
        let now = decided.ok();
        take(&compare((&raw.origin, prepared.number), (stored, input.masked), now.as_ref().map(|now| (prepared, now))));
    }
    for (number, stored) in input.documents.iter().filter(|(number, _)| left.contains(number)) {
        take(&compare::<S::Document>((&raw.origin, *number as u32), (stored, input.masked), None));
    }
}

impl Stored {
    /// What the store knew of it.
    fn facts(&self) -> Facts {
        let prior = match (self.verdict.as_deref(), self.duplicate) {
            (Some("repeated"), _) => Some(Prior::SameDocument),
            (_, true) => Some(Prior::OtherDocument),
            _ => None,
        };
        // What is confirmed and not done yet is still held.
        Facts { prior, ruling: self.ruling.filter(|_| self.number > 1) }
    }
}

fn compare<D>(
    (origin, document): (&str, u32),
    (stored, masked): (&Stored, bool),
    now: Option<(&Prepared<D>, &Decided)>,
) -> Difference {
    let severity = |severity| match severity {
        Severity::Warning => "warning",
        Severity::Hold => "hold",
        Severity::Error => "error",
    };
    let findings = now.iter().flat_map(|(_, decided)| &decided.decision.findings);
    let findings: BTreeSet<String> = findings
        .map(|f| named(severity(f.severity), f.rule.id(), f.place.as_ref().map(|place| &place.path[..])))
        .collect();
    let verdict = now.map(|(_, decided)| verdict_name(decided.decision.verdict).to_owned());
    Difference {
        origin: origin.to_owned(),
        document,
        gone: stored.findings.difference(&findings).cloned().collect(),
        new: findings.difference(&stored.findings).cloned().collect(),
        answer: now.is_some_and(|(_, decided)| stored.other_answer(&decided.answer)),
        transfers: now.is_some_and(|(_, decided)| stored.other_transfers(decided, masked)),
        verdicts: (stored.verdict.clone(), verdict),
    }
}

impl Stored {
    /// The ids that payflow gives are made of the document: where a part of it is masked, they are other ones.
    fn other_answer(&self, due: &Due) -> bool {
        match (due, &self.reply, &self.bytes) {
            (Due::AsStored, ..) => false,
            (Due::None(_), reply, _) => reply.is_some(),
            (Due::Reply { definition, id, bytes }, Some((stored, stored_id)), Some(stored_bytes)) => {
                definition.to_string() != *stored || !same(bytes, id, stored_bytes, stored_id)
            }
            (Due::Reply { .. }, ..) => true,
        }
    }

    fn other_transfers(&self, decided: &Decided, of_masked: bool) -> bool {
        let same = |(stored, now): (&(String, String), &super::stages::PreparedTransfer)| {
            let json = masked(&now.json);
            match of_masked {
                false => stored.0 == now.id && stored.1 == *json,
                true => stored.1.replace(&stored.0, "") == json.replace(&now.id, ""),
            }
        };
        self.transfers.len() != decided.transfers.len() || !self.transfers.iter().zip(&decided.transfers).all(same)
    }
}

/// Whether two answers are the same but for their own ids.
fn same(one: &[u8], id: &str, other: &[u8], other_id: &str) -> bool {
    let without = |bytes: &[u8], id: &str| String::from_utf8_lossy(bytes).replace(id, "");
    one == other || without(one, id) == without(other, other_id)
}

impl Difference {
    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        self.verdicts.0 != self.verdicts.1 || self.other_findings() || self.answer || self.transfers
    }

    fn other_findings(&self) -> bool {
        !self.gone.is_empty() || !self.new.is_empty()
    }
}

impl Replayed {
    fn count(&mut self, difference: &Difference) {
        self.documents += 1;
        self.differ += u64::from(difference.differs());
        self.verdicts += u64::from(difference.verdicts.0 != difference.verdicts.1);
        self.findings += u64::from(difference.other_findings());
        self.answers += u64::from(difference.answer);
        self.transfers += u64::from(difference.transfers);
    }
}
