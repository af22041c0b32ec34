//! The parsers that are measured: each reads one document and returns a number that depends on all it read, so that no
//! compiler can leave the reading out.

mod payflow;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Reads one document; the number is its witness. The document is lent with its memory, so that a parser that works in
/// padded memory of its own need not copy it; it comes back unchanged.
pub(crate) type Parse = Box<dyn FnMut(&mut Vec<u8>) -> u64>;

/// A parser: its name, and how it is set up once before it reads anything.
pub(crate) type Parser = (&'static str, fn() -> Parse);

/// The parsers that are measured, ours first, then the yardsticks.
pub(crate) const PARSERS: &[Parser] = &[
    ("payflow", payflow::payflow),
    ("quick-xml", || Box::new(|document| quick_xml(document))),
    ("roxmltree", || Box::new(|document| roxmltree(document))),
];

/// The yardstick: quick-xml's event loop over a slice, default configuration, borrowed events to the end. It checks that
/// end tags match; it decodes no text, resolves no namespace and validates nothing. The witness is the count of events.
#[inline(never)]
pub(crate) fn quick_xml(document: &[u8]) -> u64 {
    let mut reader = Reader::from_reader(document);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return events,
            Ok(event) => {
                std::hint::black_box(&event);
                events += 1;
            }
            Err(error) => panic!("quick-xml: {error}"),
        }
    }
}

/// A tree of the whole document, as most programs read one: text decoded, namespaces resolved, nothing validated. It
/// takes text, so the check of UTF-8 is part of the work. The witness is the count of nodes.
#[inline(never)]
pub(crate) fn roxmltree(document: &[u8]) -> u64 {
    let text = std::str::from_utf8(document).expect("generated messages are UTF-8");
    let options = roxmltree::ParsingOptions { nodes_limit: u32::MAX, ..roxmltree::ParsingOptions::default() };
    match roxmltree::Document::parse_with_options(text, options) {
        Ok(tree) => std::hint::black_box(&tree).descendants().count() as u64,
        Err(error) => panic!("roxmltree: {error}"),
    }
}
