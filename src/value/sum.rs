//! Sums of very many amounts: exact, and never silently too large. Must not round.

use std::fmt;

use super::Amount;

/// A sum keeps this many decimals: twice as many as any amount of a message has.
const DECIMALS: u32 = 10;

/// An exact sum. It has room for ten thousand million amounts of eighteen digits; what has no room, or more decimals than
/// are kept, makes it unknown for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum(Option<i128>);

impl Sum {
    /// Nothing.
    pub const ZERO: Sum = Sum(Some(0));

    /// Adds an amount.
    pub fn add(&mut self, amount: Amount) {
        self.0 = self.0.zip(units(amount)).and_then(|(sum, amount)| sum.checked_add(amount));
    }

    /// Whether it is this very number; an unknown sum is no number.
    pub fn is(self, amount: Amount) -> bool {
        self.0.is_some() && self.0 == units(amount)
    }
}

/// An amount in units of the last decimal that is kept; `None` where that is not exact.
fn units(amount: Amount) -> Option<i128> {
    let scale = amount.decimal().scale();
    let decimal = if scale > DECIMALS { amount.decimal().normalize() } else { amount.decimal() };
    let shift = DECIMALS.checked_sub(decimal.scale())?;
    decimal.mantissa().checked_mul(10i128.pow(shift))
}

/// With two decimals or as many more as it takes.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(units) = self.0 else { return f.write_str("more digits than can be kept exactly") };
        let one = 10u128.pow(DECIMALS);
        let (whole, fraction) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
        let digits = format!("{fraction:0width$}", width = DECIMALS as usize);
        let kept = digits.trim_end_matches('0').len().max(2);
        write!(f, "{}{whole}.{}", if units < 0 { "-" } else { "" }, &digits[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_or_unknown() {
        let check = |amounts: &[&str], expected: &str, is: &str| {
            let mut sum = Sum::ZERO;
            amounts.iter().for_each(|text| sum.add(Amount::parse(text).unwrap()));
            assert_eq!(sum.to_string(), expected, "{amounts:?}");
            assert_eq!(sum.is(Amount::parse(is).unwrap()), sum != Sum(None), "{amounts:?}");
            assert!(!sum.is(Amount::parse("0.00001").unwrap()), "{amounts:?}");
        };
        let unknown = "more digits than can be kept exactly";
        check(&[], "0.00", "0");
        check(&["0.1", "0.2"], "0.30", ".3000");
        check(&["00100", "-0.00001"], "99.99999", "99.99999");
        check(&["-1.5", "-2.25"], "-3.75", "-3.750");
        check(&["1.000000000000000000000000000"], "1.00", "1");
        check(&["0.0000000001"], "0.0000000001", "0.00000000010");
        check(&["0.00000000001"], unknown, "0");
        check(&["0.00000000001", "1"], unknown, "1");
    }

    #[test]
    fn ten_million_of_the_largest_amounts_fit() {
        let (mut sum, largest) = (Sum::ZERO, Amount::parse("999999999999999999").unwrap());
        (0..10_000_000).for_each(|_| sum.add(largest));
        assert_eq!(sum.to_string(), "9999999999999999990000000.00");
    }

    #[test]
    fn what_has_no_room_is_unknown_for_good() {
        let (mut sum, largest) = (Sum::ZERO, Amount::parse("9999999999999999999999999999").unwrap());
        sum.add(largest);
        assert!(sum.is(largest));
        sum.add(largest);
        sum.add(Amount::ZERO);
        assert_eq!(sum, Sum(None));
        assert!(!sum.is(Amount::ZERO));
    }
}
