//! Whether the business header announces the document that comes with it. Pure.

use crate::finding::{Finding, Rule, Scope, Severity};
use crate::message::Original;

/// The finding, when header and document disagree on the message definition.
pub fn check(original: &Original) -> Option<Finding> {
    let announced = original.header.as_ref()?.message_definition.as_deref()?.trim();
    let found = original.message?.to_string();
    (announced != found).then(|| Finding {
        rule: Rule::HeaderMismatch,
        severity: Severity::Error,
        scope: Scope::Message,
        place: None,
        found: Some(announced.to_owned()),
        text: format!("The header announces another message than the document is, which is {found}."),
        expected: Some(found),
    })
}
