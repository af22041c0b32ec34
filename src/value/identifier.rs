//! Identifiers of banks, legal entities and payments: BIC, LEI, UETR. Must not ask any directory.

use super::{Country, Short};

/// A business identifier code (ISO 9362), of 8 or 11 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bic(Short<11>);

/// What is wrong with a BIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BicError {
    /// Neither 8 nor 11 characters.
    #[error("a BIC has 8 or 11 characters")]
    Length,
    /// A character that is neither a capital letter nor a digit.
    #[error("a BIC has capital letters and digits only")]
    Character,
    /// Its fifth and sixth character are not a country.
    #[error("characters 5 and 6 of a BIC are a country")]
    Country,
}

impl Bic {
    /// Checks a code. Since 2014 the first four characters may be digits, too.
    pub fn new(text: &str) -> Result<Self, BicError> {
        Self::check(text.as_bytes())?;
        Short::new(text.as_bytes()).map(Self).ok_or(BicError::Character)
    }

    /// Whether a text is a code.
    pub fn check(text: &[u8]) -> Result<(), BicError> {
        let (Some(first), Some(last), 8 | 11) = (text.first_chunk(), text.last_chunk(), text.len()) else {
            return Err(BicError::Length);
        };
        if !is_alphanumeric(first) || !is_alphanumeric(last) {
            return Err(BicError::Character);
        }
        if Country::is_one(&text[4..6]) { Ok(()) } else { Err(BicError::Country) }
    }

    /// The code as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The institution without its branch: the first eight characters.
    pub fn institution(&self) -> &str {
        &self.as_str()[..8]
    }
}

/// Whether eight bytes are capital letters or digits.
fn is_alphanumeric(eight: &[u8; 8]) -> bool {
    let word = u64::from_le_bytes(*eight);
    super::within(word, b'A', b'Z') | super::within(word, b'0', b'9') == super::EACH * 0x80
}

/// A legal entity identifier (ISO 17442).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lei(Short<20>);

/// What is wrong with an LEI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeiError {
    /// Not 18 capital letters or digits and two digits.
    #[error("an LEI has 18 capital letters or digits, and two check digits")]
    Form,
    /// The check digits do not fit the rest.
    #[error("the check digits are wrong")]
    CheckDigits,
}

impl Lei {
    /// Checks an identifier.
    pub fn new(text: &str) -> Result<Self, LeiError> {
        let bytes = text.as_bytes();
        let form = |(at, byte): (usize, &u8)| byte.is_ascii_digit() || (at < 18 && byte.is_ascii_uppercase());
        if bytes.len() != 20 || !bytes.iter().enumerate().all(form) {
            return Err(LeiError::Form);
        }
        if super::mod_97(&[bytes]) != 1 {
            return Err(LeiError::CheckDigits);
        }
        Short::new(text.as_bytes()).map(Self).ok_or(LeiError::Form)
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The text with the two check digits behind it that an LEI, and other codes by ISO 7064, need.
pub fn with_check_digits(text: &str) -> String {
    format!("{text}{:02}", 98 - super::mod_97(&[text.as_bytes(), b"00"]))
}

/// The unique end-to-end transaction reference: a UUID of version 4 in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uetr(Short<36>);

/// The places of a UUID of version 4: `x` is a digit, `v` one that its variant allows.
const UUID: &[u8; 36] = b"xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";

/// Whether a byte is a hexadecimal digit in lower case.
static HEXADECIMAL: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0);
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'a'..=b'f');
        byte += 1;
    }
    table
};

/// Not a UUID of version 4 in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a UETR is a UUID of version 4 in lower case")]
pub struct UetrError;

impl Uetr {
    /// Checks a reference: 8-4-4-4-12 hexadecimal digits, of which the 13th is 4 and the 17th is 8, 9, a or b.
    pub fn new(text: &str) -> Result<Self, UetrError> {
        let well_formed = Self::is_one(text.as_bytes());
        Short::new(text.as_bytes()).filter(|_| well_formed).map(Self).ok_or(UetrError)
    }

    /// Whether a text is a reference.
    pub fn is_one(text: &[u8]) -> bool {
        let fits = |(byte, place): (&u8, &u8)| match place {
            b'x' => HEXADECIMAL[*byte as usize],
            b'v' => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            other => byte == other,
        };
        text.len() == UUID.len() && text.iter().zip(UUID).all(fits)
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

super::serialize_as_text!(Bic, Lei, Uetr);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_bics() {
        for (text, expected) in [
            ("DEUTDEFF", Ok(())),
            ("DEUTDEFFXXX", Ok(())),
            ("1234DE2L500", Ok(())),
            ("NLPRXKPR", Ok(())),
            ("DEUTDEF", Err(BicError::Length)),
            ("DEUTDEFF1", Err(BicError::Length)),
            ("", Err(BicError::Length)),
            ("deutdeff", Err(BicError::Character)),
            ("DEUTDEF ", Err(BicError::Character)),
            ("DEUTDÉF", Err(BicError::Character)),
            ("DEUTUKFF", Err(BicError::Country)),
            ("DEUT12FF", Err(BicError::Country)),
        ] {
            assert_eq!(Bic::new(text).map(|bic| assert_eq!(bic.as_str(), text)), expected, "{text:?}");
        }
    }

    #[test]
    fn checks_leis() {
        for (text, expected) in [
            ("529900T8BM49AURSDO55", Ok(())),
            ("7LTWFZYICNSX8D621K86", Ok(())),
            ("529900T8BM49AURSDO56", Err(LeiError::CheckDigits)),
            ("529900T8BM49AURSDO5", Err(LeiError::Form)),
            ("529900t8BM49AURSDO55", Err(LeiError::Form)),
            ("529900T8BM49AURSDO5A", Err(LeiError::Form)),
            ("", Err(LeiError::Form)),
        ] {
            assert_eq!(Lei::new(text).map(|lei| assert_eq!(lei.as_str(), text)), expected, "{text:?}");
        }
    }

    #[test]
    fn checks_uetrs() {
        for (text, valid) in [
            ("eb6305c9-1f7f-49de-aed0-16487c27b42d", true),
            ("EB6305C9-1F7F-49DE-AED0-16487C27B42D", false),
            ("eb6305c9-1f7f-39de-aed0-16487c27b42d", false),
            ("eb6305c9-1f7f-49de-ced0-16487c27b42d", false),
            ("eb6305c91f7f49deaed016487c27b42d", false),
            ("eb6305c9-1f7f-49de-aed0-16487c27b42", false),
            ("", false),
        ] {
            assert_eq!(Uetr::new(text).is_ok(), valid, "{text:?}");
        }
    }
}
