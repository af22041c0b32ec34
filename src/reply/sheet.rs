//! The sheet an answer is written on: elements and values, escaped and compact. Must not know any message.

use std::borrow::Cow;

use crate::schema::MessageId;
use crate::schema::message_id::NAMESPACE_PREFIX;

/// The name and the namespace of an element.
pub(super) type Element<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A document in the making.
pub(super) struct Sheet {
    text: String,
}

impl Sheet {
    /// A sheet with its XML declaration.
    pub(super) fn new() -> Self {
        let mut text = String::with_capacity(2048);
        text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { text }
    }

    /// The bytes written so far.
    pub(super) fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    /// An element with content.
    pub(super) fn group(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.start(name, "");
        content(self);
        self.end(name);
    }

    /// The root element of a message definition: it declares the namespace of itself and its content.
    pub(super) fn group_of(&mut self, name: &str, message: MessageId, content: impl FnOnce(&mut Self)) {
        self.put(&["<", name, " xmlns=\"", NAMESPACE_PREFIX, &message.text(), "\">"]);
        content(self);
        self.end(name);
    }

    /// Elements one in the other, each with its namespace (declared where it changes), around a content.
    pub(super) fn nested(&mut self, elements: &[Element<'_>], content: impl FnOnce(&mut Self)) {
        let mut around = "";
        for (name, namespace) in elements {
            match namespace == around {
                true => self.start(name, ""),
                false if namespace.is_empty() => self.put(&["<", name, " xmlns=\"\">"]),
                false => self.start(name, namespace),
            }
            around = namespace;
        }
        content(self);
        elements.iter().rev().for_each(|(name, _)| self.end(name));
    }

    /// An element with a value.
    pub(super) fn value(&mut self, name: &str, text: &str) {
        self.start(name, "");
        self.escaped(text, false);
        self.end(name);
    }

    /// An element with a value, when there is one.
    pub(super) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.value(name, text);
        }
    }

    fn start(&mut self, name: &str, namespace: &str) {
        if namespace.is_empty() {
            return self.put(&["<", name, ">"]);
        }
        self.put(&["<", name, " xmlns=\""]);
        self.escaped(namespace, true);
        self.put(&["\">"]);
    }

    fn end(&mut self, name: &str) {
        self.put(&["</", name, ">"]);
    }

    fn put(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.text.push_str(part));
    }

    /// Text as it stands in XML, in quotes or between tags. A carriage return is a reference, because a reader would turn it into a line feed; what no
    /// XML document may hold becomes the replacement character.
    fn escaped(&mut self, text: &str, quoted: bool) {
        if is_plain(text.as_bytes()) {
            return self.text.push_str(text);
        }
        for c in text.chars() {
            match c {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                '"' if quoted => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#13;"),
                c if is_xml(c) => self.text.push(c),
                _ => self.text.push(char::REPLACEMENT_CHARACTER),
            }
        }
    }
}

/// Whether text certainly stands in XML as it is: it is ASCII without control characters and without `<`, `>`, `&` and `"`. Eight
/// bytes at a time; the last eight may be seen twice.
fn is_plain(text: &[u8]) -> bool {
    match text.last_chunk::<8>() {
        Some(last) => text.as_chunks().0.iter().fold(plain(last), |all, eight| all & plain(eight)) == EACH * 0x80,
        None => text.iter().all(|byte| plain(&[*byte; 8]) == EACH * 0x80),
    }
}

/// One in each byte of a word.
const EACH: u64 = u64::MAX / 0xFF;

/// The high bit of each byte that is plain. A sum carries into the next byte only behind one that is not ASCII, and that is
/// not plain.
fn plain(eight: &[u8; 8]) -> u64 {
    let word = u64::from_le_bytes(*eight);
    let is_not = |word: u64, byte: u8| (word ^ (EACH * u64::from(byte))).wrapping_add(EACH * 0x7F);
    let no_control = word.wrapping_add(EACH * (0x80 - 0x20));
    // `<` and `>` differ in one bit, `"` and `&` in another.
    let no_bracket = is_not(word | (EACH * 0x02), b'>');
    let no_other = is_not(word | (EACH * 0x04), b'&');
    !word & no_control & no_bracket & no_other & (EACH * 0x80)
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
            ("longer than eight", "longer than eight"),
            ("longer & longer", "longer &amp; longer"),
            ("& longer", "&amp; longer"),
            ("longer &", "longer &amp;"),
        ] {
            let mut sheet = Sheet { text: String::new() };
            sheet.value("A", text);
            assert_eq!(sheet.text, format!("<A>{expected}</A>"), "{text:?}");
        }
    }

    #[test]
    fn writes_compact_elements() {
        let mut sheet = Sheet::new();
        let elements = [("A", "urn:a"), ("B", "urn:a"), ("C", "urn:c&")];
        let elements = elements.map(|(name, namespace)| (name.into(), namespace.into()));
        let message = MessageId::of(b"pacs", 2, 10);
        sheet.nested(&elements, |sheet| sheet.group_of("D", message, |sheet| sheet.value("E", "<")));
        let text = String::from_utf8(sheet.finish()).unwrap();
        let expected = "<A xmlns=\"urn:a\"><B><C xmlns=\"urn:c&amp;\">\
            <D xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><E>&lt;</E></D></C></B></A>";
        assert_eq!(text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), Some(expected));
    }
}
