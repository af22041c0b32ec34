//! What a payment message says of itself in its group header, and what was counted of it meanwhile. Must not judge.

use crate::message::Field;
use crate::schema::record::{Node, Value};
use crate::value::{Amount, Sum, Sums};

/// A value that was read, with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

/// The code of a currency, as it stands.
pub(super) type Code = [u8; 3];

/// The claims of the group header, and the truth so far.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// NbOfTxs
    pub(super) number: Option<Declared<u64>>,
    /// CtrlSum
    pub(super) control_sum: Option<Declared<Amount>>,
    /// TtlIntrBkSttlmAmt
    pub(super) total: Option<Declared<Amount>>,
    /// Its currency.
    pub(super) total_currency: Option<Code>,
    /// How many transactions there were.
    pub(super) transactions: u64,
    /// Their amounts together, whatever their currencies.
    pub(super) sum: Sum,
    /// The same by currency.
    pub(super) sums: Sums,
    /// Whether each of them is in the total's currency.
    pub(super) one_currency: bool,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            number: None,
            control_sum: None,
            total: None,
            total_currency: None,
            transactions: 0,
            sum: Sum::ZERO,
            sums: Sums::default(),
            one_currency: true,
        }
    }

    /// Reads the claims.
    pub(super) fn read(&mut self, header: Node<'_>) {
        for item in header.items() {
            match Field::of(item.slot()) {
                Field::NumberOfTransactions => self.number = declared(item.value(), |text| text.parse().ok()),
                Field::ControlSum => self.control_sum = declared(item.value(), amount),
                Field::TotalInterbankSettlementAmountCurrency => self.total_currency = code(item.text()),
                Field::TotalInterbankSettlementAmount => self.total = declared(item.value(), amount),
                _ => {}
            }
        }
    }

    /// Counts the amount of a transaction.
    pub(super) fn add(&mut self, currency: &[u8], amount: Amount) {
        self.sum.add(amount);
        if let Ok(code) = currency.try_into() {
            self.sums.add(code, amount);
        }
        self.one_currency &= self.is_of_total(currency);
    }

    /// Whether a currency is the total's, where there is a total.
    pub(super) fn is_of_total(&self, currency: &[u8]) -> bool {
        self.total_currency.is_none_or(|total| total == currency)
    }
}

fn declared<T>(value: Value<'_>, read: impl FnOnce(&str) -> Option<T>) -> Option<Declared<T>> {
    Some(Declared { value: read(value.text)?, at: value.at })
}

fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text).ok()
}

fn code(text: &str) -> Option<Code> {
    text.as_bytes().try_into().ok()
}
