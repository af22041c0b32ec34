//! From a bound value to the field of a record.

use crate::schema::record::Item;
use crate::value::Amount;

use crate::transfer::CreditDebit;
use crate::transfer::entity::{Given, Text};
use crate::transfer::remittance::Money;

/// Text as it stands.
#[inline(always)]
pub(super) fn text(item: Item<'_>) -> Option<Text> {
    Some(item.kept())
}

/// A date, time, number or flag, which white space may surround.
pub(super) fn trimmed(item: Item<'_>) -> &str {
    item.text().trim_ascii()
}

/// A date or time, without white space around it.
#[inline(always)]
pub(super) fn date(item: Item<'_>) -> Option<Text> {
    Some(item.kept_trimmed())
}

/// A number. Its schema type bounds its digits, so that it is always one that can be kept.
pub(super) fn number(item: Item<'_>) -> Option<Amount> {
    Amount::parse(item.text()).ok()
}

/// xs:boolean
pub(super) fn flag(item: Item<'_>) -> Option<bool> {
    match trimmed(item) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// CRDT or DBIT
pub(super) fn sign(item: Item<'_>) -> Option<CreditDebit> {
    CreditDebit::of(item.text())
}

/// A value with a checker.
#[inline(always)]
pub(super) fn given<T>(item: Item<'_>) -> Option<Given<T>> {
    Some(Given::new(item.kept()))
}

/// An amount with the currency that stood before it.
pub(super) fn money(item: Item<'_>, currency: &str) -> Option<Money> {
    Some(Money { amount: number(item)?, currency: Given::new(currency.into()) })
}
