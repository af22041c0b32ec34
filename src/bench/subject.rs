//! What is measured, by name; and one of them alone in a process of its own, as a counter of instructions wants it.

use super::{stages, yardstick};

/// Reads one document; the number depends on all that was read, so that no compiler can leave the reading out. The
/// document is lent with its memory, so that one that works in padded memory of its own need not copy it; it comes back
/// unchanged.
pub type Read = Box<dyn FnMut(&mut Vec<u8>) -> u64>;

/// A subject: its name, and how it is set up once before it reads anything.
pub type Subject = (&'static str, fn() -> Read);

/// The schema parse.
pub const PAYFLOW: &str = "payflow";
/// The whole path of a message.
pub const REPLY: &str = "reply";
/// The yardstick.
pub const QUICK_XML: &str = "quick-xml";

/// The parsers, ours first.
pub const PARSERS: &[Subject] = &[(PAYFLOW, stages::parse), (QUICK_XML, yardstick::quick_xml)];

/// The path of a message, each with the one before it: the parse, the rules, the mapping, the answer.
pub const STAGES: &[Subject] =
    &[("parse", stages::parse), ("rules", stages::rules), ("transfer", stages::transfer), (REPLY, stages::reply)];

/// A subject by its name.
pub fn named(name: &str) -> Option<Subject> {
    PARSERS.iter().chain(STAGES).find(|subject| subject.0 == name).copied()
}

/// Reads every document.
pub fn read_all(read: &mut Read, documents: &mut [Vec<u8>]) -> u64 {
    documents.iter_mut().fold(0, |witness: u64, document| witness.wrapping_add(read(std::hint::black_box(document))))
}

/// Reads every document once, after one round that does not count: callgrind looks at this function alone.
#[inline(never)]
pub fn measured(read: &mut Read, documents: &mut [Vec<u8>]) -> u64 {
    std::hint::black_box(read_all(read, documents))
}
