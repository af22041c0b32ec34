//! What persons do to the store.

use chrono::Utc;

use super::session::Session;
use super::write::Writer;
use super::{BATCH, PostgresStore, begin_lanes, commit};
use crate::store::custody::{Custody, Note};
use crate::store::{Lane, Step, StoreError};

/// Counts an event of a lane that stays where it is.
const COUNT: &str = "
    UPDATE source SET events = events + 1 WHERE lane = $1 RETURNING lane, seq, events, link, coalesce(next, 0)";

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
}

/// Begins an event of a lane that stays where it is.
fn tell(session: &Session, writer: &mut Writer<'_>, lane: Lane, note: &Note<'_>) -> Result<(), StoreError> {
    let row = session.run(session.client.query_opt(COUNT, &[&lane]))?;
    let row = row.ok_or_else(|| StoreError::Fatal(format!("database: there is no lane {lane}")))?;
    let next = row.try_get(4)?;
    let step = Step { lane, epoch: 0, expected: next, next };
    begin_lanes(writer, &[step], &[row], (note.actor, note.event, Some(note.detail)))
}
