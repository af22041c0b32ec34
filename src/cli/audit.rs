//! `payflow audit`: whether what is stored is what was written.

use std::io::Write;
use std::path::PathBuf;

use super::{Outcome, store};
use crate::pipeline::config::Config;
use crate::store::verify::{Verified, verify};

pub(crate) const EXAMPLES: &str = "\
Examples:
  payflow audit verify                            is everything there, as it was written?
  payflow audit verify --config production.toml

Exit codes: 0 all is as it was written, 1 something is not, 2 the store can't be read.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  payflow audit verify
  payflow audit verify --config production.toml

What is wrong is said line by line: lane, event, position and document, as far as it is about one. Then each source with the
last link of its chain: who notes that elsewhere sees later whether the end of a chain was cut off.

It may run while workers are at work: it looks at one moment.";

/// Look after the audit trail.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check the chain of every lane, and that each document has its one verdict and its answer, or the reason why none is due.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
}

/// Which store.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,
}

/// Runs a command.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let Command::Verify(arguments) = command;
    let config = Config::read(&arguments.config)?;
    let mut told = Ok(());
    let verified = verify(&mut *store::read(&config)?, &store::keeper(&config)?, &mut |fault| {
        if told.is_ok() {
            told = writeln!(out, "{fault}");
        }
    })?;
    told?;
    summary(&verified, out)?;
    Ok(if verified.faults == 0 { Outcome::AllValid } else { Outcome::SomeNotValid })
}

fn summary(verified: &Verified, out: &mut impl Write) -> std::io::Result<()> {
    let Verified { lanes, cuts, unkeyed, inputs, documents, outbox, faults } = verified;
    for (lane, source, events, link) in lanes {
        writeln!(
            out,
            "{source} (lane {lane}): {events} events, the last link is {}",
            if link.is_empty() { "none" } else { link }
        )?;
    }
    for (lane, before, event) in cuts {
        let before = before.date_naive();
        writeln!(
            out,
            "lane {lane}: `payflow retain` dropped what was received before {before}, up to the event {event}"
        )?;
    }
    if *unkeyed > 0 {
        writeln!(
            out,
            "{unkeyed} events are chained without a key: who can write to the database can forge them (store.audit)"
        )?;
    }
    writeln!(
        out,
        "{inputs} inputs, {documents} documents and {outbox} rows of the outbox: {}",
        match faults {
            0 => "all as they were written".to_owned(),
            1 => "1 fault".to_owned(),
            faults => format!("{faults} faults"),
        }
    )
}
