//! The kinds of faults. Must not know how one is planted.

use crate::finding::Rule;

macro_rules! kinds {
    ($($(#[doc = $doc:expr])+ $name:ident = $id:literal,)+) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)+];

            /// The stable name of the kind.
            pub const fn id(self) -> &'static str {
                match self { $(Kind::$name => $id,)+ }
            }
        }
    };
}

kinds! {
    /// A required element is left out.
    Missing = "missing-element",
    /// An element that the parent does not have is put in.
    Unknown = "unknown-element",
    /// The name of an element is misspelt.
    Misspelt = "misspelt-element",
    /// An element is put into another namespace.
    WrongNamespace = "wrong-namespace",
    /// An element stands in another place among its neighbours.
    Misplaced = "misplaced-element",
    /// An element occurs more often than it may.
    Repeated = "repeated-element",
    /// A second branch of a choice is given.
    BothBranches = "both-branches",
    /// Text stands between elements.
    StrayText = "stray-text",
    /// A value or a content is left out, and its element is kept.
    Empty = "empty-element",
    /// A value is shorter than its least length.
    TooShort = "too-short",
    /// A value is longer than its greatest length.
    TooLong = "too-long",
    /// A value does not match its pattern.
    Pattern = "pattern",
    /// A value is none of its codes.
    Enumeration = "enumeration",
    /// A value is in lower case where only capital letters may stand.
    LowerCase = "lower-case",
    /// A number has too many digits.
    TotalDigits = "total-digits",
    /// A number has too many digits behind the point.
    FractionDigits = "fraction-digits",
    /// A number is beyond its bounds.
    Range = "range",
    /// A value does not have the form of its type.
    Lexical = "lexical",
    /// A number has a comma for its point.
    DecimalComma = "decimal-comma",
    /// A required attribute is left out.
    AttributeMissing = "attribute-missing",
    /// The value of an attribute is wrong.
    AttributeValue = "attribute-value",
    /// An attribute stands where none may.
    AttributeUnexpected = "attribute-unexpected",
}

/// What is dealt: of a run with many faults each group gets the same share, and within a group each kind.
pub(super) const GROUPS: &[&[Kind]] = &[
    &[Kind::Missing],
    &[Kind::Unknown, Kind::Misspelt, Kind::WrongNamespace],
    &[Kind::Misplaced],
    &[Kind::Repeated],
    &[Kind::BothBranches],
    &[Kind::StrayText],
    &[Kind::TooShort, Kind::Empty],
    &[Kind::TooLong],
    &[Kind::Pattern, Kind::LowerCase],
    &[Kind::Enumeration],
    &[Kind::TotalDigits],
    &[Kind::FractionDigits],
    &[Kind::Range],
    &[Kind::Lexical, Kind::DecimalComma],
    &[Kind::AttributeMissing, Kind::AttributeValue],
    &[Kind::AttributeUnexpected],
];

impl Kind {
    /// The group that it belongs to: what a mix of faults is counted by.
    pub fn group(self) -> usize {
        GROUPS.iter().position(|group| group.contains(&self)).unwrap_or_default()
    }

    /// Whether it changes which elements stand where.
    pub(super) fn is_structural(self) -> bool {
        self <= Kind::Empty
    }

    /// The rule that a structural kind breaks.
    pub(super) fn rule(self) -> Rule {
        match self {
            Kind::Missing | Kind::Empty => Rule::XsdMissingElement,
            Kind::Repeated => Rule::XsdTooMany,
            Kind::StrayText => Rule::XsdText,
            Kind::AttributeMissing | Kind::AttributeUnexpected => Rule::XsdAttribute,
            _ => Rule::XsdUnexpectedElement,
        }
    }
}
