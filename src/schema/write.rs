//! Schemas and types as XML Schema text, each in the one way that it is written in `schemas/`. Must not decide which type
//! goes where.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::model::{Facets, Particle, Process, Schema, Simple, Term, Type};
use super::normal::{built_in_name, normalise};
use super::shared::END;

/// A schema that needs no other file.
pub fn self_contained(schema: &Schema) -> String {
    // A type with a prefix is built in.
    file(schema, None, schema.types.keys().map(String::as_str).filter(|name| !name.contains(':')))
}

/// A schema with these of its types, and the file that holds the others.
pub(super) fn file<'s>(schema: &Schema, included: Option<&str>, types: impl Iterator<Item = &'s str>) -> String {
    let namespace = &schema.namespace;
    let include = included.map(|file| format!("<xs:include schemaLocation=\"{file}\"/>\n")).unwrap_or_default();
    let root = |(name, kind): &(String, String)| format!("<xs:element name=\"{name}\" type=\"{kind}\"/>\n");
    let roots: String = schema.elements.iter().map(root).collect();
    let types: String = types.map(|name| named_type(name, &schema.types[name])).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"{namespace}\"\n \
         targetNamespace=\"{namespace}\" elementFormDefault=\"qualified\">\n\
         {include}{roots}{types}{END}"
    )
}

/// A named type, in normal form, with its line end.
pub(super) fn named_type(name: &str, content: &Type) -> String {
    let mut text = String::new();
    let kind = if matches!(content, Type::Simple(_)) { "simpleType" } else { "complexType" };
    line(&mut text, 0, format_args!("<xs:{kind} name=\"{name}\">"));
    match normalise(content) {
        Type::Simple(restriction) => simple(&mut text, &restriction),
        Type::Complex(content) => particle(&mut text, &content, 1),
        Type::SimpleContent { base, attributes } => {
            line(&mut text, 1, format_args!("<xs:simpleContent>"));
            line(&mut text, 2, format_args!("<xs:extension base=\"{base}\">"));
            for attribute in attributes {
                let (name, type_name) = (&attribute.name, &attribute.type_name);
                let usage = if attribute.required { " use=\"required\"" } else { "" };
                line(&mut text, 3, format_args!("<xs:attribute name=\"{name}\" type=\"{type_name}\"{usage}/>"));
            }
            line(&mut text, 2, format_args!("</xs:extension>"));
            line(&mut text, 1, format_args!("</xs:simpleContent>"));
        }
    }
    line(&mut text, 0, format_args!("</xs:{kind}>"));
    text
}

fn simple(text: &mut String, Simple { base, facets }: &Simple) {
    let mut lines = Vec::new();
    facet_lines(facets, &mut lines);
    let base = built_in_name(*base);
    if lines.is_empty() {
        return line(text, 1, format_args!("<xs:restriction base=\"xs:{base}\"/>"));
    }
    line(text, 1, format_args!("<xs:restriction base=\"xs:{base}\">"));
    for (name, value) in lines {
        line(text, 2, format_args!("<xs:{name} value=\"{}\"/>", escape(&value)));
    }
    line(text, 1, format_args!("</xs:restriction>"));
}

/// The facets, always in this order.
fn facet_lines(facets: &Facets, lines: &mut Vec<(&'static str, String)>) {
    let numbers = [
        ("minLength", facets.min_length),
        ("maxLength", facets.max_length),
        ("totalDigits", facets.total_digits),
        ("fractionDigits", facets.fraction_digits),
    ];
    lines.extend(numbers.into_iter().filter_map(|(name, value)| Some((name, value?.to_string()))));
    let bounds = [("minInclusive", &facets.min_inclusive), ("maxInclusive", &facets.max_inclusive)];
    lines.extend(bounds.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
    lines.extend(facets.patterns.iter().map(|pattern| ("pattern", pattern.clone())));
    lines.extend(facets.enumeration.iter().map(|value| ("enumeration", value.clone())));
}

fn particle(text: &mut String, Particle { term, min, max }: &Particle, depth: usize) {
    let mut occurs = String::new();
    if *min != 1 {
        occurs.push_str(&format!(" minOccurs=\"{min}\""));
    }
    match max {
        Some(1) => {}
        Some(max) => occurs.push_str(&format!(" maxOccurs=\"{max}\"")),
        None => occurs.push_str(" maxOccurs=\"unbounded\""),
    }
    let (kind, items) = match term {
        Term::Element { name, type_name } => {
            return line(text, depth, format_args!("<xs:element name=\"{name}\" type=\"{type_name}\"{occurs}/>"));
        }
        Term::Any { namespace, process } => {
            let namespace = namespace.as_ref().map(|one| format!(" namespace=\"{}\"", escape(one.as_str())));
            let process = match process {
                Process::Lax => " processContents=\"lax\"",
                Process::Skip => " processContents=\"skip\"",
                Process::Strict => "",
            };
            let namespace = namespace.unwrap_or_default();
            return line(text, depth, format_args!("<xs:any{namespace}{process}{occurs}/>"));
        }
        Term::Sequence(items) => ("sequence", items),
        Term::Choice(branches) => ("choice", branches),
    };
    line(text, depth, format_args!("<xs:{kind}{occurs}>"));
    items.iter().for_each(|item| particle(text, item, depth + 1));
    line(text, depth, format_args!("</xs:{kind}>"));
}

fn line(text: &mut String, depth: usize, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:depth$}{content}", "");
}
