//! An input says the same through a window of any size as it does in memory: verdict, findings with their places, what an answer
//! quotes, and what is mapped of it.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod mutants;
mod random;
mod sample_set;

use payflow::bench::messages;
use payflow::message::{LargeProof, Original, Transactions};
use payflow::pipeline::large::{Changed, Large, Pass};
use payflow::pipeline::{Examined, Examiner, Options};
use payflow::transfer::map::{self, Output};
use payflow::transfer::{Statement, Transfer};
use payflow::xml::Limits;
use payflow::xml::input::{Source, Trouble};
use sha2::{Digest, Sha256};

/// A large input that is in memory all the same. Its second form is what the second pass sees.
struct Held<'b>(&'b [u8], &'b [u8]);

struct Bytes(Vec<u8>, usize);

impl Large for Held<'_> {
    fn open(&self, pass: Pass) -> Result<Box<dyn Source>, Trouble> {
        Ok(Box::new(Bytes(if pass == Pass::Map { self.1 } else { self.0 }.to_vec(), 0)))
    }
}

impl Source for Bytes {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        // A pipe gives what it has.
        let len = into.len().min(self.0.len() - self.1).min(777);
        into[..len].copy_from_slice(&self.0[self.1..self.1 + len]);
        self.1 += len;
        Ok(len)
    }
}

/// What is said of a document, and what is mapped of it.
#[derive(Debug, Default, PartialEq)]
struct Said {
    examined: String,
    hash: Option<[u8; 32]>,
    transfers: Vec<Transfer>,
    statements: Vec<Statement>,
    remarks: Vec<payflow::finding::Finding>,
}

/// All but the transactions that an answer quotes: of a large input only some are kept.
fn shown(examined: Examined) -> (String, Transactions) {
    let mut original = examined.original;
    let transactions = std::mem::take(&mut original.transactions);
    let count = transactions.len();
    // Where the whole input stands for the document, a large one is known as far as it was read.
    let document =
        if examined.document.start == 0 && !examined.schema_valid { 0..0 } else { examined.document.clone() };
    (format!("{:#?} {count}", Examined { original: Original { ..original }, document, ..examined }), transactions)
}

fn in_memory(bytes: &[u8]) -> Vec<(Said, Transactions)> {
    Examiner::new(Options::default()).examine(bytes.to_vec(), |examined, proven, decoded| {
        let hash = proven.map(|_| Sha256::digest(&decoded[examined.document.clone()]).into());
        let mapped = proven.as_ref().map(map::all).unwrap_or_default();
        let (examined, transactions) = shown(examined);
        let map::Mapped { transfers, statements, findings } = mapped;
        (Said { examined, hash, transfers, statements, remarks: findings }, transactions)
    })
}

fn through_windows(bytes: &[u8], window_bytes: usize) -> Vec<(Said, Transactions)> {
    let options = Options { limits: Limits { window_bytes, ..Limits::default() }, ..Options::default() };
    let (mut examiner, held) = (Examiner::new(options), Held(bytes, bytes));
    let documents = examiner.examine_large(None, &held, true).unwrap();
    let proofs: Vec<Option<&LargeProof>> = documents.iter().map(|document| document.proof.as_ref()).collect();
    let mut said: Vec<Said> = documents.iter().map(|_| Said::default()).collect();
    let mut entries = Vec::new();
    let remarks = examiner.map_large(None, &held, &proofs, &mut |number, output| {
        let said = &mut said[number as usize - 1];
        match output {
            Output::Transfer(transfer) => said.transfers.push(transfer.clone()),
            Output::Entry(entry) => entries.push(entry),
            Output::Closed(statement) => {
                said.statements.push(Statement { entries: std::mem::take(&mut entries), ..statement });
            }
            Output::Opened(_) | Output::Remark(..) => {}
        }
        Ok(())
    });
    said[0].remarks = remarks.unwrap().remarks;
    let all = documents.iter().zip(said).map(|(document, said)| {
        let (examined, transactions) = shown(document.examined.clone());
        (Said { examined, hash: document.proof.as_ref().map(|proof| *proof.document()), ..said }, transactions)
    });
    all.collect()
}

fn check(name: &str, bytes: &[u8], sizes: &[usize]) {
    let mut whole = in_memory(bytes);
    // The remarks of all documents come together.
    let remarks = whole.iter_mut().flat_map(|(said, _)| std::mem::take(&mut said.remarks)).collect();
    whole[0].0.remarks = remarks;
    for size in sizes {
        let large = through_windows(bytes, *size);
        assert_eq!(large.len(), whole.len(), "{name}, windows of {size}");
        for ((expected, all), (found, kept)) in whole.iter().zip(&large) {
            assert_eq!(found.examined, expected.examined, "{name}, windows of {size}");
            assert!(found == expected, "{name}, windows of {size}: mapped\n{found:#?}\n{expected:#?}");
            assert!((0..all.len() as u32).all(|i| kept.get(i).is_none_or(|kept| Some(kept) == all.get(i))), "{name}");
        }
    }
}

#[test]
fn samples_say_the_same_through_every_window() {
    let files = sample_set::files(&sample_set::samples(), "xml");
    assert!(files.len() > 20);
    for (at, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let sizes: Vec<usize> = (100..4096).step_by(397).map(|size| size + at * 7).chain([64, 65_536]).collect();
        check(&file.display().to_string(), &bytes, &sizes);
    }
}

#[test]
fn messages_and_mutants_say_the_same_through_every_window() {
    let mut random = random::Random::new(11);
    for (seed, indented) in [(1, false), (2, true)] {
        let style = messages::Style { indented, prefixed: indented, accented: true };
        for (name, document) in messages::samples(seed, style) {
            check(name, &document, &[64, 100, 1000, 4096]);
            for _ in 0..60 {
                let (way, bent) = mutants::mutant(&document, &mut random);
                check(&format!("{name} {way}"), &bent, &[64, 333, 2000]);
            }
        }
    }
}

#[test]
fn what_surrounds_documents_says_the_same_through_every_window() {
    let document = std::fs::read_to_string(sample_set::samples().join("pacs008/ok/sepa-bulk-02.xml")).unwrap();
    let document = &document[document.find("<Document").unwrap()..];
    let header = "<AppHdr xmlns='urn:iso:std:iso:20022:tech:xsd:head.001.001.02'><CharSet>x</CharSet></AppHdr>";
    let long = "x &amp; é ".repeat(60);
    for input in [
        format!("<w>{header}{header}{document}<!-- {long} -->{document}{header}</w>"),
        format!("<w>{long}{document}{long}</w>"),
        format!("<w>{long}{document}{long}"),
        format!("<w>{document}{long}&bad; {long}</w>"),
        format!("{document}{long}"),
        format!("{}{document}", " ".repeat(900)),
        format!("{}<x/>", "\n".repeat(900)),
        format!("<w>{}{document}</w>", document.replacen("</GrpHdr>", "</GrpHd>", 1)),
        format!("<w a='1'>{}{document}</w>", document.replacen("<GrpHdr>", "<GrpHdr><p:X xmlns:p='u'><p:Y/></p:X>", 1)),
        format!("<w>{}{document}</w>", document.replacen("<NbOfTxs>", "<NbOfTx>", 1)),
        String::new(),
        " ".repeat(200),
    ] {
        check(&input[..input.len().min(60)], input.as_bytes(), &[64, 100, 500, 3000]);
    }
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut broken = utf16(&format!("<w>{document}</w>"));
    check("UTF-16", &broken, &[64, 100, 3000]);
    let at = broken.len() - 10;
    broken[at..at + 2].copy_from_slice(&[0x00, 0xD8]);
    check("broken UTF-16", &broken, &[64, 100, 3000]);
    broken.truncate(broken.len() - 1);
    check("cut UTF-16", &broken, &[64, 100, 3000]);
}

#[test]
fn an_input_that_changes_between_the_passes_is_an_error() {
    let bytes = std::fs::read(sample_set::samples().join("pacs008/ok/sepa-bulk-02.xml")).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let options = Options { limits: Limits { window_bytes: 100, ..Limits::default() }, ..Options::default() };
    let mut examiner = Examiner::new(options);
    let other =
        [text.replacen("EUR", "USD", 1), text.replacen("</Document>", "", 1), text.replace("Document", "Dokument")];
    for later in other.iter().map(String::as_bytes) {
        let held = Held(&bytes, later);
        let documents = examiner.examine_large(None, &held, true).unwrap();
        let proofs: Vec<_> = documents.iter().map(|document| document.proof.as_ref()).collect();
        let error = examiner.map_large(None, &held, &proofs, &mut |_, _| Ok(())).unwrap_err();
        assert!(error.is::<Changed>(), "{error}");
    }
}

#[test]
fn what_is_larger_than_its_limit_is_a_finding_that_names_it() {
    let bytes = std::fs::read(sample_set::samples().join("pacs008/ok/sepa-bulk-02.xml")).unwrap();
    let base = Limits { window_bytes: 100, ..Limits::default() };
    let most = bytes.len();
    for (limits, expected) in [
        (Limits { file_bytes: most, ..base }, None),
        (Limits { file_bytes: most - 1, ..base }, Some("limits.file_bytes")),
        (Limits { item_bytes: most, ..base }, None),
        (Limits { item_bytes: 200, ..base }, Some("limits.item_bytes")),
    ] {
        let mut examiner = Examiner::new(Options { limits, ..Options::default() });
        let documents = examiner.examine_large(None, &Held(&bytes, &bytes), true).unwrap();
        let texts: Vec<&str> = documents[0].examined.findings.iter().map(|finding| finding.text.as_str()).collect();
        match expected {
            None => assert!(texts.is_empty() && documents[0].proof.is_some(), "{texts:?}"),
            Some(name) => {
                assert!(texts.iter().any(|text| text.contains(name)) && documents[0].proof.is_none(), "{texts:?}")
            }
        }
    }
}
