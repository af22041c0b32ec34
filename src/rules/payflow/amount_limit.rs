//! No transaction is above what was agreed.

use crate::finding::Rule;
use crate::partner::AgreedLimits;
use crate::rules::table::{Money, about};
use crate::schema::record::Item;
use crate::value::Amount;
use crate::xml::Fault;

about! {
    /// Name: AmountLimit.
    ///
    /// Requires that IntrBkSttlmAmt of a transaction of a pacs.008 is not above the amount that was agreed with the partner
    /// for its currency: `limits.amounts` of the partner, or else of its profile. A currency without an amount there has no
    /// limit.
    ///
    /// Why: a payment above it was not agreed on, whoever made it.
    ///
    /// Source: ours; the agreement between the two banks, or the scheme that the profile stands for.
    AmountLimit, Error
}

pub(in crate::rules) fn check(
    limits: &AgreedLimits,
    money: Money<'_>,
    amount: Amount,
    item: Item<'_>,
) -> Option<Fault> {
    let most = limits.amounts.get(&money.code?).filter(|most| amount > **most)?;
    let (value, currency) = (item.value(), money.leaf.text());
    let text = format!("The amount is above what was agreed in {currency}.");
    Some(Fault::new(Rule::AmountLimit, value.at, text).found(value.text).expected(format!("at most {currency} {most}")))
}
