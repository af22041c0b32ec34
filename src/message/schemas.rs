//! The messages of the catalogue, compiled: each automaton is made once, when it is first asked for. Must not read files.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use super::{Kind, bindings, container};
use crate::schema::MessageId;
use crate::schema::automaton::Automaton;
use crate::schema::catalogue::{self, Catalogue};
use crate::schema::input::Schemas;
use crate::schema::pieces::Container;

/// The automata of a catalogue's messages, with the fields of [`bindings`].
pub struct Compiled {
    catalogue: &'static Catalogue,
    automata: RwLock<HashMap<MessageId, Arc<Automaton>>>,
}

/// The automata of the embedded catalogue, shared by all threads.
pub fn embedded() -> Arc<Compiled> {
    static EMBEDDED: LazyLock<Arc<Compiled>> = LazyLock::new(|| {
        Arc::new(Compiled { catalogue: catalogue::embedded(), automata: RwLock::new(HashMap::new()) })
    });
    Arc::clone(&EMBEDDED)
}

impl Compiled {
    /// The automaton of a message; `None` when there is no schema for it.
    ///
    /// # Panics
    /// When an embedded schema cannot be compiled: the tests compile each of them.
    pub fn get(&self, message: MessageId) -> Option<Arc<Automaton>> {
        let known = self.automata.read().unwrap_or_else(PoisonError::into_inner).get(&message).cloned();
        if known.is_some() {
            return known;
        }
        let schema = self.catalogue.schema(message)?;
        let compiled = schema.map_err(|error| error.to_string()).and_then(|schema| {
            let root = schema.elements.first().map_or("", |(name, _)| name.as_str());
            Automaton::compile(&schema, root, bindings(message)).map_err(|error| error.to_string())
        });
        let automaton = match compiled {
            Ok(automaton) => Arc::new(automaton),
            Err(error) => panic!("the embedded schema of {message} cannot be compiled: {error}"),
        };
        let mut automata = self.automata.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(automata.entry(message).or_insert(automaton)))
    }
}

impl Schemas for Compiled {
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>> {
        self.get(MessageId::from_namespace(namespace)?)
    }

    fn nearest(&self, namespace: &str) -> Option<MessageId> {
        self.catalogue.nearest(namespace)
    }

    fn container(&self, message: MessageId) -> Container {
        container(message)
    }
}

/// The automata of those messages alone that payflow processes, and of the header: whatever else there is a schema of is
/// not supported.
pub struct Processed(Arc<Compiled>);

/// The automata of the embedded catalogue for what is processed, shared by all threads.
pub fn processed() -> Arc<Processed> {
    Arc::new(Processed(embedded()))
}

impl Schemas for Processed {
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>> {
        MessageId::from_namespace(namespace).filter(is_processed).and_then(|message| self.0.get(message))
    }

    fn nearest(&self, namespace: &str) -> Option<MessageId> {
        self.0.nearest(namespace).filter(is_processed)
    }

    fn container(&self, message: MessageId) -> Container {
        self.0.container(message)
    }
}

pub(super) fn is_processed(message: &MessageId) -> bool {
    Kind::of(*message) != Kind::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_compiles() {
        for message in catalogue::embedded().ids() {
            let automaton = embedded().get(message).unwrap();
            assert_eq!(automaton.namespace(), message.namespace());
            println!("{message}: {:?} states and edges", automaton.size());
        }
    }
}
