//! From bytes as they came to UTF-8: byte order marks, declared encodings, and what is refused.

use std::borrow::Cow;

use encoding_rs::DecoderResult;

use super::fault::Fault;
use crate::finding::Rule;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
    Windows1252,
    Ascii,
}

/// Declarations that nearly every message begins with.
const USUAL: [&[u8]; 5] = [
    br#"<?xml version="1.0" encoding="UTF-8"?>"#,
    br#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
    br#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    br"<?xml version='1.0' encoding='UTF-8'?>",
    br"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>",
];

/// How long the declaration of an input is that is surely UTF-8, where nothing has to be found out.
pub(super) fn usual(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'<', b'A'..=b'Z' | b'a'..=b'z', ..] => Some(0),
        _ => USUAL.iter().find(|usual| bytes.starts_with(usual)).map(|usual| usual.len()),
    }
}

const ACCEPTED: &str = "UTF-8, UTF-16, ISO-8859-1, Windows-1252 or US-ASCII";

/// So many bytes of an input say in which encoding it is.
pub(super) const HEAD: usize = 1024;

/// The encoding of an input that begins so, and where its first character stands (behind a byte order mark).
pub(super) fn detect(bytes: &[u8]) -> Result<(Encoding, usize), Fault> {
    let (found, start) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Some(Encoding::Utf8), 3),
        [0xFF, 0xFE, ..] => (Some(Encoding::Utf16Le), 2),
        [0xFE, 0xFF, ..] => (Some(Encoding::Utf16Be), 2),
        [b'<', 0, ..] => (Some(Encoding::Utf16Le), 0),
        [0, b'<', ..] => (Some(Encoding::Utf16Be), 0),
        _ => (None, 0),
    };
    let wide = matches!(found, Some(Encoding::Utf16Le | Encoding::Utf16Be));
    let head: Cow<'_, [u8]> = match wide {
        // The declaration is ASCII: every second byte says it.
        true => bytes[start..].iter().take(400).copied().filter(|b| *b != 0).collect(),
        false => Cow::Borrowed(&bytes[start..bytes.len().min(start + 200)]),
    };
    let declared = match declared(&head) {
        None => None,
        Some(label) => Some((known(&label, wide, found)?, label)),
    };
    let encoding = match (found, declared) {
        (None, None) => Encoding::Utf8,
        (None, Some((encoding, _))) => encoding,
        (Some(found), None) => found,
        (Some(found), Some((declared, _))) if found == declared => found,
        (Some(_), Some((_, label))) => {
            let text = "The declared encoding contradicts the byte order mark or the bytes themselves.";
            return Err(Fault::new(Rule::XmlEncoding, 0, text).found(label).expected(ACCEPTED));
        }
    };
    Ok((encoding, start))
}

/// Decodes an input piece by piece.
pub(super) struct Decoder {
    encoding: Encoding,
    /// For the encodings in which a character may be cut in two.
    inner: Option<encoding_rs::Decoder>,
}

impl Decoder {
    /// A decoder of an encoding; `None` for UTF-8, whose bytes are taken as they come.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        let inner = match encoding {
            Encoding::Utf8 => return None,
            Encoding::Ascii | Encoding::Latin1 => None,
            Encoding::Windows1252 => Some(encoding_rs::WINDOWS_1252),
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE),
        };
        Some(Self { encoding, inner: inner.map(encoding_rs::Encoding::new_decoder_without_bom_handling) })
    }

    /// Appends a piece as UTF-8; `last` when none follows.
    ///
    /// # Errors
    /// At bytes that do not follow the encoding: what stands before them was appended. The fault's offset is the caller's.
    pub(super) fn decode(&mut self, raw: &[u8], last: bool, into: &mut Vec<u8>) -> Result<(), Fault> {
        let from = into.len();
        let good = match &mut self.inner {
            Some(inner) => {
                let most = inner.max_utf8_buffer_length_without_replacement(raw.len()).unwrap_or(raw.len() * 3 + 16);
                into.resize(from + most, 0);
                let (result, _, written) = inner.decode_to_utf8_without_replacement(raw, &mut into[from..], last);
                into.truncate(from + written);
                result == DecoderResult::InputEmpty
            }
            None if self.encoding == Encoding::Latin1 => {
                into.resize(from + raw.len() * 2, 0);
                let written = encoding_rs::mem::convert_latin1_to_utf8(raw, &mut into[from..]);
                into.truncate(from + written);
                true
            }
            None => {
                let plain = raw.iter().position(|b| *b >= 0x80).unwrap_or(raw.len());
                into.extend_from_slice(&raw[..plain]);
                plain == raw.len()
            }
        };
        let name = match self.encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
            _ => "US-ASCII",
        };
        let fault = || Fault::new(Rule::XmlEncoding, 0, format!("The bytes do not follow the encoding {name}."));
        if good { Ok(()) } else { Err(fault()) }
    }
}

/// The encoding that the XML declaration names.
fn declared(head: &[u8]) -> Option<String> {
    let head = head.strip_prefix(b"<?xml")?;
    let declaration = &head[..memchr::memmem::find(head, b"?>")?];
    let rest = &declaration[memchr::memmem::find(declaration, b"encoding")? + 8..];
    let quote = rest.iter().position(|b| matches!(b, b'"' | b'\''))?;
    let value = &rest[quote + 1..];
    let end = value.iter().position(|b| *b == rest[quote])?;
    Some(String::from_utf8_lossy(&value[..end]).into_owned())
}

/// The encoding of a label. `UTF-16` takes its byte order from the bytes.
fn known(label: &str, wide: bool, found: Option<Encoding>) -> Result<Encoding, Fault> {
    let unknown = |text: &str| Fault::new(Rule::XmlEncoding, 0, text).found(label).expected(ACCEPTED);
    Ok(match label.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Encoding::Utf8,
        "utf-16" | "utf-16le" | "utf-16be" if !wide => {
            return Err(unknown("The declaration says UTF-16, but the bytes are not."));
        }
        "utf-16" => found.unwrap_or(Encoding::Utf16Be),
        "utf-16le" => Encoding::Utf16Le,
        "utf-16be" => Encoding::Utf16Be,
        "iso-8859-1" | "latin1" | "latin-1" | "iso8859-1" => Encoding::Latin1,
        "windows-1252" | "cp1252" | "cp-1252" => Encoding::Windows1252,
        "us-ascii" | "ascii" => Encoding::Ascii,
        _ => return Err(unknown("This encoding is not accepted.")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::input::Input;
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn decodes_what_banks_send() {
        let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?><a>é</a>");
        let latin = |name: &str| declared(name).chars().map(|c| c as u8).collect::<Vec<u8>>();
        let mut bom = vec![0xEF, 0xBB, 0xBF];
        bom.extend(declared("UTF-8").bytes());
        let cases: Vec<(Vec<u8>, bool)> = vec![
            (b"<a/>".to_vec(), true),
            (declared("UTF-8").into_bytes(), true),
            (bom.clone(), true),
            (latin("ISO-8859-1"), true),
            (latin("windows-1252"), true),
            (utf16(&format!("\u{feff}{}", declared("UTF-16")), false), true),
            (utf16(&format!("\u{feff}{}", declared("UTF-16")), true), true),
            (utf16("<a>é</a>", false), true),
            (latin("US-ASCII"), false),
            (declared("UTF-16").into_bytes(), false),
            (declared("EBCDIC").into_bytes(), false),
            ([&bom[..3], &latin("ISO-8859-1")].concat(), false),
            (utf16(&format!("\u{feff}{}", declared("UTF-8")), false), false),
            (vec![0xFF, 0xFE, b'<', 0, 0x00, 0xD8, b'a', 0], false),
        ];
        for (bytes, good) in cases {
            let label = String::from_utf8_lossy(&bytes).into_owned();
            match Input::new(bytes).map(|mut input| (input.more(0), input)) {
                Ok((Ok(_), input)) => {
                    assert!(good, "{label}");
                    let text = &input.bytes()[input.start..];
                    assert!(text.starts_with(b"<"), "{label}");
                    assert!(!label.contains("encoding") || text.ends_with("<a>é</a>".as_bytes()), "{label}");
                }
                Ok((Err(fault), _)) | Err(fault) => assert!(!good && fault.rule == Rule::XmlEncoding, "{label}"),
            }
        }
    }
}
