//! A country must be one.

use crate::finding::Rule;
use crate::rules::table::about;
use crate::schema::record::Item;
use crate::xml::Fault;

about! {
    /// Official name: Country.
    ///
    /// Requires that a country is one of ISO 3166-1, by its code of two letters. XK (Kosovo) is taken as well: it is not in
    /// the standard, and in general use.
    ///
    /// Why: the schema takes any two capital letters. UK for GB is the usual slip, and no screening list knows it.
    ///
    /// Source: ISO 20022, data type CountryCode; ISO 3166-1.
    Country, Error
}

pub(in crate::rules) fn check(item: Item<'_>) -> Option<Fault> {
    (!crate::value::Country::is_one(item.bytes())).then(|| {
        let value = item.value();
        Fault::new(Rule::Country, value.at, "The country is not one of ISO 3166.")
            .found(value.text)
            .expected("the two letters of a country, such as GB")
    })
}
