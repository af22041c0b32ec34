//! The embedded store, read as a whole.

use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;

use super::SqliteStore;
use crate::store::StoreError;
use crate::store::audit::Value;
use crate::store::reading::{Dialect, Query, Reading, Take};

const DIALECT: Dialect =
    Dialect { time: microseconds, moment: str::to_owned, hex: str::to_owned, leads_to: "NULL, NULL" };

/// Times are texts of one width.
fn microseconds(column: &str) -> String {
    format!("CAST(strftime('%s', {column}) AS INTEGER) * 1000000 + CAST(substr({column}, 21, 6) AS INTEGER)")
}

impl Reading for SqliteStore {
    fn snapshot(&mut self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    fn each(&mut self, query: Query, values: &[i64], take: &mut Take<'_>) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(&query.sql(&DIALECT))?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let mut taken = Vec::with_capacity(columns);
            for column in 0..columns {
                taken.push(match row.get_ref(column)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Text(_) => Value::Text(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?),
                    ValueRef::Blob(bytes) => Value::Bytes(bytes),
                    ValueRef::Real(_) => return Err(StoreError::Fatal("database: a column holds a float".to_owned())),
                });
            }
            take(&taken)?;
        }
        Ok(())
    }
}
