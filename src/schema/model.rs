//! What an XML Schema file says, in the subset that payflow takes. Built by the reader ([`super::xsd`]), compiled by
//! [`super::automaton`]. Must not know any message.
//!
//! The name of an element or type of another namespace, which only an import brings in, has that before it: `{urn:x}Note`.
//! A type without a name goes by the path to it, such as `Amount/@Ccy`. A built-in type goes by `xs:` and its name.

use std::collections::BTreeMap;

/// Takes a name apart: the namespace, where it is another than the schema's own, and the local name.
pub fn split(name: &str) -> (Option<&str>, &str) {
    match name.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((namespace, local)) => (Some(namespace), local),
        None => (None, name),
    }
}

/// One schema: a namespace, its global elements and its named types.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// The target namespace.
    pub namespace: String,
    /// Global elements: name and the name of their type. The root is one of them.
    pub elements: Vec<(String, String)>,
    /// The named types.
    pub types: BTreeMap<String, Type>,
    /// The type that each type of a value is derived from.
    pub derived: BTreeMap<String, String>,
}

/// A named type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A value.
    Simple(Simple),
    /// Elements.
    Complex(Particle),
    /// A value with attributes.
    SimpleContent {
        /// The name of the value's simple type.
        base: String,
        /// The attributes.
        attributes: Vec<Attribute>,
    },
}

/// An attribute of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The name of its simple type.
    pub type_name: String,
    /// Whether it must stand.
    pub required: bool,
}

/// A simple type: a built-in base with facets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simple {
    /// The built-in type that it restricts, however many steps away.
    pub base: Base,
    /// The restrictions.
    pub facets: Facets,
}

/// The built-in types that occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// xs:string
    String,
    /// xs:decimal
    Decimal,
    /// xs:boolean
    Boolean,
    /// xs:date
    Date,
    /// xs:dateTime
    DateTime,
    /// xs:time
    Time,
    /// xs:gYear
    GYear,
    /// xs:gYearMonth
    GYearMonth,
    /// xs:base64Binary
    Base64Binary,
}

/// The facets of a simple type, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// Least length, in characters (octets for base64Binary).
    pub min_length: Option<u32>,
    /// Greatest length, in characters (octets for base64Binary).
    pub max_length: Option<u32>,
    /// Patterns: a value must match one of each step of derivation. The official files have at most one.
    pub patterns: Vec<String>,
    /// The allowed values; empty is no restriction.
    pub enumeration: Vec<String>,
    /// Greatest number of digits.
    pub total_digits: Option<u32>,
    /// Greatest number of digits behind the point.
    pub fraction_digits: Option<u32>,
    /// Least value.
    pub min_inclusive: Option<String>,
    /// Greatest value.
    pub max_inclusive: Option<String>,
    /// What a value must be greater than.
    pub min_exclusive: Option<String>,
    /// What a value must be less than.
    pub max_exclusive: Option<String>,
    /// What becomes of white space in a string before it is checked. In other values it is always collapsed.
    pub white_space: WhiteSpace,
}

/// What becomes of white space before a value is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum WhiteSpace {
    /// It stays.
    #[default]
    Preserve,
    /// Each tab and line end becomes a blank.
    Replace,
    /// And runs of blanks become one, none at the ends.
    Collapse,
}

/// A term and how often it may occur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particle {
    /// What may occur.
    pub term: Term,
    /// At least so often.
    pub min: u32,
    /// At most so often; `None` is unbounded.
    pub max: Option<u32>,
}

/// What a particle holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// An element with its name and the name of its type.
    Element {
        /// The local name, such as `IntrBkSttlmAmt`.
        name: String,
        /// The name of its type.
        type_name: String,
    },
    /// All, in order.
    Sequence(Vec<Particle>),
    /// One of them.
    Choice(Vec<Particle>),
    /// Any element.
    Any {
        /// Its namespace; `None` is any. More than one: with a blank between, sorted. `##local` is none at all, and
        /// `##other` before a namespace any but that.
        namespace: Option<String>,
        /// How it is checked.
        process: Process,
    },
}

/// How the content of a wildcard is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// Where a declaration is known, by it.
    Lax,
    /// Well-formed only.
    Skip,
    /// By its declaration, which must be known.
    Strict,
}
