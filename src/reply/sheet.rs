//! The sheet an answer is written on: elements and values, escaped and compact. Must not know any message.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

use crate::schema::MessageId;
use crate::schema::message_id::NAMESPACE_PREFIX;
use crate::schema::record::Text;

/// An element around an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    /// Its namespace, in two parts.
    pub(super) namespace: [&'a str; 2],
}

/// An element that an answer may have, as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub(super) start: &'static str,
    pub(super) end: &'static str,
}

/// The tag of a name.
macro_rules! tag {
    ($name:literal) => {
        $crate::reply::sheet::Tag { start: concat!("<", $name, ">"), end: concat!("</", $name, ">") }
    };
}
pub(super) use tag;

/// A document in the making. What writes a tag is inlined, so that a tag is a few moves of its own length.
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
    #[inline(always)]
    pub(super) fn group(&mut self, tag: Tag, content: impl FnOnce(&mut Self)) {
        self.text.push_str(tag.start);
        content(self);
        self.text.push_str(tag.end);
    }

    /// The root element of a message definition: it declares the namespace of itself and its content.
    pub(super) fn group_of(&mut self, tag: Tag, message: MessageId, content: impl FnOnce(&mut Self)) {
        let start = tag.start.trim_end_matches('>');
        self.put(&[start, " xmlns=\"", NAMESPACE_PREFIX, message.as_str(), "\">"]);
        content(self);
        self.text.push_str(tag.end);
    }

    /// Elements one in the other, each with its namespace (declared where it changes), around a content.
    pub(super) fn nested(&mut self, elements: &[Option<Element<'_>>], content: impl FnOnce(&mut Self)) {
        let elements = elements.iter().flatten();
        let mut around = [""; 2];
        for Element { name, namespace } in elements.clone() {
            self.put(&["<", name]);
            if *namespace != around {
                self.text.push_str(" xmlns=\"");
                namespace.iter().for_each(|part| self.escaped(part, true));
                self.text.push('"');
            }
            self.text.push('>');
            around = *namespace;
        }
        content(self);
        elements.rev().for_each(|element| self.put(&["</", element.name, ">"]));
    }

    /// An element with a value.
    #[inline(always)]
    pub(super) fn value(&mut self, tag: Tag, text: &str) {
        self.text.push_str(tag.start);
        self.escaped(text, false);
        self.text.push_str(tag.end);
    }

    /// An element with a value, when there is one.
    #[inline(always)]
    pub(super) fn optional(&mut self, tag: Tag, text: Option<&str>) {
        if let Some(text) = text {
            self.value(tag, text);
        }
    }

    /// An element with a value, if there is one, in which its form leaves nothing to escape: a code, a number, a checked
    /// identifier.
    #[inline(always)]
    pub(super) fn plain<'t>(&mut self, tag: Tag, text: impl Into<Option<&'t str>>) {
        if let Some(text) = text.into() {
            self.plain_in_two(tag, text, "");
        }
    }

    /// The same with a value in two parts.
    #[inline(always)]
    pub(super) fn plain_in_two(&mut self, tag: Tag, first: &str, second: &str) {
        debug_assert!([first, second].iter().all(|text| is_plain(text.as_bytes())), "{}{first}{second}", tag.start);
        self.put(&[tag.start, first, second, tag.end]);
    }

    #[inline(always)]
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

/// Whether text certainly stands in XML as it is: it is ASCII without control characters and without `<`, `>`, `&` and `"`.
/// Sixteen bytes at a time; the last ones may be seen twice.
fn is_plain(text: &[u8]) -> bool {
    let least = match text.last_chunk() {
        Some(last) => text.as_chunks().0.iter().fold(least([u8::MAX; 16], last), least),
        None => least([u8::MAX; 16], &padded(text)),
    };
    const EACH: u64 = u64::MAX / 0xFF;
    let words = least.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word));
    words.fold(0, |zeros, word| zeros | word.wrapping_sub(EACH) & !word & (EACH * 0x80)) == 0
}

/// In each place the least of what was there and of what becomes zero where a byte is not plain. Without a branch, so that the
/// compiler takes all places at once.
#[inline(always)]
fn least(mut least: [u8; 16], bytes: &[u8; 16]) -> [u8; 16] {
    for (least, byte) in least.iter_mut().zip(bytes) {
        // `<` and `>` differ in one bit, `"` and `&` in another.
        let (bracket, other) = ((byte | 0x02) ^ b'>', (byte | 0x04) ^ b'&');
        let (control, beyond) = (byte.saturating_sub(0x1F), 0x80u8.saturating_sub(*byte));
        *least = bracket.min(other).min(control.min(beyond)).min(*least);
    }
    least
}

/// A short text with its last bytes twice, or with spaces behind it.
#[inline(always)]
fn padded(text: &[u8]) -> [u8; 16] {
    let mut padded = [b' '; 16];
    let (start, end) = padded.split_at_mut(8);
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            start.copy_from_slice(first);
            end.copy_from_slice(last);
        }
        _ => start.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte),
    }
    padded
}

/// A time to the second, with its offset.
pub(super) fn date_time(time: DateTime<Utc>) -> Text {
    let (date, clock) = (time.date_naive(), time.time());
    let Ok(year @ 0..=9999) = u32::try_from(date.year()) else {
        return time.to_rfc3339_opts(SecondsFormat::Secs, false).as_str().into();
    };
    let mut text = *b"0000-00-00T00:00:00+00:00";
    let parts = [year / 100, year % 100, date.month(), date.day(), clock.hour(), clock.minute(), clock.second()];
    for (part, at) in parts.into_iter().zip([0, 2, 5, 8, 11, 14, 17]) {
        text[at] += (part / 10) as u8;
        text[at + 1] += (part % 10) as u8;
    }
    Text::from(std::str::from_utf8(&text).unwrap_or_default())
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
            sheet.value(tag!("A"), text);
            assert_eq!(sheet.text, format!("<A>{expected}</A>"), "{text:?}");
        }
    }

    #[test]
    fn writes_times_as_the_calendar_library_does() {
        for seconds in [0, 951_782_399, 951_782_400, 1_795_582_801, 253_402_300_799, 253_402_300_800, -62_167_219_201] {
            let time = DateTime::from_timestamp(seconds, 999_999_999).unwrap();
            assert_eq!(&*date_time(time), time.to_rfc3339_opts(SecondsFormat::Secs, false));
        }
    }

    #[test]
    fn writes_compact_elements() {
        let mut sheet = Sheet::new();
        let elements = [("A", "urn:a"), ("B", "urn:a"), ("C", "urn:c&")];
        let elements = elements.map(|(name, namespace)| Some(Element { name, namespace: [namespace, ""] }));
        let message = MessageId::of(b"pacs", 2, 10);
        sheet.nested(&elements, |sheet| sheet.group_of(tag!("D"), message, |sheet| sheet.value(tag!("E"), "<")));
        let text = String::from_utf8(sheet.finish()).unwrap();
        let expected = "<A xmlns=\"urn:a\"><B><C xmlns=\"urn:c&amp;\">\
            <D xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><E>&lt;</E></D></C></B></A>";
        assert_eq!(text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), Some(expected));
    }
}
