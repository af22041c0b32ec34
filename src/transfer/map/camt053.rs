//! A statement (camt.053): its balances and entries, and its booked entries as transfers.
//!
//! Which amount a detail has: its own (`TxDtls/Amt`, from version 03) when that is in the currency of the entry. Up to version
//! 02 there is no such element, and banks give the parts of a collective entry as `TxDtls/AmtDtls/TxAmt/Amt`; that is
//! the amount of the underlying transaction and need not be what was booked, so it is taken only where all details of the entry
//! have an amount in its currency and together, with their signs, make up the entry's amount. A single detail without an amount of
//! its own takes the entry's. Several details of which one has no amount are one transfer with the ids of all of them, and a
//! remark. A reversal keeps its sign.

use crate::finding::{Rule, Severity};
use crate::message::Field;
use crate::schema::record::{Item, Node};
use crate::transfer::model::{Booking, CreditDebit, Origin, ProprietaryReference, References, Transfer};
use crate::transfer::party::Account;
use crate::transfer::statement::{AmountDetails, Entry, Statement};
use crate::value::Amount;

use super::Remark;
use super::read::{date, flag, money, text};
use super::shared::{payment_type_field, reference_field, transfer_field};
use super::statement::{amount_details, availability, bank_transaction_code, batch, charges, return_information};

pub use super::statement::{GroupHeader, group_header, statement, statement_fields};

/// An entry with the transfers that it is, when it is booked.
#[derive(Debug, Clone)]
pub struct MappedEntry {
    /// The entry.
    pub entry: Entry,
    /// Its transfers.
    pub transfers: Vec<Transfer>,
    /// Says when its details had to be taken together.
    pub remark: Option<Remark>,
}

/// Maps one entry, the `number`th of the message.
///
/// # Errors
/// When it has no amount that could be booked: its currency is none, or the number has too many digits.
pub fn entry(header: &GroupHeader, statement: &Statement, number: u32, node: Node<'_>) -> Result<MappedEntry, Remark> {
    let entry = read_entry(node)?;
    if !entry.is_booked() {
        return Ok(MappedEntry { entry, transfers: Vec::new(), remark: None });
    }
    let details: Vec<Node<'_>> = node.groups(Field::TransactionDetails.slot()).collect();
    let context = Context { header, statement, entry: &entry, number, whole: details.len() < 2 };
    let (transfers, remark) = match (details.as_slice(), amounts(&entry, &details)) {
        ([], _) => (vec![context.transfer(entry.amount, entry.credit_debit_indicator)], None),
        (_, Some(parts)) => {
            let parts = details.iter().zip(parts);
            (parts.map(|(detail, (amount, sign))| context.detail(*detail, amount, sign)).collect(), None)
        }
        (_, None) => (vec![context.together(&details)], Some(without_amount(details.len(), node.at()))),
    };
    Ok(MappedEntry { entry, transfers, remark })
}

fn without_amount(details: usize, at: usize) -> Remark {
    Remark {
        rule: Rule::DetailsWithoutAmount,
        severity: Severity::Warning,
        at,
        found: Some(format!("{details} details")),
        expected: Some("an amount in each, in the currency of the entry".to_owned()),
        text: "The entry is booked as one transfer with the ids of all its details.".to_owned(),
    }
}

fn read_entry(node: Node<'_>) -> Result<Entry, Remark> {
    let rule = Rule::ActiveOrHistoricCurrency;
    let (amount, currency) = super::booked_amount(node, Field::Amount, Field::AmountCurrency, rule)?;
    let indicator = node.text(Field::CreditDebitIndicator.slot()).and_then(CreditDebit::of);
    let mut entry = Entry {
        entry_reference: None,
        amount,
        currency,
        credit_debit_indicator: indicator.ok_or_else(|| no_sign(node))?,
        reversal_indicator: None,
        status_code: None,
        status_proprietary: None,
        booking_date: None,
        value_date: None,
        account_servicer_reference: None,
        availability: Vec::new(),
        bank_transaction_code: None,
        amount_details: None,
        charges: Vec::new(),
        batch: Vec::new(),
        details: 0,
        additional_entry_information: None,
    };
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::EntryReference => entry.entry_reference = text(item),
            Field::ReversalIndicator => entry.reversal_indicator = flag(item),
            Field::StatusCode => entry.status_code = text(item),
            Field::StatusProprietary => entry.status_proprietary = text(item),
            Field::BookingDate => entry.booking_date = date(item),
            Field::ValueDate => entry.value_date = date(item),
            Field::AccountServicerReference => entry.account_servicer_reference = text(item),
            Field::Availability => entry.availability.push(availability(item.node())),
            Field::BankTransactionCode => entry.bank_transaction_code = bank_transaction_code(item.node()),
            Field::AmountDetails => entry.amount_details = Some(Box::new(amount_details(item.node()))),
            Field::Charges => charges(item.node(), &mut entry.charges),
            Field::Batch => entry.batch.push(batch(item.node())),
            Field::TransactionDetails => entry.details += 1,
            Field::AdditionalEntryInformation => entry.additional_entry_information = text(item),
            _ => {}
        }
    }
    Ok(entry)
}

/// No schema lets this through; without a sign nothing can be booked.
fn no_sign(node: Node<'_>) -> Remark {
    Remark {
        rule: Rule::XsdEnumeration,
        severity: Severity::Error,
        at: node.at(),
        found: node.text(Field::CreditDebitIndicator.slot()).map(str::to_owned),
        expected: Some("CRDT or DBIT".to_owned()),
        text: "The entry cannot be booked: it is neither a credit nor a debit.".to_owned(),
    }
}

/// What each detail adds to the entry, when every one of them has an amount that is clear; see the module.
fn amounts(entry: &Entry, details: &[Node<'_>]) -> Option<Vec<(Amount, CreditDebit)>> {
    let sign = |detail: &Node<'_>| {
        let own = detail.text(Field::CreditDebitIndicator.slot()).and_then(CreditDebit::of);
        own.unwrap_or(entry.credit_debit_indicator)
    };
    if let [single] = details {
        return Some(vec![(own_amount(entry, single).unwrap_or(entry.amount), sign(single))]);
    }
    let own: Option<Vec<_>> = details.iter().map(|detail| Some((own_amount(entry, detail)?, sign(detail)))).collect();
    own.or_else(|| {
        let amount = |detail| own_amount(entry, detail).or_else(|| underlying_amount(entry, detail));
        let parts: Vec<_> =
            details.iter().map(|detail| Some((amount(detail)?, sign(detail)))).collect::<Option<_>>()?;
        makes_up(entry, &parts).then_some(parts)
    })
}

/// TxDtls/Amt, when it is in the currency of the entry.
fn own_amount(entry: &Entry, detail: &Node<'_>) -> Option<Amount> {
    let currency = detail.text(Field::AmountCurrency.slot())?;
    let amount = detail.text(Field::Amount.slot()).filter(|_| currency == entry.currency.as_str())?;
    Amount::parse(amount).ok()
}

/// TxDtls/AmtDtls/TxAmt/Amt, when it is in the currency of the entry.
fn underlying_amount(entry: &Entry, detail: &Node<'_>) -> Option<Amount> {
    let node = detail.group(Field::AmountDetails.slot())?;
    let currency = node.text(Field::TransactionAmountCurrency.slot())?;
    let amount = node.text(Field::TransactionAmount.slot()).filter(|_| currency == entry.currency.as_str())?;
    Amount::parse(amount).ok()
}

/// Whether parts, with their signs, make up the amount of an entry.
fn makes_up(entry: &Entry, parts: &[(Amount, CreditDebit)]) -> bool {
    let sum = parts.iter().try_fold(Amount::ZERO, |sum, (amount, sign)| {
        if *sign == entry.credit_debit_indicator { sum.checked_add(*amount) } else { sum.checked_sub(*amount) }
    });
    sum == Some(entry.amount)
}

/// What a transfer takes from around its detail.
struct Context<'c> {
    header: &'c GroupHeader,
    statement: &'c Statement,
    entry: &'c Entry,
    number: u32,
    /// Whether the transfer is all of the entry: only then are the amounts beside the entry's those of the transfer.
    whole: bool,
}

impl Context<'_> {
    /// A transfer of the entry alone.
    fn transfer(&self, amount: Amount, sign: CreditDebit) -> Transfer {
        Transfer { booking: Some(Box::new(self.booking(sign))), ..self.blank(amount) }
    }

    fn blank(&self, amount: Amount) -> Transfer {
        let id = self.header.message_identification.clone();
        let mut transfer =
            Transfer::new(Origin::Statement, self.header.message, id, self.number, amount, self.entry.currency);
        transfer.creation_date_time.clone_from(&self.header.creation_date_time);
        if let Some(details) = self.amount_details() {
            transfer.instructed_amount.clone_from(&details.instructed_amount);
            transfer.currency_exchange.clone_from(&details.currency_exchange);
        }
        transfer
    }

    fn amount_details(&self) -> Option<&AmountDetails> {
        self.entry.amount_details.as_deref().filter(|_| self.whole)
    }

    fn booking(&self, sign: CreditDebit) -> Booking {
        let entry = self.entry;
        let details = self.amount_details();
        Booking {
            statement_identification: self.statement.identification.clone(),
            account: booked_account(&self.statement.account),
            entry_reference: entry.entry_reference.clone(),
            account_servicer_reference: entry.account_servicer_reference.clone(),
            credit_debit_indicator: sign,
            reversal_indicator: entry.reversal_indicator,
            booking_date: entry.booking_date.clone(),
            value_date: entry.value_date.clone(),
            bank_transaction_code: entry.bank_transaction_code.clone(),
            transaction_amount: details.and_then(|details| details.transaction_amount.clone()),
            counter_value_amount: details.and_then(|details| details.counter_value_amount.clone()),
            transaction_date_time: None,
            return_information: None,
            additional_transaction_information: None,
            additional_entry_information: entry.additional_entry_information.clone(),
        }
    }

    /// The transfer of one detail.
    fn detail(&self, node: Node<'_>, amount: Amount, sign: CreditDebit) -> Transfer {
        let (mut transfer, mut booking) = (self.blank(amount), self.booking(sign));
        let mut currency = "";
        for item in node.items() {
            match Field::of(item.slot()) {
                Field::AmountCurrency => currency = item.text(),
                // What was moved in another currency than that of the account.
                Field::Amount if currency != self.entry.currency.as_str() => {
                    booking.transaction_amount = money(item, currency);
                }
                field if reference_field(&mut transfer.references, field, item) => {}
                field if booking_field(&mut booking, field, item) => {}
                field => detail_field(&mut transfer, &mut booking, field, item),
            }
        }
        transfer.booking = Some(Box::new(booking));
        transfer
    }

    /// One transfer of several details, with the ids of all of them.
    fn together(&self, details: &[Node<'_>]) -> Transfer {
        let whole = Self { whole: true, ..*self };
        let mut transfer = whole.transfer(self.entry.amount, self.entry.credit_debit_indicator);
        let mut references = details.iter().map(|detail| references(*detail));
        transfer.references = references.next().unwrap_or_default();
        transfer.references.further = references.collect();
        transfer
    }
}

/// The account of a statement as far as it names the account: a transfer does not repeat its owner.
fn booked_account(account: &Account) -> Box<Account> {
    Box::new(Account {
        iban: account.iban.clone(),
        other: account.other.clone(),
        currency: account.currency.clone(),
        ..Account::default()
    })
}

fn references(detail: Node<'_>) -> References {
    let mut references = References::default();
    for item in detail.items() {
        let field = Field::of(item.slot());
        if !reference_field(&mut references, field, item) && field == Field::ProprietaryReference {
            references.proprietary.push(proprietary_reference(item.node()));
        }
    }
    references
}

fn proprietary_reference(node: Node<'_>) -> ProprietaryReference {
    let owned = |field: Field| node.text(field.slot()).unwrap_or_default().into();
    ProprietaryReference { r#type: owned(Field::Type), reference: owned(Field::Reference) }
}

/// Takes a field of a detail that says how it was booked.
fn booking_field(booking: &mut Booking, field: Field, item: Item<'_>) -> bool {
    match field {
        Field::BankTransactionCode => booking.bank_transaction_code = bank_transaction_code(item.node()),
        Field::TransactionDateTime => booking.transaction_date_time = date(item),
        Field::ReturnInformation => booking.return_information = Some(Box::new(return_information(item.node()))),
        Field::AdditionalTransactionInformation => booking.additional_transaction_information = text(item),
        _ => return false,
    }
    true
}

/// Takes a field that only the details of an entry have, or any transfer has.
fn detail_field(transfer: &mut Transfer, booking: &mut Booking, field: Field, item: Item<'_>) {
    let payment_type = &mut transfer.payment_type_information;
    match field {
        Field::ProprietaryReference => transfer.references.proprietary.push(proprietary_reference(item.node())),
        Field::Charges => charges(item.node(), &mut transfer.charges),
        Field::AmountDetails => {
            let details = amount_details(item.node());
            transfer.instructed_amount = details.instructed_amount.or(transfer.instructed_amount.take());
            booking.transaction_amount = booking.transaction_amount.take().or(details.transaction_amount);
            booking.counter_value_amount = details.counter_value_amount.or(booking.counter_value_amount.take());
            transfer.currency_exchange.extend(details.currency_exchange);
        }
        Field::LocalInstrumentCode | Field::LocalInstrumentProprietary => {
            payment_type_field(payment_type.get_or_insert_default(), field, item);
        }
        // It may follow a local instrument that stands alone.
        Field::PaymentTypeInformation => {
            let payment_type = payment_type.get_or_insert_default();
            item.node().items().for_each(|item| payment_type_field(payment_type, Field::of(item.slot()), item));
        }
        _ => {
            transfer_field(transfer, field, item);
        }
    }
}
