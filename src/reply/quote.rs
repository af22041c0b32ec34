//! Values taken over from a message that may be invalid. Each function says whether a value has the form of a type of the
//! answer, and gives it back as it came when it has. Must not mend a value.

use crate::schema::date;
use crate::schema::model::Base;
use crate::schema::record::Text;
use crate::value::{Bic, BicError, Uetr};

/// Stands for an id that the sender did not give.
pub(super) const NOT_PROVIDED: &str = "NOTPROVIDED";
/// Stands for a reference that could not be read.
pub(super) const NOT_AVAILABLE: &str = "NOTAVAILABLE";

/// A text of 1 to `max` characters.
pub(super) fn text(value: Option<&str>, max: usize) -> Option<&str> {
    value.filter(|value| !value.is_empty() && cut(value, max).len() == value.len())
}

/// `Max35Text`
pub(super) fn text35(value: &Option<Text>) -> Option<&str> {
    text(value.as_deref(), 35)
}

/// `Max15NumericText`
pub(super) fn numeric15(value: &Option<Text>) -> Option<&str> {
    text(value.as_deref(), 15).filter(|value| value.bytes().all(|b| b.is_ascii_digit()))
}

/// `DecimalNumber`: at most 18 digits, of which 17 behind the point. Zeros in front count here, so a few valid numbers are
/// not quoted; no invalid one is.
pub(super) fn decimal(value: &Option<Text>) -> Option<&str> {
    value.as_deref().filter(|value| {
        let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = whole.len() + fraction.len();
        let only_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        only_digits && (1..=18).contains(&digits) && fraction.len() <= 17
    })
}

/// `ISODateTime`, which may have white space around it.
pub(super) fn date_time(value: &Option<Text>) -> Option<&str> {
    value.as_deref().filter(|value| date::is(Base::DateTime, value.trim_ascii()))
}

/// `UUIDv4Identifier`: lower case, version 4, variant 1.
pub(super) fn uuid(value: &Option<Text>) -> Option<&str> {
    value.as_deref().filter(|value| Uetr::is_one(value.as_bytes()))
}

/// A BIC as its types had it until 2014: six letters, then two characters that exclude some, then a branch.
pub(super) fn bic(value: Option<&str>) -> Option<&str> {
    bic2014(value).filter(|value| {
        let bytes = value.as_bytes();
        bytes[..6].iter().all(u8::is_ascii_uppercase) && !matches!(bytes[6], b'0' | b'1') && bytes[7] != b'O'
    })
}

/// A BIC as its types have it since 2014: four letters or digits, two letters, two or five letters or digits.
pub(super) fn bic2014(value: Option<&str>) -> Option<&str> {
    value.filter(|value| match Bic::check(value.as_bytes()) {
        Ok(()) => true,
        // Two letters that are no country pass here.
        Err(BicError::Country) => value.as_bytes()[4..6].iter().all(u8::is_ascii_uppercase),
        Err(BicError::Length | BicError::Character) => false,
    })
}

/// The first `max` characters.
pub(super) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&Option<Text>) -> Option<&str>;

    #[test]
    fn takes_over_what_fits_and_nothing_else() {
        let cases: &[(&str, Check, &[&str], &[&str])] = &[
            (
                "text35",
                text35,
                &["a", " ", "ééééééééééééééééééééééééééééééééééé"],
                &["", "123456789012345678901234567890123456"],
            ),
            ("numeric15", numeric15, &["0", "01", "123456789012345"], &["", "1.0", "-1", "1234567890123456", "١"]),
            (
                "decimal",
                decimal,
                &["0", "-1.5", "+1", ".5", "5.", "123456789012345678", "0.12345678901234567"],
                &["", ".", "-", "1,5", "1e3", "1.2.3", "1234567890123456789", ".123456789012345678", "NaN"],
            ),
            (
                "date_time",
                date_time,
                &[
                    "2026-02-28T23:59:59",
                    "2024-02-29T00:00:00Z",
                    "2026-01-01T00:00:00.123+02:00",
                    " 2026-01-01T00:00:00-14:00\n",
                ],
                &["", "yesterday", "2026-02-29T00:00:00", "2026-01-01", "2026-01-01 00:00:00", "2026-01-01T00:00:60"],
            ),
            (
                "uuid",
                uuid,
                &["8a562c67-ca16-48ba-b074-65581be6f001"],
                &[
                    "",
                    "8A562C67-ca16-48ba-b074-65581be6f001",
                    "8a562c67-ca16-18ba-b074-65581be6f001",
                    "8a562c67-ca16-48ba-7074-65581be6f001",
                    "8a562c67ca1648bab07465581be6f001",
                ],
            ),
            (
                "bic",
                |value| bic(value.as_deref()),
                &["DEUTDEFF", "DEUTDEFF500"],
                &["", "DEUTDE1F", "DEUTDEFO", "1EUTDEFF", "deutdeff", "DEUTDEFF50"],
            ),
            (
                "bic2014",
                |value| bic2014(value.as_deref()),
                &["DEUTDEFF", "DEUTDE1F", "1EUTDEFO500"],
                &["", "DEUT1EFF", "deutdeff", "DEUTDEFF50", "DEUTDEFé"],
            ),
        ];
        for (name, check, good, bad) in cases {
            for value in *good {
                assert_eq!(check(&Some((*value).into())), Some(*value), "{name} {value:?}");
            }
            for value in *bad {
                assert_eq!(check(&Some((*value).into())), None, "{name} {value:?}");
            }
        }
    }

    #[test]
    fn cuts_by_characters() {
        for (text, max, expected) in [("abc", 3, "abc"), ("abcd", 3, "abc"), ("éàü", 2, "éà"), ("", 2, "")] {
            assert_eq!(cut(text, max), expected);
        }
    }
}
