//! The thread that runs a producer's transactions: while the brokers work on one batch's, the store works on the next one.
//! Calls of the client that should end in time do not always: then the thread is left to itself, and what it did is settled
//! by the next producer, which fences it off.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;
use tracing::{debug, warn};

use super::client::Deliveries;
use super::publish::{Failure, failure, transact};
use crate::broker::Publication;
use crate::telemetry::METRICS;

/// How long a transaction may take, and its start. Longer than its time-out at the brokers: they have given it up by then, or
/// it is being committed, which the next producer waits for.
const LIMIT: Duration = Duration::from_secs(15);

/// What is published in one transaction, with the offsets to commit, under which membership.
type Work = (Arc<ConsumerGroupMetadata>, Vec<Publication>, TopicPartitionList);

/// A producer with a thread of its own. After a failure it is of no more use.
pub(super) struct Publisher {
    /// Taken away to end the thread.
    work: Option<Sender<Work>>,
    outcomes: Receiver<Result<(), Failure>>,
    /// Since when it is at work.
    busy: Option<Instant>,
}

impl Publisher {
    /// Starts the thread, and waits until the transactions of an earlier producer of the same name are settled.
    pub(super) fn start(producer: BaseProducer<Deliveries>) -> Result<Self, Failure> {
        let (work, works) = channel::<Work>();
        let (outcome, outcomes) = channel();
        let run = move || {
            let started = producer.init_transactions(LIMIT).map_err(|error| failure("start of transactions", &error));
            let failed = started.is_err();
            if outcome.send(started).is_err() || failed {
                return;
            }
            for (membership, publications, offsets) in works {
                let begun = Instant::now();
                let done = transact(&producer, &membership, &publications, &offsets);
                let failed = done.is_err();
                if failed {
                    // Whether it was committed is told by the group's offset, once a new producer has settled it.
                    if let Err(error) = producer.abort_transaction(Duration::from_secs(5)) {
                        warn!("Kafka: abort: {error}");
                    }
                } else {
                    METRICS.published(begun.elapsed(), publications.iter().map(|publication| &publication.received));
                }
                if outcome.send(done).is_err() || failed {
                    return;
                }
            }
        };
        let started = Builder::new().name("publisher".to_owned()).spawn(run);
        started.map_err(|error| Failure { text: format!("a thread for it: {error}"), fenced: false })?;
        let mut publisher = Self { work: Some(work), outcomes, busy: Some(Instant::now()) };
        publisher.settle()?;
        Ok(publisher)
    }

    /// Begins to publish once what is under way is done.
    pub(super) fn publish(
        &mut self,
        membership: &Arc<ConsumerGroupMetadata>,
        publications: Vec<Publication>,
        offsets: TopicPartitionList,
    ) -> Result<(), Failure> {
        self.settle()?;
        let sent = self.work.as_ref().map(|work| work.send((Arc::clone(membership), publications, offsets)));
        self.busy = Some(Instant::now());
        sent.and_then(Result::ok).ok_or_else(gone)
    }

    /// Waits for what is under way.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        let Some(since) = self.busy else { return Ok(()) };
        match self.outcomes.recv_timeout(LIMIT.saturating_sub(since.elapsed())) {
            Ok(outcome) => {
                self.busy = None;
                outcome
            }
            Err(RecvTimeoutError::Timeout) => Err(late()),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }

    /// Whether something was under way when it was last looked at.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    /// What has failed meanwhile, without waiting.
    pub(super) fn look(&mut self) -> Result<(), Failure> {
        match self.outcomes.try_recv() {
            Ok(outcome) => {
                self.busy = None;
                outcome
            }
            Err(TryRecvError::Empty) if self.busy.is_some_and(|since| since.elapsed() > LIMIT) => Err(late()),
            Err(TryRecvError::Empty) => Ok(()),
            Err(TryRecvError::Disconnected) => Err(gone()),
        }
    }
}

fn gone() -> Failure {
    Failure { text: "its thread has ended".to_owned(), fenced: false }
}

fn late() -> Failure {
    Failure { text: format!("no outcome within {} s", LIMIT.as_secs()), fenced: false }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.work = None;
        // What is under way may yet be committed: better that than to undo it.
        if let Err(failure) = self.settle() {
            debug!("Kafka: a producer was given up: {}", failure.text);
        }
    }
}
