//! The benchmark: fixed inputs, the path of a message in steps, the yardstick beside it, and how they are measured. The
//! command line shows the results, `cargo bench` the distributions, and the guard holds the instruction counts.
//!
//! What is measured is a *subject*: a function that reads one document and returns a number that depends on all it read.
//! Must not be known by what it measures.

#![allow(clippy::float_arithmetic, reason = "speeds, not money")]

pub mod chart;
pub mod guard;
pub mod inputs;
pub mod instructions;
pub mod json;
pub mod latency;
pub mod machine;
pub mod memory;
pub mod messages;
pub mod page;
pub mod row;
pub mod stages;
pub mod subject;
pub mod text;
pub mod threads;
pub mod turns;
pub mod yardstick;
