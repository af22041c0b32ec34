//! Input that is not a message, or not the right one: one clear finding, an admi.002, and never a panic, however the bytes
//! are bent.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod sample_set;

use payflow::finding::{Rule, Severity};
use payflow::pipeline::{Examined, Validity};

/// The finding of a document that has one.
fn the_finding(documents: &[Examined]) -> Option<Rule> {
    match documents {
        [document] => match document.findings.as_slice() {
            [finding] => Some(finding.rule),
            _ => None,
        },
        _ => None,
    }
}

/// What is not as expected of a bad input.
fn check(name: &str, bytes: &[u8], rule: Rule, validity: Validity) -> Option<String> {
    let documents = sample_set::examined(bytes);
    let clear = documents.iter().flat_map(|document| &document.findings).all(|finding| !finding.text.is_empty());
    let right = the_finding(&documents) == Some(rule) && documents[0].validity == validity && clear;
    let findings = || documents.iter().flat_map(|document| &document.findings).collect::<Vec<_>>();
    (!right).then(|| format!("{name}: expected {validity:?} by {rule:?}, found {:#?}", findings()))
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(sample_set::samples().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Each bad input of the samples: what is found, and what the verdict is.
const SAMPLES: &[(&str, Rule, Validity)] = &[
    ("pacs008/err/empty.xml", Rule::XmlNoDocument, Validity::Invalid),
    ("pacs008/err/binary.xml", Rule::XmlNotWellFormed, Validity::Invalid),
    ("pacs008/err/cut-off.xml", Rule::XmlNotWellFormed, Validity::Invalid),
    ("pacs008/err/mismatched-tags.xml", Rule::XmlNotWellFormed, Validity::Invalid),
    ("pacs008/err/doctype.xml", Rule::XmlDoctype, Validity::Invalid),
    ("pacs008/err/deep-nesting.xml", Rule::XmlLimit, Validity::Invalid),
    ("pacs008/err/encoding-mismatch.xml", Rule::XmlEncoding, Validity::Invalid),
    ("pacs008/err/header-alone.xml", Rule::XmlNoDocument, Validity::Invalid),
    ("pacs008/err/wrong-namespace.xml", Rule::Unsupported, Validity::Unsupported),
    ("pacs008/err/future-version.xml", Rule::Unsupported, Validity::Unsupported),
    ("pacs008/err/header-mismatch.xml", Rule::HeaderMismatch, Validity::Invalid),
    ("camt053/err/camt052-as-camt053.xml", Rule::Unsupported, Validity::Unsupported),
    ("camt053/err/report-body.xml", Rule::XsdUnexpectedElement, Validity::Invalid),
    ("camt053/err/cut-off.xml", Rule::XmlNotWellFormed, Validity::Invalid),
];

/// Further bad inputs. None of them is valid.
const OTHERS: &[(&str, &[u8], Rule)] = &[
    ("white space", b" \r\n\t ", Rule::XmlNoDocument),
    ("a byte order mark alone", b"\xef\xbb\xbf", Rule::XmlNoDocument),
    ("text", b"MT103 :20:REF", Rule::XmlNotWellFormed),
    ("two roots", b"<a/><b/>", Rule::XmlNotWellFormed),
    ("another root", b"<html><body/></html>", Rule::XmlNoDocument),
    ("zeros", &[0; 300], Rule::XmlNotWellFormed),
    ("an unknown encoding", b"<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?><a/>", Rule::XmlEncoding),
    ("an entity of its own", b"<a>&name;</a>", Rule::XmlNotWellFormed),
];

#[test]
fn each_bad_input_gets_one_clear_finding() {
    let samples = SAMPLES.iter().filter_map(|(name, rule, validity)| check(name, &sample(name), *rule, *validity));
    let others = OTHERS.iter().filter_map(|(name, bytes, rule)| check(name, bytes, *rule, Validity::Invalid));
    let wrong: Vec<String> = samples.chain(others).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What holds for every input, whatever it is.
fn hold(name: &str, bytes: &[u8]) {
    let documents = sample_set::examined(bytes);
    assert!(!documents.is_empty(), "{name}: an input always has an answer");
    for (index, document) in documents.iter().enumerate() {
        assert_eq!(document.number as usize, index + 1, "{name}");
        let errors = document.findings.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(errors, document.validity != Validity::Valid, "{name}: {:?}", document.findings);
        for finding in &document.findings {
            assert!(!finding.text.is_empty(), "{name}");
            assert!(finding.place.as_ref().is_none_or(|place| place.line > 0 && place.column > 0), "{name}");
        }
    }
}

/// A small random generator with a fixed seed: the same bytes are bent in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Each sample, cut off or with some bytes replaced, so many times.
fn bent_samples(rounds: usize, mut each: impl FnMut(&str, &[u8])) -> usize {
    let mut random = Random(0x5eed_2026_1105);
    let mut inputs = 0;
    for file in sample_set::files(&sample_set::samples(), "xml") {
        let bytes = std::fs::read(&file).unwrap();
        for round in 0..rounds {
            let mut bent = bytes.clone();
            if round % 2 == 0 {
                bent.truncate(random.below(bytes.len()));
            }
            for _ in 0..round % 4 {
                if !bent.is_empty() {
                    let at = random.below(bent.len());
                    bent[at] = [b'<', b'>', b'&', b'"', b'/', 0, 0xff, b' '][random.below(8)];
                }
            }
            each(&format!("{}, round {round}", file.display()), &bent);
            inputs += 1;
        }
    }
    inputs
}

#[test]
fn cut_and_bent_samples_never_panic() {
    let inputs = bent_samples(60, hold);
    println!("{inputs} bent inputs, no panic");
    assert!(inputs > 1_000);
}

/// What goes back for bad input, by the stages of the worker.
#[cfg(feature = "worker")]
mod answers {
    use chrono::Utc;
    use payflow::partner::Partner;
    use payflow::pipeline::Raw;
    use payflow::pipeline::iso20022::{Iso20022, Setup};
    use payflow::pipeline::stages::{Due, Stages};
    use payflow::rules::judge::{Facts, Verdict};

    use super::*;

    /// The stages of a source that belongs to one bank.
    fn stages(bic: &str) -> Iso20022 {
        let id = "nordwind".to_owned();
        let bics = if bic.is_empty() { vec![] } else { vec![bic.to_owned()] };
        let partner = Partner { id: id.clone(), bics, ..Partner::default() };
        Iso20022::new(Setup { partners: [(id, partner)].into(), ..Setup::default() })
    }

    /// The verdicts and the answers, each by its message definition, and the rules that were broken.
    fn answered(stages: &Iso20022, bytes: &[u8]) -> Vec<(Verdict, String, Vec<Rule>)> {
        let raw = Raw {
            bytes: bytes.to_vec(),
            origin: "payflow.inbound-0-7".to_owned(),
            partner: "nordwind".to_owned(),
            received_at: Utc::now(),
        };
        let documents = stages.examine(&raw);
        let decide = |prepared| stages.decide(prepared, &Facts::default(), Utc::now());
        documents
            .iter()
            .map(decide)
            .map(|decided| {
                let answer = match decided.answer {
                    Due::Reply { definition, .. } => definition.to_string(),
                    Due::None(reason) => reason.to_owned(),
                    Due::AsStored => "as stored".to_owned(),
                };
                let rules = decided.decision.findings.iter().map(|finding| finding.rule).collect();
                (decided.decision.verdict, answer, rules)
            })
            .collect()
    }

    fn refused(rule: Rule) -> Vec<(Verdict, String, Vec<Rule>)> {
        vec![(Verdict::Refused, "admi.002.001.01".to_owned(), vec![rule])]
    }

    #[test]
    fn each_bad_input_is_refused_by_an_admi_002() {
        let stages = stages("");
        for (name, rule, _) in SAMPLES {
            assert_eq!(answered(&stages, &sample(name)), refused(*rule), "{name}");
        }
        for (name, bytes, rule) in OTHERS {
            assert_eq!(answered(&stages, bytes), refused(*rule), "{name}");
        }
    }

    #[test]
    fn a_message_of_another_bank_is_refused() {
        let bytes = sample("pacs008/err/wrong-partner.xml");
        assert_eq!(answered(&stages("NWNDDEFFXXX"), &bytes), refused(Rule::WrongPartner));
        let accepted = vec![(Verdict::Accepted, "pacs.002.001.10".to_owned(), vec![])];
        assert_eq!(answered(&stages("ZWTRFRPPXXX"), &bytes), accepted);
    }

    #[test]
    fn bent_samples_are_answered_without_a_panic() {
        let stages = stages("");
        bent_samples(6, |name, bytes| assert!(!answered(&stages, bytes).is_empty(), "{name}"));
    }
}

/// A sample in which every `from` is another text.
fn replaced(name: &str, from: &str, to: &str) -> String {
    let text = String::from_utf8(sample(name)).unwrap();
    assert!(text.contains(from), "{name} does not hold {from}");
    text.replace(from, to)
}

/// A sample under a prefix that is too long for the fast path, with other bytes instead of it on one element.
fn long_prefix(name: &str, instead: &[u8]) -> Vec<u8> {
    let prefix = "p".repeat(40);
    let text = replaced(name, "xmlns=", &format!("xmlns:{prefix}="));
    let text = text.replace("<", &format!("<{prefix}:")).replace(&format!("<{prefix}:/"), &format!("</{prefix}:"));
    let text = text.replace(&format!("<{prefix}:?"), "<?").replace(&format!("{prefix}:GrpHdr"), "?:GrpHdr");
    let parts: Vec<&[u8]> = text.split("?:").map(str::as_bytes).collect();
    parts.join(instead)
}

#[test]
fn what_is_hard_to_see_is_seen() {
    let compact = "pacs008/ok/compact-regulatory-14.xml";
    let head = "xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.14\"";
    let location = |value: &str| {
        let xsi = "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:schemaLocation";
        replaced(compact, head, &format!("{head} {xsi}=\"{value}\"")).into_bytes()
    };
    let around = |tag: &str| [tag.as_bytes(), &sample(compact)[sample_declaration(compact)..], b"</a>"].concat();
    let header = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.01\">";
    let rows: Vec<(&str, bool, Vec<u8>)> = vec![
        ("a long prefix", true, long_prefix(compact, format!("{}:", "p".repeat(40)).as_bytes())),
        ("bytes instead of a long prefix", false, long_prefix(compact, &[0xFF; 32])),
        ("a schema location", true, location("a b")),
        ("a malformed schema location", false, location("a?b&c")),
        ("an element around it", true, around("<a b=\"&lt;\">")),
        ("a malformed attribute around it", false, around("<a b=\"&c\">")),
        ("an attribute without its prefix around it", false, around("<a b:c=\"1\">")),
        ("a header that says it is a document", false, header_as_document(header)),
    ];
    let headed = |before: &str, behind: &str| headed(before, behind).into_bytes();
    let rows = rows.into_iter().chain([
        ("a header", true, headed("H", "")),
        ("two headers", false, headed("HH", "")),
        ("a header behind", false, headed("H", "H")),
    ]);
    let rows: Vec<_> = rows.collect();
    let verdict = |bytes: &[u8]| sample_set::examined(bytes).iter().all(|document| document.schema_valid);
    let wrong: Vec<&str> = rows.iter().filter(|(_, valid, bytes)| verdict(bytes) != *valid).map(|row| row.0).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A message with headers before and behind its document: one for each letter.
fn headed(before: &str, behind: &str) -> String {
    let text = String::from_utf8(sample("pacs008/ok/cbpr-single-header-08.xml")).unwrap();
    let part = |from: &str, to: &str| &text[text.find(from).unwrap()..text.find(to).unwrap() + to.len()];
    let (header, document) = (part("<AppHdr", "</AppHdr>"), part("<Document", "</Document>"));
    format!("<a>{}{document}{}</a>", header.repeat(before.len()), header.repeat(behind.len()))
}

/// How long the XML declaration of a sample is.
fn sample_declaration(name: &str) -> usize {
    let bytes = sample(name);
    bytes.windows(2).position(|window| window == b"?>").map_or(0, |at| at + 2)
}

/// The header of a sample under the start tag of a document.
fn header_as_document(start: &str) -> Vec<u8> {
    let text = String::from_utf8(sample("pacs008/ok/cbpr-single-header-08.xml")).unwrap();
    let (from, to) = (text.find("<AppHdr").unwrap(), text.find("</AppHdr>").unwrap() + "</AppHdr>".len());
    let content = &text[from + text[from..].find('>').unwrap() + 1..to];
    let version = text[from..].split("head.001.001.").nth(1).map_or("", |rest| &rest[..2]);
    format!("{}{content}", start.replace("head.001.001.01", &format!("head.001.001.{version}"))).into_bytes()
}

#[test]
fn a_hundred_thousand_attributes_are_refused_at_once() {
    let attributes: String = (0..100_000).map(|n| format!("a{n}=\"\" ")).collect();
    let before = std::time::Instant::now();
    assert_eq!(the_finding(&sample_set::examined(format!("<a {attributes}/>").as_bytes())), Some(Rule::XmlLimit));
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
}

#[test]
fn a_hundred_thousand_names_are_read_at_once() {
    let elements: String = (0..100_000).map(|n| format!("<n{n}/>")).collect();
    let before = std::time::Instant::now();
    assert_eq!(the_finding(&sample_set::examined(format!("<a>{elements}</a>").as_bytes())), Some(Rule::XmlNoDocument));
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
}
