//! payflow: a real-time ISO 20022 message processor.
//!
//! The tour, in the order a message travels:
//!
//! 1. [`xml`] reads bytes: encodings, positions, scanning, the envelope around a message.
//! 2. [`schema`] proves a document valid against its XML Schema and hands out the fields that are bound.
//! 3. [`message`] says which fields payflow reads from each family of messages, in every version.
//! 4. [`rules`] checks what no schema can say, and judges.
//! 5. [`transfer`] maps a proven message to transfers, statements and entries.
//! 6. [`reply`] writes the acknowledgment: pacs.002, admi.002 or admi.007.
//! 7. [`pipeline`] wires the stages; nothing else knows them all.
//!
//! [`finding`] and [`partner`] are the two types that every stage shares, [`value`] the checked values. `store` and
//! `broker` do the input and output, and stand behind features: with `default-features = false` the crate is the pure half alone.

pub mod finding;
pub mod partner;

pub mod value;

pub mod xml;

pub mod schema;

pub mod generate;

pub mod message;

pub mod rules;

pub mod transfer;

pub mod reply;

pub mod pipeline;

#[cfg(feature = "worker")]
mod fall;

#[cfg(feature = "worker")]
pub mod telemetry;

#[cfg(feature = "worker")]
pub mod broker;
#[cfg(feature = "worker")]
pub mod store;

#[cfg(feature = "bench")]
pub mod bench;

#[cfg(all(feature = "cli", feature = "sqlite"))]
pub mod cli;

/// The examples of the README, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
