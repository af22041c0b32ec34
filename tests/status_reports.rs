//! What answers us is read as it is written, in every version; it is kept and matched to what it answers, and never answered.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use payflow::broker::embedded::EmbeddedQueue;
use payflow::generate::{Generator, Layout, Settings as Drawn};
use payflow::message::{Kind, Report};
use payflow::partner::Partner;
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Settings, Worker};
use payflow::pipeline::{Examiner, Options};
use payflow::schema::catalogue;
use payflow::schema::record::Text;
use payflow::store::sqlite::SqliteStore;
use roxmltree::{Document, Node};

fn step<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The text at the first of these paths that is there.
fn at(node: Node<'_, '_>, paths: &[&str]) -> Option<Text> {
    let found = |path: &&str| path.split('/').try_fold(node, step);
    paths.iter().find_map(found).and_then(|node| node.text()).map(Text::from)
}

/// The first reason of those that are given, whichever form it has.
fn reason(node: Node<'_, '_>) -> Option<Text> {
    fn below<'a, 'i>(nodes: Vec<Node<'a, 'i>>, names: &[&str]) -> Vec<Node<'a, 'i>> {
        let children = nodes.iter().flat_map(Node::children);
        children.filter(|child| child.is_element() && names.contains(&child.tag_name().name())).collect()
    }
    let reasons = below(below(vec![node], &["StsRsnInf"]), &["Rsn", "StsRsn"]);
    below(reasons, &["Cd", "Prtry"]).first().and_then(|node| node.text()).map(Text::from)
}

/// What a message reports, read by another parser.
fn expected(xml: &str) -> Vec<Report> {
    let tree = Document::parse(xml).unwrap();
    let of = |name: &str| -> Vec<Node<'_, '_>> {
        tree.descendants().filter(|node| node.is_element() && node.tag_name().name() == name).collect()
    };
    let group = |node| Report {
        original_message_id: at(node, &["OrgnlMsgId", "RltdRef/Ref"]),
        original_message_name: at(node, &["OrgnlMsgNmId", "RltdRef/MsgNm"]),
        status: at(node, &["GrpSts", "ReqHdlg/StsCd"]),
        reason: reason(node).or_else(|| at(node, &["Rsn/RjctgPtyRsn"])),
        ..Report::default()
    };
    let mut reports: Vec<Report> =
        ["OrgnlGrpInfAndSts", "Rpt", "admi.002.001.01"].iter().flat_map(|name| of(name)).map(group).collect();
    let first = reports.first().cloned().unwrap_or_default();
    for node in of("TxInfAndSts") {
        let own = at(node, &["OrgnlGrpInf/OrgnlMsgId"]);
        let name = match &own {
            Some(_) => at(node, &["OrgnlGrpInf/OrgnlMsgNmId"]),
            None => first.original_message_name.clone(),
        };
        reports.push(Report {
            is_transaction: true,
            original_message_id: own.or_else(|| first.original_message_id.clone()),
            original_message_name: name,
            status: at(node, &["TxSts"]),
            reason: reason(node),
            instruction_id: at(node, &["OrgnlInstrId"]),
            end_to_end_id: at(node, &["OrgnlEndToEndId"]),
            transaction_id: at(node, &["OrgnlTxId"]),
            uetr: at(node, &["OrgnlUETR"]),
        });
    }
    reports
}

#[test]
fn every_version_is_read_as_it_is_written() {
    let mut examiner = Examiner::new(Options { schema_only: true, ..Options::default() });
    let answers: Vec<_> = catalogue::embedded().ids().filter(|id| Kind::of(*id) == Kind::Answer).collect();
    assert!(answers.len() >= 15 + 2, "{answers:?}");
    for message in answers {
        let generator = Generator::new(&catalogue::embedded().schema(message).unwrap().unwrap()).unwrap();
        let mut filled = Report::default();
        for index in 0..60 {
            let bytes = generator.message(7, index, Drawn::default()).write(Layout::Compact);
            let expected = expected(std::str::from_utf8(&bytes).unwrap());
            let found = examiner.examine(bytes, |examined, _, _| examined.original.reports);
            assert_eq!(found, std::slice::from_ref(&expected), "{message} {index}");
            for report in expected {
                filled.original_message_id = filled.original_message_id.or(report.original_message_id);
                filled.reason = filled.reason.or(report.reason);
                filled.status = filled.status.or(report.status);
            }
        }
        assert!(filled.original_message_id.is_some(), "{message}");
        assert_eq!(filled.reason.is_some(), !message.is("admi", 7), "{message}: reason");
        assert_eq!(filled.status.is_some(), !message.is("admi", 2), "{message}: status");
    }
}

const TOPIC: &str = "in.anyone";

fn worker(folder: &Path) -> Worker<Iso20022, EmbeddedQueue, SqliteStore> {
    let partner = Partner { id: "anyone".to_owned(), ..Partner::default() };
    let settings = Settings::until_idle("test", &[(TOPIC, "anyone")]);
    let partners = BTreeMap::from([("anyone".to_owned(), partner)]);
    let queue = EmbeddedQueue::open(&folder.join("queue.db"), &[TOPIC]).unwrap();
    let store = SqliteStore::open(&folder.join("payflow.db")).unwrap();
    Worker::new(Iso20022::new(Setup { partners, ..Setup::default() }), queue, store, settings)
}

fn reject(of: &str) -> Vec<u8> {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:admi.002.001.01\"><admi.002.001.01><RltdRef><Ref>{of}</Ref>\
         </RltdRef><Rsn><RjctgPtyRsn>X1</RjctgPtyRsn></Rsn></admi.002.001.01></Document>"
    )
    .into_bytes()
}

fn report(id: &str, of: &str, name: &str) -> Vec<u8> {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><FIToFIPmtStsRpt><GrpHdr><MsgId>{id}</MsgId>\
         <CreDtTm>2026-11-20T12:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{of}</OrgnlMsgId><OrgnlMsgNmId>{name}\
         </OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts></FIToFIPmtStsRpt></Document>"
    )
    .into_bytes()
}

#[test]
fn a_report_is_kept_and_matched_and_never_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(folder.path());
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/pacs008/ok/sepa-bulk-02.xml");
    let payment = std::fs::read_to_string(sample).unwrap();
    let payment_id = expected_id(&payment);
    worker.broker().append(TOPIC, &[payment.as_bytes()]).unwrap();
    worker.run_until_idle().unwrap();
    let answer = worker.broker().records(&Topics::default().acknowledgements, 0).unwrap().remove(0);
    let inputs = [
        reject(answer.header("ce_id").unwrap()),
        report("S1", &payment_id, "pacs.008.001.02"),
        report("S1", &payment_id, "pacs.008.001.02"), // the same again
        report("S2", &payment_id, "pacs.009.001.08"), // another kind of message
        report("S3", "NOBODY", "pacs.008.001.02"),
        answer.bytes, // our own, sent back: it is about the payment
    ];
    worker.broker().append(TOPIC, &inputs).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!(worker.broker().records(&Topics::default().acknowledgements, 0).unwrap().len(), 1, "no further answer");
    let mut select = worker
        .store()
        .connection()
        .prepare(
            "SELECT position, coalesce(status, reason), coalesce(of_position, -1), coalesce(matched_by, 'nothing')
               FROM status_report_match ORDER BY position, number",
        )
        .unwrap();
    let rows = select.query_map([], |row| {
        Ok(format!(
            "{} {} {} {}",
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, String>(3)?
        ))
    });
    let rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
    assert_eq!(
        rows,
        ["1 X1 0 answer", "2 ACSC 0 message", "4 ACSC -1 nothing", "5 ACSC -1 nothing", "6 ACTC 0 message"]
    );
}

fn expected_id(payment: &str) -> String {
    let tree = Document::parse(payment).unwrap();
    let id = tree.descendants().find(|node| node.tag_name().name() == "MsgId").unwrap();
    id.text().unwrap().to_owned()
}
