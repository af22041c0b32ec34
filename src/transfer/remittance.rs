//! What a payment is for: remittance information and regulatory reporting.

use crate::value::{Amount, Currency};

use super::entity::{Given, entity};
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
        pub unstructured: Vec<String>,
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
        pub additional_remittance_information: Vec<String>,
    }
}

entity! {
    /// RfrdDocInf
    #[derive(Default)]
    pub struct ReferredDocument {
        /// Tp/CdOrPrtry/Cd
        pub type_code: Option<String>,
        /// Tp/CdOrPrtry/Prtry
        pub type_proprietary: Option<String>,
        /// Tp/Issr
        pub issuer: Option<String>,
        /// Nb
        pub number: Option<String>,
        /// RltdDt
        pub related_date: Option<String>,
    }
}

entity! {
    /// RmtAmtAndTp
    pub struct TypedAmount {
        /// Tp/Cd
        pub type_code: Option<String>,
        /// Tp/Prtry
        pub type_proprietary: Option<String>,
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
        pub credit_debit_indicator: Option<String>,
        /// Rsn
        pub reason: Option<String>,
        /// AddtlInf
        pub additional_information: Option<String>,
    }
}

entity! {
    /// CdtrRefInf
    #[derive(Default)]
    pub struct CreditorReference {
        /// Tp/CdOrPrtry/Cd
        pub type_code: Option<String>,
        /// Tp/CdOrPrtry/Prtry
        pub type_proprietary: Option<String>,
        /// Tp/Issr
        pub issuer: Option<String>,
        /// Ref
        pub reference: Option<String>,
    }
}

entity! {
    /// RltdRmtInf: where the remittance information is, when it does not come with the payment.
    #[derive(Default)]
    pub struct RelatedRemittance {
        /// RmtId
        pub remittance_identification: Option<String>,
        /// RmtLctnDtls/Mtd
        pub remittance_location_method: Vec<String>,
        /// RmtLctnDtls/ElctrncAdr
        pub remittance_location_electronic_address: Vec<String>,
        /// RmtLctnDtls/PstlAdr/Nm
        pub name: Option<String>,
        /// RmtLctnDtls/PstlAdr/Adr
        pub postal_address: Option<Box<PostalAddress>>,
    }
}

entity! {
    /// RgltryRptg
    #[derive(Default)]
    pub struct RegulatoryReporting {
        /// DbtCdtRptgInd
        pub debit_credit_reporting_indicator: Option<String>,
        /// Authrty/Nm
        pub authority_name: Option<String>,
        /// Authrty/Ctry
        pub authority_country: Option<String>,
        /// Dtls
        pub details: Vec<RegulatoryDetails>,
    }
}

entity! {
    /// RgltryRptg/Dtls
    #[derive(Default)]
    pub struct RegulatoryDetails {
        /// Tp/Cd
        pub type_code: Option<String>,
        /// Tp, as text up to version 13; Tp/Prtry
        pub type_proprietary: Option<String>,
        /// Dt
        pub date: Option<String>,
        /// Ctry
        pub country: Option<String>,
        /// Cd (RptgCd)
        pub code: Option<String>,
        /// Amt
        pub amount: Option<Money>,
        /// Inf
        pub information: Vec<String>,
    }
}
