//! The rules over one message: the group header first, then one transaction or statement at a time, in one pass over the
//! values. Nothing is kept of what was seen but counts and breaches, and nothing is allocated where nothing is wrong.
//!
//! A fault in a transaction of a payment message concerns that transaction alone, so that the others can be accepted. A
//! statement is answered as a whole, and every fault in it concerns the message.

use std::sync::Arc;

use super::table::Money;
use super::tally::Tally;
use super::{Breach, Profile, table};
use crate::finding::{Scope, Severity, masked};
use crate::message::{self, Field, Form, Kind};
use crate::schema::MessageId;
use crate::schema::pieces::Piece;
use crate::schema::record::{Item, Node};
use crate::value::{Amount, Currency, Sums};
use crate::xml::Fault;

/// Checks one message.
#[derive(Debug)]
pub struct Checker {
    profile: Arc<Profile>,
    message: MessageId,
    /// Whether the items are transactions that can be rejected one by one.
    payment: bool,
    tally: Tally,
    breaches: Vec<Breach>,
}

impl Checker {
    /// A checker for a message of this definition.
    pub fn new(message: MessageId, profile: Arc<Profile>) -> Self {
        Self {
            profile,
            message,
            payment: Kind::of(message) == Kind::Payment,
            tally: Tally::new(),
            breaches: Vec::new(),
        }
    }

    /// Checks a piece of the message; they come in document order.
    pub fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Group(slot, header) if slot == Field::GroupHeader.slot() => {
                if self.payment {
                    self.tally.read(header);
                }
                self.values(Scope::Message, header);
            }
            Piece::Group(slot, transaction) if slot == Field::CreditTransferTransactionInformation.slot() => {
                let index = self.tally.transactions as u32;
                self.tally.transactions += 1;
                self.values(Scope::Transaction(index), transaction);
            }
            Piece::Fields(node) | Piece::Item(node) => self.values(Scope::Message, node),
            Piece::Group(..) | Piece::End => {}
        }
    }

    /// What was found so far, and not taken yet.
    pub fn breaches(&mut self) -> &mut Vec<Breach> {
        &mut self.breaches
    }

    /// The sums of the amounts of a payment message; `None` where one of them could not be read, and of any other message.
    pub fn sums(&mut self) -> Option<Sums> {
        let sums = std::mem::take(&mut self.tally.sums);
        let all = sums.amounts() == self.tally.transactions && sums.iter().all(|(_, sum)| sum.is_known());
        (self.payment && all).then_some(sums)
    }

    /// Checks what only the whole message can show, and gives all breaches.
    pub fn finish(&mut self) -> Vec<Breach> {
        let Self { profile, tally, breaches, .. } = self;
        if self.payment {
            table::whole(&profile.limits, tally).for_each(|fault| report(breaches, profile, Scope::Message, fault));
        }
        std::mem::take(breaches)
    }

    fn values(&mut self, scope: Scope, node: Node<'_>) {
        let mut currency = None;
        for leaf in node.leaves(table::has_rule) {
            let fault = match Field::of(leaf.slot()).form() {
                Form::Amount(_) => self.amount(scope, leaf, currency),
                Form::Currency | Form::ActiveCurrency => {
                    let read = Money { leaf, code: Currency::of(leaf.bytes()).ok() };
                    currency = Some(read);
                    table::currency(read)
                }
                form => table::value(form, leaf),
            };
            if let Some(fault) = fault {
                self.report_value(scope, Field::of(leaf.slot()), fault);
            }
        }
    }

    /// A value of a customer is not shown, whatever the rule.
    #[cold]
    fn report_value(&mut self, scope: Scope, field: Field, mut fault: Fault) {
        if message::is_personal(self.message, field) {
            fault.found = fault.found.as_deref().map(masked);
        }
        report(&mut self.breaches, &self.profile, scope, fault);
    }

    /// An amount, with the currency that was seen last: an attribute comes just before the text of its element.
    fn amount(&mut self, scope: Scope, leaf: Item<'_>, currency: Option<Money<'_>>) -> Option<Fault> {
        let field = Field::of(leaf.slot());
        let of_field = |currency: &Money<'_>| field.form() == Form::Amount(Field::of(currency.leaf.slot()));
        let currency = currency.filter(of_field)?;
        let amount = Amount::of(leaf.bytes()).ok()?;
        if self.payment && field == Field::InterbankSettlementAmount {
            self.tally.add(currency.leaf.bytes(), amount);
            if let Some(fault) = table::transaction(&self.tally, currency.leaf) {
                report(&mut self.breaches, &self.profile, Scope::Message, fault);
            }
            if self.profile.limits.concern_amounts() {
                let faults: Vec<Fault> = table::agreed(&self.profile.limits, currency, amount, leaf).collect();
                faults.into_iter().for_each(|fault| self.report_value(scope, field, fault));
            }
        }
        table::amount(currency, amount, leaf)
    }
}

#[cold]
fn report(breaches: &mut Vec<Breach>, profile: &Profile, scope: Scope, fault: Fault) {
    let own = table::find(fault.rule).map_or(Severity::Error, |about| about.severity);
    if let Some(severity) = profile.severity(fault.rule, own) {
        breaches.push(Breach { fault, severity, scope });
    }
}
