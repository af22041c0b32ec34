//! What the topics hold of inputs that the database has forgotten: what was said of each, and which of them were decided
//! before which. Pure, once it is read.

use std::collections::{HashMap, HashSet};

use super::again::Gap;
use crate::broker::Record;
use crate::finding::Rule;
use crate::rules::judge::Verdict;
use crate::store::{Answer, Outcome, verdict_name};

/// An input: its source and its offset.
pub(super) type Place = (String, i64);

/// All that was said of forgotten inputs.
#[derive(Debug, Default)]
pub(super) struct Memory {
    told: HashMap<(Place, u32), Told>,
    /// The inputs that were decided before an input, because they hold a key that it is after.
    before: HashMap<Place, HashSet<Place>>,
    /// How certain it is when an input was decided, where something was said of it.
    certain: HashMap<Place, Certain>,
}

/// How certain it is that nothing more had to be decided before an input. What is more certain goes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certain {
    /// What was said of it shows that it was the first, or after which one it was.
    Shown,
    /// Nothing was said of it: it may have come again, and may be what another one came after.
    Silent,
    /// It came after one of which nothing was said.
    After,
    /// It waits for one that is to come.
    Waits,
}

/// What was said of one document.
#[derive(Debug, Default)]
struct Told {
    /// When it was decided.
    time: String,
    /// Its answer and its transfers.
    events: Vec<Record>,
    /// The input itself, where it was rejected.
    rejected: Vec<Record>,
}

impl Memory {
    /// Takes note of a record, when it is about an input of a gap.
    pub(super) fn note(&mut self, record: Record, gaps: &[Gap]) {
        let Some((place, document)) = place(&record) else { return };
        if !gaps.iter().any(|gap| gap.source.to_string() == place.0 && gap.holds(place.1)) {
            return;
        }
        let told = self.told.entry((place, document)).or_default();
        let Some(time) = record.header("ce_time") else { return told.rejected.push(record) };
        // A topic that was created anew has had other inputs at the same offsets before: the last word counts. What is there
        // twice was published again.
        if *time > *told.time {
            told.time = time.to_owned();
            told.events.clear();
        }
        if *time == *told.time && !told.events.contains(&record) {
            told.events.push(record);
        }
    }

    /// Works out which inputs were decided before which: who holds an answer or a key before those that came after it.
    pub(super) fn settle(mut self) -> Self {
        let mut first: HashMap<String, &Place> = HashMap::new();
        let mut after: Vec<(String, &Place)> = Vec::new();
        for ((place, _), told) in &self.told {
            self.certain.entry(place.clone()).or_insert(Certain::Shown);
            let answer = told.events.iter().find(|record| record.header("payflow.reply").is_some());
            let Some(event) = answer.or(told.events.first()).or(told.rejected.first()) else { continue };
            let header = |name| event.header(name).unwrap_or_default();
            let reply = format!("reply {}", header("ce_id"));
            let key = format!("key {} {}", header("payflow.message").get(..8).unwrap_or_default(), event.key);
            match header("payflow.verdict") {
                verdict if verdict == verdict_name(Verdict::Repeated) => after.push((reply, place)),
                _ if told.rejected.iter().any(is_duplicate) => after.push((key, place)),
                // What is refused holds no key.
                verdict if verdict == verdict_name(Verdict::Refused) => {}
                _ => first.extend([(reply, place), (key, place)]),
            }
        }
        for (name, place) in after {
            match first.get(&name) {
                Some(holder) if *holder == place => {}
                Some(holder) => drop(self.before.entry(place.clone()).or_default().insert((*holder).clone())),
                None if name.starts_with("key") => drop(self.certain.insert(place.clone(), Certain::After)),
                // It is one that the database knows.
                None => {}
            }
        }
        self
    }

    /// Whether it is an input's turn, as far as that can be known.
    pub(super) fn certain(&self, place: &Place, is_to_come: impl Fn(&Place) -> bool) -> Certain {
        if self.before.get(place).into_iter().flatten().any(is_to_come) {
            return Certain::Waits;
        }
        self.certain.get(place).copied().unwrap_or(Certain::Silent)
    }

    /// Whether a record is there as it is.
    pub(super) fn holds(&self, record: &Record) -> bool {
        let told = place(record).and_then(|place| self.told.get(&place));
        told.is_some_and(|told| told.events.contains(record) || told.rejected.contains(record))
    }

    /// An outcome in the words in which it was published. It must not contradict them.
    pub(super) fn remembered(&self, place: Place, document: u32, mut outcome: Outcome) -> Result<Outcome, String> {
        let Some(told) = self.told.get(&(place, document)) else { return Ok(outcome) };
        let verdict = verdict_name(outcome.verdict);
        let mut made: Vec<&mut Record> = outcome.answer_record.iter_mut().chain(&mut outcome.records).collect();
        for event in &told.events {
            match made.iter_mut().find(|made| name(made) == name(event)) {
                Some(same) => **same = event.clone(),
                None => return Err(contradiction(event, verdict)),
            }
        }
        for rejected in &told.rejected {
            let mut same = made.iter_mut().filter(|made| made.topic == rejected.topic);
            match same.find(|made| made.bytes == rejected.bytes) {
                Some(same) => **same = rejected.clone(),
                // One that was masked, or of an earlier topic, tells nothing beside an answer.
                None if told.events.is_empty() => return Err(contradiction(rejected, verdict)),
                None => {}
            }
        }
        if let (Answer::Reply(reply), Some(record)) = (&mut outcome.answer, &outcome.answer_record) {
            reply.bytes.clone_from(&record.bytes);
        }
        Ok(outcome)
    }
}

fn contradiction(said: &Record, now: &str) -> String {
    let before = said.header("payflow.verdict").unwrap_or_default();
    format!("what is published says {before}, and it would be {now} now, or answered otherwise")
}

/// What a record is about: an input, and the number of a document in it.
fn place(record: &Record) -> Option<(Place, u32)> {
    let (source, offset) = record.header("payflow.source")?.rsplit_once('-')?;
    Some(((source.to_owned(), offset.parse().ok()?), record.header("payflow.document")?.parse().ok()?))
}

/// What two records that say the same have in common.
fn name(record: &Record) -> [Option<&str>; 4] {
    [Some(&*record.topic), record.header("ce_id"), record.header("payflow.verdict"), record.header("payflow.reply")]
}

fn is_duplicate(rejected: &Record) -> bool {
    let rules = rejected.header("payflow.rules").unwrap_or_default();
    rules.split(',').any(|rule| rule == Rule::DuplicateMessage.id())
}
