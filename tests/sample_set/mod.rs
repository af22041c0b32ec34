//! What the tests over files share: where files are, and the pipeline's pure half in one call.

#![allow(dead_code, reason = "each target that includes this module uses its part of it")]

use std::path::{Path, PathBuf};

use payflow::pipeline::{Examined, Options, examine};

/// The folder of this repository's samples.
pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Every file with this ending below a folder, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// The documents of an input, examined with every rule, as the worker does: what is not processed is not supported.
pub(crate) fn examined(bytes: &[u8]) -> Vec<Examined> {
    examine(bytes, Options { processed_only: true, ..Options::default() })
}
