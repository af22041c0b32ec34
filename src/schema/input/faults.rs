//! The words for an input without a message, or with one that is not supported. Must not read the input.

use super::{Element, Part};
use crate::finding::Rule;
use crate::schema::MessageId;
use crate::xml::{Fault, Stop};

#[cold]
pub(super) fn outside(begun: bool, at: usize) -> Stop {
    match begun {
        true => Stop::malformed(at, "This stands outside of the root element."),
        false => Stop::malformed(at, "This is not XML: an XML document begins with an element."),
    }
}

pub(super) fn unsupported(element: &Element, at: usize, nearest: Option<MessageId>) -> Fault {
    let text = match (element.message, nearest) {
        (_, Some(nearest)) => format!("This message is not supported; the nearest that is: {nearest}."),
        (Some(_), None) => "This message is not supported.".to_owned(),
        (None, None) => "The namespace of the Document is not one of ISO 20022.".to_owned(),
    };
    let found = if element.namespace.is_empty() { "no namespace" } else { &*element.namespace };
    Fault::new(Rule::Unsupported, at, text).found(found).expected("the namespace of a supported message")
}

/// The part of a header that no document follows.
#[cold]
pub(super) fn alone(header: Box<Element>) -> Part {
    let text = "There is a header, but no Document behind it.";
    let fault = Fault::new(Rule::XmlNoDocument, header.span.start, text).expected("<Document>");
    Part { header: Some(header), fault: Some(Box::new(fault)), ..Part::default() }
}

/// The fault of a well-formed input without a document.
pub(super) fn no_document(at: usize, header: bool, root: Option<(&str, &str)>) -> Fault {
    match root {
        None => Fault::new(Rule::XmlNoDocument, at, "The input is empty.").expected("<Document>"),
        Some((root, _)) if header => Fault::new(Rule::XmlNoDocument, at, "There is a header, but no Document.")
            .found(root)
            .expected("<Document>"),
        Some((root, namespace)) => {
            let text = match MessageId::from_namespace(namespace) {
                Some(message) => format!("This looks like {message}, but its element Document is missing."),
                None => "No element Document: this is no ISO 20022 message.".to_owned(),
            };
            Fault::new(Rule::XmlNoDocument, at, text).found(root).expected("<Document>")
        }
    }
}
