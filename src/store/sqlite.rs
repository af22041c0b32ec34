//! The embedded store: SQLite, in one file, durable at every commit. Must not know how anything is published.

mod custody;
mod held;
mod mend;
mod pour;
mod reading;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};

use super::audit::{Bytes, Event, Linked, Trail, severity_name, transaction};
use super::held::trace_text;
use super::keep::{self, Keeper, Kept, Owner, Place, Stored, Text, places};
use super::{
    Added, Answer, Batch, Claim, Decide, DocumentId, DocumentRow, Holder, InputRow, Lane, Mend, Migrated, Outcome,
    Owned, Pour, Reply, Ruled, Step, Store, StoreError, verdict_name,
};
use crate::broker::{Record, Source};
use crate::fall::fall;
use crate::finding::Finding;
use crate::message::Report;
use pour::Poured;

/// The migrations, in order. One that was released is never changed: a change is a new one.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/sqlite_0001.sql"),
    include_str!("migrations/sqlite_0002.sql"),
    include_str!("migrations/sqlite_0003.sql"),
    include_str!("migrations/sqlite_0004.sql"),
    include_str!("migrations/sqlite_0005.sql"),
    include_str!("migrations/sqlite_0006.sql"),
    include_str!("migrations/sqlite_0007.sql"),
    include_str!("migrations/sqlite_0008.sql"),
    include_str!("migrations/sqlite_0009.sql"),
    include_str!("migrations/sqlite_0010.sql"),
];

/// The version of the tables that this program knows.
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The current answer of a document: its reply, or why none is due.
const CURRENT_ANSWER: &str = "
    SELECT v.reply_definition, v.reply_id, v.none_due, o.bytes
      FROM verdict v LEFT JOIN outbox o ON o.lane = v.answer_lane AND o.seq = v.answer_seq
     WHERE v.lane = ?1 AND v.position = ?2 AND v.document = ?3
     ORDER BY v.number DESC LIMIT 1";

/// The embedded store.
pub struct SqliteStore {
    connection: Connection,
    keeper: Keeper,
}

impl SqliteStore {
    /// Opens or creates the store in a file, and brings its tables to the form this program knows.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let (connection, _) = open(path, apply)?;
        Ok(Self { connection, keeper: Keeper::default() })
    }

    /// Seals what it keeps.
    pub fn sealing(self, keeper: Keeper) -> Self {
        Self { keeper, ..self }
    }

    /// The connection, for reading what is stored.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Brings the tables in a file, which is made where there is none, to the form that this program knows.
pub fn migrate(path: &Path) -> Result<Migrated, StoreError> {
    open(path, apply).map(|(_, from)| migrated(from))
}

/// What [`migrate`] would do.
pub fn pending(path: &Path) -> Result<Migrated, StoreError> {
    if !path.exists() {
        return Ok(migrated(0));
    }
    open(path, |connection| version(connection)).map(|(_, from)| migrated(from))
}

fn migrated(from: i64) -> Migrated {
    Migrated { from, to: KNOWN, months: Vec::new() }
}

/// Opens a file, and says which version its tables had.
fn open(
    path: &Path,
    migrate: impl Fn(&mut Connection) -> Result<i64, StoreError>,
) -> Result<(Connection, i64), StoreError> {
    let fatal = |e: rusqlite::Error| StoreError::Fatal(format!("cannot open the database {}: {e}", path.display()));
    let mut connection = Connection::open(path).map_err(fatal)?;
    prepare(&connection).map_err(fatal)?;
    let from = migrate(&mut connection).map_err(|e| match e {
        StoreError::Fatal(text) => StoreError::Fatal(format!("database {}: {text}", path.display())),
        other => other,
    })?;
    Ok((connection, from))
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'migration'";
    if connection.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(0);
    }
    let applied: i64 = connection.query_row("SELECT coalesce(max(version), 0) FROM migration", [], |row| row.get(0))?;
    if applied > KNOWN {
        return Err(StoreError::Fatal(format!(
            "its tables have version {applied}, this program knows {KNOWN}: use the newer program"
        )));
    }
    Ok(applied)
}

/// Applies the migrations that the tables lack, and says which version they had.
fn apply(connection: &mut Connection) -> Result<i64, StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let applied = version(&tx)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT",
    )?;
    for (version, migration) in (1..=KNOWN).zip(MIGRATIONS).skip_while(|(version, _)| *version <= applied) {
        tx.execute_batch(migration)?;
        tx.execute("INSERT INTO migration VALUES (?1, ?2)", params![version, text(Utc::now())])?;
    }
    tx.commit()?;
    Ok(applied)
}

impl Store for SqliteStore {
    fn own(&mut self, source: &Source, partner: &str) -> Result<Owned, StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute(
            "INSERT INTO source (cluster, topic, partition, partner, epoch) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (cluster, topic, partition) DO NOTHING",
            params![&*source.cluster, &*source.topic, source.partition, partner],
        )?;
        let owned = tx.query_row(
            "UPDATE source SET epoch = epoch + 1, partner = ?4 WHERE cluster = ?1 AND topic = ?2 AND partition = ?3
             RETURNING lane, epoch, next, seq",
            params![&*source.cluster, &*source.topic, source.partition, partner],
            owned,
        )?;
        tx.commit()?;
        Ok(owned)
    }

    fn start(&mut self, owned: &Owned, next: i64) -> Result<(), StoreError> {
        let changed = self.connection.execute(
            "UPDATE source SET next = ?3 WHERE lane = ?1 AND epoch = ?2 AND next IS NULL",
            params![owned.lane, owned.epoch, next],
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::NotOwner(owned.lane)) }
    }

    fn commit_poured(
        &mut self,
        batch: &Batch<'_>,
        decide: &mut Decide<'_>,
        pour: &mut Pour<'_>,
    ) -> Result<Vec<Added>, StoreError> {
        let kept = self.keeper.keep_all(batch)?;
        let places = places(batch, &kept)?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // The lanes move first, so that a worker that lost one does no work for nothing.
        let (mut trail, happened) = (Trail::default(), (batch.decided_at, batch.actor, "decided"));
        let step = |step| take_step(&tx, &mut trail, step, happened, None);
        let mut lanes = batch.steps.iter().map(step).collect::<Result<Vec<_>, _>>()?;
        for (input, kept) in batch.inputs.iter().zip(&kept) {
            insert_input(&tx, &mut trail, input, kept)?;
        }
        for document in &batch.documents {
            insert_message(&tx, &mut trail, document)?;
        }
        let claims = batch.documents.iter().map(|d| claim(&tx, d, batch)).collect::<Result<Vec<_>, _>>()?;
        let outcomes = decide(&claims).map_err(StoreError::Refused)?;
        if outcomes.len() != batch.documents.len() {
            return Err(StoreError::Fatal("a decision is missing for a document".to_owned()));
        }
        let mut writer = Writer::new(&tx, &self.keeper, batch.decided_at, trail)?;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            let lane = lanes
                .iter_mut()
                .find(|added| added.lane == place.id.lane)
                .ok_or_else(|| StoreError::Fatal(format!("no step for lane {}", place.id.lane)))?;
            writer.write(place, outcome, lane)?;
        }
        pour(&mut Poured::new(&mut writer, &mut lanes))?;
        chain(&tx, writer.end(), &self.keeper)?;
        fall("written to the store");
        tx.commit()?;
        fall("committed to the store");
        Ok(lanes)
    }

    fn set_aside(&mut self, step: &Step, input: &InputRow<'_>, reason: &str, actor: &str) -> Result<(), StoreError> {
        let kept = self.keeper.keep(input)?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut trail, now) = (Trail::default(), Utc::now());
        take_step(&tx, &mut trail, step, (now, actor, "set aside"), Some(reason))?;
        insert_input(&tx, &mut trail, input, &kept)?;
        tx.execute(
            "INSERT INTO set_aside (lane, position, at, reason) VALUES (?1, ?2, ?3, ?4)",
            params![input.lane, input.position, text(now), reason],
        )?;
        chain(&tx, trail, &self.keeper)?;
        Ok(tx.commit()?)
    }

    fn outbox(&mut self, lane: Lane, after: i64, rows: usize, bytes: usize) -> Result<Vec<Record>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT o.seq, o.topic, o.key, o.headers, o.sealed_by, o.bytes, o.of_position, i.codec, i.sealed_by, i.bytes
               FROM outbox o LEFT JOIN input i ON i.lane = o.lane AND i.position = o.of_position
              WHERE o.lane = ?1 AND o.seq > ?2 ORDER BY o.seq LIMIT ?3",
        )?;
        let mut found = select.query(params![lane, after, rows as i64])?;
        let (mut records, mut held) = (Vec::<Record>::new(), 0);
        while held < bytes
            && let Some(row) = found.next()?
        {
            let expected = after + 1 + records.len() as i64;
            let seq: i64 = row.get(0)?;
            if seq != expected {
                return Err(StoreError::Fatal(format!("the outbox of lane {lane} lacks row {expected}")));
            }
            let record = Record {
                topic: row.get(1)?,
                key: row.get(2)?,
                headers: serde_json::from_str(&row.get::<_, String>(3)?)
                    .map_err(|e| StoreError::Fatal(format!("outbox row {seq} of lane {lane}: headers: {e}")))?,
                bytes: opened(row, &self.keeper, lane)?,
            };
            held += record.bytes.len();
            records.push(record);
        }
        Ok(records)
    }

    fn find(&mut self, source: &Source) -> Result<Option<Owned>, StoreError> {
        mend::find(&self.connection, source)
    }

    fn elsewhere(&mut self, source: &Source) -> Result<Option<(Source, Owned)>, StoreError> {
        mend::elsewhere(&self.connection, source)
    }

    fn input(&mut self, lane: Lane, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
        mend::input(&self.connection, &self.keeper, lane, position)
    }

    fn ruled(&mut self, lanes: &[Lane]) -> Result<Vec<Ruled>, StoreError> {
        held::ruled(&self.connection, &self.keeper, lanes)
    }

    fn stuck(&mut self, id: DocumentId, why: &str) -> Result<(), StoreError> {
        held::stuck(&self.connection, id, why)
    }

    fn conclude(
        &mut self,
        step: &Step,
        ruled: &Ruled,
        outcome: Outcome,
        happened: (DateTime<Utc>, &str),
        pour: &mut Pour<'_>,
    ) -> Result<Added, StoreError> {
        held::conclude(&mut self.connection, &self.keeper, (step, ruled), (outcome, pour), happened)
    }

    fn mend(&mut self, step: &Step, mend: &Mend<'_>) -> Result<(), StoreError> {
        mend::mend(&mut self.connection, &self.keeper, step, mend)
    }
}

/// A row of a source.
fn owned(row: &Row<'_>) -> rusqlite::Result<Owned> {
    Ok(Owned { lane: row.get(0)?, epoch: row.get(1)?, next: row.get(2)?, seq: row.get(3)? })
}

/// Moves a lane, when it still is where this worker left it.
fn take_step(
    tx: &Transaction<'_>,
    trail: &mut Trail,
    step: &Step,
    happened: (DateTime<Utc>, &str, &str),
    detail: Option<&str>,
) -> Result<Added, StoreError> {
    let (seq, number, previous) = tx
        .prepare_cached(
            "UPDATE source SET next = ?4, events = events + 1 WHERE lane = ?1 AND epoch = ?2 AND next = ?3
             RETURNING seq, events, link",
        )?
        .query_row(params![step.lane, step.epoch, step.expected, step.next], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?
        .ok_or(StoreError::NotOwner(step.lane))?;
    trail.begin(Event::new((step.lane, number), happened, (step.expected, step.next), seq, detail), previous);
    Ok(Added { lane: step.lane, seq, records: Vec::new() })
}

/// Puts what happened at the ends of the chains.
fn chain(tx: &Transaction<'_>, trail: Trail, keeper: &Keeper) -> Result<(), StoreError> {
    for Linked { event, previous, keyed_by, link } in trail.finish(&keeper.chain) {
        tx.prepare_cached(
            "INSERT INTO audit_event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            event.lane,
            event.number,
            text(event.at),
            event.actor,
            event.event,
            event.first,
            event.next,
            event.documents,
            event.seq,
            event.detail,
            keyed_by,
            event.outbox,
            event.inputs,
            previous,
            link,
        ])?;
        tx.prepare_cached("UPDATE source SET seq = ?2, link = ?3 WHERE lane = ?1")?
            .execute(params![event.lane, event.seq, link])?;
    }
    Ok(())
}

fn insert_input(tx: &Transaction<'_>, trail: &mut Trail, input: &InputRow<'_>, kept: &Kept) -> Result<(), StoreError> {
    trail.input(input, kept)?;
    tx.prepare_cached("INSERT INTO input VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(params![
        input.lane,
        input.position,
        text(input.received_at),
        kept.bytes,
        input.file,
        kept.codec,
        kept.sealed_by,
        kept.masked.is_some(),
        trace_text(input.trace)?,
    ])?;
    Ok(())
}

/// The bytes of a row of the outbox, as they leave.
fn opened(row: &Row<'_>, keeper: &Keeper, lane: Lane) -> Result<Vec<u8>, StoreError> {
    let kept = |column| row.get_ref(column)?.as_blob().map_err(|e| StoreError::Fatal(format!("outbox: {e}")));
    match row.get(6)? {
        None => {
            let sealed_by: Option<String> = row.get(4)?;
            keeper.open((0, sealed_by.as_deref()), kept(5)?, Owner::Row(lane, row.get(0)?))
        }
        Some(position) => {
            let sealed_by: Option<String> = row.get(8)?;
            keeper.open((row.get(7)?, sealed_by.as_deref()), kept(9)?, Owner::Input(lane, position))
        }
    }
}

fn insert_message(tx: &Transaction<'_>, trail: &mut Trail, document: &DocumentRow<'_>) -> Result<(), StoreError> {
    let DocumentId { lane, position, document: number } = document.id;
    let definition = document.definition.map(|id| id.to_string());
    trail.message(document, definition.as_deref())?;
    tx.prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(params![
        lane,
        position,
        number,
        document.partner,
        definition,
        document.message_id,
        document.hash,
        document.transactions as i64,
        document.sums,
    ])?;
    Ok(())
}

/// Inserts the document's key, or says which document holds it.
fn claim(tx: &Transaction<'_>, document: &DocumentRow<'_>, batch: &Batch<'_>) -> Result<Claim, StoreError> {
    let Some(key) = &document.key else { return Ok(Claim::Free) };
    let DocumentId { lane, position, document: number } = document.id;
    let claimed = tx
        .prepare_cached(
            "INSERT INTO claimed_key VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (scope, partner, kind, key) DO UPDATE
             SET document_hash = excluded.document_hash, lane = excluded.lane, position = excluded.position,
                 document = excluded.document, expires = excluded.expires
             WHERE claimed_key.expires <= ?10",
        )?
        .execute(params![
            key.scope,
            key.partner,
            key.kind,
            key.key,
            document.hash,
            lane,
            position,
            number,
            document.expires.map(text),
            text(batch.decided_at),
        ])?;
    if claimed == 1 {
        return Ok(Claim::Free);
    }
    let (id, hash) = tx
        .prepare_cached(
            "SELECT lane, position, document, document_hash FROM claimed_key
             WHERE scope = ?1 AND partner = ?2 AND kind = ?3 AND key = ?4",
        )?
        .query_row(params![key.scope, key.partner, key.kind, key.key], |row| {
            Ok((DocumentId { lane: row.get(0)?, position: row.get(1)?, document: row.get(2)? }, row.get(3)?))
        })?;
    Ok(Claim::Taken(Holder { id, hash, answer: current_answer(tx, id)? }))
}

fn current_answer(tx: &Transaction<'_>, id: DocumentId) -> Result<Option<Answer>, StoreError> {
    let answer = tx
        .prepare_cached(CURRENT_ANSWER)?
        .query_row(params![id.lane, id.position, id.document], |row| match row.get::<_, Option<String>>(2)? {
            Some(reason) => Ok(Some(Answer::NoneDue(reason))),
            None => match row.get(3)? {
                Some(bytes) => Ok(Some(Answer::Reply(Reply { definition: row.get(0)?, id: row.get(1)?, bytes }))),
                // It was older than what is kept.
                None => Ok(None),
            },
        })
        .optional()?;
    Ok(answer.flatten())
}

/// Writes what was decided. Its statements are prepared once a batch.
struct Writer<'t> {
    tx: &'t Transaction<'t>,
    keeper: &'t Keeper,
    outbox: CachedStatement<'t>,
    verdict: CachedStatement<'t>,
    finding: CachedStatement<'t>,
    transfer: CachedStatement<'t>,
    statement: CachedStatement<'t>,
    decided_at: DateTime<Utc>,
    trail: Trail,
    /// The number of the verdict that is written, and how many findings its document has before.
    number: i64,
    findings: i64,
}

impl<'t> Writer<'t> {
    fn new(
        tx: &'t Transaction<'t>,
        keeper: &'t Keeper,
        decided_at: DateTime<Utc>,
        trail: Trail,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            tx,
            keeper,
            outbox: tx.prepare_cached("INSERT INTO outbox VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?,
            verdict: tx
                .prepare_cached("INSERT INTO verdict VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")?,
            finding: tx.prepare_cached(
                "INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?,
            transfer: tx.prepare_cached("INSERT INTO transfer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?,
            statement: tx.prepare_cached("INSERT INTO statement VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?,
            decided_at,
            trail,
            number: 1,
            findings: 0,
        })
    }

    /// What is written is a document's second verdict.
    fn second(&mut self, id: DocumentId) -> Result<(), StoreError> {
        self.number = 2;
        self.findings = self.count_findings(id)?;
        Ok(())
    }

    fn count_findings(&self, id: DocumentId) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM finding WHERE lane = ?1 AND position = ?2 AND document = ?3";
        Ok(self.tx.query_row(sql, params![id.lane, id.position, id.document], |row| row.get(0))?)
    }

    /// What the audit trail was told meanwhile.
    fn end(self) -> Trail {
        self.trail
    }

    fn write(&mut self, place: Place<'_>, mut outcome: Outcome, added: &mut Added) -> Result<(), StoreError> {
        let id = place.id;
        let answer_seq = match outcome.answer_record.take() {
            Some(record) => Some(self.push(added, record, (Stored::Here, id.position))?),
            None => None,
        };
        self.write_verdict(id, &outcome, answer_seq)?;
        for (finding, number) in outcome.findings.iter().zip(self.findings + 1..) {
            self.write_finding(id, number, finding)?;
        }
        let texts: Vec<Text<'_>> = outcome.transfers.iter().map(|transfer| keep::text(&transfer.json)).collect();
        for ((transfer, text), number) in outcome.transfers.iter().zip(&texts).zip(1..) {
            self.write_transfer(id, number, &transfer.id, text)?;
        }
        for (statement, number) in outcome.statements.iter().zip(1..) {
            self.write_statement(id, number, statement)?;
        }
        for (report, number) in outcome.reports.iter().zip(1..) {
            self.write_report(id, number, report)?;
        }
        let settled = self.keeper.settle(place, &outcome.transfers, &texts, &mut outcome.records);
        for (record, stored) in outcome.records.into_iter().zip(settled) {
            self.push(added, record, (stored, id.position))?;
        }
        Ok(())
    }

    fn write_report(&mut self, id: DocumentId, number: i64, report: &Report) -> Result<(), StoreError> {
        self.trail.report(id, number, report)?;
        let mut insert = self
            .tx
            .prepare_cached("INSERT INTO status_report VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")?;
        insert.execute(params![
            id.lane,
            id.position,
            id.document,
            number,
            report.original_message_id.as_deref(),
            report.original_message_name.as_deref(),
            report.status.as_deref(),
            report.reason.as_deref(),
            report.instruction_id.as_deref(),
            report.end_to_end_id.as_deref(),
            report.transaction_id.as_deref(),
            report.uetr.as_deref(),
        ])?;
        Ok(())
    }

    fn write_transfer(&mut self, id: DocumentId, number: i64, own: &str, text: &Text<'_>) -> Result<(), StoreError> {
        let DocumentId { lane, position, document } = id;
        self.trail.transfer(id, number, own, &text.json)?;
        self.transfer.execute(params![lane, position, document, number, own, text.json, text.masked])?;
        Ok(())
    }

    fn write_statement(&mut self, id: DocumentId, number: i64, json: &str) -> Result<(), StoreError> {
        let text = keep::text(json);
        self.trail.statement(id, number, &text.json)?;
        self.statement.execute(params![id.lane, id.position, id.document, number, text.json, text.masked])?;
        Ok(())
    }

    /// Adds a row to the lane's outbox, and returns its number.
    fn push(&mut self, added: &mut Added, record: Record, stored: (Stored, i64)) -> Result<i64, StoreError> {
        let seq = self.insert(added, &record, stored)?;
        added.records.push(record);
        Ok(seq)
    }

    fn insert(
        &mut self,
        added: &mut Added,
        record: &Record,
        (stored, position): (Stored, i64),
    ) -> Result<i64, StoreError> {
        let seq = added.seq + 1;
        let headers = serde_json::to_string(&record.headers).map_err(|e| StoreError::Refused(e.to_string()))?;
        let (sealed_by, bytes, of_position) = match stored {
            Stored::Input => (None, Cow::Borrowed(&[][..]), Some(position)),
            Stored::Here | Stored::Transfer(_) => (None, Cow::Borrowed(&record.bytes[..]), None),
            Stored::Sealed => {
                let (key, bytes) = self.keeper.seal(record.bytes.clone(), Owner::Row(added.lane, seq))?;
                (key, Cow::Owned(bytes), None)
            }
        };
        self.trail.outbox(
            (added.lane, seq),
            record,
            &headers,
            Bytes {
                sealed_by: sealed_by.as_deref(),
                own: of_position.is_none().then_some(&*bytes),
                of: [of_position, None, None],
            },
        )?;
        let row = params![added.lane, seq, record.topic, record.key, headers, &*bytes, sealed_by, of_position];
        self.outbox.execute(row)?;
        added.seq = seq;
        Ok(seq)
    }

    fn write_verdict(&mut self, id: DocumentId, outcome: &Outcome, answer_seq: Option<i64>) -> Result<(), StoreError> {
        let (definition, reply_id, none_due) = match &outcome.answer {
            Answer::Reply(reply) => (Some(reply.definition.as_str()), Some(reply.id.as_str()), None),
            Answer::NoneDue(reason) => (None, None, Some(reason.as_str())),
        };
        self.trail.verdict((id, self.number), outcome, answer_seq, self.decided_at)?;
        self.verdict.execute(params![
            id.lane,
            id.position,
            id.document,
            self.number,
            verdict_name(outcome.verdict),
            text(self.decided_at),
            definition,
            reply_id,
            answer_seq.map(|_| id.lane),
            answer_seq,
            none_due,
            outcome.schema_hash,
        ])?;
        Ok(())
    }

    fn write_finding(&mut self, id: DocumentId, number: i64, finding: &Finding) -> Result<(), StoreError> {
        self.trail.finding(id, number, finding)?;
        let place = finding.place.as_ref();
        self.finding.execute(params![
            id.lane,
            id.position,
            id.document,
            number,
            finding.rule.id(),
            severity_name(finding.severity),
            transaction(finding.scope),
            place.map(|p| p.path.as_str()),
            place.map(|p| p.line as i64),
            place.map(|p| p.column as i64),
            finding.found,
            finding.expected,
            finding.text,
            self.number,
        ])?;
        Ok(())
    }
}

/// A time as it is stored: one width, so that text order is time order.
fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl From<rusqlite::Error> for StoreError {
    /// The two families: a value that is refused would be refused again; all else is the world's and may pass.
    fn from(error: rusqlite::Error) -> Self {
        let text = format!("database: {error}");
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
                StoreError::Refused(text)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ReadOnly) => StoreError::Fatal(text),
            Some(_) => StoreError::Retry(text),
            // What SQLite itself never saw: a value that can't be bound, a column that is not what the code expects.
            None => StoreError::Refused(text),
        }
    }
}
