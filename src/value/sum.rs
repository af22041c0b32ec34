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

    /// Both together.
    pub fn plus(self, other: Sum) -> Sum {
        Sum(self.0.zip(other.0).and_then(|(one, other)| one.checked_add(other)))
    }

    /// What is left without the other.
    pub fn minus(self, other: Sum) -> Sum {
        Sum(self.0.zip(other.0).and_then(|(one, other)| one.checked_sub(other)))
    }

    /// Whether it is nothing or more; an unknown sum is not.
    pub fn is_positive(self) -> bool {
        self.0.is_some_and(|sum| sum >= 0)
    }

    /// Whether it is known.
    pub fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// Whether it is this very number; an unknown sum is no number.
    pub fn is(self, amount: Amount) -> bool {
        self.0.is_some() && self.0 == units(amount)
    }
}

/// Sums by currency. The first one needs no memory of its own: mostly there is no other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    first: Option<([u8; 3], Sum)>,
    others: Vec<([u8; 3], Sum)>,
    amounts: u64,
}

impl Sums {
    /// Adds an amount in a currency, by its code.
    pub fn add(&mut self, currency: [u8; 3], amount: Amount) {
        self.amounts += 1;
        let first = self.first.get_or_insert((currency, Sum::ZERO));
        let sum = match first.0 == currency {
            true => &mut first.1,
            false => match self.others.iter().position(|(known, _)| *known == currency) {
                Some(index) => &mut self.others[index].1,
                None => {
                    self.others.push((currency, Sum::ZERO));
                    let last = self.others.len() - 1;
                    &mut self.others[last].1
                }
            },
        };
        sum.add(amount);
    }

    /// How many amounts were added.
    pub fn amounts(&self) -> u64 {
        self.amounts
    }

    /// The sums, each with the code of its currency.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Sum)> {
        let sums = self.first.iter().chain(&self.others);
        sums.map(|(currency, sum)| (std::str::from_utf8(currency).unwrap_or_default(), *sum))
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
    fn each_currency_has_its_sum() {
        let mut sums = Sums::default();
        for (currency, amount) in [(b"EUR", "1.50"), (b"USD", "2"), (b"EUR", "0.25"), (b"JPY", "7"), (b"USD", "1")] {
            sums.add(*currency, Amount::parse(amount).unwrap());
        }
        let found: Vec<String> = sums.iter().map(|(currency, sum)| format!("{currency} {sum}")).collect();
        assert_eq!((found.join(", ").as_str(), sums.amounts()), ("EUR 1.75, USD 3.00, JPY 7.00", 5));
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
