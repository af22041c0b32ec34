//! Verdicts of the schema beside those of libxml2 (`xmllint`): on messages bent in small ways, and on messages in every
//! dialect. Where the two differ and the recommendations say that libxml2 is wrong, the case stands in
//! `oracle/disagreements.tsv`; any other difference is a fault of ours.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod compare;
mod dialects;
mod mutants;
mod oracle;
mod random;
mod sample_set;
mod skip;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use compare::generated::Generated;
use compare::{Case, Claim, Court, Tally};
use mutants::mutant;
use oracle::disagreements;
use oracle::xerces::Xerces;
use oracle::{schema, shared, xmllint};
use payflow::bench::messages::{self, Style};
use payflow::pipeline::{Examined, Examiner, Options, examine};
use payflow::schema::MessageId;
use payflow::schema::catalogue::embedded;
use random::Random;

/// How many mutants of each base message; for a longer search `PAYFLOW_MUTANTS` and `PAYFLOW_SEED` are others.
const EACH: u64 = 40;

fn options() -> Options {
    Options { schema_only: true, ..Options::default() }
}

fn is_valid(documents: &[Examined]) -> bool {
    documents.iter().all(|document| document.schema_valid)
}

fn told(documents: &[Examined]) -> String {
    documents.iter().flat_map(|document| &document.findings).map(|finding| format!("{finding:?}\n")).collect()
}

/// The message files of some folders.
fn inputs(folders: &[PathBuf]) -> Vec<Vec<u8>> {
    folders
        .iter()
        .flat_map(|folder| sample_set::files(folder, "xml"))
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

/// The Document elements of messages, as UTF-8 without what stands around them, if they are valid by themselves.
fn bases() -> Vec<(String, Vec<u8>)> {
    let mut inputs = inputs(&[sample_set::samples(), shared().join("samples/valid")]);
    for (seed, (indented, prefixed, accented)) in
        (1..).zip([(false, false, false), (true, false, true), (false, true, true), (true, true, false)])
    {
        let style = Style { indented, prefixed, accented };
        inputs.extend(messages::samples(seed, style).into_iter().map(|(_, document)| document));
    }
    let mut documents = documents(inputs);
    documents.retain(|(_, document)| is_valid(&examine(document, options())));
    documents
}

/// The different Document elements of well-formed inputs, each with its message definition.
fn documents(inputs: Vec<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let (mut examiner, mut seen) = (Examiner::new(options()), HashSet::new());
    let mut documents = Vec::new();
    for input in inputs.into_iter().filter(|input| input.len() < 30_000) {
        let decoded = examiner.examine(input, |_, _, bytes| bytes.to_vec());
        let Some(text) = decoded.first().and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
        let text = text.trim_start_matches('\u{FEFF}');
        let Ok(tree) = roxmltree::Document::parse(text) else { continue };
        for node in tree.descendants().filter(|node| node.tag_name().name() == "Document") {
            let alone = &text[node.range()];
            let message = node.tag_name().namespace().and_then(|namespace| namespace.rsplit(':').next());
            if let (Some(message), Ok(_)) = (message, roxmltree::Document::parse(alone))
                && seen.insert(alone.to_owned())
            {
                documents.push((message.to_owned(), alone.as_bytes().to_vec()));
            }
        }
    }
    documents
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(usual)
}

/// Each base bent in many ways.
fn bent() -> BTreeMap<String, Vec<Case>> {
    let (seed, each) = (setting("PAYFLOW_SEED", 20_022), setting("PAYFLOW_MUTANTS", EACH));
    let mut random = Random::new(seed);
    let mut examiner = Examiner::new(options());
    let mut cases: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for (message, base) in bases() {
        for _ in 0..each {
            let (way, plain) = mutant(&base, &mut random);
            let ours = examiner.examine(plain.clone(), |examined, _, _| examined);
            let fresh = examine(&plain, options());
            assert_eq!(told(&ours), told(&fresh), "{way}: what was read before changes the verdict");
            cases.entry(message.clone()).or_default().push(Case { way, plain, claim: Claim::Nothing });
        }
    }
    cases
}

/// Puts cases before libxml2. Nothing may differ that is not in the list.
fn hear(cases: BTreeMap<String, Vec<Case>>, mut dialects: Option<&mut Random>) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let mut court = Court::new(folder.path(), None);
    let mut all = Tally::default();
    let versions = cases.len();
    for (message, cases) in cases {
        all.add(court.hear(&message, cases, dialects.as_deref_mut()).unwrap());
    }
    println!("{} messages in {versions} versions, {} of them valid by libxml2", all.cases, all.valid);
    for (name, count) in &all.known {
        println!("{count} times: {name}");
    }
    let told = |d: &compare::Difference| format!("{}: {}{}", d.what, d.words, String::from_utf8_lossy(&d.bytes));
    let shown: Vec<String> = all.differences.iter().take(5).map(told).collect();
    assert!(shown.is_empty(), "{} of {} differ:\n{}", all.differences.len(), all.cases, shown.join("\n\n"));
    all
}

fn xmllint_is_there() -> bool {
    let there = xmllint::is_there();
    if !there {
        skip::skipped("verdicts beside those of libxml2", "xmllint is not there");
    }
    there
}

#[test]
fn bent_messages_get_the_verdict_of_libxml2() {
    if xmllint_is_there() {
        let Tally { cases, valid, .. } = hear(bent(), None);
        assert!(cases > 2_000 && (cases / 8..cases / 2).contains(&valid), "{valid} of {cases}");
    }
}

#[test]
fn no_dialect_changes_a_verdict_or_a_value() {
    if !xmllint_is_there() {
        return;
    }
    let mut cases: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for (message, plain) in bases() {
        for _ in 0..setting("PAYFLOW_MUTANTS", EACH) / 4 {
            let (way, plain) = ("a sample".to_owned(), plain.clone());
            cases.entry(message.clone()).or_default().push(Case { way, plain, claim: Claim::Valid });
        }
    }
    let all = hear(cases, Some(&mut Random::new(setting("PAYFLOW_SEED", 20_022))));
    assert!(all.cases > 500 && all.valid == all.cases, "{} of {}", all.valid, all.cases);
}

#[test]
fn no_dialect_moves_a_fault() {
    if !xmllint_is_there() {
        return;
    }
    let mut cases: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for (message, plain) in documents(inputs(&[sample_set::samples(), shared().join("samples/invalid")])) {
        let ours = examine(&plain, options());
        let Some(first) = ours.iter().flat_map(|document| &document.findings).next() else { continue };
        if let (Some(place), true) = (&first.place, first.rule.id().starts_with("xsd.")) {
            let case = || Case { way: "a sample".to_owned(), plain: plain.clone(), claim: Claim::Fault(place.offset) };
            cases.entry(message).or_default().extend((0..EACH).map(|_| case()));
        }
    }
    let all = hear(cases, Some(&mut Random::new(setting("PAYFLOW_SEED", 20_022))));
    assert!(all.cases >= 400 && all.placed == all.cases, "{} of {}", all.placed, all.cases);
}

/// How many valid messages and how many mutants of a message are generated: the short form of `examples/differential.rs`.
fn generated(message: MessageId) -> (u64, u64) {
    if message.is("pacs", 8) || message.is("camt", 53) { (6, 40) } else { (1, 4) }
}

#[test]
fn generated_messages_get_the_verdict_of_libxml2() {
    if !xmllint_is_there() {
        return;
    }
    let seed = setting("PAYFLOW_SEED", 20_022);
    let mut cases: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let (mut valid, mut planted) = (0, 0);
    // A head.002 is an envelope: what is in it is judged, it is passed over itself.
    for message in embedded().ids().filter(|message| !message.is("head", 2)) {
        let source = Generated::new(message).unwrap();
        let (good, bad) = generated(message);
        let all = (0..good).map(|n| source.valid(seed, n)).chain((0..bad).map(|n| source.mutant(seed, n)));
        cases.insert(message.to_string(), all.collect());
        (valid, planted) = (valid + good as usize, planted + bad as usize);
    }
    let all = hear(cases, Some(&mut Random::new(seed)));
    println!("{} of {planted} faults at their place, {} of them by libxml2", all.placed, all.placed_by_libxml2);
    assert!(
        all.valid.abs_diff(valid) <= 2 && all.placed == planted,
        "{} valid, {} at their place",
        all.valid,
        all.placed
    );
}

/// Whether the text of a message, or its bytes, show something.
type Shows = fn(&str, &[u8]) -> bool;

/// What some message must show when a sample is written again and again.
const SPOKEN: &[(&str, Shows)] = &[
    ("UTF-16, little end first", |_, bytes| bytes.starts_with(&[0xFF, 0xFE])),
    ("UTF-16, big end first", |_, bytes| bytes.starts_with(&[0xFE, 0xFF])),
    ("UTF-8 with its mark", |_, bytes| bytes.starts_with(&[0xEF, 0xBB, 0xBF])),
    ("ISO-8859-1", |text, bytes| text.contains("iso-8859-1") && std::str::from_utf8(bytes).is_err()),
    ("Windows-1252", |text, bytes| text.contains("windows-1252") && std::str::from_utf8(bytes).is_err()),
    ("US-ASCII", |text, _| text.contains("US-ASCII")),
    ("no declaration", |text, _| text.starts_with("<Document")),
    ("standalone", |text, _| text.contains("standalone='yes'")),
    ("a prefix", |text, _| text.contains("<ns2:Document xmlns:ns2=")),
    ("a prefix inside", |text, _| text.contains("<Document") && text.contains("xmlns:doc=")),
    ("a namespace declared again", |text, _| text.matches("xmlns=").count() > 1),
    ("CR LF", |text, _| text.contains("\r\n")),
    ("one line", |text, _| !text.contains('\n')),
    ("a comment", |text, _| text.contains("<!-- c -->")),
    ("an instruction", |text, _| text.contains("<?p?>")),
    ("a CDATA section", |text, _| text.contains("<![CDATA[")),
    ("a character by its number", |text, _| text.contains("&#")),
    ("single quotes", |text, _| text.contains("Ccy='")),
    ("white space in a tag", |text, _| text.contains("\t>") || text.contains(" >")),
    ("a schema location", |text, _| text.contains("schemaLocation=")),
];

#[test]
fn every_dialect_is_spoken() {
    let sample = std::fs::read(sample_set::samples().join("pacs008/ok/utf16-yen-13.xml")).unwrap();
    let (_, plain) = documents(vec![sample]).remove(0);
    let mut random = Random::new(20_022);
    let written: Vec<_> = (0..500).map(|_| dialects::rewrite(&plain, None, &mut random)).collect();
    let silent = SPOKEN.iter().filter(|(_, shows)| !written.iter().any(|w| shows(&w.text, &w.bytes)));
    let silent: Vec<&str> = silent.map(|(name, _)| *name).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn what_does_not_hold_is_seen() {
    if !xmllint_is_there() {
        return;
    }
    let (message, plain) = bases().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let mut court = Court::new(folder.path(), None);
    let emptied = String::from_utf8(plain.clone()).unwrap().replacen("<MsgId>", "<MsgId/><MsgId>", 1);
    let at = emptied.find("<MsgId>").unwrap();
    let later = emptied.find("<CreDtTm>").unwrap();
    let rows: [(&str, &[u8], Claim, &[&str]); 6] = [
        ("a valid message", &plain, Claim::Valid, &[]),
        ("a fault that is none", &plain, Claim::Fault(at), &["claim"]),
        ("a fault at its place", emptied.as_bytes(), Claim::Fault(at - "<MsgId/>".len()), &[]),
        ("a fault that is not the first", emptied.as_bytes(), Claim::Fault(later), &["place", "place of libxml2"]),
        ("a fault beside its place", emptied.as_bytes(), Claim::Fault(at - 1), &["place"]),
        ("a message that is not valid", emptied.as_bytes(), Claim::Valid, &["claim"]),
    ];
    for (way, plain, claim, expected) in rows {
        let case = Case { way: way.to_owned(), plain: plain.to_vec(), claim };
        let tally = court.hear(&message, vec![case], None).unwrap();
        let differences: Vec<&str> = tally.differences.iter().map(|difference| difference.what).collect();
        assert_eq!(differences, expected, "{way}: {:#?}", tally.differences);
    }
}

#[test]
fn each_disagreement_is_as_the_list_says() {
    let Some(mut xerces) = Xerces::start().filter(|_| xmllint::is_there()) else {
        skip::skipped("the list of disagreements", "xmllint or a JDK is not there");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let all = disagreements::all();
    for (number, row) in all.iter().enumerate() {
        let named = examine(&row.example, options())[0].message.unwrap();
        let message = schema(&named.to_string());
        let file = [folder.path().join(format!("{number}.xml"))];
        std::fs::write(&file[0], &row.example).unwrap();
        let ours = is_valid(&examine(&row.example, options()));
        let libxml2 = xmllint::opinions(&message, &file).unwrap().remove(0);
        let xerces = xerces.opinions(&message, &file).unwrap().remove(0);
        assert_eq!((ours, libxml2.valid, xerces.valid), (row.payflow, row.libxml2, row.xerces), "{}", row.name);
        let found = disagreements::known(&all, ours, &libxml2, &row.example);
        assert_eq!(found.map(|found| found.name), Some(row.name), "{libxml2:?}");
        assert!(!row.clause.is_empty() && row.payflow != row.libxml2);
    }
    println!("{} disagreements are as the list says", all.len());
}
