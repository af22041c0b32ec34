//! Parties, agents and accounts from their groups.

use crate::message::Field;
use crate::schema::record::{Item, Node};
use crate::transfer::entity::Text;
use crate::transfer::party::{
    Account, Agent, OrganisationIdentification, OtherIdentification, Party, PostalAddress, PrivateIdentification, Proxy,
};

use super::read::{date, given, text};

pub(super) fn party(node: Node<'_>) -> Option<Box<Party>> {
    let mut party = Box::<Party>::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::Name => party.name = text(item),
            Field::PostalAddress => party.postal_address = address(item.node()),
            Field::OrganisationIdentification => party.organisation_identification = organisation(item.node()),
            Field::PrivateIdentification => person(item.node(), &mut party.private_identification),
            Field::CountryOfResidence => party.country_of_residence = text(item),
            Field::Agent => party.agent = agent(item.node()),
            _ => {}
        }
    }
    Some(party)
}

fn organisation(node: Node<'_>) -> Option<Box<OrganisationIdentification>> {
    let mut organisation = Box::<OrganisationIdentification>::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::AnyBic => organisation.any_bic = given(item),
            Field::Lei => organisation.lei = given(item),
            field => organisation.other.extend(identification(field, item)),
        }
    }
    Some(organisation)
}

/// In version 01 a person may have several identifications, each in a group of its own.
fn person(node: Node<'_>, person: &mut Option<Box<PrivateIdentification>>) {
    let person = person.get_or_insert_default();
    let issuer = node.text(Field::Issuer.slot());
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::BirthDate => person.birth_date = date(item),
            Field::ProvinceOfBirth => person.province_of_birth = text(item),
            Field::CityOfBirth => person.city_of_birth = text(item),
            Field::CountryOfBirth => person.country_of_birth = text(item),
            field => {
                let other = identification(field, item);
                person.other.extend(other.map(|other| OtherIdentification {
                    issuer: other.issuer.or_else(|| issuer.map(Text::from)),
                    ..other
                }));
            }
        }
    }
}

/// `Othr`, or an identification of version 01 under the code that its scheme has since.
fn identification(field: Field, item: Item<'_>) -> Option<OtherIdentification> {
    let scheme = match field {
        Field::Other => return other(item.node()),
        Field::InternationalBusinessEntityIdentifier => return under(None, Some("IBEI"), item),
        Field::GlobalLocationNumber => "GS1G",
        Field::ChipsUniversalIdentification => "CHID",
        Field::Duns => "DUNS",
        Field::BankPartyIdentification => "BANK",
        Field::TaxIdentificationNumber => "TXID",
        Field::DriversLicenseNumber => "DRLC",
        Field::CustomerNumber => "CUST",
        Field::SocialSecurityNumber => "SOSE",
        Field::AlienRegistrationNumber => "ARNU",
        Field::PassportNumber => "CCPT",
        Field::IdentityCardNumber => "NIDN",
        Field::EmployerIdentificationNumber => "EMPL",
        Field::Bban => "BBAN",
        Field::Upic => "UPIC",
        _ => return None,
    };
    under(Some(scheme), None, item)
}

fn under(code: Option<&str>, proprietary: Option<&str>, item: Item<'_>) -> Option<OtherIdentification> {
    Some(OtherIdentification {
        identification: item.kept(),
        scheme_name_code: code.map(Text::from),
        scheme_name_proprietary: proprietary.map(Text::from),
        issuer: None,
    })
}

fn other(node: Node<'_>) -> Option<OtherIdentification> {
    let mut other = OtherIdentification::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::Identification => other.identification = item.kept(),
            Field::SchemeNameCode => other.scheme_name_code = text(item),
            Field::SchemeNameProprietary => other.scheme_name_proprietary = text(item),
            Field::Issuer => other.issuer = text(item),
            _ => {}
        }
    }
    Some(other)
}

pub(super) fn address(node: Node<'_>) -> Option<Box<PostalAddress>> {
    let mut address = Box::<PostalAddress>::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::AddressTypeCode => address.address_type_code = text(item),
            Field::AddressTypeProprietary => address.address_type_proprietary = text(item),
            Field::CareOf => address.care_of = text(item),
            Field::Department => address.department = text(item),
            Field::SubDepartment => address.sub_department = text(item),
            Field::StreetName => address.street_name = text(item),
            Field::BuildingNumber => address.building_number = text(item),
            Field::BuildingName => address.building_name = text(item),
            Field::Floor => address.floor = text(item),
            Field::UnitNumber => address.unit_number = text(item),
            Field::PostBox => address.post_box = text(item),
            Field::Room => address.room = text(item),
            Field::PostCode => address.post_code = text(item),
            Field::TownName => address.town_name = text(item),
            Field::TownLocationName => address.town_location_name = text(item),
            Field::DistrictName => address.district_name = text(item),
            Field::CountrySubDivision => address.country_sub_division = text(item),
            Field::Country => address.country = text(item),
            Field::AddressLine => address.address_line.extend(text(item)),
            _ => {}
        }
    }
    Some(address)
}

pub(super) fn agent(node: Node<'_>) -> Option<Box<Agent>> {
    let mut agent = Box::<Agent>::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::Bicfi => agent.bicfi = given(item),
            Field::ClearingSystemIdentificationCode => agent.clearing_system_identification_code = text(item),
            Field::ClearingSystemIdentificationProprietary => {
                agent.clearing_system_identification_proprietary = text(item);
            }
            Field::MemberIdentification => agent.member_identification = text(item),
            Field::Lei => agent.lei = given(item),
            Field::Name => agent.name = text(item),
            Field::PostalAddress => agent.postal_address = address(item.node()),
            Field::Other => agent.other = other(item.node()),
            Field::BranchIdentification => agent.branch_identification = text(item),
            Field::BranchLei => agent.branch_lei = given(item),
            Field::BranchName => agent.branch_name = text(item),
            _ => {}
        }
    }
    Some(agent)
}

pub(super) fn account(node: Node<'_>) -> Option<Box<Account>> {
    let mut account = Box::<Account>::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::Iban => account.iban = given(item),
            Field::TypeCode => account.type_code = text(item),
            Field::TypeProprietary => account.type_proprietary = text(item),
            Field::Currency => account.currency = given(item),
            Field::Name => account.name = text(item),
            Field::ProxyTypeCode => proxy(&mut account).type_code = text(item),
            Field::ProxyTypeProprietary => proxy(&mut account).type_proprietary = text(item),
            Field::ProxyIdentification => proxy(&mut account).identification = text(item),
            Field::Owner => account.owner = party(item.node()),
            Field::Servicer => account.servicer = agent(item.node()),
            field => {
                if let Some(other) = identification(field, item) {
                    account.other = Some(other);
                }
            }
        }
    }
    Some(account)
}

fn proxy(account: &mut Account) -> &mut Proxy {
    account.proxy.get_or_insert_default()
}
