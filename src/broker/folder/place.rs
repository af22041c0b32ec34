//! One folder on the disk: what arrives, what is claimed, what is archived. Every change is a rename, so that nothing is
//! ever half done. Must not know what a message is.
//!
//! ```text
//! in/pay.xml                      arrived
//! claimed/000000000042-pay.xml    claimed, as number 42
//! claimed/000000000042!pay.xml    something of it was rejected
//! out/pay.42-1.pacs.002.001.10.xml the answer to its first document
//! archive/2026-11-22/pay.xml      done
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, NaiveDate, Utc};
use tracing::warn;

const IN: &str = "in";
const OUT: &str = "out";
const CLAIMED: &str = "claimed";
const ARCHIVE: &str = "archive";
const REJECTED: &str = "rejected";

/// How names end while a file is still being written.
const UNFINISHED: [&str; 3] = [".tmp", ".part", ".filepart"];

/// The digits of a number in the name of a claimed file.
const DIGITS: usize = 12;

/// At most so many bytes of a file's name are in the name of its answer.
const STEM: usize = 120;

/// A folder.
pub(super) struct Place {
    path: PathBuf,
    quiet: Duration,
    rejected_apart: bool,
    /// The files that have arrived, as they were when they were last looked at.
    seen: BTreeMap<String, Seen>,
    /// Those of them that are whole and wait for their turn, the oldest first.
    ripe: BTreeSet<(State, String)>,
    /// Names that were complained of.
    complained: BTreeSet<String>,
}

/// A file as it was seen.
struct Seen {
    state: State,
    /// Since when it has not changed.
    since: Instant,
}

/// What changes with a file that is written to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    modified: SystemTime,
    bytes: u64,
}

impl State {
    fn new(about: &Metadata) -> io::Result<Self> {
        Ok(Self { modified: about.modified()?, bytes: about.len() })
    }
}

/// A file that is claimed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claimed {
    /// Its number: the offset of its input.
    pub(super) number: i64,
    /// Its own name.
    pub(super) name: String,
    /// Whether something of it was rejected.
    rejected: bool,
}

impl Claimed {
    fn parse(file: &str) -> Option<Self> {
        let (number, rest) = file.split_at_checked(DIGITS)?;
        let (mark, name) = rest.split_at_checked(1)?;
        let rejected = matches!(mark, "-" | "!").then_some(mark == "!")?;
        Some(Self { number: number.parse().ok()?, name: name.to_owned(), rejected })
    }

    fn file(&self) -> String {
        format!("{:0DIGITS$}{}{}", self.number, if self.rejected { '!' } else { '-' }, self.name)
    }
}

impl Place {
    pub(super) fn open(path: &Path, quiet: Duration, rejected_apart: bool) -> io::Result<Self> {
        // The folder itself must be there: where a mount is missing, one that is made anew would hide it.
        if !fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        for part in [IN, OUT, CLAIMED, ARCHIVE] {
            fs::create_dir_all(path.join(part))?;
        }
        let (path, seen, ripe, complained) = (path.to_owned(), BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Ok(Self { path, quiet, rejected_apart, seen, ripe, complained })
    }

    /// Takes the lock, when nobody has it. It ends with the file, and so with the process.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = File::options().create(true).append(true).open(self.path.join(CLAIMED).join(".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Claims the file that has been there longest, as this number.
    pub(super) fn claim(&mut self, number: i64) -> io::Result<Option<Claimed>> {
        if self.ripe.is_empty() {
            self.look()?;
        }
        while let Some((state, name)) = self.ripe.pop_first() {
            let arrived = self.path.join(IN).join(&name);
            let claimed = Claimed { number, name, rejected: false };
            match self.take(&arrived, state, &claimed) {
                Ok(true) => return Ok(Some(claimed)),
                Ok(false) => {}
                Err(error) => self.complain(&claimed.name, &error),
            }
        }
        Ok(None)
    }

    /// Moves a file that can be read and is what was seen.
    fn take(&mut self, arrived: &Path, state: State, claimed: &Claimed) -> io::Result<bool> {
        File::open(arrived)?;
        if State::new(&fs::symlink_metadata(arrived)?)? != state {
            return Ok(false);
        }
        fs::rename(arrived, self.path_of(claimed))?;
        self.seen.remove(&claimed.name);
        // Were the move lost after the file is done, it would be done twice.
        self.sync(CLAIMED)?;
        self.sync(IN)?;
        Ok(true)
    }

    /// Finds the files that are whole.
    fn look(&mut self) -> io::Result<()> {
        let now = Instant::now();
        let (mut before, mut others) = (std::mem::take(&mut self.seen), BTreeSet::new());
        for entry in fs::read_dir(self.path.join(IN))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_unfinished(&name) {
                continue;
            }
            if !entry.file_type()?.is_file() {
                self.complain(&name, &io::Error::other("it is no plain file, but a folder, a link or something else"));
                others.insert(name);
                continue;
            }
            // One that is gone again was a temporary name, or is another worker's.
            let Ok(about) = entry.metadata() else { continue };
            let state = State::new(&about)?;
            let same = before.remove(&name).filter(|seen| seen.state == state);
            let seen = same.unwrap_or(Seen { state, since: now });
            if self.quiet.is_zero() || (seen.since < now && now - seen.since >= self.quiet) {
                self.ripe.insert((state, name.clone()));
            }
            self.seen.insert(name, seen);
        }
        self.complained.retain(|name| self.seen.contains_key(name) || others.contains(name));
        Ok(())
    }

    /// How many files are there to be claimed, now or once they are whole.
    pub(super) fn arrived(&self) -> io::Result<usize> {
        let mut arrived = 0;
        for entry in fs::read_dir(self.path.join(IN))? {
            let entry = entry?;
            let is_one = entry.file_type()?.is_file() && !is_unfinished(&entry.file_name().to_string_lossy());
            arrived += usize::from(is_one);
        }
        Ok(arrived)
    }

    /// Says once of a file why it is left where it is. Its name may hold what is the customer's.
    fn complain(&mut self, name: &str, error: &io::Error) {
        if self.complained.insert(name.to_owned()) {
            warn!(folder = %self.path.join(IN).display(), "a file can't be taken, and is left where it is: {error}");
        }
    }

    /// What is claimed, in order.
    pub(super) fn claimed(&self) -> io::Result<Vec<Claimed>> {
        let mut claimed = Vec::new();
        for entry in fs::read_dir(self.path.join(CLAIMED))? {
            claimed.extend(entry?.file_name().to_str().and_then(Claimed::parse));
        }
        claimed.sort();
        Ok(claimed)
    }

    pub(super) fn path_of(&self, claimed: &Claimed) -> PathBuf {
        self.path.join(CLAIMED).join(claimed.file())
    }

    fn numbered(&self, number: i64) -> io::Result<Option<Claimed>> {
        Ok(self.claimed()?.into_iter().find(|claimed| claimed.number == number))
    }

    /// Remembers that something of a file was rejected.
    pub(super) fn mark(&self, number: i64) -> io::Result<()> {
        match self.numbered(number)? {
            Some(claimed) if !claimed.rejected => {
                let marked = Claimed { rejected: true, ..claimed.clone() };
                fs::rename(self.path_of(&claimed), self.path_of(&marked))
            }
            _ => Ok(()),
        }
    }

    /// Puts an answer into `out`, whole at once.
    pub(super) fn answer(&self, number: i64, document: &str, definition: &str, bytes: &[u8]) -> io::Result<()> {
        let name = self.numbered(number)?.map_or_else(String::new, |claimed| claimed.name);
        let stem = Path::new(&name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("answer");
        let file = format!("{}.{number}-{document}.{definition}.xml", &stem[..stem.floor_char_boundary(STEM)]);
        let out = self.path.join(OUT);
        let temporary = out.join(format!(".{file}.tmp"));
        let mut written = File::create(&temporary)?;
        written.write_all(bytes)?;
        written.sync_all()?;
        fs::rename(temporary, out.join(file))?;
        self.sync(OUT)
    }

    /// Moves what is done, all numbers before `next`, to where it is kept. Nothing there is ever overwritten.
    pub(super) fn archive(&self, next: i64, day: NaiveDate) -> io::Result<()> {
        for claimed in self.claimed()?.into_iter().filter(|claimed| claimed.number < next) {
            let apart = claimed.rejected && self.rejected_apart;
            let folder = self.path.join(if apart { REJECTED } else { ARCHIVE }).join(day.to_string());
            fs::create_dir_all(&folder)?;
            fs::rename(self.path_of(&claimed), free(&folder, &claimed.name)?)?;
        }
        Ok(())
    }

    pub(super) fn kept(&self, file: &str, taken: DateTime<Utc>) -> io::Result<Vec<PathBuf>> {
        kept(&self.path, file, taken)
    }

    #[cfg(unix)]
    fn sync(&self, part: &str) -> io::Result<()> {
        File::open(self.path.join(part))?.sync_all()
    }

    /// Elsewhere a folder can't be opened; its changes are in the journal of the file system.
    #[cfg(not(unix))]
    fn sync(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

fn is_unfinished(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with('.') || UNFINISHED.iter().any(|ending| lower.ends_with(ending))
}

/// Where the file of a large input may be in a partner's folder by now, by the name that it was claimed under and when: claimed
/// still, or kept since that day, under its own name or the first number behind it that was free. The oldest one comes first; what
/// is in it says whether it is the one.
///
/// # Errors
/// When the folder can't be read.
pub fn kept(folder: &Path, file: &str, taken: DateTime<Utc>) -> io::Result<Vec<PathBuf>> {
    fs::metadata(folder)?;
    let Some(claimed) = Claimed::parse(file) else { return Ok(Vec::new()) };
    let mut found = BTreeSet::new();
    for (name, path) in entries(&folder.join(CLAIMED))? {
        if Claimed::parse(&name).is_some_and(|other| other.number == claimed.number) {
            found.insert((NaiveDate::MIN, 0, path));
        }
    }
    for (day, path) in [entries(&folder.join(ARCHIVE))?, entries(&folder.join(REJECTED))?].concat() {
        let Some(day) = day.parse::<NaiveDate>().ok().filter(|day| *day >= taken.date_naive()) else { continue };
        for (name, path) in entries(&path)? {
            let number = match name.strip_prefix(&claimed.name) {
                Some("") => Some(0),
                Some(behind) => behind.strip_prefix('.').and_then(|number| number.parse::<u32>().ok()),
                None => None,
            };
            found.extend(number.map(|number| (day, number, path)));
        }
    }
    Ok(found.into_iter().map(|(_, _, path)| path).collect())
}

/// What is in a folder: names and paths. One that is not there is empty.
fn entries(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let read = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    read.map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))).collect()
}

/// A path in a folder under a name, or under the name with the first number that is not taken. Only who holds the lock
/// asks, so none is taken meanwhile.
fn free(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let numbered = (2u32..).map(|number| format!("{name}.{number}"));
    for name in std::iter::once(name.to_owned()).chain(numbered) {
        let path = folder.join(name);
        if !fs::exists(&path)? {
            return Ok(path);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "claimed/000000000007!other",
            "rejected/2026-11-22/pay.xml",
            "archive/2026-11-21/pay.xml",
            "archive/2026-11-22/pay.xml.2",
            "archive/2026-11-22/pay.xml.10",
            "archive/2026-11-22/pay.xml1",
            "archive/2026-11-22/pay.xml.bak",
            "archive/2026-11-23/pay.xml",
            "archive/old/pay.xml",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let taken: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let later = [
            "rejected/2026-11-22/pay.xml",
            "archive/2026-11-22/pay.xml.2",
            "archive/2026-11-22/pay.xml.10",
            "archive/2026-11-23/pay.xml",
        ];
        for (file, expected) in [
            ("000000000042-pay.xml", &later[..]),
            ("000000000042-other", &[]),
            ("000000000007-other", &["claimed/000000000007!other"]),
            ("pay.xml", &[]),
        ] {
            let found = kept(folder.path(), file, taken).unwrap();
            let expected: Vec<PathBuf> = expected.iter().map(|path| folder.path().join(path)).collect();
            assert_eq!(found, expected, "{file}");
        }
        assert!(kept(&folder.path().join("none"), "000000000042-pay.xml", taken).is_err());
    }

    #[test]
    fn names() {
        for (file, expected) in [
            ("000000000042-pay.xml", Some((42, "pay.xml", false))),
            ("000000000042!pay.xml", Some((42, "pay.xml", true))),
            ("000000000007--", Some((7, "-", false))),
            (".lock", None),
            ("42-pay.xml", None),
            ("00000000004x-pay.xml", None),
            ("000000000042_pay.xml", None),
            ("00000000004ß-pay.xml", None),
        ] {
            let claimed = Claimed::parse(file);
            let found = claimed.as_ref().map(|claimed| (claimed.number, claimed.name.as_str(), claimed.rejected));
            assert_eq!(found, expected, "{file}");
            if let Some(claimed) = claimed {
                assert_eq!(claimed.file(), file);
            }
        }
        for (name, expected) in
            [("pay.xml", false), (".pay.xml", true), ("pay.xml.TMP", true), ("a.part", true), ("a.filepart", true)]
        {
            assert_eq!(is_unfinished(name), expected, "{name}");
        }
    }
}
