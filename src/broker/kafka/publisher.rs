//! The thread that runs a producer's transactions: while the brokers work on one batch's, the store works on the next one.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::producer::{BaseProducer, Producer};
use tracing::warn;

use super::client::Deliveries;
use super::publish::{Failure, transact};
use crate::broker::Publication;
use crate::telemetry::METRICS;

/// What is published in one transaction, under which membership.
type Work = (Arc<ConsumerGroupMetadata>, Vec<Publication>);

/// A producer with a thread of its own. After a failure it is of no more use.
pub(super) struct Publisher {
    /// Taken away to end the thread.
    work: Option<Sender<Work>>,
    outcomes: Receiver<Result<(), Failure>>,
    is_busy: bool,
    thread: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Starts the thread for a producer whose transactions have been initialised.
    pub(super) fn start(producer: BaseProducer<Deliveries>) -> io::Result<Self> {
        let (work, works) = channel::<Work>();
        let (outcome, outcomes) = channel();
        let thread = Builder::new().name("publisher".to_owned()).spawn(move || {
            for (membership, publications) in works {
                let begun = Instant::now();
                let done = transact(&producer, &membership, &publications);
                let failed = done.is_err();
                if !failed {
                    METRICS.published(begun.elapsed(), publications.iter().flat_map(|p| &p.received));
                }
                if failed {
                    // Whether it was committed is told by the group's offset, once a new producer has settled it.
                    if let Err(error) = producer.abort_transaction(Duration::from_secs(5)) {
                        warn!("Kafka: abort: {error}");
                    }
                }
                if outcome.send(done).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Self { work: Some(work), outcomes, is_busy: false, thread: Some(thread) })
    }

    /// Begins to publish once what is under way is done.
    pub(super) fn publish(
        &mut self,
        membership: &Arc<ConsumerGroupMetadata>,
        publications: Vec<Publication>,
    ) -> Result<(), Failure> {
        self.settle()?;
        let sent = self.work.as_ref().map(|work| work.send((Arc::clone(membership), publications)));
        self.is_busy = true;
        sent.and_then(Result::ok).ok_or_else(gone)
    }

    /// Waits for what is under way.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        if !std::mem::take(&mut self.is_busy) {
            return Ok(());
        }
        self.outcomes.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// What has failed meanwhile, without waiting.
    pub(super) fn look(&mut self) -> Result<(), Failure> {
        match self.outcomes.try_recv() {
            Ok(outcome) => {
                self.is_busy = false;
                outcome
            }
            Err(TryRecvError::Empty) => Ok(()),
            Err(TryRecvError::Disconnected) => Err(gone()),
        }
    }
}

fn gone() -> Failure {
    Failure { text: "its thread has ended".to_owned(), fenced: false }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.work = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            warn!("Kafka: the publisher fell");
        }
    }
}
