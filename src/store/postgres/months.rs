//! The months by which tables are partitioned. A month's partitions are made before the first row of it is written; there is
//! no default partition, which could hold rows that belong elsewhere.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Datelike, Utc};

use super::session::Session;
use crate::store::StoreError;

/// The tables that are partitioned.
const TABLES: [&str; 6] = ["input", "message", "verdict", "finding", "transfer", "statement"];

/// The lock under which partitions and tables are made: any number that is always the same.
pub(super) const LOCK: i64 = 0x7061_7966_6c6f_7701;

/// A month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: i32,
    month: u32,
}

impl Month {
    pub(super) fn of(time: DateTime<Utc>) -> Self {
        Self { year: time.year(), month: time.month() }
    }

    pub(super) fn next(self) -> Self {
        match self.month {
            12 => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    /// The month that a partition of `input` is for.
    fn of_partition(name: &str) -> Option<Self> {
        let (year, month) = name.strip_prefix("input_")?.split_once('_')?;
        Some(Self { year: year.parse().ok()?, month: month.parse().ok()? })
    }

    /// What makes the partitions of this month. They are attached when they are there, which locks out nobody.
    fn partitions(self) -> String {
        let (name, from, to) = (self.to_string(), self.first(), self.next().first());
        let of = |table: &str| {
            format!(
                "CREATE TABLE {table}_{name} (LIKE {table} INCLUDING ALL)
                   WITH (toast_tuple_target = 8160, autovacuum_vacuum_insert_threshold = -1);
                 ALTER TABLE {table} ATTACH PARTITION {table}_{name} FOR VALUES FROM ('{from}') TO ('{to}');"
            )
        };
        TABLES.map(of).concat()
    }

    fn first(self) -> String {
        format!("{:04}-{:02}-01 00:00:00+00", self.year, self.month)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}_{:02}", self.year, self.month)
    }
}

impl Session {
    /// Learns which months there are.
    pub(super) fn load_months(&mut self) -> Result<(), StoreError> {
        let names = self.run(self.client.query(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = to_regclass('input')",
            &[],
        ))?;
        self.months = names.iter().filter_map(|row| Month::of_partition(row.get(0))).collect();
        Ok(())
    }

    /// Makes the partitions of those months that have none yet, and says which these were.
    pub(super) fn make_months(&mut self, months: &BTreeSet<Month>) -> Result<Vec<Month>, StoreError> {
        if months.is_subset(&self.months) {
            return Ok(Vec::new());
        }
        self.run(self.client.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")))?;
        // Another worker may have been faster.
        self.load_months()?;
        let missing: Vec<Month> = months.difference(&self.months).copied().collect();
        let partitions: String = missing.iter().map(|month| month.partitions()).collect();
        self.run(self.client.batch_execute(&format!("{partitions} COMMIT")))?;
        self.months.extend(&missing);
        Ok(missing)
    }
}
