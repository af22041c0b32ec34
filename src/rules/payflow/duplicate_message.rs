//! A message id is used once.

use crate::finding::{Finding, Rule, Scope};
use crate::rules::table::about;

about! {
    /// Name: DuplicateMessage.
    ///
    /// Requires that a partner gives each message of a kind an id of its own, for as long as ids are kept. The same Document
    /// under the same id is no breach: it is a message sent again, and gets the answer that it got before.
    ///
    /// Why: another message under a used id is a mistake of the sender, or money that would be paid twice.
    ///
    /// Source: the definition of MessageIdentification in ISO 20022: unique for a sender and a period agreed beforehand.
    DuplicateMessage, Error
}

/// The finding: whether an id was used before, only the store knows.
pub(in crate::rules) fn finding() -> Finding {
    Finding {
        rule: Rule::DuplicateMessage,
        severity: ABOUT.severity,
        scope: Scope::Message,
        place: None,
        found: None,
        expected: Some("a message id that was not used before".to_owned()),
        text: "The message id was used before, with another document.".to_owned(),
        suggestion: None,
    }
}
