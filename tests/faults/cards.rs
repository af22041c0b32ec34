//! Inputs in which a card number may stand: they leave with digits masked. Which, only payflow's own tests say; here all that
//! is no long number must be as it came.

use super::messages::hex;

/// How many digits a card number has.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// The hash of what was sent without its long numbers; `None` where it may not leave masked.
pub fn masked_hash(bytes: &[u8]) -> Option<String> {
    let checked = |run: &[u8]| {
        let digits: Vec<u32> = run.iter().filter_map(|byte| char::from(*byte).to_digit(10)).collect();
        DIGITS.flat_map(|length| digits.windows(length).map(checks).collect::<Vec<_>>()).any(|checks| checks)
    };
    long_numbers(bytes).any(checked).then(|| without(bytes))
}

/// Digits, or what masks them, with single or more spaces and hyphens between.
fn long_numbers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| !is_part(*byte))
        .filter(|run| run.iter().filter(|byte| is_digit(**byte)).count() >= *DIGITS.start())
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
    for run in rest.chunk_by_mut(|one, other| is_part(*one) == is_part(*other)) {
        if long_numbers(run).next().is_some() {
            run.iter_mut().filter(|byte| is_digit(**byte)).for_each(|byte| *byte = b'#');
        }
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
