//! A message that was proven valid. Must not be built anywhere but in the proving step.

use crate::schema::MessageId;
use crate::schema::record::Record;

/// A message that passed its schema and the rules of its profile, with the fields that were read from it. Only the proving
/// step makes one, and mapping takes nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Proven<'r> {
    message: MessageId,
    record: Record<'r>,
}

impl<'r> Proven<'r> {
    /// For the proving step alone: it has seen no finding of severity error that concerns the whole message.
    pub(crate) fn new(message: MessageId, record: Record<'r>) -> Self {
        Self { message, record }
    }

    /// The message definition.
    pub fn message(&self) -> MessageId {
        self.message
    }

    /// The fields that were read.
    pub fn record(&self) -> Record<'r> {
        self.record
    }
}
