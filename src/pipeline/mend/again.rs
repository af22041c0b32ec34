//! Working inputs again that the database has forgotten and the group has behind it. The worker does it as ever, between a
//! broker that gives it these inputs alone, in an order in which they can have been decided, and publishes only what the
//! topics do not hold; and a store that keeps what was said of them in the words in which it was said. What persons had decided of
//! held documents, and the topics show, is decided so again.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::memory::{Certain, Memory, Name, Place};
use super::{Trouble, decided, earliest, last_rows, tell};
use crate::broker::{
    Broker, BrokerError, Committed, Extent, Input, Lookup, Publication, Record, Source, TakeLimits, Taken,
};
use crate::pipeline::agreement::Remedy;
use crate::pipeline::records::Topics;
use crate::pipeline::stages::Stages;
use crate::pipeline::worker::{Settings, Totals, Worker};
use crate::store::held::{Act, Desk, Held, Motion, held};
use crate::store::{
    Added, Batch, Claim, Decide, DocumentId, InputRow, Lane, Mend, Outcome, Owned, Pour, Ruled, Step, Store, StoreError,
};

/// How long a source may give nothing of what it holds.
const SILENCE: Duration = Duration::from_secs(60);

/// What of a source is worked on again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The source.
    pub source: Source,
    /// Where the database is, with the last row of its outbox.
    pub begin: Committed,
    /// What the group has.
    pub end: Committed,
}

impl Gap {
    pub(super) fn holds(&self, offset: i64) -> bool {
        (self.begin.next..self.end.next).contains(&offset)
    }
}

/// Works the inputs of gaps again, all together: one of them may have come before another one of another source. What the
/// topics hold of them is in memory meanwhile.
pub fn work_again<S: Stages, B: Broker + Lookup, T: Store>(
    gaps: Vec<Gap>,
    stages: S,
    mut broker: B,
    (mut store, desk): (T, &mut dyn Desk),
    settings: Settings,
) -> Result<Totals, Trouble> {
    for Gap { source, end, .. } in &gaps {
        // It says what it has said, once no worker is there.
        tell(source, Vec::new(), (end.next, end.seq.unwrap_or_default()), &mut broker)?;
    }
    let waiting = held(desk)?.iter().map(name).collect();
    let memory = Arc::new(remember(&gaps, &waiting, &settings.topics, &mut store, &mut broker)?);
    let lanes = gaps.iter().map(|gap| (gap.source.clone(), Given::default())).collect();
    let broker = Again { inner: broker, memory: Arc::clone(&memory), gaps: gaps.clone(), lanes, announced: false };
    let store = Remembering { inner: store, memory: Arc::clone(&memory), lanes: BTreeMap::new(), concludes: false };
    let mut worker = Worker::new(stages, broker, store, settings);
    worker.run_until_idle()?;
    decide_again(&memory, desk)?;
    worker.store().concludes = true;
    worker.run_until_idle()?;
    for Gap { source, end, .. } in gaps {
        let owned = worker.store().find(&source)?;
        let done = owned.and_then(|owned| Some((owned.next?, owned.seq))).filter(|(next, _)| *next >= end.next);
        let Some(done) = done else {
            return Err(Trouble::Failed(format!("{source}: not all inputs up to offset {} are there", end.next)));
        };
        tell(&source, Vec::new(), done, &mut worker.broker().inner)?;
    }
    Ok(worker.totals())
}

/// Takes note of what persons must have decided: its acts are forgotten, and what came of it is in the topics.
fn decide_again(memory: &Memory, desk: &mut dyn Desk) -> Result<(), Trouble> {
    for held in held(desk)? {
        let decided = held.acts.last().is_some_and(|act| act.act == "confirm");
        let Some(ruling) = memory.ruling(&name(&held)).filter(|_| !decided) else { continue };
        for motion in
            [Motion::Ask(ruling, "the topics hold what came of it"), Motion::Confirm { four_eyes: false, only: None }]
        {
            desk.act(&Act { id: held.id, actor: Remedy::Republish.event(), motion })?;
        }
    }
    Ok(())
}

/// A held document, as records name it.
fn name(held: &Held) -> Name {
    let source = held.place.rsplit_once('-').map_or("", |(source, _)| source);
    ((source.to_owned(), held.id.position), held.id.document)
}

/// Reads what the topics hold of the gaps' inputs: all of it was decided after the last rows that the database knows.
fn remember<T: Store, B: Lookup>(
    gaps: &[Gap],
    held: &HashSet<Name>,
    topics: &Topics,
    store: &mut T,
    broker: &mut B,
) -> Result<Memory, Trouble> {
    let mut since = Vec::new();
    for gap in gaps {
        let owned = store.find(&gap.source)?;
        let rows = owned.map(|owned| last_rows(owned.lane, owned.seq, store)).transpose()?.unwrap_or_default();
        since.push(decided(&rows).max());
    }
    let mut memory = Memory::default();
    let topics = [&*topics.acknowledgements, &*topics.transfers, &*topics.rejected];
    broker.read(&topics, earliest(since), &mut |record| memory.note(record, gaps, held))?;
    Ok(memory.settle())
}

/// A broker that gives the inputs of gaps alone.
struct Again<B> {
    inner: B,
    memory: Arc<Memory>,
    gaps: Vec<Gap>,
    lanes: BTreeMap<Source, Given>,
    announced: bool,
}

/// How far a source is given.
#[derive(Default)]
struct Given {
    /// The offset that is given next.
    next: i64,
    /// What is there.
    waiting: VecDeque<Input>,
    /// Whether nothing more is to come.
    ended: bool,
}

impl<B> Again<B> {
    fn gap(&self, source: &Source) -> Result<&Gap, BrokerError> {
        let found = self.gaps.iter().find(|gap| gap.source == *source);
        found.ok_or_else(|| BrokerError::Fatal(format!("{source} is not to be worked again")))
    }

    /// Keeps what belongs to a gap until it is its turn.
    fn keep(&mut self, inputs: Vec<Input>) {
        for input in inputs {
            let Some(gap) = self.gaps.iter().find(|gap| gap.source == input.source) else { continue };
            let Some(lane) = self.lanes.get_mut(&input.source) else { continue };
            lane.ended |= input.offset + 1 >= gap.end.next;
            if gap.holds(input.offset) {
                lane.waiting.push_back(input);
            }
        }
    }

    /// The inputs whose turn it is.
    fn give(&mut self, limits: &TakeLimits) -> Vec<Input> {
        let sources: Vec<Source> = self.lanes.keys().cloned().collect();
        let (mut given, mut bytes) = (Vec::new(), 0);
        while given.len() < limits.inputs && bytes < limits.bytes {
            let mut any = |at_least| sources.iter().find_map(|source| self.pop(source, at_least));
            let mut input = any(Certain::Shown);
            // What is less certain is given when nothing else can come.
            if input.is_none() && self.lanes.values().all(|lane| lane.ended || !lane.waiting.is_empty()) {
                let mut any = |at_least| sources.iter().find_map(|source| self.pop(source, at_least));
                input = [Certain::Silent, Certain::After, Certain::Waits].into_iter().find_map(&mut any);
            }
            let Some(input) = input else { break };
            bytes += input.bytes.len();
            given.push(input);
        }
        given
    }

    /// The next input of a source, when it is at least as certain that it is its turn.
    fn pop(&mut self, source: &Source, at_least: Certain) -> Option<Input> {
        let offset = self.lanes.get(source)?.waiting.front()?.offset;
        if self.memory.certain(&(source.to_string(), offset), |place| self.is_to_come(place)) > at_least {
            return None;
        }
        let lane = self.lanes.get_mut(source)?;
        lane.next = offset + 1;
        lane.waiting.pop_front()
    }

    fn is_to_come(&self, (name, offset): &Place) -> bool {
        self.lanes.iter().any(|(source, lane)| source.to_string() == *name && lane.next <= *offset)
    }

    fn is_done(&self) -> bool {
        let done =
            |gap: &Gap| gap.begin.next >= gap.end.next || self.lanes.get(&gap.source).is_some_and(Given::is_done);
        self.gaps.iter().all(done)
    }
}

impl Given {
    fn is_done(&self) -> bool {
        self.ended && self.waiting.is_empty()
    }
}

impl<B: Broker> Broker for Again<B> {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        if !std::mem::replace(&mut self.announced, true) {
            return Ok(Taken::Assigned(self.gaps.iter().map(|gap| gap.source.clone()).collect()));
        }
        let until = Instant::now() + SILENCE;
        loop {
            let given = self.give(limits);
            if !given.is_empty() {
                return Ok(Taken::Inputs(given));
            }
            if self.is_done() {
                return Ok(Taken::Idle);
            }
            if Instant::now() > until {
                let text = "a source does not give the inputs up to the group's offset: are they deleted?";
                return Err(BrokerError::Fatal(text.to_owned()));
            }
            // What the other broker says of assignments is of no interest here.
            if let Taken::Inputs(inputs) = self.inner.take(limits)? {
                self.keep(inputs);
            }
        }
    }

    /// What the worker is to take for it, so that it goes on from where the database is.
    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        self.gap(source).map(|gap| Some(gap.begin))
    }

    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        self.inner.extent(source)
    }

    fn waiting(&mut self, positions: &[(Source, i64)]) -> Result<i64, BrokerError> {
        self.inner.waiting(positions)
    }

    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        for (source, next) in positions {
            let ended = *next >= self.gap(source)?.end.next;
            self.lanes.insert(source.clone(), Given { next: *next, waiting: VecDeque::new(), ended });
        }
        self.inner.resume(positions)
    }

    /// Publishes what the topics do not hold. The group stays where it is until all is done, so that what is cut off is
    /// refused again.
    fn publish(&mut self, publications: Vec<Publication>) -> Result<(), BrokerError> {
        let mut missing = Vec::new();
        for Publication { source, mut records, received, .. } in publications {
            records.retain(|record: &Record| !self.memory.holds(record));
            let Committed { next, seq } = self.gap(&source)?.end;
            if !records.is_empty() {
                missing.push(Publication { source, records, next, seq: seq.unwrap_or_default(), received });
            }
        }
        if missing.is_empty() { Ok(()) } else { self.inner.publish(missing) }
    }

    fn settle(&mut self) -> Result<(), BrokerError> {
        self.inner.settle()
    }

    fn renew(&mut self) -> Result<(), BrokerError> {
        self.inner.renew()
    }

    fn rejoin(&mut self) -> Result<(), BrokerError> {
        Err(BrokerError::Fatal("a worker is at work on a source: stop every worker before".to_owned()))
    }
}

/// A store that keeps what was said of an input in the words in which it was said.
struct Remembering<T> {
    inner: T,
    memory: Arc<Memory>,
    /// The source of each lane.
    lanes: BTreeMap<Lane, String>,
    /// Whether what persons have decided is done: it waits until all inputs are worked on again.
    concludes: bool,
}

impl<T: Store> Store for Remembering<T> {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        let owned = self.inner.own(source, partner)?;
        self.lanes.insert(owned.lane, source.to_string());
        Ok(owned)
    }

    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        self.inner.start(owned, next)
    }

    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        let (lanes, memory) = (&self.lanes, &self.memory);
        let mut remember = |claims: &[Claim]| {
            let outcomes = decide(claims)?.into_iter().zip(&batch.documents);
            let remembered = outcomes.map(|(outcome, document)| {
                let source = lanes.get(&document.id.lane).cloned().unwrap_or_default();
                memory.remembered((source, document.id.position), document.id.document, outcome)
            });
            remembered.collect()
        };
        self.inner.commit_poured(batch, &mut remember, pour)
    }

    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        self.inner.set_aside(step, input, reason, actor)
    }

    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        self.inner.outbox(lane, after, rows, bytes)
    }

    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        self.inner.find(source)
    }

    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        self.inner.elsewhere(source)
    }

    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.input(lane, position)
    }

    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        if self.concludes { self.inner.ruled(lanes) } else { Ok(Vec::new()) }
    }

    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        self.inner.stuck(id, why)
    }

    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        let DocumentId { lane, position, document } = ruled.id;
        let place = (self.lanes.get(&lane).cloned().unwrap_or_default(), position);
        // Another one than is published must not leave: a person has to look at it.
        let outcome = self.memory.remembered(place, document, outcome).map_err(StoreError::Fatal)?;
        self.inner.conclude(step, ruled, outcome, happened, pour)
    }

    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        self.inner.mend(step, mend)
    }
}
