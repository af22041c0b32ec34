//! `payflow input`: an input as it is kept.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use super::{Outcome, store};
use crate::pipeline::config::Config;
use crate::pipeline::kept::show;

const EXAMPLES: &str = "\
Examples:
  payflow input payflow.inbound-0-17 --by m.muster                          the input at offset 17 of payflow.inbound, partition 0
  payflow input payflow.inbound-0-17 --by m.muster --reason 'case 4711' > message.xml
  payflow input 'lane 3, position 17' --by m.muster                         the same, as `payflow audit verify` names it

The input goes to standard output byte for byte as it came: decompressed, and opened with the keys of the configuration. It holds the
customers' data: that it was read, when, by whom and why is written into the audit trail before.

Exit codes: 0 it was written, 2 it is not kept as it came, which is said, or could not be read.";

/// Write an input that is kept to standard output, as it came.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where it stands, as other commands print it: its source and offset, or its lane and position.
    #[arg(value_name = "PLACE")]
    place: String,

    /// Who reads it.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    by: String,

    /// Why it is read.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let Arguments { place, by, reason, config } = arguments;
    let config = Config::read(config)?;
    let mut store = store::custody(&config)?;
    let shown = show((&mut *store, &store::keeper(&config)?), place, (by, reason.as_deref()));
    out.write_all(&shown.with_context(|| place.clone())?)?;
    Ok(Outcome::AllValid)
}
