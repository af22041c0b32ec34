//! The configuration: a TOML file, overridden by environment variables such as `PAYFLOW__KAFKA__BOOTSTRAP_SERVERS`. Every
//! error names the file (or the variable), the key, and what to write instead. Must not open anything that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::iso20022::Setup;
use super::records::Topics;
use super::schemas::SchemaConfig;
pub use super::store_config::{Secret, StoreConfig};
use super::worker::Settings;
use crate::broker::TakeLimits;
use crate::broker::folder::FolderSettings;
use crate::message::own::Ground;
use crate::partner::{Institution, Partner};
use crate::value::Bic;
use crate::xml::Limits;

/// What the names of environment variables begin with.
const PREFIX: &str = "PAYFLOW__";

/// All that `payflow run` is told.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name of this worker: no other may run under it at the same time.
    #[serde(default = "default_worker")]
    #[validate(length(min = 1, max = 60))]
    pub worker: String,
    /// Our own institution.
    #[serde(default)]
    #[validate(nested)]
    pub institution: Institution,
    /// The database.
    pub store: StoreConfig,
    /// The Kafka cluster to work with.
    #[validate(nested)]
    pub kafka: Option<KafkaConfig>,
    /// The embedded queue to work with instead.
    pub embedded: Option<EmbeddedConfig>,
    /// Where answers go.
    #[serde(default)]
    pub topics: TopicsConfig,
    /// Where inputs come from.
    #[serde(default)]
    #[validate(nested)]
    pub sources: Vec<SourceConfig>,
    /// Folders that files are delivered to.
    #[serde(default)]
    #[validate(nested)]
    pub folders: Vec<FolderConfig>,
    /// Who sends them.
    #[validate(nested)]
    pub partners: Vec<Partner>,
    /// Schemas of one's own, and for which messages they are.
    #[serde(default)]
    pub schemas: Vec<SchemaConfig>,
    /// How much is taken in one go.
    #[serde(default)]
    #[validate(nested)]
    pub batch: BatchConfig,
    /// What one input may at most be.
    #[serde(default)]
    #[validate(nested)]
    pub limits: Limits,
    /// When the same message id may be used again.
    #[serde(default)]
    #[validate(nested)]
    pub duplicates: DuplicatesConfig,
    /// What is logged.
    #[serde(default)]
    pub log: LogConfig,
}

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
    /// Further settings for librdkafka, such as those for TLS.
    #[serde(default)]
    pub properties: BTreeMap<String, Text>,
}

/// A value that may be written as a text, a number or a truth value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
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

/// An embedded queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedConfig {
    /// Its file.
    pub path: PathBuf,
}

/// The topics that answers leave by.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicsConfig {
    /// The acknowledgments.
    pub acknowledgements: String,
    /// The transfers of what was accepted.
    pub transfers: String,
    /// The inputs that were rejected or refused.
    pub rejected: String,
}

impl Default for TopicsConfig {
    fn default() -> Self {
        let Topics { acknowledgements, transfers, rejected } = Topics::default();
        Self { acknowledgements, transfers, rejected }
    }
}

/// A topic and whose it is.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// The topic.
    #[validate(length(min = 1, max = 249))]
    pub topic: String,
    /// The id of the partner that sends by it.
    pub partner: String,
}

/// A folder that files are delivered to, and whose it is.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// The name of the source. It stays when the path changes.
    #[validate(length(min = 1, max = 249))]
    pub name: String,
    /// The folder that holds `in`, `out`, `claimed` and `archive`.
    pub path: PathBuf,
    /// The id of the partner that sends by it.
    pub partner: String,
    /// For so many seconds a file must not change before it is taken; 0 where files appear whole.
    #[serde(default = "default_quiet")]
    #[validate(range(max = 3_600))]
    pub quiet_seconds: u64,
    /// Whether files of which something was rejected are kept in `rejected` instead of `archive`.
    #[serde(default)]
    pub rejected_apart: bool,
}

/// How much is taken in one go.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct BatchConfig {
    /// At most this many inputs.
    #[validate(range(min = 1, max = 100_000))]
    pub inputs: usize,
    /// No further input is taken once this many bytes are there.
    #[validate(range(min = 1, max = 1_000_000_000))]
    pub bytes: usize,
    /// How many milliseconds to go on collecting after the first input.
    #[validate(range(max = 10_000))]
    pub wait_ms: u64,
}

impl Default for BatchConfig {
    fn default() -> Self {
        let TakeLimits { inputs, bytes, linger, .. } = TakeLimits::default();
        Self { inputs, bytes, wait_ms: linger.as_millis() as u64 }
    }
}

/// When the same message id may be used again.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct DuplicatesConfig {
    /// After so many days.
    #[validate(range(min = 1, max = 36_500))]
    pub window_days: u32,
}

impl Default for DuplicatesConfig {
    fn default() -> Self {
        Self { window_days: 400 }
    }
}

/// What is logged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// From which level on.
    pub level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may go wrong.
    Warn,
    /// And what changed.
    #[default]
    Info,
    /// And each batch.
    Debug,
}

fn default_worker() -> String {
    "payflow-1".to_owned()
}

fn default_quiet() -> u64 {
    2
}

fn default_group() -> String {
    "payflow".to_owned()
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {key}: {problem}; {mend}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// The key, such as `sources[1].partner`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub mend: String,
}

/// What is wrong, before the file is known: key, problem, mend.
pub(super) type Fault = (String, String, String);

pub(super) fn fault(key: impl Into<String>, problem: impl Into<String>, mend: impl Into<String>) -> Fault {
    (key.into(), problem.into(), mend.into())
}

impl Config {
    /// Reads a configuration. Paths in it are relative to the file's folder.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let at = |(key, problem, mend)| ConfigError { file: file.display().to_string(), key, problem, mend };
        let text = std::fs::read_to_string(file)
            .map_err(|e| at(fault("the file", format!("can't be read: {e}"), "name another with --config")))?;
        let mut config = Self::parse(&text).map_err(at)?;
        let folder = file.parent().unwrap_or(Path::new("."));
        config.store.relative_to(folder);
        for schema in &mut config.schemas {
            schema.path = folder.join(&schema.path);
        }
        if let Some(embedded) = &mut config.embedded {
            embedded.path = folder.join(&embedded.path);
        }
        for FolderConfig { path, .. } in &mut config.folders {
            *path = folder.join(&*path);
        }
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let figment = Figment::new().merge(Toml::string(text)).merge(Env::prefixed(PREFIX).split("__"));
        let config: Self = figment.extract().map_err(|error| unreadable(&error))?;
        config.validate().map_err(|errors| invalid(&errors))?;
        config.check()?;
        Ok(config)
    }

    /// What no single value can say.
    fn check(&self) -> Result<(), Fault> {
        self.store.check()?;
        self.check_broker()?;
        let mut ids = BTreeSet::new();
        for (index, partner) in self.partners.iter().enumerate() {
            if !ids.insert(&partner.id) {
                let key = format!("partners[{index}].id");
                return Err(fault(key, format!("{:?} is used twice", partner.id), "give each partner its own"));
            }
            let odd = partner.bics.iter().find(|bic| Bic::new(bic).is_err());
            if let Some(bic) = odd {
                let key = format!("partners[{index}].bics");
                return Err(fault(key, format!("{bic:?} is no BIC"), "write 8 or 11 letters and digits"));
            }
        }
        self.check_schemas(&ids)?;
        self.check_topics(&ids)?;
        self.check_folders(&ids)
    }

    fn check_schemas(&self, partners: &BTreeSet<&String>) -> Result<(), Fault> {
        for (index, schema) in self.schemas.iter().enumerate() {
            let key = |name: &str| format!("schemas[{index}].{name}");
            if let Some(id) = schema.partners.iter().find(|id| !partners.contains(id)) {
                let problem = format!("no partner has the id {id:?}");
                return Err(fault(key("partners"), problem, "add it under [[partners]], or correct the id"));
            }
            if !schema.is_clear() {
                let mend =
                    "state partners, business_service or market_practice, and write another [[schemas]] for more";
                return Err(fault(key("path"), "is for messages that are named in two ways", mend));
            }
        }
        Ok(())
    }

    /// The user's own schemas: file or folder, and when they are chosen.
    pub fn own_schemas(&self) -> Vec<(PathBuf, Vec<Ground>)> {
        self.schemas.iter().map(|schema| (schema.path.clone(), schema.grounds())).collect()
    }

    fn check_broker(&self) -> Result<(), Fault> {
        match (&self.kafka, &self.embedded) {
            (Some(kafka), None) => match kafka.properties.keys().find(|name| is_reserved(name)) {
                Some(name) => {
                    let key = format!("kafka.properties.{name:?}");
                    Err(fault(key, "is payflow's own to set", "remove it"))
                }
                None => Ok(()),
            },
            (None, Some(_)) => Ok(()),
            (None, None) => Err(fault("kafka", "is missing", "add [kafka] with bootstrap_servers, or [embedded]")),
            (Some(_), Some(_)) => Err(fault("embedded", "stands beside [kafka]", "remove one of the two")),
        }
    }

    fn check_topics(&self, partners: &BTreeSet<&String>) -> Result<(), Fault> {
        let sinks = [
            ("acknowledgements", &self.topics.acknowledgements),
            ("transfers", &self.topics.transfers),
            ("rejected", &self.topics.rejected),
        ];
        if self.sources.is_empty() && self.folders.is_empty() {
            let mend = "add a topic and its partner under [[sources]], or a folder under [[folders]]";
            return Err(fault("sources", "is empty", mend));
        }
        let mut known = BTreeSet::new();
        for (name, topic) in sinks {
            if topic.is_empty() || !known.insert(topic) {
                let key = format!("topics.{name}");
                return Err(fault(key, format!("{topic:?} is empty or used twice"), "give each its own topic"));
            }
        }
        for (index, source) in self.sources.iter().enumerate() {
            if !known.insert(&source.topic) {
                let key = format!("sources[{index}].topic");
                return Err(fault(key, format!("{:?} is used twice", source.topic), "give each source its own topic"));
            }
            if !partners.contains(&source.partner) {
                let key = format!("sources[{index}].partner");
                let problem = format!("no partner has the id {:?}", source.partner);
                return Err(fault(key, problem, "add it under [[partners]], or correct the id"));
            }
        }
        Ok(())
    }

    fn check_folders(&self, partners: &BTreeSet<&String>) -> Result<(), Fault> {
        let TopicsConfig { acknowledgements, transfers, rejected } = &self.topics;
        let topics = self.sources.iter().map(|source| &source.topic);
        let mut names: BTreeSet<&String> = topics.chain([acknowledgements, transfers, rejected]).collect();
        let mut paths = BTreeSet::new();
        for (index, folder) in self.folders.iter().enumerate() {
            let key = |name: &str| format!("folders[{index}].{name}");
            if self.embedded.is_none() {
                return Err(fault(key("name"), "stands beside [kafka]", "work on folders with [embedded]"));
            }
            if !names.insert(&folder.name) {
                let problem = format!("{:?} is used twice", folder.name);
                return Err(fault(key("name"), problem, "give each folder its own, which no topic has"));
            }
            if !paths.insert(&folder.path) {
                return Err(fault(key("path"), "is used twice", "give each partner its own folder"));
            }
            if !partners.contains(&folder.partner) {
                let problem = format!("no partner has the id {:?}", folder.partner);
                return Err(fault(key("partner"), problem, "add it under [[partners]], or correct the id"));
            }
        }
        Ok(())
    }

    /// The folders' part of it.
    pub fn folder_settings(&self) -> Vec<FolderSettings> {
        let settings = |folder: &FolderConfig| FolderSettings {
            name: folder.name.clone(),
            path: folder.path.clone(),
            quiet: Duration::from_secs(folder.quiet_seconds),
            rejected_apart: folder.rejected_apart,
            most_bytes: self.limits.bytes,
        };
        self.folders.iter().map(settings).collect()
    }

    /// The worker's part of it.
    pub fn worker_settings(&self) -> Settings {
        let TopicsConfig { acknowledgements, transfers, rejected } = self.topics.clone();
        let topics = self.sources.iter().map(|source| (&source.topic, &source.partner));
        let folders = self.folders.iter().map(|folder| (&folder.name, &folder.partner));
        Settings {
            name: self.worker.clone(),
            partners: topics.chain(folders).map(|(name, partner)| (name.clone(), partner.clone())).collect(),
            topics: Topics { acknowledgements, transfers, rejected },
            take: TakeLimits {
                inputs: self.batch.inputs,
                bytes: self.batch.bytes,
                linger: Duration::from_millis(self.batch.wait_ms),
                ..TakeLimits::default()
            },
            key_window: Some(TimeDelta::days(i64::from(self.duplicates.window_days))),
        }
    }

    /// The part of the stages, without the user's own schemas: they are read by who runs them.
    pub fn setup(&self) -> Setup {
        Setup {
            partners: self.partners.iter().map(|partner| (partner.id.clone(), partner.clone())).collect(),
            institution: self.institution.clone(),
            limits: self.limits,
            schemas: None,
        }
    }

    /// What Kafka's part of it says, when it has one.
    #[cfg(feature = "kafka")]
    pub fn kafka_settings(&self) -> Option<crate::broker::kafka::KafkaSettings> {
        let kafka = self.kafka.as_ref()?;
        let TopicsConfig { acknowledgements, transfers, rejected } = self.topics.clone();
        Some(crate::broker::kafka::KafkaSettings {
            bootstrap_servers: kafka.bootstrap_servers.clone(),
            group: kafka.group.clone(),
            worker: self.worker.clone(),
            sources: self.sources.iter().map(|source| source.topic.clone()).collect(),
            sinks: vec![acknowledgements, transfers, rejected],
            properties: kafka.properties.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
        })
    }
}

#[cfg(feature = "kafka")]
fn is_reserved(name: &str) -> bool {
    crate::broker::kafka::is_reserved(name)
}

#[cfg(not(feature = "kafka"))]
fn is_reserved(_: &str) -> bool {
    false
}

/// What could not be read at all: a syntax error, a wrong kind of value, an unknown or missing key.
fn unreadable(error: &figment::Error) -> Fault {
    use figment::error::Kind;
    let mut path = error.path.clone();
    let (problem, mend) = match &error.kind {
        Kind::UnknownField(name, known) => {
            path.push(name.clone());
            ("is not known".to_owned(), format!("one of {} may stand here", known.join(", ")))
        }
        Kind::MissingField(name) => {
            path.push(name.to_string());
            ("is missing".to_owned(), "add it".to_owned())
        }
        Kind::InvalidType(found, expected) => (format!("is {found}"), format!("write {expected}")),
        Kind::UnknownVariant(found, known) => (format!("is {found:?}"), format!("write one of {}", known.join(", "))),
        other => (other.to_string().trim_end().replace('\n', " "), "correct it".to_owned()),
    };
    let from_environment = error.metadata.as_ref().is_some_and(|metadata| metadata.name.contains("environment"));
    let key = match (path.is_empty(), from_environment) {
        (true, _) => "the file".to_owned(),
        (false, true) => format!("environment variable {PREFIX}{}", path.join("__").to_uppercase()),
        (false, false) => joined(&path),
    };
    (key, problem, mend)
}

/// A path with its numbers in brackets.
fn joined(path: &[String]) -> String {
    path.iter().fold(String::new(), |text, part| match part.parse::<usize>() {
        Ok(index) => format!("{text}[{index}]"),
        Err(_) if text.is_empty() => part.clone(),
        Err(_) => format!("{text}.{part}"),
    })
}

/// The first value that is out of its bounds.
fn invalid(errors: &ValidationErrors) -> Fault {
    let mut path = Vec::new();
    let mut errors = errors;
    loop {
        // The map has no order of its own: the first by name, so that the same file gives the same error.
        let Some((name, kind)) = errors.errors().iter().min_by_key(|(name, _)| name.to_string()) else {
            return fault(joined(&path), "is not valid", "correct it");
        };
        path.push(name.to_string());
        match kind {
            ValidationErrorsKind::Struct(inner) => errors = inner,
            ValidationErrorsKind::List(inner) => {
                let Some((index, first)) = inner.iter().next() else { continue };
                path.push(index.to_string());
                errors = first;
            }
            ValidationErrorsKind::Field(found) => {
                let bounds = found.first().map_or_else(String::new, bounds);
                return fault(joined(&path), "is out of its bounds", bounds);
            }
        }
    }
}

fn bounds(error: &validator::ValidationError) -> String {
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    let unit = if error.code == "length" { " long" } else { "" };
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("it must be {min} to {max}{unit}"),
        (Some(min), None) => format!("it must be at least {min}{unit}"),
        (None, Some(max)) => format!("it must be at most {max}{unit}"),
        (None, None) => error.message.as_ref().map_or_else(|| "correct it".to_owned(), ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        store.path = "payflow.db"
        kafka.bootstrap_servers = "127.0.0.1:9092"
        sources = [{ topic = "payflow.inbound", partner = "alpha" }]
        partners = [{ id = "alpha", bics = ["BANKDEFF"] }]
    "#;

    #[test]
    fn names_what_is_wrong() {
        // replace | with | the error must name
        let cases: &[(&str, &str, &[&str])] = &[
            ("store.path", "stor.path", &["stor", "not known", "store"]),
            ("store.path = \"payflow.db\"", "", &["store", "missing"]),
            ("store.path = \"payflow.db\"", "store = {}", &["store.path", "missing", "PostgreSQL"]),
            ("store.path", "store.url = \"postgresql://db/x\"\nstore.path", &["store.url", "remove one"]),
            ("store.path", "store.ca_file = \"x\"\nstore.path", &["store.ca_file", "remove it"]),
            ("store.path = \"payflow.db\"", "store.url = \"mysql://u:p@db\"", &["store.url", "postgresql://user@host"]),
            ("\"127.0.0.1:9092\"", "9092", &["kafka.bootstrap_servers", "9092", "string"]),
            ("\"127.0.0.1:9092\"", "\"\"", &["kafka.bootstrap_servers", "at least 1"]),
            ("kafka.bootstrap_servers = \"127.0.0.1:9092\"", "", &["kafka", "bootstrap_servers", "[embedded]"]),
            ("kafka.b", "embedded.path = \"q\"\nkafka.b", &["embedded", "remove one"]),
            ("kafka.b", "kafka.properties.acks = 1\nkafka.b", &["kafka.properties", "acks", "remove"]),
            ("partner = \"alpha\"", "partner = \"beta\"", &["sources[0].partner", "beta", "[[partners]]"]),
            ("payflow.inbound", "payflow.transfers", &["sources[0].topic", "twice"]),
            (
                "sources = [{ topic = \"payflow.inbound\", partner = \"alpha\" }]",
                "",
                &["sources", "empty", "[[folders]]"],
            ),
            (
                "store.path",
                "folders = [{ name = \"f\", path = \"f\", partner = \"alpha\" }]\nstore.path",
                &["folders[0].name", "[kafka]", "[embedded]"],
            ),
            (
                "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
                "embedded.path = \"q\"\nfolders = [{ name = \"payflow.inbound\", path = \"f\", partner = \"alpha\" }]",
                &["folders[0].name", "payflow.inbound", "twice"],
            ),
            (
                "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
                "embedded.path = \"q\"\nfolders = [{ name = \"f\", path = \"f\", partner = \"beta\" }]",
                &["folders[0].partner", "beta", "[[partners]]"],
            ),
            (
                "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
                "embedded.path = \"q\"\nfolders = [{ name = \"f\", path = \"f\", partner = \"alpha\" }, { name = \"g\", path = \"f\", partner = \"alpha\" }]",
                &["folders[1].path", "twice"],
            ),
            (
                "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
                "embedded.path = \"q\"\nfolders = [{ name = \"f\", path = \"f\", partner = \"alpha\", quiet_seconds = 4000 }]",
                &["folders[0].quiet_seconds", "at most 3600"],
            ),
            ("BANKDEFF", "BANKDE", &["partners[0].bics", "BANKDE", "8 or 11"]),
            ("id = \"alpha\"", "id = \"\"", &["partners[0].id", "1 to 35"]),
            ("store.path", "batch.inputs = 0\nstore.path", &["batch.inputs", "1 to 100000"]),
            ("store.path", "limits.bytes = 0\nstore.path", &["limits.bytes", "1 to 4000000000"]),
            ("store.path", "limits.file_bytes = 0\nstore.path", &["limits.file_bytes", "at least 1"]),
            ("store.path", "limits.window_bytes = 63\nstore.path", &["limits.window_bytes", "64 to 1000000000"]),
            ("store.path", "limits.item_bytes = 63\nstore.path", &["limits.item_bytes", "64 to 2000000000"]),
            ("store.path", "limits.depth = 0\nstore.path", &["limits.depth", "1 to 10000"]),
            ("store.path", "limits.attributes = 10001\nstore.path", &["limits.attributes", "1 to 10000"]),
            ("store.path", "limits.name = 0\nstore.path", &["limits.name", "1 to 100000"]),
            ("store.path", "limits.text = 0\nstore.path", &["limits.text", "1 to 1000000000"]),
            ("store.path", "limits.findings = 0\nstore.path", &["limits.findings", "1 to 1000000"]),
            ("store.path", "limits.depth = -1\nstore.path", &["limits.depth", "-1"]),
            ("store.path", "limits.height = 1\nstore.path", &["limits.height", "not known", "depth"]),
            ("store.path", "log.level = \"loud\"\nstore.path", &["log.level", "loud", "debug"]),
            ("store.path", "store.path = [", &["the file", "line"]),
            (
                "store.path",
                "schemas = [{ path = \"x\", partners = [\"beta\"] }]\nstore.path",
                &["schemas[0].partners", "beta"],
            ),
            (
                "store.path",
                "schemas = [{ path = \"x\", partners = [\"alpha\"], business_service = \"s\" }]\nstore.path",
                &["schemas[0].path", "two ways", "[[schemas]]"],
            ),
        ];
        assert!(Config::parse(GOOD).is_ok());
        for (what, with, expected) in cases {
            // Which settings of librdkafka are reserved is known where it is built in.
            if with.contains("acks") && !cfg!(feature = "kafka") {
                continue;
            }
            let (key, problem, mend) = Config::parse(&GOOD.replacen(what, with, 1)).unwrap_err();
            let error = format!("{key}: {problem}; {mend}");
            assert!(expected.iter().all(|part| error.contains(part)), "{with:?}: {error}");
        }
    }
}
