//! `payflow bench`: how fast this machine reads messages, and what the steps behind the parse cost, and what the
//! whole pipeline carries.

mod parse;
#[cfg(all(feature = "kafka", feature = "postgres"))]
mod pipeline;
mod stages;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Outcome;
use crate::bench::instructions::{Alone, alone};
use crate::bench::messages;

pub(crate) const EXAMPLES: &str = "\
Examples:
  payflow bench parse                               all rows, beside a bare tokenizer on the same bytes
  payflow bench parse pacs008-1000 --seconds 1
  payflow bench parse samples --files inbox         your own messages
  payflow bench parse --instructions --format html --out speed.html
  payflow bench stages                              what rules, mapping and answer cost beside the parse
  payflow bench pipeline --database URL             broker, database and worker, beside a floor
  payflow bench inputs DIR                          the same bytes as files, for other tools";

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Parse(parse::Arguments),
    Stages(stages::Arguments),
    #[cfg(all(feature = "kafka", feature = "postgres"))]
    Pipeline(pipeline::Arguments),
    /// Write the inputs to files: a row of one document as ROW.xml, a pool as a folder.
    Inputs {
        /// Where to.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Only these rows.
        #[arg(value_name = "ROW")]
        rows: Vec<String>,
    },
    /// Reads a path with one subject: the process that is counted.
    #[command(hide = true)]
    Subject {
        subject: String,
        path: PathBuf,
    },
}

/// Measures.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<Outcome> {
    match command {
        Command::Parse(arguments) => parse::run(arguments, out)?,
        Command::Stages(arguments) => stages::run(arguments, out)?,
        #[cfg(all(feature = "kafka", feature = "postgres"))]
        Command::Pipeline(arguments) => pipeline::run(arguments, out)?,
        Command::Inputs { folder, rows } => {
            known(rows, &[])?;
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
            for input in wanted(rows).filter_map(messages::input) {
                let path = input.write(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
                writeln!(out, "{}: {} documents, {} bytes", path.display(), input.documents.len(), input.bytes())?;
            }
        }
        Command::Subject { subject, path } => writeln!(out, "{}", alone(subject, path)?)?,
    }
    Ok(Outcome::AllValid)
}

/// This program as one that reads a path with a subject alone.
fn this() -> Result<Alone> {
    Alone::this(&["bench", "subject"]).context("cannot measure in a process apart")
}

/// The generated rows that are wished for: all where none is named.
fn wanted(rows: &[String]) -> impl Iterator<Item = &'static str> {
    messages::names().filter(move |name| rows.is_empty() || rows.iter().any(|row| row == name))
}

/// Refuses a row that does not exist.
fn known(rows: &[String], besides: &[&'static str]) -> Result<()> {
    let all: Vec<&str> = messages::names().chain(besides.iter().copied()).collect();
    match rows.iter().find(|row| !all.contains(&row.as_str())) {
        Some(row) => anyhow::bail!("there is no row {row}; there are {}", all.join(", ")),
        None => Ok(()),
    }
}

/// Says where the figures mean little.
fn warn_of_debug_build() {
    if cfg!(debug_assertions) {
        eprintln!("payflow: not a release build: its figures say little");
    }
}
