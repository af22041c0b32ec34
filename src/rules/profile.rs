//! Profiles: which rules are checked, and how much each weighs. A profile is data. Must not hold any rule.

use std::collections::BTreeMap;

use crate::finding::{Rule, Severity};

/// How much a rule weighs in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported; does not reject.
    Warning,
    /// Rejects.
    Error,
}

/// Which rules are checked, and how much each weighs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The rules that weigh other than their own files say.
    pub levels: BTreeMap<Rule, Level>,
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
