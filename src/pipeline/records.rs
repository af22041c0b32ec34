//! The records that leave for one document: the answer, its transfers, and the rejected input. Pure. Headers name places,
//! rules and ids; no value of a customer reaches one.

use super::stages::{Decided, Due, Prepared, PreparedTransfer};
use crate::broker::{Record, Source};
use crate::finding::{Finding, Severity};
use crate::rules::judge::Verdict;
use crate::store::{Answer, Claim, Outcome, Reply, TransferRow, verdict_name};

/// The topics that answers leave by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// The acknowledgments.
    pub acknowledgements: String,
    /// The transfers of what was accepted.
    pub transfers: String,
    /// The inputs of documents that were rejected or refused.
    pub rejected: String,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            acknowledgements: "payflow.acknowledgements".to_owned(),
            transfers: "payflow.transfers".to_owned(),
            rejected: "payflow.rejected".to_owned(),
        }
    }
}

/// At most this many rules are named in a header.
const MAX_RULES: usize = 20;

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
}

/// The record of one transfer.
pub fn transfer_record<D>(
    topics: &Topics,
    origin: Origin<'_>,
    prepared: &Prepared<D>,
    verdict: Verdict,
    transfer: &PreparedTransfer,
) -> Record {
    let writer = Writer { topics, origin, key: key(&origin, prepared), headers: headers(&origin, prepared, verdict) };
    writer.transfer(&transfer.id, &transfer.json)
}

/// What to store and publish for a document. `earlier` finds the answer to a document of the same batch.
pub fn outcome<D>(
    topics: &Topics,
    origin: Origin<'_>,
    prepared: &Prepared<D>,
    claim: &Claim,
    decided: Decided,
    earlier: impl Fn(crate::store::DocumentId) -> Option<Answer>,
) -> Result<Outcome, String> {
    let verdict = decided.decision.verdict;
    let answer = match decided.answer {
        Due::Reply { definition, id, bytes } => Answer::Reply(Reply { definition: definition.to_string(), id, bytes }),
        Due::None(reason) => Answer::NoneDue(reason.to_owned()),
        Due::AsStored => match claim {
            Claim::Taken(holder) => holder.answer.clone().or_else(|| earlier(holder.id)),
            Claim::Free => None,
        }
        .ok_or("the stored answer of a repeated document is missing")?,
    };
    let writer = Writer { topics, origin, key: key(&origin, prepared), headers: headers(&origin, prepared, verdict) };
    let answer_record = match &answer {
        Answer::Reply(reply) => Some(writer.answer(reply)),
        Answer::NoneDue(_) => None,
    };
    let mut records: Vec<Record> = decided.transfers.iter().map(|t| writer.transfer(&t.id, &t.json)).collect();
    if matches!(verdict, Verdict::Rejected | Verdict::Refused) {
        records.push(writer.rejected(&decided.decision.findings));
    }
    let transfers = decided.transfers.into_iter().map(|t| TransferRow { id: t.id, json: t.json }).collect();
    let (findings, statements) = (decided.decision.findings, decided.statements);
    let schema_hash = prepared.schema_hash.clone();
    Ok(Outcome { verdict, schema_hash, findings, answer, answer_record, transfers, statements, records })
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
}

impl Writer<'_> {
    fn record(&self, topic: &str, further: Vec<(String, String)>, bytes: Vec<u8>) -> Record {
        let mut headers = self.headers.clone();
        headers.extend(further);
        Record { topic: topic.to_owned(), key: self.key.clone(), headers, bytes }
    }

    fn answer(&self, reply: &Reply) -> Record {
        let further = vec![
            header("id", &reply.id),
            header("payflow.reply", &reply.definition),
            header("content-type", "application/xml"),
        ];
        self.record(&self.topics.acknowledgements, further, reply.bytes.clone())
    }

    fn transfer(&self, id: &str, json: &str) -> Record {
        let further = vec![header("id", id), header("content-type", "application/json")];
        self.record(&self.topics.transfers, further, json.as_bytes().to_vec())
    }

    /// The input as it came, with the reasons in the names that Kafka Connect gives to the headers of a dead letter, so
    /// that the tools made for those work. The text of a finding may quote the message: only rule and place are named.
    fn rejected(&self, findings: &[Finding]) -> Record {
        let mut errors = findings.iter().filter(|f| f.severity == Severity::Error).peekable();
        let mut further = vec![
            header("__connect.errors.topic", &*self.origin.source.topic),
            header("__connect.errors.partition", self.origin.source.partition.to_string()),
            header("__connect.errors.offset", self.origin.offset.to_string()),
            header("__connect.errors.stage", "payflow"),
        ];
        if let Some(first) = errors.peek() {
            further.push(header("__connect.errors.exception.class.name", first.rule.id()));
            further.push(header("__connect.errors.exception.message", place(first)));
        }
        let mut rules: Vec<&str> = Vec::new();
        for error in errors {
            if !rules.contains(&error.rule.id()) && rules.len() < MAX_RULES {
                rules.push(error.rule.id());
            }
        }
        further.push(header("payflow.rules", rules.join(",")));
        if self.origin.is_file {
            further.push(header("payflow.kept", "file"));
        }
        self.record(&self.topics.rejected, further, self.origin.bytes.to_vec())
    }
}

fn place(finding: &Finding) -> String {
    match &finding.place {
        Some(place) => {
            format!("{} at {} (line {}, column {})", finding.rule.id(), place.path, place.line, place.column)
        }
        None => finding.rule.id().to_owned(),
    }
}
