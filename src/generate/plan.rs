//! A schema compiled for generating: types and particles by number, the way from the root to each of them, and everything
//! that a run has to reach. Must not draw anything.

use std::collections::{BTreeMap, VecDeque};

use super::style::{self, Style};
use super::values::{Aim, Values};
use super::words;
use crate::schema::model::{Attribute, Particle, Process, Schema, Term, Type};

/// The number of a type.
pub type TypeId = usize;
/// The number of a particle.
pub type ParticleId = usize;

/// A schema from which no message can be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no message can be generated from this schema: {0}")]
pub struct Unsuited(pub String);

/// A schema, compiled.
#[derive(Debug)]
pub struct Plan {
    /// The target namespace.
    pub namespace: String,
    /// The name of the root element; its type is the first.
    pub root: String,
    /// The types.
    pub types: Vec<TypePlan>,
    /// The particles.
    pub particles: Vec<ParticlePlan>,
    /// Everything that a run has to reach.
    pub targets: Vec<Target>,
    /// The numbers of the particles: ways of one step are parts of it.
    numbers: Vec<ParticleId>,
}

/// A type, compiled.
#[derive(Debug)]
pub struct TypePlan {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: ContentPlan,
    /// The element through which it is reached first; `None` for that of the root.
    way: Option<ParticleId>,
    /// How many elements there are below at least.
    height: u32,
}

/// What a type holds.
#[derive(Debug)]
pub enum ContentPlan {
    /// A value, perhaps with attributes.
    Value {
        /// The values.
        values: Box<Values>,
        /// The attributes.
        attributes: Vec<AttributePlan>,
    },
    /// Elements.
    Elements(ParticleId),
}

/// An attribute, compiled.
#[derive(Debug)]
pub struct AttributePlan {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
    /// What they are about.
    pub style: Style,
    /// Whether it must stand.
    pub required: bool,
}

/// A particle, compiled.
#[derive(Debug)]
pub struct ParticlePlan {
    /// At least so often.
    pub min: u32,
    /// At most so often.
    pub max: Option<u32>,
    /// What may occur.
    pub term: TermPlan,
    /// The type that it belongs to.
    pub owner: TypeId,
    /// The sequence or choice that it stands in.
    pub up: Option<ParticleId>,
    /// How many elements there are below at least.
    pub height: u32,
}

/// What a particle holds.
#[derive(Debug)]
pub enum TermPlan {
    /// An element.
    Element {
        /// Its name.
        name: String,
        /// Its type.
        type_id: TypeId,
        /// What its values are about.
        style: Style,
        /// Whether messages mostly have it.
        usual: bool,
    },
    /// All, in order.
    Sequence(Vec<ParticleId>),
    /// One of them.
    Choice(Vec<ParticleId>),
    /// Any element of a namespace that is not the schema's own.
    Any {
        /// Its namespace; `None` is any.
        namespace: Option<String>,
    },
}

/// What stands at the end of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Goal {
    /// The particle occurs so often.
    Count(u32),
    /// The value of the element is a particular one.
    Value(Aim),
    /// The value of one of its attributes is.
    Attribute(usize, Aim),
    /// One of its attributes is left out.
    Without(usize),
}

/// Something that a run has to reach: a particle and what is to be seen there.
#[derive(Debug)]
pub struct Target {
    /// The particles from the root to it.
    pub way: Vec<ParticleId>,
    /// What is to be seen there.
    pub goal: Goal,
}

impl Plan {
    /// Compiles a schema for messages with its first global element as their root.
    pub fn new(schema: &Schema) -> Result<Self, Unsuited> {
        let (root, type_name) = schema.elements.first().ok_or_else(|| Unsuited("it declares no element".to_owned()))?;
        let mut compiler = Compiler {
            schema,
            ids: BTreeMap::new(),
            waiting: VecDeque::new(),
            types: vec![],
            particles: vec![],
            names: vec![],
        };
        compiler.type_id(type_name, None);
        while let Some((id, name)) = compiler.waiting.pop_front() {
            compiler.types[id].content = compiler.content(id, name)?;
        }
        let Compiler { types, particles, .. } = compiler;
        let mut plan = Self {
            namespace: schema.namespace.clone(),
            root: root.clone(),
            types,
            particles,
            targets: vec![],
            numbers: vec![],
        };
        plan.numbers = (0..plan.particles.len()).collect();
        plan.measure();
        if plan.types[0].height == ENDLESS {
            return Err(Unsuited("an element must stand inside of itself without end".to_owned()));
        }
        plan.targets = plan.all_targets();
        Ok(plan)
    }

    /// How many elements there are at least below each type and particle, until nothing changes any more.
    fn measure(&mut self) {
        loop {
            let before: Vec<u32> = self.types.iter().map(|t| t.height).collect();
            for id in (0..self.particles.len()).rev() {
                self.particles[id].height = self.particle_height(id);
            }
            for id in 0..self.types.len() {
                self.types[id].height = match &self.types[id].content {
                    ContentPlan::Value { .. } => 0,
                    ContentPlan::Elements(particle) => self.particles[*particle].height,
                };
            }
            if self.types.iter().map(|t| t.height).eq(before) {
                return;
            }
        }
    }

    fn particle_height(&self, id: ParticleId) -> u32 {
        let particle = &self.particles[id];
        let of = |id: &ParticleId| self.particles[*id].height;
        let once = match &particle.term {
            TermPlan::Element { type_id, .. } => self.types[*type_id].height.saturating_add(1),
            TermPlan::Sequence(children) => children.iter().map(of).fold(0, u32::saturating_add),
            TermPlan::Choice(children) => children.iter().map(of).min().unwrap_or(0),
            TermPlan::Any { .. } => 1,
        };
        if particle.min == 0 { 0 } else { once }
    }

    /// The way that is one particle alone.
    pub fn alone(&self, particle: ParticleId) -> &[ParticleId] {
        &self.numbers[particle..=particle]
    }

    /// The particles from the root to a particle.
    pub fn way(&self, particle: ParticleId) -> Vec<ParticleId> {
        let mut way = vec![particle];
        let mut here = particle;
        while let Some(next) = self.particles[here].up.or(self.types[self.particles[here].owner].way) {
            way.push(next);
            here = next;
        }
        way.reverse();
        way
    }

    fn all_targets(&self) -> Vec<Target> {
        let mut all = Vec::new();
        for (id, particle) in self.particles.iter().enumerate().filter(|(_, p)| p.max != Some(0)) {
            let mut counts = vec![particle.min, particle.min.max(1), particle.most()];
            counts.dedup();
            all.extend(counts.into_iter().map(|count| Target { way: self.way(id), goal: Goal::Count(count) }));
        }
        for plan in &self.types {
            let (ContentPlan::Value { values, attributes }, Some(way)) = (&plan.content, plan.way) else { continue };
            let mut add = |goal| all.push(Target { way: self.way(way), goal });
            values.aims().iter().for_each(|aim| add(Goal::Value(*aim)));
            for (nth, attribute) in attributes.iter().enumerate() {
                attribute.values.aims().iter().for_each(|aim| add(Goal::Attribute(nth, *aim)));
                if !attribute.required {
                    add(Goal::Without(nth));
                }
            }
        }
        all
    }

    /// The name of an element's particle; empty for others.
    pub fn name(&self, particle: ParticleId) -> &str {
        match &self.particles[particle].term {
            TermPlan::Element { name, .. } => name,
            _ => "",
        }
    }
}

impl ParticlePlan {
    /// The greatest number of occurrences that a run has to reach.
    pub fn most(&self) -> u32 {
        match self.max {
            Some(max) if max <= SEVERAL => max,
            _ => self.min.max(3),
        }
    }
}

/// Up to so many occurrences the bound itself is reached.
const SEVERAL: u32 = 16;
/// The height of what has no end.
const ENDLESS: u32 = u32::MAX;

struct Compiler<'s> {
    schema: &'s Schema,
    ids: BTreeMap<&'s str, TypeId>,
    waiting: VecDeque<(TypeId, &'s str)>,
    types: Vec<TypePlan>,
    particles: Vec<ParticlePlan>,
    /// The names of the elements, by particle.
    names: Vec<&'s str>,
}

impl<'s> Compiler<'s> {
    fn type_id(&mut self, name: &'s str, way: Option<ParticleId>) -> TypeId {
        if let Some(&id) = self.ids.get(name) {
            self.prefer(id, way);
            return id;
        }
        let id = self.types.len();
        // The content is filled in when its turn comes: breadth first, so that every way is a short one.
        self.types.push(TypePlan { name: name.to_owned(), content: ContentPlan::Elements(0), way, height: ENDLESS });
        self.ids.insert(name, id);
        self.waiting.push_back((id, name));
        id
    }

    /// A value is reached by an element whose value is not settled by others, where there is one.
    fn prefer(&mut self, id: TypeId, way: Option<ParticleId>) {
        let known = self.types[id].way;
        let settled = |way: Option<ParticleId>| way.is_some_and(|way| words::SETTLED.contains(&&*self.names[way]));
        let complex = matches!(self.schema.types.get(&self.types[id].name), Some(Type::Complex(_)));
        if !complex && settled(known) && !settled(way) {
            self.types[id].way = way;
        }
    }

    fn content(&mut self, id: TypeId, name: &'s str) -> Result<ContentPlan, Unsuited> {
        let schema = self.schema;
        match schema.types.get(name) {
            None => Err(Unsuited(format!("the type {name} is not there"))),
            Some(Type::Simple(_)) => {
                Ok(ContentPlan::Value { values: Box::new(self.values(name)?), attributes: vec![] })
            }
            Some(Type::Complex(particle)) => Ok(ContentPlan::Elements(self.particle(particle, id, None)?)),
            Some(Type::SimpleContent { base, attributes }) => {
                let attribute = |attribute: &'s Attribute| {
                    let values = self.values(&attribute.type_name)?;
                    let style = Style::of(&attribute.name, &attribute.type_name, &values);
                    Ok(AttributePlan { name: attribute.name.clone(), values, style, required: attribute.required })
                };
                let attributes = attributes.iter().map(attribute).collect::<Result<_, Unsuited>>()?;
                Ok(ContentPlan::Value { values: Box::new(self.values(base)?), attributes })
            }
        }
    }

    fn values(&self, name: &str) -> Result<Values, Unsuited> {
        match self.schema.types.get(name) {
            Some(Type::Simple(simple)) => {
                Values::new(simple).map_err(|reason| Unsuited(format!("the type {name}: {reason}")))
            }
            _ => Err(Unsuited(format!("{name} is not a simple type"))),
        }
    }

    fn particle(
        &mut self,
        particle: &'s Particle,
        owner: TypeId,
        up: Option<ParticleId>,
    ) -> Result<ParticleId, Unsuited> {
        let id = self.particles.len();
        let (min, max) = (particle.min, particle.max);
        self.particles.push(ParticlePlan { min, max, term: TermPlan::Sequence(vec![]), owner, up, height: ENDLESS });
        self.names.push(if let Term::Element { name, .. } = &particle.term { name } else { "" });
        let term = match &particle.term {
            Term::Element { name, .. } if name.starts_with('{') => {
                return Err(Unsuited(format!("{name} is of another namespace")));
            }
            Term::Element { name, type_name } => {
                let type_id = self.type_id(type_name, Some(id));
                let style = match self.schema.types.get(type_name) {
                    Some(Type::Simple(_)) => {
                        Style::of(name, type_name, &self.values(type_name)?).within(&self.types[owner].name)
                    }
                    _ => Style::Plain,
                };
                TermPlan::Element { name: name.clone(), type_id, style, usual: style::is_usual(name) }
            }
            Term::Sequence(children) => TermPlan::Sequence(self.children(children, owner, id)?),
            Term::Choice(children) => TermPlan::Choice(self.children(children, owner, id)?),
            Term::Any { namespace, process } => {
                if *process == Process::Strict {
                    if min > 0 {
                        return Err(Unsuited("a wildcard asks for an element that is declared elsewhere".to_owned()));
                    }
                    self.particles[id].max = Some(0);
                }
                TermPlan::Any { namespace: namespace.as_deref().and_then(one_namespace) }
            }
        };
        self.particles[id].term = term;
        Ok(id)
    }

    fn children(
        &mut self,
        children: &'s [Particle],
        owner: TypeId,
        up: ParticleId,
    ) -> Result<Vec<ParticleId>, Unsuited> {
        children.iter().map(|child| self.particle(child, owner, Some(up))).collect()
    }
}

/// One of the namespaces that a wildcard takes; `None` when any but a few will do.
fn one_namespace(namespaces: &str) -> Option<String> {
    match namespaces.split(' ').next() {
        None | Some("##other") => None,
        Some("##local") => Some(String::new()),
        Some(namespace) => Some(namespace.to_owned()),
    }
}
