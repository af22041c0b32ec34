//! `payflow schema list`: the messages of the catalogue, a line each.

use std::io::Write;

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::cli::render::count;
use crate::cli::style::Style;
use crate::message::Kind;
use crate::schema::MessageId;
use crate::schema::catalogue;

const EXAMPLES: &str = "\
Examples:
  payflow schema list
  payflow schema list camt.05
  payflow schema list DirectDebit
  payflow schema list --format json | jq -r .versions[]";

/// List the messages that there are schemas of: identifier, name, versions.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only those with this in the identifier of a version or in the name, in capitals or not.
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
    /// How they are shown.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// One line a message, for a person.
    #[default]
    Text,
    /// One JSON object a message, one a line.
    Json,
}

/// A message with its versions.
#[derive(Debug, Serialize)]
struct Family {
    message: String,
    name: String,
    /// Whether payflow has rules for it and maps it; any other is checked against its schema alone.
    processed: bool,
    versions: Vec<String>,
    #[serde(skip)]
    numbers: Vec<u8>,
}

/// Shows the list.
pub(super) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let families: Vec<Family> = families().into_iter().filter(|family| family.has(filter)).collect();
    ensure!(
        !families.is_empty(),
        "no message has {filter:?} in its identifier or name; `payflow schema list` shows all"
    );
    match arguments.format {
        Format::Text => out.write_all(text(&families, Style::of_stdout()).as_bytes())?,
        Format::Json => {
            for family in &families {
                serde_json::to_writer(&mut *out, family)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(())
}

fn families() -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for message in catalogue::embedded().ids() {
        match families.last_mut().filter(|family| family.message == message.family()) {
            Some(family) => family.add(message),
            None => {
                let processed = Kind::of(message).is_mapped();
                let (versions, numbers) = (Vec::new(), Vec::new());
                let mut family =
                    Family { message: message.family(), name: String::new(), processed, versions, numbers };
                family.add(message);
                families.push(family);
            }
        }
    }
    families
}

impl Family {
    /// Adds a later version: its name is the message's.
    fn add(&mut self, message: MessageId) {
        self.name = catalogue::embedded().name(message).unwrap_or_default();
        self.versions.push(message.to_string());
        self.numbers.push(message.version());
    }

    fn has(&self, filter: &str) -> bool {
        let filter = filter.to_lowercase();
        let texts = [&self.message, &self.name].into_iter().chain(&self.versions);
        texts.into_iter().any(|text| text.to_lowercase().contains(&filter))
    }
}

fn text(families: &[Family], style: Style) -> String {
    let name = families.iter().map(|family| family.name.len()).max().unwrap_or_default();
    let line = |family: &Family| {
        let Family { message, numbers, .. } = family;
        let versions = format!("{:>2} {}", numbers.len(), if numbers.len() == 1 { "version " } else { "versions" });
        let processed = if family.processed { "  rules, mapping" } else { "" };
        let end = format!("{versions}  {}{}", ranges(numbers), style.dim(processed));
        format!("{}  {:name$}  {end}\n", style.strong(message), family.name)
    };
    let lines: String = families.iter().map(line).collect();
    let versions = families.iter().map(|family| family.numbers.len()).sum::<usize>() as u64;
    let (messages, versions) =
        (count(families.len() as u64, ("message", "messages")), count(versions, ("schema", "schemas")));
    format!("{lines}\n{messages}, {versions}\n")
}

/// Numbers in words, such as `01, 03 to 14`.
fn ranges(numbers: &[u8]) -> String {
    let range = |run: &[u8]| match run {
        [first, .., last] => format!("{first:02} to {last:02}"),
        run => run.iter().map(|one| format!("{one:02}")).collect(),
    };
    let runs: Vec<String> = numbers.chunk_by(|a, b| a + 1 == *b).map(range).collect();
    runs.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_words() {
        for (numbers, expected) in
            [(&[1][..], "01"), (&[2, 3], "02 to 03"), (&[1, 3, 4, 5, 8], "01, 03 to 05, 08"), (&[], "")]
        {
            assert_eq!(ranges(numbers), expected);
        }
    }

    #[test]
    fn every_message_has_a_name() {
        for family in families() {
            let word = |name: &str| name.len() > 8 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
            assert!(word(&family.name), "{}: {}", family.message, family.name);
        }
    }
}
