//! Xerces, in one Java process that is asked file by file.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Opinion;

/// The process.
pub(crate) struct Xerces {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Xerces {
    /// Starts it; `None` where Java is not there.
    pub(crate) fn start() -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/Xerces.java");
        // A run-time environment alone, without the compiler, can't run a source file and says nothing.
        let mut child = Command::new("java")
            .args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (questions, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut started = Self { child, questions, answers };
        (started.answer().ok()? == "ready").then_some(started)
    }

    fn ask(&mut self, question: &str) -> io::Result<String> {
        writeln!(self.questions, "{question}")?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<String> {
        let mut answer = String::new();
        match self.answers.read_line(&mut answer)? {
            0 => Err(io::Error::other("Xerces has ended")),
            _ => Ok(answer.trim_end().to_owned()),
        }
    }

    /// What it says of files, each in turn.
    pub(crate) fn opinions(&mut self, schema: &Path, files: &[impl AsRef<Path>]) -> io::Result<Vec<Opinion>> {
        self.ask(&format!("schema {}", schema.display()))?;
        files.iter().map(|file| Ok(opinion(self.ask(&file.as_ref().display().to_string())?))).collect()
    }
}

fn opinion(answer: String) -> Opinion {
    let line = answer.split(':').next().and_then(|line| line.parse().ok());
    Opinion { valid: answer == "valid", first: line.map(|line| (line, String::new())), words: answer }
}

impl Drop for Xerces {
    fn drop(&mut self) {
        // It holds nothing that could be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
