//! The slots of all fields that payflow reads, in any family of messages. A slot has one meaning everywhere: a `Name` is
//! the name of whatever group it stands in. Names are those of the ISO 20022 dictionary; the doc comment gives the tag.
//! Must not know where a field stands: the tables of bindings do.

/// What the value of a field is, whatever the message: what a rule about all values of a kind goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Not a value: an element with content.
    Group,
    /// Text, a code or an identifier that only its schema type restricts.
    Text,
    /// An amount of money, with the field that holds its currency. The currency's event stands before the amount's.
    Amount(Field),
    /// A currency that must be active on the day of exchange.
    ActiveCurrency,
    /// A currency, active or withdrawn.
    Currency,
    /// A number without a currency.
    Number,
    /// A date, or a date with time.
    Date,
    /// An international bank account number.
    Iban,
    /// The identifier of a financial institution.
    Bicfi,
    /// The identifier of any business party.
    AnyBic,
    /// A legal entity identifier.
    Lei,
    /// The reference of a payment from end to end (UUID version 4).
    Uetr,
    /// A country.
    Country,
}

/// The rows of the list: name, form, and the tag (the tags of older versions in brackets) as doc comment.
macro_rules! fields {
    ($($name:ident: $form:ident $(($currency:ident))? = $tag:literal,)+) => {
        /// A field or group of fields that payflow reads; its number is its slot.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Field {
            /// Not bound.
            Unbound = 0,
            $(#[doc = $tag] $name,)+
        }

        impl Field {
            /// All fields, in the order of their slots; slot 1 comes first.
            pub const ALL: &'static [Field] = &[$(Field::$name,)+];

            const BY_SLOT: &'static [Field] = &[Field::Unbound, $(Field::$name,)+];
            const FORMS: &'static [Form] = &[Form::Text, $(Form::$form $((Field::$currency))?,)+];

            /// The name in the dictionary, such as `InterbankSettlementAmount`.
            pub const fn name(self) -> &'static str {
                match self { Field::Unbound => "Unbound", $(Field::$name => stringify!($name),)+ }
            }
        }
    };
}

impl Field {
    /// The slot of the field.
    pub const fn slot(self) -> u16 {
        self as u16
    }

    /// The field of a slot; `Unbound` when there is none.
    pub const fn of(slot: u16) -> Field {
        if (slot as usize) < Field::BY_SLOT.len() { Field::BY_SLOT[slot as usize] } else { Field::Unbound }
    }

    /// What its value is.
    pub const fn form(self) -> Form {
        Field::FORMS[self as usize]
    }
}

fields! {
    // The message.
    GroupHeader: Group = "GrpHdr",
    MessageIdentification: Text = "MsgId",
    CreationDateTime: Date = "CreDtTm",
    NumberOfTransactions: Number = "NbOfTxs",
    ControlSum: Number = "CtrlSum",
    BatchBooking: Text = "BtchBookg",
    TotalInterbankSettlementAmount: Amount(TotalInterbankSettlementAmountCurrency) = "TtlIntrBkSttlmAmt",
    TotalInterbankSettlementAmountCurrency: ActiveCurrency = "TtlIntrBkSttlmAmt/@Ccy",
    AdditionalInformation: Text = "AddtlInf",

    // Settlement.
    InterbankSettlementDate: Date = "IntrBkSttlmDt",
    SettlementMethod: Text = "SttlmMtd",
    SettlementAccount: Group = "SttlmAcct",
    ClearingSystemCode: Text = "ClrSys/Cd",
    ClearingSystemProprietary: Text = "ClrSys/Prtry",
    InstructingReimbursementAgent: Group = "InstgRmbrsmntAgt",
    InstructingReimbursementAgentAccount: Group = "InstgRmbrsmntAgtAcct",
    InstructedReimbursementAgent: Group = "InstdRmbrsmntAgt",
    InstructedReimbursementAgentAccount: Group = "InstdRmbrsmntAgtAcct",
    ThirdReimbursementAgent: Group = "ThrdRmbrsmntAgt",
    ThirdReimbursementAgentAccount: Group = "ThrdRmbrsmntAgtAcct",
    SettlementPriority: Text = "SttlmPrty",
    DebitDateTime: Date = "SttlmTmIndctn/DbtDtTm",
    CreditDateTime: Date = "SttlmTmIndctn/CdtDtTm",
    ClsTime: Text = "SttlmTmReq/CLSTm",
    TillTime: Text = "SttlmTmReq/TillTm",
    FromTime: Text = "SttlmTmReq/FrTm",
    RejectTime: Text = "SttlmTmReq/RjctTm",
    AcceptanceDateTime: Date = "AccptncDtTm",
    PoolingAdjustmentDate: Date = "PoolgAdjstmntDt",
    ExpiryDateTime: Date = "XpryDtTm",

    // Payment type.
    PaymentTypeInformation: Group = "PmtTpInf",
    InstructionPriority: Text = "InstrPrty",
    ClearingChannel: Text = "ClrChanl",
    ServiceLevelCode: Text = "SvcLvl/Cd",
    ServiceLevelProprietary: Text = "SvcLvl/Prtry",
    LocalInstrumentCode: Text = "LclInstrm/Cd",
    LocalInstrumentProprietary: Text = "LclInstrm/Prtry",
    CategoryPurposeCode: Text = "CtgyPurp/Cd",
    CategoryPurposeProprietary: Text = "CtgyPurp/Prtry",
    SequenceType: Text = "SeqTp",
    PurposeCode: Text = "Purp/Cd",
    PurposeProprietary: Text = "Purp/Prtry",

    // The transaction and its references.
    CreditTransferTransactionInformation: Group = "CdtTrfTxInf",
    InstructionIdentification: Text = "InstrId",
    EndToEndIdentification: Text = "EndToEndId",
    TransactionIdentification: Text = "TxId",
    Uetr: Uetr = "UETR",
    ClearingSystemReference: Text = "ClrSysRef",
    AccountServicerReference: Text = "AcctSvcrRef",
    PaymentInformationIdentification: Text = "PmtInfId",
    MandateIdentification: Text = "MndtId",
    ChequeNumber: Text = "ChqNb",
    AccountOwnerTransactionIdentification: Text = "AcctOwnrTxId",
    AccountServicerTransactionIdentification: Text = "AcctSvcrTxId",
    MarketInfrastructureTransactionIdentification: Text = "MktInfrstrctrTxId",
    ProcessingIdentification: Text = "PrcgId",
    ReturnIdentification: Text = "RtrId",
    ProprietaryReference: Group = "Refs/Prtry",
    Type: Text = "Tp, where it is plain text",
    Reference: Text = "Ref",

    // Amounts.
    InterbankSettlementAmount: Amount(InterbankSettlementAmountCurrency) = "IntrBkSttlmAmt",
    InterbankSettlementAmountCurrency: ActiveCurrency = "IntrBkSttlmAmt/@Ccy",
    InstructedAmount: Amount(InstructedAmountCurrency) = "InstdAmt",
    InstructedAmountCurrency: Currency = "InstdAmt/@Ccy",
    Amount: Amount(AmountCurrency) = "Amt",
    AmountCurrency: Currency = "Amt/@Ccy",
    TransactionAmount: Amount(TransactionAmountCurrency) = "AmtDtls/TxAmt/Amt",
    TransactionAmountCurrency: Currency = "AmtDtls/TxAmt/Amt/@Ccy",
    CounterValueAmount: Amount(CounterValueAmountCurrency) = "AmtDtls/CntrValAmt/Amt",
    CounterValueAmountCurrency: Currency = "AmtDtls/CntrValAmt/Amt/@Ccy",
    OtherAmount: Amount(OtherAmountCurrency) = "Any other amount: no transfer carries it, the rules about all amounts see it.",
    OtherAmountCurrency: Currency = "Amt/@Ccy of any other amount.",
    OtherCurrency: Currency = "Any other currency, such as that of a price.",
    OtherCountry: Country = "The country of a branch: the rules about all countries see it.",
    CurrencyExchange: Group = "CcyXchg",
    SourceCurrency: Currency = "SrcCcy",
    TargetCurrency: Currency = "TrgtCcy",
    UnitCurrency: Currency = "UnitCcy",
    QuotedCurrency: Currency = "QtdCcy",
    ExchangeRate: Number = "XchgRate",
    ExchangeRateBase: Number = "XchgRateBase",
    ContractIdentification: Text = "CtrctId",
    QuotationDate: Date = "QtnDt",
    AgreedRate: Group = "AgrdRate",
    PreAgreedExchangeRate: Number = "PreAgrdXchgRate",
    QuoteIdentification: Text = "QtId",

    // Charges.
    ChargeBearer: Text = "ChrgBr",
    Charges: Group = "ChrgsInf (Chrgs)",
    ChargesRecord: Group = "Chrgs/Rcrd",
    TotalChargesAndTaxAmount: Amount(TotalChargesAndTaxAmountCurrency) = "TtlChrgsAndTaxAmt",
    TotalChargesAndTaxAmountCurrency: Currency = "TtlChrgsAndTaxAmt/@Ccy",
    Rate: Number = "Rate",
    ChargeIncludedIndicator: Text = "ChrgInclInd",
    TypeCode: Text = "Tp/Cd",
    TypeProprietary: Text = "Tp/Prtry",
    Agent: Group = "Agt",

    // Parties, agents and accounts of a transaction.
    InitiatingParty: Group = "InitgPty",
    UltimateDebtor: Group = "UltmtDbtr",
    Debtor: Group = "Dbtr",
    DebtorAccount: Group = "DbtrAcct",
    DebtorAgent: Group = "DbtrAgt",
    DebtorAgentAccount: Group = "DbtrAgtAcct",
    Creditor: Group = "Cdtr",
    CreditorAccount: Group = "CdtrAcct",
    CreditorAgent: Group = "CdtrAgt",
    CreditorAgentAccount: Group = "CdtrAgtAcct",
    UltimateCreditor: Group = "UltmtCdtr",
    InstructingAgent: Group = "InstgAgt",
    InstructedAgent: Group = "InstdAgt",
    PreviousInstructingAgent1: Group = "PrvsInstgAgt1 (PrvsInstgAgt)",
    PreviousInstructingAgent1Account: Group = "PrvsInstgAgt1Acct (PrvsInstgAgtAcct)",
    PreviousInstructingAgent2: Group = "PrvsInstgAgt2",
    PreviousInstructingAgent2Account: Group = "PrvsInstgAgt2Acct",
    PreviousInstructingAgent3: Group = "PrvsInstgAgt3",
    PreviousInstructingAgent3Account: Group = "PrvsInstgAgt3Acct",
    IntermediaryAgent1: Group = "IntrmyAgt1",
    IntermediaryAgent1Account: Group = "IntrmyAgt1Acct",
    IntermediaryAgent2: Group = "IntrmyAgt2",
    IntermediaryAgent2Account: Group = "IntrmyAgt2Acct",
    IntermediaryAgent3: Group = "IntrmyAgt3",
    IntermediaryAgent3Account: Group = "IntrmyAgt3Acct",
    ReceivingAgent: Group = "RcvgAgt",
    DeliveringAgent: Group = "DlvrgAgt",
    IssuingAgent: Group = "IssgAgt",
    SettlementPlace: Group = "SttlmPlc",
    TradingParty: Group = "TradgPty",
    ProprietaryParty: Group = "RltdPties/Prtry",
    ProprietaryAgent: Group = "RltdAgts/Prtry",

    // Instructions and reporting.
    InstructionForCreditorAgent: Group = "InstrForCdtrAgt",
    InstructionForNextAgent: Group = "InstrForNxtAgt",
    Code: Text = "Cd, where it stands alone",
    Information: Text = "InstrInf (RgltryRptg/Dtls/Inf)",
    RegulatoryReporting: Group = "RgltryRptg",
    DebitCreditReportingIndicator: Text = "DbtCdtRptgInd",
    AuthorityName: Text = "Authrty/Nm",
    AuthorityCountry: Country = "Authrty/Ctry",
    RegulatoryReportingDetails: Group = "RgltryRptg/Dtls",
    Date: Date = "Dt",

    // Remittance.
    RelatedRemittanceInformation: Group = "RltdRmtInf",
    RemittanceIdentification: Text = "RmtId",
    RemittanceLocationMethod: Text = "RmtLctnDtls/Mtd (RmtLctnMtd)",
    RemittanceLocationElectronicAddress: Text = "RmtLctnDtls/ElctrncAdr (RmtLctnElctrncAdr)",
    Unstructured: Text = "RmtInf/Ustrd",
    Structured: Group = "RmtInf/Strd",
    ReferredDocumentInformation: Group = "RfrdDocInf",
    Number: Text = "Nb",
    RelatedDate: Date = "RltdDt",
    RemittanceAmountAndType: Group = "RfrdDocAmt/RmtAmtAndTp",
    DuePayableAmount: Amount(DuePayableAmountCurrency) = "DuePyblAmt",
    DuePayableAmountCurrency: Currency = "DuePyblAmt/@Ccy",
    DiscountAppliedAmount: Amount(DiscountAppliedAmountCurrency) = "DscntApldAmt",
    DiscountAppliedAmountCurrency: Currency = "DscntApldAmt/@Ccy",
    CreditNoteAmount: Amount(CreditNoteAmountCurrency) = "CdtNoteAmt",
    CreditNoteAmountCurrency: Currency = "CdtNoteAmt/@Ccy",
    TaxAmount: Amount(TaxAmountCurrency) = "TaxAmt",
    TaxAmountCurrency: Currency = "TaxAmt/@Ccy",
    RemittedAmount: Amount(RemittedAmountCurrency) = "RmtdAmt",
    RemittedAmountCurrency: Currency = "RmtdAmt/@Ccy",
    AdjustmentAmountAndReason: Group = "AdjstmntAmtAndRsn",
    Reason: Text = "Rsn",
    CreditorReference: Text = "CdtrRefInf/Ref",
    CreditorReferenceTypeCode: Text = "CdtrRefInf/Tp/CdOrPrtry/Cd",
    CreditorReferenceTypeProprietary: Text = "CdtrRefInf/Tp/CdOrPrtry/Prtry",
    CreditorReferenceTypeIssuer: Text = "CdtrRefInf/Tp/Issr",
    Invoicer: Group = "Invcr",
    Invoicee: Group = "Invcee",
    Garnishee: Group = "GrnshmtRmt/Grnshee",
    GarnishmentAdministrator: Group = "GrnshmtRmt/GrnshmtAdmstr",
    AdditionalRemittanceInformation: Text = "AddtlRmtInf",

    // A party.
    Name: Text = "Nm",
    PostalAddress: Group = "PstlAdr",
    OrganisationIdentification: Group = "Id/OrgId",
    PrivateIdentification: Group = "Id/PrvtId",
    CountryOfResidence: Country = "CtryOfRes",
    AnyBic: AnyBic = "AnyBIC (BICOrBEI, BIC, BEI)",
    Lei: Lei = "LEI",
    Other: Group = "Othr",
    Identification: Text = "Id",
    SchemeNameCode: Text = "SchmeNm/Cd",
    SchemeNameProprietary: Text = "SchmeNm/Prtry",
    Issuer: Text = "Issr",
    BirthDate: Date = "BirthDt",
    ProvinceOfBirth: Text = "PrvcOfBirth",
    CityOfBirth: Text = "CityOfBirth",
    CountryOfBirth: Country = "CtryOfBirth",
    InternationalBusinessEntityIdentifier: Text = "IBEI, version 01 only",
    GlobalLocationNumber: Text = "EANGLN, version 01 only",
    ChipsUniversalIdentification: Text = "USCHU, version 01 only",
    Duns: Text = "DUNS, version 01 only",
    BankPartyIdentification: Text = "BkPtyId, version 01 only",
    TaxIdentificationNumber: Text = "TaxIdNb, version 01 only",
    DriversLicenseNumber: Text = "DrvrsLicNb, version 01 only",
    CustomerNumber: Text = "CstmrNb, version 01 only",
    SocialSecurityNumber: Text = "SclSctyNb, version 01 only",
    AlienRegistrationNumber: Text = "AlnRegnNb, version 01 only",
    PassportNumber: Text = "PsptNb, version 01 only",
    IdentityCardNumber: Text = "IdntyCardNb, version 01 only",
    EmployerIdentificationNumber: Text = "MplyrIdNb, version 01 only",

    // An address.
    AddressTypeCode: Text = "AdrTp/Cd (AdrTp)",
    AddressTypeProprietary: Text = "AdrTp/Prtry/Id",
    CareOf: Text = "CareOf",
    Department: Text = "Dept",
    SubDepartment: Text = "SubDept",
    StreetName: Text = "StrtNm",
    BuildingNumber: Text = "BldgNb",
    BuildingName: Text = "BldgNm",
    Floor: Text = "Flr",
    UnitNumber: Text = "UnitNb",
    PostBox: Text = "PstBx",
    Room: Text = "Room",
    PostCode: Text = "PstCd",
    TownName: Text = "TwnNm",
    TownLocationName: Text = "TwnLctnNm",
    DistrictName: Text = "DstrctNm",
    CountrySubDivision: Text = "CtrySubDvsn",
    Country: Country = "Ctry",
    AddressLine: Text = "AdrLine",

    // An agent.
    Bicfi: Bicfi = "FinInstnId/BICFI (BIC)",
    ClearingSystemIdentificationCode: Text = "ClrSysMmbId/ClrSysId/Cd",
    ClearingSystemIdentificationProprietary: Text = "ClrSysMmbId/ClrSysId/Prtry",
    MemberIdentification: Text = "ClrSysMmbId/MmbId (Id, Prtry)",
    BranchIdentification: Text = "BrnchId/Id",
    BranchLei: Lei = "BrnchId/LEI",
    BranchName: Text = "BrnchId/Nm",

    // An account.
    Iban: Iban = "Id/IBAN",
    Bban: Text = "Id/BBAN, version 01 only",
    Upic: Text = "Id/UPIC, version 01 only",
    Currency: Currency = "Ccy",
    ProxyTypeCode: Text = "Prxy/Tp/Cd",
    ProxyTypeProprietary: Text = "Prxy/Tp/Prtry",
    ProxyIdentification: Text = "Prxy/Id",
    Owner: Group = "Ownr",
    Servicer: Group = "Svcr",
    SafekeepingAccount: Group = "SfkpgAcct, a cash account up to version 02",
    PrepaidAccount: Group = "CardTx/PrePdAcct",

    // A statement.
    Statement: Group = "Stmt",
    MessageRecipient: Group = "MsgRcpt",
    PageNumber: Number = "MsgPgntn/PgNb (StmtPgntn/PgNb)",
    LastPageIndicator: Text = "MsgPgntn/LastPgInd (StmtPgntn/LastPgInd)",
    ElectronicSequenceNumber: Number = "ElctrncSeqNb",
    LegalSequenceNumber: Number = "LglSeqNb",
    FromDateTime: Date = "FrToDt/FrDtTm",
    ToDateTime: Date = "FrToDt/ToDtTm",
    CopyDuplicateIndicator: Text = "CpyDplctInd",
    ReportingSourceCode: Text = "RptgSrc/Cd",
    ReportingSourceProprietary: Text = "RptgSrc/Prtry",
    Account: Group = "Acct",
    RelatedAccount: Group = "RltdAcct",
    AdditionalStatementInformation: Text = "AddtlStmtInf",
    Balance: Group = "Bal",
    SubTypeCode: Text = "Tp/SubTp/Cd",
    SubTypeProprietary: Text = "Tp/SubTp/Prtry",
    CreditDebitIndicator: Text = "CdtDbtInd",
    CreditLine: Group = "CdtLine",
    Included: Text = "Incl",
    Availability: Group = "Avlbty",
    ActualDate: Date = "Dt/ActlDt",
    NumberOfDays: Number = "Dt/NbOfDays",

    // The transactions summary of a statement.
    TotalEntries: Group = "TxsSummry/TtlNtries",
    TotalCreditEntries: Group = "TxsSummry/TtlCdtNtries",
    TotalDebitEntries: Group = "TxsSummry/TtlDbtNtries",
    TotalEntriesPerBankTransactionCode: Group = "TxsSummry/TtlNtriesPerBkTxCd",
    NumberOfEntries: Number = "NbOfNtries",
    Sum: Number = "Sum",
    TotalNetEntryAmount: Number = "TtlNetNtry/Amt (TtlNetNtryAmt)",
    TotalNetEntryCreditDebitIndicator: Text = "TtlNetNtry/CdtDbtInd (CdtDbtInd)",
    CreditNumberOfEntries: Number = "CdtNtries/NbOfNtries",
    CreditSum: Number = "CdtNtries/Sum",
    DebitNumberOfEntries: Number = "DbtNtries/NbOfNtries",
    DebitSum: Number = "DbtNtries/Sum",
    ForecastIndicator: Text = "FcstInd",

    // An entry.
    Entry: Group = "Ntry",
    EntryReference: Text = "NtryRef",
    ReversalIndicator: Text = "RvslInd",
    StatusCode: Text = "Sts/Cd (Sts)",
    StatusProprietary: Text = "Sts/Prtry",
    BookingDate: Date = "BookgDt",
    ValueDate: Date = "ValDt",
    BankTransactionCode: Group = "BkTxCd",
    OriginalBankTransactionCode: Group = "RtrInf/OrgnlBkTxCd",
    Domain: Text = "Domn/Cd",
    Family: Text = "Domn/Fmly/Cd",
    SubFamilyCode: Text = "Domn/Fmly/SubFmlyCd",
    Proprietary: Text = "Prtry/Cd",
    AmountDetails: Group = "AmtDtls",
    Interest: Group = "Intrst",
    Batch: Group = "Btch",
    TotalAmount: Amount(TotalAmountCurrency) = "TtlAmt",
    TotalAmountCurrency: Currency = "TtlAmt/@Ccy",
    TransactionDetails: Group = "TxDtls",
    AdditionalEntryInformation: Text = "AddtlNtryInf",
    AdditionalTransactionInformation: Text = "AddtlTxInf",
    TransactionDateTime: Date = "RltdDts/TxDtTm",
    ReturnInformation: Group = "RtrInf",
    Originator: Group = "RtrInf/Orgtr (RtrOrgtr)",
    ReasonCode: Text = "Rsn/Cd",
    ReasonProprietary: Text = "Rsn/Prtry",

    // The business application header.
    FromInstitution: Group = "Fr/FIId",
    FromOrganisation: Group = "Fr/OrgId",
    ToInstitution: Group = "To/FIId",
    ToOrganisation: Group = "To/OrgId",
    BusinessMessageIdentifier: Text = "BizMsgIdr",
    MessageDefinitionIdentifier: Text = "MsgDefIdr",
    BusinessService: Text = "BizSvc",
    MarketPracticeRegistry: Text = "MktPrctc/Regy",
    MarketPracticeIdentification: Text = "MktPrctc/Id",
    CreationDate: Date = "CreDt",
    CopyDuplicate: Text = "CpyDplct",
    PossibleDuplicate: Text = "PssblDplct",
    Priority: Text = "Prty",

    // What answers us.
    OriginalGroupInformationAndStatus: Group = "OrgnlGrpInfAndSts (Rpt of admi.007, the whole of admi.002)",
    TransactionInformationAndStatus: Group = "TxInfAndSts",
    OriginalMessageIdentification: Text = "OrgnlMsgId (RltdRef/Ref)",
    OriginalMessageNameIdentification: Text = "OrgnlMsgNmId (RltdRef/MsgNm)",
    Status: Text = "GrpSts (TxSts, ReqHdlg/StsCd)",
}
