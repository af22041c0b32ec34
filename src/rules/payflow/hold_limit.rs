//! What is above an amount waits for a person.

use crate::finding::{Finding, Rule, Scope, Severity};
use crate::partner::AgreedLimits;
use crate::rules::table::{Money, about};
use crate::schema::record::Item;
use crate::value::Amount;
use crate::xml::Fault;

about! {
    /// Name: HoldLimit.
    ///
    /// Requires that a person decides about a pacs.008 of which a transaction's IntrBkSttlmAmt is above the amount that is set
    /// for its currency: `limits.hold_above` of the partner, or else of its profile. Until then the message is held as a whole,
    /// and nothing of it is booked. A currency without an amount there is never held.
    ///
    /// Why: what is large is looked at by two people before it is paid.
    ///
    /// Source: ours; what the bank's own rules, or the agreement between the two banks, ask for.
    HoldLimit, Hold
}

pub(in crate::rules) fn check(
    limits: &AgreedLimits,
    money: Money<'_>,
    amount: Amount,
    item: Item<'_>,
) -> Option<Fault> {
    let most = limits.hold_above.get(&money.code?).filter(|most| amount > **most)?;
    let (value, currency) = (item.value(), money.leaf.text());
    let text = format!("The amount is above what is paid in {currency} without a person's decision.");
    Some(Fault::new(Rule::HoldLimit, value.at, text).found(value.text).expected(format!("at most {currency} {most}")))
}

/// What rejects a message that was held and is to be rejected, where nothing holds it any more.
pub(in crate::rules) fn rejection() -> Finding {
    Finding {
        rule: Rule::HoldLimit,
        severity: Severity::Error,
        scope: Scope::Message,
        place: None,
        found: None,
        expected: None,
        text: "The message was held, and is rejected.".to_owned(),
        suggestion: None,
    }
}
