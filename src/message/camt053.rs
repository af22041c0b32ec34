//! The fields that payflow reads from a bank-to-customer statement (camt.053), in all versions. Must not check anything.

use crate::schema::binding::Binding;

use super::Field;
use super::shared::{
    ACCOUNT, AGENT, OWNED_ACCOUNT, PARTY, PARTY_OR_AGENT, PAYMENT_TYPE, RELATED_REMITTANCE, STRUCTURED, group, join,
    other_amounts, personal, value,
};

/// The fields of a camt.053, from below the Document element.
pub const BINDINGS: &[Binding] = &[
    group(Field::GroupHeader, &["BkToCstmrStmt/GrpHdr", "BkToCstmrStmtV01/GrpHdr"], GROUP_HEADER),
    group(Field::Statement, &["BkToCstmrStmt/Stmt", "BkToCstmrStmtV01/Stmt"], STATEMENT),
];

const GROUP_HEADER: &[Binding] = &[
    value(Field::MessageIdentification, &["MsgId"]),
    value(Field::CreationDateTime, &["CreDtTm"]),
    group(Field::MessageRecipient, &["MsgRcpt"], PARTY),
    value(Field::PageNumber, &["MsgPgntn/PgNb"]),
    value(Field::LastPageIndicator, &["MsgPgntn/LastPgInd"]),
    personal(Field::AdditionalInformation, &["AddtlInf"]),
];

const STATEMENT: &[Binding] = &[
    value(Field::Identification, &["Id"]),
    value(Field::PageNumber, &["StmtPgntn/PgNb"]),
    value(Field::LastPageIndicator, &["StmtPgntn/LastPgInd"]),
    value(Field::ElectronicSequenceNumber, &["ElctrncSeqNb"]),
    value(Field::LegalSequenceNumber, &["LglSeqNb"]),
    value(Field::CreationDateTime, &["CreDtTm"]),
    value(Field::FromDateTime, &["FrToDt/FrDtTm"]),
    value(Field::ToDateTime, &["FrToDt/ToDtTm"]),
    value(Field::CopyDuplicateIndicator, &["CpyDplctInd"]),
    value(Field::ReportingSourceCode, &["RptgSrc/Cd"]),
    value(Field::ReportingSourceProprietary, &["RptgSrc/Prtry"]),
    group(Field::Account, &["Acct"], OWNED_ACCOUNT),
    group(Field::RelatedAccount, &["RltdAcct"], ACCOUNT),
    group(Field::Interest, &["Intrst"], STATEMENT_INTEREST),
    group(Field::Balance, &["Bal"], BALANCE),
    group(Field::TotalEntries, &["TxsSummry/TtlNtries"], TOTALS),
    group(Field::TotalCreditEntries, &["TxsSummry/TtlCdtNtries"], SIDE_TOTALS),
    group(Field::TotalDebitEntries, &["TxsSummry/TtlDbtNtries"], SIDE_TOTALS),
    group(Field::TotalEntriesPerBankTransactionCode, &["TxsSummry/TtlNtriesPerBkTxCd"], CODE_TOTALS),
    group(Field::Entry, &["Ntry"], ENTRY),
    personal(Field::AdditionalStatementInformation, &["AddtlStmtInf"]),
];

const STATEMENT_INTEREST: &[Binding] =
    &[CHARGE_TAX[0], CHARGE_TAX[1], value(Field::OtherCurrency, &["Rate/VldtyRg/Ccy"])];

const BALANCE: &[Binding] = &[
    value(Field::TypeCode, &["Tp/CdOrPrtry/Cd", "Tp/Cd"]),
    value(Field::TypeProprietary, &["Tp/CdOrPrtry/Prtry", "Tp/Prtry"]),
    value(Field::SubTypeCode, &["Tp/SubTp/Cd"]),
    value(Field::SubTypeProprietary, &["Tp/SubTp/Prtry"]),
    group(Field::CreditLine, &["CdtLine"], CREDIT_LINE),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
    value(Field::Date, &["Dt/Dt", "Dt/DtTm"]),
    group(Field::Availability, &["Avlbty"], AVAILABILITY),
];

const CREDIT_LINE: &[Binding] = &[
    value(Field::Included, &["Incl"]),
    value(Field::TypeCode, &["Tp/Cd"]),
    value(Field::TypeProprietary, &["Tp/Prtry"]),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    value(Field::Date, &["Dt/Dt", "Dt/DtTm"]),
];

const AVAILABILITY: &[Binding] = &[
    value(Field::ActualDate, &["Dt/ActlDt"]),
    value(Field::NumberOfDays, &["Dt/NbOfDays"]),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
];

const TOTALS: &[Binding] = &[
    value(Field::NumberOfEntries, &["NbOfNtries"]),
    value(Field::Sum, &["Sum"]),
    value(Field::TotalNetEntryAmount, &["TtlNetNtry/Amt", "TtlNetNtryAmt"]),
    value(Field::TotalNetEntryCreditDebitIndicator, &["TtlNetNtry/CdtDbtInd", "CdtDbtInd"]),
];

const SIDE_TOTALS: &[Binding] = &[value(Field::NumberOfEntries, &["NbOfNtries"]), value(Field::Sum, &["Sum"])];

const CODE_TOTALS: &[Binding] = &[
    value(Field::NumberOfEntries, &["NbOfNtries"]),
    value(Field::Sum, &["Sum"]),
    value(Field::TotalNetEntryAmount, &["TtlNetNtry/Amt", "TtlNetNtryAmt"]),
    value(Field::TotalNetEntryCreditDebitIndicator, &["TtlNetNtry/CdtDbtInd", "CdtDbtInd"]),
    value(Field::CreditNumberOfEntries, &["CdtNtries/NbOfNtries"]),
    value(Field::CreditSum, &["CdtNtries/Sum"]),
    value(Field::DebitNumberOfEntries, &["DbtNtries/NbOfNtries"]),
    value(Field::DebitSum, &["DbtNtries/Sum"]),
    value(Field::ForecastIndicator, &["FcstInd"]),
    group(Field::BankTransactionCode, &["BkTxCd"], BANK_TRANSACTION_CODE),
    group(Field::Availability, &["Avlbty"], AVAILABILITY),
    value(Field::Date, &["Dt/Dt", "Dt/DtTm"]),
];

const BANK_TRANSACTION_CODE: &[Binding] = &[
    value(Field::Domain, &["Domn/Cd"]),
    value(Field::Family, &["Domn/Fmly/Cd"]),
    value(Field::SubFamilyCode, &["Domn/Fmly/SubFmlyCd"]),
    value(Field::Proprietary, &["Prtry/Cd"]),
    value(Field::Issuer, &["Prtry/Issr"]),
];

const ENTRY: &[Binding] = &[
    value(Field::EntryReference, &["NtryRef"]),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
    value(Field::ReversalIndicator, &["RvslInd"]),
    value(Field::StatusCode, &["Sts/Cd", "Sts"]),
    value(Field::StatusProprietary, &["Sts/Prtry"]),
    value(Field::BookingDate, &["BookgDt/Dt", "BookgDt/DtTm"]),
    value(Field::ValueDate, &["ValDt/Dt", "ValDt/DtTm"]),
    value(Field::AccountServicerReference, &["AcctSvcrRef"]),
    group(Field::Availability, &["Avlbty"], AVAILABILITY),
    group(Field::BankTransactionCode, &["BkTxCd"], BANK_TRANSACTION_CODE),
    group(Field::AmountDetails, &["AmtDtls"], AMOUNT_DETAILS),
    group(Field::Charges, &["Chrgs"], CHARGES),
    group(Field::Interest, &["Intrst"], INTEREST),
    group(Field::PrepaidAccount, &["CardTx/PrePdAcct"], ACCOUNT),
    group(Field::Batch, &["NtryDtls/Btch", "Btch"], BATCH),
    group(Field::TransactionDetails, &["NtryDtls/TxDtls", "TxDtls"], DETAILS),
    personal(Field::AdditionalEntryInformation, &["AddtlNtryInf"]),
];

const BATCH: &[Binding] = &[
    value(Field::MessageIdentification, &["MsgId"]),
    value(Field::PaymentInformationIdentification, &["PmtInfId"]),
    value(Field::NumberOfTransactions, &["NbOfTxs"]),
    value(Field::TotalAmount, &["TtlAmt"]),
    value(Field::TotalAmountCurrency, &["TtlAmt/@Ccy"]),
    value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
];

const AMOUNT_DETAILS: &[Binding] = &[
    value(Field::InstructedAmount, &["InstdAmt/Amt"]),
    value(Field::InstructedAmountCurrency, &["InstdAmt/Amt/@Ccy"]),
    value(Field::TransactionAmount, &["TxAmt/Amt"]),
    value(Field::TransactionAmountCurrency, &["TxAmt/Amt/@Ccy"]),
    value(Field::CounterValueAmount, &["CntrValAmt/Amt"]),
    value(Field::CounterValueAmountCurrency, &["CntrValAmt/Amt/@Ccy"]),
    group(
        Field::CurrencyExchange,
        &["InstdAmt/CcyXchg", "TxAmt/CcyXchg", "CntrValAmt/CcyXchg", "AnncdPstngAmt/CcyXchg", "PrtryAmt/CcyXchg"],
        CURRENCY_EXCHANGE,
    ),
    OTHER_AMOUNT_DETAILS[0],
    OTHER_AMOUNT_DETAILS[1],
];

const OTHER_AMOUNT_DETAILS: [Binding; 2] = other_amounts!["AnncdPstngAmt/Amt", "PrtryAmt/Amt"];

const CURRENCY_EXCHANGE: &[Binding] = &[
    value(Field::SourceCurrency, &["SrcCcy"]),
    value(Field::TargetCurrency, &["TrgtCcy"]),
    value(Field::UnitCurrency, &["UnitCcy"]),
    value(Field::ExchangeRate, &["XchgRate"]),
    value(Field::ExchangeRateBase, &["XchgRateBase"]),
    value(Field::ContractIdentification, &["CtrctId"]),
    value(Field::QuotationDate, &["QtnDt"]),
];

/// Up to version 02 each `Chrgs` is one charge; from 03 it holds a total and records.
const CHARGES: &[Binding] = &join::<11, 3, 14>(
    charge(),
    [
        value(Field::TotalChargesAndTaxAmount, &["TtlChrgsAndTaxAmt"]),
        value(Field::TotalChargesAndTaxAmountCurrency, &["TtlChrgsAndTaxAmt/@Ccy"]),
        group(Field::ChargesRecord, &["Rcrd"], &charge()),
    ],
);

const fn charge() -> [Binding; 11] {
    [
        value(Field::Amount, &["Amt"]),
        value(Field::AmountCurrency, &["Amt/@Ccy"]),
        value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
        value(Field::ChargeIncludedIndicator, &["ChrgInclInd"]),
        value(Field::TypeCode, &["Tp/Cd"]),
        value(Field::TypeProprietary, &["Tp/Prtry/Id", "Tp/PrtryCd"]),
        value(Field::Rate, &["Rate"]),
        value(Field::ChargeBearer, &["Br"]),
        group(Field::Agent, &["Agt", "Pty"], AGENT),
        CHARGE_TAX[0],
        CHARGE_TAX[1],
    ]
}

const CHARGE_TAX: [Binding; 2] = other_amounts!["Tax/Amt"];

/// Interest: seen by the rules about all amounts and currencies only.
const INTEREST: &[Binding] = &[
    INTEREST_AMOUNTS[0],
    INTEREST_AMOUNTS[1],
    value(Field::OtherCurrency, &["Rate/VldtyRg/Ccy", "Rcrd/Rate/VldtyRg/Ccy"]),
];

const INTEREST_AMOUNTS: [Binding; 2] = other_amounts!["Amt", "Rcrd/Amt", "Rcrd/Tax/Amt", "TtlIntrstAndTaxAmt"];

const DETAILS: &[Binding] = &[
    value(Field::MessageIdentification, &["Refs/MsgId"]),
    value(Field::AccountServicerReference, &["Refs/AcctSvcrRef"]),
    value(Field::PaymentInformationIdentification, &["Refs/PmtInfId"]),
    value(Field::InstructionIdentification, &["Refs/InstrId"]),
    value(Field::EndToEndIdentification, &["Refs/EndToEndId"]),
    value(Field::Uetr, &["Refs/UETR"]),
    value(Field::TransactionIdentification, &["Refs/TxId"]),
    value(Field::MandateIdentification, &["Refs/MndtId"]),
    value(Field::ChequeNumber, &["Refs/ChqNb"]),
    value(Field::ClearingSystemReference, &["Refs/ClrSysRef"]),
    value(Field::AccountOwnerTransactionIdentification, &["Refs/AcctOwnrTxId"]),
    value(Field::AccountServicerTransactionIdentification, &["Refs/AcctSvcrTxId"]),
    value(Field::MarketInfrastructureTransactionIdentification, &["Refs/MktInfrstrctrTxId"]),
    value(Field::ProcessingIdentification, &["Refs/PrcgId"]),
    value(Field::ReturnIdentification, &["Refs/RtrId"]),
    group(Field::ProprietaryReference, &["Refs/Prtry"], PROPRIETARY_REFERENCE),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
    group(Field::AmountDetails, &["AmtDtls"], AMOUNT_DETAILS),
    group(Field::Availability, &["Avlbty"], AVAILABILITY),
    group(Field::BankTransactionCode, &["BkTxCd"], BANK_TRANSACTION_CODE),
    group(Field::Charges, &["Chrgs"], CHARGES),
    group(Field::Interest, &["Intrst"], INTEREST),
    group(Field::InitiatingParty, &["RltdPties/InitgPty"], PARTY_OR_AGENT),
    group(Field::Debtor, &["RltdPties/Dbtr"], PARTY_OR_AGENT),
    group(Field::DebtorAccount, &["RltdPties/DbtrAcct"], ACCOUNT),
    group(Field::UltimateDebtor, &["RltdPties/UltmtDbtr"], PARTY_OR_AGENT),
    group(Field::Creditor, &["RltdPties/Cdtr"], PARTY_OR_AGENT),
    group(Field::CreditorAccount, &["RltdPties/CdtrAcct"], ACCOUNT),
    group(Field::UltimateCreditor, &["RltdPties/UltmtCdtr"], PARTY_OR_AGENT),
    group(Field::TradingParty, &["RltdPties/TradgPty"], PARTY_OR_AGENT),
    group(Field::ProprietaryParty, &["RltdPties/Prtry/Pty"], PARTY_OR_AGENT),
    group(Field::InstructingAgent, &["RltdAgts/InstgAgt"], AGENT),
    group(Field::InstructedAgent, &["RltdAgts/InstdAgt"], AGENT),
    group(Field::DebtorAgent, &["RltdAgts/DbtrAgt"], AGENT),
    group(Field::CreditorAgent, &["RltdAgts/CdtrAgt"], AGENT),
    group(Field::IntermediaryAgent1, &["RltdAgts/IntrmyAgt1"], AGENT),
    group(Field::IntermediaryAgent2, &["RltdAgts/IntrmyAgt2"], AGENT),
    group(Field::IntermediaryAgent3, &["RltdAgts/IntrmyAgt3"], AGENT),
    group(Field::ReceivingAgent, &["RltdAgts/RcvgAgt"], AGENT),
    group(Field::DeliveringAgent, &["RltdAgts/DlvrgAgt"], AGENT),
    group(Field::IssuingAgent, &["RltdAgts/IssgAgt"], AGENT),
    group(Field::SettlementPlace, &["RltdAgts/SttlmPlc"], AGENT),
    group(Field::ProprietaryAgent, &["RltdAgts/Prtry/Agt"], AGENT),
    group(Field::PaymentTypeInformation, &["PmtTpInf"], PAYMENT_TYPE),
    value(Field::LocalInstrumentCode, &["LclInstrm/Cd"]),
    value(Field::LocalInstrumentProprietary, &["LclInstrm/Prtry"]),
    value(Field::PurposeCode, &["Purp/Cd"]),
    value(Field::PurposeProprietary, &["Purp/Prtry"]),
    group(Field::RelatedRemittanceInformation, &["RltdRmtInf"], RELATED_REMITTANCE),
    personal(Field::Unstructured, &["RmtInf/Ustrd"]),
    group(Field::Structured, &["RmtInf/Strd"], STRUCTURED),
    value(Field::AcceptanceDateTime, &["RltdDts/AccptncDtTm"]),
    value(Field::InterbankSettlementDate, &["RltdDts/IntrBkSttlmDt"]),
    value(Field::TransactionDateTime, &["RltdDts/TxDtTm"]),
    group(Field::ReturnInformation, &["RtrInf"], RETURN),
    group(Field::SafekeepingAccount, &["SfkpgAcct"], ACCOUNT),
    group(Field::Account, &["UndrlygAllcn/Acct"], ACCOUNT),
    group(Field::PrepaidAccount, &["CardTx/PrePdAcct"], ACCOUNT),
    DETAILS_AMOUNTS[0],
    DETAILS_AMOUNTS[1],
    value(Field::OtherCurrency, &["RltdPric/DealPric/Val/Amt/@Ccy"]),
    personal(Field::AdditionalTransactionInformation, &["AddtlTxInf"]),
];

const DETAILS_AMOUNTS: [Binding; 2] = other_amounts![
    "Tax/TtlTaxblBaseAmt",
    "Tax/TtlTaxAmt",
    "Tax/Rcrd/TaxAmt/TaxblBaseAmt",
    "Tax/Rcrd/TaxAmt/TtlAmt",
    "Tax/Rcrd/TaxAmt/Dtls/Amt",
    "Tax/TaxTpInf/TaxTp/TaxblBaseAmt",
    "Tax/TaxTpInf/TaxTp/Amt",
    "RltdPric/DealPric",
    "RltdPric/Prtry/Pric",
    "UndrlygAllcn/Amt",
    "CshDpst/NoteDnmtn",
    "CshDpst/Amt",
];

const PROPRIETARY_REFERENCE: &[Binding] = &[value(Field::Type, &["Tp"]), value(Field::Reference, &["Ref"])];

const RETURN: &[Binding] = &[
    group(Field::OriginalBankTransactionCode, &["OrgnlBkTxCd"], BANK_TRANSACTION_CODE),
    group(Field::Originator, &["Orgtr", "RtrOrgtr"], PARTY),
    value(Field::ReasonCode, &["Rsn/Cd", "RtrRsn/Cd"]),
    value(Field::ReasonProprietary, &["Rsn/Prtry", "RtrRsn/Prtry"]),
    personal(Field::AdditionalInformation, &["AddtlInf", "AddtlRtrRsnInf"]),
];
