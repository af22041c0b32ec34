//! What the walk's fast path asks of an edge, in one cache line: the tag, where it leads, and how its value is checked. Must
//! not decide: what a step is not sure of is left to the unhurried path.

use super::automaton::{Automaton, Edge, EdgeKind};
use super::facet::Fast;
use crate::xml::scan::Tag;

/// An edge, as the fast path sees it. It has the number of its edge.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Step {
    pub(super) tag: Tag,
    pub(super) target: u32,
    /// A group's first state; a value's check; an amount's number among [`Automaton::amounts`].
    pub(super) child: u32,
    /// Text: the least number of characters. A number: the greatest number of digits.
    pub(super) a: u32,
    /// Text: how many more characters there may be. A number: the greatest number of digits behind the point.
    pub(super) b: u32,
    pub(super) slot: u16,
    pub(super) kind: StepKind,
    /// Whether it is counted how often the element follows itself.
    pub(super) counted: bool,
}

/// How the content of an element is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum StepKind {
    /// Not here.
    Unhurried,
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
    pub(super) end: Tag,
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
    pub(super) fn none() -> Self {
        // No tag begins with two of these.
        let (kind, tag) = (StepKind::Unhurried, Tag::new("<", ""));
        Self { tag, target: 0, child: 0, a: 0, b: 0, slot: 0, kind, counted: false }
    }

    /// The step of an edge, and its amount, which is to become the next of [`Automaton::amounts`].
    pub(super) fn of(edge: &Edge, automaton: &Automaton) -> (Self, Option<Amount>) {
        let label = &automaton.labels[edge.label as usize];
        let plain = Self {
            tag: Tag::new(&label.name, ">"),
            target: edge.target,
            child: edge.child,
            slot: edge.slot,
            counted: edge.max != 0,
            ..Self::none()
        };
        // The fast path knows one namespace.
        let foreign = label.namespace.is_some();
        let attributes = automaton.attributes[edge.attributes as usize].as_slice();
        let (step, amount) = match (edge.kind, attributes) {
            _ if foreign => (Self::none(), None),
            (EdgeKind::Group, []) => (Self { kind: StepKind::Group, ..plain }, None),
            (EdgeKind::Leaf, []) => (plain.with_check(automaton), None),
            (EdgeKind::Leaf, [only]) if plain.with_check(automaton).kind == StepKind::Number => {
                let fast = automaton.checks[only.check as usize].fast();
                let letters = matches!(fast, Fast::Shape(shape) if shape.is_three_letters());
                let (end, currency) = (plain.tag, only.check);
                let amount = Amount { end, check: edge.child, currency, slot: only.slot, letters };
                let tag = Tag::new(&label.name, &format!(" {}=\"", only.name));
                let child = automaton.amounts.len() as u32;
                (Self { tag, child, kind: StepKind::Amount, ..plain.with_check(automaton) }, Some(amount))
            }
            _ => (Self::none(), None),
        };
        if step.tag.is_real() { (step, amount) } else { (Self::none(), None) }
    }

    fn with_check(self, automaton: &Automaton) -> Self {
        let check = &automaton.checks[self.child as usize];
        match check.fast() {
            // Longer text is held against the limits.
            Fast::Text { min, max } if *max <= Self::LONGEST_TEXT => {
                Self { kind: StepKind::Text, a: *min, b: max - min, ..self }
            }
            Fast::Shape(_) => Self { kind: StepKind::Shape, ..self },
            Fast::Codes(_) => Self { kind: StepKind::Code, ..self },
            Fast::Decimal { total, fraction } => Self { kind: StepKind::Number, a: *total, b: *fraction, ..self },
            Fast::Date(_) => Self { kind: StepKind::Date, ..self },
            Fast::DateTime(_) => Self { kind: StepKind::DateTime, ..self },
            Fast::Utc(_) => Self { kind: StepKind::Utc, ..self },
            Fast::Boolean => Self { kind: StepKind::Boolean, ..self },
            Fast::Text { .. } | Fast::None => Self { kind: StepKind::Other, ..self },
        }
    }
}
