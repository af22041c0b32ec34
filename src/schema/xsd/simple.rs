//! Simple types: a restriction of a built-in type, in one step or several. Must not know where they are used.

use std::collections::BTreeMap;

use super::content::Reference;
use super::tree::{Node, Tree};
use super::{XsdError, empty, only, only_child, reference, refused, required};
use crate::schema::model::{Base, Facets, Simple, Type};

/// The names of the built-in types begin so in a [`crate::schema::model::Schema`]; no declared type can.
pub(super) const BUILT_IN: &str = "xs:";

/// One step of derivation.
pub(super) struct RawSimple {
    base: Reference,
    facets: Facets,
    /// Each facet with its line, for the check against the built-in type.
    stated: Vec<(String, u32)>,
}

/// Reads one simple type.
pub(super) fn read(tree: &Tree, node: &Node, namespace: &str) -> Result<RawSimple, XsdError> {
    let restriction = only_child(tree, node)?;
    if restriction.name != "restriction" {
        return Err(refused(tree, restriction));
    }
    only(tree, restriction, &["base", "id"])?;
    let base = reference(tree, restriction, "base", namespace)?;
    let mut facets = Facets::default();
    for facet in &restriction.children {
        only(tree, facet, &["value", "id"])?;
        empty(tree, facet)?;
        add(tree, facet, &mut facets)?;
    }
    let stated = restriction.children.iter().map(|facet| (facet.name.clone(), facet.line)).collect();
    Ok(RawSimple { base, facets, stated })
}

/// Adds one facet. Patterns of one step are alternatives; of several steps, all must match.
fn add(tree: &Tree, node: &Node, facets: &mut Facets) -> Result<(), XsdError> {
    let value = required(tree, node, "value")?;
    let number = || {
        let number = value.trim().parse::<u32>();
        number.map_err(|_| tree.error(node.line, format!("{value:?} of <{}> is not a number", node.name)))
    };
    let is_new = match node.name.as_str() {
        "enumeration" => {
            facets.enumeration.push(value.to_owned());
            true
        }
        "pattern" => {
            match facets.patterns.first_mut() {
                Some(pattern) => {
                    pattern.push('|');
                    pattern.push_str(value);
                }
                None => facets.patterns.push(value.to_owned()),
            }
            true
        }
        "minLength" => facets.min_length.replace(number()?).is_none(),
        "maxLength" => facets.max_length.replace(number()?).is_none(),
        "length" => {
            let is_new = facets.min_length.is_none() && facets.max_length.is_none();
            facets.min_length = Some(number()?);
            facets.max_length = facets.min_length;
            is_new
        }
        "totalDigits" => facets.total_digits.replace(number()?).is_none(),
        "fractionDigits" => facets.fraction_digits.replace(number()?).is_none(),
        "minInclusive" => facets.min_inclusive.replace(decimal(tree, node, value)?).is_none(),
        "maxInclusive" => facets.max_inclusive.replace(decimal(tree, node, value)?).is_none(),
        _ => return Err(refused(tree, node)),
    };
    if is_new { Ok(()) } else { Err(tree.error(node.line, format!("<{}> stands twice", node.name))) }
}

/// A bound, which must be a decimal number.
fn decimal(tree: &Tree, node: &Node, value: &str) -> Result<String, XsdError> {
    let value = value.trim();
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !all_digits || (whole.is_empty() && fraction.is_empty()) {
        return Err(tree.error(node.line, format!("{value:?} of <{}> is not a decimal number", node.name)));
    }
    Ok(value.to_owned())
}

/// Resolves each type to its built-in base, with the facets of all steps.
pub(super) fn resolve(raw: &BTreeMap<String, RawSimple>) -> Result<BTreeMap<String, Type>, XsdError> {
    raw.keys().map(|name| Ok((name.clone(), Type::Simple(flatten(name, raw)?)))).collect()
}

fn flatten(name: &str, raw: &BTreeMap<String, RawSimple>) -> Result<Simple, XsdError> {
    let mut steps = Vec::new();
    let mut next = raw.get(name);
    while let Some(step) = next {
        steps.push(step);
        if steps.len() > raw.len() {
            return Err(step.base.place.error(format!("type {name} is derived from itself")));
        }
        match built_in(&step.base)? {
            Some((_, simple)) => return gather(simple, &steps),
            None => next = raw.get(&step.base.name),
        }
        if next.is_none() {
            return Err(step.base.place.error(format!("simple type {} is not declared", step.base.name)));
        }
    }
    Ok(Simple { base: Base::String, facets: Facets::default() })
}

/// Puts the steps together, from the built-in type down.
fn gather(built_in: Simple, steps: &[&RawSimple]) -> Result<Simple, XsdError> {
    let mut simple = built_in;
    for step in steps.iter().rev() {
        for (facet, line) in &step.stated {
            if !applies(facet, simple.base) {
                let place = super::Place { line: *line, ..step.base.place.clone() };
                return Err(place.error(format!("<{facet}> of {:?} is not accepted", simple.base)));
            }
        }
        narrow(&mut simple.facets, &step.facets);
    }
    Ok(simple)
}

/// Which facets are taken of which built-in type.
fn applies(facet: &str, base: Base) -> bool {
    match facet {
        "pattern" => true,
        "enumeration" => base == Base::String,
        "length" | "minLength" | "maxLength" => matches!(base, Base::String | Base::Base64Binary),
        _ => base == Base::Decimal,
    }
}

/// A derived type only narrows: what it states replaces, patterns are gathered.
fn narrow(facets: &mut Facets, step: &Facets) {
    let Facets { min_length, max_length, patterns, enumeration, .. } = step;
    facets.min_length = facets.min_length.max(*min_length);
    facets.max_length = least(facets.max_length, *max_length);
    facets.total_digits = least(facets.total_digits, step.total_digits);
    facets.fraction_digits = least(facets.fraction_digits, step.fraction_digits);
    facets.patterns.extend(patterns.iter().cloned());
    if !enumeration.is_empty() {
        facets.enumeration.clone_from(enumeration);
    }
    for (bound, stated) in
        [(&mut facets.min_inclusive, &step.min_inclusive), (&mut facets.max_inclusive, &step.max_inclusive)]
    {
        if stated.is_some() {
            bound.clone_from(stated);
        }
    }
}

fn least(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    a.into_iter().chain(b).min()
}

/// The built-in type that a reference names, if it names one.
pub(super) fn built_in(reference: &Reference) -> Result<Option<(String, Simple)>, XsdError> {
    let Some(name) = reference.name.strip_prefix(BUILT_IN) else {
        return Ok(None);
    };
    let base = match name {
        "string" => Base::String,
        "decimal" => Base::Decimal,
        "boolean" => Base::Boolean,
        "date" => Base::Date,
        "dateTime" => Base::DateTime,
        "time" => Base::Time,
        "gYear" => Base::GYear,
        "gYearMonth" => Base::GYearMonth,
        "base64Binary" => Base::Base64Binary,
        _ => return Err(reference.place.error(format!("the built-in type {name} is not accepted"))),
    };
    Ok(Some((reference.name.clone(), Simple { base, facets: Facets::default() })))
}
