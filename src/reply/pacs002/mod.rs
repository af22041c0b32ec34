//! The payment status report (pacs.002), versions 02 to 16, in two shapes.
//!
//! - Group: the status of the group in `OrgnlGrpInfAndSts`, and one `TxInfAndSts` for each transaction that was rejected
//!   itself.
//! - Transaction: one `TxInfAndSts` for each transaction, each with its own status and with the group it came in. Where a
//!   transaction can't name its group (02 to 05), a block of the group without a status does.
//!
//! The rules of the definition hold by construction: a count by status stands with PART only; no additional information
//! stands in a group's reason except with RJCT; a reason NARR always has additional information; a group's block and a
//! group inside a transaction never stand together. Nothing but ids is quoted of a transaction.

mod edition;
mod status;

pub(super) use edition::{Edition, edition};

use super::Case;
use super::agent::{Named, Names};
use super::quote;
use super::sheet::{Sheet, Tag, tag};
use crate::message::{Original, OriginalTransaction};
use crate::partner::Shape;
use crate::rules::judge::Verdict;
use crate::schema::MessageId;
use status::{Listed, Reason, Statuses};

/// Writes the content of a pacs.002.
pub(super) fn write(sheet: &mut Sheet, case: &Case, edition: &'static Edition) {
    let shape = case.dress.partner.reply.shape;
    let statuses = Statuses::of(case, edition);
    let group_in_transaction = shape == Shape::Transaction && edition.group_in_transaction;
    let report = Report { case, edition, group_in_transaction };
    sheet.group(edition.root, |sheet| {
        report.group_header(sheet, shape);
        match shape {
            Shape::Group => report.group(sheet, |sheet| report.group_status(sheet, &statuses)),
            Shape::Transaction if !group_in_transaction => report.group(sheet, |_| {}),
            Shape::Transaction => {}
        }
        for listed in &statuses.listed(shape) {
            report.transaction(sheet, listed, shape);
        }
    });
}

/// A pacs.002 being written.
struct Report<'a> {
    case: &'a Case<'a>,
    edition: &'static Edition,
    group_in_transaction: bool,
}

impl Report<'_> {
    fn group_header(&self, sheet: &mut Sheet, shape: Shape) {
        sheet.group(tag!("GrpHdr"), |sheet| {
            sheet.value(tag!("MsgId"), self.case.reply_id());
            sheet.plain(tag!("CreDtTm"), self.case.decided_at);
            if shape == Shape::Group {
                self.agents(sheet, None);
            }
        });
    }

    /// The agents of the report: it goes from us to the sender. In the shape by transaction they stand there, after the
    /// transaction's own agents where it has some.
    fn agents(&self, sheet: &mut Sheet, transaction: Option<&OriginalTransaction>) {
        let claimed = transaction.and_then(|it| it.instructing_agent.as_ref());
        let claimed = claimed.filter(|_| !self.case.is_not_the_partner()).map(Names::from);
        let called = transaction.and_then(|it| it.instructed_agent.as_ref()).map(Names::from);
        let form = self.edition.form;
        self.agent(sheet, tag!("InstgAgt"), form.first(called.into_iter().chain(self.case.ours())).as_ref());
        self.agent(sheet, tag!("InstdAgt"), form.first(claimed.into_iter().chain(self.case.theirs())).as_ref());
    }

    fn agent(&self, sheet: &mut Sheet, tag: Tag, agent: Option<&Named>) {
        if let Some(agent) = agent {
            sheet.group(tag, |sheet| agent.write(sheet));
        }
    }

    /// The ids of the group, in the order that both of its places have.
    fn group_ids(&self, sheet: &mut Sheet) {
        let Original { message_id, message, creation_date_time, .. } = self.case.original;
        sheet.value(tag!("OrgnlMsgId"), quote::text35(message_id).unwrap_or(quote::NOT_PROVIDED));
        sheet.plain(tag!("OrgnlMsgNmId"), message.as_ref().map_or(quote::NOT_PROVIDED, MessageId::as_str));
        sheet.optional(tag!("OrgnlCreDtTm"), quote::date_time(creation_date_time));
    }

    fn group(&self, sheet: &mut Sheet, status: impl FnOnce(&mut Sheet)) {
        sheet.group(tag!("OrgnlGrpInfAndSts"), |sheet| {
            self.group_ids(sheet);
            status(sheet);
        });
    }

    fn group_status(&self, sheet: &mut Sheet, statuses: &Statuses) {
        let original = self.case.original;
        sheet.plain(tag!("OrgnlNbOfTxs"), quote::numeric15(&original.number_of_transactions));
        sheet.plain(tag!("OrgnlCtrlSum"), quote::decimal(&original.control_sum));
        sheet.plain(tag!("GrpSts"), statuses.group);
        self.reasons(sheet, &statuses.group_reasons);
        if self.case.decision.verdict == Verdict::PartlyAccepted {
            for (status, count) in statuses.counts() {
                sheet.group(tag!("NbOfTxsPerSts"), |sheet| {
                    sheet.plain(tag!("DtldNbOfTxs"), count.to_string().as_str());
                    sheet.plain(tag!("DtldSts"), status);
                });
            }
        }
    }

    fn reasons(&self, sheet: &mut Sheet, reasons: &[Reason]) {
        let (reason, additional) = self.edition.reason;
        for Reason { code, lines } in reasons {
            sheet.group(tag!("StsRsnInf"), |sheet| {
                sheet.group(reason, |sheet| sheet.value(tag!("Cd"), code));
                for line in lines {
                    sheet.value(additional, line);
                }
            });
        }
    }

    fn transaction(&self, sheet: &mut Sheet, listed: &Listed, shape: Shape) {
        let unknown = OriginalTransaction::default();
        let transaction = self.case.original.transactions.get(listed.index).unwrap_or(&unknown);
        sheet.group(tag!("TxInfAndSts"), |sheet| {
            if self.group_in_transaction {
                sheet.group(tag!("OrgnlGrpInf"), |sheet| self.group_ids(sheet));
            }
            sheet.optional(tag!("OrgnlInstrId"), quote::text35(&transaction.instruction_id));
            sheet.optional(tag!("OrgnlEndToEndId"), quote::text35(&transaction.end_to_end_id));
            sheet.optional(tag!("OrgnlTxId"), quote::text35(&transaction.transaction_id));
            if self.edition.uetr {
                sheet.plain(tag!("OrgnlUETR"), quote::uuid(&transaction.uetr));
            }
            sheet.plain(tag!("TxSts"), listed.status);
            self.reasons(sheet, &listed.reasons);
            if shape == Shape::Transaction {
                self.agents(sheet, Some(transaction));
            }
        });
    }
}
