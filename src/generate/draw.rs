//! Draws a message, or a part of one, from a plan: what is optional by chance, what was asked for by its way. Must not know
//! what the values of one element say about those of another.

use std::borrow::Cow;

use super::plan::{AttributePlan, ContentPlan, Goal, ParticleId, Plan, TermPlan, TypeId};
use super::rng::Rng;
use super::style::Style;
use super::tree::{Content, NodeId, Tree};
use super::values::{Aim, Values};
use super::words;
use crate::schema::model::Base;
use crate::value::Currency;

/// Something that was asked for: the particles that are still to be passed, and what is to be seen at the last.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'p> {
    /// The way to it.
    pub way: &'p [ParticleId],
    /// What is to be seen there.
    pub goal: Goal,
}

/// Where the items of a message stand, in place of them.
#[derive(Debug, Clone, Copy)]
pub struct Hole {
    /// The element that holds them.
    pub parent: NodeId,
    /// The number of children before them.
    pub at: usize,
}

/// Draws one message.
pub struct Draw<'p> {
    plan: &'p Plan,
    /// Its numbers.
    pub rng: Rng,
    /// What was drawn.
    pub tree: Tree<'p>,
    /// The day that its dates are near to.
    pub day: i64,
    /// The currency that its amounts are mostly in.
    pub currency: &'static str,
    /// Whether rules beyond the schema may be broken.
    pub free: bool,
    /// In how many of 100 cases something optional is there.
    pub rich: u64,
    /// How many more elements may be drawn before only what is required is.
    pub left: usize,
    /// The particle that the items stand for: the first that is met is left out.
    pub item: Option<ParticleId>,
    /// Where it was left out.
    pub hole: Option<Hole>,
}

/// The namespace of what stands for a wildcard.
const FOREIGN: &str = "urn:payflow:generated";

impl<'p> Draw<'p> {
    /// Begins a message.
    pub fn new(plan: &'p Plan, rng: Rng, day: i64, currency: &'static str) -> Self {
        let tree = Tree::default();
        Self { plan, rng, tree, day, currency, free: false, rich: 30, left: 400, item: None, hole: None }
    }

    /// Draws what a type holds into a new element.
    pub fn element(
        &mut self,
        parent: Option<NodeId>,
        name: &'p str,
        particle: Option<ParticleId>,
        type_id: TypeId,
        style: Style,
        wishes: &[Wish<'p>],
    ) -> NodeId {
        self.left = self.left.saturating_sub(1);
        match &self.plan.types[type_id].content {
            ContentPlan::Elements(content) => {
                let empty = Content::Elements { children: vec![], stray: None };
                let node = self.tree.add(parent, name.into(), particle, empty);
                self.particle(node, *content, wishes);
                node
            }
            ContentPlan::Value { values, attributes } => {
                let node = self.tree.add(parent, name.into(), particle, Content::Value(String::new()));
                self.value(node, values, attributes, style, wishes);
                node
            }
        }
    }

    fn value(
        &mut self,
        node: NodeId,
        values: &'p Values,
        attributes: &'p [AttributePlan],
        style: Style,
        wishes: &[Wish<'p>],
    ) {
        let here = || wishes.iter().filter(|wish| wish.way.is_empty());
        let aim = here().find_map(|wish| if let Goal::Value(aim) = wish.goal { Some(aim) } else { None });
        let mut decimals = None;
        for (nth, attribute) in attributes.iter().enumerate() {
            let wanted = here().find_map(|wish| match wish.goal {
                Goal::Attribute(at, aim) if at == nth => Some(aim),
                _ => None,
            });
            let without = here().any(|wish| wish.goal == Goal::Without(nth)) || wanted.is_none() && self.rng.chance(50);
            if !attribute.required && without {
                continue;
            }
            let money = attribute.style == Style::Currency && values.base == Base::Decimal && !self.free;
            let text = match money {
                true => {
                    let currency = self.money(aim, &attribute.values);
                    decimals = Currency::new(currency).ok().and_then(|currency| currency.minor_units());
                    currency.to_owned()
                }
                false => self.text(&attribute.values, attribute.style, wanted),
            };
            self.tree.nodes[node].attributes.push((Cow::Borrowed(&attribute.name), text));
        }
        let text = match decimals {
            Some(_) => values.number(&mut self.rng, aim, decimals),
            None => self.text(values, style, aim),
        };
        self.tree.set(node, text);
    }

    /// The currency of an amount: one with as many decimals as are asked for.
    fn money(&mut self, aim: Option<Aim>, values: &Values) -> &'static str {
        let drawn = match (aim, self.rng.below(10)) {
            (Some(Aim::Fraction), _) => "XAU",
            (_, 0) => words::CURRENCIES[self.rng.index(words::CURRENCIES.len())],
            _ => self.currency,
        };
        if values.is(drawn) { drawn } else { self.currency }
    }

    fn text(&mut self, values: &Values, style: Style, aim: Option<Aim>) -> String {
        let ruled = style.has_rule() && !self.free;
        values.draw(&mut self.rng, style, aim.filter(|_| !ruled), self.day)
    }

    /// Draws a particle into an element.
    pub fn particle(&mut self, node: NodeId, id: ParticleId, wishes: &[Wish<'p>]) {
        let plan = self.plan;
        let particle = &plan.particles[id];
        let mine: Vec<Wish<'p>> = match wishes.is_empty() {
            true => vec![],
            false => wishes.iter().filter_map(|wish| wish.passing(id)).collect(),
        };
        let count = self.count(id, &mine);
        if count > 0 && self.item == Some(id) && self.hole.is_none() {
            self.hole = Some(Hole { parent: node, at: self.tree.children(node).len() });
            return;
        }
        for nth in 0..count {
            self.once(node, id, &particle.term, if nth == 0 { &mine } else { &[] });
        }
    }

    /// How often a particle occurs.
    fn count(&mut self, id: ParticleId, wishes: &[Wish<'p>]) -> u32 {
        let particle = &self.plan.particles[id];
        let (min, max) = (particle.min, particle.max.unwrap_or(u32::MAX));
        let wanted = |wish: &Wish<'_>| match wish.goal {
            Goal::Count(count) if wish.way.is_empty() => Some(count),
            _ => None,
        };
        // The first wish counts most; what others want to see below needs it to be there.
        if let Some(count) = wishes.first().and_then(wanted) {
            return count;
        }
        if let Some(count) = wishes.iter().filter_map(wanted).max() {
            return count.max(1);
        }
        let usual = matches!(particle.term, TermPlan::Element { usual: true, .. });
        let rich = if usual { self.rich.max(75) } else { self.rich };
        let there = !wishes.is_empty() || self.left > 0 && self.rng.chance(rich);
        let mut count = if there { min.max(1).min(max) } else { min };
        while there && self.left > 0 && count < max.min(min.saturating_add(6)) && self.rng.chance(12) {
            count += 1;
        }
        count
    }

    fn once(&mut self, node: NodeId, id: ParticleId, term: &'p TermPlan, wishes: &[Wish<'p>]) {
        match term {
            TermPlan::Element { name, type_id, style, .. } => {
                self.element(Some(node), name, Some(id), *type_id, *style, wishes);
            }
            TermPlan::Sequence(children) => children.iter().for_each(|child| self.particle(node, *child, wishes)),
            TermPlan::Choice(children) => {
                let wanted = wishes.iter().find_map(|wish| {
                    wish.way.first().filter(|first| children.contains(first)).map(|first| (*first, wish.goal))
                });
                let height = |id: &&ParticleId| self.plan.particles[**id].height;
                let branch = match wanted {
                    Some((branch, _)) => Some(branch),
                    None if self.left == 0 => children.iter().min_by_key(height).copied(),
                    None if children.is_empty() => None,
                    None => Some(children[self.rng.index(children.len())]),
                };
                if let Some(branch) = branch {
                    self.branch(node, branch, wishes);
                }
            }
            TermPlan::Any { namespace } => self.foreign(node, id, namespace.as_deref()),
        }
    }

    /// The branch of a choice that was taken: an optional one is mostly there.
    fn branch(&mut self, node: NodeId, branch: ParticleId, wishes: &[Wish<'p>]) {
        let asked = wishes.iter().any(|wish| wish.way.first() == Some(&branch));
        if asked || self.plan.particles[branch].min > 0 || self.left == 0 || self.rng.chance(10) {
            self.particle(node, branch, wishes);
            return;
        }
        self.particle(node, branch, &[Wish { way: self.plan.alone(branch), goal: Goal::Count(1) }]);
    }

    /// An element that stands for a wildcard.
    fn foreign(&mut self, node: NodeId, id: ParticleId, namespace: Option<&'p str>) {
        let name = if namespace.is_some() { "Signature" } else { "Extra" };
        let empty = Content::Elements { children: vec![], stray: None };
        let element = self.tree.add(Some(node), name.into(), Some(id), empty);
        self.tree.nodes[element].namespace = Some(namespace.unwrap_or(FOREIGN).into());
        let text = self.rng.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8);
        self.tree.add(Some(element), "Value".into(), None, Content::Value(text));
    }
}

impl<'p> Wish<'p> {
    /// What is left of a wish behind a particle; `None` when it goes another way.
    fn passing(&self, id: ParticleId) -> Option<Wish<'p>> {
        let (first, rest) = self.way.split_first()?;
        (*first == id).then_some(Wish { way: rest, goal: self.goal })
    }
}
