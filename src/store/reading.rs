//! What is read of a store when it is looked at as a whole: rows of named queries, in order, one at a time. Must not know what they
//! are read for.

use std::collections::BTreeMap;

pub use super::audit::{Table, Value};
use super::{Lane, StoreError};

/// What is done with a row.
pub type Take<'t> = dyn FnMut(&[Value<'_>]) -> Result<(), StoreError> + 't;

/// A store that can be read as a whole.
pub trait Reading {
    /// All that is read from here on is of one moment.
    fn snapshot(&mut self) -> Result<(), StoreError>;

    /// Takes each row that a query gives.
    fn each(&mut self, query: Query, values: &[i64], take: &mut Take<'_>) -> Result<(), StoreError>;
}

/// A query, and what its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// Every source.
    Sources,
    /// The events of a lane after a number: at most so many, and none further once their digests have so many bytes.
    Events,
    /// The rows of a table of a lane, from a position on and before another one, in order.
    Rows(Table),
    /// The inputs that were set aside, likewise.
    SetAside,
    /// The outbox of a lane after a number and up to another one, in order.
    Outbox,
    /// The answers of documents, as they left, from a position of a lane on and before another one.
    Answers,
    /// Of each lane the first and the last position that were received from a moment on and before another one.
    Spans,
    /// The first position of a lane that was received from the beginning of a month on.
    Since,
    /// Each document that is held: where it stands, whose it is, since when, and why what was decided of it can't be done.
    Held,
    /// The events of a lane after a number, at most so many, without what they tell of.
    Steps,
    /// The positions of a lane, from one on and before another one, whose inputs were set aside, or of which documents were held, and
    /// then how many.
    Open,
    /// The first row of a table in the lanes from one up to another one.
    First(Table),
}

/// Of each lane the first and the last position that were received from a moment on and before another one, in microseconds.
///
/// # Errors
/// When the store can't be read.
pub fn spans(store: &mut dyn Reading, from: i64, to: i64) -> Result<BTreeMap<Lane, (i64, i64)>, StoreError> {
    let mut spans = BTreeMap::new();
    store.each(Query::Spans, &[from, to], &mut |row| {
        spans.insert(row[0].int()?, (row[1].int()?, row[2].int()?));
        Ok(())
    })?;
    Ok(spans)
}

/// How the databases differ in what is read.
pub(super) struct Dialect {
    /// The microseconds since 1970 of a column that holds a time.
    pub(super) time: fn(&str) -> String,
    /// The same of a value that is such a number, to be compared with the column.
    pub(super) moment: fn(&str) -> String,
    /// The hexadecimal digits of a column that holds a hash.
    pub(super) hex: fn(&str) -> String,
    /// Where a row of the outbox leads, besides a position: a document and a transfer.
    pub(super) leads_to: &'static str,
}

impl Query {
    /// The query in SQL. Its values are `?1`, `?2` and so on.
    pub(super) fn sql(self, dialect: &Dialect) -> String {
        let Dialect { time, moment, hex, leads_to } = dialect;
        match self {
            Self::Sources => {
                "SELECT lane, topic, partition, next, seq, events, link, partner, cut FROM source ORDER BY lane".to_owned()
            }
            Self::Events => format!(
                "SELECT number, {}, actor, event, first, next, documents, seq, detail, keyed_by, outbox, inputs,
                        previous_link, link
                   FROM (SELECT *, sum(length(inputs)) OVER (ORDER BY number) - length(inputs) AS before
                           FROM (SELECT * FROM audit_event WHERE lane = ?1 AND number > ?2 ORDER BY number LIMIT ?3) w) e
                  WHERE before < ?4 ORDER BY number",
                time("at")
            ),
            Self::Rows(table) => {
                let columns = match table {
                    Table::Input => format!("0, {}, codec, sealed_by, masked, bytes, file", time("received_at")),
                    Table::Message => {
                        "document, partner, definition, message_id, document_hash, transactions, sums".to_owned()
                    }
                    Table::Verdict => format!(
                        "document, number, verdict, {}, reply_definition, reply_id, answer_lane, answer_seq, none_due, {}",
                        time("decided_at"),
                        hex("schema_hash")
                    ),
                    Table::Finding => {
                        "document, number, rule, severity, txn, path, line, col, found, expected, text, verdict".to_owned()
                    }
                    Table::Transfer => "document, number, id, json".to_owned(),
                    Table::Statement => "document, number, json".to_owned(),
                    Table::Report => {
                        "document, number, original_message_id, original_message_name, status, reason,
                         original_instruction_id, original_end_to_end_id, original_transaction_id, original_uetr"
                            .to_owned()
                    }
                    Table::Decision => format!("document, number, {}, actor, act, reason", time("at")),
                };
                let order = match table {
                    Table::Input => "position",
                    Table::Message => "position, document",
                    _ => "position, document, number",
                };
                format!(
                    "SELECT position, {columns} FROM {} WHERE lane = ?1 AND position >= ?2 AND position < ?3 ORDER BY {order}",
                    name(table)
                )
            }
            Self::SetAside => {
                "SELECT position, reason FROM set_aside WHERE lane = ?1 AND position >= ?2 AND position < ?3
                  ORDER BY position"
                    .to_owned()
            }
            Self::Outbox => format!(
                "SELECT seq, topic, key, headers, sealed_by, CASE WHEN of_position IS NULL THEN bytes END, of_position, {leads_to}
                   FROM outbox WHERE lane = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq"
            ),
            Self::Answers => {
                "SELECT v.position, v.document, o.bytes
                   FROM verdict v JOIN outbox o ON o.lane = v.answer_lane AND o.seq = v.answer_seq
                  WHERE v.lane = ?1 AND v.position >= ?2 AND v.position < ?3 ORDER BY v.position, v.document, v.number"
                    .to_owned()
            }
            // All lanes at once: a query for each would go through what was received in the time once more.
            Self::Spans => format!(
                "SELECT lane, min(position), max(position) FROM input WHERE {at} >= {} AND {at} < {}
                  GROUP BY lane ORDER BY lane",
                moment("?1"),
                moment("?2"),
                at = time("received_at"),
            ),
            Self::Since => format!(
                "SELECT min(position) FROM input WHERE lane = ?1 AND {} >= {}",
                time("received_at"),
                moment("?2"),
            ),
            Self::Held => format!(
                "SELECT v.lane, v.position, v.document, s.topic, s.partition, m.partner, m.definition, m.message_id, {},
                        (SELECT d.trouble FROM decision d
                          WHERE d.lane = v.lane AND d.position = v.position AND d.document = v.document AND d.act = 'confirm')
                   FROM verdict v
                   JOIN source s ON s.lane = v.lane
                   JOIN message m ON m.lane = v.lane AND m.position = v.position AND m.document = v.document
                  WHERE v.verdict = 'held' AND NOT EXISTS (
                        SELECT 1 FROM verdict l
                         WHERE l.lane = v.lane AND l.position = v.position AND l.document = v.document AND l.number > v.number)
                  ORDER BY v.decided_at, v.lane, v.position, v.document",
                time("v.decided_at")
            ),
            Self::Steps => format!(
                "SELECT number, {}, first, next, seq, keyed_by, link, event, previous_link FROM audit_event
                  WHERE lane = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
                time("at")
            ),
            Self::Open => {
                "SELECT position, CAST(NULL AS bigint) FROM set_aside WHERE lane = ?1 AND position >= ?2 AND position < ?3
                  UNION ALL
                 SELECT position, count(*) FROM verdict
                  WHERE lane = ?1 AND position >= ?2 AND position < ?3 AND verdict = 'held' GROUP BY position"
                    .to_owned()
            }
            // As the index has them.
            Self::First(table) => format!(
                "SELECT lane, position FROM {} WHERE lane >= ?1 AND lane <= ?2 ORDER BY lane, position LIMIT 1",
                name(table)
            ),
        }
    }
}

/// A table's name.
pub(super) const fn name(table: Table) -> &'static str {
    match table {
        Table::Input => "input",
        Table::Message => "message",
        Table::Verdict => "verdict",
        Table::Finding => "finding",
        Table::Transfer => "transfer",
        Table::Statement => "statement",
        Table::Report => "status_report",
        Table::Decision => "decision",
    }
}

impl Value<'_> {
    /// The number that it is.
    ///
    /// # Errors
    /// When it is another one.
    pub fn int(&self) -> Result<i64, StoreError> {
        self.maybe_int()?.ok_or_else(|| self.not("a number"))
    }

    /// The number that it is, if any.
    ///
    /// # Errors
    /// When it is another one.
    pub fn maybe_int(&self) -> Result<Option<i64>, StoreError> {
        match self {
            Value::Int(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            _ => Err(self.not("a number")),
        }
    }

    /// The text that it is, if any.
    ///
    /// # Errors
    /// When it is another one.
    pub fn maybe_text(&self) -> Result<Option<&str>, StoreError> {
        match self {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(self.not("a text")),
        }
    }

    /// The text that it is.
    ///
    /// # Errors
    /// When it is another one.
    pub fn text(&self) -> Result<&str, StoreError> {
        self.maybe_text()?.ok_or_else(|| self.not("a text"))
    }

    /// The bytes that it is, if any.
    ///
    /// # Errors
    /// When it is another one.
    pub fn maybe_bytes(&self) -> Result<Option<&[u8]>, StoreError> {
        match self {
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            _ => Err(self.not("bytes")),
        }
    }

    /// The bytes that it is.
    ///
    /// # Errors
    /// When it is another one.
    pub fn bytes(&self) -> Result<&[u8], StoreError> {
        self.maybe_bytes()?.ok_or_else(|| self.not("bytes"))
    }

    /// Never quotes what it is: that may be a customer's.
    fn not(&self, what: &str) -> StoreError {
        StoreError::Fatal(format!("database: a column does not hold {what}"))
    }
}
