//! Files that hold large inputs: read through a window, and found again when one is looked at later. It is the one that came when
//! its documents are those that are stored. Must not tell the name of a file: it may hold what is the customer's.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::Raw;
use super::large::{Large, Pass};
use super::stages::{Prepared, Stages};
use crate::xml::input::{Source, Trouble};

/// A file that is read through a window.
pub(super) struct LargeFile(pub(super) PathBuf);

impl Large for LargeFile {
    fn open(&self, _: Pass) -> Result<Box<dyn Source>, Trouble> {
        Ok(Box::new(Bytes(File::open(&self.0)?)))
    }
}

struct Bytes(File);

impl Source for Bytes {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        Ok(self.0.read(into)?)
    }
}

/// A file with the documents that it holds.
pub(super) type Found<D> = (LargeFile, Vec<Prepared<D>>);

/// Examines a large input again, in the first of the files where it may be that holds what came: `same` says so by the documents.
///
/// # Errors
/// When none does: why not.
pub(super) fn examine_again<S: Stages>(
    stages: &S,
    raw: &Raw,
    files: Vec<PathBuf>,
    same: impl Fn(&[Prepared<S::Document>]) -> bool,
) -> Result<Found<S::Document>, String> {
    let mut why = "the file that it is kept as is not in the archive of its folder".to_owned();
    for file in files.into_iter().map(LargeFile) {
        why = match catch_unwind(AssertUnwindSafe(|| stages.examine_large(raw, &file))) {
            Ok(Ok(documents)) if same(&documents) => return Ok((file, documents)),
            Ok(Ok(_)) => "what the archive has under the name of its file is not what came".to_owned(),
            Ok(Err(trouble)) => format!("the file that it is kept as can't be read: {trouble}"),
            Err(_) => "the stages could not handle it: a fault in payflow".to_owned(),
        };
    }
    Err(why)
}
