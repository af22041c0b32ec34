//! The command line: one file per command, what is shown in `render`, `snippet` and `style`. Must not hold logic of its
//! own: a command reads, calls the pipeline, shows, and says with its exit code how it went.

mod audit;
mod bench;
mod config;
mod demo;
mod generate;
mod held;
mod http;
mod input;
mod kept;
mod logging;
mod map;
mod migrate;
mod own_schemas;
mod progress;
mod reconcile;
mod render;
mod replay;
mod reply;
mod retain;
mod run;
mod schema;
mod snippet;
mod source;
mod store;
mod style;
mod validate;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  payflow demo                                see it work, with nothing to install or configure
  payflow validate message.xml                is it valid? if not: what is wrong, and where
  payflow validate --format json *.xml        the same, one JSON object a document
  cat message.xml | payflow map -             its transfers, as JSON lines
  payflow reply message.xml                   the acknowledgment that goes back to the sender
  payflow generate pacs.008.001.08            a message made up from its schema
  payflow run --config payflow.toml           work on what the partners send
  payflow migrate --config payflow.toml       bring the database's tables up to date
  payflow retain                              what has been kept for long enough, and would go?
  payflow reconcile 2026-11-20                does the day balance?
  payflow replay --from 2026-11-01 --to 2026-11-21    what would come of stored messages now?
  payflow input payflow.inbound-0-17 --by m.muster    a stored message as it came, and the audit trail tells of it
  payflow audit verify                        is what is stored what was written?
  payflow held list                           what waits for a person's decision
  payflow source status                       how far is each source, and would a worker start on it?
  payflow config check                        is payflow.toml good? if not: what is wrong, and where
  payflow schema show pacs.008                what is in a message
  payflow bench parse                         how fast this machine reads messages

Exit codes:
  0  every document is valid
  1  at least one document is not valid, or not supported
  2  something could not be read, or the command line is wrong

Input: pacs.008 and camt.053 in every published version; for validate, every message of `payflow schema list`, against its
schema. In UTF-8, UTF-16, ISO-8859-1 or Windows-1252, with or without a business application header, wrapper, prefix or
byte order mark; several documents in one file. `-` is standard input.";

/// A real-time ISO 20022 message processor: proves messages valid or says what is wrong, maps them to transfers, and
/// acknowledges each exactly once.
#[derive(Debug, Parser)]
#[command(name = "payflow", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Validate(validate::Arguments),
    Map(map::Arguments),
    Reply(reply::Arguments),
    Generate(generate::Arguments),
    Run(run::Arguments),
    Migrate(migrate::Arguments),
    Retain(retain::Arguments),
    Reconcile(reconcile::Arguments),
    Replay(replay::Arguments),
    Input(kept::Arguments),
    /// Check the audit trail.
    #[command(after_help = audit::EXAMPLES)]
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Show what waits for a person's decision, and decide.
    #[command(after_help = held::EXAMPLES)]
    Held {
        #[command(subcommand)]
        command: held::Command,
    },
    /// Check and show the configuration.
    #[command(after_help = config::EXAMPLES)]
    Config {
        #[command(subcommand)]
        command: config::Command,
    },
    /// Show how far each source is, and mend one on which database and broker do not agree.
    #[command(after_help = source::EXAMPLES)]
    Source {
        #[command(subcommand)]
        command: source::Command,
    },
    /// Measure how fast this machine reads messages, beside a bare tokenizer.
    #[command(after_help = bench::EXAMPLES)]
    Bench {
        #[command(subcommand)]
        command: bench::Command,
    },
    /// Look at the messages that there are schemas of, and add new ones.
    #[command(after_help = schema::EXAMPLES)]
    Schema {
        #[command(subcommand)]
        command: schema::Command,
    },
}

/// How a command went, as its exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Every document is valid.
    AllValid,
    /// At least one document is not.
    SomeNotValid,
    /// Something could not be read.
    NotRead,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::AllValid => 0,
            Outcome::SomeNotValid => 1,
            Outcome::NotRead => 2,
        })
    }
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match execute(Arguments::parse().command, &mut out) {
        Ok(outcome) => outcome.into(),
        Err(error) if reader_is_gone(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            Outcome::NotRead.into()
        }
    }
}

/// Reads a command line (without the name of the program) and runs what it says, if `execute`: for checks that call many.
///
/// # Errors
/// What a user would be told.
pub fn run_with(arguments: &[String], execute: bool, out: &mut impl Write) -> Result<ExitCode, String> {
    let name = std::iter::once("payflow");
    let arguments = Arguments::try_parse_from(name.chain(arguments.iter().map(String::as_str)));
    let command = arguments.map_err(|error| error.to_string())?.command;
    if !execute {
        return Ok(ExitCode::SUCCESS);
    }
    self::execute(command, out).map(ExitCode::from).map_err(|error| format!("{error:#}"))
}

fn execute(command: Command, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let outcome = match command {
        Command::Demo(arguments) => demo::run(&arguments, out),
        Command::Validate(arguments) => validate::run(&arguments, out),
        Command::Bench { command } => bench::run(&command, out),
        Command::Run(arguments) => run::run(&arguments, out),
        Command::Reconcile(arguments) => reconcile::run(&arguments, out),
        Command::Replay(arguments) => replay::run(&arguments, out),
        Command::Input(arguments) => kept::run(&arguments, out),
        Command::Audit { command } => audit::run(&command, out),
        Command::Held { command } => held::run(&command, out),
        Command::Config { command } => config::run(&command, out),
        Command::Migrate(arguments) => migrate::run(&arguments, out),
        Command::Retain(arguments) => retain::run(&arguments, out),
        Command::Source { command } => source::run(&command, out),
        Command::Map(arguments) => map::run(&arguments, out),
        Command::Generate(arguments) => generate::run(&arguments, out),
        Command::Reply(arguments) => reply::run(&arguments, out),
        Command::Schema { command } => schema::run(&command, out).map(|()| Outcome::AllValid),
    }?;
    out.flush()?;
    Ok(outcome)
}

/// Whether whoever read our output has stopped reading, as `head` does: no fault of anybody.
fn reader_is_gone(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Tells an error of the world, not of a message.
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("payflow: {error:#}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does_and_shows_an_example() {
        for command in Arguments::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("payflow {}", command.get_name())), "{}", command.get_name());
        }
    }
}
