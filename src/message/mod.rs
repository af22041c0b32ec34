//! The fields that payflow reads from each family of messages, one table per family for all versions. Pure. Must not
//! check rules: it only names places.

pub mod camt053;
pub mod fields;
pub mod header;
pub mod original;
pub mod pacs008;
mod proven;
mod shared;

pub use fields::{Field, Form};
pub use original::{Agent, Header, MarketPractice, Original, OriginalTransaction, Wrapper, header, original};
pub use proven::Proven;

use crate::schema::MessageId;
use crate::schema::binding::Binding;

/// The fields that are read from a message, from below its root element (Document, or AppHdr for a header). Empty for a
/// message that is proven valid and stored, but not read.
pub fn bindings(message: MessageId) -> &'static [Binding] {
    match (message.area(), message.functionality()) {
        ("pacs", 8) => pacs008::BINDINGS,
        ("camt", 53) => camt053::BINDINGS,
        ("head", 1) => header::BINDINGS,
        _ => &[],
    }
}
