//! The result as tables, for a terminal and for the record.

use std::fmt::Write;

use super::latency::PARTS;
use super::machine::Machine;
use super::row::{Measured, Row};
use super::subject::PARSERS;

const SPEED: &str = "\
MB/s: the best turn of each, in brackets the middle one and the quarters around it
each parser reads an input twice in its turn, and the second time counts
ratio: how many times as fast as quick-xml payflow is, best over best, the middle of all turns in brackets
";

/// Machine, speeds, and what else was measured.
pub fn report(machine: &Machine, rows: &[Row]) -> String {
    let parts = [speeds(rows), latencies(rows), instructions(rows), memory(rows)];
    let parts = parts.iter().filter(|part| !part.is_empty());
    parts.fold(machine.to_string(), |text, part| text + "\n" + part)
}

fn speeds(rows: &[Row]) -> String {
    let mut text = format!("{SPEED}\n{:<26}{:>10}{:>11}", "input", "documents", "bytes");
    for (name, _) in PARSERS {
        let _ = write!(text, "{name:>24}");
    }
    let _ = writeln!(text, "{:>16}", "ratio");
    for row in rows {
        let _ = write!(text, "{:<26}{:>10}{:>11}", row.input, row.documents, row.bytes);
        for Measured { times, .. } in &row.subjects {
            let [best, high, middle, low] = [0.0, 0.25, 0.5, 0.75].map(|part| row.speed(times.quantile(part)));
            let _ = write!(text, "{:>24}", format!("{best:.0} ({middle:.0}, {low:.0}–{high:.0})"));
        }
        let ratio = row.ratio().map_or("-".to_owned(), |(best, middle)| format!("{best:.2} ({middle:.2})"));
        let _ = writeln!(text, "{ratio:>16}");
    }
    text
}

/// A line for each subject of each row where something was measured.
fn lines(rows: &[Row], head: &str, line: impl Fn(&Row, &Measured) -> Option<String>) -> String {
    let all = rows.iter().flat_map(|row| row.subjects.iter().map(move |subject| (row, subject)));
    let line = |(row, subject): (&Row, &Measured)| {
        Some(format!("{:<26}{:<10}{}\n", row.input, subject.name, line(row, subject)?))
    };
    let lines: String = all.filter_map(line).collect();
    if lines.is_empty() { lines } else { format!("{head}\n{lines}") }
}

fn latencies(rows: &[Row]) -> String {
    let head =
        PARTS.iter().fold(format!("{:<36}", "nanoseconds a message"), |head, (name, _)| head + &format!("{name:>10}"));
    lines(rows, &head, |_, subject| {
        let latency = subject.latency.as_ref()?;
        Some(PARTS.iter().map(|(_, part)| format!("{:>10}", latency.percentile(*part))).collect())
    })
}

fn instructions(rows: &[Row]) -> String {
    let head = format!("{:<36}{:>14}{:>12}", "instructions", "the input", "each byte");
    lines(rows, &head, |row, subject| {
        let count = subject.instructions?;
        Some(format!("{count:>14}{:>12.2}", row.per_byte(count)))
    })
}

fn memory(rows: &[Row]) -> String {
    let head = format!("{:<36}{:>14}{:>12}", "memory in KiB, beside the input", "at the peak", "kept");
    lines(rows, &head, |_, subject| {
        let memory = subject.memory?;
        Some(format!("{:>14}{:>12}", memory.peak_kib, memory.kept_kib))
    })
}
