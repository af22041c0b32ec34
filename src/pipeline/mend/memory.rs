//! What the topics hold of inputs that the database has forgotten: what was said of each, and which of them were decided
//! before which. Pure, once it is read.

use std::collections::{HashMap, HashSet};

use super::again::Gap;
use crate::broker::Record;
use crate::finding::Rule;
use crate::rules::judge::{Ruling, Verdict};
use crate::store::{Answer, Outcome, verdict_name};

/// An input: its source and its offset.
pub(super) type Place = (String, i64);

/// A document: its input, and its number there.
pub(super) type Name = (Place, u32);

/// All that was said of forgotten inputs.
#[derive(Debug, Default)]
pub(super) struct Memory {
    told: HashMap<Name, Told>,
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
    /// Its answer and its transfers.
    last: Said,
    /// Its answer while it was held.
    held: Said,
    /// The input itself, where it was rejected.
    rejected: Vec<Record>,
}

/// What was said at one time.
#[derive(Debug, Default)]
struct Said {
    time: String,
    events: Vec<Record>,
}

impl Said {
    /// A topic that was created anew has had other inputs at the same offsets before: the last word counts. What is there twice was
    /// published again.
    fn note(&mut self, record: Record, time: &str) {
        if *time > *self.time {
            self.time = time.to_owned();
            self.events.clear();
        }
        if *time == *self.time && !self.events.contains(&record) {
            self.events.push(record);
        }
    }
}

impl Memory {
    /// Takes note of a record, when it is about an input of a gap, or about a document that the database holds for a person.
    pub(super) fn note(&mut self, record: Record, gaps: &[Gap], held: &HashSet<Name>) {
        let Some(name) = place(&record) else { return };
        let (source, offset) = &name.0;
        if !gaps.iter().any(|gap| gap.source.to_string() == *source && gap.holds(*offset)) && !held.contains(&name) {
            return;
        }
        let told = self.told.entry(name).or_default();
        let Some(time) = record.header("ce_time").map(str::to_owned) else { return told.rejected.push(record) };
        let said = if is_held(&record) { &mut told.held } else { &mut told.last };
        said.note(record, &time);
    }

    /// What persons must have decided of a document that was held, by what was said of it.
    pub(super) fn ruling(&self, name: &Name) -> Option<Ruling> {
        let told = self.told.get(name)?;
        let last = told.last.events.iter().chain(&told.rejected).find_map(|record| record.header("payflow.verdict"))?;
        Some(if last == verdict_name(Verdict::Rejected) { Ruling::Reject } else { Ruling::Release })
    }

    /// Works out which inputs were decided before which: who holds an answer or a key before those that came after it.
    pub(super) fn settle(mut self) -> Self {
        let mut first: HashMap<String, &Place> = HashMap::new();
        let mut after: Vec<(String, &Place)> = Vec::new();
        for ((place, _), told) in &self.told {
            self.certain.entry(place.clone()).or_insert(Certain::Shown);
            let events = &told.last.events;
            let answer = events.iter().find(|record| record.header("payflow.reply").is_some());
            let last = answer.or(events.first()).or(told.rejected.first());
            for event in last.into_iter().chain(told.held.events.first()) {
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
        let holds =
            |told: &Told| [&told.last.events, &told.held.events, &told.rejected].iter().any(|r| r.contains(record));
        told.is_some_and(holds)
    }

    /// An outcome in the words in which it was published. It must not contradict them.
    pub(super) fn remembered(&self, place: Place, document: u32, mut outcome: Outcome) -> Result<Outcome, String> {
        let Some(told) = self.told.get(&(place, document)) else { return Ok(outcome) };
        let verdict = verdict_name(outcome.verdict);
        let (events, rejected) = match outcome.verdict {
            // What came after that, a decision says.
            Verdict::Held => (&told.held.events, &[][..]),
            _ => (&told.last.events, &told.rejected[..]),
        };
        let mut made: Vec<&mut Record> = outcome.answer_record.iter_mut().chain(&mut outcome.records).collect();
        for event in events {
            match made.iter_mut().find(|made| name(made) == name(event)) {
                Some(same) => **same = event.clone(),
                None => return Err(contradiction(event, verdict)),
            }
        }
        for rejected in rejected {
            let mut same = made.iter_mut().filter(|made| made.topic == rejected.topic);
            match same.find(|made| made.bytes == rejected.bytes) {
                Some(same) => **same = rejected.clone(),
                // One that was masked, or of an earlier topic, tells nothing beside an answer.
                None if events.is_empty() => return Err(contradiction(rejected, verdict)),
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
fn place(record: &Record) -> Option<Name> {
    let (source, offset) = record.header("payflow.source")?.rsplit_once('-')?;
    Some(((source.to_owned(), offset.parse().ok()?), record.header("payflow.document")?.parse().ok()?))
}

fn is_held(record: &Record) -> bool {
    record.header("payflow.verdict") == Some(verdict_name(Verdict::Held))
}

/// What two records that say the same have in common.
fn name(record: &Record) -> [Option<&str>; 4] {
    [Some(&*record.topic), record.header("ce_id"), record.header("payflow.verdict"), record.header("payflow.reply")]
}

fn is_duplicate(rejected: &Record) -> bool {
    let rules = rejected.header("payflow.rules").unwrap_or_default();
    rules.split(',').any(|rule| rule == Rule::DuplicateMessage.id())
}
