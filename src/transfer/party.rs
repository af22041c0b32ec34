//! Parties, agents and accounts.

use crate::value::{Bic, Currency, Iban, Lei};

use super::entity::{Given, entity};

entity! {
    /// A party: who pays, who is paid, on whose behalf.
    #[derive(Default)]
    pub struct Party {
        /// Nm
        pub name: Option<String>,
        /// PstlAdr
        pub postal_address: Option<Box<PostalAddress>>,
        /// Id/OrgId
        pub organisation_identification: Option<Box<OrganisationIdentification>>,
        /// Id/PrvtId
        pub private_identification: Option<Box<PrivateIdentification>>,
        /// CtryOfRes
        pub country_of_residence: Option<String>,
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
        pub birth_date: Option<String>,
        /// PrvcOfBirth
        pub province_of_birth: Option<String>,
        /// CityOfBirth
        pub city_of_birth: Option<String>,
        /// CtryOfBirth
        pub country_of_birth: Option<String>,
        /// Othr; the single elements of version 01 are here under the code of their scheme.
        pub other: Vec<OtherIdentification>,
    }
}

entity! {
    /// An identification under a scheme.
    #[derive(Default)]
    pub struct OtherIdentification {
        /// Id
        pub identification: String,
        /// SchmeNm/Cd
        pub scheme_name_code: Option<String>,
        /// SchmeNm/Prtry
        pub scheme_name_proprietary: Option<String>,
        /// Issr
        pub issuer: Option<String>,
    }
}

entity! {
    /// An address, in whichever form it came.
    #[derive(Default)]
    pub struct PostalAddress {
        /// AdrTp/Cd
        pub address_type_code: Option<String>,
        /// AdrTp/Prtry/Id
        pub address_type_proprietary: Option<String>,
        /// CareOf
        pub care_of: Option<String>,
        /// Dept
        pub department: Option<String>,
        /// SubDept
        pub sub_department: Option<String>,
        /// StrtNm
        pub street_name: Option<String>,
        /// BldgNb
        pub building_number: Option<String>,
        /// BldgNm
        pub building_name: Option<String>,
        /// Flr
        pub floor: Option<String>,
        /// UnitNb
        pub unit_number: Option<String>,
        /// PstBx
        pub post_box: Option<String>,
        /// Room
        pub room: Option<String>,
        /// PstCd
        pub post_code: Option<String>,
        /// TwnNm
        pub town_name: Option<String>,
        /// TwnLctnNm
        pub town_location_name: Option<String>,
        /// DstrctNm
        pub district_name: Option<String>,
        /// CtrySubDvsn
        pub country_sub_division: Option<String>,
        /// Ctry
        pub country: Option<String>,
        /// AdrLine
        pub address_line: Vec<String>,
    }
}

entity! {
    /// A financial institution, and its branch.
    #[derive(Default)]
    pub struct Agent {
        /// FinInstnId/BICFI
        pub bicfi: Option<Given<Bic>>,
        /// FinInstnId/ClrSysMmbId/ClrSysId/Cd
        pub clearing_system_identification_code: Option<String>,
        /// FinInstnId/ClrSysMmbId/ClrSysId/Prtry
        pub clearing_system_identification_proprietary: Option<String>,
        /// FinInstnId/ClrSysMmbId/MmbId
        pub member_identification: Option<String>,
        /// FinInstnId/LEI
        pub lei: Option<Given<Lei>>,
        /// FinInstnId/Nm
        pub name: Option<String>,
        /// FinInstnId/PstlAdr
        pub postal_address: Option<Box<PostalAddress>>,
        /// FinInstnId/Othr
        pub other: Option<OtherIdentification>,
        /// BrnchId/Id
        pub branch_identification: Option<String>,
        /// BrnchId/LEI
        pub branch_lei: Option<Given<Lei>>,
        /// BrnchId/Nm
        pub branch_name: Option<String>,
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
        pub type_code: Option<String>,
        /// Tp/Prtry
        pub type_proprietary: Option<String>,
        /// Ccy
        pub currency: Option<Given<Currency>>,
        /// Nm
        pub name: Option<String>,
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
        pub type_code: Option<String>,
        /// Tp/Prtry
        pub type_proprietary: Option<String>,
        /// Id
        pub identification: Option<String>,
    }
}
