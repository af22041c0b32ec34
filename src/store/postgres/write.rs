//! The rows of a batch: one COPY a table, sent when it holds much and at the end.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::MOST_BYTES;
use super::copy::Copy;
use super::session::Session;
use super::statements::{Statements, Table};
use crate::broker::Record;
use crate::finding::Finding;
use crate::message::Report;
use crate::store::audit::{Bytes, Link, Linked, Trail, severity_name, transaction};
use crate::store::held::trace_text;
use crate::store::keep::{Keeper, Kept, Owner, Place, Stored, Text, text};
use crate::store::{
    Added, Answer, DocumentId, DocumentRow, InputRow, Lane, Outcome, Rows, StoreError, TransferRow, verdict_name,
};

/// From so many bytes on the rows of a table are sent.
const FULL: usize = 4 << 20;

/// The longest id that a message can have.
const LONGEST_ID: usize = 140;

/// Writes the rows of one batch.
pub(super) struct Writer<'s> {
    session: &'s Session,
    keeper: &'s Keeper,
    statements: &'s Statements,
    rows: [Copy; Table::ALL.len()],
    pub(super) decided_at: DateTime<Utc>,
    /// What the audit trail is told.
    pub(super) trail: Trail,
    /// The lanes that move, each with what was added to its outbox.
    pub(super) lanes: Vec<Added>,
    /// The ids of transfers, of which none may be booked twice.
    transfers: HashSet<String>,
    /// How many findings documents have, where they have some.
    findings: HashMap<DocumentId, i32>,
    /// The number of the verdict that is written.
    number: i32,
}

impl<'s> Writer<'s> {
    pub(super) fn new(
        session: &'s Session,
        statements: &'s Statements,
        keeper: &'s Keeper,
        decided_at: DateTime<Utc>,
    ) -> Self {
        let (rows, trail, lanes, transfers) = (Default::default(), Trail::default(), Vec::new(), HashSet::new());
        let (findings, number) = (HashMap::new(), 1);
        Self { session, keeper, statements, rows, decided_at, trail, lanes, transfers, findings, number }
    }

    /// What is written is the second verdict of a document, which has so many findings of the first one.
    pub(super) fn second(&mut self, id: DocumentId, findings: i32) {
        self.number = 2;
        self.findings.insert(id, findings);
    }

    fn table(&mut self, table: Table) -> &mut Copy {
        &mut self.rows[table as usize]
    }

    pub(super) fn input(&mut self, input: &InputRow<'_>, kept: &Kept) -> Result<(), StoreError> {
        fits("an input", kept.bytes.len())?;
        self.trail.input(input, kept)?;
        self.table(Table::Input)
            .row(9)
            .time(input.received_at)
            .int8(input.lane)
            .int8(input.position)
            .int2(kept.codec)
            .maybe(kept.sealed_by.as_deref(), Copy::text)
            .boolean(kept.masked.is_some())
            .bytes(&kept.bytes)
            .maybe(input.file, Copy::text)
            .maybe(trace_text(input.trace)?.as_deref(), Copy::text);
        self.send_full(Table::Input)
    }

    pub(super) fn message(&mut self, document: &DocumentRow<'_>, received_at: DateTime<Utc>) -> Result<(), StoreError> {
        let length = document.message_id.map_or(1, |id| id.chars().count());
        if length == 0 || length > LONGEST_ID {
            let text = format!("database: the message id has {length} characters, 1 to {LONGEST_ID} can be stored");
            return Err(StoreError::Refused(text));
        }
        let definition = document.definition.map(|id| id.to_string());
        self.trail.message(document, definition.as_deref())?;
        self.document(Table::Message, 10, document.id, received_at)
            .int8(document.transactions as i64)
            .text(document.partner)
            .maybe(definition.as_deref(), Copy::text)
            .maybe(document.message_id, Copy::text)
            .bytes(&document.hash)
            .maybe(document.sums, Copy::text);
        Ok(())
    }

    /// Begins a row that is about a document.
    fn document(&mut self, table: Table, columns: i16, id: DocumentId, received_at: DateTime<Utc>) -> &mut Copy {
        let DocumentId { lane, position, document } = id;
        self.table(table).row(columns).time(received_at).int8(lane).int8(position).int4(document as i32)
    }

    /// Writes what was decided of a document.
    pub(super) fn outcome(&mut self, place: Place<'_>, mut outcome: Outcome) -> Result<(), StoreError> {
        let answer = match outcome.answer_record.take() {
            Some(record) => Some(self.leave(place, record, Stored::Here)?),
            None => None,
        };
        self.verdict(place, &outcome, answer)?;
        for finding in &outcome.findings {
            self.finding(place, finding)?;
        }
        let texts: Vec<Text<'_>> = outcome.transfers.iter().map(|transfer| text(&transfer.json)).collect();
        for ((transfer, text), number) in outcome.transfers.iter().zip(&texts).zip(1..) {
            if !self.transfers.insert(transfer.id.clone()) {
                return Err(StoreError::Refused(format!("database: the transfer {} stands there twice", transfer.id)));
            }
            self.transfer(place, number, &transfer.id, text)?;
        }
        for (statement, number) in outcome.statements.iter().zip(1..) {
            self.statement(place, number, statement)?;
        }
        for (report, number) in outcome.reports.iter().zip(1..) {
            self.report(place, number, report)?;
        }
        let settled = self.keeper.settle(place, &outcome.transfers, &texts, &mut outcome.records);
        for (record, stored) in outcome.records.into_iter().zip(settled) {
            self.leave(place, record, stored)?;
        }
        Ok(())
    }

    /// Adds a row to a lane's outbox, and returns its number.
    fn leave(&mut self, place: Place<'_>, record: Record, stored: Stored) -> Result<i64, StoreError> {
        let seq = self.outbox(place, &record, stored)?;
        self.lane(place.id.lane)?.records.push(record);
        Ok(seq)
    }

    fn outbox(&mut self, place: Place<'_>, record: &Record, stored: Stored) -> Result<i64, StoreError> {
        let Place { id: DocumentId { lane, position, document }, received_at, .. } = place;
        fits("a record", record.bytes.len())?;
        let headers = serde_json::to_string(&record.headers).map_err(|e| StoreError::Refused(e.to_string()))?;
        let added = self.lane(lane)?;
        added.seq += 1;
        let seq = added.seq;
        let (sealed_by, own) = match stored {
            Stored::Transfer(_) | Stored::Input => (None, None),
            Stored::Here => (None, Some(Cow::Borrowed(&record.bytes))),
            Stored::Sealed => {
                let (key, bytes) = self.keeper.seal(record.bytes.clone(), Owner::Row(lane, seq))?;
                (key, Some(Cow::Owned(bytes)))
            }
        };
        let elsewhere = own.is_none();
        let transfer = if let Stored::Transfer(number) = stored { Some(number) } else { None };
        self.trail.outbox(
            (lane, seq),
            record,
            &headers,
            Bytes {
                sealed_by: sealed_by.as_deref(),
                own: own.as_ref().map(|bytes| &bytes[..]),
                of: [elsewhere.then_some(position), elsewhere.then_some(document.into()), transfer.map(i64::from)],
            },
        )?;
        self.table(Table::Outbox)
            .row(12)
            .int8(lane)
            .int8(seq)
            .int8(record.bytes.len() as i64)
            .maybe(elsewhere.then_some(received_at), Copy::time)
            .maybe(elsewhere.then_some(position), Copy::int8)
            .maybe(elsewhere.then_some(document as i32), Copy::int4)
            .maybe(transfer, Copy::int4)
            .text(&record.topic)
            .text(&record.key)
            .text(&headers)
            .maybe(sealed_by.as_deref(), Copy::text)
            .maybe(own.as_ref().map(|bytes| &bytes[..]), Copy::bytes);
        self.send_full(Table::Outbox)?;
        Ok(seq)
    }

    fn lane(&mut self, lane: Lane) -> Result<&mut Added, StoreError> {
        let found = self.lanes.iter_mut().find(|added| added.lane == lane);
        found.ok_or_else(|| StoreError::Fatal(format!("no step for lane {lane}")))
    }

    fn verdict(&mut self, place: Place<'_>, outcome: &Outcome, answer: Option<i64>) -> Result<(), StoreError> {
        let (definition, reply_id, none_due) = match &outcome.answer {
            Answer::Reply(reply) => (Some(&reply.definition[..]), Some(&reply.id[..]), None),
            Answer::NoneDue(reason) => (None, None, Some(&reason[..])),
        };
        let schema = outcome.schema_hash.as_deref().map(unhex).transpose()?;
        let decided_at = self.decided_at;
        let number = self.number;
        self.trail.verdict((place.id, number.into()), outcome, answer, decided_at)?;
        self.document(Table::Verdict, 13, place.id, place.received_at)
            .int4(number)
            .time(decided_at)
            .maybe(answer.map(|_| place.id.lane), Copy::int8)
            .maybe(answer, Copy::int8)
            .text(verdict_name(outcome.verdict))
            .maybe(definition, Copy::text)
            .maybe(reply_id, Copy::text)
            .maybe(none_due, Copy::text)
            .maybe(schema.as_ref().map(|hash| &hash[..]), Copy::bytes);
        Ok(())
    }

    pub(super) fn finding(&mut self, place: Place<'_>, finding: &Finding) -> Result<(), StoreError> {
        let number = self.findings.entry(place.id).or_default();
        *number += 1;
        let number = *number;
        self.trail.finding(place.id, number.into(), finding)?;
        let at = finding.place.as_ref();
        let verdict = self.number;
        self.document(Table::Finding, 15, place.id, place.received_at)
            .int4(number)
            .text(finding.rule.id())
            .text(severity_name(finding.severity))
            .maybe(transaction(finding.scope), Copy::int8)
            .maybe(at.map(|place| &place.path[..]), Copy::text)
            .maybe(at.map(|place| place.line as i64), Copy::int8)
            .maybe(at.map(|place| place.column as i64), Copy::int8)
            .maybe(finding.found.as_deref(), Copy::text)
            .maybe(finding.expected.as_deref(), Copy::text)
            .text(&finding.text)
            .int4(verdict);
        self.send_full(Table::Finding)
    }

    fn transfer(&mut self, place: Place<'_>, number: i32, id: &str, text: &Text<'_>) -> Result<(), StoreError> {
        self.trail.transfer(place.id, number.into(), id, &text.json)?;
        self.document(Table::Transfer, 8, place.id, place.received_at)
            .int4(number)
            .boolean(text.masked)
            .text(id)
            .text(&text.json);
        self.send_full(Table::Transfer)
    }

    fn statement(&mut self, place: Place<'_>, number: i32, json: &str) -> Result<(), StoreError> {
        fits("a statement", json.len())?;
        let text = text(json);
        self.trail.statement(place.id, number.into(), &text.json)?;
        self.document(Table::Statement, 7, place.id, place.received_at)
            .int4(number)
            .boolean(text.masked)
            .text(&text.json);
        self.send_full(Table::Statement)
    }

    fn report(&mut self, place: Place<'_>, number: i32, report: &Report) -> Result<(), StoreError> {
        self.trail.report(place.id, number.into(), report)?;
        self.document(Table::StatusReport, 13, place.id, place.received_at)
            .int4(number)
            .maybe(report.original_message_id.as_deref(), Copy::text)
            .maybe(report.original_message_name.as_deref(), Copy::text)
            .maybe(report.status.as_deref(), Copy::text)
            .maybe(report.reason.as_deref(), Copy::text)
            .maybe(report.instruction_id.as_deref(), Copy::text)
            .maybe(report.end_to_end_id.as_deref(), Copy::text)
            .maybe(report.transaction_id.as_deref(), Copy::text)
            .maybe(report.uetr.as_deref(), Copy::text);
        self.send_full(Table::StatusReport)
    }

    /// Writes what happened, at the end of its chain.
    fn event(&mut self, Linked { event, previous, keyed_by, link }: &Linked) {
        self.table(Table::AuditEvent)
            .row(15)
            .int8(event.lane)
            .int8(event.number)
            .time(event.at)
            .text(&event.actor)
            .text(&event.event)
            .int8(event.first)
            .int8(event.next)
            .int8(event.documents)
            .int8(event.seq)
            .maybe(event.detail.as_deref(), Copy::text)
            .maybe(keyed_by.as_deref(), Copy::text)
            .bytes(&event.outbox)
            .bytes(&event.inputs)
            .maybe(previous.as_ref().map(|link| &link[..]), Copy::bytes)
            .bytes(link);
    }

    /// Sends the rows of a table when they have become many.
    fn send_full(&mut self, table: Table) -> Result<(), StoreError> {
        if self.rows[table as usize].len() < FULL { Ok(()) } else { self.send(table) }
    }

    fn send(&mut self, table: Table) -> Result<(), StoreError> {
        match self.rows[table as usize].take() {
            Some(rows) => self.session.copy(&self.statements.copies[table as usize], rows),
            None => Ok(()),
        }
    }

    /// Sends all that is left, and returns the new link of each lane.
    pub(super) fn finish(&mut self) -> Result<Vec<Link>, StoreError> {
        let events = std::mem::take(&mut self.trail).finish(&self.keeper.chain);
        events.iter().for_each(|linked| self.event(linked));
        Table::ALL.into_iter().try_for_each(|table| self.send(table))?;
        Ok(events.into_iter().map(|linked| linked.link).collect())
    }
}

/// Writes rows as they come, behind those that are there.
pub(super) struct Pouring<'w, 's> {
    writer: &'w mut Writer<'s>,
    /// Where the documents stand.
    places: &'w [Place<'w>],
    /// The document that the last row was of, and how many rows it has.
    document: Option<DocumentId>,
    transfers: i32,
    statements: i32,
}

impl<'w, 's> Pouring<'w, 's> {
    pub(super) fn new(writer: &'w mut Writer<'s>, places: &'w [Place<'w>]) -> Self {
        Self { writer, places, document: None, transfers: 0, statements: 0 }
    }

    /// Where the document stands. Counts anew with each.
    fn place(&mut self, id: DocumentId) -> Result<Place<'w>, StoreError> {
        if self.document.replace(id) != Some(id) {
            (self.transfers, self.statements) = (0, 0);
        }
        let place = self.places.iter().find(|place| place.id == id).copied();
        place.ok_or_else(|| StoreError::Fatal(format!("a row of {id:?}, which is not there")))
    }
}

impl Rows for Pouring<'_, '_> {
    fn transfer(&mut self, id: DocumentId, transfer: &TransferRow, mut record: Record) -> Result<(), StoreError> {
        let place = self.place(id)?;
        self.transfers += 1;
        let number = self.transfers;
        let text = text(&transfer.json);
        self.writer.transfer(place, number, &transfer.id, &text)?;
        let stored = match transfer.json.as_bytes() == record.bytes {
            true => self.writer.keeper.settle_transfer(number, &text, &mut record),
            false => Stored::Here,
        };
        self.writer.outbox(place, &record, stored).map(drop)
    }

    fn statement(&mut self, id: DocumentId, json: &str) -> Result<(), StoreError> {
        let place = self.place(id)?;
        self.statements += 1;
        let number = self.statements;
        self.writer.statement(place, number, json)
    }

    fn finding(&mut self, id: DocumentId, finding: &Finding) -> Result<(), StoreError> {
        let place = self.place(id)?;
        self.writer.finding(place, finding)
    }
}

/// Refuses what no row can hold, before the database does in a less certain way.
fn fits(what: &str, bytes: usize) -> Result<(), StoreError> {
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(StoreError::Refused(format!("database: {what} has {bytes} bytes, {MOST_BYTES} can be stored")))
}

/// The 32 bytes that 64 hexadecimal digits stand for.
fn unhex(text: &str) -> Result<[u8; 32], StoreError> {
    let refused = || StoreError::Refused(format!("database: {text:?} is no hash"));
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return Err(refused());
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| refused())?;
    }
    Ok(bytes)
}
