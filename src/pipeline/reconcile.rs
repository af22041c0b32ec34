//! Balances a day: what came in against what became of it, in numbers and in money. The sums of what came in are those of the
//! messages' transactions, the sums of what was booked those of the transfers: the two are made by different code. Must not change
//! anything.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

use crate::message::Kind;
use crate::store::reading::{Query, Reading, Table, spans};
use crate::store::{Lane, StoreError};
use crate::value::{Amount, Sum};

/// So many positions are looked at together.
const STEP: i64 = 4096;

/// Sums by currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Money(pub BTreeMap<String, Sum>);

impl Money {
    fn add(&mut self, currency: &str, amount: Amount) {
        self.of(currency).add(amount);
    }

    fn of(&mut self, currency: &str) -> &mut Sum {
        self.0.entry(currency.to_owned()).or_insert(Sum::ZERO)
    }

    /// Reads sums as a store keeps them.
    fn read(text: &str) -> Option<Self> {
        let sums: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let mut money = Self::default();
        for (currency, sum) in sums {
            money.add(&currency, Amount::parse(&sum).ok()?);
        }
        Some(money)
    }

    fn plus(&mut self, other: &Self) {
        for (currency, sum) in &other.0 {
            let own = self.of(currency);
            *own = own.plus(*sum);
        }
    }

    /// What is left without the other.
    fn minus(&self, other: &Self) -> Self {
        let mut left = self.clone();
        for (currency, sum) in &other.0 {
            let own = left.of(currency);
            *own = own.minus(*sum);
        }
        left
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (currency, sum)) in self.0.iter().enumerate() {
            write!(f, "{}{currency} {sum}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(currency, sum)| (currency, sum.to_string())))
    }
}

/// A part of what came in, or what was booked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// How many documents.
    pub documents: u64,
    /// How many transactions or entries.
    pub transactions: u64,
    /// The sums of the transactions of payments.
    pub sums: Money,
    /// How many payments have no sum, for not every amount could be read.
    pub without_sum: u64,
}

/// A day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// How many inputs came in.
    pub inputs: u64,
    /// How many of them were set aside, undecided.
    pub set_aside: u64,
    /// All documents of the others.
    pub came_in: Line,
    /// The documents by verdict.
    pub decided: BTreeMap<String, Line>,
    /// The transfers of payments.
    pub booked: Line,
    /// Of payments that were accepted in part: what was not booked.
    pub not_booked: Line,
    /// The transfers of statements.
    pub from_statements: Line,
    /// Those of them that were credited to the account, and
    pub credited: Line,
    /// those that were debited.
    pub debited: Line,
    /// How many faults there are.
    pub faults: u64,
}

/// A document with what became of it.
#[derive(Default)]
struct Document {
    number: i64,
    payment: bool,
    transactions: i64,
    sums: Option<Money>,
    verdict: Option<String>,
    booked: Money,
    transfers: i64,
    credited: Line,
    debited: Line,
}

struct Input {
    position: i64,
    documents: Vec<Document>,
    set_aside: bool,
}

/// What is read of a transfer.
#[derive(Deserialize)]
struct Transfer {
    amount: String,
    currency: String,
    booking: Option<Booking>,
}

/// How it stands in a statement.
#[derive(Deserialize)]
struct Booking {
    credit_debit_indicator: Option<String>,
}

/// Balances what was received from a moment on and before another one. Each fault is handed to `found` as it is found.
///
/// # Errors
/// When the store can't be read.
pub fn reconcile(
    store: &mut dyn Reading,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    found: &mut dyn FnMut(&str),
) -> Result<Balance, StoreError> {
    store.snapshot()?;
    let (from, to) = (from.timestamp_micros(), to.timestamp_micros());
    let mut balance = Balance::default();
    for (lane, (first, last)) in spans(store, from, to)? {
        for first in (first..=last).step_by(STEP as usize) {
            let inputs = inputs(store, lane, (first, last.min(first + STEP - 1) + 1), from..to)?;
            for input in &inputs {
                balance.take(lane, input, found);
            }
        }
    }
    balance.total(found);
    Ok(balance)
}

/// The inputs of some positions that were received in a time, with what became of them.
fn inputs(
    store: &mut dyn Reading,
    lane: Lane,
    (first, next): (i64, i64),
    received: std::ops::Range<i64>,
) -> Result<Vec<Input>, StoreError> {
    let range = [lane, first, next];
    let mut inputs: Vec<Input> = Vec::new();
    store.each(Query::Rows(Table::Input), &range, &mut |row| {
        if received.contains(&row[2].int()?) {
            inputs.push(Input { position: row[0].int()?, documents: Vec::new(), set_aside: false });
        }
        Ok(())
    })?;
    let find = |inputs: &[Input], position| inputs.binary_search_by_key(&position, |input| input.position).ok();
    store.each(Query::SetAside, &range, &mut |row| {
        if let Some(index) = find(&inputs, row[0].int()?) {
            inputs[index].set_aside = true;
        }
        Ok(())
    })?;
    for table in [Table::Message, Table::Verdict, Table::Transfer] {
        store.each(Query::Rows(table), &range, &mut |row| {
            let Some(index) = find(&inputs, row[0].int()?) else { return Ok(()) };
            let (documents, number) = (&mut inputs[index].documents, row[1].int()?);
            let index = documents.iter().rposition(|document| document.number == number).unwrap_or_else(|| {
                documents.push(Document { number, ..Document::default() });
                documents.len() - 1
            });
            let document = &mut documents[index];
            match table {
                Table::Message => {
                    let definition = row[3].maybe_text()?.and_then(|text| text.parse().ok());
                    document.payment = definition.is_some_and(|message| Kind::of(message) == Kind::Payment);
                    document.transactions = row[6].int()?;
                    document.sums = row[7].maybe_text()?.and_then(Money::read);
                }
                // The last one is the current one.
                Table::Verdict => document.verdict = Some(row[3].text()?.to_owned()),
                _ => {
                    let transfer: Option<Transfer> = serde_json::from_str(row[4].text()?).ok();
                    let read = transfer.and_then(|t| Some((Amount::parse(&t.amount).ok()?, t.currency, t.booking)));
                    // A transfer without an amount is one that does not balance.
                    let (amount, currency, booking) = read.unwrap_or((Amount::ZERO, "?".to_owned(), None));
                    document.booked.add(&currency, amount);
                    let signed = match booking.and_then(|booking| booking.credit_debit_indicator).as_deref() {
                        Some("credit") => Some(&mut document.credited),
                        Some("debit") => Some(&mut document.debited),
                        _ => None,
                    };
                    if let Some(signed) = signed {
                        signed.documents = 1;
                        signed.transactions += 1;
                        signed.sums.add(&currency, amount);
                    }
                    document.transfers += 1;
                }
            }
            Ok(())
        })?;
    }
    Ok(inputs)
}

impl Balance {
    fn fault(&mut self, found: &mut dyn FnMut(&str), text: &str) {
        self.faults += 1;
        found(text);
    }

    fn take(&mut self, lane: Lane, input: &Input, found: &mut dyn FnMut(&str)) {
        let place = format!("lane {lane}, position {}", input.position);
        self.inputs += 1;
        self.set_aside += u64::from(input.set_aside);
        if input.set_aside == input.documents.is_empty() {
            for document in &input.documents {
                self.document(&format!("{place}, document {}", document.number), document, found);
            }
        } else if input.set_aside {
            self.fault(found, &format!("{place}: it was set aside, and decided"));
        } else {
            self.fault(found, &format!("{place}: it was neither decided nor set aside"));
        }
    }

    fn document(&mut self, place: &str, document: &Document, found: &mut dyn FnMut(&str)) {
        self.came_in.add(document);
        let Some(verdict) = &document.verdict else {
            return self.fault(found, &format!("{place}: it has no verdict"));
        };
        self.decided.entry(verdict.clone()).or_default().add(document);
        let line = if document.payment { &mut self.booked } else { &mut self.from_statements };
        line.book(document);
        self.credited.plus(&document.credited);
        self.debited.plus(&document.debited);
        if let Some(text) = document.off(verdict) {
            self.fault(found, &format!("{place}: {text}"));
        }
        if document.payment && verdict == "partly accepted" {
            self.not_booked.documents += 1;
            self.not_booked.transactions += document.transactions.saturating_sub(document.transfers) as u64;
            self.not_booked.sums.plus(&document.not_booked());
        }
    }

    /// The parts together are the whole: whatever the documents say one by one.
    fn total(&mut self, found: &mut dyn FnMut(&str)) {
        let documents: u64 = self.decided.values().map(|line| line.documents).sum();
        if documents != self.came_in.documents {
            let text = format!("{} documents came in, and {documents} were decided", self.came_in.documents);
            self.fault(found, &text);
        }
    }
}

impl Line {
    fn add(&mut self, document: &Document) {
        self.documents += 1;
        self.transactions += document.transactions as u64;
        document.sums.iter().for_each(|sums| self.sums.plus(sums));
        self.without_sum += u64::from(document.payment && document.sums.is_none());
    }

    fn book(&mut self, document: &Document) {
        self.documents += u64::from(document.transfers > 0);
        self.transactions += document.transfers as u64;
        self.sums.plus(&document.booked);
    }

    fn plus(&mut self, other: &Self) {
        self.documents += other.documents;
        self.transactions += other.transactions;
        self.sums.plus(&other.sums);
    }
}

impl Document {
    /// What its transactions are together, without those that were booked.
    fn not_booked(&self) -> Money {
        self.sums.as_ref().map_or_else(Money::default, |sums| sums.minus(&self.booked))
    }

    /// What does not balance.
    fn off(&self, verdict: &str) -> Option<String> {
        let Self { payment, transactions, sums, booked, transfers, .. } = self;
        match (verdict, payment, sums) {
            ("accepted" | "partly accepted", false, _) => None,
            ("accepted" | "partly accepted", true, None) => Some("its transactions have no sum".to_owned()),
            ("accepted", true, Some(sums)) => (transactions != transfers || sums != booked).then(|| {
                format!("{transactions} transactions of {sums} were accepted, and {transfers} of {booked} booked")
            }),
            ("partly accepted", true, Some(_)) => {
                let part = (1..*transactions).contains(transfers);
                let less = self.not_booked().0.values().all(|sum| sum.is_positive());
                (!part || !less).then(|| {
                    format!("it was accepted in part, and {transfers} of {transactions} transactions were booked")
                })
            }
            _ if *transfers == 0 => None,
            (verdict, ..) => Some(format!("it was {verdict}, and {transfers} transfers of {booked} were booked")),
        }
    }
}
