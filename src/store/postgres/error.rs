//! What an error of PostgreSQL calls for. Its detail may quote a row, so that of a customer: only its message, which names
//! tables and rules, is passed on.

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::store::StoreError;

impl From<Error> for StoreError {
    /// The two families: a value that is refused would be refused again; all else is the world's and may pass.
    fn from(error: Error) -> Self {
        match error.as_db_error() {
            Some(error) => told(error),
            None => StoreError::Retry(format!("database: {}", causes(&error))),
        }
    }
}

/// The error and what caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let said = error.to_string();
    match error.source() {
        // Some errors say their cause themselves.
        Some(cause) if !said.contains(&cause.to_string()) => format!("{said}: {}", causes(cause)),
        _ => said,
    }
}

fn told(error: &DbError) -> StoreError {
    let code = error.code().code();
    let text = format!("database: {} ({code})", error.message());
    let advise = |what: &str| StoreError::Fatal(format!("{text}: {what}"));
    match error.code() {
        &SqlState::INSUFFICIENT_PRIVILEGE => advise("let the owner of the tables grant it, or use the owner's role"),
        &SqlState::UNDEFINED_TABLE | &SqlState::UNDEFINED_COLUMN => {
            advise("bring the tables up with `payflow migrate`")
        }
        &SqlState::INVALID_CATALOG_NAME => advise("create the database, then its tables with `payflow migrate`"),
        &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            advise("correct the user in store.url, or store.password_file")
        }
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => advise("restore the database from a backup"),
        &SqlState::DISK_FULL => StoreError::Retry(format!("{text}: the database goes on once its disk has room")),
        // A partition was dropped behind this connection: the next one sees which there are.
        &SqlState::CHECK_VIOLATION if error.constraint().is_none() => StoreError::Retry(text),
        // A value: data exceptions, broken constraints, and what is too much for the database.
        _ if ["22", "23", "54"].contains(&&code[..2]) => StoreError::Refused(text),
        _ if code.starts_with("42") => StoreError::Fatal(text),
        _ => StoreError::Retry(text),
    }
}
