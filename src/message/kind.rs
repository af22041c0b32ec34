//! The kinds of messages that payflow knows apart. A schema can be there for many more: those are checked against it when
//! a person asks, and nothing else. Must not know versions.

use crate::schema::MessageId;

/// What payflow does with a message, by its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// head.001: belongs to the document behind it.
    Header,
    /// pacs.008: checked by rules, mapped, answered with a pacs.002.
    Payment,
    /// camt.053: checked by rules, mapped, answered with an admi message.
    Statement,
    /// pacs.002, admi.002 and admi.007: kept, and never answered.
    Answer,
    /// Any other: not processed.
    Other,
}

impl Kind {
    /// The kind of a message.
    pub fn of(message: MessageId) -> Self {
        match message.definition() {
            b"head.001" => Self::Header,
            b"pacs.008" => Self::Payment,
            b"camt.053" => Self::Statement,
            b"pacs.002" | b"admi.002" | b"admi.007" => Self::Answer,
            _ => Self::Other,
        }
    }

    /// Whether there are rules for what it says, and a mapping of it.
    pub fn is_mapped(self) -> bool {
        matches!(self, Self::Payment | Self::Statement)
    }
}
