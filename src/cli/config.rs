//! `payflow config`: whether a configuration is good, and what it says.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::pipeline::config::{ConfigError, Loaded, Override};

pub(crate) const EXAMPLES: &str = "\
Examples:
  payflow config check                        is payflow.toml good? if not: each fault, its place, how to mend it
  payflow config check production.toml
  PAYFLOW__LOG__LEVEL=debug payflow config show

Exit codes: 0 the configuration is good, 1 it is not.";

const CHECK_EXAMPLE: &str = "\
Example:
  payflow config check production.toml";

const SHOW_EXAMPLE: &str = "\
Example:
  payflow config show production.toml";

/// Look at a configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say all that is wrong with a configuration: file, line, column, and how to mend it.
    #[command(after_help = CHECK_EXAMPLE)]
    Check(File),
    /// Show what file and environment set together, without the secrets.
    #[command(after_help = SHOW_EXAMPLE)]
    Show(File),
}

/// Which configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// The configuration file.
    #[arg(value_name = "FILE", default_value = "payflow.toml")]
    file: PathBuf,
}

/// Runs a command.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> anyhow::Result<Outcome> {
    match command {
        Command::Check(File { file }) => check(file, out),
        Command::Show(File { file }) => match Loaded::read(file) {
            Ok(loaded) => {
                loaded.show().iter().try_for_each(|line| writeln!(out, "{line}"))?;
                Ok(Outcome::AllValid)
            }
            Err(error) => faulty(&error, out),
        },
    }
}

/// Says whether a configuration is good, and what it names is there.
pub(super) fn check(file: &Path, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let loaded = match Loaded::checked(file) {
        Ok(loaded) => loaded,
        Err(error) => return faulty(&error, out),
    };
    for Override { variable, key, line } in &loaded.overrides {
        match line {
            Some(line) => writeln!(out, "{variable} is set, and not {key} of {}:{line}", file.display())?,
            None => writeln!(out, "{variable} is set, for {key}")?,
        }
    }
    loaded.doubts.iter().try_for_each(|doubt| writeln!(out, "warning: {doubt}"))?;
    writeln!(out, "{} is good", file.display())?;
    Ok(Outcome::AllValid)
}

fn faulty(error: &ConfigError, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let count = error.faults.len();
    writeln!(out, "{error}\n{count} fault{}", if count == 1 { "" } else { "s" })?;
    Ok(Outcome::SomeNotValid)
}
