//! Each limit of an input from both sides: what is just as large passes, one more does not, and the finding names the limit,
//! its value and its setting. In memory, and through a window.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use payflow::finding::{Finding, Rule, Severity};
use payflow::partner::AgreedLimits;
use payflow::pipeline::large::{Large, Pass};
use payflow::pipeline::{Examined, Examiner, Options, examine};
use payflow::rules::Profile;
use payflow::xml::Limits;
use payflow::xml::input::{Source, Trouble};

/// An input that can be read again.
struct Held<'h>(&'h [u8]);

impl Large for Held<'_> {
    fn open(&self, _: Pass) -> Result<Box<dyn Source>, Trouble> {
        Ok(Box::new(Bytes(self.0.to_vec(), 0)))
    }
}

struct Bytes(Vec<u8>, usize);

impl Source for Bytes {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let len = into.len().min(self.0.len() - self.1);
        into[..len].copy_from_slice(&self.0[self.1..self.1 + len]);
        self.1 += len;
        Ok(len)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    InMemory,
    Windowed,
}

fn examined(text: &str, limits: Limits, how: How) -> Vec<Examined> {
    let options = Options { limits, ..Options::default() };
    match how {
        How::InMemory => examine(text.as_bytes(), options),
        How::Windowed => {
            let documents = Examiner::new(options).examine_large(None, &Held(text.as_bytes()), false).unwrap();
            documents.into_iter().map(|document| document.examined).collect()
        }
    }
}

/// A small window, so that it has to slide and to grow.
fn limits() -> Limits {
    Limits { window_bytes: 256, ..Limits::default() }
}

fn sample(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// The sample with this before the end of the Document's start tag.
fn with_attributes(text: &str, attributes: &str) -> String {
    text.replacen("xsi:schemaLocation", &format!("{attributes} xsi:schemaLocation"), 1)
}

fn about_limits(documents: &[Examined]) -> Vec<&Finding> {
    documents.iter().flat_map(|document| &document.findings).filter(|finding| finding.rule == Rule::XmlLimit).collect()
}

/// `set` sets the limit to a value; at `most` the input passes, below it does not.
fn check(setting: &str, text: &str, most: usize, how: &[How], set: fn(&mut Limits, usize)) {
    for how in how {
        let at = |value| {
            let mut limits = limits();
            set(&mut limits, value);
            examined(text, limits, *how)
        };
        let passes = at(most);
        assert!(about_limits(&passes).is_empty(), "{setting} = {most}, {how:?}: {:?}", about_limits(&passes));
        let fails = at(most - 1);
        let found = about_limits(&fails);
        let names = |finding: &Finding| {
            finding.text.contains(&format!("(limits.{setting})")) && finding.text.contains(&format!(" {} ", most - 1))
        };
        assert!(found.len() == 1 && names(found[0]), "{setting} = {}, {how:?}: {fails:?}", most - 1);
        assert!(found[0].place.as_ref().is_some_and(|place| place.line > 0), "{setting}, {how:?}: {found:?}");
    }
}

/// How deep elements are nested, but for those that hold only a value.
fn deepest(text: &str) -> usize {
    let (mut depth, mut most): (usize, usize) = (0, 0);
    for (at, _) in text.match_indices('<') {
        let tag = &text[at..at + text[at..].find('>').unwrap()];
        match tag.as_bytes()[1] {
            b'/' => depth -= 1,
            b'?' | b'!' => {}
            _ if tag.ends_with('/') => {}
            _ => {
                depth += 1;
                most = most.max(depth);
            }
        }
    }
    most - 1
}

#[test]
fn what_is_at_the_limit_passes_and_one_more_does_not() {
    let bulk = sample("pacs008/ok/sepa-bulk-02.xml");
    let both = &[How::InMemory, How::Windowed];
    check("bytes", &bulk, bulk.len(), &[How::InMemory], |limits, value| limits.bytes = value);
    check("file_bytes", &bulk, bulk.len(), &[How::Windowed], |limits, value| limits.file_bytes = value);
    check("depth", &bulk, deepest(&bulk), both, |limits, value| limits.depth = value);
    let document = &bulk[bulk.find("<Document").unwrap()..];
    check("documents", &format!("<x>{document}{document}</x>"), 2, both, |limits, value| limits.documents = value);
    let attributes = with_attributes(&bulk, "xmlns:a=\"urn:a\" xmlns:b=\"urn:b\"");
    check("attributes", &attributes, 5, both, |limits, value| limits.attributes = value);
    let prefix = "p".repeat(400);
    let name = with_attributes(&bulk, &format!("xmlns:{prefix}=\"urn:a\""));
    check("name", &name, "xmlns:".len() + 400, both, |limits, value| limits.name = value);
    let value = with_attributes(&bulk, &format!("xmlns:a=\"{}\"", "v".repeat(700)));
    check("text", &value, 700, both, |limits, value| limits.text = value);
    // Longer than its schema lets it be: that is another finding.
    let text = bulk.replacen("Sparplan", &"v".repeat(700), 1);
    check("text", &text, 700, both, |limits, value| limits.text = value);
    let split = bulk.replacen("Sparplan", &format!("{}<![CDATA[{}]]>", "v".repeat(350), "w".repeat(350)), 1);
    check("text", &split, 700, both, |limits, value| limits.text = value);
}

/// Of more breaches than can be listed the gravest are, wherever they stand; the others judge the message as a whole.
#[test]
fn errors_are_listed_before_what_only_holds() {
    let mut bulk = sample("pacs008/ok/sepa-bulk-02.xml");
    let iban = bulk.rfind("<IBAN>").unwrap() + "<IBAN>LU".len();
    bulk.replace_range(iban..iban + 2, "99");
    let limits = Limits { findings: 2, ..limits() };
    let mut examiner = Examiner::new(Options { limits, ..Options::default() });
    let hold_above = BTreeMap::from([("EUR".to_owned().try_into().unwrap(), "1".to_owned().try_into().unwrap())]);
    let limits = AgreedLimits { hold_above, ..AgreedLimits::default() };
    examiner.keep_to(Arc::new(Profile { limits, ..Profile::default() }));
    let documents = examiner.examine_large(None, &Held(bulk.as_bytes()), false).unwrap();
    let found = documents[0].examined.findings.iter().map(|finding| (finding.rule, finding.severity));
    let expected = [(Rule::HoldLimit, Severity::Hold), (Rule::Iban, Severity::Error), (Rule::XmlLimit, Severity::Hold)];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

/// The window grows to the largest transaction, and not further.
#[test]
fn a_transaction_is_as_long_as_the_window_may_grow() {
    let bulk = sample("pacs008/ok/sepa-bulk-02.xml");
    let ends = bulk.match_indices("</CdtTrfTxInf>").map(|(at, end)| at + end.len());
    let longest = bulk.match_indices("<CdtTrfTxInf>").zip(ends).map(|((from, _), end)| end - from).max().unwrap();
    let (mut passing, mut failing) = (usize::MAX, 0);
    for item_bytes in longest - 300..longest + 300 {
        let documents = examined(&bulk, Limits { item_bytes, ..limits() }, How::Windowed);
        match about_limits(&documents)[..] {
            [] => passing = passing.min(item_bytes),
            [finding] => {
                let text = format!("larger than {item_bytes} bytes (limits.item_bytes)");
                assert!(finding.text.contains(&text), "{}", finding.text);
                failing = failing.max(item_bytes);
            }
            ref more => panic!("{more:?}"),
        }
    }
    println!("longest {longest}, passing from {passing}, failing to {failing}");
    assert_eq!(passing, failing + 1, "one bound");
    assert!(passing.abs_diff(longest) <= 16, "of {longest} bytes, passing from {passing}");
}

/// Findings above the limit are counted.
#[test]
fn findings_are_kept_up_to_the_limit() {
    let bulk = sample("pacs008/ok/sepa-bulk-02.xml");
    let faulty = bulk.replace("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SLOW</ChrgBr>");
    for how in [How::InMemory, How::Windowed] {
        let at = |findings| {
            let document = examined(&faulty, Limits { findings, ..limits() }, how).remove(0);
            (document.findings.len(), document.more_findings)
        };
        let (all, more) = at(1_000);
        assert!(all > 1 && more == 0, "{how:?}: {all} findings, {more} more");
        assert_eq!(at(all), (all, 0), "{how:?}");
        assert_eq!(at(all - 1), (all - 1, 1), "{how:?}");
        assert_eq!(at(1), (1, all as u64 - 1), "{how:?}");
    }
}
