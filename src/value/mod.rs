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
    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        if !text.is_ascii() {
            return None;
        }
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, len: text.len() as u8 })
    }

    fn as_str(&self) -> &str {
        // Only ASCII is put in.
        std::str::from_utf8(&self.bytes[..self.len as usize]).unwrap_or_default()
    }
}

/// The remainder by 97 of a text of digits and letters, with A to Z, of either case, as 10 to 35 (ISO 7064).
fn mod_97<'t>(bytes: impl Iterator<Item = &'t u8>) -> u32 {
    bytes.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}
