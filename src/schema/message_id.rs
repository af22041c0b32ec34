//! The identifier of a message definition, such as `pacs.008.001.08`.

use std::fmt;
use std::str::FromStr;

use super::record::Text;
use crate::xml::scan;

/// The part of a namespace that is the same for every ISO 20022 message.
pub const NAMESPACE_PREFIX: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// The identifier of a message definition: business area, functionality, variant and version. It is kept as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId([u8; 15]);

impl MessageId {
    /// The identifier of variant 001, such as `MessageId::of(b"pacs", 8, 8)` for pacs.008.001.08.
    pub const fn of(area: &[u8; 4], functionality: u16, version: u8) -> Self {
        let [a, b, c, d] = *area;
        let [_, f1, f2, f3] = digits(functionality);
        let [.., v1, v2] = digits(version as u16);
        Self([a, b, c, d, b'.', f1, f2, f3, b'.', b'0', b'0', b'1', b'.', v1, v2])
    }

    /// The identifier that a namespace names, when it is one of ISO 20022.
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        namespace.strip_prefix(NAMESPACE_PREFIX)?.parse().ok()
    }

    /// The identifier as text, such as `pacs.008.001.08`.
    pub fn as_str(&self) -> &str {
        scan::text(&self.0).unwrap_or_default()
    }

    /// The identifier as text that is kept.
    pub fn text(&self) -> Text {
        self.as_str().into()
    }

    /// The namespace of its schema.
    pub fn namespace(&self) -> String {
        [NAMESPACE_PREFIX, self.as_str()].concat()
    }

    /// The business area, such as `pacs`.
    pub fn area(&self) -> &str {
        &self.as_str()[..4]
    }

    /// Business area and functionality, such as `pacs.008`: all its versions share them.
    pub fn definition(&self) -> &[u8; 8] {
        let [definition @ .., _, _, _, _, _, _, _] = &self.0;
        definition
    }

    /// The functionality, such as 8 for pacs.008.
    pub fn functionality(&self) -> u16 {
        number(&self.0[5..8])
    }

    /// The version, such as 8 for pacs.008.001.08.
    pub fn version(&self) -> u8 {
        number(&self.0[13..]) as u8
    }

    /// The same message in another version.
    pub fn with_version(self, version: u8) -> Self {
        let mut text = self.0;
        text[13..].copy_from_slice(&digits(version.into())[2..]);
        Self(text)
    }

    /// The family that it is a version of, such as `pacs.008`.
    pub fn family(&self) -> String {
        self.as_str()[..8].to_owned()
    }

    /// Whether it belongs to a family such as (`pacs`, 8).
    pub fn is(&self, area: &str, functionality: u16) -> bool {
        self.area() == area && self.functionality() == functionality
    }
}

/// The text is not the identifier of a message definition, such as `pacs.008.001.08`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message identifier such as pacs.008.001.08")]
pub struct NotAMessageId;

impl FromStr for MessageId {
    type Err = NotAMessageId;

    fn from_str(text: &str) -> Result<Self, NotAMessageId> {
        // area "." 3 digits "." 3 digits "." 2 digits
        let bytes = text.as_bytes();
        let well_formed = bytes.len() == 15
            && bytes.iter().enumerate().all(|(i, b)| match i {
                0..=3 => b.is_ascii_lowercase(),
                4 | 8 | 12 => *b == b'.',
                _ => b.is_ascii_digit(),
            });
        <[u8; 15]>::try_from(bytes).ok().filter(|_| well_formed).map(Self).ok_or(NotAMessageId)
    }
}

/// The four last digits of a number.
const fn digits(number: u16) -> [u8; 4] {
    let digits = [number / 1000, number / 100, number / 10, number];
    [
        b'0' + (digits[0] % 10) as u8,
        b'0' + (digits[1] % 10) as u8,
        b'0' + (digits[2] % 10) as u8,
        b'0' + (digits[3] % 10) as u8,
    ]
}

fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_identifiers() {
        let id: MessageId = "pacs.008.001.08".parse().unwrap();
        assert_eq!(id.to_string(), "pacs.008.001.08");
        assert!(id.is("pacs", 8) && id.version() == 8 && id.family() == "pacs.008");
        assert_eq!(id, MessageId::of(b"pacs", 8, 8));
        for bad in ["", "pacs.008.001.8", "pacs.008.001.08 ", "PACS.008.001.08", "pacs.008.001.0x"] {
            assert_eq!(bad.parse::<MessageId>(), Err(NotAMessageId), "{bad:?}");
        }
    }
}
