//! The identifier of a message definition, such as `pacs.008.001.08`.

use std::fmt;
use std::str::FromStr;

use super::record::Text;
use crate::xml::scan;

/// The part of a namespace that is the same for every ISO 20022 message.
pub const NAMESPACE_PREFIX: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// The identifier of a message definition: business area, functionality, variant and version.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId {
    area: [u8; 4],
    functionality: u16,
    variant: u16,
    version: u8,
}

impl MessageId {
    /// The identifier of variant 001, such as `MessageId::of(b"pacs", 8, 8)` for pacs.008.001.08.
    pub const fn of(area: &[u8; 4], functionality: u16, version: u8) -> Self {
        Self { area: *area, functionality, variant: 1, version }
    }

    /// The identifier that a namespace names, when it is one of ISO 20022.
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        namespace.strip_prefix(NAMESPACE_PREFIX)?.parse().ok()
    }

    /// The identifier as text, such as `pacs.008.001.08`.
    pub fn text(&self) -> Text {
        let digit = |number: u16, unit: u16| b'0' + (number / unit % 10) as u8;
        let three = |number: u16| [b'.', digit(number, 100), digit(number, 10), digit(number, 1)];
        let mut text = *b"area.fff.vvv.ee";
        text[..4].copy_from_slice(&self.area);
        text[4..8].copy_from_slice(&three(self.functionality));
        text[8..12].copy_from_slice(&three(self.variant));
        text[12..].copy_from_slice(&[b'.', digit(self.version.into(), 10), digit(self.version.into(), 1)]);
        scan::text(&text).unwrap_or_default().into()
    }

    /// The namespace of its schema.
    pub fn namespace(&self) -> String {
        [NAMESPACE_PREFIX, &self.text()].concat()
    }

    /// The business area, such as `pacs`.
    pub fn area(&self) -> &str {
        std::str::from_utf8(&self.area).unwrap_or_default()
    }

    /// Business area and functionality: all its versions share them.
    pub fn definition(&self) -> (&[u8; 4], u16) {
        (&self.area, self.functionality)
    }

    /// The functionality, such as 8 for pacs.008.
    pub fn functionality(&self) -> u16 {
        self.functionality
    }

    /// The version, such as 8 for pacs.008.001.08.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The same message in another version.
    pub fn with_version(self, version: u8) -> Self {
        Self { version, ..self }
    }

    /// The family that it is a version of, such as `pacs.008`.
    pub fn family(&self) -> String {
        format!("{}.{:03}", self.area(), self.functionality)
    }

    /// Whether it belongs to a family such as (`pacs`, 8).
    pub fn is(&self, area: &str, functionality: u16) -> bool {
        self.area() == area && self.functionality == functionality
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
        if !well_formed {
            return Err(NotAMessageId);
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u16>().map_err(|_| NotAMessageId);
        Ok(Self {
            area: [bytes[0], bytes[1], bytes[2], bytes[3]],
            functionality: number(5..8)?,
            variant: number(9..12)?,
            version: number(13..15)? as u8,
        })
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
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
