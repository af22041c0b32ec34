//! Bindings: which elements and attributes of a document are handed out, and under which slot. A family of messages
//! declares one table for all its versions; each path is resolved once per version. Must not know any message.

use super::model::{Particle, Schema, Term, Type};

/// One field or group that is read from a document.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The slot it is handed out under, unique within its enclosing group. Slot 0 is reserved: not bound.
    pub slot: u16,
    /// Its name in the ISO 20022 dictionary, such as `InterbankSettlementAmount`.
    pub name: &'static str,
    /// Paths relative to the enclosing group, one per place where the element stood over the versions, such as
    /// `["FinInstnId/BICFI", "FinInstnId/BIC"]`. An attribute is a last step such as `@Ccy`. All that exist in a version
    /// are bound there; see [`Binding::resolve`].
    pub paths: &'static [&'static str],
    /// What stands there.
    pub kind: Kind,
}

/// What a binding hands out.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A value. `personal` says that it is customer data: masked in findings, never logged.
    Field {
        /// Whether it is customer data.
        personal: bool,
    },
    /// An element with content, whose bindings are relative to it.
    Group(&'static [Binding]),
}

/// Where a path leads in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'s> {
    /// To a value: the text of an element, or an attribute, of this simple type.
    Value(&'s str),
    /// To an element with content of this complex type.
    Content(&'s str),
}

impl Binding {
    /// The paths of the binding that exist below a type, with where they lead. A path of a field counts only where it leads to
    /// a value, a path of a group only where it leads to content: the same name can be one in an old version and the
    /// other in a new one.
    pub fn resolve<'s>(&self, schema: &'s Schema, below: &str) -> Vec<(&'static str, Place<'s>)> {
        let fits = |place: &Place<'_>| match self.kind {
            Kind::Field { .. } => matches!(place, Place::Value(_)),
            Kind::Group(_) => matches!(place, Place::Content(_)),
        };
        self.paths.iter().filter_map(|path| Some((*path, resolve(schema, below, path).filter(fits)?))).collect()
    }
}

/// Where a path of element names leads that starts below a type; a last step such as `@Ccy` is an attribute.
pub fn resolve<'s>(schema: &'s Schema, below: &str, path: &str) -> Option<Place<'s>> {
    let mut place = Place::Content(schema.types.get_key_value(below)?.0);
    for step in path.split('/') {
        place = match step.strip_prefix('@') {
            Some(attribute) => attribute_of(schema, place, attribute)?,
            None => child(schema, place, step)?,
        };
    }
    Some(place)
}

fn child<'s>(schema: &'s Schema, parent: Place<'s>, name: &str) -> Option<Place<'s>> {
    let Place::Content(type_name) = parent else { return None };
    let Some(Type::Complex(content)) = schema.types.get(type_name) else { return None };
    let type_name = element(content, name)?;
    Some(match schema.types.get(type_name)? {
        Type::Complex(_) => Place::Content(type_name),
        Type::Simple(_) | Type::SimpleContent { .. } => Place::Value(type_name),
    })
}

fn attribute_of<'s>(schema: &'s Schema, parent: Place<'s>, name: &str) -> Option<Place<'s>> {
    let Place::Value(type_name) = parent else { return None };
    let Some(Type::SimpleContent { attributes, .. }) = schema.types.get(type_name) else { return None };
    let attribute = attributes.iter().find(|attribute| attribute.name == name)?;
    Some(Place::Value(&attribute.type_name))
}

/// The type of the element of that name in a content model; a name stands for one type within it.
fn element<'s>(particle: &'s Particle, name: &str) -> Option<&'s str> {
    match &particle.term {
        Term::Element { name: found, type_name } => (found == name).then_some(type_name),
        Term::Sequence(parts) | Term::Choice(parts) => parts.iter().find_map(|part| element(part, name)),
        Term::Any { .. } => None,
    }
}
