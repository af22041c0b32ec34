//! Faults planted in a message: each one is known by its kind, the rule that it breaks and its place, the first byte at
//! which no valid message goes on. For what is missing that is the start tag of what stands there instead, or the end tag of
//! the parent; for an element that may not stand where it does its start tag; for a value its first byte.
//!
//! Several faults of one message are independent: at most one to a parent changes which elements it holds, and none lies in
//! an element that another one put in, moved, renamed or took away.
//!
//! Must not ask the schema engine whether what it planted is a fault.

mod kind;
mod model;
mod structure;
mod value;

pub use kind::Kind;

use super::draw::{Draw, Wish};
use super::message::{Generator, Settings};
use super::plan::{ContentPlan, Goal, ParticleId, Plan, TermPlan};
use super::rng::Rng;
use super::tree::{Content, NodeId, Spot, Tree};
use super::write::Writer;
use crate::finding::{Place, Rule};
use crate::xml::locate;

/// A fault in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// What was done.
    pub kind: Kind,
    /// The rule that is broken.
    pub rule: Rule,
    /// Where it is to be found.
    pub place: Place,
    /// What was done, in words.
    pub what: String,
}

/// A message with faults.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The message.
    pub bytes: Vec<u8>,
    /// The faults, in the order of their places.
    pub faults: Vec<Planted>,
}

impl Generator {
    /// The message of a seed and a number with so many faults in it, or as many as it has room for.
    pub fn mutant(&self, seed: u64, index: u64, faults: usize, settings: Settings) -> Mutant {
        // Where much stands there is room for every kind.
        let rich = settings.rich.or(if faults > 1 { Some(60) } else { None });
        let items = settings.items.or(if faults > 1 { Some(2 + faults as u64 / 5) } else { None });
        let mut message = self.message(seed, index, Settings { rich, items, ..settings });
        let mut planter = Planter {
            plan: &self.plan,
            tree: std::mem::take(&mut message.tree),
            rng: Rng::of(&[message.facts.place[0], index, 2]),
            day: message.day,
            currency: message.facts.currency,
            flags: vec![],
            faults: vec![],
            place: message.facts.place,
        };
        planter.plant(faults);
        let Planter { tree, faults, .. } = planter;
        message.tree = tree;
        let mut writer = Writer::new(settings.layout);
        let depth = message.begin(&mut writer);
        writer.element(&message.tree, 0, depth);
        message.finish(&mut writer);
        let offsets: Vec<usize> = writer.places.iter().map(|(_, offset)| *offset).collect();
        let places = locate::places(&writer.out, 0, &offsets);
        let planted = writer.places.iter().zip(places).map(|((fault, _), place)| {
            let (kind, rule, what) = faults[*fault].clone();
            Planted { kind, rule, place, what }
        });
        let mut faults: Vec<Planted> = planted.collect();
        faults.sort_by_key(|fault| fault.place.offset);
        Mutant { bytes: writer.out, faults }
    }
}

/// What was done to an element.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    /// It has a fault of its own.
    taken: bool,
    /// Which elements it holds was changed.
    reshaped: bool,
    /// Nothing below may be changed.
    frozen: bool,
}

/// Plants faults in one message.
struct Planter<'p> {
    plan: &'p Plan,
    tree: Tree<'p>,
    rng: Rng,
    day: i64,
    currency: &'static str,
    flags: Vec<Flags>,
    faults: Vec<(Kind, Rule, String)>,
    /// Seed and number of the message.
    place: [u64; 2],
}

impl<'p> Planter<'p> {
    fn plant(&mut self, count: usize) {
        // Sixteen neighbours begin each with another group, so that few messages show as many kinds as can be.
        let number = self.place[1];
        let mut groups = kind::GROUPS.to_vec();
        Rng::of(&[self.place[0], number / groups.len() as u64, 3]).shuffle(&mut groups);
        groups.rotate_left(number as usize % kind::GROUPS.len());
        let deck: Vec<&[Kind]> = groups.iter().copied().cycle().take(count + groups.len()).collect();
        let (dealt, others) = deck.split_at(count);
        let mut dealt: Vec<Kind> = dealt.iter().map(|group| group[self.rng.index(group.len())]).collect();
        // What takes subtrees away goes first.
        dealt.sort_by_key(|kind| !kind.is_structural());
        let mut failed = 0;
        for kind in dealt {
            failed += usize::from(!self.plant_kind(kind));
        }
        for group in others {
            if failed == 0 {
                break;
            }
            let kind = group[self.rng.index(group.len())];
            failed -= usize::from(self.plant_kind(kind));
        }
    }

    /// Plants one fault of a kind, wherever there is room for it.
    fn plant_kind(&mut self, kind: Kind) -> bool {
        let mut nodes = self.tree.all();
        self.rng.shuffle(&mut nodes);
        nodes.into_iter().any(|node| {
            self.flags.resize(self.tree.nodes.len(), Flags::default());
            node != 0 && self.is_open(node) && self.plant_at(kind, node).is_some()
        })
    }

    fn plant_at(&mut self, kind: Kind, node: NodeId) -> Option<()> {
        match (&self.tree.nodes[node].content, kind) {
            (Content::Elements { .. }, kind) if kind.is_structural() => self.reshape(kind, node),
            (_, Kind::AttributeMissing | Kind::AttributeValue | Kind::AttributeUnexpected) => {
                self.attribute(kind, node)
            }
            (Content::Value(_), kind) if !kind.is_structural() || kind == Kind::Empty => self.value(kind, node),
            _ => None,
        }
    }

    /// Whether an element may be given a fault: no other one has changed it or anything around it.
    fn is_open(&self, node: NodeId) -> bool {
        let around = || std::iter::successors(Some(node), |node| self.tree.nodes[*node].parent);
        !self.flags[node].taken && !around().any(|node| self.flags[node].frozen)
    }

    /// Whether there is no fault in an element, nor below.
    fn is_clean(&self, node: NodeId) -> bool {
        let flags = self.flags.get(node).copied().unwrap_or_default();
        !flags.taken
            && !flags.reshaped
            && !flags.frozen
            && self.tree.children(node).iter().all(|child| self.is_clean(*child))
    }

    fn flag(&mut self, node: NodeId) -> &mut Flags {
        self.flags.resize(self.tree.nodes.len(), Flags::default());
        &mut self.flags[node]
    }

    fn mark(&mut self, node: NodeId, spot: Spot, kind: Kind, rule: Rule, what: String) {
        let fault = self.faults.len();
        self.tree.nodes[node].marks.push((fault, spot));
        self.faults.push((kind, rule, what));
        self.flag(node).taken = true;
    }

    /// What an element of the schema holds.
    fn content(&self, node: NodeId) -> Option<&'p ContentPlan> {
        match &self.plan.particles[self.tree.nodes[node].particle?].term {
            TermPlan::Element { type_id, .. } => Some(&self.plan.types[*type_id].content),
            _ => None,
        }
    }

    fn value(&mut self, kind: Kind, node: NodeId) -> Option<()> {
        let Some(ContentPlan::Value { values, .. }) = self.content(node) else { return None };
        let old = self.tree.value(node)?.to_owned();
        let (text, rule) = value::broken(kind, values, &old, &mut self.rng)?;
        let what = format!("the value of {} is {}", self.tree.nodes[node].name, kind.id());
        self.tree.set(node, text);
        self.mark(node, Spot::Value, kind, rule, what);
        Some(())
    }

    fn attribute(&mut self, kind: Kind, node: NodeId) -> Option<()> {
        let content = self.content(node)?;
        let name = self.tree.nodes[node].name.clone();
        if kind == Kind::AttributeUnexpected {
            let unexpected = *["Lang", "Vrsn", "currency"].get(self.rng.index(3))?;
            let attributes = &mut self.tree.nodes[node].attributes;
            let at = attributes.len();
            attributes.push((unexpected.into(), "1".to_owned()));
            self.mark(
                node,
                Spot::AttributeName(at),
                kind,
                kind.rule(),
                format!("{name} has the attribute {unexpected}"),
            );
            return Some(());
        }
        let ContentPlan::Value { attributes, .. } = content else { return None };
        let of = |at: &usize| {
            let found = &self.tree.nodes[node].attributes[*at].0;
            attributes.iter().find(|attribute| attribute.name == **found)
        };
        let at = (0..self.tree.nodes[node].attributes.len()).find(|at| of(at).is_some_and(|a| a.required))?;
        let plan = of(&at)?;
        if kind == Kind::AttributeMissing {
            self.tree.nodes[node].attributes.remove(at);
            self.mark(node, Spot::Start, kind, kind.rule(), format!("{name} lacks the attribute {}", plan.name));
            return Some(());
        }
        let old = self.tree.nodes[node].attributes[at].1.clone();
        let wrong = [old.to_lowercase(), format!("{old}O"), old.chars().skip(1).collect(), String::new()];
        let wrong = wrong[self.rng.index(4)].clone();
        if plan.values.is(&wrong) {
            return None;
        }
        let rule = if plan.values.codes.is_empty() { Rule::XsdPattern } else { Rule::XsdEnumeration };
        self.tree.nodes[node].attributes[at].1 = wrong;
        self.mark(
            node,
            Spot::AttributeValue(at),
            kind,
            rule,
            format!("the attribute {} of {name} is wrong", plan.name),
        );
        Some(())
    }
}
