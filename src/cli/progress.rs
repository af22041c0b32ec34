//! A line on the terminal for whatever takes longer than a second: how much is done, how fast, how long it still takes. There is
//! none where standard error is no terminal. Must not know what is read.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::snippet::printable;
use crate::pipeline::large::Pass;

/// What is done sooner needs no line.
const SILENT: Duration = Duration::from_secs(1);
/// The line is drawn anew so often.
const PERIOD: Duration = Duration::from_millis(200);

/// How far one pass over a file has come.
pub(crate) struct Progress {
    what: String,
    total: u64,
    done: u64,
    begun: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// The progress of a pass over a file, where it can be shown. Lines of output are not disturbed.
    pub(crate) fn new(pass: Pass, file: &str, total: u64) -> Option<Self> {
        let verb = match pass {
            Pass::Check => "checking",
            Pass::Locate => "finding the places in",
            Pass::Map => "mapping",
        };
        let shown = std::io::stderr().is_terminal() && !(pass == Pass::Map && std::io::stdout().is_terminal());
        let what = format!("{verb} {}", printable(file));
        shown.then(|| Self { what, total, done: 0, begun: Instant::now(), drawn: None })
    }

    /// More bytes were read.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.done += bytes;
        let taken = self.begun.elapsed();
        if taken > SILENT && self.drawn.is_none_or(|drawn| drawn.elapsed() > PERIOD) {
            self.drawn = Some(Instant::now());
            let _ = write!(std::io::stderr(), "\r\u{1b}[K{}", line(&self.what, self.done, self.total, taken));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

fn line(what: &str, done: u64, total: u64, taken: Duration) -> String {
    let total = total.max(done).max(1);
    let milliseconds = (taken.as_millis() as u64).max(1);
    let per_second = done / milliseconds * 1000;
    let left = (total - done).checked_div(per_second).map_or(String::new(), |seconds| format!(", {seconds} s left"));
    let (percent, megabytes) = (u128::from(done) * 100 / u128::from(total), |bytes: u64| bytes / 1_000_000);
    let (done, total, speed) = (megabytes(done), megabytes(total), megabytes(per_second));
    format!("{what}: {percent} %, {done} of {total} MB, {speed} MB/s{left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_how_fast_and_how_long() {
        for (done, total, milliseconds, expected) in [
            (500_000_000, 2_000_000_000, 1_000, "f: 25 %, 500 of 2000 MB, 500 MB/s, 3 s left"),
            (2_000_000_000, 2_000_000_000, 4_000, "f: 100 %, 2000 of 2000 MB, 500 MB/s, 0 s left"),
            (3_000_000, 1_000_000, 1_500, "f: 100 %, 3 of 3 MB, 2 MB/s, 0 s left"),
            (0, 0, 2_000, "f: 0 %, 0 of 0 MB, 0 MB/s"),
        ] {
            assert_eq!(line("f", done, total, Duration::from_millis(milliseconds)), expected);
        }
    }
}
