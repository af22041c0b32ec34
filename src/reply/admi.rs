//! The two administrative answers: admi.002 (message reject) for what a pacs.002 cannot answer, admi.007 (receipt
//! acknowledgement) for a good statement. Must not quote more of the message than its reference.

use super::sheet::{Sheet, tag};
use super::{Case, quote, reason, wording};
use crate::schema::MessageId;

/// The message definition of a rejection.
pub(super) const REJECTION: MessageId = MessageId::of(b"admi", 2, 1);
/// The message definition of a receipt.
pub(super) const RECEIPT: MessageId = MessageId::of(b"admi", 7, 1);

/// The status of a receipt where the partner's profile names none: no official list of these codes is known, so it is
/// the one that a pacs.002 has for the same news.
const RECEIVED: &str = "ACTC";

/// What `AddtlData` takes.
const ADDITIONAL: usize = 20_000;

/// The reference of the original: the header's, which can be read when the document can't, else the message's own.
fn reference<'a>(case: &Case<'a>) -> Option<&'a str> {
    let header = case.original.header.as_deref();
    header.and_then(|header| quote::text35(&header.business_message_id)).or(quote::text35(&case.original.message_id))
}

/// Writes the content of an admi.002.
pub(super) fn rejection(sheet: &mut Sheet, case: &Case) {
    let reference = reference(case);
    let first = case.errors().next();
    sheet.group(tag!("admi.002.001.01"), |sheet| {
        sheet.group(tag!("RltdRef"), |sheet| sheet.value(tag!("Ref"), reference.unwrap_or(quote::NOT_AVAILABLE)));
        sheet.group(tag!("Rsn"), |sheet| {
            sheet.value(
                tag!("RjctgPtyRsn"),
                first.map_or(reason::UNSPECIFIED, |first| reason::codes(first.rule).refusal),
            );
            sheet.plain(tag!("RjctnDtTm"), case.decided_at);
            if let Some(place) = first.and_then(|first| first.place.as_ref()) {
                sheet.value(tag!("ErrLctn"), &wording::location(place, 350));
            }
            if let Some(first) = first {
                let text = format!("{}: {}", first.rule.id(), wording::description(first));
                sheet.value(tag!("RsnDesc"), quote::cut(&text, 350));
            }
            let additional = additional(case, reference.is_none());
            sheet.optional(tag!("AddtlData"), (!additional.is_empty()).then_some(&additional));
        });
    });
}

/// Where the message came from, when nothing in it can be referred to, and the findings after the first.
fn additional(case: &Case, with_origin: bool) -> String {
    let origin = Some(case.original.transport_reference.as_str()).filter(|origin| with_origin && !origin.is_empty());
    let origin = origin.map(|origin| format!("received as {}", quote::cut(origin, 350)));
    let further = case.errors().skip(1).map(wording::line);
    wording::lines(origin.into_iter().chain(further).collect::<Vec<_>>().into_iter(), ADDITIONAL)
}

/// Writes the content of an admi.007.
pub(super) fn receipt(sheet: &mut Sheet, case: &Case) {
    let status = case.dress.partner.reply.receipt_status.as_deref();
    let fits = |status: &&str| matches!(status.len(), 1..=4) && status.bytes().all(|b| b.is_ascii_alphanumeric());
    sheet.group(tag!("RctAck"), |sheet| {
        sheet.group(tag!("MsgId"), |sheet| {
            sheet.value(tag!("MsgId"), case.reply_id());
            sheet.plain(tag!("CreDtTm"), case.decided_at);
        });
        sheet.group(tag!("Rpt"), |sheet| {
            sheet.group(tag!("RltdRef"), |sheet| {
                sheet.value(tag!("Ref"), reference(case).unwrap_or(quote::NOT_AVAILABLE));
                sheet.optional(tag!("MsgNm"), case.original.message.as_ref().map(MessageId::as_str));
            });
            sheet.group(tag!("ReqHdlg"), |sheet| {
                sheet.value(tag!("StsCd"), status.filter(fits).unwrap_or(RECEIVED));
                sheet.plain(tag!("StsDtTm"), case.decided_at);
            });
        });
    });
}
