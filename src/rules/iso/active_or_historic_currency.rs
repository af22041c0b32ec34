//! A currency must be, or have been, one.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::schema::record::Value;
use crate::value::Currency;
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

pub(in crate::rules) fn check(value: Value<'_>) -> Option<Fault> {
    Currency::new(value.text).err().map(|_| {
        Fault::new(Rule::ActiveOrHistoricCurrency, value.at, "The currency is not one of ISO 4217.")
            .found(value.text)
            .expected("a currency, in use or withdrawn")
    })
}
