//! Whether a message comes from the partner whose source it came by. Pure.
//!
//! All that names a sender is checked: the business header's Fr, and the instructing agent of the group or of each
//! transaction. A statement names its sender in the header alone.

use crate::finding::{Finding, Rule, Scope, Severity};
use crate::message::{Agent, Original};
use crate::partner::Partner;

/// The finding, when some name is not the partner's. A partner without names is not checked.
pub fn check(partner: &Partner, original: &Original) -> Option<Finding> {
    if partner.bics.is_empty() && partner.member_ids.is_empty() {
        return None;
    }
    let header = original.header.iter().map(|header| &header.from);
    let transactions = original.transactions.iter().filter_map(|transaction| transaction.instructing_agent.as_ref());
    let mut names = header.chain(&original.instructing_agent).chain(transactions);
    let stranger = names.find(|agent| !is_the_partner(partner, agent))?;
    Some(Finding {
        rule: Rule::WrongPartner,
        severity: Severity::Error,
        scope: Scope::Message,
        place: None,
        found: stranger.bic.clone().or_else(|| stranger.member_id.clone()),
        expected: Some("a BIC or member id of the partner that this source belongs to".to_owned()),
        text: "The message does not come from the partner that this source belongs to.".to_owned(),
    })
}

/// By its BIC, where it has one and the partner has some; else by its clearing member id. Who has neither is nobody else.
fn is_the_partner(partner: &Partner, agent: &Agent) -> bool {
    match (&agent.bic, &agent.member_id) {
        (None, None) => true,
        (Some(bic), _) if !partner.bics.is_empty() => partner.bics.iter().any(|own| same_bic(own, bic)),
        (_, Some(id)) => partner.member_ids.contains(id),
        (Some(_), None) => false,
    }
}

/// A partner's BIC of 8 characters stands for all its branches; the branch XXX is the head office, as none is.
fn same_bic(own: &str, bic: &str) -> bool {
    let branch = |bic: &str| bic.get(8..).filter(|branch| !branch.is_empty()).unwrap_or("XXX").to_owned();
    own.get(..8) == bic.get(..8) && (own.len() == 8 || branch(own) == branch(bic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::OriginalTransaction;

    fn agent(bic: &str, member: &str) -> Agent {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Agent { bic: given(bic), clearing_system: None, member_id: given(member) }
    }

    #[test]
    fn knows_the_partner() {
        let check = |bics: &[&str], members: &[&str], names: &[Agent], expected: Option<&str>| {
            let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let partner =
                Partner { id: "p".to_owned(), bics: all(bics), member_ids: all(members), reply: Default::default() };
            let transactions = names.iter().skip(1).cloned();
            let original = Original {
                instructing_agent: names.first().cloned(),
                transactions: transactions
                    .map(|agent| OriginalTransaction { instructing_agent: Some(agent), ..Default::default() })
                    .collect(),
                ..Original::default()
            };
            let found = super::check(&partner, &original).and_then(|finding| finding.found);
            assert_eq!(found.as_deref(), expected, "{bics:?} {members:?} {names:?}");
        };
        // the partner's BICs | its member ids | who the message names | who of them is a stranger
        check(&["ALPHDEFF"], &[], &[agent("ALPHDEFF", "")], None);
        check(&["ALPHDEFF"], &[], &[agent("ALPHDEFFXXX", "")], None);
        check(&["ALPHDEFF"], &[], &[agent("ALPHDEFF123", "")], None);
        check(&["ALPHDEFFXXX"], &[], &[agent("ALPHDEFF", "")], None);
        check(&["ALPHDEFFXXX"], &[], &[agent("ALPHDEFF123", "")], Some("ALPHDEFF123"));
        check(&["ALPHDEFF"], &[], &[agent("BETADEFF", "")], Some("BETADEFF"));
        check(&["ALPHDEFF"], &[], &[agent("ALPHDEFF", ""), agent("BETADEFF", "")], Some("BETADEFF"));
        check(&["ALPHDEFF"], &["021000021"], &[agent("BETADEFF", "021000021")], Some("BETADEFF"));
        check(&["ALPHDEFF"], &["021000021"], &[agent("", "021000021")], None);
        check(&[], &["021000021"], &[agent("BETADEFF", "021000021")], None);
        check(&[], &["021000021"], &[agent("", "021000089")], Some("021000089"));
        check(&[], &["021000021"], &[agent("ALPHDEFF", "")], Some("ALPHDEFF"));
        check(&["ALPHDEFF"], &[], &[agent("", "")], None);
        check(&["ALPHDEFF"], &[], &[], None);
        check(&[], &[], &[agent("BETADEFF", "1")], None);
    }
}
