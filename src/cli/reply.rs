//! `payflow reply`: the acknowledgment of a message, by the same stages as the worker's.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use chrono::Utc;

use super::demo::indented;
use super::own_schemas::OwnSchemaArguments;
use super::{Outcome, complain, input};
use crate::partner::{Partner, ReplyProfile};
use crate::pipeline::config::Config;
use crate::pipeline::iso20022::{Iso20022, Setup};
use crate::pipeline::schemas;
use crate::pipeline::stages::{Due, Stages};
use crate::pipeline::{Raw, Validity};
use crate::rules::judge::Facts;

const EXAMPLES: &str = "\
Examples:
  payflow reply samples/pacs008/ok/sepa-bulk-02.xml                    accepted: a pacs.002
  payflow reply --indent samples/pacs008/err/bulk-one-bad-iban.xml     one of four is rejected
  payflow reply samples/pacs008/err/cut-off.xml                        not readable: an admi.002
  payflow reply --config payflow.toml --partner alpha message.xml      dressed as this partner wants it

Without a partner the sender is not checked, and a good statement gets its receipt. A message that is given here is not
stored: whether its id was used before is not known.

Exit codes: 0 all valid, 1 some not valid or not supported, 2 something could not be read.";

/// Show the acknowledgment that goes back to the sender: pacs.002, admi.002 or admi.007, as XML.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The files to answer; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The partner that sends, by its id in the configuration.
    #[arg(long, value_name = "ID", requires = "config")]
    partner: Option<String>,
    /// The configuration that the partner stands in.
    #[arg(long, short, value_name = "FILE", requires = "partner")]
    config: Option<PathBuf>,
    #[command(flatten)]
    own: OwnSchemaArguments,
    /// One element a line. What is sent has no white space between elements.
    #[arg(long)]
    indent: bool,
}

/// Answers every file.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Outcome> {
    let (partner, setup) = setup(arguments)?;
    let stages = Iso20022::new(setup);
    let mut outcome = Outcome::AllValid;
    for file in &arguments.files {
        let bytes = match input::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&error);
                outcome = Outcome::NotRead;
                continue;
            }
        };
        let now = Utc::now();
        let raw = Raw { bytes, origin: name(file), partner: partner.clone(), received_at: now };
        for prepared in stages.examine(&raw) {
            match stages.decide(&prepared, &Facts::default(), now).answer {
                Due::Reply { bytes, .. } if arguments.indent => writeln!(out, "{}", indented(&bytes))?,
                Due::Reply { bytes, .. } => {
                    out.write_all(&bytes)?;
                    out.write_all(b"\n")?;
                }
                Due::None(reason) => eprintln!("payflow: {}: no answer is due: {reason}", file.display()),
                // Nothing is stored here, so that nothing can have come before.
                Due::AsStored => {}
            }
            if prepared.validity != Validity::Valid {
                outcome = outcome.max(Outcome::SomeNotValid);
            }
        }
    }
    Ok(outcome)
}

/// The file's own name, without its folder: an answer may quote it.
fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The id of the partner, and all that the stages are told.
fn setup(arguments: &Arguments) -> Result<(String, Setup)> {
    if let (Some(config), Some(id)) = (&arguments.config, &arguments.partner) {
        let known = Config::read(config)?;
        let setup = known.setup();
        ensure!(setup.partners.contains_key(id), "there is no partner {id} in {}", config.display());
        let wanted = [known.own_schemas(), arguments.own.wanted()].concat();
        return Ok((id.clone(), Setup { schemas: schemas::load(&wanted)?, ..setup }));
    }
    let id = "anyone".to_owned();
    let reply = ReplyProfile { receipt: true, ..ReplyProfile::default() };
    let partner = Partner { id: id.clone(), reply, ..Partner::default() };
    Ok((id.clone(), Setup { partners: [(id, partner)].into(), schemas: arguments.own.load()?, ..Setup::default() }))
}
