//! Elements and content models. Must not resolve names.

use super::tree::{Node, Tree};
use super::{
    Declared, Place, RawModel, Reference, XsdError, empty, only, only_child, reference, refused, required_name, simple,
    value,
};
use crate::schema::automaton::MOST_COPIES;
use crate::schema::model::{Particle, Process, Term};

/// More elements in a row that must be there than any message asks for.
const MOST_REQUIRED: u32 = 200;

/// A global element, with its type where that is written within.
pub(super) fn global_element(declared: &mut Declared, tree: &Tree, node: &Node) -> Result<(), XsdError> {
    only(tree, node, &["name", "type", "id", "abstract", "nillable"])?;
    not_true(tree, node, &["abstract", "nillable"])?;
    let local = required_name(tree, node)?;
    let name = tree.own_name(local);
    if declared.elements.iter().any(|(known, _)| *known == name) {
        return Err(tree.error(node.line, format!("element {local} is declared twice")));
    }
    let path = tree.own_name(&format!("/{local}"));
    let reference = type_of(declared, tree, node, path)?;
    declared.elements.push((name, reference));
    Ok(())
}

/// A complex type of that name.
pub(super) fn complex_type(declared: &mut Declared, tree: &Tree, node: &Node, name: String) -> Result<(), XsdError> {
    let child = only_child(tree, node)?;
    if child.name == "simpleContent" {
        let value = value::read(declared, tree, child, &name)?;
        declared.values.insert(name, value);
        return Ok(());
    }
    let mut model = Model { declared, tree, owner: &name, types: Vec::new(), elements: Vec::new() };
    let content = match child.name.as_str() {
        "sequence" => model.sequence(child)?,
        "choice" => model.choice(child)?,
        _ => return Err(refused(tree, child)),
    };
    let Some(content) = content else {
        return Err(tree.error(child.line, "content that may not occur is not accepted: write <sequence/>"));
    };
    let (types, elements) = (model.types, model.elements);
    let place = Place { file: tree.file.clone(), line: node.line };
    declared.models.insert(name, RawModel { place, content, types, elements });
    Ok(())
}

/// The type of an element or an attribute: named by `type`, or written within, where it gets the given name.
pub(super) fn type_of(declared: &mut Declared, tree: &Tree, node: &Node, name: String) -> Result<Reference, XsdError> {
    if node.get("type").is_some() || node.children.is_empty() {
        empty(tree, node)?;
        return reference(tree, node, "type");
    }
    let within = only_child(tree, node)?;
    only(tree, within, &["id"])?;
    match within.name.as_str() {
        "simpleType" => {
            let read = simple::read(tree, within)?;
            declared.simple.insert(name.clone(), read);
        }
        "complexType" if node.name == "element" => complex_type(declared, tree, within, name.clone())?,
        _ => return Err(refused(tree, within)),
    }
    let place = Place { file: tree.file.clone(), line: node.line };
    Ok(Reference { name, place, must_be_simple: false })
}

/// Refuses properties that no element of a message has, unless they are said to be absent.
fn not_true(tree: &Tree, node: &Node, keys: &[&str]) -> Result<(), XsdError> {
    match keys.iter().find(|key| !matches!(node.get(key), None | Some("false" | "0"))) {
        Some(key) => Err(tree.error(node.line, format!("attribute {key} of <{}> is not accepted", node.name))),
        None => Ok(()),
    }
}

/// A content model while it is read. Of what may not occur there is nothing.
struct Model<'n> {
    declared: &'n mut Declared,
    tree: &'n Tree,
    /// The name of the type that it is the content of.
    owner: &'n str,
    types: Vec<Reference>,
    elements: Vec<Reference>,
}

impl Model<'_> {
    fn sequence(&mut self, node: &Node) -> Result<Option<Particle>, XsdError> {
        let items = self.parts(node)?;
        self.group(node, Term::Sequence(items))
    }

    fn choice(&mut self, node: &Node) -> Result<Option<Particle>, XsdError> {
        let branches = self.parts(node)?;
        if branches.is_empty() && node.get("maxOccurs") != Some("0") {
            return Err(self.tree.error(node.line, "<choice> without a branch can never be satisfied"));
        }
        self.group(node, Term::Choice(branches))
    }

    fn parts(&mut self, node: &Node) -> Result<Vec<Particle>, XsdError> {
        only(self.tree, node, &["minOccurs", "maxOccurs", "id"])?;
        let parts = node.children.iter().map(|child| match child.name.as_str() {
            "element" => self.element(child),
            "choice" => self.choice(child),
            "sequence" => self.sequence(child),
            "any" => self.any(child),
            _ => Err(refused(self.tree, child)),
        });
        parts.filter_map(Result::transpose).collect()
    }

    fn group(&self, node: &Node, term: Term) -> Result<Option<Particle>, XsdError> {
        let Some((min, max)) = self.occurrence(node)? else { return Ok(None) };
        if max.unwrap_or(min) > MOST_COPIES {
            let text = format!("a <{}> may occur at most {MOST_COPIES} times, or unbounded", node.name);
            return Err(self.tree.error(node.line, text));
        }
        Ok(Some(Particle { term, min, max }))
    }

    fn element(&mut self, node: &Node) -> Result<Option<Particle>, XsdError> {
        let known = ["name", "ref", "type", "minOccurs", "maxOccurs", "id", "nillable", "form"];
        only(self.tree, node, &known)?;
        not_true(self.tree, node, &["nillable"])?;
        if !matches!(node.get("form"), None | Some("qualified")) {
            return Err(self.tree.error(node.line, "form must be \"qualified\""));
        }
        let (name, type_name) = match node.get("ref") {
            Some(_) => self.reference(node)?,
            None => self.local(node)?,
        };
        let occurrence = self.occurrence(node)?;
        Ok(occurrence.map(|(min, max)| Particle { term: Term::Element { name, type_name }, min, max }))
    }

    /// A global element, by reference. Its type is not known yet.
    fn reference(&mut self, node: &Node) -> Result<(String, String), XsdError> {
        only(self.tree, node, &["ref", "minOccurs", "maxOccurs", "id"])?;
        empty(self.tree, node)?;
        let reference = reference(self.tree, node, "ref")?;
        let name = reference.name.clone();
        self.elements.push(reference);
        Ok((name, String::new()))
    }

    fn local(&mut self, node: &Node) -> Result<(String, String), XsdError> {
        let local = required_name(self.tree, node)?;
        let reference = type_of(self.declared, self.tree, node, format!("{}/{local}", self.owner))?;
        let type_name = reference.name.clone();
        self.types.push(reference);
        Ok((self.tree.own_name(local), type_name))
    }

    fn any(&mut self, node: &Node) -> Result<Option<Particle>, XsdError> {
        only(self.tree, node, &["namespace", "processContents", "minOccurs", "maxOccurs", "id"])?;
        empty(self.tree, node)?;
        let namespace = self.namespaces(node)?;
        let process = match node.get("processContents") {
            None | Some("strict") => Process::Strict,
            Some("lax") => Process::Lax,
            Some("skip") => Process::Skip,
            Some(other) => return Err(self.tree.error(node.line, format!("processContents {other:?} is not known"))),
        };
        let occurrence = self.occurrence(node)?;
        Ok(occurrence.map(|(min, max)| Particle { term: Term::Any { namespace, process }, min, max }))
    }

    /// The namespaces that a wildcard takes, as [`Term::Any`] writes them.
    fn namespaces(&self, node: &Node) -> Result<Option<String>, XsdError> {
        let written = node.get("namespace").unwrap_or("##any");
        let mut all: Vec<&str> = written.split_ascii_whitespace().collect();
        match all.as_slice() {
            ["##any"] => return Ok(None),
            ["##other"] => return Ok(Some(format!("##other {}", self.tree.target))),
            [] => return Err(self.tree.error(node.line, "<any> of no namespace can never be satisfied")),
            _ => {}
        }
        for one in &mut all {
            match *one {
                "##targetNamespace" if self.tree.target.is_empty() => *one = "##local",
                "##targetNamespace" => *one = &self.tree.target,
                "##local" => {}
                other if other.starts_with("##") => {
                    return Err(self.tree.error(node.line, format!("namespace {written:?} of <any> is not accepted")));
                }
                _ => {}
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(Some(all.join(" ")))
    }

    /// How often something may occur; `None` when never.
    fn occurrence(&self, node: &Node) -> Result<Option<(u32, Option<u32>)>, XsdError> {
        let error = |text: String| Err(self.tree.error(node.line, text));
        let number = |key: &str, text: &str| {
            text.parse::<u32>().map_err(|_| self.tree.error(node.line, format!("{key} {text:?} is not a number")))
        };
        let min = node.get("minOccurs").map_or(Ok(1), |text| number("minOccurs", text))?;
        let max = match node.get("maxOccurs") {
            None => Some(1),
            Some("unbounded") => None,
            Some(text) => Some(number("maxOccurs", text)?),
        };
        let named = || node.get("name").or(node.get("ref")).unwrap_or(&node.name);
        if max.is_some_and(|max| max < min) {
            return error(format!("maxOccurs of {} is too small", named()));
        }
        if min > MOST_REQUIRED {
            return error(format!("minOccurs of {} is above {MOST_REQUIRED}, which is not supported", named()));
        }
        Ok((max != Some(0)).then_some((min, max)))
    }
}
