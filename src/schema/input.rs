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

mod envelope;
mod faults;
mod names;
mod part;

use std::sync::Arc;

use super::automaton::Automaton;
use super::message_id::{MessageId, NAMESPACE_PREFIX};
use super::pieces::{Container, Keep, Pieces, Take};
use super::record::Record;
use super::walk::Walk;
use crate::finding::Rule;
use crate::xml::namespace::{Mark, Scopes, XSI};
use crate::xml::token::{self, Markup, RawAttribute, StartTag};
use crate::xml::{Fault, Input, Limits, Stop, name};
use envelope::Envelope;
use faults::{alone, no_document, outside, unsupported};
use names::{Name, Names};
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

/// With more walks than these all are forgotten before the next input: each takes some 200 KB.
const MOST_WALKS: usize = 128;

/// Reads inputs, one after the other. Keeps the walks (and what they learned) and the memory of the parts.
pub struct Reader {
    schemas: Arc<dyn Schemas>,
    limits: Limits,
    /// Bytes of an input that is in memory.
    most_bytes: usize,
    walks: Vec<Walk>,
    /// Where the walks of schemas are that were chosen by more than a namespace.
    chosen: Vec<(Arc<Automaton>, usize)>,
    /// The partner that sends.
    partner: Option<String>,
    names: Names,
    /// The elements around the messages, as far as they are known.
    envelope: Envelope,
    /// The innermost known element that is open.
    around: usize,
    /// The elements that are open in it, their names, and the declarations in force; of none while none is open.
    frames: Vec<Frame>,
    open: Vec<u8>,
    scopes: Scopes,
    attributes: Vec<RawAttribute>,
    #[expect(clippy::vec_box, reason = "the boxes go into the next parts as they are")]
    spare: Vec<Box<Element>>,
    spare_parts: Vec<Part>,
}

/// What is known of an input while it is read.
struct State<'t> {
    parts: Vec<Part>,
    /// The header that waits for its document.
    header: Option<Box<Element>>,
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

/// A start tag with its meaning.
struct Tag {
    tag: StartTag,
    local: usize,
    namespace: usize,
    kind: Option<Kind>,
    /// The declarations around it.
    around: Mark,
    /// Which of the known elements it begins.
    known: Option<usize>,
}

/// An element around the documents that is not known, or one below a document that cannot be walked.
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
            most_bytes: limits.bytes,
            walks: Vec::new(),
            chosen: Vec::new(),
            partner: None,
            names: Names::default(),
            envelope: Envelope::new(),
            around: Envelope::OUTSIDE,
            frames: Vec::new(),
            open: Vec::new(),
            scopes: Scopes::default(),
            attributes: Vec::new(),
            spare: Vec::new(),
            spare_parts: Vec::new(),
        }
    }

    /// Takes the memory of parts back that are no longer needed. The next header gets that of a header, the next document
    /// that of a document: it has the size that is needed.
    pub fn recycle(&mut self, mut parts: Vec<Part>) {
        for part in &mut parts {
            for mut element in [part.document.take(), part.header.take()].into_iter().flatten() {
                element.clear();
                self.spare.push(element);
            }
        }
        parts.clear();
        self.spare_parts = parts;
    }

    /// Says who sends what is read from here on.
    pub fn comes_from(&mut self, partner: Option<&str>) {
        if self.partner.as_deref() != partner {
            self.partner = partner.map(str::to_owned);
        }
    }

    /// From here on no input may have more bytes than these, where they are fewer than the limits say.
    pub fn limit(&mut self, bytes: Option<usize>) {
        self.most_bytes = bytes.map_or(self.limits.bytes, |bytes| bytes.min(self.limits.bytes));
    }

    /// Takes an input apart, and hands out its pieces as they come. There is at least one part: one without a document says
    /// what is wrong.
    pub fn read(&mut self, input: &mut Input, take: &mut dyn Take) -> Vec<Part> {
        self.frames.clear();
        self.open.clear();
        self.around = Envelope::OUTSIDE;
        if self.names.all.len() > Names::MOST || self.envelope.is_full() || self.walks.len() > MOST_WALKS {
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
        self.envelope = Envelope::new();
        self.walks.clear();
        self.chosen.clear();
    }

    /// The fault of an input that ends inside of something, or of a token of the window.
    fn fault(&self, input: &Input, stop: Stop) -> Fault {
        match stop {
            Stop::Bad(fault) => Fault { at: input.base + fault.at, ..*fault },
            Stop::Incomplete => {
                let end = input.base + input.bytes().len();
                let fault =
                    Fault::new(Rule::XmlNotWellFormed, end, "The input is cut off.").found("the end of the input");
                match self.innermost() {
                    Some(open) => fault.expected(format!("</{}>", String::from_utf8_lossy(open))),
                    None => fault,
                }
            }
        }
    }

    fn begin(&mut self, input: &mut Input, state: &mut State<'_>) -> Result<(), Fault> {
        if input.is_whole() && input.bytes().len() > self.most_bytes {
            let text = format!("The input is larger than {} bytes (limits.bytes).", self.most_bytes);
            return Err(Fault::new(Rule::XmlLimit, self.most_bytes, text));
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
                        let done = at == input.bytes().len() && self.innermost().is_none();
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
        if self.frames.is_empty() {
            let rest = &bytes[at..];
            if let Some(len) = self.envelope.end_tag(self.around, rest) {
                self.around = self.envelope.parent(self.around);
                return Ok(at + len);
            }
            // No element stands behind the root.
            let parent = Some(self.around).filter(|around| *around != Envelope::OUTSIDE || state.first.is_none());
            if let Some(element) = parent.and_then(|parent| self.envelope.child(parent, rest)) {
                state.begun = true;
                return self.enter(input, at, self.envelope.tag(element, at), state);
            }
        }
        let end = match token::markup(bytes, at)? {
            Markup::Comment => token::comment(bytes, at)?,
            Markup::Instruction => token::instruction(bytes, at)?,
            Markup::CharacterData if self.innermost().is_none() => return Err(outside(state.begun, at)),
            Markup::CharacterData => token::character_data(bytes, at)?.1,
            Markup::End => self.end(bytes, at, state.begun)?,
            Markup::Start if state.first.is_some() && self.innermost().is_none() => {
                return Err(Stop::malformed(at, "A second root element: an XML document has one."));
            }
            Markup::Start => {
                let tag = self.any_tag(bytes, at)?;
                self.enter(input, at, tag, state)?
            }
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
        if self.innermost().is_none() {
            return Err(outside(state.begun, at + white));
        }
        if next.is_none() && !state.last {
            return Err(Stop::Incomplete);
        }
        token::decode_text(bytes, at..end, &mut Vec::new()).map(|()| end)
    }

    /// The name of the innermost open element; `None` outside of the root.
    fn innermost(&self) -> Option<&[u8]> {
        match self.frames.last() {
            Some(frame) => Some(&self.open[frame.name..]),
            None => (self.around != Envelope::OUTSIDE).then(|| self.envelope.name(self.around)),
        }
    }

    fn end(&mut self, bytes: &[u8], at: usize, begun: bool) -> Result<usize, Stop> {
        let (name, end) = token::end_tag(bytes, at, &self.limits)?;
        let Some(open) = self.innermost() else { return Err(outside(begun, at)) };
        if bytes[name.clone()] != *open {
            let shown = |name: &[u8]| format!("</{}>", String::from_utf8_lossy(name));
            return Err(Fault::new(Rule::XmlNotWellFormed, at, "This end tag does not match the open element.")
                .found(shown(&bytes[name]))
                .expected(shown(open))
                .into());
        }
        match self.frames.pop() {
            Some(frame) => {
                self.scopes.back_to(frame.scopes);
                self.open.truncate(frame.name);
            }
            None => self.around = self.envelope.parent(self.around),
        }
        Ok(end)
    }

    /// Goes into an element, or walks over it.
    fn enter(&mut self, input: &mut Input, at: usize, tag: Tag, state: &mut State<'_>) -> Result<usize, Stop> {
        state.first.get_or_insert((tag.local, tag.namespace));
        let inside = self.frames.last().is_some_and(|frame| frame.inside);
        let Some(kind) = tag.kind.filter(|_| !inside) else {
            return self.pass(input.window.bytes(), at, &tag, inside);
        };
        if state.parts.len() >= self.limits.documents {
            return Err(self.limits.too_many(at).into());
        }
        let walk = self.walk(input.bytes(), &tag, state.header.as_deref().filter(|_| kind == Kind::Document));
        let (element, end) = self.element(input, at, &tag, (kind, walk), state);
        let broken = element.broken.is_some();
        match kind {
            Kind::Header => state.parts.extend(state.header.replace(element).map(alone)),
            Kind::Document => {
                state.parts.push(Part { header: state.header.take(), document: Some(element), fault: None });
            }
        }
        if !broken {
            self.scopes.back_to(tag.around);
            return Ok(end);
        }
        // Its walk did not reach its end: the rest is passed over, for the documents behind it.
        if self.pass_rest(walk, &tag) {
            return Ok(end);
        }
        if let Some(known) = tag.known {
            self.scopes.clone_from(self.envelope.scopes(known));
        }
        let tag = Tag { tag: tag.tag.moved(at - end), known: None, ..tag };
        self.pass(input.window.bytes(), end, &tag, true)
    }

    /// Reads a start tag, and declares its namespaces.
    fn any_tag(&mut self, bytes: &[u8], at: usize) -> Result<Tag, Stop> {
        if self.frames.is_empty() {
            self.scopes.clone_from(self.envelope.scopes(self.around));
        }
        let around = self.scopes.mark();
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
        let tag = Tag { tag, local, namespace, kind, around, known: None };
        // What has attributes that a schema must look at is walked from its start tag on.
        let known = match bare && self.frames.is_empty() {
            true => self.envelope.learn(self.around, bytes, &tag, &self.scopes, &self.names),
            false => None,
        };
        Ok(Tag { known, ..tag })
    }

    /// Whether an attribute is a schema location, which says nothing.
    fn is_location(&self, qname: &str) -> bool {
        let location = |local| matches!(local, "schemaLocation" | "noNamespaceSchemaLocation");
        name::split(qname).is_some_and(|(prefix, local)| location(local) && self.scopes.resolve(prefix) == Some(XSI))
    }

    /// The elements that are open, where not all are known.
    fn wrapper(&self) -> Arc<Wrapper> {
        let text = |name| Arc::clone(self.names.text(name));
        let more = self.frames.iter().map(|frame| (text(frame.local), text(frame.namespace)));
        Arc::new(self.envelope.path(self.around).iter().cloned().chain(more).collect())
    }

    /// Goes into an element without a walk, or over it when it is empty.
    fn pass(&mut self, bytes: &[u8], at: usize, tag: &Tag, inside: bool) -> Result<usize, Stop> {
        if self.envelope.depth(self.around) + self.frames.len() >= self.limits.depth {
            return Err(self.limits.too_deep(at).into());
        }
        match tag.known {
            Some(known) => self.around = known,
            None if tag.tag.empty => {
                self.scopes.back_to(tag.around);
            }
            None => self.push(&bytes[tag.tag.name.clone()], tag, tag.around, inside),
        }
        Ok(tag.tag.end)
    }

    fn push(&mut self, name: &[u8], tag: &Tag, scopes: Mark, inside: bool) {
        let Tag { local, namespace, .. } = *tag;
        self.frames.push(Frame { name: self.open.len(), local, namespace, scopes, inside });
        self.open.extend_from_slice(name);
    }

    /// Takes over the elements that are open in a walk that has stopped. Says whether there are any.
    fn pass_rest(&mut self, walk: Option<usize>, tag: &Tag) -> bool {
        let Some(walk) = walk else { return false };
        let open = self.walks[walk].open_elements();
        if !open.is_empty() {
            self.scopes.clone_from(self.walks[walk].scopes());
        }
        // What declares nothing has nothing to go back to.
        let nothing = self.scopes.mark();
        for (at, (name, scopes)) in open.iter().enumerate() {
            let scopes = if at == 0 { tag.around } else { scopes.unwrap_or(nothing) };
            self.push(name.as_bytes(), tag, scopes, true);
        }
        !open.is_empty()
    }

    /// Where the walk of the schema of an element is; `None` when it is not supported.
    fn walk(&mut self, bytes: &[u8], tag: &Tag, header: Option<&Element>) -> Option<usize> {
        let header = header.filter(|header| header.supported);
        let header = header.and_then(|header| Some((header.message?, header.record(bytes))));
        let addressed = Addressed { partner: self.partner.as_deref(), header };
        let Name { text, walk, .. } = &mut self.names.all[tag.namespace];
        if let Some(automaton) = self.schemas.chosen(text, &addressed) {
            return Some(self.walk_of(automaton));
        }
        // Messages in the same envelope that are laid out in the same way are alike: a walk of their own foretells them best.
        let layout = || bytes[tag.tag.end..].iter().take_while(|byte| **byte <= b' ').count();
        let walk = tag.known.map_or(walk, |known| self.envelope.walk(known, layout()));
        if walk.is_none() {
            self.walks.push(Walk::new(self.schemas.automaton(text)?));
            *walk = Some(self.walks.len() - 1);
        }
        *walk
    }

    fn walk_of(&mut self, automaton: Arc<Automaton>) -> usize {
        if let Some((_, walk)) = self.chosen.iter().find(|(known, _)| Arc::ptr_eq(known, &automaton)) {
            return *walk;
        }
        self.walks.push(Walk::new(Arc::clone(&automaton)));
        self.chosen.push((automaton, self.walks.len() - 1));
        self.walks.len() - 1
    }

    /// Walks a header or a document, whose start tag has been read and its namespaces declared. Returns where its walk has
    /// ended in the window.
    fn element(
        &mut self,
        input: &mut Input,
        at: usize,
        tag: &Tag,
        (kind, walk): (Kind, Option<usize>),
        state: &mut State<'_>,
    ) -> (Box<Element>, usize) {
        let start = input.base + at;
        let mut element = self.spare.pop().unwrap_or_default();
        element.message = self.names.all[tag.namespace].message;
        keep(&mut element.namespace, self.names.text(tag.namespace));
        match self.frames.is_empty() {
            true => keep(&mut element.wrapper, self.envelope.path(self.around)),
            false => element.wrapper = self.wrapper(),
        }
        element.span = start..start;
        element.supported = walk.is_some();
        if kind == Kind::Document {
            state.take.begin(&element);
        }
        let Some(walk) = walk else {
            let nearest = self.schemas.nearest(&element.namespace);
            element.schema = None;
            element.broken = Some(Box::new(unsupported(&element, start, nearest)));
            return (element, at);
        };
        match (&mut element.schema, self.walks[walk].automaton().source()) {
            (Some(schema), Some(source)) => keep(schema, source),
            (schema, source) => *schema = source.cloned(),
        }
        let from = self.set_out(walk, input.bytes(), at, tag);
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
                let recorder = std::mem::take(&mut element.recorder);
                self.spare.push(Box::new(Element { recorder, ..Element::default() }));
            }
        }
        (element, end)
    }

    /// Makes a walk ready for an element. Returns from where on it walks.
    fn set_out(&mut self, walk: usize, bytes: &[u8], at: usize, tag: &Tag) -> usize {
        let walk = &mut self.walks[walk];
        match tag.known {
            Some(known) if walk.has_plain_root(&self.names.all[tag.local].text) => {
                walk.begin_inside(self.envelope.scopes(known), &bytes[tag.tag.name.clone()]);
                return tag.tag.end;
            }
            Some(_) => walk.begin(self.envelope.scopes(self.around)),
            None => {
                let mut around = self.scopes.clone();
                around.back_to(tag.around);
                walk.begin(&around);
            }
        }
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
            Kind::Document if input.is_whole() && state.take.keeps() => Keep::Everything,
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

/// Makes a handle one of that, at no cost when it is one already.
fn keep<T: ?Sized>(handle: &mut Arc<T>, of: &Arc<T>) {
    if !Arc::ptr_eq(handle, of) {
        *handle = Arc::clone(of);
    }
}

fn is_header(namespace: &str) -> bool {
    namespace.strip_prefix(NAMESPACE_PREFIX).is_some_and(|id| id.starts_with("head.001."))
}
