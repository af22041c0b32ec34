//! Values with attributes: `simpleContent`, in one step of derivation or several.

use std::collections::BTreeMap;

use super::simple::{self, RawSimple};
use super::tree::{Node, Tree};
use super::{Declared, Place, Reference, XsdError, content, only, only_child, reference, refused, required_name};
use crate::schema::model::{Attribute, Type};

/// More steps of derivation than any schema takes.
const MOST_STEPS: usize = 50;

/// One step of derivation.
pub(super) struct RawValue {
    place: Place,
    base: Reference,
    /// Whether the base is restricted, by facets that stand under a name of their own, or extended.
    restricted: Option<RawSimple>,
    attributes: Vec<RawAttribute>,
}

struct RawAttribute {
    place: Place,
    name: String,
    /// `None` when it may not stand.
    stated: Option<(Reference, bool)>,
}

/// Reads a `simpleContent`.
pub(super) fn read(declared: &mut Declared, tree: &Tree, node: &Node, owner: &str) -> Result<RawValue, XsdError> {
    only(tree, node, &["id"])?;
    let step = only_child(tree, node)?;
    let is_attribute = |child: &&Node| child.name == "attribute";
    let restricted = match step.name.as_str() {
        "extension" => {
            if let Some(other) = step.children.iter().find(|child| !is_attribute(child)) {
                return Err(refused(tree, other));
            }
            None
        }
        "restriction" => Some(simple::facets(tree, step, step.children.iter().filter(|child| !is_attribute(child)))?),
        _ => return Err(refused(tree, step)),
    };
    only(tree, step, &["base", "id"])?;
    let base = Reference { must_be_simple: true, ..reference(tree, step, "base")? };
    let mut attributes: Vec<RawAttribute> = Vec::new();
    for child in step.children.iter().filter(is_attribute) {
        let attribute = attribute(declared, tree, child, owner)?;
        if attributes.iter().any(|known| known.name == attribute.name) {
            return Err(tree.error(child.line, format!("attribute {} is declared twice", attribute.name)));
        }
        attributes.push(attribute);
    }
    let place = Place { file: tree.file.clone(), line: step.line };
    Ok(RawValue { place, base, restricted, attributes })
}

fn attribute(declared: &mut Declared, tree: &Tree, node: &Node, owner: &str) -> Result<RawAttribute, XsdError> {
    only(tree, node, &["name", "type", "use", "fixed", "form", "id"])?;
    if !matches!(node.get("form"), None | Some("unqualified")) {
        return Err(tree.error(node.line, "form of an <attribute> must be \"unqualified\""));
    }
    let name = required_name(tree, node)?.to_owned();
    let place = Place { file: tree.file.clone(), line: node.line };
    let required = match node.get("use") {
        None | Some("optional") => false,
        Some("required") => true,
        Some("prohibited") => return Ok(RawAttribute { place, name, stated: None }),
        Some(other) => return Err(tree.error(node.line, format!("use {other:?} is not accepted"))),
    };
    let path = format!("{owner}/@{name}");
    let mut reference = content::type_of(declared, tree, node, path.clone())?;
    if let Some(fixed) = node.get("fixed") {
        if !required {
            // Where it is absent, it would have to be read as if it stood there.
            let text = "fixed is accepted of an <attribute> that is required: write use=\"required\"";
            return Err(tree.error(node.line, text));
        }
        let name = format!("{path}=");
        declared.simple.insert(name.clone(), simple::fixed(&reference, fixed));
        reference.name = name;
    }
    Ok(RawAttribute { place, name, stated: Some((Reference { must_be_simple: true, ..reference }, required)) })
}

/// The name that the value of a restricted type with attributes goes by.
fn name_of_value(name: &str) -> String {
    format!("{name}/")
}

/// Puts the steps of every value together. The facets of those that are restricted become simple types of their own.
pub(super) fn resolve(declared: &mut Declared) -> Result<Vec<(String, Type)>, XsdError> {
    let mut types = Vec::with_capacity(declared.values.len());
    for (name, value) in &declared.values {
        let (base, attributes) = gather(&declared.values, name, value, 0)?;
        types.push((name.clone(), Type::SimpleContent { base: base.name, attributes }));
    }
    let values = declared.values.iter().filter_map(|(name, value)| Some((name, value, value.restricted.as_ref()?)));
    let mut restricted = Vec::new();
    for (name, value, facets) in values {
        let Some(restricted_type) = declared.values.get(&value.base.name) else {
            let text = format!("{} is no type with attributes: write an <extension>", value.base.name);
            return Err(value.place.error(text));
        };
        let (base, _) = gather(&declared.values, &value.base.name, restricted_type, 0)?;
        restricted.push((name_of_value(name), facets.of(base)));
    }
    declared.simple.extend(restricted);
    Ok(types)
}

/// The simple type of a value, and its attributes.
fn gather(
    values: &BTreeMap<String, RawValue>,
    name: &str,
    value: &RawValue,
    steps: usize,
) -> Result<(Reference, Vec<Attribute>), XsdError> {
    if steps > MOST_STEPS {
        return Err(value
            .place
            .error(format!("type {name} is derived in more than {MOST_STEPS} steps, or from itself")));
    }
    let (mut base, mut attributes) = match values.get(&value.base.name) {
        Some(further) => gather(values, &value.base.name, further, steps + 1)?,
        None => (value.base.clone(), Vec::new()),
    };
    if value.restricted.is_some() {
        base = Reference { name: name_of_value(name), ..value.base.clone() };
    }
    for RawAttribute { place, name, stated } in &value.attributes {
        let known = attributes.iter().position(|attribute: &Attribute| attribute.name == *name);
        let stated = stated.as_ref().map(|(reference, required)| Attribute {
            name: name.clone(),
            type_name: reference.name.clone(),
            required: *required,
        });
        match (value.restricted.is_some(), known, stated) {
            (false, None, stated) => attributes.extend(stated),
            (false, Some(_), _) => return Err(place.error(format!("attribute {name} is declared twice"))),
            (true, None, None) => {}
            (true, None, Some(_)) => return Err(place.error(format!("the base has no attribute {name}"))),
            (true, Some(at), stated) => {
                if attributes[at].required && !stated.as_ref().is_some_and(|stated| stated.required) {
                    return Err(place.error(format!("attribute {name} is required by the base")));
                }
                attributes.splice(at..=at, stated);
            }
        }
    }
    Ok((base, attributes))
}

impl RawValue {
    /// The types that it names.
    pub(super) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.attributes.iter().filter_map(|attribute| Some(&attribute.stated.as_ref()?.0))
    }

    /// The type that it is derived from.
    pub(super) fn base(&self) -> &Reference {
        &self.base
    }
}
