//! Content models drawn up once for each type, whatever the place: Glushkov's construction. Numbers of states and edges are
//! relative to the model, and an edge to elements names their type, until [`super::layout`] gives it its place.
//!
//! Must not know what is bound.

use std::ops::Range;

use super::{AttributeEdge, Automaton, CompileError, Edge, EdgeKind, LAX, Label, State};
use crate::schema::built_in;
use crate::schema::facet::Check;
use crate::schema::model::{Attribute, Particle, Schema, Simple, Term, Type, split};
use crate::xml::scan::signature;

/// All types of a schema, drawn up.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    states: Vec<State>,
    edges: Vec<Edge>,
    /// The signature of each edge's name.
    signatures: Vec<u8>,
    /// The states and edges of each type, sorted by name; none of a value.
    models: Vec<Model>,
    /// An edge of each type, sorted by name.
    pub(super) types: Vec<Edge>,
    /// The edge of each global element.
    pub(super) globals: Vec<Edge>,
    /// An edge of each built-in type.
    pub(super) built_in: Vec<Edge>,
}

#[derive(Debug, Clone, Default)]
struct Model {
    states: Range<u32>,
    edges: Range<u32>,
}

/// The most copies of a group that must occur more than once.
pub(in crate::schema) const MOST_COPIES: u32 = 64;
/// More elements in one model than any schema has, with groups that are repeated within each other.
const MOST_POSITIONS: usize = 2_000;
/// More types with attributes than any schema has; the numbers above are for lists with bound attributes.
const MOST_LISTS: usize = 30_000;

impl Drafts {
    /// Draws up all types and global elements of a schema; checks, labels and attributes go to the automaton.
    pub(super) fn of(schema: &Schema, out: &mut Automaton) -> Result<Self, CompileError> {
        let mut drawing = Drawing {
            types: schema.types.iter().map(|(name, definition)| (name.as_str(), definition)).collect(),
            drafts: Self::default(),
            out,
        };
        drawing.edges_of_types()?;
        for at in 0..drawing.types.len() {
            drawing.model(at)?;
        }
        for (name, type_name) in &schema.elements {
            let edge = drawing.element(name, type_name, LAX)?;
            drawing.drafts.globals.push(edge);
        }
        for (name, simple) in built_in::all() {
            let check = drawing.check(&simple)?;
            let label = drawing.label("", name);
            drawing.drafts.built_in.push(Edge { personal: true, ..edge(EdgeKind::Leaf, check, label) });
        }
        Ok(drawing.drafts)
    }

    /// The states, edges and signatures of a type's model.
    pub(super) fn model(&self, type_at: u32) -> (&[State], &[Edge], &[u8]) {
        let Model { states, edges } = &self.models[type_at as usize];
        let (states, edges) = (states.start as usize..states.end as usize, edges.start as usize..edges.end as usize);
        (&self.states[states], &self.edges[edges.clone()], &self.signatures[edges])
    }

    fn push(&mut self, edge: Edge, name: &str) {
        self.edges.push(edge);
        // A name that has no signature is found on the unhurried path.
        self.signatures.push(signature(name.as_bytes()).unwrap_or(0));
    }
}

struct Drawing<'s, 'o> {
    /// Sorted by name.
    types: Vec<(&'s str, &'s Type)>,
    drafts: Drafts,
    out: &'o mut Automaton,
}

fn edge(kind: EdgeKind, child: u32, label: u32) -> Edge {
    Edge { target: LAX, child, max: 0, label, attributes: 0, slot: 0, kind, personal: false }
}

impl<'s> Drawing<'s, '_> {
    fn type_at(&self, name: &str) -> Result<usize, CompileError> {
        let at = self.types.binary_search_by_key(&name, |(known, _)| known);
        at.map_err(|_| CompileError::NoType(name.to_owned()))
    }

    fn label(&mut self, name: &str, type_name: &str) -> u32 {
        let (namespace, name) = split(name);
        let (name, namespace) = (name.to_owned(), namespace.map(str::to_owned));
        self.out.labels.push(Label { name, namespace, type_name: type_name.to_owned() });
        self.out.labels.len() as u32 - 1
    }

    fn check(&mut self, simple: &Simple) -> Result<u32, CompileError> {
        self.out.checks.push(Check::new(simple)?);
        Ok(self.out.checks.len() as u32 - 1)
    }

    /// An edge of each type: first those of elements and of plain values, then those that build upon a plain value.
    fn edges_of_types(&mut self) -> Result<(), CompileError> {
        for (at, (name, definition)) in self.types.clone().into_iter().enumerate() {
            let label = self.label("", name);
            let edge = match definition {
                Type::Simple(simple) => edge(EdgeKind::Leaf, self.check(simple)?, label),
                _ => edge(EdgeKind::Group, at as u32, label),
            };
            self.drafts.types.push(edge);
        }
        for at in 0..self.types.len() {
            if let Type::SimpleContent { base, attributes } = self.types[at].1 {
                let (kind, child) = (EdgeKind::Leaf, self.check_of(base)?);
                let attributes = self.attributes(attributes)?;
                let edge = &mut self.drafts.types[at];
                *edge = Edge { kind, child, attributes, ..edge.clone() };
            }
        }
        for edge in self.drafts.types.iter_mut().filter(|edge| edge.kind == EdgeKind::Leaf) {
            edge.personal = !self.out.checks[edge.child as usize].is_public();
        }
        Ok(())
    }

    /// The check of a type that must be a plain value.
    fn check_of(&self, type_name: &str) -> Result<u32, CompileError> {
        let at = self.type_at(type_name)?;
        match self.types[at].1 {
            Type::Simple(_) => Ok(self.drafts.types[at].child),
            _ => Err(CompileError::NoType(type_name.to_owned())),
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) -> Result<u16, CompileError> {
        let list = attributes.iter().map(|attribute| {
            Ok(AttributeEdge {
                name: attribute.name.clone(),
                check: self.check_of(&attribute.type_name)?,
                required: attribute.required,
                slot: 0,
            })
        });
        let list = list.collect::<Result<Vec<_>, CompileError>>()?;
        if self.out.attributes.len() > MOST_LISTS {
            return Err(CompileError::TooLarge(list.first().map_or("", |attribute| &attribute.name).to_owned()));
        }
        self.out.attributes.push(list);
        Ok(self.out.attributes.len() as u16 - 1)
    }

    fn element(&mut self, name: &str, type_name: &str, target: u32) -> Result<Edge, CompileError> {
        let at = self.type_at(type_name)?;
        let label = self.label(name, type_name);
        let of_type = &self.drafts.types[at];
        Ok(Edge { target, label, ..of_type.clone() })
    }

    /// Draws up the model of a type.
    fn model(&mut self, at: usize) -> Result<(), CompileError> {
        let (type_name, definition) = self.types[at];
        let Type::Complex(particle) = definition else {
            self.drafts.models.push(Model::default());
            return Ok(());
        };
        let mut positions = Positions { all: vec![], follow: vec![], type_name };
        let whole = positions.particle(particle)?;
        positions.check_unambiguous(&whole.first, &self.out.namespace)?;
        let (states, edges) = (self.drafts.states.len() as u32, self.drafts.edges.len() as u32);
        for (at, position) in positions.all.iter().enumerate() {
            self.position(position, at as u32 + 1)?;
        }
        let model_count = positions.all.len() as u32;
        for at in 0..=positions.all.len() {
            let (follow, accepting) = match at.checked_sub(1) {
                None => (&whole.first, whole.nullable),
                Some(position) => (&positions.follow[position], whole.last.contains(&position)),
            };
            let (first, count) = self.run(edges, follow);
            self.drafts.states.push(State { first, count, model: 0, model_count, accepting });
        }
        let (states, edges) = (states..self.drafts.states.len() as u32, edges..self.drafts.edges.len() as u32);
        self.drafts.models.push(Model { states, edges });
        Ok(())
    }

    fn position(&mut self, position: &Position<'s>, target: u32) -> Result<(), CompileError> {
        let (name, edge) = match position.term {
            Term::Element { name, type_name } => (name.as_str(), self.element(name, type_name, target)?),
            Term::Any { namespace, process } => {
                let label = self.label(namespace.as_deref().unwrap_or(""), "");
                ("", Edge { target, personal: true, ..edge(EdgeKind::Any(*process), LAX, label) })
            }
            // Positions are elements and wildcards.
            Term::Sequence(_) | Term::Choice(_) => return Ok(()),
        };
        let max = position.max.filter(|max| *max > 1).unwrap_or(0);
        self.drafts.push(Edge { max, ..edge }, name);
        Ok(())
    }

    /// The edges of the given positions as one run: those of the model where they are one, else copies.
    fn run(&mut self, model: u32, positions: &[usize]) -> (u32, u32) {
        let mut sorted = positions.to_vec();
        sorted.sort_unstable();
        let count = sorted.len() as u32;
        let first = sorted.first().copied().unwrap_or(0);
        if sorted.iter().enumerate().all(|(i, p)| *p == first + i) {
            return (first as u32, count);
        }
        let first = self.drafts.edges.len() as u32 - model;
        for position in sorted {
            let at = model as usize + position;
            self.drafts.edges.push(self.drafts.edges[at].clone());
            self.drafts.signatures.push(self.drafts.signatures[at]);
        }
        (first, count)
    }
}

/// One element or wildcard of a model.
#[derive(Clone, Copy)]
struct Position<'s> {
    term: &'s Term,
    /// How often it may follow itself; `None` is unbounded.
    max: Option<u32>,
}

impl Position<'_> {
    /// The name of its element; empty for a wildcard.
    fn name(&self) -> &str {
        match self.term {
            Term::Element { name, .. } => name,
            _ => "",
        }
    }

    /// An element that it and another one could take both.
    fn overlap(&self, other: &Self, own: &str) -> Option<String> {
        match (self.term, other.term) {
            (Term::Element { name, .. }, Term::Element { name: other, .. }) => (name == other).then(|| name.clone()),
            (Term::Element { name, .. }, Term::Any { namespace, .. })
            | (Term::Any { namespace, .. }, Term::Element { name, .. }) => {
                let (foreign, local) = split(name);
                let taken = takes(namespace.as_deref().unwrap_or_default(), foreign.unwrap_or(own));
                taken.then(|| local.to_owned())
            }
            (Term::Any { namespace: a, .. }, Term::Any { namespace: b, .. }) => {
                let (a, b) = (a.as_deref().unwrap_or_default(), b.as_deref().unwrap_or_default());
                // A namespace that stands for all others, and those that are named.
                let named = [a, b].into_iter().flat_map(|list| list.split(' ')).filter(|one| !one.starts_with("##"));
                let mut some = named.chain(["", "urn:any-other"]);
                some.any(|one| takes(a, one) && takes(b, one)).then(|| "any".to_owned())
            }
            _ => None,
        }
    }
}

/// Whether a wildcard of these namespaces takes elements of that one.
pub(in crate::schema) fn takes(namespaces: &str, uri: &str) -> bool {
    match namespaces.strip_prefix("##other ") {
        Some(own) => !uri.is_empty() && uri != own,
        None if namespaces == "##other" => !uri.is_empty(),
        None => {
            namespaces.is_empty()
                || namespaces.split(' ').any(|one| one == if uri.is_empty() { "##local" } else { uri })
        }
    }
}

/// Glushkov's sets of a part of a model.
struct Part {
    nullable: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

/// The positions of a model and what may follow each.
struct Positions<'s> {
    all: Vec<Position<'s>>,
    follow: Vec<Vec<usize>>,
    type_name: &'s str,
}

impl<'s> Positions<'s> {
    fn particle(&mut self, particle: &'s Particle) -> Result<Part, CompileError> {
        let (min, max) = (particle.min, particle.max);
        if max == Some(0) {
            return Ok(Part { nullable: true, first: vec![], last: vec![] });
        }
        if self.all.len() > MOST_POSITIONS {
            return Err(CompileError::TooLarge(self.type_name.to_owned()));
        }
        if matches!(particle.term, Term::Element { .. } | Term::Any { .. }) {
            return Ok(self.element(&particle.term, min, max));
        }
        let copies = match max {
            Some(max) => max,
            None => min.max(1),
        };
        if copies > MOST_COPIES {
            return Err(CompileError::TooManyCopies(self.type_name.to_owned(), copies));
        }
        self.copies(&particle.term, copies, min, max.is_none())
    }

    /// A group so many times; a copy follows the one before it only, so that the first may be left out, never one between.
    fn copies(&mut self, term: &'s Term, copies: u32, min: u32, unbounded: bool) -> Result<Part, CompileError> {
        let mut all = Part { nullable: min == 0, first: vec![], last: vec![] };
        let mut before: Vec<usize> = vec![];
        for copy in 1..=copies {
            let part = self.group(term)?;
            self.connect(&before, &part.first);
            all.nullable |= part.nullable;
            if copy == copies && unbounded {
                self.connect(&part.last, &part.first);
                // The group may follow itself, so its elements may follow themselves however often they occur in it.
                part.first.iter().filter(|p| part.last.contains(p)).for_each(|p| self.all[*p].max = None);
            }
            if copy >= min || part.nullable {
                all.last.extend(&part.last);
            }
            if copy == 1 {
                all.first = part.first;
            }
            before = part.last;
        }
        Ok(all)
    }

    /// An element that must occur more than once gets a position for each of those, and one for the rest.
    fn element(&mut self, term: &'s Term, min: u32, max: Option<u32>) -> Part {
        let single = min.saturating_sub(1);
        let mut parts = Vec::new();
        for copy in 0..=single {
            let at = self.all.len();
            let rest = if copy == single { max.map(|max| max - single) } else { Some(1) };
            self.all.push(Position { term, max: rest });
            self.follow.push(if rest == Some(1) { vec![] } else { vec![at] });
            parts.push(Part { nullable: min == 0, first: vec![at], last: vec![at] });
        }
        self.sequence(parts)
    }

    fn group(&mut self, term: &'s Term) -> Result<Part, CompileError> {
        match term {
            Term::Sequence(particles) => {
                let parts = particles.iter().map(|p| self.particle(p)).collect::<Result<Vec<_>, _>>()?;
                Ok(self.sequence(parts))
            }
            Term::Choice(particles) => {
                let mut all = Part { nullable: particles.is_empty(), first: vec![], last: vec![] };
                for particle in particles {
                    let part = self.particle(particle)?;
                    all.nullable |= part.nullable;
                    all.first.extend(part.first);
                    all.last.extend(part.last);
                }
                Ok(all)
            }
            Term::Element { .. } | Term::Any { .. } => Ok(self.element(term, 1, Some(1))),
        }
    }

    fn sequence(&mut self, parts: Vec<Part>) -> Part {
        let mut all = Part { nullable: true, first: vec![], last: vec![] };
        for part in parts {
            self.connect(&all.last, &part.first);
            if all.nullable {
                all.first.extend(&part.first);
            }
            if !part.nullable {
                all.last.clear();
            }
            all.last.extend(&part.last);
            all.nullable &= part.nullable;
        }
        all
    }

    /// Refuses a model in which two positions could take the same element after one.
    fn check_unambiguous(&self, first: &[usize], namespace: &str) -> Result<(), CompileError> {
        // Mostly no name comes twice, and there is no wildcard beside other particles: nothing can be ambiguous.
        let mut names: Vec<&str> = self.all.iter().map(|position| position.name()).collect();
        names.sort_unstable();
        if self.all.len() < 2 || names.first() != Some(&"") && names.windows(2).all(|pair| pair[0] != pair[1]) {
            return Ok(());
        }
        for follow in self.follow.iter().map(Vec::as_slice).chain([first]) {
            for (i, a) in follow.iter().enumerate() {
                let both = follow[..i].iter().find_map(|b| self.all[*a].overlap(&self.all[*b], namespace));
                if let Some(name) = both {
                    return Err(CompileError::Ambiguous(self.type_name.to_owned(), name));
                }
            }
        }
        Ok(())
    }

    fn connect(&mut self, from: &[usize], to: &[usize]) {
        for position in from {
            let follow = &mut self.follow[*position];
            for next in to {
                if !follow.contains(next) {
                    follow.push(*next);
                }
            }
        }
    }
}
