//! The normal form of a pattern: one way to write what can be written in several, and the lengths it lets through. Must
//! not match anything.
//!
//! ```text
//! pattern = branch ("|" branch)*
//! branch  = (atom quantifier?)*
//! atom    = character | escape | "." | class | "(" pattern ")"
//! class   = "[" "^"? (character | character "-" character)+ "]"
//! ```
//!
//! A pattern beyond this (class subtraction, `\d` within a class) stays as it is written.

use std::iter::Peekable;
use std::str::Chars;

/// Deeper groups than any pattern in use; beyond them a pattern stays as it is written.
const MAX_DEPTH: usize = 16;

/// A pattern in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The text of the normal form.
    pub(super) text: String,
    /// The least and the greatest number of characters that it matches; `None` is no bound that is known.
    pub(super) lengths: (u64, Option<u64>),
}

/// Brings a pattern into its normal form.
pub(super) fn normalise(pattern: &str) -> Pattern {
    let mut parser = Parser { rest: pattern.chars().peekable(), depth: 0 };
    match parser.alternatives().filter(|_| parser.rest.peek().is_none()) {
        Some(parsed) => Pattern { text: parsed.to_string(), lengths: parsed.lengths() },
        None => Pattern { text: pattern.to_owned(), lengths: (0, None) },
    }
}

/// Branches, any of which may match.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alternatives(Vec<Vec<Piece>>);

/// An atom and how often it must match.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    atom: Atom,
    min: u32,
    max: Option<u32>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    /// One character of a set of ranges, sorted and apart; or one that is in none of them.
    Set {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
    /// One character of a set that has a name, such as `.` or `\d`.
    Named(String),
    Group(Alternatives),
}

struct Parser<'p> {
    rest: Peekable<Chars<'p>>,
    depth: usize,
}

impl Parser<'_> {
    fn alternatives(&mut self) -> Option<Alternatives> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut branches = vec![self.branch()?];
        while self.rest.next_if_eq(&'|').is_some() {
            branches.push(self.branch()?);
        }
        self.depth -= 1;
        branches.sort();
        Some(Alternatives(branches))
    }

    fn branch(&mut self) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        while let Some(first) = self.rest.next_if(|c| !matches!(c, '|' | ')')) {
            let atom = self.atom(first)?;
            let (min, max) = self.quantifier()?;
            push(&mut pieces, Piece { atom, min, max });
        }
        Some(pieces)
    }

    fn atom(&mut self, first: char) -> Option<Atom> {
        match first {
            '.' => Some(Atom::Named(".".to_owned())),
            '[' => self.class(),
            '(' => {
                let group = self.alternatives()?;
                self.rest.next_if_eq(&')')?;
                Some(Atom::Group(group))
            }
            '\\' => match self.rest.next()? {
                named @ ('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'i' | 'I' | 'c' | 'C') => {
                    Some(Atom::Named(format!("\\{named}")))
                }
                other => single(unescaped(other)?),
            },
            '?' | '*' | '+' | '{' | '}' | ']' => None,
            literal => single(literal),
        }
    }

    fn class(&mut self) -> Option<Atom> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        while self.rest.next_if_eq(&']').is_none() {
            let from = self.class_character()?;
            let to = match self.rest.peek() {
                Some('-') => {
                    self.rest.next();
                    self.class_character()?
                }
                _ => from,
            };
            if to < from {
                return None;
            }
            ranges.push((from, to));
        }
        if ranges.is_empty() { None } else { Some(Atom::Set { ranges: joined(ranges), negated }) }
    }

    /// A character within a class. A bare hyphen has meanings of its own there, and is left alone.
    fn class_character(&mut self) -> Option<char> {
        match self.rest.next()? {
            '[' | ']' | '-' => None,
            '\\' => unescaped(self.rest.next()?),
            literal => Some(literal),
        }
    }

    fn quantifier(&mut self) -> Option<(u32, Option<u32>)> {
        let Some(mark) = self.rest.next_if(|c| matches!(c, '?' | '*' | '+' | '{')) else {
            return Some((1, Some(1)));
        };
        match mark {
            '?' => Some((0, Some(1))),
            '*' => Some((0, None)),
            '+' => Some((1, None)),
            _ => {
                let min = self.number()?;
                let max = match self.rest.next()? {
                    '}' => return Some((min, Some(min))),
                    ',' if self.rest.peek() == Some(&'}') => None,
                    ',' => Some(self.number()?),
                    _ => return None,
                };
                self.rest.next_if_eq(&'}')?;
                (max.is_none_or(|max| min <= max)).then_some((min, max))
            }
        }
    }

    fn number(&mut self) -> Option<u32> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().ok()
    }
}

/// Adds a piece; a group that only holds together what holds together without it is dissolved.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match piece {
        Piece { atom: Atom::Group(Alternatives(mut branches)), min: 1, max: Some(1) } if branches.len() == 1 => {
            pieces.append(&mut branches[0]);
        }
        Piece { atom: Atom::Group(Alternatives(mut branches)), min, max } if is_one_atom(&branches) => {
            pieces.extend(branches.remove(0).into_iter().map(|inner| Piece { min, max, ..inner }));
        }
        other => pieces.push(other),
    }
}

fn is_one_atom(branches: &[Vec<Piece>]) -> bool {
    matches!(branches, [branch] if matches!(branch.as_slice(), [Piece { min: 1, max: Some(1), .. }]))
}

fn single(c: char) -> Option<Atom> {
    Some(Atom::Set { ranges: vec![(c, c)], negated: false })
}

/// The character that an escape of a single character stands for.
fn unescaped(escape: char) -> Option<char> {
    match escape {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' => Some(escape),
        _ => None,
    }
}

/// Sorts ranges, and joins those that overlap or touch.
fn joined(mut ranges: Vec<(char, char)>) -> Vec<(char, char)> {
    ranges.sort_unstable();
    let mut joined: Vec<(char, char)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match joined.last_mut() {
            Some(last) if u32::from(from) <= u32::from(last.1) + 1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

impl Alternatives {
    fn lengths(&self) -> (u64, Option<u64>) {
        let branches = || self.0.iter().map(|branch| branch_lengths(branch));
        let min = branches().map(|(min, _)| min).min().unwrap_or(0);
        let max = branches().try_fold(0, |longest, (_, max)| Some(max?.max(longest)));
        (min, max)
    }
}

fn branch_lengths(pieces: &[Piece]) -> (u64, Option<u64>) {
    pieces.iter().fold((0, Some(0)), |(least, most), piece| {
        let (min, max) = match &piece.atom {
            Atom::Group(group) => group.lengths(),
            _ => (1, Some(1)),
        };
        let least = min.saturating_mul(piece.min.into()).saturating_add(least);
        let most = (|| Some(max?.saturating_mul(piece.max?.into()).saturating_add(most?)))();
        (least, most)
    })
}

impl std::fmt::Display for Alternatives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, branch) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("|")?;
            }
            branch.iter().try_for_each(|piece| write!(f, "{piece}"))?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.atom {
            Atom::Named(name) => f.write_str(name)?,
            Atom::Group(group) => write!(f, "({group})")?,
            Atom::Set { ranges, negated: false } if matches!(ranges.as_slice(), [(from, to)] if from == to) => {
                write_escaped(f, ranges[0].0, ".?*+(){}|")?;
            }
            Atom::Set { ranges, negated } => {
                f.write_str(if *negated { "[^" } else { "[" })?;
                ranges.iter().try_for_each(|range| write_range(f, *range))?;
                f.write_str("]")?;
            }
        }
        match (self.min, self.max) {
            (1, Some(1)) => Ok(()),
            (0, Some(1)) => f.write_str("?"),
            (0, None) => f.write_str("*"),
            (1, None) => f.write_str("+"),
            (min, Some(max)) if min == max => write!(f, "{{{min}}}"),
            (min, Some(max)) => write!(f, "{{{min},{max}}}"),
            (min, None) => write!(f, "{{{min},}}"),
        }
    }
}

fn write_range(f: &mut std::fmt::Formatter<'_>, (from, to): (char, char)) -> std::fmt::Result {
    write_escaped(f, from, "-")?;
    if from == to {
        return Ok(());
    }
    if u32::from(from) + 1 < u32::from(to) {
        f.write_str("-")?;
    }
    write_escaped(f, to, "-")
}

fn write_escaped(f: &mut std::fmt::Formatter<'_>, c: char, also: &str) -> std::fmt::Result {
    match c {
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\\' | '[' | ']' | '^' => write!(f, "\\{c}"),
        _ if also.contains(c) => write!(f, "\\{c}"),
        _ => write!(f, "{c}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As written; the normal form; the lengths.
    #[rustfmt::skip]
    type Row = (&'static str, &'static str, (u64, Option<u64>));
    const ROWS: &[Row] = &[
        // Each pattern of the official files.
        ("([0-9A-F][0-9A-F]){32}", "([0-9A-F][0-9A-F]){32}", (64, Some(64))),
        (".*Z", ".*Z", (1, None)),
        ("CH[0-9]{6,6}", "CH[0-9]{6}", (8, Some(8))),
        ("[+]{0,1}[0-9]{1,15}", r"\+?[0-9]{1,15}", (1, Some(16))),
        (r"[\+]{0,1}[0-9]{1,15}", r"\+?[0-9]{1,15}", (1, Some(16))),
        ("[0-9]", "[0-9]", (1, Some(1))),
        ("[0-9]{1,15}", "[0-9]{1,15}", (1, Some(15))),
        ("[0-9]{1,3}", "[0-9]{1,3}", (1, Some(3))),
        ("[0-9]{1,5}", "[0-9]{1,5}", (1, Some(5))),
        ("[0-9]{13,13}", "[0-9]{13}", (13, Some(13))),
        ("[0-9]{2,3}", "[0-9]{2,3}", (2, Some(3))),
        ("[0-9]{2}", "[0-9]{2}", (2, Some(2))),
        ("[0-9]{3,4}", "[0-9]{3,4}", (3, Some(4))),
        ("[0-9]{3}", "[0-9]{3}", (3, Some(3))),
        ("[0-9]{8,17}", "[0-9]{8,17}", (8, Some(17))),
        ("[0-9]{8,28}", "[0-9]{8,28}", (8, Some(28))),
        ("[0-9]{9,9}", "[0-9]{9}", (9, Some(9))),
        ("[0-9a-fA-F]+", "[0-9A-Fa-f]+", (1, None)),
        ("[A-Z0-9]{12,12}", "[0-9A-Z]{12}", (12, Some(12))),
        ("[A-Z0-9]{18,18}[0-9]{2,2}", "[0-9A-Z]{18}[0-9]{2}", (20, Some(20))),
        ("[A-Z0-9]{18}[0-9]{2}[A-Z0-9]{0,32}", "[0-9A-Z]{18}[0-9]{2}[0-9A-Z]{0,32}", (20, Some(52))),
        (
            "[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}",
            "[0-9A-Z]{4}[A-Z]{2}[0-9A-Z]{2}([0-9A-Z]{3})?",
            (8, Some(11)),
        ),
        ("[A-Z]{2,2}", "[A-Z]{2}", (2, Some(2))),
        ("[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}", "[A-Z]{2}[0-9]{2}[0-9A-Za-z]{1,30}", (5, Some(34))),
        ("[A-Z]{2,2}[A-Z0-9]{9,9}[0-9]{1,1}", "[A-Z]{2}[0-9A-Z]{9}[0-9]", (12, Some(12))),
        ("[A-Z]{2,2}[B-DF-HJ-NP-TV-XZ0-9]{7,7}[0-9]{1,1}", "[A-Z]{2}[0-9B-DF-HJ-NP-TV-XZ]{7}[0-9]", (10, Some(10))),
        ("[A-Z]{3,3}", "[A-Z]{3}", (3, Some(3))),
        (
            "[A-Z]{6,6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3,3}){0,1}",
            "[A-Z]{6}[2-9A-Z][0-9A-NP-Z]([0-9A-Z]{3})?",
            (8, Some(11)),
        ),
        (
            "[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}",
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            (36, Some(36)),
        ),
        ("[a-zA-Z0-9]{1,30}", "[0-9A-Za-z]{1,30}", (1, Some(30))),
        ("[a-zA-Z0-9]{1,4}", "[0-9A-Za-z]{1,4}", (1, Some(4))),
        ("[a-zA-Z0-9]{4}", "[0-9A-Za-z]{4}", (4, Some(4))),
        ("[a-zA-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}", "[A-Za-z]{2}[0-9]{2}[0-9A-Za-z]{1,30}", (5, Some(34))),
        ("[a-z]{2,2}", "[a-z]{2}", (2, Some(2))),
        (r"\+[0-9]{1,3}-[0-9()+\-]{1,30}", r"\+[0-9]{1,3}-[()+\-0-9]{1,30}", (4, Some(35))),
        // Others.
        ("", "", (0, Some(0))),
        ("b|a|", "|a|b", (0, Some(1))),
        ("(a)(b|c){2,}((d))*", "a(b|c){2,}d*", (3, None)),
        (r"\d{2}[^a-c]\p", r"\d{2}[^a-c]\p", (0, None)),
        (r"[\d]", r"[\d]", (0, None)),
        (r"[a-z-[aeiou]]", r"[a-z-[aeiou]]", (0, None)),
        (r"\\\.\[x\]^$", r"\\\.\[x\]\^$", (7, Some(7))),
        ("a{3,2}", "a{3,2}", (0, None)),
        ("(a", "(a", (0, None)),
        ("a)", "a)", (0, None)),
        ("a**", "a**", (0, None)),
    ];

    #[test]
    fn one_way_to_write_a_pattern() {
        for (written, text, lengths) in ROWS {
            let normal = normalise(written);
            assert_eq!((normal.text.as_str(), normal.lengths), (*text, *lengths), "{written}");
            assert_eq!(normalise(text), normal, "the normal form of a normal form is itself: {written}");
        }
    }
}
