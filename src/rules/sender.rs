//! Whose message it is: what header and document say of their sender and of each other, against the partner that the
//! source belongs to. Pure. Must not look at anything else in the message.

use crate::finding::{Scope, Severity};
use crate::partner::Partner;
use crate::schema::MessageId;
use crate::schema::record::Record;

use super::Breach;
use super::payflow::{header_mismatch, wrong_partner};

/// A message as far as it could be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Envelope<'r> {
    /// The business application header.
    pub header: Option<Record<'r>>,
    /// The document with its definition.
    pub document: Option<(MessageId, Record<'r>)>,
}

/// Checks header and document against each other, and both against the partner, where there is one.
pub fn check(envelope: Envelope<'_>, partner: Option<&Partner>) -> Vec<Breach> {
    let header = envelope.header.map(Record::root);
    let mismatch =
        envelope.document.zip(header).and_then(|((message, _), header)| header_mismatch::check(message, header));
    let document = envelope.document.map(|(_, record)| record.root());
    let wrong = partner.and_then(|partner| wrong_partner::check(partner, header, document));
    let breach = |fault| Breach { fault, severity: Severity::Error, scope: Scope::Message };
    mismatch.into_iter().chain(wrong).map(breach).collect()
}
