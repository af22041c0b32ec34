//! What is written to the topics is what `docs/asyncapi.yaml` and `docs/transfer.schema.json` say: every record that samples,
//! generated messages, files and decisions of persons lead to is held to them, and nothing of them is there that no record has:
//! no field, and no value where they name all.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jsonschema::Validator;
use payflow::broker::Record;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders};
use payflow::generate::{Generator, Layout, Settings as Drawn};
use payflow::partner::{AgreedLimits, HoldAnswer, Partner, ReplyProfile};
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Settings, Worker};
use payflow::rules::judge::Ruling;
use payflow::schema::catalogue;
use payflow::store::Store;
use payflow::store::held::{Act, Desk, Motion, held};
use payflow::store::keep::Keeper;
use payflow::store::sqlite::SqliteStore;
use serde_json::{Map, Value, json};

const TOPIC: &str = "in.anyone";

/// The topic of a partner whose large payments are held, and who is told so.
const HELD: &str = "in.held";

/// The folder of one whose files are large.
const FILES: &str = "files";

/// Four transactions in EUR.
const BULK: &str = "pacs008/ok/sepa-bulk-02.xml";

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

fn sample(name: &str) -> String {
    std::fs::read_to_string(root().join("samples").join(name)).unwrap()
}

/// The bulk under an id of its own, with a card number in its text.
fn with_card(id: &str) -> String {
    let bulk = sample(BULK).replace("NWND-20261105-000417", id);
    bulk.replace("Rechnung RG-2026-11872", "Karte 4111 1111 1111 1111")
}

/// The same, and it has not as many transactions as it says.
fn wrong(id: &str) -> String {
    with_card(id).replace("<NbOfTxs>4<", "<NbOfTxs>5<")
}

/// All samples, one of them twice, and generated messages of every version; card numbers in one that is accepted and in one
/// that is rejected.
fn inputs() -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = ["pacs008/ok", "pacs008/err", "camt053/ok", "camt053/err"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join("samples").join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    files.sort();
    files.push(root().join("samples").join(BULK));
    let samples = files.iter().map(|path| std::fs::read(path).unwrap());
    let ruled = catalogue::embedded().ids().filter(|id| id.is("pacs", 8) || id.is("camt", 53));
    let generated = ruled.flat_map(|id| {
        let generator = Generator::new(&catalogue::embedded().schema(id).unwrap().unwrap()).unwrap();
        let drawn = |index| generator.message(6, index, Drawn { items: Some(2), ..Drawn::default() });
        (0..40).map(|index| drawn(index).write(Layout::Compact)).collect::<Vec<_>>()
    });
    let cards = [with_card("CARD-1"), wrong("CARD-2")].map(String::into_bytes);
    // Two in one input that is too large to be given back with each.
    let two = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"/>".repeat(2);
    let two = format!("<x><!--{}-->{two}</x>", "far".repeat(200_000)).into_bytes();
    samples.chain(cards).chain(generated).chain([two]).collect()
}

fn published(folder: &Path, record_bytes: usize) -> Vec<Record> {
    let reply = ReplyProfile { receipt: true, ..ReplyProfile::default() };
    let partner = Partner { id: "anyone".to_owned(), reply, ..Partner::default() };
    let hold_above = BTreeMap::from([("EUR".to_owned().try_into().unwrap(), "5000".to_owned().try_into().unwrap())]);
    let careful = Partner {
        id: "careful".to_owned(),
        limits: AgreedLimits { hold_above, ..AgreedLimits::default() },
        reply: ReplyProfile { hold_answer: HoldAnswer::Pending, ..ReplyProfile::default() },
        ..Partner::default()
    };
    let partners: BTreeMap<_, _> = [partner, careful].map(|partner| (partner.id.clone(), partner)).into();
    let of_partners = [(TOPIC, "anyone"), (HELD, "careful"), (FILES, "anyone")];
    let settings =
        Settings { topics: Topics { record_bytes, ..Topics::default() }, ..Settings::until_idle("test", &of_partners) };
    let mut queue = EmbeddedQueue::open(&folder.join("queue.db"), &[TOPIC, HELD]).unwrap();
    let inputs = inputs();
    let (traced, others) = inputs.split_at(inputs.len() / 2);
    let headers = TRACE.map(|(name, value)| (name.to_owned(), value.to_owned()));
    queue.append_with(TOPIC, &headers, traced).unwrap();
    queue.append_with(TOPIC, &[("traceparent".to_owned(), "00-malformed".to_owned())], others).unwrap();
    let held_ones = ["HELD-1", "HELD-2"].map(with_card);
    queue.append(HELD, &held_ones).unwrap();
    let open = || SqliteStore::open(&folder.join("payflow.db")).unwrap();
    let stages = || Iso20022::new(Setup { partners: partners.clone(), ..Setup::default() });
    let mut worker = Worker::new(stages(), queue, open(), settings.clone());
    worker.run_until_idle().unwrap();
    let waiting = held(&mut open()).unwrap();
    for (held, ruling) in waiting.iter().zip([Ruling::Release, Ruling::Reject]) {
        for (actor, motion) in
            [("Anna", Motion::Ask(ruling, "why not")), ("Bert", Motion::Confirm { four_eyes: true, only: None })]
        {
            open().act(&Act { id: held.id, actor, motion }).unwrap();
        }
    }
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().set_aside, waiting.len(), held(&mut open()).unwrap()), (0, 2, vec![]));

    let files = FolderSettings {
        name: FILES.to_owned(),
        path: folder.to_owned(),
        quiet: Duration::ZERO,
        rejected_apart: false,
        most_bytes: 100_000,
    };
    let queue = EmbeddedQueue::open(&folder.join("queue.db"), &[]).unwrap();
    let mut worker = Worker::new(stages(), Folders::open(queue, vec![files]).unwrap(), open(), settings);
    std::fs::write(folder.join("in/large.xml"), wrong("LARGE") + &" ".repeat(100_000)).unwrap();
    worker.run_until_idle().unwrap();
    let Topics { acknowledgements, transfers, rejected, .. } = Topics::default();
    [acknowledgements, transfers, rejected]
        .iter()
        .flat_map(|topic| worker.broker().broker().records(topic, 0).unwrap())
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

/// A schema, and what it is named by, where it is only referred to.
fn resolved<'s>(root: &'s Value, schema: &'s Value, at: &'s str) -> (&'s Value, &'s str) {
    match schema["$ref"].as_str() {
        Some(reference) => (root.pointer(reference.trim_start_matches('#')).unwrap(), reference),
        None => (schema, at),
    }
}

/// A property, and each value that it can have, where the schema names them.
fn choices<'s>(root: &'s Value, properties: &'s Value, name: &'s str) -> impl Iterator<Item = String> + 's {
    let (schema, _) = resolved(root, &properties[name], "");
    let values = schema["enum"].as_array().into_iter().flatten();
    [name.to_owned()].into_iter().chain(values.map(move |value| format!("{name}={}", value.as_str().unwrap())))
}

/// Each property that a value has, by the schema of the object it is in, and what it is where it is one of few.
fn see(root: &Value, schema: &Value, value: &Value, at: &str, seen: &mut BTreeSet<String>) {
    let (schema, at) = resolved(root, schema, at);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            seen.insert(format!("{at}/{name}"));
            seen.extend(value.as_str().map(|value| format!("{at}/{name}={value}")));
            see(root, &schema["properties"][name], value, at, seen);
        }),
        Value::Array(items) => items.iter().for_each(|item| see(root, &schema["items"], item, at, seen)),
        _ => {}
    }
}

/// Each property that a transfer may have, and each of its values.
fn named(schema: &Value) -> BTreeSet<String> {
    let of = |at: &str, object: &Value| -> Vec<String> {
        let names = object["properties"].as_object().into_iter().flat_map(Map::keys);
        let all = names.flat_map(|name| choices(schema, &object["properties"], name));
        all.map(|name| format!("{at}/{name}")).collect()
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
            seen.extend(record.headers.iter().flat_map(|(name, value)| [name.clone(), format!("{name}={value}")]));
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
        let properties = &schema.pointer(&headers[1..]).unwrap()["properties"];
        let named = properties.as_object().unwrap().keys().flat_map(|name| choices(&schema, properties, name));
        let unseen: Vec<String> = named.filter(|name| !seen.contains(name)).collect();
        assert!(unseen.is_empty(), "{topic} never has {unseen:?}");
    }
    let holds_text = |record: &Record, text: &str| String::from_utf8_lossy(&record.bytes).contains(text);
    assert!(records.iter().any(|record| holds_text(record, "<GrpSts>PDNG<")), "no answer says that a message is held");
    for record in &records {
        let card = holds_text(record, "411111******1111");
        assert!(!card || record.header("payflow.masked") == Some("true"), "{:?}", record.headers);
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
    let source = |record: &Record| record.header("payflow.source").unwrap().to_owned();
    for record in records.iter().filter(|record| source(record).starts_with(TOPIC)) {
        let offset: usize = source(record).rsplit('-').next().unwrap().parse().unwrap();
        for (name, value) in TRACE {
            assert_eq!(record.header(name), (offset < half).then_some(value), "{name} of {offset}");
        }
    }
}

/// A statement tells of a card, and is rejected: nowhere stands what may not be kept, and the number only where it is sealed.
#[test]
fn what_a_statement_says_of_a_card_is_not_kept() {
    let card = |number: &str, code: &str| {
        let (code, track) = (format!("<CSCVal>{code}</CSCVal>"), code.replace(char::is_numeric, "*"));
        format!(
            "<CardTx><Card><PlainCardData><PAN>{number}</PAN><XpryDt>2029-11</XpryDt><TrckData><TrckVal>{track}</TrckVal>\
             </TrckData><CardSctyCd><CSCMgmt>NONE</CSCMgmt>{code}</CardSctyCd></PlainCardData></Card></CardTx></TxDtls>"
        )
    };
    let statement = |card: &str| sample("camt053/ok/nostro-header-08.xml").replacen("</TxDtls>", card, 1);
    let came = statement(&card("4111111111111111", "123")).replace("<TrckVal>***", "<TrckVal>%B9");
    let key = || Keeper::new(vec![("k".to_owned(), [7; 32])]);
    for (keeper, number) in [(Keeper::default(), "4111110000001111"), (key(), "4111111111111111")] {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &[TOPIC]).unwrap();
        queue.append(TOPIC, &[&came]).unwrap();
        let store = SqliteStore::open(&folder.path().join("payflow.db")).unwrap().sealing(keeper);
        let settings = Settings::until_idle("test", &[(TOPIC, "anyone")]);
        let partner = Partner { id: "anyone".to_owned(), ..Partner::default() };
        let setup = Setup { partners: [(partner.id.clone(), partner)].into(), ..Setup::default() };
        let mut worker = Worker::new(Iso20022::new(setup), queue, store, settings);
        worker.run_until_idle().unwrap();
        let expected = statement(&card(number, "000"));
        let topic = Topics::default().rejected;
        let left = worker.broker().records(&topic, 0).unwrap();
        // The row has no bytes of its own: they are those of the input, as it is kept.
        let mut stored = worker.store().outbox(1, 0, 10, 1 << 20).unwrap();
        stored.retain(|record| record.topic == topic);
        assert_eq!((left.len(), left[0].header("payflow.masked")), (1, Some("true")));
        assert_eq!(String::from_utf8_lossy(&left[0].bytes), expected);
        assert_eq!(stored, left);
    }
}
