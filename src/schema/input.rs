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
//! An input that is too large for memory is read through a window. Its documents are handed out in pieces and not kept.
//!
//! A `Document` inside of another one is no message. An input that is not well-formed as a whole makes every document in
//! it invalid: half of a broken file is not acted on. Must not know any message beyond those two names.

mod faults;
mod names;
mod part;

use std::sync::Arc;

use super::automaton::Automaton;
use super::message_id::{MessageId, NAMESPACE_PREFIX};
use super::pieces::{Container, Keep, Pieces, Take};
use super::record::Record;
use super::sink::Recorder;
use super::walk::Walk;
use crate::finding::Rule;
use crate::xml::namespace::{Mark, Scopes, XSI};
use crate::xml::token::{self, Markup, RawAttribute, StartTag};
use crate::xml::{Fault, Faults, Input, Limits, Stop, name};
use faults::{alone, no_document, outside, unsupported};
use names::Names;
pub use part::{Element, Part, Wrapper};

/// Where the automata come from.
pub trait Schemas: Send + Sync {
    /// The automaton of a message in the given namespace; `None` when it is not supported.
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>>;
    /// The nearest message that is supported, for the text of a finding.
    fn nearest(&self, namespace: &str) -> Option<MessageId>;
    /// What of a message is handed out in pieces.
    fn container(&self, message: MessageId) -> Container;
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
    /// The names of the open elements.
    open: Vec<u8>,
}

/// What is known of an input while it is read.
struct State<'t> {
    parts: Vec<Part>,
    /// The header that waits for its document.
    header: Option<Element>,
    /// Name and namespace of the root.
    first: Option<(usize, usize)>,
    /// The offset of the first character that is no white space.
    first_at: Option<usize>,
    /// Whether any markup was seen.
    begun: bool,
    /// Whether all of it is in the window.
    last: bool,
    take: &'t mut dyn Take,
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
    /// Where its name begins among the open ones.
    name: usize,
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
            open: Vec::new(),
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

    /// Takes an input apart, and hands out its pieces as they come. There is at least one part: one without a document says
    /// what is wrong.
    pub fn read(&mut self, input: &mut Input, take: &mut dyn Take) -> Vec<Part> {
        self.frames.clear();
        self.open.clear();
        self.scopes.clear();
        if self.names.all.len() > Names::MOST {
            self.forget();
        }
        let parts = std::mem::take(&mut self.spare_parts);
        let last = input.is_whole();
        let mut state = State { parts, header: None, first: None, first_at: None, begun: false, last, take };
        let fault = self.begin(input, &mut state).err().map(Box::new);
        let State { mut parts, header, first, first_at, .. } = state;
        if parts.is_empty() {
            let root = first.map(|(local, namespace)| (&**self.names.text(local), &**self.names.text(namespace)));
            let none = fault.clone().unwrap_or_else(|| {
                Box::new(no_document(first_at.unwrap_or(input.base + input.bytes().len()), header.is_some(), root))
            });
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

    /// The fault of an input that ends inside of something, or of a token of the window.
    fn fault(&self, input: &Input, stop: Stop) -> Fault {
        match stop {
            Stop::Bad(fault) => Fault { at: input.base + fault.at, ..*fault },
            Stop::Incomplete => {
                let end = input.base + input.bytes().len();
                let fault =
                    Fault::new(Rule::XmlNotWellFormed, end, "The input is cut off.").found("the end of the input");
                match self.frames.last() {
                    Some(open) => fault.expected(format!("</{}>", String::from_utf8_lossy(&self.open[open.name..]))),
                    None => fault,
                }
            }
        }
    }

    fn begin(&mut self, input: &mut Input, state: &mut State<'_>) -> Result<(), Fault> {
        if input.is_whole() && input.bytes().len() > self.limits.bytes {
            let text = format!("The input is larger than {} bytes (limits.bytes).", self.limits.bytes);
            return Err(Fault::new(Rule::XmlLimit, self.limits.bytes, text));
        }
        if !input.is_whole() {
            self.more(input, state, &mut 0)?;
        }
        let at = loop {
            match token::declaration(input.bytes(), input.start) {
                Ok(at) => break at,
                Err(Stop::Incomplete) if self.more(input, state, &mut 0)? => {}
                Err(stop) => return Err(self.fault(input, stop)),
            }
        };
        state.begun = at > input.start;
        state.first_at = state.begun.then_some(input.start);
        self.parts(input, state, at)
    }

    /// Brings more bytes into the window; an offset in it moves along. Says whether there is anything new.
    fn more(&self, input: &mut Input, state: &mut State<'_>, at: &mut usize) -> Result<bool, Fault> {
        let base = input.base;
        let more = input.more(*at);
        *at -= input.base - base;
        let came = more?;
        let new = came || !state.last;
        state.last = !came;
        Ok(new)
    }

    fn parts(&mut self, input: &mut Input, state: &mut State<'_>, mut at: usize) -> Result<(), Fault> {
        loop {
            if state.first_at.is_none() {
                let first = input.bytes()[at..].iter().position(|b| !name::is_white(*b));
                state.first_at = first.map(|first| input.base + at + first);
            }
            let token = match at == input.bytes().len() {
                true => Err(Stop::Incomplete),
                false => self.token(input, state, at),
            };
            match token {
                Ok(end) => at = end,
                Err(Stop::Incomplete) => {
                    if !self.more(input, state, &mut at)? {
                        let done = at == input.bytes().len() && self.frames.is_empty();
                        return if done { Ok(()) } else { Err(self.fault(input, Stop::Incomplete)) };
                    }
                }
                Err(stop) => return Err(self.fault(input, stop)),
            }
        }
    }

    /// Passes over one token outside of the documents, or over a document. Returns where it ends in the window.
    fn token(&mut self, input: &mut Input, state: &mut State<'_>, at: usize) -> Result<usize, Stop> {
        let bytes = input.window.bytes();
        if bytes[at] != b'<' {
            return self.text(bytes, at, state);
        }
        let end = match token::markup(bytes, at)? {
            Markup::Comment => token::comment(bytes, at)?,
            Markup::Instruction => token::instruction(bytes, at)?,
            Markup::CharacterData if self.frames.is_empty() => return Err(outside(state.begun, at)),
            Markup::CharacterData => token::character_data(bytes, at)?.1,
            Markup::End => self.end(bytes, at, state.begun)?,
            Markup::Start if self.frames.is_empty() && state.first.is_some() => {
                return Err(Stop::malformed(at, "A second root element: an XML document has one."));
            }
            Markup::Start => self.start(input, at, state)?,
        };
        state.begun = true;
        Ok(end)
    }

    /// Text outside of the documents.
    fn text(&self, bytes: &[u8], at: usize, state: &State<'_>) -> Result<usize, Stop> {
        let next = memchr::memchr(b'<', &bytes[at..]).map(|len| at + len);
        let end = next.unwrap_or(bytes.len());
        let white = bytes[at..end].iter().take_while(|b| name::is_white(**b)).count();
        if at + white == end {
            return Ok(end);
        }
        if self.frames.is_empty() {
            return Err(outside(state.begun, at + white));
        }
        if next.is_none() && !state.last {
            return Err(Stop::Incomplete);
        }
        token::decode_text(bytes, at..end, &mut Vec::new()).map(|()| end)
    }

    fn end(&mut self, bytes: &[u8], at: usize, begun: bool) -> Result<usize, Stop> {
        let (name, end) = token::end_tag(bytes, at, &self.limits)?;
        let Some(frame) = self.frames.pop() else { return Err(outside(begun, at)) };
        self.scopes.back_to(frame.scopes);
        let open = &self.open[frame.name..];
        if bytes[name.clone()] != *open {
            let shown = |name: &[u8]| format!("</{}>", String::from_utf8_lossy(name));
            return Err(Fault::new(Rule::XmlNotWellFormed, at, "This end tag does not match the open element.")
                .found(shown(&bytes[name]))
                .expected(shown(open))
                .into());
        }
        self.open.truncate(frame.name);
        Ok(end)
    }

    fn start(&mut self, input: &mut Input, at: usize, state: &mut State<'_>) -> Result<usize, Stop> {
        let bytes = input.window.bytes();
        let mark = self.scopes.mark();
        let tag = match self.known_tag(bytes, at) {
            Some(known) => known,
            None => self.any_tag(bytes, at)?,
        };
        state.first.get_or_insert((tag.local, tag.namespace));
        let inside = self.frames.last().is_some_and(|frame| frame.inside);
        let Some(kind) = tag.kind.filter(|_| !inside) else {
            return self.pass(bytes, at, &tag, mark, inside);
        };
        let walk = self.walk(input.bytes(), tag.namespace, state.header.as_ref().filter(|_| kind == Kind::Document));
        let (element, end) = self.element(input, at, &tag, mark, (kind, walk), state);
        let broken = element.broken.is_some();
        match kind {
            Kind::Header => state.parts.extend(state.header.replace(element).map(alone)),
            Kind::Document => {
                let wrapper = self.wrapper();
                state.parts.push(Part { header: state.header.take(), document: Some(element), wrapper, fault: None });
            }
        }
        if !broken {
            self.scopes.back_to(mark);
            return Ok(end);
        }
        // Its walk did not reach its end: the rest is passed over, for the documents behind it.
        if self.pass_rest(walk, &tag, mark) {
            return Ok(end);
        }
        let tag = Tag { tag: tag.tag.moved(at - end), ..tag };
        self.pass(input.window.bytes(), end, &tag, mark, true)
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
    fn pass(&mut self, bytes: &[u8], at: usize, tag: &Tag, mark: Mark, inside: bool) -> Result<usize, Stop> {
        if self.frames.len() >= self.limits.depth {
            return Err(self.limits.too_deep(at).into());
        }
        match tag.tag.empty {
            true => {
                self.scopes.back_to(mark);
            }
            false => self.push(&bytes[tag.tag.name.clone()], tag, mark, inside),
        }
        Ok(tag.tag.end)
    }

    fn push(&mut self, name: &[u8], tag: &Tag, scopes: Mark, inside: bool) {
        let Tag { local, namespace, .. } = *tag;
        self.frames.push(Frame { name: self.open.len(), local, namespace, scopes, inside });
        self.open.extend_from_slice(name);
    }

    /// Takes over the elements that are open in a walk that has stopped. Says whether there are any.
    fn pass_rest(&mut self, walk: Option<usize>, tag: &Tag, mark: Mark) -> bool {
        let Some(walk) = walk else { return false };
        let open = self.walks[walk].open_elements();
        if !open.is_empty() {
            self.scopes.clone_from(self.walks[walk].scopes());
        }
        // What declares nothing has nothing to go back to.
        let nothing = self.scopes.mark();
        for (at, (name, scopes)) in open.iter().enumerate() {
            let scopes = if at == 0 { mark } else { scopes.unwrap_or(nothing) };
            self.push(name.as_bytes(), tag, scopes, true);
        }
        !open.is_empty()
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

    /// Walks a header or a document, whose start tag has been read and its namespaces declared. Returns where its walk has
    /// ended in the window.
    fn element(
        &mut self,
        input: &mut Input,
        at: usize,
        tag: &Tag,
        mark: Mark,
        (kind, walk): (Kind, Option<usize>),
        state: &mut State<'_>,
    ) -> (Element, usize) {
        let start = input.base + at;
        let mut element = Element {
            message: self.names.all[tag.namespace].message,
            namespace: Arc::clone(self.names.text(tag.namespace)),
            span: start..start,
            faults: Faults::default(),
            broken: None,
            supported: true,
            schema: None,
            recorder: self.spare.pop().unwrap_or_default(),
            held: None,
        };
        element.supported = walk.is_some();
        if kind == Kind::Document {
            state.take.begin(&element);
        }
        let Some(walk) = walk else {
            let nearest = self.schemas.nearest(&element.namespace);
            element.broken = Some(Box::new(unsupported(&element, start, nearest)));
            return (element, at);
        };
        element.schema = self.walks[walk].automaton().source().cloned();
        let from = self.set_out(walk, input.bytes(), at, tag, mark);
        let end = self.walk_to_end(input, from, (kind, walk), &mut element, state);
        element.span.end = input.base + end;
        match kind {
            Kind::Header => {
                if !input.is_whole() {
                    element.hold(input, end);
                }
                state.take.header(&element, element.record(input.bytes()));
            }
            Kind::Document if input.is_whole() => {}
            Kind::Document => {
                element.recorder.clear();
                self.spare.push(std::mem::take(&mut element.recorder));
            }
        }
        (element, end)
    }

    /// Makes a walk ready for an element. Returns from where on it walks.
    fn set_out(&mut self, walk: usize, bytes: &[u8], at: usize, tag: &Tag, mark: Mark) -> usize {
        let walk = &mut self.walks[walk];
        if tag.bare && !tag.tag.empty && walk.has_plain_root(&self.names.all[tag.local].text) {
            walk.begin_inside(&self.scopes, &bytes[tag.tag.name.clone()]);
            return tag.tag.end;
        }
        let mut around = self.scopes.clone();
        around.back_to(mark);
        walk.begin(&around);
        at
    }

    /// Walks on as long as there is more. Returns where the walk has ended in the window: behind the element, or at the token
    /// of its fault.
    fn walk_to_end(
        &mut self,
        input: &mut Input,
        mut from: usize,
        (kind, walk): (Kind, usize),
        element: &mut Element,
        state: &mut State<'_>,
    ) -> usize {
        let container = element.message.map_or(Container::default(), |message| self.schemas.container(message));
        let keep = match kind {
            Kind::Header => Keep::Whole,
            Kind::Document if input.is_whole() => Keep::Everything,
            Kind::Document => Keep::Nothing,
        };
        let tells = kind == Kind::Document && !input.is_whole();
        // From where on the bytes were not told.
        let mut told = element.span.start - input.base;
        loop {
            let (window, base) = (input.window.bytes(), input.base);
            let recorder = std::mem::take(&mut element.recorder);
            let mut pieces = Pieces { recorder, window, base, container, keep, take: &mut *state.take };
            self.walks[walk].window_begins_at(base);
            let result = self.walks[walk].run(&input.window, &mut from, &self.limits, &mut pieces);
            element.recorder = pieces.recorder;
            let fault = match result {
                Ok(end) => {
                    from = end;
                    None
                }
                Err(Stop::Bad(fault)) => Some(Fault { at: base + fault.at, ..*fault }),
                Err(Stop::Incomplete) => {
                    let keep = element.recorder.oldest().map_or(from, |oldest| oldest.min(from));
                    if tells {
                        state.take.bytes(&window[told..keep]);
                    }
                    told = keep;
                    let more = self.more(input, state, &mut told);
                    from -= keep - told;
                    element.recorder.moved(keep - told);
                    match more {
                        Ok(true) => continue,
                        Ok(false) => Some(self.fault(input, Stop::Incomplete)),
                        Err(fault) => Some(fault),
                    }
                }
            };
            let (window, base) = (input.window.bytes(), input.base);
            if tells {
                state.take.bytes(&window[told..from]);
            }
            if fault.is_some() {
                let recorder = std::mem::take(&mut element.recorder);
                let mut pieces = Pieces { recorder, window, base, container, keep, take: &mut *state.take };
                pieces.close();
                element.recorder = pieces.recorder;
            }
            element.faults = self.walks[walk].take_faults();
            element.broken = fault.map(Box::new);
            return from;
        }
    }
}

fn is_header(namespace: &str) -> bool {
    namespace.strip_prefix(NAMESPACE_PREFIX).is_some_and(|id| id.starts_with("head.001."))
}
