//! The promise, held while everything breaks: real brokers, a real database and several workers, of which now one and now
//! another dies, freezes, or is cut off, at moments that a seed chooses; then a checker that knows nothing of how payflow
//! works holds what came out against what went in.
//!
//! Without more it runs a short version: a dozen faults. The long one runs round after round, each with brokers and a
//! database of its own:
//!
//! ```text
//! PAYFLOW_KAFKA=1 ROUNDS=10 SEED=1 cargo test --test faults the_promise -- --nocapture
//! ```
//!
//! `SEED` repeats the schedule and `ROUND` goes on with a round, or repeats it; `FAULTS` and `MESSAGES` are for each
//! round. Needs Java and Maven, as `tests/kafka.rs` does, and PostgreSQL.
#![cfg(all(feature = "kafka", feature = "postgres", feature = "sqlite", feature = "cli"))]
#![allow(clippy::unwrap_used, unreachable_pub)]

use std::collections::BTreeMap;

#[allow(dead_code)]
mod random;
mod skip;

#[path = "kafka/broker.rs"]
mod broker;
mod postgres;

mod faults {
    pub mod cards;
    pub mod checker;
    pub mod cluster;
    pub mod ledger;
    pub mod messages;
    pub mod producers;
    pub mod proxy;
    pub mod scene;
    pub mod schedule;
    pub mod workers;
}

use faults::scene::{Scene, brokers};
use faults::schedule::{EVERY_POINT, POINTS, POINTS_OF_START, schedule};

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}={value} is not a number")))
}

/// How often a worker fell at each point.
type Falls = BTreeMap<&'static str, usize>;

/// One round: so many faults and messages. Returns what breaks the promise.
fn round((seed, round): (u64, u64), faults: usize, messages: usize, leeway: u32, falls: &mut Falls) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::start(folder.path(), seed * 1000 + round, leeway);
    for (number, step) in schedule(seed, round, faults, brokers()).iter().enumerate() {
        scene.step(number + 1, step, messages / faults);
    }
    let (breaches, fell) = scene.finish();
    fell.into_iter().for_each(|point| *falls.entry(point).or_default() += 1);
    if !breaches.is_empty() || setting("KEEP").is_some() {
        println!("what the round left is in {}", folder.keep().display());
    }
    breaches
}

#[test]
fn the_promise_holds_whatever_breaks() {
    if let Err(why) = broker::wanted() {
        return skip::skipped("the promise under faults", &why);
    }
    let seed = setting("SEED").unwrap_or(1);
    let rounds = setting("ROUNDS");
    // The long run has the machine for itself and holds the times; the short one shares it with whatever else is tested.
    let (faults, messages, leeway) = if rounds.is_some() { (25, 6_000, 1) } else { (12, 700, 4) };
    let faults = setting("FAULTS").map_or(faults, |faults| faults as usize);
    let messages = setting("MESSAGES").map_or(messages, |messages| messages as usize);
    let first = setting("ROUND").unwrap_or(1);
    let (last, mut falls) = (rounds.unwrap_or(first), Falls::new());
    for number in first..=last {
        println!("round {number}: SEED={seed} ROUND={number}, {faults} faults, {messages} messages");
        let breaches = round((seed, number), faults, messages, leeway, &mut falls);
        assert!(breaches.is_empty(), "SEED={seed} ROUND={number}:\n{}", breaches.join("\n"));
    }
    println!("workers fell at {falls:?}");
    let points = POINTS.iter().chain(POINTS_OF_START);
    let never: Vec<&&str> = points.filter(|point| !falls.contains_key(**point)).collect();
    let all_due = (last + 1).saturating_sub(first) >= EVERY_POINT.0 && faults >= EVERY_POINT.1;
    assert!(!all_due || never.is_empty(), "no worker ever fell at {never:?}");
}
