//! Messages made from a schema: valid ones, whose values agree with each other, and ones with planted faults.
//!
//! A schema is compiled into a [`plan`] once. Each message is drawn from a seed and a number: the same two give the same
//! bytes on every machine, for ever. Beside chance, each message is given a few of the plan's targets (an element present,
//! absent, repeated; a bound, a code, a branch of a pattern), so that a run of some hundred messages reaches all of them.
//! Items (transactions, entries) are drawn one by one, each from its own number, so that a message of millions of them is
//! made in constant memory, and its totals are known before the first is drawn.
//!
//! Must not do any input or output, and must not know any message beyond the names in [`words`].

pub mod calendar;
pub mod coverage;
pub mod draw;
pub mod fault;
pub mod grammar;
pub mod message;
pub mod plan;
pub mod rng;
pub mod settle;
pub mod style;
pub mod tree;
pub mod values;
mod words;
pub mod write;

pub use fault::{Kind, Mutant, Planted};
pub use message::{Generator, Message, Settings, Stream};
pub use plan::Unsuited;
pub use write::Layout;
