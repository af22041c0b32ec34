//! What is counted of a batch before it is told: by one thread, in memory of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Finding, Severity};
use crate::schema::{MessageId, catalogue};

/// What a batch comes to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many inputs it has.
    pub inputs: u64,
    /// How many transfers are booked.
    pub transfers: u64,
    /// How many documents, by definition, profile and outcome.
    pub messages: BTreeMap<(Option<MessageId>, Arc<str>, &'static str), u64>,
    /// How many errors, by rule.
    pub rules: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a document. A definition that there is none of in the catalogue is the sender's invention: each would be a metric of
    /// its own, for good.
    pub fn count(
        &mut self,
        message: Option<MessageId>,
        profile: &Arc<str>,
        outcome: &'static str,
        findings: &[Finding],
    ) {
        let message = message.filter(|message| catalogue::embedded().contains(*message));
        *self.messages.entry((message, Arc::clone(profile), outcome)).or_default() += 1;
        for error in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            *self.rules.entry(error.rule.id()).or_default() += 1;
        }
    }
}
