//! Instructions, counted by callgrind: they repeat to the digit on a machine with other users, and nearly so on another one.
//! A subject is counted alone in a process of its own. callgrind knows AVX2 but not AVX-512, so code that picks its
//! instructions at run time is counted on its AVX2 path.

use std::ffi::OsStr;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::inputs::{Input, documents};
use super::memory::{self, Memory};
use super::subject::{measured, named, read_all};

/// The function that is counted, as callgrind knows it.
const MEASURED: &str = "payflow::bench::subject::measured*";

const MISSING: &str =
    "valgrind counts the instructions, and is not installed: apt-get install valgrind, or dnf install valgrind";

/// A program that runs [`alone`] when it is called with these arguments, the subject and the path.
pub struct Alone {
    /// The program.
    pub program: PathBuf,
    /// What stands before the subject and the path.
    pub arguments: &'static [&'static str],
    /// Where inputs are put.
    folder: tempfile::TempDir,
}

impl Alone {
    /// This program.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub fn this(arguments: &'static [&'static str]) -> Result<Self> {
        Ok(Self { program: std::env::current_exe()?, arguments, folder: tempfile::tempdir()? })
    }

    /// The path of an input that is put where the program finds it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn put(&self, input: &Input) -> Result<PathBuf> {
        input.write(self.folder.path())
    }

    /// What memory a subject takes for an input.
    ///
    /// # Errors
    /// When the program fails.
    pub fn memory(&self, subject: &str, path: &Path) -> Result<Option<Memory>> {
        let output = self.run(Command::new(&self.program), subject, path)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let field = |name| text.split_whitespace().skip_while(|word| *word != name).nth(1)?.parse().ok();
        Ok(field("peak_kib").zip(field("kept_kib")).map(|(peak_kib, kept_kib)| Memory { peak_kib, kept_kib }))
    }

    /// How many instructions a subject takes for an input. `keep` is where callgrind's output is left.
    ///
    /// # Errors
    /// When valgrind is missing or fails.
    pub fn instructions(&self, subject: &str, path: &Path, keep: Option<&Path>) -> Result<u64> {
        let folder = keep.unwrap_or(self.folder.path());
        let row = path.file_stem().map(OsStr::to_string_lossy).unwrap_or_default();
        let out = folder.join(format!("callgrind.{subject}.{row}"));
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", &format!("--toggle-collect={MEASURED}")]);
        command.arg(format!("--callgrind-out-file={}", out.display())).arg(&self.program);
        let output = self.run(command, subject, path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::new(ErrorKind::NotFound, MISSING),
            _ => error,
        })?;
        let text = String::from_utf8_lossy(&output.stderr);
        collected(&text).ok_or_else(|| Error::other(format!("callgrind counted nothing in {MEASURED}:\n{text}")))
    }

    fn run(&self, mut command: Command, subject: &str, path: &Path) -> Result<Output> {
        let output = command.args(self.arguments).arg(subject).arg(path).output()?;
        let failed = || Error::other(format!("{subject} failed:\n{}", String::from_utf8_lossy(&output.stderr)));
        if output.status.success() { Ok(output) } else { Err(failed()) }
    }
}

/// The last words of callgrind's report.
fn collected(report: &str) -> Option<u64> {
    let (_, rest) = report.split_once("Collected :")?;
    rest.split_whitespace().next()?.parse().ok().filter(|count| *count > 0)
}

/// What the program of an [`Alone`] does: reads a path with a subject, once before it counts and once where it does, and
/// says on one line what memory that took.
///
/// # Errors
/// When there is no such subject, or the path can't be read.
pub fn alone(subject: &str, path: &Path) -> Result<String> {
    let (_, make) = named(subject).ok_or_else(|| Error::other(format!("there is no subject {subject}")))?;
    let mut documents = documents(path)?;
    let (witness, memory) = memory::of(|| {
        let mut read = make();
        let first = read_all(&mut read, &mut documents);
        (first, measured(&mut read, &mut documents), read)
    });
    let memory = memory.map(|memory| format!(" peak_kib {} kept_kib {}", memory.peak_kib, memory.kept_kib));
    Ok(format!("witness {:x} {:x}{}", witness.0, witness.1, memory.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_the_report() {
        for (report, expected) in [
            ("==7== Events    : Ir\n==7== Collected : 12345\n==7== \n==7== I   refs:      12,345\n", Some(12345)),
            ("==7== Collected : 0\n", None),
            ("==7== killed\n", None),
        ] {
            assert_eq!(collected(report), expected, "{report}");
        }
    }
}
