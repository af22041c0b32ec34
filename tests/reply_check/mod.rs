//! The check that every answer passes in any test: header and document are valid against their own schemas, and what no
//! schema says of them holds too. Shared by the tests of the answers and of the pipeline.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use payflow::pipeline::{Options, Validity, examine};
use payflow::schema::MessageId;
use roxmltree::{Document, Node};

/// A header or a document of an answer, cut out of its wrapper.
struct Part {
    message: MessageId,
    label: String,
    xml: String,
}

/// Answers gathered by schema, so that each schema is loaded once.
#[derive(Default)]
pub(crate) struct Answers {
    parts: BTreeMap<MessageId, Vec<Part>>,
    /// How many were added.
    pub(crate) count: usize,
}

impl Answers {
    /// Checks header and document against their schemas, then what no schema says, and keeps both for
    /// [`Answers::validate`].
    pub(crate) fn add(&mut self, label: &str, bytes: &[u8]) {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{label}: {error}"));
        let xml = Document::parse(text).unwrap_or_else(|error| panic!("{label}: {error}\n{text}"));
        assert_valid(label, bytes);
        assert_consistent(label, &xml);
        self.count += 1;
        for node in xml.descendants().filter(|node| ["AppHdr", "Document"].contains(&node.tag_name().name())) {
            let message = message_of(node).unwrap_or_else(|| panic!("{label}: no namespace of ISO 20022"));
            let part = Part { message, label: label.to_owned(), xml: text[node.range()].to_owned() };
            self.parts.entry(message).or_default().push(part);
        }
    }

    /// Validates all that was added once more with libxml2 and the same schemas, and says so when it is not there.
    pub(crate) fn validate(&self) {
        if Command::new("xmllint").arg("--version").output().is_err() {
            return crate::skip::skipped("the answers with libxml2", "xmllint is not there");
        }
        for (message, parts) in &self.parts {
            let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{message}.xsd"));
            validate(&schema, parts);
        }
        println!("{} answers valid against {} schemas", self.count, self.parts.len());
    }
}

/// One valid document, with a valid header if any, as payflow itself reads it.
pub(crate) fn assert_valid(label: &str, bytes: &[u8]) {
    let examined = examine(bytes, Options { schema_only: true, ..Options::default() });
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(examined.len(), 1, "{label}: one document\n{text}");
    assert_eq!(examined[0].validity, Validity::Valid, "{label}: {:?}\n{text}", examined[0].findings);
    assert_eq!(examined[0].original.header.is_some(), text.contains("<AppHdr "), "{label}: the header is read\n{text}");
}

fn validate(schema: &Path, parts: &[Part]) {
    let folder = tempfile::tempdir().expect("a folder");
    for chunk in parts.chunks(500) {
        let files = chunk.iter().enumerate().map(|(i, part)| {
            let file = folder.path().join(format!("{i}.xml"));
            std::fs::write(&file, &part.xml).expect("a file");
            file
        });
        let files = files.collect::<Vec<_>>();
        let output = Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).args(files).output();
        let output = output.expect("xmllint runs");
        let faults = String::from_utf8_lossy(&output.stderr).into_owned();
        let fault = faults.lines().find(|line| !line.ends_with(" validates"));
        let Some(fault) = fault else { continue };
        let number = fault.split(".xml").next().and_then(|path| path.rsplit('/').next()?.parse::<usize>().ok());
        let part = number.and_then(|number| chunk.get(number)).unwrap_or_else(|| panic!("{fault}"));
        panic!("{} as {}: {fault}\n{}", part.label, part.message, part.xml);
    }
}

fn message_of(node: Node) -> Option<MessageId> {
    MessageId::from_namespace(node.tag_name().namespace()?)
}

/// All elements of a name below a node.
fn all<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(move |node| node.tag_name().name() == name)
}

/// The text of the first child of a name.
fn text<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    node.children().find(|node| node.tag_name().name() == name)?.text()
}

/// What the standard asks of an answer beyond its schemas.
pub(crate) fn assert_consistent(label: &str, xml: &Document) {
    let root = xml.root_element();
    let documents = all(root, "Document").collect::<Vec<_>>();
    assert_eq!(documents.len(), 1, "{label}: one document");
    let document = documents[0];
    let headers = all(root, "AppHdr").collect::<Vec<_>>();
    assert!(headers.len() <= 1, "{label}: at most one header");
    for header in headers {
        assert_eq!(header.next_sibling(), Some(document), "{label}: the header stands before its document");
        assert_eq!(
            text(header, "MsgDefIdr").map(str::to_owned),
            message_of(document).map(|id| id.to_string()),
            "{label}"
        );
        if let Some(group) = all(document, "GrpHdr").next() {
            assert_eq!(
                text(header, "BizMsgIdr"),
                text(group, "MsgId"),
                "{label}: the header has the id of its message"
            );
        }
    }
    if message_of(document).is_some_and(|message| message.is("pacs", 2)) {
        assert_status_rules(label, document);
    }
}

/// The rules of the pacs.002 definition that concern what payflow writes, under their official names.
fn assert_status_rules(label: &str, document: Node) {
    let groups = all(document, "OrgnlGrpInfAndSts").collect::<Vec<_>>();
    let transactions = all(document, "TxInfAndSts").collect::<Vec<_>>();
    let statuses = transactions.iter().map(|it| text(*it, "TxSts").expect("a status")).collect::<Vec<_>>();
    let naming = transactions.iter().filter(|it| all(**it, "OrgnlGrpInf").next().is_some()).count();
    match groups.len() {
        0 => assert_eq!(naming, transactions.len(), "{label}: OriginalGroupInformationAbsenceRule"),
        1 => assert_eq!(naming, 0, "{label}: OriginalGroupInformationSinglePresenceRule"),
        _ => panic!("{label}: several groups"),
    }
    let is_reason = |name: &str| name == "StsRsnInf";
    for group in groups {
        let status = text(group, "GrpSts");
        let counts = all(group, "NbOfTxsPerSts").collect::<Vec<_>>();
        let additional = all(group, "AddtlInf").chain(all(group, "AddtlStsRsnInf")).count();
        match status {
            Some("ACTC") => assert!(!statuses.contains(&"RJCT"), "{label}: GroupStatusAcceptedRule"),
            Some("PDNG") => assert!(!statuses.contains(&"RJCT"), "{label}: GroupStatusPendingRule"),
            Some("RJCT") => assert!(statuses.iter().all(|it| *it == "RJCT"), "{label}: GroupStatusRejectedRule"),
            Some("PART") | None => assert!(!transactions.is_empty(), "{label}: the statuses stand somewhere"),
            Some(other) => panic!("{label}: {other} is not a status we give"),
        }
        assert!(counts.is_empty() || status == Some("PART"), "{label}: NumberOfTransactionPerStatusGuideline");
        assert!(additional == 0 || status == Some("RJCT"), "{label}: StatusReasonInformationRule");
        if let (Some("PART"), Some(total)) = (status, text(group, "OrgnlNbOfTxs")) {
            let sum =
                counts.iter().map(|it| text(*it, "DtldNbOfTxs").expect("a count").parse::<u32>().expect("a number"));
            assert_eq!(sum.sum::<u32>(), total.parse::<u32>().expect("a number"), "{label}: the counts add up");
        }
        let reasoned = group.children().any(|it| is_reason(it.tag_name().name())) || !transactions.is_empty();
        assert!(status != Some("RJCT") || reasoned, "{label}: a rejection has a reason");
    }
    for reason in all(document, "StsRsnInf") {
        let narrative = all(reason, "Cd").any(|it| it.text() == Some("NARR"));
        let additional = all(reason, "AddtlInf").chain(all(reason, "AddtlStsRsnInf")).next();
        assert!(!narrative || additional.is_some(), "{label}: StatusReasonRule");
    }
    for (transaction, status) in transactions.iter().zip(statuses) {
        let reasoned = all(*transaction, "StsRsnInf").next().is_some();
        assert_eq!(status == "RJCT", reasoned, "{label}: a rejected transaction has a reason, another has none");
    }
}
