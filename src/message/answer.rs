//! The fields that payflow reads from what answers us (pacs.002, admi.002, admi.007), in all versions: what is answered, and
//! how. Must not check anything.

use crate::schema::MessageId;
use crate::schema::binding::Binding;

use super::Field;
use super::shared::{group, value};

/// The fields of an answer, from below the Document element.
pub fn bindings(message: MessageId) -> &'static [Binding] {
    match message.definition() {
        b"pacs.002" => STATUS_REPORT,
        b"admi.002" => MESSAGE_REJECT,
        b"admi.007" => RECEIPT,
        _ => &[],
    }
}

/// pacs.002
const STATUS_REPORT: &[Binding] = &[
    group(Field::GroupHeader, &["FIToFIPmtStsRpt/GrpHdr", "pacs.002.001.02/GrpHdr"], GROUP_HEADER),
    group(
        Field::OriginalGroupInformationAndStatus,
        &["FIToFIPmtStsRpt/OrgnlGrpInfAndSts", "pacs.002.001.02/OrgnlGrpInfAndSts"],
        GROUP,
    ),
    group(
        Field::TransactionInformationAndStatus,
        &["FIToFIPmtStsRpt/TxInfAndSts", "pacs.002.001.02/TxInfAndSts"],
        TRANSACTION,
    ),
];

/// admi.002
const MESSAGE_REJECT: &[Binding] = &[group(Field::OriginalGroupInformationAndStatus, &["admi.002.001.01"], REJECT)];

/// admi.007
const RECEIPT: &[Binding] = &[
    group(Field::GroupHeader, &["RctAck/MsgId"], GROUP_HEADER),
    group(Field::OriginalGroupInformationAndStatus, &["RctAck/Rpt"], REPORT),
];

const GROUP_HEADER: &[Binding] =
    &[value(Field::MessageIdentification, &["MsgId"]), value(Field::CreationDateTime, &["CreDtTm"])];

const GROUP: &[Binding] = &[
    value(Field::OriginalMessageIdentification, &["OrgnlMsgId"]),
    value(Field::OriginalMessageNameIdentification, &["OrgnlMsgNmId"]),
    value(Field::Status, &["GrpSts"]),
    value(Field::ReasonCode, &["StsRsnInf/Rsn/Cd", "StsRsnInf/StsRsn/Cd"]),
    value(Field::ReasonProprietary, &["StsRsnInf/Rsn/Prtry", "StsRsnInf/StsRsn/Prtry"]),
];

const TRANSACTION: &[Binding] = &[
    value(Field::OriginalMessageIdentification, &["OrgnlGrpInf/OrgnlMsgId"]),
    value(Field::OriginalMessageNameIdentification, &["OrgnlGrpInf/OrgnlMsgNmId"]),
    value(Field::InstructionIdentification, &["OrgnlInstrId"]),
    value(Field::EndToEndIdentification, &["OrgnlEndToEndId"]),
    value(Field::TransactionIdentification, &["OrgnlTxId"]),
    value(Field::Uetr, &["OrgnlUETR"]),
    value(Field::Status, &["TxSts"]),
    value(Field::ReasonCode, &["StsRsnInf/Rsn/Cd", "StsRsnInf/StsRsn/Cd"]),
    value(Field::ReasonProprietary, &["StsRsnInf/Rsn/Prtry", "StsRsnInf/StsRsn/Prtry"]),
];

const REJECT: &[Binding] = &[
    value(Field::OriginalMessageIdentification, &["RltdRef/Ref"]),
    value(Field::ReasonProprietary, &["Rsn/RjctgPtyRsn"]),
];

const REPORT: &[Binding] = &[
    value(Field::OriginalMessageIdentification, &["RltdRef/Ref"]),
    value(Field::OriginalMessageNameIdentification, &["RltdRef/MsgNm"]),
    value(Field::Status, &["ReqHdlg/StsCd"]),
];
