//! What is written to the topics is what `docs/asyncapi.yaml` and `docs/transfer.schema.json` say: every record that the
//! samples and generated messages lead to is held to them, and nothing of them is there that no record has.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jsonschema::Validator;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::{Record, TakeLimits};
use payflow::generate::{Generator, Layout, Settings as Drawn};
use payflow::partner::{Partner, ReplyProfile};
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Settings, Worker};
use payflow::schema::catalogue;
use payflow::store::sqlite::SqliteStore;
use serde_json::{Map, Value, json};

const TOPIC: &str = "in.anyone";

const TRACE: [(&str, &str); 2] =
    [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("tracestate", "congo=t61rcWkgMzE")];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn asyncapi() -> Value {
    serde_saphyr::from_str(&std::fs::read_to_string(root().join("docs/asyncapi.yaml")).unwrap()).unwrap()
}

fn transfer_schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("docs/transfer.schema.json")).unwrap()).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

#[track_caller]
fn holds(validator: &Validator, what: &str, value: &Value) {
    let faults: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {faults:#?}\n{value:#}");
}

/// All samples, one of them twice, and generated messages of every version.
fn inputs() -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = ["pacs008/ok", "pacs008/err", "camt053/ok", "camt053/err"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join("samples").join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    files.sort();
    files.push(root().join("samples/pacs008/ok/sepa-bulk-02.xml"));
    let samples = files.iter().map(|path| std::fs::read(path).unwrap());
    let ruled = catalogue::embedded().ids().filter(|id| id.is("pacs", 8) || id.is("camt", 53));
    let generated = ruled.flat_map(|id| {
        let generator = Generator::new(&catalogue::embedded().schema(id).unwrap().unwrap()).unwrap();
        let drawn = |index| generator.message(6, index, Drawn { items: Some(2), ..Drawn::default() });
        (0..40).map(|index| drawn(index).write(Layout::Compact)).collect::<Vec<_>>()
    });
    samples.chain(generated).collect()
}

fn published(folder: &Path, record_bytes: usize) -> Vec<Record> {
    let reply = ReplyProfile { receipt: true, ..ReplyProfile::default() };
    let partner = Partner { id: "anyone".to_owned(), reply, ..Partner::default() };
    let partners = BTreeMap::from([("anyone".to_owned(), partner)]);
    let settings = Settings {
        name: "test".to_owned(),
        partners: BTreeMap::from([(TOPIC.to_owned(), "anyone".to_owned())]),
        topics: Topics { record_bytes, ..Topics::default() },
        take: TakeLimits { idle: Duration::ZERO, ..TakeLimits::default() },
        key_window: None,
    };
    let mut queue = EmbeddedQueue::open(&folder.join("queue.db"), &[TOPIC]).unwrap();
    let inputs = inputs();
    let (traced, others) = inputs.split_at(inputs.len() / 2);
    let headers = TRACE.map(|(name, value)| (name.to_owned(), value.to_owned()));
    queue.append_with(TOPIC, &headers, traced).unwrap();
    queue.append_with(TOPIC, &[("traceparent".to_owned(), "00-malformed".to_owned())], others).unwrap();
    let store = SqliteStore::open(&folder.join("payflow.db")).unwrap();
    let mut worker = Worker::new(Iso20022::new(Setup { partners, ..Setup::default() }), queue, store, settings);
    worker.run_until_idle().unwrap();
    assert_eq!(worker.totals().set_aside, 0);
    let Topics { acknowledgements, transfers, rejected, .. } = Topics::default();
    [acknowledgements, transfers, rejected]
        .iter()
        .flat_map(|topic| worker.broker().records(topic, 0).unwrap())
        .collect()
}

/// The message that each address of the document is for, of the channels that payflow sends to.
fn sent(document: &Value) -> BTreeMap<String, String> {
    let name = |reference: &Value| reference["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let operations = document["operations"].as_object().unwrap().values();
    let channel = |operation: &Value| document["channels"][name(&operation["channel"])].clone();
    let channels = operations.filter(|operation| operation["action"] == "send").map(channel);
    let message = |channel: &Value| name(channel["messages"].as_object().unwrap().values().next().unwrap());
    channels.map(|channel| (channel["address"].as_str().unwrap().to_owned(), message(&channel))).collect()
}

/// Each property that a value has, by the schema of the object it is in.
fn see(root: &Value, schema: &Value, value: &Value, at: &str, seen: &mut BTreeSet<String>) {
    let (schema, at) = match schema["$ref"].as_str() {
        Some(reference) => (root.pointer(reference.trim_start_matches('#')).unwrap(), reference),
        None => (schema, at),
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            seen.insert(format!("{at}/{name}"));
            see(root, &schema["properties"][name], value, at, seen);
        }),
        Value::Array(items) => items.iter().for_each(|item| see(root, &schema["items"], item, at, seen)),
        _ => {}
    }
}

/// Each property that a transfer may have.
fn named(schema: &Value) -> BTreeSet<String> {
    let of = |at: &str, object: &Value| -> Vec<String> {
        let names = object["properties"].as_object().into_iter().flat_map(Map::keys);
        names.map(|name| format!("{at}/{name}")).collect()
    };
    let definitions = schema["$defs"].as_object().unwrap().iter();
    definitions.flat_map(|(name, object)| of(&format!("#/$defs/{name}"), object)).chain(of("", schema)).collect()
}

#[test]
fn records_are_as_documented() {
    let folder = || tempfile::tempdir().unwrap();
    let records = published(folder().path(), Topics::default().record_bytes);
    // What is too large for its topic leaves without its value: here about every other record.
    let without = published(folder().path(), 2_800);
    assert_eq!(records.len(), without.len());
    let records: Vec<Record> = records.into_iter().chain(without).collect();
    let (document, transfer) = (asyncapi(), transfer_schema());
    let (sent, payload) = (sent(&document), validator(&transfer));
    let topics: BTreeSet<&String> = records.iter().map(|record| &record.topic).collect();
    assert_eq!(topics, sent.keys().collect(), "topics");
    let mut fields = BTreeSet::new();
    for (topic, message) in &sent {
        let headers = format!("#/components/messages/{message}/headers");
        let mut schema = json!({ "components": document["components"], "$ref": headers });
        // What is said of the payload refers to another file.
        schema["components"]["messages"]["transfer"]["payload"] = Value::Null;
        let validator = validator(&schema);
        let mut seen = BTreeSet::new();
        for record in records.iter().filter(|record| record.topic == *topic) {
            let headers: Map<String, Value> =
                record.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            assert_eq!(headers.len(), record.headers.len(), "a header twice: {:?}", record.headers);
            seen.extend(record.headers.iter().map(|(name, _)| name.as_str()));
            holds(&validator, topic, &Value::Object(headers));
            let kept = record.header("payflow.kept").is_some();
            assert!(!kept || record.bytes.is_empty());
            if *topic == Topics::default().transfers && !kept {
                let value: Value = serde_json::from_slice(&record.bytes).unwrap();
                holds(&payload, topic, &value);
                assert_eq!(value["id"].as_str(), record.header("ce_id"));
                see(&transfer, &transfer, &value, "", &mut fields);
            }
        }
        let named = schema.pointer(&headers[1..]).unwrap()["properties"].as_object().unwrap();
        let unseen: Vec<&String> = named.keys().filter(|name| !seen.contains(name.as_str())).collect();
        assert!(unseen.is_empty(), "{topic} never has {unseen:?}");
    }
    let named = named(&transfer);
    let unseen: Vec<&String> = named.difference(&fields).collect();
    assert!(unseen.is_empty(), "no transfer has {unseen:#?}");
}

#[test]
fn a_trace_is_carried_on_unless_it_is_malformed() {
    let folder = tempfile::tempdir().unwrap();
    let records = published(folder.path(), Topics::default().record_bytes);
    let half = inputs().len() / 2;
    for record in &records {
        let offset: usize = record.header("payflow.source").unwrap().rsplit('-').next().unwrap().parse().unwrap();
        for (name, value) in TRACE {
            assert_eq!(record.header(name), (offset < half).then_some(value), "{name} of {offset}");
        }
    }
}
