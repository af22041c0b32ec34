//! Where the elements of a parent leave its content model. Works on what is left of the model after each element, so it is
//! slow, short, and owes nothing to the automaton whose verdicts it is compared with.

use crate::generate::plan::{ParticleId, Plan, TermPlan};

/// An element as a model sees it: its name, and its namespace where that is not the schema's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'t> {
    /// The local name.
    pub(super) name: &'t str,
    /// Another namespace.
    pub(super) other: Option<&'t str>,
}

/// A particle of which so many occurrences are still due and allowed.
type Left = (ParticleId, u32, Option<u32>);

/// The number of the first element that no valid content begins with; the number of elements when they end too early;
/// `None` when they are valid.
pub(super) fn first_fault(plan: &Plan, model: ParticleId, elements: &[Seen<'_>]) -> Option<usize> {
    let mut left = vec![full(plan, model)];
    for (nth, element) in elements.iter().enumerate() {
        match behind(plan, &left, *element) {
            Some(next) => left = next,
            None => return Some(nth),
        }
    }
    (!left.iter().all(|left| may_end(plan, *left))).then_some(elements.len())
}

fn full(plan: &Plan, id: ParticleId) -> Left {
    (id, plan.particles[id].min, plan.particles[id].max)
}

/// What is left behind an element.
fn behind(plan: &Plan, left: &[Left], element: Seen<'_>) -> Option<Vec<Left>> {
    for (nth, particle) in left.iter().enumerate() {
        if let Some(mut next) = within(plan, *particle, element) {
            next.extend(&left[nth + 1..]);
            return Some(next);
        }
        if !may_end(plan, *particle) {
            return None;
        }
    }
    None
}

/// What is left of one particle behind an element.
fn within(plan: &Plan, (id, min, max): Left, element: Seen<'_>) -> Option<Vec<Left>> {
    if max == Some(0) {
        return None;
    }
    let mut left = match &plan.particles[id].term {
        TermPlan::Element { name, .. } => (name == element.name && element.other.is_none()).then(Vec::new),
        TermPlan::Sequence(children) => {
            let children: Vec<Left> = children.iter().map(|child| full(plan, *child)).collect();
            behind(plan, &children, element)
        }
        TermPlan::Choice(children) => children.iter().find_map(|child| within(plan, full(plan, *child), element)),
        TermPlan::Any { namespace: None } => Some(Vec::new()),
        TermPlan::Any { namespace } => (namespace.as_deref() == element.other).then(Vec::new),
    }?;
    left.push((id, min.saturating_sub(1), max.map(|max| max - 1)));
    Some(left)
}

fn may_end(plan: &Plan, (id, min, _): Left) -> bool {
    let empty = |id: &ParticleId| may_end(plan, full(plan, *id));
    min == 0
        || match &plan.particles[id].term {
            TermPlan::Element { .. } | TermPlan::Any { .. } => false,
            TermPlan::Sequence(children) => children.iter().all(empty),
            TermPlan::Choice(children) => children.is_empty() || children.iter().any(empty),
        }
}
