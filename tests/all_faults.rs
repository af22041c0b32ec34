//! Every fault of a message is found once, at its place, and nothing else is: on messages made by hand, and on generated
//! ones with faults planted in them. How many of those are found is printed: `cargo test --test all_faults -- --nocapture`;
//! `PAYFLOW_FAULTS=5000` takes so many messages of each kind.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod sample_set;

use std::collections::BTreeMap;

use payflow::finding::Finding;
use payflow::generate::{Generator, Mutant, Settings};
use payflow::pipeline::{Examined, Examiner, Options};
use payflow::schema::catalogue;

fn examined(bytes: &[u8]) -> Vec<Examined> {
    let mut examiner = Examiner::new(Options { schema_only: true, ..Options::default() });
    examiner.examine(bytes.to_vec(), |examined, _, _| examined)
}

/// What is done to a message, and what is then found: the rule, what stands at the place, and what is suggested.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str, &'a str)]);

const HEADED: &str = "pacs008/ok/cbpr-single-header-08.xml";

#[test]
fn messages_with_several_faults() {
    let text = String::from_utf8(std::fs::read(sample_set::samples().join(HEADED)).unwrap()).unwrap();
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&[], &[]),
        (&[("<BizMsgIdr>", "<BizMsgldr>"), ("</BizMsgIdr>", "</BizMsgldr>"), ("<ChrgBr>SHAR", "<ChrgBr>shar")], &[
            ("xsd.UnexpectedElement", "<BizMsgldr>", "Did you mean BizMsgIdr?"),
            ("xsd.Enumeration", "shar", "Write it in capital letters: SHAR"),
        ]),
        (&[("<MsgId>", "<MsgId><!-- c -->   <b/>"), ("<Dbtr>", "Dear bank, <Dbtr>"), ("</CdtrAgt>", "</CdtrAgt><CdtrAgt/>")], &[
            ("xsd.UnexpectedElement", "<b/>", ""),
            ("xsd.Text", "Dear bank,", ""),
            ("xsd.TooMany", "<CdtrAgt/>", ""),
            ("xsd.MissingElement", "<CdtrAgt/>", ""),
        ]),
        (&[("<MsgDefIdr>", "<Foo/><MsgDefIdr>"), (" Ccy=", " ccy="), ("<NbOfTxs>1", "<NbOfTxs>one"), ("</Document>", "<x/></Document>")], &[
            ("xsd.UnexpectedElement", "<Foo/>", ""),
            ("xsd.Pattern", "one", ""),
            ("xsd.Attribute", "ccy=", "Did you mean Ccy?"),
            ("xsd.UnexpectedElement", "<x/>", ""),
        ]),
        (&[("<SttlmMtd>", "<SttlmMtd>X"), ("</CdtTrfTxInf>", "</CdtTrfTxInf>&")], &[
            ("xsd.Enumeration", "XIND", ""),
            ("xml.NotWellFormed", "&", ""),
        ]),
    ];
    for (edits, expected) in rows {
        let mut bent = text.clone();
        for (from, to) in *edits {
            assert!(bent.contains(from), "{from}");
            bent = bent.replacen(from, to, 1);
        }
        let documents = examined(bent.as_bytes());
        let findings: Vec<&Finding> = documents.iter().flat_map(|document| &document.findings).collect();
        let found: Vec<(&str, &str, &str)> = findings
            .iter()
            .zip(expected.iter().map(|row| row.1.len()).chain(std::iter::repeat(8)))
            .map(|(finding, len)| {
                let at = finding.place.as_ref().unwrap().offset;
                let shown = bent.get(at..at + len).unwrap_or_default();
                (finding.rule.id(), shown, finding.suggestion.as_deref().unwrap_or_default())
            })
            .collect();
        assert_eq!(&found, expected, "{edits:?}: {findings:#?}");
    }
}

/// What became of planted faults.
#[derive(Default)]
struct Count {
    planted: usize,
    found: usize,
    findings: usize,
    not_planted: usize,
    /// By the kind of the fault, or by the rule of the finding: how many, and the first message.
    odd: BTreeMap<String, (usize, String)>,
}

impl Count {
    fn add(&mut self, name: &str, mutant: &Mutant) {
        let documents = examined(&mutant.bytes);
        assert_eq!(documents.len(), 1, "{name}");
        let mut findings: Vec<&Finding> = documents[0].findings.iter().collect();
        (self.planted, self.findings) = (self.planted + mutant.faults.len(), self.findings + findings.len());
        for fault in &mutant.faults {
            let is = |finding: &&Finding| finding.place.as_ref().is_some_and(|p| p.offset == fault.place.offset);
            match findings.iter().position(is) {
                Some(at) => {
                    findings.remove(at);
                    self.found += 1;
                }
                None => self.odd(
                    format!("not found: {}", fault.kind.id()),
                    format!("{name}: {} at {:?}", fault.what, fault.place),
                ),
            }
        }
        self.not_planted += findings.len();
        for finding in findings {
            self.odd(
                format!("not planted: {}", finding.rule.id()),
                format!("{name}: {} at {:?}", finding.text, finding.place),
            );
        }
    }

    fn odd(&mut self, what: String, first: String) {
        self.odd.entry(what).or_insert((0, first)).0 += 1;
    }
}

/// A share in hundredths of a percent.
fn share(part: usize, whole: usize) -> usize {
    part * 10_000 / whole.max(1)
}

fn percent(share: usize) -> String {
    format!("{}.{:02} %", share / 100, share % 100)
}

#[test]
fn planted_faults_are_found_and_no_others() {
    let each: u64 = std::env::var("PAYFLOW_FAULTS").map_or(38, |each| each.parse().unwrap());
    let mut count = Count::default();
    for message in [
        "pacs.008.001.02",
        "pacs.008.001.08",
        "pacs.008.001.13",
        "camt.053.001.02",
        "camt.053.001.08",
        "camt.053.001.13",
    ] {
        let schema = catalogue::embedded().schema(message.parse().unwrap()).unwrap().unwrap();
        let generator = Generator::new(&schema).unwrap();
        for index in 0..each {
            let faults = 2 + index as usize % 19;
            let mutant = generator.mutant(11, index, faults, Settings::default());
            count.add(&format!("{message} {index}"), &mutant);
        }
    }
    let (found, not_planted) = (share(count.found, count.planted), share(count.not_planted, count.findings));
    let told = format!("{} found at their place, {} of the findings not planted", percent(found), percent(not_planted));
    println!("{} planted faults: {told}", count.planted);
    for (what, (times, first)) in &count.odd {
        println!("{times:5} {what}, such as {first}");
    }
    assert!(found >= 9_900 && not_planted <= 100, "{told}");
}
