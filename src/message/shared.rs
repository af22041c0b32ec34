//! The tables of bindings that several families of messages share: a party, an agent, an account, an address, remittance.
//! Each is written once, with the places of all versions. Must not know any family.

use crate::schema::binding::{Binding, Kind};

use super::Field;

const fn field(field: Field, paths: &'static [&'static str], personal: bool) -> Binding {
    Binding { slot: field.slot(), name: field.name(), paths, kind: Kind::Field { personal } }
}

/// A value that is not customer data.
pub(super) const fn value(name: Field, paths: &'static [&'static str]) -> Binding {
    field(name, paths, false)
}

/// A value that is customer data: masked in findings, never logged.
pub(super) const fn personal(name: Field, paths: &'static [&'static str]) -> Binding {
    field(name, paths, true)
}

/// An element with content.
pub(super) const fn group(field: Field, paths: &'static [&'static str], content: &'static [Binding]) -> Binding {
    Binding { slot: field.slot(), name: field.name(), paths, kind: Kind::Group(content) }
}

/// Amounts that no transfer carries, with their currencies: the rules about all amounts see them.
macro_rules! other_amounts {
    ($($path:literal),+ $(,)?) => {
        [
            $crate::message::shared::value($crate::message::Field::OtherAmount, &[$($path),+]),
            $crate::message::shared::value($crate::message::Field::OtherAmountCurrency, &[$(concat!($path, "/@Ccy")),+]),
        ]
    };
}
pub(super) use other_amounts;

/// Two tables as one; `N` is the sum of their lengths.
pub(super) const fn join<const A: usize, const B: usize, const N: usize>(
    first: [Binding; A],
    second: [Binding; B],
) -> [Binding; N] {
    assert!(A + B == N, "N is the sum of both lengths");
    let mut all = [first[0]; N];
    let mut i = 0;
    while i < N {
        all[i] = if i < A { first[i] } else { second[i - A] };
        i += 1;
    }
    all
}

/// A postal address; personal where it is a customer's.
const fn address(personal: bool) -> [Binding; 19] {
    [
        field(Field::AddressTypeCode, &["AdrTp/Cd", "AdrTp"], false),
        field(Field::AddressTypeProprietary, &["AdrTp/Prtry/Id"], false),
        field(Field::CareOf, &["CareOf"], personal),
        field(Field::Department, &["Dept"], personal),
        field(Field::SubDepartment, &["SubDept"], personal),
        field(Field::StreetName, &["StrtNm"], personal),
        field(Field::BuildingNumber, &["BldgNb"], personal),
        field(Field::BuildingName, &["BldgNm"], personal),
        field(Field::Floor, &["Flr"], personal),
        field(Field::UnitNumber, &["UnitNb"], personal),
        field(Field::PostBox, &["PstBx"], personal),
        field(Field::Room, &["Room"], personal),
        field(Field::PostCode, &["PstCd"], personal),
        field(Field::TownName, &["TwnNm"], personal),
        field(Field::TownLocationName, &["TwnLctnNm"], personal),
        field(Field::DistrictName, &["DstrctNm"], personal),
        field(Field::CountrySubDivision, &["CtrySubDvsn"], personal),
        field(Field::Country, &["Ctry"], false),
        field(Field::AddressLine, &["AdrLine"], personal),
    ]
}

/// An identification under a scheme: `Othr`, and what it was called in version 01.
const fn other(personal: bool) -> [Binding; 4] {
    [
        field(Field::Identification, &["Id"], personal),
        field(Field::SchemeNameCode, &["SchmeNm/Cd"], false),
        field(Field::SchemeNameProprietary, &["SchmeNm/Prtry", "IdTp"], false),
        field(Field::Issuer, &["Issr"], false),
    ]
}

/// The address of a customer.
pub(super) const CUSTOMER_ADDRESS: &[Binding] = &address(true);
const AGENT_ADDRESS: &[Binding] = &address(false);
const CUSTOMER_OTHER: &[Binding] = &other(true);
const AGENT_OTHER: &[Binding] = &other(false);

const ORGANISATION: &[Binding] = &[
    value(Field::AnyBic, &["AnyBIC", "BICOrBEI", "BIC", "BEI"]),
    value(Field::Lei, &["LEI"]),
    group(Field::Other, &["Othr", "PrtryId"], CUSTOMER_OTHER),
    personal(Field::InternationalBusinessEntityIdentifier, &["IBEI"]),
    personal(Field::GlobalLocationNumber, &["EANGLN"]),
    personal(Field::ChipsUniversalIdentification, &["USCHU"]),
    personal(Field::Duns, &["DUNS"]),
    personal(Field::BankPartyIdentification, &["BkPtyId"]),
    personal(Field::TaxIdentificationNumber, &["TaxIdNb"]),
];

const PERSON: &[Binding] = &[
    personal(Field::BirthDate, &["DtAndPlcOfBirth/BirthDt"]),
    personal(Field::ProvinceOfBirth, &["DtAndPlcOfBirth/PrvcOfBirth"]),
    personal(Field::CityOfBirth, &["DtAndPlcOfBirth/CityOfBirth"]),
    personal(Field::CountryOfBirth, &["DtAndPlcOfBirth/CtryOfBirth"]),
    group(Field::Other, &["Othr", "OthrId"], CUSTOMER_OTHER),
    personal(Field::DriversLicenseNumber, &["DrvrsLicNb"]),
    personal(Field::CustomerNumber, &["CstmrNb"]),
    personal(Field::SocialSecurityNumber, &["SclSctyNb"]),
    personal(Field::AlienRegistrationNumber, &["AlnRegnNb"]),
    personal(Field::PassportNumber, &["PsptNb"]),
    personal(Field::TaxIdentificationNumber, &["TaxIdNb"]),
    personal(Field::IdentityCardNumber, &["IdntyCardNb"]),
    personal(Field::EmployerIdentificationNumber, &["MplyrIdNb"]),
    value(Field::Issuer, &["Issr"]),
];

/// A party.
pub(super) const PARTY: &[Binding] = &[
    personal(Field::Name, &["Nm"]),
    group(Field::PostalAddress, &["PstlAdr"], CUSTOMER_ADDRESS),
    group(Field::OrganisationIdentification, &["Id/OrgId"], ORGANISATION),
    group(Field::PrivateIdentification, &["Id/PrvtId"], PERSON),
    value(Field::CountryOfResidence, &["CtryOfRes"]),
];

/// A party related to an entry: up to version 06 a party, from 07 a choice of a party and an agent.
pub(super) const PARTY_OR_AGENT: &[Binding] = &[
    personal(Field::Name, &["Pty/Nm", "Nm"]),
    group(Field::PostalAddress, &["Pty/PstlAdr", "PstlAdr"], CUSTOMER_ADDRESS),
    group(Field::OrganisationIdentification, &["Pty/Id/OrgId", "Id/OrgId"], ORGANISATION),
    group(Field::PrivateIdentification, &["Pty/Id/PrvtId", "Id/PrvtId"], PERSON),
    value(Field::CountryOfResidence, &["Pty/CtryOfRes", "CtryOfRes"]),
    group(Field::Agent, &["Agt"], AGENT),
];

/// An agent: a financial institution and its branch. In version 01 the institution is a choice, with `CmbndId` for several.
pub(super) const AGENT: &[Binding] = &[
    value(Field::Bicfi, &["FinInstnId/BICFI", "FinInstnId/BIC", "FinInstnId/CmbndId/BIC"]),
    value(Field::ClearingSystemIdentificationCode, &["FinInstnId/ClrSysMmbId/ClrSysId/Cd"]),
    value(Field::ClearingSystemIdentificationProprietary, &["FinInstnId/ClrSysMmbId/ClrSysId/Prtry"]),
    value(
        Field::MemberIdentification,
        &[
            "FinInstnId/ClrSysMmbId/MmbId",
            "FinInstnId/ClrSysMmbId/Id",
            "FinInstnId/ClrSysMmbId/Prtry",
            "FinInstnId/CmbndId/ClrSysMmbId/Id",
            "FinInstnId/CmbndId/ClrSysMmbId/Prtry",
        ],
    ),
    value(Field::Lei, &["FinInstnId/LEI"]),
    value(Field::Name, &["FinInstnId/Nm", "FinInstnId/NmAndAdr/Nm", "FinInstnId/CmbndId/Nm"]),
    group(
        Field::PostalAddress,
        &["FinInstnId/PstlAdr", "FinInstnId/NmAndAdr/PstlAdr", "FinInstnId/CmbndId/PstlAdr"],
        AGENT_ADDRESS,
    ),
    group(Field::Other, &["FinInstnId/Othr", "FinInstnId/PrtryId", "FinInstnId/CmbndId/PrtryId"], AGENT_OTHER),
    value(Field::BranchIdentification, &["BrnchId/Id"]),
    value(Field::BranchLei, &["BrnchId/LEI"]),
    value(Field::BranchName, &["BrnchId/Nm"]),
    value(Field::OtherCountry, &["BrnchId/PstlAdr/Ctry"]),
];

const fn account() -> [Binding; 11] {
    [
        personal(Field::Iban, &["Id/IBAN"]),
        personal(Field::Bban, &["Id/BBAN"]),
        personal(Field::Upic, &["Id/UPIC"]),
        group(Field::Other, &["Id/Othr", "Id/PrtryAcct"], CUSTOMER_OTHER),
        value(Field::TypeCode, &["Tp/Cd"]),
        value(Field::TypeProprietary, &["Tp/Prtry"]),
        value(Field::Currency, &["Ccy"]),
        personal(Field::Name, &["Nm"]),
        value(Field::ProxyTypeCode, &["Prxy/Tp/Cd"]),
        value(Field::ProxyTypeProprietary, &["Prxy/Tp/Prtry"]),
        personal(Field::ProxyIdentification, &["Prxy/Id"]),
    ]
}

/// An account.
pub(super) const ACCOUNT: &[Binding] = &account();

/// The account of a statement, with its owner and servicer.
pub(super) const OWNED_ACCOUNT: &[Binding] =
    &join::<11, 2, 13>(account(), [group(Field::Owner, &["Ownr"], PARTY), group(Field::Servicer, &["Svcr"], AGENT)]);

/// Service level, local instrument and the like.
pub(super) const PAYMENT_TYPE: &[Binding] = &[
    value(Field::InstructionPriority, &["InstrPrty"]),
    value(Field::ClearingChannel, &["ClrChanl"]),
    value(Field::ServiceLevelCode, &["SvcLvl/Cd"]),
    value(Field::ServiceLevelProprietary, &["SvcLvl/Prtry"]),
    value(Field::LocalInstrumentCode, &["LclInstrm/Cd"]),
    value(Field::LocalInstrumentProprietary, &["LclInstrm/Prtry"]),
    value(Field::SequenceType, &["SeqTp"]),
    value(Field::CategoryPurposeCode, &["CtgyPurp/Cd", "CtgyPurp"]),
    value(Field::CategoryPurposeProprietary, &["CtgyPurp/Prtry"]),
];

/// Where the remittance information is, when it does not come with the payment.
pub(super) const RELATED_REMITTANCE: &[Binding] = &[
    value(Field::RemittanceIdentification, &["RmtId"]),
    value(Field::RemittanceLocationMethod, &["RmtLctnDtls/Mtd", "RmtLctnMtd"]),
    personal(Field::RemittanceLocationElectronicAddress, &["RmtLctnDtls/ElctrncAdr", "RmtLctnElctrncAdr"]),
    personal(Field::Name, &["RmtLctnDtls/PstlAdr/Nm", "RmtLctnPstlAdr/Nm"]),
    group(Field::PostalAddress, &["RmtLctnDtls/PstlAdr/Adr", "RmtLctnPstlAdr/Adr"], CUSTOMER_ADDRESS),
];

const LINE_AMOUNTS: [Binding; 2] = other_amounts![
    "LineDtls/Amt/DuePyblAmt",
    "LineDtls/Amt/DscntApldAmt/Amt",
    "LineDtls/Amt/CdtNoteAmt",
    "LineDtls/Amt/TaxAmt/Amt",
    "LineDtls/Amt/AdjstmntAmtAndRsn/Amt",
    "LineDtls/Amt/RmtdAmt",
    "LineDtls/Amt/RmtAmtAndTp/Amt",
];

const DOCUMENT: &[Binding] = &[
    value(Field::TypeCode, &["Tp/CdOrPrtry/Cd", "RfrdDocTp/Cd"]),
    value(Field::TypeProprietary, &["Tp/CdOrPrtry/Prtry", "RfrdDocTp/Prtry"]),
    value(Field::Issuer, &["Tp/Issr", "RfrdDocTp/Issr"]),
    personal(Field::Number, &["Nb", "RfrdDocNb"]),
    value(Field::RelatedDate, &["RltdDt/Dt", "RltdDt"]),
    LINE_AMOUNTS[0],
    LINE_AMOUNTS[1],
];

const TYPED_AMOUNT: &[Binding] = &[
    value(Field::TypeCode, &["Tp/Cd"]),
    value(Field::TypeProprietary, &["Tp/Prtry"]),
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
];

const ADJUSTMENT: &[Binding] = &[
    value(Field::Amount, &["Amt"]),
    value(Field::AmountCurrency, &["Amt/@Ccy"]),
    value(Field::CreditDebitIndicator, &["CdtDbtInd"]),
    value(Field::Reason, &["Rsn"]),
    personal(Field::AdditionalInformation, &["AddtlInf"]),
];

const STRUCTURED_AMOUNTS: [Binding; 2] = other_amounts![
    "TaxRmt/TtlTaxblBaseAmt",
    "TaxRmt/TtlTaxAmt",
    "TaxRmt/Rcrd/TaxAmt/TaxblBaseAmt",
    "TaxRmt/Rcrd/TaxAmt/TtlAmt",
    "TaxRmt/Rcrd/TaxAmt/Dtls/Amt",
    "GrnshmtRmt/RmtdAmt",
    "SctiesData/Amt",
];

/// Structured remittance information. Lines of documents, tax and garnishment are seen by the rules about all amounts only.
pub(super) const STRUCTURED: &[Binding] = &[
    group(Field::ReferredDocumentInformation, &["RfrdDocInf"], DOCUMENT),
    value(Field::RelatedDate, &["RfrdDocRltdDt"]),
    group(Field::RemittanceAmountAndType, &["RfrdDocAmt/RmtAmtAndTp"], TYPED_AMOUNT),
    value(Field::DuePayableAmount, &["RfrdDocAmt/DuePyblAmt"]),
    value(Field::DuePayableAmountCurrency, &["RfrdDocAmt/DuePyblAmt/@Ccy"]),
    value(Field::DiscountAppliedAmount, &["RfrdDocAmt/DscntApldAmt/Amt", "RfrdDocAmt/DscntApldAmt"]),
    value(Field::DiscountAppliedAmountCurrency, &["RfrdDocAmt/DscntApldAmt/Amt/@Ccy", "RfrdDocAmt/DscntApldAmt/@Ccy"]),
    value(Field::CreditNoteAmount, &["RfrdDocAmt/CdtNoteAmt"]),
    value(Field::CreditNoteAmountCurrency, &["RfrdDocAmt/CdtNoteAmt/@Ccy"]),
    value(Field::TaxAmount, &["RfrdDocAmt/TaxAmt/Amt", "RfrdDocAmt/TaxAmt"]),
    value(Field::TaxAmountCurrency, &["RfrdDocAmt/TaxAmt/Amt/@Ccy", "RfrdDocAmt/TaxAmt/@Ccy"]),
    group(Field::AdjustmentAmountAndReason, &["RfrdDocAmt/AdjstmntAmtAndRsn"], ADJUSTMENT),
    value(Field::RemittedAmount, &["RfrdDocAmt/RmtdAmt"]),
    value(Field::RemittedAmountCurrency, &["RfrdDocAmt/RmtdAmt/@Ccy"]),
    value(Field::CreditorReferenceTypeCode, &["CdtrRefInf/Tp/CdOrPrtry/Cd", "CdtrRefInf/CdtrRefTp/Cd"]),
    value(Field::CreditorReferenceTypeProprietary, &["CdtrRefInf/Tp/CdOrPrtry/Prtry", "CdtrRefInf/CdtrRefTp/Prtry"]),
    value(Field::CreditorReferenceTypeIssuer, &["CdtrRefInf/Tp/Issr", "CdtrRefInf/CdtrRefTp/Issr"]),
    personal(Field::CreditorReference, &["CdtrRefInf/Ref", "CdtrRefInf/CdtrRef"]),
    group(Field::Invoicer, &["Invcr"], PARTY),
    group(Field::Invoicee, &["Invcee"], PARTY),
    group(Field::Garnishee, &["GrnshmtRmt/Grnshee"], PARTY),
    group(Field::GarnishmentAdministrator, &["GrnshmtRmt/GrnshmtAdmstr"], PARTY),
    STRUCTURED_AMOUNTS[0],
    STRUCTURED_AMOUNTS[1],
    personal(Field::AdditionalRemittanceInformation, &["AddtlRmtInf"]),
];

/// An instruction for an agent.
pub(super) const INSTRUCTION: &[Binding] = &[value(Field::Code, &["Cd"]), personal(Field::Information, &["InstrInf"])];
