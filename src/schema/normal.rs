//! The normal form of a schema, and its hash. Two schemas with the same hash accept the same documents, whatever their
//! types are called and however they are spread over files. Must not know where a schema came from.
//!
//! The normal form is that of the content of the root elements with every type put in place of its name, where
//!
//! - a sequence whose only child is a choice is that choice;
//! - enumerations, attributes and patterns are sorted, and patterns are written in one way;
//! - bounds are written in one way, and facets that say nothing (a least length of 0, a length that the pattern holds
//!   anyway) are left out.

mod pattern;

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use super::model::{Base, Facets, Particle, Process, Schema, Simple, Term, Type, WhiteSpace};

/// The hash of a normal form: SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of the normal form of a schema; `None` when a type is missing or contains itself, which no schema that was
/// read does.
pub fn hash(schema: &Schema) -> Option<Hash> {
    let mut hasher = Hasher { schema, done: BTreeMap::new() };
    let mut form = Form::default();
    form.text("namespace", &schema.namespace);
    let mut elements: Vec<_> = schema.elements.iter().collect();
    elements.sort();
    for (name, type_name) in elements {
        form.text("root", name);
        form.hash(hasher.named(type_name)?);
    }
    Some(form.finish())
}

/// A type in normal form; the names of its types stay.
pub fn normalise(content: &Type) -> Type {
    match content {
        Type::Simple(simple) => Type::Simple(Simple { base: simple.base, facets: facets(simple) }),
        Type::Complex(content) => Type::Complex(particle(content)),
        Type::SimpleContent { base, attributes } => {
            let mut attributes = attributes.clone();
            attributes.sort_by(|a, b| a.name.cmp(&b.name));
            Type::SimpleContent { base: base.clone(), attributes }
        }
    }
}

fn particle(written: &Particle) -> Particle {
    let all = |items: &[Particle]| items.iter().map(particle).collect();
    let term = match &written.term {
        Term::Sequence(items) => match items.as_slice() {
            [only @ Particle { term: Term::Choice(_), min: 1, max: Some(1) }] => particle(only).term,
            _ => Term::Sequence(all(items)),
        },
        Term::Choice(branches) => Term::Choice(all(branches)),
        leaf => leaf.clone(),
    };
    Particle { term, ..*written }
}

fn facets(simple: &Simple) -> Facets {
    let patterns: Vec<_> = simple.facets.patterns.iter().map(|written| pattern::normalise(written)).collect();
    let mut facets = simple.facets.clone();
    facets.min_length = facets.min_length.filter(|min| *min > 0);
    if simple.base == Base::String {
        // A length that every match of a pattern has anyway says nothing.
        let least = patterns.iter().map(|pattern| pattern.lengths.0).max().unwrap_or(0);
        let most = patterns.iter().filter_map(|pattern| pattern.lengths.1).min();
        facets.min_length = facets.min_length.filter(|min| u64::from(*min) > least);
        facets.max_length = facets.max_length.filter(|max| most.is_none_or(|most| u64::from(*max) < most));
    }
    facets.patterns = patterns.into_iter().map(|pattern| pattern.text).collect();
    facets.patterns.sort();
    facets.patterns.dedup();
    facets.enumeration.sort();
    facets.enumeration.dedup();
    facets.min_inclusive = facets.min_inclusive.as_deref().map(decimal);
    facets.max_inclusive = facets.max_inclusive.as_deref().map(decimal);
    facets.min_exclusive = facets.min_exclusive.as_deref().map(decimal);
    facets.max_exclusive = facets.max_exclusive.as_deref().map(decimal);
    facets
}

/// A decimal number without what can be left out of it.
fn decimal(written: &str) -> String {
    let (sign, digits) = match written.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", written.strip_prefix('+').unwrap_or(written)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    match (whole.trim_start_matches('0'), fraction.trim_end_matches('0')) {
        ("", "") => "0".to_owned(),
        ("", fraction) => format!("{sign}0.{fraction}"),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

/// Hashes types by name, each once.
struct Hasher<'s> {
    schema: &'s Schema,
    /// `None` while a type is being hashed.
    done: BTreeMap<String, Option<Hash>>,
}

impl Hasher<'_> {
    fn named(&mut self, name: &str) -> Option<Hash> {
        if let Some(done) = self.done.get(name) {
            return *done;
        }
        self.done.insert(name.to_owned(), None);
        let mut form = Form::default();
        match normalise(self.schema.types.get(name)?) {
            Type::Simple(simple) => form.simple(&simple),
            Type::Complex(content) => self.particle(&content, &mut form)?,
            Type::SimpleContent { base, attributes } => {
                form.word("value");
                form.hash(self.named(&base)?);
                for attribute in attributes {
                    form.text(if attribute.required { "required" } else { "optional" }, &attribute.name);
                    form.hash(self.named(&attribute.type_name)?);
                }
            }
        }
        let hash = form.finish();
        self.done.insert(name.to_owned(), Some(hash));
        Some(hash)
    }

    fn particle(&mut self, particle: &Particle, form: &mut Form) -> Option<()> {
        match &particle.term {
            Term::Sequence(items) => self.group("sequence", items, form)?,
            Term::Choice(branches) => self.group("choice", branches, form)?,
            Term::Element { name, type_name } => {
                form.text("element", name);
                form.hash(self.named(type_name)?);
            }
            Term::Any { namespace, process } => {
                form.word(match process {
                    Process::Lax => "any lax",
                    Process::Skip => "any skip",
                    Process::Strict => "any strict",
                });
                form.text("of", namespace.as_deref().unwrap_or("##any"));
            }
        }
        form.number("min", Some(particle.min));
        form.number("max", particle.max);
        Some(())
    }

    fn group(&mut self, kind: &str, items: &[Particle], form: &mut Form) -> Option<()> {
        form.word(kind);
        items.iter().try_for_each(|item| self.particle(item, form))?;
        form.word("end");
        Some(())
    }
}

/// The text that is hashed. Each value stands with its length, so that no two contents share a text.
#[derive(Default)]
struct Form(Sha256);

impl Form {
    fn word(&mut self, word: &str) {
        self.0.update(word.as_bytes());
        self.0.update(b"\n");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.word(&format!("{key} {} {value}", value.len()));
    }

    fn number(&mut self, key: &str, value: Option<u32>) {
        match value {
            Some(value) => self.word(&format!("{key} {value}")),
            None => self.word(&format!("{key} none")),
        }
    }

    fn hash(&mut self, hash: Hash) {
        self.word(&hash.to_string());
    }

    fn simple(&mut self, Simple { base, facets }: &Simple) {
        self.text("simple", built_in_name(*base));
        self.number("minLength", facets.min_length);
        self.number("maxLength", facets.max_length);
        self.number("totalDigits", facets.total_digits);
        self.number("fractionDigits", facets.fraction_digits);
        self.text("minInclusive", facets.min_inclusive.as_deref().unwrap_or_default());
        self.text("maxInclusive", facets.max_inclusive.as_deref().unwrap_or_default());
        // What the official files never state is left out of their form.
        if let Some(bound) = &facets.min_exclusive {
            self.text("minExclusive", bound);
        }
        if let Some(bound) = &facets.max_exclusive {
            self.text("maxExclusive", bound);
        }
        match facets.white_space {
            WhiteSpace::Preserve => {}
            WhiteSpace::Replace => self.text("whiteSpace", "replace"),
            WhiteSpace::Collapse => self.text("whiteSpace", "collapse"),
        }
        facets.patterns.iter().for_each(|pattern| self.text("pattern", pattern));
        facets.enumeration.iter().for_each(|value| self.text("enumeration", value));
    }

    fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

/// The name of a built-in type in XML Schema.
pub(super) fn built_in_name(base: Base) -> &'static str {
    match base {
        Base::String => "string",
        Base::Decimal => "decimal",
        Base::Boolean => "boolean",
        Base::Date => "date",
        Base::DateTime => "dateTime",
        Base::Time => "time",
        Base::GYear => "gYear",
        Base::GYearMonth => "gYearMonth",
        Base::Base64Binary => "base64Binary",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::xsd;

    fn hash_of(types: &str) -> Hash {
        let text = format!(
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' elementFormDefault='qualified'>\
             <xs:element name='R' type='T'/>{types}</xs:schema>"
        );
        hash(&xsd::read_single("t.xsd", &text).unwrap()).unwrap()
    }

    fn simple(base: &str, facets: &str) -> String {
        format!("<xs:simpleType name='T'><xs:restriction base='xs:{base}'>{facets}</xs:restriction></xs:simpleType>")
    }

    fn facet(name: &str, value: &str) -> String {
        format!("<xs:{name} value='{value}'/>")
    }

    const BRANCHES: &str = "<xs:element name='a' type='xs:date'/><xs:element name='b' type='xs:date'/>";

    #[test]
    fn one_hash_for_what_means_the_same() {
        let choice = |content: &str| format!("<xs:complexType name='T'>{content}</xs:complexType>");
        let value = |first: &str, second: &str| {
            format!(
                "<xs:complexType name='T'><xs:simpleContent><xs:extension base='{first}'>{second}</xs:extension>\
                 </xs:simpleContent></xs:complexType><xs:simpleType name='Own'><xs:restriction base='xs:date'/></xs:simpleType>"
            )
        };
        let attribute = |name: &str, more: &str| format!("<xs:attribute name='{name}' type='Own'{more}/>");
        // Two sets of types, and whether they are the same.
        let rows = [
            (simple("string", ""), simple("string", &facet("minLength", "0")), true),
            (simple("string", ""), simple("string", &facet("minLength", "1")), false),
            (simple("string", ""), simple("decimal", ""), false),
            (simple("string", ""), simple("string", &facet("maxLength", "9")), false),
            (
                simple("string", &(facet("enumeration", "A") + &facet("enumeration", "B"))),
                simple("string", &(facet("enumeration", "B") + &facet("enumeration", "A"))),
                true,
            ),
            (simple("string", &facet("enumeration", "A")), simple("string", &facet("enumeration", "B")), false),
            (simple("string", &facet("pattern", "[A-Z]{2,2}")), simple("string", &facet("pattern", "[A-Z]{2}")), true),
            (
                simple("string", &facet("pattern", "[A-Z]{2}")),
                simple("string", &(facet("pattern", "[A-Z]{2}") + &facet("length", "2"))),
                true,
            ),
            (
                simple("string", &facet("pattern", "[A-Z]{1,4}")),
                simple("string", &(facet("pattern", "[A-Z]{1,4}") + &facet("maxLength", "3"))),
                false,
            ),
            (simple("decimal", &facet("minInclusive", "0")), simple("decimal", &facet("minInclusive", "-00.0")), true),
            (simple("decimal", &facet("minInclusive", "10")), simple("decimal", &facet("minInclusive", "1.0")), false),
            (simple("decimal", &facet("minInclusive", "1")), simple("decimal", &facet("maxInclusive", "1")), false),
            (simple("decimal", &facet("totalDigits", "5")), simple("decimal", &facet("fractionDigits", "5")), false),
            (
                choice(&format!("<xs:choice>{BRANCHES}</xs:choice>")),
                choice(&format!("<xs:sequence><xs:choice>{BRANCHES}</xs:choice></xs:sequence>")),
                true,
            ),
            (
                choice(&format!("<xs:choice>{BRANCHES}</xs:choice>")),
                choice(&format!("<xs:sequence>{BRANCHES}</xs:sequence>")),
                false,
            ),
            (
                choice("<xs:sequence><xs:any processContents='lax'/></xs:sequence>"),
                choice("<xs:sequence><xs:any namespace='##any' processContents='lax'/></xs:sequence>"),
                true,
            ),
            (
                choice("<xs:sequence><xs:any processContents='lax'/></xs:sequence>"),
                choice("<xs:sequence><xs:any processContents='skip'/></xs:sequence>"),
                false,
            ),
            (
                choice("<xs:sequence><xs:element name='a' type='xs:date' minOccurs='0'/></xs:sequence>"),
                choice("<xs:sequence><xs:element name='a' type='xs:date'/></xs:sequence>"),
                false,
            ),
            // The names of types do not matter, what they say does.
            (value("Own", &attribute("x", "")), value("xs:date", &attribute("x", " use='optional'")), true),
            (value("Own", &attribute("x", "")), value("Own", &attribute("x", " use='required'")), false),
            (
                value("Own", &(attribute("x", "") + &attribute("y", ""))),
                value("Own", &(attribute("y", "") + &attribute("x", ""))),
                true,
            ),
        ];
        for (a, b, same) in rows {
            assert_eq!(hash_of(&a) == hash_of(&b), same, "{a}\n{b}");
        }
    }
}
