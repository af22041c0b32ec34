//! One token of markup, read without hurry: for everything that the walk's fast path does not expect. Each function takes
//! the window's bytes and the offset of the token, and returns where it ends.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::fault::{Fault, Stop};
use super::limits::Limits;
use super::name::{is_char, is_name_char, is_name_start, is_white};
use crate::finding::Rule;

/// What a `<` begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// `<name`
    Start,
    /// `</name`
    End,
    /// `<!--`
    Comment,
    /// `<?`
    Instruction,
    /// `<![CDATA[`
    CharacterData,
}

/// A start tag. The attributes are in the list that was passed along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTag {
    /// The qualified name.
    pub name: Range<usize>,
    /// Whether it ends with `/>`.
    pub empty: bool,
    /// Behind its `>`.
    pub end: usize,
}

impl StartTag {
    /// The same tag in a window that has moved by so many bytes.
    #[must_use]
    pub fn moved(self, by: usize) -> Self {
        Self { name: self.name.start - by..self.name.end - by, end: self.end - by, ..self }
    }
}

/// An attribute as it stands in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAttribute {
    /// The qualified name.
    pub name: Range<usize>,
    /// The value between its quotes, undecoded.
    pub value: Range<usize>,
}

/// What the `<` at an offset begins.
///
/// # Errors
/// A DOCTYPE, or no markup.
pub fn markup(bytes: &[u8], at: usize) -> Result<Markup, Stop> {
    let rest = &bytes[at + 1..];
    let begins = |with: &[u8]| -> Result<bool, Stop> {
        match rest.len() >= with.len() {
            true => Ok(rest.starts_with(with)),
            false if with.starts_with(rest) => Err(Stop::Incomplete),
            false => Ok(false),
        }
    };
    match rest.first() {
        None => Err(Stop::Incomplete),
        Some(b'/') => Ok(Markup::End),
        Some(b'?') => Ok(Markup::Instruction),
        Some(b'!') if begins(b"!--")? => Ok(Markup::Comment),
        Some(b'!') if begins(b"![CDATA[")? => Ok(Markup::CharacterData),
        Some(b'!') if begins(b"!DOCTYPE")? => {
            let text = "A DOCTYPE is refused: no ISO 20022 message needs one, and entities can be abused.";
            Err(Fault::new(Rule::XmlDoctype, at, text).found("<!DOCTYPE").into())
        }
        Some(_) => Ok(Markup::Start),
    }
}

/// The text of a range.
///
/// # Errors
/// Bytes that are not UTF-8, or a character that XML does not allow.
pub fn text(bytes: &[u8], range: Range<usize>) -> Result<&str, Stop> {
    let plain = bytes[range.clone()].iter().fold(true, |plain, b| plain & (0x20..0x7F).contains(b));
    match std::str::from_utf8(&bytes[range.clone()]) {
        Ok(text) if plain => Ok(text),
        _ => special_text(bytes, range),
    }
}

/// Text with anything but plain ASCII in it.
#[cold]
fn special_text(bytes: &[u8], range: Range<usize>) -> Result<&str, Stop> {
    let text = std::str::from_utf8(&bytes[range.clone()]).map_err(|error| {
        let at = range.start + error.valid_up_to();
        Fault::new(Rule::XmlEncoding, at, "These bytes are not UTF-8.").found(format!("0x{:02X}", bytes[at]))
    })?;
    match text.char_indices().find(|(_, c)| !is_char(*c)) {
        None => Ok(text),
        Some((at, c)) => {
            let text = "This character is not allowed in XML.";
            Err(Fault::new(Rule::XmlNotWellFormed, range.start + at, text)
                .found(format!("U+{:04X}", u32::from(c)))
                .into())
        }
    }
}

/// Behind the comment at an offset.
///
/// # Errors
/// `--` inside of it, or characters that XML does not allow.
pub fn comment(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let from = at + 4;
    let dashes = from + memchr::memmem::find(&bytes[from..], b"--").ok_or(Stop::Incomplete)?;
    text(bytes, from..dashes)?;
    match bytes.get(dashes + 2) {
        Some(b'>') => Ok(dashes + 3),
        Some(_) => Err(Stop::malformed(dashes, "A comment may not hold two dashes in a row.")),
        None => Err(Stop::Incomplete),
    }
}

/// Behind the processing instruction at an offset.
///
/// # Errors
/// A target that is no name or is reserved.
pub fn instruction(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let from = at + 2;
    let end = from + memchr::memmem::find(&bytes[from..], b"?>").ok_or(Stop::Incomplete)?;
    let target = name(bytes, from, end)?;
    text(bytes, from..end)?;
    if bytes[target.clone()].eq_ignore_ascii_case(b"xml") {
        return Err(Stop::malformed(at, "An XML declaration may stand only at the very beginning."));
    }
    if target.end < end && !is_white(bytes[target.end]) {
        return Err(Stop::malformed(target.end, "The target of a processing instruction is not a name."));
    }
    Ok(end + 2)
}

/// The content of the CDATA section at an offset, and where the section ends.
///
/// # Errors
/// Characters that XML does not allow.
pub fn character_data(bytes: &[u8], at: usize) -> Result<(Range<usize>, usize), Stop> {
    let from = at + 9;
    let end = from + memchr::memmem::find(&bytes[from..], b"]]>").ok_or(Stop::Incomplete)?;
    text(bytes, from..end)?;
    Ok((from..end, end + 3))
}

/// What a byte may be in a name: nothing, its start, a later character, or part of a character beyond ASCII.
const NAME_BYTES: [NameByte; 256] = {
    let mut table = [NameByte::No; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' => NameByte::Start,
            b'0'..=b'9' | b'.' | b'-' => NameByte::Later,
            0x80.. => NameByte::Beyond,
            _ => NameByte::No,
        };
        byte += 1;
    }
    table
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum NameByte {
    No,
    Start,
    Later,
    Beyond,
}

/// The qualified name at an offset, which ends before `limit`.
fn name(bytes: &[u8], from: usize, limit: usize) -> Result<Range<usize>, Stop> {
    let kind = |b: &u8| NAME_BYTES[*b as usize];
    let len = bytes[from..limit].iter().position(|b| matches!(kind(b), NameByte::No | NameByte::Beyond));
    let end = len.map_or(limit, |len| from + len);
    let starts_well = bytes[from..end].first().is_some_and(|b| kind(b) == NameByte::Start);
    let is_plain = bytes.get(end).is_none_or(|b| kind(b) == NameByte::No) || end == limit;
    if starts_well && is_plain {
        return Ok(from..end);
    }
    name_beyond_ascii(bytes, from, limit)
}

/// A name with characters beyond ASCII, or no name.
#[cold]
fn name_beyond_ascii(bytes: &[u8], from: usize, limit: usize) -> Result<Range<usize>, Stop> {
    let ends = |b: &u8| NAME_BYTES[*b as usize] == NameByte::No;
    let end = bytes[from..limit].iter().position(ends).map_or(limit, |len| from + len);
    let (known, broken) = match std::str::from_utf8(&bytes[from..end]) {
        Ok(known) => (known, None),
        Err(error) => {
            let known = &bytes[from..from + error.valid_up_to()];
            (std::str::from_utf8(known).unwrap_or_default(), Some(error))
        }
    };
    let first = known.chars().next().is_none_or(|c| is_name_start(c) || c == ':');
    let wrong = match first {
        true => known.char_indices().find(|(_, c)| !is_name_char(*c) && *c != ':').map(|(at, _)| at),
        false => Some(0),
    };
    match (wrong, broken) {
        (Some(at), _) => {
            // What is no character at all is told as that.
            let len = known[at..].chars().next().map_or(0, char::len_utf8);
            text(bytes, from + at..from + at + len)?;
            Err(Stop::malformed(from + at, "A name was expected here."))
        }
        // The limit lies inside of a character: more bytes will tell, or the name is too long.
        (None, Some(error)) if end == limit && error.error_len().is_none() => Ok(from..end),
        (None, Some(_)) => text(bytes, from..end).map(|_| from..end),
        (None, None) if known.is_empty() => Err(Stop::malformed(from, "A name was expected here.")),
        (None, None) => Ok(from..end),
    }
}

/// The prefix that an attribute of this name declares, empty for the default namespace; `None` for any other attribute.
pub fn declared_prefix(name: &[u8]) -> Option<&str> {
    match name {
        b"xmlns" => Some(""),
        name => std::str::from_utf8(name.strip_prefix(b"xmlns:")?).ok(),
    }
}

fn skip_white(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|b| !is_white(*b)).map_or(bytes.len(), |len| from + len)
}

/// Up to so many attributes each is compared with those before it. Where there are more, a set of their names knows.
const FEW_ATTRIBUTES: usize = 64;

/// The start tag at an offset; `attributes` is filled anew.
///
/// # Errors
/// A malformed tag, an attribute twice, or one of the limits.
pub fn start_tag(
    bytes: &[u8],
    at: usize,
    limits: &Limits,
    attributes: &mut Vec<RawAttribute>,
) -> Result<StartTag, Stop> {
    attributes.clear();
    let tag_name = limited_name(bytes, at + 1, limits)?;
    let mut here = tag_name.end;
    let mut known: Option<HashSet<&[u8]>> = None;
    loop {
        let next = skip_white(bytes, here);
        match bytes.get(next) {
            None => return Err(Stop::Incomplete),
            Some(b'>') => return Ok(StartTag { name: tag_name, empty: false, end: next + 1 }),
            Some(b'/') => {
                return match bytes.get(next + 1) {
                    Some(b'>') => Ok(StartTag { name: tag_name, empty: true, end: next + 2 }),
                    Some(_) => Err(Stop::malformed(next, "`/` must be followed by `>`.")),
                    None => Err(Stop::Incomplete),
                };
            }
            Some(_) if next == here => return Err(Stop::malformed(next, "White space or `>` was expected here.")),
            Some(_) => {}
        }
        let attribute = attribute(bytes, next, limits)?;
        let name = &bytes[attribute.name.clone()];
        let names = || attributes.iter().map(|other| &bytes[other.name.clone()]);
        let twice = match attributes.len() {
            0..FEW_ATTRIBUTES => names().any(|other| other == name),
            _ => !known.get_or_insert_with(|| names().collect()).insert(name),
        };
        if twice {
            return Err(Stop::malformed(next, "An attribute stands twice in this tag."));
        }
        if attributes.len() == limits.attributes {
            let text = format!("An element has more than {} attributes (limits.attributes).", limits.attributes);
            return Err(Fault::new(Rule::XmlLimit, next, text).into());
        }
        here = attribute.value.end + 1;
        attributes.push(attribute);
    }
}

fn limited_name(bytes: &[u8], from: usize, limits: &Limits) -> Result<Range<usize>, Stop> {
    if from >= bytes.len() {
        return Err(Stop::Incomplete);
    }
    let limit = bytes.len().min(from.saturating_add(limits.name).saturating_add(1));
    let name = name(bytes, from, limit)?;
    match name.end == limit {
        true if name.len() > limits.name => {
            let text = format!("A name is longer than {} bytes (limits.name).", limits.name);
            Err(Fault::new(Rule::XmlLimit, from, text).into())
        }
        true => Err(Stop::Incomplete),
        false => Ok(name),
    }
}

fn attribute(bytes: &[u8], at: usize, limits: &Limits) -> Result<RawAttribute, Stop> {
    let name = limited_name(bytes, at, limits)?;
    let equals = skip_white(bytes, name.end);
    let quote = match bytes.get(equals) {
        None => return Err(Stop::Incomplete),
        Some(b'=') => skip_white(bytes, equals + 1),
        Some(_) => return Err(Stop::malformed(equals, "`=` was expected behind the attribute's name.")),
    };
    let mark = match bytes.get(quote) {
        None => return Err(Stop::Incomplete),
        Some(mark @ (b'"' | b'\'')) => *mark,
        Some(_) => return Err(Stop::malformed(quote, "The attribute's value must stand in quotes.")),
    };
    let from = quote + 1;
    let len = memchr::memchr(mark, &bytes[from..]).ok_or(Stop::Incomplete)?;
    if len > limits.text {
        return Err(limits.too_long(from).into());
    }
    let value = from..from + len;
    text(bytes, value.clone())?;
    if let Some(angle) = memchr::memchr(b'<', &bytes[value.clone()]) {
        return Err(Stop::malformed(from + angle, "`<` may not stand in an attribute's value."));
    }
    Ok(RawAttribute { name, value })
}

/// The name of the end tag at an offset, and where the tag ends.
///
/// # Errors
/// A malformed tag.
pub fn end_tag(bytes: &[u8], at: usize, limits: &Limits) -> Result<(Range<usize>, usize), Stop> {
    let name = limited_name(bytes, at + 2, limits)?;
    let end = skip_white(bytes, name.end);
    match bytes.get(end) {
        None => Err(Stop::Incomplete),
        Some(b'>') => Ok((name, end + 1)),
        Some(_) => Err(Stop::malformed(end, "`>` was expected here.")),
    }
}

/// The character that the reference at an offset (of its `&`) stands for, and where the reference ends.
///
/// # Errors
/// An entity that is not predefined, or a character that XML does not allow.
pub fn reference(bytes: &[u8], at: usize) -> Result<(char, usize), Stop> {
    // A number may have any count of leading zeros.
    let zeros = match &bytes[at + 1..] {
        [b'#', b'x', digits @ ..] | [b'#', digits @ ..] => digits.iter().take_while(|b| **b == b'0').count(),
        _ => 0,
    };
    let window = &bytes[at + 1..bytes.len().min(at + 40 + zeros)];
    let Some(len) = window.iter().position(|b| *b == b';') else {
        return match window.len() < 39 + zeros && window.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'#') {
            true => Err(Stop::Incomplete),
            false => {
                Err(Stop::malformed(at, "`&` must be written as `&amp;`, or begin a reference that ends with `;`."))
            }
        };
    };
    let name = &window[..len];
    let c = match name {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => name.strip_prefix(b"#").and_then(|digits| {
            let (digits, radix) = digits.strip_prefix(b"x").map_or((digits, 10), |hex| (hex, 16));
            let digits = std::str::from_utf8(digits).ok().filter(|d| !d.is_empty() && !d.starts_with('+'))?;
            char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|c| is_char(*c))
        }),
    };
    match c {
        Some(c) => Ok((c, at + 1 + len + 1)),
        None => {
            let text =
                "Only &amp; &lt; &gt; &quot; &apos; and references to allowed characters may stand in a message.";
            let found = format!("&{};", String::from_utf8_lossy(name));
            Err(Fault::new(Rule::XmlNotWellFormed, at, text).found(found).into())
        }
    }
}

/// Appends character data as XML means it: references replaced, line ends as `\n`.
///
/// # Errors
/// What [`reference()`] and [`text`] refuse, and `]]>`.
pub fn decode_text(bytes: &[u8], range: Range<usize>, into: &mut Vec<u8>) -> Result<(), Stop> {
    text(bytes, range.clone())?;
    if let Some(at) = memchr::memmem::find(&bytes[range.clone()], b"]]>") {
        return Err(Stop::malformed(range.start + at, "`]]>` may not stand in text."));
    }
    let mut here = range.start;
    while here < range.end {
        match bytes[here] {
            b'&' => {
                let (c, end) = reference(&bytes[..range.end], here).map_err(|stop| match stop {
                    Stop::Incomplete => Stop::malformed(here, "`&` must be written as `&amp;`."),
                    bad => bad,
                })?;
                into.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                here = end;
            }
            b'\r' => {
                into.push(b'\n');
                here += 1 + usize::from(bytes[..range.end].get(here + 1) == Some(&b'\n'));
            }
            byte => {
                into.push(byte);
                here += 1;
            }
        }
    }
    Ok(())
}

/// The value of an attribute as XML means it: references replaced, white space as blanks.
///
/// # Errors
/// What [`reference()`] refuses.
pub fn attribute_value(bytes: &[u8], range: Range<usize>) -> Result<Cow<'_, str>, Stop> {
    let raw = text(bytes, range.clone())?;
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut here = range.start;
    while here < range.end {
        let rest = &raw[here - range.start..];
        let next = rest.find(['&', '\t', '\n', '\r']).unwrap_or(rest.len());
        value.push_str(&rest[..next]);
        here += next;
        match rest.as_bytes().get(next) {
            None => {}
            Some(b'&') => {
                let (c, end) = reference(&bytes[..range.end], here).map_err(|stop| match stop {
                    Stop::Incomplete => Stop::malformed(here, "`&` must be written as `&amp;`."),
                    bad => bad,
                })?;
                value.push(c);
                here = end;
            }
            Some(b'\r') if rest.as_bytes().get(next + 1) == Some(&b'\n') => {
                value.push(' ');
                here += 2;
            }
            Some(_) => {
                value.push(' ');
                here += 1;
            }
        }
    }
    Ok(Cow::Owned(value))
}

/// Behind the XML declaration, when one stands at an offset; else the offset.
///
/// # Errors
/// A malformed declaration (production 23).
pub fn declaration(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let rest = &bytes[at..];
    if let Some(len) = super::encoding::usual(rest) {
        return Ok(at + len);
    }
    if !rest.starts_with(b"<?xml") || !rest.get(5).is_some_and(|b| is_white(*b)) {
        return Ok(at);
    }
    let end = at + memchr::memmem::find(rest, b"?>").ok_or(Stop::Incomplete)?;
    let malformed = |here: usize| {
        let text = "The XML declaration is malformed: version, then encoding, then standalone.";
        Err(Stop::malformed(here, text))
    };
    let mut here = at + 5;
    let mut next = 0;
    loop {
        let from = skip_white(&bytes[..end], here);
        if from == end {
            break;
        }
        let Ok(pseudo) = attribute(&bytes[..end], from, &Limits::default()) else { return malformed(from) };
        let value = &bytes[pseudo.value.clone()];
        let order = match &bytes[pseudo.name.clone()] {
            b"version" if value.starts_with(b"1.") && value.len() > 2 && value[2..].iter().all(u8::is_ascii_digit) => 1,
            b"encoding" if value.first().is_some_and(u8::is_ascii_alphabetic) => 2,
            b"standalone" if matches!(value, b"yes" | b"no") => 3,
            _ => return malformed(from),
        };
        if order <= next || next == 0 && order != 1 || from == here {
            return malformed(from);
        }
        next = order;
        here = pseudo.value.end + 1;
    }
    if next == 0 { malformed(at) } else { Ok(end + 2) }
}
