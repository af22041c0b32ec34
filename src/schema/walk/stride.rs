//! The fast path of the walk: tokens in the form that most have, each what the automaton expects. Must not decide: what it is
//! not sure of is left to the unhurried path, and nothing of it has happened.

use std::hint::cold_path;

use super::super::automaton::{Automaton, Edge};
use super::super::facet::{Check, Fast};
use super::super::sink::Sink;
use super::super::step::{Frequent, Guess, Step, StepKind};
use super::Walk;
use super::frames::{NO_EDGE, SHALLOW, Shallow};
use crate::xml::Limits;
use crate::xml::scan::{Cursor, Kernel, Name, Span, Tag, Work};
use crate::xml::token;

/// Where the walk is: behind an element, named by its edge; with this bit, at the beginning of its content.
const INSIDE: u32 = 1 << 31;
/// Where the fast path began.
const ELSEWHERE: u32 = u32::MAX;

impl Walk {
    /// Takes tokens as long as each is what the automaton expects, in the form that most have. Says whether the last was the
    /// end of the root; else the cursor is at a token that needs the unhurried path, of which nothing has happened.
    #[inline(always)]
    pub(super) fn stride<K: Kernel, S: Sink, const PREFIXED: bool>(
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
        let Self { steps, frames, value: decoded, prefix, count, state, .. } = self;
        let Some(Shallow { open, depth, counts }) = frames.shallow() else { return false };
        let (steps, prefix) = (steps.as_mut_slice(), *prefix);
        let mut at = *cursor;
        let mut token;
        let mut place = ELSEWHERE;
        let mut guess = Guess::new(&automaton.states[*state as usize]);
        // The innermost open element is taken from the others, so that it is at hand.
        let Some(mut outer) = depth.checked_sub(1) else { return false };
        let mut parent = open[outer % SHALLOW];
        let most = limits.depth.min(SHALLOW).saturating_sub(1);
        // The count before the token that was counted last.
        let mut before = (usize::MAX, 0);
        let root = loop {
            if at.byte() <= b' ' && !at.skip_gap::<K>(guess.gap()) {
                cold_path();
                let from = at.offset();
                at.skip_white::<K>();
                guess = learn_gap(steps, place, guess, at.offset() - from);
            }
            token = at;
            if at.eat_end_open() {
                let Some(step) = steps.get(parent as usize) else { break false };
                if !guess.accepts() || !eat_name::<K, _, PREFIXED>(&mut at, &prefix, &step.tag) {
                    break false;
                }
                (place, guess) = (parent, step.next);
                if step.kinds().kind == StepKind::Counted {
                    *count = counts.pop().unwrap_or_default();
                }
                if step.slot != 0 {
                    sink.end(step.slot);
                }
                if outer == 0 {
                    token = at;
                    break true;
                }
                outer -= 1;
                parent = open[outer % SHALLOW];
                continue;
            }
            let mut edge = guess.edge();
            let Some(mut step) = steps.get(edge as usize) else { break false };
            if !eat_start::<K, _, PREFIXED>(&mut at, &prefix, &step.tag) {
                cold_path();
                let other = Other::in_place(steps, place);
                let known = steps.get(other.edge as usize);
                if known.is_some_and(|known| eat_start::<K, _, PREFIXED>(&mut at, &prefix, &known.tag)) {
                    edge = other.edge;
                } else {
                    let from = *state;
                    let search = Search::<PREFIXED> { automaton, steps, place, from, prefix, at };
                    let Some((found, behind)) = K::apart(search) else { break false };
                    edge = found;
                    at.follow(behind);
                }
                other.learn(steps, guess, edge);
                let Some(found) = steps.get(edge as usize) else { break false };
                step = found;
            }
            if step.kinds().frequent == Frequent::Text {
                let content = at;
                let text = at.text::<K>();
                if step.takes_text(text.len())
                    && at.eat_end_open()
                    && eat_name::<K, _, PREFIXED>(&mut at, &prefix, &step.tag)
                {
                    if step.slot != 0 {
                        sink.field(step.slot, text.bytes(), text.offset());
                    }
                    (place, guess) = (edge, step.next);
                    continue;
                }
                cold_path();
                at = content;
            }
            if step.kinds().frequent == Frequent::Group {
                if outer >= most {
                    break false;
                }
                open[outer % SHALLOW] = parent;
                outer += 1;
                parent = edge;
                (place, guess) = (edge | INSIDE, Guess(step.child));
                if step.slot != 0 {
                    sink.begin(step.slot, token.offset());
                }
                continue;
            }
            cold_path();
            let content = at;
            let mut kind = step.kinds().kind;
            if kind == StepKind::Counted {
                cold_path();
                let was = state_at(automaton, place, *state);
                let Edge { target, max, .. } = automaton.edges[edge as usize];
                let next = if target == was { *count + 1 } else { 1 };
                if next > max || step.kinds().counted == StepKind::Group && outer >= most {
                    break false;
                }
                before = (token.offset(), *count);
                *count = next;
                if step.kinds().counted == StepKind::Group {
                    open[outer % SHALLOW] = parent;
                    outer += 1;
                    counts.push(next);
                    parent = edge;
                    (place, guess) = (edge | INSIDE, Guess(step.child));
                    if step.slot != 0 {
                        sink.begin(step.slot, token.offset());
                    }
                    continue;
                }
                kind = step.kinds().counted;
            }
            let value = match kind {
                StepKind::Amount => {
                    if amount::<K, S, PREFIXED>(automaton, step, &prefix, &mut at, sink) {
                        (place, guess) = (edge, step.next);
                        continue;
                    }
                    None
                }
                StepKind::Number => at
                    .number::<K>()
                    .and_then(|(number, before, behind)| step.takes_number(before, behind).then_some(number)),
                StepKind::Shape => match automaton.checks[step.child as usize].fast() {
                    Fast::Shape(shape) => at.shaped::<K>(shape),
                    _ => None,
                },
                StepKind::Code => match (automaton.checks[step.child as usize].fast(), at.short_word()) {
                    (Fast::Codes(codes), Some((code, word))) => codes.contains(&word).then_some(code),
                    _ => None,
                },
                StepKind::Utc | StepKind::DateTime | StepKind::Boolean => {
                    let text = at.before_angle::<K>();
                    automaton.checks[step.child as usize].passes_plain::<K>(&text).then_some(text)
                }
                StepKind::Date => at.date::<K>(10),
                StepKind::Text => Some(at.text::<K>()).filter(|text| step.takes_text(text.len())),
                StepKind::Other => None,
                StepKind::Unhurried | StepKind::Group | StepKind::Counted => break false,
            };
            match value {
                Some(value) if at.eat_end_open() && eat_name::<K, _, PREFIXED>(&mut at, &prefix, &step.tag) => {
                    if step.slot != 0 {
                        sink.field(step.slot, value.bytes(), value.offset());
                    }
                }
                _ => {
                    cold_path();
                    let careful =
                        Careful::<_, PREFIXED> { automaton, step, kind, decoded, prefix, at: content, limits, sink };
                    let Some(behind) = K::apart(careful) else { break false };
                    at.follow(behind);
                }
            }
            (place, guess) = (edge, step.next);
        };
        if root {
            *depth = 0;
        } else {
            open[outer % SHALLOW] = parent;
            *depth = outer + 1;
        }
        if !root && before.0 == token.offset() {
            *count = before.1;
        }
        *state = state_at(automaton, place, *state);
        *cursor = token;
        root
    }
}

/// What came in a place before what came there last: where something is optional, it is mostly one of the two.
#[derive(Clone, Copy)]
struct Other {
    /// The edge; none where it is not known yet.
    edge: u32,
    place: u32,
}

impl Other {
    #[inline(always)]
    fn in_place(steps: &[Step], place: u32) -> Self {
        let edge = steps.get((place & !INSIDE) as usize).map(|step| match place & INSIDE {
            0 => step.other_next,
            _ => step.other_child(),
        });
        Self { edge: edge.unwrap_or(NO_EDGE), place }
    }

    /// Another edge than the one that was expected has come.
    #[inline(always)]
    fn learn(self, steps: &mut [Step], guess: Guess, came: u32) {
        let Some(step) = steps.get_mut((self.place & !INSIDE) as usize) else { return };
        match self.place & INSIDE {
            0 => (step.next, step.other_next) = (guess.with_edge(came), guess.edge()),
            _ => {
                step.child = guess.with_edge(came).0;
                step.set_other_child(guess.edge());
            }
        }
    }
}

/// Other white space than was expected has come in a place.
#[inline(never)]
fn learn_gap(steps: &mut [Step], place: u32, guess: Guess, gap: usize) -> Guess {
    let guess = guess.with_gap(gap);
    if let Some(step) = steps.get_mut((place & !INSIDE) as usize) {
        match place & INSIDE {
            0 => step.next = guess,
            _ => step.child = guess.0,
        }
    }
    guess
}

/// The state in a place; the one where the fast path began is given.
fn state_at(automaton: &Automaton, place: u32, began: u32) -> u32 {
    match place {
        ELSEWHERE => began,
        _ if place & INSIDE != 0 => automaton.edges[(place & !INSIDE) as usize].child,
        _ => automaton.edges[place as usize].target,
    }
}

/// The search for the edge of a start tag among all that may follow.
struct Search<'a, 'w, const PREFIXED: bool> {
    automaton: &'a Automaton,
    steps: &'a [Step],
    place: u32,
    from: u32,
    prefix: Name,
    at: Cursor<'w>,
}

impl<'w, const PREFIXED: bool> Work for Search<'_, 'w, PREFIXED> {
    /// The edge, and where its start tag ends.
    type Output = Option<(u32, Cursor<'w>)>;

    #[inline(always)]
    fn run<K: Kernel>(self) -> Self::Output {
        let Self { automaton, steps, place, from, prefix, mut at } = self;
        let tag = at;
        if !at.eat(b'<') || PREFIXED && !at.eat_prefix::<K>(&prefix) {
            return None;
        }
        let after = &automaton.states[state_at(automaton, place, from) as usize];
        let signature = at.signature::<K>();
        let (mut first, end) = (after.first as usize, (after.first + after.count) as usize);
        while first < end {
            let among = automaton.signatures[first..].first_chunk::<32>()?;
            let mut places = K::places(signature, among) & (u32::MAX >> (32 - (end - first).min(32)));
            while places != 0 {
                let edge = first as u32 + places.trailing_zeros();
                let mut behind = tag;
                if eat_start::<K, _, PREFIXED>(&mut behind, &prefix, &steps.get(edge as usize)?.tag) {
                    return Some((edge, behind));
                }
                places &= places - 1;
            }
            first += 32;
        }
        None
    }
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
    if !step.takes_number(before, behind) || !at.eat_end_open() || !eat_name::<K, _, PREFIXED>(at, prefix, &amount.end)
    {
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

/// A value that the quick check is not sure of, with its end tag, behind its start tag.
struct Careful<'a, 'w, S, const PREFIXED: bool> {
    automaton: &'a Automaton,
    step: &'a Step,
    kind: StepKind,
    decoded: &'a mut Vec<u8>,
    prefix: Name,
    at: Cursor<'w>,
    limits: &'a Limits,
    sink: &'a mut S,
}

impl<'w, S: Sink, const PREFIXED: bool> Work for Careful<'_, 'w, S, PREFIXED> {
    /// Where its end tag ends; `None` where it is not surely right.
    type Output = Option<Cursor<'w>>;

    #[inline(always)]
    fn run<K: Kernel>(self) -> Self::Output {
        let Self { automaton, step, kind, decoded, prefix, mut at, limits, sink } = self;
        let (mut check, mut tag, mut attribute) = (step.child, &step.tag, None);
        if kind == StepKind::Amount {
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
        if len > limits.text || !at.eat_end_open() || !eat_name::<K, _, PREFIXED>(&mut at, &prefix, tag) {
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
}

/// A value with characters beyond ASCII or references, up to its end tag, where the cursor is then.
#[inline(always)]
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
fn eat_start<K: Kernel, T, const PREFIXED: bool>(at: &mut Cursor<'_>, prefix: &Name, tag: &Tag<T>) -> bool {
    match PREFIXED {
        false => at.eat_tag::<K, _>(tag),
        true => {
            let mut behind = *at;
            let here = behind.eat(b'<') && behind.eat_prefix::<K>(prefix) && behind.eat_behind_angle::<K, _>(tag);
            if here {
                *at = behind;
            }
            here
        }
    }
}

/// Moves over the name of an end tag under the expected prefix, and its `>`.
#[inline(always)]
fn eat_name<K: Kernel, T, const PREFIXED: bool>(at: &mut Cursor<'_>, prefix: &Name, tag: &Tag<T>) -> bool {
    (!PREFIXED || at.eat_prefix::<K>(prefix)) && at.eat_behind_angle::<K, _>(tag)
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
