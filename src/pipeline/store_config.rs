//! The part of the configuration that says which database payflow works with. Must not open anything that it names.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::config::{Fault, fault};

/// The database: a file, or a PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// The file of the embedded store.
    pub path: Option<PathBuf>,
    /// A PostgreSQL, as `postgresql://user@host:5432/database`.
    pub url: Option<Secret>,
    /// The file whose first line is its password.
    pub password_file: Option<PathBuf>,
    /// The file of the certificates that its one must lead to, for `sslmode=require`.
    pub ca_file: Option<PathBuf>,
}

/// A value that no log may show.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl StoreConfig {
    /// Takes paths as relative to a folder.
    pub(super) fn relative_to(&mut self, folder: &Path) {
        for path in [&mut self.path, &mut self.password_file, &mut self.ca_file].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        match (&self.path, &self.url) {
            (None, None) => Err(fault("store.path", "is missing", "add it, or the url of a PostgreSQL")),
            (Some(_), Some(_)) => Err(fault("store.url", "stands beside store.path", "remove one of the two")),
            (Some(_), None) => {
                let of_url = [("password_file", &self.password_file), ("ca_file", &self.ca_file)];
                match of_url.iter().find(|(_, value)| value.is_some()) {
                    Some((name, _)) => Err(fault(format!("store.{name}"), "stands beside store.path", "remove it")),
                    None => Ok(()),
                }
            }
            (None, Some(url)) => {
                let scheme = ["postgresql://", "postgres://"];
                if scheme.iter().any(|scheme| url.reveal().starts_with(scheme)) {
                    return Ok(());
                }
                Err(fault("store.url", "is no URL of a PostgreSQL", "write postgresql://user@host:5432/database"))
            }
        }
    }
}
