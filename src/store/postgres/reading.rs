//! The store on PostgreSQL, read as a whole: row by row, so that no result has to fit into memory.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{PostgresStore, StoreError};
use crate::store::audit::Value;
use crate::store::reading::{Dialect, Query, Reading, Take};

const DIALECT: Dialect = Dialect {
    time: str::to_owned,
    moment: |value| format!("timestamptz 'epoch' + {value}::bigint * interval '1 microsecond'"),
    hex: |column| format!("encode({column}, 'hex')"),
    leads_to: "of_document, of_transfer",
};

impl Reading for PostgresStore {
    fn snapshot(&mut self) -> Result<(), StoreError> {
        self.with(|session, _| {
            session.be_patient();
            // Whoever reads what is found may take his time.
            session.run(session.client.batch_execute(
                "SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ))
        })
    }

    fn each(&mut self, query: Query, values: &[i64], take: &mut Take<'_>) -> Result<(), StoreError> {
        // Another connection would see another moment.
        let session = self.session.as_mut().filter(|session| !session.client.is_closed());
        let session = session.ok_or_else(|| StoreError::Retry("database: the connection was lost".to_owned()))?;
        session.be_patient();
        let sql = query.sql(&DIALECT).replace('?', "$");
        let rows = session.run(session.client.query_raw(&sql, values))?;
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = session.run(rows.try_next())? {
            let taken = (0..row.len()).map(|column| value(&row, column)).collect::<Result<Vec<_>, _>>()?;
            take(&taken)?;
        }
        Ok(())
    }
}

fn value(row: &Row, column: usize) -> Result<Value<'_>, StoreError> {
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
    Ok(match *row.columns()[column].type_() {
        Type::INT8 => number(row.try_get(column)?),
        Type::INT4 => number(row.try_get::<_, Option<i32>>(column)?.map(i64::from)),
        Type::INT2 => number(row.try_get::<_, Option<i16>>(column)?.map(i64::from)),
        Type::BOOL => number(row.try_get::<_, Option<bool>>(column)?.map(i64::from)),
        Type::TIMESTAMPTZ => {
            number(row.try_get::<_, Option<DateTime<Utc>>>(column)?.map(|time| time.timestamp_micros()))
        }
        Type::TEXT => row.try_get::<_, Option<&str>>(column)?.map_or(Value::Null, Value::Text),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(column)?.map_or(Value::Null, Value::Bytes),
        ref other => return Err(StoreError::Fatal(format!("database: a column of the type {other} is not read"))),
    })
}
