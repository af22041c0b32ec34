//! The group header counts the transactions.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::rules::tally::Tally;
use crate::xml::Fault;

about! {
    /// Official name: NumberOfTransactionsAndCreditTransfersRule.
    ///
    /// Requires that NbOfTxs in the group header is the number of CdtTrfTxInf. Compared as numbers: "01" is one.
    ///
    /// Why: a wrong count means that transactions were lost or added on the way; no other field would show it.
    ///
    /// Source: ISO 20022, pacs.008, C31 in version 13, C27 in version 09.
    NumberOfTransactions, Error
}

pub(in crate::rules) fn check(tally: &Tally) -> Option<Fault> {
    let declared = tally.number.filter(|declared| declared.value != tally.transactions)?;
    let text = "NbOfTxs is not the number of transactions in the message.";
    Some(
        Fault::new(Rule::NumberOfTransactions, declared.at, text)
            .found(declared.value.to_string())
            .expected(tally.transactions.to_string()),
    )
}
