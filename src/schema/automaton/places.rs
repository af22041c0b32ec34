//! The bound paths, step by step, as far as a schema goes along them. Must not know a type: the numbers of models are kept
//! for whoever lays them out.

use crate::schema::binding::{Binding, Kind};

/// Nothing is bound there.
pub(super) const NOTHING: u32 = 0;
/// All bindings, below the root.
pub(super) const ALL: u32 = 1;

/// An element or attribute that a step leads to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// The slot it is bound to; 0 is none.
    pub(super) slot: u16,
    /// Whether it is bound as a group.
    pub(super) group: bool,
    pub(super) personal: bool,
    /// What is bound below it.
    pub(super) below: u32,
}

pub(super) struct Places<'b> {
    all: Vec<Below<'b>>,
}

/// A path with its binding.
type Path<'b> = (&'static str, &'b Binding);

/// What is bound below a place. The same for all places that have the same bindings below them.
struct Below<'b> {
    paths: Vec<Path<'b>>,
    /// The models that were laid out for it: number of the type, first state.
    models: Vec<(u32, u32)>,
}

impl<'b> Places<'b> {
    pub(super) fn new(bindings: &'b [Binding]) -> Self {
        let mut places = Self { all: Vec::new() };
        for paths in [vec![], paths(bindings).collect()] {
            places.all.push(Below { paths, models: Vec::new() });
        }
        places
    }

    /// Where an element below a place stands.
    pub(super) fn element(&mut self, below: u32, name: &str) -> Place {
        self.step(below, |path| match path.strip_prefix(name)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        })
    }

    /// Where an attribute of a place stands.
    pub(super) fn attribute(&mut self, below: u32, name: &str) -> Place {
        self.step(below, |path| (path.strip_prefix('@')? == name).then_some(""))
    }

    /// Follows those paths that go this way; `rest` gives what is left of such a path.
    fn step(&mut self, below: u32, rest: impl Fn(&'static str) -> Option<&'static str>) -> Place {
        let mut place = Place::default();
        let mut further = Vec::new();
        for (path, binding) in &self.all[below as usize].paths {
            match (rest(path), binding.kind) {
                (None, _) => continue,
                (Some(""), Kind::Field { personal }) => (place.slot, place.personal) = (binding.slot, personal),
                (Some(""), Kind::Group(inner)) => {
                    (place.slot, place.group) = (binding.slot, true);
                    further.extend(paths(inner));
                }
                (Some(rest), _) => further.push((rest, *binding)),
            }
        }
        place.below = self.below(further);
        place
    }

    fn below(&mut self, paths: Vec<Path<'b>>) -> u32 {
        let same = |a: &Path<'_>, b: &Path<'_>| std::ptr::eq(a.1, b.1) && a.0 == b.0;
        let is = |known: &Below<'_>| {
            known.paths.len() == paths.len() && known.paths.iter().zip(&paths).all(|(a, b)| same(a, b))
        };
        let known = self.all.iter().position(is);
        known.unwrap_or_else(|| {
            self.all.push(Below { paths, models: Vec::new() });
            self.all.len() - 1
        }) as u32
    }

    /// The first state of a type's model that was laid out for what is bound below a place.
    pub(super) fn model(&self, below: u32, type_at: u32) -> Option<u32> {
        let models = &self.all[below as usize].models;
        models.iter().find(|(known, _)| *known == type_at).map(|(_, start)| *start)
    }

    /// Keeps the first state of a type's model.
    pub(super) fn keep_model(&mut self, below: u32, type_at: u32, start: u32) {
        self.all[below as usize].models.push((type_at, start));
    }
}

fn paths(bindings: &[Binding]) -> impl Iterator<Item = Path<'_>> {
    bindings.iter().flat_map(|binding| binding.paths.iter().map(move |path| (*path, binding)))
}
