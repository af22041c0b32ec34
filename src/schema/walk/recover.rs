//! How the walk goes on behind a fault, so that each fault is found once and nothing else follows from it.
//!
//! A fault in the order of elements can mean several things, and each gives another state to go on in. All of them are
//! kept, in doubt, until the next sibling or the end of the parent fits one and so tells which it was.
//!
//! | an element that may not stand here | is taken for                           | or else                                    |
//! |------------------------------------|----------------------------------------|--------------------------------------------|
//! | stands further on in the model     | right, and those before it are missing | too early: those before it come now        |
//! | stands further up in the model     | too late                               | right, and the one before it was too early |
//! | is not in the model                | one too many                           | another that may stand here, misnamed      |
//!
//! What was reported as missing and comes later was misplaced: one fault, not two. Must not read the input.

use std::collections::{BTreeMap, VecDeque};

use super::super::automaton::{Automaton, EdgeKind, LAX, ROOT};
use super::super::model::Process;
use super::frames::{AS_EXPECTED, NO_EDGE, SKIPPED};
use super::unhurried::{Meaning, OtherAttribute, lax, wildcard};
use super::{Walk, faults, suggest};
use crate::xml::Fault;

/// What the walk remembers of faults in the elements that are open.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    /// From the outside inwards.
    doubts: Vec<Doubt>,
    notes: Vec<Note>,
    /// Namespaces that are taken for the schema's, each with how many elements are open inside of it.
    aliases: Vec<(usize, String)>,
    /// How many elements were open where text stood that may not.
    text_in: usize,
}

/// Several ways to go on among the children of one element.
#[derive(Debug)]
struct Doubt {
    /// How many elements are open there.
    depth: usize,
    ways: Vec<Way>,
}

/// A way to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) state: u32,
    pub(super) count: u32,
    means: Means,
}

/// What it means that a way is the right one.
#[derive(Debug, Clone, Copy)]
enum Means {
    /// All is as it was reported.
    AsReported,
    /// The element of this edge, before which so many others were reported as missing, stands too early.
    TooEarly { edge: u32, missing: usize },
    /// The element of this edge stood too early, and so the one that was reported as too late is right.
    OtherTooEarly { edge: u32 },
}

/// An element that is not where it should be among the children of one element.
#[derive(Debug)]
struct Note {
    depth: usize,
    label: u32,
    what: Noted,
}

#[derive(Debug, PartialEq, Eq)]
enum Noted {
    /// Reported as missing: which of the faults that are kept.
    Missing(Option<usize>),
    /// It came before its place.
    Early,
}

/// What an element in a place is taken for.
pub(super) struct Placement {
    /// Which of the ways that were in doubt led to it.
    way: usize,
    pub(super) meaning: Meaning,
    /// Where the walk goes on behind it.
    pub(super) state: u32,
    pub(super) count: u32,
    pub(super) trouble: Option<Trouble>,
}

/// Why an element may not stand in a place.
pub(super) enum Trouble {
    /// Others are missing before it.
    Missing(Vec<Step>),
    /// It occurs too often.
    Surplus(u32),
    /// It should stand further up, or its alternative stands there.
    Late(u32),
    /// It is this one, misspelt.
    Misspelt(u32),
    /// It is one that may stand here, but in another namespace.
    Foreign,
    /// It is not known here.
    Unknown,
    /// It stands for a wildcard that asks for a declaration, and has none.
    Undeclared,
    /// Its `xsi:type` names no type.
    NotAType(Box<Fault>),
}

/// An element to be put in: the state it follows, and its edge.
pub(super) type Step = (u32, u32);

impl Recovery {
    pub(super) fn clear(&mut self) {
        self.doubts.clear();
        self.notes.clear();
        self.aliases.clear();
        self.text_in = 0;
    }

    /// Forgets what was inside of elements that are closed: so many are still open.
    pub(super) fn leave(&mut self, depth: usize) {
        self.doubts.truncate(self.doubts.partition_point(|doubt| doubt.depth <= depth));
        self.notes.truncate(self.notes.partition_point(|note| note.depth <= depth));
        self.aliases.truncate(self.aliases.partition_point(|(inside, _)| *inside <= depth));
        if self.text_in > depth {
            self.text_in = 0;
        }
    }
}

impl Walk {
    /// Whether the next element, or the end of its parent, tells how to go on.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.recovery.doubts.last().is_some_and(|doubt| doubt.depth == self.frames.len())
    }

    /// Keeps a fault, or counts it. Says which of those that are kept it is.
    fn add(&mut self, fault: impl FnOnce() -> Fault) -> Option<usize> {
        if self.faults.kept.len() >= self.most_faults {
            self.faults.more += 1;
            return None;
        }
        let mut fault = fault();
        fault.at += self.base;
        self.faults.kept.push(fault);
        Some(self.faults.kept.len() - 1)
    }

    /// Reports a fault behind which the walk goes on as if nothing had been.
    pub(super) fn report(&mut self, fault: impl FnOnce() -> Fault) {
        self.add(fault);
    }

    /// What an element in a place is taken for. Nothing changes yet.
    pub(super) fn placement(
        &self,
        automaton: &Automaton,
        (uri, local): (&str, &str),
        attributes: &[OtherAttribute],
    ) -> Placement {
        if self.state == LAX {
            return self.in_lax_content(automaton, uri, local, attributes);
        }
        let alias = self.recovery.aliases.iter().any(|(_, alias)| alias == uri);
        let uri = if alias { &automaton.namespace } else { uri };
        let here = [Way { state: self.state, count: self.count, means: Means::AsReported }];
        let ways = match self.recovery.doubts.last() {
            Some(doubt) if doubt.depth == self.frames.len() => doubt.ways.as_slice(),
            _ => &here,
        };
        let fits = |(number, way)| {
            let placement = follow(automaton, way, (uri, local), attributes)?;
            Some(Placement { way: number, ..placement })
        };
        let fitting = ways.iter().enumerate().find_map(fits);
        fitting.unwrap_or_else(|| self.misplacement(automaton, &ways[0], uri, local))
    }

    fn in_lax_content(
        &self,
        automaton: &Automaton,
        uri: &str,
        local: &str,
        attributes: &[OtherAttribute],
    ) -> Placement {
        let outer = self.frames.edges().rposition(|edge| edge != NO_EDGE);
        let skipped = outer.is_some_and(|at| self.frames.edges().nth(at) == Some(SKIPPED))
            || self.frames.get(automaton, outer.map_or(0, |at| at + 1)).is_some_and(|frame| frame.is_skip(automaton));
        let (meaning, trouble) = match skipped {
            true => (Meaning::Lax, None),
            false => assess(automaton, (uri, local), attributes),
        };
        Placement { way: 0, meaning, state: LAX, count: self.count, trouble }
    }

    /// What an element that does not follow is taken for.
    fn misplacement(&self, automaton: &Automaton, way: &Way, uri: &str, local: &str) -> Placement {
        let Way { state, count, .. } = *way;
        let taken = |edge: u32, trouble| Placement {
            way: 0,
            meaning: Meaning::Edge(edge),
            state,
            count,
            trouble: Some(trouble),
        };
        let behind = |edge: u32, trouble| {
            let state = automaton.edges[edge as usize].target;
            Placement { state, count: 1, ..taken(edge, trouble) }
        };
        let unknown = Placement { way: 0, meaning: Meaning::Skip, state, count, trouble: Some(Trouble::Unknown) };
        let is = |edge: &u32| automaton.is_element(*edge, uri, local);
        let wild = |edge: &u32| wildcard(automaton, *edge, uri).is_some();
        if let Some(edge) = automaton.followers(state).find(is) {
            return taken(edge, Trouble::Surplus(edge));
        }
        if let Some(edge) = automaton.followers(state).find(wild) {
            return Placement { meaning: Meaning::Lax, trouble: Some(Trouble::Surplus(edge)), ..unknown };
        }
        let here = automaton.here(state);
        let late = automaton.model(state).rev().find(is);
        let is_behind = late.zip(here).is_some_and(|(late, here)| late <= here);
        let next = |state: u32| automaton.followers(state).find(is);
        let gap = self.gap(automaton, state, |state| next(state).is_some());
        // In a group that repeats, what stands further up stands further on too.
        let gap = gap.filter(|(cost, ..)| *cost <= 1 || !is_behind);
        if let Some((edge, (_, steps, last))) = gap.and_then(|gap| Some((next(gap.2)?, gap))) {
            debug_assert!(last != state || steps.is_empty());
            return behind(edge, Trouble::Missing(steps));
        }
        if let Some(edge) = late {
            return taken(edge, Trouble::Late(edge));
        }
        let names = || automaton.followers(state).map(|edge| automaton.name(edge)).filter(|name| !name.is_empty());
        let called = |name: &str| automaton.followers(state).find(|edge| automaton.name(*edge) == name);
        if let Some(edge) = called(local) {
            return behind(edge, Trouble::Foreign);
        }
        let strange = uri == automaton.namespace && !automaton.labels.iter().any(|label| label.name == local);
        match strange.then(|| suggest::misspelt(local, names())).flatten().and_then(called) {
            Some(edge) => behind(edge, Trouble::Misspelt(edge)),
            None => unknown,
        }
    }

    /// The fewest elements to be put in behind a state until a goal is reached: how many, which, and the last state. Those
    /// that came too early cost nothing.
    fn gap(&self, automaton: &Automaton, from: u32, goal: impl Fn(u32) -> bool) -> Option<(u32, Vec<Step>, u32)> {
        let mut reached: BTreeMap<u32, (u32, Step)> = BTreeMap::new();
        let mut queue = VecDeque::from([(0, from)]);
        while let Some((cost, state)) = queue.pop_front() {
            if reached.get(&state).is_some_and(|(known, _)| *known < cost) {
                continue;
            }
            if state != from && goal(state) {
                let (mut steps, mut last) = (Vec::new(), state);
                while let Some((_, step)) = reached.get(&last).filter(|_| last != from) {
                    steps.push(*step);
                    last = step.0;
                }
                steps.reverse();
                return Some((cost, steps, state));
            }
            for edge in automaton.followers(state) {
                let target = automaton.edges[edge as usize].target;
                let dear = self.early(automaton, edge).is_none();
                let cost = cost + u32::from(dear);
                if target != from && reached.get(&target).is_none_or(|(known, _)| cost < *known) {
                    reached.insert(target, (cost, (state, edge)));
                    if dear { queue.push_back((cost, target)) } else { queue.push_front((cost, target)) }
                }
            }
        }
        None
    }

    /// Which note says that an element of an edge came too early here.
    fn early(&self, automaton: &Automaton, edge: u32) -> Option<usize> {
        self.noted(automaton, edge, |what| *what == Noted::Early)
    }

    fn noted(&self, automaton: &Automaton, edge: u32, what: impl Fn(&Noted) -> bool) -> Option<usize> {
        let (depth, label) = (self.frames.len(), automaton.edges[edge as usize].label);
        self.recovery.notes.iter().rposition(|note| note.depth == depth && note.label == label && what(&note.what))
    }

    /// Goes the way that fits, and says what that means for the faults that were reported.
    fn settle(&mut self, automaton: &Automaton, way: usize) {
        if !self.is_in_doubt() {
            return;
        }
        let Some(way) = self.recovery.doubts.pop().and_then(|doubt| doubt.ways.get(way).copied()) else { return };
        let edge = match way.means {
            Means::AsReported => return,
            Means::OtherTooEarly { edge } => edge,
            Means::TooEarly { edge, missing } => {
                let notes = &mut self.recovery.notes;
                let missing = notes.split_off(notes.len().saturating_sub(missing));
                // The first of the faults stands for all; the others go, the last one first.
                missing.iter().skip(1).rev().for_each(|note| self.withdraw(&note.what));
                if let (Some(Note { what: Noted::Missing(Some(fault)), .. }), Some(last)) =
                    (missing.first(), missing.last())
                {
                    let last = &automaton.labels[last.label as usize].name;
                    let parent = faults::parent(automaton, &self.frames);
                    faults::too_early(&mut self.faults.kept[*fault], automaton.name(edge), last, parent);
                }
                edge
            }
        };
        self.note(automaton, edge, Noted::Early);
    }

    /// Takes a fault back that turned out to be part of another.
    fn withdraw(&mut self, missing: &Noted) {
        let Noted::Missing(fault) = missing else { return };
        let Some(fault) = *fault else {
            self.faults.more = self.faults.more.saturating_sub(1);
            return;
        };
        self.faults.kept.remove(fault);
        for note in &mut self.recovery.notes {
            if let Noted::Missing(Some(other)) = &mut note.what
                && *other > fault
            {
                *other -= 1;
            }
        }
    }

    fn note(&mut self, automaton: &Automaton, edge: u32, what: Noted) {
        self.watch();
        let (depth, label) = (self.frames.len(), automaton.edges[edge as usize].label);
        self.recovery.notes.push(Note { depth, label, what });
    }

    fn doubt(&mut self, ways: Vec<Way>) {
        self.watch();
        self.recovery.doubts.push(Doubt { depth: self.frames.len(), ways });
    }

    /// Keeps the innermost open element off the fast path, so that its end is seen: what is remembered in it ends with it.
    fn watch(&mut self) {
        let innermost = self.frames.last(&self.automaton);
        let Some(frame) = innermost.filter(|frame| frame.name == AS_EXPECTED) else { return };
        let name = self.open_name(&self.automaton, &frame);
        self.frames.rename_last(&self.automaton, self.names.len() as u32);
        self.names.extend_from_slice(name.as_bytes());
    }

    /// Takes an element in its place, which is complete: reports what is wrong with that place.
    pub(super) fn take(
        &mut self,
        automaton: &Automaton,
        placement: &Placement,
        (uri, local): (&str, &str),
        at: usize,
        len: usize,
    ) {
        // The state of the way that was chosen: the element follows it, or should.
        let way = self.recovery.doubts.last().filter(|_| self.is_in_doubt()).map(|doubt| doubt.ways[placement.way]);
        let (from, count) = way.map_or((self.state, self.count), |way| (way.state, way.count));
        self.settle(automaton, placement.way);
        let Some(trouble) = &placement.trouble else { return };
        let as_reported = Way { state: placement.state, count: placement.count, means: Means::AsReported };
        let parent = self.frames.edges().next_back();
        let here = faults::Here { automaton, parent, at, len };
        match trouble {
            Trouble::Missing(steps) => {
                let missing = self.missing(automaton, steps, |state, edge| here.missing(state, edge, local));
                if let (1.., Meaning::Edge(edge)) = (missing, &placement.meaning) {
                    let means = Means::TooEarly { edge: *edge, missing };
                    self.doubt(vec![as_reported, Way { state: from, count, means }]);
                }
            }
            Trouble::Late(edge) => {
                match self.noted(automaton, *edge, |what| matches!(what, Noted::Missing(_))) {
                    Some(note) => self.found_behind(automaton, note, *edge),
                    None => self.report(|| here.late(from, *edge)),
                }
                if let Some(before) = automaton.here(from) {
                    let state = automaton.edges[*edge as usize].target;
                    let means = Means::OtherTooEarly { edge: before };
                    self.doubt(vec![as_reported, Way { state, count: 1, means }]);
                }
            }
            Trouble::Unknown => {
                self.report(|| here.unknown(from, uri, local));
                let misnamed = automaton.followers(from).filter(|edge| !automaton.name(*edge).is_empty());
                let after = misnamed.map(|edge| automaton.edges[edge as usize].target).filter(|state| *state != from);
                let after = after.map(|state| Way { state, count: 1, means: Means::AsReported });
                let ways = std::iter::once(as_reported).chain(after).collect();
                self.doubt(ways);
            }
            Trouble::Surplus(edge) => self.report(|| here.surplus(from, *edge)),
            Trouble::Misspelt(edge) => self.report(|| here.misspelt(from, *edge, local)),
            Trouble::Foreign => self.report(|| here.unknown(from, uri, local)),
            Trouble::Undeclared => self.report(|| here.undeclared(local)),
            Trouble::NotAType(fault) => self.report(|| (**fault).clone()),
        }
    }

    /// Takes the namespace of the element that has just been opened for that of the schema.
    pub(super) fn take_namespace(&mut self, uri: &str) {
        self.recovery.aliases.push((self.frames.len(), uri.to_owned()));
    }

    /// Reports the steps that are missing; those that came too early are not. Says how many are.
    fn missing(&mut self, automaton: &Automaton, steps: &[Step], fault: impl Fn(u32, u32) -> Fault) -> usize {
        let mut missing = 0;
        for (state, edge) in steps {
            match self.early(automaton, *edge) {
                Some(note) => drop(self.recovery.notes.remove(note)),
                None => {
                    let kept = self.add(|| fault(*state, *edge));
                    self.note(automaton, *edge, Noted::Missing(kept));
                    missing += 1;
                }
            }
        }
        missing
    }

    /// What was reported as missing stands behind its place.
    fn found_behind(&mut self, automaton: &Automaton, note: usize, edge: u32) {
        if let Noted::Missing(Some(fault)) = self.recovery.notes[note].what {
            let parent = faults::parent(automaton, &self.frames);
            faults::too_late(&mut self.faults.kept[fault], automaton.name(edge), parent);
        }
        // The others of several are as late as the first.
        if !automaton.repeats(edge) {
            self.recovery.notes.remove(note);
        }
    }

    /// Reports what is missing where an element ends that is not complete, with so many bytes of its end tag.
    pub(super) fn end_children(&mut self, automaton: &Automaton, parent: u32, at: usize, len: usize) {
        let accepting = |state: u32| automaton.states[state as usize].accepting;
        let (way, state) = match self.recovery.doubts.last().filter(|_| self.is_in_doubt()) {
            Some(doubt) => {
                let way = doubt.ways.iter().position(|way| accepting(way.state)).unwrap_or(0);
                (way, doubt.ways[way].state)
            }
            None => (0, self.state),
        };
        self.settle(automaton, way);
        // Text instead of children is one fault.
        let text_alone = self.recovery.text_in == self.frames.len() && state == automaton.edges[parent as usize].child;
        if !accepting(state) && !text_alone {
            self.incomplete(automaton, state, parent, at, len);
        }
    }

    /// Reports what is missing behind a state at the end of an element.
    pub(super) fn incomplete(&mut self, automaton: &Automaton, state: u32, parent: u32, at: usize, len: usize) {
        let gap = self.gap(automaton, state, |state| automaton.states[state as usize].accepting);
        let mut steps = gap.map(|(_, steps, _)| steps).unwrap_or_default();
        steps.retain(|(_, edge)| self.early(automaton, *edge).is_none());
        let here = faults::Here { automaton, parent: Some(parent), at, len };
        // An element with nothing in it is one fault.
        if state == automaton.edges[parent as usize].child && steps.len() > 1 {
            return self.report(|| here.empty(&steps));
        }
        for (state, edge) in steps {
            self.report(|| here.missing_at_end(state, edge));
        }
    }

    /// Reports text between elements.
    pub(super) fn stray_text(&mut self, automaton: &Automaton, at: usize, len: usize) {
        let here = faults::Here { automaton, parent: self.frames.edges().next_back(), at, len };
        let state = self.state;
        self.report(|| here.stray_text(state));
        self.watch();
        self.recovery.text_in = self.frames.len();
    }
}

/// An element that follows a state: by its name, or for a wildcard.
fn follow(
    automaton: &Automaton,
    way: &Way,
    (uri, local): (&str, &str),
    attributes: &[OtherAttribute],
) -> Option<Placement> {
    let Way { state, .. } = *way;
    let named = automaton.followers(state).find(|edge| automaton.is_element(*edge, uri, local));
    let taken = || automaton.followers(state).find(|edge| wildcard(automaton, *edge, uri).is_some());
    let at = named.or_else(taken)?;
    let edge = &automaton.edges[at as usize];
    let count = if edge.max != 0 && edge.target == state { way.count + 1 } else { 1 };
    if edge.max != 0 && count > edge.max {
        return None;
    }
    let Some(process) = wildcard(automaton, at, uri) else {
        return Some(Placement { way: 0, meaning: Meaning::Edge(at), state: edge.target, count, trouble: None });
    };
    let (meaning, trouble) = match process {
        Process::Skip => (Meaning::Lax, None),
        Process::Lax => assess(automaton, (uri, local), attributes),
        Process::Strict => match assess(automaton, (uri, local), attributes) {
            (Meaning::Lax, None) => (Meaning::Lax, Some(Trouble::Undeclared)),
            other => other,
        },
    };
    Some(Placement { way: 0, meaning, state: edge.target, count, trouble })
}

/// What an element in lax content is.
fn assess(
    automaton: &Automaton,
    (uri, local): (&str, &str),
    attributes: &[OtherAttribute],
) -> (Meaning, Option<Trouble>) {
    match lax(automaton, uri, local, attributes) {
        Ok(meaning) => (meaning, None),
        Err(fault) => (Meaning::Lax, Some(Trouble::NotAType(fault))),
    }
}

impl Automaton {
    /// The edges that may follow a state.
    pub(super) fn followers(&self, state: u32) -> std::ops::Range<u32> {
        let state = &self.states[state as usize];
        state.first..state.first + state.count
    }

    /// The edges of a state's model, in document order.
    fn model(&self, state: u32) -> std::ops::Range<u32> {
        let state = &self.states[state as usize];
        state.model..state.model + state.model_count
    }

    /// The edge of its model that leads to a state; `None` for the first one.
    pub(super) fn here(&self, state: u32) -> Option<u32> {
        self.model(state).find(|edge| self.edges[*edge as usize].target == state && state != ROOT)
    }

    fn is_element(&self, edge: u32, uri: &str, local: &str) -> bool {
        let edge = &self.edges[edge as usize];
        !matches!(edge.kind, EdgeKind::Any(_)) && self.is(&self.labels[edge.label as usize], uri, local)
    }

    /// The name of an edge's element; of a wildcard the empty one.
    pub(super) fn name(&self, edge: u32) -> &str {
        let edge = &self.edges[edge as usize];
        match edge.kind {
            EdgeKind::Any(_) => "",
            _ => &self.labels[edge.label as usize].name,
        }
    }

    /// Whether an element may follow itself.
    fn repeats(&self, edge: u32) -> bool {
        let target = self.edges[edge as usize].target;
        self.followers(target).any(|next| self.edges[next as usize].target == target)
    }

    /// Whether one state can be reached from another.
    pub(super) fn leads_to(&self, from: u32, to: u32) -> bool {
        let (mut seen, mut open) = (vec![from], vec![from]);
        while let Some(state) = open.pop() {
            for edge in self.followers(state) {
                let target = self.edges[edge as usize].target;
                if target == to {
                    return true;
                }
                if !seen.contains(&target) {
                    seen.push(target);
                    open.push(target);
                }
            }
        }
        false
    }
}
