//! The limits that keep hostile input cheap. Each can be configured.

use serde::Deserialize;
use validator::Validate;

use super::Fault;
use crate::finding::Rule;

/// What an input may at most be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one input that is held in memory.
    #[validate(range(min = 1, max = 4_000_000_000usize))]
    pub bytes: usize,
    /// Bytes of one input that is read through a window.
    #[validate(range(min = 1))]
    pub file_bytes: usize,
    /// Bytes of that window. It grows where an item or a value is longer.
    #[validate(range(min = 64, max = 1_000_000_000usize))]
    pub window_bytes: usize,
    /// Bytes that it grows to: those of the largest transaction or entry of a large input.
    #[validate(range(min = 64, max = 2_000_000_000usize))]
    pub item_bytes: usize,
    /// Elements inside each other, but for one that holds only a value by its schema.
    #[validate(range(min = 1, max = 10_000))]
    pub depth: usize,
    /// Attributes of one element.
    #[validate(range(min = 1, max = 10_000))]
    pub attributes: usize,
    /// Bytes of one name.
    #[validate(range(min = 1, max = 100_000))]
    pub name: usize,
    /// Bytes of one value.
    #[validate(range(min = 1, max = 1_000_000_000))]
    pub text: usize,
    /// Documents of one input.
    #[validate(range(min = 1, max = 1_000_000))]
    pub documents: usize,
    /// Findings of one document that are kept; the others are counted.
    #[validate(range(min = 1, max = 1_000_000))]
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            file_bytes: 16 << 30,
            window_bytes: 1 << 20,
            item_bytes: 256 << 20,
            depth: 64,
            attributes: 64,
            name: 256,
            text: 16 << 20,
            documents: 10_000,
            findings: 1_000,
        }
    }
}

impl Limits {
    /// The fault of a value that is too long.
    #[cold]
    pub fn too_long(&self, at: usize) -> Fault {
        Fault::new(Rule::XmlLimit, at, format!("A value is longer than {} bytes (limits.text).", self.text))
    }

    /// The fault of an input with too many documents.
    #[cold]
    pub fn too_many(&self, at: usize) -> Fault {
        let text = format!("The input has more than {} documents (limits.documents).", self.documents);
        Fault::new(Rule::XmlLimit, at, text)
    }

    /// The fault of an element that is nested too deep.
    #[cold]
    pub fn too_deep(&self, at: usize) -> Fault {
        Fault::new(Rule::XmlLimit, at, format!("Elements are nested more than {} deep (limits.depth).", self.depth))
    }
}
