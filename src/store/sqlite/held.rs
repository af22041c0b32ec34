//! What persons decide about held documents, and what comes of it.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{Poured, SqliteStore, Writer, chain, take_step, text};
use crate::fall::fall;
use crate::store::audit::{Event, Trail};
use crate::store::held::{Act, Desk, Standing, done, ruling, trace_of};
use crate::store::keep::{Keeper, Owner, Place};
use crate::store::{Added, DocumentId, Lane, Outcome, Pour, Ruled, Step, StoreError};

const STANDING: &str = "
    SELECT s.topic, v.verdict, i.bytes IS NOT NULL
      FROM verdict v JOIN source s ON s.lane = v.lane LEFT JOIN input i ON i.lane = v.lane AND i.position = v.position
     WHERE v.lane = ?1 AND v.position = ?2 AND v.document = ?3 ORDER BY v.number DESC LIMIT 1";

const ACTS: &str =
    "SELECT act, actor FROM decision WHERE lane = ?1 AND position = ?2 AND document = ?3 ORDER BY number";

/// What was confirmed, and is not done. It stands behind what was asked for.
const RULED: &str = "
    SELECT d.position, d.document, a.act, i.received_at, i.codec, i.sealed_by, i.bytes, i.file, m.document_hash,
           i.masked, d.at, i.trace
      FROM decision d
      JOIN decision a ON a.lane = d.lane AND a.position = d.position AND a.document = d.document AND a.number = d.number - 1
      JOIN input i ON i.lane = d.lane AND i.position = d.position
      JOIN message m ON m.lane = d.lane AND m.position = d.position AND m.document = d.document
     WHERE d.lane = ?1 AND d.act = 'confirm' AND NOT d.done
     ORDER BY d.tried NULLS FIRST, d.at, d.position, d.document LIMIT 16";

const STUCK: &str = "
    UPDATE decision SET tried = ?4, trouble = ?5
     WHERE lane = ?1 AND position = ?2 AND document = ?3 AND act = 'confirm' AND NOT done";

const DONE: &str = "
    UPDATE decision SET done = 1 WHERE lane = ?1 AND position = ?2 AND document = ?3 AND act = 'confirm' AND NOT done";

impl Desk for SqliteStore {
    fn act(&mut self, act: &Act<'_>) -> Result<(), StoreError> {
        let DocumentId { lane, position, document } = act.id;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut acts = Vec::new();
        let mut select = tx.prepare(ACTS)?;
        for row in select.query_map(params![lane, position, document], |row| Ok((row.get(0)?, row.get(1)?)))? {
            acts.push(row?);
        }
        drop(select);
        let number = acts.len() as i64 + 1;
        let standing = tx.query_row(STANDING, params![lane, position, document], |row| {
            Ok(Standing { topic: row.get(0)?, verdict: row.get(1)?, input: row.get(2)?, acts })
        });
        act.check(standing.optional()?.as_ref())?;
        let (seq, event, previous) = tx.query_row(
            "UPDATE source SET events = events + 1 WHERE lane = ?1 RETURNING seq, events, link",
            [lane],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let (mut trail, now, name, reason) = (Trail::default(), Utc::now(), act.motion.name(), act.motion.reason());
        let happened = (now, act.actor, name);
        trail.begin(Event::new((lane, event), happened, (position, position), seq, Some(&act.detail())), previous);
        trail.again(act.id)?;
        trail.act(act.id, number, happened, reason)?;
        tx.execute(
            "INSERT INTO decision (lane, position, document, number, at, actor, act, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![lane, position, document, number, text(now), act.actor, name, reason],
        )?;
        chain(&tx, trail, &self.keeper)?;
        Ok(tx.commit()?)
    }
}

pub(super) fn ruled(connection: &Connection, keeper: &Keeper, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
    let mut all = Vec::new();
    for lane in lanes {
        let mut select = connection.prepare_cached(RULED)?;
        let mut found = select.query([lane])?;
        while let Some(row) = found.next()? {
            let id = DocumentId { lane: *lane, position: row.get(0)?, document: row.get(1)? };
            let (sealed_by, bytes): (Option<String>, Vec<u8>) = (row.get(5)?, row.get(6)?);
            let owner = Owner::Input(*lane, id.position);
            all.push(Ruled {
                id,
                ruling: ruling(&row.get::<_, String>(2)?)?,
                ruled_at: time(&row.get::<_, String>(10)?)?,
                received_at: time(&row.get::<_, String>(3)?)?,
                trace: trace_of(row.get::<_, Option<String>>(11)?.as_deref())?,
                bytes: keeper.open((row.get(4)?, sealed_by.as_deref()), &bytes, owner)?,
                file: row.get(7)?,
                hash: row.get(8)?,
                masked: row.get(9)?,
            });
        }
    }
    Ok(all)
}

pub(super) fn stuck(connection: &Connection, id: DocumentId, why: &str) -> Result<(), StoreError> {
    connection.execute(STUCK, params![id.lane, id.position, id.document, text(Utc::now()), why])?;
    Ok(())
}

/// A time from its text.
fn time(text: &str) -> Result<DateTime<Utc>, StoreError> {
    text.parse().map_err(|_| StoreError::Fatal(format!("database: {text:?} is no time")))
}

pub(super) fn conclude(
    connection: &mut Connection,
    keeper: &Keeper,
    (step, ruled): (&Step, &Ruled),
    (outcome, pour): (Outcome, &mut Pour<'_>),
    (decided_at, actor): (DateTime<Utc>, &str),
) -> Result<Added, StoreError> {
    let Ruled { id, ruling, received_at, bytes, masked, .. } = ruled;
    let DocumentId { lane, position, document } = *id;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut trail = Trail::default();
    let detail = format!("document {document}");
    let mut added = take_step(&tx, &mut trail, step, (decided_at, actor, done(*ruling)), Some(&detail))?;
    trail.again(*id)?;
    if tx.execute(DONE, params![lane, position, document])? != 1 {
        return Err(StoreError::Refused(format!("what was decided of {id:?} is done already")));
    }
    let mut writer = Writer::new(&tx, keeper, decided_at, trail)?;
    writer.second(*id)?;
    let place = Place { id: *id, received_at: *received_at, bytes, masked: masked.then_some(bytes) };
    writer.write(place, outcome, &mut added)?;
    pour(&mut Poured::new(&mut writer, std::slice::from_mut(&mut added)))?;
    chain(&tx, writer.end(), keeper)?;
    fall("decision written");
    tx.commit()?;
    fall("decision committed");
    Ok(added)
}
