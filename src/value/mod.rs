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
pub use sum::Sum;

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

/// The remainder by 97 of a text of digits and letters (ISO 7064).
fn mod_97<'t>(bytes: impl Iterator<Item = &'t u8>) -> u32 {
    let rest = bytes.fold(0u64, |rest, byte| {
        let (shift, value) = STEPS[*byte as usize];
        let rest = rest * u64::from(shift) + u64::from(value);
        // The remainder is taken only where the next step would have no room.
        if rest >= u64::MAX / 128 { rest % 97 } else { rest }
    });
    (rest % 97) as u32
}
