//! roxmltree: a tree of the document, with text decoded and namespaces resolved. It takes text, so the check of UTF-8 is
//! part of the work.

use roxmltree::{Document, ParsingOptions};

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    rivals::serve(&path, |message| {
        let Ok(text) = std::str::from_utf8(message) else { return false };
        let options = ParsingOptions { nodes_limit: u32::MAX, ..ParsingOptions::default() };
        Document::parse_with_options(text, options).map(std::hint::black_box).is_ok()
    })
}
