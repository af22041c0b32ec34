//! Runs what is stored through the stages again, and says what would come of it now: how a change of rules, schemas or partners is
//! judged before it goes live. What the store knew of a document then is what it is told now. A large input is read where it is kept,
//! through a window, and its transfers are compared as they come. Must not write, publish or read a clock.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::Raw;
use super::files::examine_again;
use super::stages::{Decided, Due, Mapped, Prepared, Stages};
use crate::finding::{Finding, Rule, Severity};
use crate::rules::judge::{Facts, Prior, Ruling, Verdict};
use crate::store::held;
use crate::store::keep::{Keeper, masked};
use crate::store::reading::{Query, Reading, Table, spans};
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

/// Where the file of a large input may be: by the name of its source, the name that it was taken under, and when it was received.
pub type Files<'f> = dyn Fn(&str, &str, DateTime<Utc>) -> io::Result<Vec<PathBuf>> + 'f;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// The inputs that could not be run, for they are kept as files that are not there: where each stands, and why not.
    pub not_run: Vec<String>,
}

/// A document as it was decided.
#[derive(Default)]
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
    /// The SHA-256 of its Document element.
    hash: Vec<u8>,
    booked: Booked,
}

/// What would come of a document now.
struct Now {
    verdict: Verdict,
    answer: Due,
    findings: BTreeSet<String>,
    booked: Booked,
}

/// The transfers of a document, in order, as one hash: those of a large one are too many to be kept.
#[derive(Default)]
struct Booked(Sha256);

struct Input {
    position: i64,
    received_at: DateTime<Utc>,
    bytes: Vec<u8>,
    /// The name of the file that it is kept in: then there are no bytes.
    file: Option<String>,
    masked: bool,
    documents: Vec<(i64, Stored)>,
}

struct Source {
    lane: Lane,
    topic: String,
    partition: i64,
    partner: String,
}

/// Runs inputs again, each through the stages that `of_topic` has for its source. Each difference is handed to `found` as it is
/// found.
///
/// # Errors
/// When the store can't be read, and when a key is missing.
pub fn replay<'s, S: Stages>(
    of_topic: &dyn Fn(&str) -> &'s S,
    (store, keeper): (&mut dyn Reading, &Keeper),
    files: &Files<'_>,
    selection: &Selection,
    found: &mut dyn FnMut(&Difference),
) -> Result<Replayed, StoreError> {
    store.snapshot()?;
    let mut sources = Vec::new();
    store.each(Query::Sources, &[], &mut |row| {
        let (topic, partner) = (row[1].text()?.to_owned(), row[7].text()?.to_owned());
        sources.push(Source { lane: row[0].int()?, topic, partition: row[2].int()?, partner });
        Ok(())
    })?;
    sources.retain(|source| selection.partner.as_ref().is_none_or(|partner| *partner == source.partner));
    let (from, to) = (selection.from.timestamp_micros(), selection.to.timestamp_micros());
    let mut replayed = Replayed::default();
    let spans = spans(store, from, to)?;
    for source in &sources {
        let Some(&(first, last)) = spans.get(&source.lane) else { continue };
        let stages = of_topic(&source.topic);
        for first in (first..=last).step_by(STEP as usize) {
            let range = [source.lane, first, last.min(first + STEP - 1) + 1];
            for mut input in read(store, keeper, range, from..to)? {
                let raw = Raw {
                    bytes: std::mem::take(&mut input.bytes),
                    origin: format!("{}-{}-{}", source.topic, source.partition, input.position),
                    partner: source.partner.clone(),
                    received_at: input.received_at,
                };
                let now = match &input.file {
                    None => Ok(run(stages, &raw, &input)),
                    Some(file) => run_large(stages, &raw, &input, files(&source.topic, file, input.received_at)),
                };
                match now {
                    Err(why) => replayed.not_run.push(format!("{}: {why}", raw.origin)),
                    Ok(now) => {
                        replayed.inputs += 1;
                        for difference in input.differences(&raw.origin, &now) {
                            replayed.count(&difference);
                            if difference.differs() {
                                found(&difference);
                            }
                        }
                    }
                }
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
) -> Result<Vec<Input>, StoreError> {
    let mut inputs: Vec<Input> = Vec::new();
    store.each(Query::Rows(Table::Input), &range, &mut |row| {
        let (position, at) = (row[0].int()?, row[2].int()?);
        if !received.contains(&at) {
            return Ok(());
        }
        let bytes = keeper.input((range[0], position), (row[3].int()?, row[4].maybe_text()?), row[6].bytes()?)?;
        let (received_at, masked, file) = (time(at), row[5].int()? != 0, row[7].maybe_text()?.map(str::to_owned));
        inputs.push(Input { position, received_at, bytes, file, masked, documents: Vec::new() });
        Ok(())
    })?;
    let tables = [Table::Message, Table::Verdict, Table::Finding, Table::Transfer, Table::Decision].map(Query::Rows);
    for query in tables.into_iter().chain([Query::Answers]) {
        store.each(query, &range, &mut |row| {
            let (position, number) = (row[0].int()?, row[1].int()?);
            let Ok(index) = inputs.binary_search_by_key(&position, |input| input.position) else { return Ok(()) };
            let Input { masked, documents, .. } = &mut inputs[index];
            let index = documents.iter().rposition(|(known, _)| *known == number).unwrap_or_else(|| {
                documents.push((number, Stored::default()));
                documents.len() - 1
            });
            let stored = &mut documents[index].1;
            match query {
                Query::Rows(Table::Message) => stored.hash = row[5].bytes()?.to_vec(),
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
                Query::Rows(_) => stored.booked.add(row[3].text()?, row[4].text()?, *masked),
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

fn name(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Warning => "warning",
        Severity::Hold => "hold",
        Severity::Error => "error",
    };
    named(severity, finding.rule.id(), finding.place.as_ref().map(|place| &place.path[..]))
}

fn named(severity: &str, rule: &str, path: Option<&str>) -> String {
    match path {
        Some(path) => format!("{severity} {rule} at {path}"),
        None => format!("{severity} {rule}"),
    }
}

/// What would come of the documents of an input, by their numbers; `None` where nothing would be decided.
type All = Vec<(u32, Option<Now>)>;

/// Runs an input again.
fn run<S: Stages>(stages: &S, raw: &Raw, input: &Input) -> All {
    // What the stages fall over, the worker sets aside.
    let examined = catch_unwind(AssertUnwindSafe(|| stages.examine(raw))).unwrap_or_default();
    input.decide(stages, &examined)
}

/// Runs one again that is kept as a file, if it is found.
fn run_large<S: Stages>(stages: &S, raw: &Raw, input: &Input, files: io::Result<Vec<PathBuf>>) -> Result<All, String> {
    let files = files.map_err(|error| format!("the folder of its source can't be read: {error}"))?;
    let same = |documents: &[Prepared<_>]| {
        input.documents.iter().all(|(number, stored)| {
            let found = documents.iter().find(|found| i64::from(found.number) == *number);
            found.is_some_and(|found| found.document_hash[..] == stored.hash[..])
        })
    };
    let (file, documents) = examine_again(stages, raw, files, same)?;
    let mut all = input.decide(stages, &documents);
    let books = |now: &Option<Now>| now.as_ref().is_some_and(Now::books);
    let books: Vec<_> = documents.iter().zip(&all).map(|(document, (_, now))| (document, books(now))).collect();
    if !books.iter().any(|(_, books)| *books) {
        return Ok(all);
    }
    let mut faulty = false;
    let mut take = |number: u32, mapped: Mapped| {
        let now = all.get_mut((number as usize).saturating_sub(1)).and_then(|(_, now)| now.as_mut());
        match (now, mapped) {
            (Some(now), Mapped::Transfer(transfer)) => now.booked.add(&transfer.id, &masked(&transfer.json), false),
            (Some(now), Mapped::Remark(finding)) if finding.severity != Severity::Error => {
                now.findings.insert(name(&finding));
            }
            (_, Mapped::Statement(_)) => {}
            (_, Mapped::Transfer(_) | Mapped::Remark(_)) => faulty = true,
        }
        Ok(())
    };
    match catch_unwind(AssertUnwindSafe(|| stages.map_large(raw, &file, &books, &mut take))) {
        Ok(Err(trouble)) => return Err(trouble.to_string()),
        Ok(Ok(())) if !faulty => {}
        // The worker sets it aside.
        _ => all.iter_mut().for_each(|(_, now)| *now = None),
    }
    Ok(all)
}

impl Input {
    /// Judges what was examined, with what the store knew of it.
    fn decide<S: Stages>(&self, stages: &S, examined: &[Prepared<S::Document>]) -> All {
        let none = Stored::default();
        let decide = |prepared: &Prepared<_>| {
            let stored = self.stored(prepared.number).unwrap_or(&none);
            let decide = || stages.decide(prepared, &stored.facts(), stored.decided_at);
            (prepared.number, catch_unwind(AssertUnwindSafe(decide)).ok().map(|decided| Now::of(decided, self.masked)))
        };
        examined.iter().map(decide).collect()
    }

    fn stored(&self, document: u32) -> Option<&Stored> {
        self.documents.iter().find(|(number, _)| *number == i64::from(document)).map(|(_, stored)| stored)
    }

    /// Holds each document that it has, or had, to what would come of it.
    fn differences(&self, origin: &str, now: &All) -> Vec<Difference> {
        let none = Stored::default();
        let known = |number: i64| now.iter().any(|(known, _)| i64::from(*known) == number);
        let left = self.documents.iter().filter(|(number, _)| !known(*number));
        let left = left.map(|(number, stored)| compare(origin, *number as u32, stored, None));
        let all = now
            .iter()
            .map(|(number, now)| compare(origin, *number, self.stored(*number).unwrap_or(&none), now.as_ref()));
        all.chain(left).collect()
    }
}

impl Now {
    fn of(decided: Decided, of_masked: bool) -> Self {
        let mut booked = Booked::default();
        for transfer in &decided.transfers {
            booked.add(&transfer.id, &masked(&transfer.json), of_masked);
        }
        let findings = decided.decision.findings.iter().map(name).collect();
        Self { verdict: decided.decision.verdict, answer: decided.answer, findings, booked }
    }

    fn books(&self) -> bool {
        matches!(self.verdict, Verdict::Accepted | Verdict::PartlyAccepted)
    }
}

impl Booked {
    /// The ids that payflow gives are made of the document: where a part of it is masked, they are other ones.
    fn add(&mut self, id: &str, json: &str, of_masked: bool) {
        let (id, json) = if of_masked { ("", Cow::Owned(json.replace(id, ""))) } else { (id, Cow::Borrowed(json)) };
        for part in [id, &json] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    fn hash(&self) -> [u8; 32] {
        self.0.clone().finalize().into()
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

fn compare(origin: &str, document: u32, stored: &Stored, now: Option<&Now>) -> Difference {
    let none = BTreeSet::new();
    let findings = now.map_or(&none, |now| &now.findings);
    Difference {
        origin: origin.to_owned(),
        document,
        gone: stored.findings.difference(findings).cloned().collect(),
        new: findings.difference(&stored.findings).cloned().collect(),
        answer: now.is_some_and(|now| stored.other_answer(&now.answer)),
        transfers: now.is_some_and(|now| stored.booked.hash() != now.booked.hash()),
        verdicts: (stored.verdict.clone(), now.map(|now| verdict_name(now.verdict).to_owned())),
    }
}

impl Stored {
    /// Its own id is not compared: where a part of the document is masked, it is another one.
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
