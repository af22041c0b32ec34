//! `payflow validate`: the verdict on each document, and what is wrong with it, at its place.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::input::Opened;
use super::own_schemas::OwnSchemaArguments;
use super::render::{self, Format, Shown, count};
use super::snippet::Text;
use super::style::Style;
use super::{Outcome, complain, input};
use crate::pipeline::large::Excerpt;
use crate::pipeline::{Examined, Examiner, Options, Validity};

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
    let options = Options { schema_only: arguments.schema_only, unanswered: true, ..Options::default() };
    let mut examiner = arguments.own.examiner(options)?;
    let style = Style::of_stdout();
    let mut totals = Totals::default();
    for file in &arguments.files {
        match examine(&mut examiner, file, arguments.format) {
            Ok(documents) => {
                let source = documents.source.as_deref().map(Text::Whole);
                let source = source.or(documents.excerpts.as_deref().map(Text::Around));
                let file = &file.to_string_lossy();
                for examined in &documents.examined {
                    let shown = render::document(Shown { file, examined, source }, arguments.format, style);
                    out.write_all(shown.as_bytes())?;
                    totals.add(examined.validity);
                }
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

/// The documents of a file, with the text that is shown of them.
#[derive(Default)]
struct Documents {
    examined: Vec<Examined>,
    /// The whole input.
    source: Option<String>,
    /// What stands around the findings of one that is too large.
    excerpts: Option<Vec<Excerpt>>,
}

fn examine(examiner: &mut Examiner, file: &Path, format: Format) -> anyhow::Result<Documents> {
    let shows = |examined: &[Examined]| format == Format::Text && examined.iter().any(|e| !e.findings.is_empty());
    match input::open(file)? {
        Opened::Small(bytes) => {
            let examined = examiner.examine(bytes.clone(), |examined, _, _| examined);
            let source = shows(&examined).then(|| input::text(&bytes)).flatten();
            Ok(Documents { examined, source, excerpts: None })
        }
        Opened::Large(large) => {
            let documents = examiner.examine_large(None, &large, false).map_err(anyhow::Error::from_boxed)?;
            let examined: Vec<Examined> = documents.into_iter().map(|document| document.examined).collect();
            let offsets = examined.iter().flat_map(|examined| &examined.findings).filter_map(|f| f.place.as_ref());
            let mut offsets: Vec<usize> = offsets.map(|place| place.offset).collect();
            let excerpts = match shows(&examined) {
                true => Some(examiner.excerpts(&large, &mut offsets).map_err(anyhow::Error::from_boxed)?),
                false => None,
            };
            Ok(Documents { examined, source: None, excerpts })
        }
    }
}
