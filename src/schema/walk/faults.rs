//! The words of the walk's faults: what was found, what was expected, in one sentence for a person.

use std::ops::Range;

use super::super::automaton::{AttributeEdge, Automaton, Edge, Label, ROOT};
use super::super::facet::Broken;
use super::frames::{Frames, SKIPPED};
use super::recover::Step;
use super::suggest;
use super::unhurried::OtherAttribute;
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

/// The name of an edge's element, for a sentence.
fn name(automaton: &Automaton, edge: u32) -> &str {
    match automaton.name(edge) {
        "" => "an element",
        name => name,
    }
}

/// The name of the innermost open element.
pub(super) fn parent<'a>(automaton: &'a Automaton, frames: &Frames) -> &'a str {
    frames.edges().next_back().filter(|edge| *edge < SKIPPED).map_or("the document", |edge| name(automaton, edge))
}

/// The elements that may follow a state.
fn expected(automaton: &Automaton, state: u32) -> String {
    let names: Vec<&str> = automaton
        .followers(state)
        .map(|edge| match automaton.name(edge) {
            "" => "any element",
            name => name,
        })
        .collect();
    let mut text = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" or {} more", names.len() - SHOWN));
    }
    match (names.is_empty(), automaton.states[state as usize].accepting) {
        (true, _) => "the end of the element".to_owned(),
        (false, true) => format!("{text}, or the end of the element"),
        (false, false) => text,
    }
}

/// A place among the children of an element.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) automaton: &'a Automaton,
    /// The edge of the parent.
    pub(super) parent: Option<u32>,
    pub(super) at: usize,
    pub(super) len: usize,
}

impl Here<'_> {
    fn parent(&self) -> &str {
        match self.parent.filter(|edge| *edge < SKIPPED) {
            Some(edge) => name(self.automaton, edge),
            None => "the document",
        }
    }

    fn fault(&self, rule: Rule, state: u32, found: &str, text: String) -> Fault {
        let expected = expected(self.automaton, state);
        Fault::new(rule, self.at, text).over(self.len).found(found).expected(expected)
    }

    /// What may stand instead of a missing element, or that element itself.
    fn needed(&self, state: u32, edge: u32) -> String {
        let automaton = self.automaton;
        let target = automaton.edges[edge as usize].target;
        // The branches of a choice do not lead to each other, and what follows them is the same.
        let stands_for = |other: &u32| {
            let other = automaton.edges[*other as usize].target;
            other == target
                || automaton.followers(other).eq(automaton.followers(target))
                    && !automaton.leads_to(other, target)
                    && !automaton.leads_to(target, other)
        };
        let names: Vec<&str> =
            automaton.followers(state).filter(stands_for).map(|edge| name(automaton, edge)).collect();
        match names.as_slice() {
            [first @ .., last] if !first.is_empty() && first.len() < SHOWN => format!("{} or {last}", first.join(", ")),
            [only] => (*only).to_owned(),
            _ => name(automaton, edge).to_owned(),
        }
    }

    /// An element is missing between a state and one that stands too far on.
    #[cold]
    pub(super) fn missing(&self, state: u32, edge: u32, found: &str) -> Fault {
        let text = format!("{} is missing before {found} in {}.", self.needed(state, edge), self.parent());
        self.fault(Rule::XsdMissingElement, state, found, text)
    }

    /// An element is missing at the end of its parent.
    #[cold]
    pub(super) fn missing_at_end(&self, state: u32, edge: u32) -> Fault {
        let parent = self.parent();
        let text = format!("{parent} is not complete: {} is missing.", self.needed(state, edge));
        self.fault(Rule::XsdMissingElement, state, &format!("the end of {parent}"), text)
    }

    /// An element with nothing in it.
    #[cold]
    pub(super) fn empty(&self, missing: &[Step]) -> Fault {
        let parent = self.parent();
        let names: Vec<String> = missing.iter().map(|(state, edge)| self.needed(*state, *edge)).collect();
        let text = format!("{parent} is empty: it must hold {}.", names.join(", "));
        self.fault(Rule::XsdMissingElement, missing[0].0, &format!("the end of {parent}"), text)
    }

    /// An element stands where another must, further up.
    #[cold]
    pub(super) fn late(&self, state: u32, edge: u32) -> Fault {
        let (automaton, parent) = (self.automaton, self.parent());
        let found = name(automaton, edge);
        let target = automaton.edges[edge as usize].target;
        let before = automaton.here(state);
        match before.map(|before| name(automaton, before)) {
            Some(before) if before == found => {
                let text = format!("{found} may occur only once in {parent}.");
                self.fault(Rule::XsdTooMany, state, found, text)
            }
            Some(before) if automaton.leads_to(target, state) => {
                let text = format!("{found} stands too late in {parent}: it must stand before {before}.");
                self.fault(Rule::XsdUnexpectedElement, state, found, text)
            }
            Some(before) => {
                let text = format!("{found} may not stand beside {before} in {parent}: only one of the two.");
                self.fault(Rule::XsdUnexpectedElement, state, found, text)
            }
            None => {
                let text = format!("{found} may not stand here in {parent}.");
                self.fault(Rule::XsdUnexpectedElement, state, found, text)
            }
        }
    }

    /// An element that is not known here, or not in this namespace.
    #[cold]
    pub(super) fn unknown(&self, state: u32, uri: &str, local: &str) -> Fault {
        let parent = self.parent();
        if uri == self.automaton.namespace {
            return self.fault(Rule::XsdUnexpectedElement, state, local, format!("{parent} has no element {local}."));
        }
        let text = format!("{local} belongs to another namespace and may not stand in {parent}.");
        let found = format!("{local} in {}", if uri.is_empty() { "no namespace" } else { uri });
        self.fault(Rule::XsdUnexpectedElement, state, &found, text)
    }

    /// An element whose name is that of another, but for a letter or two.
    #[cold]
    pub(super) fn misspelt(&self, state: u32, edge: u32, local: &str) -> Fault {
        let meant = format!("Did you mean {}?", name(self.automaton, edge));
        self.unknown(state, &self.automaton.namespace, local).suggest(Some(meant))
    }

    /// An element occurs too often.
    #[cold]
    pub(super) fn surplus(&self, state: u32, edge: u32) -> Fault {
        let max = self.automaton.edges[edge as usize].max;
        let name = match self.automaton.name(edge) {
            "" => "An element of this kind",
            name => name,
        };
        let text = format!("{name} may occur at most {max} times.");
        self.fault(Rule::XsdTooMany, state, name, text).expected(format!("at most {max} of them"))
    }

    /// A wildcard's element that the schema does not declare.
    #[cold]
    pub(super) fn undeclared(&self, local: &str) -> Fault {
        let text = "This element is not declared by the schema.";
        Fault::new(Rule::XsdWildcard, self.at, text).over(self.len).found(local)
    }

    /// Text stands between elements.
    #[cold]
    pub(super) fn stray_text(&self, state: u32) -> Fault {
        self.fault(Rule::XsdText, state, "text", "Text may not stand here, only elements.".to_owned())
    }
}

/// Says of an element, reported to have others missing before it, that it stands too early.
pub(super) fn too_early(fault: &mut Fault, name: &str, last: &str, parent: &str) {
    fault.rule = Rule::XsdUnexpectedElement;
    fault.text = format!("{name} stands too early in {parent}.");
    fault.suggestion = Some(format!("Move {name} behind {last}."));
}

/// Says of an element, reported as missing, that it stands too late.
pub(super) fn too_late(fault: &mut Fault, name: &str, parent: &str) {
    let before = fault.found.as_deref().unwrap_or_default();
    fault.rule = Rule::XsdUnexpectedElement;
    fault.text = format!("{name} must stand before {before} in {parent}, not behind it.");
    fault.suggestion = Some(format!("Move {name} before {before}."));
}

/// The root is not the schema's.
#[cold]
pub(super) fn no_root(automaton: &Automaton, uri: &str, local: &str, at: usize) -> Fault {
    let here = Here { automaton, parent: None, at, len: 0 };
    here.unknown(ROOT, uri, local)
}

/// An element stands where a value should.
#[cold]
pub(super) fn element_in_value(automaton: &Automaton, edge: &Edge, at: usize) -> Fault {
    let text = "An element may not stand here: a value was expected.";
    Fault::new(Rule::XsdUnexpectedElement, at, text).expected(format!("a value of {}", label(automaton, edge)))
}

/// The value of an attribute is not of its type.
#[cold]
pub(super) fn attribute_value(
    automaton: &Automaton,
    of: &Label,
    known: &AttributeEdge,
    attribute: &OtherAttribute,
    broken: Broken,
) -> Fault {
    let text = format!("The attribute {} of {} has a wrong value.", known.name, of.name);
    let meant = suggest::value(&automaton.checks[known.check as usize], &attribute.value, false);
    Fault::new(broken.rule, attribute.value_at.start, text)
        .over(attribute.value_at.len())
        .found(shown(attribute.value.as_bytes()))
        .expected(broken.expected)
        .suggest(meant)
}

/// An attribute that is not declared, and perhaps the one that is meant.
#[cold]
pub(super) fn unknown_attribute(of: &Label, attribute: &OtherAttribute, meant: Option<&str>) -> Fault {
    let text = format!("{} may not have this attribute.", of.name);
    let fault = Fault::new(Rule::XsdAttribute, attribute.at.start, text).over(attribute.at.len());
    let fault = fault.found(attribute.local.as_str());
    match meant {
        Some(meant) => {
            let near = attribute.local.eq_ignore_ascii_case(meant);
            fault.expected(format!("{meant}=\"…\"")).suggest(near.then(|| format!("Did you mean {meant}?")))
        }
        None => fault,
    }
}

/// An attribute that must stand does not.
#[cold]
pub(super) fn missing_attribute(of: &Label, missing: &AttributeEdge, at: usize) -> Fault {
    let text = format!("{} lacks the attribute {}.", of.name, missing.name);
    Fault::new(Rule::XsdAttribute, at, text).expected(format!("{}=\"…\"", missing.name))
}

/// `xsi:nil`, true or false.
#[cold]
pub(super) fn nil(attribute: &OtherAttribute) -> Fault {
    let text = "xsi:nil may not stand here: no element of the schema can be nil.";
    Fault::new(Rule::XsdInstance, attribute.at.start, text).over(attribute.at.len()).found("xsi:nil")
}

/// An `xsi:type` that names another type than the declared one.
#[cold]
pub(super) fn other_type(attribute: &OtherAttribute, declared: &str) -> Fault {
    let text = "xsi:type must name the declared type of the element.";
    Fault::new(Rule::XsdInstance, attribute.at.start, text)
        .over(attribute.at.len())
        .found(shown(attribute.value.as_bytes()))
        .expected(declared)
}

/// An `xsi:type` that names no type.
#[cold]
pub(super) fn no_type(attribute: &OtherAttribute) -> Fault {
    let text = "This xsi:type does not name a type of the schema.";
    Fault::new(Rule::XsdInstance, attribute.at.start, text).over(attribute.at.len()).found(attribute.value.as_str())
}

/// An `xsi:nil` that says neither yes nor no.
#[cold]
pub(super) fn no_boolean(attribute: &OtherAttribute) -> Fault {
    Fault::new(Rule::XsdInstance, attribute.value_at.start, "xsi:nil must be true or false.")
        .over(attribute.value_at.len())
        .found(shown(attribute.value.as_bytes()))
        .expected("true or false")
}

fn label<'a>(automaton: &'a Automaton, edge: &Edge) -> &'a str {
    match automaton.labels[edge.label as usize].name.as_str() {
        "" => "the element",
        name => name,
    }
}

/// A value is not of its type.
#[cold]
pub(super) fn value(automaton: &Automaton, edge: &Edge, value: &str, broken: Broken, place: Range<usize>) -> Fault {
    let name = label(automaton, edge);
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
    let meant = suggest::value(&automaton.checks[edge.child as usize], value, edge.personal);
    Fault::new(broken.rule, place.start, text).over(place.len()).found(found).expected(broken.expected).suggest(meant)
}
