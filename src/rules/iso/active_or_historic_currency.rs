//! A currency must be, or have been, one.

use crate::finding::Rule;
use crate::rules::table::{Money, about};
use crate::xml::Fault;

about! {
    /// Official name: ActiveOrHistoricCurrency.
    ///
    /// Requires that a currency is one of ISO 4217, in use or withdrawn.
    ///
    /// Why: the schema takes any three capital letters. Statements and instructed amounts may name a currency that
    /// has been withdrawn since; one that never was is a mistake.
    ///
    /// Source: ISO 20022, data type ActiveOrHistoricCurrencyCode; ISO 4217.
    ActiveOrHistoricCurrency, Error
}

pub(in crate::rules) fn check(money: Money<'_>) -> Option<Fault> {
    money.code.is_none().then(|| {
        let value = money.leaf.value();
        Fault::new(Rule::ActiveOrHistoricCurrency, value.at, "The currency is not one of ISO 4217.")
            .found(value.text)
            .expected("a currency, in use or withdrawn")
    })
}
