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

use std::sync::Arc;

use super::Case;
use super::sheet::Element;
use crate::partner::HeaderUse;
use crate::schema::MessageId;

/// A wrapper with a choice element by message kind, and the one in the other direction.
struct Turn {
    /// The root that came, and what its namespace begins with, before the version.
    came: (&'static str, &'static str),
    /// The root that answers it, and its namespace likewise.
    root: (&'static str, &'static str),
    /// The element inside that root.
    message: &'static str,
    /// The element for each answer.
    elements: &'static [(&'static str, u16, &'static str)],
}

/// What stands around an answer: at most three elements.
pub(super) type Elements<'a> = [Option<Element<'a>>; 3];

const FEDNOW: (&str, &str) = ("FedNowIncoming", "urn:fednow:incoming");
const TO_FEDNOW: (&str, &str) = ("FedNowOutgoing", "urn:fednow:outgoing");
const FEDNOW_ANSWERS: &[(&str, u16, &str)] = &[
    ("pacs", 2, "FedNowPaymentStatus"),
    ("admi", 2, "FedNowMessageReject"),
    ("admi", 7, "FedNowReceiptAcknowledgement"),
];
const FEDWIRE: (&str, &str) = ("FedwireFundsIncoming", "urn:fedwirefunds:incoming");
const TO_FEDWIRE: (&str, &str) = ("FedwireFundsOutgoing", "urn:fedwirefunds:outgoing");
const FEDWIRE_ANSWERS: &[(&str, u16, &str)] =
    &[("pacs", 2, "FedwireFundsPaymentStatus"), ("admi", 2, "FedwireFundsMessageReject")];

#[rustfmt::skip]
const TURNS: [Turn; 4] = [
    Turn { came: FEDNOW,     root: TO_FEDNOW,  message: "FedNowOutgoingMessage",       elements: FEDNOW_ANSWERS },
    Turn { came: TO_FEDNOW,  root: FEDNOW,     message: "FedNowIncomingMessage",       elements: FEDNOW_ANSWERS },
    Turn { came: FEDWIRE,    root: TO_FEDWIRE, message: "FedwireFundsOutgoingMessage", elements: FEDWIRE_ANSWERS },
    Turn { came: TO_FEDWIRE, root: FEDWIRE,    message: "FedwireFundsIncomingMessage", elements: FEDWIRE_ANSWERS },
];

/// The elements around an answer, from the root inwards.
pub(super) fn elements<'a>(case: &Case<'a>, header: bool, reply: MessageId) -> Elements<'a> {
    let came = case.original.wrapper.as_ref().map_or(&[][..], |wrapper| &wrapper.elements[..]);
    if case.dress.partner.reply.header == HeaderUse::Never {
        return [None; 3];
    }
    match came {
        [root, _, _] if header => turned(root, reply).unwrap_or(BUSINESS_MESSAGE),
        [(name, namespace)] if is_plain(name, namespace) => {
            [Some(Element { name, namespace: [namespace, ""] }), None, None]
        }
        _ if header => BUSINESS_MESSAGE,
        _ => [None; 3],
    }
}

const BUSINESS_MESSAGE: Elements<'static> = [Some(Element { name: "BusMsg", namespace: [""; 2] }), None, None];

/// A choice wrapper in the other direction, with the element for the answer.
fn turned<'a>((name, namespace): &'a (Arc<str>, Arc<str>), reply: MessageId) -> Option<Elements<'a>> {
    let turn = TURNS.iter().find(|turn| turn.came.0 == &**name)?;
    let version = namespace.strip_prefix(turn.came.1)?;
    let (_, _, element) = turn.elements.iter().find(|(area, functionality, _)| reply.is(area, *functionality))?;
    let namespace = [turn.root.1, version];
    let elements = [turn.root.0, turn.message, element].map(|name| Some(Element { name, namespace }));
    is_plain(turn.root.0, version).then_some(elements)
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
