//! The header announces the document that comes.

use crate::finding::Rule;
use crate::message::Field;
use crate::rules::table::about;
use crate::schema::MessageId;
use crate::schema::record::Node;
use crate::xml::Fault;

about! {
    /// Name: Mismatch.
    ///
    /// Requires that MsgDefIdr in the business application header is the definition that the Document's namespace names.
    ///
    /// Why: systems route by the header and book by the document. Where the two disagree, one of them is wrong, and it
    /// can't be known which.
    ///
    /// Source: the definition of MessageDefinitionIdentifier in ISO 20022, head.001; the CBPR+ usage guidelines have it as
    /// a rule.
    HeaderMismatch, Error
}

/// What a header announces.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Announced {
    message: Option<MessageId>,
    /// As it stands, where it names no message.
    text: String,
    at: usize,
}

impl Announced {
    pub(in crate::rules) fn read(header: Node<'_>) -> Option<Self> {
        let value = header.get(Field::MessageDefinitionIdentifier.slot())?;
        let message: Option<MessageId> = value.text.trim().parse().ok();
        let text = if message.is_some() { String::new() } else { value.text.to_owned() };
        Some(Self { message, text, at: value.at })
    }

    pub(in crate::rules) fn check(self, message: MessageId) -> Option<Fault> {
        if self.message == Some(message) {
            return None;
        }
        let text = "The header announces another message than the document that follows.";
        let found = self.message.map_or(self.text, |announced| announced.to_string());
        Some(Fault::new(Rule::HeaderMismatch, self.at, text).found(found).expected(message.to_string()))
    }
}
