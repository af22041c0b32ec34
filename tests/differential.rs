//! The verdict of the schema alone, beside that of libxml2 (`xmllint`), on thousands of messages bent in small ways. Where
//! the two differ and the recommendations say that libxml2 is wrong, the case stands in [`KNOWN`]; any other difference is
//! a fault of ours.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

#[path = "../benches/messages/mod.rs"]
mod messages;
mod mutants;
mod sample_set;
mod skip;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use messages::Style;
use mutants::{Random, mutant};
use payflow::pipeline::{Examined, Examiner, Options, Validity, examine};

/// How many mutants of each base message; for a longer search `PAYFLOW_MUTANTS` and `PAYFLOW_SEED` are others.
const EACH: u64 = 40;

/// How many files one call of xmllint gets.
const BATCH: usize = 400;

/// A kind of difference: whether payflow takes the message, what tells the kind (by the case and the errors of libxml2),
/// and why it is so.
type Known = (bool, fn(&Case, &str) -> bool, &'static str);

/// Where libxml2 and payflow differ, and payflow is right or means to differ.
const KNOWN: &[Known] = &[
    (
        true,
        |_, theirs| theirs.contains("of the atomic type") && quoted(theirs).is_some_and(|value| value.trim() != value),
        "white space around a date is no part of it (XML Schema part 2, 4.3.6)",
    ),
    (
        true,
        |_, theirs| theirs.contains("of the xsi:type attribute does not resolve") && theirs.contains("} "),
        "white space around the name in xsi:type is no part of it (XML Schema part 2, 3.2.18)",
    ),
    (
        true,
        |case, theirs| theirs.contains("Character content other than whitespace") && case.holds(&BLANKS),
        "white space between elements may be written as CDATA or by reference (XML Schema part 1, 3.4.4)",
    ),
    (
        false,
        |_, theirs| theirs.contains("namespace error") || theirs.contains("xmlns"),
        "names and declarations that Namespaces in XML forbids: libxml2 only warns",
    ),
    (
        false,
        |case, _| case.holds(&["i:type='s:int'"]),
        "of the built-in types only those that ISO 20022 uses are taken in a wildcard: payflow is stricter than it must be",
    ),
    (
        false,
        |case, _| case.holds(&["</Document>\0"]) || case.holds(&[":Document>\0"]),
        "a zero byte behind the root is no character of XML; libxml2 takes it for the end",
    ),
];

/// White space, written as libxml2 does not expect it.
const BLANKS: [&str; 3] = ["<![CDATA[ ]]>", "<![CDATA[]]>", "&#32;"];

/// What libxml2 quotes first.
fn quoted(text: &str) -> Option<&str> {
    text.split_once(": '")?.1.split_once("' is not").map(|(value, _)| value)
}

fn options() -> Options {
    Options { schema_only: true, ..Options::default() }
}

fn is_valid(documents: &[Examined]) -> bool {
    documents.iter().all(|document| document.validity == Validity::Valid)
}

fn told(documents: &[Examined]) -> String {
    let findings = documents.iter().flat_map(|document| &document.findings);
    let lines = findings.map(|finding| format!("    {} at {:?}: {}", finding.rule.id(), finding.place, finding.text));
    lines.collect::<Vec<_>>().join("\n")
}

/// The Document elements of messages, as UTF-8 without what stands around them, if they are valid by themselves.
fn bases() -> Vec<(String, Vec<u8>)> {
    let shared = std::env::var_os("PAYFLOW_SHARED");
    let shared = shared.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folders = [sample_set::samples(), shared.join("samples/valid")];
    let files = folders.iter().flat_map(|folder| sample_set::files(folder, "xml"));
    let mut inputs: Vec<Vec<u8>> = files.map(|file| std::fs::read(file).unwrap()).collect();
    for (seed, (indented, prefixed, accented)) in
        (1..).zip([(false, false, false), (true, false, true), (false, true, true), (true, true, false)])
    {
        let style = Style { indented, prefixed, accented };
        inputs.extend(messages::samples(seed, style).into_iter().map(|(_, document)| document));
    }
    let mut bases = Vec::new();
    let mut seen = HashSet::new();
    let mut examiner = Examiner::new(options());
    for input in inputs.into_iter().filter(|input| input.len() < 30_000) {
        for (message, document) in examiner.examine(input, |e, _, bytes| (e.message, bytes[e.document].to_vec())) {
            let alone = examine(&document, options());
            if let (Some(message), true) = (message, is_valid(&alone))
                && seen.insert(document.clone())
            {
                bases.push((message.to_string(), document));
            }
        }
    }
    bases
}

/// What libxml2 says of a file.
#[derive(Default)]
struct Theirs {
    valid: bool,
    errors: String,
}

/// What xmllint says of files, by one schema. It has no last word on those that are not well-formed.
fn xmllint(message: &str, files: &[PathBuf]) -> HashMap<String, Theirs> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{message}.xsd"));
    let name = |file: &PathBuf| (file.to_string_lossy().into_owned(), Theirs::default());
    let mut all: HashMap<String, Theirs> = files.iter().map(name).collect();
    for batch in files.chunks(BATCH) {
        let output =
            Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(&schema).args(batch).output().unwrap();
        let mut of = String::new();
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            if let Some(theirs) = line.strip_suffix(" validates").and_then(|file| all.get_mut(file)) {
                theirs.valid = true;
            }
            if let Some((file, _)) = line.split_once(':').filter(|(file, _)| all.contains_key(*file)) {
                file.clone_into(&mut of);
            }
            if let Some(theirs) = all.get_mut(&of) {
                theirs.errors.extend([line, "\n"]);
            }
        }
    }
    all
}

/// One mutant and what we say of it.
struct Case {
    message: String,
    way: String,
    bytes: Vec<u8>,
    ours: Vec<Examined>,
}

impl Case {
    fn holds(&self, any: &[&str]) -> bool {
        any.iter().any(|text| memchr::memmem::find(&self.bytes, text.as_bytes()).is_some())
    }
}

fn cases() -> Vec<Case> {
    let setting = |name: &str, usual: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual);
    let (seed, each) = (setting("PAYFLOW_SEED", 20_022), setting("PAYFLOW_MUTANTS", EACH));
    let mut random = Random::new(seed);
    let mut examiner = Examiner::new(options());
    let mut cases = Vec::new();
    for (message, base) in bases() {
        for _ in 0..each {
            let (way, bytes) = mutant(&base, &mut random);
            let ours = examiner.examine(bytes.clone(), |examined, _, _| examined);
            let fresh = examine(&bytes, options());
            assert_eq!(told(&ours), told(&fresh), "{way}: what was read before changes the verdict");
            cases.push(Case { message: message.clone(), way, bytes, ours });
        }
    }
    cases
}

/// The difference in words, if there is one that is not known.
fn difference(case: &Case, theirs: &Theirs, known: &mut [usize]) -> Option<String> {
    let (ours, valid) = (is_valid(&case.ours), theirs.valid);
    if ours == valid {
        return None;
    }
    if let Some(at) = KNOWN.iter().position(|(takes, tells, _)| *takes == ours && tells(case, &theirs.errors)) {
        known[at] += 1;
        return None;
    }
    let text = String::from_utf8_lossy(&case.bytes);
    Some(format!(
        "{} ({}): valid {ours}\n{}\n  libxml2: {}\n{text}\n",
        case.message,
        case.way,
        told(&case.ours),
        theirs.errors
    ))
}

#[test]
fn bent_messages_get_the_verdict_of_libxml2() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        skip::skipped("verdicts on bent messages beside libxml2", "xmllint is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    let mut files: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    let path = |index: usize| folder.path().join(format!("{index}.xml"));
    for (index, case) in cases.iter().enumerate() {
        std::fs::write(path(index), &case.bytes).unwrap();
        files.entry(&case.message).or_default().push(path(index));
    }
    let theirs: HashMap<String, Theirs> = files.iter().flat_map(|(message, files)| xmllint(message, files)).collect();
    let mut known = vec![0; KNOWN.len()];
    let each = cases.iter().enumerate();
    let wrong: Vec<String> =
        each.filter_map(|(at, case)| difference(case, &theirs[&*path(at).to_string_lossy()], &mut known)).collect();
    let valid = theirs.values().filter(|theirs| theirs.valid).count();
    println!("{} mutants in {} versions, {valid} of them valid by libxml2", cases.len(), files.len());
    for ((_, _, reason), count) in KNOWN.iter().zip(known) {
        println!("{count} times: {reason}");
    }
    let shown = wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} verdicts differ:\n{shown}", wrong.len(), cases.len());
    assert!(cases.len() > 2_000 && (cases.len() / 8..cases.len() / 2).contains(&valid), "{valid} of {}", cases.len());
}
