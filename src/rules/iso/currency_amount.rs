//! An amount has no more decimals than its currency.

use crate::finding::Rule;
use crate::rules::table::{Money, about};
use crate::schema::record::Item;
use crate::value::Amount;
use crate::xml::Fault;

about! {
    /// Official name: CurrencyAmount.
    ///
    /// Requires that an amount has at most as many decimals as ISO 4217 gives its currency: none for the yen, two for the
    /// euro, three for the Kuwaiti dinar. Zeros at the end are no decimals, as in the schema's own count. Where the standard
    /// gives none (metals, units of account, withdrawn currencies), the schema's bound of five is all.
    ///
    /// Why: a fraction of the smallest coin can be neither booked nor paid out, and rounding would lose money silently.
    ///
    /// Source: ISO 20022, data types ActiveCurrencyAndAmount and ActiveOrHistoricCurrencyAndAmount; ISO 4217.
    CurrencyAmount, Error
}

pub(in crate::rules) fn check(money: Money<'_>, amount: Amount, item: Item<'_>) -> Option<Fault> {
    let most = money.code?.minor_units()?;
    // Mostly nothing is behind the decimals of the currency, not even a zero.
    if amount.decimal().scale() <= most || amount.fraction_digits() <= most {
        return None;
    }
    let expected = match most {
        0 => "no decimals".to_owned(),
        most => format!("at most {most} decimals"),
    };
    let (value, currency) = (item.value(), money.leaf.text());
    let text = format!("An amount in {currency} has {expected}.");
    Some(Fault::new(Rule::CurrencyAmount, value.at, text).found(value.text).expected(expected))
}
