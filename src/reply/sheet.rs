//! The sheet an answer is written on: elements and values, escaped and compact. Must not know any message.

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

    /// An element that declares the default namespace of itself and its content; an empty one declares nothing.
    pub(super) fn group_in(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.start(name, namespace);
        content(self);
        self.end(name);
    }

    /// Elements one in the other, each with its namespace (declared where it changes), around a content.
    pub(super) fn nested(&mut self, elements: &[(String, String)], content: impl FnOnce(&mut Self)) {
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
        // The characters that XML forbids beyond ASCII begin with 0xEF.
        let plain = |b: u8| b >= b' ' && !matches!(b, b'<' | b'>' | b'&' | b'"' | 0xEF);
        if text.bytes().fold(true, |all, b| all & plain(b)) {
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
            let mut sheet = Sheet { text: String::new() };
            sheet.value("A", text);
            assert_eq!(sheet.text, format!("<A>{expected}</A>"), "{text:?}");
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
