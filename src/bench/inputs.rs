//! What is read: rows of documents, made up or found in files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::yardstick;
use crate::message::Kind;
use crate::pipeline::{Examined, Examiner, Options, Validity};

/// One row of the benchmark: a document, or a pool of them that is read in turn.
pub struct Input {
    /// Its name.
    pub name: &'static str,
    /// The documents.
    pub documents: Vec<Vec<u8>>,
}

impl Input {
    /// How long all documents are together.
    pub fn bytes(&self) -> usize {
        self.documents.iter().map(Vec::len).sum()
    }

    /// Writes it to a folder: one document as `NAME.xml`, a pool as the folder `NAME` with a file per document.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        if let [document] = self.documents.as_slice() {
            let file = folder.join(format!("{}.xml", self.name));
            fs::write(&file, document)?;
            return Ok(file);
        }
        let folder = folder.join(self.name);
        fs::create_dir_all(&folder)?;
        for (number, document) in self.documents.iter().enumerate() {
            fs::write(folder.join(format!("{number:06}.xml")), document)?;
        }
        Ok(folder)
    }
}

/// The documents of a file, or of a folder and all folders below it, in the order of their names.
///
/// # Errors
/// When one can't be read.
pub fn documents(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    if !path.is_dir() {
        return Ok(vec![fs::read(path)?]);
    }
    let mut paths = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        all.extend(documents(&path)?);
    }
    Ok(all)
}

/// Files that were found, and why some are left out.
pub struct Found {
    /// What is measured, as the row `samples`.
    pub input: Input,
    /// Why files are left out, and how many for each reason.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// All files that hold nothing but pacs.008 and camt.053 that are valid by their schemas, and that the yardstick can read.
///
/// # Errors
/// When a file or folder can't be read.
pub fn found(paths: &[PathBuf]) -> io::Result<Found> {
    let mut examiner = Examiner::new(Options { schema_only: true, ..Options::default() });
    let mut found = Found { input: Input { name: "samples", documents: Vec::new() }, left_out: BTreeMap::new() };
    for path in paths {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        for document in documents(path).map_err(named)? {
            match unfit(&mut examiner, &document) {
                Some(reason) => *found.left_out.entry(reason).or_default() += 1,
                None => found.input.documents.push(document),
            }
        }
    }
    Ok(found)
}

/// Why a file is not measured.
fn unfit(examiner: &mut Examiner, bytes: &[u8]) -> Option<&'static str> {
    let examined = examiner.examine(bytes.to_vec(), |examined, _, _| examined);
    let mapped = |one: &Examined| one.message.is_some_and(|message| Kind::of(message).is_mapped());
    if !examined.iter().all(mapped) {
        return Some("neither pacs.008 nor camt.053");
    }
    if !examined.iter().all(|one| one.validity == Validity::Valid) {
        return Some("not valid by its schema");
    }
    if std::str::from_utf8(bytes).is_err() {
        return Some("not in UTF-8, which is all that the yardstick reads");
    }
    yardstick::events(bytes).is_err().then_some("not read to its end by the yardstick")
}
