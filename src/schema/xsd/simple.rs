//! Simple types: a restriction of a built-in type, in one step or several. Must not know where they are used.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::tree::{Node, Tree};
use super::{Place, Reference, XsdError, empty, only, only_child, reference, refused, required};
use crate::schema::facet::{Check, compare, white_space};
use crate::schema::model::{Base, Facets, Simple, Type, WhiteSpace};
use crate::schema::{built_in, pattern};

/// The names of the built-in types begin so in a [`crate::schema::model::Schema`]; no declared type can.
pub(super) const BUILT_IN: &str = "xs:";

/// One step of derivation.
#[derive(Clone)]
pub(super) struct RawSimple {
    /// The type that is restricted.
    pub(super) base: Reference,
    facets: Facets,
    /// Each facet with its line, for the check against the type that is restricted.
    stated: Vec<(String, u32)>,
}

/// Reads one simple type.
pub(super) fn read(tree: &Tree, node: &Node) -> Result<RawSimple, XsdError> {
    let restriction = only_child(tree, node)?;
    if restriction.name != "restriction" {
        return Err(refused(tree, restriction));
    }
    only(tree, restriction, &["base", "id"])?;
    facets(tree, restriction, restriction.children.iter())
}

/// Reads a restriction by facets.
pub(super) fn facets<'n>(
    tree: &Tree,
    restriction: &Node,
    all: impl Iterator<Item = &'n Node>,
) -> Result<RawSimple, XsdError> {
    let base = reference(tree, restriction, "base")?;
    let (mut facets, mut stated) = (Facets::default(), Vec::new());
    for facet in all {
        only(tree, facet, &["value", "fixed", "id"])?;
        empty(tree, facet)?;
        add(tree, facet, &mut facets)?;
        stated.push((facet.name.clone(), facet.line));
    }
    Ok(RawSimple { base, facets, stated })
}

impl RawSimple {
    /// The same step from another type.
    pub(super) fn of(&self, base: Reference) -> Self {
        Self { base, ..self.clone() }
    }
}

/// The restriction of a type to one value.
pub(super) fn fixed(base: &Reference, value: &str) -> RawSimple {
    let facets = Facets { enumeration: vec![value.to_owned()], ..Facets::default() };
    RawSimple { base: base.clone(), facets, stated: vec![("enumeration".to_owned(), base.place.line)] }
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
            pattern::check(value).map_err(|error| tree.error(node.line, error.to_string()))?;
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
        "minExclusive" => facets.min_exclusive.replace(decimal(tree, node, value)?).is_none(),
        "maxExclusive" => facets.max_exclusive.replace(decimal(tree, node, value)?).is_none(),
        "whiteSpace" => {
            facets.white_space = match value {
                "preserve" => WhiteSpace::Preserve,
                "replace" => WhiteSpace::Replace,
                "collapse" => WhiteSpace::Collapse,
                _ => return Err(tree.error(node.line, format!("{value:?} of <whiteSpace> is not known"))),
            };
            true
        }
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
        if let Some((facet, line)) = step.stated.iter().find(|(facet, _)| !applies(facet, simple.base)) {
            return Err(step.at(*line).error(format!("<{facet}> of {:?} is not accepted", simple.base)));
        }
        narrow(&mut simple, step)?;
    }
    Ok(simple)
}

/// Which facets are taken of which built-in type.
fn applies(facet: &str, base: Base) -> bool {
    match facet {
        "pattern" | "whiteSpace" => true,
        "enumeration" => base == Base::String,
        "length" | "minLength" | "maxLength" => matches!(base, Base::String | Base::Base64Binary),
        _ => base == Base::Decimal,
    }
}

impl RawSimple {
    fn at(&self, line: u32) -> Place {
        Place { line, ..self.base.place.clone() }
    }

    /// Where a facet stands: the first of the given names.
    fn place_of(&self, names: &[&str]) -> Place {
        let stated = self.stated.iter().find(|(facet, _)| names.contains(&facet.as_str()));
        stated.map_or_else(|| self.base.place.clone(), |(_, line)| self.at(*line))
    }
}

/// Adds a step, which only narrows: what widens the type again is a mistake in the schema.
fn narrow(simple: &mut Simple, step: &RawSimple) -> Result<(), XsdError> {
    narrow_white_space(simple, step)?;
    narrow_enumeration(simple, step)?;
    let (facets, stated) = (&mut simple.facets, &step.facets);
    let numbers = [
        (&["minLength", "length"][..], &mut facets.min_length, stated.min_length, true),
        (&["maxLength", "length"], &mut facets.max_length, stated.max_length, false),
        (&["totalDigits"], &mut facets.total_digits, stated.total_digits, false),
        (&["fractionDigits"], &mut facets.fraction_digits, stated.fraction_digits, false),
    ];
    for (names, current, stated, is_least) in numbers {
        let Some(stated) = stated else { continue };
        if let Some(current) = current.filter(|current| if is_least { stated < *current } else { stated > *current }) {
            let text = format!("<{}> {stated} is wider than the {current} of the type that is restricted", names[0]);
            return Err(step.place_of(names).error(text));
        }
        *current = Some(stated);
    }
    if facets.min_length.zip(facets.max_length).is_some_and(|(min, max)| min > max) {
        return Err(step.place_of(&["minLength", "maxLength", "length"]).error("no value has such a length"));
    }
    facets.patterns.extend(stated.patterns.iter().cloned());
    narrow_bounds(facets, step)
}

fn narrow_white_space(simple: &mut Simple, step: &RawSimple) -> Result<(), XsdError> {
    if !step.stated.iter().any(|(facet, _)| facet == "whiteSpace") {
        return Ok(());
    }
    let current = if simple.base == Base::String { simple.facets.white_space } else { WhiteSpace::Collapse };
    if step.facets.white_space < current {
        let text = "<whiteSpace> is wider than that of the type that is restricted";
        return Err(step.place_of(&["whiteSpace"]).error(text));
    }
    if simple.base == Base::String {
        simple.facets.white_space = step.facets.white_space;
    }
    Ok(())
}

/// Values that are listed must be values of the type that is restricted.
fn narrow_enumeration(simple: &mut Simple, step: &RawSimple) -> Result<(), XsdError> {
    if step.facets.enumeration.is_empty() {
        return Ok(());
    }
    let space = simple.facets.white_space;
    let listed: Vec<String> =
        step.facets.enumeration.iter().map(|value| white_space(value, space).into_owned()).collect();
    if simple.facets != (Facets { white_space: space, ..Facets::default() }) {
        let check = Check::new(simple).map_err(|error| step.base.place.error(error.to_string()))?;
        let lines = step.stated.iter().filter(|(facet, _)| facet == "enumeration").map(|(_, line)| *line);
        for (value, line) in listed.iter().zip(lines) {
            if check.look(value).is_err() {
                let text = format!("{value:?} of <enumeration> is not a value of the type that is restricted");
                return Err(step.at(line).error(text));
            }
        }
    }
    simple.facets.enumeration = listed;
    Ok(())
}

fn narrow_bounds(facets: &mut Facets, step: &RawSimple) -> Result<(), XsdError> {
    const LEAST: &[&str] = &["minInclusive", "minExclusive"];
    const MOST: &[&str] = &["maxInclusive", "maxExclusive"];
    let Facets { min_inclusive, min_exclusive, max_inclusive, max_exclusive, .. } = &step.facets;
    let wider = |stated: &Option<String>, current: &Option<String>, than: Ordering, or_equal: bool| {
        let order = stated.as_deref().zip(current.as_deref()).and_then(|(stated, current)| compare(stated, current));
        order.is_some_and(|order| order == than || or_equal && order == Ordering::Equal)
    };
    let least = [
        wider(min_inclusive, &facets.min_inclusive, Ordering::Less, false),
        wider(min_inclusive, &facets.min_exclusive, Ordering::Less, true),
        wider(min_exclusive, &facets.min_inclusive, Ordering::Less, false),
        wider(min_exclusive, &facets.min_exclusive, Ordering::Less, false),
    ];
    let most = [
        wider(max_inclusive, &facets.max_inclusive, Ordering::Greater, false),
        wider(max_inclusive, &facets.max_exclusive, Ordering::Greater, true),
        wider(max_exclusive, &facets.max_inclusive, Ordering::Greater, false),
        wider(max_exclusive, &facets.max_exclusive, Ordering::Greater, false),
    ];
    for (found, names) in [(least, LEAST), (most, MOST)] {
        if found.contains(&true) {
            let text = "the bound is wider than that of the type that is restricted";
            return Err(step.place_of(names).error(text));
        }
    }
    for (names, both) in [(LEAST, (min_inclusive, min_exclusive)), (MOST, (max_inclusive, max_exclusive))] {
        if both.0.is_some() && both.1.is_some() {
            return Err(step.place_of(names).error(format!("<{}> and <{}> exclude each other", names[0], names[1])));
        }
    }
    let bounds = [
        (&mut facets.min_inclusive, min_inclusive),
        (&mut facets.min_exclusive, min_exclusive),
        (&mut facets.max_inclusive, max_inclusive),
        (&mut facets.max_exclusive, max_exclusive),
    ];
    for (bound, stated) in bounds {
        if stated.is_some() {
            bound.clone_from(stated);
        }
    }
    Ok(())
}

/// The built-in type that a reference names, if it names one.
pub(super) fn built_in(reference: &Reference) -> Result<Option<(String, Simple)>, XsdError> {
    let Some(name) = reference.name.strip_prefix(BUILT_IN) else {
        return Ok(None);
    };
    match built_in::simple(name) {
        Some(simple) => Ok(Some((reference.name.clone(), simple))),
        None => Err(reference.place.error(format!("the built-in type {name} is not accepted"))),
    }
}
