//! What a message that answers us says of the one it answers: of a group, or of one transaction. Must not judge.

use crate::schema::record::{Node, Text};

use super::Field;

/// The status of a message, or of one of its transactions, as a pacs.002, admi.002 or admi.007 reports it. As written there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether it is about one transaction.
    pub is_transaction: bool,
    /// OrgnlMsgId; Ref of an admi message
    pub original_message_id: Option<Text>,
    /// OrgnlMsgNmId; MsgNm of an admi.007
    pub original_message_name: Option<Text>,
    /// GrpSts or TxSts; StsCd of an admi.007
    pub status: Option<Text>,
    /// The first Rsn of StsRsnInf, code or proprietary; RjctgPtyRsn of an admi.002
    pub reason: Option<Text>,
    /// OrgnlInstrId
    pub instruction_id: Option<Text>,
    /// OrgnlEndToEndId
    pub end_to_end_id: Option<Text>,
    /// OrgnlTxId
    pub transaction_id: Option<Text>,
    /// OrgnlUETR
    pub uetr: Option<Text>,
}

impl Report {
    /// What stands in OrgnlGrpInfAndSts, TxInfAndSts, or in what takes their place. Of a field that repeats the first counts.
    pub(super) fn read(node: Node<'_>) -> Self {
        let mut report = Report::default();
        for item in node.items() {
            let place = match Field::of(item.slot()) {
                Field::OriginalMessageIdentification => &mut report.original_message_id,
                Field::OriginalMessageNameIdentification => &mut report.original_message_name,
                Field::Status => &mut report.status,
                Field::ReasonCode | Field::ReasonProprietary => &mut report.reason,
                Field::InstructionIdentification => &mut report.instruction_id,
                Field::EndToEndIdentification => &mut report.end_to_end_id,
                Field::TransactionIdentification => &mut report.transaction_id,
                Field::Uetr => &mut report.uetr,
                _ => continue,
            };
            if place.is_none() {
                *place = Some(item.kept());
            }
        }
        report
    }

    /// What stands in TxInfAndSts. Where it names no message, it is about that of the first group.
    pub(super) fn of_transaction(node: Node<'_>, before: &[Report]) -> Self {
        let mut report = Self { is_transaction: true, ..Self::read(node) };
        let group = before.first().filter(|report| !report.is_transaction);
        if let Some(group) = group.filter(|_| report.original_message_id.is_none()) {
            report.original_message_id.clone_from(&group.original_message_id);
            report.original_message_name.clone_from(&group.original_message_name);
        }
        report
    }
}
