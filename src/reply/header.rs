//! The business application header of an answer (head.001.001.01 to .04): from us to the sender, under the id of the
//! answer, and with the original's header as the related one. Must not decide whether a header is due.

use super::Case;
use super::agent::{Form, Named};
use super::quote;
use super::sheet::{Sheet, Tag, tag};
use crate::message::{Header, MarketPractice};
use crate::schema::MessageId;
use crate::schema::record::Text;

/// What differs between the versions of the header.
struct Edition {
    version: u8,
    form: Form,
    /// The creation time ends in `Z`.
    utc: bool,
    market_practice: bool,
    /// The related header names a market practice too.
    related_market_practice: bool,
}

#[rustfmt::skip]
const EDITIONS: [Edition; 4] = [
    Edition { version: 1, form: Form::Bicfi,     utc: true,  market_practice: false, related_market_practice: false },
    Edition { version: 2, form: Form::Bicfi2014, utc: false, market_practice: true,  related_market_practice: false },
    Edition { version: 3, form: Form::Bicfi2014, utc: false, market_practice: true,  related_market_practice: true },
    Edition { version: 4, form: Form::Bicfi2014, utc: false, market_practice: true,  related_market_practice: true },
];

/// The version that is written where none came, or one that is not known.
const USUAL: &Edition = &EDITIONS[1];

/// Writes `AppHdr` for an answer of the given message definition.
pub(super) fn write(sheet: &mut Sheet, case: &Case, reply: MessageId) {
    let came = case.original.header.as_deref();
    let edition = came.map_or(USUAL, |header| {
        EDITIONS.iter().find(|edition| edition.version == header.message.version()).unwrap_or(USUAL)
    });
    let name = |agent| edition.form.name(agent);
    let (from, to) = (came.and_then(|header| name(&header.from)), came.and_then(|header| name(&header.to)));
    // The header's own names come first here, so that a header answers a header.
    let ours = to.or_else(|| edition.form.first(case.ours()));
    let claimed = from.filter(|_| !case.is_not_the_partner());
    let theirs = claimed.or_else(|| edition.form.first(case.theirs()));
    sheet.group_of(tag!("AppHdr"), MessageId::of(b"head", 1, edition.version), |sheet| {
        party(sheet, tag!("Fr"), ours.as_ref());
        party(sheet, tag!("To"), theirs.as_ref());
        sheet.value(tag!("BizMsgIdr"), case.reply_id());
        sheet.plain(tag!("MsgDefIdr"), reply.as_str());
        sheet.optional(tag!("BizSvc"), came.and_then(|header| quote::text35(&header.business_service)));
        if edition.market_practice {
            market_practice(sheet, came.and_then(|header| header.market_practice.as_ref()));
        }
        let (created, zone) = created(case, edition);
        sheet.plain_in_two(tag!("CreDt"), created, zone);
        if let Some(related) = came.and_then(|header| Related::of(header, from.as_ref()?, to.as_ref()?, edition)) {
            sheet.group(tag!("Rltd"), |sheet| related.write(sheet, edition));
        }
    });
}

/// The creation time, and the zone behind it where that is written in another way.
fn created<'a>(case: &Case<'a>, edition: &Edition) -> (&'a str, &'static str) {
    match case.decided_at.strip_suffix("+00:00") {
        Some(time) if edition.utc => (time, "Z"),
        _ => (case.decided_at, ""),
    }
}

/// `Fr` and `To` must name someone: where no name fits, the word for a missing one stands.
fn party(sheet: &mut Sheet, tag: Tag, party: Option<&Named>) {
    sheet.group(tag, |sheet| {
        sheet.group(tag!("FIId"), |sheet| match party {
            Some(party) => party.write(sheet),
            None => sheet.group(tag!("FinInstnId"), |sheet| {
                sheet.group(tag!("Othr"), |sheet| sheet.value(tag!("Id"), quote::NOT_PROVIDED));
            }),
        });
    });
}

fn market_practice(sheet: &mut Sheet, practice: Option<&MarketPractice>) {
    let Some(practice) = practice else { return };
    let registry = quote::text(Some(&practice.registry), 350);
    let id = quote::text(Some(&practice.id), 2048);
    let (Some(registry), Some(id)) = (registry, id) else { return };
    sheet.group(tag!("MktPrctc"), |sheet| {
        sheet.value(tag!("Regy"), registry);
        sheet.value(tag!("Id"), id);
    });
}

/// The original's header as far as the related header repeats it. It exists only when all that is mandatory fits.
struct Related<'a> {
    header: &'a Header,
    from: &'a Named<'a>,
    to: &'a Named<'a>,
    business_message_id: &'a str,
    message_definition: &'a str,
    creation_date: &'a str,
}

impl<'a> Related<'a> {
    fn of(header: &'a Header, from: &'a Named<'a>, to: &'a Named<'a>, edition: &Edition) -> Option<Self> {
        Some(Self {
            header,
            from,
            to,
            business_message_id: quote::text35(&header.business_message_id)?,
            message_definition: quote::text35(&header.message_definition)?,
            creation_date: quote::date_time(&header.creation_date)
                .filter(|date| !edition.utc || date.ends_with('Z'))?,
        })
    }

    fn write(&self, sheet: &mut Sheet, edition: &Edition) {
        let header = self.header;
        let one_of = |value: &'a Option<Text>, codes: &[&str]| value.as_deref().filter(|value| codes.contains(value));
        party(sheet, tag!("Fr"), Some(self.from));
        party(sheet, tag!("To"), Some(self.to));
        sheet.value(tag!("BizMsgIdr"), self.business_message_id);
        sheet.value(tag!("MsgDefIdr"), self.message_definition);
        sheet.optional(tag!("BizSvc"), quote::text35(&header.business_service));
        if edition.related_market_practice {
            market_practice(sheet, header.market_practice.as_ref());
        }
        sheet.value(tag!("CreDt"), self.creation_date);
        sheet.optional(tag!("CpyDplct"), one_of(&header.copy_duplicate, &["CODU", "COPY", "DUPL"]));
        sheet.optional(tag!("PssblDplct"), one_of(&header.possible_duplicate, &["true", "false", "1", "0"]));
        sheet.optional(tag!("Prty"), quote::text35(&header.priority));
    }
}
