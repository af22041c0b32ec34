//! Brings the tables of a database to the form that this program knows. Only `payflow migrate` does it: a worker works on
//! just that form, and on no other.

use std::collections::BTreeSet;

use chrono::Utc;

use super::months::{LOCK, Month};
use super::session::{PostgresSettings, Session};
use crate::store::{Migrated, StoreError};

/// The migrations, in order. One that was released is never changed: a change is a new one.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/postgres_0001.sql"),
    include_str!("../migrations/postgres_0002.sql"),
    include_str!("../migrations/postgres_0003.sql"),
    include_str!("../migrations/postgres_0004.sql"),
    include_str!("../migrations/postgres_0005.sql"),
    include_str!("../migrations/postgres_0006.sql"),
    include_str!("../migrations/postgres_0007.sql"),
    include_str!("../migrations/postgres_0008.sql"),
];

/// The version of the tables that this program knows.
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// For so many months after this one partitions are made ahead.
const MONTHS_AHEAD: usize = 3;

/// Applies what the database lacks, all or nothing.
pub fn migrate(settings: &PostgresSettings) -> Result<Migrated, StoreError> {
    let mut session = Session::connect(settings)?;
    session.be_patient();
    session.run(session.client.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")))?;
    let from = version(&session)?;
    if from > KNOWN {
        return Err(newer(from));
    }
    let mut sql = String::new();
    if from == 0 {
        sql.push_str("CREATE TABLE migration (version bigint PRIMARY KEY, applied_at timestamptz NOT NULL);");
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(from as usize) {
        sql.push_str(migration);
        sql.push_str(&format!("INSERT INTO migration VALUES ({version}, now());"));
    }
    // Not as one: the server would go on to the end of it though nobody waits any more.
    session.run(session.client.batch_execute(&sql))?;
    session.run(session.client.batch_execute("COMMIT"))?;
    session.load_partitions()?;
    let made = session.make_months(&months())?;
    Ok(Migrated { from, to: KNOWN, months: made.iter().map(ToString::to_string).collect() })
}

/// What [`migrate`] would do.
pub fn pending(settings: &PostgresSettings) -> Result<Migrated, StoreError> {
    let mut session = Session::connect(settings)?;
    session.be_patient();
    let from = version(&session)?;
    if from > KNOWN {
        return Err(newer(from));
    }
    session.load_partitions()?;
    let missing = session.partitions.missing(&months());
    Ok(Migrated { from, to: KNOWN, months: missing.iter().map(ToString::to_string).collect() })
}

/// Refuses tables of another version.
pub(super) fn require_current(session: &Session) -> Result<(), StoreError> {
    let version = version(session)?;
    let mend = match version {
        KNOWN => return Ok(()),
        0 => "the database has no tables of payflow".to_owned(),
        version if version < KNOWN => format!("the tables have version {version}, this program needs {KNOWN}"),
        version => return Err(newer(version)),
    };
    Err(StoreError::Fatal(format!("database: {mend}: bring them up with `payflow migrate`")))
}

fn newer(version: i64) -> StoreError {
    StoreError::Fatal(format!(
        "database: its tables have version {version}, this program knows {KNOWN}: use the newer program"
    ))
}

/// The version of the tables. A database that can't hold every text is refused.
fn version(session: &Session) -> Result<i64, StoreError> {
    let row = session.run(
        session
            .client
            .query_one("SELECT to_regclass('migration') IS NOT NULL, current_setting('server_encoding')", &[]),
    )?;
    let encoding: String = row.try_get(1)?;
    if encoding != "UTF8" {
        let text = format!("database: its encoding is {encoding}: create one with the encoding UTF8");
        return Err(StoreError::Fatal(text));
    }
    if !row.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let row = session.client.query_one("SELECT coalesce(max(version), 0) FROM migration", &[]);
    Ok(session.run(row)?.try_get(0)?)
}

fn months() -> BTreeSet<Month> {
    std::iter::successors(Some(Month::of(Utc::now())), |month| Some(month.next())).take(MONTHS_AHEAD + 1).collect()
}
