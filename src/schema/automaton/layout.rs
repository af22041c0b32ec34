//! Models laid out: drafts are copied to the places where they stand, once for each set of bindings below. Must not know
//! how a model is drawn up.

use std::ops::Range;

use super::draft::Drafts;
use super::places::{ALL, NOTHING, Place, Places};
use super::{Automaton, Edge, EdgeKind, Label, ROOT, State};
use crate::schema::binding::Binding;
use crate::schema::step::Step;

pub(super) struct Layout<'a> {
    drafts: &'a Drafts,
    places: Places<'a>,
    /// The first state of each type's model with nothing bound below.
    plain: Vec<Option<u32>>,
    out: &'a mut Automaton,
}

impl<'a> Layout<'a> {
    /// Goes on with an automaton, or begins it.
    pub(super) fn new(drafts: &'a Drafts, bindings: &'a [Binding], out: &'a mut Automaton) -> Self {
        out.signatures.truncate(out.edges.len());
        Self { drafts, places: Places::new(bindings), plain: vec![None; drafts.types.len()], out }
    }

    /// The states that every automaton begins with, and all below the root.
    pub(super) fn begin(&mut self, root: &Edge) {
        let lax = State { first: 0, count: 0, model: 0, model_count: 0, accepting: true };
        self.out.states.extend([lax, State { count: 1, model_count: 1, accepting: false, ..lax }]);
        self.out.edges.push(Edge { target: ROOT, ..root.clone() });
        self.out.signatures.push(0);
        self.place(0, Place { below: ALL, ..Place::default() });
    }

    /// Adds edges with nothing bound below.
    pub(super) fn add(&mut self, edges: &[Edge]) -> Range<u32> {
        let first = self.out.edges.len();
        self.out.edges.extend_from_slice(edges);
        // No state leads to them: they need no signature.
        self.out.signatures.resize(self.out.edges.len(), 0);
        for at in first..first + edges.len() {
            self.place(at, Place::default());
        }
        first as u32..(first + edges.len()) as u32
    }

    /// Says how the fast path sees each edge. Signatures are read 32 at a time.
    pub(super) fn finish(self) {
        for at in self.out.steps.len()..self.out.edges.len() {
            let (step, amount) = Step::of(&self.out.edges[at], self.out);
            self.out.steps.push(step);
            self.out.amounts.extend(amount);
        }
        self.out.signatures.resize(self.out.edges.len() + 32, 0);
    }

    /// Gives the drawn edge at a position its place, and lays out what it leads into.
    fn place(&mut self, at: usize, place: Place) {
        let edge = &mut self.out.edges[at];
        if place.slot != 0 && place.group == (edge.kind == EdgeKind::Group) {
            edge.slot = place.slot;
            edge.personal = place.personal;
        }
        match edge.kind {
            EdgeKind::Group => {
                let type_at = edge.child;
                self.out.edges[at].child = self.model(type_at, place.below);
            }
            EdgeKind::Leaf if edge.attributes != 0 && place.below != NOTHING => self.bind_attributes(at, place.below),
            EdgeKind::Leaf | EdgeKind::Any(_) => {}
        }
    }

    /// The first state of a type's model.
    fn model(&mut self, type_at: u32, below: u32) -> u32 {
        let known = match below {
            NOTHING => self.plain[type_at as usize],
            _ => self.places.model(below, type_at),
        };
        if let Some(start) = known {
            return start;
        }
        let (start, first) = (self.out.states.len() as u32, self.out.edges.len());
        match below {
            NOTHING => self.plain[type_at as usize] = Some(start),
            _ => self.places.keep_model(below, type_at, start),
        }
        let (states, edges, signatures) = self.drafts.model(type_at);
        let laid = |state: &State| State { first: first as u32 + state.first, model: first as u32, ..*state };
        self.out.states.extend(states.iter().map(laid));
        self.out.edges.extend(edges.iter().map(|edge| Edge { target: start + edge.target, ..edge.clone() }));
        self.out.signatures.extend_from_slice(signatures);
        for at in first..first + edges.len() {
            let place = match (below, &self.out.edges[at]) {
                (NOTHING, _) | (_, Edge { kind: EdgeKind::Any(_), .. }) => Place::default(),
                (_, edge) => match &self.out.labels[edge.label as usize] {
                    Label { namespace: Some(_), .. } => Place::default(),
                    label => self.places.element(below, &label.name),
                },
            };
            self.place(at, place);
        }
        start
    }

    /// A list of attributes of its own, where one is bound.
    fn bind_attributes(&mut self, at: usize, below: u32) {
        let mut list = self.out.attributes[self.out.edges[at].attributes as usize].clone();
        for attribute in &mut list {
            let place = self.places.attribute(below, &attribute.name);
            attribute.slot = if place.group { 0 } else { place.slot };
        }
        self.out.edges[at].attributes = self.out.attributes.len() as u16;
        self.out.attributes.push(list);
    }
}
