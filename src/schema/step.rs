//! What the walk's fast path asks of an edge, in one cache line: the tag, where it leads, and how its value is checked. Must
//! not decide: what a step is not sure of is left to the unhurried path.

use super::automaton::{Automaton, Edge, EdgeKind, State};
use super::facet::{Check, Fast};
use crate::xml::scan::Tag;

/// An edge, as the fast path sees it, with what it expects next. It has the number of its edge.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Step {
    pub(super) tag: Tag<Kinds>,
    /// What mostly follows behind the element.
    pub(super) next: Guess,
    /// What followed before that.
    pub(super) other_next: u32,
    /// A group: what it mostly begins with, as a [`Guess`]. A value: its check. An amount: its number among [`Automaton::amounts`].
    pub(super) child: u32,
    /// A group: what it began with before that, in both halves. Text: the least number of characters, and how many more there
    /// may be. A number: the greatest number of digits, and of digits behind the point. Nothing that the fast path takes is
    /// longer than 16 bits say.
    pub(super) bounds: [u16; 2],
    pub(super) slot: u16,
}

/// How a step's content is read.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Kinds {
    pub(super) kind: StepKind,
    /// Of one that is counted: how its content is read.
    pub(super) counted: StepKind,
    /// The two most frequent kinds apart: a test that is foreseen beats a jump by the kind.
    pub(super) frequent: Frequent,
}

/// The kinds of steps that most are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Frequent {
    Text,
    Group,
    /// None of them.
    Other,
}

/// What is expected in a place: how much white space there was last, whether the element around may end there, and the edge
/// that was taken there last; from the lowest bits on, so that each takes one instruction to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess(pub(super) u32);

impl Guess {
    const GAP: u32 = 0xFF;
    const ACCEPTING: u32 = 1 << 8;
    const EDGE: u32 = 9;
    /// No edge: nothing is expected.
    const NONE: u32 = u32::MAX >> Self::EDGE;

    /// At a state where nothing was taken yet.
    pub(super) fn new(state: &State) -> Self {
        // Where nothing may follow, nothing is expected: `first` is the edge of another state there.
        let edge = if state.count == 0 { Self::NONE } else { state.first };
        Self(if state.accepting { Self::ACCEPTING } else { 0 }).with_edge(edge)
    }

    #[inline(always)]
    pub(super) fn edge(self) -> u32 {
        self.0 >> Self::EDGE
    }

    #[inline(always)]
    pub(super) fn accepts(self) -> bool {
        self.0 & Self::ACCEPTING != 0
    }

    /// An edge beyond those that have room is taken for none: then it is looked for each time.
    #[inline(always)]
    pub(super) fn with_edge(self, edge: u32) -> Self {
        Self(self.0 & (Self::ACCEPTING | Self::GAP) | edge.min(Self::NONE) << Self::EDGE)
    }

    /// How many bytes of white space are expected.
    #[inline(always)]
    pub(super) fn gap(self) -> usize {
        (self.0 & Self::GAP) as usize
    }

    /// A longer gap than there is room for is not kept.
    #[inline(always)]
    pub(super) fn with_gap(self, gap: usize) -> Self {
        Self(self.0 & !Self::GAP | if gap > Self::GAP as usize { 0 } else { gap as u32 })
    }
}

/// How the content of an element is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum StepKind {
    /// Not here.
    Unhurried,
    /// It is counted how often the element follows itself; then [`Kinds::counted`] says.
    Counted,
    /// Elements.
    Group,
    /// Text with a least and a greatest length.
    Text,
    /// A value whose pattern has a shape that says it all.
    Shape,
    /// One of some codes of at most eight bytes.
    Code,
    /// A decimal number that is not negative.
    Number,
    /// A number with a currency.
    Amount,
    /// A date.
    Date,
    /// A date with a time.
    DateTime,
    /// A date with a time and `Z`.
    Utc,
    /// `true` or `false`.
    Boolean,
    /// Whatever a check says.
    Other,
}

/// An amount: a number with one attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    /// The end tag, as a start tag.
    pub(super) end: Tag<Kinds>,
    /// The check of the number.
    pub(super) check: u32,
    /// The check of the attribute.
    pub(super) currency: u32,
    /// The slot of the attribute.
    pub(super) slot: u16,
    /// Whether the attribute is any three letters A to Z.
    pub(super) letters: bool,
}

impl Step {
    /// No value that a step takes is longer.
    pub(super) const LONGEST_TEXT: u32 = 4096;

    /// One that stands for no edge.
    pub(super) const fn none() -> Self {
        let kind = StepKind::Unhurried;
        let tag = Tag::none(Kinds { kind, counted: kind, frequent: Frequent::Other });
        Self {
            tag,
            next: Guess(Guess::NONE << Guess::EDGE),
            other_next: Guess::NONE,
            child: 0,
            bounds: [0; 2],
            slot: 0,
        }
    }

    /// The step of an edge, and its amount, which is to become the next of [`Automaton::amounts`].
    pub(super) fn of(edge: &Edge, automaton: &Automaton) -> (Self, Option<Amount>) {
        let label = &automaton.labels[edge.label as usize];
        let attributes = automaton.attributes[edge.attributes as usize].as_slice();
        // The fast path knows one namespace.
        if label.namespace.is_some() {
            return (Self::none(), None);
        }
        let (kind, bounds) = match edge.kind {
            EdgeKind::Group => (StepKind::Group, [0; 2]),
            EdgeKind::Leaf => StepKind::of(&automaton.checks[edge.child as usize]),
            EdgeKind::Any(_) => return (Self::none(), None),
        };
        let (kind, behind, amount) = match (kind, attributes) {
            (_, []) => (kind, ">".to_owned(), None),
            (StepKind::Number, [only]) => {
                let fast = automaton.checks[only.check as usize].fast();
                let letters = matches!(fast, Fast::Shape(shape) if shape.is_three_letters());
                let (check, currency) = (edge.child, only.check);
                let Some(end) = Tag::new(&label.name, ">", Self::none().kinds()) else { return (Self::none(), None) };
                let amount = Amount { end, check, currency, slot: only.slot, letters };
                (StepKind::Amount, format!(" {}=\"", only.name), Some(amount))
            }
            _ => return (Self::none(), None),
        };
        let frequent = match kind {
            _ if edge.max != 0 => Frequent::Other,
            StepKind::Text => Frequent::Text,
            StepKind::Group => Frequent::Group,
            _ => Frequent::Other,
        };
        let kinds = Kinds { kind: if edge.max != 0 { StepKind::Counted } else { kind }, counted: kind, frequent };
        let Some(tag) = Tag::new(&label.name, &behind, kinds) else { return (Self::none(), None) };
        let next = Guess::new(&automaton.states[edge.target as usize]);
        let mut step = Self { tag, next, other_next: Guess::NONE, child: edge.child, bounds, slot: edge.slot };
        match kind {
            StepKind::Group => {
                step.child = Guess::new(&automaton.states[edge.child as usize]).0;
                step.set_other_child(Guess::NONE);
            }
            StepKind::Amount => step.child = automaton.amounts.len() as u32,
            _ => {}
        }
        (step, amount)
    }

    pub(super) fn kinds(&self) -> Kinds {
        self.tag.beside
    }

    /// Of a group: what it began with before what it began with last.
    #[inline(always)]
    pub(super) fn other_child(&self) -> u32 {
        u32::from(self.bounds[0]) | u32::from(self.bounds[1]) << 16
    }

    #[inline(always)]
    pub(super) fn set_other_child(&mut self, edge: u32) {
        self.bounds = [edge as u16, (edge >> 16) as u16];
    }

    /// Whether text of so many bytes, all of them ASCII, is of the type.
    #[inline(always)]
    pub(super) fn takes_text(&self, len: usize) -> bool {
        (len as u32).wrapping_sub(self.bounds[0].into()) <= self.bounds[1].into()
    }

    /// Whether a number with so many digits before and behind the point is of the type.
    #[inline(always)]
    pub(super) fn takes_number(&self, before: u32, behind: u32) -> bool {
        behind <= self.bounds[1].into() && before + behind <= self.bounds[0].into() && before > 0
    }
}

impl StepKind {
    /// How values of a type are read, and their bounds.
    fn of(check: &Check) -> (Self, [u16; 2]) {
        let bounds = |one: u32, other: u32| [one, other].map(|bound| bound.min(u32::from(u16::MAX)) as u16);
        match check.fast() {
            // Longer text is held against the limits.
            Fast::Text { min, max } if *max <= Step::LONGEST_TEXT => (Self::Text, bounds(*min, max - min)),
            Fast::Decimal { total, fraction } => (Self::Number, bounds(*total, *fraction)),
            Fast::Shape(_) => (Self::Shape, [0; 2]),
            Fast::Codes(_) => (Self::Code, [0; 2]),
            Fast::Date(_) => (Self::Date, [0; 2]),
            Fast::DateTime(_) => (Self::DateTime, [0; 2]),
            Fast::Utc(_) => (Self::Utc, [0; 2]),
            Fast::Boolean => (Self::Boolean, [0; 2]),
            Fast::Text { .. } | Fast::None => (Self::Other, [0; 2]),
        }
    }
}
