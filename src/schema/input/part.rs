//! What an input is taken apart into. Must not read it.

use std::ops::Range;
use std::sync::Arc;

use crate::schema::MessageId;
use crate::schema::automaton::Source;
use crate::schema::record::Record;
use crate::schema::sink::Recorder;
use crate::xml::{Fault, Faults, Input};

/// A header or a document of an input.
#[derive(Debug, Default)]
pub struct Element {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// The elements around it.
    pub wrapper: Arc<Wrapper>,
    /// The message that the namespace names.
    pub message: Option<MessageId>,
    /// Its bytes in the decoded input, from `<` to behind its end tag; up to the fault's token when it is malformed.
    pub span: Range<usize>,
    /// What its schema says against it.
    pub faults: Faults,
    /// Why it could not be read to its end.
    pub broken: Option<Box<Fault>>,
    /// Whether there is a schema for it.
    pub supported: bool,
    /// The schema, when it is one of the user's.
    pub schema: Option<Arc<Source>>,
    pub(super) recorder: Recorder,
    /// Its bytes with their offset, where the window has moved on.
    pub(super) held: Option<(Vec<u8>, usize)>,
}

impl Element {
    /// Forgets what was read of it, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.faults = Faults::default();
        self.recorder.clear();
        (self.broken, self.held) = (None, None);
    }

    /// Keeps its bytes, which end in the window: it is needed longer than they are.
    pub(super) fn hold(&mut self, input: &Input, end: usize) {
        let from = self.recorder.oldest().unwrap_or(end);
        self.held = Some((input.bytes()[from..end].to_vec(), input.base + from));
        self.recorder.moved(from);
    }

    /// What was read of it, with the decoded input. Of an input that is not in memory as a whole only headers are kept.
    pub fn record<'r>(&'r self, window: &'r [u8]) -> Record<'r> {
        match &self.held {
            Some((bytes, base)) => self.recorder.record(bytes, *base),
            None => self.recorder.record(window, 0),
        }
    }
}

/// One document of an input, with what belongs to it.
#[derive(Debug, Default)]
pub struct Part {
    /// The header before it.
    pub header: Option<Box<Element>>,
    /// The document; `None` when the input holds none.
    pub document: Option<Box<Element>>,
    /// What is wrong with the input as a whole.
    pub fault: Option<Box<Fault>>,
}

/// The elements around another one, from the root inwards: local name and namespace.
pub type Wrapper = Vec<(Arc<str>, Arc<str>)>;
