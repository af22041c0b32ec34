//! What messages are made of: banks, parties, accounts, addresses, remittance information. Element order is the schemas'.

use super::dialects::{Address, BankBy, Clock, Dialect};
use super::identifiers;
use super::scribe::Scribe;
use super::world::{Bank, Country};

/// A date of the last weeks of 2025.
pub(crate) fn date(s: &mut Scribe) -> String {
    format!("2025-{:02}-{:02}", s.rng.between(10, 12), s.rng.between(1, 28))
}

/// A time of a day, as the dialect writes it.
pub(crate) fn time(s: &mut Scribe, date: &str, clock: Clock) -> String {
    let (hour, minute, second) = (s.rng.below(24), s.rng.below(60), s.rng.below(60));
    let zone = match clock {
        Clock::Local => String::new(),
        Clock::Utc => format!(".{}Z", s.rng.digits(3)),
        Clock::Offset => format!(".{}{}", s.rng.digits(3), s.rng.pick(&["+01:00", "-05:00", "+04:00", "+00:00"])),
    };
    format!("{date}T{hour:02}:{minute:02}:{second:02}{zone}")
}

/// A reference as computers make them, of 12 to 35 characters.
pub(crate) fn reference(s: &mut Scribe, lead: &str) -> String {
    let length = s.rng.between(12, 35) as usize - lead.len();
    match s.rng.below(3) {
        0 => format!("{lead}{}", s.rng.digits(length)),
        1 => format!("{lead}{}", s.rng.alphanumeric(length)),
        _ => format!("{lead}{}-{}", s.rng.digits(length / 2), s.rng.alphanumeric(length - length / 2 - 1)),
    }
}

/// A bank as an agent of the payment.
pub(crate) fn agent(s: &mut Scribe, name: &str, bank: &Bank, d: &Dialect) {
    s.group(name, |s| {
        s.group("FinInstnId", |s| {
            if d.bank_by != BankBy::Member {
                s.leaf("BICFI", &bank.bic);
            }
            if d.bank_by != BankBy::Bic {
                s.group("ClrSysMmbId", |s| {
                    s.code("ClrSysId", "Cd", d.system);
                    s.leaf("MmbId", &bank.member);
                });
            }
            if s.chance(d.bank_lei) {
                s.leaf("LEI", &bank.lei);
            }
            if s.chance(d.bank_name) {
                s.text("Nm", &bank.name, 140);
                if s.chance(d.bank_address) {
                    address(s, bank.country, d.address);
                }
            }
        });
    });
}

pub(crate) fn address(s: &mut Scribe, country: &Country, how: Address) {
    let (street, town) = (country.street(&mut s.rng), country.town(&mut s.rng));
    let (number, postcode) = (s.rng.between(1, 240).to_string(), country.postcode(&mut s.rng));
    s.group("PstlAdr", |s| match how {
        Address::Lines => {
            s.leaf("Ctry", country.code);
            s.text("AdrLine", &format!("{street} {number}"), 70);
            s.text("AdrLine", &format!("{postcode} {town}"), 70);
        }
        Address::Hybrid => {
            s.leaf("PstCd", &postcode);
            s.text("TwnNm", town, 35);
            s.leaf("Ctry", country.code);
            s.text("AdrLine", &format!("{number}, {street}"), 70);
        }
        Address::Structured | Address::Full => {
            if how == Address::Full {
                departments(s);
            }
            s.text("StrtNm", street, 70);
            s.leaf("BldgNb", &number);
            if how == Address::Full {
                building(s);
            }
            if s.chance(90) {
                s.leaf("PstCd", &postcode);
            }
            s.text("TwnNm", town, 35);
            if how == Address::Full && s.chance(50) {
                s.text("CtrySubDvsn", "Central Division", 35);
            }
            s.leaf("Ctry", country.code);
        }
    });
}

fn departments(s: &mut Scribe) {
    if s.chance(30) {
        s.text("Dept", "Accounts Payable", 70);
    }
    if s.chance(15) {
        s.text("SubDept", "Shared Services", 70);
    }
}

fn building(s: &mut Scribe) {
    if s.chance(25) {
        s.text("BldgNm", "Empire House", 35);
    }
    if s.chance(40) {
        let floor = s.rng.between(1, 60).to_string();
        s.leaf("Flr", &floor);
    }
    if s.chance(20) {
        let room = s.rng.digits(3);
        s.leaf("Room", &room);
    }
}

/// A person or a firm that pays, is paid, or stands behind.
pub(crate) fn party(s: &mut Scribe, name: &str, country: &Country, d: &Dialect) {
    s.group(name, |s| party_content(s, country, d));
}

pub(crate) fn party_content(s: &mut Scribe, country: &Country, d: &Dialect) {
    let private = s.chance(d.private);
    let called = if private { country.person(&mut s.rng) } else { country.firm(&mut s.rng) };
    s.text("Nm", &called, 140);
    if s.chance(d.party_address) {
        address(s, country, d.address);
    }
    if s.chance(d.party_id) {
        s.group("Id", |s| if private { private_id(s, country) } else { organisation_id(s) });
    }
    if s.chance(d.residence) {
        s.leaf("CtryOfRes", country.code);
    }
    if s.chance(d.contact) {
        contact(s, country, &called);
    }
}

fn organisation_id(s: &mut Scribe) {
    let (lei, other) = (identifiers::lei(&mut s.rng), reference(s, "C"));
    let by_lei = s.chance(60);
    s.group("OrgId", |s| {
        if by_lei {
            s.leaf("LEI", &lei);
        }
        if !by_lei || s.chance(20) {
            other_id(s, &other, &["CUST", "TXID", "BANK", "DUNS"]);
        }
    });
}

fn private_id(s: &mut Scribe, country: &Country) {
    let by_birth = s.chance(40);
    s.group("PrvtId", |s| {
        if by_birth {
            let born =
                format!("19{:02}-{:02}-{:02}", s.rng.between(40, 99), s.rng.between(1, 12), s.rng.between(1, 28));
            let town = country.town(&mut s.rng);
            s.group("DtAndPlcOfBirth", |s| {
                s.leaf("BirthDt", &born);
                s.text("CityOfBirth", town, 35);
                s.leaf("CtryOfBirth", country.code);
            });
        } else {
            let number = s.rng.digits(10);
            other_id(s, &number, &["NIDN", "CCPT", "CUST", "SOSE"]);
        }
    });
}

fn other_id(s: &mut Scribe, id: &str, schemes: &[&str]) {
    let scheme = s.rng.pick(schemes);
    s.group("Othr", |s| {
        s.leaf("Id", id);
        s.code("SchmeNm", "Cd", scheme);
        if s.chance(20) {
            s.text("Issr", "Chamber of Commerce", 35);
        }
    });
}

fn contact(s: &mut Scribe, country: &Country, name: &str) {
    let phone = country.phone(&mut s.rng);
    let mailbox = s.rng.pick(&["info", "accounts", "treasury.desk", "office"]);
    let domain = s.rng.pick(&["example.com", "example.org", "payments.example.net"]);
    s.group("CtctDtls", |s| {
        if s.chance(40) {
            s.text("Nm", name, 140);
        }
        s.leaf("PhneNb", &phone);
        if s.chance(60) {
            s.leaf("EmailAdr", &format!("{mailbox}@{domain}"));
        }
    });
}

/// An account: an IBAN where the country has them, else a plain number.
pub(crate) fn account(s: &mut Scribe, name: &str, country: &Country, d: &Dialect) {
    s.group(name, |s| {
        let iban = country.iban(&mut s.rng);
        s.group("Id", |s| account_number(s, iban.as_deref()));
        if s.chance(d.account_extra) {
            let kind = s.rng.pick(&["CACC", "SVGS", "CASH", "TRAN"]);
            s.code("Tp", "Cd", kind);
        }
        if s.chance(d.account_extra) {
            s.leaf("Ccy", country.currency);
        }
        if s.chance(d.account_extra / 2) {
            s.text("Nm", "Operating account", 70);
        }
        if s.chance(d.proxy) {
            let phone = country.phone(&mut s.rng);
            s.group("Prxy", |s| {
                s.code("Tp", "Cd", "TELE");
                s.leaf("Id", &phone);
            });
        }
    });
}

fn account_number(s: &mut Scribe, iban: Option<&str>) {
    match iban {
        Some(iban) => s.leaf("IBAN", iban),
        None => {
            let length = s.rng.between(8, 17) as usize;
            let number = s.rng.digits(length);
            s.group("Othr", |s| {
                s.leaf("Id", &number);
                if s.chance(25) {
                    s.code("SchmeNm", "Cd", "BBAN");
                }
            });
        }
    }
}
