//! The wrapper of an answer. The rule, in the order of its cases:
//!
//! 1. A partner that takes no header gets the Document alone.
//! 2. The wrappers with one choice element by message kind (FedNow, Fedwire) are turned round: what came as outgoing from the
//!    service goes back as incoming to it and the other way, with the element that carries the answer's kind.
//! 3. A wrapper of one element (BusMsg, RequestPayload, Envelope and their like) is repeated as it came.
//! 4. Of a deeper one only its transport knows what else belongs into it, so it is not imitated. There, and where none came, a
//!    header and its document stand in a `BusMsg`, since a document has one root; without a header the Document stands alone.
//!
//! Must not read what a wrapper holds beside header and document.

use super::Case;
use super::sheet::Element;
use crate::partner::HeaderUse;
use crate::schema::MessageId;
use crate::schema::record::Text;

/// A family of wrappers with a choice element by message kind.
struct Choice {
    /// What the names of its elements begin with.
    prefix: &'static str,
    /// What its namespaces begin with, before the direction.
    namespace: &'static str,
    /// The element for each answer.
    elements: &'static [(&'static str, u16, &'static str)],
}

#[rustfmt::skip]
const CHOICES: [Choice; 2] = [
    Choice { prefix: "FedNow", namespace: "urn:fednow:", elements: &[
        ("pacs", 2, "FedNowPaymentStatus"),
        ("admi", 2, "FedNowMessageReject"),
        ("admi", 7, "FedNowReceiptAcknowledgement"),
    ] },
    Choice { prefix: "FedwireFunds", namespace: "urn:fedwirefunds:", elements: &[
        ("pacs", 2, "FedwireFundsPaymentStatus"),
        ("admi", 2, "FedwireFundsMessageReject"),
    ] },
];

/// Names and namespaces of the elements around an answer, from the root inwards.
pub(super) fn elements<'a>(case: &Case<'a>, header: bool, reply: MessageId) -> Vec<Element<'a>> {
    let came = case.original.wrapper.as_ref().map_or(&[][..], |wrapper| &wrapper.elements);
    if case.dress.partner.reply.header == HeaderUse::Never {
        return Vec::new();
    }
    match came {
        [root, _, _] if header => turned(root, reply).unwrap_or_else(business_message),
        [(name, namespace)] if is_plain(name, namespace) => vec![(name.as_str().into(), namespace.as_str().into())],
        _ if header => business_message(),
        _ => Vec::new(),
    }
}

fn business_message<'a>() -> Vec<Element<'a>> {
    vec![("BusMsg".into(), "".into())]
}

/// A choice wrapper in the other direction, with the element for the answer.
fn turned<'a>((name, namespace): &(Text, Text), reply: MessageId) -> Option<Vec<Element<'a>>> {
    let choice = CHOICES.iter().find(|choice| name.starts_with(choice.prefix))?;
    let (from, to) = [("Incoming", "Outgoing"), ("Outgoing", "Incoming")]
        .into_iter()
        .find(|(from, _)| name.strip_prefix(choice.prefix) == Some(from))?;
    let version = namespace.strip_prefix(choice.namespace)?.strip_prefix(&from.to_lowercase())?;
    let (_, _, element) = choice.elements.iter().find(|(area, functionality, _)| reply.is(area, *functionality))?;
    let namespace = format!("{}{}{version}", choice.namespace, to.to_lowercase());
    let root = format!("{}{to}", choice.prefix);
    let message = format!("{root}Message");
    let chain = [root, message, (*element).to_owned()];
    let is_plain = chain.iter().all(|name| is_plain(name, &namespace));
    is_plain.then(|| chain.map(|name| (name.into(), namespace.clone().into())).into())
}

/// Whether an element can be repeated without a second look: an ASCII name and a namespace of reasonable length.
fn is_plain(name: &str, namespace: &str) -> bool {
    let name_follows = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(name_follows)
        && name.len() <= 64
        && namespace.len() <= 256
        && namespace.bytes().all(|b| b.is_ascii_graphic())
}
