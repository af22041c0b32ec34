//! From a proven message to transfers and statements, one item at a time. The only place of this stage that knows messages.
//! Must not check rules, and must not lose money: what cannot be booked becomes a remark, never nothing.

pub mod camt053;
pub mod pacs008;
mod party;
mod read;
mod remittance;
mod shared;
mod statement;

use crate::finding::{Finding, Place, Rule, Scope, Severity};
use crate::message::{Field, Kind, Proven};
use crate::schema::record::{Node, Record};
use crate::value::{Amount, Currency};

use super::{Statement, Transfer};

/// What was mapped from a message.
#[derive(Debug, Clone, Default)]
pub struct Mapped {
    /// The transfers, in document order.
    pub transfers: Vec<Transfer>,
    /// The statements, in document order.
    pub statements: Vec<Statement>,
    /// What could not be mapped, or only in part.
    pub findings: Vec<Finding>,
}

/// What mapping has to say about an item. Its place is found when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The rule.
    pub rule: Rule,
    /// An error: the item is not mapped. A warning: it is, in the way the text says.
    pub severity: Severity,
    /// The offset it is about.
    pub at: usize,
    /// What stands there.
    pub found: Option<String>,
    /// What was expected instead.
    pub expected: Option<String>,
    /// One sentence for a person.
    pub text: String,
}

impl Remark {
    /// As a finding, once its place is known.
    pub fn finding(self, scope: Scope, place: Option<Place>) -> Finding {
        Finding {
            rule: self.rule,
            severity: self.severity,
            scope,
            place,
            found: self.found,
            expected: self.expected,
            text: self.text,
            suggestion: None,
        }
    }
}

/// Maps a whole message that is in memory.
pub fn all(proven: &Proven<'_>) -> Mapped {
    let mut mapped = Mapped::default();
    let mut remarks = Vec::new();
    match Kind::of(proven.message()) {
        Kind::Payment => transactions(proven, &mut mapped, &mut remarks),
        Kind::Statement => statements(proven, &mut mapped, &mut remarks),
        Kind::Header | Kind::Answer | Kind::Other => {}
    }
    mapped.findings = located(proven.record(), remarks);
    mapped
}

fn transactions(proven: &Proven<'_>, mapped: &mut Mapped, remarks: &mut Vec<(Scope, Remark)>) {
    let root = proven.record().root();
    let Some(header) = root.group(Field::GroupHeader.slot()) else { return };
    let header = pacs008::group_header(proven.message(), header);
    let transactions = root.groups(Field::CreditTransferTransactionInformation.slot());
    for (index, transaction) in (0..).zip(transactions).filter(|(index, _)| !proven.is_rejected(*index)) {
        match pacs008::transfer(&header, index + 1, transaction) {
            Ok(transfer) => mapped.transfers.push(transfer),
            Err(remark) => remarks.push((Scope::Transaction(index), remark)),
        }
    }
}

fn statements(proven: &Proven<'_>, mapped: &mut Mapped, remarks: &mut Vec<(Scope, Remark)>) {
    let root = proven.record().root();
    let Some(header) = root.group(Field::GroupHeader.slot()) else { return };
    let header = camt053::group_header(proven.message(), header);
    let mut index = 0;
    for node in root.groups(Field::Statement.slot()) {
        let mut statement = camt053::statement(&header, node);
        for entry in node.groups(Field::Entry.slot()) {
            let scope = Scope::Transaction(index);
            index += 1;
            match camt053::entry(&header, &statement, index, entry) {
                Ok(entry) => {
                    mapped.transfers.extend(entry.transfers);
                    statement.entries.push(entry.entry);
                    remarks.extend(entry.remark.map(|remark| (scope, remark)));
                }
                Err(remark) => remarks.push((scope, remark)),
            }
        }
        mapped.statements.push(statement);
    }
}

/// Places are found in one pass over the whole input, so only when there is something to show.
fn located(record: Record<'_>, remarks: Vec<(Scope, Remark)>) -> Vec<Finding> {
    if remarks.is_empty() {
        return Vec::new();
    }
    let offsets: Vec<usize> = remarks.iter().map(|(_, remark)| remark.at).collect();
    let places = crate::xml::locate::places(record.window, 0, &offsets);
    let findings = remarks.into_iter().zip(places).map(|((scope, remark), place)| remark.finding(scope, Some(place)));
    findings.collect()
}

/// The amount that is booked, with its currency.
fn booked_amount(node: Node<'_>, amount: Field, currency: Field, rule: Rule) -> Result<(Amount, Currency), Remark> {
    let code = node.get(currency.slot());
    let error = |rule, at, found: &str, text: String| Remark {
        rule,
        severity: Severity::Error,
        at,
        found: Some(found.to_owned()),
        expected: None,
        text,
    };
    let code_text = code.map_or("", |code| code.text);
    let currency = Currency::new(code_text).map_err(|reason| {
        error(
            rule,
            code.map_or(node.at(), |code| code.at),
            code_text,
            format!("The amount cannot be booked: {reason}."),
        )
    })?;
    let number = node.get(amount.slot());
    let number_text = number.map_or("", |number| number.text);
    let amount = Amount::parse(number_text).map_err(|reason| {
        let at = number.map_or(node.at(), |number| number.at);
        error(Rule::XsdDigits, at, number_text, format!("The amount cannot be booked: {reason}."))
    })?;
    Ok((amount, currency))
}
