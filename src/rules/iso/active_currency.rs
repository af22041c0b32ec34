//! What is settled is settled in money that exists.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::schema::record::Value;
use crate::value::Currency;
use crate::xml::Fault;

about! {
    /// Official name: ActiveCurrency.
    ///
    /// Requires that the currency of an interbank settlement amount, or of their total, is one of ISO 4217 and in use.
    ///
    /// Why: the schema takes any three capital letters. Nothing can be settled in a currency that was withdrawn.
    ///
    /// Source: ISO 20022, data type ActiveCurrencyCode; ISO 4217.
    ActiveCurrency, Error
}

pub(in crate::rules) fn check(value: Value<'_>) -> Option<Fault> {
    let text = match Currency::new(value.text) {
        Ok(currency) if currency.is_active() => return None,
        Ok(_) => "The currency was withdrawn: nothing is settled in it any more.",
        Err(_) => "The currency is not one of ISO 4217.",
    };
    Some(Fault::new(Rule::ActiveCurrency, value.at, text).found(value.text).expected("a currency in use"))
}
