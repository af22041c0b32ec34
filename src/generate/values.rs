//! Values of a simple type: any, or one that reaches a particular bound, code, branch of a pattern or form. Must not know
//! what an element is about beyond its style.

use super::calendar;
use super::grammar::Grammar;
use super::rng::Rng;
use super::style::{self, Style};
use crate::schema::facet::Check;
use crate::schema::model::{Base, Facets, Simple};

/// The values of a simple type.
#[derive(Debug)]
pub struct Values {
    /// The built-in type.
    pub base: Base,
    /// The facets, as written.
    pub facets: Facets,
    /// The codes that fit all other facets.
    pub codes: Vec<String>,
    grammars: Vec<Grammar>,
    check: Check,
    aims: Vec<Aim>,
}

/// A value that a run has to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aim {
    /// As short as may be.
    Shortest,
    /// As long as may be.
    Longest,
    /// This one of the codes.
    Code(usize),
    /// This branch or bound of the pattern.
    Point(usize),
    /// The least number.
    Least,
    /// The greatest number.
    Most,
    /// As many digits as may be.
    Digits,
    /// As many digits behind the point as may be.
    Fraction,
    /// This form of a date, a time or a truth value.
    Form(usize),
}

/// Lengths above are not reached: a value of ten megabytes in every run would help nobody.
const LONGEST: u32 = 100_000;
/// How often a draw is repeated that breaks another facet.
const TRIES: usize = 200;

impl Values {
    /// The values of a simple type; the reason when none can be drawn.
    pub fn new(simple: &Simple) -> Result<Self, String> {
        let check = Check::new(simple).map_err(|error| error.to_string())?;
        let grammar =
            |pattern: &String| Grammar::new(pattern).ok_or(format!("the pattern {pattern} is beyond the generator"));
        // Only strings are drawn from patterns: dates and numbers with a pattern are drawn until one matches.
        let drawn = simple.base == Base::String && simple.facets.enumeration.is_empty();
        let patterns = simple.facets.patterns.iter().filter(|_| drawn);
        let grammars = patterns.map(grammar).collect::<Result<Vec<_>, _>>()?;
        let fits = |code: &&String| check.look(code).is_ok();
        let codes: Vec<String> = simple.facets.enumeration.iter().filter(fits).cloned().collect();
        if codes.is_empty() && !simple.facets.enumeration.is_empty() {
            return Err("none of its codes fits its other facets".to_owned());
        }
        let (base, facets) = (simple.base, simple.facets.clone());
        let mut values = Self { base, facets, codes, grammars, check, aims: vec![] };
        let mut rng = Rng::of(&[0]);
        let reached = |aim: &Aim| values.is(&values.draw(&mut rng, Style::Plain, Some(*aim), 0));
        let aims: Vec<Aim> = values.possible_aims().into_iter().filter(reached).collect();
        values.aims = aims;
        match values.is(&values.draw(&mut rng, Style::Plain, None, 0)) {
            true => Ok(values),
            false => Err("no value that fits its facets was found".to_owned()),
        }
    }

    /// Whether a text is one of the values.
    pub fn is(&self, text: &str) -> bool {
        self.check.look(text).is_ok()
    }

    /// What a run has to reach.
    pub fn aims(&self) -> &[Aim] {
        &self.aims
    }

    /// The lengths that are allowed, in characters or octets.
    pub fn lengths(&self) -> (u32, Option<u32>) {
        (self.facets.min_length.unwrap_or(0), self.facets.max_length)
    }

    fn possible_aims(&self) -> Vec<Aim> {
        if !self.codes.is_empty() {
            return (0..self.codes.len()).map(Aim::Code).collect();
        }
        if let Some(grammar) = self.grammars.last() {
            return (0..grammar.points()).map(Aim::Point).collect();
        }
        let (min, max) = self.lengths();
        match self.base {
            Base::String | Base::Base64Binary => {
                let mut aims = vec![];
                if min > 0 || self.facets.min_length.is_some() {
                    aims.push(Aim::Shortest);
                }
                if max.is_some_and(|max| max <= LONGEST) {
                    aims.push(Aim::Longest);
                }
                aims
            }
            Base::Decimal => {
                let facets = &self.facets;
                let rows = [
                    (facets.min_inclusive.is_some(), Aim::Least),
                    (facets.max_inclusive.is_some(), Aim::Most),
                    (facets.total_digits.is_some(), Aim::Digits),
                    (facets.fraction_digits.is_some_and(|digits| digits > 0), Aim::Fraction),
                ];
                rows.into_iter().filter(|(there, _)| *there).map(|(_, aim)| aim).collect()
            }
            Base::Boolean => (0..style::TRUTHS.len()).map(Aim::Form).collect(),
            Base::Date | Base::DateTime | Base::Time | Base::GYear | Base::GYearMonth => {
                (0..calendar::forms(self.base)).map(Aim::Form).collect()
            }
        }
    }

    /// The aims that a value reaches.
    pub fn reached(&self, value: &str) -> Vec<Aim> {
        let length = match self.base {
            Base::Base64Binary => octets(value),
            _ => value.chars().count(),
        } as u32;
        let points = self.grammars.last().map(|grammar| grammar.points_of(value)).unwrap_or_default();
        let (whole, fraction) = digits(value);
        let (total, behind) = (self.facets.total_digits, self.facets.fraction_digits);
        let is = |aim: &&Aim| match aim {
            Aim::Shortest => length == self.lengths().0,
            Aim::Longest => Some(length) == self.lengths().1,
            Aim::Code(code) => self.codes[*code] == value,
            Aim::Point(point) => points.contains(point),
            Aim::Least => self.facets.min_inclusive.as_deref().is_some_and(|bound| same_number(bound, value)),
            Aim::Most => self.facets.max_inclusive.as_deref().is_some_and(|bound| same_number(bound, value)),
            Aim::Digits => Some((whole + fraction) as u32) == total,
            Aim::Fraction => Some(fraction as u32) == behind,
            Aim::Form(form) if self.base == Base::Boolean => style::TRUTHS[*form] == value,
            Aim::Form(form) => calendar::form_of(self.base, value) == *form,
        };
        self.aims.iter().filter(is).copied().collect()
    }

    /// A value; `day` is what dates stay near to.
    pub fn draw(&self, rng: &mut Rng, style: Style, aim: Option<Aim>, day: i64) -> String {
        let mut value = String::new();
        for _ in 0..TRIES {
            value = self.try_draw(rng, style, aim, day);
            if self.certain() || self.is(&value) {
                break;
            }
        }
        value
    }

    /// Whether one facet says it all, so that what is drawn by it need not be checked.
    fn certain(&self) -> bool {
        match self.base {
            Base::String => self.grammars.len() + usize::from(self.lengths() != (0, None)) < 2,
            Base::Decimal => {
                // What is drawn is zero at least, and mostly one at least.
                let low = matches!(self.facets.min_inclusive.as_deref(), None | Some("0"));
                let others = [&self.facets.max_inclusive, &self.facets.min_exclusive, &self.facets.max_exclusive];
                low && others.iter().all(|bound| bound.is_none()) && self.facets.patterns.is_empty()
            }
            _ => self.facets.patterns.is_empty(),
        }
    }

    fn try_draw(&self, rng: &mut Rng, style: Style, aim: Option<Aim>, day: i64) -> String {
        if !self.codes.is_empty() {
            let drawn = rng.index(self.codes.len());
            return self.codes[if let Some(Aim::Code(code)) = aim { code } else { drawn }].clone();
        }
        if let Some(grammar) = self.grammars.last() {
            let point = if let Some(Aim::Point(point)) = aim { Some(point) } else { None };
            return match style.draw(rng, day).filter(|_| point.is_none()) {
                Some(value) => value,
                None => grammar.draw(rng, point),
            };
        }
        match self.base {
            Base::String => self.text(rng, style, aim, day),
            Base::Decimal => self.number(rng, aim, None),
            Base::Base64Binary => {
                let octets = self.octets(rng, aim);
                base64(rng, octets)
            }
            Base::Boolean => match aim {
                Some(Aim::Form(form)) => style::TRUTHS[form].to_owned(),
                _ => rng.pick(&["true", "false"]).to_owned(),
            },
            Base::Date | Base::DateTime | Base::Time | Base::GYear | Base::GYearMonth => {
                let form = if let Some(Aim::Form(form)) = aim { Some(form) } else { None };
                let day = style.day(rng, day);
                calendar::draw(rng, self.base, form, day)
            }
        }
    }

    fn text(&self, rng: &mut Rng, style: Style, aim: Option<Aim>, day: i64) -> String {
        let (min, max) = self.lengths();
        let max = max.unwrap_or(min.max(LONGEST));
        let wanted = match aim {
            Some(Aim::Shortest) => Some(min),
            Some(Aim::Longest) => Some(max),
            _ => None,
        };
        let text = style.draw(rng, day).unwrap_or_else(|| style::words(rng, max as usize));
        fitted(rng, text, wanted.unwrap_or(min) as usize, wanted.unwrap_or(max) as usize)
    }

    fn octets(&self, rng: &mut Rng, aim: Option<Aim>) -> usize {
        let (min, max) = self.lengths();
        let count = match aim {
            Some(Aim::Shortest) => min,
            Some(Aim::Longest) => max.unwrap_or(min),
            _ => rng.between(u64::from(min), u64::from(max.unwrap_or(u32::MAX).min(min.saturating_add(90)))) as u32,
        };
        count as usize
    }

    /// A number, with at most so many decimals where its currency says so.
    pub fn number(&self, rng: &mut Rng, aim: Option<Aim>, decimals: Option<u32>) -> String {
        let facets = &self.facets;
        let total = facets.total_digits.unwrap_or(12);
        let most = facets.fraction_digits.unwrap_or(4).min(total).min(decimals.unwrap_or(u32::MAX));
        let bound = |bound: &Option<String>| bound.clone().unwrap_or_else(|| "0".to_owned());
        let (whole, fraction) = match aim {
            Some(Aim::Least) => return bound(&facets.min_inclusive),
            Some(Aim::Most) => return bound(&facets.max_inclusive),
            Some(Aim::Digits) => (total - most, most),
            Some(Aim::Fraction) => ((total - most).min(2), most),
            _ => {
                let any = rng.below(u64::from(most) + 1).min(6) as u32;
                let fraction = [0, most.min(2), most.min(2), any][rng.index(4)];
                ((total - fraction).min(1 + rng.below(5) as u32), fraction)
            }
        };
        let mut text = match whole {
            0 => "0".to_owned(),
            digits => rng.text(b"123456789", 1) + &rng.digits(digits as usize - 1),
        };
        if fraction > 0 {
            // The last digit counts only when it is not zero.
            text += &format!(".{}{}", rng.digits(fraction as usize - 1), rng.text(b"123456789", 1));
        }
        match aim.is_none() && !self.certain() && !self.is(&text) {
            true => facets.min_inclusive.clone().or_else(|| facets.max_inclusive.clone()).unwrap_or(text),
            false => text,
        }
    }
}

/// The text with at least and at most so many characters, without white space at its end.
fn fitted(rng: &mut Rng, mut text: String, min: usize, max: usize) -> String {
    let mut count = if text.is_ascii() { text.len() } else { text.chars().count() };
    if count > max {
        let end = text.char_indices().nth(max).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        count = max;
        if text.ends_with(' ') {
            text.pop();
            text.push('x');
        }
    }
    while count < min {
        let more = if count == 0 { style::letter(rng).to_string() } else { format!(" {}", style::words(rng, 40)) };
        let more = more.chars().take(min - count).collect::<String>();
        count += more.chars().count();
        text += &more;
    }
    if text.ends_with(' ') {
        text.pop();
        text.push('x');
    }
    text
}

/// The digits before and behind the point that count.
fn digits(value: &str) -> (usize, usize) {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let whole = whole.trim_start_matches(['-', '+']).trim_start_matches('0');
    (whole.len(), fraction.trim_end_matches('0').len())
}

fn same_number(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        (whole.trim_start_matches(['+', '0']).to_owned(), fraction.trim_end_matches('0').to_owned())
    };
    parts(one) == parts(other)
}

fn base64(rng: &mut Rng, octets: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(octets.div_ceil(3) * 4);
    for at in (0..octets).step_by(3) {
        let bits = rng.below(1 << 24) as usize;
        let (symbols, bits) = match octets - at {
            1 => (2, bits & 0xFF_0000),
            2 => (3, bits & 0xFF_FF00),
            _ => (4, bits),
        };
        (0..4).for_each(|nth| {
            text.push(if nth < symbols { char::from(ALPHABET[bits >> (18 - 6 * nth) & 63]) } else { '=' })
        });
    }
    text
}

fn octets(base64: &str) -> usize {
    base64.len() / 4 * 3 - base64.bytes().rev().take_while(|byte| *byte == b'=').count()
}
