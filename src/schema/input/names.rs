//! The names and namespaces that an input uses, by number, with what is known of each. Must not read an input.

use std::collections::HashMap;
use std::sync::Arc;

use crate::schema::MessageId;

/// Names and namespaces that occur again and again: each is kept once, and goes by its number.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) all: Vec<Name>,
    /// Those beyond the first [`Names::FEW`]: hostile input has millions.
    more: HashMap<Arc<str>, usize>,
}

#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: Arc<str>,
    /// Of a namespace: the message that it names.
    pub(super) message: Option<MessageId>,
    /// Of a namespace: where its walk is, once there is one.
    pub(super) walk: Option<usize>,
}

impl Names {
    /// More than any honest sender uses; beyond, all are forgotten before the next input.
    pub(super) const MOST: usize = 256;
    /// So many are faster compared one by one.
    const FEW: usize = 32;

    pub(super) fn take(&mut self, text: &str) -> usize {
        let first = self.all.iter().take(Self::FEW).position(|name| *name.text == *text);
        if let Some(known) = first.or_else(|| self.more.get(text).copied()) {
            return known;
        }
        let (at, name) = (self.all.len(), Arc::<str>::from(text));
        if at >= Self::FEW {
            self.more.insert(Arc::clone(&name), at);
        }
        self.all.push(Name { text: name, message: MessageId::from_namespace(text), walk: None });
        at
    }

    pub(super) fn text(&self, name: usize) -> &Arc<str> {
        &self.all[name].text
    }
}
