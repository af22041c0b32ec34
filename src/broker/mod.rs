//! Where inputs come from and answers go: one trait, the embedded queue, Kafka and folders of files behind it.
//!
//! A broker moves bytes. It publishes a lane's rows and commits the lane's position in one step of its own, and it
//! keeps the number of the last published row beside that position, so that after any fall the two tell exactly what
//! is still to be sent. Must not know what a message is, and must not know the store.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::telemetry::Received;
use trace::Trace;

#[cfg(feature = "sqlite")]
pub mod embedded;
#[cfg(feature = "worker")]
pub mod folder;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod trace;

/// One partition of a topic: where inputs come from, and the lane by which their answers leave.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    /// The id of the cluster the topic is in.
    pub cluster: Arc<str>,
    /// The topic.
    pub topic: Arc<str>,
    /// The partition of the topic.
    pub partition: i32,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// One record of a source.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where it stands.
    pub source: Source,
    /// At which offset.
    pub offset: i64,
    /// When the broker appended it, where the topic says so; else when the worker took it.
    pub received_at: DateTime<Utc>,
    /// The input, undecoded.
    pub bytes: Vec<u8>,
    /// The file that holds the input, where it is too large for memory: then there are no bytes.
    pub file: Option<PathBuf>,
    /// The trace that its headers name.
    pub trace: Option<Trace>,
}

/// One record to publish.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    /// The topic it goes to.
    pub topic: String,
    /// The key: equal keys keep their order.
    pub key: String,
    /// Headers, in order. They hold no customer data.
    pub headers: Vec<(String, String)>,
    /// The value.
    pub bytes: Vec<u8>,
}

impl Record {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// How much one batch may hold, and how long it may be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeLimits {
    /// At most this many inputs.
    pub inputs: usize,
    /// No further input is taken once this many bytes are there.
    pub bytes: usize,
    /// How long to go on collecting after the first input, while what the batch before has left is being published: what is
    /// taken meanwhile would wait for that anyway, and few large batches cost less than many small ones. A quarter of it
    /// when nothing is under way.
    pub linger: Duration,
    /// How long to wait for the first input.
    pub idle: Duration,
}

impl Default for TakeLimits {
    fn default() -> Self {
        Self {
            inputs: 1_000,
            bytes: 16 * 1024 * 1024,
            linger: Duration::from_millis(20),
            idle: Duration::from_millis(500),
        }
    }
}

/// What came of waiting for inputs.
#[derive(Debug)]
pub enum Taken {
    /// These sources, and no others, are this worker's from now on. Nothing is read until [`Broker::resume`].
    Assigned(Vec<Source>),
    /// No source is this worker's any more. What was taken and not committed is another worker's now.
    Revoked,
    /// Inputs, in order within each source.
    Inputs(Vec<Input>),
    /// Nothing came.
    Idle,
}

/// How far a source is settled, as the broker has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The offset to read next.
    pub next: i64,
    /// The last row of the lane that was published; `None` when whoever committed the offset was not payflow.
    pub seq: Option<i64>,
}

/// The offsets that a source holds: `low` is the first that is there, `high` the first that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The first offset that is there.
    pub low: i64,
    /// The offset that the next record will get.
    pub high: i64,
}

/// What one lane publishes in one step.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The lane's source.
    pub source: Source,
    /// The rows, in order.
    pub records: Vec<Record>,
    /// The offset to read next, to be committed with them.
    pub next: i64,
    /// The number of the last row, to be kept beside the offset.
    pub seq: i64,
    /// The inputs that the rows are due to.
    pub received: Received,
}

/// Why a broker could not do what was asked. Never the fault of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Perhaps over soon. What was done is unknown: ask for what is committed, and go on from there.
    #[error("{0}")]
    Retry(String),
    /// Trying again would not help.
    #[error("{0}")]
    Fatal(String),
}

/// What can be looked up at a broker by who mends a source, beside what a worker asks.
pub trait Lookup {
    /// All sources that there are.
    fn sources(&mut self) -> Result<Vec<Source>, BrokerError>;

    /// Shows all that is committed in these topics, in order within each partition, but for what is older than `since`.
    fn read(
        &mut self,
        topics: &[&str],
        since: Option<DateTime<Utc>>,
        see: &mut dyn FnMut(Record),
    ) -> Result<(), BrokerError>;
}

/// A source of inputs and a sink of answers. Every call may block; none runs on the threads of an async runtime.
pub trait Broker: Send {
    /// Waits for inputs, or for a change of what is assigned. Inputs that are taken and not worked on are not lost: the
    /// position they are read from is told by [`Broker::resume`].
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError>;

    /// What is committed for a source. Waits for the outcome of a commit that is under way, whoever made it.
    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError>;

    /// The offsets that a source holds. To be asked after [`Broker::committed`].
    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError>;

    /// How many inputs are not read yet, of all these sources from these offsets on. Asked while inputs may wait: a broker that does
    /// not say so within a second or so says that it can't.
    fn waiting(&mut self, positions: &[(Source, i64)]) -> Result<i64, BrokerError> {
        positions.iter().map(|(source, next)| Ok(self.extent(source)?.high - next)).sum()
    }

    /// Takes note of offsets that no input will ever have, of sources in which inputs seem to wait and none comes: so that they do
    /// not count as waiting, nor as lost once the source begins after them. The publications say how far the sources are, and have
    /// no rows. Most brokers have no such offsets.
    fn pass_over(&mut self, idle: Vec<Publication>) -> Result<(), BrokerError> {
        drop(idle);
        Ok(())
    }

    /// An input as its topic holds it; `None` when it is not there, or the broker does not tell.
    fn input(&mut self, source: &Source, offset: i64) -> Result<Option<Vec<u8>>, BrokerError> {
        let (_, _) = (source, offset);
        Ok(None)
    }

    /// Where the file of a large input may be by now, by the name that it was taken under and when; the likeliest place first.
    fn kept(&mut self, source: &Source, file: &str, taken: DateTime<Utc>) -> Result<Vec<PathBuf>, BrokerError> {
        let (_, _, _) = (source, file, taken);
        Ok(Vec::new())
    }

    /// Reads the assigned sources from these offsets on.
    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError>;

    /// Publishes the rows and commits the positions of these lanes, all or nothing. It may return before that is done, and what
    /// then fails is told by the next call: never more than one publication is under way.
    fn publish(&mut self, publications: Vec<Publication>) -> Result<(), BrokerError>;

    /// Waits for a publication that is under way.
    fn settle(&mut self) -> Result<(), BrokerError> {
        Ok(())
    }

    /// Makes the outcome of whatever was under way certain, and fences off an earlier self. To be called before
    /// [`Broker::committed`] is asked, on start and after any error.
    fn renew(&mut self) -> Result<(), BrokerError>;

    /// Gives all sources back and asks to be assigned anew: another worker has taken over one of them.
    fn rejoin(&mut self) -> Result<(), BrokerError>;
}
