//! The fields that payflow reads from each family of messages, one table per family for all versions. Pure. Must not
//! check rules: it only names places.

pub mod camt053;
pub mod fields;
pub mod header;
mod kind;
pub mod original;
pub mod own;
pub mod pacs008;
mod proven;
pub mod schemas;
mod shared;

pub use fields::{Field, Form};
pub use kind::Kind;
pub use original::{Agent, Header, MarketPractice, Original, OriginalTransaction, Wrapper, header, original};
pub use proven::Proven;

use crate::schema::MessageId;
use crate::schema::binding::{Binding, Kind as BindingKind};
use crate::schema::record::Record;

/// The fields that are read from a message, from below its root element (Document, or AppHdr for a header). Empty for a
/// message that is proven valid and stored, but not read.
pub fn bindings(message: MessageId) -> &'static [Binding] {
    match Kind::of(message) {
        Kind::Payment => pacs008::BINDINGS,
        Kind::Statement => camt053::BINDINGS,
        Kind::Header => header::BINDINGS,
        Kind::Answer | Kind::Other => &[],
    }
}

/// Whether a field is customer data, anywhere in a message: its values are masked in findings.
pub fn is_personal(message: MessageId, field: Field) -> bool {
    fn among(bindings: &[Binding], slot: u16) -> bool {
        bindings.iter().any(|binding| match binding.kind {
            BindingKind::Field { personal } => personal && binding.slot == slot,
            BindingKind::Group(content) => among(content, slot),
        })
    }
    among(bindings(message), field.slot())
}

/// How many transactions a message holds: those of a pacs.008, the entries of a camt.053.
pub fn transactions(message: MessageId, record: Record<'_>) -> u64 {
    let count = match Kind::of(message) {
        Kind::Payment => record.root().groups(Field::CreditTransferTransactionInformation.slot()).count(),
        Kind::Statement => {
            let statements = record.root().groups(Field::Statement.slot());
            statements.map(|statement| statement.groups(Field::Entry.slot()).count()).sum()
        }
        Kind::Header | Kind::Answer | Kind::Other => 0,
    };
    count as u64
}
