//! The part of the configuration that says which database payflow works with. Must not open anything that it names.

use std::path::PathBuf;

use serde::Deserialize;

use super::Secret;
use super::fault::{Unplaced, fault};

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

impl StoreConfig {
    /// The paths that it names.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.path, &mut self.password_file, &mut self.ca_file].into_iter().flatten()
    }

    pub(super) fn check(&self, faults: &mut Vec<Unplaced>) {
        match (&self.path, &self.url) {
            (None, None) => faults.push(fault("store.path", "is missing", "add it, or the url of a PostgreSQL")),
            (Some(_), Some(_)) => faults.push(fault("store.url", "stands beside store.path", "remove one of the two")),
            (Some(_), None) => {
                let of_url = [("password_file", &self.password_file), ("ca_file", &self.ca_file)];
                let odd = of_url.iter().filter(|(_, value)| value.is_some());
                faults.extend(
                    odd.map(|(name, _)| fault(format!("store.{name}"), "stands beside store.path", "remove it")),
                );
            }
            (None, Some(url)) => {
                let scheme = ["postgresql://", "postgres://"];
                if !scheme.iter().any(|scheme| url.reveal().starts_with(scheme)) {
                    let mend = "write postgresql://user@host:5432/database";
                    faults.push(fault("store.url", "is no URL of a PostgreSQL", mend));
                }
            }
        }
    }
}
