//! The fields that payflow reads from each family of messages, one table per family for all versions. Pure. Must not
//! check rules: it only names places.

pub mod original;

pub use original::{Agent, Header, MarketPractice, Original, OriginalTransaction, Wrapper};
