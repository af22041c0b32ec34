//! What was declared, with every name put together with what it names. Must not read files.

use std::collections::{BTreeMap, BTreeSet};

use super::{Declared, Place, RawModel, Reference, XsdError, simple, value};
use crate::schema::built_in;
use crate::schema::model::{Particle, Schema, Term, Type};

impl Declared {
    /// Resolves every name: simple types to their built-in base, and the rest to types that exist and fit.
    pub(super) fn resolve(mut self) -> Result<Schema, XsdError> {
        let values = value::resolve(&mut self)?;
        let mut types = simple::resolve(&self.simple)?;
        self.check_references(&mut types)?;
        let elements: BTreeMap<&str, &str> =
            self.elements.iter().map(|(name, reference)| (name.as_str(), reference.name.as_str())).collect();
        for model in self.models.values_mut() {
            if let Some(missing) = model.elements.iter().find(|reference| !elements.contains_key(&*reference.name)) {
                return Err(missing.place.error(format!("element {} is not declared", missing.name)));
            }
            let mut named = BTreeMap::new();
            complete(&mut model.content, &elements, &mut named, &model.place)?;
            // What an element refers to may lead back here, too.
            for mut reference in std::mem::take(&mut model.elements) {
                reference.name = elements.get(&*reference.name).map_or("", |name| name).to_owned();
                model.types.push(reference);
            }
        }
        self.refuse_recursion()?;
        let derived = self.derived(&types);
        types.extend(values);
        types.extend(self.models.into_iter().map(|(name, model)| (name, Type::Complex(model.content))));
        let (mut own, mut imported) = (Vec::new(), Vec::new());
        for (name, reference) in self.elements {
            if name.starts_with('{') { &mut imported } else { &mut own }.push((name, reference.name));
        }
        own.append(&mut imported);
        Ok(Schema { namespace: self.main.to_string(), elements: own, types, derived })
    }

    /// Checks that each type that is named exists, and adds the built-in ones.
    fn check_references(&self, types: &mut BTreeMap<String, Type>) -> Result<(), XsdError> {
        let of_models = self.models.values().flat_map(|model| &model.types);
        let of_values = self.values.values().flat_map(|value| value.references());
        let of_elements = self.elements.iter().map(|(_, reference)| reference);
        let bases =
            self.values.values().map(value::RawValue::base).filter(|base| !self.values.contains_key(&base.name));
        for reference in of_models.chain(of_values).chain(of_elements).chain(bases) {
            if let Some((name, simple)) = simple::built_in(reference)? {
                types.insert(name, Type::Simple(simple));
            } else if !self.is_declared(&reference.name) {
                return Err(reference.place.error(format!("type {} is not declared", reference.name)));
            } else if reference.must_be_simple && !self.simple.contains_key(&reference.name) {
                return Err(reference.place.error(format!("{} is not a simple type", reference.name)));
            }
        }
        Ok(())
    }

    /// What each type of a value is derived from. The built-in types count where an element is declared by one.
    fn derived(&self, types: &BTreeMap<String, Type>) -> BTreeMap<String, String> {
        let is_built_in = |name: &str| name.starts_with(simple::BUILT_IN);
        let counts = types.keys().any(|name| is_built_in(name));
        let simple = self.simple.iter().map(|(name, simple)| (name, &simple.base));
        let values = self.values.iter().map(|(name, value)| (name, value.base()));
        let all = simple.chain(values).filter(|(_, base)| counts || !is_built_in(&base.name));
        let mut derived: BTreeMap<_, _> = all.map(|(name, base)| (name.clone(), base.name.clone())).collect();
        let built_in =
            built_in::names().filter(|_| counts).filter_map(|name| Some((name, built_in::derived_from(name)?)));
        derived.extend(
            built_in.map(|(name, base)| (simple::BUILT_IN.to_owned() + name, simple::BUILT_IN.to_owned() + base)),
        );
        derived
    }

    /// A type that contains itself has no hash, and no end for whoever follows it.
    fn refuse_recursion(&self) -> Result<(), XsdError> {
        let mut done = BTreeSet::new();
        for start in self.models.keys() {
            // Depth first with an explicit stack: a type, and which of its references comes next.
            let mut path: Vec<(&str, usize)> = vec![(start, 0)];
            while let Some((name, next)) = path.last_mut() {
                let Some(RawModel { place, types, .. }) = self.models.get(*name) else {
                    path.pop();
                    continue;
                };
                let reference = types.get(*next);
                *next += 1;
                match reference {
                    None => {
                        done.insert(*name);
                        path.pop();
                    }
                    Some(Reference { name, .. }) if path.iter().any(|(open, _)| open == name) => {
                        return Err(place.error(format!("type {name} contains itself")));
                    }
                    Some(Reference { name, .. }) if !done.contains(name.as_str()) => path.push((name, 0)),
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }
}

/// Gives elements that are named by reference their type. A name stands for one type within a model.
fn complete(
    particle: &mut Particle,
    elements: &BTreeMap<&str, &str>,
    named: &mut BTreeMap<String, String>,
    place: &Place,
) -> Result<(), XsdError> {
    match &mut particle.term {
        Term::Sequence(parts) | Term::Choice(parts) => {
            parts.iter_mut().try_for_each(|part| complete(part, elements, named, place))
        }
        Term::Element { name, type_name } => {
            if type_name.is_empty()
                && let Some(found) = elements.get(name.as_str())
            {
                type_name.push_str(found);
            }
            match named.get(name.as_str()) {
                Some(known) if known != type_name => {
                    Err(place.error(format!("element {name} has two types in one content model")))
                }
                Some(_) => Ok(()),
                None => {
                    named.insert(name.clone(), type_name.clone());
                    Ok(())
                }
            }
        }
        Term::Any { .. } => Ok(()),
    }
}
