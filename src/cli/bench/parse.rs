//! `payflow bench parse`: the schema parse beside the yardstick.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{known, this, wanted, warn_of_debug_build};
use crate::bench::inputs::{self, Input};
use crate::bench::machine::Machine;
use crate::bench::row::Row;
use crate::bench::{chart, json, messages, page, text};

const SAMPLES: &str = "samples";
const RECORDS: &str = "benches/record";
const CHART: &str = "docs/speed.svg";

/// How the result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// Tables.
    #[default]
    Text,
    /// One JSON object a row, one a line.
    Json,
    /// One page with charts.
    Html,
    /// The chart of the speeds alone.
    Svg,
}

/// Time the schema parse beside a bare tokenizer, in turns on the same bytes on one core.
///
/// payflow checks the whole schema and hands out every field; quick-xml tells the tags apart and checks nothing.
/// Rows: pacs008-single-compact, pacs008-single-indented, pacs008-1000, camt053-10000, camt053-10000-prefixed,
/// camt053-10000-accented, and samples with --files.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these rows.
    #[arg(value_name = "ROW")]
    rows: Vec<String>,
    /// Files and folders: the valid pacs.008 and camt.053 in them become the row `samples`.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    files: Vec<PathBuf>,
    /// How the result is shown; an --out that ends in .txt, .json, .jsonl, .html or .svg is written as that.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write the result to a file; the tables are shown all the same.
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
    /// How long the parsers take turns on each row.
    #[arg(long, default_value_t = 4.0, value_name = "N", value_parser = seconds)]
    seconds: f64,
    /// Count instructions as well, with valgrind.
    #[arg(long)]
    instructions: bool,
    /// Keep the result in benches/record and docs/speed.svg: to be called in the repository.
    #[arg(long)]
    record: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds.ok_or_else(|| "a number of seconds, at most 3600".to_owned())
}

/// Measures and shows.
pub(super) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    known(&arguments.rows, &[SAMPLES])?;
    let asked = arguments.rows.iter().any(|row| row == SAMPLES);
    ensure!(!asked || !arguments.files.is_empty(), "the row samples needs --files PATH");
    ensure!(
        !arguments.record || Path::new(RECORDS).is_dir(),
        "there is no folder {RECORDS} here to keep the record in"
    );
    warn_of_debug_build();
    let mut found = String::new();
    let mut rows = Vec::new();
    for name in wanted(&arguments.rows) {
        rows.extend(messages::input(name).map(|input| measured(arguments, input)).transpose()?);
    }
    if !arguments.files.is_empty() && (asked || arguments.rows.is_empty()) {
        let samples = inputs::found(&arguments.files)?;
        let left_out: Vec<String> =
            samples.left_out.iter().map(|(reason, count)| format!("{count} left out: {reason}")).collect();
        found = format!("\nsamples: {} files taken; {}\n", samples.input.documents.len(), left_out.join("; "));
        ensure!(
            !samples.input.documents.is_empty(),
            "no valid pacs.008 or camt.053 among the files; {}",
            left_out.join("; ")
        );
        rows.push(measured(arguments, samples.input)?);
    }
    let machine = Machine::here();
    let shown = |format| match format {
        Format::Text => text::report(&machine, &rows) + &found,
        Format::Json => rows.iter().map(|row| json::line(&machine, row).to_string() + "\n").collect(),
        Format::Html => page::page(&machine, &command(), &rows),
        Format::Svg => chart::alone(&rows),
    };
    let to_file = !arguments.out.is_empty();
    out.write_all(shown(if to_file { Format::Text } else { arguments.format }).as_bytes())?;
    let mut files: Vec<(PathBuf, Format)> =
        arguments.out.iter().map(|file| (file.clone(), by_ending(file).unwrap_or(arguments.format))).collect();
    if arguments.record {
        let record = Path::new(RECORDS).join(format!("{}-parse", machine.date));
        files.push((record.with_added_extension("txt"), Format::Text));
        files.push((record.with_added_extension("jsonl"), Format::Json));
        files.push((PathBuf::from(CHART), Format::Svg));
    }
    for (file, format) in files {
        fs::write(&file, shown(format)).with_context(|| format!("cannot write {}", file.display()))?;
        eprintln!("payflow: written to {}", file.display());
    }
    Ok(())
}

fn by_ending(file: &Path) -> Option<Format> {
    match file.extension()?.to_str()? {
        "txt" => Some(Format::Text),
        "json" | "jsonl" => Some(Format::Json),
        "html" => Some(Format::Html),
        "svg" => Some(Format::Svg),
        _ => None,
    }
}

/// One row: speeds and latencies here, memory and instructions in processes apart.
fn measured(arguments: &Arguments, mut input: Input) -> Result<Row> {
    if std::io::stderr().is_terminal() {
        eprintln!("payflow: {}, {} bytes", input.name, input.bytes());
    }
    let mut row = Row::of_parsers(&mut input, Duration::from_secs_f64(arguments.seconds));
    let program = this()?;
    let path = program.put(&input).context("cannot write the documents to a temporary folder")?;
    for subject in &mut row.subjects {
        subject.memory = program.memory(subject.name, &path)?;
        if arguments.instructions {
            subject.instructions = Some(program.instructions(subject.name, &path, None)?);
        }
    }
    Ok(row)
}

/// The command as it was called.
fn command() -> String {
    let quoted = |argument: String| if argument.contains(' ') { format!("'{argument}'") } else { argument };
    std::iter::once("payflow".to_owned()).chain(std::env::args().skip(1).map(quoted)).collect::<Vec<_>>().join(" ")
}
