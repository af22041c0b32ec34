//! Stages that are easy to foresee, for the tests of the worker. An input is a line a document: `ID BODY COUNT`.
//!
//! BODY says what becomes of it: `bad` is refused, `rej` rejected, `hold` held without an answer and `pdng` with one,
//! `quiet` gets no answer, `fall` makes the first stage
//! panic and `trip` the judgement; all else is accepted with COUNT transfers. The ID `-` is one that can't be read.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod faults;
pub mod model;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use payflow::broker::TakeLimits;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::finding::{Finding, Rule, Scope, Severity};
use payflow::pipeline::large::{Changed, Large, Pass};
use payflow::pipeline::records::Topics;
use payflow::pipeline::stages::{Decided, Due, Mapped, Prepared, PreparedTransfer, Stages};
use payflow::pipeline::worker::Settings;
use payflow::pipeline::{Raw, Validity};
use payflow::rules::judge::{Decision, Facts, Prior, Ruling, Verdict};
use payflow::schema::MessageId;
use payflow::store::sqlite::SqliteStore;
use payflow::xml::input::Trouble;
use sha2::{Digest, Sha256};

pub struct Fake;

/// A line of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub partner: String,
    pub id: Option<String>,
    pub body: String,
    pub count: usize,
    pub place: String,
    /// Whether its transfers are mapped as they are poured.
    pub large: bool,
}

pub fn definition(text: &str) -> MessageId {
    text.parse().unwrap()
}

pub fn lines(partner: &str, origin: &str, bytes: &[u8]) -> Vec<Line> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let line = |(index, line): (usize, &str)| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let id = Some(word()).filter(|id| id != "-");
        let (body, count) = (word(), word().parse().unwrap_or(0));
        let (partner, place) = (partner.to_owned(), format!("{origin}/{}", index + 1));
        Line { partner, id, body, count, place, large: false }
    };
    text.lines().enumerate().map(line).collect()
}

impl Line {
    pub fn verdict(&self, prior: Option<Prior>) -> Verdict {
        self.ruled(prior, None)
    }

    fn ruled(&self, prior: Option<Prior>, ruling: Option<Ruling>) -> Verdict {
        match (prior, self.body.as_str()) {
            (Some(Prior::SameDocument), _) => Verdict::Repeated,
            (_, "bad") => Verdict::Refused,
            (Some(Prior::OtherDocument), _) | (_, "rej") => Verdict::Rejected,
            (_, "hold" | "pdng") => match ruling {
                None => Verdict::Held,
                Some(Ruling::Release) => Verdict::Accepted,
                Some(Ruling::Reject) => Verdict::Rejected,
            },
            _ => Verdict::Accepted,
        }
    }

    pub fn reply(&self, verdict: Verdict) -> Vec<u8> {
        format!("{verdict:?} {:?} {} at {}", self.id, self.body, self.place).into_bytes()
    }

    pub fn transfers(&self, verdict: Verdict) -> Vec<String> {
        let count = if verdict == Verdict::Accepted { self.count } else { 0 };
        (0..count).map(|number| format!("{}#{number}", self.place)).collect()
    }

    pub fn claims(&self) -> bool {
        self.body != "bad" && self.id.is_some()
    }
}

impl Stages for Fake {
    type Document = Line;

    fn examine(&self, raw: &Raw) -> Vec<Prepared<Line>> {
        let lines = lines(&raw.partner, &raw.origin, &raw.bytes);
        if lines.iter().any(|line| line.body == "fall") {
            panic_quietly();
        }
        lines.into_iter().zip(1..).map(|(line, number)| prepared(line, number)).collect()
    }

    fn examine_large(&self, raw: &Raw, large: &dyn Large) -> Result<Vec<Prepared<Line>>, Trouble> {
        let (mut source, mut bytes, mut part) = (large.open(Pass::Check)?, Vec::new(), [0; 64]);
        loop {
            match source.read(&mut part)? {
                0 => break,
                read => bytes.extend(&part[..read]),
            }
        }
        let lines = lines(&raw.partner, &raw.origin, &bytes).into_iter();
        Ok(lines.zip(1..).map(|(line, number)| prepared(Line { large: true, ..line }, number)).collect())
    }

    fn map_large(
        &self,
        raw: &Raw,
        large: &dyn Large,
        documents: &[(&Prepared<Line>, bool)],
        out: &mut dyn FnMut(u32, Mapped) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let now = self.examine_large(raw, large)?;
        for ((document, _), now) in documents.iter().zip(now).filter(|((_, booked), _)| *booked) {
            if document.document_hash != now.document_hash {
                return Err(Changed.into());
            }
            let transfers = document.document.transfers(Verdict::Accepted).into_iter().map(transfer);
            transfers.into_iter().try_for_each(|transfer| out(document.number, Mapped::Transfer(transfer)))?;
        }
        Ok(())
    }

    fn decide(&self, prepared: &Prepared<Line>, facts: &Facts, _: DateTime<Utc>) -> Decided {
        let line = &prepared.document;
        if line.body == "trip" {
            panic_quietly();
        }
        let verdict = line.ruled(facts.prior, facts.ruling);
        let answer = match (verdict, line.body.as_str()) {
            (Verdict::Repeated, _) => Due::AsStored,
            (Verdict::Held, "hold") => Due::None("it is held"),
            (_, "quiet") => Due::None("it is quiet"),
            _ => Due::Reply {
                definition: definition("pacs.002.001.10"),
                id: format!("R{}-{}", if facts.ruling.is_some() { "2" } else { "" }, line.place),
                bytes: line.reply(verdict),
            },
        };
        let transfers = line.transfers(verdict).into_iter().filter(|_| !line.large).map(transfer).collect();
        let findings = findings(verdict, facts);
        Decided { decision: Decision { verdict, findings, rejected: vec![] }, answer, transfers, statements: vec![] }
    }
}

/// A panic that tells nothing, so that the output of the tests stays readable.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("told to"))
}

fn transfer(id: String) -> PreparedTransfer {
    PreparedTransfer { json: format!("{{\"id\":\"{id}\"}}"), id }
}

fn prepared(line: Line, number: u32) -> Prepared<Line> {
    let hash = Sha256::digest(format!("{:?} {} {}", line.id, line.body, line.count));
    Prepared {
        number,
        definition: Some(definition("pacs.008.001.08")),
        message_id: line.id.clone(),
        document_hash: hash.into(),
        validity: if line.body == "bad" { Validity::Invalid } else { Validity::Valid },
        schema_hash: None,
        profile: "fake".into(),
        claims: line.claims(),
        transactions: line.count as u64,
        sums: None,
        reports: vec![],
        document: line,
    }
}

fn findings(verdict: Verdict, facts: &Facts) -> Vec<Finding> {
    let severity = if verdict == Verdict::Held { Severity::Hold } else { Severity::Error };
    let rule = match (verdict, facts.prior) {
        (Verdict::Accepted | Verdict::PartlyAccepted | Verdict::Repeated, _) => return Vec::new(),
        (Verdict::Held, _) => Rule::HoldLimit,
        (Verdict::Rejected, _) if facts.ruling.is_some() => Rule::HoldLimit,
        (Verdict::Refused, _) => Rule::XsdMissingElement,
        (Verdict::Rejected, Some(_)) => Rule::DuplicateMessage,
        (Verdict::Rejected, None) => Rule::Iban,
    };
    vec![Finding {
        rule,
        severity,
        scope: Scope::Message,
        place: None,
        found: Some("secret".to_owned()),
        expected: None,
        text: "about secret".to_owned(),
        suggestion: None,
    }]
}

/// Settings for topics of the form `in.PARTNER`.
pub fn settings(partners: &[&str]) -> Settings {
    let partners: BTreeMap<String, String> =
        partners.iter().map(|partner| (format!("in.{partner}"), (*partner).to_owned())).collect();
    let take = TakeLimits { inputs: 7, idle: Duration::ZERO, ..TakeLimits::default() };
    Settings { name: "test-worker".to_owned(), partners, topics: Topics::default(), take, key_window: None }
}

pub fn queue(folder: &Path, settings: &Settings) -> EmbeddedQueue {
    let topics: Vec<&str> = settings.partners.keys().map(String::as_str).collect();
    EmbeddedQueue::open(&folder.join("queue.db"), &topics).unwrap()
}

pub fn store(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("payflow.db")).unwrap()
}
