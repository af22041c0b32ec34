//! The part of the configuration that says which database payflow works with. Must not open anything that it names.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, Months, NaiveTime, Utc};
use serde::Deserialize;

use super::Secret;
use super::fault::{Unplaced, fault};
use super::kafka::built_without;

/// For how many months everything may be kept.
const MONTHS: RangeInclusive<u32> = 1..=1200;

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
    /// The file of the certificates that its one must lead to, for `sslmode=verify-full`.
    pub ca_file: Option<PathBuf>,
    /// For so many months after the one in which it was received everything is kept; without it, for ever.
    pub retain_months: Option<u32>,
    /// The key that inputs are sealed with.
    pub seal: Option<KeysConfig>,
    /// The key that the audit trail is chained with.
    pub audit: Option<KeysConfig>,
}

/// The key that is used, and those that were used before it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// Its name, which stands with each row that it was used for.
    pub id: String,
    /// The file that holds it: 64 hexadecimal digits.
    pub key_file: PathBuf,
    /// Keys that were used before: what they were used for can still be read and checked.
    #[serde(default)]
    pub older: Vec<KeyConfig>,
}

/// A key by its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// Its name.
    pub id: String,
    /// The file that holds it.
    pub key_file: PathBuf,
}

impl KeysConfig {
    /// All keys, the one that is used first.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &Path)> {
        let older = self.older.iter().map(|key| (&key.id[..], &*key.key_file));
        std::iter::once((&self.id[..], &*self.key_file)).chain(older)
    }
}

impl StoreConfig {
    /// The paths that it names.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let keys = [&mut self.seal, &mut self.audit]
            .into_iter()
            .flatten()
            .flat_map(|keys| keys.older.iter_mut().map(|key| &mut key.key_file).chain([&mut keys.key_file]));
        [&mut self.path, &mut self.password_file, &mut self.ca_file].into_iter().flatten().chain(keys)
    }

    /// The first moment of what is kept, where a time is set.
    pub fn keeps_from(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = now.date_naive().with_day(1)?.checked_sub_months(Months::new(self.retain_months?))?;
        Some(first.and_time(NaiveTime::MIN).and_utc())
    }

    pub(super) fn check(&self, faults: &mut Vec<Unplaced>) {
        for (section, keys) in [("seal", &self.seal), ("audit", &self.audit)] {
            let ids: Vec<&str> = keys.iter().flat_map(KeysConfig::keys).map(|(id, _)| id).collect();
            for index in (1..ids.len()).filter(|index| ids[..*index].contains(&ids[*index])) {
                let key = format!("store.{section}.older[{}].id", index - 1);
                faults.push(fault(key, format!("{:?} is used twice", ids[index]), "give each key its own"));
            }
        }
        if let Some(months) = self.retain_months.filter(|months| !MONTHS.contains(months)) {
            let mend =
                format!("write {} to {}, or remove it: then nothing is ever dropped", MONTHS.start(), MONTHS.end());
            faults.push(fault("store.retain_months", format!("is {months}"), mend));
        }
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
                self.check_tls(url, faults);
            }
        }
    }

    /// Whether it is clear that the connection is under TLS, or that it is not.
    fn check_tls(&self, url: &Secret, faults: &mut Vec<Unplaced>) {
        let options = url.reveal().split_once('?').map_or("", |(_, options)| options);
        let mode = options.split('&').find_map(|option| option.strip_prefix("sslmode="));
        match (mode, &self.ca_file) {
            (Some("verify-full" | "require"), None) => {
                let mend = "name the file of the certificates that the server's one must lead to";
                faults.push(fault("store.ca_file", "is missing, and store.url asks for TLS", mend));
            }
            (Some("disable"), Some(_)) => {
                let mend = "write sslmode=verify-full, or remove it";
                faults.push(fault("store.ca_file", "stands beside sslmode=disable in store.url", mend));
            }
            (None | Some("verify-full" | "require" | "disable"), _) => {}
            // What the others come to depends on the server, or lets anybody pass for it.
            (Some(_), _) => {
                let mend = "write sslmode=verify-full and set store.ca_file, or write sslmode=disable";
                faults.push(fault("store.url", "has an sslmode that leaves open who the server is", mend));
            }
        }
        if !cfg!(feature = "tls") && (self.ca_file.is_some() || matches!(mode, Some("verify-full" | "require"))) {
            faults.push(built_without("store.url", "asks for TLS"));
        }
    }
}
