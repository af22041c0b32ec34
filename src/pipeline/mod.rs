//! The only place that knows all stages. [`Examiner`] runs the pure ones over an input; the worker adds the store and the
//! broker.

#[cfg(feature = "worker")]
pub mod agreement;
#[cfg(all(feature = "cli", feature = "worker"))]
pub mod config;
#[cfg(feature = "worker")]
pub mod iso20022;
#[cfg(feature = "worker")]
pub mod records;
#[cfg(feature = "cli")]
pub mod schemas;
pub mod stages;
#[cfg(feature = "worker")]
pub mod worker;

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::finding::{Finding, Place, Rule, Scope, Severity};
use crate::message::own::{OwnSchemas, WithOwn};
use crate::message::{self, Original, Proven, Wrapper};
use crate::partner::Partner;
use crate::rules::judge::{self, Decision, Facts, Verdict};
use crate::rules::sender::{self, Envelope};
use crate::rules::{self, Breach, Profile};
use crate::schema::MessageId;
use crate::schema::automaton::Source;
use crate::schema::input::{Element, Part, Reader, Schemas};
use crate::schema::record::Record;
use crate::xml::encoding::{Decoded, decode};
use crate::xml::locate::places;
use crate::xml::{Fault, Limits};

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
    /// Take only what payflow processes: any other kind of message is unsupported, and not checked against its schema.
    pub processed_only: bool,
    /// What an input may at most be.
    pub limits: Limits,
}

/// Runs the pure stages over inputs, one after the other. One for each thread: it keeps what it learned, and its memory.
pub struct Examiner {
    reader: Reader,
    options: Options,
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
        Self { reader: Reader::new(schemas, options.limits), options }
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
        bytes: Vec<u8>,
        mut take: impl FnMut(Examined, Option<Proven<'_>>, &[u8]) -> T,
    ) -> Vec<T> {
        let input = match decode(bytes) {
            Ok(input) => input,
            Err(fault) => return vec![take(undecodable(&fault), None, &[])],
        };
        self.reader.comes_from(partner.map(|partner| partner.id.as_str()));
        let parts = self.reader.read(&input);
        let mut taken = Vec::with_capacity(parts.len());
        for (part, number) in parts.iter().zip(1..) {
            let examined = examined(number, part, &input, self.options, partner);
            let (bytes, rejected) = (input.window.bytes(), provable(&examined, self.options));
            let proven = match (&rejected, examined.message, &part.document) {
                (Some(rejected), Some(message), Some(document)) => {
                    Some(Proven::new(message, document.record(bytes), rejected))
                }
                _ => None,
            };
            taken.push(take(examined, proven, bytes));
        }
        self.reader.recycle(parts);
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
    let (verdict, rejected) = judge::verdict(*message, *transactions, findings, &Facts::default());
    let acceptable = matches!(verdict, Verdict::Accepted | Verdict::PartlyAccepted);
    (acceptable && !options.schema_only).then_some(rejected)
}

fn undecodable(fault: &Fault) -> Examined {
    let at = places(&[], 0, &[0]);
    Examined {
        number: 1,
        message: None,
        validity: Validity::Invalid,
        schema_valid: false,
        findings: at.into_iter().map(|place| finding(error(fault.clone()), Some(place))).collect(),
        more_findings: 0,
        transactions: 0,
        schema: None,
        original: Original::default(),
        document: 0..0,
    }
}

fn error(fault: Fault) -> Breach {
    Breach { fault, severity: Severity::Error, scope: Scope::Message }
}

fn finding(breach: Breach, place: Option<Place>) -> Finding {
    let Breach { fault, severity, scope } = breach;
    let Fault { rule, len, found, expected, text, suggestion, .. } = fault;
    let place = place.map(|place| Place { length: len, ..place });
    Finding { rule, severity, scope, place, found, expected, text, suggestion }
}

fn examined(number: u32, part: &Part, input: &Decoded, options: Options, partner: Option<&Partner>) -> Examined {
    let bytes = input.window.bytes();
    let document = part.document.as_ref();
    let message = document.and_then(|d| d.message);
    let mut breaches: Vec<Breach> = faults(part).map(error).collect();
    let schema_valid = breaches.is_empty();
    let elements = [&part.header, &part.document].into_iter().flatten();
    let mut more_findings: u64 = elements.map(|element| element.faults.more).sum();
    more_findings += cut(&mut breaches, options.limits.findings);
    let unsupported = breaches.iter().any(|breach| breach.fault.rule == Rule::Unsupported);
    if !options.schema_only {
        breaches.extend(sender::check(envelope(part, bytes), partner));
    }
    if let (true, false, Some(message), Some(document)) = (schema_valid, options.schema_only, message, document) {
        breaches.extend(rules::check(message, &Profile::default(), document.record(bytes)));
    }
    breaches.sort_by_key(|breach| breach.fault.at);
    let invalid = breaches.iter().any(|breach| breach.severity == Severity::Error);
    Examined {
        number,
        message,
        validity: match (unsupported, invalid) {
            (true, _) => Validity::Unsupported,
            (false, true) => Validity::Invalid,
            (false, false) => Validity::Valid,
        },
        schema_valid,
        findings: findings(breaches, input),
        more_findings,
        transactions: message.zip(document).map_or(0, |(message, d)| message::transactions(message, d.record(bytes))),
        schema: document.and_then(|d| d.schema.clone()),
        original: original(part, bytes),
        document: document.map_or(0..bytes.len(), |d| d.span.clone()),
    }
}

/// The faults of a part: of its header, of its document, of the input as a whole; the last only where no other says it.
fn faults(part: &Part) -> impl Iterator<Item = Fault> {
    let own: Vec<Fault> = [&part.header, &part.document]
        .into_iter()
        .flatten()
        .flat_map(|element| element.faults.kept.iter().chain(element.broken.as_deref()).cloned())
        .collect();
    let whole = part
        .fault
        .as_deref()
        .cloned()
        .filter(|whole| own.iter().all(|fault| fault.at != whole.at && fault.rule != whole.rule));
    own.into_iter().chain(whole)
}

/// Leaves the first faults of a document that is not valid by its schema. Says how many it took away.
fn cut(faults: &mut Vec<Breach>, most: usize) -> u64 {
    faults.sort_by_key(|breach| breach.fault.at);
    let more = faults.len().saturating_sub(most);
    faults.truncate(most);
    more as u64
}

fn findings(breaches: Vec<Breach>, input: &Decoded) -> Vec<Finding> {
    if breaches.is_empty() {
        return Vec::new();
    }
    let offsets: Vec<usize> = breaches.iter().map(|breach| breach.fault.at).collect();
    let places = places(input.window.bytes(), input.start, &offsets);
    breaches.into_iter().zip(places).map(|(breach, place)| finding(breach, Some(place))).collect()
}

/// An element as far as it was read.
fn read<'r>(element: &'r Element, bytes: &'r [u8]) -> Option<(MessageId, Record<'r>)> {
    element.message.filter(|_| element.supported).map(|message| (message, element.record(bytes)))
}

fn envelope<'r>(part: &'r Part, bytes: &'r [u8]) -> Envelope<'r> {
    Envelope {
        header: part.header.as_ref().and_then(|header| read(header, bytes)).map(|(_, record)| record),
        document: part.document.as_ref().and_then(|document| read(document, bytes)),
    }
}

fn original(part: &Part, bytes: &[u8]) -> Original {
    let mut original = match part.document.as_ref().map(|d| (d.message, read(d, bytes))) {
        Some((_, Some((message, record)))) => message::original(message, record),
        Some((message, None)) => Original { message, ..Original::default() },
        None => Original::default(),
    };
    original.header = part
        .header
        .as_ref()
        .and_then(|header| read(header, bytes))
        .map(|(message, record)| message::header(message, record));
    if !part.wrapper.is_empty() {
        let elements = part.wrapper.iter().map(|(name, namespace)| (name.to_string(), namespace.to_string()));
        original.wrapper = Some(Wrapper { elements: elements.collect() });
    }
    original
}
