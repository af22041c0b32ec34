//! The table of all rules: the text of each, which is also its manual, and which values of a message it is about. A new
//! rule touches its own file and this one.

use super::tally::Tally;
use super::{iso, payflow};
use crate::finding::{Rule, Severity};
use crate::message::{Field, Form};
use crate::partner::AgreedLimits;
use crate::schema::record::Item;
use crate::value::{Amount, Currency};
use crate::xml::Fault;

/// What there is to know about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The rule.
    pub rule: Rule,
    /// What a breach weighs when the profile does not say otherwise.
    pub severity: Severity,
    /// Official name, what it requires, why, and its source.
    pub text: &'static str,
}

/// Declares what there is to know about a rule: its doc comment is its manual.
macro_rules! about {
    ($(#[doc = $doc:expr])+ $rule:ident, $severity:ident) => {
        $(#[doc = $doc])+
        pub(in crate::rules) const ABOUT: $crate::rules::About = $crate::rules::About {
            rule: $crate::finding::Rule::$rule,
            severity: $crate::finding::Severity::$severity,
            text: concat!($($doc, "\n"),+),
        };
    };
}
pub(super) use about;

/// All rules beyond the schema, in the order in which they are checked.
pub const TABLE: &[About] = &[
    payflow::header_mismatch::ABOUT,
    payflow::wrong_partner::ABOUT,
    iso::iban::ABOUT,
    iso::any_bic::ABOUT,
    iso::bicfi::ABOUT,
    iso::country::ABOUT,
    iso::active_currency::ABOUT,
    iso::active_or_historic_currency::ABOUT,
    iso::currency_amount::ABOUT,
    iso::total_amount_currency::ABOUT,
    iso::number_of_transactions::ABOUT,
    iso::total_amount_sum::ABOUT,
    payflow::control_sum::ABOUT,
    payflow::amount_limit::ABOUT,
    payflow::hold_limit::ABOUT,
    payflow::transaction_limit::ABOUT,
    payflow::duplicate_message::ABOUT,
];

/// The rules that a profile can weigh: those that are about the document alone, and without which it can be booked.
pub fn weighed() -> impl Iterator<Item = Rule> {
    let about_more = [Rule::HeaderMismatch, Rule::WrongPartner, Rule::DuplicateMessage];
    let fixed = [&about_more[..], &[Rule::ActiveCurrency, Rule::ActiveOrHistoricCurrency]].concat();
    TABLE.iter().map(|about| about.rule).filter(move |rule| !fixed.contains(rule))
}

/// What there is to know about a rule; `None` for what a schema, or the reading itself, finds.
pub fn find(rule: Rule) -> Option<&'static About> {
    TABLE.iter().find(|about| about.rule == rule)
}

/// A currency that stands in a message: where, and which, if it is one.
#[derive(Clone, Copy)]
pub(super) struct Money<'r> {
    pub(super) leaf: Item<'r>,
    pub(super) code: Option<Currency>,
}

/// Whether a rule is about the values of a field, by its slot.
#[inline]
pub(super) fn has_rule(slot: u16) -> bool {
    HAS_RULE.get(slot as usize).is_some_and(|has_rule| *has_rule)
}

/// By slot. Most values have no rule of their own: this passes over them.
static HAS_RULE: [bool; Field::ALL.len() + 1] = {
    let mut table = [false; Field::ALL.len() + 1];
    let mut slot = 0;
    while slot < table.len() {
        table[slot] = match Field::of(slot as u16).form() {
            Form::Group | Form::Text | Form::Number | Form::Date | Form::Lei | Form::Uetr => false,
            Form::Iban | Form::AnyBic | Form::Bicfi | Form::Country => true,
            Form::Amount(_) | Form::ActiveCurrency | Form::Currency => true,
        };
        slot += 1;
    }
    table
};

/// The rule about a single value of this form that it breaks.
#[inline]
pub(super) fn value(form: Form, value: Item<'_>) -> Option<Fault> {
    match form {
        Form::Iban => iso::iban::check(value),
        Form::AnyBic => iso::any_bic::check(value),
        Form::Bicfi => iso::bicfi::check(value),
        Form::Country => iso::country::check(value),
        // These have other rules, or none.
        Form::Amount(_) | Form::ActiveCurrency | Form::Currency => None,
        Form::Group | Form::Text | Form::Number | Form::Date | Form::Lei | Form::Uetr => None,
    }
}

/// The rule about a currency that it breaks.
#[inline]
pub(super) fn currency(money: Money<'_>) -> Option<Fault> {
    match Field::of(money.leaf.slot()).form() {
        Form::ActiveCurrency => iso::active_currency::check(money),
        _ => iso::active_or_historic_currency::check(money),
    }
}

/// The rule about an amount in its currency that it breaks.
pub(super) fn amount(money: Money<'_>, amount: Amount, value: Item<'_>) -> Option<Fault> {
    iso::currency_amount::check(money, amount, value)
}

/// The rules about what was agreed on an amount that it breaks.
pub(super) fn agreed(
    limits: &AgreedLimits,
    money: Money<'_>,
    amount: Amount,
    value: Item<'_>,
) -> impl Iterator<Item = Fault> {
    let rules = [payflow::amount_limit::check, payflow::hold_limit::check];
    rules.into_iter().filter_map(move |rule| rule(limits, money, amount, value))
}

/// The rule about a transaction's amount beside the group header that it breaks.
pub(super) fn transaction(tally: &Tally, currency: Item<'_>) -> Option<Fault> {
    iso::total_amount_currency::check(tally, currency)
}

/// The rules about the message as a whole that it breaks, when all of it was seen.
pub(super) fn whole(limits: &AgreedLimits, tally: &Tally) -> impl Iterator<Item = Fault> {
    let rules = [iso::number_of_transactions::check, iso::total_amount_sum::check, payflow::control_sum::check];
    rules.into_iter().filter_map(|rule| rule(tally)).chain(payflow::transaction_limit::check(limits, tally))
}
