//! The table of all rules: the text of each, which is also its manual, and which values of a message it is about. A new
//! rule touches its own file and this one.

use super::tally::Tally;
use super::{iso, payflow};
use crate::finding::{Rule, Severity};
use crate::message::Form;
use crate::schema::record::Value;
use crate::value::Amount;
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
    payflow::duplicate_message::ABOUT,
];

/// What there is to know about a rule; `None` for what a schema, or the reading itself, finds.
pub fn find(rule: Rule) -> Option<&'static About> {
    TABLE.iter().find(|about| about.rule == rule)
}

/// The rule about a single value of this form that it breaks.
#[inline]
pub(super) fn value(form: Form, value: Value<'_>) -> Option<Fault> {
    match form {
        Form::Iban => iso::iban::check(value),
        Form::AnyBic => iso::any_bic::check(value),
        Form::Bicfi => iso::bicfi::check(value),
        Form::Country => iso::country::check(value),
        Form::ActiveCurrency => iso::active_currency::check(value),
        Form::Currency => iso::active_or_historic_currency::check(value),
        // An amount goes with its currency; the others have no rule of their own.
        Form::Amount(_) | Form::Group | Form::Text | Form::Number | Form::Date | Form::Lei | Form::Uetr => None,
    }
}

/// The rule about an amount in its currency that it breaks.
pub(super) fn amount(currency: &str, amount: Amount, value: Value<'_>) -> Option<Fault> {
    iso::currency_amount::check(currency, amount, value)
}

/// The rule about a transaction's amount beside the group header that it breaks.
pub(super) fn transaction(tally: &Tally, currency: Value<'_>) -> Option<Fault> {
    iso::total_amount_currency::check(tally, currency)
}

/// The rules about the message as a whole that it breaks, when all of it was seen.
pub(super) fn whole(tally: &Tally) -> impl Iterator<Item = Fault> {
    let rules = [iso::number_of_transactions::check, iso::total_amount_sum::check, payflow::control_sum::check];
    rules.into_iter().filter_map(|rule| rule(tally))
}
