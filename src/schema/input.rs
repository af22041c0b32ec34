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

use super::automaton::{Automaton, Source};
use super::message_id::{MessageId, NAMESPACE_PREFIX};
use super::record::Record;
use super::sink::Recorder;
use super::walk::Walk;
use crate::finding::Rule;
use crate::xml::encoding::Decoded;
use crate::xml::namespace::{Mark, Scopes, XSI};
use crate::xml::token::{self, Markup, RawAttribute, StartTag};
use crate::xml::{Fault, Faults, Limits, Stop, name};

/// Where the automata come from.
pub trait Schemas: Send + Sync {
    /// The automaton of a message in the given namespace; `None` when it is not supported.
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>>;
    /// The nearest message that is supported, for the text of a finding.
    fn nearest(&self, namespace: &str) -> Option<MessageId>;
    /// The automaton of a message in the given namespace where more than that counts; `None` when it does not.
    fn chosen(&self, _namespace: &str, _addressed: &Addressed<'_>) -> Option<Arc<Automaton>> {
        None
    }
}

/// What a schema is chosen by, beside the namespace.
#[derive(Debug, Clone, Copy)]
pub struct Addressed<'r> {
    /// The partner that sends.
    pub partner: Option<&'r str>,
    /// The header before the document.
    pub header: Option<(MessageId, Record<'r>)>,
}

/// A header or a document of an input.
#[derive(Debug)]
pub struct Element {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The message that the namespace names.
    pub message: Option<MessageId>,
    /// Its bytes in the decoded input, from `<` to behind its end tag; up to the fault's token when it is malformed.
    pub span: Range<usize>,
    /// What its schema says against it.
    pub faults: Faults,
    /// Why it could not be read to its end.
    pub broken: Option<Box<Fault>>,
    /// Whether there is a schema for it.
    pub supported: bool,
    /// The schema, when it is one of the user's.
    pub schema: Option<Arc<Source>>,
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
    pub wrapper: Arc<Wrapper>,
    /// What is wrong with the input as a whole.
    pub fault: Option<Box<Fault>>,
}

/// The elements around a document, from the root inwards: local name and namespace.
pub type Wrapper = Vec<(Arc<str>, Arc<str>)>;

/// Names and namespaces that occur again and again: each is kept once, and goes by its number.
#[derive(Debug, Default)]
struct Names {
    all: Vec<Name>,
    /// Those beyond the first [`Names::FEW`]: hostile input has millions.
    more: HashMap<Arc<str>, usize>,
}

#[derive(Debug)]
struct Name {
    text: Arc<str>,
    /// Of a namespace: the message that it names.
    message: Option<MessageId>,
    /// Of a namespace: where its walk is, once there is one.
    walk: Option<usize>,
}

impl Names {
    /// More than any honest sender uses; beyond, all are forgotten before the next input.
    const MOST: usize = 256;
    /// So many are faster compared one by one.
    const FEW: usize = 32;

    fn take(&mut self, text: &str) -> usize {
        let first = self.all.iter().take(Self::FEW).position(|name| *name.text == *text);
        if let Some(known) = first.or_else(|| self.more.get(text).copied()) {
            return known;
        }
        let (at, name) = (self.all.len(), Arc::<str>::from(text));
        if at >= Self::FEW {
            self.more.insert(Arc::clone(&name), at);
        }
        self.all.push(Name { text: name, message: MessageId::from_namespace(text), walk: None });
        at
    }

    fn text(&self, name: usize) -> &Arc<str> {
        &self.all[name].text
    }
}

/// Reads inputs, one after the other. Keeps the walks (and what they learned) and the memory of the parts.
pub struct Reader {
    schemas: Arc<dyn Schemas>,
    limits: Limits,
    walks: Vec<Walk>,
    /// Where the walks of schemas are that were chosen by more than a namespace.
    chosen: Vec<(Arc<Automaton>, usize)>,
    /// The partner that sends.
    partner: Option<String>,
    names: Names,
    known: Vec<Known>,
    /// The wrappers that were seen.
    wrappers: Vec<KnownWrapper>,
    spare: Vec<Recorder>,
    spare_parts: Vec<Part>,
    attributes: Vec<RawAttribute>,
    scopes: Scopes,
    frames: Vec<Frame>,
}

/// A wrapper, with its names by their numbers.
type KnownWrapper = (Arc<Wrapper>, Vec<(usize, usize)>);

/// A start tag that was seen before. It means the same again where its prefix means the same: always, if it declares it.
struct Known {
    tag: Vec<u8>,
    name: usize,
    prefix: Box<str>,
    local: usize,
    namespace: usize,
    kind: Option<Kind>,
    declarations: Vec<(Box<str>, Box<str>)>,
    /// Whether it declares its own prefix.
    own: bool,
}

impl Known {
    /// Whether it is this tag. Its length and its last bytes tell most tags apart: the first ones are alike.
    #[inline(always)]
    fn is(&self, tag: &[u8]) -> bool {
        let last = |bytes: &[u8]| bytes.last_chunk::<16>().copied().map(u128::from_le_bytes);
        self.tag.len() == tag.len() && last(&self.tag) == last(tag) && self.tag == tag
    }
}

/// A start tag with its meaning.
struct Tag {
    tag: StartTag,
    local: usize,
    namespace: usize,
    kind: Option<Kind>,
    /// Whether it has no attributes that a schema must look at.
    bare: bool,
}

/// An element around the documents, or below one that cannot be walked.
struct Frame {
    name: Range<usize>,
    local: usize,
    namespace: usize,
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
            walks: Vec::new(),
            chosen: Vec::new(),
            partner: None,
            names: Names::default(),
            known: Vec::new(),
            wrappers: Vec::new(),
            spare: Vec::new(),
            spare_parts: Vec::new(),
            attributes: Vec::new(),
            scopes: Scopes::default(),
            frames: Vec::new(),
        }
    }

    /// Takes the memory of parts back that are no longer needed. The next header gets that of a header, the next document
    /// that of a document: it has the size that is needed.
    pub fn recycle(&mut self, mut parts: Vec<Part>) {
        for element in parts.drain(..).flat_map(|part| [part.document, part.header]).flatten() {
            let mut recorder = element.recorder;
            recorder.clear();
            self.spare.push(recorder);
        }
        self.spare_parts = parts;
    }

    /// Says who sends what is read from here on.
    pub fn comes_from(&mut self, partner: Option<&str>) {
        if self.partner.as_deref() != partner {
            self.partner = partner.map(str::to_owned);
        }
    }

    /// Takes an input apart. There is at least one part: one without a document says what is wrong.
    pub fn read(&mut self, input: &Decoded) -> Vec<Part> {
        self.frames.clear();
        self.scopes.clear();
        if self.names.all.len() > Names::MOST {
            self.forget();
        }
        let mut parts = std::mem::take(&mut self.spare_parts);
        let mut header = None;
        let mut first = None;
        let fault = self.parts(input, &mut parts, &mut header, &mut first).err().map(|stop| self.cut_off(input, stop));
        let fault = fault.map(Box::new);
        if parts.is_empty() {
            let root = first.map(|(local, namespace)| (&**self.names.text(local), &**self.names.text(namespace)));
            let none = fault.clone().unwrap_or_else(|| Box::new(no_document(input, header.is_some(), root)));
            parts.push(Part { header, fault: Some(none), ..Part::default() });
        } else if let Some(header) = header {
            parts.push(alone(header));
        }
        if let Some(fault) = fault {
            parts.iter_mut().for_each(|part| part.fault = part.fault.take().or_else(|| Some(fault.clone())));
        }
        parts
    }

    fn forget(&mut self) {
        self.names = Names::default();
        self.known.clear();
        self.walks.clear();
        self.chosen.clear();
        self.wrappers.clear();
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
        first: &mut Option<(usize, usize)>,
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
                Markup::CharacterData if self.frames.is_empty() => return Err(outside(bytes, at)),
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
            return Err(outside(bytes, at + white));
        }
        token::decode_text(bytes, at..end, &mut Vec::new()).map(|()| end)
    }

    fn end(&mut self, bytes: &[u8], at: usize) -> Result<usize, Stop> {
        let (name, end) = token::end_tag(bytes, at, &self.limits)?;
        let Some(frame) = self.frames.pop() else { return Err(outside(bytes, at)) };
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
        first: &mut Option<(usize, usize)>,
    ) -> Result<usize, Stop> {
        let bytes = input.window.bytes();
        let mark = self.scopes.mark();
        let Tag { tag, local, namespace, kind, bare } = match self.known_tag(bytes, at) {
            Some(known) => known,
            None => self.any_tag(bytes, at)?,
        };
        first.get_or_insert((local, namespace));
        let inside = self.frames.last().is_some_and(|frame| frame.inside);
        let Some(kind) = kind.filter(|_| !inside) else {
            return self.pass(at, tag, Frame { name: 0..0, local, namespace, scopes: mark, inside });
        };
        let walk = self.walk(bytes, namespace, header.as_ref());
        let element = self.element(input, at, &tag, bare.then_some(local), mark, (namespace, walk));
        let (broken, end) = (element.broken.is_some(), element.span.end);
        match kind {
            Kind::Header => parts.extend(header.replace(element).map(alone)),
            Kind::Document => {
                let wrapper = self.wrapper();
                parts.push(Part { header: header.take(), document: Some(element), wrapper, fault: None });
            }
        }
        if !broken {
            self.scopes.back_to(mark);
            return Ok(end);
        }
        // Its walk did not reach its end: pass over it, for the documents behind it.
        self.pass(at, tag, Frame { name: 0..0, local, namespace, scopes: mark, inside: true })
    }

    /// Reads a start tag that was seen before, and declares its namespaces.
    fn known_tag(&mut self, bytes: &[u8], at: usize) -> Option<Tag> {
        let tag = &bytes[at..=at + memchr::memchr(b'>', &bytes[at..])?];
        let known = self.known.iter().find(|known| known.is(tag))?;
        let mark = self.scopes.mark();
        for (prefix, uri) in &known.declarations {
            self.scopes.declare(prefix, uri).ok()?;
        }
        if !known.own && self.scopes.resolve(&known.prefix) != Some(&**self.names.text(known.namespace)) {
            self.scopes.back_to(mark);
            return None;
        }
        let tag = StartTag { name: at + 1..at + 1 + known.name, empty: false, end: at + known.tag.len() };
        Some(Tag { tag, local: known.local, namespace: known.namespace, kind: known.kind, bare: true })
    }

    /// Reads a start tag, and declares its namespaces.
    fn any_tag(&mut self, bytes: &[u8], at: usize) -> Result<Tag, Stop> {
        let mark = self.scopes.mark();
        let tag = token::start_tag(bytes, at, &self.limits, &mut self.attributes)?;
        self.scopes.declare_all(bytes, &self.attributes)?;
        let qname = token::text(bytes, tag.name.clone())?;
        let (namespace, local) = self.scopes.name(qname, at, true)?;
        let (namespace, local) = (self.names.take(namespace), self.names.take(local));
        let mut bare = true;
        for attribute in &self.attributes {
            let name = token::text(bytes, attribute.name.clone())?;
            if token::declared_prefix(name.as_bytes()).is_some() {
                continue;
            }
            token::attribute_value(bytes, attribute.value.clone())?;
            let known = name::split(name).is_some_and(|(prefix, _)| self.scopes.resolve(prefix).is_some());
            if !known {
                return Err(Stop::malformed(attribute.name.start, "The prefix of this attribute is not declared."));
            }
            bare &= self.is_location(name);
        }
        let kind = match &**self.names.text(local) {
            "AppHdr" if is_header(self.names.text(namespace)) => Some(Kind::Header),
            "Document" => Some(Kind::Document),
            _ => None,
        };
        let tag = Tag { tag, local, namespace, kind, bare };
        self.learn(bytes, at, qname, &tag, mark);
        Ok(tag)
    }

    /// Whether an attribute is a schema location, which says nothing.
    fn is_location(&self, qname: &str) -> bool {
        let location = |local| matches!(local, "schemaLocation" | "noNamespaceSchemaLocation");
        name::split(qname).is_some_and(|(prefix, local)| location(local) && self.scopes.resolve(prefix) == Some(XSI))
    }

    /// Keeps a start tag for the next message: senders repeat them.
    fn learn(&mut self, bytes: &[u8], at: usize, qname: &str, tag: &Tag, mark: Mark) {
        const MOST: usize = 32;
        const LONGEST: usize = 1024;
        if self.known.len() == MOST || tag.tag.end - at > LONGEST || tag.tag.empty || !tag.bare {
            return;
        }
        let prefix_of = |qname| name::split(qname).map_or("", |(prefix, _)| prefix);
        let mut other = self.attributes.iter().filter(|a| token::declared_prefix(&bytes[a.name.clone()]).is_none());
        let declared_here = |attribute: &RawAttribute| {
            let prefix = prefix_of(std::str::from_utf8(&bytes[attribute.name.clone()]).unwrap_or_default());
            self.scopes.since(mark).any(|(declared, _)| declared == prefix)
        };
        if !other.all(declared_here) {
            return;
        }
        let prefix: Box<str> = prefix_of(qname).into();
        let declarations: Vec<(Box<str>, Box<str>)> =
            self.scopes.since(mark).map(|(prefix, uri)| (prefix.into(), uri.into())).collect();
        let own = declarations.iter().any(|(declared, _)| *declared == prefix);
        let Tag { local, namespace, kind, .. } = *tag;
        let (tag, name) = (bytes[at..tag.tag.end].to_vec(), tag.tag.name.len());
        self.known.push(Known { tag, name, prefix, local, namespace, kind, declarations, own });
    }

    /// The elements that are open.
    fn wrapper(&mut self) -> Arc<Wrapper> {
        const MOST: usize = 32;
        let open = || self.frames.iter().map(|frame| (frame.local, frame.namespace));
        if let Some((known, _)) = self.wrappers.iter().find(|(_, names)| open().eq(names.iter().copied())) {
            return Arc::clone(known);
        }
        let text = |name| Arc::clone(self.names.text(name));
        let wrapper = Arc::new(open().map(|(local, namespace)| (text(local), text(namespace))).collect());
        if self.wrappers.len() < MOST {
            self.wrappers.push((Arc::clone(&wrapper), open().collect()));
        }
        wrapper
    }

    /// Goes into an element without a walk, or over it when it is empty.
    fn pass(&mut self, at: usize, tag: StartTag, frame: Frame) -> Result<usize, Stop> {
        if self.frames.len() >= self.limits.depth {
            return Err(self.limits.too_deep(at).into());
        }
        match tag.empty {
            true => {
                self.scopes.back_to(frame.scopes);
            }
            false => self.frames.push(Frame { name: tag.name, ..frame }),
        }
        Ok(tag.end)
    }

    /// Where the walk of the schema of an element is; `None` when it is not supported.
    fn walk(&mut self, bytes: &[u8], namespace: usize, header: Option<&Element>) -> Option<usize> {
        let header = header.filter(|header| header.supported);
        let header = header.and_then(|header| Some((header.message?, header.record(bytes))));
        let addressed = Addressed { partner: self.partner.as_deref(), header };
        match self.schemas.chosen(self.names.text(namespace), &addressed) {
            Some(automaton) => Some(self.walk_of(automaton)),
            None => self.walk_of_namespace(namespace),
        }
    }

    fn walk_of(&mut self, automaton: Arc<Automaton>) -> usize {
        if let Some((_, walk)) = self.chosen.iter().find(|(known, _)| Arc::ptr_eq(known, &automaton)) {
            return *walk;
        }
        self.walks.push(Walk::new(Arc::clone(&automaton)));
        self.chosen.push((automaton, self.walks.len() - 1));
        self.walks.len() - 1
    }

    fn walk_of_namespace(&mut self, namespace: usize) -> Option<usize> {
        let name = &mut self.names.all[namespace];
        if name.walk.is_none() {
            self.walks.push(Walk::new(self.schemas.automaton(&name.text)?));
            name.walk = Some(self.walks.len() - 1);
        }
        name.walk
    }

    /// Walks a header or a document, whose start tag has been read and its namespaces declared. `bare` is its local name
    /// where there is nothing else in the tag.
    fn element(
        &mut self,
        input: &Decoded,
        at: usize,
        tag: &StartTag,
        bare: Option<usize>,
        mark: Mark,
        (namespace, walk): (usize, Option<usize>),
    ) -> Element {
        let mut element = Element {
            message: self.names.all[namespace].message,
            namespace: Arc::clone(self.names.text(namespace)),
            span: at..at,
            faults: Faults::default(),
            broken: None,
            supported: true,
            schema: None,
            recorder: self.spare.pop().unwrap_or_default(),
        };
        let bytes = input.window.bytes();
        let Some(walk) = walk else {
            element.supported = false;
            let nearest = self.schemas.nearest(&element.namespace);
            element.broken = Some(Box::new(unsupported(&element, at, nearest)));
            return element;
        };
        let walk = &mut self.walks[walk];
        element.schema = walk.automaton().source().cloned();
        let mut from = at;
        let plain = bare.is_some_and(|local| walk.has_plain_root(&self.names.all[local].text));
        if plain && !tag.empty {
            walk.begin_inside(&self.scopes, &bytes[tag.name.clone()]);
            from = tag.end;
        } else {
            let mut around = self.scopes.clone();
            around.back_to(mark);
            walk.begin(&around);
        }
        let end = walk.run(&input.window, &mut from, &self.limits, &mut element.recorder);
        element.faults = walk.take_faults();
        match end {
            Ok(end) => element.span.end = end,
            Err(stop) => {
                element.recorder.close();
                element.span.end = from;
                element.broken = Some(Box::new(self.cut_off(input, stop)));
            }
        }
        element
    }
}

fn is_header(namespace: &str) -> bool {
    namespace.strip_prefix(NAMESPACE_PREFIX).is_some_and(|id| id.starts_with("head.001."))
}

#[cold]
fn outside(bytes: &[u8], at: usize) -> Stop {
    match bytes[..at].contains(&b'<') {
        true => Stop::malformed(at, "This stands outside of the root element."),
        false => Stop::malformed(at, "This is not XML: an XML document begins with an element."),
    }
}

fn unsupported(element: &Element, at: usize, nearest: Option<MessageId>) -> Fault {
    let text = match (element.message, nearest) {
        (_, Some(nearest)) => format!("This message is not supported; the nearest that is: {nearest}."),
        (Some(_), None) => "This message is not supported.".to_owned(),
        (None, None) => "The namespace of the Document is not one of ISO 20022.".to_owned(),
    };
    let found = if element.namespace.is_empty() { "no namespace" } else { &*element.namespace };
    Fault::new(Rule::Unsupported, at, text).found(found).expected("the namespace of a supported message")
}

/// The part of a header that no document follows.
#[cold]
fn alone(header: Element) -> Part {
    let text = "There is a header, but no Document behind it.";
    let fault = Fault::new(Rule::XmlNoDocument, header.span.start, text).expected("<Document>");
    Part { header: Some(header), fault: Some(Box::new(fault)), ..Part::default() }
}

/// The fault of a well-formed input without a document.
fn no_document(input: &Decoded, header: bool, root: Option<(&str, &str)>) -> Fault {
    let at = input.start + input.window.bytes()[input.start..].iter().take_while(|b| name::is_white(**b)).count();
    match root {
        None => Fault::new(Rule::XmlNoDocument, at, "The input is empty.").expected("<Document>"),
        Some((root, _)) if header => Fault::new(Rule::XmlNoDocument, at, "There is a header, but no Document.")
            .found(root)
            .expected("<Document>"),
        Some((root, namespace)) => {
            let text = match MessageId::from_namespace(namespace) {
                Some(message) => format!("This looks like {message}, but its element Document is missing."),
                None => "No element Document: this is no ISO 20022 message.".to_owned(),
            };
            Fault::new(Rule::XmlNoDocument, at, text).found(root).expected("<Document>")
        }
    }
}
