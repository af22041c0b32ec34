//! The elements that are open in a walk. One that the fast path opened is a single number.

use super::super::automaton::Automaton;
use crate::xml::namespace::Mark;

/// An element that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The state to go on in behind it.
    pub(super) state: u32,
    pub(super) count: u32,
    /// Its edge; in lax content [`NO_EDGE`], or [`SKIPPED`].
    pub(super) edge: u32,
    /// Where its name begins in the walk's names, or [`AS_EXPECTED`].
    pub(super) name: u32,
    /// The declarations to go back to, when it declared any.
    pub(super) scopes: Option<Mark>,
}

pub(super) const NO_EDGE: u32 = u32::MAX;
/// Instead of an edge: an element that may not stand there. Nothing below it is looked at.
pub(super) const SKIPPED: u32 = NO_EDGE - 1;
pub(super) const AS_EXPECTED: u32 = u32::MAX;

/// The open elements, from the root inwards.
#[derive(Debug)]
pub(super) struct Frames {
    /// The edge of each that is as expected; else its place among the strange ones, with [`STRANGE`]. There is always room
    /// for [`SHALLOW`] of them.
    open: Vec<u32>,
    depth: usize,
    /// How often each that is as expected and counted has followed itself.
    counts: Vec<u32>,
    strange: Vec<Frame>,
}

/// Marks an open element that is not as expected.
const STRANGE: u32 = 1 << 31;

/// So many open elements have their place beforehand: hardly any message goes deeper.
pub(super) const SHALLOW: usize = 256;

/// The open elements as the fast path sees them.
pub(super) struct Shallow<'a> {
    pub(super) open: &'a mut [u32; SHALLOW],
    pub(super) depth: &'a mut usize,
    pub(super) counts: &'a mut Vec<u32>,
}

impl Default for Frames {
    fn default() -> Self {
        Self { open: vec![0; SHALLOW], depth: 0, counts: Vec::new(), strange: Vec::new() }
    }
}

impl Frames {
    pub(super) fn clear(&mut self) {
        self.depth = 0;
        self.counts.clear();
        self.strange.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.depth
    }

    pub(super) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// For the fast path; `None` when more elements are open than it takes.
    #[inline(always)]
    pub(super) fn shallow(&mut self) -> Option<Shallow<'_>> {
        let Self { open, depth, counts, .. } = self;
        let open = open.first_chunk_mut().filter(|_| *depth <= SHALLOW)?;
        Some(Shallow { open, depth, counts })
    }

    /// Opens an element that is as expected and not counted.
    pub(super) fn push_expected(&mut self, edge: u32) {
        match self.open.get_mut(self.depth) {
            Some(place) => *place = edge,
            None => self.open.push(edge),
        }
        self.depth += 1;
    }

    /// Opens an element that is not as expected.
    pub(super) fn push(&mut self, frame: Frame) {
        self.push_expected(STRANGE | self.strange.len() as u32);
        self.strange.push(frame);
    }

    pub(super) fn pop(&mut self, automaton: &Automaton) {
        let Some(depth) = self.depth.checked_sub(1) else { return };
        self.depth = depth;
        match self.open[depth] {
            top if top & STRANGE != 0 => drop(self.strange.pop()),
            top if is_counted(automaton, top) => drop(self.counts.pop()),
            _ => {}
        }
    }

    pub(super) fn get(&self, automaton: &Automaton, at: usize) -> Option<Frame> {
        let open = *self.open[..self.depth].get(at)?;
        if open & STRANGE != 0 {
            return self.strange.get((open & !STRANGE) as usize).copied();
        }
        let counted = |open: &&u32| *open & STRANGE == 0 && is_counted(automaton, **open);
        let count = if counted(&&open) { self.counts[self.open[..at].iter().filter(counted).count()] } else { 0 };
        let state = automaton.edges[open as usize].target;
        Some(Frame { state, count, edge: open, name: AS_EXPECTED, scopes: None })
    }

    pub(super) fn last(&self, automaton: &Automaton) -> Option<Frame> {
        self.get(automaton, self.len().checked_sub(1)?)
    }

    /// The edge of each, from the root inwards.
    pub(super) fn edges(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator {
        self.open[..self.depth].iter().map(|open| match open & STRANGE {
            0 => *open,
            _ => self.strange[(open & !STRANGE) as usize].edge,
        })
    }

    /// Says by which name the innermost element is known from now on.
    pub(super) fn rename_last(&mut self, automaton: &Automaton, name: u32) {
        if let Some(frame) = self.last(automaton) {
            self.pop(automaton);
            self.push(Frame { name, ..frame });
        }
    }
}

fn is_counted(automaton: &Automaton, edge: u32) -> bool {
    automaton.edges[edge as usize].max != 0
}
