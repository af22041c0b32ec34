//! The store for service: PostgreSQL.
//!
//! A batch is one transaction of a constant number of statements, whatever its size:
//!
//! ```text
//! BEGIN, move the lanes, claim the keys      sent at once
//! who holds which key                        only when another document holds one
//! (the decision)
//! COPY                                       one a table that gets rows
//! number the lanes, COMMIT                   sent at once
//! ```
//!
//! Every call may block, and drives a runtime of its own meanwhile. A connection that failed is dropped, and the next call
//! opens another. Must not know how anything is published.

mod claims;
mod copy;
mod custody;
mod error;
mod held;
mod migrate;
mod months;
mod reading;
mod session;
mod statements;
mod write;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};
use tracing::warn;

use super::audit::{self, Event, Link};
use super::keep::{Keeper, Owner, places};
use super::{
    Added, Batch, Decide, DocumentId, InputRow, Lane, Mend, Outcome, Owned, Pour, Ruled, Step, Store, StoreError,
    retired,
};
use crate::broker::{Record, Source};
use crate::fall::fall;
use claims::Keys;
pub use migrate::{migrate, pending};
use months::Month;
pub use session::PostgresSettings;
use session::Session;
use statements::Statements;
use write::{Pouring, Writer};

/// What one value may hold: a row of PostgreSQL ends at 1 GiB.
const MOST_BYTES: usize = 500_000_000;

/// How often a source is asked for whose row another transaction holds.
const TRIES_TO_OWN: u32 = 5;

const OWN: &str = "
    UPDATE source SET epoch = epoch + 1, partner = $4 WHERE cluster = $1 AND topic = $2 AND partition = $3
    RETURNING lane, epoch, next, seq";

const KNOW: &str = "
    INSERT INTO source (cluster, topic, partition, partner) VALUES ($1, $2, $3, $4)
    ON CONFLICT (cluster, topic, partition) DO NOTHING";

/// Ends the session whose transaction holds a source's row.
const FENCE: &str = "
    SELECT pg_terminate_backend(l.pid) FROM source s JOIN pg_locks l ON l.transactionid = s.xmax
     WHERE s.cluster = $1 AND s.topic = $2 AND s.partition = $3
       AND l.locktype = 'transactionid' AND l.granted AND l.pid <> pg_backend_pid()";

const FIND: &str = "SELECT lane, epoch, next, seq FROM source WHERE cluster = $1 AND topic = $2 AND partition = $3";

const ELSEWHERE: &str = "
    SELECT lane, epoch, next, seq, cluster FROM source
     WHERE cluster <> $1 AND topic = $2 AND partition = $3 AND next IS NOT NULL ORDER BY lane LIMIT 1";

const TOPIC: &str = "SELECT topic FROM source WHERE lane = $1";

const RENAME: &str = "UPDATE source SET topic = $2 WHERE lane = $1";

/// An input that is kept just as it came.
const INPUT: &str = "
    SELECT codec, sealed_by, bytes FROM input WHERE lane = $1 AND position = $2 AND NOT masked AND file IS NULL";

/// The store.
pub struct PostgresStore {
    settings: PostgresSettings,
    session: Option<Session>,
    keeper: Keeper,
}

impl PostgresStore {
    /// A store in a database whose tables have the form that this program knows. A database that does not answer is asked
    /// again by the first call.
    pub fn open(settings: PostgresSettings) -> Result<Self, StoreError> {
        let mut store = Self { settings, session: None, keeper: Keeper::default() };
        match store.connect() {
            Ok(session) => store.session = Some(session),
            Err(StoreError::Retry(text)) => warn!("{text}; trying again"),
            Err(error) => return Err(error),
        }
        Ok(store)
    }

    /// Seals what it keeps.
    pub fn sealing(self, keeper: Keeper) -> Self {
        Self { keeper, ..self }
    }

    fn connect(&self) -> Result<Session, StoreError> {
        let mut session = Session::connect(&self.settings)?;
        migrate::require_current(&session)?;
        session.statements = Some(session.run(Statements::prepare(&session.client))?);
        session.load_partitions()?;
        Ok(session)
    }

    /// Works on the session. It is kept when what was done leaves it as good as new; a panic, too, loses it.
    fn with<R>(&mut self, work: impl FnOnce(&mut Session, &Keeper) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let mut session = match self.session.take() {
            Some(session) if !session.client.is_closed() => session,
            _ => self.connect()?,
        };
        let result = work(&mut session, &self.keeper);
        if !matches!(result, Err(StoreError::Retry(_))) {
            self.session = Some(session);
        }
        result
    }

    /// As [`Self::with`], in a transaction: whoever does the work commits it, and what fails is undone.
    fn transact<R>(
        &mut self,
        work: impl FnOnce(&mut Session, &Keeper) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        self.with(|session, keeper| {
            let result = work(session, keeper);
            if matches!(result, Err(StoreError::Refused(_) | StoreError::NotOwner(_) | StoreError::Fatal(_))) {
                session.run(session.client.batch_execute("ROLLBACK"))?;
            }
            result
        })
    }
}

impl Store for PostgresStore {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        self.with(|session, _| {
            for _ in 0..TRIES_TO_OWN {
                if let Some(owned) = own(session, source, partner)? {
                    return Ok(owned);
                }
            }
            Err(StoreError::Retry(format!("database: another transaction holds the source {source}")))
        })
    }

    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        self.with(|session, _| {
            let changed = session.run(session.client.execute(
                "UPDATE source SET next = $3 WHERE lane = $1 AND epoch = $2 AND next IS NULL",
                &[&owned.lane, &owned.epoch, &next],
            ))?;
            if changed == 1 { Ok(()) } else { Err(StoreError::NotOwner(owned.lane)) }
        })
    }

    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        let kept = self.keeper.keep_all(batch)?;
        let places = places(batch, &kept)?;
        let received: Vec<DateTime<Utc>> = places.iter().map(|place| place.received_at).collect();
        let keys = Keys::new(batch, &received);
        self.transact(|session, keeper| {
            session.make_months_for(batch.inputs.iter())?;
            let (session, statements) = session.ready()?;
            let (lanes, claimed) = session.run(async {
                let (_, lanes, claimed) = tokio::try_join!(
                    biased;
                    session.client.batch_execute("BEGIN"),
                    move_lanes(session, statements, &batch.steps),
                    keys.claim(session, statements, batch.decided_at),
                )?;
                Ok::<_, Error>((lanes, claimed))
            })?;
            let mut writer = Writer::new(session, statements, keeper, batch.decided_at);
            begin_lanes(&mut writer, &batch.steps, &lanes, (batch.actor, "decided", None))?;
            let claims = keys.settle(claimed, session, statements)?;
            let outcomes = decide(&claims).map_err(StoreError::Refused)?;
            if outcomes.len() != batch.documents.len() {
                return Err(StoreError::Fatal("a decision is missing for a document".to_owned()));
            }
            for (input, kept) in batch.inputs.iter().zip(&kept) {
                writer.input(input, kept)?;
            }
            for ((document, place), outcome) in batch.documents.iter().zip(&places).zip(outcomes) {
                writer.message(document, place.received_at)?;
                writer.outcome(*place, outcome)?;
            }
            pour(&mut Pouring::new(&mut writer, &places))?;
            commit(session, statements, writer, BATCH)
        })
    }

    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        // What refuses a value says so, and may quote it.
        let reason = &reason.replace('\0', "\u{fffd}");
        let steps = std::slice::from_ref(step);
        let kept = self.keeper.keep(input)?;
        self.transact(|session, keeper| {
            session.make_months_for([input])?;
            let (session, statements) = session.ready()?;
            let now = Utc::now();
            let lanes = session.run(async {
                session.client.batch_execute("BEGIN").await?;
                move_lanes(session, statements, steps).await
            })?;
            let mut writer = Writer::new(session, statements, keeper, now);
            begin_lanes(&mut writer, steps, &lanes, (actor, "set aside", Some(reason)))?;
            writer.input(input, &kept)?;
            session.run(session.client.execute(
                "INSERT INTO set_aside (lane, position, received_at, at, reason) VALUES ($1, $2, $3, $4, $5)",
                &[&input.lane, &input.position, &input.received_at, &now, reason],
            ))?;
            commit(session, statements, writer, BATCH).map(drop)
        })
    }

    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        self.with(|session, keeper| {
            let (session, statements) = session.ready()?;
            let (rows, bytes) = (rows as i64, bytes as i64);
            let values: [&(dyn ToSql + Sync); 4] = [&lane, &after, &rows, &bytes];
            let found = session.run(session.client.query(&statements.outbox, &values))?;
            found.iter().zip(after + 1..).map(|(row, expected)| record(row, keeper, lane, expected)).collect()
        })
    }

    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        self.with(|session, _| {
            let name: [&(dyn ToSql + Sync); 3] = [&&*source.cluster, &&*source.topic, &source.partition];
            let found = session.run(session.client.query_opt(FIND, &name))?;
            found.as_ref().map(owned).transpose()
        })
    }

    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        self.with(|session, _| {
            let name: [&(dyn ToSql + Sync); 3] = [&&*source.cluster, &&*source.topic, &source.partition];
            let Some(row) = session.run(session.client.query_opt(ELSEWHERE, &name))? else { return Ok(None) };
            Ok(Some((Source { cluster: row.try_get::<_, &str>(4)?.into(), ..source.clone() }, owned(&row)?)))
        })
    }

    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|session, keeper| {
            let found = session.run(session.client.query_opt(INPUT, &[&lane, &position]))?;
            let Some(row) = found else { return Ok(None) };
            let form = (row.try_get(0)?, row.try_get(1)?);
            keeper.open(form, row.try_get(2)?, Owner::Input(lane, position)).map(Some)
        })
    }

    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        self.with(|session, keeper| held::ruled(session, keeper, lanes))
    }

    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        self.with(|session, _| held::stuck(session, id, why))
    }

    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        self.transact(|session, keeper| held::conclude(session, keeper, (step, ruled), (outcome, pour), happened))
    }

    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        let steps = std::slice::from_ref(step);
        self.transact(|session, keeper| {
            let (session, statements) = session.ready()?;
            let lanes = session.run(async {
                session.client.batch_execute("BEGIN").await?;
                move_lanes(session, statements, steps).await
            })?;
            let mut writer = Writer::new(session, statements, keeper, Utc::now());
            begin_lanes(&mut writer, steps, &lanes, (mend.actor, mend.event, Some(mend.detail)))?;
            if mend.retire {
                let topic = session.run(session.client.query_one(TOPIC, &[&step.lane]))?;
                let name = retired(topic.try_get(0)?, step.lane);
                session.run(session.client.execute(RENAME, &[&step.lane, &name]))?;
            }
            commit(session, statements, writer, BATCH).map(drop)
        })
    }
}

impl Session {
    /// The statements of a session that is in use.
    fn ready(&self) -> Result<(&Self, &Statements), StoreError> {
        let statements = self.statements.as_ref();
        statements.map(|s| (self, s)).ok_or_else(|| StoreError::Retry("database: not ready".to_owned()))
    }

    /// Makes the partitions that these inputs need, and those of the months after, ahead of time.
    fn make_months_for<'i>(&mut self, inputs: impl IntoIterator<Item = &'i InputRow<'i>>) -> Result<(), StoreError> {
        let months: BTreeSet<Month> = inputs.into_iter().map(|input| Month::of(input.received_at)).collect();
        self.make_months(&months.iter().flat_map(|month| [*month, month.next()]).collect()).map(drop)
    }
}

/// Takes a source over. A row that another transaction holds for long is that of a worker that hangs: its session is ended,
/// which undoes what it had begun, and `None` asks for another try.
fn own(session: &Session, source: &Source, partner: &str) -> Result<Option<Owned>, StoreError> {
    let name: [&(dyn ToSql + Sync); 3] = [&&*source.cluster, &&*source.topic, &source.partition];
    let with_partner = [&name[..], &[&partner]].concat();
    session.run(session.client.batch_execute("SET lock_timeout = '2s'"))?;
    let taken = session.run(async {
        // First for a source that is known: an insert would use up a number for nothing.
        let taken = match session.client.query_opt(OWN, &with_partner).await {
            Ok(None) => match session.client.execute(KNOW, &with_partner).await {
                Ok(_) => session.client.query_opt(OWN, &with_partner).await,
                Err(error) => Err(error),
            },
            taken => taken,
        };
        Ok::<_, StoreError>(taken)
    })?;
    session.run(session.client.batch_execute("SET lock_timeout = 0"))?;
    match taken {
        Ok(Some(row)) => owned(&row).map(Some),
        Ok(None) => Err(StoreError::Retry(format!("database: the source {source} is not there any more"))),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            let ended = session.run(async { Ok::<_, StoreError>(session.client.query(FENCE, &name).await) })?;
            match ended {
                Ok(ended) => {
                    warn!(%source, sessions = ended.len(), "ended what held the source");
                    Ok(None)
                }
                // That of a superuser, or of somebody who looks after the database: it is waited for.
                Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                    Err(StoreError::Retry(format!(
                        "database: another role's session holds the source {source}, and payflow may not end it: end it, or \
                     grant pg_signal_backend to payflow's role"
                    )))
                }
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// A row of a source.
fn owned(row: &Row) -> Result<Owned, StoreError> {
    Ok(Owned { lane: row.try_get(0)?, epoch: row.try_get(1)?, next: row.try_get(2)?, seq: row.try_get(3)? })
}

async fn move_lanes(session: &Session, statements: &Statements, steps: &[Step]) -> Result<Vec<Row>, Error> {
    let column = |value: fn(&Step) -> i64| steps.iter().map(value).collect::<Vec<i64>>();
    let (lanes, epochs) = (column(|step| step.lane), column(|step| step.epoch));
    let (expected, next) = (column(|step| step.expected), column(|step| step.next));
    session.client.query(&statements.move_lanes, &[&lanes, &epochs, &expected, &next]).await
}

/// Takes note of the lanes that moved: all of the steps, else another worker owns one.
fn begin_lanes(
    writer: &mut Writer<'_>,
    steps: &[Step],
    moved: &[Row],
    (actor, event, detail): (&str, &str, Option<&str>),
) -> Result<(), StoreError> {
    for step in steps {
        let row = moved.iter().find(|row| row.get::<_, i64>(0) == step.lane).ok_or(StoreError::NotOwner(step.lane))?;
        let seq = row.try_get(1)?;
        writer.lanes.push(Added { lane: step.lane, seq, records: Vec::new() });
        let happened = (writer.decided_at, actor, event);
        let event = Event::new((step.lane, row.try_get(2)?), happened, (step.expected, step.next), seq, detail);
        writer.trail.begin(event, row.try_get::<_, Option<&[u8]>>(3)?.map(audit::link).transpose()?);
    }
    Ok(())
}

/// Where a batch can fall, and where a decision about a held document can: before and after its commit.
const BATCH: [&str; 2] = ["written to the store", "committed to the store"];
const DECISION: [&str; 2] = ["decision written", "decision committed"];

/// Sends what is left, and makes it so.
fn commit(
    session: &Session,
    statements: &Statements,
    mut writer: Writer<'_>,
    [before, after]: [&str; 2],
) -> Result<Vec<Added>, StoreError> {
    let links: Vec<Link> = writer.finish()?;
    let links: Vec<&[u8]> = links.iter().map(|link| &link[..]).collect();
    let (lanes, last): (Vec<i64>, Vec<i64>) = writer.lanes.iter().map(|added| (added.lane, added.seq)).unzip();
    let values: [&(dyn ToSql + Sync); 3] = [&lanes, &last, &links];
    fall(before);
    session.run(async {
        tokio::try_join!(
            biased;
            session.client.execute(&statements.number, &values),
            session.client.batch_execute("COMMIT"),
        )
    })?;
    fall(after);
    Ok(writer.lanes)
}

/// A row of the outbox as it leaves.
fn record(row: &Row, keeper: &Keeper, lane: Lane, expected: i64) -> Result<Record, StoreError> {
    let fatal = |what: &str| StoreError::Fatal(format!("the outbox of lane {lane} {what} row {expected}"));
    if row.try_get::<_, i64>(0)? != expected {
        return Err(fatal("lacks"));
    }
    let headers: &str = row.try_get(3)?;
    let (own, input): (Option<&[u8]>, Option<&[u8]>) = (row.try_get(6)?, row.try_get(10)?);
    let bytes = match (own, input, row.try_get::<_, Option<&str>>(11)?) {
        (Some(own), _, _) => keeper.open((0, row.try_get(5)?), own, Owner::Row(lane, expected))?,
        (_, Some(input), _) => {
            let owner = Owner::Input(lane, row.try_get(7)?);
            keeper.open((row.try_get(8)?, row.try_get(9)?), input, owner)?
        }
        (_, _, Some(json)) => json.as_bytes().to_vec(),
        (None, None, None) => return Err(fatal("has lost the bytes of")),
    };
    if bytes.len() as i64 != row.try_get::<_, i64>(4)? {
        return Err(fatal("has other bytes than it had in"));
    }
    Ok(Record {
        topic: row.try_get(1)?,
        key: row.try_get(2)?,
        headers: serde_json::from_str(headers).map_err(|e| fatal(&format!("({e}) has bad headers in")))?,
        bytes,
    })
}
