//! From bytes as they came to UTF-8: byte order marks, declared encodings, and what is refused.

use std::borrow::Cow;

use super::fault::Fault;
use super::scan::{Window, expect};
use crate::finding::Rule;

/// An input as UTF-8 in a window, and where its first character stands (behind a byte order mark).
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The input as UTF-8. Bytes that came as UTF-8 are checked where they are read.
    pub window: Window,
    /// The offset of the first character.
    pub start: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
    Windows1252,
    Ascii,
}

/// How nearly every message begins: there is nothing to find out.
pub(super) const USUAL: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

const ACCEPTED: &str = "UTF-8, UTF-16, ISO-8859-1, Windows-1252 or US-ASCII";

/// Decodes an input.
///
/// # Errors
/// When the encoding is not one of those accepted, contradicts the byte order mark, or the bytes do not follow it.
pub fn decode(bytes: Vec<u8>) -> Result<Decoded, Fault> {
    expect(&bytes);
    if bytes.starts_with(USUAL) {
        return Ok(Decoded { window: Window::new(bytes), start: 0 });
    }
    let (found, start) = match bytes.as_slice() {
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
    let wrong = |at: usize, name: &str| {
        Fault::new(Rule::XmlEncoding, at, format!("The bytes do not follow the encoding {name}."))
    };
    let text = match encoding {
        Encoding::Utf8 => return Ok(Decoded { window: Window::new(bytes), start }),
        Encoding::Ascii => match bytes.iter().position(|b| *b >= 0x80) {
            Some(at) => return Err(wrong(at, "US-ASCII")),
            None => return Ok(Decoded { window: Window::new(bytes), start }),
        },
        Encoding::Latin1 => bytes.iter().map(|b| char::from(*b)).collect::<String>(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(),
        Encoding::Utf16Le => encoding_rs::UTF_16LE
            .decode_without_bom_handling_and_without_replacement(&bytes[start..])
            .ok_or_else(|| wrong(0, "UTF-16"))?
            .into_owned(),
        Encoding::Utf16Be => encoding_rs::UTF_16BE
            .decode_without_bom_handling_and_without_replacement(&bytes[start..])
            .ok_or_else(|| wrong(0, "UTF-16"))?
            .into_owned(),
    };
    Ok(Decoded { window: Window::new(text.into_bytes()), start: 0 })
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
            match decode(bytes) {
                Ok(decoded) => {
                    assert!(good, "{label}");
                    let text = &decoded.window.bytes()[decoded.start..];
                    assert!(text.starts_with(b"<"), "{label}");
                    assert!(!label.contains("encoding") || text.ends_with("<a>é</a>".as_bytes()), "{label}");
                }
                Err(fault) => assert!(!good && fault.rule == Rule::XmlEncoding, "{label}"),
            }
        }
    }
}
