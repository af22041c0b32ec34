//! The embedded queue: a durable log in SQLite. It has a file, a connection and a commit of its own, so that between the
//! store's commit and the queue's there is the same gap as with Kafka. Must not know the store.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::trace::Trace;
use super::{Broker, BrokerError, Committed, Extent, Input, Lookup, Publication, Record, Source, TakeLimits, Taken};
use crate::telemetry::METRICS;

/// The cluster id of the sources in an embedded queue. It is the same for every file, so that a queue that was lost
/// while the database was kept is noticed, and not read anew.
pub const CLUSTER: &str = "embedded";

/// How long to sleep between two looks at an empty log.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// At most this many records are dropped in one step: others wait meanwhile.
const DROPPED_A_STEP: i64 = 1_000;

/// The beginning of a topic that has been kept for long enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    /// The topic.
    pub topic: String,
    /// How many records it is.
    pub records: i64,
    /// All of them stand before this offset.
    pub before: i64,
}

/// An embedded queue. Each topic has one partition.
pub struct EmbeddedQueue {
    connection: Connection,
    topics: Vec<String>,
    /// Where each topic is read from; empty until the worker has said so.
    positions: BTreeMap<String, i64>,
    announced: bool,
}

impl EmbeddedQueue {
    /// Opens or creates the queue in a file. A worker that uses it as its broker is assigned `topics`.
    pub fn open(path: &Path, topics: &[&str]) -> Result<Self, BrokerError> {
        let connection = Connection::open(path).map_err(|e| cannot_open(path, &e))?;
        let prepare = || -> rusqlite::Result<()> {
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(include_str!("embedded.sql"))
        };
        prepare().map_err(|e| cannot_open(path, &e))?;
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        Ok(Self { connection, topics, positions: BTreeMap::new(), announced: false })
    }

    /// The source that a topic of an embedded queue is.
    pub fn source(topic: &str) -> Source {
        Source { cluster: Arc::from(CLUSTER), topic: Arc::from(topic), partition: 0 }
    }

    /// Appends inputs to a topic, all or nothing, and returns the offset of the first.
    pub fn append<B: AsRef<[u8]>>(&mut self, topic: &str, inputs: &[B]) -> Result<i64, BrokerError> {
        self.append_with(topic, &[], inputs)
    }

    /// The same with headers, for each of them.
    pub fn append_with<B: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        headers: &[(String, String)],
        inputs: &[B],
    ) -> Result<i64, BrokerError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let first = high(&tx, topic)?;
        let mut log = Log::new(&tx, Utc::now());
        for input in inputs {
            log.append(topic, "", headers, input.as_ref())?;
        }
        tx.commit()?;
        Ok(first)
    }

    /// The records of a topic from an offset on, in order.
    pub fn records(&self, topic: &str, from: i64) -> Result<Vec<Record>, BrokerError> {
        let mut select = self.connection.prepare_cached(
            "SELECT key, headers, bytes FROM record WHERE topic = ?1 AND offset >= ?2 ORDER BY offset",
        )?;
        let rows = select.query_map(params![topic, from], |row| {
            let headers: String = row.get(1)?;
            Ok(Record {
                topic: topic.to_owned(),
                key: row.get(0)?,
                headers: serde_json::from_str(&headers).unwrap_or_default(),
                bytes: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was appended before a moment, topic by topic. An input stays until it is worked on, and so does the last record of each
    /// topic: it says which offset comes next.
    pub fn old(&self, before: DateTime<Utc>) -> Result<Vec<Old>, BrokerError> {
        let mut select = self.connection.prepare(
            "SELECT t.topic, t.last,
                    (SELECT min(offset) FROM record WHERE topic = t.topic AND appended_at >= ?1),
                    (SELECT next FROM committed WHERE topic = t.topic)
               FROM (SELECT topic, max(offset) AS last FROM record GROUP BY topic) t ORDER BY t.topic",
        )?;
        let topics = select.query_map([before.timestamp_micros()], |row| {
            let (topic, last, young, next): (String, i64, Option<i64>, Option<i64>) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let read = next.unwrap_or(if self.topics.contains(&topic) { 0 } else { last });
            Ok((topic, young.unwrap_or(last).min(last).min(read)))
        })?;
        let mut old = Vec::new();
        for topic in topics {
            let (topic, before) = topic?;
            let sql = "SELECT count(*) FROM record WHERE topic = ?1 AND offset < ?2";
            let records = self.connection.query_row(sql, params![topic, before], |row| row.get(0))?;
            if records > 0 {
                old.push(Old { topic, records, before });
            }
        }
        Ok(old)
    }

    /// Drops what is old, in small steps.
    pub fn drop_old(&mut self, old: &[Old]) -> Result<(), BrokerError> {
        for Old { topic, before, .. } in old {
            let mut low = low(&self.connection, topic)?;
            while low < *before {
                low = (low + DROPPED_A_STEP).min(*before);
                self.connection.execute("DELETE FROM record WHERE topic = ?1 AND offset < ?2", params![topic, low])?;
            }
        }
        Ok(())
    }

    /// Inputs that are there now, at most what the limits allow, topic by topic.
    fn look(&mut self, limits: &TakeLimits) -> Result<Vec<Input>, BrokerError> {
        let mut inputs = Vec::new();
        let mut bytes = 0;
        // A share for each, so that a topic that is always full starves no other.
        let share = (limits.inputs / self.positions.len().max(1)).max(1) as i64;
        for (topic, position) in &mut self.positions {
            let source = Self::source(topic);
            let mut select = self.connection.prepare_cached(
                "SELECT offset, appended_at, bytes, headers FROM record WHERE topic = ?1 AND offset >= ?2 ORDER BY offset LIMIT ?3",
            )?;
            let mut rows = select.query(params![topic, *position, share])?;
            while bytes < limits.bytes
                && let Some(row) = rows.next()?
            {
                let received_at = DateTime::from_timestamp_micros(row.get(1)?).unwrap_or_default();
                let headers: Vec<(String, String)> =
                    serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default();
                let input = Input {
                    source: source.clone(),
                    offset: row.get(0)?,
                    received_at,
                    bytes: row.get(2)?,
                    file: None,
                    trace: Trace::of(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))),
                };
                bytes += input.bytes.len();
                *position = input.offset + 1;
                inputs.push(input);
            }
        }
        Ok(inputs)
    }
}

impl Broker for EmbeddedQueue {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        if !self.announced {
            self.announced = true;
            return Ok(Taken::Assigned(self.topics.iter().map(|topic| Self::source(topic)).collect()));
        }
        let deadline = Instant::now() + limits.idle;
        loop {
            let inputs = self.look(limits)?;
            if !inputs.is_empty() {
                return Ok(Taken::Inputs(inputs));
            }
            if Instant::now() >= deadline {
                return Ok(Taken::Idle);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        let mut select = self.connection.prepare_cached("SELECT next, seq FROM committed WHERE topic = ?1")?;
        let row = |row: &rusqlite::Row<'_>| Ok(Committed { next: row.get(0)?, seq: Some(row.get(1)?) });
        Ok(select.query_row([&source.topic], row).optional()?)
    }

    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        let (connection, topic) = (&self.connection, &source.topic);
        Ok(Extent { low: low(connection, topic)?, high: high(connection, topic)? })
    }

    fn input(&mut self, source: &Source, offset: i64) -> Result<Option<Vec<u8>>, BrokerError> {
        let sql = "SELECT bytes FROM record WHERE topic = ?1 AND offset = ?2";
        Ok(self.connection.query_row(sql, params![source.topic, offset], |row| row.get(0)).optional()?)
    }

    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        self.positions = positions.iter().map(|(source, next)| (source.topic.to_string(), *next)).collect();
        Ok(())
    }

    fn publish(&mut self, publications: Vec<Publication>) -> Result<(), BrokerError> {
        let begun = Instant::now();
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut log = Log::new(&tx, Utc::now());
        for publication in &publications {
            for record in &publication.records {
                log.append(&record.topic, &record.key, &record.headers, &record.bytes)?;
            }
            tx.prepare_cached(
                "INSERT INTO committed (topic, next, seq) VALUES (?1, ?2, ?3)
                 ON CONFLICT (topic) DO UPDATE SET next = excluded.next, seq = excluded.seq",
            )?
            .execute(params![publication.source.topic, publication.next, publication.seq])?;
        }
        tx.commit()?;
        METRICS.published(begun.elapsed(), publications.iter().map(|p| &p.received));
        Ok(())
    }

    /// Nothing is ever under way: a commit of SQLite has happened when the call returns, or it has not.
    fn renew(&mut self) -> Result<(), BrokerError> {
        Ok(())
    }

    fn rejoin(&mut self) -> Result<(), BrokerError> {
        Err(BrokerError::Fatal("another process works on this queue: only one may at a time".to_owned()))
    }
}

impl Lookup for EmbeddedQueue {
    fn sources(&mut self) -> Result<Vec<Source>, BrokerError> {
        Ok(self.topics.iter().map(|topic| Self::source(topic)).collect())
    }

    fn read(
        &mut self,
        topics: &[&str],
        since: Option<DateTime<Utc>>,
        see: &mut dyn FnMut(Record),
    ) -> Result<(), BrokerError> {
        let since = since.map_or(i64::MIN, |since| since.timestamp_micros());
        let sql = "SELECT coalesce(min(offset), 0) FROM record WHERE topic = ?1 AND appended_at >= ?2";
        for topic in topics {
            let from = self.connection.query_row(sql, params![topic, since], |row| row.get(0))?;
            self.records(topic, from)?.into_iter().for_each(&mut *see);
        }
        Ok(())
    }
}

/// Appends records within one transaction, and remembers the offset each topic has come to.
struct Log<'a> {
    tx: &'a Transaction<'a>,
    appended_at: i64,
    next: BTreeMap<String, i64>,
}

impl<'a> Log<'a> {
    fn new(tx: &'a Transaction<'a>, now: DateTime<Utc>) -> Self {
        Self { tx, appended_at: now.timestamp_micros(), next: BTreeMap::new() }
    }

    fn append(
        &mut self,
        topic: &str,
        key: &str,
        headers: &[(String, String)],
        bytes: &[u8],
    ) -> Result<(), BrokerError> {
        let offset = match self.next.get(topic) {
            Some(next) => *next,
            None => high(self.tx, topic)?,
        };
        let headers = serde_json::to_string(headers).map_err(|e| BrokerError::Fatal(e.to_string()))?;
        self.tx
            .prepare_cached(
                "INSERT INTO record (topic, offset, appended_at, key, headers, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![topic, offset, self.appended_at, key, headers, bytes])?;
        self.next.insert(topic.to_owned(), offset + 1);
        Ok(())
    }
}

/// The first offset that a topic has.
fn low(connection: &Connection, topic: &str) -> Result<i64, BrokerError> {
    let mut select = connection.prepare_cached("SELECT coalesce(min(offset), 0) FROM record WHERE topic = ?1")?;
    Ok(select.query_row([topic], |row| row.get(0))?)
}

/// The offset that the next record of a topic will get.
fn high(connection: &Connection, topic: &str) -> Result<i64, BrokerError> {
    let mut select = connection.prepare_cached("SELECT coalesce(max(offset) + 1, 0) FROM record WHERE topic = ?1")?;
    Ok(select.query_row([topic], |row| row.get(0))?)
}

fn cannot_open(path: &Path, error: &rusqlite::Error) -> BrokerError {
    BrokerError::Fatal(format!("cannot open the queue {}: {error}", path.display()))
}

impl From<rusqlite::Error> for BrokerError {
    fn from(error: rusqlite::Error) -> Self {
        BrokerError::Retry(format!("embedded queue: {error}"))
    }
}
