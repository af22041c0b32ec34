//! The control sum is the sum of the amounts.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::rules::tally::Tally;
use crate::xml::Fault;

about! {
    /// Name: ControlSum.
    ///
    /// Requires that CtrlSum in the group header of a pacs.008, where there is one, is the sum of all IntrBkSttlmAmt,
    /// irrespective of currencies, to the last decimal.
    ///
    /// Why: it is there to show that nothing was lost on the way. No rule of ISO compares it with anything, and senders
    /// differ in what they add up, so it warns; a partner's profile can make it reject.
    ///
    /// Source: the definition of ControlSum in ISO 20022, "total of all individual amounts included in the message"; the
    /// choice of the amount is ours.
    ControlSum, Warning
}

pub(in crate::rules) fn check(tally: &Tally) -> Option<Fault> {
    let declared = tally.control_sum.filter(|declared| !tally.sum.is(declared.value))?;
    let text = "CtrlSum is not the sum of the amounts in the message.";
    Some(
        Fault::new(Rule::ControlSum, declared.at, text)
            .found(declared.value.to_string())
            .expected(tally.sum.to_string()),
    )
}
