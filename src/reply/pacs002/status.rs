//! Which status a decision gives the group and each of its transactions, and for which reasons. Must not write.

use std::collections::BTreeMap;

use super::super::{Case, reason, wording};
use super::Edition;
use crate::finding::{Finding, Scope};
use crate::partner::Shape;
use crate::rules::judge::Verdict;

/// Passed the schema and every rule.
const ACCEPTED: &str = "ACTC";
/// And what was agreed with the partner, where something was.
const ACCEPTED_AS_AGREED: &str = "ACCP";
/// A person decides: another status follows.
const PENDING: &str = "PDNG";
/// Some transactions are accepted, others rejected: a status of groups only.
const PARTLY: &str = "PART";
const REJECTED: &str = "RJCT";

/// So many reasons are given for the group, and for a transaction; the rest is counted.
const MAX_REASONS: usize = 10;
/// The lines of additional information for the rule with its path, and for the text.
const LINES: (usize, usize) = (3, 5);
/// The characters of a line.
const WIDTH: usize = 105;

/// One reason with its additional information.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) code: &'static str,
    pub(super) lines: Vec<String>,
}

/// A transaction as the report lists it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) index: u32,
    pub(super) status: &'static str,
    pub(super) reasons: Vec<Reason>,
}

/// The statuses of a decision.
pub(super) struct Statuses<'a> {
    case: &'a Case<'a>,
    edition: &'static Edition,
    of_message: Vec<&'a Finding>,
    of_transactions: BTreeMap<u32, Vec<&'a Finding>>,
    /// The status of what is not rejected.
    going_on: &'static str,
    pub(super) group: &'static str,
    pub(super) group_reasons: Vec<Reason>,
}

impl<'a> Statuses<'a> {
    pub(super) fn of(case: &'a Case<'a>, edition: &'static Edition) -> Self {
        let mut of_message = Vec::new();
        let mut of_transactions = BTreeMap::<u32, Vec<&Finding>>::new();
        for finding in case.errors() {
            match finding.scope {
                Scope::Message => of_message.push(finding),
                Scope::Transaction(index) => of_transactions.entry(index).or_default().push(finding),
            }
        }
        let going_on = match case.decision.verdict {
            Verdict::Held => PENDING,
            _ if case.dress.agreed => ACCEPTED_AS_AGREED,
            _ => ACCEPTED,
        };
        let group = match case.decision.verdict {
            Verdict::Accepted | Verdict::Held => going_on,
            Verdict::PartlyAccepted => PARTLY,
            Verdict::Rejected | Verdict::Refused | Verdict::Repeated => REJECTED,
        };
        // A group that is rejected for its transactions alone has its reasons there.
        let own = group == REJECTED && (!of_message.is_empty() || of_transactions.is_empty());
        let group_reasons = if own { reasons(&of_message, edition) } else { Vec::new() };
        Self { case, edition, of_message, of_transactions, going_on, group, group_reasons }
    }

    /// The transactions that a report of this shape lists, in order.
    pub(super) fn listed(&self, shape: Shape) -> Vec<Listed> {
        let rejected = &self.case.decision.rejected;
        match (shape, self.case.decision.verdict) {
            (Shape::Group, Verdict::Accepted | Verdict::Held) => Vec::new(),
            (Shape::Group, Verdict::PartlyAccepted) => {
                rejected.iter().map(|index| self.rejected(*index, false)).collect()
            }
            (Shape::Group, _) => self.of_transactions.keys().map(|index| self.rejected(*index, false)).collect(),
            (Shape::Transaction, verdict) => {
                let count = (self.case.original.transactions.len() as u32).max(1);
                let is_rejected = |index: &u32| match verdict {
                    Verdict::Accepted | Verdict::Held => false,
                    Verdict::PartlyAccepted => rejected.binary_search(index).is_ok(),
                    Verdict::Rejected | Verdict::Refused | Verdict::Repeated => true,
                };
                (0..count)
                    .map(|index| if is_rejected(&index) { self.rejected(index, true) } else { self.going_on(index) })
                    .collect()
            }
        }
    }

    /// How many transactions have each status.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let rejected = self.case.decision.rejected.len();
        let accepted = self.case.original.transactions.len().saturating_sub(rejected);
        [(self.going_on, accepted), (REJECTED, rejected)].into_iter().filter(|(_, count)| *count > 0)
    }

    fn going_on(&self, index: u32) -> Listed {
        Listed { index, status: self.going_on, reasons: Vec::new() }
    }

    fn rejected(&self, index: u32, with_message: bool) -> Listed {
        let of_message = if with_message { &self.of_message[..] } else { &[] };
        let own = self.of_transactions.get(&index).map_or(&[][..], Vec::as_slice);
        Listed { index, status: REJECTED, reasons: reasons(&[of_message, own].concat(), self.edition) }
    }
}

/// The reasons for findings. A rejection always has one: where no finding is left, it says so in words.
fn reasons(findings: &[&Finding], edition: &Edition) -> Vec<Reason> {
    let narrative = |text: String| Reason { code: reason::NARRATIVE, lines: vec![text] };
    let mut reasons = findings.iter().take(MAX_REASONS).map(|finding| of_finding(finding, edition)).collect::<Vec<_>>();
    if findings.is_empty() {
        reasons.push(narrative("Rejected; no finding of its own is kept.".to_owned()));
    }
    if findings.len() > MAX_REASONS {
        reasons.push(narrative(format!("{} further findings are not listed.", findings.len() - MAX_REASONS)));
    }
    reasons
}

fn of_finding(finding: &Finding, edition: &Edition) -> Reason {
    let codes = reason::codes(finding.rule);
    let (place, text) = (wording::rule_and_path(finding), wording::description(finding));
    let lines = [wording::pieces(&place, WIDTH, LINES.0), wording::pieces(&text, WIDTH, LINES.1)].concat();
    Reason {
        code: if edition.closed_reasons { codes.listed } else { codes.code },
        lines: lines.into_iter().map(str::to_owned).collect(),
    }
}
