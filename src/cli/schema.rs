//! `payflow schema`: the commands for schema files. Must not know how a schema is arranged.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::schema::import::{self, Files};

/// Work on schema files.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Import official ISO 20022 schema files into a folder of our arrangement.
    ///
    /// Every shared type goes to types.xsd once; each message gets a small file that includes it. Comments and
    /// annotations are left out. Importing a file again changes nothing; importing another version only adds.
    Import {
        /// The official files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The folder to write to, such as `schemas`.
        #[arg(long)]
        into: PathBuf,
    },
}

/// Runs a command.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Import { files, into } => import_files(files, into),
    }
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
