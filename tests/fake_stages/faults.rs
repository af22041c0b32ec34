//! Stores and brokers whose calls fail by a seeded plan.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use payflow::broker::{Broker, BrokerError, Committed, Extent, Publication, Record, Source, TakeLimits, Taken};
use payflow::pipeline::stages::Stages;
use payflow::pipeline::worker::{Progress, Worker, WorkerError};
use payflow::store::{
    Added, Batch, Decide, DocumentId, InputRow, Lane, Mend, Outcome, Owned, Pour, Ruled, Step, Store, StoreError,
};

/// A small generator of numbers, the same for a seed on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        // The generator "xorshift64*".
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// Which calls fail, and how.
pub struct Plan {
    random: Random,
    faults_left: u32,
    /// How many calls failed so far.
    pub faults: u32,
    /// How many of them were deaths.
    pub deaths: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Before { death: bool },
    After { death: bool },
}

impl Plan {
    pub fn new(random: Random, faults_left: u32) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { random, faults_left, faults: 0, deaths: 0 }))
    }

    fn next(&mut self) -> Fault {
        if self.faults_left == 0 || self.random.below(5) > 0 {
            return Fault::None;
        }
        self.faults_left -= 1;
        self.faults += 1;
        let death = self.random.below(3) == 0;
        self.deaths += u32::from(death);
        if self.random.below(2) == 0 { Fault::Before { death } } else { Fault::After { death } }
    }
}

/// A broker or store whose calls fail as planned.
pub struct Faulty<I> {
    pub inner: I,
    pub plan: Arc<Mutex<Plan>>,
}

pub const DEATH: &str = "the process died";

impl<I> Faulty<I> {
    fn call<V, E>(&mut self, call: impl FnOnce(&mut I) -> Result<V, E>, fail: impl Fn(bool) -> E) -> Result<V, E> {
        let fault = self.plan.lock().unwrap().next();
        if let Fault::Before { death } = fault {
            return Err(fail(death));
        }
        let done = call(&mut self.inner)?;
        if let Fault::After { death } = fault {
            return Err(fail(death));
        }
        Ok(done)
    }
}

pub fn broker_fault(death: bool) -> BrokerError {
    if death { BrokerError::Fatal(DEATH.to_owned()) } else { BrokerError::Retry("a fault".to_owned()) }
}

fn store_fault(death: bool) -> StoreError {
    if death { StoreError::Fatal(DEATH.to_owned()) } else { StoreError::Retry("a fault".to_owned()) }
}

impl<B: Broker> Broker for Faulty<B> {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        // What is assigned is told once only, so that call is let be.
        self.inner.take(limits)
    }
    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        self.call(|inner| inner.committed(source), broker_fault)
    }
    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        self.call(|inner| inner.extent(source), broker_fault)
    }
    fn pass_over(&mut self, idle: Vec<Publication>) -> Result<(), BrokerError> {
        self.call(|inner| inner.pass_over(idle), broker_fault)
    }
    fn kept(&mut self, source: &Source, file: &str, taken: DateTime<Utc>) -> Result<Vec<PathBuf>, BrokerError> {
        self.call(|inner| inner.kept(source, file, taken), broker_fault)
    }
    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        self.call(|inner| inner.resume(positions), broker_fault)
    }
    fn publish(&mut self, publications: Vec<Publication>) -> Result<(), BrokerError> {
        self.call(|inner| inner.publish(publications), broker_fault)
    }
    fn renew(&mut self) -> Result<(), BrokerError> {
        self.call(Broker::renew, broker_fault)
    }
    fn rejoin(&mut self) -> Result<(), BrokerError> {
        self.inner.rejoin()
    }
}

impl<T: Store> Store for Faulty<T> {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        self.call(|inner| inner.own(source, partner), store_fault)
    }
    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        self.call(|inner| inner.start(owned, next), store_fault)
    }
    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        self.call(|inner| inner.commit_poured(batch, decide, pour), store_fault)
    }
    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        self.call(|inner| inner.set_aside(step, input, reason, actor), store_fault)
    }
    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        self.call(|inner| inner.outbox(lane, after, rows, bytes), store_fault)
    }
    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        self.call(|inner| inner.find(source), store_fault)
    }
    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        self.call(|inner| inner.elsewhere(source), store_fault)
    }
    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.call(|inner| inner.input(lane, position), store_fault)
    }
    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        self.call(|inner| inner.ruled(lanes), store_fault)
    }
    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        self.call(|inner| inner.stuck(id, why), store_fault)
    }
    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        self.call(|inner| inner.conclude(step, ruled, outcome, happened, pour), store_fault)
    }
    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        self.call(|inner| inner.mend(step, mend), store_fault)
    }
}

/// Works until all is done. A worker that died is replaced by the next. Step by step, so that no failure is waited out.
pub fn work_to_the_end<S: Stages, B: Broker, T: Store>(mut next: impl FnMut() -> Worker<S, B, T>) {
    loop {
        let mut worker = next();
        let end = loop {
            match worker.step() {
                Ok(Progress::Idle) if worker.lanes() > 0 => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        match end {
            Ok(()) => return,
            Err(WorkerError::Fatal(text)) if text == DEATH => {}
            Err(error) => panic!("{error}"),
        }
    }
}
