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

#[test]
fn each_bad_input_gets_one_clear_finding_and_a_refusal() {
    use Rule::*;
    use Validity::{Invalid, Unsupported as NotSupported};
    let samples = [
        ("pacs008/err/empty.xml", XmlNoDocument, Invalid),
        ("pacs008/err/binary.xml", XmlNotWellFormed, Invalid),
        ("pacs008/err/cut-off.xml", XmlNotWellFormed, Invalid),
        ("pacs008/err/mismatched-tags.xml", XmlNotWellFormed, Invalid),
        ("pacs008/err/doctype.xml", XmlDoctype, Invalid),
        ("pacs008/err/deep-nesting.xml", XmlLimit, Invalid),
        ("pacs008/err/encoding-mismatch.xml", XmlEncoding, Invalid),
        ("pacs008/err/header-alone.xml", XmlNoDocument, Invalid),
        ("pacs008/err/wrong-namespace.xml", Unsupported, NotSupported),
        ("pacs008/err/future-version.xml", Unsupported, NotSupported),
        ("camt053/err/camt052-as-camt053.xml", Unsupported, NotSupported),
        ("camt053/err/report-body.xml", XsdUnexpectedElement, Invalid),
        ("camt053/err/cut-off.xml", XmlNotWellFormed, Invalid),
    ];
    let others = [
        ("white space", &b" \r\n\t "[..], XmlNoDocument),
        ("a byte order mark alone", b"\xef\xbb\xbf", XmlNoDocument),
        ("text", b"MT103 :20:REF", XmlNotWellFormed),
        ("two roots", b"<a/><b/>", XmlNotWellFormed),
        ("another root", b"<html><body/></html>", XmlNoDocument),
        ("zeros", &[0; 300], XmlNotWellFormed),
        ("an unknown encoding", b"<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?><a/>", XmlEncoding),
        ("an entity of its own", b"<a>&name;</a>", XmlNotWellFormed),
    ];
    let samples = samples.into_iter().filter_map(|(name, rule, validity)| check(name, &sample(name), rule, validity));
    let others = others.into_iter().filter_map(|(name, bytes, rule)| check(name, bytes, rule, Invalid));
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

#[test]
fn cut_and_bent_samples_never_panic() {
    let mut random = Random(0x5eed_2026_1105);
    let mut inputs = 0;
    for file in sample_set::files(&sample_set::samples(), "xml") {
        let bytes = std::fs::read(&file).unwrap();
        let name = file.display().to_string();
        for round in 0..60 {
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
            hold(&format!("{name}, round {round}"), &bent);
            inputs += 1;
        }
    }
    println!("{inputs} bent inputs, no panic");
    assert!(inputs > 1_000);
}
