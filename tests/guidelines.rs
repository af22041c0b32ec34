//! Usage guidelines of a user's own: the samples of them, what they refuse, and which of several schemas checks a message.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod sample_set;
mod skip;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use payflow::message::own::{Folder, Ground, OwnSchemas};
use payflow::partner::Partner;
use payflow::pipeline::{Examined, Examiner, Options};

const PACS008: &str = "cross-border.pacs.008.001.08.xsd";
const HEADER: &str = "header.head.001.001.02.xsd";

fn files() -> BTreeMap<String, String> {
    let folder = sample_set::samples().join("guidelines");
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    sample_set::files(&folder, "xsd").iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn message() -> String {
    fs::read_to_string(sample_set::samples().join("guidelines/cross-border.xml")).unwrap()
}

fn folder(grounds: &[Ground]) -> Folder {
    Folder { files: files(), only: None, grounds: grounds.to_vec() }
}

/// The same folder, but of one file only.
fn only(name: &str, ground: Ground) -> Folder {
    Folder { only: Some(name.to_owned()), ..folder(&[ground]) }
}

/// A copy of the sample of a message under another name.
fn copy(name: &str, ground: Ground) -> Folder {
    let mut files = files();
    let text = files[PACS008].clone();
    files.insert(name.to_owned(), text);
    Folder { files, only: Some(name.to_owned()), grounds: vec![ground] }
}

fn examined(own: &Arc<OwnSchemas>, message: &str, partner: Option<&str>) -> Examined {
    let partner = partner.map(|id| Partner { id: id.to_owned(), ..Partner::default() });
    let mut examiner = Examiner::with_schemas(Options::default(), Some(Arc::clone(own)));
    let mut all = examiner.examine_from(partner.as_ref(), message.as_bytes().to_vec(), |examined, _, _| examined);
    all.remove(0)
}

/// What is put in place of what in the sample, and the rule that the guideline then refuses it by.
#[rustfmt::skip]
const CASES: &[(&str, &str, Option<&str>)] = &[
    ("", "", None),
    ("INV/2026/1029", "/INV", Some("xsd.Pattern")),
    ("INV/2026/1029", "INV-ü", Some("xsd.Pattern")),
    ("<InstrId>KSTL-77120", "<InstrId>KSTL-77120-2026-11", Some("xsd.Length")),
    ("<UETR>c9df2d97-ae72-4219-8cdd-67f220f3879d</UETR>", "", Some("xsd.MissingElement")),
    (">11690.00<", ">0.00<", Some("xsd.Range")),
    (">11690.00<", ">11690.005<", Some("xsd.Digits")),
    ("Ccy=\"EUR\"", "Ccy=\"USD\"", Some("xsd.Enumeration")),
    ("Ccy=\"EUR\"", "", Some("xsd.Attribute")),
    (":58+00:00", ":58Z", None),
    (":58+00:00", ":58", Some("xsd.Pattern")),
    ("<NbOfTxs>1<", "<BtchBookg>true</BtchBookg><NbOfTxs>1<", Some("xsd.UnexpectedElement")),
    (">SHAR<", ">SLEV<", Some("xsd.Enumeration")),
    ("<n:Kind>delivery</n:Kind>", "<n:Kind>\n delivery </n:Kind>", None),
    ("<n:Kind>delivery</n:Kind>", "", Some("xsd.MissingElement")),
    ("<n:Note>", "<n:Other/><n:Note>", Some("xsd.UnexpectedElement")),
    ("n:Line>", "Line>", Some("xsd.UnexpectedElement")),
];

/// Texts that stand in a message more than once.
fn changed(what: &str, with: &str) -> String {
    let message = message();
    assert!(message.contains(what), "{what}");
    if what == "n:Line>" { message.replace(what, with) } else { message.replacen(what, with, 1) }
}

#[test]
fn a_guideline_refuses_what_the_published_schema_takes() {
    let own = Arc::new(OwnSchemas::read(&[folder(&[Ground::Always])]).unwrap());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guideline.xml");
    let xmllint = Command::new("xmllint").arg("--version").output().is_ok();
    if !xmllint {
        skip::skipped("guidelines beside libxml2", "xmllint is not there");
    }
    for (what, with, rule) in CASES {
        let text = changed(what, with);
        let found = examined(&own, &text, None);
        let errors: Vec<&str> = found.findings.iter().map(|finding| finding.rule.id()).collect();
        assert_eq!(errors.first().copied(), *rule, "{what} → {with}: {:?}", found.findings);
        assert_eq!(found.schema.unwrap().file, PACS008);
        if xmllint {
            let (start, end) = (text.find("<Document").unwrap(), text.find("</BusMsg>").unwrap());
            fs::write(&target, &text[start..end]).unwrap();
            let schema = sample_set::samples().join("guidelines").join(PACS008);
            let output =
                Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(&target).output();
            let output = output.unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), rule.is_none(), "libxml2: {what} → {with}: {said}");
        }
    }
}

#[test]
fn what_a_guideline_takes_is_read_as_ever() {
    let own = Arc::new(OwnSchemas::read(&[folder(&[Ground::Always])]).unwrap());
    let (with, without) =
        (examined(&own, &message(), None), payflow::pipeline::examine(message().as_bytes(), Options::default()));
    assert_eq!(with.transactions, 1);
    assert_eq!(with.original, without[0].original);
    assert_eq!(without[0].schema, None);
    // The header is checked by the guideline of the header.
    let found = examined(&own, &message().replace("sample.cross.01", "swift.cbprplus.03"), None);
    assert_eq!(found.findings.first().map(|finding| finding.rule.id()), Some("xsd.Pattern"));
}

#[test]
fn the_closest_ground_goes_first() {
    let service = |name: &str| Ground::BusinessService(name.to_owned());
    let partner = |id: &str| Ground::Partner(id.to_owned());
    // For each set of schemas: who sends, and the file that checks the sample.
    let always = || only(PACS008, Ground::Always);
    let rows: &[(Vec<Folder>, Option<&str>, Option<&str>)] = &[
        (vec![always()], None, Some(PACS008)),
        (vec![only(PACS008, service("sample.other.01"))], None, None),
        (vec![always(), copy("service.xsd", service("sample.cross.01"))], None, Some("service.xsd")),
        (vec![always(), copy("service.xsd", service("sample.other.01"))], None, Some(PACS008)),
        (vec![always(), copy("practice.xsd", Ground::MarketPractice("x".to_owned()))], None, Some(PACS008)),
        (
            vec![copy("a.xsd", service("sample.cross.01")), copy("b.xsd", partner("alpha"))],
            Some("alpha"),
            Some("b.xsd"),
        ),
        (vec![copy("a.xsd", service("sample.cross.01")), copy("b.xsd", partner("alpha"))], Some("beta"), Some("a.xsd")),
        (vec![copy("a.xsd", partner("alpha")), copy("b.xsd", Ground::Asked)], Some("alpha"), Some("b.xsd")),
    ];
    for (folders, sender, expected) in rows {
        let own = Arc::new(OwnSchemas::read(folders).unwrap());
        let found = examined(&own, &message(), *sender);
        assert_eq!(found.schema.as_ref().map(|schema| schema.file.as_str()), *expected, "{folders:?}");
        assert!(found.schema.is_none_or(|schema| schema.hash.len() == 64));
    }
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start() {
    let broken = |text: &str| {
        let files = [("a.xsd".to_owned(), text.to_owned()), ("b.xsd".to_owned(), "<x/>".to_owned())].into();
        Folder { files, only: None, grounds: vec![Ground::Always] }
    };
    let schema = |body: &str| {
        format!(
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:t' targetNamespace='urn:t' \
             elementFormDefault='qualified'>\n<xs:element name='Document' type='D'/>\n{body}</xs:schema>"
        )
    };
    let twice = "<xs:complexType name='D'><xs:sequence><xs:element name='a' type='xs:int' minOccurs='0'/>\
        <xs:element name='a' type='xs:int'/></xs:sequence></xs:complexType>";
    let rows: &[(Vec<Folder>, &[&str])] = &[
        (
            vec![only(PACS008, Ground::Always), copy("b.xsd", Ground::Always)],
            &[
                "cross-border.pacs.008.001.08.xsd and b.xsd are both for urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08 for every such message",
            ],
        ),
        (
            vec![only(HEADER, Ground::BusinessService("x".to_owned()))],
            &["header.head.001.001.02.xsd: the schema of a header"],
        ),
        (vec![only("payment-note.xsd", Ground::Always)], &["payment-note.xsd: no schema of a message"]),
        // All that is wrong is said at once.
        (
            vec![broken(&schema(twice))],
            &["a.xsd:3: in the type `D` two parts could take the element `a`", "b.xsd:1: <x> is not of"],
        ),
        (
            vec![broken(&schema("<xs:import namespace='urn:o' schemaLocation='folder/o.xsd'/>"))],
            &["a.xsd:3: folder/o.xsd cannot be imported: there is no file o.xsd beside it", "b.xsd"],
        ),
    ];
    for (folders, expected) in rows {
        let problems = OwnSchemas::read(folders).unwrap_err();
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, expected) in problems.iter().zip(*expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }
}
