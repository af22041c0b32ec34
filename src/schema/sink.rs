//! What a walk drives: a sink is told of bound groups and fields as they are proven, in document order.

use super::record::{Event, EventKind, Record};

/// Receives what a walk finds. Offsets are in the window.
pub trait Sink {
    /// A bound group begins; `at` is its start tag.
    fn begin(&mut self, slot: u16, at: usize);
    /// A bound field: `value` stands in the window at `at`.
    fn field(&mut self, slot: u16, value: &[u8], at: usize);
    /// A bound field whose value had to be decoded; it stands in the window at `at`, written in another way.
    fn decoded(&mut self, slot: u16, value: &[u8], at: usize);
    /// The innermost bound group, which is of this slot, ends.
    fn end(&mut self, slot: u16);
}

/// Takes nothing: for validation alone.
impl Sink for () {
    fn begin(&mut self, _: u16, _: usize) {}
    fn field(&mut self, _: u16, _: &[u8], _: usize) {}
    fn decoded(&mut self, _: u16, _: &[u8], _: usize) {}
    fn end(&mut self, _: u16) {}
}

/// Keeps everything, as a [`Record`].
#[derive(Debug, Clone)]
pub struct Recorder {
    pub(super) events: Vec<Event>,
    /// The event of the innermost group that is open, or [`Recorder::NONE`]. Its length says which one is open around it.
    pub(super) open: u32,
    pub(super) decoded: Vec<u8>,
    /// The first event that was not handed out.
    pub(super) mark: usize,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { events: Vec::new(), open: Self::NONE, decoded: Vec::new(), mark: 0 }
    }
}

impl Recorder {
    /// No group is open.
    pub(super) const NONE: u32 = u32::MAX;

    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        self.events.clear();
        self.open = Self::NONE;
        self.decoded.clear();
        self.mark = 0;
    }

    /// What was recorded, with the window it points into. All groups must have ended.
    pub fn record<'r>(&'r self, window: &'r [u8], base: usize) -> Record<'r> {
        Record { events: &self.events, window, decoded: &self.decoded, base }
    }

    /// Ends the innermost group, and says which event it is.
    #[inline(always)]
    pub(super) fn leave(&mut self) -> Option<usize> {
        let (begin, behind) = (self.open as usize, self.events.len());
        let group = self.events.get_mut(begin)?;
        self.open = std::mem::replace(&mut group.len, (behind - begin - 1) as u32);
        Some(begin)
    }

    /// The event of the one group that is open, as far as there is not another one around it.
    pub(super) fn top(&self) -> Option<usize> {
        let group = self.events.get(self.open as usize)?;
        (group.len == Self::NONE).then_some(self.open as usize)
    }

    /// The offset in the window of what is not handed out yet: from there on its bytes are needed.
    pub(super) fn oldest(&self) -> Option<usize> {
        // Of an open container the begin itself is not needed, only what it holds.
        let first = self.events.get(self.mark)?;
        Some(match first.kind {
            EventKind::Decoded => self.offset(first),
            _ => first.start as usize,
        })
    }

    fn offset(&self, decoded: &Event) -> usize {
        let from = decoded.start as usize;
        self.decoded[from - 4..from].first_chunk().map_or(0, |at| u32::from_le_bytes(*at) as usize)
    }

    /// The window has moved by so many bytes.
    pub(super) fn moved(&mut self, by: usize) {
        for at in 0..self.events.len() {
            let event = self.events[at];
            match event.kind {
                EventKind::Decoded => {
                    let offset = self.offset(&event).saturating_sub(by) as u32;
                    let from = event.start as usize;
                    self.decoded[from - 4..from].copy_from_slice(&offset.to_le_bytes());
                }
                _ => self.events[at].start = event.start.saturating_sub(by as u32),
            }
        }
    }
}

impl Sink for Recorder {
    #[inline(always)]
    fn begin(&mut self, slot: u16, at: usize) {
        let outer = std::mem::replace(&mut self.open, self.events.len() as u32);
        self.events.push(Event { slot, kind: EventKind::Group, start: at as u32, len: outer });
    }

    #[inline(always)]
    fn field(&mut self, slot: u16, value: &[u8], at: usize) {
        self.events.push(Event { slot, kind: EventKind::Field, start: at as u32, len: value.len() as u32 });
    }

    fn decoded(&mut self, slot: u16, value: &[u8], at: usize) {
        self.decoded.extend_from_slice(&(at as u32).to_le_bytes());
        let start = self.decoded.len() as u32;
        self.decoded.extend_from_slice(value);
        self.events.push(Event { slot, kind: EventKind::Decoded, start, len: value.len() as u32 });
    }

    #[inline(always)]
    fn end(&mut self, _: u16) {
        self.leave();
    }
}
