//! The seam between the worker and the pure stages: what the worker needs to know of a document, and no more. Must not
//! do any input or output.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::large::Large;
use super::{Raw, Validity};
use crate::finding::Finding;
use crate::message::Report;
use crate::rules::judge::{Decision, Facts};
use crate::schema::MessageId;
use crate::xml::input::Trouble;

/// The pure stages, as the worker calls them: first over the bytes alone, then, inside the database transaction, with
/// what the store knew.
pub trait Stages: Send + Sync {
    /// What the stages keep of a document between the two calls.
    type Document: Send + Sync;

    /// Takes an input apart: its documents, in order; one without any when it holds none. Never empty.
    fn examine(&self, raw: &Raw) -> Vec<Prepared<Self::Document>>;

    /// Takes an input apart as [`Self::examine`] does, and never holds it in memory.
    ///
    /// # Errors
    /// When it cannot be read.
    fn examine_large(&self, raw: &Raw, large: &dyn Large) -> Result<Vec<Prepared<Self::Document>>, Trouble>;

    /// Maps those documents of a large input that are to be booked, and hands out what comes of them with their numbers.
    ///
    /// # Errors
    /// When it cannot be read or has [`Changed`](super::large::Changed), and what `out` returns.
    fn map_large(
        &self,
        raw: &Raw,
        large: &dyn Large,
        documents: &[(&Prepared<Self::Document>, bool)],
        out: &mut dyn FnMut(u32, Mapped) -> Result<(), Trouble>,
    ) -> Result<(), Trouble>;

    /// Judges a document and writes its answer. A pure function of its arguments: it is called again when the
    /// transaction around it could not be committed.
    fn decide(&self, prepared: &Prepared<Self::Document>, facts: &Facts, decided_at: DateTime<Utc>) -> Decided;
}

/// One document of an input, examined.
#[derive(Debug, Clone)]
pub struct Prepared<D> {
    /// Its number in the input, from 1.
    pub number: u32,
    /// The message definition, where one could be made out.
    pub definition: Option<MessageId>,
    /// GrpHdr/MsgId, as far as it could be read.
    pub message_id: Option<String>,
    /// The SHA-256 of the Document element, decoded.
    pub document_hash: [u8; 32],
    /// Valid, invalid or unsupported.
    pub validity: Validity,
    /// The SHA-256 of the normal form of the schema that it was checked against, in hexadecimal digits.
    pub schema_hash: Option<String>,
    /// The profile that it was checked by.
    pub profile: Arc<str>,
    /// Whether it claims its message id. One that its schema refuses does not: put right, it may come again under the
    /// same id.
    pub claims: bool,
    /// How many transactions or entries it holds.
    pub transactions: u64,
    /// What the transactions of a payment sum up to, as a JSON object of amounts by currency; `None` where that can't be said.
    pub sums: Option<String>,
    /// What it says of messages that it answers.
    pub reports: Vec<Report>,
    /// What the stages keep.
    pub document: D,
}

impl<D> Prepared<D> {
    /// The same, with something else kept of it.
    pub fn with<E>(self, document: E) -> Prepared<E> {
        let Self {
            number,
            definition,
            message_id,
            document_hash,
            validity,
            schema_hash,
            profile,
            claims,
            transactions,
            sums,
            reports,
            ..
        } = self;
        Prepared {
            number,
            definition,
            message_id,
            document_hash,
            validity,
            schema_hash,
            profile,
            claims,
            transactions,
            sums,
            reports,
            document,
        }
    }
}

/// What comes of a large document.
#[derive(Debug, Clone)]
pub enum Mapped {
    /// A transfer to book and to publish.
    Transfer(PreparedTransfer),
    /// A statement to keep, as one JSON object: without its entries, which are booked as transfers.
    Statement(String),
    /// What was mapped only in part.
    Remark(Finding),
}

/// What was decided about one document.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The verdict with its reasons.
    pub decision: Decision,
    /// What answers it.
    pub answer: Due,
    /// The transfers to book and to publish. Empty for a document that is repeated.
    pub transfers: Vec<PreparedTransfer>,
    /// The statements to keep, each as one JSON object.
    pub statements: Vec<String>,
}

/// The answer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// This reply.
    Reply {
        /// Its message definition, such as pacs.002.001.10.
        definition: MessageId,
        /// Its message id.
        id: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// None, for this reason.
    None(&'static str),
    /// The answer that the same document got when it came first.
    AsStored,
}

/// A transfer, ready to be stored and published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedTransfer {
    /// Its id, unique over all transfers.
    pub id: String,
    /// All of it, as one JSON object.
    pub json: String,
}
