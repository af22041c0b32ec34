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
        const fn word(definition: &[u8; 8]) -> u64 {
            u64::from_ne_bytes(*definition)
        }
        const HEADER: u64 = word(b"head.001");
        const PAYMENT: u64 = word(b"pacs.008");
        const STATEMENT: u64 = word(b"camt.053");
        const STATUS: u64 = word(b"pacs.002");
        const REJECTION: u64 = word(b"admi.002");
        const RECEIPT: u64 = word(b"admi.007");
        match word(message.definition()) {
            PAYMENT => Self::Payment,
            STATEMENT => Self::Statement,
            HEADER => Self::Header,
            STATUS | REJECTION | RECEIPT => Self::Answer,
            _ => Self::Other,
        }
    }

    /// Whether there are rules for what it says, and a mapping of it.
    pub fn is_mapped(self) -> bool {
        matches!(self, Self::Payment | Self::Statement)
    }
}
