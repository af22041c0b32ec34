//! What a walk hands out: the bound fields of a document, in document order, as a flat list of events. Values borrow the
//! input; only what had to be decoded (entities, CDATA, line ends) is copied. Must not know any message.

use std::ops::Range;

use super::sink::Recorder;
use crate::xml::scan::text;

pub use super::text::Text;

/// One event of a record: a bound group, before all that is in it, or a bound field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The slot of the binding; see [`super::binding::Binding::slot`].
    pub slot: u16,
    /// What it is.
    pub kind: EventKind,
    /// Group: offset of the start tag. Field: offset of the value (in the window, or in `decoded`).
    pub start: u32,
    /// Field: length of the value in bytes. Group: how many events lie in it; as long as it is open, which one is open around it.
    pub len: u32,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A bound group.
    Group,
    /// A bound field, its value in the window.
    Field,
    /// A bound field, its value in the decoded bytes; the four bytes before the value there are its offset in the window (little endian).
    Decoded,
}

/// The events of a document or of one item of it, with the bytes they point into.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    /// The events.
    pub events: &'r [Event],
    /// The input as UTF-8.
    pub window: &'r [u8],
    /// Values that had to be decoded.
    pub decoded: &'r [u8],
    /// The offset of the window in the input.
    pub base: usize,
}

/// A bound value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'r> {
    /// The text, decoded.
    pub text: &'r str,
    /// Where it stands: the offset of its first byte in the input.
    pub at: usize,
}

/// The content of a group, or of the whole record.
#[derive(Debug, Clone, Copy)]
pub struct Node<'r> {
    record: &'r Record<'r>,
    /// Its events: the first, and the first behind them.
    from: usize,
    to: usize,
    at: usize,
}

/// A field or group of a group, seen in one pass over it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'r> {
    record: &'r Record<'r>,
    event: &'r Event,
    index: usize,
}

/// A group that is kept beyond its window: what was recorded of it, with a copy of the bytes.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    recorder: Recorder,
    window: Vec<u8>,
    base: usize,
}

impl Kept {
    /// Its content, as the whole of a record.
    pub fn record(&self) -> Record<'_> {
        self.recorder.record(&self.window, self.base)
    }
}

/// The walk has checked the bytes already; a value that is not UTF-8 cannot reach a record.
fn valid(bytes: &[u8]) -> &str {
    text(bytes).unwrap_or_default()
}

/// Not inlined: what is inlined is how the bytes are found, so that an item need not stand in memory.
#[inline(never)]
fn kept(bytes: &[u8], from: usize, len: usize) -> Text {
    Text::among(bytes, from, len)
}

impl<'r> Item<'r> {
    /// The slot.
    #[inline(always)]
    pub fn slot(&self) -> u16 {
        self.event.slot
    }

    /// The value of a field; the empty text where it is a group.
    pub fn value(&self) -> Value<'r> {
        match self.event.kind {
            EventKind::Field | EventKind::Decoded => self.record.value(self.event),
            EventKind::Group => Value { text: "", at: self.record.base + self.event.start as usize },
        }
    }

    /// The bytes of a field, decoded; none where it is a group.
    #[inline(always)]
    pub fn bytes(&self) -> &'r [u8] {
        let (bytes, value) = self.place();
        &bytes[value]
    }

    /// The text of a field; empty where it is a group.
    #[inline(always)]
    pub fn text(&self) -> &'r str {
        valid(self.bytes())
    }

    /// The text of a field, to be kept; empty where it is a group.
    #[inline(always)]
    pub fn kept(&self) -> Text {
        let (bytes, value) = self.place();
        kept(bytes, value.start, value.end - value.start)
    }

    /// The text of a field without white space around it, to be kept.
    #[inline(always)]
    pub fn kept_trimmed(&self) -> Text {
        let (bytes, value) = self.place();
        let text = bytes[value.clone()].trim_ascii_end();
        let trimmed = text.trim_ascii_start();
        kept(bytes, value.start + text.len() - trimmed.len(), trimmed.len())
    }

    /// The bytes in which the value of a field stands, and where; nowhere where it is a group.
    #[inline(always)]
    fn place(&self) -> (&'r [u8], Range<usize>) {
        match self.event.kind {
            EventKind::Field | EventKind::Decoded => self.record.place(self.event),
            EventKind::Group => (&[], 0..0),
        }
    }

    /// Whether it is a group.
    pub fn is_group(&self) -> bool {
        self.event.kind == EventKind::Group
    }

    /// The content of a group; empty where it is a field.
    pub fn node(&self) -> Node<'r> {
        let event = self.event;
        let from = self.index + 1;
        let len = if event.kind == EventKind::Group { event.len as usize } else { 0 };
        Node { record: self.record, from, to: from + len, at: self.record.base + event.start as usize }
    }
}

impl<'r> Record<'r> {
    /// Some of the events as the content of a group that begins at an offset of the window.
    pub(super) fn group_at(&self, at: usize, events: Range<usize>) -> Node<'_> {
        Node { record: self, from: events.start, to: events.end, at: self.base + at }
    }

    /// The whole record as a group.
    pub fn root(&self) -> Node<'_> {
        self.group_at(0, 0..self.events.len())
    }

    #[inline]
    fn value(&self, event: &Event) -> Value<'r> {
        let from = event.start as usize;
        let at = match event.kind {
            EventKind::Decoded => {
                let mut offset = [0; 4];
                offset.copy_from_slice(&self.decoded[from - 4..from]);
                u32::from_le_bytes(offset) as usize
            }
            _ => from,
        };
        Value { text: valid(self.bytes(event)), at: self.base + at }
    }

    #[inline(always)]
    fn bytes(&self, event: &Event) -> &'r [u8] {
        let (bytes, value) = self.place(event);
        &bytes[value]
    }

    #[inline(always)]
    fn place(&self, event: &Event) -> (&'r [u8], Range<usize>) {
        let bytes = if event.kind == EventKind::Decoded { self.decoded } else { self.window };
        (bytes, event.start as usize..event.start as usize + event.len as usize)
    }
}

impl<'r> Node<'r> {
    /// Where the group begins: the offset of its start tag in the input.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Its events alone, as the whole of a record.
    pub fn record(&self) -> Record<'r> {
        Record { events: &self.record.events[self.from..self.to], ..*self.record }
    }

    /// The group with copies of all that it points into.
    pub fn keep(&self) -> Kept {
        let Record { events, window, decoded, base } = *self.record;
        let (events, from) = (&events[self.from..self.to], self.at - base);
        let last = events.iter().rfind(|event| event.kind == EventKind::Field);
        let to = last.map_or(from, |last| (last.start + last.len) as usize);
        let mut recorder = Recorder { events: events.to_vec(), decoded: decoded.to_vec(), ..Recorder::default() };
        recorder.moved(from);
        Kept { recorder, window: window[from..to].to_vec(), base: self.at }
    }

    /// The fields and groups of this group in document order: one pass, whatever their number.
    pub fn items(&self) -> impl Iterator<Item = Item<'r>> + use<'r> {
        let Self { record, mut from, to, .. } = *self;
        let events = &record.events[..to];
        std::iter::from_fn(move || {
            let (index, event) = (from, events.get(from)?);
            from += if event.kind == EventKind::Group { event.len as usize + 1 } else { 1 };
            Some(Item { record, event, index })
        })
    }

    /// The first value of a field.
    pub fn get(&self, slot: u16) -> Option<Value<'r>> {
        self.all(slot).next()
    }

    /// The first value of a field, as text.
    pub fn text(&self, slot: u16) -> Option<&'r str> {
        self.get(slot).map(|value| value.text)
    }

    /// All values of a field, in document order.
    pub fn all(&self, slot: u16) -> impl Iterator<Item = Value<'r>> + use<'r> {
        self.items().filter(move |item| item.slot() == slot && !item.is_group()).map(|item| item.value())
    }

    /// The first group of a slot.
    pub fn group(&self, slot: u16) -> Option<Node<'r>> {
        self.groups(slot).next()
    }

    /// All groups of a slot, in document order.
    pub fn groups(&self, slot: u16) -> impl Iterator<Item = Node<'r>> + use<'r> {
        self.items().filter(move |item| item.slot() == slot && item.is_group()).map(|item| item.node())
    }

    /// The groups of a slot, and what stands between them: in document order, each as the content of a group.
    pub(super) fn around(self, slot: u16, mut each: impl FnMut(bool, Node<'r>)) {
        let mut from = self.from;
        let between = |each: &mut dyn FnMut(bool, Node<'r>), from: usize, to: usize| {
            if from < to {
                each(false, Self { from, to, ..self });
            }
        };
        for item in self.items().filter(|item| item.slot() == slot && item.is_group()) {
            between(&mut each, from, item.index);
            let node = item.node();
            each(true, node);
            from = node.to;
        }
        between(&mut each, from, self.to);
    }

    /// Every field below this group, however deep, whose slot is wanted, in document order. A value is looked at only when
    /// it is asked for.
    pub fn leaves<W: Fn(u16) -> bool>(&self, wanted: W) -> impl Iterator<Item = Item<'r>> + use<'r, W> {
        let Self { record, from, to, .. } = *self;
        let field = |event: &Event| matches!(event.kind, EventKind::Field | EventKind::Decoded);
        let events = (from..).zip(&record.events[from..to]);
        events.filter(move |(_, event)| wanted(event.slot) && field(event)).map(move |(index, event)| Item {
            record,
            event,
            index,
        })
    }
}
