//! A total has one currency.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::rules::tally::Tally;
use crate::schema::record::Item;
use crate::xml::Fault;

about! {
    /// Official name: TotalInterbankSettlementAmountRule.
    ///
    /// Requires that every IntrBkSttlmAmt has the currency of TtlIntrBkSttlmAmt, where the group header has one. It concerns
    /// the message: a total over several currencies is none.
    ///
    /// Why: the total is what is settled between the two banks for the group as a whole.
    ///
    /// Source: ISO 20022, pacs.008, C50 in version 13, C45 in version 09.
    TotalAmountCurrency, Error
}

pub(in crate::rules) fn check(tally: &Tally, currency: Item<'_>) -> Option<Fault> {
    let total = tally.total_currency.filter(|_| !tally.is_of_total(currency.bytes()))?;
    let currency = currency.value();
    let text = "The amount is not in the currency of the total, TtlIntrBkSttlmAmt.";
    Some(
        Fault::new(Rule::TotalAmountCurrency, currency.at, text)
            .found(currency.text)
            .expected(String::from_utf8_lossy(&total)),
    )
}
