//! What is settled is settled in money that exists.

use crate::finding::Rule;
use crate::rules::table::{Money, about};
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

pub(in crate::rules) fn check(money: Money<'_>) -> Option<Fault> {
    let text = match money.code {
        Some(currency) if currency.is_active() => return None,
        Some(_) => "The currency was withdrawn: nothing is settled in it any more.",
        None => "The currency is not one of ISO 4217.",
    };
    let value = money.leaf.value();
    Some(Fault::new(Rule::ActiveCurrency, value.at, text).found(value.text).expected("a currency in use"))
}
