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
use crate::message::{self, Field, Kind, Proof, Proven};
use crate::schema::pieces::{Piece, pieces};
use crate::schema::record::{Kept, Node, Record};
use crate::value::{Amount, Currency};

use super::{Entry, Origin, Statement, Text, Transfer};

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

/// What was mapped from a message besides its transfers.
#[derive(Debug, Clone, Default)]
pub struct Besides {
    /// The statements, in document order.
    pub statements: Vec<Statement>,
    /// What could not be mapped, or only in part.
    pub findings: Vec<Finding>,
}

/// What comes of a piece of a message.
#[derive(Debug)]
pub enum Output<'m> {
    /// A transfer.
    Transfer(&'m Transfer),
    /// The first entry of a statement follows: the statement's fields as far as they stand before it.
    Opened(&'m Statement),
    /// An entry of the open statement.
    Entry(Entry),
    /// The end of a statement, with its fields but without its entries.
    Closed(Statement),
    /// What could not be mapped, or only in part.
    Remark(Scope, Remark),
}

/// Maps a message piece by piece.
pub struct Mapper<'p> {
    proof: Proof<'p>,
    header: Header<'p>,
    /// The open statement.
    statement: Option<Statement>,
    opened: bool,
    /// The number of the last transaction or entry.
    number: u32,
}

/// The group header, which comes first.
enum Header<'p> {
    Missing,
    /// Of a payment whose pieces outlive their mapper.
    Payment(Node<'p>),
    KeptPayment(Kept),
    Statement(Box<camt053::GroupHeader>),
}

impl<'p> Mapper<'p> {
    /// A mapper for a message of which this was proven.
    pub fn new(proof: Proof<'p>) -> Self {
        Self { proof, header: Header::Missing, statement: None, opened: false, number: 0 }
    }

    /// Maps a piece; they come in document order. What later ones need of it is kept.
    pub fn piece(&mut self, piece: Piece<'_>, out: impl FnMut(Output<'_>)) {
        match piece.group() {
            Some((slot, node)) if slot == Field::GroupHeader.slot() => {
                self.header = self.group_header(node, |node| Header::KeptPayment(node.keep()));
            }
            _ => self.item(piece, out),
        }
    }

    /// The same for pieces that outlive the mapper: nothing is kept of them.
    fn lasting_piece(&mut self, piece: Piece<'p>, out: impl FnMut(Output<'_>)) {
        match piece.group() {
            Some((slot, node)) if slot == Field::GroupHeader.slot() => {
                self.header = self.group_header(node, Header::Payment);
            }
            _ => self.item(piece, out),
        }
    }

    fn group_header<'n>(&self, node: Node<'n>, payment: impl FnOnce(Node<'n>) -> Header<'p>) -> Header<'p> {
        let message = self.proof.message();
        match Kind::of(message) {
            Kind::Payment => payment(node),
            Kind::Statement => Header::Statement(Box::new(camt053::group_header(message, node))),
            Kind::Header | Kind::Answer | Kind::Other => Header::Missing,
        }
    }

    fn item(&mut self, piece: Piece<'_>, mut out: impl FnMut(Output<'_>)) {
        match (piece.group().map(|(slot, node)| (Field::of(slot), node)), &self.header) {
            (Some((Field::CreditTransferTransactionInformation, node)), Header::Payment(header)) => {
                transaction(self.proof, *header, &mut self.number, node, out);
            }
            (Some((Field::CreditTransferTransactionInformation, node)), Header::KeptPayment(header)) => {
                transaction(self.proof, header.record().root(), &mut self.number, node, out);
            }
            (None, Header::Statement(header)) => {
                let statement = self.statement.get_or_insert_with(|| camt053::statement(header));
                match piece {
                    Piece::Fields(node) => camt053::statement_fields(statement, node),
                    Piece::Item(node) => {
                        if !std::mem::replace(&mut self.opened, true) {
                            out(Output::Opened(statement));
                        }
                        self.number += 1;
                        entry(header, statement, self.number, node, out);
                    }
                    Piece::End => {
                        self.opened = false;
                        self.statement.take().into_iter().for_each(|statement| out(Output::Closed(statement)));
                    }
                    Piece::Group(..) => {}
                }
            }
            _ => {}
        }
    }
}

/// A transaction of a payment, the one behind the `number`th, with the group header.
fn transaction(proof: Proof<'_>, header: Node<'_>, number: &mut u32, node: Node<'_>, mut out: impl FnMut(Output<'_>)) {
    let index = *number;
    *number += 1;
    if proof.is_rejected(index) {
        return;
    }
    match pacs008::booked_amount(node) {
        Ok((amount, currency)) => {
            let (origin, id) = (Origin::Instruction, Text::default());
            let mut transfer = Transfer::new(origin, proof.message(), id, *number, amount, currency);
            pacs008::fill(&mut transfer, header, node);
            out(Output::Transfer(&transfer));
        }
        Err(remark) => out(Output::Remark(Scope::Transaction(index), remark)),
    }
}

fn entry(
    header: &camt053::GroupHeader,
    statement: &Statement,
    number: u32,
    node: Node<'_>,
    mut out: impl FnMut(Output<'_>),
) {
    let scope = Scope::Transaction(number - 1);
    match camt053::entry(header, statement, number, node) {
        Ok(entry) => {
            entry.transfers.iter().for_each(|transfer| out(Output::Transfer(transfer)));
            out(Output::Entry(entry.entry));
            entry.remark.into_iter().for_each(|remark| out(Output::Remark(scope, remark)));
        }
        Err(remark) => out(Output::Remark(scope, remark)),
    }
}

/// Maps a whole message that is in memory.
pub fn all(proven: &Proven<'_>) -> Mapped {
    let mut transfers = Vec::new();
    let Besides { statements, findings } = each(proven, |transfer| transfers.push(transfer.clone()));
    Mapped { transfers, statements, findings }
}

/// Maps a whole message that is in memory, and hands out each transfer when it is there, in document order.
pub fn each(proven: &Proven<'_>, mut take: impl FnMut(&Transfer)) -> Besides {
    let mut statements = Vec::new();
    let (mut entries, mut remarks) = (Vec::new(), Vec::new());
    let record = proven.record();
    let mut mapper = Mapper::new(proven.proof());
    pieces(&record, message::container(proven.proof().message()), |piece| {
        mapper.lasting_piece(piece, |output| match output {
            Output::Transfer(transfer) => take(transfer),
            Output::Opened(_) => {}
            Output::Entry(entry) => entries.push(entry),
            Output::Closed(statement) => {
                statements.push(Statement { entries: std::mem::take(&mut entries), ..statement });
            }
            Output::Remark(scope, remark) => remarks.push((scope, remark)),
        });
    });
    Besides { statements, findings: located(record, remarks) }
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
