//! Mending a source on which store and broker do not agree, because of what operations did: a group's offsets were lost, a
//! database was set back, a topic was created anew. A worker refuses to start then; a person decides. To be called while no
//! worker is at work on the source. Must not decide anything about a message.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod again;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod memory;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use again::{Gap, work_again};

use super::agreement::{Deed, Left, Plan, Refusal, Remedy, Standing, Stored, agree, plan, under_reset};
use super::worker::WorkerError;
use crate::broker::{Broker, BrokerError, Committed, Lookup, Publication, Record, Source};
use crate::store::{Lane, Mend, Owned, Step, Store, StoreError};
use crate::telemetry::Received;

/// The last rows of a lane, that are looked for in the topics.
const ROWS: i64 = 2_000;

/// The bytes of the rows that are published at once.
const BYTES: usize = 16 << 20;

/// How long a group may take to notice that its last member is gone, and a broker to be itself again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// So much may the clocks of workers and brokers differ.
const SKEW: TimeDelta = TimeDelta::hours(1);

/// Why a source could not be mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The store or the broker failed: the same command goes on where this one ended.
    #[error("{0}")]
    Failed(String),
    /// It would be no mend. Nothing was changed.
    #[error("{0}")]
    Refused(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Failed(error.to_string())
    }
}

impl From<BrokerError> for Trouble {
    fn from(error: BrokerError) -> Self {
        Trouble::Failed(error.to_string())
    }
}

impl From<WorkerError> for Trouble {
    fn from(error: WorkerError) -> Self {
        Trouble::Failed(error.to_string())
    }
}

/// Asks both sides how far a source is.
pub fn standing<E: From<StoreError> + From<BrokerError>>(
    source: &Source,
    stored: Option<Owned>,
    store: &mut impl Store,
    broker: &mut impl Broker,
) -> Result<Standing, E> {
    let (group, extent) = (broker.committed(source)?, broker.extent(source)?);
    let last = stored.and_then(|owned| Some((owned.lane, owned.next? - 1)));
    let stored = stored.map(Stored::from).unwrap_or_default();
    let left = if stored.next.is_none() { store.elsewhere(source)? } else { None };
    let left = left.map(|(other, owned)| Left {
        cluster: other.cluster,
        now: Arc::clone(&source.cluster),
        stored: owned.into(),
    });
    let standing = Standing { stored, group, extent, other: false, left };
    // A topic takes the group's offset with it when it goes: so only then the inputs are compared.
    let lost = matches!(agree(&standing), Err(Refusal::NoCommit { .. } | Refusal::Foreign { .. }));
    let Some((lane, last)) = last.filter(|(_, last)| lost && *last >= extent.low) else { return Ok(standing) };
    let other = match (store.input(lane, last)?, broker.input(source, last)?) {
        (Some(stored), Some(held)) => stored != held,
        // One that is not there any more tells nothing.
        _ => false,
    };
    Ok(Standing { other, ..standing })
}

/// Says what a remedy would do to sources. `published` is the last row that was published, where a person says it.
pub fn prepare<S: Store, B: Broker + Lookup>(
    remedy: Remedy,
    sources: Vec<Source>,
    published: Option<i64>,
    store: &mut S,
    broker: &mut B,
) -> Result<Vec<(Source, Plan)>, Trouble> {
    let plan = |source: &Source, standing: &Standing, published: i64| {
        plan(remedy, standing, published).map_err(|why| Trouble::Refused(format!("{source}: {why}")))
    };
    let (mut asked, mut untold) = (Vec::new(), Vec::new());
    for source in sources {
        let owned = store.find(&source)?;
        let standing = standing::<Trouble>(&source, owned, store, broker)?;
        plan(&source, &standing, 0)?;
        let owned = if standing.left.is_some() { store.find(&standing.mended(&source))? } else { owned };
        if published.is_none() && standing.told().is_none() {
            untold.extend(owned);
        }
        asked.push((source, owned, standing));
    }
    let shown = last_published(&untold, store, broker)?;
    let planned = asked.into_iter().map(|(source, owned, standing)| {
        let published = published.or_else(|| shown.get(&owned?.lane).copied()).unwrap_or(0);
        let last = standing.lane().seq;
        if !(0..=last).contains(&published) {
            return Err(Trouble::Refused(format!("{source}: its rows are 1 to {last}")));
        }
        let plan = plan(&source, &standing, published)?;
        Ok((source, plan))
    });
    planned.collect()
}

/// Does what was planned, but for working inputs again. Where it is cut off, the source is refused as before or a worker
/// starts on it.
pub fn mend<S: Store, B: Broker>(
    plan: &Plan,
    source: &Source,
    (partner, actor): (&str, &str),
    store: &mut S,
    broker: &mut B,
) -> Result<(), Trouble> {
    // Whoever works on the source nevertheless loses it now.
    let mut owned = store.own(&plan.standing.mended(source), partner)?;
    if Stored::from(owned) != plan.standing.lane() {
        return Err(Trouble::Refused(format!("{source}: a worker is at work on it: stop every worker before")));
    }
    let event = Mend { event: plan.remedy.event(), detail: &plan.words, actor, retire: false };
    for deed in &plan.deeds {
        match *deed {
            Deed::Move(next) => owned.next = Some(note(&owned, next, &event, store)?),
            Deed::Retire => {
                note(&owned, owned.next.unwrap_or_default(), &Mend { retire: true, ..event }, store)?;
            }
            Deed::Commit(next, seq) => tell(source, Vec::new(), (next, seq), broker)?,
            Deed::Finish { published, from } => finish(source, &owned, published, from, store, broker)?,
            Deed::Again(_) => {}
        }
    }
    Ok(())
}

/// Moves the lane, and writes down why.
fn note(owned: &Owned, next: i64, mend: &Mend<'_>, store: &mut impl Store) -> Result<i64, Trouble> {
    if owned.next.is_none() {
        store.start(owned, next)?;
    }
    let expected = owned.next.unwrap_or(next);
    store.mend(&Step { lane: owned.lane, epoch: owned.epoch, expected, next }, mend)?;
    Ok(next)
}

/// Publishes the rows of the lane that are left, under a reset.
fn finish(
    source: &Source,
    owned: &Owned,
    mut published: i64,
    from: i64,
    store: &mut impl Store,
    broker: &mut impl Broker,
) -> Result<(), Trouble> {
    while published < owned.seq {
        let records = store.outbox(owned.lane, published, ROWS as usize, BYTES)?;
        if records.is_empty() {
            return Err(Trouble::Failed(format!("the outbox of lane {} ends at row {published}", owned.lane)));
        }
        published += records.len() as i64;
        tell(source, records, (from, under_reset(published)), broker)?;
    }
    tell(source, Vec::new(), (from, under_reset(published)), broker)
}

/// Publishes rows, and tells the group an offset and the last row.
fn tell(
    source: &Source,
    records: Vec<Record>,
    (next, seq): (i64, i64),
    broker: &mut impl Broker,
) -> Result<(), Trouble> {
    let publication = Publication { source: source.clone(), records, next, seq, received: Received::default() };
    let until = Instant::now() + PATIENCE;
    let mut publish = |again: bool| -> Result<(), BrokerError> {
        if again {
            // What became of it is certain then.
            broker.renew()?;
            if broker.committed(source)? == Some(Committed { next, seq: Some(seq) }) {
                return Ok(());
            }
        }
        broker.publish(vec![publication.clone()])?;
        broker.settle()
    };
    let mut outcome = publish(false);
    while matches!(outcome, Err(BrokerError::Retry(_))) && Instant::now() < until {
        outcome = publish(true);
        if outcome.is_err() {
            std::thread::sleep(PAUSE);
        }
    }
    outcome.map_err(|error| Trouble::Failed(format!("{source}: {error}")))
}

/// The last row of each lane's outbox that is in its topic.
fn last_published<S: Store, B: Lookup>(
    lanes: &[Owned],
    store: &mut S,
    broker: &mut B,
) -> Result<HashMap<Lane, i64>, Trouble> {
    let (mut rows, mut since) = (HashMap::new(), Vec::new());
    for owned in lanes.iter().filter(|owned| owned.seq > 0) {
        let last = last_rows(owned.lane, owned.seq, store)?;
        since.push(decided(&last).min());
        let first = owned.seq - last.len() as i64 + 1;
        rows.extend(last.into_iter().map(by_headers).zip((first..).map(|row| (owned.lane, row))));
    }
    let topics: BTreeSet<String> = rows.keys().map(|row: &Record| row.topic.clone()).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut shown: HashMap<Lane, i64> = HashMap::new();
    broker.read(&topics, earliest(since), &mut |record| {
        if let Some((lane, row)) = rows.get(&by_headers(record)) {
            let last = shown.entry(*lane).or_default();
            *last = (*last).max(*row);
        }
    })?;
    if let Some(owned) = lanes.iter().find(|owned| owned.seq > 0 && !shown.contains_key(&owned.lane)) {
        let (from, to) = ((owned.seq - ROWS).max(0) + 1, owned.seq);
        return Err(Trouble::Refused(format!(
            "of the rows {from} to {to} of lane {} none is in the topics: say which was published last, with --published",
            owned.lane
        )));
    }
    Ok(shown)
}

/// A record without its bytes: the headers say which it is.
fn by_headers(record: Record) -> Record {
    Record { bytes: Vec::new(), ..record }
}

/// Since when topics are to be read for what was decided at these times or later; from their beginnings where one is not known.
fn earliest(times: Vec<Option<DateTime<Utc>>>) -> Option<DateTime<Utc>> {
    times.into_iter().min().flatten().map(|time| time - SKEW)
}

/// The last rows of a lane's outbox.
fn last_rows(lane: Lane, seq: i64, store: &mut impl Store) -> Result<Vec<Record>, Trouble> {
    let mut most = ROWS.min(seq);
    loop {
        match rows_after(lane, seq - most, seq, store) {
            // Rows whose time was over are gone: then fewer are looked at.
            Err(StoreError::Fatal(_)) if most > 1 => most /= 2,
            rows => return Ok(rows?),
        }
    }
}

fn rows_after(lane: Lane, mut after: i64, seq: i64, store: &mut impl Store) -> Result<Vec<Record>, StoreError> {
    let mut rows = Vec::new();
    while after < seq {
        let more = store.outbox(lane, after, (seq - after) as usize, BYTES)?;
        if more.is_empty() {
            return Err(StoreError::Fatal(format!("the outbox of lane {lane} ends at row {after}")));
        }
        after += more.len() as i64;
        rows.extend(more);
    }
    Ok(rows)
}

/// When records were decided, those that say it.
fn decided(records: &[Record]) -> impl Iterator<Item = DateTime<Utc>> {
    records.iter().filter_map(|record| record.header("ce_time")?.parse().ok())
}
