//! Inputs in which a card number may stand: they leave with digits masked. Which, only payflow's own tests say; here all that
//! is no long number must be as it came, and what is one in an account or a reference, too.

use std::ops::{Range, RangeInclusive};

use super::messages::hex;

/// How many digits a card number has.
const DIGITS: RangeInclusive<usize> = 13..=19;

/// Elements that are accounts, references or banks: what stands in them stays as it came.
const KEPT: [&[u8]; 8] = [b"Id", b"IBAN", b"MsgId", b"EndToEndId", b"InstrId", b"TxId", b"MmbId", b"LEI"];

/// The hash of what was sent without its long numbers; `None` where it may not leave masked.
pub fn masked_hash(bytes: &[u8]) -> Option<String> {
    let checked = |run: Range<usize>| {
        let digits: Vec<u32> = bytes[run].iter().filter_map(|byte| char::from(*byte).to_digit(10)).collect();
        DIGITS.flat_map(|length| digits.windows(length).map(checks).collect::<Vec<_>>()).any(|checks| checks)
    };
    long_numbers(bytes).into_iter().any(checked).then(|| without(bytes))
}

/// Where digits, or what masks them, stand with single or more spaces and hyphens between; not those that stay.
fn long_numbers(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut end = 0;
    let runs = bytes.chunk_by(|one, other| is_part(*one) == is_part(*other)).map(|run| {
        end += run.len();
        end - run.len()..end
    });
    let is_long = |run: &Range<usize>| {
        is_part(bytes[run.start])
            && bytes[run.clone()].iter().filter(|byte| is_digit(**byte)).count() >= *DIGITS.start()
    };
    runs.filter(|run| is_long(run) && !is_kept(&bytes[..run.start])).collect()
}

/// Whether what comes behind this stands in an element that stays as it came.
fn is_kept(before: &[u8]) -> bool {
    let tag = before.rsplit(|byte| *byte == b'<').next().filter(|tag| tag.contains(&b'>')).unwrap_or_default();
    let name = tag.split(|byte| b"> \t\r\n".contains(byte)).next().unwrap_or_default();
    KEPT.contains(&name.rsplit(|byte| *byte == b':').next().unwrap_or_default())
}

fn is_part(byte: u8) -> bool {
    is_digit(byte) || matches!(byte, b' ' | b'-')
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'*'
}

/// Whether the last digit is the check digit of the others: each second one from the end counts twice, by its digits.
fn checks(digits: &[u32]) -> bool {
    let twice = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits.iter().rev().enumerate().map(|(at, d)| if at % 2 == 1 { twice(*d) } else { *d }).sum();
    sum.is_multiple_of(10)
}

/// The SHA-256 without long numbers, in hexadecimal digits.
pub fn without(bytes: &[u8]) -> String {
    let mut rest = bytes.to_vec();
    for run in long_numbers(bytes) {
        rest[run].iter_mut().filter(|byte| is_digit(**byte)).for_each(|byte| *byte = b'#');
    }
    hex(&rest)
}

#[test]
fn only_the_digits_of_long_numbers_may_be_masked() {
    let hash = masked_hash(b"<Nm>4111 1111-11111111 x 12</Nm>").unwrap();
    assert_eq!(masked_hash(b"<Nm>4222222222223</Nm>"), None, "its check digit is wrong");
    for (left, same) in [
        ("<Nm>4111 11**-****1111 x 12</Nm>", true),
        ("<Nm>4111 11**-****1111 x **</Nm>", false),
        ("<Nm>4111 11**-****111 x 12</Nm>", false),
        ("<nm>4111 11**-****1111 x 12</Nm>", false),
    ] {
        assert_eq!(without(left.as_bytes()) == hash, same, "{left}");
    }
}

#[test]
fn accounts_and_references_may_not_be_masked() {
    for kept in
        ["<Id>4111111111111111</Id>", "<a:MsgId b='1'>A 4111111111111111</a:MsgId>", "<Othr><Id>4111111111111111"]
    {
        assert_eq!(masked_hash(kept.as_bytes()), None, "{kept}");
    }
    let hash = masked_hash(b"<Nm>4111111111111111</Nm><Id>4111111111111111</Id>").unwrap();
    assert_eq!(without(b"<Nm>411111******1111</Nm><Id>4111111111111111</Id>"), hash);
    assert_ne!(without(b"<Nm>411111******1111</Nm><Id>411111******1111</Id>"), hash);
}
