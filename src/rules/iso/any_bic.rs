//! The BIC of a party must be one.

use super::bicfi::broken;
use crate::finding::Rule;
use crate::rules::table::about;
use crate::schema::record::Item;
use crate::xml::Fault;

about! {
    /// Official name: AnyBIC.
    ///
    /// Requires that the business identifier code of an organisation (AnyBIC, BICOrBEI, or BIC and BEI of the first version)
    /// has eight or eleven characters, of which the fifth and sixth are a country of ISO 3166. Whether the code is
    /// registered needs a directory, and is not checked.
    ///
    /// Why: the schema takes any two letters for a country, and such a code belongs to nobody.
    ///
    /// Source: ISO 20022, data type AnyBICDec2014Identifier and those before it; ISO 9362.
    AnyBic, Error
}

pub(in crate::rules) fn check(item: Item<'_>) -> Option<Fault> {
    broken(Rule::AnyBic, item)
}
