//! The worker: one loop for every broker and every store.
//!
//! ```text
//! own       take the assigned sources over in the store, agree with the broker on where each is      sync
//! recover   publish what the store holds and the broker does not                                     sync
//! take      a batch, collected for a few milliseconds                                                step
//! examine   the pure stages, on all cores                                                            batch
//! commit    claim, judge, reply and write, in one transaction of the store                           batch
//! publish   the new rows and the positions, in one transaction of the broker                         publish
//! decide    what persons decided of held documents, one by one and in the same two commits           conclude
//! ```
//!
//! The store is the anchor: what it has committed is never undone, and whatever fails after that is mended by asking the
//! broker what it has and publishing the rest. Every call here may block: a worker runs on a thread of its own, never on
//! those of an async runtime. Must not know the parts of a message.

mod batch;
mod held;
mod large;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{debug, info, warn};

use self::batch::Job;
use super::agreement::{Refusal, Start, agree};
use super::mend::standing;
use super::records::{Topics, leaving};
use super::stages::Stages;
use crate::broker::{Broker, BrokerError, Input, Publication, Record, Source, TakeLimits, Taken};
use crate::fall::fall;
use crate::rules::judge::Verdict;
use crate::store::{Added, DocumentId, Lane, Outcome, Owned, Store, StoreError};
use crate::telemetry::health::HEALTH;
use crate::telemetry::spans::{BatchSpan, Under};
use crate::telemetry::{METRICS, Received, Side, Stage};

/// At most this many rows are published in one step, so that it ends well within the broker's time-out.
const ROWS_A_PUBLICATION: usize = 2_000;

/// No further row is published in the same step once the rows hold this many bytes.
const BYTES_A_PUBLICATION: usize = 32 << 20;

/// So often it is told how many inputs wait.
const LAG: Duration = Duration::from_secs(10);

/// So often it is asked what persons have decided, while inputs come; where none come, each time that is noticed.
const RULINGS: Duration = Duration::from_secs(1);

/// How long to wait after the first failure; doubled with each further one in a row, up to the last.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// [`Worker::run_until_idle`] gives up after so many failures in a row.
const MAX_FAILURES_UNTIL_IDLE: u32 = 8;

/// What a worker is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The worker's name.
    pub name: String,
    /// The id of the partner that each topic belongs to.
    pub partners: BTreeMap<String, String>,
    /// Where answers go.
    pub topics: Topics,
    /// How much one batch holds.
    pub take: TakeLimits,
    /// How long a message id stays claimed; `None` is for ever.
    pub key_window: Option<TimeDelta>,
}

impl Settings {
    /// For [`Worker::run_until_idle`]: nothing is waited for. Sources with their partners; all else as it is without a configuration.
    pub fn until_idle(name: &str, partners: &[(&str, &str)]) -> Self {
        Self {
            name: name.to_owned(),
            partners: partners.iter().map(|(topic, partner)| ((*topic).to_owned(), (*partner).to_owned())).collect(),
            topics: Topics::default(),
            take: TakeLimits { idle: Duration::ZERO, ..TakeLimits::default() },
            key_window: None,
        }
    }
}

/// What a worker has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Inputs that were committed.
    pub inputs: u64,
    /// Documents accepted, in part or as a whole.
    pub accepted: u64,
    /// Documents held for a person to decide.
    pub held: u64,
    /// Documents rejected or refused.
    pub rejected: u64,
    /// Documents that had come before.
    pub repeated: u64,
    /// Replies, stored ones that were sent again included.
    pub replies: u64,
    /// Transfers booked.
    pub transfers: u64,
    /// Inputs set aside for a person to look at.
    pub set_aside: u64,
}

impl Totals {
    fn count(&mut self, outcome: &Outcome) {
        match outcome.verdict {
            Verdict::Accepted | Verdict::PartlyAccepted => self.accepted += 1,
            Verdict::Held => self.held += 1,
            Verdict::Rejected | Verdict::Refused => self.rejected += 1,
            Verdict::Repeated => self.repeated += 1,
        }
        self.replies += u64::from(outcome.answer_record.is_some());
        self.transfers += outcome.transfers.len() as u64;
    }

    fn add(&mut self, other: Totals) {
        self.inputs += other.inputs;
        self.accepted += other.accepted;
        self.held += other.held;
        self.rejected += other.rejected;
        self.repeated += other.repeated;
        self.replies += other.replies;
        self.transfers += other.transfers;
        self.set_aside += other.set_aside;
    }
}

/// Why a worker stopped before it was told to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    /// Store and broker do not agree on a source.
    #[error(
        "source {name}: {refusal}. Nothing of it was read or published. `payflow source {} {name}` mends it",
        .refusal.remedy().name()
    )]
    Refused {
        /// The source.
        name: String,
        /// Both values.
        refusal: Refusal,
    },
    /// Something that trying again would not mend.
    #[error("{0}")]
    Fatal(String),
}

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Something was done.
    Busy,
    /// Nothing was there to do.
    Idle,
    /// Something failed and will be tried again.
    Trouble,
}

/// A failure on the way, by what it calls for.
enum Trouble {
    /// Wait, make the state certain, and go on.
    Retry(String),
    /// Another worker owns a lane: give everything back.
    TakenOver(String),
    /// The store refuses a value of this batch.
    Refused(String),
    /// Stop.
    Stop(WorkerError),
}

impl Trouble {
    /// What it calls for, and nothing that it says: a text may name a value that was refused.
    fn name(&self) -> &'static str {
        match self {
            Trouble::Retry(_) => "tried again",
            Trouble::TakenOver(_) => "taken over by another worker",
            Trouble::Refused(_) => "refused by the store",
            Trouble::Stop(_) => "the worker stops",
        }
    }
}

/// Every error of the broker passes here once, and is counted.
impl From<BrokerError> for Trouble {
    fn from(error: BrokerError) -> Self {
        HEALTH.trouble(Side::Broker, &error.to_string());
        let (kind, trouble) = match error {
            BrokerError::Retry(text) => ("retry", Trouble::Retry(text)),
            BrokerError::Fatal(text) => ("fatal", Trouble::Stop(WorkerError::Fatal(text))),
        };
        METRICS.error(Side::Broker, kind);
        trouble
    }
}

/// And every error of the store. What it refuses is no trouble of its own.
impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        if !matches!(error, StoreError::Refused(_)) {
            HEALTH.trouble(Side::Database, &error.to_string());
        }
        let (kind, trouble) = match error {
            StoreError::Retry(text) => ("retry", Trouble::Retry(text)),
            StoreError::NotOwner(_) => ("not_owner", Trouble::TakenOver(error.to_string())),
            StoreError::Refused(text) => ("refused", Trouble::Refused(text)),
            StoreError::Fatal(text) => ("fatal", Trouble::Stop(WorkerError::Fatal(text))),
        };
        METRICS.error(Side::Database, kind);
        trouble
    }
}

/// A worker over its stages, broker and store.
pub struct Worker<S, B, T> {
    stages: S,
    broker: B,
    store: T,
    settings: Settings,
    assigned: Vec<Source>,
    /// The lanes this worker owns: none until they are synced with the broker, then all that are assigned.
    lanes: BTreeMap<Source, Held>,
    failures: u32,
    totals: Totals,
    lag_told: Option<Instant>,
    /// Whether inputs have come since then.
    came: bool,
    /// Whether inputs seemed to wait when that was told, and none had come since the time before.
    waits: bool,
    /// When it was asked what persons have decided.
    asked: Option<Instant>,
    /// The held documents whose decisions could not be done: each is tried once, until sources change hands.
    stuck: BTreeSet<DocumentId>,
    /// The trace of the batch that is under way.
    under: Option<Under>,
}

/// An input that something leaves because of: its lane, and since when that is due.
type Due = (Lane, DateTime<Utc>);

/// A lane that is owned.
#[derive(Debug, Clone, Copy)]
struct Held {
    lane: Lane,
    epoch: i64,
    next: i64,
    seq: i64,
}

impl<S: Stages, B: Broker, T: Store> Worker<S, B, T> {
    /// A worker that has not begun.
    pub fn new(stages: S, broker: B, store: T, settings: Settings) -> Self {
        let (assigned, lanes) = (Vec::new(), BTreeMap::new());
        let (totals, stuck) = (Totals::default(), BTreeSet::new());
        let (failures, lag_told, came, waits, asked, under) = (0, None, false, false, None, None);
        Self {
            stages,
            broker,
            store,
            settings,
            assigned,
            lanes,
            failures,
            totals,
            lag_told,
            came,
            waits,
            asked,
            stuck,
            under,
        }
    }

    /// What was done so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// How many lanes it owns and has in step with the broker.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// The broker, for putting inputs in and reading what was published.
    pub fn broker(&mut self) -> &mut B {
        &mut self.broker
    }

    /// The store, for reading what was written.
    pub fn store(&mut self) -> &mut T {
        &mut self.store
    }

    /// Works until `stop` is set, and ends after the batch that is under way.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<(), WorkerError> {
        while !stop.load(Ordering::Relaxed) {
            if self.step()? == Progress::Trouble {
                wait(self.backoff(), stop);
            }
        }
        if let Err(error) = self.broker.settle() {
            warn!("{error}; the next start publishes what is left");
        }
        let Totals { inputs, accepted, held, rejected, repeated, replies, transfers, set_aside } = self.totals;
        info!(inputs, accepted, held, rejected, repeated, replies, transfers, set_aside, "stopped");
        Ok(())
    }

    /// Works until nothing is left to do.
    pub fn run_until_idle(&mut self) -> Result<(), WorkerError> {
        loop {
            match self.step()? {
                Progress::Idle if !self.lanes.is_empty() => return Ok(()),
                Progress::Trouble if self.failures > MAX_FAILURES_UNTIL_IDLE => {
                    return Err(WorkerError::Fatal(format!("gave up after {} failures in a row", self.failures)));
                }
                Progress::Trouble => std::thread::sleep(self.backoff()),
                Progress::Idle | Progress::Busy => {}
            }
        }
    }

    /// Does the next thing there is to do.
    pub fn step(&mut self) -> Result<Progress, WorkerError> {
        let trouble = match self.try_step() {
            Ok(progress) => {
                if std::mem::take(&mut self.failures) > 0 {
                    HEALTH.fine();
                }
                self.tell_lag();
                return Ok(progress);
            }
            Err(trouble) => trouble,
        };
        // Whatever failed, how far things are is uncertain now: the next step asks both sides anew.
        self.lanes.clear();
        HEALTH.sources(self.assigned.len(), 0);
        self.failures += 1;
        match trouble {
            Trouble::Stop(error) => return Err(error),
            Trouble::Retry(text) | Trouble::Refused(text) => warn!("{text}; trying again"),
            Trouble::TakenOver(text) => {
                warn!("{text}; asking for sources anew");
                self.assigned.clear();
                match self.broker.rejoin() {
                    Ok(()) => {}
                    Err(BrokerError::Retry(text)) => warn!("{text}; trying again"),
                    Err(BrokerError::Fatal(text)) => return Err(WorkerError::Fatal(text)),
                }
            }
        }
        Ok(Progress::Trouble)
    }

    fn try_step(&mut self) -> Result<Progress, Trouble> {
        if self.lanes.len() != self.assigned.len() {
            // A failure may be the first sign that the sources are another worker's now: so hear that first.
            if self.failures > 0 && self.attend()? {
                return Ok(Progress::Busy);
            }
            self.sync()?;
        }
        if self.asked.is_none_or(|asked| asked.elapsed() >= RULINGS) && self.conclude()? {
            return Ok(Progress::Busy);
        }
        let taking = Instant::now();
        match self.broker.take(&self.settings.take)? {
            Taken::Inputs(inputs) => {
                (self.came, self.waits) = (true, false);
                self.work(taking, inputs).map(|()| Progress::Busy)
            }
            Taken::Idle => {
                self.broker.settle()?;
                self.pass_over()?;
                Ok(if self.conclude()? { Progress::Busy } else { Progress::Idle })
            }
            change => {
                self.reassign(change);
                Ok(Progress::Busy)
            }
        }
    }

    /// Listens to the broker in times of trouble, so that it does not take this worker for dead, and says whether other
    /// sources are assigned now. Inputs that come meanwhile are dropped: they are read again from the store's position.
    fn attend(&mut self) -> Result<bool, Trouble> {
        let at_once = TakeLimits { inputs: 1, bytes: 1, linger: Duration::ZERO, idle: Duration::ZERO };
        let taken = self.broker.take(&at_once)?;
        let changed = matches!(taken, Taken::Assigned(_) | Taken::Revoked);
        self.reassign(taken);
        Ok(changed)
    }

    fn reassign(&mut self, change: Taken) {
        let sources = match change {
            Taken::Assigned(sources) => sources,
            Taken::Revoked => Vec::new(),
            Taken::Inputs(_) | Taken::Idle => return,
        };
        info!(before = self.assigned.len(), now = sources.len(), "sources assigned");
        self.lanes.clear();
        self.assigned = sources;
        HEALTH.sources(self.assigned.len(), 0);
    }

    fn backoff(&self) -> Duration {
        let (first, last) = BACKOFF;
        first.saturating_mul(1 << self.failures.saturating_sub(1).min(16)).min(last)
    }

    /// Owns the assigned sources, agrees with the broker on where each is, publishes what it lacks, and reads on.
    fn sync(&mut self) -> Result<(), Trouble> {
        self.broker.renew()?;
        let mut lanes = BTreeMap::new();
        for source in self.assigned.clone() {
            let owned = self.store.own(&source, self.partner(&source)?.to_owned().as_str())?;
            fall("source owned");
            let held = self.settle(&source, owned)?;
            fall("source settled");
            info!(%source, epoch = held.epoch, next = held.next, seq = held.seq, "source owned");
            lanes.insert(source, held);
        }
        let positions: Vec<_> = lanes.iter().map(|(source, held)| (source.clone(), held.next)).collect();
        self.broker.resume(&positions)?;
        self.lanes = lanes;
        (self.asked, self.lag_told) = (None, None);
        // The first time that it is told says nothing of a time before.
        (self.came, self.waits) = (true, false);
        self.stuck.clear();
        HEALTH.sources(self.assigned.len(), self.lanes.len());
        Ok(())
    }

    /// Tells now and then how many inputs wait: of all sources that are owned, or nothing new.
    fn tell_lag(&mut self) {
        if self.lanes.len() != self.assigned.len() || self.lag_told.is_some_and(|told| told.elapsed() < LAG) {
            return;
        }
        let positions: Vec<_> = self.lanes.iter().map(|(source, held)| (source.clone(), held.next)).collect();
        match self.broker.waiting(&positions) {
            Ok(inputs) => {
                METRICS.waiting(inputs);
                self.waits = inputs > 0 && !self.came;
                self.came = false;
            }
            Err(error) => warn!("{error}; consumer_lag stays as it was"),
        }
        self.lag_told = Some(Instant::now());
    }

    /// Has the broker take note of offsets without an input, where inputs seem to wait and none comes for [`LAG`]. Not sooner: it
    /// takes a moment in which nothing else is done, and a broker that is slow for a moment has inputs.
    fn pass_over(&mut self) -> Result<(), Trouble> {
        if !std::mem::take(&mut self.waits) {
            return Ok(());
        }
        let idle = self.lanes.iter().map(|(source, held)| Publication {
            source: source.clone(),
            records: Vec::new(),
            next: held.next,
            seq: held.seq,
            received: Received::default(),
        });
        Ok(self.broker.pass_over(idle.collect())?)
    }

    fn partner(&self, source: &Source) -> Result<&str, Trouble> {
        self.settings.partners.get(&*source.topic).map(String::as_str).ok_or_else(|| {
            Trouble::Stop(WorkerError::Fatal(format!("the source {source} belongs to no partner of the configuration")))
        })
    }

    fn settle(&mut self, source: &Source, owned: Owned) -> Result<Held, Trouble> {
        let standing = standing::<Trouble>(source, Some(owned), &mut self.store, &mut self.broker)?;
        let start = match agree(&standing) {
            Ok(start) => start,
            // Whoever has taken the source over since then may have moved the broker on: only its owner can refuse it.
            Err(_) if self.store.find(source)?.is_none_or(|found| found.epoch != owned.epoch) => {
                return Err(StoreError::NotOwner(owned.lane).into());
            }
            Err(refusal) => return Err(Trouble::Stop(WorkerError::Refused { name: source.to_string(), refusal })),
        };
        let next = match start {
            Start::New(next) => {
                let source = source.clone();
                self.broker.publish(vec![Publication {
                    source,
                    records: Vec::new(),
                    next,
                    seq: owned.seq,
                    received: Received::default(),
                }])?;
                self.broker.settle()?;
                fall("start committed to the broker");
                self.store.start(&owned, next)?;
                next
            }
            Start::Adopt(next) => {
                self.store.start(&owned, next)?;
                next
            }
            Start::Resume { next, published, committed } => {
                let held = Held { lane: owned.lane, epoch: owned.epoch, next, seq: owned.seq };
                if published < held.seq || committed < next {
                    info!(%source, from = published + 1, to = held.seq, "publishing what was left");
                    self.publish_stored(source, &held, (published, committed), &[])?;
                }
                next
            }
        };
        Ok(Held { lane: owned.lane, epoch: owned.epoch, next, seq: owned.seq })
    }

    /// Publishes the lane's rows after `published` from the store, in parts of which only the last moves the offset away
    /// from `committed`, and has the inputs that all are due to.
    fn publish_stored(
        &mut self,
        source: &Source,
        held: &Held,
        (mut published, committed): (i64, i64),
        due: &[Due],
    ) -> Result<(), Trouble> {
        loop {
            let records = self.store.outbox(held.lane, published, ROWS_A_PUBLICATION, BYTES_A_PUBLICATION)?;
            let seq = published + records.len() as i64;
            let last = seq >= held.seq;
            if records.is_empty() && !last {
                let text = format!("the outbox of lane {} ends at row {seq}, not {}", held.lane, held.seq);
                return Err(Trouble::Stop(WorkerError::Fatal(text)));
            }
            let next = if last { held.next } else { committed };
            let (source, records) = (source.clone(), self.leaving(records));
            let received = self.received(held.lane, if last { due } else { &[] });
            self.broker.publish(vec![Publication { source, records, next, seq, received }])?;
            if last {
                return Ok(());
            }
            published = seq;
        }
    }

    /// Takes a batch from bytes to committed positions.
    fn work(&mut self, taking: Instant, inputs: Vec<Input>) -> Result<(), Trouble> {
        let (large, small): (Vec<Input>, Vec<Input>) = inputs.into_iter().partition(|input| input.file.is_some());
        self.work_traced(taking, small)?;
        for mut input in large {
            if let Some(file) = input.file.take() {
                self.work_large(input, file)?;
            }
        }
        Ok(())
    }

    /// The same for what is held in memory, and tells its trace where somebody follows one.
    fn work_traced(&mut self, taking: Instant, inputs: Vec<Input>) -> Result<(), Trouble> {
        let links = inputs.iter().filter_map(|input| input.trace.as_ref()?.link());
        let batch = BatchSpan::of(taking, inputs.len(), links);
        if let Some(batch) = &batch {
            batch.under().stage(Stage::Receive, taking.elapsed());
        }
        self.within(batch, |worker| worker.work_together(inputs))
    }

    /// Does something, as the batch that its trace tells of.
    fn within(
        &mut self,
        batch: Option<BatchSpan>,
        work: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.under = batch.as_ref().map(BatchSpan::under);
        let done = work(self);
        self.under = None;
        if let Some(batch) = batch {
            batch.end(done.as_ref().err().map(Trouble::name));
        }
        done
    }

    fn work_together(&mut self, inputs: Vec<Input>) -> Result<(), Trouble> {
        let begun = Instant::now();
        fall("inputs taken");
        let jobs = self.examine(inputs);
        METRICS.stage(Stage::Examine, begun.elapsed(), self.under);
        if jobs.is_empty() {
            return Ok(());
        }
        fall("inputs examined");
        let before = self.lanes.clone();
        let added = self.commit(&jobs)?;
        let committed = begun.elapsed();
        let due: Vec<Due> = jobs.iter().map(Job::due).collect();
        self.publish(&before, added, &due)?;
        debug!(inputs = jobs.len(), ?committed, published = ?begun.elapsed(), "batch");
        Ok(())
    }

    /// Publishes what a batch added, in one step of the broker where it is not too much for one.
    fn publish(&mut self, before: &BTreeMap<Source, Held>, added: Vec<Added>, due: &[Due]) -> Result<(), Trouble> {
        let mut publications = Vec::new();
        for added in added {
            let moved = self.lanes.iter().find(|(_, held)| held.lane == added.lane);
            if let Some((source, held)) = moved {
                let (records, seq) = (self.leaving(added.records), added.seq);
                let received = self.received(held.lane, due);
                publications.push(Publication { source: source.clone(), records, next: held.next, seq, received });
            }
        }
        let records = || publications.iter().flat_map(|publication| &publication.records);
        let bytes: usize = records().map(|record| record.bytes.len()).sum();
        if records().count() <= ROWS_A_PUBLICATION && bytes <= BYTES_A_PUBLICATION {
            return Ok(self.broker.publish(publications)?);
        }
        self.publish_from(before, due)
    }

    /// What is told once the broker has what a lane's inputs led to.
    fn received(&self, lane: Lane, due: &[Due]) -> Received {
        let at = due.iter().filter(|(of, _)| *of == lane).map(|(_, at)| *at).collect();
        Received { at, under: self.under }
    }

    fn leaving(&self, records: Vec<Record>) -> Vec<Record> {
        records.into_iter().map(|record| leaving(record, self.settings.topics.record_bytes)).collect()
    }

    /// Publishes from the store what lanes have that were there before.
    fn publish_from(&mut self, before: &BTreeMap<Source, Held>, due: &[Due]) -> Result<(), Trouble> {
        for (source, held) in self.lanes.clone() {
            if let Some(before) = before.get(&source).filter(|before| before.seq < held.seq || before.next < held.next)
            {
                self.publish_stored(&source, &held, (before.seq, before.next), due)?;
            }
        }
        Ok(())
    }
}

fn wait(time: Duration, stop: &AtomicBool) {
    let until = Instant::now() + time;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20).min(time));
    }
}
