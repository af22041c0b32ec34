//! The rules that no schema can say, and the judgement. Pure. Must not know reason codes: only the reply's table does.

pub mod judge;

use crate::finding::{Scope, Severity};
use crate::schema::MessageId;
use crate::schema::record::Record;
use crate::xml::Fault;

/// A rule that a valid document breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What and where.
    pub fault: Fault,
    /// Whether it rejects.
    pub severity: Severity,
    /// What it rejects.
    pub scope: Scope,
}

/// Checks a document that is valid by its schema.
pub fn check(_message: MessageId, _record: Record<'_>) -> Vec<Breach> {
    Vec::new()
}
