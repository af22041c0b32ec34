//! The built-in types of XML Schema, each as the restriction of one of the few that are checked by themselves. Must not
//! know any schema.

use super::model::WhiteSpace::{self, Collapse, Preserve, Replace};
use super::model::{Base, Facets, Simple};

/// A built-in type.
struct BuiltIn {
    name: &'static str,
    /// The built-in type that it is derived from; empty for those that come first.
    derived_from: &'static str,
    base: Base,
    white_space: WhiteSpace,
    pattern: &'static str,
    min: &'static str,
    max: &'static str,
}

/// A type that is checked by itself.
const fn own(name: &'static str, base: Base) -> BuiltIn {
    BuiltIn { name, derived_from: "", base, white_space: Preserve, pattern: "", min: "", max: "" }
}

/// A string.
const fn text(
    name: &'static str,
    derived_from: &'static str,
    white_space: WhiteSpace,
    pattern: &'static str,
) -> BuiltIn {
    BuiltIn { derived_from, white_space, pattern, ..own(name, Base::String) }
}

/// A whole number within bounds.
const fn whole(name: &'static str, derived_from: &'static str, min: &'static str, max: &'static str) -> BuiltIn {
    BuiltIn { derived_from, pattern: "[+\\-]?[0-9]+", min, max, ..own(name, Base::Decimal) }
}

macro_rules! zone {
    () => {
        "(Z|[+\\-](0[0-9]|1[0-3]):[0-5][0-9]|[+\\-]14:00)?"
    };
}

const FLOAT: &str = r"[+\-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+\-]?[0-9]+)?|-?INF|NaN";
const DURATION: &str = concat!(
    "-?P(([0-9]+Y([0-9]+M)?([0-9]+D)?|[0-9]+M([0-9]+D)?|[0-9]+D)(T",
    r"([0-9]+H([0-9]+M)?([0-9]+(\.[0-9]+)?S)?|[0-9]+M([0-9]+(\.[0-9]+)?S)?|[0-9]+(\.[0-9]+)?S))?",
    r"|T([0-9]+H([0-9]+M)?([0-9]+(\.[0-9]+)?S)?|[0-9]+M([0-9]+(\.[0-9]+)?S)?|[0-9]+(\.[0-9]+)?S))",
);
const MONTH_DAY: &str = concat!(
    "--((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))",
    zone!()
);
/// A reference by RFC 3986, in which characters that it would have escaped may stand as they are.
const URI: &str = concat!(
    r"([A-Za-z][A-Za-z0-9+.\-]*:(//([^%/?#\[\]]*@)?\[[0-9A-Fa-f:.]+\])?([^%#\[\]]|%[0-9A-Fa-f]{2})*",
    r"|([^%:/?#\[\]]|%[0-9A-Fa-f]{2})*([/?]([^%#\[\]]|%[0-9A-Fa-f]{2})*)?)(#([^%#\[\]]|%[0-9A-Fa-f]{2})*)?",
);

#[rustfmt::skip]
const BUILT_IN: &[BuiltIn] = &[
    text("string", "", Preserve, ""),
    text("normalizedString", "string", Replace, ""),
    text("token", "normalizedString", Collapse, ""),
    text("language", "token", Collapse, "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"),
    text("NMTOKEN", "token", Collapse, r"\c+"),
    text("Name", "token", Collapse, r"\i\c*"),
    text("NCName", "Name", Collapse, r"[\i-[:]][\c-[:]]*"),
    text("anyURI", "", Collapse, URI),
    own("boolean", Base::Boolean),
    own("date", Base::Date),
    own("dateTime", Base::DateTime),
    own("time", Base::Time),
    own("gYear", Base::GYear),
    own("gYearMonth", Base::GYearMonth),
    own("base64Binary", Base::Base64Binary),
    own("decimal", Base::Decimal),
    whole("integer", "decimal", "", ""),
    whole("nonPositiveInteger", "integer", "", "0"),
    whole("negativeInteger", "nonPositiveInteger", "", "-1"),
    whole("nonNegativeInteger", "integer", "0", ""),
    whole("positiveInteger", "nonNegativeInteger", "1", ""),
    whole("long", "integer", "-9223372036854775808", "9223372036854775807"),
    whole("int", "long", "-2147483648", "2147483647"),
    whole("short", "int", "-32768", "32767"),
    whole("byte", "short", "-128", "127"),
    whole("unsignedLong", "nonNegativeInteger", "0", "18446744073709551615"),
    whole("unsignedInt", "unsignedLong", "0", "4294967295"),
    whole("unsignedShort", "unsignedInt", "0", "65535"),
    whole("unsignedByte", "unsignedShort", "0", "255"),
];

/// Those that a schema may not build on here: only an `xsi:type` in the content of a wildcard names them.
#[rustfmt::skip]
const FURTHER: &[BuiltIn] = &[
    text("anySimpleType", "", Preserve, ""),
    text("hexBinary", "", Collapse, "([0-9A-Fa-f]{2})*"),
    text("float", "", Collapse, FLOAT),
    text("double", "", Collapse, FLOAT),
    text("duration", "", Collapse, DURATION),
    text("gDay", "", Collapse, concat!("---(0[1-9]|[12][0-9]|3[01])", zone!())),
    text("gMonth", "", Collapse, concat!("--(0[1-9]|1[0-2])", zone!())),
    text("gMonthDay", "", Collapse, MONTH_DAY),
];

/// The built-in type of that name that a schema may use.
pub(super) fn simple(name: &str) -> Option<Simple> {
    BUILT_IN.iter().find(|known| known.name == name).map(BuiltIn::simple)
}

/// The names of those that a schema may use.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|known| known.name)
}

/// Every built-in type that an `xsi:type` may name.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Simple)> {
    BUILT_IN.iter().chain(FURTHER).map(|known| (known.name, known.simple()))
}

/// The built-in type that another one is derived from.
pub(super) fn derived_from(name: &str) -> Option<&'static str> {
    let known = BUILT_IN.iter().find(|known| known.name == name)?;
    (!known.derived_from.is_empty()).then_some(known.derived_from)
}

impl BuiltIn {
    fn simple(&self) -> Simple {
        let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let whole = self.base == Base::Decimal && !self.pattern.is_empty();
        let facets = Facets {
            patterns: stated(self.pattern).into_iter().collect(),
            min_inclusive: stated(self.min),
            max_inclusive: stated(self.max),
            fraction_digits: whole.then_some(0),
            white_space: self.white_space,
            ..Facets::default()
        };
        Simple { base: self.base, facets }
    }
}
