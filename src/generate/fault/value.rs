//! Values that break one facet of their type. Must not know where they stand.

use super::kind::Kind;
use crate::finding::Rule;
use crate::generate::rng::Rng;
use crate::generate::style::Style;
use crate::generate::values::{Aim, Values};
use crate::schema::model::Base;

/// What does not have the form of a type.
fn forms(base: Base) -> &'static [&'static str] {
    match base {
        Base::String => &[],
        Base::Decimal => &["1.234.50", "1e3", "EUR 5", "12-", "1 000.00"],
        Base::Boolean => &["yes", "TRUE", "True", "2"],
        Base::Date => &["2026-13-01", "2025-02-29", "20261122", "22.11.2026", "2026-1-05", "2026-11-31"],
        Base::DateTime => {
            &["2026-11-22", "2026-11-22 10:30:00", "2026-11-22T25:00:00", "2026-11-22T10:30", "2026-02-30T10:30:00Z"]
        }
        Base::Time => &["25:00:00", "10:30", "10.30.00", "10:60:00"],
        Base::GYear => &["26", "0000", "2026-11"],
        Base::GYearMonth => &["2026", "2026-13", "2026-1"],
        Base::Base64Binary => &["AB=C", "ABC", "A$BC", "AB==CD=="],
    }
}

/// A value that breaks its type in one way, and the rule that it breaks; `None` where this cannot be.
pub(super) fn broken(kind: Kind, values: &Values, old: &str, rng: &mut Rng) -> Option<(String, Rule)> {
    let facets = &values.facets;
    let lengths = matches!(values.base, Base::String | Base::Base64Binary);
    let plain = values.codes.is_empty() && facets.patterns.is_empty();
    let number = values.base == Base::Decimal && plain;
    let (min, max) = values.lengths();
    let (text, rule) = match kind {
        Kind::Empty => (String::new(), rule_of_empty(values)),
        Kind::TooShort if lengths && plain && min > 0 => (shorter(values, old, min), Rule::XsdLength),
        Kind::TooLong if lengths && plain => (longer(values, old, max?, rng)?, Rule::XsdLength),
        Kind::Pattern if values.base == Base::String && !facets.patterns.is_empty() => {
            (bent(old, rng), Rule::XsdPattern)
        }
        Kind::Enumeration if !values.codes.is_empty() => {
            (rng.pick(&["XXXX", "ZZZZ", "OTHE", "N0NE", "UNKN"]).to_owned(), Rule::XsdEnumeration)
        }
        Kind::LowerCase if old.bytes().any(|byte| byte.is_ascii_uppercase()) && !plain => {
            (old.to_lowercase(), if values.codes.is_empty() { Rule::XsdPattern } else { Rule::XsdEnumeration })
        }
        Kind::TotalDigits if number => (rng.text(b"123456789", facets.total_digits? as usize + 1), Rule::XsdDigits),
        Kind::FractionDigits if number => (
            format!("{}.{}", rng.below(3), rng.text(b"123456789", facets.fraction_digits? as usize + 1)),
            Rule::XsdDigits,
        ),
        Kind::Range if number => (beyond(values, rng)?, Rule::XsdRange),
        Kind::DecimalComma if values.base == Base::Decimal => {
            let comma = if old.contains('.') { old.replace('.', ",") } else { format!("{old},00") };
            (comma, Rule::XsdType)
        }
        Kind::Lexical if values.base != Base::String => (rng.pick(forms(values.base)).to_owned(), Rule::XsdType),
        _ => return None,
    };
    (!values.is(&text)).then_some((text, rule))
}

fn rule_of_empty(values: &Values) -> Rule {
    match values.base {
        Base::String | Base::Base64Binary if !values.facets.patterns.is_empty() => Rule::XsdPattern,
        Base::String if !values.codes.is_empty() => Rule::XsdEnumeration,
        Base::String | Base::Base64Binary => Rule::XsdLength,
        _ => Rule::XsdType,
    }
}

fn shorter(values: &Values, old: &str, min: u32) -> String {
    match values.base {
        Base::String => old.chars().take(min as usize - 1).collect(),
        _ => String::new(),
    }
}

/// One or a few characters too many.
fn longer(values: &Values, old: &str, max: u32, rng: &mut Rng) -> Option<String> {
    let more = rng.between(1, 3) as usize;
    match values.base {
        Base::String if max <= 100_000 => {
            let missing = (max as usize + more).saturating_sub(old.chars().count());
            Some(old.to_owned() + &rng.text(b"abcdefghijklmnopqrstuvwxyz", missing))
        }
        Base::Base64Binary if max <= 100_000 => {
            let full = values.draw(rng, Style::Plain, Some(Aim::Longest), 0);
            Some(full.trim_end_matches('=').chars().take(max as usize / 3 * 4).collect::<String>() + "AAAA")
        }
        _ => None,
    }
}

/// A character that stands nowhere in a pattern, instead of one or at the end.
fn bent(old: &str, rng: &mut Rng) -> String {
    let count = old.chars().count();
    match rng.below(3) {
        0 => format!("{old}#"),
        1 if count > 1 => old.chars().skip(1).collect(),
        _ => {
            let at = rng.index(count);
            old.chars().enumerate().map(|(nth, c)| if nth == at { '_' } else { c }).collect()
        }
    }
}

/// A whole number just beyond a bound.
fn beyond(values: &Values, rng: &mut Rng) -> Option<String> {
    let whole = |bound: &Option<String>| bound.as_ref()?.split('.').next()?.parse::<i128>().ok();
    let (least, most) = (whole(&values.facets.min_inclusive), whole(&values.facets.max_inclusive));
    let by = rng.between(1, 9) as i128;
    let value = match (least, most) {
        (Some(least), Some(most)) => {
            if rng.chance(50) {
                least - by
            } else {
                most + by
            }
        }
        (Some(least), None) => least - by,
        (None, most) => most? + by,
    };
    let total = values.facets.total_digits.unwrap_or(u32::MAX) as usize;
    (value.unsigned_abs().to_string().len() <= total).then(|| value.to_string())
}
