//! The only place that knows all stages. [`Examiner`] runs the pure ones over an input; the worker adds the store and the
//! broker.

#[cfg(feature = "worker")]
pub mod agreement;
#[cfg(all(feature = "cli", feature = "worker"))]
pub mod config;
mod examination;
#[cfg(feature = "worker")]
mod files;
#[cfg(feature = "worker")]
pub mod iso20022;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod kept;
pub mod large;
#[cfg(feature = "worker")]
pub mod mend;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod reconcile;
#[cfg(feature = "worker")]
pub mod records;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod replay;
#[cfg(feature = "cli")]
pub mod schemas;
pub mod stages;
#[cfg(feature = "worker")]
pub mod worker;

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::finding::{Finding, Place};
use crate::message::own::{OwnSchemas, WithOwn};
use crate::message::{self, Original, Proof, Proven};
use crate::partner::Partner;
use crate::rules::judge::{self, Decision, Facts, Ruling, Verdict};
use crate::rules::{Breach, Profile};
use crate::schema::MessageId;
use crate::schema::automaton::Source;
use crate::schema::input::{Reader, Schemas};
use crate::value::Sums;
use crate::xml::locate::places;
use crate::xml::{Fault, Input, Limits};
use examination::{Draft, Examination, Scale};

/// Bytes as they came from a source, with what is known about them.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The input, undecoded.
    pub bytes: Vec<u8>,
    /// Where it came from: `topic-partition-offset`, or a file name.
    pub origin: String,
    /// The id of the partner whose source it is.
    pub partner: String,
    /// When it was received: the broker's append time where the topic has it, else the worker's clock.
    pub received_at: DateTime<Utc>,
}

/// What the checks say of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// No finding of severity error.
    Valid,
    /// At least one.
    Invalid,
    /// A message kind or version that payflow has no schema for, or that is not processed where that is asked for.
    Unsupported,
}

/// One document of an input after the pure stages.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Its number in the input, from 1.
    pub number: u32,
    /// The message definition, by the namespace of the Document.
    pub message: Option<MessageId>,
    /// Valid, invalid or unsupported, rules included.
    pub validity: Validity,
    /// Whether it passed its schema. What the failure of another is, a rejection or a refusal, [`decide`] says.
    pub schema_valid: bool,
    /// Every finding, in document order; of those of a schema at most as many as the limits say.
    pub findings: Vec<Finding>,
    /// How many findings there are besides.
    pub more_findings: u64,
    /// How many transactions (pacs.008) or entries (camt.053) were read.
    pub transactions: u64,
    /// What the transactions of a pacs.008 sum up to, where the amount of each could be read.
    pub sums: Option<Sums>,
    /// The schema that the document was checked against, when it is one of the user's.
    pub schema: Option<Arc<Source>>,
    /// What an answer quotes.
    pub original: Original,
    /// The bytes of the Document element in the decoded input; the whole input when there is none.
    pub document: Range<usize>,
}

/// How inputs are examined.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Leave out every rule beyond the schema.
    pub schema_only: bool,
    /// Leave out what an answer quotes: [`Examined::original`] names the message alone.
    pub unanswered: bool,
    /// Take only what payflow processes: any other kind of message is unsupported, and not checked against its schema.
    pub processed_only: bool,
    /// What an input may at most be.
    pub limits: Limits,
}

/// Runs the pure stages over inputs, one after the other. One for each thread: it keeps what it learned, and its memory.
pub struct Examiner {
    reader: Reader,
    options: Options,
    profile: Arc<Profile>,
    /// The memory of the drafts.
    drafts: Vec<Draft>,
    /// The memory of the documents whose findings have no place yet.
    finished: Vec<(Examined, Vec<Breach>)>,
}

impl Examiner {
    /// An examiner with the embedded schemas of every message, or of what is processed.
    pub fn new(options: Options) -> Self {
        Self::with_schemas(options, None)
    }

    /// The same with schemas of the user's before them.
    pub fn with_schemas(options: Options, own: Option<Arc<OwnSchemas>>) -> Self {
        let schemas: Arc<dyn Schemas> = match options.processed_only {
            true => message::schemas::processed(),
            false => message::schemas::embedded(),
        };
        let schemas = match own {
            Some(own) => Arc::new(WithOwn { own, others: schemas, processed_only: options.processed_only }),
            None => schemas,
        };
        let (profile, drafts, finished) = (Arc::default(), Vec::new(), Vec::new());
        Self { reader: Reader::new(schemas, options.limits), options, profile, drafts, finished }
    }

    /// From here on inputs are examined by a profile.
    pub fn keep_to(&mut self, profile: Arc<Profile>) {
        self.reader.limit(profile.limits.bytes);
        self.profile = profile;
    }

    /// Examines an input, whoever sent it. `take` gets each document in turn, with what was read of it; only what can be
    /// accepted, as a whole or in part, comes proven. The decoded bytes are those that the ranges and the records point into.
    pub fn examine<T>(&mut self, bytes: Vec<u8>, take: impl FnMut(Examined, Option<Proven<'_>>, &[u8]) -> T) -> Vec<T> {
        self.examine_from(None, bytes, take)
    }

    /// Examines an input from a partner's source, as [`Self::examine`] does: it must be the partner's.
    pub fn examine_from<T>(
        &mut self,
        partner: Option<&Partner>,
        mut bytes: Vec<u8>,
        take: impl FnMut(Examined, Option<Proven<'_>>, &[u8]) -> T,
    ) -> Vec<T> {
        self.examine_lent(partner, &mut bytes, take)
    }

    /// The same with memory that is lent: it comes back with the decoded bytes, or with none where they can't be decoded. A
    /// message that is valid then costs no memory that is not kept for the next one, if answers are left out.
    pub fn examine_lent<T>(
        &mut self,
        partner: Option<&Partner>,
        lent: &mut Vec<u8>,
        mut take: impl FnMut(Examined, Option<Proven<'_>>, &[u8]) -> T,
    ) -> Vec<T> {
        let mut input = match Input::new(std::mem::take(lent)) {
            Ok(input) => input,
            Err(fault) => {
                let examined = undecodable(fault, |offsets| places(&[], 0, offsets));
                return vec![take(examined, None, &[])];
            }
        };
        self.reader.comes_from(partner.map(|partner| partner.id.as_str()));
        let mut examination =
            Examination::new(self.options, (partner, &self.profile), Scale::Small, std::mem::take(&mut self.drafts));
        let parts = self.reader.read(&mut input, &mut examination);
        let mut taken = Vec::with_capacity(parts.len());
        let bytes = input.bytes();
        let mut drafts = examination.drafts(parts.len());
        // Whatever a fault in payflow left here belongs to another input.
        self.finished.clear();
        for ((part, number), draft) in parts.iter().zip(1..).zip(&mut drafts) {
            let mut breaches = Vec::new();
            let mut examined = draft.finish(number, part, self.options, &mut breaches);
            if examined.document.is_empty() && part.document.is_none() {
                examined.document = 0..bytes.len();
            }
            self.finished.push((examined, breaches));
        }
        // One pass over the input for all documents, where there is something to show.
        let offsets = self.finished.iter().flat_map(|(_, breaches)| breaches).map(|breach| breach.fault.at);
        let offsets: Vec<usize> = offsets.collect();
        let found = if offsets.is_empty() { Vec::new() } else { places(bytes, input.start, &offsets) };
        let mut found = found.into_iter();
        for ((mut examined, breaches), part) in self.finished.drain(..).zip(&parts) {
            examined.findings = located(breaches, |offsets| found.by_ref().take(offsets.len()).collect());
            let rejected = provable(&examined, self.options);
            let proven = match (&rejected, examined.message, &part.document) {
                (Some(rejected), Some(message), Some(document)) => {
                    Some(Proven::new(Proof::new(message, rejected), document.record(bytes)))
                }
                _ => None,
            };
            taken.push(take(examined, proven, bytes));
        }
        drafts.clear();
        self.drafts = drafts;
        self.reader.recycle(parts);
        *lent = input.into_bytes();
        taken
    }
}

/// Examines one input, for what the documents are and what is wrong with them.
pub fn examine(bytes: &[u8], options: Options) -> Vec<Examined> {
    Examiner::new(options).examine(bytes.to_vec(), |examined, _, _| examined)
}

/// Judges what was examined, with what the store knew of it.
pub fn decide(examined: &Examined, facts: &Facts) -> Decision {
    judge::judge(examined.message, examined.transactions, examined.findings.clone(), facts)
}

/// The transactions that are left out of the proof; `None` where nothing is proven: the document cannot be accepted, or its
/// rules were left out.
fn provable(examined: &Examined, options: Options) -> Option<Vec<u32>> {
    let Examined { message, transactions, findings, .. } = examined;
    // What is held may be released: then it is booked as it was proven now.
    let facts = Facts { ruling: Some(Ruling::Release), ..Facts::default() };
    let (verdict, rejected) = judge::verdict(*message, *transactions, findings, &facts);
    let acceptable = matches!(verdict, Verdict::Accepted | Verdict::PartlyAccepted);
    (acceptable && !options.schema_only).then_some(rejected)
}

fn undecodable(fault: Fault, places: impl FnOnce(&[usize]) -> Vec<Place>) -> Examined {
    Examined {
        number: 1,
        message: None,
        validity: Validity::Invalid,
        schema_valid: false,
        findings: located(vec![examination::error(fault)], places),
        more_findings: 0,
        transactions: 0,
        sums: None,
        schema: None,
        original: Original::default(),
        document: 0..0,
    }
}

/// The findings at their places, which are found in one pass over the input: only where there is something to show.
fn located(breaches: Vec<Breach>, places: impl FnOnce(&[usize]) -> Vec<Place>) -> Vec<Finding> {
    if breaches.is_empty() {
        return Vec::new();
    }
    let offsets: Vec<usize> = breaches.iter().map(|breach| breach.fault.at).collect();
    let findings = breaches.into_iter().zip(places(&offsets)).map(|(breach, place)| finding(breach, place));
    findings.collect()
}

fn finding(breach: Breach, place: Place) -> Finding {
    let Breach { fault, severity, scope } = breach;
    let Fault { rule, len, found, expected, text, suggestion, .. } = fault;
    let place = Some(Place { length: len, ..place });
    Finding { rule, severity, scope, place, found, expected, text, suggestion }
}
