//! What is done to a store by persons, beside the work: each of it is an event of a lane's chain. Must not decide who may do it.

use chrono::{DateTime, Utc};

use super::reading::Reading;
use super::retention::LaneCut;
use super::{Lane, StoreError};

/// Something that was done, as the audit trail tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    /// What was done, such as `input read`.
    pub event: &'static str,
    /// To what, and why.
    pub detail: &'a str,
    /// Who did it.
    pub actor: &'a str,
}

/// What the rows of a table are in order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The position of their input.
    Position,
    /// Their number in the outbox.
    Row,
    /// Their number in the chain.
    Event,
}

impl Place {
    /// The column that holds it.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Row => "seq",
            Self::Event => "number",
        }
    }
}

/// A store that persons look after.
pub trait Custody: Reading {
    /// Writes down at the end of a lane's chain what was done. The lane stays where it is, and its worker works on.
    ///
    /// # Errors
    /// When it can't be written: then it is not to be done.
    fn note(&mut self, lane: Lane, note: &Note<'_>) -> Result<(), StoreError>;

    /// The months that are over before another one begins and have tables of their own.
    ///
    /// # Errors
    /// When the store can't be read.
    fn months(&mut self, before: DateTime<Utc>) -> Result<Vec<String>, StoreError>;

    /// Writes down where lanes are cut, and drops what whole tables hold of it: those of months before one that begins then. Says which months went as a whole.
    ///
    /// # Errors
    /// When nothing was dropped.
    fn cut(&mut self, lanes: &[LaneCut], before: DateTime<Utc>, actor: &str) -> Result<Vec<String>, StoreError>;

    /// The tables of which rows are left after a cut, in the order in which they can go.
    fn swept(&self) -> &'static [(&'static str, Place)];

    /// Deletes some rows of a table that stand in a lane from a place on and before another one. Says where to go on; `None` when
    /// there were none.
    ///
    /// # Errors
    /// When nothing was deleted.
    fn sweep(&mut self, rows: (&'static str, Place), lane: Lane, from: i64, to: i64)
    -> Result<Option<i64>, StoreError>;

    /// Deletes the keys that have expired and whose documents are not kept any more.
    ///
    /// # Errors
    /// When not all of them were deleted.
    fn free_keys(&mut self) -> Result<(), StoreError>;
}
