//! A schema compiled for the walk: states and edges, specialised for the paths that are bound.
//!
//! Each content model becomes an automaton whose states are "just after this particle" (Glushkov's construction; ISO 20022
//! has no name twice in a model, so one name decides the edge). A model is compiled once for all places where nothing
//! below it is bound, and once more for each place where something is, so that an edge knows its slot. The edges of a
//! model stand in document order; the edges that may follow a state are mostly a run of them and share them.
//!
//! Must not know any message: which fields are bound is handed in.

use std::collections::HashMap;

use super::binding::{Binding, Kind as BindingKind};
use super::facet::Check;
use super::model::{Attribute, Base, Facets, Particle, Process, Schema, Simple, Term, Type};
use super::pattern::BadPattern;
use crate::xml::scan::{Name, signature};

/// A compiled schema.
#[derive(Debug)]
pub struct Automaton {
    pub(super) namespace: String,
    pub(super) states: Vec<State>,
    pub(super) edges: Vec<Edge>,
    /// The signature of each edge's name, and 32 bytes more.
    pub(super) signatures: Vec<u8>,
    pub(super) checks: Vec<Check>,
    pub(super) labels: Vec<Label>,
    /// The attributes of an edge; list 0 is empty.
    pub(super) attributes: Vec<Vec<AttributeEdge>>,
    /// The edge of each global element, nothing bound below.
    pub(super) globals: HashMap<String, u32>,
    /// An edge of each named type, nothing bound below: for `xsi:type` in the content of a wildcard.
    pub(super) types: HashMap<String, u32>,
    /// An edge of each built-in type that ISO 20022 uses, by its local name: for the same.
    pub(super) built_in: HashMap<&'static str, u32>,
}

/// The state in which any well-formed content is taken: inside of a wildcard's element.
pub(super) const LAX: u32 = 0;
/// The state before the root.
pub(super) const ROOT: u32 = 1;

/// What may follow a particle.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// The edges that may follow.
    pub(super) first: u32,
    pub(super) count: u32,
    /// All edges of the model, in document order.
    pub(super) model: u32,
    pub(super) model_count: u32,
    /// Whether the element may end here.
    pub(super) accepting: bool,
}

/// What an edge leads into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// A value; `child` is its check.
    Leaf,
    /// Elements; `child` is the first state of their model.
    Group,
    /// A wildcard.
    Any(Process),
}

/// A particle: the element that is expected, and what comes after it.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(super) struct Edge {
    pub(super) name: Name,
    pub(super) target: u32,
    pub(super) child: u32,
    /// How often it may follow itself; 0 is not counted.
    pub(super) max: u32,
    pub(super) label: u32,
    pub(super) attributes: u16,
    pub(super) slot: u16,
    pub(super) kind: EdgeKind,
    pub(super) personal: bool,
    /// What mostly follows the name in a start tag: `>`, or a blank where attributes are declared.
    pub(super) behind: u8,
}

/// The words for an edge.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// The element's local name; of a wildcard: the namespace it takes, empty for any.
    pub(super) name: String,
    pub(super) type_name: String,
}

/// An attribute of a value.
#[derive(Debug)]
pub(super) struct AttributeEdge {
    /// As it mostly stands: blank, name, `="`.
    pub(super) opening: Name,
    pub(super) name: String,
    pub(super) check: u32,
    pub(super) required: bool,
    pub(super) slot: u16,
}

/// Why a schema cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A pattern that is not supported.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    /// The root element is not declared.
    #[error("the schema has no global element `{0}`")]
    NoRoot(String),
    /// A type that is named but not defined.
    #[error("the type `{0}` is not defined")]
    NoType(String),
    /// A group that may occur more often than payflow unrolls.
    #[error(
        "a group of the type `{0}` may occur {1} times: more than {MOST_COPIES} is not supported, unless it is unbounded"
    )]
    TooManyCopies(String, u32),
}

const MOST_COPIES: u32 = 64;

/// The built-in types that ISO 20022 uses. Those that take any text are strings here.
const BUILT_IN: &[(&str, Base)] = &[
    ("anySimpleType", Base::String),
    ("string", Base::String),
    ("normalizedString", Base::String),
    ("token", Base::String),
    ("decimal", Base::Decimal),
    ("boolean", Base::Boolean),
    ("date", Base::Date),
    ("dateTime", Base::DateTime),
    ("time", Base::Time),
    ("gYear", Base::GYear),
    ("gYearMonth", Base::GYearMonth),
    ("base64Binary", Base::Base64Binary),
];

impl Automaton {
    /// Compiles a schema for documents with the given root element, with paths bound relative to the root.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile(schema: &Schema, root: &str, bindings: &[Binding]) -> Result<Self, CompileError> {
        let root_type = schema.elements.iter().find(|(name, _)| name == root).map(|(_, type_name)| type_name);
        let root_type = root_type.ok_or_else(|| CompileError::NoRoot(root.to_owned()))?;
        let mut trie = Trie::default();
        let top = trie.add();
        trie.insert(top, bindings);
        let mut builder = Builder {
            schema,
            trie,
            models: HashMap::new(),
            checks: HashMap::new(),
            labels: HashMap::new(),
            out: Automaton {
                namespace: schema.namespace.clone(),
                states: vec![],
                edges: vec![],
                signatures: vec![],
                checks: vec![],
                labels: vec![],
                attributes: vec![vec![]],
                globals: HashMap::new(),
                types: HashMap::new(),
                built_in: HashMap::new(),
            },
        };
        builder.out.states.extend([State { first: 0, count: 0, model: 0, model_count: 0, accepting: true }; 2]);
        let edge = builder.edge(root, root_type, Some(top), ROOT)?;
        let first = builder.push(edge);
        let state = State { first, count: 1, model: first, model_count: 1, accepting: false };
        builder.out.states[ROOT as usize] = state;
        for (name, type_name) in &schema.elements {
            let edge = builder.edge(name, type_name, None, LAX)?;
            let at = builder.push(edge);
            builder.out.globals.insert(name.clone(), at);
        }
        for name in schema.types.keys() {
            let edge = builder.edge("", name, None, LAX)?;
            let at = builder.push(edge);
            builder.out.types.insert(name.clone(), at);
        }
        for (name, base) in BUILT_IN {
            let edge = builder.built_in(name, *base)?;
            let at = builder.push(edge);
            builder.out.built_in.insert(name, at);
        }
        Ok(builder.finish())
    }

    /// The target namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// How many states and edges it has.
    pub fn size(&self) -> (usize, usize) {
        (self.states.len(), self.edges.len())
    }
}

/// The bound paths, step by step.
#[derive(Default)]
struct Trie {
    nodes: Vec<TrieNode>,
}

#[derive(Default)]
struct TrieNode {
    steps: HashMap<&'static str, usize>,
    slot: u16,
    group: bool,
    personal: bool,
}

impl Trie {
    fn add(&mut self) -> usize {
        self.nodes.push(TrieNode::default());
        self.nodes.len() - 1
    }

    fn insert(&mut self, from: usize, bindings: &[Binding]) {
        for binding in bindings {
            for path in binding.paths {
                let mut node = from;
                for step in path.split('/') {
                    node = match self.nodes[node].steps.get(step) {
                        Some(next) => *next,
                        None => {
                            let next = self.add();
                            self.nodes[node].steps.insert(step, next);
                            next
                        }
                    };
                }
                self.nodes[node].slot = binding.slot;
                match binding.kind {
                    BindingKind::Field { personal } => self.nodes[node].personal = personal,
                    BindingKind::Group(inner) => {
                        self.nodes[node].group = true;
                        self.insert(node, inner);
                    }
                }
            }
        }
    }

    fn step(&self, node: Option<usize>, name: &str) -> Option<usize> {
        self.nodes[node?].steps.get(name).copied()
    }

    fn slot(&self, node: Option<usize>, group: bool) -> u16 {
        node.map(|n| &self.nodes[n]).filter(|n| n.group == group).map_or(0, |n| n.slot)
    }
}

struct Builder<'s> {
    schema: &'s Schema,
    trie: Trie,
    /// The first state of a type's model, per place in the trie where something is bound below.
    models: HashMap<(&'s str, Option<usize>), u32>,
    checks: HashMap<&'s str, u32>,
    labels: HashMap<(&'s str, &'s str), u32>,
    out: Automaton,
}

/// One element or wildcard of a model.
#[derive(Clone, Copy)]
struct Position<'s> {
    term: &'s Term,
    /// How often it may follow itself; `None` is unbounded.
    max: Option<u32>,
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
        let mut parts = Vec::new();
        for copy in 0..copies {
            let mut part = self.group(&particle.term)?;
            part.nullable |= copy >= min;
            parts.push(part);
        }
        if max.is_none()
            && let Some(last) = parts.last()
        {
            let (first, last) = (last.first.clone(), last.last.clone());
            self.connect(&last, &first);
            // The group may follow itself, so its elements may follow themselves however often they occur in it.
            first.iter().filter(|p| last.contains(p)).for_each(|p| self.all[*p].max = None);
        }
        Ok(self.sequence(parts))
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

impl<'s> Builder<'s> {
    fn push(&mut self, edge: Edge) -> u32 {
        self.out.edges.push(edge);
        self.out.edges.len() as u32 - 1
    }

    fn finish(self) -> Automaton {
        let mut out = self.out;
        let name = |edge: &Edge| out.labels[edge.label as usize].name.as_bytes();
        // A name that has no signature is found on the unhurried path.
        out.signatures = out.edges.iter().map(|edge| signature(name(edge)).unwrap_or(0)).collect();
        out.signatures.resize(out.edges.len() + 32, 0);
        out
    }

    fn type_of(&self, name: &str) -> Result<&'s Type, CompileError> {
        self.schema.types.get(name).ok_or_else(|| CompileError::NoType(name.to_owned()))
    }

    /// The first state of a complex type's model.
    fn model(&mut self, type_name: &'s str, particle: &'s Particle, node: Option<usize>) -> Result<u32, CompileError> {
        let node = node.filter(|n| !self.trie.nodes[*n].steps.is_empty());
        if let Some(start) = self.models.get(&(type_name, node)) {
            return Ok(*start);
        }
        let mut positions = Positions { all: vec![], follow: vec![], type_name };
        let whole = positions.particle(particle)?;
        let start = self.out.states.len() as u32;
        self.models.insert((type_name, node), start);
        let blank = State { first: 0, count: 0, model: 0, model_count: 0, accepting: false };
        self.out.states.resize(start as usize + positions.all.len() + 1, blank);

        let mut edges = Vec::with_capacity(positions.all.len());
        for (at, position) in positions.all.iter().enumerate() {
            let target = start + 1 + at as u32;
            let mut edge = match position.term {
                Term::Element { name, type_name } => {
                    let below = self.trie.step(node, name);
                    self.edge(name, type_name, below, target)?
                }
                Term::Any { namespace, process } => self.wildcard(namespace.as_deref().unwrap_or(""), *process, target),
                Term::Sequence(_) | Term::Choice(_) => continue,
            };
            edge.max = position.max.filter(|max| *max > 1).unwrap_or(0);
            edges.push(edge);
        }
        let model = self.out.edges.len() as u32;
        let model_count = edges.len() as u32;
        self.out.edges.extend(edges);
        for at in 0..=positions.all.len() {
            let (follow, accepting) = match at.checked_sub(1) {
                None => (&whole.first, whole.nullable),
                Some(position) => (&positions.follow[position], whole.last.contains(&position)),
            };
            let (first, count) = self.run(model, follow);
            self.out.states[start as usize + at] = State { first, count, model, model_count, accepting };
        }
        Ok(start)
    }

    /// The edges of the given positions as one run: those of the model where they are one, else copies.
    fn run(&mut self, model: u32, positions: &[usize]) -> (u32, u32) {
        let mut sorted = positions.to_vec();
        sorted.sort_unstable();
        let count = sorted.len() as u32;
        let first = sorted.first().copied().unwrap_or(0);
        if sorted.iter().enumerate().all(|(i, p)| *p == first + i) {
            return (model + first as u32, count);
        }
        let copies: Vec<Edge> = sorted.iter().map(|p| self.out.edges[model as usize + p].clone()).collect();
        let first = self.out.edges.len() as u32;
        self.out.edges.extend(copies);
        (first, count)
    }

    fn edge(
        &mut self,
        name: &'s str,
        type_name: &'s str,
        node: Option<usize>,
        target: u32,
    ) -> Result<Edge, CompileError> {
        let (kind, child, attributes) = match self.type_of(type_name)? {
            Type::Simple(simple) => (EdgeKind::Leaf, self.check(type_name, simple)?, 0),
            Type::Complex(particle) => (EdgeKind::Group, self.model(type_name, particle, node)?, 0),
            Type::SimpleContent { base, attributes } => {
                let Type::Simple(simple) = self.type_of(base)? else { return Err(CompileError::NoType(base.clone())) };
                (EdgeKind::Leaf, self.check(base, simple)?, self.attributes(attributes, node)?)
            }
        };
        let label = self.label(name, type_name);
        let slot = self.trie.slot(node, kind == EdgeKind::Group);
        let personal = match node.filter(|_| slot != 0) {
            Some(node) => self.trie.nodes[node].personal,
            None => kind == EdgeKind::Leaf && !self.out.checks[child as usize].is_public(),
        };
        let name = Name::new(name.as_bytes());
        let behind = match attributes {
            // Nothing goes on behind a zero byte: a name that is not real is never taken on the fast path.
            _ if !name.is_real() => 0,
            0 => b'>',
            _ => b' ',
        };
        Ok(Edge { name, target, child, max: 0, label, attributes, slot, kind, personal, behind })
    }

    fn built_in(&mut self, name: &'static str, base: Base) -> Result<Edge, CompileError> {
        let child = self.out.checks.len() as u32;
        self.out.checks.push(Check::new(&Simple { base, facets: Facets::default() })?);
        let (label, kind) = (self.label("", name), EdgeKind::Leaf);
        let name = Name::new(b"");
        Ok(Edge { name, target: LAX, child, max: 0, label, attributes: 0, slot: 0, kind, personal: true, behind: 0 })
    }

    fn wildcard(&mut self, namespace: &'s str, process: Process, target: u32) -> Edge {
        let label = self.label(namespace, "");
        let kind = EdgeKind::Any(process);
        let name = Name::new(b"");
        Edge { name, target, child: LAX, max: 0, label, attributes: 0, slot: 0, kind, personal: true, behind: 0 }
    }

    fn label(&mut self, name: &'s str, type_name: &'s str) -> u32 {
        let labels = &mut self.out.labels;
        *self.labels.entry((name, type_name)).or_insert_with(|| {
            labels.push(Label { name: name.to_owned(), type_name: type_name.to_owned() });
            labels.len() as u32 - 1
        })
    }

    fn check(&mut self, type_name: &'s str, simple: &Simple) -> Result<u32, CompileError> {
        if let Some(at) = self.checks.get(type_name) {
            return Ok(*at);
        }
        let at = self.out.checks.len() as u32;
        self.out.checks.push(Check::new(simple)?);
        self.checks.insert(type_name, at);
        Ok(at)
    }

    fn attributes(&mut self, attributes: &'s [Attribute], node: Option<usize>) -> Result<u16, CompileError> {
        let mut list = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let Type::Simple(simple) = self.type_of(&attribute.type_name)? else {
                return Err(CompileError::NoType(attribute.type_name.clone()));
            };
            let bound = self.trie.step(node, &format!("@{}", attribute.name));
            list.push(AttributeEdge {
                opening: Name::new(format!(" {}=\"", attribute.name).as_bytes()),
                name: attribute.name.clone(),
                check: self.check(&attribute.type_name, simple)?,
                required: attribute.required,
                slot: self.trie.slot(bound, false),
            });
        }
        self.out.attributes.push(list);
        Ok(self.out.attributes.len() as u16 - 1)
    }
}
