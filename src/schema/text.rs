//! Text that is kept: what nearly every value of a message is stands in place, without memory of its own. Must not know what
//! it says.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use crate::xml::scan;

/// So many bytes stand in place: an identifier of the standard (`Max35Text`), an IBAN, a UETR.
const IN_PLACE: usize = 38;

/// Text that is kept.
#[derive(Clone)]
pub struct Text(Held);

#[derive(Clone)]
enum Held {
    /// The text is the first `len` bytes; they were seen to be text, or are seen when they are asked for. What is behind them
    /// is never looked at.
    InPlace {
        len: u8,
        bytes: [u8; IN_PLACE],
    },
    Elsewhere(Box<str>),
}

impl Text {
    /// The text that stands among other bytes: UTF-8, or it is empty. A short one is moved together with what follows it,
    /// as a few words of constant number.
    #[inline]
    pub(super) fn among(bytes: &[u8], from: usize, len: usize) -> Self {
        match bytes.get(from..from + IN_PLACE).and_then(<[u8]>::first_chunk) {
            Some(moved) if len <= IN_PLACE => Self(Held::InPlace { len: len as u8, bytes: *moved }),
            _ => Self::exactly(bytes.get(from..from + len).unwrap_or_default()),
        }
    }

    /// Apart, so that the usual way needs no call.
    #[inline(never)]
    fn exactly(bytes: &[u8]) -> Self {
        scan::text(bytes).unwrap_or_default().into()
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Held::InPlace { len, bytes } => bytes.get(..usize::from(*len)).and_then(scan::text).unwrap_or_default(),
            Held::Elsewhere(text) => text,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut bytes = [0; IN_PLACE];
        Self(match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                Held::InPlace { len: text.len() as u8, bytes }
            }
            None => Held::Elsewhere(text.into()),
        })
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text.0 {
            Held::Elsewhere(text) => text.into(),
            Held::InPlace { .. } => text.as_str().to_owned(),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Held::InPlace { len: 0, bytes: [0; IN_PLACE] })
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_text_that_was_put_in() {
        let behind = ["", "<", "é", " and what follows it, which is longer than what stands in place"];
        for filling in ["a", "é", "漢"] {
            for (count, behind) in (0..45).flat_map(|count| behind.map(|behind| (count, behind))) {
                let text = filling.repeat(count);
                let all = ["é", &text, behind].concat();
                let among = Text::among(all.as_bytes(), 2, text.len());
                assert_eq!((among.as_str(), &among), (text.as_str(), &Text::from(text.as_str())));
                assert_eq!(among.clone(), among);
            }
        }
        assert_eq!(Text::default().as_str(), "");
        assert_eq!(size_of::<Option<Text>>(), 40);
    }

    #[test]
    fn what_is_no_text_is_empty() {
        for bytes in [&b"\xFF"[..], b"ab\xC3", &[0xFF; 50]] {
            assert_eq!(Text::among(bytes, 0, bytes.len()).as_str(), "");
        }
        assert_eq!(Text::among(b"abc", 2, 9).as_str(), "");
    }
}
