//! The records that leave for one document: the answer, its transfers, and the rejected input. Pure. Headers name places,
//! rules and ids; no value of a customer reaches one.
//!
//! What is booked and what is answered leaves as CloudEvents in the binary mode of their Kafka binding, what is rejected in
//! Kafka Connect's convention for dead letters; whatever leaves carries on the trace of its input. What is too large for its
//! topic is stored in full, and leaves without its value: its headers say that it is kept, how large it is, and its hash.

use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

use super::stages::{Decided, Due, Prepared, PreparedTransfer};
use crate::broker::trace::Trace;
use crate::broker::{Record, Source};
use crate::finding::{Finding, Severity};
use crate::rules::judge::Verdict;
use crate::store::{Answer, Claim, Outcome, Reply, TransferRow, verdict_name};

/// The topics that answers leave by, and what they take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// The acknowledgments.
    pub acknowledgements: String,
    /// The transfers of what was accepted.
    pub transfers: String,
    /// The inputs of documents that were rejected or refused.
    pub rejected: String,
    /// How many bytes a record may have.
    pub record_bytes: usize,
    /// An input is given back with each of its rejected documents as long as that comes to no more than so many bytes; beyond,
    /// with none but the first: what leaves would be the input's size times the number of its documents.
    pub given_back: usize,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            acknowledgements: "payflow.acknowledgements".to_owned(),
            transfers: "payflow.transfers".to_owned(),
            rejected: "payflow.rejected".to_owned(),
            record_bytes: MOST_BYTES,
            given_back: 1 << 20,
        }
    }
}

/// What a record may have where the broker sets no bound of its own: well below what a row of a database can hold.
const MOST_BYTES: usize = 400_000_000;

/// What a record takes besides its key, headers and value, and what each header takes besides its text: more than any broker
/// needs to frame them.
const FRAME: (usize, usize) = (256, 16);

/// Why a document that comes again gets no answer: its id is taken for longer than what was answered is kept.
const GONE: &str = "it came before, and the answer that it got is not kept any more";

/// Says where the value of a record is that leaves without it: in a `file`, or in the [`STORE`].
const KEPT: &str = "payflow.kept";

/// The database has the value.
const STORE: &str = "store";

/// The value left with an earlier document of the same input.
const EARLIER: &str = "earlier";

/// The version of CloudEvents whose attributes stand in the headers.
const CLOUD_EVENTS: &str = "1.0";

/// At most this many rules are named in a header, and this many faults are listed.
const MOST_NAMED: usize = 20;

/// Of the path to a fault at most so many bytes stand in a header: its end.
const MOST_PATH: usize = 400;

/// Where a document came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The source of its input.
    pub source: &'a Source,
    /// The offset of its input.
    pub offset: i64,
    /// The partner whose source it is.
    pub partner: &'a str,
    /// The input as it came.
    pub bytes: &'a [u8],
    /// Whether it is kept as a file: then there are no bytes.
    pub is_file: bool,
    /// How many bytes of it leave with earlier documents.
    pub given_back: usize,
    /// The trace it belongs to.
    pub trace: Option<&'a Trace>,
}

/// The record of one transfer.
pub fn transfer_record<D>(
    topics: &Topics,
    origin: Origin<'_>,
    prepared: &Prepared<D>,
    (verdict, decided_at): (Verdict, DateTime<Utc>),
    transfer: &PreparedTransfer,
) -> Record {
    Writer::new(topics, origin, prepared, verdict, decided_at).transfer(&transfer.id, &transfer.json)
}

/// What to store and publish for a document. `earlier` finds the answer to a document of the same batch.
pub fn outcome<D>(
    topics: &Topics,
    origin: Origin<'_>,
    prepared: &Prepared<D>,
    claim: &Claim,
    (decided, decided_at): (Decided, DateTime<Utc>),
    earlier: impl Fn(crate::store::DocumentId) -> Option<Answer>,
) -> Result<Outcome, String> {
    let verdict = decided.decision.verdict;
    let answer = match decided.answer {
        Due::Reply { definition, id, bytes } => Answer::Reply(Reply { definition: definition.to_string(), id, bytes }),
        Due::None(reason) => Answer::NoneDue(reason.to_owned()),
        Due::AsStored => match claim {
            Claim::Taken(holder) => {
                let stored = holder.answer.clone().or_else(|| earlier(holder.id));
                stored.unwrap_or_else(|| Answer::NoneDue(GONE.to_owned()))
            }
            Claim::Free => return Err("a document is repeated whose key nobody holds".to_owned()),
        },
    };
    let writer = Writer::new(topics, origin, prepared, verdict, decided_at);
    let answer_record = match &answer {
        Answer::Reply(reply) => Some(writer.answer(reply)),
        Answer::NoneDue(_) => None,
    };
    let mut records: Vec<Record> = decided.transfers.iter().map(|t| writer.transfer(&t.id, &t.json)).collect();
    if matches!(verdict, Verdict::Rejected | Verdict::Refused | Verdict::PartlyAccepted) {
        records.push(writer.rejected(verdict, &decided.decision.findings));
    }
    let transfers = decided.transfers.into_iter().map(|t| TransferRow { id: t.id, json: t.json }).collect();
    let (findings, statements) = (decided.decision.findings, decided.statements);
    let schema_hash = prepared.schema_hash.clone();
    // One that comes again says nothing new, and one that is refused can't be believed.
    let reports = if verdict == Verdict::Accepted { prepared.reports.clone() } else { Vec::new() };
    Ok(Outcome { verdict, schema_hash, findings, answer, answer_record, transfers, statements, reports, records })
}

/// The partner and the message's own id, so that all that concerns a message keeps its order; where there is no id, the
/// place it came from.
fn key<D>(origin: &Origin<'_>, prepared: &Prepared<D>) -> String {
    match &prepared.message_id {
        Some(id) => format!("{}/{id}", origin.partner),
        None => format!("{}-{}", origin.source, origin.offset),
    }
}

/// The headers that every record about a document carries.
fn headers<D>(origin: &Origin<'_>, prepared: &Prepared<D>, verdict: Verdict) -> Vec<(String, String)> {
    let mut headers = vec![
        header("payflow.partner", origin.partner),
        header("payflow.source", format!("{}-{}", origin.source, origin.offset)),
        header("payflow.document", prepared.number.to_string()),
        header("payflow.verdict", verdict_name(verdict)),
    ];
    if let Some(definition) = prepared.definition {
        headers.push(header("payflow.message", definition.to_string()));
    }
    headers
}

fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

struct Writer<'a> {
    topics: &'a Topics,
    origin: Origin<'a>,
    key: String,
    headers: Vec<(String, String)>,
    /// Where the input stands, as a reference to a resource.
    place: String,
    /// When the document was decided, and so the same whenever the record is published again.
    time: String,
}

impl<'a> Writer<'a> {
    fn new<D>(
        topics: &'a Topics,
        origin: Origin<'a>,
        prepared: &Prepared<D>,
        verdict: Verdict,
        decided_at: DateTime<Utc>,
    ) -> Self {
        let (key, headers) = (key(&origin, prepared), headers(&origin, prepared, verdict));
        let place = reference(&format!("{}-{}", origin.source, origin.offset));
        let time = decided_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        Self { topics, origin, key, headers, place, time }
    }

    fn record(&self, topic: &str, further: Vec<(String, String)>, bytes: Vec<u8>) -> Record {
        let mut headers = self.headers.clone();
        headers.extend(further);
        headers.extend(self.origin.trace.iter().flat_map(|trace| trace.headers()));
        let mut record = Record { topic: topic.to_owned(), key: self.key.clone(), headers, bytes };
        if size(&record) > self.topics.record_bytes {
            record.headers.push(header(KEPT, STORE));
        }
        record
    }

    /// The attributes of a CloudEvent. An answer that is sent again has the id it had, and another source.
    fn event(&self, r#type: &str, id: &str, content: &str) -> Vec<(String, String)> {
        vec![
            header("ce_specversion", CLOUD_EVENTS),
            header("ce_type", r#type),
            header("ce_source", &*self.place),
            header("ce_id", id),
            header("ce_time", &*self.time),
            header("content-type", content),
        ]
    }

    fn answer(&self, reply: &Reply) -> Record {
        let mut further = self.event("payflow.acknowledgement", &reply.id, "application/xml");
        further.push(header("payflow.reply", &*reply.definition));
        self.record(&self.topics.acknowledgements, further, reply.bytes.clone())
    }

    fn transfer(&self, id: &str, json: &str) -> Record {
        let further = self.event("payflow.transfer", id, "application/json");
        self.record(&self.topics.transfers, further, json.as_bytes().to_vec())
    }

    /// The input as it came, with the reasons in the headers of a dead letter, so that the tools made for those work. The
    /// text of a finding may quote the message: only rule and place are named.
    fn rejected(&self, verdict: Verdict, findings: &[Finding]) -> Record {
        let errors: Vec<&Finding> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
        // Connect's names for its steps: what could not be read fell at the converter, all else at the task.
        let stage = if verdict == Verdict::Refused { "VALUE_CONVERTER" } else { "TASK_PUT" };
        let partition = self.origin.source.partition.to_string();
        let mut further = vec![
            dead("topic", &*self.origin.source.topic),
            dead("partition", &*partition),
            dead("offset", self.origin.offset.to_string()),
            dead("connector.name", "payflow"),
            dead("task.id", &*partition),
            dead("stage", stage),
            dead("class.name", "payflow"),
        ];
        if let Some(first) = errors.first() {
            let faults: Vec<String> = errors.iter().take(MOST_NAMED).map(|error| place(error)).collect();
            further.push(dead("exception.class.name", first.rule.id()));
            further.push(dead("exception.message", &*faults[0]));
            further.push(dead("exception.stacktrace", faults.join("\n")));
        }
        let mut rules: Vec<&str> = Vec::new();
        for error in errors {
            if !rules.contains(&error.rule.id()) && rules.len() < MOST_NAMED {
                rules.push(error.rule.id());
            }
        }
        further.push(header("payflow.rules", rules.join(",")));
        let Origin { bytes, given_back, is_file, .. } = self.origin;
        let again = given_back > 0 && given_back + bytes.len() > self.topics.given_back;
        if is_file || again {
            further.push(header(KEPT, if is_file { "file" } else { EARLIER }));
        }
        self.record(&self.topics.rejected, further, if again { Vec::new() } else { bytes.to_vec() })
    }
}

/// How many bytes a record takes at most on its way, if it is not compressed.
fn size(record: &Record) -> usize {
    let headers = record.headers.iter().map(|(name, value)| FRAME.1 + name.len() + value.len());
    FRAME.0 + record.key.len() + headers.sum::<usize>() + record.bytes.len()
}

/// A stored record as it leaves: one that is kept in the store leaves without its value, with its size and hash instead. That
/// was settled when it was decided; a bound that is lower now holds for it all the same.
pub fn leaving(mut record: Record, most: usize) -> Record {
    let kept = record.header(KEPT) == Some(STORE);
    if !kept && size(&record) <= most {
        return record;
    }
    if !kept {
        record.headers.push(header(KEPT, STORE));
    }
    record.headers.push(header("payflow.size", record.bytes.len().to_string()));
    record.headers.push(header("payflow.sha256", hexadecimal(&Sha256::digest(&record.bytes))));
    record.bytes = Vec::new();
    record
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A header of a dead letter, by its name in Kafka Connect.
fn dead(name: &str, value: impl Into<String>) -> (String, String) {
    (format!("__connect.errors.{name}"), value.into())
}

/// A text as a relative reference to a resource: what may not stand in one is written by its bytes.
fn reference(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn place(finding: &Finding) -> String {
    match &finding.place {
        Some(place) => {
            let path = &place.path[place.path.ceil_char_boundary(place.path.len().saturating_sub(MOST_PATH))..];
            format!("{} at {path} (line {}, column {})", finding.rule.id(), place.line, place.column)
        }
        None => finding.rule.id().to_owned(),
    }
}
