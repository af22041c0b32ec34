//! `payflow map`: the transfers of a message, or its statements, as JSON lines.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::own_schemas::OwnSchemaArguments;
use super::render::{count, kind, verdict};
use super::{Outcome, complain, input};
use crate::finding::Severity;
use crate::pipeline::{Examined, Options, Validity, decide};
use crate::rules::judge::Facts;
use crate::transfer::map;

const EXAMPLES: &str = "\
Examples:
  payflow map samples/pacs008/ok/sepa-bulk-02.xml
  payflow map statement.xml | jq -r '[.amount, .currency, .debtor.name] | @tsv'
  payflow map --statements samples/camt053/ok/batch-with-details-04.xml

Amounts are strings, so that no digit is lost. What is absent in the message is absent in the JSON.

Exit codes: 0 all valid, 1 some not valid or not supported, 2 something could not be read.";

/// Show the transfers of messages as JSON, one a line.
///
/// Every transaction of a pacs.008 is one, and every booked entry of a camt.053. What is not valid is not mapped; of a
/// pacs.008 the transactions that no rule rejects are.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The files to map; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    own: OwnSchemaArguments,
    /// Show the statements of a camt.053, with balances and entries, instead of the transfers.
    #[arg(long)]
    statements: bool,
}

/// Maps every file.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let mut examiner = arguments.own.examiner(Options::default())?;
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
        let documents = examiner.examine(bytes, |examined, proven, _| (examined, proven.as_ref().map(map::all)));
        for (examined, mapped) in documents {
            out.flush()?;
            let remarks = mapped.iter().flat_map(|mapped| &mapped.findings);
            remarks.for_each(|remark| complain(&anyhow::anyhow!("{}: {}", file.display(), remark.text)));
            if examined.validity != Validity::Valid {
                let left_out = if mapped.is_some() { partly_mapped(&examined) } else { not_mapped(&examined) };
                complain(&anyhow::anyhow!("{}: {left_out}", file.display()));
                outcome = outcome.max(Outcome::SomeNotValid);
            }
            if let (Validity::Valid, false, Some(message)) =
                (examined.validity, kind(&examined).is_mapped(), examined.message)
            {
                let number = examined.number;
                complain(&anyhow::anyhow!(
                    "{}: document {number} is {message}, and valid against its schema; payflow does not map {}",
                    file.display(),
                    message.family(),
                ));
                outcome = outcome.max(Outcome::SomeNotValid);
            }
            match mapped.unwrap_or_default() {
                mapped if arguments.statements => lines(&mapped.statements, out)?,
                mapped => lines(&mapped.transfers, out)?,
            }
        }
    }
    Ok(outcome)
}

fn lines<T: Serialize>(items: &[T], out: &mut impl Write) -> anyhow::Result<()> {
    for item in items {
        serde_json::to_writer(&mut *out, item)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// What is left out of a document that can be accepted in part.
fn partly_mapped(examined: &Examined) -> String {
    let rejected = decide(examined, &Facts::default()).rejected.len() as u64;
    format!(
        "document {}: {} of {} left out, as a rule rejects it; `payflow validate` shows what is wrong",
        examined.number,
        rejected,
        count(examined.transactions, ("transaction", "transactions")),
    )
}

/// Why a document is not mapped, and what to do.
fn not_mapped(examined: &Examined) -> String {
    let errors = examined.findings.iter().filter(|finding| finding.severity == Severity::Error).count() as u64;
    format!(
        "document {} is {}, with {}, and was not mapped; `payflow validate` shows what is wrong",
        examined.number,
        verdict(examined.validity),
        count(errors, ("error", "errors")),
    )
}
