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

pub(in crate::rules) fn check(message: MessageId, header: Node<'_>) -> Option<Fault> {
    let announced = header.get(Field::MessageDefinitionIdentifier.slot())?;
    if announced.text.trim().parse() == Ok(message) {
        return None;
    }
    let text = "The header announces another message than the document that follows.";
    Some(Fault::new(Rule::HeaderMismatch, announced.at, text).found(announced.text).expected(message.to_string()))
}
