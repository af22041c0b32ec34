//! One token of whatever XML allows: attributes, any prefix, entities, CDATA, comments, wildcards; and the place where
//! every fault is found. Nothing of the walk changes before the token is known to be complete.

use std::ops::Range;
use std::sync::Arc;

use super::super::automaton::{AttributeEdge, Automaton, Edge, EdgeKind, LAX, ROOT, takes};
use super::super::model::Process;
use super::super::sink::Sink;
use super::frames::{AS_EXPECTED, Frame, NO_EDGE, SKIPPED};
use super::recover::Trouble;
use super::{Walk, faults};
use crate::finding::Rule;
use crate::xml::namespace::{Mark, XSD, XSI};
use crate::xml::token::{self, Markup, StartTag};
use crate::xml::{Fault, Limits, Stop, name};

/// What an element in a place turned out to be.
pub(super) enum Meaning {
    /// It follows this edge.
    Edge(u32),
    /// It stands for a wildcard, or in one, and this edge assesses it.
    Assessed(u32),
    /// It stands for a wildcard, or in one, and is not declared.
    Lax,
    /// It may not stand there, and what is in it does not matter.
    Skip,
}

/// A bound attribute's value: its slot, the value, where it stands.
type BoundAttribute = (u16, String, usize);

/// What is between the tags of a value.
enum Content {
    /// Text, up to its end tag; and where that tag ends.
    Text(usize, usize),
    /// An element, which may not stand there: where its start tag begins, and where that ends.
    Element(usize, usize),
}

impl Walk {
    /// Takes one token, and those behind it until it is clear how to go on. What was taken is behind `from`, also where it
    /// stops.
    #[cold]
    #[inline(never)]
    pub(super) fn unhurried<S: Sink>(
        &mut self,
        automaton: &Automaton,
        bytes: &[u8],
        from: &mut usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<(), Stop> {
        *from = self.any_token(automaton, bytes, *from, limits, sink)?;
        while self.is_in_doubt() {
            // The token may have widened the automaton.
            match self.any_token(&Arc::clone(&self.automaton), bytes, *from, limits, sink) {
                Ok(next) => *from = next,
                Err(Stop::Incomplete) => break,
                Err(bad) => return Err(bad),
            }
        }
        Ok(())
    }

    fn any_token<S: Sink>(
        &mut self,
        automaton: &Automaton,
        bytes: &[u8],
        at: usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<usize, Stop> {
        if bytes.get(at) == Some(&b'<') {
            match token::markup(bytes, at)? {
                Markup::Comment => return token::comment(bytes, at),
                Markup::Instruction => return token::instruction(bytes, at),
                Markup::CharacterData => {}
                Markup::End => return self.any_end(automaton, bytes, at, limits, sink),
                Markup::Start => {
                    let mark = self.scopes.mark();
                    let end = self.any_start(automaton, bytes, at, limits, sink, mark);
                    if end.is_err() {
                        self.scopes.back_to(mark);
                    }
                    return end;
                }
            }
        }
        self.any_text(automaton, bytes, at)
    }

    /// Text between elements: white space, but in lax content anything. All of it up to the next tag is one fault.
    fn any_text(&mut self, automaton: &Automaton, bytes: &[u8], at: usize) -> Result<usize, Stop> {
        let mut text = std::mem::take(&mut self.value);
        text.clear();
        let end = read_text(bytes, at, &mut text);
        let stray = text.iter().any(|b| !name::is_white(*b));
        self.value = text;
        let mut end = end?;
        if self.state == LAX || !stray {
            return Ok(end);
        }
        let behind = if bytes[at] == b'<' { at + b"<![CDATA[".len() } else { at };
        let from = behind + bytes[behind..].iter().take_while(|b| name::is_white(**b)).count();
        let len = bytes[from..end].trim_ascii_end().len();
        // The rest of it is of the same fault.
        loop {
            end = match bytes.get(end) {
                None => return Err(Stop::Incomplete),
                Some(b'<') => match token::markup(bytes, end)? {
                    Markup::Comment => token::comment(bytes, end)?,
                    Markup::Instruction => token::instruction(bytes, end)?,
                    Markup::CharacterData => token::character_data(bytes, end)?.1,
                    Markup::Start | Markup::End => break,
                },
                Some(_) => read_text(bytes, end, &mut Vec::new())?,
            };
        }
        self.stray_text(automaton, from, len);
        Ok(end)
    }

    fn any_end<S: Sink>(
        &mut self,
        automaton: &Automaton,
        bytes: &[u8],
        at: usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<usize, Stop> {
        let (found, end) = token::end_tag(bytes, at, limits)?;
        let Some(frame) = self.frames.last(automaton) else {
            return Err(Stop::malformed(at, "An end tag stands where no element is open."));
        };
        if !self.is_name(automaton, &frame, &bytes[found.clone()]) {
            let expected = self.open_name(automaton, &frame);
            return Err(Fault::new(Rule::XmlNotWellFormed, at, "This end tag does not match the open element.")
                .found(format!("</{}>", faults::shown(&bytes[found])))
                .expected(format!("</{expected}>"))
                .into());
        }
        if frame.edge < SKIPPED {
            self.end_children(automaton, frame.edge, at, end - at);
        }
        self.leave(automaton, frame, sink);
        Ok(end)
    }

    fn leave<S: Sink>(&mut self, automaton: &Automaton, frame: Frame, sink: &mut S) {
        self.frames.pop(automaton);
        self.state = frame.state;
        self.count = frame.count;
        if frame.name != AS_EXPECTED {
            self.names.truncate(frame.name as usize);
        }
        if let Some(mark) = frame.scopes {
            self.scopes.back_to(mark);
            let prefix = self.prefixes.pop().flatten();
            self.expect_prefix(prefix.as_deref());
        }
        let slot = automaton.edges.get(frame.edge as usize).map_or(0, |edge| edge.slot);
        if slot != 0 {
            sink.end(slot);
        }
        self.recovery.leave(self.frames.len());
    }

    /// Whether a qualified name is that of an open element's start tag.
    pub(super) fn is_name(&self, automaton: &Automaton, frame: &Frame, found: &[u8]) -> bool {
        if frame.name != AS_EXPECTED {
            return self.names[frame.name as usize..] == *found;
        }
        let local = automaton.labels[automaton.edges[frame.edge as usize].label as usize].name.as_bytes();
        match self.prefix_text.as_deref() {
            Some(prefix) if !prefix.is_empty() => {
                let behind = found.strip_prefix(prefix.as_bytes()).and_then(|found| found.strip_prefix(b":"));
                behind == Some(local)
            }
            _ => found == local,
        }
    }

    /// The qualified name of an open element, as its start tag had it.
    pub(super) fn open_name(&self, automaton: &Automaton, frame: &Frame) -> String {
        if frame.name != AS_EXPECTED {
            return String::from_utf8_lossy(&self.names[frame.name as usize..]).into_owned();
        }
        let local = &automaton.labels[automaton.edges[frame.edge as usize].label as usize].name;
        match self.prefix_text.as_deref() {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}:{local}"),
            _ => local.clone(),
        }
    }

    fn any_start<S: Sink>(
        &mut self,
        automaton: &Automaton,
        bytes: &[u8],
        at: usize,
        limits: &Limits,
        sink: &mut S,
        mark: Mark,
    ) -> Result<usize, Stop> {
        let mut attributes = std::mem::take(&mut self.attributes);
        let tag = token::start_tag(bytes, at, limits, &mut attributes);
        self.attributes = attributes;
        let tag = tag?;
        self.scopes.declare_all(bytes, &self.attributes)?;
        let declared = self.scopes.mark() != mark;
        let qname = token::text(bytes, tag.name.clone())?;
        let (uri, local) = self.scopes.name(qname, tag.name.start, true)?;
        let uri = uri.to_owned();
        let other: Vec<OtherAttribute> = self.other_attributes(bytes)?;

        let placement = self.placement(automaton, (&uri, local), &other);
        if self.state == ROOT && placement.trouble.is_some() {
            return Err(faults::no_root(automaton, &uri, local, at).over(tag.end - at).into());
        }
        let wide = matches!(placement.meaning, Meaning::Assessed(_)).then(|| self.widen());
        let automaton = wide.as_deref().unwrap_or(automaton);
        let (state, count) = (placement.state, placement.count);
        let edge = match placement.meaning {
            Meaning::Edge(edge) | Meaning::Assessed(edge) => Some(edge),
            Meaning::Lax | Meaning::Skip => None,
        };
        let leaf = edge.map(|edge| &automaton.edges[edge as usize]).filter(|edge| edge.kind == EdgeKind::Leaf);
        let content = match leaf {
            Some(_) if tag.empty => {
                self.value.clear();
                Ok(Content::Text(at, tag.end))
            }
            Some(_) => read_value(bytes, &tag, limits, &mut self.value),
            None => Ok(Content::Text(at, tag.end)),
        };
        if matches!(content, Err(Stop::Incomplete)) {
            return Err(Stop::Incomplete);
        }
        // From here on things change: the token is complete.
        self.take(automaton, &placement, (&uri, local), at, tag.end - at);
        let frame = Frame::lax(state, count, declared.then_some(mark));
        let Some(at_edge) = edge else {
            let edge = if matches!(placement.meaning, Meaning::Skip) { SKIPPED } else { NO_EDGE };
            self.enter(bytes, &tag, limits, at, Frame { edge, ..frame })?;
            return Ok(tag.end);
        };
        let edge = &automaton.edges[at_edge as usize];
        let derived = derived(automaton, edge, &other);
        let edge = derived.as_ref().unwrap_or(edge);
        let bound = self.check_attributes(automaton, edge, &other, at, tag.end - at);
        if edge.kind == EdgeKind::Leaf {
            let (value_end, end) = match content? {
                Content::Text(value_end, end) => (value_end, end),
                Content::Element(child, child_end) => {
                    self.report(|| faults::element_in_value(automaton, edge, child).over(child_end - child));
                    self.enter(bytes, &tag, limits, at, Frame { edge: SKIPPED, ..frame })?;
                    return Ok(tag.end);
                }
            };
            (self.state, self.count) = (state, count);
            let place = if tag.empty { at..tag.end } else { tag.end..value_end };
            self.any_value(automaton, edge, place, bound, sink)?;
            if declared {
                self.scopes.back_to(mark);
            }
            return Ok(end);
        }
        if tag.empty && !automaton.states[edge.child as usize].accepting {
            self.incomplete(automaton, edge.child, at_edge, at, tag.end - at);
        }
        if edge.slot != 0 && self.frames.len() < limits.depth {
            sink.begin(edge.slot, at);
        }
        self.enter(bytes, &tag, limits, at, Frame { edge: at_edge, ..frame })?;
        if tag.empty {
            if edge.slot != 0 {
                sink.end(edge.slot);
            }
        } else {
            self.state = edge.child;
            let own = automaton.labels[edge.label as usize].namespace.is_none();
            if own && matches!(placement.trouble, Some(Trouble::Foreign)) {
                self.take_namespace(&uri);
            }
        }
        Ok(tag.end)
    }

    /// Opens an element, or passes over an empty one.
    fn enter(&mut self, bytes: &[u8], tag: &StartTag, limits: &Limits, at: usize, frame: Frame) -> Result<(), Stop> {
        if self.frames.len() >= limits.depth {
            return Err(limits.too_deep(at).into());
        }
        if tag.empty {
            (self.state, self.count) = (frame.state, frame.count);
            if let Some(mark) = frame.scopes {
                self.scopes.back_to(mark);
            }
            return Ok(());
        }
        let name = self.names.len() as u32;
        self.names.extend_from_slice(&bytes[tag.name.clone()]);
        self.frames.push(Frame { name, ..frame });
        self.state = LAX;
        if frame.scopes.is_some() {
            self.prefixes.push(self.prefix_text.clone());
            self.find_prefix();
        }
        Ok(())
    }

    /// The attributes that are no namespace declarations, with their names resolved.
    fn other_attributes(&self, bytes: &[u8]) -> Result<Vec<OtherAttribute>, Stop> {
        let mut all: Vec<OtherAttribute> = Vec::new();
        for attribute in &self.attributes {
            let qname = token::text(bytes, attribute.name.clone())?;
            if token::declared_prefix(qname.as_bytes()).is_some() {
                continue;
            }
            let at = attribute.name.start;
            let (uri, local) = self.scopes.name(qname, at, false)?;
            let uri = uri.to_owned();
            if all.iter().any(|other| other.uri == uri && other.local == local) {
                return Err(Stop::malformed(at, "An attribute stands twice in this tag."));
            }
            let value = token::attribute_value(bytes, attribute.value.clone())?.into_owned();
            let declared_type = (uri == XSI && local == "type").then(|| self.type_name(&value));
            let value_at = attribute.value.clone();
            let at = at..value_at.end + 1;
            all.push(OtherAttribute { uri, local: local.to_owned(), value, at, value_at, declared_type });
        }
        Ok(all)
    }

    /// The namespace and local name that the value of an `xsi:type` means.
    fn type_name(&self, value: &str) -> Option<(String, String)> {
        let (prefix, local) = name::split(value.trim_matches([' ', '\t', '\n', '\r']))?;
        Some((self.scopes.resolve(prefix)?.to_owned(), local.to_owned()))
    }

    /// A value, which stands in the window there, decoded in the walk's own memory.
    fn any_value<S: Sink>(
        &mut self,
        automaton: &Automaton,
        edge: &Edge,
        place: Range<usize>,
        bound: Vec<BoundAttribute>,
        sink: &mut S,
    ) -> Result<(), Stop> {
        let value = std::mem::take(&mut self.value);
        let text =
            std::str::from_utf8(&value).map_err(|_| Stop::malformed(place.start, "These bytes are not UTF-8."))?;
        match automaton.checks[edge.child as usize].look(text) {
            Ok(()) => {
                for (slot, text, at) in &bound {
                    sink.decoded(*slot, text.as_bytes(), *at);
                }
                if edge.slot != 0 {
                    sink.decoded(edge.slot, &value, place.start);
                }
            }
            Err(broken) => self.report(|| faults::value(automaton, edge, text, broken, place)),
        }
        self.value = value;
        Ok(())
    }

    /// Checks the attributes of a declared element and gives those that are bound.
    fn check_attributes(
        &mut self,
        automaton: &Automaton,
        edge: &Edge,
        attributes: &[OtherAttribute],
        at: usize,
        len: usize,
    ) -> Vec<BoundAttribute> {
        let declared: &[AttributeEdge] = &automaton.attributes[edge.attributes as usize];
        let label = &automaton.labels[edge.label as usize];
        let lacks = |d: &&AttributeEdge| d.required && !attributes.iter().any(|a| a.is(&d.name));
        let mut missing: Vec<&AttributeEdge> = declared.iter().filter(lacks).collect();
        let mut bound = Vec::new();
        for attribute in attributes {
            let known = declared.iter().find(|d| attribute.is(&d.name));
            match (attribute.uri.as_str(), attribute.local.as_str(), known) {
                (_, _, Some(known)) => match automaton.checks[known.check as usize].look(&attribute.value) {
                    Ok(()) if known.slot != 0 => {
                        bound.push((known.slot, attribute.value.clone(), attribute.value_at.start))
                    }
                    Ok(()) => {}
                    Err(broken) => self.report(|| faults::attribute_value(automaton, label, known, attribute, broken)),
                },
                (XSI, "schemaLocation" | "noNamespaceSchemaLocation", None) => {}
                // An element that is not declared is what its own xsi:type says, and may be nil.
                (XSI, "type" | "nil", None) if label.name.is_empty() => {}
                (XSI, "type", None) => {
                    let declared = label.type_name.as_str();
                    if !attribute.is_type(automaton, declared) {
                        self.report(|| faults::other_type(attribute, declared));
                    }
                }
                (XSI, "nil", None) => self.report(|| faults::nil(attribute)),
                // A wrong name of the only attribute that is missing is one fault.
                ("", _, None) if missing.len() == 1 => {
                    let meant = missing.pop().map(|missing| missing.name.as_str());
                    self.report(|| faults::unknown_attribute(label, attribute, meant));
                }
                (_, _, None) => self.report(|| faults::unknown_attribute(label, attribute, None)),
            }
        }
        for missing in missing {
            self.report(|| faults::missing_attribute(label, missing, at).over(len));
        }
        bound
    }
}

impl Frame {
    fn lax(state: u32, count: u32, scopes: Option<Mark>) -> Self {
        Self { state, count, edge: NO_EDGE, name: AS_EXPECTED, scopes }
    }

    /// Whether this outermost undeclared element stands for a wildcard whose content is not looked at.
    pub(super) fn is_skip(&self, automaton: &Automaton) -> bool {
        // The state behind it belongs to the model of the wildcard; its own edge there is the one that leads to it.
        let state = &automaton.states[self.state as usize];
        let edges = state.model..state.model + state.model_count;
        edges
            .map(|e| &automaton.edges[e as usize])
            .any(|e| e.target == self.state && e.kind == EdgeKind::Any(Process::Skip))
    }
}

/// An attribute that is no namespace declaration.
pub(super) struct OtherAttribute {
    uri: String,
    pub(super) local: String,
    pub(super) value: String,
    /// From its name to behind its value's quote.
    pub(super) at: Range<usize>,
    pub(super) value_at: Range<usize>,
    /// Of an `xsi:type`: the namespace and name that it means; the inner `None` when it means nothing.
    declared_type: Option<Option<(String, String)>>,
}

impl OtherAttribute {
    /// Whether it is the attribute of this name that a schema declares.
    fn is(&self, name: &str) -> bool {
        self.uri.is_empty() && self.local == name
    }

    /// Whether it is an `xsi:nil` with another value than `true` or `false`: that attribute is declared everywhere (XML Schema
    /// part 1, 3.2.7).
    fn is_neither_nil_nor_not(&self) -> bool {
        let boolean = ["true", "false", "1", "0"].contains(&self.value.trim_matches([' ', '\t', '\n', '\r']));
        self.uri == XSI && self.local == "nil" && !boolean
    }

    /// Whether it is an `xsi:type` that names this type, or one that is derived from it.
    fn is_type(&self, automaton: &Automaton, name: &str) -> bool {
        let of = |(uri, local): &(String, String)| automaton.is_derived(&automaton.type_name(uri, local), name);
        self.declared_type.as_ref().and_then(Option::as_ref).is_some_and(of)
    }
}

/// How a wildcard's edge checks elements of a namespace; `None` when it is no wildcard or does not take them.
pub(super) fn wildcard(automaton: &Automaton, edge: u32, uri: &str) -> Option<Process> {
    let edge = &automaton.edges[edge as usize];
    let EdgeKind::Any(process) = edge.kind else { return None };
    let namespace = &automaton.labels[edge.label as usize].name;
    takes(namespace, uri).then_some(process)
}

/// An element in lax content: a global element of the schema or one with an `xsi:type` is assessed, others are not.
pub(super) fn lax(
    automaton: &Automaton,
    uri: &str,
    local: &str,
    attributes: &[OtherAttribute],
) -> Result<Meaning, Box<Fault>> {
    if automaton.declares_elements_of(uri)
        && let Some(edge) = automaton.global(uri, local)
    {
        return Ok(Meaning::Assessed(edge));
    }
    if let Some(nil) = attributes.iter().find(|attribute| attribute.is_neither_nil_nor_not()) {
        return Err(Box::new(faults::no_boolean(nil)));
    }
    let Some(attribute) = attributes.iter().find(|a| a.declared_type.is_some()) else { return Ok(Meaning::Lax) };
    let declared = attribute.declared_type.as_ref().and_then(Option::as_ref);
    let edge = match declared.map(|(uri, local)| (uri.as_str(), local.as_str())) {
        Some((XSD, "anyType")) => return Ok(Meaning::Lax),
        Some((XSD, local)) => automaton.built_in(local),
        Some((uri, local)) => automaton.named_type(uri, local),
        None => None,
    };
    match edge {
        Some(edge) => Ok(Meaning::Assessed(edge)),
        None => Err(Box::new(faults::no_type(attribute))),
    }
}

/// The edge of a value whose `xsi:type` names a type that is derived from the declared one: then that type counts.
fn derived(automaton: &Automaton, edge: &Edge, attributes: &[OtherAttribute]) -> Option<Edge> {
    let (uri, local) = attributes.iter().find_map(|attribute| attribute.declared_type.as_ref())?.as_ref()?;
    let declared = &automaton.labels[edge.label as usize];
    let name = automaton.type_name(uri, local);
    if edge.kind != EdgeKind::Leaf || declared.name.is_empty() || !automaton.is_derived(&name, &declared.type_name) {
        return None;
    }
    let Edge { child, attributes, .. } = *automaton.type_edge(uri, local)?;
    Some(Edge { child, attributes, ..edge.clone() })
}

/// Reads the text from a `CDATA` section or other character data at an offset.
fn read_text(bytes: &[u8], at: usize, into: &mut Vec<u8>) -> Result<usize, Stop> {
    if bytes.get(at) == Some(&b'<') {
        let (content, end) = token::character_data(bytes, at)?;
        into.extend_from_slice(&bytes[content]);
        return Ok(end);
    }
    let len = bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)).ok_or(Stop::Incomplete)?;
    token::decode_text(bytes, at..at + len, into).map(|()| at + len)
}

/// Reads character data up to the end tag and past it, references and CDATA sections resolved.
fn read_value(bytes: &[u8], tag: &StartTag, limits: &Limits, value: &mut Vec<u8>) -> Result<Content, Stop> {
    value.clear();
    let mut here = tag.end;
    loop {
        let next = here + memchr::memchr(b'<', &bytes[here..]).ok_or(Stop::Incomplete)?;
        token::decode_text(bytes, here..next, value)?;
        if value.len() > limits.text {
            return Err(limits.too_long(tag.end).into());
        }
        here = match token::markup(bytes, next)? {
            Markup::Comment => token::comment(bytes, next)?,
            Markup::Instruction => token::instruction(bytes, next)?,
            Markup::CharacterData => {
                let (content, end) = token::character_data(bytes, next)?;
                push_character_data(bytes, content, value);
                end
            }
            Markup::End => {
                let (name, end) = token::end_tag(bytes, next, limits)?;
                if bytes[name.clone()] == bytes[tag.name.clone()] {
                    return Ok(Content::Text(next, end));
                }
                let text = "This end tag does not match the open element.";
                return Err(Fault::new(Rule::XmlNotWellFormed, next, text)
                    .found(format!("</{}>", faults::shown(&bytes[name])))
                    .expected(format!("</{}>", faults::shown(&bytes[tag.name.clone()])))
                    .into());
            }
            Markup::Start => {
                let end = token::start_tag(bytes, next, limits, &mut Vec::new())?.end;
                return Ok(Content::Element(next, end));
            }
        };
    }
}

/// CDATA with line ends as `\n`.
fn push_character_data(bytes: &[u8], content: Range<usize>, value: &mut Vec<u8>) {
    let content = &bytes[content];
    for (i, byte) in content.iter().enumerate() {
        match byte {
            b'\r' if content.get(i + 1) == Some(&b'\n') => {}
            b'\r' => value.push(b'\n'),
            byte => value.push(*byte),
        }
    }
}
