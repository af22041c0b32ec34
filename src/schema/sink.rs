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
    /// A bound group ends; `at` is behind its end tag.
    fn end(&mut self, slot: u16, at: usize);
}

/// Takes nothing: for validation alone.
impl Sink for () {
    fn begin(&mut self, _: u16, _: usize) {}
    fn field(&mut self, _: u16, _: &[u8], _: usize) {}
    fn decoded(&mut self, _: u16, _: &[u8], _: usize) {}
    fn end(&mut self, _: u16, _: usize) {}
}

/// Keeps everything, as a [`Record`].
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    events: Vec<Event>,
    open: Vec<u32>,
    decoded: Vec<u8>,
}

impl Recorder {
    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        self.events.clear();
        self.open.clear();
        self.decoded.clear();
    }

    /// Ends the groups that are still open: for the record of a document that is broken off.
    pub fn close(&mut self) {
        while let Some(begin) = self.open.last() {
            let (slot, at) = (self.events[*begin as usize].slot, self.events.last().map_or(0, |e| e.start));
            self.end(slot, at as usize);
        }
    }

    /// What was recorded, with the window it points into. All groups must have ended.
    pub fn record<'r>(&'r self, window: &'r [u8]) -> Record<'r> {
        Record { events: &self.events, window, decoded: &self.decoded }
    }
}

impl Sink for Recorder {
    #[inline]
    fn begin(&mut self, slot: u16, at: usize) {
        self.open.push(self.events.len() as u32);
        self.events.push(Event { slot, kind: EventKind::Begin, start: at as u32, len: 0 });
    }

    #[inline]
    fn field(&mut self, slot: u16, value: &[u8], at: usize) {
        self.events.push(Event { slot, kind: EventKind::Field, start: at as u32, len: value.len() as u32 });
    }

    fn decoded(&mut self, slot: u16, value: &[u8], at: usize) {
        self.decoded.extend_from_slice(&(at as u32).to_le_bytes());
        let start = self.decoded.len() as u32;
        self.decoded.extend_from_slice(value);
        self.events.push(Event { slot, kind: EventKind::Decoded, start, len: value.len() as u32 });
    }

    #[inline]
    fn end(&mut self, slot: u16, at: usize) {
        if let Some(begin) = self.open.pop() {
            self.events[begin as usize].len = (self.events.len() - begin as usize - 1) as u32;
            self.events.push(Event { slot, kind: EventKind::End, start: at as u32, len: 0 });
        }
    }
}
