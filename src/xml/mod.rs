//! Bytes to tokens: encodings, positions, scanning, namespaces. Pure. Must not know any schema or message.

pub mod encoding;
pub mod fault;
pub mod input;
pub mod limits;
pub mod locate;
pub mod name;
pub mod namespace;
pub mod scan;
pub mod token;

pub use fault::{Fault, Faults, Stop};
pub use input::Input;
pub use limits::Limits;
