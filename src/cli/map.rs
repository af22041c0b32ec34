//! `payflow map`: the transfers of a message, or its statements, as JSON lines.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use super::input::{LargeFile, Opened};
use super::own_schemas::OwnSchemaArguments;
use super::render::{count, kind, verdict};
use super::{Outcome, complain, input, reader_is_gone};
use crate::finding::{Finding, Severity};
use crate::message::LargeProof;
use crate::pipeline::large::LargeDocument;
use crate::pipeline::{Examined, Examiner, Options, Validity, decide};
use crate::rules::judge::Facts;
use crate::transfer::Statement;
use crate::transfer::map::{self, Output};
use crate::xml::input::Trouble;

const EXAMPLES: &str = "\
Examples:
  payflow map samples/pacs008/ok/sepa-bulk-02.xml
  payflow map statement.xml | jq -r '[.amount, .currency, .debtor.name] | @tsv'
  payflow map --statements samples/camt053/ok/batch-with-details-04.xml

Amounts are strings, so that no digit is lost. What is absent in the message is absent in the JSON.

A file above 32 MiB is read twice, in little memory: first it is checked to its end, then mapped. When it changes meanwhile,
the command ends with an error, and what it has written is not to be used.

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
        let (documents, large) = match input::open(file) {
            Ok(Opened::Small(bytes)) => {
                let documents =
                    examiner.examine(bytes, |examined, proven, _| (examined, proven.as_ref().map(map::all)));
                (documents, None)
            }
            Ok(Opened::Large(large)) => (Vec::new(), Some(large)),
            Err(error) => {
                complain(&error);
                outcome = Outcome::NotRead;
                continue;
            }
        };
        if let Some(large) = large {
            match map_large(&mut examiner, file, &large, arguments.statements, out) {
                Ok(of_file) => outcome = outcome.max(of_file),
                Err(error) if reader_is_gone(&error) => return Err(error),
                Err(error) => {
                    complain(&error);
                    outcome = Outcome::NotRead;
                }
            }
        }
        for (examined, mapped) in documents {
            out.flush()?;
            let findings = mapped.as_ref().map_or(&[][..], |mapped| &mapped.findings);
            outcome = outcome.max(remark(file, &examined, mapped.is_some(), findings));
            match mapped.unwrap_or_default() {
                mapped if arguments.statements => lines(&mapped.statements, out)?,
                mapped => lines(&mapped.transfers, out)?,
            }
        }
    }
    Ok(outcome)
}

/// Maps a file that is read through a window: twice, so that nothing leaves of a document that is not valid.
fn map_large(
    examiner: &mut Examiner,
    file: &Path,
    large: &LargeFile,
    statements: bool,
    out: &mut impl Write,
) -> anyhow::Result<Outcome> {
    let documents = examiner.examine_large(None, large, true).map_err(anyhow::Error::from_boxed)?;
    let mut outcome = Outcome::AllValid;
    for LargeDocument { examined, proof, .. } in &documents {
        outcome = outcome.max(remark(file, examined, proof.is_some(), &[]));
    }
    let proofs: Vec<Option<&LargeProof>> = documents.iter().map(|document| document.proof.as_ref()).collect();
    if proofs.iter().all(Option::is_none) {
        return Ok(outcome);
    }
    let mut statement = StatementLine::default();
    let mut write = |_: u32, output: Output<'_>| -> Result<(), Trouble> {
        match output {
            Output::Transfer(transfer) if !statements => lines(&[transfer], &mut *out)?,
            Output::Transfer(_) | Output::Remark(..) => {}
            output if statements => statement.write(output, &mut *out)?,
            Output::Opened(_) | Output::Entry(_) | Output::Closed(_) => {}
        }
        Ok(())
    };
    let mapped = examiner.map_large(None, large, &proofs, &mut write);
    out.flush()?;
    let remarks = mapped.map_err(anyhow::Error::from_boxed).with_context(|| format!("{}", file.display()))?;
    complain_of(file, &remarks.remarks);
    if remarks.more > 0 {
        complain(&anyhow::anyhow!("{}: {} more of such remarks", file.display(), remarks.more));
    }
    Ok(outcome)
}

/// A statement on one line, whose entries are written as they come.
#[derive(Default)]
struct StatementLine {
    /// How many entries were written; `None` before the first one.
    entries: Option<u64>,
}

impl StatementLine {
    fn write(&mut self, output: Output<'_>, out: &mut impl Write) -> anyhow::Result<()> {
        match output {
            Output::Opened(statement) => {
                let head = serde_json::to_string(statement)?;
                write!(out, "{},\"entries\":[", head.strip_suffix('}').unwrap_or(&head))?;
                self.entries = Some(0);
            }
            Output::Entry(entry) => {
                let number = self.entries.get_or_insert(0);
                out.write_all(if *number == 0 { b"" } else { b"," })?;
                *number += 1;
                serde_json::to_writer(out, &entry)?;
            }
            // Only this stands behind the entries.
            Output::Closed(Statement { additional_statement_information: tail, .. }) if self.entries.is_some() => {
                self.entries = None;
                out.write_all(b"]")?;
                if let Some(tail) = tail {
                    write!(out, ",\"additional_statement_information\":{}", serde_json::to_string(&tail)?)?;
                }
                out.write_all(b"}\n")?;
            }
            Output::Closed(statement) => lines(&[statement], out)?,
            Output::Transfer(_) | Output::Remark(..) => {}
        }
        Ok(())
    }
}

/// Says what is not mapped of a document, or in another way than one would expect.
fn remark(file: &Path, examined: &Examined, mapped: bool, findings: &[Finding]) -> Outcome {
    complain_of(file, findings);
    let left_out = match (examined.validity, examined.message) {
        (Validity::Valid, Some(message)) if !kind(examined).is_mapped() => format!(
            "document {} is {message}, and valid against its schema; payflow does not map {}",
            examined.number,
            message.family(),
        ),
        (Validity::Valid, _) => return Outcome::AllValid,
        _ if mapped => partly_mapped(examined),
        _ => not_mapped(examined),
    };
    complain(&anyhow::anyhow!("{}: {left_out}", file.display()));
    Outcome::SomeNotValid
}

fn complain_of(file: &Path, findings: &[Finding]) {
    findings.iter().for_each(|remark| complain(&anyhow::anyhow!("{}: {}", file.display(), remark.text)));
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
