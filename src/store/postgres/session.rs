//! A connection to PostgreSQL, and the runtime that drives it. The runtime is the session's own and runs only while a call
//! waits for its answer: the store blocks, and never runs on the threads of another runtime.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Statement};
use tracing::info;

use super::months::Partitions;
use super::statements::Statements;
use crate::store::StoreError;

/// How long an answer may take where others wait for whoever asks: a network that swallows everything looks like this, and so
/// does a row that another worker's transaction holds.
const ANSWER: Duration = Duration::from_secs(20);

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How much of a COPY is sent in one message.
const CHUNK: usize = 128 << 10;

/// What holds of every session, whatever the server's settings are: what is committed is durable, and what a frozen worker
/// has begun is undone by the server, so that it blocks nobody for long.
const SETTINGS: &str = "
    SET synchronous_commit = on;
    SET idle_in_transaction_session_timeout = '15s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3;
    SET TimeZone = 'UTC'";

/// Which database, and as whom.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `postgresql://user@host:port/database`.
    pub url: String,
    /// The password, where the URL has none.
    pub password: Option<String>,
    /// The certificates that the server's one must lead to. They are needed for `sslmode=verify-full`.
    pub ca_file: Option<PathBuf>,
    /// The name of the worker, for whoever looks at the database's sessions.
    pub worker: String,
}

impl PostgresSettings {
    /// As the client takes it, and whether it is to be under TLS.
    fn config(&self) -> Result<(Config, bool), StoreError> {
        // The client has no word for it, since its `require` comes to the same here: the server must prove its name.
        let url = match self.url.split_once('?') {
            Some((place, options)) => format!("{place}?{}", options.replace("sslmode=verify-full", "sslmode=require")),
            None => self.url.clone(),
        };
        let mut config: Config = url.parse().map_err(|e| StoreError::Fatal(format!("store.url can't be read: {e}")))?;
        if let Some(password) = &self.password {
            config.password(password);
        }
        let tls = config.get_ssl_mode() == SslMode::Require || self.ca_file.is_some();
        config
            .ssl_mode(if tls { SslMode::Require } else { SslMode::Disable })
            .application_name(format!("payflow {}", self.worker))
            .connect_timeout(CONNECT)
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(10));
        Ok((config, tls))
    }
}

/// A connection that is open.
pub(super) struct Session {
    // The client goes first, so that what drives it is still there when it says good-bye.
    pub(super) client: Client,
    pub(super) statements: Option<Statements>,
    pub(super) partitions: Partitions,
    /// How long an answer may take; `None` is as long as the server is there, which keepalives tell.
    answer: Option<Duration>,
    runtime: Runtime,
}

impl Session {
    /// Connects, and settles what holds for the session. The tables need not be there yet.
    pub(super) fn connect(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let (config, tls) = settings.config()?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(retry("start a runtime"))?;
        let connecting = connect(config, settings.ca_file.as_ref().filter(|_| tls), tls);
        let client = runtime.block_on(async { tokio::time::timeout(ANSWER, connecting).await });
        let client = client.map_err(|_| silent())??;
        let (partitions, answer) = (Partitions::default(), Some(ANSWER));
        let session = Self { client, statements: None, partitions, answer, runtime };
        session.run(session.client.batch_execute(SETTINGS))?;
        info!(worker = settings.worker, "connected to PostgreSQL");
        Ok(session)
    }

    /// From here on an answer may take as long as it needs: what looks at the whole store, or makes its tables, is in no hurry.
    pub(super) fn be_patient(&mut self) {
        self.answer = None;
    }

    /// Waits for what the database answers.
    pub(super) fn run<R, E: Into<StoreError>>(
        &self,
        question: impl Future<Output = Result<R, E>>,
    ) -> Result<R, StoreError> {
        let answer = self.runtime.block_on(async {
            match self.answer {
                Some(limit) => tokio::time::timeout(limit, question).await,
                None => Ok(question.await),
            }
        });
        answer.map_err(|_| silent())?.map_err(Into::into)
    }

    /// Sends the rows of a COPY.
    pub(super) fn copy(&self, into: &Statement, rows: Bytes) -> Result<(), StoreError> {
        let sink = self.run(self.client.copy_in(into))?;
        let mut sink = std::pin::pin!(sink);
        let mut rest = rows;
        while rest.len() > CHUNK {
            // Each part has a time of its own, so that what is large has as much as it needs.
            self.run(sink.feed(rest.split_to(CHUNK)))?;
        }
        self.run(async {
            sink.feed(rest).await?;
            sink.finish().await
        })?;
        Ok(())
    }
}

fn retry<E: Display>(what: &'static str) -> impl Fn(E) -> StoreError {
    move |error| StoreError::Retry(format!("database: cannot {what}: {error}"))
}

fn silent() -> StoreError {
    StoreError::Retry(format!("database: no answer for {} s", ANSWER.as_secs()))
}

/// Opens a connection, which the runtime drives from then on.
async fn connect(config: Config, ca_file: Option<&PathBuf>, tls: bool) -> Result<Client, StoreError> {
    if tls {
        return secure::connect(config, ca_file).await;
    }
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(|error| {
        let refused = error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION);
        match unreachable(error) {
            StoreError::Fatal(text) if refused => StoreError::Fatal(format!(
                "{text}; where the server wants TLS, add sslmode=verify-full to store.url, and set store.ca_file"
            )),
            other => other,
        }
    })?;
    tokio::spawn(connection);
    Ok(client)
}

/// What won't pass by itself, as client and OpenSSL say it, and what to do about it.
const REMEDIES: &[(&str, &str)] = &[
    ("invalid configuration", "correct store.url, or set store.password_file"),
    ("server does not support TLS", "turn it on there (ssl = on), or take sslmode and store.ca_file away"),
    ("hostname mismatch", "name in store.url the server as its certificate does"),
    ("IP address mismatch", "name in store.url the server as its certificate does"),
    ("certificate has expired", "give the server a new certificate"),
    ("certificate verify failed", "name in store.ca_file the authority that the server's certificate leads to"),
];

/// Why there is no connection.
fn unreachable(error: tokio_postgres::Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Retry(text) => match REMEDIES.iter().find(|(words, _)| text.contains(words)) {
            Some((_, remedy)) => StoreError::Fatal(format!("{text}: {remedy}")),
            None => StoreError::Retry(text),
        },
        other => other,
    }
}

#[cfg(feature = "tls")]
mod secure {
    use std::path::{Path, PathBuf};

    use openssl::error::ErrorStack;
    use openssl::ssl::{SslConnector, SslMethod};
    use openssl::x509::X509;
    use openssl::x509::store::X509StoreBuilder;
    use postgres_openssl::MakeTlsConnector;
    use tokio_postgres::{Client, Config};

    use super::unreachable;
    use crate::store::StoreError;

    /// The server must prove its name by a certificate that leads to one of the file.
    pub(super) async fn connect(config: Config, ca_file: Option<&PathBuf>) -> Result<Client, StoreError> {
        let Some(file) = ca_file else {
            let text = "sslmode=verify-full needs store.ca_file: the certificates to trust";
            return Err(StoreError::Fatal(text.to_owned()));
        };
        let connector = connector(file)
            .map_err(|problem| StoreError::Fatal(format!("store.ca_file {} {problem}", file.display())))?;
        let connecting = config.connect(MakeTlsConnector::new(connector));
        let (client, connection) = connecting.await.map_err(unreachable)?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Trusts the certificates of the file, and none of the system's.
    fn connector(file: &Path) -> Result<SslConnector, String> {
        let pem = std::fs::read(file).map_err(|e| format!("can't be read: {e}"))?;
        let certificates = X509::stack_from_pem(&pem).map_err(|e| format!("can't be read as PEM: {e}"))?;
        if certificates.is_empty() {
            return Err("holds no certificate as PEM".to_owned());
        }
        let build = || {
            let mut trusted = X509StoreBuilder::new()?;
            certificates.into_iter().try_for_each(|certificate| trusted.add_cert(certificate))?;
            let mut builder = SslConnector::builder(SslMethod::tls_client())?;
            builder.set_cert_store(trusted.build());
            Ok(builder.build())
        };
        build().map_err(|e: ErrorStack| format!("can't be used: {e}"))
    }
}

#[cfg(not(feature = "tls"))]
mod secure {
    use std::path::PathBuf;

    use tokio_postgres::{Client, Config};

    use crate::store::StoreError;

    pub(super) async fn connect(_: Config, _: Option<&PathBuf>) -> Result<Client, StoreError> {
        let text = "the store asks for TLS, and this payflow was built without it: build it with the feature `tls`";
        Err(StoreError::Fatal(text.to_owned()))
    }
}
