//! Identifiers with true check digits: IBAN, LEI, creditor reference, routing number, UETR.

use super::rng::Rng;

/// The remainder of a text read as a number with letters as 10 to 35, divided by 97.
fn remainder_97(text: &str) -> u64 {
    text.chars().fold(0, |rest, c| match c.to_digit(36).map(u64::from) {
        Some(digit) if digit < 10 => (rest * 10 + digit) % 97,
        Some(letter) => (rest * 100 + letter) % 97,
        None => rest,
    })
}

/// An IBAN for a BBAN made of runs such as `4a` (letters), `10n` (digits), `3c` (both).
pub(crate) fn iban(rng: &mut Rng, country: &str, runs: &[(usize, char)]) -> String {
    let mut bban = String::new();
    for &(count, kind) in runs {
        bban += &match kind {
            'a' => rng.capitals(count),
            'c' => rng.alphanumeric(count),
            _ => rng.digits(count),
        };
    }
    let check = 98 - remainder_97(&format!("{bban}{country}00"));
    format!("{country}{check:02}{bban}")
}

pub(crate) fn lei(rng: &mut Rng) -> String {
    let body = format!("{}00{}", rng.digits(4), rng.alphanumeric(12));
    let check = 98 - remainder_97(&format!("{body}00"));
    format!("{body}{check:02}")
}

/// A creditor reference as ISO 11649 has it.
pub(crate) fn creditor_reference(rng: &mut Rng) -> String {
    let length = rng.between(8, 20) as usize;
    let body = rng.digits(length);
    let check = 98 - remainder_97(&format!("{body}RF00"));
    format!("RF{check:02}{body}")
}

/// A UUID of version 4.
pub(crate) fn uetr(rng: &mut Rng) -> String {
    let hex = b"0123456789abcdef";
    let (a, b, c) = (rng.of(hex, 8), rng.of(hex, 4), rng.of(hex, 3));
    let (variant, d, e) = (rng.of(b"89ab", 1), rng.of(hex, 3), rng.of(hex, 12));
    format!("{a}-{b}-4{c}-{variant}{d}-{e}")
}

/// The member identification of a bank in a national clearing system.
pub(crate) fn member_id(rng: &mut Rng, system: &str) -> String {
    match system {
        "USABA" => routing_number(rng),
        "GBDSC" => rng.digits(6),
        "DEBLZ" => rng.digits(8),
        "SGIBG" => rng.digits(7),
        "INFSC" => format!("{}0{}", rng.capitals(4), rng.digits(6)),
        _ => rng.digits(9),
    }
}

/// A routing number of a bank in the United States: weights 3, 7, 1; the sum is a multiple of 10.
fn routing_number(rng: &mut Rng) -> String {
    let body = format!("0{}{}", rng.between(1, 9), rng.digits(6));
    let sum: u64 =
        body.bytes().zip([3, 7, 1].iter().cycle()).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A bank's BIC: four letters that can be spoken, its country, a location without 0, 1 and O, now and then a branch.
pub(crate) fn bic(rng: &mut Rng, country: &str) -> String {
    let (consonants, vowels) = (b"BCDFGHKLMNPRSTVW", b"AEIOU");
    let mut code = String::new();
    for alphabet in [&consonants[..], vowels, consonants, consonants] {
        code += &rng.of(alphabet, 1);
    }
    let location = format!("{}{}", rng.of(b"ABCDEFGHLMNPRSTUVXZ2345", 1), rng.of(b"ABCDEFGHKLMNPRSTUX23579", 1));
    let branch = match rng.below(10) {
        0..=4 => String::new(),
        5..=8 => "XXX".to_owned(),
        _ => rng.digits(3),
    };
    format!("{code}{country}{location}{branch}")
}
