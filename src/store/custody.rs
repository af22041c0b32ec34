//! What is done to a store by persons, beside the work: each of it is an event of a lane's chain. Must not decide who may do it.

use super::reading::Reading;
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

/// A store that persons look after.
pub trait Custody: Reading {
    /// Writes down at the end of a lane's chain what was done. The lane stays where it is, and its worker works on.
    ///
    /// # Errors
    /// When it can't be written: then it is not to be done.
    fn note(&mut self, lane: Lane, note: &Note<'_>) -> Result<(), StoreError>;
}
