//! What persons do to the store. Months go by their tables: what is to stay of one moves to a new table in its place.

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;

use super::months::{LOCK, Month, TABLES};
use super::session::Session;
use super::write::Writer;
use super::{BATCH, PostgresStore, begin_lanes, commit};
use crate::store::custody::{Custody, Note, Place};
use crate::store::retention::{EVENT, LaneCut};
use crate::store::{Lane, Step, StoreError};

/// So many rows or events are deleted at once.
const STEP: i64 = 10_000;

/// The tables that are not by month.
const SWEPT: &[(&str, Place)] = &[
    ("status_report", Place::Position),
    ("decision", Place::Position),
    ("outbox", Place::Row),
    ("audit_event", Place::Event),
];

/// Counts an event of a lane that stays where it is.
const COUNT: &str = "
    UPDATE source SET events = events + 1 WHERE lane = $1 RETURNING lane, seq, events, link, coalesce(next, 0)";

const CUT: &str = "UPDATE source SET cut = events + 1 WHERE lane = $1 AND cut IS NOT DISTINCT FROM $2";

/// Whoever waits for a worker's transaction, or for a command that looks at the store, gives up soon: behind it all workers would
/// wait. Sources go before tables, as in a batch. What stays is few: it is looked up.
const BEGIN: &str = "
    BEGIN;
    SET LOCAL lock_timeout = '5s';
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;";

const SOURCES: &str = "SELECT lane FROM source ORDER BY lane FOR UPDATE";

/// The key behind which the next so many stand.
const NEXT_KEY: &str = "
    SELECT key, partner, kind, scope FROM claimed_key WHERE (key, partner, kind, scope) > ($1, $2, $3, $4)
     ORDER BY key, partner, kind, scope LIMIT 1 OFFSET $5";

/// Between two keys.
const FREE: &str = "
    DELETE FROM claimed_key k
     WHERE (key, partner, kind, scope) > ($1, $2, $3, $4)
       AND ($5::text IS NULL OR (key, partner, kind, scope) <= ($5, $6::text, $7::text, $8::text))
       AND expires <= $9
       AND NOT EXISTS (SELECT FROM message m WHERE m.received_at = k.received_at AND m.lane = k.lane
                          AND m.position = k.position AND m.document = k.document)";

impl Custody for PostgresStore {
    fn note(&mut self, lane: Lane, note: &Note<'_>) -> Result<(), StoreError> {
        self.transact(|session, keeper| {
            let (session, statements) = session.ready()?;
            session.run(session.client.batch_execute("BEGIN"))?;
            let mut writer = Writer::new(session, statements, keeper, Utc::now());
            tell(session, &mut writer, lane, note)?;
            commit(session, statements, writer, BATCH).map(drop)
        })
    }

    fn months(&mut self, before: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        self.with(|session, _| {
            session.load_partitions()?;
            let months = session.partitions.before(Month::of(before));
            Ok(months.iter().map(ToString::to_string).collect())
        })
    }

    fn cut(&mut self, lanes: &[LaneCut], before: DateTime<Utc>, actor: &str) -> Result<Vec<String>, StoreError> {
        self.transact(|session, keeper| {
            let tables = TABLES.join(", ");
            session.run(session.client.batch_execute(&format!("{BEGIN} SELECT pg_advisory_xact_lock({LOCK})")))?;
            session.load_partitions()?;
            let months = session.partitions.before(Month::of(before));
            let all = session.run(session.client.query(SOURCES, &[]))?;
            let all = all.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Lane>, _>>()?;
            session.run(session.client.batch_execute(&format!("LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")))?;
            let gone = {
                let (session, statements) = session.ready()?;
                let mut writer = Writer::new(session, statements, keeper, Utc::now());
                for LaneCut { lane, base, cut, .. } in lanes.iter().filter(|lane| lane.events > 0) {
                    if session.run(session.client.execute(CUT, &[lane, base]))? == 0 {
                        return Err(StoreError::Retry("database: another one drops what is old".to_owned()));
                    }
                    tell(session, &mut writer, *lane, &Note { event: EVENT, detail: &cut.text()?, actor })?;
                }
                let stays = Stays::new(&all, lanes);
                let mut gone = Vec::new();
                for month in months {
                    if !stays.part(session, month)? {
                        gone.push(month.to_string());
                    }
                }
                commit(session, statements, writer, BATCH)?;
                gone
            };
            session.load_partitions()?;
            Ok(gone)
        })
    }

    fn swept(&self) -> &'static [(&'static str, Place)] {
        SWEPT
    }

    fn sweep(
        &mut self,
        (table, place): (&'static str, Place),
        lane: Lane,
        from: i64,
        to: i64,
    ) -> Result<Option<i64>, StoreError> {
        self.with(|session, _| {
            let column = place.column();
            let within = format!("FROM {table} WHERE lane = $1 AND {column} >= $2 AND {column} < $3");
            let first = session
                .run(session.client.query_one(&format!("SELECT min({column}) {within}"), &[&lane, &from, &to]))?;
            let Some(first) = first.try_get::<_, Option<i64>>(0)? else { return Ok(None) };
            let next = to.min(first.saturating_add(STEP));
            session.run(session.client.execute(&format!("DELETE {within}"), &[&lane, &first, &next]))?;
            Ok(Some(next))
        })
    }

    fn free_keys(&mut self) -> Result<(), StoreError> {
        self.with(|session, _| {
            let (now, mut after) = (Utc::now(), <[String; 4]>::default());
            loop {
                let from: [&(dyn ToSql + Sync); 4] = [&after[0], &after[1], &after[2], &after[3]];
                let found = session.run(session.client.query_opt(NEXT_KEY, &[&from[..], &[&STEP]].concat()))?;
                let next = match &found {
                    Some(row) => Some([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?]),
                    None => None,
                };
                let to: [Option<&String>; 4] = [0, 1, 2, 3].map(|index| next.as_ref().map(|next| &next[index]));
                let to: [&(dyn ToSql + Sync); 4] = [&to[0], &to[1], &to[2], &to[3]];
                session.run(session.client.execute(FREE, &[&from[..], &to[..], &[&now]].concat()))?;
                let Some(next) = next else { return Ok(()) };
                after = next;
            }
        })
    }
}

/// What stays of the months that are over: positions of lanes, from each one on and before another one.
#[derive(Default)]
struct Stays {
    lanes: Vec<Lane>,
    first: Vec<i64>,
    next: Vec<i64>,
}

impl Stays {
    /// All that stands in no gap of a lane's cut.
    fn new(all: &[Lane], cuts: &[LaneCut]) -> Self {
        let mut stays = Self::default();
        for lane in all {
            let mut from = i64::MIN;
            let gaps = cuts.iter().filter(|cut| cut.lane == *lane).flat_map(|cut| cut.cut.positions());
            for (first, next) in gaps.chain([(i64::MAX, i64::MAX)]) {
                if from < first {
                    stays.lanes.push(*lane);
                    stays.first.push(from);
                    stays.next.push(first);
                }
                from = next;
            }
        }
        stays
    }

    /// Puts what stays of a month in its place. Says whether there is any.
    fn part(&self, session: &Session, month: Month) -> Result<bool, StoreError> {
        let mut rows = 0;
        for table in TABLES {
            let name = month.partition(table);
            let make = month.make(table);
            session.run(session.client.batch_execute(&format!(
                "ALTER TABLE {table} DETACH PARTITION {name}; ALTER TABLE {name} RENAME TO {name}_old; {make}"
            )))?;
            let copy = format!(
                "INSERT INTO {name} SELECT old.* FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k(lane, first, next)
                   JOIN {name}_old old ON old.lane = k.lane AND old.position >= k.first AND old.position < k.next"
            );
            rows += session.run(session.client.execute(&copy, &[&self.lanes, &self.first, &self.next]))?;
            session.run(session.client.batch_execute(&format!("DROP TABLE {name}_old; {}", month.attach(table))))?;
        }
        if rows == 0 {
            let names = TABLES.map(|table| month.partition(table));
            session.run(session.client.batch_execute(&format!("DROP TABLE {}", names.join(", "))))?;
        }
        Ok(rows > 0)
    }
}

/// Begins an event of a lane that stays where it is.
fn tell(session: &Session, writer: &mut Writer<'_>, lane: Lane, note: &Note<'_>) -> Result<(), StoreError> {
    let row = session.run(session.client.query_opt(COUNT, &[&lane]))?;
    let row = row.ok_or_else(|| StoreError::Fatal(format!("database: there is no lane {lane}")))?;
    let next = row.try_get(4)?;
    let step = Step { lane, epoch: 0, expected: next, next };
    begin_lanes(writer, &[step], &[row], (note.actor, note.event, Some(note.detail)))
}
