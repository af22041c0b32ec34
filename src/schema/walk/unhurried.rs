//! One token of whatever XML allows: attributes, any prefix, entities, CDATA, comments, wildcards; and the place where
//! every fault is found. Nothing of the walk changes before the token is known to be complete and right.

use std::ops::Range;

use super::super::automaton::{AttributeEdge, Automaton, Edge, EdgeKind, LAX, takes};
use super::super::facet::Check;
use super::super::model::Process;
use super::super::sink::Sink;
use super::{AS_EXPECTED, Frame, NO_EDGE, Walk, faults};
use crate::finding::Rule;
use crate::xml::namespace::{Mark, XSD, XSI};
use crate::xml::token::{self, Markup, StartTag};
use crate::xml::{Fault, Limits, Stop, name};

/// What an element in a place turned out to be.
enum Meaning {
    /// It follows this edge.
    Edge(u32),
    /// It stands for a wildcard, or in one, and this edge assesses it.
    Assessed(u32),
    /// It stands for a wildcard, or in one, and is not declared.
    Lax,
}

/// A bound attribute's value: its slot, the value, where it stands.
type BoundAttribute = (u16, String, usize);

impl Walk {
    /// Takes one token. Returns where it ends.
    #[cold]
    #[inline(never)]
    pub(super) fn unhurried<S: Sink>(
        &mut self,
        automaton: &Automaton,
        bytes: &[u8],
        at: usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<usize, Stop> {
        match bytes.get(at) {
            None => Err(Stop::Incomplete),
            Some(b'<') => match token::markup(bytes, at)? {
                Markup::Comment => token::comment(bytes, at),
                Markup::Instruction => token::instruction(bytes, at),
                Markup::CharacterData => {
                    let (content, end) = token::character_data(bytes, at)?;
                    self.stray_text(automaton, bytes, content.start, &bytes[content.clone()])?;
                    Ok(end)
                }
                Markup::End => self.any_end(automaton, bytes, at, limits, sink),
                Markup::Start => {
                    let mark = self.scopes.mark();
                    let end = self.any_start(automaton, bytes, at, limits, sink, mark);
                    if end.is_err() {
                        self.scopes.back_to(mark);
                    }
                    end
                }
            },
            Some(_) => {
                let end = at + memchr::memchr(b'<', &bytes[at..]).ok_or(Stop::Incomplete)?;
                let mut text = std::mem::take(&mut self.value);
                text.clear();
                let decoded = token::decode_text(bytes, at..end, &mut text);
                let stray = decoded.and_then(|()| self.stray_text(automaton, bytes, at, &text));
                self.value = text;
                stray.map(|()| end)
            }
        }
    }

    /// Text between elements: white space, but in lax content anything.
    fn stray_text(&self, automaton: &Automaton, bytes: &[u8], at: usize, text: &[u8]) -> Result<(), Stop> {
        if self.state == LAX || text.iter().all(|b| name::is_white(*b)) {
            return Ok(());
        }
        let white = bytes[at..].iter().take_while(|b| name::is_white(**b)).count();
        Err(faults::stray_text(automaton, self.state, at + white).into())
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
        let Some(frame) = self.frames.last().copied() else {
            return Err(Stop::malformed(at, "An end tag stands where no element is open."));
        };
        if !self.is_name(automaton, &frame, &bytes[found.clone()]) {
            let expected = self.open_name(automaton, &frame);
            return Err(Fault::new(Rule::XmlNotWellFormed, at, "This end tag does not match the open element.")
                .found(format!("</{}>", faults::shown(&bytes[found])))
                .expected(format!("</{expected}>"))
                .into());
        }
        if frame.edge != NO_EDGE && !automaton.states[self.state as usize].accepting {
            return Err(faults::ends_too_early(automaton, self.state, frame.edge, at).into());
        }
        self.leave(automaton, frame, end, sink);
        Ok(end)
    }

    fn leave<S: Sink>(&mut self, automaton: &Automaton, frame: Frame, end: usize, sink: &mut S) {
        self.frames.pop();
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
            sink.end(slot, end);
        }
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
    fn open_name(&self, automaton: &Automaton, frame: &Frame) -> String {
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

        let meaning = self.meaning(automaton, &uri, local, &other, at)?;
        let (parent, count) = match meaning {
            Meaning::Edge(edge) => {
                let edge = &automaton.edges[edge as usize];
                let count = if edge.max != 0 && edge.target == self.state { self.count + 1 } else { 1 };
                (edge.target, count)
            }
            _ => self.after_wildcard(automaton, &uri),
        };
        let (Meaning::Edge(at_edge) | Meaning::Assessed(at_edge)) = meaning else {
            self.enter(bytes, &tag, limits, at, Frame::lax(parent, count, declared.then_some(mark)))?;
            return Ok(tag.end);
        };
        let wide = matches!(meaning, Meaning::Assessed(_)).then(|| self.widen());
        let automaton = wide.as_deref().unwrap_or(automaton);
        let edge = &automaton.edges[at_edge as usize];
        let derived = derived(automaton, edge, &other);
        let edge = derived.as_ref().unwrap_or(edge);
        let bound = check_attributes(automaton, edge, &other, at)?;
        if edge.kind == EdgeKind::Leaf {
            let end = self.any_value(automaton, bytes, &tag, edge, bound, limits, sink)?;
            (self.state, self.count) = (parent, count);
            if declared {
                self.scopes.back_to(mark);
            }
            return Ok(end);
        }
        let frame = Frame { edge: at_edge, ..Frame::lax(parent, count, declared.then_some(mark)) };
        let empty_is_too_early = tag.empty && !automaton.states[edge.child as usize].accepting;
        if empty_is_too_early {
            return Err(faults::ends_too_early(automaton, edge.child, at_edge, at).into());
        }
        if edge.slot != 0 && self.frames.len() < limits.depth {
            sink.begin(edge.slot, at);
        }
        self.enter(bytes, &tag, limits, at, frame)?;
        if tag.empty {
            if edge.slot != 0 {
                sink.end(edge.slot, tag.end);
            }
        } else {
            self.state = edge.child;
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
            let value_at = attribute.value.start;
            all.push(OtherAttribute { uri, local: local.to_owned(), value, at, value_at, declared_type });
        }
        Ok(all)
    }

    /// The namespace and local name that the value of an `xsi:type` means.
    fn type_name(&self, value: &str) -> Option<(String, String)> {
        let (prefix, local) = name::split(value.trim_matches([' ', '\t', '\n', '\r']))?;
        Some((self.scopes.resolve(prefix)?.to_owned(), local.to_owned()))
    }

    /// What an element means in the present state.
    fn meaning(
        &self,
        automaton: &Automaton,
        uri: &str,
        local: &str,
        attributes: &[OtherAttribute],
        at: usize,
    ) -> Result<Meaning, Stop> {
        if self.state == LAX {
            let skipped =
                self.frames.iter().rev().take_while(|f| f.edge == NO_EDGE).last().is_some_and(|f| f.is_skip(automaton));
            return if skipped { Ok(Meaning::Lax) } else { lax(automaton, uri, local, attributes) };
        }
        let state = &automaton.states[self.state as usize];
        let edges = state.first..state.first + state.count;
        let named = edges.clone().find(|e| {
            let edge = &automaton.edges[*e as usize];
            !matches!(edge.kind, EdgeKind::Any(_)) && automaton.is(&automaton.labels[edge.label as usize], uri, local)
        });
        let taken = named.or_else(|| edges.clone().find(|e| wildcard(automaton, *e, uri).is_some()));
        if let Some(edge) = taken.map(|e| &automaton.edges[e as usize])
            && edge.max != 0
            && edge.target == self.state
            && self.count >= edge.max
        {
            return Err(faults::too_many(automaton, edge, at).into());
        }
        if let Some(at_edge) = named {
            return Ok(Meaning::Edge(at_edge));
        }
        match taken.and_then(|e| wildcard(automaton, e, uri)) {
            Some(Process::Skip) => Ok(Meaning::Lax),
            Some(Process::Lax) => lax(automaton, uri, local, attributes),
            Some(Process::Strict) => match lax(automaton, uri, local, attributes)? {
                Meaning::Lax => {
                    Err(Fault::new(Rule::XsdWildcard, at, "This element is not declared by the schema.").into())
                }
                edge => Ok(edge),
            },
            None => {
                Err(faults::unexpected(automaton, self.state, self.frames.last().map(|f| f.edge), uri, local, at)
                    .into())
            }
        }
    }

    /// The state behind an element that a wildcard takes, and how many it has taken.
    fn after_wildcard(&self, automaton: &Automaton, uri: &str) -> (u32, u32) {
        let state = &automaton.states[self.state as usize];
        let mut edges = state.first..state.first + state.count;
        match edges.find(|e| wildcard(automaton, *e, uri).is_some()) {
            Some(edge) if self.state != LAX => {
                let target = automaton.edges[edge as usize].target;
                (target, if target == self.state { self.count + 1 } else { 1 })
            }
            _ => (LAX, self.count),
        }
    }

    /// A value behind its start tag, up to behind its end tag.
    #[allow(clippy::too_many_arguments)]
    fn any_value<S: Sink>(
        &mut self,
        automaton: &Automaton,
        bytes: &[u8],
        tag: &StartTag,
        edge: &Edge,
        bound: Vec<BoundAttribute>,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<usize, Stop> {
        let mut value = std::mem::take(&mut self.value);
        value.clear();
        let (at, end) = match tag.empty {
            true => (tag.name.start - 1, Ok(tag.end)),
            false => (tag.end, read_value(bytes, tag, limits, &mut value)),
        };
        let checked = end.and_then(|end| {
            check_value(automaton, edge, &automaton.checks[edge.child as usize], &value, at)?;
            Ok(end)
        });
        if checked.is_ok() {
            for (slot, text, at) in &bound {
                sink.decoded(*slot, text.as_bytes(), *at);
            }
            if edge.slot != 0 {
                sink.decoded(edge.slot, &value, at);
            }
        }
        self.value = value;
        checked
    }
}

impl Frame {
    fn lax(state: u32, count: u32, scopes: Option<Mark>) -> Self {
        Self { state, count, edge: NO_EDGE, name: AS_EXPECTED, scopes }
    }

    /// Whether this outermost undeclared element stands for a wildcard whose content is not looked at.
    fn is_skip(&self, automaton: &Automaton) -> bool {
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
    local: String,
    value: String,
    at: usize,
    value_at: usize,
    /// Of an `xsi:type`: the namespace and name that it means; the inner `None` when it means nothing.
    declared_type: Option<Option<(String, String)>>,
}

/// How a wildcard's edge checks elements of a namespace; `None` when it is no wildcard or does not take them.
fn wildcard(automaton: &Automaton, edge: u32, uri: &str) -> Option<Process> {
    let edge = &automaton.edges[edge as usize];
    let EdgeKind::Any(process) = edge.kind else { return None };
    let namespace = &automaton.labels[edge.label as usize].name;
    takes(namespace, uri).then_some(process)
}

/// An element in lax content: a global element of the schema or one with an `xsi:type` is assessed, others are not.
fn lax(automaton: &Automaton, uri: &str, local: &str, attributes: &[OtherAttribute]) -> Result<Meaning, Stop> {
    if automaton.declares_elements_of(uri)
        && let Some(edge) = automaton.global(uri, local)
    {
        return Ok(Meaning::Assessed(edge));
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
        None => Err(Fault::new(Rule::XsdInstance, attribute.at, "This xsi:type does not name a type of the schema.")
            .found(attribute.value.clone())
            .into()),
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

/// Checks the attributes of a declared element and gives those that are bound.
fn check_attributes(
    automaton: &Automaton,
    edge: &Edge,
    attributes: &[OtherAttribute],
    at: usize,
) -> Result<Vec<BoundAttribute>, Stop> {
    let declared: &[AttributeEdge] = &automaton.attributes[edge.attributes as usize];
    let label = &automaton.labels[edge.label as usize];
    let mut bound = Vec::new();
    for attribute in attributes {
        let known = declared.iter().find(|d| attribute.uri.is_empty() && d.name == attribute.local);
        match (attribute.uri.as_str(), attribute.local.as_str(), known) {
            (_, _, Some(known)) => {
                let check = &automaton.checks[known.check as usize];
                check.look(&attribute.value).map_err(|broken| {
                    let text = format!("The attribute {} of {} has a wrong value.", known.name, label.name);
                    Stop::from(
                        Fault::new(broken.rule, attribute.value_at, text)
                            .found(faults::shown(attribute.value.as_bytes()))
                            .expected(broken.expected),
                    )
                })?;
                if known.slot != 0 {
                    bound.push((known.slot, attribute.value.clone(), attribute.value_at));
                }
            }
            (XSI, "schemaLocation" | "noNamespaceSchemaLocation", None) => {}
            // An element that is not declared is what its own xsi:type says, and may be nil.
            (XSI, "type" | "nil", None) if label.name.is_empty() => {}
            (XSI, "type", None) => check_type(automaton, label.type_name.as_str(), attribute)?,
            (XSI, "nil", None) => {
                let text = "xsi:nil may not stand here: no element of the schema can be nil.";
                return Err(Fault::new(Rule::XsdInstance, attribute.at, text).found("xsi:nil").into());
            }
            (_, local, None) => {
                let text = format!("{} may not have this attribute.", label.name);
                return Err(Fault::new(Rule::XsdAttribute, attribute.at, text).found(local).into());
            }
        }
    }
    match declared.iter().find(|d| d.required && !attributes.iter().any(|a| a.uri.is_empty() && a.local == d.name)) {
        None => Ok(bound),
        Some(missing) => {
            let text = format!("{} lacks the attribute {}.", label.name, missing.name);
            Err(Fault::new(Rule::XsdAttribute, at, text).expected(format!("{}=\"…\"", missing.name)).into())
        }
    }
}

/// An `xsi:type` must name the declared type itself, or one that is derived from it.
fn check_type(automaton: &Automaton, declared: &str, attribute: &OtherAttribute) -> Result<(), Stop> {
    if let Some(Some((uri, local))) = &attribute.declared_type
        && automaton.is_derived(&automaton.type_name(uri, local), declared)
    {
        return Ok(());
    }
    let text = "xsi:type must name the declared type of the element.";
    Err(Fault::new(Rule::XsdInstance, attribute.at, text)
        .found(faults::shown(attribute.value.as_bytes()))
        .expected(declared)
        .into())
}

/// Reads character data up to the end tag and past it, references and CDATA sections resolved.
fn read_value(bytes: &[u8], tag: &StartTag, limits: &Limits, value: &mut Vec<u8>) -> Result<usize, Stop> {
    let mut here = tag.end;
    loop {
        let next = here + memchr::memchr(b'<', &bytes[here..]).ok_or(Stop::Incomplete)?;
        token::decode_text(bytes, here..next, value)?;
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
                    return Ok(end);
                }
                let text = "This end tag does not match the open element.";
                return Err(Fault::new(Rule::XmlNotWellFormed, next, text)
                    .found(format!("</{}>", faults::shown(&bytes[name])))
                    .expected(format!("</{}>", faults::shown(&bytes[tag.name.clone()])))
                    .into());
            }
            Markup::Start => {
                let text = "An element may not stand here: a value was expected.";
                return Err(Fault::new(Rule::XsdUnexpectedElement, next, text).into());
            }
        };
        if value.len() > limits.text {
            let text = format!("A value is longer than {} bytes.", limits.text);
            return Err(Fault::new(Rule::XmlLimit, tag.end, text).into());
        }
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

fn check_value(automaton: &Automaton, edge: &Edge, check: &Check, value: &[u8], at: usize) -> Result<(), Stop> {
    let Ok(text) = std::str::from_utf8(value) else { return Err(Stop::malformed(at, "These bytes are not UTF-8.")) };
    check.look(text).map_err(|broken| faults::value(automaton, edge, text, broken, at).into())
}
