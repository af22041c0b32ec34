//! Patterns of XML Schema: compiled to a shape (one set of bytes a position) where they have one, else to a regular
//! expression. A pattern matches the whole value.

mod blocks;
mod dialect;
mod shape;

use std::sync::OnceLock;

use regex::Regex;

use crate::xml::scan::Shape;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    shape: Option<Box<Shape>>,
    /// Compiled when it is first needed; `None` when it is too large.
    regex: OnceLock<Option<Regex>>,
}

/// A pattern that payflow does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern `{pattern}` is not supported: {reason}")]
pub struct BadPattern {
    /// The pattern as written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// When it is malformed, or names a block of Unicode that is not known.
    pub fn new(source: &str) -> Result<Self, BadPattern> {
        check(source)?;
        let shape = shape::of(source).map(Box::new);
        Ok(Self { source: source.to_owned(), shape, regex: OnceLock::new() })
    }

    /// Compiles it now.
    ///
    /// # Errors
    /// When it is too large.
    pub fn complete(&self) -> Result<(), BadPattern> {
        match self.shape.is_some() || self.regex().is_some() {
            true => Ok(()),
            false => compile(&self.source).map(|_| ()),
        }
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.source).ok()).as_ref()
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its shape, when it has one.
    pub fn shape(&self) -> Option<&Shape> {
        self.shape.as_deref()
    }

    /// What a value must end with, when that is all that the pattern says of a value of one line.
    pub fn ending(&self) -> Option<&str> {
        let ending = self.source.strip_prefix(".*")?;
        (!ending.is_empty() && ending.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(ending)
    }

    /// Whether a whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        match &self.shape {
            Some(shape) => {
                let window = crate::xml::scan::Window::new(value.as_bytes().to_vec());
                window.cursor(0).span(0..value.len()).is_shape::<crate::xml::scan::Plain>(shape)
            }
            None => self.regex().is_some_and(|regex| regex.is_match(value)),
        }
    }
}

/// Whether a pattern is well-formed, without compiling it.
///
/// # Errors
/// When it is not.
pub fn check(source: &str) -> Result<(), BadPattern> {
    let bad = |reason| BadPattern { pattern: source.to_owned(), reason };
    dialect::translate(source).map(|_| ()).map_err(bad)
}

fn compile(source: &str) -> Result<Regex, BadPattern> {
    let bad = |reason: String| BadPattern { pattern: source.to_owned(), reason };
    let translated = dialect::translate(source).map_err(&bad)?;
    Regex::new(&format!("^(?s:{translated})$")).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_values() {
        let bic = "[A-Z]{6,6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3,3}){0,1}";
        let uetr = "[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}";
        // pattern, whether it has a shape, values that match, values that do not
        let cases: &[(&str, bool, &[&str], &[&str])] = &[
            (bic, true, &["DEUTDEFF", "DEUTDEFF500"], &["DEUTDEF", "DEUTDEFF5", "deutdeff", "DEUTDEFFé00", "DEUTDE1F"]),
            (
                uetr,
                true,
                &["eb6305c9-1f7f-49de-aed0-16487c27b42d"],
                &["eb6305c9-1f7f-39de-aed0-16487c27b42d", "EB6305C9-1f7f-49de-aed0-16487c27b42d", ""],
            ),
            ("[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}", true, &["DE02120300000000202051"], &["DE02", "DE0212030-"]),
            ("[A-Z]{3,3}", true, &["EUR"], &["EU", "EURO", "eur"]),
            ("[A-Z]{0,2}[A-Z]{1,2}", true, &["A", "ABC", "ABCD"], &["", "ABCDE", "A1"]),
            ("([A-Z]{2}){1,2}[0-9]{0,1}", false, &["AB", "AB1", "ABCD", "ABCD1"], &["ABC", "AB12", "1"]),
            ("x{0,0}[0-9-]{2}", true, &["1-"], &["x1", "x1-"]),
            ("CH[0-9]{6,6}", true, &["CH123456"], &["CH12345", "ch123456"]),
            ("\\+[0-9]{1,3}-[0-9()+\\-]{1,30}", false, &["+49-(0)30"], &["49-30", "+4999-30", "+49-"]),
            ("[\\+]{0,1}[0-9]{1,15}", false, &["+1", "1"], &["", "+", "1234567890123456"]),
            ("([0-9A-F][0-9A-F]){32}", false, &[&"0A".repeat(32)], &[&"0A".repeat(31), &"0a".repeat(32)]),
            (".*Z", false, &["Z", "2026-01-01T00:00:00Z"], &["z", "Z\n", "\nZ"]),
            ("[0-9a-fA-F]+", false, &["0aF"], &["", "g"]),
            ("[a-z-[aeiou]]+", false, &["xyz"], &["abc"]),
            ("a^b$", true, &["a^b$"], &["ab"]),
            ("\\i\\c*", false, &["_a-1", "é"], &["1a", ""]),
            ("yes|no", false, &["yes", "no"], &["yesno", "yes|no"]),
            ("\\d{2}", false, &["12"], &["1", "1a"]),
            ("[^a-z-[0-9]]+", false, &["A-["], &["A1", "a", ""]),
            ("[\\w-[\\d_]]{2,}", false, &["ab", "éÀ"], &["a1", "a"]),
            ("[\\c-[:]]*", false, &["a.b-1", ""], &["a:b"]),
            ("[\\S]\\P{L}", false, &["a1"], &["aa", " 1"]),
            ("\\p{IsBasicLatin}*", false, &["a ~"], &["é"]),
            ("\\p{IsGreek}\\P{IsGreek}", false, &["αa"], &["αα"]),
            ("([a-z-]|[+|\\-]|[ -~&&]){2}", false, &["-|", "+~"], &["é-"]),
            (
                "[0-9a-zA-Z/\\-\\?:\\(\\)\\.,'\\+ !#$%&\\*=^_`\\{\\|\\}~\";<>@\\[\\\\\\]]+",
                false,
                &["A-[^]`{|}~\"\\"],
                &["é", ""],
            ),
        ];
        for (source, shaped, good, bad) in cases {
            let pattern = Pattern::new(source).unwrap();
            assert_eq!(pattern.shape().is_some(), *shaped, "{source}");
            assert_eq!(pattern.ending(), (*source == ".*Z").then_some("Z"), "{source}");
            good.iter().for_each(|value| assert!(pattern.matches(value), "{source} {value:?}"));
            bad.iter().for_each(|value| assert!(!pattern.matches(value), "{source} {value:?}"));
        }
    }

    #[test]
    fn shapes_agree_with_regular_expressions() {
        for source in [
            "[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}",
            "[0-9]{1,15}",
            "[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}",
        ] {
            let (pattern, regex) = (Pattern::new(source).unwrap(), compile(source).unwrap());
            for seed in 0u32..20_000 {
                let mut state = seed.wrapping_mul(2_654_435_761);
                let value: String = (0..seed % 14)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        char::from(b"AZ09az5-"[(state >> 24) as usize % if seed % 3 == 0 { 8 } else { 4 }])
                    })
                    .collect();
                assert_eq!(pattern.matches(&value), regex.is_match(&value), "{source} {value:?}");
            }
        }
    }

    #[test]
    fn unsupported_patterns_are_refused() {
        let malformed = [
            "\\p{IsKlingon}",
            "\\p{Xx}",
            "\\p",
            "\\pL",
            "[a",
            "(a",
            "a)",
            "(?i)a",
            "a{2,1}",
            "a{,2}",
            "a{2",
            "a{1000000}",
            "\\q",
            "a\\",
            "[]",
            "[^]",
            "[a[b]]",
            "[a-[b]c]",
            "[z-a]",
            "[a-\\d]",
            "*",
            "a**",
            "a+?",
            "]",
            "}",
        ];
        for source in malformed {
            assert!(Pattern::new(source).is_err(), "{source}");
        }
    }
}
