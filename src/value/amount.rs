//! Amounts: exact decimals, never floating point. What was written (any form that xs:decimal allows) becomes what is meant, with
//! the decimals as they stood.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

/// An exact decimal number: an amount, a sum or a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Amount(Decimal);

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// No digit.
    #[error("a number needs a digit")]
    NoDigit,
    /// A character that cannot stand in a decimal number.
    #[error("character {position} cannot stand in a decimal number")]
    Character {
        /// Its place, from 1.
        position: usize,
    },
    /// More digits than can be kept exactly.
    #[error("a number has at most 28 digits")]
    TooManyDigits,
}

/// More digits than these are not kept, but refused.
const MAX_DIGITS: u32 = 28;

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(Decimal::ZERO);

    /// Reads a number as xs:decimal allows it to be written:
    ///
    /// ```text
    /// number = [ "+" | "-" ] ( digits [ "." [ digits ] ] | "." digits )
    /// ```
    ///
    /// with white space around it. Leading zeros are of no effect; zeros behind the point are kept as written as long as
    /// there is room for them.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        Self::of(text.as_bytes())
    }

    /// Reads a number as [`Self::parse`] does.
    pub fn of(text: &[u8]) -> Result<Self, AmountError> {
        match plain(text) {
            Some(amount) => Ok(amount),
            None => Self::of_any_form(text),
        }
    }

    /// Reads a number in any form, of any length.
    fn of_any_form(text: &[u8]) -> Result<Self, AmountError> {
        let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let leading = text.iter().take_while(|byte| white(byte)).count();
        let trailing = text[leading..].iter().rev().take_while(|byte| white(byte)).count();
        let number = &text[leading..text.len() - trailing];
        let (negative, digits) = match number {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let skipped = leading + number.len() - digits.len();
        let (value, scale) = unsigned(digits).map_err(|error| error.moved(skipped))?;
        let value = if negative { -value } else { value };
        Decimal::try_from_i128_with_scale(value, scale).map(Self).map_err(|_| AmountError::TooManyDigits)
    }

    /// The number.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// The sum; `None` when it has more digits than can be kept exactly.
    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        add(self.0, other.0).or_else(|| add(self.0.normalize(), other.0.normalize())).map(Amount)
    }

    /// The difference; `None` when it has more digits than can be kept exactly.
    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        self.checked_add(Amount(-other.0))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// How many digits stand behind the point, trailing zeros left out.
    pub fn fraction_digits(self) -> u32 {
        self.0.normalize().scale()
    }
}

/// The sum with as many decimals as the one that has more; `None` where it has no room. (The decimal type's own sum drops
/// decimals, rounded, to make room.)
fn add(one: Decimal, other: Decimal) -> Option<Decimal> {
    let scale = one.scale().max(other.scale());
    let units = |number: Decimal| number.mantissa().checked_mul(10i128.pow(scale - number.scale()));
    Decimal::try_from_i128_with_scale(units(one)?.checked_add(units(other)?)?, scale).ok()
}

impl AmountError {
    fn moved(self, by: usize) -> Self {
        match self {
            AmountError::Character { position } => AmountError::Character { position: position + by },
            other => other,
        }
    }
}

/// A number as nearly all are written: at most eighteen digits, with or without a point between them.
fn plain(text: &[u8]) -> Option<Amount> {
    let (mut value, mut point) = (0i64, text.len());
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if point == text.len() && at > 0 => point = at,
            _ => return None,
        }
    }
    let scale = (text.len() - point).saturating_sub(1);
    Some(Amount(Decimal::new(value, scale as u32)))
}

/// A number without a sign: its digits as a whole number, and how many of them stand behind the point.
fn unsigned(bytes: &[u8]) -> Result<(i128, u32), AmountError> {
    let (mut value, mut scale, mut kept) = (0i128, 0u32, 0u32);
    let (mut seen_digit, mut seen_point) = (false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                seen_digit = true;
                if kept == MAX_DIGITS || (seen_point && scale == MAX_DIGITS) {
                    // Zeros at the end say nothing that is lost; any other digit would be.
                    if seen_point && rest_is_zeros(&bytes[at..]) {
                        continue;
                    }
                    return Err(AmountError::TooManyDigits);
                }
                value = value * 10 + i128::from(byte - b'0');
                kept += u32::from(value != 0);
                scale += u32::from(seen_point);
            }
            b'.' if !seen_point => seen_point = true,
            _ => return Err(AmountError::Character { position: character(bytes, at) }),
        }
    }
    if seen_digit { Ok((value, scale)) } else { Err(AmountError::NoDigit) }
}

fn rest_is_zeros(rest: &[u8]) -> bool {
    rest.iter().all(|byte| *byte == b'0')
}

/// The place of a byte in characters, from 1.
fn character(bytes: &[u8], at: usize) -> usize {
    bytes[..=at].iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Amount {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        Self::parse(&text)
    }
}

/// As a string: a JSON number would be read as floating point.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, AmountError>) {
        let found = Amount::parse(text).map(|amount| amount.to_string());
        assert_eq!(found, expected.map(str::to_owned), "{text:?}");
    }

    #[test]
    fn reads_what_is_written() {
        let character = |position| Err(AmountError::Character { position });
        for (text, expected) in [
            ("0", Ok("0")),
            ("1", Ok("1")),
            ("100.00", Ok("100.00")),
            ("000000000000149.87", Ok("149.87")),
            ("+5", Ok("5")),
            ("-5.10", Ok("-5.10")),
            ("-0.00", Ok("0.00")),
            (".5", Ok("0.5")),
            ("5.", Ok("5")),
            (" 12.5\n", Ok("12.5")),
            ("9999999999999.99999", Ok("9999999999999.99999")),
            ("999999999999999999", Ok("999999999999999999")),
            ("0.0000000001", Ok("0.0000000001")),
            ("9999999999999999999999999999", Ok("9999999999999999999999999999")),
            ("1.0000000000000000000000000000000000", Ok("1.000000000000000000000000000")),
            ("0.00000000000000000000000000000000000", Ok("0.0000000000000000000000000000")),
            ("00000000000000000000000000000000000000001.5", Ok("1.5")),
            ("99999999999999999999999999999", Err(AmountError::TooManyDigits)),
            ("1.00000000000000000000000000001", Err(AmountError::TooManyDigits)),
            ("99999999999999999999999999999.0", Err(AmountError::TooManyDigits)),
            ("", Err(AmountError::NoDigit)),
            (".", Err(AmountError::NoDigit)),
            ("+", Err(AmountError::NoDigit)),
            ("abc", character(1)),
            ("1,5", character(2)),
            ("1.5.", character(4)),
            ("1e5", character(2)),
            ("--1", character(2)),
            (" +1 000", character(4)),
            ("1\u{a0}0", character(2)),
            ("é", character(1)),
            ("\u{661}", character(1)),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn sums_are_exact() {
        let sum = ["0.1", "0.2", "9999999999999.99999"].iter().map(|text| Amount::parse(text).unwrap());
        let sum = sum.fold(Amount::ZERO, |sum, amount| sum.checked_add(amount).unwrap());
        assert_eq!(sum, Amount::parse("10000000000000.29999").unwrap());
        assert_eq!(Amount::parse("1.50").unwrap(), Amount::parse("01.5").unwrap());
        assert_eq!(Amount::parse("100.00").unwrap().fraction_digits(), 0);
        assert_eq!(Amount::parse("100.010").unwrap().fraction_digits(), 2);
    }

    #[test]
    fn a_sum_without_room_is_none_not_rounded() {
        for (one, other, sum, difference) in [
            ("1.25", "0.750", Some("2.000"), Some("0.500")),
            ("5.0000000000", "1", Some("6.0000000000"), Some("4.0000000000")),
            (
                "999999999999999999999999999",
                "0.5",
                Some("999999999999999999999999999.5"),
                Some("999999999999999999999999998.5"),
            ),
            (
                "9999999999999999999999999999",
                "0.0",
                Some("9999999999999999999999999999"),
                Some("9999999999999999999999999999"),
            ),
            ("9999999999999999999999999999", "0.1", None, None),
            ("0.0000000000000000000000000001", "9", None, None),
        ] {
            let (a, b) = (Amount::parse(one).unwrap(), Amount::parse(other).unwrap());
            let shown = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
            assert_eq!(shown(a.checked_add(b)).as_deref(), sum, "{one} + {other}");
            assert_eq!(shown(a.checked_sub(b)).as_deref(), difference, "{one} - {other}");
        }
    }

    #[test]
    fn is_text_in_json() {
        let json = serde_json::to_string(&Amount::parse("0012.50").unwrap()).unwrap();
        assert_eq!(json, "\"12.50\"");
    }
}
