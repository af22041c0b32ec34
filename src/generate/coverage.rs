//! What messages have shown of their schema, and what is missing: elements present, absent and repeated, so branches of
//! choices too; bounds, codes, branches of patterns and forms of values. Looks at messages, not at how they were made.

use std::collections::HashSet;

use super::message::{Generator, Message};
use super::plan::{ContentPlan, ParticleId, TermPlan, TypeId};
use super::values::Aim;

/// What was seen of a schema.
#[derive(Debug)]
pub struct Coverage<'g> {
    generator: &'g Generator,
    seen: HashSet<Sight>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sight {
    Present(ParticleId),
    Absent(ParticleId),
    Most(ParticleId),
    Value(TypeId, Aim),
    Attribute(TypeId, usize, Aim),
    Without(TypeId, usize),
}

impl<'g> Coverage<'g> {
    /// Nothing was seen yet.
    pub fn new(generator: &'g Generator) -> Self {
        Self { generator, seen: HashSet::new() }
    }

    /// Looks at a message of this generator.
    pub fn see(&mut self, message: &Message<'_>) {
        let (plan, tree) = (&self.generator.plan, &message.tree);
        for node in tree.all() {
            let type_id = match tree.nodes[node].particle.map(|particle| &plan.particles[particle].term) {
                Some(TermPlan::Element { type_id, .. }) => *type_id,
                None if node == 0 => 0,
                _ => continue,
            };
            match &plan.types[type_id].content {
                ContentPlan::Elements(_) => {
                    for (id, particle) in self.elements(type_id) {
                        let is = |child: &&usize| tree.nodes[**child].particle == Some(id);
                        match tree.children(node).iter().filter(is).count() {
                            0 => self.seen.insert(Sight::Absent(id)),
                            count if count >= particle as usize => {
                                self.seen.insert(Sight::Most(id)) | self.seen.insert(Sight::Present(id))
                            }
                            _ => self.seen.insert(Sight::Present(id)),
                        };
                    }
                }
                ContentPlan::Value { values, attributes } => {
                    let value = tree.value(node).unwrap_or_default();
                    self.seen.extend(values.reached(value).into_iter().map(|aim| Sight::Value(type_id, aim)));
                    for (nth, attribute) in attributes.iter().enumerate() {
                        let found = tree.nodes[node].attributes.iter().find(|(name, _)| *name == attribute.name);
                        match found {
                            None => self.seen.extend([Sight::Without(type_id, nth)]),
                            Some((_, text)) => {
                                let reached = attribute.values.reached(text);
                                self.seen.extend(reached.into_iter().map(|aim| Sight::Attribute(type_id, nth, aim)));
                            }
                        }
                    }
                }
            }
        }
    }

    /// The elements of a type's own model, each with the number of them that is to be seen.
    fn elements(&self, type_id: TypeId) -> Vec<(ParticleId, u32)> {
        let plan = &self.generator.plan;
        let ContentPlan::Elements(root) = plan.types[type_id].content else { return vec![] };
        let (mut found, mut waiting) = (vec![], vec![root]);
        while let Some(id) = waiting.pop() {
            match &plan.particles[id].term {
                TermPlan::Sequence(children) | TermPlan::Choice(children) => waiting.extend(children),
                _ if plan.particles[id].max != Some(0) => found.push((id, plan.particles[id].most())),
                _ => {}
            }
        }
        found
    }

    /// Whether a type's model can do without an element.
    fn is_optional(&self, mut id: ParticleId) -> bool {
        let plan = &self.generator.plan;
        loop {
            let particle = &plan.particles[id];
            let Some(up) = particle.up else { return particle.min == 0 };
            let others = matches!(&plan.particles[up].term, TermPlan::Choice(children) if children.len() > 1);
            if particle.min == 0 || others {
                return true;
            }
            id = up;
        }
    }

    /// What was not seen, in words.
    pub fn missing(&self) -> Vec<String> {
        let plan = &self.generator.plan;
        let mut missing = Vec::new();
        let mut need = |sight: Sight, text: String| {
            if !self.seen.contains(&sight) {
                missing.push(text);
            }
        };
        for (type_id, of) in plan.types.iter().enumerate() {
            for (id, most) in self.elements(type_id) {
                let name = format!("{}/{}", of.name, plan.name(id));
                need(Sight::Present(id), format!("{name} present"));
                need(Sight::Most(id), format!("{name} {most} times"));
                if self.is_optional(id) {
                    need(Sight::Absent(id), format!("{name} absent"));
                }
            }
            let ContentPlan::Value { values, attributes } = &of.content else { continue };
            values.aims().iter().for_each(|aim| need(Sight::Value(type_id, *aim), format!("{} {aim:?}", of.name)));
            for (nth, attribute) in attributes.iter().enumerate() {
                let name = format!("{}/@{}", of.name, attribute.name);
                let aims = attribute.values.aims();
                aims.iter().for_each(|aim| need(Sight::Attribute(type_id, nth, *aim), format!("{name} {aim:?}")));
                if !attribute.required {
                    need(Sight::Without(type_id, nth), format!("{name} absent"));
                }
            }
        }
        missing
    }
}
