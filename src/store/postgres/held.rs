//! What persons decide about held documents, and what comes of it.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::session::Session;
use super::write::{Pouring, Writer};
use super::{DECISION, PostgresStore, begin_lanes, commit, move_lanes};
use crate::store::audit::{self, Event};
use crate::store::held::{Act, Desk, Standing, done, ruling, trace_of};
use crate::store::keep::{Keeper, Owner, Place};
use crate::store::{Added, DocumentId, Lane, Outcome, Pour, Ruled, Step, StoreError};

/// Whoever acts on a document of a lane waits for whoever else does.
const NUMBER: &str = "UPDATE source SET events = events + 1 WHERE lane = $1 RETURNING seq, events, link";

const STANDING: &str = "
    SELECT s.topic, v.verdict, i.bytes IS NOT NULL, v.received_at
      FROM verdict v JOIN source s ON s.lane = v.lane
      LEFT JOIN input i ON i.received_at = v.received_at AND i.lane = v.lane AND i.position = v.position
     WHERE v.lane = $1 AND v.position = $2 AND v.document = $3 ORDER BY v.number DESC LIMIT 1";

const ACTS: &str =
    "SELECT act, actor FROM decision WHERE lane = $1 AND position = $2 AND document = $3 ORDER BY number";

const NOTE: &str = "
    INSERT INTO decision (received_at, lane, position, document, number, at, actor, act, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// What was confirmed, and is not done. It stands behind what was asked for.
pub(super) const RULED: &str = "
    SELECT d.lane, d.position, d.document, a.act, d.received_at, i.codec, i.sealed_by, i.bytes, i.file, m.document_hash,
           i.masked, d.at, i.trace
      FROM decision d
      JOIN decision a ON a.lane = d.lane AND a.position = d.position AND a.document = d.document AND a.number = d.number - 1
      JOIN input i ON i.received_at = d.received_at AND i.lane = d.lane AND i.position = d.position
      JOIN message m ON m.received_at = d.received_at AND m.lane = d.lane AND m.position = d.position
                    AND m.document = d.document
     WHERE d.lane = ANY($1) AND d.act = 'confirm' AND NOT d.done
     ORDER BY d.tried NULLS FIRST, d.at, d.lane, d.position, d.document LIMIT 16";

const STUCK: &str = "
    UPDATE decision SET tried = $4, trouble = $5
     WHERE lane = $1 AND position = $2 AND document = $3 AND act = 'confirm' AND NOT done";

const DONE: &str = "
    UPDATE decision SET done = true WHERE lane = $1 AND position = $2 AND document = $3 AND act = 'confirm' AND NOT done";

const FINDINGS: &str = "
    SELECT count(*) FROM finding WHERE received_at = $1 AND lane = $2 AND position = $3 AND document = $4";

impl Desk for PostgresStore {
    fn act(&mut self, act: &Act<'_>) -> Result<(), StoreError> {
        let DocumentId { lane, position, document } = act.id;
        let document = document as i32;
        let id: [&(dyn ToSql + Sync); 3] = [&lane, &position, &document];
        self.transact(|session, keeper| {
            let (session, statements) = session.ready()?;
            let (moved, standing, acts) = session.run(async {
                session.client.batch_execute("BEGIN").await?;
                // First, so that nobody else acts on the document meanwhile.
                let moved = session.client.query_opt(NUMBER, &[&lane]).await?;
                let standing = session.client.query_opt(STANDING, &id).await?;
                Ok::<_, tokio_postgres::Error>((moved, standing, session.client.query(ACTS, &id).await?))
            })?;
            let number = acts.len() as i32 + 1;
            let acts = acts.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
            let acts = acts.collect::<Result<Vec<_>, tokio_postgres::Error>>()?;
            let found = standing.as_ref().map(|row| found(row, acts)).transpose()?;
            act.check(found.as_ref())?;
            let (Some(moved), Some(standing)) = (moved, standing) else { return Err(StoreError::NotOwner(lane)) };
            let received_at: DateTime<Utc> = standing.try_get(3)?;
            let (now, name, reason) = (Utc::now(), act.motion.name(), act.motion.reason());
            let (seq, happened) = (moved.try_get(0)?, (now, act.actor, name));
            let previous = moved.try_get::<_, Option<&[u8]>>(2)?.map(audit::link).transpose()?;
            let detail = act.detail();
            let event = Event::new((lane, moved.try_get(1)?), happened, (position, position), seq, Some(&detail));
            let mut writer = Writer::new(session, statements, keeper, now);
            writer.lanes.push(Added { lane, seq, records: Vec::new() });
            writer.trail.begin(event, previous);
            writer.trail.again(act.id)?;
            writer.trail.act(act.id, number.into(), happened, reason)?;
            let row: [&(dyn ToSql + Sync); 9] =
                [&received_at, &lane, &position, &document, &number, &now, &act.actor, &name, &reason];
            session.run(session.client.execute(NOTE, &row))?;
            commit(session, statements, writer, DECISION).map(drop)
        })
    }
}

/// What the database has of a document.
fn found(row: &Row, acts: Vec<(String, String)>) -> Result<Standing, tokio_postgres::Error> {
    Ok(Standing { topic: row.try_get(0)?, verdict: row.try_get(1)?, input: row.try_get(2)?, acts })
}

pub(super) fn ruled(session: &Session, keeper: &Keeper, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
    let (session, statements) = session.ready()?;
    let rows = session.run(session.client.query(&statements.ruled, &[&lanes]))?;
    let ruled = |row: &Row| {
        let (lane, position) = (row.try_get(0)?, row.try_get(1)?);
        let (owner, hash) = (Owner::Input(lane, position), row.try_get::<_, &[u8]>(9)?);
        Ok(Ruled {
            id: DocumentId { lane, position, document: row.try_get::<_, i32>(2)? as u32 },
            ruling: ruling(row.try_get(3)?)?,
            ruled_at: row.try_get(11)?,
            received_at: row.try_get(4)?,
            trace: trace_of(row.try_get(12)?)?,
            bytes: keeper.open((row.try_get(5)?, row.try_get(6)?), row.try_get(7)?, owner)?,
            file: row.try_get(8)?,
            hash: hash.try_into().map_err(|_| StoreError::Fatal("message: a hash is none".to_owned()))?,
            masked: row.try_get(10)?,
        })
    };
    rows.iter().map(ruled).collect()
}

pub(super) fn stuck(session: &Session, id: DocumentId, why: &str) -> Result<(), StoreError> {
    let DocumentId { lane, position, document } = id;
    // What refuses a value says so, and may quote it.
    let (document, now, why) = (document as i32, Utc::now(), why.replace('\0', "\u{fffd}"));
    session.run(session.client.execute(STUCK, &[&lane, &position, &document, &now, &why])).map(drop)
}

pub(super) fn conclude(
    session: &Session,
    keeper: &Keeper,
    (step, ruled): (&Step, &Ruled),
    (outcome, pour): (Outcome, &mut Pour<'_>),
    (decided_at, actor): (DateTime<Utc>, &str),
) -> Result<Added, StoreError> {
    let Ruled { id, ruling, received_at, bytes, masked, .. } = ruled;
    let (session, statements) = session.ready()?;
    let document = id.document as i32;
    let steps = std::slice::from_ref(step);
    let (lanes, done_now, findings) = session.run(async {
        session.client.batch_execute("BEGIN").await?;
        let lanes = move_lanes(session, statements, steps).await?;
        let done_now = session.client.execute(DONE, &[&id.lane, &id.position, &document]).await?;
        let findings = session.client.query_one(FINDINGS, &[received_at, &id.lane, &id.position, &document]).await?;
        Ok::<_, tokio_postgres::Error>((lanes, done_now, findings))
    })?;
    let mut writer = Writer::new(session, statements, keeper, decided_at);
    let detail = format!("document {document}");
    begin_lanes(&mut writer, steps, &lanes, (actor, done(*ruling), Some(&detail)))?;
    if done_now != 1 {
        return Err(StoreError::Refused(format!("what was decided of {id:?} is done already")));
    }
    writer.trail.again(*id)?;
    writer.second(*id, findings.try_get::<_, i64>(0)? as i32);
    let place = Place { id: *id, received_at: *received_at, bytes, masked: masked.then_some(bytes) };
    writer.outcome(place, outcome)?;
    pour(&mut Pouring::new(&mut writer, &[place]))?;
    let added = commit(session, statements, writer, DECISION)?.pop();
    added.ok_or(StoreError::NotOwner(id.lane))
}
