//! Card numbers in free text: what the text of a payment must not carry, and what is never stored in clear. A card number is
//! 13 to 19 digits, perhaps with single spaces or hyphens between, that begin as an issuer's do and end in the right check
//! digit, in an element that is free text: an account or a reference may look the same, and must stay as it is. What a message
//! says of a card in elements of their own is hidden whatever stands there.

mod lists;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use lists::{CONTAINERS, DIGITS, ELEMENTS, ISSUERS, MEMBERS, SECRETS, SHOWN, Secret};

/// A message with its card numbers masked; as it is when it has none.
pub(super) fn mask_message(bytes: &[u8]) -> Cow<'_, [u8]> {
    mask_encoded(bytes, mask_text)
}

/// A message with its security codes, tracks and data of chips blanked, which may not be kept even sealed; as it is when it has
/// none.
pub(super) fn blank_secrets(bytes: &[u8]) -> Cow<'_, [u8]> {
    mask_encoded(bytes, |text| {
        let mut masked = Masked::of(text);
        SECRETS.iter().filter(|secret| secret.shown == (0, 0)).for_each(|secret| masked.secrets(secret));
        masked.into_bytes()
    })
}

/// Masks a message in any encoding as one in an encoding like ASCII is.
fn mask_encoded(bytes: &[u8], mask_text: fn(&[u8]) -> Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if memchr::memchr(0, bytes).is_none() {
        return mask_text(bytes);
    }
    let low = low_bytes(bytes);
    let masked = match mask_text(&narrow(bytes, low)) {
        Cow::Borrowed(_) => Cow::Borrowed(bytes),
        Cow::Owned(masked) => Cow::Owned(widen(masked, bytes, low)),
    };
    // What only began as UTF-16 may go on as something else.
    let twice = match mask_text(&masked) {
        Cow::Borrowed(_) => None,
        Cow::Owned(twice) => Some(twice),
    };
    twice.map_or(masked, Cow::Owned)
}

/// Where each two bytes of a text with zeros in it have the lower one, when it is UTF-16.
fn low_bytes(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0xfe, 0xff, ..] => Some(1),
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(0),
        [0, low, ..] if *low != 0 => Some(1),
        [low, 0, next, ..] if *low != 0 && *next != 0 => Some(0),
        _ => None,
    }
}

/// The ASCII characters of a text with zeros in it: of UTF-16 each unit is one, or is none and stands as 0xff; of anything else
/// all bytes but the zeros.
fn narrow(bytes: &[u8], low: Option<usize>) -> Vec<u8> {
    let unit = |unit: &[u8], low: usize| if unit[1 - low] == 0 && unit[low].is_ascii() { unit[low] } else { 0xff };
    match low {
        Some(low) => bytes.chunks_exact(2).map(|two| unit(two, low)).collect(),
        None => {
            let mut text = Vec::with_capacity(bytes.len());
            text.extend(bytes.iter().filter(|byte| **byte != 0));
            text
        }
    }
}

/// The text with other characters where there are others now.
fn widen(narrow: Vec<u8>, bytes: &[u8], low: Option<usize>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let put = |(byte, by): (&mut u8, u8)| {
        if by.is_ascii() {
            *byte = by;
        }
    };
    match low {
        Some(low) => bytes.iter_mut().skip(low).step_by(2).zip(narrow).for_each(put),
        None => bytes.iter_mut().filter(|byte| **byte != 0).zip(narrow).for_each(put),
    }
    bytes
}

/// A JSON object with the card numbers of its members masked.
pub(super) fn mask_json(json: &str) -> Cow<'_, str> {
    let mut masked = Masked::of(json.as_bytes());
    if first_number(json.as_bytes(), 0..json.len()).is_some() {
        masked.members();
    }
    match masked.into_bytes() {
        // Only digits have become other ASCII characters.
        Cow::Owned(masked) => String::from_utf8(masked).map_or(Cow::Borrowed(json), Cow::Owned),
        Cow::Borrowed(_) => Cow::Borrowed(json),
    }
}

/// Masks the card numbers of XML in an encoding like ASCII. It need not be well-formed: where it can't be told what a text
/// belongs to, it is free.
fn mask_text(text: &[u8]) -> Cow<'_, [u8]> {
    let mut masked = Masked::of(text);
    if has_parts(text) || first_number(text, 0..text.len()).is_some() {
        masked.elements();
    }
    SECRETS.iter().for_each(|secret| masked.secrets(secret));
    masked.into_bytes()
}

/// Whether a number may stand there in parts: with references, sections or comments between.
fn has_parts(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"<?").unwrap_or(text);
    memchr::memchr3_iter(b'&', b'!', b'?', rest).any(|at| match rest[at] {
        b'&' => rest.get(at + 1) == Some(&b'#'),
        _ => at > 0 && rest[at - 1] == b'<',
    })
}

/// A text, and what it is when its card numbers are masked.
struct Masked<'t> {
    text: &'t [u8],
    bytes: Option<Vec<u8>>,
}

/// A piece of XML.
enum Piece {
    /// A tag from its `<` to its `>`.
    Tag,
    /// Characters, with references.
    Text,
    /// The characters of a CDATA section.
    Section(Range<usize>),
    /// A comment, an instruction or a declaration.
    Aside,
    /// A `<` that begins nothing, or all the rest behind one that begins what never ends.
    Stray,
}

/// What a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    /// An element that is no free text.
    Kept,
    /// An element that is, but may have elements that are not.
    Own,
    /// An element that is and has no others, or what is in one all the same.
    Free,
    /// Nothing: it stands behind the end of an element, where no message has text, so it is free.
    Nothing,
}

impl<'t> Masked<'t> {
    fn of(text: &'t [u8]) -> Self {
        Self { text, bytes: None }
    }

    fn into_bytes(self) -> Cow<'t, [u8]> {
        self.bytes.map_or(Cow::Borrowed(self.text), Cow::Owned)
    }

    /// Masks the card numbers in the free text of all elements, as it is without what stands between its characters.
    fn elements(&mut self) {
        let (mut at, mut start, mut around) = (0, 0, Around::Nothing);
        while at < self.text.len() {
            let (piece, end) = piece(self.text, at);
            match piece {
                Piece::Tag => {
                    self.characters(start..at, around != Around::Kept);
                    start = end;
                    around = around.behind(&self.text[at..end]);
                    if around == Around::Free {
                        self.numbers(at..end);
                    }
                }
                Piece::Aside => self.numbers(at..end),
                Piece::Stray => around = Around::Free,
                Piece::Text | Piece::Section(_) => {}
            }
            at = end;
        }
        self.characters(start..at, around != Around::Kept);
    }

    /// Masks the card numbers of a text between two tags. One with markup in it is no reference, wherever it stands.
    fn characters(&mut self, between: Range<usize>, free: bool) {
        let text = self.text;
        if memchr::memchr2(b'&', b'<', &text[between.clone()]).is_none() {
            if free {
                self.numbers(between);
            }
            return;
        }
        let mut masked = Vec::with_capacity(between.len());
        decode_all(text, between.clone(), false, |_, byte| masked.push(byte));
        if (free || masked.contains(&b'<')) && mask_digits(&mut masked) {
            let mut masked = masked.into_iter();
            decode_all(text, between, false, |at, byte| {
                if masked.next().is_some_and(|by| by != byte) {
                    self.hide(at, b'*');
                }
            });
        }
    }

    /// Masks the card numbers of a stretch.
    fn numbers(&mut self, stretch: Range<usize>) {
        let mut at = stretch.start;
        while let Some(number) = first_number(self.text, at..stretch.end) {
            at = number[number.len() - 1] + 1;
            number[hidden(number.len(), SHOWN)].iter().for_each(|digit| self.hide(*digit, b'*'));
        }
    }

    /// Masks the card numbers in the members of a JSON object that are free text.
    fn members(&mut self) {
        let text = self.text;
        let (mut at, mut string, mut free) = (0, 0..0, false);
        while let Some(open) = memchr::memchr(b'"', &text[at..]).map(|quote| at + quote + 1) {
            // What stood before a colon was a name: of one string, or of all in a list.
            if text[at..open].contains(&b':') {
                free = MEMBERS.iter().any(|member| member.as_bytes() == &text[string.clone()]);
            }
            string = open..end_of_string(text, open);
            if free {
                self.numbers(string.clone());
            }
            at = text.len().min(string.end + 1);
        }
    }

    /// Blanks what stands in an element, wherever it stands itself.
    fn secrets(&mut self, secret: &Secret) {
        let text = self.text;
        let mut tag = next_tag(text, 0, secret.element);
        while let Some(Range { end: start, .. }) = tag {
            tag = next_tag(text, start, secret.element);
            let inside = start..end_of_element(text, start, secret.element, tag.as_ref().map(|next| next.start));
            let mut count = 0;
            visible(text, inside.clone(), |_, _| count += 1);
            let (mut places, hidden) = (0..count, hidden(count, secret.shown));
            visible(text, inside, |at, byte| {
                if places.next().is_some_and(|place| hidden.contains(&place)) {
                    self.hide(at, if byte.is_ascii_digit() { secret.digit } else { b'*' });
                }
            });
        }
    }

    /// Puts another character in the place of one, which may be a reference: then it is one to that character, as long.
    fn hide(&mut self, at: usize, by: u8) {
        let reference = reference(self.text, at);
        let bytes = self.bytes.get_or_insert_with(|| self.text.to_vec());
        match reference {
            None if self.text[at] == b'&' => {}
            None => bytes[at] = by,
            // Every mask has two digits.
            Some(Reference { digits, .. }) if digits.len() < 2 => {}
            Some(Reference { digits, radix, .. }) => {
                let code = if radix == 16 { format!("{by:X}") } else { by.to_string() };
                let zeros = digits.len() - code.len();
                bytes[digits.clone()].fill(b'0');
                bytes[digits][zeros..].copy_from_slice(code.as_bytes());
            }
        }
    }
}

/// What of so many characters is not shown. Of few only the last ones are.
fn hidden(length: usize, (first, last): (usize, usize)) -> Range<usize> {
    let first = if length < DIGITS.start { 0 } else { first };
    first..length.saturating_sub(last).max(first)
}

/// Masks the card numbers of a text in its place; says whether there was one.
fn mask_digits(text: &mut [u8]) -> bool {
    let mut at = 0;
    while let Some(number) = first_number(text, at..text.len()) {
        at = number[number.len() - 1] + 1;
        number[hidden(number.len(), SHOWN)].iter().for_each(|digit| text[*digit] = b'*');
    }
    at > 0
}

/// The next tag that begins such an element; not one of an empty element.
fn next_tag(text: &[u8], mut at: usize, element: &str) -> Option<Range<usize>> {
    loop {
        let found = at + memchr::memmem::find(&text[at..], element.as_bytes())?;
        at = found + element.len();
        let prefix =
            text[..found].strip_suffix(b":").map(|before| before.rsplit(|byte| !is_name(*byte) || *byte == b':'));
        let name = prefix.and_then(|mut parts| parts.next()).map_or(found, |prefix| found - 1 - prefix.len());
        if !text[..name].ends_with(b"<") || text.get(at).is_some_and(|byte| is_name(*byte)) {
            continue;
        }
        match piece(text, name - 1) {
            (Piece::Tag, end) if text[..end].ends_with(b"/>") => at = end,
            (Piece::Tag, end) => return Some(name - 1..end),
            _ => return Some(name - 1..at + 1 + memchr::memchr(b'>', &text[at..])?),
        }
    }
}

/// Where an element ends that begins before `start`: at its end tag, or where the text is cut off. When it is not closed
/// before the element around it is, or before `next`, the next of its name, it ends at the first tag, or with the comment or
/// section in which it stands: what is in other elements is not its own.
fn end_of_element(text: &[u8], start: usize, element: &str, next: Option<usize>) -> usize {
    let text = &text[..next.unwrap_or(text.len())];
    let (mut at, mut depth, mut first, mut aside) = (start, 0, None, None);
    while at < text.len() {
        let (piece, end) = piece(text, at);
        match piece {
            Piece::Tag => {
                let first = *first.get_or_insert(at);
                match &text[at..end] {
                    tag if closed(tag) == Some(element.as_bytes()) => return at,
                    [b'<', b'/', ..] if depth == 0 => return first,
                    [b'<', b'/', ..] => depth -= 1,
                    tag => depth += usize::from(!tag.ends_with(b"/>")),
                }
            }
            Piece::Text => aside = aside.or_else(|| Some(at + end_of_aside(&text[at..end])?)),
            // It goes on behind the next of the name.
            Piece::Stray if next.is_some() && end == text.len() => aside = aside.or(Some(at)),
            _ => {}
        }
        first = first.or(aside);
        at = end;
    }
    let end = if next.is_some() { first } else { aside };
    end.unwrap_or(at)
}

/// Where a comment, a section or an instruction ends in which this text stands.
fn end_of_aside(text: &[u8]) -> Option<usize> {
    let ending = |at: usize| ["--", "]]", "?"].iter().find_map(|mark| text[..at].strip_suffix(mark.as_bytes()));
    memchr::memchr_iter(b'>', text).find_map(ending).map(<[u8]>::len)
}

/// The piece that begins here, and where it ends.
fn piece(text: &[u8], at: usize) -> (Piece, usize) {
    let rest = &text[at..];
    if rest[0] != b'<' {
        return (Piece::Text, memchr::memchr(b'<', rest).map_or(text.len(), |next| at + next));
    }
    let until = |start: usize, end: &str| {
        memchr::memmem::find(rest.get(start..)?, end.as_bytes()).map(|found| at + start + found + end.len())
    };
    let aside = |end: Option<usize>| end.map_or((Piece::Stray, text.len()), |end| (Piece::Aside, end));
    match rest {
        [b'<', b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => match until(9, "]]>") {
            Some(end) => (Piece::Section(at + 9..end - 3), end),
            None => (Piece::Stray, text.len()),
        },
        [b'<', b'!', b'-', b'-', ..] => aside(until(4, "-->")),
        [b'<', b'?', ..] => aside(until(2, "?>")),
        [b'<', b'!', ..] => aside(until(2, ">")),
        [b'<', first, ..] if is_name(*first) || *first == b'/' => match length_of_tag(rest) {
            Some(length) => (Piece::Tag, at + length),
            None => (Piece::Stray, at + 1),
        },
        _ => (Piece::Stray, at + 1),
    }
}

/// How long the tag is that begins here. The value of an attribute may have a `>` in it.
fn length_of_tag(text: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match (quote, *byte) {
            (_, b'<') => return None,
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The local name that begins here.
fn local_name(text: &[u8]) -> &[u8] {
    let name = text.split(|byte| !is_name(*byte)).next().unwrap_or_default();
    name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

/// The local name of the element that a tag ends.
fn closed(tag: &[u8]) -> Option<&[u8]> {
    tag.strip_prefix(b"</").map(local_name)
}

/// Whether a byte may stand in a tag's name.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.') || !byte.is_ascii()
}

impl Around {
    /// What stands around the text behind a tag.
    fn behind(self, tag: &[u8]) -> Self {
        let name = local_name(&tag[1..]);
        let is_on = |list: &[&str]| list.iter().any(|element| element.as_bytes() == name);
        match self {
            _ if name.is_empty() || tag.ends_with(b"/>") => Self::Nothing,
            _ if is_on(CONTAINERS) => Self::Own,
            _ if is_on(ELEMENTS) => Self::Free,
            Self::Free => Self::Free,
            Self::Kept | Self::Own | Self::Nothing => Self::Kept,
        }
    }
}

/// A reference to a character by its number: the character if it is ASCII, else 0xff, and where the number stands.
struct Reference {
    byte: u8,
    digits: Range<usize>,
    radix: u32,
}

/// The reference that begins here.
fn reference(text: &[u8], at: usize) -> Option<Reference> {
    let (radix, start) = match text[at..] {
        [b'&', b'#', b'x', ..] => (16, at + 3),
        [b'&', b'#', ..] => (10, at + 2),
        _ => return None,
    };
    let end = start + text[start..].iter().position(|byte| !char::from(*byte).is_digit(radix))?;
    let code = std::str::from_utf8(&text[start..end]).ok()?;
    let byte = u8::from_str_radix(code, radix).ok().filter(u8::is_ascii).unwrap_or(0xff);
    (text[end] == b';').then_some(Reference { byte, digits: start..end, radix })
}

/// What XML gives a name.
const NAMED: &[(&str, u8)] = &[("&amp;", b'&'), ("&apos;", b'\''), ("&gt;", b'>'), ("&lt;", b'<'), ("&quot;", b'"')];

/// Gives the characters of a stretch with their places: bytes as they are, and what is referred to, where references are.
fn decode(text: &[u8], stretch: Range<usize>, referring: bool, mut give: impl FnMut(usize, u8)) {
    let (text, mut at) = (&text[..stretch.end], stretch.start);
    while at < text.len() {
        let named = || NAMED.iter().find(|(name, _)| text[at..].starts_with(name.as_bytes()));
        let (byte, length) = match text[at] {
            b'&' if referring => match reference(text, at) {
                Some(reference) => (reference.byte, reference.digits.end + 1 - at),
                None => named().map_or((b'&', 1), |(name, byte)| (*byte, name.len())),
            },
            byte => (byte, 1),
        };
        give(at, byte);
        at += length;
    }
}

/// Gives the characters of pieces with their places, as they are without what stands between; where asides are given, too,
/// the digits of what stands between.
fn decode_all(text: &[u8], pieces: Range<usize>, asides: bool, mut give: impl FnMut(usize, u8)) {
    let (text, mut at) = (&text[..pieces.end], pieces.start);
    while at < text.len() {
        let (piece, end) = piece(text, at);
        match piece {
            Piece::Text | Piece::Stray => decode(text, at..end, true, &mut give),
            Piece::Section(section) => decode(text, section, false, &mut give),
            Piece::Aside if asides => {
                (at..end).filter(|at| text[*at].is_ascii_digit()).for_each(|at| give(at, text[at]));
            }
            Piece::Aside | Piece::Tag => {}
        }
        at = end;
    }
}

/// Gives the characters of what stands in an element that can be seen, with their places.
fn visible(text: &[u8], inside: Range<usize>, mut give: impl FnMut(usize, u8)) {
    decode_all(text, inside, true, |at, byte| {
        if byte.is_ascii() && !byte.is_ascii_whitespace() {
            give(at, byte);
        }
    });
}

/// The first card number of a stretch: the places of its digits. A number begins and ends where a group of digits does.
fn first_number(text: &[u8], stretch: Range<usize>) -> Option<Vec<usize>> {
    let (text, mut at) = (&text[..stretch.end], stretch.start);
    // A number is at least so long: one byte of each stretch of that length tells where none is.
    while let Some(probe) = (at + DIGITS.start - 1..text.len()).step_by(DIGITS.start).find(|i| may_be(text[*i])) {
        at = text[at..probe].iter().rposition(|byte| !may_be(*byte)).map_or(at, |before| at + before + 1);
        while at < text.len() && may_be(text[at]) {
            let begins = text[at].is_ascii_digit() && (at == stretch.start || !text[at - 1].is_ascii_digit());
            if let Some(number) = begins.then(|| number(text, at)).flatten() {
                return Some(number);
            }
            at += 1;
        }
    }
    None
}

/// Whether a byte may stand in a card number.
fn may_be(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b' ' || byte == b'-'
}

/// The longest card number that begins here: the one of which most is hidden.
fn number(text: &[u8], start: usize) -> Option<Vec<usize>> {
    let (mut digits, mut longest) = (Vec::with_capacity(DIGITS.end), None);
    for (at, byte) in text.iter().enumerate().skip(start) {
        match byte {
            b'0'..=b'9' => digits.push(at),
            b' ' | b'-' if text[at - 1].is_ascii_digit() => continue,
            _ => break,
        }
        if digits.len() >= DIGITS.end {
            break;
        }
        let ends = text.get(at + 1).is_none_or(|next| !next.is_ascii_digit());
        if ends && digits.len() >= DIGITS.start && is_card(text, &digits) {
            longest = Some(digits.clone());
        }
    }
    longest
}

fn is_card(text: &[u8], digits: &[usize]) -> bool {
    let value = |at: &usize| u32::from(text[*at] - b'0');
    let begins = |first: &u32| {
        let length = first.ilog10() as usize + 1;
        digits[..length].iter().fold(0, |number, at| number * 10 + value(at))
    };
    let issued = ISSUERS
        .iter()
        .any(|(first, last, lengths)| lengths.contains(&digits.len()) && (*first..=*last).contains(&begins(first)));
    let sum = || -> u32 { digits.iter().rev().enumerate().map(|(i, at)| doubled(value(at), i % 2 == 1)).sum() };
    issued && sum().is_multiple_of(10)
}

/// A digit as Luhn's sum takes it.
fn doubled(digit: u32, every_second: bool) -> u32 {
    match (every_second, digit) {
        (false, digit) => digit,
        (true, digit @ 0..=4) => 2 * digit,
        (true, digit) => 2 * digit - 9,
    }
}

/// Where the string of JSON ends that begins here: at its quotation mark, or where the text is cut off.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}
