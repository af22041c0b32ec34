//! `payflow validate`: the verdict on each document, and what is wrong with it, at its place.

use std::io::Write;
use std::path::PathBuf;

use super::own_schemas::OwnSchemaArguments;
use super::render::{self, Format, Shown, count};
use super::style::Style;
use super::{Outcome, complain, input};
use crate::pipeline::{Examined, Options, Validity};

const EXAMPLES: &str = "\
Examples:
  payflow validate samples/pacs008/err/several-faults.xml
  payflow validate --format compact inbox/*.xml
  payflow validate --format json message.xml | jq .findings
  payflow validate --schemas guidelines message.xml         by usage guidelines of your own
  unzip -p statements.zip | payflow validate -

Exit codes: 0 all valid, 1 some not valid or not supported, 2 something could not be read.";

/// Check messages: against the schema of their version, then against the rules that no schema can say.
///
/// A fault is shown with the line it is in, a marker under the place, what was expected there, and the path of the
/// element.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The files to check; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the verdicts are shown.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    own: OwnSchemaArguments,
    /// Leave the business rules out: the verdict is the schema's alone.
    #[arg(long)]
    schema_only: bool,
}

/// How many documents got which verdict.
#[derive(Debug, Default)]
struct Totals {
    valid: u64,
    invalid: u64,
    unsupported: u64,
    not_read: u64,
}

impl Totals {
    fn add(&mut self, validity: Validity) {
        match validity {
            Validity::Valid => self.valid += 1,
            Validity::Invalid => self.invalid += 1,
            Validity::Unsupported => self.unsupported += 1,
        }
    }

    fn outcome(&self) -> Outcome {
        match (self.not_read, self.invalid + self.unsupported) {
            (0, 0) => Outcome::AllValid,
            (0, _) => Outcome::SomeNotValid,
            _ => Outcome::NotRead,
        }
    }

    fn sentence(&self) -> String {
        let all = count(self.valid + self.invalid + self.unsupported, ("document", "documents"));
        let parts = [(self.valid, "valid"), (self.invalid, "invalid"), (self.unsupported, "unsupported")];
        let parts: Vec<String> =
            parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
        format!("{all}: {}", parts.join(", "))
    }
}

/// Checks every file and shows what was found.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let options = Options { schema_only: arguments.schema_only, ..Options::default() };
    let mut examiner = arguments.own.examiner(options)?;
    let style = Style::of_stdout();
    let mut totals = Totals::default();
    for file in &arguments.files {
        match input::read(file) {
            Ok(bytes) => {
                let documents = examiner.examine(bytes.clone(), |examined, _, _| examined);
                show(&file.to_string_lossy(), &bytes, &documents, arguments.format, style, out)?;
                documents.iter().for_each(|document| totals.add(document.validity));
            }
            Err(error) => {
                totals.not_read += 1;
                out.flush()?;
                complain(&error);
            }
        }
    }
    if arguments.format == Format::Text && totals.valid + totals.invalid + totals.unsupported > 1 {
        writeln!(out, "\n{}", totals.sentence())?;
    }
    Ok(totals.outcome())
}

fn show(
    file: &str,
    bytes: &[u8],
    documents: &[Examined],
    format: Format,
    style: Style,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let faulty = documents.iter().any(|document| !document.findings.is_empty());
    let source = (faulty && format == Format::Text).then(|| input::text(bytes)).flatten();
    for examined in documents {
        out.write_all(render::document(Shown { file, examined, source: source.as_deref() }, format, style).as_bytes())?;
    }
    Ok(())
}
