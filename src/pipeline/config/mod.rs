//! The configuration: a TOML file, overridden by environment variables such as `PAYFLOW__KAFKA__BOOTSTRAP_SERVERS`. All that
//! is wrong with one is told at once, each fault with its place and what to write instead. Must not open anything that it
//! names, but for the files that hold secrets; [`Loaded::checked`] does.

mod check;
mod environment;
mod fault;
mod files;
mod kafka;
mod secret;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use figment::value::{Dict, Value};
use serde::Deserialize;
use validator::Validate;

use super::iso20022::Setup;
use super::records::Topics;
use super::schemas::SchemaConfig;
use super::worker::Settings;
use crate::broker::TakeLimits;
use crate::broker::folder::{self, FolderSettings};
use crate::message::own::Ground;
use crate::partner::{AgreedLimits, Institution, Partner};
use crate::rules::table::weighed;
use crate::rules::{Editions, Level, Profile};
use crate::telemetry::otlp;
use crate::xml::Limits;

use fault::Unplaced;
pub use fault::{ConfigError, Fault, Place};
pub use kafka::{KafkaConfig, Mechanism, SaslConfig, Text, TlsConfig};
pub use secret::{Secret, key as secret_key};
pub use store::{KeyConfig, KeysConfig, StoreConfig};

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
    pub sources: Vec<SourceConfig>,
    /// Folders that files are delivered to.
    #[serde(default)]
    #[validate(nested)]
    pub folders: Vec<FolderConfig>,
    /// Who sends them.
    #[validate(nested)]
    pub partners: Vec<Partner>,
    /// The profiles that partners keep to: for each name one or several, which follow each other in time.
    #[serde(default)]
    #[validate(nested)]
    pub profiles: Vec<ProfileConfig>,
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
    /// How what is held is decided.
    #[serde(default)]
    pub hold: HoldConfig,
    /// What is logged.
    #[serde(default)]
    pub log: LogConfig,
    /// What is told over HTTP.
    #[serde(default)]
    pub http: HttpConfig,
    /// Who is told what batches go through.
    #[serde(default)]
    pub telemetry: TelemetryConfig,
    /// How it ends.
    #[serde(default)]
    #[validate(nested)]
    pub shutdown: ShutdownConfig,
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
    /// How many bytes of one input are given back in all, see [`Topics::given_back`].
    pub given_back: usize,
}

impl Default for TopicsConfig {
    fn default() -> Self {
        let Topics { acknowledgements, transfers, rejected, given_back, .. } = Topics::default();
        Self { acknowledgements, transfers, rejected, given_back }
    }
}

/// A profile, from a moment on: how much its rules weigh, and what was agreed.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProfileConfig {
    /// Its name.
    #[validate(length(min = 1, max = 35))]
    pub name: String,
    /// It holds for what is received from then on; without it, always, until the next one of its name.
    pub from: Option<DateTime<Utc>>,
    /// The rules that weigh other than they say themselves.
    #[serde(default)]
    pub levels: BTreeMap<String, Level>,
    /// What a message may be at most.
    #[serde(default)]
    #[validate(nested)]
    pub limits: AgreedLimits,
}

impl ProfileConfig {
    /// From when on it holds, and what it says. A rule that is not known is a fault that is told elsewhere.
    fn edition(&self) -> (DateTime<Utc>, Profile) {
        let levels =
            self.levels.iter().filter_map(|(id, level)| Some((weighed().find(|rule| rule.id() == id)?, *level)));
        let profile = Profile { levels: levels.collect(), limits: self.limits.clone() };
        (self.from.unwrap_or(DateTime::<Utc>::MIN_UTC), profile)
    }
}

/// A topic and whose it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// The topic.
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
    /// How many milliseconds to go on collecting after the first input while answers are being published; a quarter of it while
    /// none are.
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

/// How what is held is decided.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldConfig {
    /// Whether it takes two persons.
    pub four_eyes: bool,
}

impl Default for HoldConfig {
    fn default() -> Self {
        Self { four_eyes: true }
    }
}

/// What is logged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// From which level on.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is told over HTTP: metrics and health.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// The address and port to listen on; `None` for nothing at all.
    pub listen: Option<SocketAddr>,
}

/// Who is told what batches go through.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// A collector of OpenTelemetry, as `http://localhost:4318`; `None` for nobody.
    pub otlp: Option<String>,
}

impl TelemetryConfig {
    /// Where the collector takes spans.
    pub fn endpoint(&self) -> Option<String> {
        self.otlp.as_deref().and_then(otlp::endpoint)
    }
}

/// How it ends when it is told to.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ShutdownConfig {
    /// So many seconds are left for the batch that is under way.
    #[validate(range(min = 1, max = 3_600))]
    pub seconds: u64,
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self { seconds: 20 }
    }
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

/// A configuration that was read, with what the environment said.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What the environment set, by key.
    pub overrides: Vec<Override>,
    /// What is allowed in it, and perhaps not meant.
    pub doubts: Vec<Fault>,
    /// What file and environment say together.
    values: Dict,
}

/// A setting that a variable of the environment makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The variable.
    pub variable: String,
    /// The key.
    pub key: String,
    /// The line of the file that it overrides.
    pub line: Option<usize>,
}

impl Loaded {
    /// Reads a configuration. Paths in it are relative to the file's folder.
    ///
    /// # Errors
    /// When the file can't be read, and all that is wrong with what it says.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        Self::read_as(file, |_, _| ())
    }

    /// Reads a configuration, and looks at the files and folders that it names.
    ///
    /// # Errors
    /// As [`Loaded::read`], and when something that it names is not there or can't be used.
    pub fn checked(file: &Path) -> Result<Self, ConfigError> {
        Self::read_as(file, Config::check_files)
    }

    fn read_as(file: &Path, check: fn(&Config, &mut Vec<Unplaced>)) -> Result<Self, ConfigError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|e| ConfigError::unread(&name, &e))?;
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, text)| (lossy(name), lossy(text)));
        let mut loaded = Self::parse(&name, &text, variables)?;
        loaded.config.stand_in(file.parent().unwrap_or(Path::new(".")));
        let mut faults = Vec::new();
        check(&loaded.config, &mut faults);
        if faults.is_empty() {
            return Ok(loaded);
        }
        let text =
            fault::Text::read(name, &text, &loaded.overrides).map_err(|fault| ConfigError { faults: vec![fault] })?;
        Err(ConfigError::new(faults.into_iter().map(|fault| text.place(fault)).collect()))
    }

    fn parse(
        file: &str,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables = environment::variables(variables);
        let given: Vec<Override> = variables.iter().map(|variable| variable.given.clone()).collect();
        let text =
            fault::Text::read(file.to_owned(), text, &given).map_err(|fault| ConfigError { faults: vec![fault] })?;
        let (mut faults, mut config) = (Vec::new(), None);
        let mut values = environment::above(text.values(), &variables);
        if let Some((read, whole)) = fault::extract(&mut values, &variables, &mut faults) {
            let mut further = Vec::new();
            if let Err(errors) = read.validate() {
                fault::invalid(&errors, &[], &mut further);
            }
            if whole {
                read.check(&mut further);
                read.check_secrets(
                    |key| text.line(key).is_some() && !given.iter().any(|own| own.key == key),
                    &mut further,
                );
            }
            further.retain(|fault| !fault::follows(fault, &faults));
            faults.extend(further);
            config = Some(read);
        }
        match config {
            Some(config) if faults.is_empty() => {
                let doubts = config.doubts().into_iter().map(|doubt| text.place(doubt)).collect();
                let line = |given: &Override| Override { line: text.line(&given.key), ..given.clone() };
                let overrides = given.iter().map(line).collect();
                Ok(Self { config, overrides, doubts, values })
            }
            _ => Err(ConfigError::new(faults.into_iter().map(|fault| text.place(fault)).collect())),
        }
    }

    /// The sections that another configuration has changed, by name.
    pub fn changed(&self, other: &Self) -> BTreeSet<String> {
        let names = self.values.keys().chain(other.values.keys());
        let shown = |loaded: &Self, name: &String| loaded.values.get(name).map(shown);
        names.filter(|name| shown(self, name) != shown(other, name)).cloned().collect()
    }

    /// Has these sections from the other from now on.
    pub fn take_up(&mut self, other: &Self, sections: &[&str]) {
        for section in sections.iter().map(|section| (*section).to_owned()) {
            match other.values.get(&section) {
                Some(value) => drop(self.values.insert(section, value.clone())),
                None => drop(self.values.remove(&section)),
            }
        }
    }

    /// What file and environment say, a line a setting, without its secrets. Defaults are left out.
    pub fn show(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.values.iter().for_each(|(name, value)| show(name, name, value, &mut lines));
        lines
    }
}

fn show(key: &str, name: &str, value: &Value, lines: &mut Vec<String>) {
    let named = |part: &str| match part.contains('.') {
        true => format!("{key}.{part:?}"),
        false => format!("{key}.{part}"),
    };
    match value {
        Value::Dict(_, dict) => dict.iter().for_each(|(part, value)| show(&named(part), part, value, lines)),
        Value::Array(_, list) if list.iter().any(|value| matches!(value, Value::Dict(..))) => {
            list.iter().enumerate().for_each(|(index, value)| show(&format!("{key}[{index}]"), name, value, lines));
        }
        _ if secret::is_hidden(name) => {
            lines.push(format!("{key} = \"***\""));
        }
        Value::Array(_, list) => {
            let texts: Vec<String> = list.iter().map(shown).collect();
            lines.push(format!("{key} = [{}]", texts.join(", ")));
        }
        value => lines.push(format!("{key} = {}", shown(value))),
    }
}

fn shown(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Config {
    /// Reads a configuration, as [`Loaded::read`] does.
    ///
    /// # Errors
    /// When the file can't be read, and all that is wrong with what it says.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        Loaded::read(file).map(|loaded| loaded.config)
    }

    /// Takes its paths from a folder on.
    fn stand_in(&mut self, folder: &Path) {
        let paths = (self.store.paths())
            .chain(self.schemas.iter_mut().map(|schema| &mut schema.path))
            .chain(self.embedded.iter_mut().map(|embedded| &mut embedded.path))
            .chain(self.folders.iter_mut().map(|folder| &mut folder.path))
            .chain(self.kafka.iter_mut().flat_map(KafkaConfig::paths));
        paths.for_each(|path| *path = folder.join(&*path));
    }

    /// The user's own schemas: file or folder, and when they are chosen.
    pub fn own_schemas(&self) -> Vec<(PathBuf, Vec<Ground>)> {
        self.schemas.iter().map(|schema| (schema.path.clone(), schema.grounds())).collect()
    }

    /// Where the file of a large input may be, by the name of its source, the name that it was taken under and when that was.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn kept(&self, source: &str, file: &str, taken: DateTime<Utc>) -> std::io::Result<Vec<PathBuf>> {
        let of_source = self.folders.iter().find(|folder| folder.name == source);
        of_source.map_or(Ok(Vec::new()), |of_source| folder::kept(&of_source.path, file, taken))
    }

    /// The topics that inputs come by.
    pub fn source_topics(&self) -> Vec<&str> {
        self.sources.iter().map(|source| source.topic.as_str()).collect()
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
        let TopicsConfig { acknowledgements, transfers, rejected, given_back } = self.topics.clone();
        let record_bytes = self.kafka.as_ref().map_or(Topics::default().record_bytes, |kafka| kafka.message_bytes);
        let topics = self.sources.iter().map(|source| (&source.topic, &source.partner));
        let folders = self.folders.iter().map(|folder| (&folder.name, &folder.partner));
        Settings {
            name: self.worker.clone(),
            partners: topics.chain(folders).map(|(name, partner)| (name.clone(), partner.clone())).collect(),
            topics: Topics { acknowledgements, transfers, rejected, record_bytes, given_back },
            take: TakeLimits {
                inputs: self.batch.inputs,
                bytes: self.batch.bytes,
                linger: Duration::from_millis(self.batch.wait_ms),
                ..TakeLimits::default()
            },
            key_window: Some(TimeDelta::days(i64::from(self.duplicates.window_days))),
        }
    }

    fn editions(&self) -> BTreeMap<String, Editions> {
        let editions = |name: &str| {
            let of_name = self.profiles.iter().filter(|profile| profile.name == name);
            Editions::new(of_name.map(ProfileConfig::edition))
        };
        self.profiles.iter().map(|profile| (profile.name.clone(), editions(&profile.name))).collect()
    }

    /// The part of the stages, without the user's own schemas: they are read by who runs them.
    pub fn setup(&self) -> Setup {
        Setup {
            partners: self.partners.iter().map(|partner| (partner.id.clone(), partner.clone())).collect(),
            profiles: self.editions(),
            institution: self.institution.clone(),
            limits: self.limits,
            schemas: None,
        }
    }
}
