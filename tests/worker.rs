//! The worker with the stages of ISO 20022, over the embedded queue and store: what leaves for each kind of input.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use payflow::broker::Record;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::partner::{Institution, Partner, ReplyProfile};
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Settings, Worker};
use payflow::store::sqlite::SqliteStore;

/// The topic of a partner that is not checked and takes receipts.
const ANYONE: &str = "in.anyone";

/// The topic of a partner whose name is checked.
const NWND: &str = "in.northwind";

fn partner(id: &str, bics: &[&str], receipt: bool) -> (String, Partner) {
    let bics = bics.iter().map(|bic| (*bic).to_owned()).collect();
    let reply = ReplyProfile { receipt, ..ReplyProfile::default() };
    (id.to_owned(), Partner { id: id.to_owned(), bics, reply, ..Partner::default() })
}

fn worker(folder: &Path) -> Worker<Iso20022, EmbeddedQueue, SqliteStore> {
    let partners = BTreeMap::from([partner("anyone", &[], true), partner("northwind", &["NWNDDEFF"], false)]);
    let institution = Institution { bic: Some("PFLWLULLXXX".to_owned()), ..Institution::default() };
    let settings = Settings::until_idle("test", &[(ANYONE, "anyone"), (NWND, "northwind")]);
    let queue = EmbeddedQueue::open(&folder.join("queue.db"), &[ANYONE, NWND]).unwrap();
    let store = SqliteStore::open(&folder.join("payflow.db")).unwrap();
    Worker::new(Iso20022::new(Setup { partners, institution, ..Setup::default() }), queue, store, settings)
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// A sample with every `what` replaced.
fn edited(name: &str, what: &str, with: &str) -> Vec<u8> {
    let text = String::from_utf8(sample(name)).unwrap();
    assert!(text.contains(what), "{name} has no {what}");
    text.replace(what, with).into_bytes()
}

/// One document of an input, by what leaves because of it: `verdict, reply, number of transfers, rules`.
fn shown(records: &[Record], source: &str) -> Vec<String> {
    let of_source: Vec<&Record> =
        records.iter().filter(|record| record.header("payflow.source") == Some(source)).collect();
    let mut documents: Vec<&str> = of_source.iter().filter_map(|record| record.header("payflow.document")).collect();
    documents.sort_unstable();
    documents.dedup();
    let one = |number: &str| {
        let mine = |topic: &str| -> Vec<&Record> {
            let of = |r: &&&Record| r.header("payflow.document") == Some(number) && r.topic == topic;
            of_source.iter().filter(of).copied().collect()
        };
        let topics = Topics::default();
        let (answers, transfers) = (mine(&topics.acknowledgements), mine(&topics.transfers));
        assert!(answers.len() <= 1, "{source}: {} answers", answers.len());
        let answer = answers.first().and_then(|record| record.header("payflow.reply")).unwrap_or("no reply");
        let verdict = answers.iter().chain(&transfers).find_map(|record| record.header("payflow.verdict"));
        let rejected = mine(&topics.rejected);
        let rules = rejected.first().and_then(|record| record.header("payflow.rules")).unwrap_or("-");
        format!("{}, {answer}, {}, {rules}", verdict.unwrap_or("?"), transfers.len())
    };
    documents.into_iter().map(one).collect()
}

#[test]
fn every_kind_of_input_gets_what_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(folder.path());
    let bulk = "pacs008/ok/sepa-bulk-02.xml";
    let statement = "camt053/ok/nostro-header-08.xml";
    let wrapped = |bytes: Vec<u8>| [b"<?xml version=\"1.0\"?>\n<!-- again -->\n".as_slice(), &bytes[39..]].concat();
    assert!(sample(bulk).starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        (ANYONE, sample(bulk), &["accepted, pacs.002.001.03, 4, -"]),
        (ANYONE, sample(bulk), &["repeated, pacs.002.001.03, 0, -"]),
        (ANYONE, wrapped(sample(bulk)), &["repeated, pacs.002.001.03, 0, -"]),
        (ANYONE, edited(bulk, "<InstrId>", "<InstrId>X"), &["rejected, pacs.002.001.03, 0, payflow.DuplicateMessage"]),
        (NWND, sample(bulk), &["accepted, pacs.002.001.03, 4, -"]),
        (ANYONE, sample("pacs008/err/bulk-one-bad-iban.xml"), &["partly accepted, pacs.002.001.03, 3, iso.IBAN"]),
        (
            ANYONE,
            sample("pacs008/ok/two-documents-08.xml"),
            &["accepted, pacs.002.001.10, 1, -", "accepted, pacs.002.001.10, 1, -"],
        ),
        (ANYONE, sample(statement), &["accepted, admi.007.001.01, 1, -"]),
        (NWND, sample("pacs008/err/wrong-partner.xml"), &["refused, admi.002.001.01, 0, partner.Wrong"]),
        (NWND, edited("pacs008/err/wrong-partner.xml", "ZWTRFRPP", "NWNDDEFF"), &["accepted, pacs.002.001.10, 1, -"]),
        (ANYONE, sample("pacs008/err/header-mismatch.xml"), &["refused, admi.002.001.01, 0, header.Mismatch"]),
        (ANYONE, sample("pacs008/err/binary.xml"), &["refused, admi.002.001.01, 0, xml.NotWellFormed"]),
        (ANYONE, sample("pacs008/err/doctype.xml"), &["refused, admi.002.001.01, 0, xml.Doctype"]),
        (ANYONE, sample("pacs008/err/empty.xml"), &["refused, admi.002.001.01, 0, xml.NoDocument"]),
        (ANYONE, sample("pacs008/err/missing-charge-bearer.xml"), &["refused, admi.002.001.01, 0, xsd.MissingElement"]),
        (ANYONE, sample("pacs008/err/future-version.xml"), &["refused, admi.002.001.01, 0, message.Unsupported"]),
    ];
    let mut offsets = BTreeMap::new();
    let mut places = Vec::new();
    for (topic, bytes, expected) in &cases {
        let offset = offsets.entry(*topic).or_insert(0);
        worker.broker().append(topic, &[bytes]).unwrap();
        places.push((format!("{topic}-0-{offset}"), expected));
        *offset += 1;
    }
    worker.run_until_idle().unwrap();
    let topics = Topics::default();
    let all = [&topics.acknowledgements, &topics.transfers, &topics.rejected];
    let records: Vec<Record> = all.iter().flat_map(|topic| worker.broker().records(topic, 0).unwrap()).collect();
    for (index, (source, expected)) in places.iter().enumerate() {
        assert_eq!(&shown(&records, source), *expected, "case {index}: {source}");
    }
    let answer = |offset: usize| {
        let source = format!("{ANYONE}-0-{offset}");
        records.iter().find(|record| record.header("payflow.source") == Some(&*source)).unwrap().bytes.clone()
    };
    assert_eq!(answer(0), answer(1), "the same answer, byte for byte");
    assert_eq!(answer(0), answer(2), "whatever stands around the Document");
    assert_ne!(answer(0), answer(3));
    check_answers_and_transfers(&records);
    check_store(&mut worker);
}

/// Answers have an id each, and transfers too, but for those that were sent again.
fn check_answers_and_transfers(records: &[Record]) {
    let topics = Topics::default();
    let ids = |topic: &str| -> Vec<&str> {
        let of_topic = records.iter().filter(|record| record.topic == topic);
        of_topic
            .filter(|r| r.header("payflow.verdict") != Some("repeated"))
            .map(|r| r.header("ce_id").unwrap())
            .collect()
    };
    for topic in [&topics.acknowledgements, &topics.transfers] {
        let mut unique = ids(topic);
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids(topic).len(), "{topic}");
        assert!(unique.iter().all(|id| (30..=35).contains(&id.len())), "{unique:?}");
    }
    for transfer in records.iter().filter(|record| record.topic == topics.transfers) {
        let json: serde_json::Value = serde_json::from_slice(&transfer.bytes).unwrap();
        assert_eq!(json["id"].as_str(), transfer.header("ce_id"));
        assert_eq!(json["partner"].as_str(), transfer.header("payflow.partner"));
        assert!(json["amount"].is_string(), "amounts are texts");
    }
}

fn check_store(worker: &mut Worker<Iso20022, EmbeddedQueue, SqliteStore>) {
    let totals = worker.totals();
    let connection = worker.store().connection();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as u64;
    assert_eq!((totals.inputs, totals.set_aside), (16, 0));
    assert_eq!(count("SELECT count(*) FROM transfer"), totals.transfers);
    assert_eq!(count("SELECT count(*) FROM statement"), 1);
    assert_eq!(count("SELECT count(*) FROM verdict"), 17);
    assert_eq!(count("SELECT count(*) FROM verdict WHERE answer_seq IS NULL"), 0);
    // Of what could not be read, or has no schema, there is none.
    assert_eq!(count("SELECT count(*) FROM verdict WHERE schema_hash IS NULL"), 4);
    assert!(count("SELECT count(*) FROM finding") > 0);
}

/// What answers us is kept and never answered; without a receipt a good statement is not either.
#[test]
fn what_is_not_due_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(folder.path());
    let statement = edited("camt053/ok/nostro-header-08.xml", "MRDOESMM", "NWNDDEFF");
    worker.broker().append(ANYONE, &[sample("pacs008/ok/sepa-bulk-02.xml")]).unwrap();
    worker.run_until_idle().unwrap();
    let topics = Topics::default();
    let answer = worker.broker().records(&topics.acknowledgements, 0).unwrap()[0].bytes.clone();
    worker.broker().append(NWND, &[statement, answer]).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!(worker.broker().records(&topics.acknowledgements, 0).unwrap().len(), 1, "no further answer");
    assert_eq!(worker.broker().records(&topics.transfers, 0).unwrap().len(), 4 + 1);
    let connection = worker.store().connection();
    let mut reasons =
        connection.prepare("SELECT none_due FROM verdict WHERE none_due IS NOT NULL ORDER BY position").unwrap();
    let reasons: Vec<String> = reasons.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons[0].contains("receipts") && reasons[1].contains("not answered"), "{reasons:?}");
}
