//! Types as XML Schema text, each in the one way that it is written in `schemas/`. Must not decide which type goes where.

use std::fmt::Write;

use quick_xml::escape::escape;

use crate::schema::model::{Facets, Particle, Process, Simple, Term, Type};
use crate::schema::normal::{built_in_name, normalise};

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
