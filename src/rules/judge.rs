//! The judgement: findings and facts in, a decision out. Must not check anything: it weighs what was found.

use std::cmp::Reverse;

use crate::finding::{Finding, Rule, Scope, Severity};
use crate::schema::MessageId;

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

/// What is known of a document when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The message definition, where one could be made out.
    pub message: Option<MessageId>,
    /// Whether it passed its schema.
    pub schema_valid: bool,
    /// How many transactions it holds.
    pub transactions: u64,
    /// Every finding, in document order.
    pub findings: &'a [Finding],
}

/// Judges a document. The first of these that holds decides:
///
/// 1. it came before, the same to the byte: repeated;
/// 2. it can't be read, its schema does not take it, its header announces another message, or it is not the partner's:
///    refused;
/// 3. no finding rejects: accepted;
/// 4. it is a pacs.008, and what is rejected are single transactions but not all: partly accepted;
/// 5. rejected.
pub fn judge(case: Case<'_>, facts: &Facts) -> Decision {
    let mut findings = case.findings.to_vec();
    if facts.prior == Some(Prior::OtherDocument) {
        findings.push(duplicate());
    }
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let rejected = rejected_transactions(&findings);
    let in_parts = case.message.is_some_and(|message| message.is("pacs", 8));
    let verdict = if facts.prior == Some(Prior::SameDocument) {
        Verdict::Repeated
    } else if !case.schema_valid || refuses(&findings) {
        Verdict::Refused
    } else if errors(&findings).next().is_none() {
        Verdict::Accepted
    } else if in_parts && !concern_the_whole(&findings) && (rejected.len() as u64) < case.transactions {
        Verdict::PartlyAccepted
    } else {
        Verdict::Rejected
    };
    let rejected = if verdict == Verdict::PartlyAccepted { rejected } else { Vec::new() };
    Decision { verdict, findings, rejected }
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error)
}

/// Whether a document that its schema takes is refused all the same: it is not what its header says, or not from whom it
/// should be, so that a pacs.002 is no answer to it.
pub fn refuses(findings: &[Finding]) -> bool {
    errors(findings).any(|finding| matches!(finding.rule, Rule::WrongPartner | Rule::HeaderMismatch))
}

fn concern_the_whole(findings: &[Finding]) -> bool {
    errors(findings).any(|finding| finding.scope == Scope::Message)
}

/// The transactions that some finding rejects, ascending.
fn rejected_transactions(findings: &[Finding]) -> Vec<u32> {
    let transaction = |finding: &Finding| match finding.scope {
        Scope::Message => None,
        Scope::Transaction(index) => Some(index),
    };
    let mut rejected: Vec<u32> = errors(findings).filter_map(transaction).collect();
    rejected.sort_unstable();
    rejected.dedup();
    rejected
}

fn duplicate() -> Finding {
    Finding {
        rule: Rule::DuplicateMessage,
        severity: Severity::Error,
        scope: Scope::Message,
        place: None,
        found: None,
        expected: Some("a message id that was not used before".to_owned()),
        text: "The message id was used before, with another document.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Scope = Scope::Message;

    fn finding(rule: Rule, severity: Severity, scope: Scope) -> Finding {
        Finding { rule, severity, scope, place: None, found: None, expected: None, text: String::new() }
    }

    #[test]
    fn judges() {
        use Prior::{OtherDocument, SameDocument};
        use Severity::{Error, Warning};
        use Verdict::{Accepted, PartlyAccepted, Refused, Rejected, Repeated};
        let check = |message: &str, valid, transactions, found: &[(Rule, Severity, Scope)], prior, expected| {
            let findings: Vec<Finding> =
                found.iter().map(|(rule, severity, at)| finding(*rule, *severity, *at)).collect();
            let message = message.parse().ok();
            let case = Case { message, schema_valid: valid, transactions, findings: &findings };
            let decision = judge(case, &Facts { prior });
            let about = format!("{message:?} {found:?} {prior:?}");
            assert_eq!((decision.verdict, decision.rejected), expected, "{about}");
            assert!(decision.findings.is_sorted_by_key(|finding| Reverse(finding.severity)), "{about}");
        };
        let (payment, statement) = ("pacs.008.001.08", "camt.053.001.08");
        let iban = |index| (Rule::Iban, Error, Scope::Transaction(index));
        let total = (Rule::TotalAmountSum, Error, WHOLE);
        let sum = (Rule::ControlSum, Warning, WHOLE);
        let missing = (Rule::XsdMissingElement, Error, WHOLE);
        let stranger = (Rule::WrongPartner, Error, WHOLE);
        let mismatch = (Rule::HeaderMismatch, Error, WHOLE);
        // message | valid by schema | transactions | findings | prior | verdict, rejected transactions
        check(payment, true, 2, &[], None, (Accepted, vec![]));
        check(payment, true, 2, &[sum], None, (Accepted, vec![]));
        check(payment, true, 3, &[sum, iban(2), iban(0), iban(2)], None, (PartlyAccepted, vec![0, 2]));
        check(payment, true, 2, &[iban(0), iban(1)], None, (Rejected, vec![]));
        check(payment, true, 1, &[iban(0)], None, (Rejected, vec![]));
        check(payment, true, 3, &[iban(0), total], None, (Rejected, vec![]));
        check(payment, false, 0, &[missing], None, (Refused, vec![]));
        check(payment, true, 2, &[stranger], None, (Refused, vec![]));
        check(payment, true, 2, &[mismatch], None, (Refused, vec![]));
        check(payment, true, 2, &[], Some(OtherDocument), (Rejected, vec![]));
        check(payment, true, 2, &[iban(0)], Some(OtherDocument), (Rejected, vec![]));
        check(payment, true, 2, &[], Some(SameDocument), (Repeated, vec![]));
        check(payment, true, 2, &[total], Some(SameDocument), (Repeated, vec![]));
        check(statement, true, 9, &[], None, (Accepted, vec![]));
        check(statement, true, 9, &[iban(0)], None, (Rejected, vec![]));
        check(statement, false, 0, &[missing], None, (Refused, vec![]));
        check("no message", false, 0, &[missing], None, (Refused, vec![]));
    }
}
