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

use super::automaton::{Automaton, Edge, ROOT, State};
use super::facet::Check;
use super::sink::Sink;
use super::step::{Step, StepKind};
use crate::xml::namespace::{Mark, Scopes};
use crate::xml::scan::{Cursor, Kernel, Name, Span, Tag, Window, Work, dispatch};
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
        let at = self.automaton.states[ROOT as usize].first as usize;
        let (edge, step) = (&self.automaton.edges[at], &self.automaton.steps[at]);
        step.kind == StepKind::Group && edge.slot == 0 && self.automaton.labels[edge.label as usize].name == local
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
        loop {
            if self.stride::<K, S, PREFIXED>(&automaton, &mut cursor, limits, sink) {
                return Ok(Some(cursor.offset()));
            }
            let token = cursor.offset();
            *from = token;
            let end = self.unhurried(&automaton, window.bytes(), token, limits, sink)?;
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

    /// Takes tokens as long as each is what the automaton expects, in the form that most have. Says whether the last was the
    /// end of the root; else the cursor is at a token that needs the unhurried path, of which nothing has happened.
    #[inline(always)]
    fn stride<K: Kernel, S: Sink, const PREFIXED: bool>(
        &mut self,
        automaton: &Automaton,
        cursor: &mut Cursor<'_>,
        limits: &Limits,
        sink: &mut S,
    ) -> bool {
        if limits.text < Step::LONGEST_TEXT as usize {
            // Only the unhurried path holds every value against a limit as low as that.
            return false;
        }
        let Self { predicted, frames, value: decoded, prefix, count, .. } = self;
        let (predicted, prefix, steps) = (predicted.as_mut_slice(), *prefix, automaton.steps.as_slice());
        let mut at = *cursor;
        let mut token;
        let mut state = self.state;
        let root = loop {
            at.skip_white::<K>();
            token = at;
            if at.eat_end_open() {
                let Some(&frame) = frames.last() else { break false };
                if frame.name != AS_EXPECTED || !predicted[state as usize].accepts() {
                    break false;
                }
                let Some(step) = steps.get(frame.edge as usize) else { break false };
                if !eat_name::<K, PREFIXED>(&mut at, &prefix, &step.tag) {
                    break false;
                }
                frames.pop();
                (state, *count) = (frame.state, frame.count);
                if step.slot != 0 {
                    sink.end(step.slot, at.offset());
                }
                if frames.is_empty() {
                    token = at;
                    break true;
                }
                continue;
            }
            let guess = predicted[state as usize];
            let mut edge = guess.edge();
            let Some(mut step) = steps.get(edge as usize) else { break false };
            if !eat_start::<K, PREFIXED>(&mut at, &prefix, &step.tag) {
                let guess = &mut predicted[state as usize];
                let Some((found, behind)) = find::<K, PREFIXED>(automaton, guess, state, &prefix, at) else {
                    break false;
                };
                (edge, at) = (found, behind);
                step = &steps[edge as usize];
            }
            if step.counted {
                let next = if step.target == state { *count + 1 } else { 1 };
                if next > automaton.edges[edge as usize].max {
                    break false;
                }
                // A token that is left to the unhurried path must leave the count as it was.
                if step.kind != StepKind::Group {
                    let behind = careful::<K, S, PREFIXED>(automaton, step, decoded, &prefix, at, limits, sink);
                    let Some(behind) = behind else { break false };
                    at = behind;
                    *count = next;
                    state = step.target;
                    continue;
                }
                if frames.len() >= limits.depth {
                    break false;
                }
                *count = next;
            }
            let content = at;
            // Half of all values are text: one test that is foreseen beats a jump by the kind.
            if step.kind == StepKind::Text {
                let text = at.text::<K>();
                if (text.len() as u32).wrapping_sub(step.a) <= step.b
                    && at.eat_end_open()
                    && eat_name::<K, PREFIXED>(&mut at, &prefix, &step.tag)
                {
                    if step.slot != 0 {
                        sink.field(step.slot, text.bytes(), text.offset());
                    }
                    state = step.target;
                    continue;
                }
            }
            let value = match step.kind {
                StepKind::Group => {
                    if frames.len() >= limits.depth {
                        break false;
                    }
                    frames.push(Frame { state: step.target, count: *count, edge, name: AS_EXPECTED, scopes: None });
                    state = step.child;
                    if step.slot != 0 {
                        sink.begin(step.slot, token.offset());
                    }
                    continue;
                }
                StepKind::Amount => {
                    if !amount::<K, S, PREFIXED>(automaton, step, &prefix, &mut at, sink) {
                        let behind =
                            careful::<K, S, PREFIXED>(automaton, step, decoded, &prefix, content, limits, sink);
                        let Some(behind) = behind else { break false };
                        at = behind;
                    }
                    state = step.target;
                    continue;
                }
                StepKind::Number => at.number::<K>().and_then(|(number, before, behind)| {
                    (behind <= step.b && before + behind <= step.a && before > 0).then_some(number)
                }),
                StepKind::Shape | StepKind::Code | StepKind::Utc | StepKind::DateTime | StepKind::Boolean => {
                    let text = at.before_angle::<K>();
                    automaton.checks[step.child as usize].passes_plain::<K>(&text).then_some(text)
                }
                StepKind::Date => at.date::<K>(10),
                StepKind::Text | StepKind::Other => None,
                StepKind::Unhurried => break false,
            };
            match value {
                Some(value) if at.eat_end_open() && eat_name::<K, PREFIXED>(&mut at, &prefix, &step.tag) => {
                    if step.slot != 0 {
                        sink.field(step.slot, value.bytes(), value.offset());
                    }
                }
                _ => {
                    let behind = careful::<K, S, PREFIXED>(automaton, step, decoded, &prefix, content, limits, sink);
                    let Some(behind) = behind else { break false };
                    at = behind;
                }
            }
            state = step.target;
        };
        *cursor = token;
        self.state = state;
        root
    }
}

/// The edge of the start tag here, past it, that was not taken last from this state.
#[inline(never)]
fn find<'w, K: Kernel, const PREFIXED: bool>(
    automaton: &Automaton,
    guess: &mut Guess,
    state: u32,
    prefix: &Name,
    mut at: Cursor<'w>,
) -> Option<(u32, Cursor<'w>)> {
    let tag = at;
    let is = |edge: u32| {
        let mut behind = tag;
        let step = automaton.steps.get(edge as usize)?;
        eat_start::<K, PREFIXED>(&mut behind, prefix, &step.tag).then_some((edge, behind))
    };
    let found = is(guess.other).or_else(|| {
        if !at.eat(b'<') || PREFIXED && !at.eat_prefix::<K>(prefix) {
            return None;
        }
        let after = &automaton.states[state as usize];
        let signature = at.signature::<K>();
        let (mut first, end) = (after.first as usize, (after.first + after.count) as usize);
        while first < end {
            let among = automaton.signatures[first..].first_chunk::<32>()?;
            let mut places = K::places(signature, among) & (u32::MAX >> (32 - (end - first).min(32)));
            while places != 0 {
                let found = is(first as u32 + places.trailing_zeros());
                if found.is_some() {
                    return found;
                }
                places &= places - 1;
            }
            first += 32;
        }
        None
    })?;
    guess.learn(found.0);
    Some(found)
}

/// An amount behind its start tag up to the value of its attribute, with its end tag.
#[inline(always)]
fn amount<K: Kernel, S: Sink, const PREFIXED: bool>(
    automaton: &Automaton,
    step: &Step,
    prefix: &Name,
    at: &mut Cursor<'_>,
    sink: &mut S,
) -> bool {
    let amount = &automaton.amounts[step.child as usize];
    if !amount.letters {
        return false;
    }
    let Some(currency) = at.three_letters() else { return false };
    let Some((number, before, behind)) = at.number::<K>() else { return false };
    let fits = behind <= step.b && before + behind <= step.a && before > 0;
    if !fits || !at.eat_end_open() || !eat_name::<K, PREFIXED>(at, prefix, &amount.end) {
        return false;
    }
    if amount.slot != 0 {
        sink.field(amount.slot, currency.bytes(), currency.offset());
    }
    if step.slot != 0 {
        sink.field(step.slot, number.bytes(), number.offset());
    }
    true
}

/// A value that the quick check is not sure of, with its end tag, behind its start tag. `None` where it is not surely right.
#[inline(never)]
fn careful<'w, K: Kernel, S: Sink, const PREFIXED: bool>(
    automaton: &Automaton,
    step: &Step,
    decoded: &mut Vec<u8>,
    prefix: &Name,
    mut at: Cursor<'w>,
    limits: &Limits,
    sink: &mut S,
) -> Option<Cursor<'w>> {
    let (mut check, mut tag, mut attribute) = (step.child, &step.tag, None);
    if step.kind == StepKind::Amount {
        let amount = &automaton.amounts[step.child as usize];
        // The scan goes on over the quote: the value ends where the quote and `>` stand.
        let value = at.text::<K>().without_last(b'"')?;
        let quoted = value.bytes().contains(&b'"');
        if quoted || !automaton.checks[amount.currency as usize].passes::<K>(&value) || !at.eat(b'>') {
            return None;
        }
        (check, tag, attribute) = (amount.check, &amount.end, Some((amount.slot, value)));
    }
    let check = &automaton.checks[check as usize];
    let mut value = at.text::<K>();
    let mut spelled = false;
    if at.byte() == b'<' {
        if !check.passes::<K>(&value) && !look_closer(check, &value) {
            return None;
        }
    } else {
        match special::<K>(decoded, check, at, value.offset()) {
            Some((end, Special::Accented(whole))) => (at, value) = (end, whole),
            Some((end, Special::Spelled)) => (at, spelled) = (end, true),
            None => return None,
        }
    }
    let len = if spelled { decoded.len() } else { value.len() };
    if len > limits.text || !at.eat_end_open() || !eat_name::<K, PREFIXED>(&mut at, prefix, tag) {
        return None;
    }
    if let Some((slot, value)) = attribute
        && slot != 0
    {
        sink.field(slot, value.bytes(), value.offset());
    }
    if step.slot != 0 {
        match spelled {
            false => sink.field(step.slot, value.bytes(), value.offset()),
            true => sink.decoded(step.slot, decoded, value.offset()),
        }
    }
    Some(at)
}

/// A value with characters beyond ASCII or references, up to its end tag, where the cursor is then.
#[inline(never)]
fn special<'w, K: Kernel>(
    decoded: &mut Vec<u8>,
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
    decoded.clear();
    decoded.extend_from_slice(value.bytes());
    let (mut characters, mut sure) = (accents.len - accents.more, accents.sure);
    while cursor.byte() == b'&' {
        let (c, end) = token::reference(cursor.window(), cursor.offset()).ok()?;
        decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        cursor.go(end);
        let (more, accents) = cursor.accented::<K>();
        decoded.extend_from_slice(more.bytes());
        characters += 1 + accents.len - accents.more;
        sure &= accents.sure;
    }
    let good = cursor.byte() == b'<' && is_text(check, decoded, characters, sure);
    good.then_some((cursor, Special::Spelled))
}

/// Moves over a start tag under the expected prefix.
#[inline(always)]
fn eat_start<K: Kernel, const PREFIXED: bool>(at: &mut Cursor<'_>, prefix: &Name, tag: &Tag) -> bool {
    match PREFIXED {
        false => at.eat_tag::<K>(tag),
        true => {
            let mut behind = *at;
            let here = behind.eat(b'<') && behind.eat_prefix::<K>(prefix) && behind.eat_behind_angle::<K>(tag);
            if here {
                *at = behind;
            }
            here
        }
    }
}

/// Moves over the name of an end tag under the expected prefix, and its `>`.
#[inline(always)]
fn eat_name<K: Kernel, const PREFIXED: bool>(at: &mut Cursor<'_>, prefix: &Name, tag: &Tag) -> bool {
    (!PREFIXED || at.eat_prefix::<K>(prefix)) && at.eat_behind_angle::<K>(tag)
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
