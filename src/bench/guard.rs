//! The record of instruction counts, and the comparison with it: none may grow unseen.

use std::fmt::Write;

use super::subject::{PAYFLOW, REPLY};

/// Growth above this many thousandths must be recorded.
const THOUSANDTHS: u64 = 30;

/// From the bytes to the reply takes at most so many hundredths of the parse alone, whatever the record says.
const REPLY_HUNDREDTHS: u64 = 250;

/// A line of the record: how many instructions a subject takes for an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The input.
    pub input: String,
    /// The subject.
    pub subject: String,
    /// How long the input is.
    pub bytes: u64,
    /// The instructions.
    pub instructions: u64,
}

const HEAD: &str = "input\tsubject\tbytes\tinstructions\tper byte";

/// The record as a file: a line per count.
pub fn written(counts: &[Count]) -> String {
    let mut text = format!("{HEAD}\n");
    for Count { input, subject, bytes, instructions } in counts {
        let per_byte = decimal(instructions * 100 / (*bytes).max(1));
        let _ = writeln!(text, "{input}\t{subject}\t{bytes}\t{instructions}\t{per_byte}");
    }
    text
}

/// Hundredths as a decimal number.
pub fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Reads a record.
///
/// # Errors
/// The first line that is none.
pub fn read(text: &str) -> Result<Vec<Count>, String> {
    let line = |(number, line): (usize, &str)| {
        let [input, subject, bytes, instructions, _] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("line {}: not five columns", number + 1));
        };
        let number = |column: &str| column.parse().map_err(|_| format!("line {}: {column} is no number", number + 1));
        let (input, subject) = (input.to_owned(), subject.to_owned());
        Ok(Count { input, subject, bytes: number(bytes)?, instructions: number(instructions)? })
    };
    text.lines().enumerate().skip(1).map(line).collect()
}

/// What a comparison with the record says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// What does not hold: a sentence each.
    pub broken: Vec<String>,
    /// What has become better, so that the record may be: a sentence each.
    pub better: Vec<String>,
}

/// Compares the counts with the record.
pub fn differences(record: &[Count], now: &[Count]) -> Differences {
    let same = |a: &Count, b: &Count| (&a.input, &a.subject) == (&b.input, &b.subject);
    let mut differences = Differences::default();
    for new in now {
        match record.iter().find(|old| same(old, new)) {
            None => differences.broken.push(format!("{} of {} is not recorded", new.subject, new.input)),
            Some(old) => differences.change(old, new),
        }
    }
    for reply in now.iter().filter(|count| count.subject == REPLY) {
        let parse = now.iter().find(|count| (&*count.input, &*count.subject) == (&*reply.input, PAYFLOW));
        let Some(parse) = parse else { continue };
        let hundredths = reply.instructions * 100 / parse.instructions.max(1);
        if hundredths > REPLY_HUNDREDTHS {
            let (times, most) = (decimal(hundredths), decimal(REPLY_HUNDREDTHS));
            let text =
                format!("{REPLY} of {} takes {times} times what {PAYFLOW} does, and may take {most}", reply.input);
            differences.broken.push(text);
        }
    }
    for old in record.iter().filter(|old| !now.iter().any(|new| same(old, new))) {
        differences.broken.push(format!("{} of {} is recorded and no longer counted", old.subject, old.input));
    }
    differences
}

impl Differences {
    fn change(&mut self, old: &Count, new: &Count) {
        let what = format!("{} of {}", new.subject, new.input);
        if old.bytes != new.bytes {
            let text = format!("{what}: the input has {} bytes, and had {}", new.bytes, old.bytes);
            return self.broken.push(text);
        }
        let thousandths = new.instructions.abs_diff(old.instructions) * 1000 / old.instructions.max(1);
        if thousandths <= THOUSANDTHS {
            return;
        }
        let said = |verb: &str| {
            let percent = format!("{}.{} %", thousandths / 10, thousandths % 10);
            format!("{what} {verb} by {percent}, from {} to {} instructions", old.instructions, new.instructions)
        };
        if new.instructions > old.instructions {
            self.broken.push(said("grew"));
        } else {
            self.better.push(said("shrank"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(subject: &str, bytes: u64, instructions: u64) -> Count {
        Count { input: "row".to_owned(), subject: subject.to_owned(), bytes, instructions }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let counts = [count("parse", 100, 725), count("reply", 3, 1)];
        assert_eq!(written(&counts).lines().nth(1), Some("row\tparse\t100\t725\t7.25"));
        assert_eq!(read(&written(&counts)).unwrap(), counts);
        assert_eq!(read("head\nrow\tparse\tmany\t1\t0").unwrap_err(), "line 2: many is no number");
        assert_eq!(read("head\nrow").unwrap_err(), "line 2: not five columns");
    }

    #[test]
    fn more_than_three_percent_either_way_is_told() {
        let old = count("parse", 100, 10_000);
        for (bytes, instructions, expected) in [
            (100, 10_300, None),
            (100, 10_310, Some("parse of row grew by 3.1 %, from 10000 to 10310 instructions")),
            (100, 9_700, None),
            (100, 9_600, Some("parse of row shrank by 4.0 %, from 10000 to 9600 instructions")),
            (101, 10_000, Some("parse of row: the input has 101 bytes, and had 100")),
        ] {
            let found = differences(std::slice::from_ref(&old), &[count("parse", bytes, instructions)]);
            assert_eq!(found.broken.first().or(found.better.first()).map(String::as_str), expected);
            assert_eq!(found.better.len(), usize::from(instructions < 9_700), "{instructions}");
        }
        let both = [count("payflow", 100, 1_000), count("reply", 100, 2_500)];
        assert_eq!(differences(&both, &both), Differences::default());
        let more = [both[0].clone(), count("reply", 100, 2_510)];
        assert_eq!(
            differences(&more, &more).broken,
            ["reply of row takes 2.51 times what payflow does, and may take 2.50"]
        );
        let other = differences(&[old], &[count("reply", 1, 1)]);
        assert_eq!(other.broken, ["reply of row is not recorded", "parse of row is recorded and no longer counted"]);
    }
}
