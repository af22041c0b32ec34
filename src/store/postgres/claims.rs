//! Who holds which key. A batch asks once for all its keys, each of them once; what its own documents are to each other is
//! settled here.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::session::Session;
use super::statements::Statements;
use crate::store::{Answer, Batch, Claim, DocumentId, DocumentRow, Holder, Key, Reply, StoreError};

/// The keys of a batch.
pub(super) struct Keys<'b> {
    documents: &'b [DocumentRow<'b>],
    /// What each document may claim while no other holds its key.
    claims: Vec<Claim>,
    /// The document that is to have each key, in the order of the keys.
    holders: Vec<(&'b Key, usize)>,
    columns: Columns<'b>,
}

/// The keys as the database takes them.
#[derive(Default)]
struct Columns<'b> {
    keys: Vec<&'b str>,
    partners: Vec<&'b str>,
    kinds: Vec<&'b str>,
    scopes: Vec<&'b str>,
    hashes: Vec<&'b [u8]>,
    lanes: Vec<i64>,
    positions: Vec<i64>,
    documents: Vec<i32>,
    received: Vec<DateTime<Utc>>,
    expires: Vec<Option<DateTime<Utc>>>,
}

impl<'b> Keys<'b> {
    /// `received` says when the input of each document was received.
    pub(super) fn new(batch: &'b Batch<'b>, received: &[DateTime<Utc>]) -> Self {
        let documents = &batch.documents[..];
        let mut first: HashMap<&Key, usize> = HashMap::with_capacity(documents.len());
        let mut claim = |(index, document): (usize, &'b DocumentRow<'b>)| {
            let Some(key) = &document.key else { return Claim::Free };
            match first.get(key).map(|holder| &documents[*holder]) {
                Some(holder) if holder.expires.is_none_or(|expires| expires > batch.decided_at) => {
                    Claim::Taken(Holder { id: holder.id, hash: holder.hash, answer: None })
                }
                _ => {
                    first.insert(key, index);
                    Claim::Free
                }
            }
        };
        let claims = documents.iter().enumerate().map(&mut claim).collect();
        let mut holders: Vec<(&Key, usize)> = first.into_iter().collect();
        // One order for all workers, and that of the index.
        holders.sort_unstable_by_key(|(Key { scope, partner, kind, key }, _)| (key, partner, kind, scope));
        let columns = Columns::new(documents, &holders, received);
        Self { documents, claims, holders, columns }
    }

    /// Claims all keys, and says how many are now the batch's.
    pub(super) async fn claim(
        &self,
        session: &Session,
        statements: &Statements,
        decided_at: DateTime<Utc>,
    ) -> Result<u64, tokio_postgres::Error> {
        let c = &self.columns;
        if c.keys.is_empty() {
            return Ok(0);
        }
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 11] = [
            &c.keys,
            &c.partners,
            &c.kinds,
            &c.scopes,
            &c.hashes,
            &c.lanes,
            &c.positions,
            &c.documents,
            &c.received,
            &c.expires,
            &decided_at,
        ];
        session.client.execute(&statements.claim, &values).await
    }

    /// What became of each document's claim, when so many of the keys are the batch's.
    pub(super) fn settle(
        mut self,
        claimed: u64,
        session: &Session,
        statements: &Statements,
    ) -> Result<Vec<Claim>, StoreError> {
        if claimed == self.holders.len() as u64 {
            return Ok(self.claims);
        }
        let c = &self.columns;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&c.keys, &c.partners, &c.kinds, &c.scopes, &c.lanes, &c.positions, &c.documents];
        let rows = session.run(session.client.query(&statements.held, &values))?;
        let mut held: HashMap<&Key, Holder> = HashMap::with_capacity(rows.len());
        for row in &rows {
            let number: i64 = row.try_get(0)?;
            let (key, _) = self.holders[number as usize - 1];
            held.insert(key, holder(row)?);
        }
        for (document, claim) in self.documents.iter().zip(&mut self.claims) {
            if let Some(holder) = document.key.as_ref().and_then(|key| held.get(key)) {
                *claim = Claim::Taken(holder.clone());
            }
        }
        Ok(self.claims)
    }
}

impl<'b> Columns<'b> {
    fn new(documents: &'b [DocumentRow<'b>], holders: &[(&'b Key, usize)], received: &[DateTime<Utc>]) -> Self {
        let mut columns = Self::default();
        for (key, index) in holders {
            let document = &documents[*index];
            columns.keys.push(&key.key);
            columns.partners.push(&key.partner);
            columns.kinds.push(&key.kind);
            columns.scopes.push(key.scope);
            columns.hashes.push(&document.hash);
            columns.lanes.push(document.id.lane);
            columns.positions.push(document.id.position);
            columns.documents.push(document.id.document as i32);
            columns.received.push(received[*index]);
            columns.expires.push(document.expires);
        }
        columns
    }
}

fn holder(row: &Row) -> Result<Holder, StoreError> {
    let id =
        DocumentId { lane: row.try_get(1)?, position: row.try_get(2)?, document: row.try_get::<_, i32>(3)? as u32 };
    let hash: &[u8] = row.try_get(4)?;
    let hash = hash.try_into().map_err(|_| StoreError::Fatal(format!("claimed_key: the hash of {id:?} is none")))?;
    let (none_due, definition): (Option<String>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    let answer = match (none_due, definition, row.try_get(8)?) {
        (Some(reason), ..) => Some(Answer::NoneDue(reason)),
        (None, Some(definition), Some(bytes)) => Some(Answer::Reply(Reply { definition, id: row.try_get(7)?, bytes })),
        // It was older than what is kept.
        (None, ..) => None,
    };
    Ok(Holder { id, hash, answer })
}
