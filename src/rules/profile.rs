//! Profiles: which rules are checked, how much each weighs, and what was agreed. A profile is data. Must not hold any rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::finding::{Rule, Severity};
use crate::partner::AgreedLimits;

/// How much a rule weighs in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported; does not reject.
    Warning,
    /// Rejects.
    Error,
}

/// Which rules are checked, how much each weighs, and what a message may be at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The rules that weigh other than their own files say.
    pub levels: BTreeMap<Rule, Level>,
    /// What was agreed.
    pub limits: AgreedLimits,
}

impl Profile {
    /// What a breach of the rule weighs, where it is `own` by itself; `None` where it is not reported.
    pub fn severity(&self, rule: Rule, own: Severity) -> Option<Severity> {
        match self.levels.get(&rule) {
            None => Some(own),
            Some(Level::Off) => None,
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
        }
    }
}

/// A profile over time, by when a message was received: each edition holds from its moment until that of the next one, and the
/// first before its own as well. Without any edition the rules weigh as they say themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Editions(Vec<(DateTime<Utc>, Arc<Profile>)>);

impl Editions {
    /// These editions, in any order.
    pub fn new(editions: impl IntoIterator<Item = (DateTime<Utc>, Profile)>) -> Self {
        let mut editions: Vec<_> = editions.into_iter().map(|(from, profile)| (from, Arc::new(profile))).collect();
        editions.sort_by_key(|(from, _)| *from);
        Self(editions)
    }

    /// The same for a partner, whose own limits go before those of the profile.
    #[must_use]
    pub fn of_partner(&self, limits: &AgreedLimits) -> Self {
        let own = |profile: &Profile| Profile { limits: limits.or(&profile.limits), ..profile.clone() };
        match self.0.is_empty() {
            true => Self::new([(DateTime::<Utc>::MIN_UTC, own(&Profile::default()))]),
            false => Self::new(self.0.iter().map(|(from, profile)| (*from, own(profile)))),
        }
    }

    /// The edition of a moment, whenever something is received.
    #[must_use]
    pub fn only(&self, moment: DateTime<Utc>) -> Self {
        Self(vec![(DateTime::<Utc>::MIN_UTC, self.at(moment))])
    }

    /// The edition that holds for what is received then.
    pub fn at(&self, received_at: DateTime<Utc>) -> Arc<Profile> {
        let holds = self.0.iter().rev().find(|(from, _)| *from <= received_at).or(self.0.first());
        holds.map(|(_, profile)| Arc::clone(profile)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(transactions: Option<u64>) -> Profile {
        Profile { limits: AgreedLimits { transactions, ..AgreedLimits::default() }, ..Profile::default() }
    }

    #[test]
    fn an_edition_holds_from_its_moment_on() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (cutover, later) = (time("2026-11-14T00:00:00+01:00"), time("2027-11-20T00:00:00Z"));
        let editions = Editions::new([
            (later, profile(Some(3))),
            (cutover, profile(Some(2))),
            (DateTime::<Utc>::MIN_UTC, profile(None)),
        ]);
        for (received, expected) in [
            ("2026-11-13T22:59:59.999999Z", None),
            ("2026-11-13T23:00:00Z", Some(2)),
            ("2027-11-19T23:59:59Z", Some(2)),
            ("2027-11-20T00:00:00Z", Some(3)),
            ("2037-01-01T00:00:00Z", Some(3)),
        ] {
            assert_eq!(editions.at(time(received)).limits.transactions, expected, "{received}");
            assert_eq!(editions.only(time(received)).at(cutover).limits.transactions, expected, "{received}");
        }
        assert_eq!(*Editions::default().at(cutover), Profile::default());
        let without = Editions::new([(later, profile(Some(3)))]);
        assert_eq!(without.at(cutover).limits.transactions, Some(3), "the first holds before, too");
    }

    #[test]
    fn the_limits_of_the_partner_go_first() {
        let amounts = |amounts: &[(&str, &str)]| {
            amounts
                .iter()
                .map(|(c, a)| (c.to_string().try_into().unwrap(), a.to_string().try_into().unwrap()))
                .collect()
        };
        let limits = |bytes, transactions, of: &[(&str, &str)], hold_above: &[(&str, &str)]| AgreedLimits {
            bytes,
            transactions,
            amounts: amounts(of),
            hold_above: amounts(hold_above),
        };
        let of_profile = limits(Some(9), Some(8), &[("EUR", "1"), ("USD", "2")], &[("USD", "3"), ("JPY", "4")]);
        let own = limits(None, Some(1), &[("EUR", "7.5")], &[("JPY", "5")]);
        let editions =
            Editions::new([(DateTime::<Utc>::MIN_UTC, Profile { limits: of_profile, ..Profile::default() })]);
        let expected = limits(Some(9), Some(1), &[("EUR", "7.5"), ("USD", "2")], &[("USD", "3"), ("JPY", "5")]);
        assert_eq!(editions.of_partner(&own).at(Utc::now()).limits, expected);
        assert_eq!(Editions::default().of_partner(&own).at(Utc::now()).limits, own);
    }
}
