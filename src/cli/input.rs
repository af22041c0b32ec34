//! Files and standard input: small ones are read whole, large ones through a window, as often as it takes. What comes from a
//! pipe and is large is put into a temporary file first. Must not know what is in them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use super::progress::Progress;
use crate::pipeline::large::{Large, Pass};
use crate::xml::input::{Source, Trouble};

/// What is larger is not held in memory.
const SMALL: u64 = 32 << 20;

/// An input that was opened.
pub(crate) enum Opened {
    /// Its bytes.
    Small(Vec<u8>),
    /// It is to be read through a window.
    Large(LargeFile),
}

/// A file that is not held in memory.
pub(crate) struct LargeFile {
    place: Place,
    name: String,
    bytes: u64,
}

enum Place {
    Given(PathBuf),
    /// Of a pipe; removed when it is no longer needed.
    Spooled(NamedTempFile),
}

/// Opens a file, or standard input when the name is `-`.
pub(crate) fn open(name: &Path) -> anyhow::Result<Opened> {
    let shown = name.to_string_lossy().into_owned();
    if name == Path::new("-") {
        return piped(std::io::stdin().lock(), shown).context("cannot read standard input");
    }
    let open = || -> anyhow::Result<Opened> {
        let file = File::open(name)?;
        let about = file.metadata()?;
        match about.len() {
            bytes if about.is_file() && bytes > SMALL => {
                Ok(Opened::Large(LargeFile { place: Place::Given(name.to_owned()), name: shown.clone(), bytes }))
            }
            _ => piped(file, shown.clone()),
        }
    };
    open().with_context(|| format!("cannot read {}", name.display()))
}

/// Reads as much as is small; what is larger goes to a temporary file.
fn piped(mut from: impl Read, name: String) -> anyhow::Result<Opened> {
    let mut head = Vec::new();
    from.by_ref().take(SMALL + 1).read_to_end(&mut head)?;
    if head.len() as u64 <= SMALL {
        return Ok(Opened::Small(head));
    }
    let mut file = NamedTempFile::new().context("cannot make a temporary file")?;
    let bytes = std::io::copy(&mut head.as_slice().chain(from), &mut file).context("cannot fill a temporary file")?;
    Ok(Opened::Large(LargeFile { place: Place::Spooled(file), name, bytes }))
}

/// The bytes of a file, or of standard input when the name is `-`, whatever their number.
pub(crate) fn read(name: &Path) -> anyhow::Result<Vec<u8>> {
    if name == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(name).with_context(|| format!("cannot read {}", name.display()))
}

/// The input as text, to show lines of it; `None` when its encoding can't be read.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let decoded = crate::xml::Input::new(bytes.to_vec()).ok()?;
    String::from_utf8(decoded.into_bytes()).ok()
}

impl Large for LargeFile {
    fn open(&self, pass: Pass) -> Result<Box<dyn Source>, Trouble> {
        let file = match &self.place {
            Place::Given(path) => File::open(path),
            Place::Spooled(file) => file.reopen(),
        };
        let file = file.map_err(|error| format!("cannot read {}: {error}", self.name))?;
        Ok(Box::new(Bytes { file, name: self.name.clone(), progress: Progress::new(pass, &self.name, self.bytes) }))
    }
}

/// The bytes of a file, with a line on the terminal that shows how many were read.
struct Bytes {
    file: File,
    name: String,
    progress: Option<Progress>,
}

impl Source for Bytes {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let bytes = self.file.read(into).map_err(|error| format!("cannot read {}: {error}", self.name))?;
        if let Some(progress) = &mut self.progress {
            progress.add(bytes as u64);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_is_spooled_whole() {
        let bytes: Vec<u8> = (0..SMALL + 100).map(|at| at as u8).collect();
        assert!(
            matches!(piped(&bytes[..SMALL as usize], String::new()), Ok(Opened::Small(small)) if small.len() as u64 == SMALL)
        );
        let Ok(Opened::Large(large)) = piped(&bytes[..], String::new()) else { panic!("not spooled") };
        assert_eq!(large.bytes, SMALL + 100);
        for _ in 0..2 {
            let mut source = large.open(Pass::Check).unwrap();
            let mut read = vec![0; bytes.len()];
            let mut at = 0;
            while at < read.len() {
                at += source.read(&mut read[at..]).unwrap();
            }
            assert!(read == bytes && source.read(&mut [0]).unwrap() == 0);
        }
    }
}
