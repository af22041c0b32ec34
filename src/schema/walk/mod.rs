//! The walk: one pass over a document, driven by what the automaton expects. It proves the document well-formed and valid,
//! and hands its bound fields to a sink.
//!
//! ```text
//! at an element's content, again and again:
//!   skip white space
//!   `</`  the end of the innermost element? its name is known: compare, may it end here? go back to its parent
//!   `<`   compare with the name that followed this state last time, else with all that may follow
//!         a group: go into it
//!         a value: scan the text, check it, compare the end tag, hand it out
//!   else  unhurried: one token of whatever XML allows
//! ```
//!
//! The walk can stop at the end of a window and go on in the next: nothing happens before a token is complete. All that
//! is rare (attributes, other prefixes, entities, comments, wildcards, and every fault) is in [`unhurried`]. Every fault is
//! found: [`recover`] says how the walk goes on behind one. Only behind malformed XML it stops.
//!
//! Must not know any message, and must not allocate for each element.

mod faults;
mod open;
mod recover;
mod suggest;
mod unhurried;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::automaton::{Automaton, Edge, EdgeKind, ROOT, State};
use super::facet::Check;
use super::sink::Sink;
use crate::xml::namespace::{Mark, Scopes};
use crate::xml::scan::{Cursor, Kernel, Name, Span, Window, Work, dispatch};
use crate::xml::token::{self, RawAttribute};
use crate::xml::{Faults, Limits, Stop};
use recover::Recovery;

/// A walk over one element and all below it. Kept for the next document of the same kind: it remembers what mostly
/// follows what, and its memory.
#[derive(Debug)]
pub struct Walk {
    automaton: Arc<Automaton>,
    /// For each state, what was taken from it last.
    predicted: Vec<Guess>,
    frames: Vec<Frame>,
    state: u32,
    /// How often the present element has followed itself, where that is counted.
    count: u32,
    /// The prefix under which the fast path expects elements, with its colon; `None` where no prefix means their namespace.
    prefix: Name,
    prefixed: bool,
    prefix_text: Option<String>,
    /// The prefixes to go back to, one for each open element that declares namespaces.
    prefixes: Vec<Option<String>>,
    scopes: Scopes,
    /// The names of open elements that do not stand under that prefix.
    names: Vec<u8>,
    attributes: Vec<RawAttribute>,
    value: Vec<u8>,
    /// What was wrong so far.
    faults: Faults,
    /// How many faults are kept.
    most_faults: usize,
    recovery: Recovery,
    /// Where the window begins in the input.
    base: usize,
}

/// What the fast path asks of a state: the edge that was taken last, whether an element may end there, and the edge that
/// was taken before another one: where something is optional, it is mostly one of the two.
#[derive(Debug, Clone, Copy)]
struct Guess {
    last: u32,
    other: u32,
}

impl Guess {
    /// Stands in the word of the last edge.
    const ACCEPTING: u32 = 1 << 31;
    const NONE: u32 = Self::ACCEPTING - 1;

    fn new(state: &State) -> Self {
        // Where nothing may follow, nothing is predicted: `first` is the edge of another state there.
        let edge = if state.count == 0 { Self::NONE } else { state.first };
        Self { last: edge | if state.accepting { Self::ACCEPTING } else { 0 }, other: edge }
    }

    #[inline(always)]
    fn edge(self) -> u32 {
        self.last & !Self::ACCEPTING
    }

    #[inline(always)]
    fn accepts(self) -> bool {
        self.last >= Self::ACCEPTING
    }

    #[inline(always)]
    fn learn(&mut self, edge: u32) {
        self.other = self.edge();
        self.last = self.last & Self::ACCEPTING | edge;
    }
}

/// An element that is open.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// The state to go on in behind it.
    state: u32,
    count: u32,
    /// Its edge; in lax content [`NO_EDGE`], or [`SKIPPED`].
    edge: u32,
    /// Where its name begins in `names`, or [`AS_EXPECTED`].
    name: u32,
    /// The declarations to go back to, when it declared any.
    scopes: Option<Mark>,
}

const NO_EDGE: u32 = u32::MAX;
/// Instead of an edge: an element that may not stand there. Nothing below it is looked at.
const SKIPPED: u32 = NO_EDGE - 1;
const AS_EXPECTED: u32 = u32::MAX;

impl Walk {
    /// A walk for documents of a schema.
    pub fn new(automaton: Arc<Automaton>) -> Self {
        let predicted = automaton.states.iter().map(Guess::new).collect();
        Self {
            automaton,
            predicted,
            frames: Vec::with_capacity(32),
            state: ROOT,
            count: 0,
            prefix: Name::new(b""),
            prefixed: true,
            prefix_text: None,
            prefixes: Vec::new(),
            scopes: Scopes::default(),
            names: Vec::new(),
            attributes: Vec::new(),
            value: Vec::new(),
            faults: Faults::default(),
            most_faults: 0,
            recovery: Recovery::default(),
            base: 0,
        }
    }

    /// Its schema.
    pub fn automaton(&self) -> &Automaton {
        &self.automaton
    }

    /// Begins at the start tag of a root element, with the namespaces declared around it.
    pub fn begin(&mut self, scopes: &Scopes) {
        self.start(scopes);
        self.find_prefix();
    }

    /// Begins behind the start tag of a root element, which has been read: its qualified name, that of the schema's root in
    /// the schema's namespace, and no attributes but declarations. The namespaces are those declared around and in it.
    pub fn begin_inside(&mut self, scopes: &Scopes, qname: &[u8]) {
        self.start(scopes);
        let prefix = qname.iter().position(|b| *b == b':').map_or(&b""[..], |colon| &qname[..colon]);
        self.expect_prefix(Some(std::str::from_utf8(prefix).unwrap_or_default()));
        let root = self.automaton.states[ROOT as usize].first;
        let Edge { target, child, .. } = self.automaton.edges[root as usize];
        self.frames.push(Frame { state: target, count: 0, edge: root, name: AS_EXPECTED, scopes: None });
        self.state = child;
    }

    fn start(&mut self, scopes: &Scopes) {
        self.frames.clear();
        self.names.clear();
        self.prefixes.clear();
        self.state = ROOT;
        self.count = 0;
        self.base = 0;
        self.faults = Faults::default();
        self.recovery.clear();
        self.scopes.clone_from(scopes);
    }

    /// Whether the root of the schema has this name, content, and no attributes of its own: then [`Walk::begin_inside`] is
    /// for it.
    pub fn has_plain_root(&self, local: &str) -> bool {
        let edge = &self.automaton.edges[self.automaton.states[ROOT as usize].first as usize];
        let named = self.automaton.labels[edge.label as usize].name == local && edge.name.is_real();
        named && edge.kind == EdgeKind::Group && edge.slot == 0
    }

    /// Says where the window begins in the input: the faults that are found have their places in the input.
    pub fn window_begins_at(&mut self, base: usize) {
        self.base = base;
    }

    /// The faults that were found, with their places in the input.
    pub fn take_faults(&mut self) -> Faults {
        std::mem::take(&mut self.faults)
    }

    /// Walks on from an offset. Returns the offset behind the root's end tag. What is wrong with the document is kept for
    /// [`Walk::take_faults`], and the walk goes on behind it.
    ///
    /// # Errors
    /// [`Stop::Incomplete`] when the window ends before: `from` is where to go on with more bytes.
    /// [`Stop::Bad`] at a fault behind which nothing can be trusted; its place is in the window.
    pub fn run<S: Sink>(
        &mut self,
        window: &Window,
        from: &mut usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<usize, Stop> {
        dispatch(Run { walk: self, window, from, limits, sink })
    }

    /// Goes on in the widened automaton: the same, and all that is declared.
    fn widen(&mut self) -> Arc<Automaton> {
        self.automaton = self.automaton.widened();
        let new = &self.automaton.states[self.predicted.len()..];
        self.predicted.extend(new.iter().map(Guess::new));
        Arc::clone(&self.automaton)
    }

    /// Chooses the prefix under which the fast path expects elements.
    fn find_prefix(&mut self) {
        let namespace = &self.automaton.namespace;
        let default_is_none = namespace.is_empty() && self.scopes.resolve("") == Some("");
        let prefix = self.scopes.prefix_of(namespace).or(if default_is_none { Some("") } else { None });
        let prefix = prefix.map(str::to_owned);
        self.expect_prefix(prefix.as_deref());
    }

    /// Sets the prefix under which the fast path expects elements; with none it expects none at all.
    fn expect_prefix(&mut self, prefix: Option<&str>) {
        self.prefixed = prefix != Some("");
        if self.prefixed {
            self.prefix = prefix.map_or(Name::new(b""), Name::prefix);
        }
        match (&mut self.prefix_text, prefix) {
            (Some(text), Some(prefix)) => {
                text.clear();
                text.push_str(prefix);
            }
            (text, prefix) => *text = prefix.map(str::to_owned),
        }
    }
}

struct Run<'a, S> {
    walk: &'a mut Walk,
    window: &'a Window,
    from: &'a mut usize,
    limits: &'a Limits,
    sink: &'a mut S,
}

impl<S: Sink> Work for Run<'_, S> {
    type Output = Result<usize, Stop>;

    #[inline(always)]
    fn run<K: Kernel>(self) -> Result<usize, Stop> {
        self.walk.run_with::<K, S>(self.window, self.from, self.limits, self.sink)
    }
}

/// Where the fast path is: kept beside the walk, so that it stays in registers.
#[derive(Clone, Copy)]
struct Here {
    state: u32,
    count: u32,
}

/// What the fast path made of a token.
enum Taken {
    /// It was taken.
    Yes,
    /// It was the end of the root.
    Root,
    /// It needs the unhurried path; nothing has happened.
    No,
}

impl Walk {
    #[inline(always)]
    fn run_with<K: Kernel, S: Sink>(
        &mut self,
        window: &Window,
        from: &mut usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<usize, Stop> {
        self.most_faults = limits.findings;
        if self.is_in_doubt() {
            // The fast path must not decide what the window before left open.
            *from = self.unhurried(&Arc::clone(&self.automaton), window.bytes(), *from, limits, sink)?;
            if self.frames.is_empty() {
                return Ok(*from);
            }
        }
        loop {
            let end = match self.prefixed {
                false => self.run_as::<K, S, false>(window, from, limits, sink)?,
                true => self.run_as::<K, S, true>(window, from, limits, sink)?,
            };
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    /// Walks on as long as elements are expected under a prefix, or under none, and in one automaton. `None` when that
    /// changes.
    #[inline(always)]
    fn run_as<K: Kernel, S: Sink, const PREFIXED: bool>(
        &mut self,
        window: &Window,
        from: &mut usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<Option<usize>, Stop> {
        // The automaton never changes: its own handle keeps `self` free to change.
        let automaton = Arc::clone(&self.automaton);
        let mut cursor = window.cursor(*from);
        let mut here = Here { state: self.state, count: self.count };
        loop {
            cursor.skip_white::<K>();
            let token = cursor.offset();
            match self.token::<K, S, PREFIXED>(&automaton, &mut here, &mut cursor, limits, sink) {
                Taken::Yes => {}
                Taken::Root => return Ok(Some(cursor.offset())),
                Taken::No => {
                    *from = token;
                    (self.state, self.count) = (here.state, here.count);
                    let end = self.unhurried(&automaton, window.bytes(), token, limits, sink)?;
                    here = Here { state: self.state, count: self.count };
                    cursor.go(end);
                    if self.frames.is_empty() {
                        return Ok(Some(end));
                    }
                    if self.prefixed != PREFIXED || !Arc::ptr_eq(&automaton, &self.automaton) {
                        *from = end;
                        return Ok(None);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn token<K: Kernel, S: Sink, const PREFIXED: bool>(
        &mut self,
        automaton: &Automaton,
        here: &mut Here,
        cursor: &mut Cursor<'_>,
        limits: &Limits,
        sink: &mut S,
    ) -> Taken {
        let tag = cursor.offset();
        if cursor.eat_end_open() {
            return self.end_tag::<K, S, PREFIXED>(automaton, here, cursor, sink);
        }
        if !cursor.eat(b'<') || PREFIXED && !cursor.eat_prefix::<K>(&self.prefix) {
            return Taken::No;
        }
        let Some((at, edge)) = self.next_edge::<K>(automaton, here.state, cursor) else { return Taken::No };
        let mut count = here.count;
        if edge.max != 0 {
            count = if edge.target == here.state { count + 1 } else { 1 };
            if count > edge.max {
                return Taken::No;
            }
        }
        if edge.kind == EdgeKind::Group {
            if self.frames.len() >= limits.depth || !cursor.eat(b'>') {
                return Taken::No;
            }
            self.frames.push(Frame { state: edge.target, count, edge: at, name: AS_EXPECTED, scopes: None });
            here.state = edge.child;
            if edge.slot != 0 {
                sink.begin(edge.slot, tag);
            }
            return Taken::Yes;
        }
        if !self.value::<K, S, PREFIXED>(automaton, edge, cursor, limits, sink) {
            return Taken::No;
        }
        here.count = count;
        here.state = edge.target;
        Taken::Yes
    }

    /// The edge of the start tag here, past its name: the one that was taken last from this state, or any that may follow.
    #[inline(always)]
    fn next_edge<'a, K: Kernel>(
        &mut self,
        automaton: &'a Automaton,
        state: u32,
        cursor: &mut Cursor<'_>,
    ) -> Option<(u32, &'a Edge)> {
        let guess = &mut self.predicted[state as usize];
        let predicted = guess.edge();
        let edge = automaton.edges.get(predicted as usize)?;
        if cursor.eat_name_before::<K>(&edge.name, edge.behind) {
            return Some((predicted, edge));
        }
        let other = guess.other;
        let edge = automaton.edges.get(other as usize)?;
        if cursor.eat_name_before::<K>(&edge.name, edge.behind) {
            guess.learn(other);
            return Some((other, edge));
        }
        let after = &automaton.states[state as usize];
        let signature = cursor.signature::<K>();
        let (mut first, end) = (after.first as usize, (after.first + after.count) as usize);
        while first < end {
            let among = automaton.signatures[first..].first_chunk::<32>()?;
            let mut places = K::places(signature, among) & (u32::MAX >> (32 - (end - first).min(32)));
            while places != 0 {
                let at = first + places.trailing_zeros() as usize;
                let edge = automaton.edges.get(at)?;
                if cursor.eat_name_before::<K>(&edge.name, edge.behind) {
                    guess.learn(at as u32);
                    return Some((at as u32, edge));
                }
                places &= places - 1;
            }
            first += 32;
        }
        None
    }

    /// A value with its end tag, behind the name of its start tag.
    #[inline(always)]
    fn value<K: Kernel, S: Sink, const PREFIXED: bool>(
        &mut self,
        automaton: &Automaton,
        edge: &Edge,
        cursor: &mut Cursor<'_>,
        limits: &Limits,
        sink: &mut S,
    ) -> bool {
        let mut attribute = None;
        if edge.attributes != 0 {
            let [only] = automaton.attributes[edge.attributes as usize].as_slice() else { return false };
            if !cursor.eat_name::<K>(&only.opening) {
                return false;
            }
            let value = cursor.text::<K>();
            // The scan goes on over the quote: the value ends where the quote and `>` stand.
            let Some(value) = value.without_last(b'"') else { return false };
            let quoted = value.bytes().contains(&b'"');
            if quoted || !automaton.checks[only.check as usize].passes::<K>(&value) {
                return false;
            }
            attribute = Some((only.slot, value));
        }
        if !cursor.eat(b'>') {
            return false;
        }
        let mut value = cursor.text::<K>();
        let check = &automaton.checks[edge.child as usize];
        let mut spelled = false;
        if cursor.byte() == b'<' {
            if !check.passes::<K>(&value) && !look_closer(check, &value) {
                return false;
            }
        } else {
            // The cursor goes by value: a reference to it would keep it out of the registers on the fast path.
            match self.special::<K>(check, *cursor, value.offset()) {
                Some((end, Special::Accented(whole))) => (*cursor, value) = (end, whole),
                Some((end, Special::Spelled)) => (*cursor, spelled) = (end, true),
                None => return false,
            }
        }
        let len = if spelled { self.value.len() } else { value.len() };
        if len > limits.text || !self.closes::<K, PREFIXED>(cursor, &edge.name) {
            return false;
        }
        if let Some((slot, value)) = attribute
            && slot != 0
        {
            sink.field(slot, value.bytes(), value.offset());
        }
        if edge.slot != 0 {
            match spelled {
                false => sink.field(edge.slot, value.bytes(), value.offset()),
                true => sink.decoded(edge.slot, &self.value, value.offset()),
            }
        }
        true
    }

    /// A value with characters beyond ASCII or references, up to its end tag, where the cursor is then.
    #[inline(never)]
    fn special<'w, K: Kernel>(
        &mut self,
        check: &Check,
        mut cursor: Cursor<'w>,
        from: usize,
    ) -> Option<(Cursor<'w>, Special<'w>)> {
        cursor.go(from);
        let (value, accents) = cursor.accented::<K>();
        if cursor.byte() == b'<' {
            let good = is_text(check, value.bytes(), accents.len - accents.more, accents.sure);
            return good.then_some((cursor, Special::Accented(value)));
        }
        self.value.clear();
        self.value.extend_from_slice(value.bytes());
        let (mut characters, mut sure) = (accents.len - accents.more, accents.sure);
        while cursor.byte() == b'&' {
            let (c, end) = token::reference(cursor.window(), cursor.offset()).ok()?;
            self.value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            cursor.go(end);
            let (more, accents) = cursor.accented::<K>();
            self.value.extend_from_slice(more.bytes());
            characters += 1 + accents.len - accents.more;
            sure &= accents.sure;
        }
        let good = cursor.byte() == b'<' && is_text(check, &self.value, characters, sure);
        good.then_some((cursor, Special::Spelled))
    }

    /// Moves over an end tag of the given name.
    #[inline(always)]
    fn closes<K: Kernel, const PREFIXED: bool>(&self, cursor: &mut Cursor<'_>, name: &Name) -> bool {
        cursor.eat_end_open()
            && (!PREFIXED || cursor.eat_prefix::<K>(&self.prefix))
            && cursor.eat_name::<K>(name)
            && cursor.eat(b'>')
    }

    /// The end of the innermost element, behind its `</`.
    #[inline(always)]
    fn end_tag<K: Kernel, S: Sink, const PREFIXED: bool>(
        &mut self,
        automaton: &Automaton,
        here: &mut Here,
        cursor: &mut Cursor<'_>,
        sink: &mut S,
    ) -> Taken {
        let Some(&frame) = self.frames.last() else { return Taken::No };
        if frame.name != AS_EXPECTED || !self.predicted[here.state as usize].accepts() {
            return Taken::No;
        }
        let edge = &automaton.edges[frame.edge as usize];
        let named = (!PREFIXED || cursor.eat_prefix::<K>(&self.prefix)) && cursor.eat_name::<K>(&edge.name);
        if !named || !cursor.eat(b'>') {
            return Taken::No;
        }
        self.frames.pop();
        here.state = frame.state;
        here.count = frame.count;
        if edge.slot != 0 {
            sink.end(edge.slot, cursor.offset());
        }
        if self.frames.is_empty() { Taken::Root } else { Taken::Yes }
    }
}

/// A value that is not plain ASCII.
enum Special<'w> {
    /// As it stands.
    Accented(Span<'w>),
    /// With references: decoded in the walk's own memory.
    Spelled,
}

/// Whether decoded text of so many characters, which may be known to be UTF-8 already, is of a type.
#[inline(always)]
fn is_text(check: &Check, text: &[u8], characters: usize, sure: bool) -> bool {
    sure && check.passes_characters(characters) || std::str::from_utf8(text).is_ok_and(|text| check.look(text).is_ok())
}

/// Values that the fast check is not sure of, such as numbers with leading zeros.
#[cold]
#[inline(never)]
fn look_closer(check: &Check, value: &Span<'_>) -> bool {
    std::str::from_utf8(value.bytes()).is_ok_and(|value| check.look(value).is_ok())
}
