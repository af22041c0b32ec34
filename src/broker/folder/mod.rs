//! Folders that partners deliver files to, beside another broker: how SFTP and EBICS bring messages.
//!
//! A file is claimed before it is read: it moves to `claimed` under the number it has from then on, and that number is its
//! offset. So a worker that takes over finds what another one left, and the store knows whether it was done. The other
//! broker publishes what leaves and keeps how far each folder is; answers are also put into `out`. Only who holds a
//! folder's lock works on it. Must not know what a message is.

mod place;

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tracing::info;

pub use self::place::kept;
use self::place::{Claimed, Place};
use super::{Broker, BrokerError, Committed, Extent, Input, Lookup, Publication, Record, Source, TakeLimits, Taken};

/// The cluster id of folders.
pub const CLUSTER: &str = "folder";

/// The time between two looks into the folders while other sources are busy.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A folder that a partner delivers to.
#[derive(Debug, Clone)]
pub struct FolderSettings {
    /// The name of the source.
    pub name: String,
    /// The folder that holds `in`, `out`, `claimed`, `archive` and `rejected`.
    pub path: PathBuf,
    /// For so long a file must not change before it is taken; none at all where files appear whole.
    pub quiet: Duration,
    /// Whether files of which something was rejected are kept apart, in `rejected` instead of `archive`.
    pub rejected_apart: bool,
    /// A larger file is not held in memory.
    pub most_bytes: usize,
}

/// A broker with folders as further sources.
pub struct Folders<B> {
    broker: B,
    folders: Vec<Folder>,
    /// What the other broker has assigned.
    others: Vec<Source>,
    /// When the folders were looked into while the other broker is busy.
    looked: Option<Instant>,
}

/// One folder, and what this worker has to do with it.
struct Folder {
    source: Source,
    place: Place,
    most_bytes: usize,
    /// The lock, while it is held.
    lock: Option<File>,
    /// What is claimed and was not handed out yet, in order; `None` until the worker has said where it reads on.
    waiting: Option<Vec<Claimed>>,
    /// The number that the next claimed file gets.
    next: i64,
}

/// The source that a folder is.
pub fn source(name: &str) -> Source {
    Source { cluster: Arc::from(CLUSTER), topic: Arc::from(name), partition: 0 }
}

impl<B: Broker> Folders<B> {
    /// Opens the folders. Each must be there; what it holds is made where it is missing.
    pub fn open(broker: B, folders: Vec<FolderSettings>) -> Result<Self, BrokerError> {
        let folders = folders.into_iter().map(Folder::open).collect::<Result<_, _>>()?;
        Ok(Self { broker, folders, others: Vec::new(), looked: None })
    }

    /// The broker beside the folders.
    pub fn broker(&mut self) -> &mut B {
        &mut self.broker
    }

    fn folder(&mut self, source: &Source) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.source == *source)
    }

    /// All that is assigned: what the other broker says, and the folders whose lock is held.
    fn assigned(&self) -> Taken {
        let held = self.folders.iter().filter(|folder| folder.lock.is_some()).map(|folder| folder.source.clone());
        let sources: Vec<Source> = self.others.iter().cloned().chain(held).collect();
        if sources.is_empty() { Taken::Revoked } else { Taken::Assigned(sources) }
    }

    /// The next file of each folder.
    fn look(&mut self) -> Result<Vec<Input>, BrokerError> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK_AGAIN) {
            return Ok(Vec::new());
        }
        let mut inputs = Vec::new();
        for folder in &mut self.folders {
            inputs.extend(folder.take()?);
        }
        Ok(inputs)
    }
}

impl<B: Broker> Broker for Folders<B> {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        let mut locked = false;
        for folder in &mut self.folders {
            locked |= folder.lock()?;
        }
        let mut inputs = self.look()?;
        let at_once = locked || !inputs.is_empty();
        let idle = if at_once { Duration::ZERO } else { limits.idle };
        let taken = self.broker.take(&TakeLimits { idle, ..*limits })?;
        self.looked = matches!(&taken, Taken::Inputs(_)).then(Instant::now);
        match taken {
            Taken::Assigned(sources) => self.others = sources,
            Taken::Revoked => self.others.clear(),
            // What was taken before an assignment is taken again after it.
            Taken::Inputs(_) | Taken::Idle if locked => {}
            Taken::Inputs(more) => {
                inputs.extend(more);
                return Ok(Taken::Inputs(inputs));
            }
            Taken::Idle if inputs.is_empty() => return Ok(Taken::Idle),
            Taken::Idle => return Ok(Taken::Inputs(inputs)),
        }
        Ok(self.assigned())
    }

    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        self.broker.committed(source)
    }

    /// A folder holds whatever comes: its numbers are given when files are claimed.
    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        match self.folder(source) {
            Some(_) => Ok(Extent { low: 0, high: i64::MAX }),
            None => self.broker.extent(source),
        }
    }

    fn waiting(&mut self, positions: &[(Source, i64)]) -> Result<i64, BrokerError> {
        let (mut waiting, mut others) = (0, Vec::new());
        for (source, next) in positions {
            match self.folder(source) {
                Some(folder) => waiting += folder.waiting()?,
                None => others.push((source.clone(), *next)),
            }
        }
        Ok(waiting + self.broker.waiting(&others)?)
    }

    fn pass_over(&mut self, mut idle: Vec<Publication>) -> Result<(), BrokerError> {
        idle.retain(|publication| self.folder(&publication.source).is_none());
        self.broker.pass_over(idle)
    }

    fn input(&mut self, source: &Source, offset: i64) -> Result<Option<Vec<u8>>, BrokerError> {
        match self.folder(source) {
            Some(_) => Ok(None),
            None => self.broker.input(source, offset),
        }
    }

    fn kept(&mut self, source: &Source, file: &str, taken: DateTime<Utc>) -> Result<Vec<PathBuf>, BrokerError> {
        match self.folder(source) {
            Some(folder) => folder.place.kept(file, taken).map_err(|error| folder.trouble("the archive", &error)),
            None => self.broker.kept(source, file, taken),
        }
    }

    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        let mut others = Vec::new();
        for (source, next) in positions {
            match self.folder(source) {
                Some(folder) => folder.resume(*next)?,
                None => others.push((source.clone(), *next)),
            }
        }
        self.broker.resume(&others)
    }

    /// Answers are in `out` before they are published, and files in the archive after: so whatever falls between, the next
    /// worker publishes again what the store has, and finds the files to do it with. An answer is then put into `out`
    /// once more, under the same name and with the same bytes.
    fn publish(&mut self, publications: Vec<Publication>) -> Result<(), BrokerError> {
        let mut done = Vec::new();
        for publication in &publications {
            if let Some(folder) = self.folder(&publication.source) {
                folder.answer(publication)?;
                done.push((publication.source.clone(), publication.next));
            }
        }
        self.broker.publish(publications)?;
        if !done.is_empty() {
            self.broker.settle()?;
        }
        for (source, next) in done {
            if let Some(folder) = self.folder(&source) {
                folder.archive(next)?;
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), BrokerError> {
        self.broker.settle()
    }

    fn renew(&mut self) -> Result<(), BrokerError> {
        self.broker.renew()
    }

    fn rejoin(&mut self) -> Result<(), BrokerError> {
        for folder in &mut self.folders {
            (folder.lock, folder.waiting) = (None, None);
        }
        self.broker.rejoin()
    }
}

impl<B: Lookup> Lookup for Folders<B> {
    fn sources(&mut self) -> Result<Vec<Source>, BrokerError> {
        let mut sources = self.broker.sources()?;
        sources.extend(self.folders.iter().map(|folder| folder.source.clone()));
        Ok(sources)
    }

    fn read(
        &mut self,
        topics: &[&str],
        since: Option<DateTime<Utc>>,
        see: &mut dyn FnMut(Record),
    ) -> Result<(), BrokerError> {
        self.broker.read(topics, since, see)
    }
}

impl Folder {
    fn open(settings: FolderSettings) -> Result<Self, BrokerError> {
        let FolderSettings { name, path, quiet, rejected_apart, most_bytes } = settings;
        let cannot = |e: io::Error| BrokerError::Fatal(format!("cannot use the folder {}: {e}", path.display()));
        let place = Place::open(&path, quiet, rejected_apart).map_err(cannot)?;
        Ok(Self { source: source(&name), place, most_bytes, lock: None, waiting: None, next: 0 })
    }

    /// Says whether the lock was got now.
    fn lock(&mut self) -> Result<bool, BrokerError> {
        if self.lock.is_some() {
            return Ok(false);
        }
        self.lock = self.place.lock().map_err(|error| self.trouble("its lock", &error))?;
        Ok(self.lock.is_some())
    }

    /// Reads on: what was done before is archived, what was claimed and not done comes first.
    fn resume(&mut self, next: i64) -> Result<(), BrokerError> {
        self.archive(next)?;
        let claimed = self.place.claimed().map_err(|error| self.trouble("what is claimed", &error))?;
        if !claimed.is_empty() {
            info!(source = %self.source, files = claimed.len(), "files that were claimed before are taken again");
        }
        self.next = claimed.last().map_or(next, |last| next.max(last.number + 1));
        self.waiting = Some(claimed);
        Ok(())
    }

    /// How many files are claimed and not handed out, or have arrived.
    fn waiting(&self) -> Result<i64, BrokerError> {
        let arrived = self.place.arrived().map_err(|error| self.trouble("what has arrived", &error))?;
        let files = self.waiting.iter().flatten().count() + arrived;
        Ok(i64::try_from(files).unwrap_or(i64::MAX))
    }

    /// The next file, when there is one.
    fn take(&mut self) -> Result<Option<Input>, BrokerError> {
        let Some(waiting) = &mut self.waiting else { return Ok(None) };
        let claimed = match waiting.is_empty() {
            false => waiting.remove(0),
            true => match self.place.claim(self.next).map_err(|error| self.trouble("an arrival", &error))? {
                Some(claimed) => claimed,
                None => return Ok(None),
            },
        };
        self.next = self.next.max(claimed.number + 1);
        let (bytes, file) = self.read(&claimed).map_err(|error| self.trouble("a claimed file", &error))?;
        Ok(Some(Input {
            source: self.source.clone(),
            offset: claimed.number,
            received_at: Utc::now(),
            bytes,
            file,
            trace: None,
        }))
    }

    /// The bytes of a file, or its path where they are too many.
    fn read(&self, claimed: &Claimed) -> io::Result<(Vec<u8>, Option<PathBuf>)> {
        let (path, mut bytes) = (self.place.path_of(claimed), Vec::new());
        let most = (self.most_bytes as u64).saturating_add(1);
        File::open(&path)?.take(most).read_to_end(&mut bytes)?;
        Ok(if bytes.len() > self.most_bytes { (Vec::new(), Some(path)) } else { (bytes, None) })
    }

    /// Puts the answers among the records into `out`, and marks the files of which something was rejected.
    fn answer(&self, publication: &Publication) -> Result<(), BrokerError> {
        for record in &publication.records {
            let Some(number) = self.number(record.header("payflow.source")) else { continue };
            if let Some(definition) = record.header("payflow.reply") {
                let document = record.header("payflow.document").unwrap_or_default();
                let put = self.place.answer(number, document, definition, &record.bytes);
                put.map_err(|error| self.trouble("an answer", &error))?;
            }
            if matches!(record.header("payflow.verdict"), Some("rejected" | "refused")) {
                self.place.mark(number).map_err(|error| self.trouble("a rejected file", &error))?;
            }
        }
        Ok(())
    }

    /// The number of the file that a record is about.
    fn number(&self, origin: Option<&str>) -> Option<i64> {
        origin?.strip_prefix(&self.source.to_string())?.strip_prefix('-')?.parse().ok()
    }

    fn archive(&self, next: i64) -> Result<(), BrokerError> {
        self.place.archive(next, Utc::now().date_naive()).map_err(|error| self.trouble("the archive", &error))
    }

    /// File names may hold what is the customer's, so none is told.
    fn trouble(&self, what: &str, error: &io::Error) -> BrokerError {
        BrokerError::Retry(format!("folder {}: {what}: {error}", self.source.topic))
    }
}
