//! The BIC of a financial institution must be one.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::schema::record::Item;
use crate::value::Bic;
use crate::xml::Fault;

about! {
    /// Official name: BICFI.
    ///
    /// Requires that the business identifier code of a financial institution (BICFI, in older versions BIC) has eight or
    /// eleven characters, of which the fifth and sixth are a country of ISO 3166. Whether the code is registered needs a
    /// directory, and is not checked.
    ///
    /// Why: the schema takes any two letters for a country, and a payment to a bank that does not exist is not delivered.
    ///
    /// Source: ISO 20022, data type BICFIDec2014Identifier and those before it; ISO 9362.
    Bicfi, Error
}

pub(in crate::rules) fn check(item: Item<'_>) -> Option<Fault> {
    broken(Rule::Bicfi, item)
}

/// What is wrong with a BIC of either kind.
pub(super) fn broken(rule: Rule, item: Item<'_>) -> Option<Fault> {
    Bic::check(item.bytes()).err().map(|error| {
        let value = item.value();
        Fault::new(rule, value.at, format!("Not a BIC: {error}."))
            .found(value.text)
            .expected("a BIC with the code of a country in characters 5 and 6")
    })
}
