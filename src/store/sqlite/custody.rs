//! What persons do to the embedded store.

use chrono::Utc;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{SqliteStore, chain};
use crate::store::audit::{Event, Trail};
use crate::store::custody::{Custody, Note};
use crate::store::{Lane, StoreError};

impl Custody for SqliteStore {
    fn note(&mut self, lane: Lane, note: &Note<'_>) -> Result<(), StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut trail = Trail::default();
        tell(&tx, &mut trail, lane, note)?;
        chain(&tx, trail, &self.keeper)?;
        Ok(tx.commit()?)
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
