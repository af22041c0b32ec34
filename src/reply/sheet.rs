//! The sheet an answer is written on: elements and values, escaped and compact. Must not know any message.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// A document in the making.
pub(super) struct Sheet {
    writer: Writer<Vec<u8>>,
}

impl Sheet {
    /// A sheet with its XML declaration.
    pub(super) fn new() -> Self {
        let mut sheet = Self { writer: Writer::new(Vec::with_capacity(2048)) };
        sheet.put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        sheet
    }

    /// The bytes written so far.
    pub(super) fn finish(self) -> Vec<u8> {
        self.writer.into_inner()
    }

    /// An element with content.
    pub(super) fn group(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.put(Event::Start(BytesStart::new(name)));
        content(self);
        self.put(Event::End(BytesEnd::new(name)));
    }

    /// An element that declares the default namespace of itself and its content; an empty one declares nothing.
    pub(super) fn group_in(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        let mut start = BytesStart::new(name);
        if !namespace.is_empty() {
            start.push_attribute(("xmlns", namespace));
        }
        self.put(Event::Start(start));
        content(self);
        self.put(Event::End(BytesEnd::new(name)));
    }

    /// Elements one in the other, each with its namespace (declared where it changes), around a content.
    pub(super) fn nested(&mut self, elements: &[(String, String)], content: impl FnOnce(&mut Self)) {
        let mut around = "";
        for (name, namespace) in elements {
            let mut start = BytesStart::new(name.as_str());
            if namespace != around {
                start.push_attribute(("xmlns", namespace.as_str()));
            }
            self.put(Event::Start(start));
            around = namespace;
        }
        content(self);
        for (name, _) in elements.iter().rev() {
            self.put(Event::End(BytesEnd::new(name.as_str())));
        }
    }

    /// An element with a value.
    pub(super) fn value(&mut self, name: &str, text: &str) {
        self.group(name, |sheet| sheet.put(Event::Text(BytesText::from_escaped(escaped(text)))));
    }

    /// An element with a value, when there is one.
    pub(super) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.value(name, text);
        }
    }

    fn put(&mut self, event: Event) {
        self.writer.write_event(event).expect("a write to memory does not fail");
    }
}

/// Text as it stands in XML. A carriage return is a reference, because a reader would turn it into a line feed; what no
/// XML document may hold becomes the replacement character.
fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '<' | '>' | '&' | '\r') && is_xml(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#13;"),
            c if is_xml(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(out)
}

/// Whether XML 1.0 has the character.
fn is_xml(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_xml_reserves_and_replaces_what_it_forbids() {
        for (text, expected) in [
            ("plain é 漢", "plain é 漢"),
            ("a<b>&\"'", "a&lt;b&gt;&amp;\"'"),
            ("a\r\n\tb", "a&#13;\n\tb"),
            ("\0a\u{1f}\u{fffe}", "\u{fffd}a\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
    }

    #[test]
    fn writes_compact_elements() {
        let mut sheet = Sheet::new();
        let elements = [("A".to_owned(), "urn:a".to_owned()), ("B".to_owned(), "urn:a".to_owned())];
        sheet.nested(&elements, |sheet| sheet.group_in("C", "urn:c&", |sheet| sheet.value("D", "<")));
        let text = String::from_utf8(sheet.finish()).unwrap();
        let expected = "<A xmlns=\"urn:a\"><B><C xmlns=\"urn:c&amp;\"><D>&lt;</D></C></B></A>";
        assert_eq!(text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), Some(expected));
    }
}
