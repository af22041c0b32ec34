//! Messages with what is claimed of them, put before payflow and libxml2, and before Xerces where it is asked.
//!
//! What must hold of each message, in a dialect chosen at random:
//!
//! 1. payflow's verdict by the schema is that of libxml2, or the difference is in the list of disagreements; Xerces says as
//!    payflow does.
//! 2. A message that is claimed to be valid is valid.
//! 3. A planted fault is the first finding, with exactly its offset, line and column.
//! 4. libxml2 names for its first fault the innermost element that holds the planted place, and the line on which that
//!    element's start tag ends: more it does not tell.
//! 5. Everything else (values, mapped transfers, findings and their paths) is as in the plain form.

#![allow(dead_code, reason = "each target that includes this module uses its part of it")]

pub(crate) mod generated;

use std::io;
use std::path::{Path, PathBuf};

use payflow::finding::{Finding, Rule};
use payflow::message::Proven;
use payflow::pipeline::{Examined, Examiner, Options};
use payflow::transfer::map;

use crate::dialects::{Written, rewrite};
use crate::oracle::disagreements::{self, Disagreement};
use crate::oracle::xerces::Xerces;
use crate::oracle::{Opinion, schema, xmllint};
use crate::random::Random;

/// A message in its plain form.
pub(crate) struct Case {
    /// How it was made, for a person.
    pub(crate) way: String,
    pub(crate) plain: Vec<u8>,
    pub(crate) claim: Claim,
}

/// What is claimed of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    Nothing,
    Valid,
    /// Its first fault is planted at this offset.
    Fault(usize),
}

/// What came out, in numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    /// Verdicts equal to that of libxml2.
    pub(crate) agreed: usize,
    /// Verdicts equal to that of Xerces.
    pub(crate) xerces: usize,
    /// Valid by libxml2.
    pub(crate) valid: usize,
    /// Faults at their planted place, by payflow.
    pub(crate) placed: usize,
    /// The same by libxml2.
    pub(crate) placed_by_libxml2: usize,
    /// How often each known disagreement came.
    pub(crate) known: Vec<(&'static str, usize)>,
    pub(crate) differences: Vec<Difference>,
}

/// Something that does not hold.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) what: &'static str,
    pub(crate) words: String,
    pub(crate) bytes: Vec<u8>,
}

/// The judges of messages.
pub(crate) struct Court {
    /// Where files are put for the others.
    folder: PathBuf,
    xerces: Option<Xerces>,
    disagreements: Vec<Disagreement>,
    by_schema: Examiner,
    whole: Examiner,
}

/// A case in a dialect, and what payflow says of it.
struct Heard {
    case: Case,
    written: Written,
    ours: Vec<Examined>,
}

impl Court {
    pub(crate) fn new(folder: &Path, xerces: Option<Xerces>) -> Self {
        Self {
            folder: folder.to_owned(),
            xerces,
            disagreements: disagreements::all(),
            by_schema: Examiner::new(Options { schema_only: true, ..Options::default() }),
            whole: Examiner::new(Options::default()),
        }
    }

    /// Hears the cases of one message version. Each is written in a dialect, if there is a generator to choose it; one of
    /// which nothing is claimed stays as it is, with what is odd in it.
    pub(crate) fn hear(
        &mut self,
        message: &str,
        cases: Vec<Case>,
        mut dialects: Option<&mut Random>,
    ) -> io::Result<Tally> {
        let mut tally = Tally { cases: cases.len(), ..Tally::default() };
        let mut heard = Vec::with_capacity(cases.len());
        for case in cases {
            let fault = if let Claim::Fault(at) = case.claim { Some(at) } else { None };
            let written = match dialects.as_mut().filter(|_| case.claim != Claim::Nothing) {
                Some(random) => rewrite(&case.plain, fault, random),
                None => Written::plain(&case.plain),
            };
            let ours = self.by_schema.examine(written.bytes.clone(), |examined, _, _| examined);
            heard.push(Heard { case, written, ours });
        }
        let files = self.files(&heard)?;
        let libxml2 = xmllint::opinions(&schema(message), &files)?;
        let xerces = self.xerces.as_mut().map(|xerces| xerces.opinions(&schema(message), &files)).transpose()?;
        for (index, (heard, libxml2)) in heard.iter().zip(&libxml2).enumerate() {
            let xerces = xerces.as_ref().map(|all| &all[index]);
            let words = self.judge(heard, libxml2, xerces, &mut tally);
            tally.differences.extend(words.into_iter().map(|(what, words)| Difference {
                what,
                words: told(message, heard, libxml2, xerces, &words),
                bytes: heard.written.bytes.clone(),
            }));
        }
        Ok(tally)
    }

    fn files(&self, heard: &[Heard]) -> io::Result<Vec<PathBuf>> {
        let write = |(index, heard): (usize, &Heard)| {
            let path = self.folder.join(format!("{index}.xml"));
            std::fs::write(&path, &heard.written.bytes).map(|()| path)
        };
        heard.iter().enumerate().map(write).collect()
    }

    /// What does not hold of a case.
    fn judge(
        &mut self,
        heard: &Heard,
        libxml2: &Opinion,
        xerces: Option<&Opinion>,
        tally: &mut Tally,
    ) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let ours = is_valid(&heard.ours);
        tally.valid += usize::from(libxml2.valid);
        tally.agreed += usize::from(ours == libxml2.valid);
        if ours != libxml2.valid {
            match disagreements::known(&self.disagreements, ours, libxml2, &heard.written.bytes) {
                Some(known) => tally.count(known.name),
                None => wrong.push(("verdict", String::new())),
            }
        }
        if let Some(xerces) = xerces {
            tally.xerces += usize::from(ours == xerces.valid);
            if ours != xerces.valid {
                wrong.push(("verdict of Xerces", String::new()));
            }
        }
        match heard.case.claim {
            Claim::Nothing => {}
            Claim::Valid if ours => {}
            Claim::Valid => wrong.push(("claim", "claimed to be valid".to_owned())),
            Claim::Fault(_) if ours => wrong.push(("claim", "claimed to have a fault".to_owned())),
            Claim::Fault(at) => {
                let at = heard.written.offset(at);
                let by_us = misplaced(heard, at);
                tally.placed += usize::from(by_us.is_none());
                wrong.extend(by_us.map(|words| ("place", words)));
                let by_libxml2 = misplaced_by_libxml2(&heard.written, at, libxml2);
                tally.placed_by_libxml2 += usize::from(by_libxml2.is_none());
                if let Some(words) = by_libxml2 {
                    // Before the planted fault it may have seen what it alone takes for one.
                    match disagreements::known(&self.disagreements, true, libxml2, &heard.written.bytes) {
                        Some(known) => tally.count(known.name),
                        None => wrong.push(("place of libxml2", words)),
                    }
                }
            }
        }
        wrong.extend(self.changed(heard).map(|words| ("dialect", words)));
        wrong
    }

    /// What the dialect has changed.
    fn changed(&mut self, heard: &Heard) -> Option<String> {
        if heard.written.bytes == heard.case.plain {
            return None;
        }
        let one = |examined: Examined, proven: Option<Proven<'_>>, _: &[u8]| (examined, proven.map(|p| map::all(&p)));
        let plain = self.whole.examine(heard.case.plain.clone(), one);
        let written = self.whole.examine(heard.written.bytes.clone(), one);
        if plain.len() != written.len() {
            return Some(format!("{} documents have become {}", plain.len(), written.len()));
        }
        let each = plain.iter().zip(&written);
        each.into_iter().find_map(|((plain, plainly_mapped), (written, mapped))| {
            let values = |e: &Examined| format!("{:?} {} {:?}", e.validity, e.transactions, e.original);
            let transfers =
                |m: &Option<map::Mapped>| m.as_ref().map(|m| format!("{:?} {:?}", m.transfers, m.statements));
            let findings = |expected: bool| {
                let of = if expected { plain } else { written };
                of.findings
                    .iter()
                    .map(|f| finding(f, expected.then_some(&heard.written)))
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            [
                (values(plain), values(written)),
                (format!("{:?}", transfers(plainly_mapped)), format!("{:?}", transfers(mapped))),
                (findings(true), findings(false)),
            ]
            .into_iter()
            .find(|(plain, written)| plain != written)
            .map(|(plain, written)| format!("plain:   {plain}\nwritten: {written}"))
        })
    }
}

impl Tally {
    fn count(&mut self, name: &'static str) {
        match self.known.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => self.known.push((name, 1)),
        }
    }

    /// How often known disagreements came.
    pub(crate) fn known(&self) -> usize {
        self.known.iter().map(|(_, count)| count).sum()
    }

    /// This one and another.
    pub(crate) fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.agreed += other.agreed;
        self.xerces += other.xerces;
        self.valid += other.valid;
        self.placed += other.placed;
        self.placed_by_libxml2 += other.placed_by_libxml2;
        other.known.iter().for_each(|(name, count)| (0..*count).for_each(|_| self.count(name)));
        self.differences.extend(other.differences);
    }
}

/// The faults by the schema. A header alone is no message, which is no fault of the header.
fn faults(documents: &[Examined]) -> impl Iterator<Item = &Finding> {
    let findings = documents.iter().flat_map(|document| &document.findings);
    findings.filter(|finding| finding.rule != Rule::XmlNoDocument || !finding.text.starts_with("There is a header"))
}

fn is_valid(documents: &[Examined]) -> bool {
    faults(documents).next().is_none()
}

/// A finding in words that no dialect changes; its place as it must be in the other form.
fn finding(finding: &Finding, moved: Option<&Written>) -> String {
    // Where a message that is not there is missing is not told the same in every dialect.
    let place = finding.place.as_ref().filter(|_| finding.rule != Rule::XmlNoDocument).map(|place| {
        // The prefix of an attribute is the dialect's, and so is the text of a name in a value.
        let path = match place.path.rsplit_once("/@") {
            Some((path, attribute)) => format!("{path}/@{}", attribute.rsplit(':').next().unwrap_or_default()),
            None => place.path.clone(),
        };
        let offset = moved.map_or(place.offset, |written| written.offset(place.offset));
        let at = moved.map_or((place.line, place.column), |written| written.line_and_column(offset));
        format!("{path} at {offset}, {at:?}")
    });
    let found = finding.found.as_deref().filter(|_| !finding.rule.id().starts_with("xsd.Instance"));
    let (rule, severity, scope) = (finding.rule.id(), finding.severity, finding.scope);
    format!("{rule} {severity:?} {scope:?} {place:?} {found:?} {:?} {}", finding.expected, finding.text)
}

/// Why the first finding is not where the fault was planted.
fn misplaced(heard: &Heard, at: usize) -> Option<String> {
    let place = faults(&heard.ours).next().and_then(|finding| finding.place.as_ref());
    let found = place.map(|place| (place.offset, (place.line, place.column)));
    let expected = Some((at, heard.written.line_and_column(at)));
    (found != expected).then(|| format!("found at {found:?}, planted at {expected:?}"))
}

/// Why the first fault of libxml2 is not where the fault was planted.
fn misplaced_by_libxml2(written: &Written, at: usize, libxml2: &Opinion) -> Option<String> {
    let expected = subject(written, at);
    let misplaced = expected.is_none() || libxml2.first != expected;
    misplaced.then(|| format!("found by libxml2 at {:?}, planted at {expected:?}", libxml2.first))
}

/// The innermost element that holds an offset, and the line on which its start tag ends.
fn subject(written: &Written, at: usize) -> Option<(u32, String)> {
    let mark = if written.text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let tree = roxmltree::Document::parse(&written.text[mark..]).ok()?;
    let holds = |node: &roxmltree::Node<'_, '_>| node.is_element() && node.range().contains(&(at - mark));
    let subject = tree.descendants().rfind(holds)?;
    let behind = subject.attributes().map(|attribute| attribute.range().end).max().unwrap_or(subject.range().start);
    let tag_end = mark + behind + written.text[mark + behind..].find('>')?;
    Some((written.line_and_column(tag_end).0 as u32, subject.tag_name().name().to_owned()))
}

fn told(message: &str, heard: &Heard, libxml2: &Opinion, xerces: Option<&Opinion>, words: &str) -> String {
    let findings = heard.ours.iter().flat_map(|document| &document.findings);
    let findings: Vec<String> = findings.map(|f| format!("  {} at {:?}: {}\n", f.rule.id(), f.place, f.text)).collect();
    let Heard { case, written, ours } = heard;
    format!(
        "{message}, {}, {:?}\ndialect: {}\n{words}\npayflow: valid {}\n{}libxml2: valid {}\n  {}\nXerces: {}\n",
        case.way,
        case.claim,
        written.dialect,
        is_valid(ours),
        findings.concat(),
        libxml2.valid,
        libxml2.words.trim_end().replace('\n', "\n  "),
        xerces.map_or("not asked", |xerces| &xerces.words),
    )
}
