//! The fields that payflow reads from each family of messages, one table per family for all versions. Pure. Must not
//! check rules: it only names places.

pub mod answer;
pub mod camt053;
pub mod fields;
pub mod header;
mod kind;
pub mod original;
pub mod own;
pub mod pacs008;
mod proven;
mod report;
pub mod schemas;
mod shared;

pub use fields::{Field, Form};
pub use kind::Kind;
pub use original::{Agent, Header, MarketPractice, Original, OriginalTransaction, Transactions, Wrapper, header};
pub use proven::{LargeProof, Proof, Proven};
pub use report::Report;

use crate::schema::MessageId;
use crate::schema::binding::{Binding, Kind as BindingKind};
use crate::schema::pieces::{Container, Piece};

/// The fields that are read from a message, from below its root element (Document, or AppHdr for a header). Empty for a
/// message that is proven valid and stored, but not read.
pub fn bindings(message: MessageId) -> &'static [Binding] {
    match Kind::of(message) {
        Kind::Payment => pacs008::BINDINGS,
        Kind::Statement => camt053::BINDINGS,
        Kind::Header => header::BINDINGS,
        Kind::Answer => answer::bindings(message),
        Kind::Other => &[],
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

/// What of a message is handed out in pieces: a statement's entries come one by one, as there may be millions in it.
pub fn container(message: MessageId) -> Container {
    match Kind::of(message) {
        Kind::Statement => Container { group: Field::Statement.slot(), item: Field::Entry.slot() },
        Kind::Payment | Kind::Header | Kind::Answer | Kind::Other => Container::default(),
    }
}

/// Whether a piece is a transaction: of a pacs.008, or an entry of a camt.053.
pub fn is_transaction(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Group(slot, _) => *slot == Field::CreditTransferTransactionInformation.slot(),
        Piece::Item(_) => true,
        Piece::Fields(_) | Piece::End => false,
    }
}
