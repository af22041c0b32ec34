//! The reader of XML Schema files: all that the official files of bank messages say, and what usage guidelines made from
//! them say beyond.
//!
//! ```text
//! schema      = (include | import)* (element | simpleType | complexType)*
//! element     = name, a type by its name or within                  (global: the roots)
//! simpleType  = restriction of a built-in or a simple type, by facets
//! complexType = sequence | choice | simpleContent
//! sequence    = (element | ref | sequence | choice | any)*          each so many times
//! choice      = (element | ref | sequence | choice | any)+          each so many times
//! simpleContent = extension of a type of a value by attributes, or restriction of one that has some
//! ```
//!
//! A file without a target namespace takes that of the file that includes it. Annotations are passed over. Anything else
//! is refused by file, line and name: nothing is taken for what it might not mean. Pure: what an `include` or `import` names
//! is fetched by the caller. Must not know any message.

mod content;
mod resolve;
mod simple;
mod tree;
mod value;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::model::{Particle, Schema};
use simple::RawSimple;
use tree::{Name, Node, Tree};
use value::RawValue;

/// A schema file that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct XsdError {
    /// The name of the file.
    pub file: String,
    /// The line of the construct, from 1.
    pub line: u32,
    /// What is wrong there.
    pub problem: String,
}

impl XsdError {
    fn new(file: &str, line: u32, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, problem: problem.into() }
    }
}

/// Fetches the text of an included or imported file by its `schemaLocation`, or says why it cannot.
pub type Include<'i, 't> = &'i mut dyn FnMut(&str) -> Result<Cow<'t, str>, String>;

/// Where each type is declared: the file, and the line.
pub type Places = BTreeMap<String, (String, u32)>;

/// Reads a schema that includes nothing, such as an official file. `file` is its name in errors.
pub fn read_single(file: &str, text: &str) -> Result<Schema, XsdError> {
    read(file, text, &mut |_| Err("nothing can be included here".to_owned()))
}

/// Reads a schema with all that it includes and imports. `file` is its name in errors.
pub fn read<'t>(file: &str, text: &str, include: Include<'_, 't>) -> Result<Schema, XsdError> {
    read_all(file, text, include)?.resolve()
}

/// Reads a schema as [`read`] does, and says where its types are declared.
pub fn read_with_places<'t>(file: &str, text: &str, include: Include<'_, 't>) -> Result<(Schema, Places), XsdError> {
    let declared = read_all(file, text, include)?;
    let place = |place: &Place| (place.file.to_string(), place.line);
    let mut places: Places = declared.models.iter().map(|(name, model)| (name.clone(), place(&model.place))).collect();
    places.extend(declared.simple.iter().map(|(name, simple)| (name.clone(), place(&simple.base.place))));
    Ok((declared.resolve()?, places))
}

/// The names of the global elements that one file declares itself.
///
/// # Errors
/// When it is no schema file.
pub fn roots(file: &str, text: &str) -> Result<Vec<String>, XsdError> {
    let tree = tree::read(file, text)?;
    let elements = tree.root.children.iter().filter(|node| node.name == "element");
    Ok(elements.filter_map(|node| node.get("name").map(str::to_owned)).collect())
}

fn read_all<'t>(file: &str, text: &str, include: Include<'_, 't>) -> Result<Declared, XsdError> {
    let mut tree = tree::read(file, text)?;
    tree.target = tree.root.get("targetNamespace").unwrap_or_default().to_owned();
    tree.main = tree.target.as_str().into();
    let mut declared = Declared { main: Rc::clone(&tree.main), ..Declared::default() };
    declared.included.insert((tree.target.clone(), file.to_owned()));
    declared.take(&mut tree, include)?;
    Ok(declared)
}

/// Where something was declared or named.
#[derive(Debug, Clone)]
struct Place {
    file: Rc<str>,
    line: u32,
}

impl Place {
    fn error(&self, problem: impl Into<String>) -> XsdError {
        XsdError::new(&self.file, self.line, problem)
    }
}

/// A name in some place.
#[derive(Debug, Clone)]
struct Reference {
    /// The name, as [`crate::schema::model`] writes it.
    name: String,
    place: Place,
    /// Whether only a simple type will do.
    must_be_simple: bool,
}

/// A content model, with every name that it uses.
struct RawModel {
    place: Place,
    content: Particle,
    types: Vec<Reference>,
    elements: Vec<Reference>,
}

/// What the files declare, before names are resolved.
#[derive(Default)]
struct Declared {
    main: Rc<str>,
    /// By namespace and location.
    included: BTreeSet<(String, String)>,
    elements: Vec<(String, Reference)>,
    simple: BTreeMap<String, RawSimple>,
    models: BTreeMap<String, RawModel>,
    values: BTreeMap<String, RawValue>,
}

impl Declared {
    /// Takes the declarations of one file and of those that it includes.
    fn take(&mut self, tree: &mut Tree, include: Include<'_, '_>) -> Result<(), XsdError> {
        check_root(tree)?;
        let imports = tree.root.children.iter().filter(|node| node.name == "import");
        tree.imported = imports.map(|node| node.get("namespace").unwrap_or_default().to_owned()).collect();
        let tree = &*tree;
        for node in &tree.root.children {
            match node.name.as_str() {
                "include" => self.include(tree, node, include)?,
                "import" => self.import(tree, node, include)?,
                "element" => content::global_element(self, tree, node)?,
                "simpleType" => {
                    let name = self.new_type(tree, node)?;
                    self.simple.insert(name, simple::read(tree, node)?);
                }
                "complexType" => {
                    let name = self.new_type(tree, node)?;
                    content::complex_type(self, tree, node, name)?;
                }
                _ => return Err(refused(tree, node)),
            }
        }
        Ok(())
    }

    fn include(&mut self, tree: &Tree, node: &Node, include: Include<'_, '_>) -> Result<(), XsdError> {
        only(tree, node, &["schemaLocation", "id"])?;
        empty(tree, node)?;
        let location = required(tree, node, "schemaLocation")?;
        let Some(mut other) = self.fetch(tree, node, "included", location, &tree.target, include)? else {
            return Ok(());
        };
        if other.root.get("targetNamespace").is_some_and(|target| target != tree.target) {
            let text = "an included schema must have the same target namespace, or none: write <import> for another";
            return Err(other.error(other.root.line, text));
        }
        self.take(&mut other, include)
    }

    fn import(&mut self, tree: &Tree, node: &Node, include: Include<'_, '_>) -> Result<(), XsdError> {
        only(tree, node, &["namespace", "schemaLocation", "id"])?;
        empty(tree, node)?;
        let namespace = node.get("namespace").unwrap_or_default();
        if namespace == tree.target {
            return Err(tree.error(node.line, "a schema can't import its own namespace: write <include>"));
        }
        let location = required(tree, node, "schemaLocation")?;
        let Some(mut other) = self.fetch(tree, node, "imported", location, namespace, include)? else {
            return Ok(());
        };
        let found = other.root.get("targetNamespace").unwrap_or_default();
        if found != namespace {
            return Err(
                tree.error(node.line, format!("{location} declares the namespace {found:?}, not {namespace:?}"))
            );
        }
        self.take(&mut other, include)
    }

    /// Reads another file; `None` when it was read before.
    fn fetch(
        &mut self,
        tree: &Tree,
        node: &Node,
        how: &str,
        location: &str,
        target: &str,
        include: Include<'_, '_>,
    ) -> Result<Option<Tree>, XsdError> {
        let location = location.trim_start_matches("./");
        if !self.included.insert((target.to_owned(), location.to_owned())) {
            return Ok(None);
        }
        let text = include(location)
            .map_err(|problem| tree.error(node.line, format!("{location} cannot be {how}: {problem}")))?;
        let mut other = tree::read(location, &text)?;
        other.main = Rc::clone(&tree.main);
        other.target = target.to_owned();
        Ok(Some(other))
    }

    /// The name of a named type, which must be new.
    fn new_type(&self, tree: &Tree, node: &Node) -> Result<String, XsdError> {
        only(tree, node, &["name", "id"])?;
        let local = required_name(tree, node)?;
        let name = tree.own_name(local);
        if self.is_declared(&name) {
            return Err(tree.error(node.line, format!("type {local} is declared twice")));
        }
        Ok(name)
    }

    fn is_declared(&self, name: &str) -> bool {
        self.simple.contains_key(name) || self.models.contains_key(name) || self.values.contains_key(name)
    }
}

fn check_root(tree: &Tree) -> Result<(), XsdError> {
    let root = &tree.root;
    only(tree, root, &["targetNamespace", "elementFormDefault", "attributeFormDefault", "version", "id"])?;
    if root.get("targetNamespace") == Some("") {
        return Err(tree.error(root.line, "targetNamespace must not be empty"));
    }
    if root.get("elementFormDefault") != Some("qualified") {
        return Err(tree.error(root.line, "elementFormDefault must be \"qualified\""));
    }
    if !matches!(root.get("attributeFormDefault"), None | Some("unqualified")) {
        return Err(tree.error(root.line, "attributeFormDefault must be \"unqualified\""));
    }
    Ok(())
}

/// What to write instead of constructs that no message schema needs.
const INSTEAD: &[(&str, &str)] = &[
    ("all", "write a <sequence>"),
    ("anyAttribute", "write out the attributes"),
    ("attributeGroup", "write out its attributes"),
    ("complexContent", "write out the whole content"),
    ("group", "write out its content where it is named"),
    ("key", "a schema can't check this here"),
    ("keyref", "a schema can't check this here"),
    ("list", "write a pattern"),
    ("redefine", "write <include>, and the new type under another name"),
    ("union", "write one restriction that takes what its members take"),
    ("unique", "a schema can't check this here"),
];

/// Refuses a construct by its name.
fn refused(tree: &Tree, node: &Node) -> XsdError {
    let instead = INSTEAD.iter().find(|(name, _)| *name == node.name).map_or("", |(_, instead)| instead);
    let colon = if instead.is_empty() { "" } else { ": " };
    tree.error(node.line, format!("<{}> is not accepted here{colon}{instead}", node.name))
}

/// Refuses every attribute but these.
fn only(tree: &Tree, node: &Node, known: &[&str]) -> Result<(), XsdError> {
    match node.attributes.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        Some((key, _)) => {
            let instead = match key.as_str() {
                "default" | "fixed" => ": write an enumeration of one value",
                _ => "",
            };
            Err(tree.error(node.line, format!("attribute {key} of <{}> is not accepted{instead}", node.name)))
        }
        None => Ok(()),
    }
}

/// Refuses children.
fn empty(tree: &Tree, node: &Node) -> Result<(), XsdError> {
    node.children.first().map_or(Ok(()), |child| Err(refused(tree, child)))
}

/// The one child that an element must have.
fn only_child<'n>(tree: &Tree, node: &'n Node) -> Result<&'n Node, XsdError> {
    match node.children.as_slice() {
        [child] => Ok(child),
        [] => Err(tree.error(node.line, format!("<{}> without content is not accepted", node.name))),
        [_, second, ..] => Err(refused(tree, second)),
    }
}

fn required<'n>(tree: &Tree, node: &'n Node, key: &str) -> Result<&'n str, XsdError> {
    node.get(key).ok_or_else(|| tree.error(node.line, format!("<{}> needs {key}", node.name)))
}

/// The `name` of a declaration.
fn required_name<'n>(tree: &Tree, node: &'n Node) -> Result<&'n str, XsdError> {
    let name = required(tree, node, "name")?;
    let starts = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !starts || !goes_on {
        return Err(tree.error(node.line, format!("{name:?} is not a name")));
    }
    Ok(name)
}

/// A reference to a type or an element, by the value of an attribute.
fn reference(tree: &Tree, node: &Node, key: &str) -> Result<Reference, XsdError> {
    let value = required(tree, node, key)?;
    let place = Place { file: tree.file.clone(), line: node.line };
    let name = match tree.name(value) {
        Some(Name::BuiltIn(local)) => format!("{}{local}", simple::BUILT_IN),
        // Within a file that has no namespace of its own, a name without one is of the namespace it is included into.
        Some(Name::In(found, local)) if found == tree.target || (found.is_empty() && is_chameleon(tree)) => {
            tree.own_name(local)
        }
        Some(Name::In(found, local)) if tree.imported.iter().any(|imported| imported == found) => {
            tree.qualified(found, local)
        }
        Some(Name::In(..)) => return Err(place.error(format!("{value} is of a namespace that is not imported"))),
        None => return Err(place.error(format!("the prefix of {value} is not declared"))),
    };
    Ok(Reference { name, place, must_be_simple: false })
}

fn is_chameleon(tree: &Tree) -> bool {
    tree.root.get("targetNamespace").is_none()
}
