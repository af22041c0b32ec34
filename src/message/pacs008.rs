//! The fields that payflow reads from a customer credit transfer (pacs.008), in all versions. Must not check anything.

use crate::schema::binding::Binding;

use super::Field;
use super::shared::{
    ACCOUNT, AGENT, INSTRUCTION, PARTY, PAYMENT_TYPE, RELATED_REMITTANCE, STRUCTURED, group, other_amounts, personal,
    value,
};

/// The fields of a pacs.008, from below the Document element.
pub const BINDINGS: &[Binding] = &[
    group(Field::GroupHeader, &["FIToFICstmrCdtTrf/GrpHdr", "pacs.008.001.01/GrpHdr"], GROUP_HEADER),
    group(
        Field::CreditTransferTransactionInformation,
        &["FIToFICstmrCdtTrf/CdtTrfTxInf", "pacs.008.001.01/CdtTrfTxInf"],
        TRANSACTION,
    ),
];

const GROUP_HEADER: &[Binding] = &[
    value(Field::MessageIdentification, &["MsgId"]),
    value(Field::CreationDateTime, &["CreDtTm"]),
    value(Field::ExpiryDateTime, &["XpryDtTm"]),
    value(Field::BatchBooking, &["BtchBookg"]),
    value(Field::NumberOfTransactions, &["NbOfTxs"]),
    value(Field::ControlSum, &["CtrlSum"]),
    value(Field::TotalInterbankSettlementAmount, &["TtlIntrBkSttlmAmt"]),
    value(Field::TotalInterbankSettlementAmountCurrency, &["TtlIntrBkSttlmAmt/@Ccy"]),
    value(Field::InterbankSettlementDate, &["IntrBkSttlmDt"]),
    value(Field::SettlementMethod, &["SttlmInf/SttlmMtd"]),
    group(Field::SettlementAccount, &["SttlmInf/SttlmAcct"], ACCOUNT),
    value(Field::ClearingSystemCode, &["SttlmInf/ClrSys/Cd", "SttlmInf/ClrSys/ClrSysId"]),
    value(Field::ClearingSystemProprietary, &["SttlmInf/ClrSys/Prtry"]),
    group(Field::InstructingReimbursementAgent, &["SttlmInf/InstgRmbrsmntAgt"], AGENT),
    group(Field::InstructingReimbursementAgentAccount, &["SttlmInf/InstgRmbrsmntAgtAcct"], ACCOUNT),
    group(Field::InstructedReimbursementAgent, &["SttlmInf/InstdRmbrsmntAgt"], AGENT),
    group(Field::InstructedReimbursementAgentAccount, &["SttlmInf/InstdRmbrsmntAgtAcct"], ACCOUNT),
    group(Field::ThirdReimbursementAgent, &["SttlmInf/ThrdRmbrsmntAgt"], AGENT),
    group(Field::ThirdReimbursementAgentAccount, &["SttlmInf/ThrdRmbrsmntAgtAcct"], ACCOUNT),
    group(Field::PaymentTypeInformation, &["PmtTpInf"], PAYMENT_TYPE),
    group(Field::InstructingAgent, &["InstgAgt"], AGENT),
    group(Field::InstructedAgent, &["InstdAgt"], AGENT),
];

const TRANSACTION: &[Binding] = &[
    value(Field::InstructionIdentification, &["PmtId/InstrId"]),
    value(Field::EndToEndIdentification, &["PmtId/EndToEndId"]),
    value(Field::TransactionIdentification, &["PmtId/TxId"]),
    value(Field::Uetr, &["PmtId/UETR"]),
    value(Field::ClearingSystemReference, &["PmtId/ClrSysRef"]),
    group(Field::PaymentTypeInformation, &["PmtTpInf"], PAYMENT_TYPE),
    value(Field::InterbankSettlementAmount, &["IntrBkSttlmAmt"]),
    value(Field::InterbankSettlementAmountCurrency, &["IntrBkSttlmAmt/@Ccy"]),
    value(Field::InterbankSettlementDate, &["IntrBkSttlmDt"]),
    value(Field::SettlementPriority, &["SttlmPrty"]),
    value(Field::DebitDateTime, &["SttlmTmIndctn/DbtDtTm"]),
    value(Field::CreditDateTime, &["SttlmTmIndctn/CdtDtTm"]),
    value(Field::ClsTime, &["SttlmTmReq/CLSTm"]),
    value(Field::TillTime, &["SttlmTmReq/TillTm"]),
    value(Field::FromTime, &["SttlmTmReq/FrTm"]),
    value(Field::RejectTime, &["SttlmTmReq/RjctTm"]),
    value(Field::AcceptanceDateTime, &["AddtlDtTm/AccptncDtTm", "AccptncDtTm"]),
    value(Field::PoolingAdjustmentDate, &["AddtlDtTm/PoolgAdjstmntDt", "PoolgAdjstmntDt"]),
    value(Field::ExpiryDateTime, &["AddtlDtTm/XpryDtTm"]),
    value(Field::InstructedAmount, &["InstdAmt"]),
    value(Field::InstructedAmountCurrency, &["InstdAmt/@Ccy"]),
    value(Field::ExchangeRate, &["XchgRate"]),
    group(Field::AgreedRate, &["AgrdRate"], AGREED_RATE),
    value(Field::ChargeBearer, &["ChrgBr"]),
    group(Field::Charges, &["ChrgsInf"], CHARGES),
    group(Field::PreviousInstructingAgent1, &["PrvsInstgAgt1", "PrvsInstgAgt"], AGENT),
    group(Field::PreviousInstructingAgent1Account, &["PrvsInstgAgt1Acct", "PrvsInstgAgtAcct"], ACCOUNT),
    group(Field::PreviousInstructingAgent2, &["PrvsInstgAgt2"], AGENT),
    group(Field::PreviousInstructingAgent2Account, &["PrvsInstgAgt2Acct"], ACCOUNT),
    group(Field::PreviousInstructingAgent3, &["PrvsInstgAgt3"], AGENT),
    group(Field::PreviousInstructingAgent3Account, &["PrvsInstgAgt3Acct"], ACCOUNT),
    group(Field::InstructingAgent, &["InstgAgt"], AGENT),
    group(Field::InstructedAgent, &["InstdAgt"], AGENT),
    group(Field::IntermediaryAgent1, &["IntrmyAgt1"], AGENT),
    group(Field::IntermediaryAgent1Account, &["IntrmyAgt1Acct"], ACCOUNT),
    group(Field::IntermediaryAgent2, &["IntrmyAgt2"], AGENT),
    group(Field::IntermediaryAgent2Account, &["IntrmyAgt2Acct"], ACCOUNT),
    group(Field::IntermediaryAgent3, &["IntrmyAgt3"], AGENT),
    group(Field::IntermediaryAgent3Account, &["IntrmyAgt3Acct"], ACCOUNT),
    group(Field::UltimateDebtor, &["UltmtDbtr"], PARTY),
    group(Field::InitiatingParty, &["InitgPty"], PARTY),
    group(Field::Debtor, &["Dbtr"], PARTY),
    group(Field::DebtorAccount, &["DbtrAcct"], ACCOUNT),
    group(Field::DebtorAgent, &["DbtrAgt"], AGENT),
    group(Field::DebtorAgentAccount, &["DbtrAgtAcct"], ACCOUNT),
    group(Field::CreditorAgent, &["CdtrAgt"], AGENT),
    group(Field::CreditorAgentAccount, &["CdtrAgtAcct"], ACCOUNT),
    group(Field::Creditor, &["Cdtr"], PARTY),
    group(Field::CreditorAccount, &["CdtrAcct"], ACCOUNT),
    group(Field::UltimateCreditor, &["UltmtCdtr"], PARTY),
    group(Field::InstructionForCreditorAgent, &["InstrForCdtrAgt"], INSTRUCTION),
    group(Field::InstructionForNextAgent, &["InstrForNxtAgt"], INSTRUCTION),
    value(Field::PurposeCode, &["Purp/Cd"]),
    value(Field::PurposeProprietary, &["Purp/Prtry"]),
    group(Field::RegulatoryReporting, &["RgltryRptg"], REGULATORY_REPORTING),
    value(Field::MandateIdentification, &["MndtRltdInf/MndtId"]),
    group(Field::RelatedRemittanceInformation, &["RltdRmtInf"], RELATED_REMITTANCE),
    personal(Field::Unstructured, &["RmtInf/Ustrd"]),
    group(Field::Structured, &["RmtInf/Strd"], STRUCTURED),
    TAX_AMOUNTS[0],
    TAX_AMOUNTS[1],
];

const AGREED_RATE: &[Binding] = &[
    value(Field::PreAgreedExchangeRate, &["PreAgrdXchgRate"]),
    value(Field::UnitCurrency, &["UnitCcy"]),
    value(Field::QuotedCurrency, &["QtdCcy"]),
    value(Field::QuotationDate, &["QtnDtTm"]),
    value(Field::QuoteIdentification, &["QtId"]),
    group(Field::Agent, &["FXAgt"], AGENT),
];

const CHARGES: &[Binding] = &[
    value(Field::Amount, &["Amt", "ChrgsAmt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy", "ChrgsAmt/@Ccy"]),
    group(Field::Agent, &["Agt", "Pty", "ChrgsPty"], AGENT),
    value(Field::TypeCode, &["Tp/Cd"]),
    value(Field::TypeProprietary, &["Tp/Prtry/Id"]),
];

const REGULATORY_REPORTING: &[Binding] = &[
    value(Field::DebitCreditReportingIndicator, &["DbtCdtRptgInd"]),
    value(Field::AuthorityName, &["Authrty/Nm", "Authrty/AuthrtyNm"]),
    value(Field::AuthorityCountry, &["Authrty/Ctry", "Authrty/AuthrtyCtry"]),
    group(Field::RegulatoryReportingDetails, &["Dtls", "RgltryDtls"], REGULATORY_DETAILS),
];

const REGULATORY_DETAILS: &[Binding] = &[
    value(Field::TypeCode, &["Tp/Cd"]),
    value(Field::TypeProprietary, &["Tp/Prtry", "Tp"]),
    value(Field::Date, &["Dt"]),
    value(Field::Country, &["Ctry"]),
    value(Field::Code, &["RptgCd", "Cd"]),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    personal(Field::Information, &["Inf"]),
];

const TAX_AMOUNTS: [Binding; 2] = other_amounts![
    "Tax/TtlTaxblBaseAmt",
    "Tax/TtlTaxAmt",
    "Tax/Rcrd/TaxAmt/TaxblBaseAmt",
    "Tax/Rcrd/TaxAmt/TtlAmt",
    "Tax/Rcrd/TaxAmt/Dtls/Amt",
];
