//! Files and standard input, read whole. Must not know what is in them.

use std::io::Read;
use std::path::Path;

use anyhow::Context;

/// The bytes of a file, or of standard input when the name is `-`.
pub(crate) fn read(name: &Path) -> anyhow::Result<Vec<u8>> {
    if name == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(name).with_context(|| format!("cannot read {}", name.display()))
}

/// The input as text, to show lines of it; `None` when its encoding can't be read.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let decoded = crate::xml::encoding::decode(bytes.to_vec()).ok()?;
    String::from_utf8(decoded.window.bytes().to_vec()).ok()
}
