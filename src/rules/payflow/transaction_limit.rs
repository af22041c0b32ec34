//! No message holds more transactions than agreed.

use crate::finding::Rule;
use crate::partner::AgreedLimits;
use crate::rules::table::about;
use crate::rules::tally::Tally;
use crate::xml::Fault;

about! {
    /// Name: TransactionLimit.
    ///
    /// Requires that a pacs.008 holds no more transactions than were agreed with the partner: `limits.transactions` of the
    /// partner, or else of its profile.
    ///
    /// Why: an instant scheme takes one transaction a message, and a partner without bulk payments sends no bulk.
    ///
    /// Source: ours; the agreement between the two banks, or the scheme that the profile stands for.
    TransactionLimit, Error
}

pub(in crate::rules) fn check(limits: &AgreedLimits, tally: &Tally) -> Option<Fault> {
    let most = limits.transactions.filter(|most| tally.transactions > *most)?;
    let at = tally.number.map_or(0, |declared| declared.at);
    let text = "The message holds more transactions than were agreed.";
    Some(
        Fault::new(Rule::TransactionLimit, at, text)
            .found(tally.transactions.to_string())
            .expected(format!("at most {most}")),
    )
}
