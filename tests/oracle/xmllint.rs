//! libxml2, by its program xmllint: one process for hundreds of files.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Opinion;

/// How many files one process gets.
const BATCH: usize = 400;

pub(crate) fn is_there() -> bool {
    Command::new("xmllint").arg("--version").output().is_ok()
}

/// What xmllint says of files, each in turn. It has no last word on those that are not well-formed.
pub(crate) fn opinions(schema: &Path, files: &[PathBuf]) -> io::Result<Vec<Opinion>> {
    let name = |file: &PathBuf| file.to_string_lossy().into_owned();
    let mut all: HashMap<String, Opinion> = files.iter().map(|file| (name(file), Opinion::default())).collect();
    for batch in files.chunks(BATCH) {
        let output =
            Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).args(batch).output()?;
        read(&String::from_utf8_lossy(&output.stderr), &mut all);
    }
    Ok(files.iter().map(|file| all.remove(&name(file)).unwrap_or_default()).collect())
}

/// Reads `FILE validates` and `FILE:LINE: element NAME: words`; what begins with no file belongs to the one before.
fn read(output: &str, all: &mut HashMap<String, Opinion>) {
    let mut of = String::new();
    for line in output.lines() {
        if let Some(opinion) = line.strip_suffix(" validates").and_then(|file| all.get_mut(file)) {
            opinion.valid = true;
            continue;
        }
        if let Some((file, _)) = line.split_once(':').filter(|(file, _)| all.contains_key(*file)) {
            file.clone_into(&mut of);
        }
        if let Some(opinion) = all.get_mut(&of) {
            let said = line.strip_prefix(&of).unwrap_or(line).trim_start_matches(':');
            opinion.words.extend([said, "\n"]);
            opinion.first = opinion.first.take().or_else(|| fault(said));
        }
    }
}

/// The line and the element of `LINE: element NAME: Schemas validity error : …`.
fn fault(said: &str) -> Option<(u32, String)> {
    let (line, rest) = said.split_once(": element ")?;
    let (element, _) = rest.split_once(": Schemas validity error")?;
    Some((line.parse().ok()?, element.to_owned()))
}
