//! What is poured into an open transaction.

use super::Writer;
use crate::broker::Record;
use crate::finding::Finding;
use crate::store::keep::{self, Stored};
use crate::store::{Added, DocumentId, Rows, StoreError, TransferRow};

/// Writes rows as they come, behind those that are there.
pub(super) struct Poured<'w, 't> {
    writer: &'w mut Writer<'t>,
    lanes: &'w mut [Added],
    /// The document that the last row was of, and how many rows it has.
    document: Option<DocumentId>,
    transfers: i64,
    statements: i64,
}

impl Rows for Poured<'_, '_> {
    fn transfer(&mut self, id: DocumentId, transfer: &TransferRow, mut record: Record) -> Result<(), StoreError> {
        self.number(id);
        self.transfers += 1;
        let number = self.transfers;
        let text = keep::text(&transfer.json);
        self.writer.write_transfer(id, number, &transfer.id, &text)?;
        let stored = match transfer.json.as_bytes() == record.bytes {
            true => self.writer.keeper.settle_transfer(number as i32, &text, &mut record),
            false => Stored::Here,
        };
        match self.lanes.iter_mut().find(|added| added.lane == id.lane) {
            Some(added) => self.writer.insert(added, &record, (stored, id.position)).map(drop),
            None => Err(StoreError::Fatal(format!("no step for lane {}", id.lane))),
        }
    }

    fn statement(&mut self, id: DocumentId, json: &str) -> Result<(), StoreError> {
        self.number(id);
        self.statements += 1;
        let number = self.statements;
        self.writer.write_statement(id, number, json)
    }

    fn finding(&mut self, id: DocumentId, finding: &Finding) -> Result<(), StoreError> {
        let before = self.writer.count_findings(id)?;
        self.writer.write_finding(id, before + 1, finding)
    }
}

impl<'w, 't> Poured<'w, 't> {
    pub(super) fn new(writer: &'w mut Writer<'t>, lanes: &'w mut [Added]) -> Self {
        Self { writer, lanes, document: None, transfers: 0, statements: 0 }
    }

    /// Counts anew with each document.
    fn number(&mut self, id: DocumentId) {
        if self.document.replace(id) != Some(id) {
            (self.transfers, self.statements) = (0, 0);
        }
    }
}
