//! The stages of ISO 20022 messages, as the worker calls them: examine, check the sender, map; then judge and reply. Must
//! not do any input or output.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::stages::{Decided, Due, Prepared, PreparedTransfer, Stages};
use super::{Examined, Examiner, Options, Raw, Validity};
use crate::finding::{Finding, Rule, Scope, Severity};
use crate::message::own::OwnSchemas;
use crate::message::{Original, Proven};
use crate::partner::{Institution, Partner};
use crate::reply::{self, Answer, Dress};
use crate::rules::judge::{self, Decision, Facts, Verdict};
use crate::schema::catalogue;
use crate::transfer::{Transfer, map};
use crate::xml::Limits;

/// How messages are handled, whoever sends them.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Who sends, by id.
    pub partners: BTreeMap<String, Partner>,
    /// Our own institution.
    pub institution: Institution,
    /// What an input may at most be.
    pub limits: Limits,
    /// Schemas of the user's, beside those that are published.
    pub schemas: Option<Arc<OwnSchemas>>,
}

/// The stages of ISO 20022 messages.
pub struct Iso20022 {
    setup: Setup,
    /// Examiners that no thread is using. Each keeps what it learned.
    idle: Mutex<Vec<Examiner>>,
}

/// What is kept of a document between the two calls.
#[derive(Debug, Clone)]
pub struct Document {
    partner: String,
    findings: Vec<Finding>,
    original: Original,
    /// Each with the number of its transaction or entry, from 1.
    transfers: Vec<(u32, PreparedTransfer)>,
    statements: Vec<String>,
    reply_id: String,
}

/// A transfer as it leaves: with an id, and whose it is.
#[derive(Serialize)]
struct Leaving<'a> {
    id: &'a str,
    partner: &'a str,
    #[serde(flatten)]
    transfer: &'a Transfer,
}

impl Iso20022 {
    /// The stages with a setup.
    pub fn new(setup: Setup) -> Self {
        Self { setup, idle: Mutex::new(Vec::new()) }
    }

    fn partner(&self, id: &str) -> Option<&Partner> {
        self.setup.partners.get(id)
    }

    fn examiner(&self) -> Examiner {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| {
            let options = Options { processed_only: true, limits: self.setup.limits, ..Options::default() };
            Examiner::with_schemas(options, self.setup.schemas.clone())
        })
    }

    fn prepared(&self, raw: &Raw, examined: Examined, proven: Option<Proven<'_>>, bytes: &[u8]) -> Prepared<Document> {
        let schema_hash = schema_hash(&examined);
        let Examined {
            number,
            message,
            validity,
            mut findings,
            transactions,
            mut original,
            document,
            more_findings,
            ..
        } = examined;
        findings.extend(counted(more_findings));
        original.transport_reference.clone_from(&raw.origin);
        let document = bytes.get(document).filter(|document| !document.is_empty()).unwrap_or(&raw.bytes);
        let document_hash: [u8; 32] = Sha256::digest(document).into();
        let mapped = proven.as_ref().map(map::all).unwrap_or_default();
        findings.extend(mapped.findings);
        let claims = !judge::is_refused(&findings);
        let number_text = number.to_string();
        let reply_id =
            id("PF", &[raw.partner.as_bytes(), raw.origin.as_bytes(), number_text.as_bytes(), &document_hash]);
        let transfers = (1u32..).zip(&mapped.transfers).map(|(index, transfer)| {
            let id = id("", &[raw.partner.as_bytes(), &document_hash, &index.to_be_bytes()]);
            let json = json(&Leaving { id: &id, partner: &raw.partner, transfer });
            (transfer.number, PreparedTransfer { id, json })
        });
        let document = Document {
            partner: raw.partner.clone(),
            findings,
            transfers: transfers.collect(),
            statements: mapped.statements.iter().map(json).collect(),
            reply_id,
            original,
        };
        let message_id = document.original.message_id.clone();
        Prepared {
            number,
            definition: message,
            message_id,
            document_hash,
            validity,
            schema_hash,
            claims,
            transactions,
            document,
        }
    }
}

impl Stages for Iso20022 {
    type Document = Document;

    fn examine(&self, raw: &Raw) -> Vec<Prepared<Document>> {
        let mut examiner = self.examiner();
        let prepared =
            examiner.examine_from(self.partner(&raw.partner), raw.bytes.clone(), |examined, proven, bytes| {
                self.prepared(raw, examined, proven, bytes)
            });
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(examiner);
        prepared
    }

    fn decide(&self, prepared: &Prepared<Document>, facts: &Facts, decided_at: DateTime<Utc>) -> Decided {
        let Document { partner, findings, original, reply_id, .. } = &prepared.document;
        let decision = judge::judge(prepared.definition, prepared.transactions, findings.clone(), facts);
        let Some(partner) = self.partner(partner) else {
            return Decided {
                decision,
                answer: Due::None("the partner is not known"),
                transfers: vec![],
                statements: vec![],
            };
        };
        let dress = Dress { partner, institution: &self.setup.institution, decided_at, reply_id };
        let answer = match (decision.verdict, reply::write(original, &decision, &dress)) {
            (Verdict::Repeated, _) => Due::AsStored,
            (_, Answer::Reply { message, id, bytes }) => Due::Reply { definition: message, id, bytes },
            (_, Answer::NoneDue { reason }) => Due::None(reason),
        };
        let transfers = booked(&prepared.document, &decision);
        let statements = match decision.verdict {
            Verdict::Accepted | Verdict::PartlyAccepted => prepared.document.statements.clone(),
            Verdict::Rejected | Verdict::Refused | Verdict::Repeated => Vec::new(),
        };
        Decided { decision, answer, transfers, statements }
    }
}

/// The findings that were not kept, as one that says how many they were.
fn counted(more: u64) -> Option<Finding> {
    (more > 0).then(|| Finding {
        rule: Rule::XmlLimit,
        severity: Severity::Warning,
        scope: Scope::Message,
        place: None,
        found: None,
        expected: None,
        text: format!("There are {more} findings more than are kept."),
        suggestion: None,
    })
}

/// The hash of the schema that a document was checked against.
fn schema_hash(examined: &Examined) -> Option<String> {
    let message = examined.message.filter(|_| examined.validity != Validity::Unsupported);
    let published = || catalogue::embedded().hash(message?).map(str::to_owned);
    examined.schema.as_ref().map(|own| own.hash.clone()).or_else(published)
}

/// The transfers of what was accepted.
fn booked(document: &Document, decision: &Decision) -> Vec<PreparedTransfer> {
    let rejected = |number: u32| decision.rejected.binary_search(&number.saturating_sub(1)).is_ok();
    let accepted = document.transfers.iter().filter(|(number, _)| match decision.verdict {
        Verdict::Accepted => true,
        Verdict::PartlyAccepted => !rejected(*number),
        Verdict::Rejected | Verdict::Refused | Verdict::Repeated => false,
    });
    accepted.map(|(_, transfer)| transfer.clone()).collect()
}

/// An id that is the same whenever it is made of the same parts: 30 digits of their hash.
fn id(prefix: &str, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length before each part, so that no two lists of parts run together to the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digits = hash.finalize().iter().take(15).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{prefix}{digits}")
}

fn json(value: &impl Serialize) -> String {
    // These values are structs of texts and numbers, whose writing can't fail.
    serde_json::to_string(value).unwrap_or_default()
}
