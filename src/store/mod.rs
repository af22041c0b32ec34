//! Where messages, transfers, verdicts and the outbox are kept: one trait, SQLite and PostgreSQL behind it.
//!
//! One call commits one batch: keys are claimed, what was decided on them is written, and the position moves on, in one
//! database transaction. The decision itself is a function that the caller hands in; a store must not know how it is
//! made, nor how anything is published.

use chrono::{DateTime, Utc};

use crate::broker::trace::Trace;
use crate::broker::{Record, Source};
use crate::finding::Finding;
use crate::message::Report;
use crate::rules::judge::{Ruling, Verdict};
use crate::schema::MessageId;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod audit;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod cards;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod custody;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod held;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod keep;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod reading;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod retention;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod verify;

/// The number of a source in the store, and the name of its lane.
pub type Lane = i64;

/// What a worker owns of a source. Another worker that takes the source over raises the epoch, and so every later write
/// of this one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// The lane.
    pub lane: Lane,
    /// The epoch of this ownership.
    pub epoch: i64,
    /// The offset to read next; `None` when the source was never started.
    pub next: Option<i64>,
    /// The last number given to a row of the lane's outbox.
    pub seq: i64,
}

/// How far one lane moves with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The lane.
    pub lane: Lane,
    /// The epoch under which it is owned.
    pub epoch: i64,
    /// The position the lane must be at.
    pub expected: i64,
    /// The position it moves to.
    pub next: i64,
}

/// The name of a document: where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId {
    /// The lane of its input.
    pub lane: Lane,
    /// The offset of its input.
    pub position: i64,
    /// Its number in the input, from 1.
    pub document: u32,
}

/// A key that at most one document can claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What the key names: a message, a transaction and so on.
    pub scope: &'static str,
    /// Whose name it is.
    pub partner: String,
    /// Within which kind of message, such as `pacs.008`.
    pub kind: String,
    /// The name itself.
    pub key: String,
}

/// An input to be kept.
#[derive(Debug, Clone, Copy)]
pub struct InputRow<'a> {
    /// Its lane.
    pub lane: Lane,
    /// Its offset.
    pub position: i64,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// As it came; nothing where it is kept as a file.
    pub bytes: &'a [u8],
    /// The name of that file.
    pub file: Option<&'a str>,
    /// The trace of its sender.
    pub trace: Option<&'a Trace>,
}

/// A document to be kept, and the key it claims.
#[derive(Debug, Clone)]
pub struct DocumentRow<'a> {
    /// Its name.
    pub id: DocumentId,
    /// Whose it is.
    pub partner: &'a str,
    /// The message definition, where one could be made out.
    pub definition: Option<MessageId>,
    /// Its own id, as far as it could be read.
    pub message_id: Option<&'a str>,
    /// The SHA-256 of its Document element, decoded.
    pub hash: [u8; 32],
    /// How many transactions or entries it holds.
    pub transactions: u64,
    /// What the transactions of a payment sum up to, as a JSON object of amounts by currency.
    pub sums: Option<&'a str>,
    /// The key that it claims.
    pub key: Option<Key>,
    /// From when on another document may claim the key.
    pub expires: Option<DateTime<Utc>>,
}

/// One batch: inputs in order within each lane, their documents in the same order, and how far each lane moves.
#[derive(Debug, Clone, Default)]
pub struct Batch<'a> {
    /// One step a lane.
    pub steps: Vec<Step>,
    /// The inputs.
    pub inputs: Vec<InputRow<'a>>,
    /// Their documents.
    pub documents: Vec<DocumentRow<'a>>,
    /// When it is decided: keys that have expired by then are free.
    pub decided_at: DateTime<Utc>,
    /// The name of the worker, for the audit trail.
    pub actor: &'a str,
}

/// What became of a document's claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It has a key and holds it, or it has none to claim.
    Free,
    /// Another document holds the key.
    Taken(Holder),
}

/// The document that holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub id: DocumentId,
    /// The SHA-256 of its Document element.
    pub hash: [u8; 32],
    /// Its current answer; `None` when it stands earlier in the same batch and is not decided yet.
    pub answer: Option<Answer>,
}

/// What a verdict sends to the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A reply.
    Reply(Reply),
    /// Nothing, for a stated reason.
    NoneDue(String),
}

/// A reply: pacs.002, admi.002 or admi.007.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its message definition, such as `pacs.002.001.10`.
    pub definition: String,
    /// Its message id.
    pub id: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A transfer that is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// Its id, unique over all transfers.
    pub id: String,
    /// All of it, as JSON.
    pub json: String,
}

/// What was decided about one document, and all that leaves because of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The SHA-256 of the normal form of the schema that checked the document, in hexadecimal digits.
    pub schema_hash: Option<String>,
    /// Every finding.
    pub findings: Vec<Finding>,
    /// What answers it.
    pub answer: Answer,
    /// The row of the outbox that carries the answer: there exactly when the answer is a reply.
    pub answer_record: Option<Record>,
    /// The transfers that are booked.
    pub transfers: Vec<TransferRow>,
    /// The statements that are kept, each as one JSON object.
    pub statements: Vec<String>,
    /// What the document says of messages that it answers.
    pub reports: Vec<Report>,
    /// The further rows of the outbox, in order.
    pub records: Vec<Record>,
}

/// The caller's decision: for each document of the batch, in order, what to write. An error undoes the batch.
pub type Decide<'d> = dyn FnMut(&[Claim]) -> Result<Vec<Outcome>, String> + 'd;

/// Takes the rows of documents that are too large for memory, one by one, within the transaction.
pub trait Rows {
    /// A transfer that is booked, and the row of the outbox that carries it.
    fn transfer(&mut self, id: DocumentId, transfer: &TransferRow, record: Record) -> Result<(), StoreError>;

    /// A statement that is kept, as one JSON object.
    fn statement(&mut self, id: DocumentId, json: &str) -> Result<(), StoreError>;

    /// A finding that came late.
    fn finding(&mut self, id: DocumentId, finding: &Finding) -> Result<(), StoreError>;
}

/// What is poured into the open transaction once the outcomes are written. An error undoes the batch.
pub type Pour<'p> = dyn FnMut(&mut dyn Rows) -> Result<(), StoreError> + 'p;

/// The rows that a batch added to one lane's outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The lane.
    pub lane: Lane,
    /// The number of its last row, now.
    pub seq: i64,
    /// The new rows, in order; the last one has the number `seq`. Of rows that were poured none is here.
    pub records: Vec<Record>,
}

/// Why a store could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Perhaps over soon; whether it was done is unknown.
    #[error("{0}")]
    Retry(String),
    /// Trying again would not help.
    #[error("{0}")]
    Fatal(String),
    /// The lane's epoch or position is not the expected one: another worker has taken it over. Nothing was written.
    #[error("another worker owns lane {0} now")]
    NotOwner(Lane),
    /// A value of this batch can't be written, or could not be decided. Nothing was written.
    #[error("{0}")]
    Refused(String),
}

/// A change by hand of how far a source is, as the audit trail tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Mend<'a> {
    /// What was done, such as `source adopt`.
    pub event: &'static str,
    /// What that means.
    pub detail: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// Whether the source is over: under its name another one begins, with a lane of its own.
    pub retire: bool,
}

/// A document that was decided by persons, and what is needed to do what they decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// The document.
    pub id: DocumentId,
    /// What was decided.
    pub ruling: Ruling,
    /// When it was.
    pub ruled_at: DateTime<Utc>,
    /// When its input was received.
    pub received_at: DateTime<Utc>,
    /// The trace of who sent it.
    pub trace: Option<Trace>,
    /// Its input as it is kept: as it came, or without its card numbers; nothing where it is kept as a file.
    pub bytes: Vec<u8>,
    /// The name of that file.
    pub file: Option<String>,
    /// The SHA-256 of its Document element, as it came.
    pub hash: [u8; 32],
    /// Whether it is without its card numbers.
    pub masked: bool,
}

/// The name that a source has once it is retired: no topic can have it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn retired(topic: &str, lane: Lane) -> String {
    format!("{topic}{}", retirement(lane))
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn retirement(lane: Lane) -> String {
    format!(" (lane {lane}, retired)")
}

/// Whether a lane's source is retired, by its topic: then all of its outbox has left.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub fn is_retired(topic: &str, lane: Lane) -> bool {
    topic.ends_with(&retirement(lane))
}

/// A store. Every call may block; none runs on the threads of an async runtime.
pub trait Store: Send {
    /// Takes a source over, and says how far it is.
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError>;

    /// Settles where a source that was never started begins.
    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError>;

    /// Commits a batch, all or nothing. Claims are made in the order of the documents: one sees the keys of those before
    /// it. The returned lanes are those of the steps, in their order.
    fn commit(&mut self, batch: &Batch<'_>, decide: &mut Decide<'_>) -> Result<Vec<Added>, StoreError> {
        self.commit_poured(batch, decide, &mut |_| Ok(()))
    }

    /// As [`Self::commit`], with what is poured in after the outcomes.
    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError>;

    /// Keeps one input for a person to look at, undecided, and moves on.
    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError>;

    /// The rows of a lane's outbox after a number, in order and without a hole: at most so many rows, and none further once
    /// they hold so many bytes.
    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError>;

    /// How far a source is, without taking it over; `None` when it is not known.
    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError>;

    /// The source of the same topic and partition in another cluster, and how far it is, where one was begun and not retired.
    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError>;

    /// An input just as it came; `None` when it is not kept so: as a file, without its card numbers, or not at all.
    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError>;

    /// What persons decided about held documents of these lanes, and is not done yet: some of it, what was decided first before
    /// the rest, and what got stuck behind all else, the oldest try first.
    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError>;

    /// Takes note of why such a decision can't be done.
    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError>;

    /// Commits what comes of such a decision, once: the document's second verdict, and what is poured in after it. The lane stays
    /// where it is.
    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError>;

    /// Moves a lane by hand, to wherever it may be, and writes down that it was done.
    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError>;
}

/// What bringing a database's tables up to date did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The version that the tables had; 0 when there were none.
    pub from: i64,
    /// The version that this program knows.
    pub to: i64,
    /// The months that got partitions ahead, such as `2026_11`.
    pub months: Vec<String>,
}

impl Store for Box<dyn Store> {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        (**self).own(source, partner)
    }

    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        (**self).start(owned, next)
    }

    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        (**self).commit_poured(batch, decide, pour)
    }

    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        (**self).set_aside(step, input, reason, actor)
    }

    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        (**self).outbox(lane, after, rows, bytes)
    }

    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        (**self).find(source)
    }

    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        (**self).elsewhere(source)
    }

    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).input(lane, position)
    }

    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        (**self).ruled(lanes)
    }

    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        (**self).stuck(id, why)
    }

    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        (**self).conclude(step, ruled, outcome, happened, pour)
    }

    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        (**self).mend(step, mend)
    }
}

/// The name of a verdict in the store.
pub const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::PartlyAccepted => "partly accepted",
        Verdict::Held => "held",
        Verdict::Rejected => "rejected",
        Verdict::Refused => "refused",
        Verdict::Repeated => "repeated",
    }
}
