//! Whether the worker is ready, and if not, why.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::{METRICS, Side};

/// The health of this process.
pub static HEALTH: LazyLock<Health> = LazyLock::new(Health::default);

/// What is known of the worker. Changed when something changes, not with every message.
#[derive(Debug, Default)]
pub struct Health {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What a start still waits for: nothing once the worker has begun.
    awaits: Option<&'static str>,
    assigned: usize,
    owned: usize,
    /// On which side, and what it says.
    trouble: Option<(Side, String)>,
}

impl Health {
    /// A panic elsewhere leaves the state whole: it is changed by single assignments.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The start waits for something; `None` when the worker has begun.
    pub fn awaits(&self, what: Option<&'static str>) {
        self.state().awaits = what;
    }

    /// How many sources are assigned, and how many of them are owned and in step with the broker.
    pub fn sources(&self, assigned: usize, owned: usize) {
        let mut state = self.state();
        (state.assigned, state.owned) = (assigned, owned);
        METRICS.lanes(owned);
    }

    /// Something failed on one side, and is tried again. What it says of it names no value of a message.
    pub fn trouble(&self, side: Side, text: &str) {
        self.state().trouble = Some((side, text.to_owned()));
    }

    /// What had failed has been done.
    pub fn fine(&self) {
        self.state().trouble = None;
    }

    /// Whether it owns a source: without one no batch can be under way.
    pub fn owns(&self) -> bool {
        self.state().owned > 0
    }

    /// Why it is not ready: nothing when it is.
    pub fn reasons(&self) -> Vec<String> {
        let State { awaits, assigned, owned, trouble } = &*self.state();
        if let Some(what) = awaits {
            return vec![format!("starting: waits for {what}")];
        }
        let mut reasons = Vec::new();
        if *assigned == 0 {
            reasons.push("no source is assigned".to_owned());
        }
        if owned < assigned {
            reasons.push(format!("{owned} of {assigned} assigned sources are in step"));
        }
        reasons.extend(
            trouble.iter().map(|(side, text)| format!("the {} failed and is tried again: {text}", side.name())),
        );
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_it_is_not_ready() {
        let health = Health::default();
        health.awaits(Some("the database"));
        assert_eq!(health.reasons(), ["starting: waits for the database"]);
        health.awaits(None);
        assert_eq!((health.reasons(), health.owns()), (vec!["no source is assigned".to_owned()], false));
        health.sources(2, 1);
        assert!(health.owns());
        health.trouble(Side::Broker, "the disk is full");
        let broker = "the broker failed and is tried again: the disk is full";
        assert_eq!(health.reasons(), ["1 of 2 assigned sources are in step", broker]);
        health.sources(2, 2);
        health.fine();
        assert!(health.reasons().is_empty());
    }
}
