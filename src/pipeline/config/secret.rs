//! What is told to nobody: not shown, not logged.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

/// What the names of settings have in them whose values are shown to nobody.
const HIDDEN: &[&str] = &["password", "url", "secret", "ssl.key.pem", "sasl.oauthbearer.config", "sasl.jaas.config"];

/// Whether the value of a setting is shown to nobody.
pub(super) fn is_hidden(name: &str) -> bool {
    HIDDEN.iter().any(|hidden| name.contains(hidden)) && !name.ends_with("_file")
}

/// A password or a key.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Reads one from a file of its own. The end of its line is not part of it.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn read(file: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(file)?;
        Ok(Self(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Reads a key: 64 hexadecimal digits.
///
/// # Errors
/// When the file can't be read, or holds something else.
pub fn key(file: &Path) -> Result<[u8; 32], String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{} can't be read: {e}", file.display()))?;
    let digits = text.trim();
    let byte = |index: usize| digits.get(2 * index..2 * index + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let key: Option<Vec<u8>> = (0..32).map(byte).collect();
    let key = key.and_then(|key| key.try_into().ok()).filter(|_| digits.len() == 64);
    key.ok_or_else(|| format!("{} is not 64 hexadecimal digits", file.display()))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
