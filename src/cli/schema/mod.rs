//! `payflow schema`: the messages of the catalogue, and new ones. One file per command that shows something. Must not know
//! how a schema is arranged.

mod facts;
mod list;
mod show;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::schema::catalogue::{self, Catalogue};
use crate::schema::import::{self, Files};
use crate::schema::model::Schema;
use crate::schema::{MessageId, write};

pub(crate) const EXAMPLES: &str = "\
Examples:
  payflow schema list                                    every message, with its name and versions
  payflow schema show pacs.008.001.08                    what is in it
  payflow schema show pain.001 --path Document/CstmrCdtTrfInitn/PmtInf/Dbtr --depth 9
  payflow schema export camt.053.001.08 > camt.053.001.08.xsd
  payflow schema import pacs.008.001.15.xsd --into schemas";

const EXPORT_EXAMPLE: &str = "\
Example:
  payflow schema export pacs.008.001.08 > pacs.008.001.08.xsd
  xmllint --noout --schema pacs.008.001.08.xsd message.xml";

const IMPORT_EXAMPLE: &str = "\
Example:
  payflow schema import downloads/*.xsd --into schemas";

/// Look at the messages, and work on schema files.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    /// Write the schema of a message as one file that needs no other.
    ///
    /// It accepts the same documents as the official file. Comments and annotations are left out.
    #[command(after_help = EXPORT_EXAMPLE)]
    Export {
        /// The message, such as pacs.008.001.08; pacs.008 is its latest version.
        #[arg(value_name = "ID")]
        message: String,
    },
    /// Import official ISO 20022 schema files into a folder of our arrangement.
    ///
    /// Every shared type goes to types.xsd once; each message gets a small file that includes it. Comments and
    /// annotations are left out. Importing a file again changes nothing; importing another version only adds. What is in
    /// `schemas` becomes part of payflow when it is built.
    #[command(after_help = IMPORT_EXAMPLE)]
    Import {
        /// The official files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The folder to write to, such as `schemas`.
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
}

/// Runs a command.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<()> {
    match command {
        Command::List(arguments) => list::run(arguments, out),
        Command::Show(arguments) => show::run(arguments, out),
        Command::Export { message } => {
            let schema = schema(named(catalogue::embedded(), message)?)?;
            Ok(out.write_all(write::self_contained(&schema).as_bytes())?)
        }
        Command::Import { files, into } => import_files(files, into),
    }
}

/// The message that a person names: whole, or without its version for the latest one.
fn named(catalogue: &Catalogue, text: &str) -> Result<MessageId> {
    let begins = |message: &MessageId| message.to_string().strip_prefix(text).is_some_and(|rest| rest.starts_with('.'));
    let whole = text.parse().ok().filter(|message| catalogue.contains(*message));
    if let Some(message) = whole.or_else(|| catalogue.ids().filter(begins).last()) {
        return Ok(message);
    }
    match catalogue.nearest(text) {
        Some(nearest) => bail!(
            "there is no schema of {text}; the nearest is {nearest}, and `payflow schema list {}` shows its versions",
            nearest.family()
        ),
        None => bail!("there is no schema of {text:?}; `payflow schema list` shows what there is"),
    }
}

fn schema(message: MessageId) -> Result<Schema> {
    let schema = catalogue::embedded().schema(message).with_context(|| format!("there is no schema of {message}"))?;
    schema.with_context(|| format!("the schema of {message} cannot be read"))
}

fn import_files(paths: &[PathBuf], into: &Path) -> Result<()> {
    let official = paths.iter().map(|path| read(path)).collect::<Result<Files>>()?;
    let before = read_folder(into)?;
    let after = import::import(&before, &official)?;
    let changed: Vec<_> = after.iter().filter(|(name, text)| before.get(*name) != Some(text)).collect();
    fs::create_dir_all(into).with_context(|| format!("cannot make the folder {}", into.display()))?;
    for (name, text) in &changed {
        let path = into.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("{} imported, {} files written to {}", official.len(), changed.len(), into.display());
    Ok(())
}

fn read(path: &Path) -> Result<(String, String)> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().context("a file has no name")?;
    Ok((name.to_string_lossy().into_owned(), text))
}

/// The schema files of a folder; none when it is not there yet.
fn read_folder(folder: &Path) -> Result<Files> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Files::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
    };
    let mut files = Files::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xsd" || extension == "tsv") {
            files.extend([read(&path)?]);
        }
    }
    Ok(files)
}
