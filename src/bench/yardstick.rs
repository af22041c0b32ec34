//! The yardstick: quick-xml's event loop over a slice, default configuration, borrowed events to the end. It checks that end
//! tags match; it decodes no text, resolves no namespace and validates nothing.

use quick_xml::events::Event;
use quick_xml::{Error, Reader};

use super::subject::Read;

/// The yardstick as a subject.
///
/// # Panics
/// The subject does, on what is not well-formed.
pub fn quick_xml() -> Read {
    Box::new(|document| events(document).unwrap_or_else(|error| panic!("quick-xml: {error}")))
}

/// How many events a document has.
///
/// # Errors
/// When it is not well-formed.
#[inline(never)]
pub fn events(document: &[u8]) -> Result<u64, Error> {
    let mut reader = Reader::from_reader(document);
    let mut events = 0;
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok(events),
            event => {
                std::hint::black_box(&event);
                events += 1;
            }
        }
    }
}
