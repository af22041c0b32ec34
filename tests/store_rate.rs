//! How fast the stores commit: batches of 1,000 messages of one transaction, about 3 KB each, with what is written of them in
//! service. Run by hand: `cargo test --release --test store_rate -- --ignored --nocapture`.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

mod postgres;
mod skip;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use payflow::broker::{Record, Source};
use payflow::rules::judge::Verdict;
use payflow::store::sqlite::SqliteStore;
use payflow::store::{
    Answer, Batch, Claim, DocumentId, DocumentRow, InputRow, Key, Outcome, Reply, Step, Store, TransferRow,
};

const BATCH: i64 = 1_000;
const LANES: i32 = 3;
const WARM_UP: i64 = 10;
const BATCHES: i64 = 60;

/// A message that differs from all others where messages do.
fn message(number: i64) -> Vec<u8> {
    let sample = include_str!("../samples/pacs008/ok/fednow-usd-08.xml");
    let mut state = number as u64 | 1;
    let mut digit = |c: char| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if c.is_ascii_digit() && state.is_multiple_of(3) { char::from(b'0' + (state % 10) as u8) } else { c }
    };
    sample.chars().map(&mut digit).collect::<String>().into_bytes()
}

fn headers(number: i64) -> Vec<(String, String)> {
    let pair = |(name, value): (&str, String)| (name.to_owned(), value);
    [
        ("payflow.partner", "alpha".to_owned()),
        ("payflow.source", format!("payflow.inbound-0-{number}")),
        ("payflow.document", "1".to_owned()),
        ("payflow.verdict", "accepted".to_owned()),
        ("payflow.message", "pacs.008.001.08".to_owned()),
        ("traceparent", format!("00-{number:032x}-{number:016x}-01")),
        ("content-type", "application/json".to_owned()),
    ]
    .map(pair)
    .into()
}

fn outcome(number: i64) -> Outcome {
    let text = "x".repeat(1_000);
    let reply = Reply {
        definition: "pacs.002.001.10".to_owned(),
        id: format!("PF{number:030}"),
        bytes: format!("<Document>{number}{text}{text}</Document>").into_bytes(),
    };
    let json = format!("{{\"id\":\"{number:034}\",\"name\":\"{text}\"}}");
    let key = format!("alpha/M{number:020}");
    let record = |topic: &str, bytes: &[u8]| Record {
        topic: topic.to_owned(),
        key: key.clone(),
        headers: headers(number),
        bytes: bytes.to_vec(),
    };
    Outcome {
        verdict: Verdict::Accepted,
        schema_hash: Some("0".repeat(64)),
        findings: vec![],
        answer_record: Some(record("payflow.acknowledgements", &reply.bytes)),
        answer: Answer::Reply(reply),
        records: vec![record("payflow.transfers", json.as_bytes())],
        transfers: vec![TransferRow { id: format!("{number:034}"), json }],
        statements: vec![],
        reports: vec![],
    }
}

/// Commits batches, and says how long the calls took, and how much of this process's time.
fn commit(store: &mut dyn Store, from: i64, batches: i64) -> (Duration, u64) {
    let source = |partition| Source { cluster: Arc::from("cluster"), topic: Arc::from("payflow.inbound"), partition };
    let mut lanes = Vec::new();
    for partition in 0..LANES {
        let mut owned = store.own(&source(partition), "alpha").unwrap();
        if owned.next.is_none() {
            store.start(&owned, 0).unwrap();
            owned.next = Some(0);
        }
        lanes.push(owned);
    }
    let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
    let (own, mut spent, mut busy) = (std::process::id(), Duration::ZERO, 0);
    for batch in 0..batches {
        let first = from + batch * BATCH;
        let messages: Vec<Vec<u8>> = (first..first + BATCH).map(message).collect();
        let (mut inputs, mut documents) = (Vec::new(), Vec::new());
        let mut positions: Vec<i64> = lanes.iter().map(|lane| lane.next.unwrap()).collect();
        for (bytes, number) in messages.iter().zip(first..) {
            let index = (number % i64::from(LANES)) as usize;
            let (lane, position) = (lanes[index].lane, positions[index]);
            positions[index] += 1;
            inputs.push(InputRow { lane, position, received_at: now, bytes, file: None, trace: None });
            // Ids come in no order.
            let id = format!("M{:020}", (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            documents.push(DocumentRow {
                id: DocumentId { lane, position, document: 1 },
                partner: "alpha",
                definition: "pacs.008.001.08".parse().ok(),
                message_id: None,
                hash: [number as u8; 32],
                transactions: 1,
                sums: Some("{\"EUR\":\"1.00\"}"),
                key: Some(Key { scope: "message", partner: "alpha".to_owned(), kind: "pacs.008".to_owned(), key: id }),
                expires: Some(now + TimeDelta::days(400)),
            });
        }
        let step = |(lane, next): (&payflow::store::Owned, &i64)| Step {
            lane: lane.lane,
            epoch: lane.epoch,
            expected: lane.next.unwrap(),
            next: *next,
        };
        let steps = lanes.iter().zip(&positions).map(step).collect();
        let batch = Batch { steps, inputs, documents, decided_at: now, actor: "rate" };
        let mut outcomes = Some((first..first + BATCH).map(outcome).collect());
        let mut decide = |claims: &[Claim]| {
            assert!(claims.iter().all(|claim| *claim == Claim::Free));
            Ok(outcomes.take().unwrap())
        };
        let (begun, before) = (Instant::now(), processor_time(own));
        store.commit(&batch, &mut decide).unwrap();
        spent += begun.elapsed();
        busy += processor_time(own) - before;
        lanes.iter_mut().zip(positions).for_each(|(lane, next)| lane.next = Some(next));
    }
    (spent, busy)
}

/// The processor time of a process and its children, in microseconds. The kernel counts in hundredths of a second.
fn processor_time(pid: u32) -> u64 {
    let stat = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let processes = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|e| e.file_name().to_str()?.parse().ok());
    let ticks = |process: u32| {
        let stat = stat(process)?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        let of_it = process == pid || number(1)? == u64::from(pid);
        // Of a child that ended the parent knows.
        let ended = if process == pid { number(13)? + number(14)? } else { 0 };
        of_it.then_some(number(11)? + number(12)? + ended)
    };
    processes.filter_map(ticks).sum::<u64>() * 10_000
}

fn tell(name: &str, (spent, own): (Duration, u64), server: Option<u64>) {
    let messages = (BATCHES * BATCH) as u64;
    let rate = messages * 1_000_000 / spent.as_micros() as u64;
    let server = server.map_or(String::new(), |time| format!(", PostgreSQL {} µs", time / messages));
    println!("{name}: {rate} messages/s in commit; processor time a message: payflow {} µs{server}", own / messages);
}

#[test]
#[ignore = "a measurement"]
fn commits_so_many_messages_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    commit(&mut store, 1, WARM_UP);
    tell("SQLite", commit(&mut store, 1 + WARM_UP * BATCH, BATCHES), None);

    let database = match postgres::database() {
        Err(why) => return skip::skipped("the rate on PostgreSQL", &why),
        Ok(database) => database,
    };
    let mut store = database.store();
    commit(&mut store, 1, WARM_UP);
    let server = database.server.pid();
    let before = processor_time(server);
    let spent = commit(&mut store, 1 + WARM_UP * BATCH, BATCHES);
    tell("PostgreSQL", spent, Some(processor_time(server) - before));
    for row in database.query(
        "SELECT relname, pg_total_relation_size(c.oid) / (SELECT count(*) FROM claimed_key) FROM pg_class c
          WHERE relkind = 'r' AND relname ~ '^(input|message|outbox|verdict|transfer|claimed)' AND pg_relation_size(c.oid) > 0
          ORDER BY 2 DESC",
    ) {
        println!("bytes a message: {row}");
    }
}
