//! The words of the walk's faults: what was found, what was expected, in one sentence for a person.

use super::super::automaton::{Automaton, Edge, EdgeKind, ROOT};
use super::super::facet::Broken;
use crate::finding::{Rule, masked};
use crate::xml::Fault;

/// How many names a list of expected elements shows.
const SHOWN: usize = 8;
/// How many characters of a value are shown.
const VALUE_SHOWN: usize = 60;

/// Bytes for a person: at most [`VALUE_SHOWN`] characters of them.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.chars().count() > VALUE_SHOWN {
        true => text.chars().take(VALUE_SHOWN).chain(['…']).collect(),
        false => text.into_owned(),
    }
}

fn name<'a>(automaton: &'a Automaton, edge: &Edge) -> &'a str {
    &automaton.labels[edge.label as usize].name
}

/// The elements that may follow a state.
fn expected(automaton: &Automaton, state: u32) -> String {
    let state = &automaton.states[state as usize];
    let (first, count) = (state.first as usize, state.count as usize);
    let names: Vec<&str> = automaton.edges[first..first + count]
        .iter()
        .map(|edge| match edge.kind {
            EdgeKind::Any(_) => "any element",
            _ => name(automaton, edge),
        })
        .collect();
    let mut text = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" or {} more", names.len() - SHOWN));
    }
    match (names.is_empty(), state.accepting) {
        (true, _) => "the end of the element".to_owned(),
        (false, true) => format!("{text}, or the end of the element"),
        (false, false) => text,
    }
}

/// The elements that must come before anything else can: what is missing.
fn required(automaton: &Automaton, state: u32) -> String {
    let state = &automaton.states[state as usize];
    let (first, count) = (state.first as usize, state.count as usize);
    // In a run of optional elements the last one that may follow is the first that must.
    match automaton.edges[first..first + count].last() {
        Some(edge) if count > 0 => name(automaton, edge).to_owned(),
        _ => String::new(),
    }
}

/// An element stands where it may not.
#[cold]
pub(super) fn unexpected(
    automaton: &Automaton,
    state: u32,
    parent: Option<u32>,
    uri: &str,
    local: &str,
    at: usize,
) -> Fault {
    let wanted = expected(automaton, state);
    let parent = parent.and_then(|e| automaton.edges.get(e as usize)).map_or("the document", |e| name(automaton, e));
    if uri != automaton.namespace && state != ROOT {
        let text = format!("{local} belongs to another namespace and may not stand in {parent}.");
        return Fault::new(Rule::XsdUnexpectedElement, at, text)
            .found(format!("{local} in {}", if uri.is_empty() { "no namespace" } else { uri }))
            .expected(wanted);
    }
    let position = &automaton.states[state as usize];
    let model = position.model as usize..(position.model + position.model_count) as usize;
    let known = automaton.edges[model.clone()].iter().position(|edge| name(automaton, edge) == local);
    let here = automaton.edges[model].iter().position(|edge| edge.target == state);
    let (rule, text) = match (known, here) {
        (Some(known), Some(here)) if known == here => {
            (Rule::XsdTooMany, format!("{local} may occur only once in {parent}."))
        }
        (Some(known), Some(here)) if known < here => (
            Rule::XsdUnexpectedElement,
            format!("{local} stands too late in {parent}, or where its alternative was given."),
        ),
        (Some(_), _) if !position.accepting => {
            let missing = required(automaton, state);
            (Rule::XsdMissingElement, format!("{missing} is missing before {local} in {parent}."))
        }
        (Some(_), _) => (Rule::XsdUnexpectedElement, format!("{local} may not stand here in {parent}.")),
        (None, _) => (Rule::XsdUnexpectedElement, format!("{parent} has no element {local}.")),
    };
    Fault::new(rule, at, text).found(local).expected(wanted)
}

/// An element ends before it is complete.
#[cold]
pub(super) fn ends_too_early(automaton: &Automaton, state: u32, edge: u32, at: usize) -> Fault {
    let parent = automaton.edges.get(edge as usize).map_or("the element", |e| name(automaton, e));
    let text = format!("{parent} is not complete.");
    Fault::new(Rule::XsdMissingElement, at, text)
        .found(format!("the end of {parent}"))
        .expected(expected(automaton, state))
}

/// An element occurs too often.
#[cold]
pub(super) fn too_many(automaton: &Automaton, edge: &Edge, at: usize) -> Fault {
    let name = if let EdgeKind::Any(_) = edge.kind { "An element of this kind" } else { name(automaton, edge) };
    Fault::new(Rule::XsdTooMany, at, format!("{name} may occur at most {} times.", edge.max))
        .found(name)
        .expected(format!("at most {} of them", edge.max))
}

/// Text stands between elements.
#[cold]
pub(super) fn stray_text(automaton: &Automaton, state: u32, at: usize) -> Fault {
    Fault::new(Rule::XsdText, at, "Text may not stand here, only elements.")
        .found("text")
        .expected(expected(automaton, state))
}

/// A value is not of its type.
#[cold]
pub(super) fn value(automaton: &Automaton, edge: &Edge, value: &str, broken: Broken, at: usize) -> Fault {
    let name = name(automaton, edge);
    let text = match broken.rule {
        Rule::XsdLength if value.is_empty() => format!("{name} is empty."),
        Rule::XsdLength => format!("{name} has the wrong length."),
        Rule::XsdPattern => format!("{name} does not have the required form."),
        Rule::XsdEnumeration => format!("{name} is not one of the allowed codes."),
        Rule::XsdDigits => format!("{name} has too many digits."),
        Rule::XsdRange => format!("{name} is out of range."),
        _ => format!("{name} is not a value of its type."),
    };
    let found = match (value.is_empty(), edge.personal) {
        (true, _) => "nothing".to_owned(),
        (false, true) => masked(value),
        (false, false) => shown(value.as_bytes()),
    };
    Fault::new(broken.rule, at, text).found(found).expected(broken.expected)
}
