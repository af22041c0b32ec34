//! Second opinions on messages: libxml2's (`xmllint`) and Xerces's (in the JDK), and the list of what they disagree about.

#![allow(dead_code, reason = "each target that includes this module uses its part of it")]

pub(crate) mod disagreements;
pub(crate) mod xerces;
pub(crate) mod xmllint;

use std::path::{Path, PathBuf};

/// What a validator says of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Opinion {
    pub(crate) valid: bool,
    /// The first fault: its line, and the local name of the element that it is about where the validator tells.
    pub(crate) first: Option<(u32, String)>,
    /// All that is said.
    pub(crate) words: String,
}

/// The folder that is shared by those who work on payflow: the official schemas and public messages. It is not part of the
/// repository.
pub(crate) fn shared() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("PAYFLOW_SHARED").map_or_else(beside, PathBuf::from)
}

/// The schema of a message: the official file where it is at hand, else ours.
pub(crate) fn schema(message: &str) -> PathBuf {
    let file = format!("{message}.xsd");
    let official = shared().join("iso20022/xsd").join(&file);
    if official.is_file() { official } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(file) }
}
