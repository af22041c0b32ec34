//! Reads the tables, with SQL that no part of payflow has.

use std::collections::HashMap;

use serde_json::Value;

use super::evidence::{EventRow, Leaves, SourceRow, Tables, VerdictRow};
use crate::faults::ledger::Sent;

/// A row, as a JSON array.
type Row = Vec<Value>;

fn number(row: &Row, at: usize) -> i64 {
    row[at].as_i64().unwrap_or_else(|| panic!("column {at} is no number: {row:?}"))
}

fn text(row: &Row, at: usize) -> String {
    optional(row, at).unwrap_or_else(|| panic!("column {at} is no text: {row:?}"))
}

fn optional(row: &Row, at: usize) -> Option<String> {
    row[at].as_str().map(str::to_owned)
}

/// All tables. `query` gives the rows of a SELECT, one a line. Where a row of the outbox refers to the input as it came,
/// its hash is that of what was sent.
pub fn read(query: impl Fn(&str) -> Vec<String>, sent: &[Sent]) -> Tables {
    let rows = |columns: &str, from: &str| -> Vec<Row> {
        let lines = query(&format!("SELECT json_build_array({columns}) FROM {from}"));
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let source = |row: Row| SourceRow {
        lane: number(&row, 0),
        topic: text(&row, 1),
        partition: number(&row, 2) as i32,
        next: number(&row, 3),
        seq: number(&row, 4),
        events: number(&row, 5),
        link: optional(&row, 6).map(|hex| unhex(&hex)),
    };
    let sources = rows("lane, topic, partition, coalesce(next, -1), seq, events, encode(link, 'hex')", "source");
    let sources: Vec<SourceRow> = sources.into_iter().map(source).collect();
    let lanes: HashMap<(&str, i32), i64> =
        sources.iter().map(|source| ((source.topic.as_str(), source.partition), source.lane)).collect();
    let lane = |sent: &Sent| lanes.get(&(sent.topic.as_str(), sent.partition)).copied().unwrap_or(-1);
    let inputs: HashMap<(i64, i64), &Sent> = sent.iter().map(|sent| ((lane(sent), sent.offset), sent)).collect();
    let verdict = |row: Row| VerdictRow {
        lane: number(&row, 0),
        position: number(&row, 1),
        document: number(&row, 2),
        number: number(&row, 3),
        verdict: text(&row, 4),
        reply_id: optional(&row, 5),
        answer: row[6].as_i64().zip(row[7].as_i64()),
        none_due: optional(&row, 8),
    };
    let leaves = |row: Row| {
        let headers = serde_json::from_str(&text(&row, 4)).unwrap();
        let bytes = optional(&row, 5).map(|hex| unhex(&hex)).or(optional(&row, 6).map(String::into_bytes));
        let mut record = Leaves::new(&text(&row, 2), &text(&row, 3), headers, bytes.clone().unwrap_or_default());
        if bytes.is_none() {
            let place = (number(&row, 0), number(&row, 7));
            let hash = inputs.get(&place).and_then(|sent| record.hash_of(sent));
            record.hash = hash.map_or_else(|| format!("no input {place:?} that may leave so"), ToOwned::to_owned);
        }
        (number(&row, 0), number(&row, 1), record)
    };
    let event = |row: &Row| EventRow {
        lane: number(row, 0),
        number: number(row, 1),
        at: number(row, 2),
        actor: text(row, 3),
        event: text(row, 4),
        first: number(row, 5),
        next: number(row, 6),
        documents: number(row, 7),
        seq: number(row, 8),
        detail: optional(row, 9),
        keyed_by: optional(row, 10),
        outbox: unhex(&text(row, 11)),
        inputs: unhex(&text(row, 12)),
        previous_link: optional(row, 13).map(|hex| unhex(&hex)),
        link: unhex(&text(row, 14)),
    };
    let three = |row: &Row| (number(row, 0), number(row, 1), number(row, 2));
    Tables {
        inputs: rows("lane, position", "input").iter().map(|row| (number(row, 0), number(row, 1))).collect(),
        set_aside: rows("lane, position, reason", "set_aside")
            .iter()
            .map(|row| (number(row, 0), number(row, 1), text(row, 2)))
            .collect(),
        messages: rows("lane, position, document", "message").iter().map(three).collect(),
        verdicts: rows(
            "lane, position, document, number, verdict, reply_id, answer_lane, answer_seq, none_due",
            "verdict",
        )
        .into_iter()
        .map(verdict)
        .collect(),
        outbox: rows(
            "o.lane, o.seq, o.topic, o.key, o.headers, encode(o.bytes, 'hex'), t.json, o.of_position",
            "outbox o LEFT JOIN transfer t ON t.received_at = o.of_received_at AND t.lane = o.lane
                AND t.position = o.of_position AND t.document = o.of_document AND t.number = o.of_transfer",
        )
        .into_iter()
        .map(leaves)
        .collect(),
        transfers: rows("lane, position, document, id", "transfer ORDER BY lane, position, document")
            .iter()
            .map(|row| (number(row, 0), number(row, 1), number(row, 2), text(row, 3)))
            .collect(),
        events: rows(
            "lane, number, (extract(epoch FROM at) * 1000000)::bigint, actor, event, first, next, documents, seq, detail,
             keyed_by, encode(outbox, 'hex'), encode(inputs, 'hex'), encode(previous_link, 'hex'), encode(link, 'hex')",
            "audit_event ORDER BY lane, number",
        )
        .iter()
        .map(event)
        .collect(),
        sources,
    }
}

pub fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}
