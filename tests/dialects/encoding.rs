//! The encodings that banks use, as they are declared.

use crate::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// With a byte order mark.
    Utf8Marked,
    Utf16Le,
    Utf16Be,
    Latin1,
    Windows1252,
    Ascii,
}

use Encoding::*;

impl Encoding {
    pub(crate) const ALL: &[Self] = &[Utf8, Utf8Marked, Utf16Le, Utf16Be, Latin1, Windows1252, Ascii];

    /// One of them; UTF-8 as often as all others.
    pub(super) fn choose(random: &mut Random, unicode: bool) -> Self {
        match (random.below(2), unicode) {
            (0, _) => Utf8,
            (_, true) => random.pick(&Self::ALL[..4]),
            (_, false) => random.pick(Self::ALL),
        }
    }

    /// The labels under which it is declared.
    fn labels(self) -> &'static [&'static str] {
        match self {
            Utf8 | Utf8Marked => &["UTF-8", "utf-8"],
            Utf16Le | Utf16Be => &["UTF-16", "utf-16"],
            Latin1 => &["ISO-8859-1", "iso-8859-1"],
            Windows1252 => &["windows-1252", "Windows-1252"],
            Ascii => &["US-ASCII", "us-ascii"],
        }
    }

    /// An XML declaration that names it. What the bytes tell by themselves may do without.
    pub(super) fn declaration(self, random: &mut Random) -> Option<String> {
        let quote = random.pick(&["\"", "'"]);
        let (blank, label) = (random.pick(&["", "", " "]), random.pick(self.labels()));
        let standalone = match random.below(4) {
            0 => format!(" standalone={quote}{}{quote}", random.pick(&["yes", "no"])),
            _ => String::new(),
        };
        let unsaid = matches!(self, Utf8 | Utf8Marked | Utf16Le | Utf16Be) && random.below(5) == 0;
        let encoding = match unsaid {
            true => String::new(),
            false => format!(" encoding{blank}={blank}{quote}{label}{quote}"),
        };
        match unsaid && random.below(2) == 0 {
            true => None,
            false => Some(format!("<?xml version={quote}1.0{quote}{encoding}{standalone}{blank}?>")),
        }
    }

    /// Whether it has the character.
    pub(super) fn has(self, c: char) -> bool {
        match self {
            Utf8 | Utf8Marked | Utf16Le | Utf16Be => true,
            Latin1 => u32::from(c) < 0x100,
            Windows1252 => byte_1252(c).is_some(),
            Ascii => c.is_ascii(),
        }
    }

    /// The bytes of a text that has no other characters.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Utf8 | Utf8Marked | Ascii => text.as_bytes().to_vec(),
            Utf16Le => ['\u{FEFF}'].into_iter().chain(text.chars()).flat_map(|c| units(c, u16::to_le_bytes)).collect(),
            Utf16Be => ['\u{FEFF}'].into_iter().chain(text.chars()).flat_map(|c| units(c, u16::to_be_bytes)).collect(),
            Latin1 => text.chars().map(|c| c as u8).collect(),
            Windows1252 => text.chars().filter_map(byte_1252).collect(),
        }
    }
}

fn units(c: char, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| bytes(*unit)).collect()
}

/// The characters of Windows-1252 from 0x80 on; a blank stands where there is none.
const HIGH_1252: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

fn byte_1252(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ (0..=0x7F | 0xA0..=0xFF) => Some(code as u8),
        _ => HIGH_1252.chars().position(|high| high == c).map(|at| 0x80 + at as u8),
    }
}
