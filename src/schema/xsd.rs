//! The reader of XML Schema files, in the subset that bank messages use.
//!
//! ```text
//! schema      = include* (element | simpleType | complexType)*
//! element     = name, type                                     (global: the roots)
//! simpleType  = restriction of a built-in or a simple type, by facets
//! complexType = sequence | choice | simpleContent (an extension of a simple type by attributes)
//! sequence    = (element | choice | any)*
//! choice      = element+
//! any         = exactly one element
//! ```
//!
//! A file without a target namespace takes that of the file that includes it. Annotations are passed over. Anything else
//! is refused by file, line and name. Pure: what an `include` names is fetched by the caller. Must not know any message.

mod content;
mod simple;
mod tree;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::model::{Schema, Type};
use content::Reference;
use simple::RawSimple;
use tree::{Name, Node, Tree};

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

/// Fetches the text of an included file by its `schemaLocation`, or says why it cannot.
pub type Include<'i, 't> = &'i mut dyn FnMut(&str) -> Result<Cow<'t, str>, String>;

/// Reads a schema that includes nothing, such as an official file. `file` is its name in errors.
pub fn read_single(file: &str, text: &str) -> Result<Schema, XsdError> {
    read(file, text, &mut |_| Err("nothing can be included here".to_owned()))
}

/// Reads a schema with all that it includes. `file` is its name in errors.
pub fn read<'t>(file: &str, text: &str, include: Include<'_, 't>) -> Result<Schema, XsdError> {
    let tree = tree::read(file, text)?;
    let namespace = tree.root.get("targetNamespace").unwrap_or_default().to_owned();
    let mut declared = Declared { namespace, ..Declared::default() };
    declared.included.insert(file.to_owned());
    declared.take(&tree, include)?;
    declared.resolve()
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

/// What the files declare, before names are resolved.
#[derive(Default)]
struct Declared {
    namespace: String,
    included: BTreeSet<String>,
    elements: Vec<(String, Reference)>,
    simple: BTreeMap<String, RawSimple>,
    /// Complex types, with every type name that they use.
    complex: BTreeMap<String, (Place, Type, Vec<Reference>)>,
}

impl Declared {
    /// Takes the declarations of one file and of those that it includes.
    fn take(&mut self, tree: &Tree, include: Include<'_, '_>) -> Result<(), XsdError> {
        self.check_root(tree)?;
        for node in &tree.root.children {
            match node.name.as_str() {
                "include" => self.include(tree, node, include)?,
                "element" => {
                    let (name, reference) = content::global_element(tree, node, &self.namespace)?;
                    if self.elements.iter().any(|(known, _)| *known == name) {
                        return Err(tree.error(node.line, format!("element {name} is declared twice")));
                    }
                    self.elements.push((name, reference));
                }
                "simpleType" => {
                    let name = self.new_type(tree, node)?;
                    self.simple.insert(name, simple::read(tree, node, &self.namespace)?);
                }
                "complexType" => {
                    let name = self.new_type(tree, node)?;
                    let (content, references) = content::complex_type(tree, node, &self.namespace)?;
                    let place = Place { file: tree.file.clone(), line: node.line };
                    self.complex.insert(name, (place, content, references));
                }
                _ => return Err(refused(tree, node)),
            }
        }
        Ok(())
    }

    fn check_root(&self, tree: &Tree) -> Result<(), XsdError> {
        let root = &tree.root;
        only(tree, root, &["targetNamespace", "elementFormDefault", "attributeFormDefault", "version", "id"])?;
        let target = root.get("targetNamespace");
        if target == Some("") {
            return Err(tree.error(root.line, "targetNamespace must not be empty"));
        }
        if target.is_some_and(|target| target != self.namespace) {
            return Err(tree.error(root.line, "an included schema must have the same target namespace, or none"));
        }
        if root.get("elementFormDefault") != Some("qualified") {
            return Err(tree.error(root.line, "elementFormDefault must be \"qualified\""));
        }
        if !matches!(root.get("attributeFormDefault"), None | Some("unqualified")) {
            return Err(tree.error(root.line, "attributeFormDefault must be \"unqualified\""));
        }
        Ok(())
    }

    fn include(&mut self, tree: &Tree, node: &Node, include: Include<'_, '_>) -> Result<(), XsdError> {
        only(tree, node, &["schemaLocation", "id"])?;
        empty(tree, node)?;
        let location = required(tree, node, "schemaLocation")?;
        if !self.included.insert(location.to_owned()) {
            return Ok(());
        }
        let text = include(location)
            .map_err(|problem| tree.error(node.line, format!("{location} cannot be included: {problem}")))?;
        self.take(&tree::read(location, &text)?, include)
    }

    fn new_type(&self, tree: &Tree, node: &Node) -> Result<String, XsdError> {
        only(tree, node, &["name", "id"])?;
        let name = required_name(tree, node)?;
        if self.simple.contains_key(name) || self.complex.contains_key(name) {
            return Err(tree.error(node.line, format!("type {name} is declared twice")));
        }
        Ok(name.to_owned())
    }

    /// Resolves every name: simple types to their built-in base, and the rest to types that exist and fit.
    fn resolve(self) -> Result<Schema, XsdError> {
        let mut types = simple::resolve(&self.simple)?;
        let names = self.complex.values().flat_map(|(_, _, references)| references);
        for reference in names.chain(self.elements.iter().map(|(_, reference)| reference)) {
            if let Some((name, simple)) = simple::built_in(reference)? {
                types.insert(name, Type::Simple(simple));
            } else if !types.contains_key(&reference.name) && !self.complex.contains_key(&reference.name) {
                return Err(reference.place.error(format!("type {} is not declared", reference.name)));
            } else if reference.must_be_simple && self.complex.contains_key(&reference.name) {
                return Err(reference.place.error(format!("{} is not a simple type", reference.name)));
            }
        }
        self.refuse_recursion()?;
        types.extend(self.complex.into_iter().map(|(name, (_, content, _))| (name, content)));
        let elements = self.elements.into_iter().map(|(name, reference)| (name, reference.name)).collect();
        Ok(Schema { namespace: self.namespace, elements, types })
    }

    /// A type that contains itself has no finite automaton.
    fn refuse_recursion(&self) -> Result<(), XsdError> {
        let mut done = BTreeSet::new();
        for start in self.complex.keys() {
            // Depth first with an explicit stack: a type, and which of its references comes next.
            let mut path: Vec<(&str, usize)> = vec![(start, 0)];
            while let Some((name, next)) = path.last_mut() {
                let Some((place, _, references)) = self.complex.get(*name) else {
                    path.pop();
                    continue;
                };
                let reference = references.get(*next);
                *next += 1;
                match reference {
                    None => {
                        done.insert(*name);
                        path.pop();
                    }
                    Some(reference) if path.iter().any(|(open, _)| *open == reference.name) => {
                        return Err(place.error(format!("type {} contains itself", reference.name)));
                    }
                    Some(reference) if !done.contains(reference.name.as_str()) => path.push((&reference.name, 0)),
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }
}

/// Refuses a construct by its name.
fn refused(tree: &Tree, node: &Node) -> XsdError {
    tree.error(node.line, format!("<{}> is not accepted here", node.name))
}

/// Refuses every attribute but these.
fn only(tree: &Tree, node: &Node, known: &[&str]) -> Result<(), XsdError> {
    match node.attributes.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        Some((key, _)) => Err(tree.error(node.line, format!("attribute {key} of <{}> is not accepted", node.name))),
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

/// A reference to a type, by the value of an attribute.
fn reference(tree: &Tree, node: &Node, key: &str, namespace: &str) -> Result<Reference, XsdError> {
    let value = required(tree, node, key)?;
    let place = Place { file: tree.file.clone(), line: node.line };
    let name = match tree.name(value) {
        Some(Name::BuiltIn(local)) => format!("{}{local}", simple::BUILT_IN),
        // Within a file that has no namespace of its own, a name without one is of the namespace it is included into.
        Some(Name::In(found, local)) if found == namespace || (found.is_empty() && is_chameleon(tree)) => {
            local.to_owned()
        }
        _ => return Err(place.error(format!("{value} names a type of another namespace"))),
    };
    Ok(Reference { name, place, must_be_simple: false })
}

fn is_chameleon(tree: &Tree) -> bool {
    tree.root.get("targetNamespace").is_none()
}
