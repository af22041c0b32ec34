//! The shape of a pattern: one set of bytes a position, and the lengths that are allowed. A pattern has one when it is made
//! of plain characters, classes, groups and bounded repeats, and the values that it takes differ from each other's
//! beginnings in nothing but their length.

use crate::xml::scan::Shape;

/// The shape of a pattern, when it has one.
pub(super) fn of(source: &str) -> Option<Shape> {
    let mut parser = Parser { bytes: source.as_bytes(), at: 0 };
    let whole = parser.sequence()?;
    let lengths = (0..=whole.sets.len()).filter(|len| whole.lengths >> len & 1 == 1);
    if parser.at == source.len() { Shape::new(&whole.sets, lengths) } else { None }
}

/// A set of bytes: at most three ranges, sorted, none next to another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Set {
    ranges: [(u8, u8); 3],
    count: usize,
}

impl Set {
    fn one(byte: u8) -> Self {
        Self { ranges: [(byte, byte), (0, 0), (0, 0)], count: 1 }
    }

    /// The set of some ranges, neighbours joined.
    fn new(mut ranges: Vec<(u8, u8)>) -> Option<Self> {
        ranges.sort_unstable();
        let mut set = Self::default();
        for (low, high) in ranges {
            match set.ranges[..set.count].last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => {
                    *set.ranges.get_mut(set.count)? = (low, high);
                    set.count += 1;
                }
            }
        }
        Some(set)
    }
}

impl AsRef<[(u8, u8)]> for Set {
    fn as_ref(&self) -> &[(u8, u8)] {
        &self.ranges[..self.count]
    }
}

/// A part of a pattern. Each of its values is of the first so many sets, and the longest of all of them.
#[derive(Debug)]
struct Part {
    sets: Vec<Set>,
    /// Bit n: there are values of the length n.
    lengths: u64,
}

impl Part {
    fn empty() -> Self {
        Self { sets: Vec::new(), lengths: 1 }
    }

    /// Appends a part. `None` when a short value with the part behind it is no beginning of the longest: it never will be.
    fn append(&mut self, next: &Self) -> Option<()> {
        let before = self.sets.len();
        if before + next.sets.len() > Shape::MOST {
            return None;
        }
        self.sets.extend_from_slice(&next.sets);
        let shorter = (0..before).filter(|len| self.lengths >> len & 1 == 1);
        let mut lengths = next.lengths << before;
        for len in shorter {
            if !self.sets[len..].starts_with(&next.sets) {
                return None;
            }
            lengths |= next.lengths << len;
        }
        self.lengths = lengths;
        Some(())
    }
}

/// `sequence := (atom quantifier?)*`, `atom := char | '\' char | class | '(' sequence ')'`,
/// `quantifier := '?' | '{' n (',' m)? '}'`.
struct Parser<'p> {
    bytes: &'p [u8],
    at: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let here = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(here);
        here
    }

    fn sequence(&mut self) -> Option<Part> {
        let mut all = Part::empty();
        while self.at < self.bytes.len() && self.bytes[self.at] != b')' {
            let atom = self.atom()?;
            let (min, max) = self.quantifier()?;
            let mut repeated = Part::empty();
            let mut lengths = if min == 0 { repeated.lengths } else { 0 };
            for count in 1..=max {
                repeated.append(&atom)?;
                if count >= min {
                    lengths |= repeated.lengths;
                }
            }
            all.append(&Part { lengths, ..repeated })?;
        }
        Some(all)
    }

    fn atom(&mut self) -> Option<Part> {
        let set = match self.next()? {
            b'(' => {
                let inner = self.sequence()?;
                return self.eat(b')').then_some(inner);
            }
            b'[' => self.class()?,
            b'\\' => Set::one(self.escaped()?),
            b'.' | b'*' | b'+' | b'?' | b'{' | b'}' | b'|' | b')' | b']' => return None,
            byte if byte.is_ascii() => Set::one(byte),
            _ => return None,
        };
        Some(Part { sets: vec![set], lengths: 1 << 1 })
    }

    fn escaped(&mut self) -> Option<u8> {
        self.next().filter(u8::is_ascii_punctuation)
    }

    fn class(&mut self) -> Option<Set> {
        let mut ranges = Vec::new();
        loop {
            let low = match self.next()? {
                b']' => break,
                b'^' | b'[' => return None,
                b'\\' => self.escaped()?,
                byte if byte.is_ascii() => byte,
                _ => return None,
            };
            let is_range = self.bytes.get(self.at) == Some(&b'-') && self.bytes.get(self.at + 1) != Some(&b']');
            let high = if is_range {
                self.at += 1;
                self.next().filter(|b| b.is_ascii_alphanumeric())?
            } else {
                low
            };
            ranges.push((low, high));
        }
        Set::new(ranges)
    }

    fn quantifier(&mut self) -> Option<(usize, usize)> {
        if self.eat(b'?') {
            return Some((0, 1));
        }
        if !self.eat(b'{') {
            let repeats = matches!(self.bytes.get(self.at), Some(b'*' | b'+'));
            return (!repeats).then_some((1, 1));
        }
        let min = self.number()?;
        let max = if self.eat(b',') { self.number()? } else { min };
        (self.eat(b'}') && min <= max && max <= Shape::MOST).then_some((min, max))
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        std::str::from_utf8(&self.bytes[from..self.at]).ok()?.parse().ok()
    }
}
