//! Made-up messages for benchmarks and tests: believable, valid, distinct, and the same on every run.
//!
//! The content of a message comes from its seed alone; a [`Style`] only dresses it. IBANs, LEIs, creditor references and
//! routing numbers have true check digits, and totals are the sums they claim to be. Each partner's habits are a row in
//! `dialects`. Must not read a clock, or draw from anything but its seeds.

mod camt053;
mod dialects;
mod identifiers;
mod pacs008;
mod parts;
mod remittance;
mod rng;
mod scribe;
mod world;

pub use scribe::Style;

use super::inputs::Input;
use rng::Rng;

/// How long a single message is when compact, in bytes.
pub const SINGLE_BYTES: std::ops::RangeInclusive<usize> = 2_000..=4_096;

/// How a row of the benchmark is made.
type Make = fn(Style) -> Vec<Vec<u8>>;

/// The rows of the benchmark: name, shape, dress.
const ROWS: &[(&str, Make, Style)] = &[
    ("pacs008-single-compact", singles, Style { indented: false, prefixed: false, accented: false }),
    ("pacs008-single-indented", singles, Style { indented: true, prefixed: false, accented: false }),
    ("pacs008-1000", bulk, Style { indented: false, prefixed: false, accented: false }),
    ("camt053-10000", statement, Style { indented: false, prefixed: false, accented: false }),
    ("camt053-10000-prefixed", statement, Style { indented: false, prefixed: true, accented: false }),
    ("camt053-10000-accented", statement, Style { indented: false, prefixed: false, accented: true }),
];

/// The names of all rows.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.0)
}

/// One row, made.
pub fn input(name: &str) -> Option<Input> {
    let &(name, make, style) = ROWS.iter().find(|row| row.0 == name)?;
    Some(Input { name, documents: make(style) })
}

fn singles(style: Style) -> Vec<Vec<u8>> {
    pool(512, style)
}

fn bulk(style: Style) -> Vec<Vec<u8>> {
    vec![pacs008::message(&dialects::BULK, 1_000, 1_000, style)]
}

fn statement(style: Style) -> Vec<Vec<u8>> {
    vec![camt053::statement(10_000, 10_000, style)]
}

/// So many distinct single messages, as many of each dialect, in random order. Which seeds they come from depends on the
/// compact length alone, so that every style of the pool holds the same messages.
pub fn pool(count: usize, style: Style) -> Vec<Vec<u8>> {
    let mut seed = 0;
    let mut drawn: Vec<_> =
        (0..count).map(|i| draw(&dialects::DIALECTS[i % dialects::DIALECTS.len()], &mut seed)).collect();
    Rng::new(count as u64).shuffle(&mut drawn);
    drawn.into_iter().map(|(dialect, seed)| pacs008::message(dialect, seed, 1, style)).collect()
}

/// The next seed that gives this dialect a message of the right length.
fn draw(dialect: &'static dialects::Dialect, seed: &mut u64) -> (&'static dialects::Dialect, u64) {
    loop {
        *seed += 1;
        if SINGLE_BYTES.contains(&pacs008::message(dialect, *seed, 1, Style::default()).len()) {
            return (dialect, *seed);
        }
    }
}

/// One small message of every dialect, and a small file of each other shape.
pub fn samples(seed: u64, style: Style) -> Vec<(&'static str, Vec<u8>)> {
    let single = |d: &'static dialects::Dialect| (d.name, pacs008::message(d, seed, 1, style));
    let mut all: Vec<_> = dialects::DIALECTS.iter().map(single).collect();
    all.push(("bulk", pacs008::message(&dialects::BULK, seed, 20, style)));
    all.push(("statement", camt053::statement(seed, 40, style)));
    all
}
