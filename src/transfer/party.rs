//! Parties, agents and accounts.

use crate::value::{Bic, Currency, Iban, Lei};

use super::entity::{Given, Text, entity};

entity! {
    /// A party: who pays, who is paid, on whose behalf.
    #[derive(Default)]
    pub struct Party {
        /// Nm
        pub name: Option<Text>,
        /// PstlAdr
        pub postal_address: Option<Box<PostalAddress>>,
        /// Id/OrgId
        pub organisation_identification: Option<Box<OrganisationIdentification>>,
        /// Id/PrvtId
        pub private_identification: Option<Box<PrivateIdentification>>,
        /// CtryOfRes
        pub country_of_residence: Option<Text>,
        /// Agt: the party is itself a financial institution.
        pub agent: Option<Box<Agent>>,
    }
}

entity! {
    /// What identifies an organisation.
    #[derive(Default)]
    pub struct OrganisationIdentification {
        /// AnyBIC
        pub any_bic: Option<Given<Bic>>,
        /// LEI
        pub lei: Option<Given<Lei>>,
        /// Othr; the single elements of version 01 are here under the code of their scheme.
        pub other: Vec<OtherIdentification>,
    }
}

entity! {
    /// What identifies a person.
    #[derive(Default)]
    pub struct PrivateIdentification {
        /// BirthDt
        pub birth_date: Option<Text>,
        /// PrvcOfBirth
        pub province_of_birth: Option<Text>,
        /// CityOfBirth
        pub city_of_birth: Option<Text>,
        /// CtryOfBirth
        pub country_of_birth: Option<Text>,
        /// Othr; the single elements of version 01 are here under the code of their scheme.
        pub other: Vec<OtherIdentification>,
    }
}

entity! {
    /// An identification under a scheme.
    #[derive(Default)]
    pub struct OtherIdentification {
        /// Id
        pub identification: Text,
        /// SchmeNm/Cd
        pub scheme_name_code: Option<Text>,
        /// SchmeNm/Prtry
        pub scheme_name_proprietary: Option<Text>,
        /// Issr
        pub issuer: Option<Text>,
    }
}

entity! {
    /// An address, in whichever form it came.
    #[derive(Default)]
    pub struct PostalAddress {
        /// AdrTp/Cd
        pub address_type_code: Option<Text>,
        /// AdrTp/Prtry/Id
        pub address_type_proprietary: Option<Text>,
        /// CareOf
        pub care_of: Option<Text>,
        /// Dept
        pub department: Option<Text>,
        /// SubDept
        pub sub_department: Option<Text>,
        /// StrtNm
        pub street_name: Option<Text>,
        /// BldgNb
        pub building_number: Option<Text>,
        /// BldgNm
        pub building_name: Option<Text>,
        /// Flr
        pub floor: Option<Text>,
        /// UnitNb
        pub unit_number: Option<Text>,
        /// PstBx
        pub post_box: Option<Text>,
        /// Room
        pub room: Option<Text>,
        /// PstCd
        pub post_code: Option<Text>,
        /// TwnNm
        pub town_name: Option<Text>,
        /// TwnLctnNm
        pub town_location_name: Option<Text>,
        /// DstrctNm
        pub district_name: Option<Text>,
        /// CtrySubDvsn
        pub country_sub_division: Option<Text>,
        /// Ctry
        pub country: Option<Text>,
        /// AdrLine
        pub address_line: Vec<Text>,
    }
}

entity! {
    /// A financial institution, and its branch.
    #[derive(Default)]
    pub struct Agent {
        /// FinInstnId/BICFI
        pub bicfi: Option<Given<Bic>>,
        /// FinInstnId/ClrSysMmbId/ClrSysId/Cd
        pub clearing_system_identification_code: Option<Text>,
        /// FinInstnId/ClrSysMmbId/ClrSysId/Prtry
        pub clearing_system_identification_proprietary: Option<Text>,
        /// FinInstnId/ClrSysMmbId/MmbId
        pub member_identification: Option<Text>,
        /// FinInstnId/LEI
        pub lei: Option<Given<Lei>>,
        /// FinInstnId/Nm
        pub name: Option<Text>,
        /// FinInstnId/PstlAdr
        pub postal_address: Option<Box<PostalAddress>>,
        /// FinInstnId/Othr
        pub other: Option<OtherIdentification>,
        /// BrnchId/Id
        pub branch_identification: Option<Text>,
        /// BrnchId/LEI
        pub branch_lei: Option<Given<Lei>>,
        /// BrnchId/Nm
        pub branch_name: Option<Text>,
    }
}

entity! {
    /// An account.
    #[derive(Default)]
    pub struct Account {
        /// Id/IBAN
        pub iban: Option<Given<Iban>>,
        /// Id/Othr; BBAN and UPIC of version 01 are here under the code of their scheme.
        pub other: Option<OtherIdentification>,
        /// Tp/Cd
        pub type_code: Option<Text>,
        /// Tp/Prtry
        pub type_proprietary: Option<Text>,
        /// Ccy
        pub currency: Option<Given<Currency>>,
        /// Nm
        pub name: Option<Text>,
        /// Prxy
        pub proxy: Option<Proxy>,
        /// Ownr
        pub owner: Option<Box<Party>>,
        /// Svcr
        pub servicer: Option<Box<Agent>>,
    }
}

entity! {
    /// What stands for an account: a mobile number, an e-mail address.
    #[derive(Default)]
    pub struct Proxy {
        /// Tp/Cd
        pub type_code: Option<Text>,
        /// Tp/Prtry
        pub type_proprietary: Option<Text>,
        /// Id
        pub identification: Option<Text>,
    }
}
