//! The one table from our rules to the codes of the answers, without a default arm: a new rule does not compile until it
//! has its codes. The only place that knows the external reason codes.
//!
//! Three columns. `code` is the status reason of a pacs.002, from the external code set. `listed` is its stand-in for
//! pacs.002.001.02, whose reasons are a closed list of 35: the nearest code of that list, and NARR where none is near (the
//! rule then stands in the additional information). `refusal` is the reason of an admi.002, a text of our own of at most 35
//! characters: `PF-`, then what was checked (XML, VER the version, BAH the header, XSD the schema, C053 the rules of a
//! statement, DUP the ids used before), then what failed.

use crate::finding::Rule;

/// The codes of a rule, one for each kind of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Codes {
    /// The status reason of a pacs.002.
    pub(super) code: &'static str,
    /// The status reason where the list of reasons is closed.
    pub(super) listed: &'static str,
    /// The reason of an admi.002.
    pub(super) refusal: &'static str,
}

/// The status reason for what has no code of its own: additional information must follow.
pub(super) const NARRATIVE: &str = "NARR";
/// The reason of an admi.002 without a finding.
pub(super) const UNSPECIFIED: &str = "PF-UNSPECIFIED";

/// The codes of a rule.
pub(super) const fn codes(rule: Rule) -> Codes {
    let (code, listed, refusal) = match rule {
        // The input could not be read, or is not one that we take: only an admi.002 can say so.
        Rule::XmlNoDocument => ("FF01", "NARR", "PF-XML-NO-DOCUMENT"),
        Rule::XmlEncoding => ("FF01", "NARR", "PF-XML-ENCODING"),
        Rule::XmlNotWellFormed => ("FF01", "NARR", "PF-XML-NOT-WELL-FORMED"),
        Rule::XmlDoctype => ("FF01", "NARR", "PF-XML-DOCTYPE"),
        Rule::XmlLimit => ("FF01", "NARR", "PF-XML-LIMIT"),
        Rule::Unsupported => ("FF01", "NARR", "PF-VER-UNSUPPORTED"),
        Rule::UnexpectedMessage => ("FF01", "NARR", "PF-VER-UNEXPECTED"),
        // The header, and who sends.
        Rule::HeaderMissing => ("CH21", "NARR", "PF-BAH-MISSING"),
        Rule::HeaderMismatch => ("CH16", "NARR", "PF-BAH-MISMATCH"),
        Rule::WrongPartner => ("AGNT", "NARR", "PF-BAH-PARTNER"),
        // Not valid by the schema.
        Rule::XsdUnexpectedElement => ("FF01", "NARR", "PF-XSD-UNEXPECTED-ELEMENT"),
        Rule::XsdMissingElement => ("FF01", "NARR", "PF-XSD-MISSING-ELEMENT"),
        Rule::XsdTooMany => ("FF01", "NARR", "PF-XSD-TOO-MANY"),
        Rule::XsdText => ("FF01", "NARR", "PF-XSD-TEXT"),
        Rule::XsdAttribute => ("FF01", "NARR", "PF-XSD-ATTRIBUTE"),
        Rule::XsdType => ("FF01", "NARR", "PF-XSD-TYPE"),
        Rule::XsdLength => ("FF01", "NARR", "PF-XSD-LENGTH"),
        Rule::XsdPattern => ("FF01", "NARR", "PF-XSD-PATTERN"),
        Rule::XsdEnumeration => ("FF01", "NARR", "PF-XSD-ENUMERATION"),
        Rule::XsdDigits => ("FF01", "NARR", "PF-XSD-DIGITS"),
        Rule::XsdRange => ("FF01", "NARR", "PF-XSD-RANGE"),
        Rule::XsdInstance => ("FF01", "NARR", "PF-XSD-INSTANCE"),
        Rule::XsdWildcard => ("FF01", "NARR", "PF-XSD-WILDCARD"),
        // Valid by the schema, and rejected by a rule.
        Rule::NumberOfTransactions => ("AM19", "NARR", "PF-C053-COUNT"),
        Rule::ControlSum => ("AM10", "AM10", "PF-C053-CONTROL-SUM"),
        Rule::TotalAmountCurrency => ("CURR", "AM03", "PF-C053-TOTAL-CURRENCY"),
        Rule::TotalAmountSum => ("AM10", "AM10", "PF-C053-TOTAL-SUM"),
        Rule::Iban => ("AC01", "AC01", "PF-C053-IBAN"),
        Rule::AnyBic => ("RC05", "RC01", "PF-C053-ANYBIC"),
        Rule::Bicfi => ("RC01", "RC01", "PF-C053-BICFI"),
        Rule::Country => ("BE09", "NARR", "PF-C053-COUNTRY"),
        Rule::ActiveCurrency => ("AM11", "AM03", "PF-C053-CURRENCY"),
        Rule::ActiveOrHistoricCurrency => ("AM11", "AM03", "PF-C053-CURRENCY"),
        Rule::CurrencyAmount => ("CH20", "NARR", "PF-C053-DECIMALS"),
        Rule::AmountLimit => ("AM14", "AM02", "PF-C053-AMOUNT-LIMIT"),
        Rule::HoldLimit => ("AM14", "AM02", "PF-C053-HOLD-LIMIT"),
        Rule::TransactionLimit => ("AM19", "NARR", "PF-C053-TRANSACTION-LIMIT"),
        Rule::DuplicateMessage => ("DU01", "AM05", "PF-DUP-MESSAGE-ID"),
        Rule::DetailsWithoutAmount => ("NARR", "NARR", "PF-C053-DETAILS"),
    };
    Codes { code, listed, refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The closed list of pacs.002.001.02.
    const LISTED: [&str; 35] = [
        "AC01", "AC04", "AC06", "AM01", "AM02", "AM03", "AM04", "AM05", "AM06", "AM07", "BE01", "BE04", "BE05", "AG01",
        "AG02", "DT01", "RF01", "RC01", "TM01", "ED01", "ED03", "MS03", "MS02", "BE06", "BE07", "AM09", "AM10", "MD01",
        "MD02", "MD03", "MD04", "MD06", "MD07", "ED05", "NARR",
    ];

    #[test]
    fn every_code_is_within_its_list() {
        for rule in Rule::ALL {
            let Codes { code, listed, refusal } = codes(*rule);
            assert!(LISTED.contains(&listed), "{rule:?}: {listed} is not in the closed list");
            assert!(code.len() == 4 && code.bytes().all(|b| b.is_ascii_alphanumeric()), "{rule:?}: {code}");
            assert!(!LISTED.contains(&code) || code == listed, "{rule:?}: {code} needs no stand-in");
            assert!(refusal.starts_with("PF-") && refusal.len() <= 35, "{rule:?}: {refusal}");
        }
    }
}
