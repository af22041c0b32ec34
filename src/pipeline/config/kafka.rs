//! The Kafka cluster: where it is, and how this worker shows who it is. TLS and SASL have names of their own here, and are
//! handed on as the settings of librdkafka that they are.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use validator::Validate;

use super::Secret;
use super::fault::{Unplaced, fault};
use super::secret::is_hidden;
#[cfg(feature = "kafka")]
use crate::broker::kafka::{is_reserved, refusal};

/// A Kafka cluster.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// Host and port of some brokers, with commas between.
    #[validate(length(min = 1))]
    pub bootstrap_servers: String,
    /// The consumer group, shared by all workers of one database.
    #[serde(default = "default_group")]
    #[validate(length(min = 1, max = 200))]
    pub group: String,
    /// How many bytes a record that leaves may have: at most what the topics take (`max.message.bytes`).
    #[serde(default = "default_message_bytes")]
    #[validate(range(min = 65_536, max = 400_000_000usize))]
    pub message_bytes: usize,
    /// How the brokers are known, and how this worker is.
    pub tls: Option<TlsConfig>,
    /// Under which name this worker works.
    #[validate(nested)]
    pub sasl: Option<SaslConfig>,
    /// Further settings for librdkafka.
    #[serde(default)]
    pub properties: BTreeMap<String, Text>,
}

/// TLS to the brokers. Without any file the authorities that the system trusts vouch for them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificates of the authorities that vouch for the brokers, as PEM.
    pub ca_file: Option<PathBuf>,
    /// This worker's certificate, as PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its key, as PEM.
    pub key_file: Option<PathBuf>,
    /// The file with the key's password.
    pub key_password_file: Option<PathBuf>,
}

/// SASL to the brokers.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct SaslConfig {
    /// How the name is proven.
    pub mechanism: Mechanism,
    /// The name.
    #[validate(length(min = 1))]
    pub username: String,
    /// The password, from the environment alone.
    pub password: Option<Secret>,
    /// The file with the password.
    pub password_file: Option<PathBuf>,
}

/// How a name is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Mechanism {
    /// The password is sent as it is.
    #[serde(rename = "PLAIN")]
    Plain,
    /// The password is never sent.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// The same with the longer hash.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl Mechanism {
    const fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// A value that may be written as a text, a number or a truth value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "is no text, no whole number, and neither true nor false")]
pub enum Text {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Truth(bool),
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Text::Text(text) => f.write_str(text),
            Text::Number(number) => write!(f, "{number}"),
            Text::Truth(truth) => write!(f, "{truth}"),
        }
    }
}

fn default_group() -> String {
    "payflow".to_owned()
}

/// A little below what a topic takes unless it is told otherwise.
fn default_message_bytes() -> usize {
    1_000_000
}

/// The settings of librdkafka that have a name of their own here, and that name.
const NAMED: &[(&str, &str)] = &[
    ("message.max.bytes", "kafka.message_bytes"),
    ("security.protocol", "kafka.tls and kafka.sasl"),
    ("ssl.ca.location", "kafka.tls.ca_file"),
    ("ssl.certificate.location", "kafka.tls.certificate_file"),
    ("ssl.key.location", "kafka.tls.key_file"),
    ("ssl.key.password", "kafka.tls.key_password_file"),
    ("sasl.mechanism", "kafka.sasl.mechanism"),
    ("sasl.mechanisms", "kafka.sasl.mechanism"),
    ("sasl.username", "kafka.sasl.username"),
    ("sasl.password", "kafka.sasl.password_file"),
];

impl KafkaConfig {
    /// The paths that it names.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut().flat_map(|tls| {
            [&mut tls.ca_file, &mut tls.certificate_file, &mut tls.key_file, &mut tls.key_password_file]
        });
        tls.flatten().chain(self.sasl.iter_mut().filter_map(|sasl| sasl.password_file.as_mut()))
    }

    /// The files that it names, by key.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, &Path)> {
        let of_tls = self.tls.iter().flat_map(|tls| {
            [
                ("tls.ca_file", &tls.ca_file),
                ("tls.certificate_file", &tls.certificate_file),
                ("tls.key_file", &tls.key_file),
                ("tls.key_password_file", &tls.key_password_file),
            ]
        });
        let of_sasl = self.sasl.iter().map(|sasl| ("sasl.password_file", &sasl.password_file));
        of_tls.chain(of_sasl).filter_map(|(name, path)| Some((format!("kafka.{name}"), path.as_deref()?)))
    }

    pub(super) fn check(&self, faults: &mut Vec<Unplaced>) {
        let servers = self.bootstrap_servers.split(',').map(str::trim);
        if let Some(server) = servers.filter(|_| !self.bootstrap_servers.is_empty()).find(|server| !is_address(server))
        {
            let mend = "write host:port, with commas between, such as kafka-1:9092,kafka-2:9092";
            faults.push(fault("kafka.bootstrap_servers", format!("{server:?} is no host and port"), mend));
        }
        for (name, value) in &self.properties {
            let key = format!("kafka.properties.{name:?}");
            if is_reserved(name) {
                faults.push(fault(key, "is payflow's own to set", "remove it"));
            } else if let Some((_, own)) = NAMED.iter().find(|(named, _)| named == name) {
                faults.push(fault(key, "has a name of its own", format!("write {own}")));
            } else if let Some(refusal) = refusal(name, &value.to_string()) {
                let refusal = if is_hidden(name) { "is refused by librdkafka".to_owned() } else { refusal };
                faults.push(fault(key, refusal, "correct its name or its value, or remove it"));
            }
        }
        if let Some(tls) = &self.tls {
            self.check_tls(tls, faults);
        }
        if let Some(SaslConfig { password, password_file, .. }) = &self.sasl
            && password.is_some() == password_file.is_some()
        {
            let problem = if password.is_some() { "stands beside password" } else { "is missing" };
            let mend = "name the file with the password, or set PAYFLOW__KAFKA__SASL__PASSWORD";
            faults.push(fault("kafka.sasl.password_file", problem, mend));
        }
        let scram = |sasl: &&SaslConfig| sasl.mechanism != Mechanism::Plain;
        if !cfg!(feature = "tls") && self.sasl.as_ref().filter(scram).is_some() {
            faults.push(built_without("kafka.sasl.mechanism", "is SCRAM, which needs TLS's library"));
        }
    }

    /// What is allowed, and perhaps not meant.
    pub(super) fn doubts(&self, doubts: &mut Vec<Unplaced>) {
        if self.tls.is_none() && self.sasl.as_ref().is_some_and(|sasl| sasl.mechanism == Mechanism::Plain) {
            let problem = "PLAIN without [kafka.tls] sends the password as it is";
            doubts.push(fault("kafka.sasl.mechanism", problem, "add [kafka.tls], or write SCRAM-SHA-512"));
        }
        let unproven =
            [("enable.ssl.certificate.verification", "false"), ("ssl.endpoint.identification.algorithm", "none")];
        for (name, value) in unproven {
            if self.properties.get(name).is_some_and(|set| set.to_string() == value) {
                let key = format!("kafka.properties.{name:?}");
                doubts.push(fault(
                    key,
                    "lets anybody pass for a broker",
                    "remove it, and name whom to trust in kafka.tls.ca_file",
                ));
            }
        }
    }

    fn check_tls(&self, tls: &TlsConfig, faults: &mut Vec<Unplaced>) {
        if !cfg!(feature = "tls") {
            faults.push(built_without("kafka.tls", "is set"));
        }
        let pair = [("certificate_file", &tls.certificate_file), ("key_file", &tls.key_file)];
        if pair.iter().filter(|(_, path)| path.is_some()).count() == 1 {
            let missing = pair.iter().filter(|(_, path)| path.is_none());
            faults.extend(missing.map(|(name, _)| {
                fault(format!("kafka.tls.{name}"), "is missing", "a certificate and its key go together")
            }));
        }
        if tls.key_password_file.is_some() && tls.key_file.is_none() {
            faults.push(fault("kafka.tls.key_password_file", "stands without key_file", "add the key, or remove it"));
        }
    }

    /// The settings for librdkafka.
    ///
    /// # Errors
    /// When a file that it names can't be read: its key, and why.
    pub fn properties(&self) -> Result<BTreeMap<String, String>, String> {
        let mut all: BTreeMap<String, String> =
            self.properties.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
        let secret = |key: &str, file: &PathBuf| {
            Secret::read(file).map_err(|e| format!("{key}: {} can't be read: {e}", file.display()))
        };
        let protocol = match (&self.tls, &self.sasl) {
            (None, None) => None,
            (Some(_), None) => Some("ssl"),
            (None, Some(_)) => Some("sasl_plaintext"),
            (Some(_), Some(_)) => Some("sasl_ssl"),
        };
        protocol.map(|protocol| set("security.protocol", protocol.to_owned()));
        if let Some(TlsConfig { ca_file, certificate_file, key_file, key_password_file }) = &self.tls {
            let files = [
                ("ssl.ca.location", "ca_file", ca_file),
                ("ssl.certificate.location", "certificate_file", certificate_file),
                ("ssl.key.location", "key_file", key_file),
            ];
            for (name, key, file) in files {
                let Some(file) = file else { continue };
                File::open(file).map_err(|e| format!("kafka.tls.{key}: {} can't be read: {e}", file.display()))?;
                set(name, file.display().to_string());
            }
            if ca_file.is_none() {
                // An OpenSSL that is linked in does not know where the system has its authorities.
                set("ssl.ca.location", "probe".to_owned());
            }
            if let Some(file) = key_password_file {
                set("ssl.key.password", secret("kafka.tls.key_password_file", file)?.reveal().to_owned());
            }
        }
        if let Some(SaslConfig { mechanism, username, password, password_file }) = &self.sasl {
            set("sasl.mechanism", mechanism.name().to_owned());
            set("sasl.username", username.clone());
            let password = match (password, password_file) {
                (Some(password), _) => password.clone(),
                (None, Some(file)) => secret("kafka.sasl.password_file", file)?,
                (None, None) => return Err("kafka.sasl.password_file: is missing".to_owned()),
            };
            set("sasl.password", password.reveal().to_owned());
        }
        Ok(all)
    }
}

/// Whether a broker can be asked there: a host, or an IPv6 address in brackets, and a port; perhaps a protocol before them.
fn is_address(server: &str) -> bool {
    let server = server.split_once("://").map_or(server, |(_, server)| server);
    let Some((host, port)) = server.rsplit_once(':') else { return false };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')),
    };
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

pub(super) fn built_without(key: &str, problem: &str) -> Unplaced {
    fault(key, format!("{problem}, and this payflow was built without it"), "build it with the feature `tls`")
}

#[cfg(feature = "kafka")]
impl super::Config {
    /// What Kafka's part of it says, when it has one.
    ///
    /// # Errors
    /// When a file with a secret can't be read.
    pub fn kafka_settings(&self) -> Result<Option<crate::broker::kafka::KafkaSettings>, String> {
        let Some(kafka) = &self.kafka else { return Ok(None) };
        let super::TopicsConfig { acknowledgements, transfers, rejected, .. } = self.topics.clone();
        Ok(Some(crate::broker::kafka::KafkaSettings {
            bootstrap_servers: kafka.bootstrap_servers.clone(),
            group: kafka.group.clone(),
            worker: self.worker.clone(),
            sources: self.sources.iter().map(|source| source.topic.clone()).collect(),
            sinks: vec![acknowledgements, transfers, rejected],
            message_bytes: kafka.message_bytes,
            properties: kafka.properties()?,
        }))
    }
}

#[cfg(not(feature = "kafka"))]
fn is_reserved(_: &str) -> bool {
    false
}

#[cfg(not(feature = "kafka"))]
fn refusal(_: &str, _: &str) -> Option<String> {
    None
}
