//! Values whose type proves that they were checked: an amount, a currency, an IBAN, a BIC. Each is built by its checker alone,
//! which says what is wrong with a text. Pure. Must not know any message.

pub mod amount;
pub mod country;
pub mod currency;
pub mod iban;
pub mod identifier;
pub mod sum;

pub use amount::{Amount, AmountError};
pub use country::Country;
pub use currency::Currency;
pub use iban::{Iban, IbanError};
pub use identifier::{Bic, BicError, Lei, LeiError, Uetr, UetrError};
pub use sum::{Sum, Sums};

/// Serializes a value as the text it displays.
macro_rules! serialize_as_text {
    ($($name:ty),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    )+};
}
use serialize_as_text;

/// Text of at most `N` bytes of ASCII, held in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Short<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Short<N> {
    /// `None` when the text is longer than `N` or not ASCII.
    fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; N];
        if !text.is_ascii() {
            return None;
        }
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, len: text.len() as u8 })
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    fn as_str(&self) -> &str {
        // Only ASCII is put in.
        std::str::from_utf8(&self.bytes[..self.len as usize]).unwrap_or_default()
    }
}

/// What a digit or letter puts behind a number, by ISO 7064: the power of ten that makes room for it, and its value. A to
/// Z, of either case, are 10 to 35; another byte is nothing.
static STEPS: [(u8, u8); 256] = steps();

const fn steps() -> [(u8, u8); 256] {
    let mut steps = [(1, 0); 256];
    let mut byte = 0;
    while byte < 256 {
        let upper = (byte as u8).to_ascii_uppercase();
        steps[byte] = match upper {
            b'0'..=b'9' => (10, upper - b'0'),
            b'A'..=b'Z' => (100, upper - b'A' + 10),
            _ => (1, 0),
        };
        byte += 1;
    }
    steps
}

/// The remainder by 97 of a text of digits and letters (ISO 7064), in parts. It is taken after eight bytes at a time, as many as
/// there is certainly room for.
fn mod_97(parts: &[&[u8]]) -> u32 {
    let mut rest = 0u64;
    let step = |rest, byte: &u8| {
        let (shift, value) = STEPS[*byte as usize];
        rest * u64::from(shift) + u64::from(value)
    };
    for part in parts {
        let (eights, others) = part.as_chunks::<8>();
        for eight in eights {
            rest = match number(*eight) {
                Some(number) => rest * 100_000_000 + number,
                None => eight.iter().fold(rest, step),
            } % 97;
        }
        rest = others.iter().fold(rest, step) % 97;
    }
    rest as u32
}

/// One in each byte of a word.
const EACH: u64 = u64::MAX / 0xFF;

/// The high bit of each byte that is within two bounds, if no byte has it itself.
fn within(word: u64, low: u8, high: u8) -> u64 {
    let from = |bound: u8| word.wrapping_add(EACH * u64::from(0x80 - bound));
    from(low) & !from(high + 1) & !word & (EACH * 0x80)
}

/// The number that eight digits are: neighbours become one, until one is left.
fn number(digits: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(digits);
    let ones = word & (EACH * 0x0F);
    let twos = (ones * 10 + (ones >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_FFFF_0000_FFFF;
    (within(word, b'0', b'9') == EACH * 0x80).then_some((fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_those_of_the_number() {
        for (parts, number) in [
            (&["12345678", "9"][..], 123_456_789u128),
            (&["00000000123456789"], 123_456_789),
            (&["99999999", "99999999", "98"], 999_999_999_999_999_998),
            (&["A1B2c3Z"], 10_111_212_335),
            (&["WEST12345698765432", "GB82"], 3_214_282_912_345_698_765_432_161_182),
            (&[""], 0),
        ] {
            let bytes: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
            assert_eq!(u128::from(mod_97(&bytes)), number % 97, "{parts:?}");
        }
    }

    #[test]
    fn eight_digits_are_a_number() {
        for (digits, expected) in [
            ("12345678", Some(12_345_678)),
            ("00000000", Some(0)),
            ("99999999", Some(99_999_999)),
            ("1234567/", None),
            (":2345678", None),
            ("123\u{7f}5678", None),
            ("\u{e9}345678", None),
        ] {
            assert_eq!(number(*digits.as_bytes().first_chunk().unwrap()), expected, "{digits}");
        }
    }
}
