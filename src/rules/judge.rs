//! The judgement: findings and facts in, a decision out. A pure function: the same findings and facts are always judged
//! alike. Must not find anything in the message itself.

use std::cmp::Reverse;

use crate::finding::{Finding, Rule, Scope, Severity};
use crate::message::Kind;
use crate::schema::MessageId;

use super::payflow::{duplicate_message, hold_limit};

/// What the store knew before this message came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// A message of the same partner with the same id that was there already.
    pub prior: Option<Prior>,
    /// What was decided about it while it was held.
    pub ruling: Option<Ruling>,
}

/// A message that was there already under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// With the same Document, byte for byte.
    SameDocument,
    /// With another Document.
    OtherDocument,
}

/// What a person decided about a message that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It goes on as if nothing had held it.
    Release,
    /// It is rejected as a whole, for what it was held for.
    Reject,
}

/// What was decided about one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every check passed.
    Accepted,
    /// Some transactions are accepted, others rejected (only a message with several transactions).
    PartlyAccepted,
    /// Nothing is wrong with it, or with some of it, but a person has to decide: nothing is booked until then.
    Held,
    /// Valid by its schema, and rejected by a rule: a pacs.008 gets a pacs.002, a statement an admi.002.
    Rejected,
    /// Not readable, not valid by its schema, or not the partner's: gets an admi.002.
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

/// Judges a document: its definition, how many transactions it holds, all that was found in it, and what was known.
pub fn judge(message: Option<MessageId>, transactions: u64, mut findings: Vec<Finding>, facts: &Facts) -> Decision {
    if facts.prior == Some(Prior::OtherDocument) && !is_refused(&findings) {
        findings.push(duplicate_message::finding());
    }
    if let Some(ruling) = facts.ruling {
        let held = findings.iter_mut().filter(|finding| finding.severity == Severity::Hold);
        held.for_each(|finding| weigh(finding, ruling));
        if ruling == Ruling::Reject && errors(&findings).next().is_none() {
            findings.push(hold_limit::rejection());
        }
    }
    findings.sort_by_key(|finding| {
        let at = finding.place.as_ref().map_or(usize::MAX, |place| place.offset);
        (Reverse(finding.severity), at)
    });
    let (verdict, rejected) = verdict(message, transactions, &findings, facts);
    Decision { verdict, findings, rejected }
}

/// What held a message weighs otherwise once it was decided about: it is noted, or rejects the message as a whole.
fn weigh(finding: &mut Finding, ruling: Ruling) {
    match ruling {
        Ruling::Release => finding.severity = Severity::Warning,
        Ruling::Reject => (finding.severity, finding.scope) = (Severity::Error, Scope::Message),
    }
}

/// Whether what was found refuses the document, whatever is known of it besides. Such a document claims no message id: put
/// right, it may come again under the same one.
pub fn is_refused(findings: &[Finding]) -> bool {
    errors(findings).any(|finding| refuses(finding.rule))
}

/// The verdict, and the transactions that are rejected when it is accepted in part.
///
/// A person decides about a message as a whole: one of which a part is held and another part is rejected is held, and what is
/// not rejected is booked when it is released.
///
/// | in order of precedence                                | verdict             |
/// |-------------------------------------------------------|---------------------|
/// | it can't be read or is not what it should be          | refused; rejected, if it was held |
/// | it came before, the same                              | repeated            |
/// | it was held, and is to be rejected                    | rejected            |
/// | an error that concerns the message, or any error in a message that can't be split | rejected |
/// | an error in every transaction                         | rejected            |
/// | it is not released, and something holds the message, or a transaction that has no error | held |
/// | an error in some                                      | accepted in part    |
/// | none                                                  | accepted            |
pub(crate) fn verdict(
    message: Option<MessageId>,
    transactions: u64,
    findings: &[Finding],
    facts: &Facts,
) -> (Verdict, Vec<u32>) {
    if is_refused(findings) {
        // What was held was a message, and its answer is that of one, whatever has changed meanwhile.
        return (if facts.ruling.is_some() { Verdict::Rejected } else { Verdict::Refused }, Vec::new());
    }
    if facts.prior == Some(Prior::SameDocument) {
        return (Verdict::Repeated, Vec::new());
    }
    if facts.ruling == Some(Ruling::Reject) {
        return (Verdict::Rejected, Vec::new());
    }
    // A statement is answered as a whole.
    let splits = message.is_some_and(|message| Kind::of(message) == Kind::Payment);
    let mut rejected = Vec::new();
    for error in errors(findings) {
        match error.scope {
            Scope::Transaction(index) if splits => rejected.push(index),
            Scope::Transaction(_) | Scope::Message => return (Verdict::Rejected, Vec::new()),
        }
    }
    rejected.sort_unstable();
    rejected.dedup();
    let holds = |finding: &Finding| match finding.scope {
        _ if finding.severity != Severity::Hold => false,
        Scope::Transaction(index) => rejected.binary_search(&index).is_err(),
        Scope::Message => true,
    };
    match rejected.len() as u64 {
        all @ 1.. if all >= transactions => (Verdict::Rejected, Vec::new()),
        _ if facts.ruling.is_none() && findings.iter().any(holds) => (Verdict::Held, Vec::new()),
        0 => (Verdict::Accepted, rejected),
        _ => (Verdict::PartlyAccepted, rejected),
    }
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error)
}

/// Whether an error of this rule means that the document is not to be taken as a message of the partner at all. Without a
/// default arm: a new rule does not compile until it is known what it does.
const fn refuses(rule: Rule) -> bool {
    match rule {
        // It can't be read, or is nothing that we take.
        Rule::XmlNoDocument
        | Rule::XmlEncoding
        | Rule::XmlNotWellFormed
        | Rule::XmlDoctype
        | Rule::XmlLimit
        | Rule::Unsupported
        | Rule::UnexpectedMessage
        // What it says of itself does not agree with what it is, or with who sends it.
        | Rule::HeaderMissing
        | Rule::HeaderMismatch
        | Rule::WrongPartner
        // It is not valid by its schema.
        | Rule::XsdUnexpectedElement
        | Rule::XsdMissingElement
        | Rule::XsdTooMany
        | Rule::XsdText
        | Rule::XsdAttribute
        | Rule::XsdType
        | Rule::XsdLength
        | Rule::XsdPattern
        | Rule::XsdEnumeration
        | Rule::XsdDigits
        | Rule::XsdRange
        | Rule::XsdInstance
        | Rule::XsdWildcard => true,
        // It is a message, and breaks a rule.
        Rule::NumberOfTransactions
        | Rule::ControlSum
        | Rule::TotalAmountCurrency
        | Rule::TotalAmountSum
        | Rule::Iban
        | Rule::AnyBic
        | Rule::Bicfi
        | Rule::Country
        | Rule::ActiveCurrency
        | Rule::ActiveOrHistoricCurrency
        | Rule::CurrencyAmount
        | Rule::AmountLimit
        | Rule::HoldLimit
        | Rule::TransactionLimit
        | Rule::DuplicateMessage
        | Rule::DetailsWithoutAmount => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    const PAYMENT: Option<MessageId> = Some(MessageId::of(b"pacs", 8, 8));
    const STATEMENT: Option<MessageId> = Some(MessageId::of(b"camt", 53, 8));
    const SAME: Option<Prior> = Some(Prior::SameDocument);
    const OTHER: Option<Prior> = Some(Prior::OtherDocument);
    const M: Scope = Scope::Message;
    const fn t(index: u32) -> Scope {
        Scope::Transaction(index)
    }

    /// A finding; `at` is zero for one without a place.
    fn finding(rule: Rule, scope: Scope, severity: Severity, at: usize) -> Finding {
        let place = Place { path: "/".to_owned(), line: 1, column: at as u64, offset: at, length: 0 };
        let place = (at > 0).then_some(place);
        Finding { rule, severity, scope, place, found: None, expected: None, text: String::new(), suggestion: None }
    }

    /// A message, its transactions, its errors, what was known; then verdict and rejected transactions.
    type Row<'a> = (Option<MessageId>, u64, &'a [(Rule, Scope)], Option<Prior>, Verdict, &'a [u32]);

    #[test]
    fn judges() {
        use Rule::{Bicfi, DuplicateMessage, Iban, NumberOfTransactions, WrongPartner, XmlNoDocument, XsdPattern};
        use Verdict::{Accepted, PartlyAccepted, Refused, Rejected, Repeated};
        #[rustfmt::skip]
        let rows: &[Row<'_>] = &[
            (PAYMENT,   1, &[],                                        None,  Accepted,       &[]),
            (PAYMENT,   0, &[],                                        None,  Accepted,       &[]),
            (STATEMENT, 0, &[],                                        None,  Accepted,       &[]),
            (None,      0, &[(XmlNoDocument, M)],                      None,  Refused,        &[]),
            (PAYMENT,   3, &[(XsdPattern, M)],                         None,  Refused,        &[]),
            (PAYMENT,   3, &[(WrongPartner, M)],                       None,  Refused,        &[]),
            (PAYMENT,   3, &[(WrongPartner, M), (Iban, t(0))],         None,  Refused,        &[]),
            (STATEMENT, 3, &[(Rule::HeaderMismatch, M)],               None,  Refused,        &[]),
            (PAYMENT,   3, &[(NumberOfTransactions, M)],               None,  Rejected,       &[]),
            (PAYMENT,   3, &[(NumberOfTransactions, M), (Iban, t(0))], None,  Rejected,       &[]),
            (PAYMENT,   1, &[(Iban, t(0))],                            None,  Rejected,       &[]),
            (PAYMENT,   2, &[(Iban, t(0)), (Bicfi, t(1))],             None,  Rejected,       &[]),
            (PAYMENT,   2, &[(Iban, t(1)), (Bicfi, t(1))],             None,  PartlyAccepted, &[1]),
            (PAYMENT,   4, &[(Iban, t(2)), (Bicfi, t(0))],             None,  PartlyAccepted, &[0, 2]),
            (STATEMENT, 9, &[(Iban, M)],                               None,  Rejected,       &[]),
            (STATEMENT, 9, &[(Iban, t(2))],                            None,  Rejected,       &[]),
            (PAYMENT,   1, &[],                                        SAME,  Repeated,       &[]),
            (PAYMENT,   1, &[(Iban, t(0))],                            SAME,  Repeated,       &[]),
            (PAYMENT,   1, &[(WrongPartner, M)],                       SAME,  Refused,        &[]),
            (PAYMENT,   1, &[],                                        OTHER, Rejected,       &[]),
            (STATEMENT, 5, &[],                                        OTHER, Rejected,       &[]),
            (PAYMENT,   4, &[(Iban, t(2))],                            OTHER, Rejected,       &[]),
            (PAYMENT,   1, &[(XsdPattern, M)],                         OTHER, Refused,        &[]),
        ];
        for (message, transactions, errors, prior, verdict, rejected) in rows {
            let findings: Vec<Finding> =
                errors.iter().map(|(rule, scope)| finding(*rule, *scope, Severity::Error, 0)).collect();
            let decision = judge(*message, *transactions, findings.clone(), &Facts { prior: *prior, ruling: None });
            assert_eq!((decision.verdict, &decision.rejected[..]), (*verdict, *rejected), "{errors:?} {prior:?}");
            let duplicates = decision.findings.iter().filter(|finding| finding.rule == DuplicateMessage).count();
            assert_eq!(duplicates, usize::from(*prior == OTHER && *verdict == Rejected), "{errors:?} {prior:?}");
            assert_eq!(is_refused(&findings), *verdict == Refused, "{errors:?}");
        }
    }

    /// Whose errors, what is held, what was known and what was decided; then verdict and rejected transactions.
    type HeldRow<'a> = (&'a [Scope], &'a [Scope], Option<Prior>, Option<Ruling>, Verdict, &'a [u32]);

    #[test]
    fn holds() {
        use Verdict::{Accepted, Held, PartlyAccepted, Rejected, Repeated};
        const RELEASE: Option<Ruling> = Some(Ruling::Release);
        const REJECT: Option<Ruling> = Some(Ruling::Reject);
        #[rustfmt::skip]
        let rows: &[HeldRow<'_>] = &[
            (&[],                 &[t(0)],       None,  None,    Held,           &[]),
            (&[],                 &[t(1), t(2)], None,  None,    Held,           &[]),
            (&[],                 &[M],          None,  None,    Held,           &[]),
            (&[t(1)],             &[t(0)],       None,  None,    Held,           &[]),
            (&[t(0)],             &[M],          None,  None,    Held,           &[]),
            (&[t(0)],             &[t(0)],       None,  None,    PartlyAccepted, &[0]),
            (&[t(0), t(1)],       &[t(0), t(2)], None,  None,    Held,           &[]),
            (&[t(0), t(1), t(2)], &[t(0)],       None,  None,    Rejected,       &[]),
            (&[M],                &[t(0)],       None,  None,    Rejected,       &[]),
            (&[],                 &[t(0)],       SAME,  None,    Repeated,       &[]),
            (&[],                 &[t(0)],       OTHER, None,    Rejected,       &[]),
            (&[],                 &[t(0)],       None,  RELEASE, Accepted,       &[]),
            (&[t(1)],             &[t(0), M],    None,  RELEASE, PartlyAccepted, &[1]),
            (&[M],                &[t(0)],       None,  RELEASE, Rejected,       &[]),
            (&[],                 &[t(0)],       None,  REJECT,  Rejected,       &[]),
            (&[t(1)],             &[t(0)],       None,  REJECT,  Rejected,       &[]),
            // The rules have changed meanwhile, and what was decided holds.
            (&[],                 &[],           None,  RELEASE, Accepted,       &[]),
            (&[],                 &[],           None,  REJECT,  Rejected,       &[]),
        ];
        for (errors, held, prior, ruling, verdict, rejected) in rows {
            let of = |scopes: &[Scope], rule, severity| -> Vec<Finding> {
                scopes.iter().map(|scope| finding(rule, *scope, severity, 0)).collect()
            };
            let findings = [
                of(errors, Rule::Iban, Severity::Error),
                of(held, Rule::HoldLimit, Severity::Hold),
                of(&[t(0)], Rule::ControlSum, Severity::Warning),
            ];
            let decision = judge(PAYMENT, 3, findings.concat(), &Facts { prior: *prior, ruling: *ruling });
            let found = (decision.verdict, &decision.rejected[..]);
            assert_eq!(found, (*verdict, *rejected), "{errors:?} {held:?} {ruling:?}");
            assert_eq!(errors_of(&decision), *verdict == Rejected || !errors.is_empty(), "{errors:?} {ruling:?}");
            for finding in decision.findings.iter().filter(|finding| finding.rule == Rule::HoldLimit) {
                let expected = match ruling {
                    None => Severity::Hold,
                    Some(Ruling::Release) => Severity::Warning,
                    Some(Ruling::Reject) => Severity::Error,
                };
                assert_eq!(finding.severity, expected, "{errors:?} {held:?} {ruling:?}");
                assert!(*ruling != REJECT || finding.scope == M);
            }
        }
    }

    #[test]
    fn what_was_held_is_never_refused() {
        for (ruling, expected) in [
            (None, Verdict::Refused),
            (Some(Ruling::Release), Verdict::Rejected),
            (Some(Ruling::Reject), Verdict::Rejected),
        ] {
            let findings = vec![finding(Rule::XsdPattern, M, Severity::Error, 1)];
            assert_eq!(judge(PAYMENT, 3, findings, &Facts { prior: None, ruling }).verdict, expected, "{ruling:?}");
        }
    }

    fn errors_of(decision: &Decision) -> bool {
        errors(&decision.findings).next().is_some()
    }

    #[test]
    fn warnings_never_reject() {
        for rule in Rule::ALL {
            let warning = finding(*rule, Scope::Message, Severity::Warning, 1);
            let decision = judge(PAYMENT, 1, vec![warning.clone()], &Facts::default());
            assert_eq!((decision.verdict, decision.findings), (Verdict::Accepted, vec![warning]), "{}", rule.id());
        }
    }

    #[test]
    fn every_rule_of_a_schema_refuses() {
        for rule in Rule::ALL {
            let (group, _) = rule.id().split_once('.').unwrap();
            let expected = matches!(group, "xml" | "xsd" | "message" | "header" | "partner");
            assert_eq!(refuses(*rule), expected, "{}", rule.id());
        }
    }

    #[test]
    fn findings_stand_errors_first_and_in_document_order() {
        use Severity::{Error, Warning};
        let findings = vec![
            finding(Rule::ControlSum, Scope::Message, Warning, 5),
            finding(Rule::Iban, Scope::Transaction(1), Error, 90),
            finding(Rule::Bicfi, Scope::Transaction(0), Error, 40),
            finding(Rule::DetailsWithoutAmount, Scope::Message, Warning, 2),
        ];
        let decision = judge(PAYMENT, 9, findings, &Facts { prior: OTHER, ruling: None });
        let order: Vec<Rule> = decision.findings.iter().map(|finding| finding.rule).collect();
        let expected = [Rule::Bicfi, Rule::Iban, Rule::DuplicateMessage, Rule::DetailsWithoutAmount, Rule::ControlSum];
        assert_eq!(order, expected);
    }
}
