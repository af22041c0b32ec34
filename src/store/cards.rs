//! Card numbers in free text: what the text of a payment must not carry, and what is never stored in clear. A card number is
//! 13 to 19 digits, perhaps with single spaces or hyphens between, that begin as an issuer's do and end in the right check
//! digit, in an element that is free text: an account or a reference may look the same, and must stay as it is. What a message
//! says of a card in elements of their own is hidden whatever stands there.

mod lists;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use lists::{DIGITS, ELEMENTS, ISSUERS, MEMBERS, SECRETS, SHOWN, Secret};

/// A message with its card numbers masked; as it is when it has none.
pub(super) fn mask_message(bytes: &[u8]) -> Cow<'_, [u8]> {
    mask_encoded(bytes, mask_text)
}

/// A message with its security codes and tracks blanked, which may not be kept even sealed; as it is when it has none.
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
    let (places, text) = narrow(bytes);
    let masked = match mask_text(&text) {
        Cow::Borrowed(_) => Cow::Borrowed(bytes),
        Cow::Owned(masked) => {
            let mut bytes = bytes.to_vec();
            places.into_iter().zip(masked).filter(|(_, byte)| byte.is_ascii()).for_each(|(at, byte)| bytes[at] = byte);
            Cow::Owned(bytes)
        }
    };
    // What only began as UTF-16 may go on as something else.
    let twice = match mask_text(&masked) {
        Cow::Borrowed(_) => None,
        Cow::Owned(twice) => Some(twice),
    };
    twice.map_or(masked, Cow::Owned)
}

/// The ASCII characters of a text with zeros in it, and where they stand: of UTF-16 each unit is one, or is none and stands as
/// 0xff; of anything else all bytes but the zeros.
fn narrow(bytes: &[u8]) -> (Vec<usize>, Vec<u8>) {
    let low = match bytes {
        [0xfe, 0xff, ..] => Some(1),
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(0),
        [0, low, ..] if *low != 0 => Some(1),
        [low, 0, next, ..] if *low != 0 && *next != 0 => Some(0),
        _ => None,
    };
    match low {
        Some(low) => {
            let unit = |unit: &[u8]| if unit[1 - low] == 0 && unit[low].is_ascii() { unit[low] } else { 0xff };
            (0..bytes.len() / 2).map(|index| (2 * index + low, unit(&bytes[2 * index..2 * index + 2]))).unzip()
        }
        None => bytes.iter().copied().enumerate().filter(|(_, byte)| *byte != 0).unzip(),
    }
}

/// A JSON object with the card numbers of its members masked.
pub(super) fn mask_json(json: &str) -> Cow<'_, str> {
    let mut masked = Masked::of(json.as_bytes());
    masked.numbers(0..json.len(), free_member);
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
    if has_parts(text) || each_number(text, 0..text.len(), |_| true) {
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
    /// An element that is, or what is in one.
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
        let (mut at, mut around, mut pieces) = (0, Around::Nothing, Vec::new());
        while at < self.text.len() {
            let (piece, end) = piece(self.text, at);
            match piece {
                Piece::Tag => {
                    self.characters(&pieces, around != Around::Kept);
                    pieces.clear();
                    around = around.behind(&self.text[at..end]);
                    if around == Around::Free {
                        self.numbers(at..end, |_, _| true);
                    }
                }
                Piece::Text => pieces.push((at..end, true)),
                Piece::Section(section) => pieces.push((section, false)),
                Piece::Aside => self.numbers(at..end, |_, _| true),
                Piece::Stray => {
                    around = Around::Free;
                    pieces.push((at..end, true));
                }
            }
            at = end;
        }
        self.characters(&pieces, around != Around::Kept);
    }

    /// Masks the card numbers of an element's text. One with markup in it is no reference, wherever it stands.
    fn characters(&mut self, pieces: &[(Range<usize>, bool)], free: bool) {
        if let [(text, _)] = pieces
            && memchr::memchr2(b'&', b'<', &self.text[text.clone()]).is_none()
        {
            if free {
                self.numbers(text.clone(), |_, _| true);
            }
            return;
        }
        let (mut places, mut decoded) = (Vec::new(), Vec::new());
        for (range, referring) in pieces {
            decode(self.text, range.clone(), *referring, |at, byte| {
                places.push(at);
                decoded.push(byte);
            });
        }
        if free || decoded.contains(&b'<') {
            each_number(&decoded, 0..decoded.len(), |number| {
                hidden(number, SHOWN).iter().for_each(|digit| self.hide(places[*digit], b'*'));
                false
            });
        }
    }

    /// Masks the card numbers of a stretch that stand where free text is.
    fn numbers(&mut self, stretch: Range<usize>, is_free: fn(&[u8], usize) -> bool) {
        let text = self.text;
        each_number(text, stretch, |number| {
            if is_free(text, number[0]) {
                hidden(number, SHOWN).iter().for_each(|digit| self.hide(*digit, b'*'));
            }
            false
        });
    }

    /// Blanks what stands in an element, wherever it stands itself.
    fn secrets(&mut self, secret: &Secret) {
        let text = self.text;
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&text[at..], secret.element.as_bytes()).map(|found| at + found) {
            at = found + secret.element.len();
            let prefix =
                text[..found].strip_suffix(b":").map(|before| before.rsplit(|byte| !is_name(*byte) || *byte == b':'));
            let open = prefix.and_then(|mut parts| parts.next()).map_or(found, |prefix| found - 1 - prefix.len());
            if !text[..open].ends_with(b"<") || text.get(at).is_some_and(|byte| is_name(*byte)) {
                continue;
            }
            let Some(start) = memchr::memchr(b'>', &text[at..]) else { return };
            at += start + 1;
            let mut places = Vec::new();
            let mut add = |at: usize, byte: u8| {
                let blanked = byte.is_ascii() && !byte.is_ascii_whitespace();
                places.extend(blanked.then_some((at, byte)));
            };
            while at < text.len() {
                let (piece, end) = piece(text, at);
                match piece {
                    Piece::Tag => break,
                    Piece::Text | Piece::Stray => decode(text, at..end, true, &mut add),
                    Piece::Section(section) => decode(text, section, false, &mut add),
                    // Its delimiters are no letters or digits.
                    Piece::Aside => (at..end).filter(|at| text[*at].is_ascii_digit()).for_each(|at| add(at, text[at])),
                }
                at = end;
            }
            for (at, byte) in hidden(&places, secret.shown) {
                self.hide(*at, if byte.is_ascii_digit() { secret.digit } else { b'*' });
            }
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
                let width = digits.len();
                bytes[digits].copy_from_slice(format!("{code:0>width$}").as_bytes());
            }
        }
    }
}

/// What of a number is not shown. A short one shows its last digits only.
fn hidden<T>(number: &[T], (first, last): (usize, usize)) -> &[T] {
    let first = if number.len() < DIGITS.start { 0 } else { first };
    &number[first..number.len().saturating_sub(last).max(first)]
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
        [b'<', first, ..] if is_name(*first) || *first == b'/' => match memchr::memchr2(b'<', b'>', &rest[1..]) {
            Some(end) if rest[end + 1] == b'>' => (Piece::Tag, at + end + 2),
            _ => (Piece::Stray, at + 1),
        },
        _ => (Piece::Stray, at + 1),
    }
}

/// Whether a byte may stand in a tag's name.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.') || !byte.is_ascii()
}

impl Around {
    /// What stands around the text behind a tag.
    fn behind(self, tag: &[u8]) -> Self {
        let name = tag[1..].split(|byte| !is_name(*byte)).next().unwrap_or_default();
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        match self {
            _ if ELEMENTS.iter().any(|element| element.as_bytes() == local) => Self::Free,
            _ if local.is_empty() || tag.ends_with(b"/>") => Self::Nothing,
            Self::Free => Self::Free,
            Self::Kept | Self::Nothing => Self::Kept,
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

/// Gives each card number of a stretch, by the places of its digits, until one is answered with true; says whether one was.
fn each_number(text: &[u8], stretch: Range<usize>, mut found: impl FnMut(&[usize]) -> bool) -> bool {
    let mut at = stretch.start;
    let text = &text[..stretch.end];
    // A number is at least so long: one byte of each stretch of that length tells where none is.
    while let Some(probe) = (at..text.len()).step_by(DIGITS.start).skip(1).map(|end| end - 1).find(|i| may_be(text[*i]))
    {
        let start = text[at..probe].iter().rposition(|byte| !may_be(*byte)).map_or(at, |before| at + before + 1);
        let end = text[probe..].iter().position(|byte| !may_be(*byte)).map_or(text.len(), |after| probe + after);
        if numbers(text, start..end).iter().any(|number| found(number)) {
            return true;
        }
        at = end;
    }
    false
}

/// Whether a byte may stand in a card number.
fn may_be(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b' ' || byte == b'-'
}

/// The card numbers in a stretch of digits, spaces and hyphens: the places of their digits. A number begins and ends where a
/// group of digits does.
fn numbers(text: &[u8], stretch: Range<usize>) -> Vec<Vec<usize>> {
    let (mut found, mut at) = (Vec::new(), stretch.start);
    while at < stretch.end {
        let begins = text[at].is_ascii_digit() && (at == stretch.start || !text[at - 1].is_ascii_digit());
        match begins.then(|| number(text, at, stretch.end)).flatten() {
            Some(number) => {
                at = number[number.len() - 1] + 1;
                found.push(number);
            }
            None => at += 1,
        }
    }
    found
}

/// The longest card number that begins here: the one of which most is hidden.
fn number(text: &[u8], start: usize, end: usize) -> Option<Vec<usize>> {
    let (mut digits, mut longest) = (Vec::with_capacity(DIGITS.end), None);
    for at in start..end {
        match text[at].is_ascii_digit() {
            true => digits.push(at),
            false if !text[at - 1].is_ascii_digit() => break,
            false => continue,
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
    let sum: u32 = digits.iter().rev().enumerate().map(|(index, at)| doubled(value(at), index % 2 == 1)).sum();
    issued && sum.is_multiple_of(10)
}

/// A digit as Luhn's sum takes it.
fn doubled(digit: u32, every_second: bool) -> u32 {
    match (every_second, digit) {
        (false, digit) => digit,
        (true, digit @ 0..=4) => 2 * digit,
        (true, digit) => 2 * digit - 9,
    }
}

/// Whether this place of a JSON object is in a member that is free text.
fn free_member(text: &[u8], at: usize) -> bool {
    let (mut name, mut string): (&[u8], &[u8]) = (&[], &[]);
    let mut rest = 0;
    while let Some(open) = memchr::memchr(b'"', &text[rest..]).map(|quote| rest + quote + 1) {
        let mut close = open;
        while close < text.len() && text[close] != b'"' {
            close += if text[close] == b'\\' { 2 } else { 1 };
        }
        if text[rest..open].contains(&b':') {
            name = string;
        }
        if at < close {
            break;
        }
        string = &text[open..close.min(text.len())];
        rest = close.saturating_add(1).min(text.len());
    }
    MEMBERS.iter().any(|member| member.as_bytes() == name)
}
