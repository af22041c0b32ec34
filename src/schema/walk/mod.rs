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
mod frames;
mod open;
mod recover;
mod stride;
mod suggest;
mod unhurried;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::frames::Frames;
use super::automaton::{Automaton, ROOT};
use super::sink::Sink;
use super::step::{Step, StepKind};
use crate::xml::namespace::Scopes;
use crate::xml::scan::{Kernel, Name, Window, Work, dispatch};
use crate::xml::token::RawAttribute;
use crate::xml::{Faults, Limits, Stop};
use recover::Recovery;

/// A walk over one element and all below it. Kept for the next document of the same kind: it remembers what mostly
/// follows what, and its memory.
#[derive(Debug)]
pub struct Walk {
    automaton: Arc<Automaton>,
    /// A second handle, which a run takes and gives back: to count handles would be work on memory that threads share.
    lent: Option<Arc<Automaton>>,
    /// The automaton's steps, and what mostly comes next.
    steps: Vec<Step>,
    frames: Frames,
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

impl Walk {
    /// A walk for documents of a schema.
    pub fn new(automaton: Arc<Automaton>) -> Self {
        let mut walk = Self {
            lent: None,
            steps: Vec::new(),
            frames: Frames::default(),
            automaton,
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
        };
        walk.take_steps();
        walk
    }

    /// Takes the steps of the automaton that it has none of yet.
    fn take_steps(&mut self) {
        self.steps.extend_from_slice(&self.automaton.steps[self.steps.len()..]);
        self.lent = Some(Arc::clone(&self.automaton));
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
        self.frames.push_expected(root);
        self.state = self.automaton.edges[root as usize].child;
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
        let at = self.automaton.states[ROOT as usize].first as usize;
        let (edge, step) = (&self.automaton.edges[at], &self.automaton.steps[at]);
        step.kinds().kind == StepKind::Group
            && edge.slot == 0
            && self.automaton.labels[edge.label as usize].name == local
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
        self.take_steps();
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
            self.unhurried(&Arc::clone(&self.automaton), window.bytes(), from, limits, sink)?;
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
        let automaton = self.lent.take().unwrap_or_else(|| Arc::clone(&self.automaton));
        let end = self.run_in::<K, S, PREFIXED>(&automaton, window, from, limits, sink);
        if Arc::ptr_eq(&automaton, &self.automaton) {
            self.lent = Some(automaton);
        }
        end
    }

    #[inline(always)]
    fn run_in<K: Kernel, S: Sink, const PREFIXED: bool>(
        &mut self,
        automaton: &Arc<Automaton>,
        window: &Window,
        from: &mut usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<Option<usize>, Stop> {
        let mut cursor = window.cursor(*from);
        loop {
            if self.stride::<K, S, PREFIXED>(automaton, &mut cursor, limits, sink) {
                return Ok(Some(cursor.offset()));
            }
            *from = cursor.offset();
            self.unhurried(automaton, window.bytes(), from, limits, sink)?;
            cursor.go(*from);
            if self.frames.is_empty() {
                return Ok(Some(*from));
            }
            if self.prefixed != PREFIXED || !Arc::ptr_eq(automaton, &self.automaton) {
                return Ok(None);
            }
        }
    }
}
