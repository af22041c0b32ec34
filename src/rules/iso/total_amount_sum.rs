//! A total is the sum of its parts.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::rules::tally::Tally;
use crate::xml::Fault;

about! {
    /// Official name: TotalInterbankSettlementAmountAndSumRule.
    ///
    /// Requires that TtlIntrBkSttlmAmt, where the group header has one, is the sum of all IntrBkSttlmAmt, to the last
    /// decimal. Over amounts in several currencies there is no sum, and another rule is broken.
    ///
    /// Why: the total is settled between the banks, the amounts are paid to customers; a difference is someone's loss.
    ///
    /// Source: ISO 20022, pacs.008, C49 in version 13, C44 in version 09.
    TotalAmountSum, Error
}

pub(in crate::rules) fn check(tally: &Tally) -> Option<Fault> {
    let total = tally.total.filter(|total| tally.one_currency && !tally.sum.is(total.value))?;
    let text = "TtlIntrBkSttlmAmt is not the sum of the amounts in the message.";
    Some(
        Fault::new(Rule::TotalAmountSum, total.at, text).found(total.value.to_string()).expected(tally.sum.to_string()),
    )
}
