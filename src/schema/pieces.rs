//! A document in pieces: each is handed out when it ends, while it is in the window and in the caches. Of a large input nothing
//! is kept behind its pieces; whoever needs more of one copies it. Must not know what a piece means.

use super::input::Element;
use super::record::{Item, Node, Record};
use super::sink::{Recorder, Sink};

/// A piece of a document: handed out when it ends, while it is in the window.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'r> {
    /// A group at the top, whole: a header, a transaction.
    Group(u16, Node<'r>),
    /// Fields and groups of an open container, such as a statement, up to the next of its items or to its end.
    Fields(Node<'r>),
    /// An item of an open container, such as an entry, whole.
    Item(Node<'r>),
    /// The open container ends.
    End,
}

impl<'r> Piece<'r> {
    /// The slot and content of a group at the top.
    pub fn group(&self) -> Option<(u16, Node<'r>)> {
        match *self {
            Piece::Group(slot, node) => Some((slot, node)),
            Piece::Fields(_) | Piece::Item(_) | Piece::End => None,
        }
    }
}

/// A group at the top that is handed out in pieces, as it may be larger than any window: its slot, and that of its items.
/// Slot 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Container {
    /// The slot of the group.
    pub group: u16,
    /// The slot of its items.
    pub item: u16,
}

/// The pieces of a document that is in memory, as they were handed out when it was read.
pub fn pieces<'r>(record: &'r Record<'r>, container: Container, mut take: impl FnMut(Piece<'r>)) {
    for group in record.root().items().filter(Item::is_group) {
        if group.slot() != container.group {
            take(Piece::Group(group.slot(), group.node()));
            continue;
        }
        group
            .node()
            .around(container.item, |item, node| take(if item { Piece::Item(node) } else { Piece::Fields(node) }));
        take(Piece::End);
    }
}

/// Takes an input as it is read. Offsets are in the input.
pub trait Take {
    /// Whether what was handed out of a document in memory is to be kept as well, as the document's record.
    fn keeps(&self) -> bool {
        true
    }

    /// A header has ended, or broken off: what was read of it. It is of the next document.
    fn header(&mut self, header: &Element, record: Record<'_>) {
        let _ = (header, record);
    }

    /// A document begins.
    fn begin(&mut self, document: &Element) {
        let _ = document;
    }

    /// A piece of the document has ended, or the document has broken off in it. It is proven only as far as its bytes: the
    /// rest of the document may still be wrong.
    fn piece(&mut self, piece: Piece<'_>) {
        let _ = piece;
    }

    /// The next bytes of the document. They are told of an input that is not in memory as a whole.
    fn bytes(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }
}

/// Takes nothing: what is in memory has its records.
impl Take for () {}

/// What is kept of what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// All of it, as a whole: nothing is handed out in pieces.
    Whole,
    /// All of it, though it is handed out.
    Everything,
    /// Nothing that was handed out.
    Nothing,
}

/// Records, and hands out each piece when it ends.
pub(super) struct Pieces<'a> {
    pub(super) recorder: Recorder,
    pub(super) window: &'a [u8],
    pub(super) base: usize,
    pub(super) container: Container,
    pub(super) keep: Keep,
    pub(super) take: &'a mut dyn Take,
}

impl Recorder {
    /// All events so far are handed out. Where nothing is kept, so many remain: those of an open container.
    fn handed_out(&mut self, remain: usize, keep: Keep) {
        if keep == Keep::Nothing {
            self.events.truncate(remain);
            self.decoded.clear();
        }
        self.mark = self.events.len();
    }
}

impl Pieces<'_> {
    /// Ends the groups that are still open: for the pieces of a document that is broken off.
    pub(super) fn close(&mut self) {
        while let Some(group) = self.recorder.events.get(self.recorder.open as usize) {
            self.end(group.slot);
        }
    }

    /// A group has ended, at the top or right below it.
    #[inline(never)]
    fn ended(&mut self, slot: u16, begin: usize) {
        let Self { recorder, window, base, container, keep, take } = self;
        if *keep == Keep::Whole {
            return;
        }
        if recorder.open == Recorder::NONE && slot != container.group {
            let record = recorder.record(window, *base);
            let at = recorder.events[begin].start as usize;
            take.piece(Piece::Group(slot, record.group_at(at, begin + 1..recorder.events.len())));
            return recorder.handed_out(0, *keep);
        }
        let (top, end) = (recorder.top(), recorder.events.len());
        let inside = top.is_some_and(|top| recorder.events[top].slot == container.group && slot == container.item);
        let is_container = recorder.open == Recorder::NONE;
        if !is_container && !inside {
            return;
        }
        let record = recorder.record(window, *base);
        let node = |first: usize, behind: usize| {
            let at = recorder.events.get(first.max(1) - 1).map_or(0, |event| event.start as usize);
            record.group_at(at, first..behind)
        };
        let (from, to) = (recorder.mark.max(top.unwrap_or(begin) + 1), if inside { begin } else { end });
        if from < to {
            take.piece(Piece::Fields(node(from, to)));
        }
        take.piece(if inside { Piece::Item(node(begin + 1, end)) } else { Piece::End });
        recorder.handed_out(top.map_or(0, |top| top + 1), *keep);
    }
}

impl Sink for Pieces<'_> {
    #[inline(always)]
    fn begin(&mut self, slot: u16, at: usize) {
        self.recorder.begin(slot, at);
    }

    #[inline(always)]
    fn field(&mut self, slot: u16, value: &[u8], at: usize) {
        self.recorder.field(slot, value, at);
    }

    fn decoded(&mut self, slot: u16, value: &[u8], at: usize) {
        self.recorder.decoded(slot, value, at);
    }

    #[inline(always)]
    fn end(&mut self, slot: u16) {
        let Some(begin) = self.recorder.leave() else { return };
        if self.recorder.open == Recorder::NONE || slot == self.container.item {
            self.ended(slot, begin);
        }
    }
}
