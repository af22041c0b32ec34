//! XML Schema as data: read, compiled into an automaton, walked over a document. Pure. Must not know any message by name.

pub mod automaton;
pub mod binding;
mod built_in;
pub mod catalogue;
pub mod date;
pub mod facet;
pub mod import;
pub mod input;
pub mod message_id;
pub mod model;
pub mod names;
pub mod normal;
pub mod pattern;
pub mod pieces;
pub mod record;
pub mod shared;
pub mod sink;
mod step;
pub mod text;
pub mod walk;
pub mod write;
pub mod xsd;

pub use message_id::MessageId;
