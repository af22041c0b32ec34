//! What persons do to the embedded store.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{SqliteStore, chain, text};
use crate::store::audit::{Event, Trail};
use crate::store::custody::{Custody, Note, Place};
use crate::store::retention::{EVENT, LaneCut};
use crate::store::{Lane, StoreError};

/// So many positions, rows or events are deleted at once: a worker waits no longer for it than for a batch.
const STEP: i64 = 1000;

/// What leads somewhere goes before what it leads to.
const SWEPT: &[(&str, Place)] = &[
    ("finding", Place::Position),
    ("transfer", Place::Position),
    ("statement", Place::Position),
    ("status_report", Place::Position),
    ("decision", Place::Position),
    ("verdict", Place::Position),
    ("message", Place::Position),
    ("outbox", Place::Row),
    ("input", Place::Position),
    ("audit_event", Place::Event),
];

/// The key behind which the next so many stand.
const NEXT_KEY: &str = "
    SELECT scope, partner, kind, key FROM claimed_key WHERE (scope, partner, kind, key) > (?1, ?2, ?3, ?4)
     ORDER BY scope, partner, kind, key LIMIT 1 OFFSET ?5";

/// Between two keys.
const FREE: &str = "
    DELETE FROM claimed_key
     WHERE (scope, partner, kind, key) > (?1, ?2, ?3, ?4) AND (?5 IS NULL OR (scope, partner, kind, key) <= (?5, ?6, ?7, ?8))
       AND expires <= ?9
       AND NOT EXISTS (SELECT 1 FROM message m
                        WHERE m.lane = claimed_key.lane AND m.position = claimed_key.position AND m.document = claimed_key.document)";

impl Custody for SqliteStore {
    fn note(&mut self, lane: Lane, note: &Note<'_>) -> Result<(), StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut trail = Trail::default();
        tell(&tx, &mut trail, lane, note)?;
        chain(&tx, trail, &self.keeper)?;
        Ok(tx.commit()?)
    }

    fn months(&mut self, _: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    fn cut(&mut self, lanes: &[LaneCut], _: DateTime<Utc>, actor: &str) -> Result<Vec<String>, StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut trail = Trail::default();
        for LaneCut { lane, base, cut, .. } in lanes.iter().filter(|lane| lane.events > 0) {
            let sql = "UPDATE source SET cut = events + 1 WHERE lane = ?1 AND cut IS ?2";
            if tx.execute(sql, params![lane, base])? == 0 {
                return Err(StoreError::Retry("database: another one drops what is old".to_owned()));
            }
            tell(&tx, &mut trail, *lane, &Note { event: EVENT, detail: &cut.text()?, actor })?;
        }
        chain(&tx, trail, &self.keeper)?;
        tx.commit()?;
        Ok(Vec::new())
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
        let column = place.column();
        let first = format!("SELECT min({column}) FROM {table} WHERE lane = ?1 AND {column} >= ?2 AND {column} < ?3");
        let first: Option<i64> =
            self.connection.prepare_cached(&first)?.query_row([lane, from, to], |row| row.get(0))?;
        let Some(first) = first else { return Ok(None) };
        let next = to.min(first.saturating_add(STEP));
        let delete = format!("DELETE FROM {table} WHERE lane = ?1 AND {column} >= ?2 AND {column} < ?3");
        self.connection.prepare_cached(&delete)?.execute([lane, first, next])?;
        Ok(Some(next))
    }

    fn free_keys(&mut self) -> Result<(), StoreError> {
        let (now, mut after) = (text(Utc::now()), <[String; 4]>::default());
        loop {
            let [scope, partner, kind, key] = &after;
            let next: Option<[String; 4]> = self
                .connection
                .prepare_cached(NEXT_KEY)?
                .query_row(params![scope, partner, kind, key, STEP], |row| {
                    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
                })
                .optional()?;
            let to = |index: usize| next.as_ref().map(|next| &next[index]);
            self.connection.prepare_cached(FREE)?.execute(params![
                scope,
                partner,
                kind,
                key,
                to(0),
                to(1),
                to(2),
                to(3),
                now
            ])?;
            let Some(next) = next else { return Ok(()) };
            after = next;
        }
    }
}

/// Begins an event of a lane that stays where it is.
fn tell(tx: &Transaction<'_>, trail: &mut Trail, lane: Lane, note: &Note<'_>) -> Result<(), StoreError> {
    let found = tx
        .query_row(
            "UPDATE source SET events = events + 1 WHERE lane = ?1 RETURNING coalesce(next, 0), seq, events, link",
            params![lane],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let (next, seq, number, previous) =
        found.ok_or_else(|| StoreError::Fatal(format!("database: there is no lane {lane}")))?;
    let happened = (Utc::now(), note.actor, note.event);
    trail.begin(Event::new((lane, number), happened, (next, next), seq, Some(note.detail)), previous);
    Ok(())
}
