//! The database that the configuration names.

use std::path::Path;

use anyhow::{Result, bail};

use crate::pipeline::config::{Config, KeysConfig, secret_key};
use crate::store::custody::Custody;
use crate::store::held::Desk;
use crate::store::keep::Keeper;
use crate::store::reading::Reading;
use crate::store::sqlite::{self, SqliteStore};
use crate::store::{Migrated, Store};

/// Opens it.
pub(super) fn open(config: &Config) -> Result<Box<dyn Store>> {
    Ok(match &config.store.path {
        Some(path) => Box::new(SqliteStore::open(path)?.sealing(keeper(config)?)),
        None => remote::open(config)?,
    })
}

/// Opens it to read what is there.
pub(super) fn read(config: &Config) -> Result<Box<dyn Reading>> {
    Ok(match &config.store.path {
        // One that is not there would be made.
        Some(path) if !path.exists() => bail!("there is no database {}", path.display()),
        Some(path) => Box::new(SqliteStore::open(path)?),
        None => remote::read(config)?,
    })
}

/// Opens it for what persons do to it.
pub(super) fn custody(config: &Config) -> Result<Box<dyn Custody>> {
    Ok(match &config.store.path {
        Some(path) if !path.exists() => bail!("there is no database {}", path.display()),
        Some(path) => Box::new(SqliteStore::open(path)?.sealing(keeper(config)?)),
        None => remote::custody(config)?,
    })
}

/// Opens it for persons to decide in.
pub(super) fn desk(config: &Config) -> Result<Box<dyn Desk>> {
    Ok(match &config.store.path {
        Some(path) if !path.exists() => bail!("there is no database {}", path.display()),
        Some(path) => Box::new(SqliteStore::open(path)?.sealing(keeper(config)?)),
        None => remote::desk(config)?,
    })
}

/// Brings its tables up to date, or says what that would do.
pub(super) fn migrate(config: &Config, check: bool) -> Result<Migrated> {
    Ok(match (&config.store.path, check) {
        (Some(path), false) => sqlite::migrate(path)?,
        (Some(path), true) => sqlite::pending(path)?,
        (None, _) => remote::migrate(config, check)?,
    })
}

/// The keys that it is sealed with, and those that chain its audit trail.
pub(super) fn keeper(config: &Config) -> Result<Keeper> {
    let (seal, audit) = (config.store.seal.as_ref(), config.store.audit.as_ref());
    Ok(Keeper::new(keys("store.seal", seal)?).chaining(keys("store.audit", audit)?))
}

/// The keys of a section.
fn keys(section: &str, keys: Option<&KeysConfig>) -> Result<Vec<(String, [u8; 32])>> {
    let key = |(id, file): (&str, &Path)| match secret_key(file) {
        Ok(key) => Ok((id.to_owned(), key)),
        Err(problem) => bail!("the key {id:?} of {section}: {problem}"),
    };
    keys.into_iter().flat_map(KeysConfig::keys).map(key).collect()
}

#[cfg(feature = "postgres")]
mod remote {
    use anyhow::Context;

    use super::*;
    use crate::store::postgres::{self, PostgresSettings, PostgresStore};

    fn settings(config: &Config) -> Result<PostgresSettings> {
        let store = &config.store;
        let Some(url) = &store.url else { bail!("no database is configured") };
        let password = store.password_file.as_ref().map(|file| {
            let text = std::fs::read_to_string(file);
            let text = text.with_context(|| format!("store.password_file {} can't be read", file.display()))?;
            Ok::<_, anyhow::Error>(text.lines().next().unwrap_or_default().to_owned())
        });
        Ok(PostgresSettings {
            url: url.reveal().to_owned(),
            password: password.transpose()?,
            ca_file: store.ca_file.clone(),
            worker: config.worker.clone(),
        })
    }

    pub(super) fn open(config: &Config) -> Result<Box<dyn Store>> {
        Ok(Box::new(PostgresStore::open(settings(config)?)?.sealing(keeper(config)?)))
    }

    pub(super) fn desk(config: &Config) -> Result<Box<dyn Desk>> {
        Ok(Box::new(PostgresStore::open(settings(config)?)?.sealing(keeper(config)?)))
    }

    pub(super) fn read(config: &Config) -> Result<Box<dyn Reading>> {
        Ok(Box::new(PostgresStore::open(settings(config)?)?))
    }

    pub(super) fn custody(config: &Config) -> Result<Box<dyn Custody>> {
        Ok(Box::new(PostgresStore::open(settings(config)?)?.sealing(keeper(config)?)))
    }

    pub(super) fn migrate(config: &Config, check: bool) -> Result<Migrated> {
        let settings = settings(config)?;
        Ok(if check { postgres::pending(&settings)? } else { postgres::migrate(&settings)? })
    }
}

#[cfg(not(feature = "postgres"))]
mod remote {
    use super::*;

    const WITHOUT: &str = "store.url: this payflow was built without PostgreSQL: build it with the feature `postgres`";

    pub(super) fn open(_: &Config) -> Result<Box<dyn Store>> {
        bail!(WITHOUT)
    }

    pub(super) fn desk(_: &Config) -> Result<Box<dyn Desk>> {
        bail!(WITHOUT)
    }

    pub(super) fn read(_: &Config) -> Result<Box<dyn Reading>> {
        bail!(WITHOUT)
    }

    pub(super) fn custody(_: &Config) -> Result<Box<dyn Custody>> {
        bail!(WITHOUT)
    }

    pub(super) fn migrate(_: &Config, _: bool) -> Result<Migrated> {
        bail!(WITHOUT)
    }
}
