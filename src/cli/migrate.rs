//! `payflow migrate`: brings the database's tables to the form that this program knows.

use std::io::Write;
use std::path::PathBuf;

use super::{Outcome, store};
use crate::pipeline::config::Config;

const EXAMPLES: &str = "\
Examples:
  payflow migrate                                before the first start, and before that of a newer version
  payflow migrate --config production.toml --check       what would it do?

`payflow run` refuses to work on a PostgreSQL whose tables have another form than it knows. The embedded store is brought up
to date whenever it is opened.

It waits as long as the database needs. The tables change all at once or not at all; where it was cut off, --check says which.

Exit codes: 0 the tables are up to date, 1 they are not (with --check), 2 something went wrong.";

/// Bring the database's tables up to date, and make the partitions of the next months.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,

    /// Only say what would be done.
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let config = Config::read(&arguments.config)?;
    let migrated = store::migrate(&config, arguments.check)?;
    let current = migrated.from == migrated.to;
    if current {
        writeln!(out, "the tables have version {}: up to date", migrated.to)?;
    } else {
        let would = if arguments.check { "would be " } else { "" };
        writeln!(out, "the tables {would}brought from version {} to {}", migrated.from, migrated.to)?;
    }
    let months = migrated.months.join(", ");
    match (migrated.months.is_empty(), arguments.check) {
        (true, _) => {}
        (false, true) => writeln!(out, "partitions are missing for {months}")?,
        (false, false) => writeln!(out, "made the partitions for {months}")?,
    }
    let done = !arguments.check || current && migrated.months.is_empty();
    Ok(if done { Outcome::AllValid } else { Outcome::SomeNotValid })
}
