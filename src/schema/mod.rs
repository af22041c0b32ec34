//! XML Schema as data: read, compiled into an automaton, walked over a document. Pure. Must not know any message by name.

pub mod binding;
pub mod catalogue;
pub mod import;
pub mod message_id;
pub mod model;
pub mod normal;
pub mod record;
pub mod shared;
pub mod xsd;

pub use message_id::MessageId;
