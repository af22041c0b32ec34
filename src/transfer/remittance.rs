//! What a payment is for: remittance information and regulatory reporting.

use crate::value::{Amount, Currency};

use super::entity::{Given, Text, entity};
use super::party::{Party, PostalAddress};

entity! {
    /// An amount of money beside the transfer's own.
    pub struct Money {
        /// The amount.
        pub amount: Amount,
        /// Its currency.
        pub currency: Given<Currency>,
    }
}

entity! {
    /// RmtInf
    #[derive(Default)]
    pub struct RemittanceInformation {
        /// Ustrd
        pub unstructured: Vec<Text>,
        /// Strd
        pub structured: Vec<StructuredRemittance>,
    }
}

entity! {
    /// RmtInf/Strd
    #[derive(Default)]
    pub struct StructuredRemittance {
        /// RfrdDocInf
        pub referred_document_information: Vec<ReferredDocument>,
        /// RfrdDocAmt/RmtAmtAndTp, from version 12
        pub remittance_amount_and_type: Vec<TypedAmount>,
        /// RfrdDocAmt/DuePyblAmt, up to version 11
        pub due_payable_amount: Option<Money>,
        /// RfrdDocAmt/DscntApldAmt, up to version 11
        pub discount_applied_amount: Vec<Money>,
        /// RfrdDocAmt/CdtNoteAmt, up to version 11
        pub credit_note_amount: Option<Money>,
        /// RfrdDocAmt/TaxAmt, up to version 11
        pub tax_amount: Vec<Money>,
        /// RfrdDocAmt/AdjstmntAmtAndRsn
        pub adjustment_amount_and_reason: Vec<Adjustment>,
        /// RfrdDocAmt/RmtdAmt, up to version 11
        pub remitted_amount: Option<Money>,
        /// CdtrRefInf
        pub creditor_reference_information: Option<CreditorReference>,
        /// Invcr
        pub invoicer: Option<Box<Party>>,
        /// Invcee
        pub invoicee: Option<Box<Party>>,
        /// AddtlRmtInf
        pub additional_remittance_information: Vec<Text>,
    }
}

entity! {
    /// RfrdDocInf
    #[derive(Default)]
    pub struct ReferredDocument {
        /// Tp/CdOrPrtry/Cd
        pub type_code: Option<Text>,
        /// Tp/CdOrPrtry/Prtry
        pub type_proprietary: Option<Text>,
        /// Tp/Issr
        pub issuer: Option<Text>,
        /// Nb
        pub number: Option<Text>,
        /// RltdDt
        pub related_date: Option<Text>,
    }
}

entity! {
    /// RmtAmtAndTp
    pub struct TypedAmount {
        /// Tp/Cd
        pub type_code: Option<Text>,
        /// Tp/Prtry
        pub type_proprietary: Option<Text>,
        /// Amt
        pub amount: Amount,
        /// Amt/@Ccy
        pub currency: Given<Currency>,
    }
}

entity! {
    /// AdjstmntAmtAndRsn
    pub struct Adjustment {
        /// Amt
        pub amount: Amount,
        /// Amt/@Ccy
        pub currency: Given<Currency>,
        /// CdtDbtInd
        pub credit_debit_indicator: Option<Text>,
        /// Rsn
        pub reason: Option<Text>,
        /// AddtlInf
        pub additional_information: Option<Text>,
    }
}

entity! {
    /// CdtrRefInf
    #[derive(Default)]
    pub struct CreditorReference {
        /// Tp/CdOrPrtry/Cd
        pub type_code: Option<Text>,
        /// Tp/CdOrPrtry/Prtry
        pub type_proprietary: Option<Text>,
        /// Tp/Issr
        pub issuer: Option<Text>,
        /// Ref
        pub reference: Option<Text>,
    }
}

entity! {
    /// RltdRmtInf: where the remittance information is, when it does not come with the payment.
    #[derive(Default)]
    pub struct RelatedRemittance {
        /// RmtId
        pub remittance_identification: Option<Text>,
        /// RmtLctnDtls/Mtd
        pub remittance_location_method: Vec<Text>,
        /// RmtLctnDtls/ElctrncAdr
        pub remittance_location_electronic_address: Vec<Text>,
        /// RmtLctnDtls/PstlAdr/Nm
        pub name: Option<Text>,
        /// RmtLctnDtls/PstlAdr/Adr
        pub postal_address: Option<Box<PostalAddress>>,
    }
}

entity! {
    /// RgltryRptg
    #[derive(Default)]
    pub struct RegulatoryReporting {
        /// DbtCdtRptgInd
        pub debit_credit_reporting_indicator: Option<Text>,
        /// Authrty/Nm
        pub authority_name: Option<Text>,
        /// Authrty/Ctry
        pub authority_country: Option<Text>,
        /// Dtls
        pub details: Vec<RegulatoryDetails>,
    }
}

entity! {
    /// RgltryRptg/Dtls
    #[derive(Default)]
    pub struct RegulatoryDetails {
        /// Tp/Cd
        pub type_code: Option<Text>,
        /// Tp, as text up to version 13; Tp/Prtry
        pub type_proprietary: Option<Text>,
        /// Dt
        pub date: Option<Text>,
        /// Ctry
        pub country: Option<Text>,
        /// Cd (RptgCd)
        pub code: Option<Text>,
        /// Amt
        pub amount: Option<Money>,
        /// Inf
        pub information: Vec<Text>,
    }
}
