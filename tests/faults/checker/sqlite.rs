//! Reads the tables of the embedded store.

use std::path::Path;

use rusqlite::{Connection, Row};

use super::evidence::{Leaves, SourceRow, Tables, VerdictRow};

/// The bytes of an input as they came, from those that are kept: with codec 1 an LZ4 block behind its size.
pub fn unpacked(codec: i16, bytes: Vec<u8>) -> Vec<u8> {
    if codec == 0 {
        return bytes;
    }
    let (size, block) = bytes.split_first_chunk::<4>().unwrap();
    let dictionary = include_bytes!("../../../src/store/dictionary_1.xml");
    lz4_flex::block::decompress_with_dict(block, u32::from_le_bytes(*size) as usize, dictionary).unwrap()
}

pub fn read(path: &Path) -> Tables {
    let connection = Connection::open(path).unwrap();
    fn rows<T>(connection: &Connection, sql: &str, row: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |r| row(r)).unwrap().map(Result::unwrap).collect()
    }
    let optional = |lane: Option<i64>, seq: Option<i64>| lane.zip(seq);
    Tables {
        sources: rows(&connection, "SELECT lane, topic, partition, coalesce(next, -1), seq FROM source", |r| {
            Ok(SourceRow { lane: r.get(0)?, topic: r.get(1)?, partition: r.get(2)?, next: r.get(3)?, seq: r.get(4)? })
        }),
        inputs: rows(&connection, "SELECT lane, position FROM input", |r| Ok((r.get(0)?, r.get(1)?))),
        set_aside: rows(&connection, "SELECT lane, position, reason FROM set_aside", |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        }),
        messages: rows(&connection, "SELECT lane, position, document, message_id FROM message", |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        }),
        verdicts: rows(
            &connection,
            "SELECT lane, position, document, number, verdict, reply_id, answer_lane, answer_seq, none_due FROM verdict",
            |r| {
                Ok(VerdictRow {
                    lane: r.get(0)?,
                    position: r.get(1)?,
                    document: r.get(2)?,
                    number: r.get(3)?,
                    verdict: r.get(4)?,
                    reply_id: r.get(5)?,
                    answer: optional(r.get(6)?, r.get(7)?),
                    none_due: r.get(8)?,
                })
            },
        ),
        outbox: rows(
            &connection,
            "SELECT o.lane, o.seq, o.topic, o.key, o.headers, coalesce(i.codec, 0), coalesce(i.bytes, o.bytes)
               FROM outbox o LEFT JOIN input i ON i.lane = o.lane AND i.position = o.of_position",
            |r| {
                let (topic, key, headers): (String, String, String) = (r.get(2)?, r.get(3)?, r.get(4)?);
                let headers = serde_json::from_str(&headers).unwrap();
                let bytes = unpacked(r.get(5)?, r.get(6)?);
                Ok((r.get(0)?, r.get(1)?, Leaves::new(&topic, &key, headers, bytes)))
            },
        ),
        transfers: rows(
            &connection,
            "SELECT lane, position, document, id FROM transfer ORDER BY lane, position, document",
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        ),
        decided: rows(&connection, "SELECT lane, position, document FROM audit_event WHERE event = 'decided'", |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        }),
    }
}
