//! `payflow generate`: messages made from a schema, to standard output or as files. Must not know how one is made.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::json;

use super::Outcome;
use crate::generate::{Generator, Layout, Mutant, Settings};
use crate::schema::{MessageId, catalogue};

const EXAMPLES: &str = "\
Examples:
  payflow generate pacs.008.001.08
  payflow generate camt.053.001.08 --count 500 --seed 7 --into messages
  payflow generate pacs.008.001.08 --count 100 --invalid --into faults
  payflow generate camt.053.001.08 --transactions 1500000 --compact > large.xml

The files are named MESSAGE-SEED-NUMBER.xml. With --invalid, a file .fault.json beside each says what was planted: kind,
rule, path, line, column and byte offset of each fault. The same seed gives the same bytes for ever.";

/// The header that goes before documents.
const HEADER: MessageId = MessageId::of(b"head", 1, 2);
/// A message with faults is made in memory.
const MOST_IN_MEMORY: u64 = 100_000;
/// A piece is written when it has as many bytes.
const PIECE: usize = 1 << 16;

/// Make up messages from a schema: valid, or with planted faults.
///
/// Valid ones keep the rules beyond the schema too: check digits are right, numbers and sums of transactions agree,
/// countries and currencies exist. A run of some hundred messages shows every element, choice, code and bound of the schema.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The message, such as pacs.008.001.08.
    message: String,
    /// How many messages.
    #[arg(long, default_value_t = 1, value_name = "N")]
    count: u64,
    /// Another seed makes other messages.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// How many transactions or entries each has; without it, a few.
    #[arg(long, value_name = "N")]
    transactions: Option<u64>,
    /// Plant faults, and write where they are.
    #[arg(long)]
    invalid: bool,
    /// How many faults each message gets.
    #[arg(long, default_value_t = 1, value_name = "N", requires = "invalid", value_parser = clap::value_parser!(u8).range(1..))]
    faults: u8,
    /// Put a business application header before each document, and an envelope around both.
    #[arg(long)]
    header: bool,
    /// Write each message on one line.
    #[arg(long)]
    compact: bool,
    /// Go to the bounds of the schema even where rules beyond it are broken.
    #[arg(long)]
    schema_only: bool,
    /// The folder to write files to; without it, one message goes to standard output.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// Makes the messages.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let generator = generator(arguments)?;
    check(arguments, &generator)?;
    let Some(folder) = &arguments.into else {
        if let Some(faults) = write(arguments, &generator, 0, out)? {
            out.flush()?;
            eprintln!("{faults}");
        }
        return Ok(Outcome::AllValid);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for index in 0..arguments.count {
        let name = format!("{}-{}-{:06}", arguments.message, arguments.seed, index + 1);
        file(arguments, &generator, index, &folder.join(name))?;
    }
    writeln!(out, "{} messages written to {}", arguments.count, folder.display())?;
    Ok(Outcome::AllValid)
}

fn generator(arguments: &Arguments) -> anyhow::Result<Generator> {
    let catalogue = catalogue::embedded();
    let wanted: Option<MessageId> = arguments.message.parse().ok();
    let Some(schema) = wanted.and_then(|message| catalogue.schema(message)) else {
        match catalogue.nearest(&arguments.message) {
            Some(nearest) => bail!("there is no schema of {}; the nearest message is {nearest}", arguments.message),
            None => bail!("{} is not a message such as pacs.008.001.08", arguments.message),
        }
    };
    let generator = Generator::new(&schema?)?;
    if !arguments.header {
        return Ok(generator);
    }
    let header = catalogue.schema(HEADER).with_context(|| format!("there is no schema of {HEADER}"))?;
    Ok(generator.with_header(&header?)?)
}

fn check(arguments: &Arguments, generator: &Generator) -> anyhow::Result<()> {
    ensure!(
        arguments.into.is_some() || arguments.count == 1,
        "{} messages have no room on standard output: name a folder with --into DIR",
        arguments.count
    );
    let Some(wanted) = arguments.transactions else { return Ok(()) };
    let message = &arguments.message;
    let allowed = generator
        .items_allowed()
        .with_context(|| format!("{message} has nothing that repeats: leave --transactions out"))?;
    ensure!(
        allowed.contains(&wanted),
        "{message} has {} transactions, not {wanted}",
        match (allowed.start(), allowed.end()) {
            (least, most) if least == most => least.to_string(),
            (least, &u64::MAX) => format!("at least {least}"),
            (least, most) => format!("{least} to {most}"),
        }
    );
    ensure!(
        !arguments.invalid || wanted <= MOST_IN_MEMORY,
        "a message with faults has at most {MOST_IN_MEMORY} transactions: it is made in memory"
    );
    Ok(())
}

fn file(arguments: &Arguments, generator: &Generator, index: u64, stem: &Path) -> anyhow::Result<()> {
    let path = stem.with_added_extension("xml");
    let failed = || format!("cannot write {}", path.display());
    let mut out = BufWriter::new(File::create(&path).with_context(failed)?);
    let faults = write(arguments, generator, index, &mut out).with_context(failed)?;
    out.flush().with_context(failed)?;
    if let Some(faults) = faults {
        let path = stem.with_added_extension("fault.json");
        fs::write(&path, faults + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Writes one message; gives what was planted in it.
fn write(
    arguments: &Arguments,
    generator: &Generator,
    index: u64,
    out: &mut impl Write,
) -> anyhow::Result<Option<String>> {
    let settings = Settings {
        items: arguments.transactions,
        schema_only: arguments.schema_only,
        layout: if arguments.compact { Layout::Compact } else { Layout::Indented },
        rich: None,
    };
    if arguments.invalid {
        let mutant = generator.mutant(arguments.seed, index, usize::from(arguments.faults), settings);
        ensure!(!mutant.faults.is_empty(), "no fault could be planted in message {}: take another seed", index + 1);
        out.write_all(&mutant.bytes)?;
        return Ok(Some(serde_json::to_string_pretty(&faults(arguments, index, &mutant))?));
    }
    let (mut stream, mut piece) = (generator.stream(arguments.seed, index, settings), Vec::new());
    while stream.next(&mut piece) {
        if piece.len() >= PIECE {
            out.write_all(&piece)?;
            piece.clear();
        }
    }
    out.write_all(&piece)?;
    Ok(None)
}

fn faults(arguments: &Arguments, index: u64, mutant: &Mutant) -> serde_json::Value {
    let fault = |fault: &crate::generate::Planted| {
        let place = &fault.place;
        json!({
            "kind": fault.kind.id(),
            "rule": fault.rule.id(),
            "path": place.path,
            "line": place.line,
            "column": place.column,
            "offset": place.offset,
            "what": fault.what,
        })
    };
    json!({
        "message": arguments.message,
        "seed": arguments.seed,
        "number": index + 1,
        "faults": mutant.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}
