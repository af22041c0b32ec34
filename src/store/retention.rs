//! What goes when its time is over, where a time is set. A lane is cut at an event of its chain: all before it goes, but for the
//! events that hold an input which is not decided. Those stay with all that they tell of. The cut itself is an event, so that what
//! was dropped is told from what was taken away. Must not cut what has not left.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::custody::{Custody, Place};
use super::held::{is_done, is_late};
use super::reading::{Query, Reading};
use super::{Lane, StoreError};

/// The name of the event.
pub(super) const EVENT: &str = "retention";

/// So many events are looked at together.
const STEPS: i64 = 1024;

/// Where a lane was cut, as the event tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// What was received before this moment had its time.
    pub before: DateTime<Utc>,
    /// The last event that went
    pub event: i64,
    /// and its link, in hexadecimal digits.
    pub link: String,
    /// Whether an event up to there had a key.
    pub keyed: bool,
    /// The positions before this one.
    pub position: i64,
    /// The rows of the outbox up to this one.
    pub seq: i64,
    /// The events that stay all the same, in order.
    pub kept: Vec<Stays>,
}

/// An event that stays before a cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// Its number.
    pub event: i64,
    /// The last row of the outbox before its own.
    pub after: i64,
    /// The positions from this one
    pub first: i64,
    /// up to, and without, this one.
    pub next: i64,
    /// The last of its rows of the outbox.
    pub seq: i64,
    /// Whether it is about something behind the lane's position.
    pub late: bool,
}

impl Default for Cut {
    fn default() -> Self {
        let (before, link, kept) = (DateTime::UNIX_EPOCH, String::new(), Vec::new());
        Self { before, event: 0, link, keyed: false, position: i64::MIN, seq: 0, kept }
    }
}

/// What is to go of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneCut {
    /// The lane.
    pub lane: Lane,
    /// Its source.
    pub source: String,
    /// The event of the cut before this one.
    pub base: Option<i64>,
    /// Where it is cut.
    pub cut: Cut,
    /// How many events go.
    pub events: u64,
}

/// What is to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The first moment of the first month that is kept.
    pub before: DateTime<Utc>,
    /// The lanes that are cut, or were.
    pub lanes: Vec<LaneCut>,
    /// The sources of which is not known how far their answers have left.
    pub untold: Vec<String>,
}

impl Plan {
    /// Whether anything is to go that has not gone before.
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.events == 0)
    }
}

impl Cut {
    /// The cut that an event of a lane tells of.
    pub(super) fn read(store: &mut dyn Reading, lane: Lane, event: i64) -> Result<Option<Self>, StoreError> {
        let mut cut = None;
        store.each(Query::Events, &[lane, event - 1, 1, i64::MAX], &mut |row| {
            if row[0].int()? == event && row[3].text()? == EVENT {
                cut = row[8].maybe_text()?.and_then(|detail| serde_json::from_str(detail).ok());
            }
            Ok(())
        })?;
        Ok(cut)
    }

    /// As the event tells it.
    pub(super) fn text(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Fatal(error.to_string()))
    }

    /// The positions that went: from each of these on, and before the other.
    pub(super) fn positions(&self) -> Vec<(i64, i64)> {
        gaps(
            i64::MIN,
            self.position,
            self.kept.iter().filter(|stays| !stays.late).map(|stays| (stays.first, stays.next)),
        )
    }

    /// The rows of the outbox that went, likewise.
    pub(super) fn rows(&self) -> Vec<(i64, i64)> {
        gaps(i64::MIN, self.seq + 1, self.kept.iter().map(|stays| (stays.after + 1, stays.seq + 1)))
    }

    /// The events that went, likewise.
    pub(super) fn events(&self) -> Vec<(i64, i64)> {
        gaps(i64::MIN, self.event + 1, self.kept.iter().map(|stays| (stays.event, stays.event + 1)))
    }

    /// Whether an event has to stay: for an input of it that is open, or because what it is about stays.
    fn keeps(&self, step: &Step, open: &[i64]) -> bool {
        let holds = |first: i64, next: i64, position: i64| (first..next).contains(&position);
        match step.late {
            true => self.kept.iter().any(|stays| !stays.late && holds(stays.first, stays.next, step.first)),
            false => open.iter().any(|position| holds(step.first, step.next, *position)),
        }
    }
}

/// What is left of a range without others.
fn gaps(mut from: i64, to: i64, without: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
    let mut without: Vec<_> = without.collect();
    without.sort_unstable();
    let mut gaps = Vec::new();
    for (first, next) in without {
        gaps.push((from, first.min(to)));
        from = from.max(next);
    }
    gaps.push((from, to));
    gaps.retain(|(from, to)| from < to);
    gaps
}

/// An event, as far as it says what it holds.
struct Step {
    event: i64,
    at: i64,
    first: i64,
    next: i64,
    seq: i64,
    keyed: bool,
    previous: String,
    link: String,
    /// Whether it tells that something was done that persons decided about a held document.
    done: bool,
    /// Whether it is about something behind the lane's position.
    late: bool,
}

/// A lane, and how far it may be cut.
struct Bounds {
    lane: Lane,
    before: i64,
    /// The first position that was received later.
    since: i64,
    /// The position of its worker: what the last event before it holds stays, for it is compared with the topic.
    next: i64,
    /// The last row of the outbox that has left.
    published: i64,
}

/// What is to go of all lanes: what was received and decided before the month of a moment. `published` says of a lane and its topic which row
/// of the outbox was the last one to leave.
///
/// # Errors
/// When the store can't be read.
pub fn plan(
    store: &mut dyn Reading,
    before: DateTime<Utc>,
    published: &dyn Fn(Lane, &str) -> Option<i64>,
) -> Result<Plan, StoreError> {
    let before = before.date_naive().with_day(1).map_or(before, |first| first.and_time(NaiveTime::MIN).and_utc());
    let (mut sources, mut plan) = (Vec::new(), Plan { before, ..Plan::default() });
    store.each(Query::Sources, &[], &mut |row| {
        let (lane, topic) = (row[0].int()?, row[1].text()?);
        let name = format!("{topic}-{}", row[2].int()?);
        sources.push((lane, name, published(lane, topic), row[3].maybe_int()?, row[8].maybe_int()?));
        Ok(())
    })?;
    for (lane, source, published, next, base) in sources {
        let (Some(next), Some(published)) = (next, published) else {
            plan.untold.extend(next.map(|_| source));
            continue;
        };
        let mut since = i64::MAX;
        store.each(Query::Since, &[lane, before.timestamp_micros()], &mut |row| {
            since = row[0].maybe_int()?.unwrap_or(i64::MAX);
            Ok(())
        })?;
        let bounds = Bounds { lane, before: before.timestamp_micros(), since, next, published };
        let old = base.map(|event| Cut::read(store, lane, event)).transpose()?.flatten();
        let old = old.unwrap_or_default();
        let (cut, events) = bounds.cut(store, &old)?;
        let cut = if events > 0 { Cut { before, ..cut } } else { old };
        if events > 0 || base.is_some() {
            plan.lanes.push(LaneCut { lane, source, base, cut, events });
        }
    }
    Ok(plan)
}

impl Bounds {
    /// Goes on with a cut as far as may be. Says how many events go.
    fn cut(&self, store: &mut dyn Reading, old: &Cut) -> Result<(Cut, u64), StoreError> {
        let (end, done) = self.end(store, old)?;
        let (mut cut, mut events) = (Cut { kept: Vec::new(), ..old.clone() }, 0);
        for stays in &old.kept {
            let step = self.steps(store, stays.event - 1, 1)?.pop().filter(|step| step.event == stays.event);
            let open = self.open(store, stays.first, stays.next, &done)?;
            match step.is_none_or(|step| cut.keeps(&step, &open)) {
                true => cut.kept.push(stays.clone()),
                false => events += 1,
            }
        }
        while cut.event < end {
            let steps = self.steps(store, cut.event, STEPS.min(end - cut.event))?;
            if steps.is_empty() {
                break;
            }
            let own = || steps.iter().filter(|step| !step.late);
            let (first, next) = (own().map(|step| step.first).min(), own().map(|step| step.next).max());
            let open = match first.zip(next) {
                Some((first, next)) => self.open(store, first, next, &done)?,
                None => Vec::new(),
            };
            for step in steps {
                // What was taken away must not look like what was dropped.
                if step.event != cut.event + 1 || step.previous != cut.link {
                    return Err(StoreError::Refused(format!(
                        "lane {}: its chain is broken before the event {}: see `payflow audit verify`",
                        self.lane, step.event
                    )));
                }
                let stays = cut.keeps(&step, &open);
                let Step { event, first, next, seq, keyed, link, late, .. } = step;
                match stays {
                    true => cut.kept.push(Stays { event, after: cut.seq, first, next, seq, late }),
                    false => events += 1,
                }
                (cut.event, cut.seq, cut.keyed) = (event, seq, cut.keyed | keyed);
                cut.position = if late { cut.position } else { next };
                cut.link = link;
            }
        }
        Ok((cut, events))
    }

    /// The last event of those that are over; and of how many documents of each position it is told before it that they were decided
    /// by persons.
    fn end(&self, store: &mut dyn Reading, old: &Cut) -> Result<(i64, HashMap<i64, i64>), StoreError> {
        let (mut end, mut done) = (old.event, HashMap::new());
        let mut count = |step: &Step| {
            if step.done {
                *done.entry(step.first).or_default() += 1;
            }
        };
        for stays in &old.kept {
            self.steps(store, stays.event - 1, 1)?.iter().for_each(&mut count);
        }
        loop {
            let steps = self.steps(store, end, STEPS)?;
            let over = steps.iter().take_while(|step| self.is_over(step)).inspect(|step| count(step)).last();
            end = over.map_or(end, |step| step.event);
            if steps.last().is_none_or(|last| last.event != end) {
                return Ok((end, done));
            }
        }
    }

    fn is_over(&self, step: &Step) -> bool {
        step.at < self.before && step.next <= self.since && step.next < self.next && step.seq <= self.published
    }

    fn steps(&self, store: &mut dyn Reading, after: i64, most: i64) -> Result<Vec<Step>, StoreError> {
        let mut steps = Vec::new();
        store.each(Query::Steps, &[self.lane, after, most], &mut |row| {
            let event = row[7].text()?;
            steps.push(Step {
                event: row[0].int()?,
                at: row[1].int()?,
                first: row[2].int()?,
                next: row[3].int()?,
                seq: row[4].int()?,
                keyed: row[5].maybe_text()?.is_some(),
                link: hexadecimal(row[6].bytes()?),
                previous: row[8].maybe_bytes()?.map(hexadecimal).unwrap_or_default(),
                done: is_done(event),
                late: is_late(event),
            });
            Ok(())
        })?;
        Ok(steps)
    }

    /// The positions whose inputs were set aside, or hold a document that is held, but for those of which all that was `done`.
    fn open(
        &self,
        store: &mut dyn Reading,
        first: i64,
        next: i64,
        done: &HashMap<i64, i64>,
    ) -> Result<Vec<i64>, StoreError> {
        let mut open = Vec::new();
        store.each(Query::Open, &[self.lane, first, next], &mut |row| {
            let (position, held) = (row[0].int()?, row[1].maybe_int()?);
            if held.is_none_or(|held| done.get(&position).copied().unwrap_or(0) < held) {
                open.push(position);
            }
            Ok(())
        })?;
        Ok(open)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Drops what is planned, and then whatever is left of what was dropped before. Says which months went as a whole.
///
/// # Errors
/// When the store fails: what is cut stays cut, and the next run goes on with what is left.
pub fn retain(store: &mut dyn Custody, plan: &Plan, actor: &str) -> Result<Vec<String>, StoreError> {
    let months = match plan.is_empty() {
        true => Vec::new(),
        false => store.cut(&plan.lanes, plan.before, actor)?,
    };
    for LaneCut { lane, cut, .. } in &plan.lanes {
        for (table, place) in store.swept() {
            let ranges = match place {
                Place::Position => cut.positions(),
                Place::Row => cut.rows(),
                Place::Event => cut.events(),
            };
            for (mut from, to) in ranges {
                while let Some(next) = store.sweep((table, *place), *lane, from, to)? {
                    from = next;
                }
            }
        }
    }
    store.free_keys()?;
    Ok(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_range() {
        for (from, to, without, expected) in [
            (0, 9, &[][..], &[(0, 9)][..]),
            (0, 9, &[(2, 4), (6, 7)], &[(0, 2), (4, 6), (7, 9)]),
            (0, 9, &[(0, 4), (4, 9)], &[]),
            (0, 9, &[(2, 6), (3, 4)], &[(0, 2), (6, 9)]),
            (0, 9, &[(8, 12)], &[(0, 8)]),
            (0, 9, &[(10, 12)], &[(0, 9)]),
            (0, 0, &[], &[]),
        ] {
            assert_eq!(gaps(from, to, without.iter().copied()), expected, "{from} {to} {without:?}");
        }
    }
}
