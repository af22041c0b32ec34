//! The judgement: findings and facts in, a decision out.

use crate::finding::Finding;

/// What the store knew before this message came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// A message of the same partner with the same id that was there already.
    pub prior: Option<Prior>,
}

/// A message that was there already under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// With the same Document, byte for byte.
    SameDocument,
    /// With another Document.
    OtherDocument,
}

/// What was decided about one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every check passed.
    Accepted,
    /// Some transactions are accepted, others rejected (only a message with several transactions).
    PartlyAccepted,
    /// Valid by its schema, and rejected by a rule: a pacs.008 gets a pacs.002, a statement an admi.002.
    Rejected,
    /// Not readable or not valid by its schema: gets an admi.002.
    Refused,
    /// The same message again: the stored answer is sent again, nothing is booked.
    Repeated,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Every finding, errors first and in document order within a severity.
    pub findings: Vec<Finding>,
    /// The rejected transactions of a partly accepted message, counted from zero, ascending.
    pub rejected: Vec<u32>,
}
