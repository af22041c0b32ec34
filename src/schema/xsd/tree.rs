//! The elements of one XML Schema file as a tree: comments, annotations and space are gone, prefixes are resolved, and
//! each element knows its line. Must not know what a construct means.

use std::rc::Rc;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::XsdError;

/// The namespace of XML Schema itself.
const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// Deeper than any construct of the subset; a file that nests deeper is not read further.
const MAX_DEPTH: usize = 64;

/// An element of the XML Schema namespace.
#[derive(Debug)]
pub(super) struct Node {
    /// Its local name, such as `complexType`.
    pub(super) name: String,
    /// The line of its start tag, from 1.
    pub(super) line: u32,
    /// Its attributes without a prefix.
    pub(super) attributes: Vec<(String, String)>,
    /// Its element children, without annotations.
    pub(super) children: Vec<Node>,
}

impl Node {
    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One file: its root, and the prefixes that its root declares.
#[derive(Debug)]
pub(super) struct Tree {
    /// The file's name, for errors.
    pub(super) file: Rc<str>,
    /// The `schema` element.
    pub(super) root: Node,
    /// The namespace of what it declares; of a file without one, that of the file that includes it.
    pub(super) target: String,
    /// The namespace of the file that was read first: its names are the plain ones.
    pub(super) main: Rc<str>,
    /// The namespaces that it imports.
    pub(super) imported: Vec<String>,
    prefixes: Vec<(String, String)>,
}

/// A name in the value of an attribute, such as `type="xs:string"`.
pub(super) enum Name<'v> {
    /// A name of XML Schema itself.
    BuiltIn(&'v str),
    /// A name of this namespace (empty: of none).
    In(&'v str, &'v str),
}

impl Tree {
    /// An error at a line of this file.
    pub(super) fn error(&self, line: u32, problem: impl Into<String>) -> XsdError {
        XsdError::new(&self.file, line, problem)
    }

    /// The name of what this file declares, see [`crate::schema::model`].
    pub(super) fn own_name(&self, local: &str) -> String {
        self.qualified(&self.target, local)
    }

    /// A name of some namespace.
    pub(super) fn qualified(&self, namespace: &str, local: &str) -> String {
        if namespace == &*self.main { local.to_owned() } else { format!("{{{namespace}}}{local}") }
    }

    /// Resolves the prefix of a name; `None` when the root does not declare it.
    pub(super) fn name<'v>(&'v self, value: &'v str) -> Option<Name<'v>> {
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        let (prefix, local) = value.split_once(':').unwrap_or(("", value));
        match self.prefixes.iter().find(|(known, _)| *known == prefix) {
            Some((_, namespace)) if namespace == XML_SCHEMA => Some(Name::BuiltIn(local)),
            Some((_, namespace)) => Some(Name::In(namespace, local)),
            None if prefix.is_empty() => Some(Name::In("", local)),
            None => None,
        }
    }
}

/// Reads one file.
pub(super) fn read(file: &str, text: &str) -> Result<Tree, XsdError> {
    let mut builder = Builder {
        file,
        text,
        counted: 0,
        line: 1,
        open: Vec::new(),
        skipping: 0,
        tree: Tree {
            file: file.into(),
            root: Node { name: String::new(), line: 0, attributes: Vec::new(), children: Vec::new() },
            target: String::new(),
            main: "".into(),
            imported: Vec::new(),
            prefixes: Vec::new(),
        },
    };
    let mut reader = Reader::from_str(text);
    loop {
        let before = reader.buffer_position() as usize;
        let event = reader.read_event();
        let line = builder.line_at(before);
        match event {
            Ok(Event::Eof) => return builder.finish(),
            Ok(event) => builder.take(event, line)?,
            Err(error) => {
                let line = builder.line_at(reader.error_position() as usize);
                return Err(XsdError::new(file, line, format!("is not well-formed XML: {error}")));
            }
        }
    }
}

/// A tree under construction.
struct Builder<'t> {
    file: &'t str,
    text: &'t str,
    counted: usize,
    line: u32,
    open: Vec<Node>,
    /// How many elements are open within an annotation, the annotation included.
    skipping: usize,
    tree: Tree,
}

impl<'t> Builder<'t> {
    /// The line of an offset; offsets must not fall.
    fn line_at(&mut self, offset: usize) -> u32 {
        let offset = offset.min(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.counted..offset) {
            self.line += memchr::memchr_iter(b'\n', passed).count() as u32;
            self.counted = offset;
        }
        self.line
    }

    fn error(&self, line: u32, problem: impl Into<String>) -> XsdError {
        XsdError::new(self.file, line, problem)
    }

    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), XsdError> {
        match event {
            Event::Start(start) => self.begin(&start, line),
            Event::Empty(start) => {
                self.begin(&start, line)?;
                self.end();
                Ok(())
            }
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::DocType(_) => Err(self.error(line, "a DOCTYPE is not accepted")),
            Event::Text(text) if self.skipping == 0 && !is_space(&text) => {
                Err(self.error(line, "text is not accepted"))
            }
            Event::CData(_) | Event::GeneralRef(_) if self.skipping == 0 => {
                Err(self.error(line, "text is not accepted"))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, line: u32) -> Result<(), XsdError> {
        if self.skipping > 0 {
            self.skipping += 1;
            return Ok(());
        }
        let is_root = self.open.is_empty();
        if is_root {
            if self.tree.root.line > 0 {
                return Err(self.error(line, "a second root element"));
            }
            self.declare(start, line)?;
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.error(line, "elements nest too deeply"));
        }
        let qualified = start.name().into_inner();
        let name = match self.tree.name(qualified) {
            Some(Name::BuiltIn(local)) => local.to_owned(),
            _ => return Err(self.error(line, format!("<{qualified}> is not of the XML Schema namespace"))),
        };
        if name == "annotation" {
            self.skipping = 1;
            return Ok(());
        }
        let attributes = self.attributes(start, line, is_root)?;
        self.open.push(Node { name, line, attributes, children: Vec::new() });
        Ok(())
    }

    /// Takes the namespaces that the root declares.
    fn declare(&mut self, start: &BytesStart<'_>, line: u32) -> Result<(), XsdError> {
        for (key, value) in self.pairs(start, line)? {
            if let Some(prefix) = declared_prefix(&key) {
                self.tree.prefixes.push((prefix.to_owned(), value));
            }
        }
        Ok(())
    }

    /// The attributes without a prefix. Those of other namespaces say nothing about the schema and are left out.
    fn attributes(&self, start: &BytesStart<'_>, line: u32, is_root: bool) -> Result<Vec<(String, String)>, XsdError> {
        let mut pairs = self.pairs(start, line)?;
        if !is_root && pairs.iter().any(|(key, _)| declared_prefix(key).is_some()) {
            return Err(self.error(line, "a namespace declared below the root is not accepted"));
        }
        pairs.retain(|(key, _)| declared_prefix(key).is_none() && !key.contains(':'));
        Ok(pairs)
    }

    fn pairs(&self, start: &BytesStart<'_>, line: u32) -> Result<Vec<(String, String)>, XsdError> {
        let not_well_formed = |error: String| self.error(line, format!("is not well-formed XML: {error}"));
        start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.map_err(|error| not_well_formed(error.to_string()))?;
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|error| not_well_formed(error.to_string()))?;
                Ok((attribute.key.into_inner().to_owned(), value.into_owned()))
            })
            .collect()
    }

    fn end(&mut self) {
        if self.skipping > 0 {
            self.skipping -= 1;
            return;
        }
        if let Some(node) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(node),
                None => self.tree.root = node,
            }
        }
    }

    fn finish(self) -> Result<Tree, XsdError> {
        if let Some(node) = self.open.last() {
            return Err(self.error(node.line, format!("<{}> is not closed", node.name)));
        }
        if self.tree.root.name != "schema" {
            return Err(self.error(self.line, "the root must be <schema> of XML Schema"));
        }
        Ok(self.tree)
    }
}

/// The prefix that an attribute declares (empty for `xmlns` itself).
fn declared_prefix(key: &str) -> Option<&str> {
    if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") }
}

fn is_space(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
