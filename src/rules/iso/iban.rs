//! An IBAN must be one.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::schema::record::Item;
use crate::value::Iban;
use crate::xml::Fault;

about! {
    /// Official name: IBAN.
    ///
    /// Requires that an account number in the element IBAN begins with a country that has IBANs, has the length and the
    /// structure of that country, and right check digits (ISO 7064, modulo 97).
    ///
    /// Why: the schema sees two letters, two digits and up to thirty characters. A mistyped number passes it, and the
    /// payment comes back days later, or goes to someone else.
    ///
    /// Source: ISO 20022, data type IBAN2007Identifier; structures from the IBAN registry (ISO 13616).
    Iban, Error
}

pub(in crate::rules) fn check(item: Item<'_>) -> Option<Fault> {
    Iban::check(item.bytes()).err().map(|error| {
        let value = item.value();
        Fault::new(Rule::Iban, value.at, format!("Not an IBAN: {error}.")).found(value.text).expected("a valid IBAN")
    })
}
