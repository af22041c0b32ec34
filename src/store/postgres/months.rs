//! The months by which tables are partitioned. A month's partitions are made before the first row of it is written; there is
//! no default partition, which could hold rows that belong elsewhere.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Datelike, Utc};

use super::session::Session;
use crate::store::StoreError;

/// The tables that are partitioned.
pub(super) const TABLES: [&str; 6] = ["input", "message", "verdict", "finding", "transfer", "statement"];

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

    /// The name of a table's partition.
    pub(super) fn partition(self, table: &str) -> String {
        format!("{table}_{self}")
    }

    /// What makes a partition. It is attached when it is there, which locks out nobody.
    pub(super) fn make(self, table: &str) -> String {
        format!(
            "CREATE TABLE {} (LIKE {table} INCLUDING ALL)
               WITH (toast_tuple_target = 8160, autovacuum_vacuum_insert_threshold = -1);",
            self.partition(table)
        )
    }

    /// What makes it a part of its table.
    pub(super) fn attach(self, table: &str) -> String {
        let (name, from, to) = (self.partition(table), self.first(), self.next().first());
        format!("ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{from}') TO ('{to}');")
    }

    /// The month of a partition's name.
    fn named(partition: &str, table: &str) -> Option<Self> {
        let (year, month) = partition.strip_prefix(table)?.strip_prefix('_')?.split_once('_')?;
        Some(Self { year: year.parse().ok()?, month: month.parse().ok()? })
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

/// Which partitions there are.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    names: BTreeSet<String>,
    /// The months that have all of theirs.
    months: BTreeSet<Month>,
}

impl Partitions {
    /// Takes note of the months of these that have all partitions, and gives back the others.
    pub(super) fn missing(&mut self, months: &BTreeSet<Month>) -> Vec<Month> {
        let new: Vec<Month> = months.difference(&self.months).copied().collect();
        let has_all = |month: &Month| TABLES.iter().all(|table| self.names.contains(&month.partition(table)));
        let (complete, missing): (Vec<Month>, Vec<Month>) = new.into_iter().partition(has_all);
        self.months.extend(complete);
        missing
    }

    /// The months before one that have partitions.
    pub(super) fn before(&self, end: Month) -> BTreeSet<Month> {
        let months = self.names.iter().filter_map(|name| Month::named(name, TABLES[0]));
        months.filter(|month| *month < end).collect()
    }
}

impl Session {
    /// Learns which partitions there are.
    pub(super) fn load_partitions(&mut self) -> Result<(), StoreError> {
        let rows = self.run(self.client.query(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               JOIN pg_class p ON p.oid = i.inhparent
              WHERE p.relkind = 'p' AND p.relnamespace = current_schema()::regnamespace",
            &[],
        ))?;
        let names = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, tokio_postgres::Error>>()?;
        self.partitions = Partitions { names, months: BTreeSet::new() };
        Ok(())
    }

    /// Makes the partitions that these months lack, and says which months these were.
    pub(super) fn make_months(&mut self, months: &BTreeSet<Month>) -> Result<Vec<Month>, StoreError> {
        if self.partitions.missing(months).is_empty() {
            return Ok(Vec::new());
        }
        self.run(self.client.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")))?;
        // Another worker may have been faster.
        self.load_partitions()?;
        let missing = self.partitions.missing(months);
        let mut sql = String::new();
        for (month, table) in missing.iter().flat_map(|month| TABLES.map(|table| (month, table))) {
            if self.partitions.names.insert(month.partition(table)) {
                sql.push_str(&month.make(table));
                sql.push_str(&month.attach(table));
            }
        }
        self.run(self.client.batch_execute(&format!("{sql} COMMIT")))?;
        Ok(missing)
    }
}
