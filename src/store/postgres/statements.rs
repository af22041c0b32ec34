//! Every statement of a batch, prepared once a session. Their number does not depend on the size of the batch.

use tokio_postgres::{Client, Error, Statement};

use super::held::RULED;

/// Moves the lanes that still are where this worker left them.
const MOVE: &str = "
    UPDATE source s SET next = k.next, events = s.events + 1
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS k(lane, epoch, expected, next)
     WHERE s.lane = k.lane AND s.epoch = k.epoch AND s.next = k.expected
    RETURNING s.lane, s.seq, s.events, s.link";

/// Claims keys that are in one order for all workers, so that two never wait for each other. A key that has expired is taken
/// over. How many rows it changes says whether another document holds one.
const CLAIM: &str = "
    INSERT INTO claimed_key AS held (key, partner, kind, scope, document_hash, lane, position, document, received_at, expires)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[],
                         $8::integer[], $9::timestamptz[], $10::timestamptz[])
    ON CONFLICT (key, partner, kind, scope) DO UPDATE
       SET document_hash = excluded.document_hash, lane = excluded.lane, position = excluded.position,
           document = excluded.document, received_at = excluded.received_at, expires = excluded.expires
     WHERE held.expires <= $11::timestamptz";

/// The documents that hold keys which these documents are after, each with its current answer.
const HELD: &str = "
    SELECT k.number, c.lane, c.position, c.document, c.document_hash, v.none_due, v.reply_definition, v.reply_id, o.bytes
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[])
           WITH ORDINALITY AS k(key, partner, kind, scope, lane, position, document, number)
      JOIN claimed_key c ON c.key = k.key COLLATE \"C\" AND c.partner = k.partner COLLATE \"C\"
                        AND c.kind = k.kind COLLATE \"C\" AND c.scope = k.scope COLLATE \"C\"
      LEFT JOIN LATERAL (
           SELECT v.* FROM verdict v
            WHERE v.received_at = c.received_at AND v.lane = c.lane AND v.position = c.position AND v.document = c.document
            ORDER BY v.number DESC LIMIT 1) v ON true
      LEFT JOIN outbox o ON o.lane = v.answer_lane AND o.seq = v.answer_seq
     WHERE (c.lane, c.position, c.document) <> (k.lane, k.position, k.document)";

/// Notes the last number of each lane's outbox, and the last link of its audit trail.
const NUMBER: &str = "
    UPDATE source s SET seq = k.seq, link = k.link
      FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS k(lane, seq, link) WHERE s.lane = k.lane";

/// The rows of a lane after a number: at most so many, and none further once they hold so many bytes.
const OUTBOX: &str = "
    SELECT o.seq, o.topic, o.key, o.headers, o.size, o.sealed_by, o.bytes, o.of_position, i.codec, i.sealed_by,
           i.bytes, t.json
      FROM (SELECT *, sum(size) OVER (ORDER BY seq) - size AS before
              FROM (SELECT * FROM outbox WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT $3) w) o
      LEFT JOIN LATERAL (
           SELECT i.codec, i.sealed_by, i.bytes FROM input i
            WHERE o.of_transfer IS NULL AND i.received_at = o.of_received_at AND i.lane = o.lane
              AND i.position = o.of_position LIMIT 1) i ON true
      LEFT JOIN LATERAL (
           SELECT t.json FROM transfer t
            WHERE t.received_at = o.of_received_at AND t.lane = o.lane AND t.position = o.of_position
              AND t.document = o.of_document AND t.number = o.of_transfer LIMIT 1) t ON true
     WHERE o.before < $4::bigint
     ORDER BY o.seq";

/// The statements of a session.
pub(super) struct Statements {
    pub(super) move_lanes: Statement,
    pub(super) claim: Statement,
    pub(super) held: Statement,
    pub(super) number: Statement,
    pub(super) outbox: Statement,
    pub(super) ruled: Statement,
    /// In the order of [`Table::ALL`].
    pub(super) copies: Vec<Statement>,
}

/// The tables that are written by COPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Input,
    Message,
    Outbox,
    Verdict,
    Finding,
    Transfer,
    Statement,
    StatusReport,
    AuditEvent,
}

impl Table {
    pub(super) const ALL: [Self; 9] = [
        Self::Input,
        Self::Message,
        Self::Outbox,
        Self::Verdict,
        Self::Finding,
        Self::Transfer,
        Self::Statement,
        Self::StatusReport,
        Self::AuditEvent,
    ];

    /// The table and its columns, in the order in which rows are written.
    const fn columns(self) -> &'static str {
        match self {
            Self::Input => "input (received_at, lane, position, codec, sealed_by, masked, bytes, file, trace)",
            Self::Message => {
                "message (received_at, lane, position, document, transactions, partner, definition, message_id, document_hash, \
                 sums)"
            }
            Self::Outbox => {
                "outbox (lane, seq, size, of_received_at, of_position, of_document, of_transfer, topic, key, headers, sealed_by, \
                 bytes)"
            }
            Self::Verdict => {
                "verdict (received_at, lane, position, document, number, decided_at, answer_lane, answer_seq, verdict, \
                 reply_definition, reply_id, none_due, schema_hash)"
            }
            Self::Finding => {
                "finding (received_at, lane, position, document, number, rule, severity, txn, path, line, col, found, \
                 expected, text, verdict)"
            }
            Self::Transfer => "transfer (received_at, lane, position, document, number, masked, id, json)",
            Self::Statement => "statement (received_at, lane, position, document, number, masked, json)",
            Self::StatusReport => {
                "status_report (received_at, lane, position, document, number, original_message_id, \
                 original_message_name, status, reason, original_instruction_id, original_end_to_end_id, \
                 original_transaction_id, original_uetr)"
            }
            Self::AuditEvent => {
                "audit_event (lane, number, at, actor, event, first, next, documents, seq, detail, keyed_by, outbox, inputs, \
                 previous_link, link)"
            }
        }
    }
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let mut copies = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            copies.push(client.prepare(&format!("COPY {} FROM STDIN (FORMAT binary)", table.columns())).await?);
        }
        Ok(Self {
            move_lanes: client.prepare(MOVE).await?,
            claim: client.prepare(CLAIM).await?,
            held: client.prepare(HELD).await?,
            number: client.prepare(NUMBER).await?,
            outbox: client.prepare(OUTBOX).await?,
            ruled: client.prepare(RULED).await?,
            copies,
        })
    }
}
