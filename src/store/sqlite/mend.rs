//! What whoever mends a source asks and changes.

use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{chain, owned, take_step};
use crate::broker::Source;
use crate::store::audit::Trail;
use crate::store::keep::{Keeper, Owner};
use crate::store::{Lane, Mend, Owned, Step, StoreError, retired};

pub(super) fn find(connection: &Connection, source: &Source) -> Result<Option<Owned>, StoreError> {
    let sql = "SELECT lane, epoch, next, seq FROM source WHERE cluster = ?1 AND topic = ?2 AND partition = ?3";
    Ok(connection.query_row(sql, params![&*source.cluster, &*source.topic, source.partition], owned).optional()?)
}

pub(super) fn elsewhere(connection: &Connection, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
    let sql = "SELECT lane, epoch, next, seq, cluster FROM source
                WHERE cluster <> ?1 AND topic = ?2 AND partition = ?3 AND next IS NOT NULL ORDER BY lane LIMIT 1";
    let found = |row: &Row<'_>| Ok((Source { cluster: row.get(4)?, ..source.clone() }, owned(row)?));
    Ok(connection.query_row(sql, params![&*source.cluster, &*source.topic, source.partition], found).optional()?)
}

pub(super) fn input(
    connection: &Connection,
    keeper: &Keeper,
    lane: Lane,
    position: i64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut select = connection.prepare(
        "SELECT codec, sealed_by, bytes FROM input WHERE lane = ?1 AND position = ?2 AND NOT masked AND file IS NULL",
    )?;
    let mut found = select.query([lane, position])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let (sealed_by, bytes): (Option<String>, Vec<u8>) = (row.get(1)?, row.get(2)?);
    keeper.open((row.get(0)?, sealed_by.as_deref()), &bytes, Owner::Input(lane, position)).map(Some)
}

pub(super) fn mend(
    connection: &mut Connection,
    keeper: &Keeper,
    step: &Step,
    mend: &Mend<'_>,
) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut trail = Trail::default();
    take_step(&tx, &mut trail, step, (Utc::now(), mend.actor, mend.event), Some(mend.detail))?;
    if mend.retire {
        let topic: String = tx.query_row("SELECT topic FROM source WHERE lane = ?1", [step.lane], |row| row.get(0))?;
        let name = retired(&topic, step.lane);
        tx.execute("UPDATE source SET topic = ?2 WHERE lane = ?1", params![step.lane, name])?;
    }
    chain(&tx, trail, keeper)?;
    Ok(tx.commit()?)
}
