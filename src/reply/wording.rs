//! How a finding is put into words for its sender: within the bounds of the elements it goes into, cut by characters.
//! Must not add what the finding does not hold: its values are masked already.

use std::fmt::Write as _;

use super::quote::cut;
use crate::finding::{Finding, Place};

/// The rule and the path of a finding.
pub(super) fn rule_and_path(finding: &Finding) -> String {
    let id = finding.rule.id();
    match &finding.place {
        Some(place) => one_line(&format!("{id} {}", place.path)),
        None => id.to_owned(),
    }
}

/// The text of a finding, with what was found and expected where the text does not say it.
pub(super) fn description(finding: &Finding) -> String {
    let text = finding.text.trim_end_matches('.');
    let values = [("found", &finding.found), ("expected", &finding.expected)];
    let missing = values.into_iter().filter_map(|(label, value)| {
        let value = value.as_deref().filter(|value| !value.is_empty() && !says(text, value))?;
        Some(format!("{label} {value}"))
    });
    let missing = missing.collect::<Vec<_>>();
    one_line(&if missing.is_empty() { finding.text.clone() } else { format!("{text} ({})", missing.join(", ")) })
}

/// Whether a text has a value as words of its own.
fn says(text: &str, value: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(value)
        .any(|(at, _)| !is_word(text[..at].chars().next_back()) && !is_word(text[at + value.len()..].chars().next()))
}

/// The path, then line and column, within a number of characters: a long path is cut, the position never.
pub(super) fn location(place: &Place, max: usize) -> String {
    let position = format!(", line {}, column {}", place.line, place.column);
    let path = one_line(&place.path);
    format!("{}{position}", cut(&path, max.saturating_sub(position.len())))
}

/// One finding on one line: rule, path, position, text.
pub(super) fn line(finding: &Finding) -> String {
    let position = finding.place.as_ref().map_or(String::new(), |place| format!(" {}:{}", place.line, place.column));
    let (place, text) = (rule_and_path(finding), description(finding));
    format!("{}{position} {}", cut(&place, 350), cut(&text, 350))
}

/// A text in pieces of at most `width` characters, at most `most` of them; none for an empty text.
pub(super) fn pieces(text: &str, width: usize, most: usize) -> Vec<&str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() && pieces.len() < most {
        let piece = cut(rest, width);
        rest = &rest[piece.len()..];
        pieces.push(piece);
    }
    pieces
}

/// Lines of at most `max` characters together; those that do not fit are counted in a last line.
pub(super) fn lines(lines: impl ExactSizeIterator<Item = String>, max: usize) -> String {
    const CLOSING: usize = 40;
    let mut out = String::new();
    let (mut used, mut left) = (0, lines.len());
    for line in lines {
        let length = line.chars().count() + 1;
        if used + length + CLOSING > max {
            let _ = write!(out, "and {left} more");
            return out;
        }
        out.push_str(&line);
        out.push('\n');
        used += length;
        left -= 1;
    }
    out.truncate(out.trim_end_matches('\n').len());
    out
}

/// A text without line breaks and other control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Rule, Scope, Severity};

    fn finding(path: &str, found: Option<&str>, text: &str) -> Finding {
        Finding {
            rule: Rule::Iban,
            severity: Severity::Error,
            scope: Scope::Message,
            place: Some(Place { path: path.to_owned(), line: 12, column: 7, offset: 0, length: 0 }),
            found: found.map(str::to_owned),
            expected: Some("an IBAN".to_owned()),
            text: text.to_owned(),
            suggestion: None,
        }
    }

    #[test]
    fn says_what_was_found_once() {
        for (found, text, expected) in [
            (Some("XX"), "Not an IBAN.", "Not an IBAN (found XX)"),
            (Some("XX"), "XX is not valid.", "XX is not valid (expected an IBAN)"),
            (Some("1"), "Has 12 digits, not an IBAN.", "Has 12 digits, not an IBAN (found 1)"),
            (None, "a\nb", "a b (expected an IBAN)"),
            (Some("XX"), "XX is not an IBAN.", "XX is not an IBAN."),
        ] {
            assert_eq!(description(&finding("/A", found, text)), expected);
        }
    }

    #[test]
    fn keeps_the_position_of_a_long_path() {
        let place = finding(&"/é".repeat(300), None, "").place.unwrap();
        let location = location(&place, 350);
        assert_eq!(location.chars().count(), 350);
        assert!(location.ends_with(", line 12, column 7"), "{location}");
    }

    #[test]
    fn cuts_into_pieces_by_characters() {
        assert_eq!(pieces("ééééé", 2, 9), ["éé", "éé", "é"]);
        assert_eq!(pieces("ééééé", 2, 2), ["éé", "éé"]);
        assert!(pieces("", 2, 2).is_empty());
    }

    #[test]
    fn counts_the_lines_that_do_not_fit() {
        let row = "x".repeat(9);
        assert_eq!(lines(vec![row.clone(); 2].into_iter(), 100), format!("{row}\n{row}"));
        assert_eq!(lines(vec![row.clone(); 9].into_iter(), 65), format!("{row}\n{row}\nand 7 more"));
    }
}
