//! A message that was proven valid. Must not be built anywhere but in the proving step.

use crate::schema::MessageId;
use crate::schema::record::Record;

/// A message that passed its schema and the rules of its profile, with the fields that were read from it. Transactions that
/// a rule rejects are named: they are no part of what is proven. Only the proving step makes one, and mapping takes nothing
/// else.
#[derive(Debug, Clone, Copy)]
pub struct Proven<'r> {
    message: MessageId,
    record: Record<'r>,
    rejected: &'r [u32],
}

impl<'r> Proven<'r> {
    /// For the proving step alone: it has seen no finding of severity error that concerns the whole message, and those that
    /// concern a transaction are of the `rejected` ones, ascending.
    pub(crate) fn new(message: MessageId, record: Record<'r>, rejected: &'r [u32]) -> Self {
        Self { message, record, rejected }
    }

    /// The message definition.
    pub fn message(&self) -> MessageId {
        self.message
    }

    /// Whether a transaction, counted from zero, is no part of what is proven.
    pub fn is_rejected(&self, transaction: u32) -> bool {
        self.rejected.binary_search(&transaction).is_ok()
    }

    /// The fields that were read.
    pub fn record(&self) -> Record<'r> {
        self.record
    }
}
