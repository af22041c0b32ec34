//! The stages of ISO 20022 messages, as the worker calls them: examine, check the sender, map; then judge and reply. Must
//! not do any input or output.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::large::{Changed, Large, LargeDocument};
use super::stages::{Decided, Due, Mapped, Prepared, PreparedTransfer, Stages};
use super::{Examined, Examiner, Options, Raw, Validity};
use crate::finding::{Finding, Rule, Scope, Severity};
use crate::message::own::OwnSchemas;
use crate::message::{LargeProof, Original, Proven};
use crate::partner::{Institution, Partner, ReplyProfile, Shape};
use crate::reply::{self, Answer, Dress};
use crate::rules::judge::{self, Decision, Facts, Verdict};
use crate::rules::{Editions, Profile};
use crate::schema::catalogue;
use crate::transfer::map::Output;
use crate::transfer::{Transfer, map};
use crate::value::Sums;
use crate::xml::Limits;
use crate::xml::input::Trouble;

/// The name of the rules as they weigh by themselves.
const PUBLISHED: &str = "iso";

/// How messages are handled, whoever sends them.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Who sends, by id.
    pub partners: BTreeMap<String, Partner>,
    /// The profiles that partners keep to, by name.
    pub profiles: BTreeMap<String, Editions>,
    /// Our own institution.
    pub institution: Institution,
    /// What an input may at most be.
    pub limits: Limits,
    /// Schemas of the user's, beside those that are published.
    pub schemas: Option<Arc<OwnSchemas>>,
}

impl Setup {
    /// Lets every partner keep to one profile: to the edition of a moment where one is given, else to that of the time at which
    /// an input is received. The partners' own limits still go first. Says whether there is such a profile.
    pub fn keep_to(&mut self, profile: &str, edition: Option<DateTime<Utc>>) -> bool {
        let Some(editions) = self.profiles.get_mut(profile) else { return false };
        if let Some(moment) = edition {
            *editions = editions.only(moment);
        }
        self.partners.values_mut().for_each(|partner| partner.profile = Some(profile.to_owned()));
        true
    }
}

/// The stages of ISO 20022 messages.
pub struct Iso20022 {
    current: Current,
}

/// The setup that documents are taken up under from now on. Each is examined, judged and answered under the one that it was
/// taken up under.
#[derive(Clone)]
pub struct Current(Arc<RwLock<Arc<InUse>>>);

impl Current {
    /// Takes up what comes from now on under another setup.
    pub fn replace(&self, setup: Setup) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(InUse::new(setup));
    }

    fn get(&self) -> Arc<InUse> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A setup with the examiners that work by it.
struct InUse {
    setup: Setup,
    /// The profile of each partner, by its id: its name, and its editions with the partner's own limits.
    profiles: BTreeMap<String, (Arc<str>, Editions)>,
    /// That of nobody.
    published: (Arc<str>, Editions),
    /// Examiners that no thread is using. Each keeps what it learned.
    idle: Mutex<Vec<Examiner>>,
}

/// What is kept of a document between the two calls.
#[derive(Debug, Clone)]
pub struct Document {
    partner: String,
    /// What it was taken up under.
    under: Arc<InUse>,
    /// Whether what was agreed with the partner was checked, too.
    agreed: bool,
    findings: Vec<Finding>,
    original: Original,
    /// Each with the number of its transaction or entry, from 1.
    transfers: Vec<(u32, PreparedTransfer)>,
    statements: Vec<String>,
    /// Of a large document: where it stands, and what was proven of it.
    large: Option<(Range<usize>, Option<LargeProof>)>,
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
        Self { current: Current(Arc::new(RwLock::new(Arc::new(InUse::new(setup))))) }
    }

    /// The setup, to be replaced while the stages are at work.
    pub fn current(&self) -> Current {
        self.current.clone()
    }
}

impl std::fmt::Debug for InUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.setup.fmt(f)
    }
}

impl InUse {
    fn new(setup: Setup) -> Self {
        let of = |partner: &Partner| {
            let named = partner.profile.as_ref().and_then(|name| setup.profiles.get(name));
            let name = partner.profile.as_deref().filter(|_| named.is_some()).unwrap_or(PUBLISHED);
            (Arc::from(name), named.cloned().unwrap_or_default().of_partner(&partner.limits))
        };
        let profiles = setup.partners.iter().map(|(id, partner)| (id.clone(), of(partner))).collect();
        let published = (Arc::from(PUBLISHED), Editions::default());
        Self { setup, profiles, published, idle: Mutex::new(Vec::new()) }
    }

    fn put_back(&self, examiner: Examiner) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(examiner);
    }

    fn partner(&self, id: &str) -> Option<&Partner> {
        self.setup.partners.get(id)
    }

    /// An examiner for an input.
    fn examiner(&self, raw: &Raw) -> Examiner {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut examiner = idle.unwrap_or_else(|| {
            let options = Options { processed_only: true, limits: self.setup.limits, ..Options::default() };
            Examiner::with_schemas(options, self.setup.schemas.clone())
        });
        examiner.keep_to(self.agreement(raw).1);
        examiner
    }

    /// What an input is examined by: a profile of that name, of which one edition holds.
    fn agreement(&self, raw: &Raw) -> (&Arc<str>, Arc<Profile>) {
        let (name, editions) = self.profiles.get(&raw.partner).unwrap_or(&self.published);
        (name, editions.at(raw.received_at))
    }

    fn prepared(
        self: &Arc<Self>,
        raw: &Raw,
        examined: Examined,
        proven: Option<Proven<'_>>,
        bytes: &[u8],
    ) -> Prepared<Document> {
        let document = bytes.get(examined.document.clone()).filter(|document| !document.is_empty());
        let document_hash = Sha256::digest(document.unwrap_or(&raw.bytes)).into();
        let mut transfers = Vec::new();
        let take = |transfer: &Transfer| {
            let index = transfers.len() as u32 + 1;
            transfers.push((transfer.number, prepared_transfer(&raw.partner, &document_hash, index, transfer)));
        };
        let besides = proven.as_ref().map(|proven| map::each(proven, take)).unwrap_or_default();
        let statements = besides.statements.iter().map(json).collect();
        let mut prepared = unmapped(self, raw, examined, document_hash, besides.findings);
        (prepared.document.transfers, prepared.document.statements) = (transfers, statements);
        prepared
    }
}

/// A transfer with its id: the same whenever it is mapped again.
fn prepared_transfer(partner: &str, document_hash: &[u8; 32], index: u32, transfer: &Transfer) -> PreparedTransfer {
    let id = id("", &[partner.as_bytes(), document_hash, &index.to_be_bytes()]);
    let json = json(&Leaving { id: &id, partner, transfer });
    PreparedTransfer { id, json }
}

/// A document before what is mapped of it: `remarks` is what mapping found, where it has been done.
fn unmapped(
    under: &Arc<InUse>,
    raw: &Raw,
    examined: Examined,
    document_hash: [u8; 32],
    remarks: Vec<Finding>,
) -> Prepared<Document> {
    let (schema_hash, (name, profile)) = (schema_hash(&examined), under.agreement(raw));
    let sums = examined.sums.as_ref().map(sums_text);
    let Examined { number, message, validity, mut findings, transactions, mut original, more_findings, .. } = examined;
    findings.extend(counted(more_findings));
    original.transport_reference.clone_from(&raw.origin);
    findings.extend(remarks);
    let claims = !judge::is_refused(&findings);
    let number_text = number.to_string();
    let reports = std::mem::take(&mut original.reports);
    let reply_id = id("PF", &[raw.partner.as_bytes(), raw.origin.as_bytes(), number_text.as_bytes(), &document_hash]);
    let document = Document {
        partner: raw.partner.clone(),
        under: Arc::clone(under),
        agreed: profile.limits.concern_payments(),
        findings,
        transfers: Vec::new(),
        statements: Vec::new(),
        large: None,
        reply_id,
        original,
    };
    let message_id = document.original.message_id.as_deref().map(str::to_owned);
    Prepared {
        number,
        definition: message,
        message_id,
        document_hash,
        validity,
        schema_hash,
        profile: Arc::clone(name),
        claims,
        transactions,
        sums,
        reports,
        document,
    }
}

impl Stages for Iso20022 {
    type Document = Document;

    fn examine(&self, raw: &Raw) -> Vec<Prepared<Document>> {
        let under = self.current.get();
        let mut examiner = under.examiner(raw);
        let prepared =
            examiner.examine_from(under.partner(&raw.partner), raw.bytes.clone(), |examined, proven, bytes| {
                under.prepared(raw, examined, proven, bytes)
            });
        under.put_back(examiner);
        prepared
    }

    fn examine_large(&self, raw: &Raw, large: &dyn Large) -> Result<Vec<Prepared<Document>>, Trouble> {
        let under = self.current.get();
        let mut examiner = under.examiner(raw);
        let documents = examiner.examine_large(under.partner(&raw.partner), large, true)?;
        under.put_back(examiner);
        let prepared = |LargeDocument { examined, proof, hash }| {
            let range = examined.document.clone();
            // What holds no document claims no id, so that its hash is never compared.
            let mut prepared = unmapped(&under, raw, examined, hash.unwrap_or_default(), Vec::new());
            prepared.document.large = Some((range, proof));
            prepared
        };
        Ok(documents.into_iter().map(prepared).collect())
    }

    fn map_large(
        &self,
        raw: &Raw,
        large: &dyn Large,
        documents: &[(&Prepared<Document>, bool)],
        out: &mut dyn FnMut(u32, Mapped) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let of_large = |prepared: &'_ Prepared<Document>| prepared.document.large.clone().unwrap_or_default();
        let proofs: Vec<_> = documents.iter().map(|(d, booked)| of_large(d).1.filter(|_| *booked)).collect();
        let proofs: Vec<Option<&LargeProof>> = proofs.iter().map(Option::as_ref).collect();
        let first = documents.first().map(|(first, _)| Arc::clone(&first.document.under));
        let under = first.unwrap_or_else(|| self.current.get());
        let mut examiner = under.examiner(raw);
        let (mut current, mut index) = (0, 0);
        let partner = under.partner(&raw.partner);
        let remarks = examiner.map_large(partner, large, &proofs, &mut |number, output| match output {
            Output::Transfer(transfer) => {
                index = if current == number { index + 1 } else { 1 };
                current = number;
                let Some((document, _)) = documents.get(number as usize - 1) else { return Err(Changed.into()) };
                let transfer = prepared_transfer(&raw.partner, &document.document_hash, index, transfer);
                out(number, Mapped::Transfer(transfer))
            }
            Output::Closed(statement) => out(number, Mapped::Statement(json(&statement))),
            Output::Opened(_) | Output::Entry(_) | Output::Remark(..) => Ok(()),
        })?;
        under.put_back(examiner);
        for remark in remarks.remarks.into_iter().chain(counted(remarks.more)) {
            let at = remark.place.as_ref().map_or(0, |place| place.offset);
            let within = documents.iter().find(|(d, booked)| *booked && of_large(d).0.contains(&at));
            let of = within.or_else(|| documents.iter().find(|(_, booked)| *booked));
            out(of.map_or(1, |(document, _)| document.number), Mapped::Remark(remark))?;
        }
        Ok(())
    }

    fn decide(&self, prepared: &Prepared<Document>, facts: &Facts, decided_at: DateTime<Utc>) -> Decided {
        let Document { partner, under, findings, original, reply_id, agreed, .. } = &prepared.document;
        let decision = judge::judge(prepared.definition, prepared.transactions, findings.clone(), facts);
        let Some(partner) = under.partner(partner) else {
            return Decided {
                decision,
                answer: Due::None("the partner is not known"),
                transfers: vec![],
                statements: vec![],
            };
        };
        let partner = &dressed(partner, &prepared.document);
        let institution = &under.setup.institution;
        // What follows on an answer that may have left has an id of its own.
        let later = facts.ruling.map(|_| id("PF", &[reply_id.as_bytes()]));
        let reply_id = later.as_ref().unwrap_or(reply_id);
        let dress = Dress { partner, institution, agreed: *agreed, decided_at, reply_id };
        let answer = match (decision.verdict, reply::write(original, &decision, &dress)) {
            (Verdict::Repeated, _) => Due::AsStored,
            (_, Answer::Reply { message, id, bytes }) => Due::Reply { definition: message, id, bytes },
            (_, Answer::NoneDue { reason }) => Due::None(reason),
        };
        let transfers = booked(&prepared.document, &decision);
        let statements = match decision.verdict {
            Verdict::Accepted | Verdict::PartlyAccepted => prepared.document.statements.clone(),
            Verdict::Held | Verdict::Rejected | Verdict::Refused | Verdict::Repeated => Vec::new(),
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
        text: format!("There are {more} findings more than are kept (limits.findings)."),
        suggestion: None,
    })
}

/// Sums as they are kept.
fn sums_text(sums: &Sums) -> String {
    json(&sums.iter().map(|(currency, sum)| (currency, sum.to_string())).collect::<BTreeMap<_, _>>())
}

/// The hash of the schema that a document was checked against.
fn schema_hash(examined: &Examined) -> Option<String> {
    let message = examined.message.filter(|_| examined.validity != Validity::Unsupported);
    let published = || catalogue::embedded().hash(message?).map(str::to_owned);
    examined.schema.as_ref().map(|own| own.hash.clone()).or_else(published)
}

/// Of a large document not every transaction is known when it is answered: so the answer is about the group, and lists what
/// is rejected.
fn dressed<'p>(partner: &'p Partner, document: &Document) -> Cow<'p, Partner> {
    match document.large {
        None => Cow::Borrowed(partner),
        Some(_) => {
            let reply = ReplyProfile { shape: Shape::Group, ..partner.reply.clone() };
            Cow::Owned(Partner { reply, ..partner.clone() })
        }
    }
}

/// The transfers of what was accepted.
fn booked(document: &Document, decision: &Decision) -> Vec<PreparedTransfer> {
    let rejected = |number: u32| decision.rejected.binary_search(&number.saturating_sub(1)).is_ok();
    let accepted = document.transfers.iter().filter(|(number, _)| match decision.verdict {
        Verdict::Accepted => true,
        Verdict::PartlyAccepted => !rejected(*number),
        Verdict::Held | Verdict::Rejected | Verdict::Refused | Verdict::Repeated => false,
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
