//! A database of PostgreSQL for each phase, and what the server counts in it.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use tokio_postgres::{Client, NoTls};

/// The server, by the address of one of its databases.
pub(super) struct Server {
    url: String,
    runtime: tokio::runtime::Runtime,
    client: Client,
}

/// What a phase has written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Rows inserted.
    pub(super) rows: i64,
    /// Bytes of write-ahead log.
    pub(super) log_bytes: i64,
    /// Bytes of tables and indexes.
    pub(super) bytes: i64,
}

impl Server {
    /// Connects to a server.
    pub(super) fn connect(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            // It ends with the client.
            tokio::spawn(connection);
            Ok::<_, tokio_postgres::Error>(client)
        });
        let client = client.with_context(|| "no answer from PostgreSQL: --database names a database on it")?;
        Ok(Self { url: url.to_owned(), runtime, client })
    }

    /// Makes an empty database, and gives its address.
    pub(super) fn make(&self, name: &str) -> Result<String> {
        self.run(&format!("CREATE DATABASE {name}"))?;
        let (head, query) =
            self.url.split_once('?').map_or((self.url.as_str(), None), |(head, query)| (head, Some(query)));
        let from = head.find("://").map_or(0, |at| at + 3);
        let server = head[from..].find('/').map_or(head, |at| &head[..from + at]);
        Ok(format!("{server}/{name}{}", query.map(|query| format!("?{query}")).unwrap_or_default()))
    }

    /// Removes a database.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        self.run(&format!("DROP DATABASE {name} WITH (FORCE)"))
    }

    /// Waits until all that was written is on its disk, of the server and of whatever else runs here: no phase pays for the one before.
    pub(super) fn settle(&self) -> Result<()> {
        self.run("CHECKPOINT")?;
        let synced = Command::new("sync").status().context("cannot run sync")?;
        ensure!(synced.success(), "sync: {synced}");
        Ok(())
    }

    /// How far the server's log is.
    pub(super) fn log(&self) -> Result<i64> {
        self.number("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::int8")
    }

    /// What was written to a database that nobody is connected to any more, and to the log since then.
    pub(super) fn written(&self, name: &str, log: i64) -> Result<Written> {
        let of = |what: &str| self.number(&format!("SELECT {what} FROM pg_stat_database WHERE datname = '{name}'"));
        Ok(Written { rows: of("tup_inserted")?, log_bytes: self.log()? - log, bytes: of("pg_database_size(datid)")? })
    }

    fn run(&self, statement: &str) -> Result<()> {
        let done = self.runtime.block_on(self.client.batch_execute(statement));
        done.with_context(|| format!("PostgreSQL: {statement}"))
    }

    fn number(&self, query: &str) -> Result<i64> {
        let row = self.runtime.block_on(self.client.query_one(query, &[]));
        Ok(row.with_context(|| format!("PostgreSQL: {query}"))?.try_get(0)?)
    }
}
