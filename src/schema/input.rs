//! An input taken apart: what stands around the messages is passed over, each header and each document goes through its
//! walk. Several documents in one input each get their own part, in order.
//!
//! ```text
//! input   = XML declaration? misc* element misc*
//! element = AppHdr in a head.001 namespace      → a header, for the next document
//!         | Document in any namespace           → a document
//!         | any other                           → passed over, and what is in it looked at in the same way
//! ```
//!
//! A `Document` inside of another one is no message. An input that is not well-formed as a whole makes every document in
//! it invalid: half of a broken file is not acted on. Must not know any message beyond those two names.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::automaton::Automaton;
use super::message_id::{MessageId, NAMESPACE_PREFIX};
use super::record::Record;
use super::sink::Recorder;
use super::walk::Walk;
use crate::finding::Rule;
use crate::xml::encoding::Decoded;
use crate::xml::namespace::{Mark, Scopes};
use crate::xml::token::{self, Markup, RawAttribute, StartTag};
use crate::xml::{Fault, Limits, Stop, name};

/// Where the automata come from.
pub trait Schemas: Send + Sync {
    /// The automaton of a message in the given namespace; `None` when it is not supported.
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>>;
    /// The nearest message that is supported, for the text of a finding.
    fn nearest(&self, namespace: &str) -> Option<MessageId>;
}

/// A header or a document of an input.
#[derive(Debug, Default)]
pub struct Element {
    /// Its namespace.
    pub namespace: String,
    /// The message that the namespace names.
    pub message: Option<MessageId>,
    /// Its bytes in the decoded input, from `<` to behind its end tag; up to the fault's token when it is malformed.
    pub span: Range<usize>,
    /// Its first fault.
    pub fault: Option<Fault>,
    /// Whether there is a schema for it.
    pub supported: bool,
    recorder: Recorder,
}

impl Element {
    /// What was read of it, with the decoded input.
    pub fn record<'r>(&'r self, window: &'r [u8]) -> Record<'r> {
        self.recorder.record(window)
    }
}

/// One document of an input, with what belongs to it.
#[derive(Debug, Default)]
pub struct Part {
    /// The header before it.
    pub header: Option<Element>,
    /// The document; `None` when the input holds none.
    pub document: Option<Element>,
    /// The elements around it, from the root inwards: local name and namespace.
    pub wrapper: Vec<(String, String)>,
    /// What is wrong with the input as a whole.
    pub fault: Option<Fault>,
}

/// Reads inputs, one after the other. Keeps the walks (and what they learned) and the memory of the parts.
pub struct Reader {
    schemas: Arc<dyn Schemas>,
    limits: Limits,
    walks: HashMap<String, Walk>,
    spare: Vec<Recorder>,
    attributes: Vec<RawAttribute>,
    scopes: Scopes,
    frames: Vec<Frame>,
}

/// An element around the documents, or below one that cannot be walked.
struct Frame {
    name: Range<usize>,
    local: String,
    namespace: String,
    scopes: Mark,
    /// Inside of a document that is passed over.
    inside: bool,
}

/// Which of the two walked elements a tag begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Header,
    Document,
}

impl Reader {
    /// A reader that takes its schemas from there.
    pub fn new(schemas: Arc<dyn Schemas>, limits: Limits) -> Self {
        Self {
            schemas,
            limits,
            walks: HashMap::new(),
            spare: Vec::new(),
            attributes: Vec::new(),
            scopes: Scopes::default(),
            frames: Vec::new(),
        }
    }

    /// Takes the memory of parts back that are no longer needed.
    pub fn recycle(&mut self, parts: Vec<Part>) {
        for element in parts.into_iter().flat_map(|part| [part.header, part.document]).flatten() {
            let mut recorder = element.recorder;
            recorder.clear();
            self.spare.push(recorder);
        }
    }

    /// Takes an input apart. There is at least one part: one without a document says what is wrong.
    pub fn read(&mut self, input: &Decoded) -> Vec<Part> {
        self.frames.clear();
        self.scopes.clear();
        let mut parts = Vec::with_capacity(1);
        let mut header = None;
        let mut first = None;
        let fault = self.parts(input, &mut parts, &mut header, &mut first).err().map(|stop| self.cut_off(input, stop));
        if parts.is_empty() {
            let none = fault.clone().unwrap_or_else(|| no_document(input, header.is_some(), first));
            parts.push(Part { header, fault: Some(none), ..Part::default() });
        }
        if let Some(fault) = fault {
            parts.iter_mut().for_each(|part| part.fault = part.fault.take().or_else(|| Some(fault.clone())));
        }
        parts
    }

    /// The fault of an input that ends inside of something.
    fn cut_off(&self, input: &Decoded, stop: Stop) -> Fault {
        match stop {
            Stop::Bad(fault) => *fault,
            Stop::Incomplete => {
                let bytes = input.window.bytes();
                let fault = Fault::new(Rule::XmlNotWellFormed, bytes.len(), "The input is cut off.");
                let open = self.frames.last().map(|f| String::from_utf8_lossy(&bytes[f.name.clone()]).into_owned());
                match open {
                    Some(open) => fault.found("the end of the input").expected(format!("</{open}>")),
                    None => fault.found("the end of the input"),
                }
            }
        }
    }

    fn parts(
        &mut self,
        input: &Decoded,
        parts: &mut Vec<Part>,
        header: &mut Option<Element>,
        first: &mut Option<(String, String)>,
    ) -> Result<(), Stop> {
        let bytes = input.window.bytes();
        if bytes.len() > self.limits.bytes {
            let text = format!("The input is larger than {} bytes.", self.limits.bytes);
            return Err(Fault::new(Rule::XmlLimit, self.limits.bytes, text).into());
        }
        let mut at = token::declaration(bytes, input.start)?;
        while at < bytes.len() {
            if bytes[at] != b'<' {
                at = self.text(bytes, at)?;
                continue;
            }
            at = match token::markup(bytes, at)? {
                Markup::Comment => token::comment(bytes, at)?,
                Markup::Instruction => token::instruction(bytes, at)?,
                Markup::CharacterData if self.frames.is_empty() => return Err(outside(at)),
                Markup::CharacterData => token::character_data(bytes, at)?.1,
                Markup::End => self.end(bytes, at)?,
                Markup::Start if self.frames.is_empty() && first.is_some() => {
                    return Err(Stop::malformed(at, "A second root element: an XML document has one."));
                }
                Markup::Start => self.start(input, at, parts, header, first)?,
            };
        }
        if self.frames.is_empty() { Ok(()) } else { Err(Stop::Incomplete) }
    }

    /// Text outside of the documents.
    fn text(&self, bytes: &[u8], at: usize) -> Result<usize, Stop> {
        let end = memchr::memchr(b'<', &bytes[at..]).map_or(bytes.len(), |len| at + len);
        let white = bytes[at..end].iter().take_while(|b| name::is_white(**b)).count();
        if at + white == end {
            return Ok(end);
        }
        if self.frames.is_empty() {
            return Err(outside(at + white));
        }
        token::decode_text(bytes, at..end, &mut Vec::new()).map(|()| end)
    }

    fn end(&mut self, bytes: &[u8], at: usize) -> Result<usize, Stop> {
        let (name, end) = token::end_tag(bytes, at, &self.limits)?;
        let Some(frame) = self.frames.pop() else { return Err(outside(at)) };
        self.scopes.back_to(frame.scopes);
        if bytes[name.clone()] != bytes[frame.name.clone()] {
            let shown = |range: Range<usize>| String::from_utf8_lossy(&bytes[range]).into_owned();
            return Err(Fault::new(Rule::XmlNotWellFormed, at, "This end tag does not match the open element.")
                .found(format!("</{}>", shown(name)))
                .expected(format!("</{}>", shown(frame.name)))
                .into());
        }
        Ok(end)
    }

    fn start(
        &mut self,
        input: &Decoded,
        at: usize,
        parts: &mut Vec<Part>,
        header: &mut Option<Element>,
        first: &mut Option<(String, String)>,
    ) -> Result<usize, Stop> {
        let bytes = input.window.bytes();
        let mark = self.scopes.mark();
        let tag = token::start_tag(bytes, at, &self.limits, &mut self.attributes)?;
        self.declare(bytes)?;
        let qname = token::text(bytes, tag.name.clone())?;
        let (namespace, local) = self.resolve(qname, at)?;
        first.get_or_insert_with(|| (local.clone(), namespace.clone()));
        let inside = self.frames.last().is_some_and(|frame| frame.inside);
        let kind = match local.as_str() {
            "AppHdr" if !inside && is_header(&namespace) => Some(Kind::Header),
            "Document" if !inside => Some(Kind::Document),
            _ => None,
        };
        let Some(kind) = kind else {
            return self.pass(at, tag, Frame { name: 0..0, local, namespace, scopes: mark, inside });
        };
        self.scopes.back_to(mark);
        let element = self.element(input, at, namespace.clone());
        let (fault, end) = (element.fault.is_some(), element.span.end);
        match kind {
            Kind::Header => *header = Some(element),
            Kind::Document => {
                let wrapper = self.frames.iter().map(|f| (f.local.clone(), f.namespace.clone())).collect();
                parts.push(Part { header: header.take(), document: Some(element), wrapper, fault: None });
            }
        }
        if !fault {
            return Ok(end);
        }
        // Its walk did not reach its end: pass over it, for the documents behind it.
        self.declare_again(bytes, at)?;
        self.pass(at, tag, Frame { name: 0..0, local, namespace, scopes: mark, inside: true })
    }

    /// Goes into an element without a walk, or over it when it is empty.
    fn pass(&mut self, at: usize, tag: StartTag, frame: Frame) -> Result<usize, Stop> {
        if self.frames.len() >= self.limits.depth {
            let text = format!("Elements are nested more than {} deep.", self.limits.depth);
            return Err(Fault::new(Rule::XmlLimit, at, text).into());
        }
        match tag.empty {
            true => {
                self.scopes.back_to(frame.scopes);
            }
            false => self.frames.push(Frame { name: tag.name, ..frame }),
        }
        Ok(tag.end)
    }

    fn declare(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for attribute in &self.attributes {
            let prefix = match &bytes[attribute.name.clone()] {
                b"xmlns" => "",
                other => match other.strip_prefix(b"xmlns:") {
                    Some(prefix) => std::str::from_utf8(prefix).unwrap_or_default(),
                    None => continue,
                },
            };
            let uri = token::attribute_value(bytes, attribute.value.clone())?;
            self.scopes.declare(prefix, &uri).map_err(|text| {
                Stop::malformed(attribute.name.start, format!("This namespace declaration is wrong: {text}."))
            })?;
        }
        Ok(())
    }

    fn declare_again(&mut self, bytes: &[u8], at: usize) -> Result<(), Stop> {
        token::start_tag(bytes, at, &self.limits, &mut self.attributes)?;
        self.declare(bytes)
    }

    fn resolve(&self, qname: &str, at: usize) -> Result<(String, String), Stop> {
        let parts = name::split(qname);
        let uri = parts.and_then(|(prefix, _)| self.scopes.resolve(prefix));
        match (parts, uri) {
            (Some((_, local)), Some(uri)) => Ok((uri.to_owned(), local.to_owned())),
            (Some((prefix, _)), None) => {
                Err(Fault::new(Rule::XmlNotWellFormed, at, "This prefix is not declared.").found(prefix).into())
            }
            (None, _) => Err(Stop::malformed(at, "This is not a name with at most one colon inside.")),
        }
    }

    /// Walks a header or a document.
    fn element(&mut self, input: &Decoded, at: usize, namespace: String) -> Element {
        let mut element = Element {
            message: MessageId::from_namespace(&namespace),
            namespace,
            span: at..at,
            recorder: self.spare.pop().unwrap_or_default(),
            ..Element::default()
        };
        let walk = match self.walks.entry(element.namespace.clone()) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => match self.schemas.automaton(&element.namespace) {
                Some(automaton) => new.insert(Walk::new(automaton)),
                None => {
                    element.fault = Some(unsupported(&element, at, self.schemas.nearest(&element.namespace)));
                    return element;
                }
            },
        };
        element.supported = true;
        walk.begin(&self.scopes);
        let mut from = at;
        match walk.run(&input.window, &mut from, &self.limits, &mut element.recorder) {
            Ok(end) => element.span.end = end,
            Err(stop) => {
                element.recorder.close();
                element.span.end = from;
                element.fault = Some(self.cut_off(input, stop));
            }
        }
        element
    }
}

fn is_header(namespace: &str) -> bool {
    namespace.strip_prefix(NAMESPACE_PREFIX).is_some_and(|id| id.starts_with("head.001."))
}

fn outside(at: usize) -> Stop {
    Stop::malformed(at, "This stands outside of the root element.")
}

fn unsupported(element: &Element, at: usize, nearest: Option<MessageId>) -> Fault {
    let text = match (element.message, nearest) {
        (_, Some(nearest)) => format!("This message is not supported; the nearest that is: {nearest}."),
        (Some(_), None) => "This message is not supported.".to_owned(),
        (None, None) => "The namespace of the Document is not one of ISO 20022.".to_owned(),
    };
    let found = if element.namespace.is_empty() { "no namespace" } else { &element.namespace };
    Fault::new(Rule::Unsupported, at, text).found(found).expected("the namespace of a supported message")
}

/// The fault of a well-formed input without a document.
fn no_document(input: &Decoded, header: bool, root: Option<(String, String)>) -> Fault {
    let at = input.start + input.window.bytes()[input.start..].iter().take_while(|b| name::is_white(**b)).count();
    match root {
        None => Fault::new(Rule::XmlNoDocument, at, "The input is empty.").expected("<Document>"),
        Some((root, _)) if header => Fault::new(Rule::XmlNoDocument, at, "There is a header, but no Document.")
            .found(root)
            .expected("<Document>"),
        Some((root, namespace)) => {
            let text = match MessageId::from_namespace(&namespace) {
                Some(message) => format!("This looks like {message}, but its element Document is missing."),
                None => "No element Document: this is no ISO 20022 message.".to_owned(),
            };
            Fault::new(Rule::XmlNoDocument, at, text).found(root).expected("<Document>")
        }
    }
}
