//! The rules that no schema can say, and the judgement. One rule is one file, which says what it requires, why and by
//! whose word; [`table::TABLE`] lists them all. Rules run on documents that are valid by their schema. Pure. Must not know
//! reason codes: only the reply's table does.

mod checker;
mod iso;
pub mod judge;
mod payflow;
pub mod profile;
pub mod sender;
pub mod table;
mod tally;

pub use checker::Checker;
pub use profile::{Editions, Level, Profile};
pub use table::{About, TABLE};

use crate::finding::{Scope, Severity};
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
