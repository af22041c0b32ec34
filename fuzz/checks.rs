//! What must hold of any input. The fuzz targets run these on what the fuzzer makes up, `tests/corpus.rs` on what it found.

#![allow(dead_code, reason = "each target runs one of the checks")]
#![allow(clippy::unwrap_used, reason = "a check fails by a panic")]

use std::fs;
use std::sync::Arc;

use chrono::DateTime;
use payflow::finding::Rule;
use payflow::partner::{HeaderUse, Institution, Partner, ReplyProfile, Shape};
use payflow::pipeline::large::{Large, Pass};
use payflow::pipeline::{Examined, Examiner, Options, decide, examine};
use payflow::reply::{Answer, Dress, write};
use payflow::rules::judge::Facts;
use payflow::schema::automaton::Automaton;
use payflow::schema::walk::Walk;
use payflow::schema::xsd;
use payflow::xml::Limits;
use payflow::xml::input::{Source, Trouble};
use payflow::xml::namespace::Scopes;
use payflow::xml::scan::{self, Kernels, Window};

/// What must hold of an input; it panics where that does not.
pub(crate) type Check = fn(&[u8]);

/// What the checks are known by, each with its folder under `fuzz/corpus`.
pub(crate) const CHECKS: [(&str, Check); 4] =
    [("engine", engine), ("xsd", xsd), ("replies", replies), ("command", command)];

/// Every kernel says the same of an input, and what is accepted is XML by the word of another parser.
pub(crate) fn engine(input: &[u8]) {
    let fast = examined(input, Kernels::Fastest);
    for kernels in [Kernels::Plain, Kernels::Basic] {
        let other = examined(input, kernels);
        assert_eq!(format!("{fast:?}"), format!("{other:?}"), "{kernels:?}");
    }
    scan::use_kernels(Kernels::Fastest);
    let through_windows = through_windows(input, 64 + input.len() % 512);
    // Bytes that do not follow their encoding are found before anything else in memory, and where they stand through a window.
    let garbled = |documents: &[Examined]| {
        documents.iter().flat_map(|document| &document.findings).any(|finding| finding.rule == Rule::XmlEncoding)
    };
    let whole = !garbled(&fast) && !garbled(&through_windows);
    let said = |document: &Examined| (document.validity, whole.then(|| format!("{:#?}", document.findings)));
    assert_eq!(fast.iter().map(said).collect::<Vec<_>>(), through_windows.iter().map(said).collect::<Vec<_>>());
    let accepted = fast.iter().all(|document| document.schema_valid);
    if let (true, Ok(text)) = (accepted, std::str::from_utf8(input)) {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let options = roxmltree::ParsingOptions { nodes_limit: u32::MAX, ..Default::default() };
        if let Err(error) = roxmltree::Document::parse_with_options(text, options) {
            panic!("accepted, but another parser says: {error}");
        }
    }
}

/// An input that is read in small parts.
struct Held(Vec<u8>, usize);

impl Large for Held {
    fn open(&self, _: Pass) -> Result<Box<dyn Source>, Trouble> {
        Ok(Box::new(Self(self.0.clone(), 0)))
    }
}

impl Source for Held {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let len = into.len().min(self.0.len() - self.1).min(777);
        into[..len].copy_from_slice(&self.0[self.1..self.1 + len]);
        self.1 += len;
        Ok(len)
    }
}

fn through_windows(input: &[u8], window_bytes: usize) -> Vec<Examined> {
    let limits = Limits { window_bytes, ..Limits::default() };
    let mut examiner = Examiner::new(Options { limits, ..Options::default() });
    let documents = examiner.examine_large(None, &Held(input.to_vec(), 0), true).unwrap();
    documents.into_iter().map(|document| document.examined).collect()
}

fn examined(input: &[u8], kernels: Kernels) -> Vec<Examined> {
    scan::use_kernels(kernels);
    let documents = examine(input, Options::default());
    assert!(!documents.is_empty(), "no document and no finding");
    for document in &documents {
        assert!(document.schema_valid || !document.findings.is_empty(), "refused without a finding");
    }
    documents
}

/// Whatever a schema says, it is compiled or refused, and what is compiled reads a document.
pub(crate) fn xsd(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // The document to read stands behind the schema.
    let (text, document) = text
        .split_once("</xs:schema>")
        .map_or((text.to_owned(), ""), |(text, document)| (format!("{text}</xs:schema>"), document));
    let Ok(schema) = xsd::read_single("fuzz.xsd", &text) else { return };
    for (root, _) in &schema.elements {
        let Ok(automaton) = Automaton::compile(&schema, root, &[]) else { continue };
        let mut walk = Walk::new(Arc::new(automaton));
        walk.begin(&Scopes::default());
        let _ = walk.run(&Window::new(document.into()), &mut 0, &Limits::default(), &mut ());
    }
}

/// The answer to any input is a valid message. The first byte says which partner it is for.
pub(crate) fn replies(input: &[u8]) {
    let Some((&dress, input)) = input.split_first() else { return };
    let pick = |at: u32, count: u8| usize::from(dress >> at) % usize::from(count);
    let reply = ReplyProfile {
        shape: [Shape::Group, Shape::Transaction][pick(0, 2)],
        header: [HeaderUse::AsReceived, HeaderUse::Always, HeaderUse::Never][pick(1, 3)],
        receipt: dress & 64 != 0,
        ..ReplyProfile::default()
    };
    let partner = Partner { id: "nord".to_owned(), reply, ..Partner::default() };
    let institution = Institution { bic: Some("SUEDDEFFXXX".to_owned()), ..Institution::default() };
    let decided_at = DateTime::from_timestamp(1_772_440_201, 0).unwrap();
    let dress = Dress { partner: &partner, institution: &institution, agreed: false, decided_at, reply_id: "PF-1" };
    for document in examine(input, Options::default()) {
        let decision = decide(&document, &Facts::default());
        if let Answer::Reply { bytes, .. } = write(&document.original, &decision, &dress) {
            let answers = examine(&bytes, Options { schema_only: true, ..Options::default() });
            let valid = answers.iter().all(|answer| answer.schema_valid);
            assert!(valid, "{:?}\n{}", answers[0].findings, String::from_utf8_lossy(&bytes));
        }
    }
}

/// No command fails in another way than by saying so. The first line holds the arguments, what follows it the file `FILE`.
pub(crate) fn command(input: &[u8]) {
    let line = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let Ok(arguments) = std::str::from_utf8(&input[..line]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.xml");
    fs::write(&file, input.get(line + 1..).unwrap_or_default()).unwrap();
    let arguments = arguments.split_whitespace().map(|argument| match argument {
        "FILE" => file.to_string_lossy().into_owned(),
        "DIR" => folder.path().to_string_lossy().into_owned(),
        other => other.to_owned(),
    });
    let arguments: Vec<String> = arguments.collect();
    // What waits, or writes outside of the folder, is parsed only.
    let reads = ["validate", "map", "reply", "schema"].contains(&arguments.first().map_or("", String::as_str));
    let outside =
        arguments.iter().any(|argument| argument == "-" || argument.starts_with("--into") || argument.contains(".."));
    let _ = payflow::cli::run_with(&arguments, reads && !outside, &mut Vec::new());
}
