//! The only place that knows all stages. `examine` runs the pure ones over an input; the worker adds the store and the broker.

#[cfg(feature = "worker")]
pub mod agreement;
#[cfg(feature = "worker")]
pub mod records;
pub mod stages;
#[cfg(feature = "worker")]
pub mod worker;

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::finding::Finding;
use crate::message::Original;
use crate::schema::MessageId;

/// Bytes as they came from a source, with what is known about them.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The input, undecoded.
    pub bytes: Vec<u8>,
    /// Where it came from: `topic-partition-offset`, or a file name.
    pub origin: String,
    /// The id of the partner whose source it is.
    pub partner: String,
    /// When it was received: the broker's append time where the topic has it, else the worker's clock.
    pub received_at: DateTime<Utc>,
}

/// What the schema says of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// No finding of severity error.
    Valid,
    /// At least one.
    Invalid,
    /// A message kind or version that payflow has no schema for.
    Unsupported,
}

/// One document of an input after the pure stages.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Its number in the input, from 1.
    pub number: u32,
    /// The message definition, by the namespace of the Document.
    pub message: Option<MessageId>,
    /// Valid, invalid or unsupported, rules included.
    pub validity: Validity,
    /// Whether it passed its schema: then a failure is a rejection, not a refusal.
    pub schema_valid: bool,
    /// Every finding, in document order.
    pub findings: Vec<Finding>,
    /// How many transactions (pacs.008) or entry details (camt.053: entries) it holds.
    pub transactions: u64,
    /// What an answer quotes.
    pub original: Original,
    /// The bytes of the Document element in the decoded input; the whole input when there is none.
    pub document: Range<usize>,
}
