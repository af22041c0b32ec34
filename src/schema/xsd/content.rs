//! Complex types: content models, and values with attributes. Must not resolve names.

use super::tree::{Node, Tree};
use super::{Place, XsdError, empty, only, only_child, reference, refused, required, required_name};
use crate::schema::model::{Attribute, Particle, Process, Term, Type};

/// A type named at some place.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The name; that of a built-in type begins with [`super::simple::BUILT_IN`].
    pub(super) name: String,
    /// Where it is named.
    pub(super) place: Place,
    /// Whether only a simple type will do.
    pub(super) must_be_simple: bool,
}

/// A global element: its name and its type.
pub(super) fn global_element(tree: &Tree, node: &Node, namespace: &str) -> Result<(String, Reference), XsdError> {
    only(tree, node, &["name", "type", "id"])?;
    empty(tree, node)?;
    Ok((required_name(tree, node)?.to_owned(), reference(tree, node, "type", namespace)?))
}

/// A complex type, and the type names that it uses.
pub(super) fn complex_type(tree: &Tree, node: &Node, namespace: &str) -> Result<(Type, Vec<Reference>), XsdError> {
    let child = only_child(tree, node)?;
    let mut model = Model { tree, namespace, references: Vec::new(), names: Vec::new() };
    let content = match child.name.as_str() {
        "sequence" => Type::Complex(model.sequence(child)?),
        "choice" => Type::Complex(model.choice(child)?),
        "simpleContent" => model.simple_content(child)?,
        _ => return Err(refused(tree, child)),
    };
    Ok((content, model.references))
}

/// A content model while it is read.
struct Model<'n> {
    tree: &'n Tree,
    namespace: &'n str,
    references: Vec<Reference>,
    /// The element names so far: one that comes twice would make the model ambiguous.
    names: Vec<String>,
}

impl Model<'_> {
    fn sequence(&mut self, node: &Node) -> Result<Particle, XsdError> {
        only(self.tree, node, &["id"])?;
        let items = node.children.iter().map(|child| match child.name.as_str() {
            "element" => self.element(child),
            "choice" => self.choice(child),
            "any" => self.any(child),
            _ => Err(refused(self.tree, child)),
        });
        Ok(once(Term::Sequence(items.collect::<Result<_, _>>()?)))
    }

    fn choice(&mut self, node: &Node) -> Result<Particle, XsdError> {
        only(self.tree, node, &["id"])?;
        let branches = node.children.iter().map(|child| match child.name.as_str() {
            "element" => self.element(child),
            _ => Err(refused(self.tree, child)),
        });
        let branches: Vec<_> = branches.collect::<Result<_, _>>()?;
        if branches.is_empty() {
            return Err(self.tree.error(node.line, "<choice> without a branch can never be satisfied"));
        }
        Ok(once(Term::Choice(branches)))
    }

    fn element(&mut self, node: &Node) -> Result<Particle, XsdError> {
        only(self.tree, node, &["name", "type", "minOccurs", "maxOccurs", "id"])?;
        empty(self.tree, node)?;
        let name = required_name(self.tree, node)?.to_owned();
        if self.names.contains(&name) {
            return Err(self.tree.error(node.line, format!("element {name} stands twice in one content model")));
        }
        self.names.push(name.clone());
        let type_name = self.type_of(node, "type", false)?;
        let (min, max) = self.occurrence(node)?;
        Ok(Particle { term: Term::Element { name, type_name }, min, max })
    }

    fn any(&mut self, node: &Node) -> Result<Particle, XsdError> {
        only(self.tree, node, &["namespace", "processContents", "minOccurs", "maxOccurs", "id"])?;
        empty(self.tree, node)?;
        if self.occurrence(node)? != (1, Some(1)) {
            return Err(self.tree.error(node.line, "<any> is accepted for exactly one element only"));
        }
        let namespace = match node.get("namespace") {
            None | Some("##any") => None,
            Some(other) if other.starts_with("##") || other.contains(char::is_whitespace) || other.is_empty() => {
                return Err(self.tree.error(node.line, format!("namespace {other:?} of <any> is not accepted")));
            }
            Some(one) => Some(one.to_owned()),
        };
        let process = match node.get("processContents") {
            None | Some("strict") => Process::Strict,
            Some("lax") => Process::Lax,
            Some("skip") => Process::Skip,
            Some(other) => return Err(self.tree.error(node.line, format!("processContents {other:?} is not known"))),
        };
        Ok(once(Term::Any { namespace, process }))
    }

    fn simple_content(&mut self, node: &Node) -> Result<Type, XsdError> {
        only(self.tree, node, &["id"])?;
        let extension = only_child(self.tree, node)?;
        if extension.name != "extension" {
            return Err(refused(self.tree, extension));
        }
        only(self.tree, extension, &["base", "id"])?;
        let base = self.type_of(extension, "base", true)?;
        let attributes = extension.children.iter().map(|child| match child.name.as_str() {
            "attribute" => self.attribute(child),
            _ => Err(refused(self.tree, child)),
        });
        Ok(Type::SimpleContent { attributes: attributes.collect::<Result<_, _>>()?, base })
    }

    fn attribute(&mut self, node: &Node) -> Result<Attribute, XsdError> {
        only(self.tree, node, &["name", "type", "use", "id"])?;
        empty(self.tree, node)?;
        let name = required_name(self.tree, node)?.to_owned();
        if self.names.contains(&name) {
            return Err(self.tree.error(node.line, format!("attribute {name} is declared twice")));
        }
        self.names.push(name.clone());
        let required = match node.get("use") {
            None | Some("optional") => false,
            Some("required") => true,
            Some(other) => return Err(self.tree.error(node.line, format!("use {other:?} is not accepted"))),
        };
        Ok(Attribute { name, type_name: self.type_of(node, "type", true)?, required })
    }

    /// Keeps the reference for the check that it exists, and gives its name.
    fn type_of(&mut self, node: &Node, key: &str, must_be_simple: bool) -> Result<String, XsdError> {
        let reference = Reference { must_be_simple, ..reference(self.tree, node, key, self.namespace)? };
        let name = reference.name.clone();
        self.references.push(reference);
        Ok(name)
    }

    fn occurrence(&self, node: &Node) -> Result<(u32, Option<u32>), XsdError> {
        let number = |key: &str, text: &str| {
            text.parse::<u32>().map_err(|_| self.tree.error(node.line, format!("{key} {text:?} is not a number")))
        };
        let min = node.get("minOccurs").map_or(Ok(1), |text| number("minOccurs", text))?;
        let max = match node.get("maxOccurs") {
            None => Some(1),
            Some("unbounded") => None,
            Some(text) => Some(number("maxOccurs", text)?),
        };
        if max == Some(0) || max.is_some_and(|max| max < min) {
            return Err(self.tree.error(
                node.line,
                format!("maxOccurs of {} is too small", required(self.tree, node, "name").unwrap_or("any")),
            ));
        }
        Ok((min, max))
    }
}

fn once(term: Term) -> Particle {
    Particle { term, min: 1, max: Some(1) }
}
