//! A message that was proven valid. Must not be built anywhere but in the proving step.

use crate::schema::MessageId;
use crate::schema::record::Record;

/// What was proven of a message: it passed its schema and the rules of its profile. Transactions that a rule rejects are named:
/// they are no part of what is proven. Only the proving step makes one, and mapping takes nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'p> {
    message: MessageId,
    rejected: &'p [u32],
}

impl<'p> Proof<'p> {
    /// For the proving step alone: it has seen no finding of severity error that concerns the whole message, and those that
    /// concern a transaction are of the `rejected` ones, ascending.
    pub(crate) fn new(message: MessageId, rejected: &'p [u32]) -> Self {
        Self { message, rejected }
    }

    /// The message definition.
    pub fn message(&self) -> MessageId {
        self.message
    }

    /// Whether a transaction, counted from zero, is no part of what is proven.
    pub fn is_rejected(&self, transaction: u32) -> bool {
        self.rejected.binary_search(&transaction).is_ok()
    }
}

/// A message that was proven, with the fields that were read from it.
#[derive(Debug, Clone, Copy)]
pub struct Proven<'r> {
    proof: Proof<'r>,
    record: Record<'r>,
}

impl<'r> Proven<'r> {
    /// For the proving step alone: the record is that of the message.
    pub(crate) fn new(proof: Proof<'r>, record: Record<'r>) -> Self {
        Self { proof, record }
    }

    /// What was proven.
    pub fn proof(&self) -> Proof<'r> {
        self.proof
    }

    /// The fields that were read.
    pub fn record(&self) -> Record<'r> {
        self.record
    }
}

/// What was proven of a message that is not in memory: it is to be read again, and must be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeProof {
    message: MessageId,
    rejected: Vec<u32>,
    document: [u8; 32],
}

impl LargeProof {
    /// For the proving step alone, as [`Proof::new`], with the SHA-256 of the Document element.
    pub(crate) fn new(message: MessageId, rejected: Vec<u32>, document: [u8; 32]) -> Self {
        Self { message, rejected, document }
    }

    /// What was proven: of a Document with this hash.
    pub fn proof(&self) -> Proof<'_> {
        Proof::new(self.message, &self.rejected)
    }

    /// The SHA-256 of the Document element, decoded.
    pub fn document(&self) -> &[u8; 32] {
        &self.document
    }
}
