//! Card numbers in free text: what the text of a payment must not carry, and what is never stored in clear. A card number is
//! 13 to 19 digits, perhaps with single spaces or hyphens between, that begin as an issuer's do and end in the right check
//! digit, in an element that is free text: an account or a reference may look the same, and must stay as it is.

use std::borrow::Cow;
use std::ops::Range;

/// How many digits a card number has.
const DIGITS: Range<usize> = 13..20;

/// How many of its first and last digits may be shown.
const SHOWN: (usize, usize) = (6, 4);

/// How numbers begin, by first and last prefix, and how many digits they then have.
const ISSUERS: &[(u32, u32, Range<usize>)] = &[
    (2200, 2204, 16..20), // Mir
    (2221, 2720, 16..17), // Mastercard
    (300, 305, 14..20),   // Diners
    (3528, 3589, 16..20), // JCB
    (34, 34, 15..16),     // American Express
    (36, 36, 14..20),     // Diners
    (37, 37, 15..16),     // American Express
    (38, 39, 14..20),     // Diners
    (4, 4, 13..20),       // Visa
    (50, 50, 13..20),     // Maestro
    (51, 55, 16..17),     // Mastercard
    (56, 58, 13..20),     // Maestro
    (6011, 6011, 16..20), // Discover
    (62, 62, 16..20),     // UnionPay
    (6304, 6304, 13..20), // Maestro
    (644, 649, 16..20),   // Discover
    (65, 65, 16..20),     // Discover
    (67, 67, 13..20),     // Maestro
];

/// Elements of messages that are free text, by their local names.
const ELEMENTS: &[&str] = &[
    "AddtlInf",
    "AddtlNtryInf",
    "AddtlRmtInf",
    "AddtlStmtInf",
    "AddtlTxInf",
    "AdrLine",
    "BldgNm",
    "CareOf",
    "Inf",
    "InstrInf",
    "Nm",
    "StrtNm",
    "Ustrd",
];

/// Members of transfers and statements, as JSON, that are free text.
const MEMBERS: &[&str] = &[
    "additional_entry_information",
    "additional_information",
    "additional_remittance_information",
    "additional_transaction_information",
    "address_line",
    "building_name",
    "care_of",
    "information",
    "instruction_information",
    "name",
    "street_name",
    "unstructured",
];

/// A message with its card numbers masked; as it is when it has none.
pub(super) fn mask_message(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0, bytes).is_none() {
        return mask(bytes, free_element);
    }
    // UTF-16, or no text at all: digits and tags stand in every second byte.
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let text: Vec<u8> = places.iter().map(|at| bytes[*at]).collect();
    match mask(&text, free_element) {
        Cow::Borrowed(_) => Cow::Borrowed(bytes),
        Cow::Owned(masked) => {
            let mut bytes = bytes.to_vec();
            places.into_iter().zip(masked).for_each(|(at, byte)| bytes[at] = byte);
            Cow::Owned(bytes)
        }
    }
}

/// A JSON object with the card numbers of its members masked.
pub(super) fn mask_json(json: &str) -> Cow<'_, str> {
    match mask(json.as_bytes(), free_member) {
        // Only digits have become other ASCII characters.
        Cow::Owned(masked) => String::from_utf8(masked).map_or(Cow::Borrowed(json), Cow::Owned),
        Cow::Borrowed(_) => Cow::Borrowed(json),
    }
}

/// Masks the card numbers that stand where free text is.
fn mask(text: &[u8], is_free: fn(&[u8], usize) -> bool) -> Cow<'_, [u8]> {
    let mut masked: Option<Vec<u8>> = None;
    let mut at = 0;
    // A number is at least so long: one byte of each stretch of that length tells where none is.
    while let Some(probe) = (at..text.len()).step_by(DIGITS.start).skip(1).map(|end| end - 1).find(|i| may_be(text[*i]))
    {
        let start = text[at..probe].iter().rposition(|byte| !may_be(*byte)).map_or(at, |before| at + before + 1);
        let end = text[probe..].iter().position(|byte| !may_be(*byte)).map_or(text.len(), |after| probe + after);
        for number in numbers(text, start..end) {
            if is_free(text, number[0]) {
                let bytes = masked.get_or_insert_with(|| text.to_vec());
                number[SHOWN.0..number.len() - SHOWN.1].iter().for_each(|digit| bytes[*digit] = b'*');
            }
        }
        at = end;
    }
    masked.map_or(Cow::Borrowed(text), Cow::Owned)
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

/// Whether this place of a message is in an element that is free text, or in no element at all.
fn free_element(text: &[u8], at: usize) -> bool {
    let mut before = &text[..at];
    loop {
        let Some(open) = memchr::memrchr(b'<', before) else { return true };
        let tag = &before[open + 1..];
        match tag.first() {
            // A section of characters is in the element around it; a comment is anyone's text.
            Some(b'!') if tag.starts_with(b"![CDATA[") => before = &text[..open],
            Some(b'!' | b'?') | None => return true,
            Some(_) => {
                let name = tag.split(|byte| matches!(byte, b'>' | b' ' | b'/' | b'\t' | b'\r' | b'\n')).next();
                let local = name.and_then(|name| name.rsplit(|byte| *byte == b':').next()).unwrap_or_default();
                return ELEMENTS.iter().any(|element| element.as_bytes() == local);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_card_numbers_in_free_text() {
        // text | as it is stored; empty where it stays
        for (text, expected) in [
            ("<Ustrd>card 4111111111111111 thanks</Ustrd>", "<Ustrd>card 411111******1111 thanks</Ustrd>"),
            ("<Ustrd>4111 1111 1111 1111</Ustrd>", "<Ustrd>4111 11** **** 1111</Ustrd>"),
            ("<x:Nm a='1'>5500-0000-0000-0004</x:Nm>", "<x:Nm a='1'>5500-00**-****-0004</x:Nm>"),
            ("<Ustrd>378282246310005</Ustrd>", "<Ustrd>378282*****0005</Ustrd>"),
            ("<Ustrd>12 4111111111111111 35</Ustrd>", "<Ustrd>12 411111******1111 35</Ustrd>"),
            ("<Ustrd>4111111111111111 4111111111111111</Ustrd>", "<Ustrd>411111******1111 411111******1111</Ustrd>"),
            ("<AdrLine><![CDATA[4111111111111111]]></AdrLine>", "<AdrLine><![CDATA[411111******1111]]></AdrLine>"),
            ("<Id/><!-- 4111111111111111 -->", "<Id/><!-- 411111******1111 -->"),
            ("4111111111111111", "411111******1111"),
            ("<Ustrd>6304000000000000</Ustrd>", "<Ustrd>630400******0000</Ustrd>"),
            ("<Ustrd>4111111111111112</Ustrd>", ""),     // the check digit
            ("<Ustrd>9111111111111111</Ustrd>", ""),     // no issuer
            ("<Ustrd>41111111111111110000</Ustrd>", ""), // 20 digits
            ("<Ustrd>4111  1111 1111 1111</Ustrd>", ""), // two spaces
            ("<Ustrd>4222222222</Ustrd>", ""),
            ("<EndToEndId>4111111111111111</EndToEndId>", ""),
            ("<Id>4111111111111111</Id><Ustrd>none</Ustrd>", ""),
            ("<Id><![CDATA[4111111111111111]]></Id>", ""),
            ("", ""),
        ] {
            let expected = if expected.is_empty() { text } else { expected };
            assert_eq!(String::from_utf8_lossy(&mask_message(text.as_bytes())), expected);
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let wide_expected: Vec<u8> = expected.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(mask_message(&wide), wide_expected, "UTF-16: {text}");
            for shift in 0..40 {
                let shifted = format!("{}{text}", "x".repeat(shift));
                let masked = mask_message(shifted.as_bytes()).into_owned();
                assert_eq!(String::from_utf8(masked).unwrap(), format!("{}{expected}", "x".repeat(shift)), "{shift}");
            }
        }
    }

    #[test]
    fn masks_card_numbers_in_members() {
        for (text, expected) in [
            (r#"{"id":"4111111111111111","name":"A"}"#, ""),
            (r#"{"id":"A","name":"4111111111111111"}"#, r#"{"id":"A","name":"411111******1111"}"#),
            (r#"{"unstructured":["a\"b","4111111111111111"]}"#, r#"{"unstructured":["a\"b","411111******1111"]}"#),
            (r#"{"name":"x","reference":"4111111111111111"}"#, ""),
            (
                r#"{"name":"\\","unstructured":["4111 1111 1111 1111"]}"#,
                r#"{"name":"\\","unstructured":["4111 11** **** 1111"]}"#,
            ),
            (r#"{"amount":4111111111111111}"#, ""),
        ] {
            let expected = if expected.is_empty() { text } else { expected };
            assert_eq!(mask_json(text), expected);
        }
    }
}
