//! Simple types compiled: a fast check that may say "look closer", and a close look that is the definition and knows why.

use std::borrow::Cow;

use super::date;
use super::model::{Base, Facets, Simple, WhiteSpace};
use super::pattern::{BadPattern, Pattern};
use crate::finding::Rule;
use crate::xml::scan::{Kernel, Shape, Span};

/// A compiled simple type.
#[derive(Debug, Clone)]
pub struct Check {
    base: Base,
    facets: Facets,
    patterns: Vec<Pattern>,
    fast: Fast,
}

/// What the fast check looks at. It takes plain ASCII only and never accepts what the close look would refuse.
#[derive(Debug, Clone)]
pub(super) enum Fast {
    /// A string with a least and a greatest length.
    Text {
        min: u32,
        max: u32,
    },
    /// A string whose pattern has a shape that says it all.
    Shape(Box<Shape>),
    /// Codes of at most eight bytes.
    Codes(Box<[u64]>),
    /// A number that is not negative, with at most so many digits in all and behind the point.
    Decimal {
        total: u32,
        fraction: u32,
    },
    /// `YYYY-MM-DD`, `YYYY-MM-DDThh:mm:ss…`
    Date(&'static DateShapes),
    DateTime(&'static DateShapes),
    /// The same, ending with `Z`.
    Utc(&'static DateShapes),
    /// `true`, `false`
    Boolean,
    /// Nothing: always the close look.
    None,
}

#[derive(Debug)]
pub(super) struct DateShapes {
    date: Shape,
    date_time: Shape,
}

static DATES: std::sync::LazyLock<DateShapes> = std::sync::LazyLock::new(|| {
    let positions = |model: &str| {
        let set = |c: char| match c {
            'd' => vec![(b'0', b'9')],
            'm' => vec![(b'0', b'5')],
            c => vec![(c as u8, c as u8)],
        };
        model.chars().map(set).collect::<Vec<_>>()
    };
    let shape = |model: &str| Shape::new(&positions(model), [model.len()]);
    match (shape("dddd-dd-dd"), shape("dddd-dd-ddTdd:md:md")) {
        (Some(date), Some(date_time)) => DateShapes { date, date_time },
        _ => unreachable!("both models are short and made of digits and punctuation"),
    }
});

/// Why a value is not of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule of the facet.
    pub rule: Rule,
    /// What the type asks for.
    pub expected: String,
}

impl Check {
    /// Compiles a simple type.
    ///
    /// # Errors
    /// A pattern that is not supported.
    pub fn new(simple: &Simple) -> Result<Self, BadPattern> {
        let patterns = simple.facets.patterns.iter().map(|p| Pattern::new(p)).collect::<Result<Vec<_>, _>>()?;
        let fast = Fast::of(simple, &patterns);
        Ok(Self { base: simple.base, facets: simple.facets.clone(), patterns, fast })
    }

    /// Whether plain ASCII text is certainly of this type. `false` asks for the close look.
    #[inline(always)]
    pub fn passes<K: Kernel>(&self, value: &Span<'_>) -> bool {
        // Half of all values are text: one test that is foreseen beats a jump by the kind.
        if let Fast::Text { min, max } = &self.fast {
            return (value.len() as u32).wrapping_sub(*min) <= max - min;
        }
        match &self.fast {
            Fast::Text { .. } => false,
            Fast::Shape(shape) => value.is_shape::<K>(shape),
            Fast::Codes(codes) => value.word().is_some_and(|word| codes.contains(&word)),
            Fast::Decimal { total, fraction } => match value.decimal::<K>() {
                Some((before, behind)) => behind <= *fraction && before + behind <= *total && before > 0,
                None => false,
            },
            Fast::Date(shapes) => value.is_shape::<K>(&shapes.date) && is_sure_day(value.bytes()),
            Fast::DateTime(shapes) => {
                value.starts_with_shape::<K>(&shapes.date_time, 19) && is_sure_date_time(value.bytes())
            }
            Fast::Utc(shapes) => {
                value.starts_with_shape::<K>(&shapes.date_time, 19)
                    && is_sure_date_time(value.bytes())
                    && value.bytes().ends_with(b"Z")
            }
            Fast::Boolean => matches!(value.bytes(), b"true" | b"false"),
            Fast::None => false,
        }
    }

    /// Whether a value up to the next `<` is certainly of this type, where that is one of time or of truth: every byte is looked at.
    #[inline(always)]
    pub(super) fn passes_plain<K: Kernel>(&self, value: &Span<'_>) -> bool {
        const LONGEST_TIME: usize = 64;
        match &self.fast {
            Fast::DateTime(_) => {
                value.len() <= LONGEST_TIME && value.is_date::<K>(19) && is_sure_end(&value.bytes()[19..])
            }
            Fast::Utc(_) => {
                let timed = value.len() <= LONGEST_TIME && value.is_date::<K>(19);
                timed && value.bytes().ends_with(b"Z") && is_sure_end(&value.bytes()[19..])
            }
            Fast::Boolean => matches!(value.bytes(), b"true" | b"false"),
            _ => false,
        }
    }

    /// Whether text beyond ASCII of so many characters is certainly of this type.
    #[inline(always)]
    pub fn passes_characters(&self, characters: usize) -> bool {
        match &self.fast {
            Fast::Text { min, max } => (characters as u32).wrapping_sub(*min) <= max - min,
            _ => false,
        }
    }

    /// The close look at a decoded value.
    ///
    /// # Errors
    /// The first facet that is broken.
    pub fn look(&self, value: &str) -> Result<(), Broken> {
        let value = self.normalized(value);
        self.look_at_form(&value)?;
        if let Some(pattern) = self.patterns.iter().find(|p| !p.matches(&value)) {
            return Err(Broken { rule: Rule::XsdPattern, expected: format!("the pattern {}", pattern.source()) });
        }
        let listed = &self.facets.enumeration;
        if !listed.is_empty() && !listed.iter().any(|code| *code == *value) {
            return Err(Broken { rule: Rule::XsdEnumeration, expected: one_of(listed) });
        }
        match self.base {
            Base::String => self.look_at_length(value.chars().count()),
            Base::Base64Binary => self.look_at_length(octets(&value).unwrap_or(0)),
            Base::Decimal => self.look_at_number(&value),
            _ => Ok(()),
        }
    }

    /// The value as it is checked: white space collapsed, where a string does not say otherwise.
    fn normalized<'v>(&self, value: &'v str) -> Cow<'v, str> {
        white_space(value, if self.base == Base::String { self.facets.white_space } else { WhiteSpace::Collapse })
    }

    fn look_at_form(&self, value: &str) -> Result<(), Broken> {
        let (good, form) = match self.base {
            Base::String => return Ok(()),
            Base::Decimal => (Digits::of(value).is_some(), "a decimal number, such as 1234.56"),
            Base::Boolean => (matches!(value, "true" | "false" | "1" | "0"), "true or false"),
            Base::Date => (date::is(self.base, value), "a date, such as 2026-11-22"),
            Base::DateTime => (date::is(self.base, value), "a date and time, such as 2026-11-22T10:30:00+01:00"),
            Base::Time => (date::is(self.base, value), "a time, such as 10:30:00"),
            Base::GYear => (date::is(self.base, value), "a year, such as 2026"),
            Base::GYearMonth => (date::is(self.base, value), "a year and month, such as 2026-11"),
            Base::Base64Binary => (octets(value).is_some(), "bytes in base64"),
        };
        if good { Ok(()) } else { Err(Broken { rule: Rule::XsdType, expected: form.to_owned() }) }
    }

    fn look_at_length(&self, len: usize) -> Result<(), Broken> {
        let unit = if self.base == Base::String { "characters" } else { "bytes" };
        let (min, max) = (self.facets.min_length, self.facets.max_length);
        if min.is_none_or(|min| len >= min as usize) && max.is_none_or(|max| len <= max as usize) {
            return Ok(());
        }
        let expected = match (min, max) {
            (Some(min), Some(max)) => format!("{min} to {max} {unit}, not {len}"),
            (Some(min), None) => format!("at least {min} {unit}, not {len}"),
            (_, max) => format!("at most {} {unit}, not {len}", max.unwrap_or_default()),
        };
        Err(Broken { rule: Rule::XsdLength, expected })
    }

    fn look_at_number(&self, value: &str) -> Result<(), Broken> {
        let Some(number) = Digits::of(value) else { return Ok(()) };
        let digits = |expected: String| Err(Broken { rule: Rule::XsdDigits, expected });
        if let Some(most) = self.facets.fraction_digits
            && number.fraction.len() > most as usize
        {
            return digits(format!("at most {most} digits behind the point"));
        }
        if let Some(most) = self.facets.total_digits
            && number.whole.len() + number.fraction.len() > most as usize
        {
            return digits(format!("at most {most} digits"));
        }
        if let Some(least) = &self.facets.min_inclusive
            && Digits::of(least).is_some_and(|bound| number.cmp(&bound).is_lt())
        {
            return Err(Broken { rule: Rule::XsdRange, expected: format!("at least {least}") });
        }
        if let Some(most) = &self.facets.max_inclusive
            && Digits::of(most).is_some_and(|bound| number.cmp(&bound).is_gt())
        {
            return Err(Broken { rule: Rule::XsdRange, expected: format!("at most {most}") });
        }
        if let Some(bound) = &self.facets.min_exclusive
            && Digits::of(bound).is_some_and(|bound| number.cmp(&bound).is_le())
        {
            return Err(Broken { rule: Rule::XsdRange, expected: format!("more than {bound}") });
        }
        if let Some(bound) = &self.facets.max_exclusive
            && Digits::of(bound).is_some_and(|bound| number.cmp(&bound).is_ge())
        {
            return Err(Broken { rule: Rule::XsdRange, expected: format!("less than {bound}") });
        }
        Ok(())
    }

    /// Whether a value of this type is a code, number, date or the like: never customer data by itself.
    pub fn is_public(&self) -> bool {
        self.base != Base::String || !self.facets.enumeration.is_empty() || matches!(self.facets.max_length, Some(..=4))
    }

    /// Compiles what is left until it is needed.
    ///
    /// # Errors
    /// A pattern that is too large.
    pub fn complete(&self) -> Result<(), BadPattern> {
        self.patterns.iter().try_for_each(Pattern::complete)
    }

    /// What the fast check looks at.
    pub(super) fn fast(&self) -> &Fast {
        &self.fast
    }

    /// The built-in type.
    pub fn base(&self) -> Base {
        self.base
    }
}

/// A value with its white space as a type wants it.
pub(super) fn white_space(value: &str, how: WhiteSpace) -> Cow<'_, str> {
    let white = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    match how {
        WhiteSpace::Preserve => Cow::Borrowed(value),
        _ if !value.contains(white) => Cow::Borrowed(value),
        WhiteSpace::Replace => Cow::Owned(value.replace(white, " ")),
        WhiteSpace::Collapse => {
            Cow::Owned(value.split(white).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        }
    }
}

/// The order of two decimal numbers; `None` when one is none.
pub(super) fn compare(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    Some(Digits::of(a)?.cmp(&Digits::of(b)?))
}

impl Fast {
    fn of(simple: &Simple, patterns: &[Pattern]) -> Self {
        let facets = &simple.facets;
        let lengths = (facets.min_length.unwrap_or(0), facets.max_length.unwrap_or(u32::MAX));
        let no_lengths = facets.min_length.is_none() && facets.max_length.is_none();
        if facets.white_space != WhiteSpace::Preserve
            || facets.min_exclusive.is_some()
            || facets.max_exclusive.is_some()
        {
            return Fast::None;
        }
        match (simple.base, patterns, facets.enumeration.is_empty()) {
            (Base::String, [], true) if lengths.0 <= lengths.1 => Fast::Text { min: lengths.0, max: lengths.1 },
            (Base::String, [pattern], true) if no_lengths => match pattern.shape() {
                Some(shape) => Fast::Shape(Box::new(shape.clone())),
                None => Fast::None,
            },
            (Base::String, [], false) if no_lengths => match facets.enumeration.iter().map(|c| word(c)).collect() {
                Some(words) => Fast::Codes(words),
                None => Fast::None,
            },
            (Base::Decimal, [], true)
                if facets.max_inclusive.is_none() && facets.min_inclusive.as_deref().is_none_or(|b| b == "0") =>
            {
                let total = facets.total_digits.unwrap_or(u32::MAX);
                Fast::Decimal { total, fraction: facets.fraction_digits.unwrap_or(total) }
            }
            (Base::Date, [], true) => Fast::Date(&DATES),
            (Base::DateTime, [], true) => Fast::DateTime(&DATES),
            (Base::DateTime, [pattern], true) if pattern.ending() == Some("Z") => Fast::Utc(&DATES),
            (Base::Boolean, [], true) => Fast::Boolean,
            _ => Fast::None,
        }
    }
}

fn word(code: &str) -> Option<u64> {
    let bytes = code.as_bytes();
    let fits = (1..=8).contains(&bytes.len()) && bytes.iter().all(|b| b.is_ascii() && *b != 0);
    fits.then(|| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
}

fn one_of(codes: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = codes.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match codes.len() {
        1 => shown,
        n if n > SHOWN => format!("one of {shown} or {} more", n - SHOWN),
        _ => format!("one of {shown}"),
    }
}

/// Whether the digits of a date are certainly a day: month 1 to 12, day 1 to 28, year not 0000.
#[inline(always)]
fn is_sure_day(value: &[u8]) -> bool {
    let Some(&[y1, y2, y3, y4, _, m1, m2, _, d1, d2]) = value.first_chunk::<10>() else { return false };
    let two = |tens: u8, ones: u8| (tens & 15) * 10 + (ones & 15);
    let (month, day) = (two(m1, m2), two(d1, d2));
    let year = (y1 | y2 | y3 | y4) & 15 != 0;
    year && month.wrapping_sub(1) < 12 && (day.wrapping_sub(1) < 28 || is_late_day(two(y3, y4), month, day))
}

/// The 29th to the 31st; 29 February only in years divisible by four whose last two digits are not 00.
fn is_late_day(year: u8, month: u8, day: u8) -> bool {
    match month {
        2 => day == 29 && year.is_multiple_of(4) && year != 0,
        4 | 6 | 9 | 11 => matches!(day, 29..=30),
        _ => matches!(day, 29..=31),
    }
}

/// Whether the digits of a date and time, of which the first 19 have their shape, certainly are one: no hour 24, no leap
/// of a zone; what is behind the seconds is nothing, a fraction, `Z` or an offset below 14 hours.
#[inline(always)]
fn is_sure_date_time(value: &[u8]) -> bool {
    let hour = (value[11] & 15) * 10 + (value[12] & 15);
    hour < 24 && is_sure_day(value) && is_sure_end(&value[19..])
}

#[inline(always)]
fn is_sure_end(end: &[u8]) -> bool {
    let mut rest = end;
    if let [b'.', digits @ ..] = rest {
        let len = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        if len == 0 {
            return false;
        }
        rest = &digits[len..];
    }
    match rest {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1 @ b'0'..=b'1', h2 @ b'0'..=b'9', b':', b'0'..=b'5', b'0'..=b'9'] => {
            (h1 & 15) * 10 + (h2 & 15) < 14
        }
        _ => false,
    }
}

/// A decimal number as written, without the zeros that do not count.
struct Digits<'v> {
    negative: bool,
    whole: &'v [u8],
    fraction: &'v [u8],
}

impl<'v> Digits<'v> {
    /// `('+' | '-')? (digit+ ('.' digit*)? | '.' digit+)`
    fn of(value: &'v str) -> Option<Self> {
        let bytes = value.as_bytes();
        let (negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, bytes),
        };
        let point = digits.iter().position(|b| *b == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &digits[digits.len()..]),
        };
        let all_digits = whole.iter().chain(fraction).all(u8::is_ascii_digit);
        if !all_digits || whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let lead = whole.iter().take_while(|b| **b == b'0').count();
        let trail = fraction.iter().rev().take_while(|b| **b == b'0').count();
        let (whole, fraction) = (&whole[lead..], &fraction[..fraction.len() - trail]);
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }

    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let size = |a: &Self, b: &Self| {
            (a.whole.len().cmp(&b.whole.len()))
                .then_with(|| a.whole.cmp(b.whole))
                .then_with(|| a.fraction.cmp(b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
        }
    }
}

/// How many octets a base64 text stands for (white space collapsed: single blanks may stand between characters). `None`
/// when it is not base64 (XML Schema 1.0 part 2, section 3.2.16).
fn octets(value: &str) -> Option<usize> {
    let symbols: Vec<u8> = value.bytes().filter(|b| *b != b' ').collect();
    let padding = symbols.iter().rev().take_while(|b| **b == b'=').count();
    let body = &symbols[..symbols.len() - padding];
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let last_fits = match (padding, body.last()) {
        (0, _) => true,
        (1, Some(last)) => b"AEIMQUYcgkosw048".contains(last),
        (2, Some(last)) => b"AQgw".contains(last),
        _ => false,
    };
    let good = symbols.len().is_multiple_of(4) && last_fits && body.iter().all(alphabet);
    good.then(|| symbols.len() / 4 * 3 - padding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::scan::{Plain, Window};

    fn check(base: Base, facets: Facets) -> Check {
        Check::new(&Simple { base, facets }).unwrap()
    }

    fn amount() -> Facets {
        Facets {
            total_digits: Some(18),
            fraction_digits: Some(5),
            min_inclusive: Some("0".to_owned()),
            ..Facets::default()
        }
    }

    fn lengths(min: u32, max: u32) -> Facets {
        Facets { min_length: Some(min), max_length: Some(max), ..Facets::default() }
    }

    fn pattern(pattern: &str) -> Facets {
        Facets { patterns: vec![pattern.to_owned()], ..Facets::default() }
    }

    fn codes(codes: &[&str]) -> Facets {
        Facets { enumeration: codes.iter().map(|c| (*c).to_owned()).collect(), ..Facets::default() }
    }

    /// The close look says `expected`, and the fast check does not accept what it refuses.
    fn holds(check: &Check, value: &str, expected: Option<Rule>) {
        assert_eq!(check.look(value).err().map(|b| b.rule), expected, "{value:?} {check:?}");
        if value.bytes().all(|b| (0x20..0x80).contains(&b)) {
            let window = Window::new(value.as_bytes().to_vec());
            let span = window.cursor(0).span(0..value.len());
            assert!(!check.passes::<Plain>(&span) || expected.is_none(), "fast accepts {value:?} {check:?}");
            assert_eq!(check.passes::<Plain>(&span), check.passes::<crate::xml::scan::Basic>(&span), "{value:?}");
        }
    }

    #[test]
    fn values_and_facets() {
        use Rule::{XsdDigits, XsdEnumeration, XsdLength, XsdPattern, XsdRange, XsdType};
        type Row = (Base, Facets, &'static [(&'static str, Option<Rule>)]);
        let cases: Vec<Row> = vec![
            (
                Base::Decimal,
                amount(),
                &[
                    ("0", None),
                    ("1234.56", None),
                    ("000000000000149.87", None),
                    ("0000000000000000000000149.87", None),
                    ("1.1000000000", None),
                    ("+1", None),
                    (".5", None),
                    ("5.", None),
                    ("-0.00", None),
                    (" 1.5\n", None),
                    ("123456789012345678", None),
                    ("1234567890123456789", Some(XsdDigits)),
                    ("1234567890123.123456", Some(XsdDigits)),
                    ("12345678901234.12345", Some(XsdDigits)),
                    ("0.123456", Some(XsdDigits)),
                    ("-0.01", Some(XsdRange)),
                    ("", Some(XsdType)),
                    (".", Some(XsdType)),
                    ("1,5", Some(XsdType)),
                    ("1e3", Some(XsdType)),
                    ("NaN", Some(XsdType)),
                    ("1.2.3", Some(XsdType)),
                    ("1 5", Some(XsdType)),
                    ("--1", Some(XsdType)),
                ],
            ),
            (
                Base::String,
                lengths(1, 4),
                &[
                    ("a", None),
                    ("abcd", None),
                    ("", Some(XsdLength)),
                    ("abcde", Some(XsdLength)),
                    ("éééé", None),
                    ("ééééé", Some(XsdLength)),
                    (" ", None),
                ],
            ),
            (Base::String, Facets::default(), &[("", None), ("a", None)]),
            (
                Base::String,
                pattern("[A-Z]{3,3}"),
                &[("EUR", None), ("EU", Some(XsdPattern)), (" EUR", Some(XsdPattern)), ("ÉUR", Some(XsdPattern))],
            ),
            (
                Base::String,
                codes(&["DEBT", "CRED"]),
                &[
                    ("DEBT", None),
                    ("debt", Some(XsdEnumeration)),
                    ("DEBT ", Some(XsdEnumeration)),
                    ("", Some(XsdEnumeration)),
                    ("DEB", Some(XsdEnumeration)),
                ],
            ),
            (
                Base::String,
                codes(&["A", "LongerThanEight"]),
                &[("A", None), ("LongerThanEight", None), ("B", Some(XsdEnumeration))],
            ),
            (
                Base::Boolean,
                Facets::default(),
                &[
                    ("true", None),
                    ("false", None),
                    ("1", None),
                    ("0", None),
                    (" true ", None),
                    ("True", Some(XsdType)),
                    ("", Some(XsdType)),
                ],
            ),
            (
                Base::DateTime,
                pattern(".*Z"),
                &[("2026-01-01T00:00:00Z", None), ("2026-01-01T00:00:00", Some(XsdPattern))],
            ),
            (
                Base::Base64Binary,
                lengths(1, 4),
                &[
                    ("QQ==", None),
                    ("QUI=", None),
                    ("QUJD", None),
                    ("Q U J D", None),
                    ("QR==", Some(XsdType)),
                    ("Q", Some(XsdType)),
                    ("QUJDQUJD", Some(XsdLength)),
                    ("", Some(XsdLength)),
                    ("====", Some(XsdType)),
                ],
            ),
            (
                Base::Decimal,
                Facets {
                    total_digits: Some(3),
                    fraction_digits: Some(0),
                    max_inclusive: Some("100".to_owned()),
                    min_inclusive: Some("-5".to_owned()),
                    ..Facets::default()
                },
                &[
                    ("100", None),
                    ("101", Some(XsdRange)),
                    ("99", None),
                    ("-5", None),
                    ("-6", Some(XsdRange)),
                    ("1.0", None),
                    ("1.5", Some(XsdDigits)),
                ],
            ),
        ];
        for (base, facets, values) in cases {
            let check = check(base, facets);
            values.iter().for_each(|(value, expected)| holds(&check, value, *expected));
        }
    }

    #[test]
    fn the_fast_date_check_accepts_only_dates() {
        let bytes = b"0123456789";
        for base in [Base::Date, Base::DateTime] {
            let check = check(base, Facets::default());
            for seed in 0u32..60_000 {
                let mut state = seed.wrapping_mul(2_654_435_761) | 1;
                let mut digit = |most: usize| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    char::from(bytes[(state >> 24) as usize % most])
                };
                let model = "dd20-1d-3d".chars().map(|c| match c {
                    '-' => '-',
                    'd' => digit(10),
                    most => digit(most as usize - '0' as usize + 1),
                });
                let mut value: String = model.collect();
                if base == Base::DateTime {
                    let zone = ["", "Z", ".1", "+01:00", "-14:00", "+14:01", ".", "z", ".123Z"][(seed % 9) as usize];
                    value.push_str(&format!("T2{}:5{}:{}{}{zone}", digit(6), digit(10), digit(7), digit(10)));
                }
                let expected = if date::is(base, &value) { None } else { Some(Rule::XsdType) };
                holds(&check, &value, expected);
            }
        }
    }
}
