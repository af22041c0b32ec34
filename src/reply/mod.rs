//! Acknowledgments: pacs.002, admi.002 and admi.007, in the partner's dress. Pure: the same message, decision and dress give
//! the same bytes. The only place that knows reason codes.
//!
//! | message   | accepted                        | partly accepted | held                            | rejected | refused  |
//! |-----------|---------------------------------|-----------------|---------------------------------|----------|----------|
//! | pacs.008  | pacs.002                        | pacs.002        | pacs.002 if the partner wants it | pacs.002 | admi.002 |
//! | camt.053  | admi.007 if the partner wants it | –               | –                               | admi.002 | admi.002 |
//! | any other | –                               | –               | –                               | admi.002 | admi.002 |
//!
//! A pacs.002, admi.002 or admi.007 is never answered, whatever is wrong with it: two systems that refuse each other's
//! refusals would not stop. A message that came before gets its stored answer, which is not written again.
//!
//! What is quoted from the message is checked against the type it has in the answer ([`quote`]); what does not fit is left
//! out, or replaced by the word that the standard has for it. Must not judge: it writes down what was decided.

mod admi;
mod agent;
mod envelope;
mod header;
mod pacs002;
mod quote;
mod reason;
mod sheet;
mod wording;

use chrono::{DateTime, Utc};

use crate::finding::{Finding, Rule, Severity};
use crate::message::{Kind, Original};
use crate::partner::{HeaderUse, HoldAnswer, Institution, Partner};
use crate::rules::judge::{Decision, Verdict};
use crate::schema::MessageId;
use agent::Names;
use sheet::{Sheet, tag};

/// How an answer is dressed: whose it is, for whom, when and under which id.
#[derive(Debug, Clone, Copy)]
pub struct Dress<'a> {
    /// The partner it goes to.
    pub partner: &'a Partner,
    /// Our own institution: named where the message did not say whom it was sent to.
    pub institution: &'a Institution,
    /// Whether what was agreed with the partner was checked, too.
    pub agreed: bool,
    /// When it was decided; the answer's creation time, to the second.
    pub decided_at: DateTime<Utc>,
    /// The id of the answer: 1 to 35 characters, the same whenever the same answer is written again.
    pub reply_id: &'a str,
}

/// What a decision gives back to the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A message.
    Reply {
        /// Its message definition.
        message: MessageId,
        /// Its id.
        id: String,
        /// The whole of it, with header and wrapper: UTF-8, without white space between elements.
        bytes: Vec<u8>,
    },
    /// Nothing is sent.
    NoneDue {
        /// Why not.
        reason: &'static str,
    },
}

/// The answer to a decided message.
pub fn write(original: &Original, decision: &Decision, dress: &Dress) -> Answer {
    let decided_at = sheet::date_time(dress.decided_at);
    let case = Case { original, decision, dress, decided_at: &decided_at };
    let receipt = dress.partner.reply.receipt;
    let pending = dress.partner.reply.hold_answer == HoldAnswer::Pending;
    match (kind(original), decision.verdict) {
        (Kind::Answer, _) => Answer::NoneDue { reason: "an answer is not answered" },
        (_, Verdict::Repeated) => Answer::NoneDue { reason: "the stored answer is sent again" },
        (kind, Verdict::Held) if kind != Kind::Payment || !pending => {
            Answer::NoneDue { reason: "it is held: the answer follows when it is decided" }
        }
        (Kind::Payment, Verdict::Accepted | Verdict::PartlyAccepted | Verdict::Held | Verdict::Rejected) => {
            let edition = pacs002::edition(original, &dress.partner.reply);
            case.dressed(edition.message(), |sheet| pacs002::write(sheet, &case, edition))
        }
        (Kind::Statement, Verdict::Accepted) if receipt => {
            case.dressed(admi::RECEIPT, |sheet| admi::receipt(sheet, &case))
        }
        (Kind::Statement, Verdict::Accepted) => Answer::NoneDue { reason: "the partner takes no receipts" },
        (Kind::Header | Kind::Other, Verdict::Accepted) => {
            Answer::NoneDue { reason: "a message of this kind is not acknowledged" }
        }
        (_, Verdict::PartlyAccepted | Verdict::Held | Verdict::Rejected | Verdict::Refused) => {
            case.dressed(admi::REJECTION, |sheet| admi::rejection(sheet, &case))
        }
    }
}

/// The Document decides; where it can't be read, the header does.
fn kind(original: &Original) -> Kind {
    let announced = || original.header.as_ref()?.message_definition.as_deref()?.trim().parse().ok();
    let Some(message) = original.message.or_else(announced) else { return Kind::Other };
    match Kind::of(message) {
        Kind::Answer => Kind::Answer,
        kind if original.message.is_some() => kind,
        _ => Kind::Other,
    }
}

/// All that an answer is written from.
#[derive(Clone, Copy)]
struct Case<'a> {
    original: &'a Original,
    decision: &'a Decision,
    dress: &'a Dress<'a>,
    /// When it was decided, with an offset and without fractions of a second: the form that every market takes.
    decided_at: &'a str,
}

impl<'a> Case<'a> {
    /// The answer with its document, in header and wrapper as the partner's profile says.
    fn dressed(&self, message: MessageId, document: impl FnOnce(&mut Sheet)) -> Answer {
        let header = match self.dress.partner.reply.header {
            HeaderUse::AsReceived => self.original.header.is_some(),
            HeaderUse::Always => true,
            HeaderUse::Never => false,
        };
        let mut sheet = Sheet::new();
        let elements = envelope::elements(self, header, message);
        sheet.nested(&elements, |sheet| {
            if header {
                header::write(sheet, self, message);
            }
            sheet.group_of(tag!("Document"), message, document);
        });
        Answer::Reply { message, id: self.reply_id().to_owned(), bytes: sheet.finish() }
    }

    /// The id of the answer, within the bounds of its type whatever was given.
    fn reply_id(&self) -> &'a str {
        if self.dress.reply_id.is_empty() { quote::NOT_PROVIDED } else { quote::cut(self.dress.reply_id, 35) }
    }

    /// The findings that reject, in the order of the decision.
    fn errors(&self) -> impl Iterator<Item = &'a Finding> + use<'a> {
        self.decision.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// Our names, the best first: as the sender called us, then as we call ourselves.
    fn ours(&self) -> impl Iterator<Item = Names<'a>> + use<'a> {
        let called = self.original.instructed_agent.iter().chain(self.original.header.iter().map(|header| &header.to));
        called.map(Names::from).chain([self.dress.institution.into()])
    }

    /// The sender's names, the best first: as it called itself, then as its partner entry says. A sender that is not the
    /// partner is not written to under the name that it took.
    fn theirs(&self) -> impl Iterator<Item = Names<'a>> + use<'a> {
        let original = self.original;
        let claimed = original.instructing_agent.iter().chain(original.header.iter().map(|header| &header.from));
        let trusted = !self.is_not_the_partner();
        let Partner { bics, member_ids, .. } = self.dress.partner;
        let (bic, member_id) = (bics.first().map(String::as_str), member_ids.first().map(String::as_str));
        let entry = Names { bic, member_id, ..Names::default() };
        claimed.filter(move |_| trusted).map(Names::from).chain([entry])
    }

    fn is_not_the_partner(&self) -> bool {
        self.errors().any(|finding| finding.rule == Rule::WrongPartner)
    }
}
