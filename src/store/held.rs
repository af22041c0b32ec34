//! Documents that are held: what waits, what persons have said of it so far, and what may be said next. The acts are rows, and
//! events of the lane's audit trail; the worker that owns the lane does what was confirmed. Must not judge.

use chrono::{DateTime, Utc};

use super::reading::{Query, Reading, Table};
use super::{DocumentId, StoreError};
use crate::broker::trace::Trace;
use crate::rules::judge::Ruling;

/// The longest name and the longest reason, in characters.
const LONGEST: (usize, usize) = (70, 500);

/// What a person does about a held document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion<'a> {
    /// Asks for this, and says why. What was asked before, and is not confirmed, is void then.
    Ask(Ruling, &'a str),
    /// Confirms what was asked: from then on it is decided.
    Confirm {
        /// Whether it has to be another person than the one who asked.
        four_eyes: bool,
        /// Whatever was asked for, or only this: it may have become something else since it was looked at.
        only: Option<Ruling>,
    },
}

/// An act of a person.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// The document.
    pub id: DocumentId,
    /// Who acts.
    pub actor: &'a str,
    /// What is done.
    pub motion: Motion<'a>,
}

/// A store in which persons decide.
pub trait Desk: Reading {
    /// Takes note of an act, when it may be done.
    fn act(&mut self, act: &Act<'_>) -> Result<(), StoreError>;
}

/// An act that is noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// `release`, `reject` or `confirm`.
    pub act: String,
    /// Why.
    pub reason: Option<String>,
}

/// Why a document is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// The transaction, counted from zero, where it is about one.
    pub transaction: Option<i64>,
    /// What stands there.
    pub found: Option<String>,
    /// What needs no decision.
    pub expected: Option<String>,
}

/// A document that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its name in the store.
    pub id: DocumentId,
    /// Where it stands, such as `payflow.inbound-0-17/1`.
    pub place: String,
    /// Whose it is.
    pub partner: String,
    /// Its message definition.
    pub definition: Option<String>,
    /// Its own id.
    pub message_id: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What was said of it.
    pub acts: Vec<Noted>,
    /// Why what was decided can't be done, where a worker has tried.
    pub trouble: Option<String>,
}

/// Every document that is held, what waits longest first.
///
/// # Errors
/// When the store can't be read.
pub fn held(store: &mut dyn Reading) -> Result<Vec<Held>, StoreError> {
    let mut all: Vec<Held> = Vec::new();
    store.each(Query::Held, &[], &mut |row| {
        let id = DocumentId { lane: row[0].int()?, position: row[1].int()?, document: row[2].int()? as u32 };
        all.push(Held {
            id,
            place: format!("{}-{}-{}/{}", row[3].text()?, row[4].int()?, id.position, id.document),
            partner: row[5].text()?.to_owned(),
            definition: row[6].maybe_text()?.map(str::to_owned),
            message_id: row[7].maybe_text()?.map(str::to_owned),
            since: time(row[8].int()?),
            reasons: Vec::new(),
            acts: Vec::new(),
            trouble: row[9].maybe_text()?.map(str::to_owned),
        });
        Ok(())
    })?;
    for held in &mut all {
        let DocumentId { lane, position, document } = held.id;
        let range = [lane, position, position + 1];
        store.each(Query::Rows(Table::Finding), &range, &mut |row| {
            if row[1].int()? == i64::from(document) && row[4].text()? == "hold" {
                held.reasons.push(Reason {
                    rule: row[3].text()?.to_owned(),
                    transaction: row[5].maybe_int()?,
                    found: row[9].maybe_text()?.map(str::to_owned),
                    expected: row[10].maybe_text()?.map(str::to_owned),
                });
            }
            Ok(())
        })?;
        store.each(Query::Rows(Table::Decision), &range, &mut |row| {
            if row[1].int()? == i64::from(document) {
                held.acts.push(Noted {
                    at: time(row[3].int()?),
                    actor: row[4].text()?.to_owned(),
                    act: row[5].text()?.to_owned(),
                    reason: row[6].maybe_text()?.map(str::to_owned),
                });
            }
            Ok(())
        })?;
    }
    Ok(all)
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// What the store has of a document that somebody wants to act on.
pub(super) struct Standing {
    /// The name of its source.
    pub(super) topic: String,
    /// Its current verdict.
    pub(super) verdict: String,
    /// Whether its input is still kept.
    pub(super) input: bool,
    /// The acts so far: what, and by whom.
    pub(super) acts: Vec<(String, String)>,
}

/// The name of what is asked for.
pub(super) const fn asked(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Release => "release",
        Ruling::Reject => "reject",
    }
}

/// The name of the event that tells that it was done.
pub(super) const fn done(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Release => "released",
        Ruling::Reject => "rejected",
    }
}

/// What was asked for under a name.
///
/// # Errors
/// When it is none of the two.
pub fn ruling(name: &str) -> Result<Ruling, StoreError> {
    let known = [Ruling::Release, Ruling::Reject].into_iter().find(|ruling| asked(*ruling) == name);
    known.ok_or_else(|| StoreError::Fatal(format!("database: a decision says {name:?}")))
}

/// A trace, as the table of inputs has it: its headers, as those of the outbox.
pub(super) fn trace_text(trace: Option<&Trace>) -> Result<Option<String>, StoreError> {
    let text = |trace: &Trace| serde_json::to_string(&trace.headers().collect::<Vec<_>>());
    trace.map(text).transpose().map_err(|e| StoreError::Refused(format!("a trace: {e}")))
}

/// The trace of such a text.
pub(super) fn trace_of(text: Option<&str>) -> Result<Option<Trace>, StoreError> {
    let headers: Vec<(String, String)> = text
        .map_or(Ok(Vec::new()), serde_json::from_str)
        .map_err(|e| StoreError::Fatal(format!("database: an input has a bad trace: {e}")))?;
    Ok(Trace::of(headers.iter().map(|(name, value)| (&name[..], value.as_bytes()))))
}

impl Motion<'_> {
    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Motion::Ask(ruling, _) => asked(*ruling),
            Motion::Confirm { .. } => "confirm",
        }
    }

    /// Why it is done.
    pub(super) const fn reason(&self) -> Option<&str> {
        match self {
            Motion::Ask(_, reason) => Some(reason),
            Motion::Confirm { .. } => None,
        }
    }
}

impl Act<'_> {
    /// As the audit trail tells of it.
    pub(super) fn detail(&self) -> String {
        let document = format!("document {}", self.id.document);
        self.motion.reason().map_or(document.clone(), |reason| format!("{document}: {reason}"))
    }

    /// Refuses what may not be done; `None` is a document that is not there.
    pub(super) fn check(&self, standing: Option<&Standing>) -> Result<(), StoreError> {
        self.refusal(standing).map_or(Ok(()), |why| Err(StoreError::Refused(why)))
    }

    fn refusal(&self, standing: Option<&Standing>) -> Option<String> {
        let name = |text: &str| text.trim().to_lowercase();
        let fits =
            |text: &str, most| (1..=most).contains(&text.trim().chars().count()) && !text.contains(char::is_control);
        let asked = standing.and_then(|standing| standing.acts.last());
        match (standing, self.motion) {
            _ if !fits(self.actor, LONGEST.0) => {
                Some(format!("who acts needs a name of 1 to {} characters, on one line", LONGEST.0))
            }
            (_, Motion::Ask(_, reason)) if !fits(reason, LONGEST.1) => {
                Some(format!("a reason is needed, of 1 to {} characters, on one line", LONGEST.1))
            }
            (None, _) => Some("there is no such document".to_owned()),
            (Some(Standing { verdict, .. }), _) if verdict != "held" => {
                Some(format!("it is not held: it is {verdict}"))
            }
            _ if asked.is_some_and(|(act, _)| act == "confirm") => {
                Some("it is decided already: the worker that owns its source does it".to_owned())
            }
            (Some(Standing { input: false, .. }), _) => Some("its input is not kept any more".to_owned()),
            (Some(Standing { topic, .. }), _) if topic.ends_with(", retired)") => {
                Some("its source was retired: no worker works on it any more".to_owned())
            }
            (Some(_), Motion::Ask(..)) => None,
            (Some(_), Motion::Confirm { four_eyes, only }) => match asked {
                None => Some("nothing was asked for: release or reject it first".to_owned()),
                Some((act, actor)) if only.is_some_and(|only| self::asked(only) != *act) => {
                    Some(format!("{actor} has asked for another decision: {act}"))
                }
                Some((_, actor)) if four_eyes && name(actor) == name(self.actor) => {
                    Some(format!("{actor} has asked for it: another person confirms (hold.four_eyes)"))
                }
                Some(_) => None,
            },
        }
    }
}

/// Whether an event tells of something behind the lane's position, which it does not move.
pub(super) fn is_late(event: &str) -> bool {
    ["release", "reject", "confirm", "released", "rejected"].contains(&event)
}

/// Whether it tells that something was done that persons decided.
pub(super) fn is_done(event: &str) -> bool {
    [done(Ruling::Release), done(Ruling::Reject)].contains(&event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_persons_decide() {
        let id = DocumentId { lane: 1, position: 2, document: 1 };
        let check = |acts: &[(&str, &str)], actor: &str, motion: Motion<'_>, expected: Option<&str>| {
            let acts = acts.iter().map(|(act, actor)| ((*act).to_owned(), (*actor).to_owned())).collect();
            let (topic, verdict) = ("in".to_owned(), "held".to_owned());
            let standing = Standing { topic, verdict, input: true, acts };
            let found = Act { id, actor, motion }.refusal(Some(&standing));
            let same = match expected {
                Some(part) => found.as_deref().is_some_and(|text| text.contains(part)),
                None => found.is_none(),
            };
            assert!(same, "{actor} {motion:?}: {found:?}, expected {expected:?}");
        };
        let (release, reject) = (Motion::Ask(Ruling::Release, "checked"), Motion::Ask(Ruling::Reject, "no"));
        let (confirm, alone) =
            (Motion::Confirm { four_eyes: true, only: None }, Motion::Confirm { four_eyes: false, only: None });
        let asked = [("release", "Anna")];
        check(&[], "Anna", release, None);
        check(&[], "Anna", Motion::Ask(Ruling::Release, "  "), Some("reason"));
        check(&[], " ", release, Some("name"));
        check(&[], "Anna", confirm, Some("nothing was asked for"));
        check(&asked, "Bert", confirm, None);
        check(&asked, "Anna", confirm, Some("another person"));
        check(&asked, " aNNA ", confirm, Some("another person"));
        check(&asked, "Anna", alone, None);
        let only = |ruling| Motion::Confirm { four_eyes: true, only: Some(ruling) };
        check(&asked, "Bert", only(Ruling::Release), None);
        check(&asked, "Bert", only(Ruling::Reject), Some("another decision: release"));
        // Who does not agree asks for something else, and then another one confirms that.
        check(&asked, "Bert", reject, None);
        check(&[("release", "Anna"), ("reject", "Bert")], "Bert", confirm, Some("another person"));
        check(&[("release", "Anna"), ("reject", "Bert")], "Anna", confirm, None);
        check(&[("release", "Anna"), ("confirm", "Bert")], "Carl", reject, Some("decided already"));
        check(&[("release", "Anna"), ("confirm", "Bert")], "Carl", confirm, Some("decided already"));
    }

    #[test]
    fn what_is_not_held_is_not_decided() {
        let act = Act {
            id: DocumentId { lane: 1, position: 2, document: 1 },
            actor: "Anna",
            motion: Motion::Ask(Ruling::Release, "checked"),
        };
        let standing = |topic: &str, verdict: &str, input| Standing {
            topic: topic.to_owned(),
            verdict: verdict.to_owned(),
            input,
            acts: Vec::new(),
        };
        assert!(act.check(None).is_err());
        for (standing, expected) in [
            (standing("in", "accepted", true), "it is accepted"),
            (standing("in", "held", false), "not kept any more"),
            (standing(&crate::store::retired("in", 1), "held", true), "retired"),
        ] {
            let found = act.check(Some(&standing));
            assert!(
                matches!(&found, Err(StoreError::Refused(text)) if text.contains(expected)),
                "{expected}: {found:?}"
            );
        }
    }
}
