//! `payflow run`: works on what the sources bring until it is told to stop.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;
use tracing::{error, info, warn};

use super::logging::{self, Level};
use super::{Outcome, config, http, store};
use crate::broker::Broker;
use crate::broker::embedded::EmbeddedQueue;
use crate::broker::folder::Folders;
use crate::message::own::OwnSchemas;
use crate::pipeline::config::Loaded;
use crate::pipeline::iso20022::{Current, Iso20022, Setup};
use crate::pipeline::schemas;
use crate::pipeline::worker::{Worker, WorkerError};
use crate::store::Store;
use crate::telemetry::METRICS;
use crate::telemetry::health::HEALTH;
use crate::telemetry::otlp::Traces;

const EXAMPLES: &str = "\
Examples:
  payflow run                                         with the configuration payflow.toml
  payflow run --config production.toml --check        is the configuration good?
  PAYFLOW__KAFKA__BOOTSTRAP_SERVERS=kafka-1:9092 payflow run

It works until SIGTERM or Ctrl-C, and finishes the batch that is under way, if that takes no longer than shutdown.seconds;
where it owns no source, as while brokers or database are away, it ends within about a second. At SIGHUP it reads its
configuration anew: partners, profiles, institution, limits, schemas and the log's level. It refuses to start, and names both
values and the command that mends it, when the database and the broker do not agree on how far a source is.

Exit codes: 0 ended by a signal, 2 an error that trying again would not mend.";

/// How long an end is waited for while no source is owned.
const NOTHING_UNDER_WAY: Duration = Duration::from_secs(1);

/// Consume messages from Kafka, from the embedded queue or from folders, and answer each exactly once.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The configuration file. A setting such as kafka.bootstrap_servers can also come from the environment, as
    /// PAYFLOW__KAFKA__BOOTSTRAP_SERVERS.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,

    /// Only check the configuration, as `payflow config check` does.
    #[arg(long)]
    check: bool,
}

/// What a run has besides its worker.
struct Run<'a> {
    file: &'a Path,
    loaded: Loaded,
    schemas: Option<Arc<OwnSchemas>>,
    level: Level,
    traces: Option<Traces>,
    runtime: Runtime,
}

/// Runs the command. It ends well when a signal ended it.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    if arguments.check {
        return config::check(&arguments.config, out);
    }
    let loaded = Loaded::read(&arguments.config)?;
    let schemas = schemas::load(&loaded.config.own_schemas())?;
    let level = logging::start(&loaded.config.log);
    loaded.doubts.iter().for_each(|doubt| warn!("{doubt}"));
    logging::keep_panics_silent_on_customers();
    // From here on what is told goes to the log, in its form: the reason of an end, too.
    start(&arguments.config, loaded, schemas, level).or_else(|error| {
        error!("{error:#}");
        Ok(Outcome::NotRead)
    })
}

fn start(file: &Path, loaded: Loaded, schemas: Option<Arc<OwnSchemas>>, level: Level) -> anyhow::Result<Outcome> {
    let telemetry = loaded.config.telemetry.endpoint();
    let traces = telemetry.map(|collector| Traces::start(collector, loaded.config.worker.clone())).transpose()?;
    // One thread for signals and HTTP: the worker has its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    HEALTH.awaits(Some("the database"));
    if let Some(listen) = loaded.config.http.listen {
        http::serve(&runtime, listen)?;
    }
    let config = loaded.config.clone();
    let run = Run { file, loaded, schemas, level, traces, runtime };
    let store = store::open(&config)?;
    HEALTH.awaits(Some("the broker"));
    if let Some(embedded) = &config.embedded {
        let queue = EmbeddedQueue::open(&embedded.path, &config.source_topics())?;
        return run.work(Folders::open(queue, config.folder_settings())?, store);
    }
    run.work_with_kafka(store)
}

impl Run<'_> {
    #[cfg(feature = "kafka")]
    fn work_with_kafka(self, store: Box<dyn Store>) -> anyhow::Result<Outcome> {
        let settings = self.loaded.config.kafka_settings().map_err(anyhow::Error::msg)?;
        let broker = crate::broker::kafka::KafkaBroker::connect(settings.context("no broker is configured")?)?;
        self.work(broker, store)
    }

    #[cfg(not(feature = "kafka"))]
    fn work_with_kafka(self, _: Box<dyn Store>) -> anyhow::Result<Outcome> {
        anyhow::bail!(
            "this payflow was built without Kafka: build it with the feature `kafka`, or configure [embedded]"
        )
    }

    /// The worker blocks, so it has a thread of its own; this one waits for a signal, or for the worker's end.
    fn work<B: Broker + 'static>(mut self, broker: B, store: Box<dyn Store>) -> anyhow::Result<Outcome> {
        let config = &self.loaded.config;
        let stages = Iso20022::new(Setup { schemas: self.schemas.take(), ..config.setup() });
        let current = stages.current();
        let bound = Duration::from_secs(config.shutdown.seconds);
        let mut worker = Worker::new(stages, broker, store, config.worker_settings());
        HEALTH.awaits(None);
        let stop = Arc::new(AtomicBool::new(false));
        let (ended, mut end) = tokio::sync::oneshot::channel::<Result<(), WorkerError>>();
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
            let result = worker.run(&told);
            drop(worker);
            // Nobody listens any more when the main thread has fallen: then there is nobody to tell.
            let _ = ended.send(result);
        })?;
        let Self { file, loaded, level, traces, runtime, .. } = self;
        let result = runtime.block_on(async {
            let mut reloads = Reloads { file, running: loaded, current, level };
            tokio::select! {
                result = &mut end => return result.map(Some),
                signal = reloads.until_told() => {
                    if let Err(error) = signal {
                        error!("no signal can be waited for: {error}");
                    }
                }
            }
            info!("told to stop: what is under way is finished");
            stop.store(true, Ordering::Relaxed);
            // Brokers or a database that are away may be asked for long.
            let bound = if HEALTH.owns() { bound } else { bound.min(NOTHING_UNDER_WAY) };
            match tokio::time::timeout(bound, end).await {
                Ok(result) => result.map(Some),
                Err(_) => Ok(None),
            }
        });
        runtime.shutdown_background();
        if let Some(traces) = traces {
            traces.end();
        }
        let Some(result) = result.context("the worker fell")? else {
            let (waiting, lost) = (METRICS.last_waiting(), "nothing is lost, the next start goes on from there");
            match HEALTH.owns() {
                true => {
                    warn!(seconds = bound.as_secs(), waiting, "what was under way took longer, and is left: {lost}")
                }
                false => warn!("ended while broker and database were in step on no source: {lost}"),
            }
            return Ok(Outcome::AllValid);
        };
        result?;
        thread.join().map_err(|_| anyhow::anyhow!("the worker fell"))?;
        Ok(Outcome::AllValid)
    }
}

/// What is read anew while the worker runs.
struct Reloads<'a> {
    file: &'a Path,
    running: Loaded,
    current: Current,
    level: Level,
}

/// The sections that take effect at once. Of `log` the level does.
#[cfg(unix)]
const AT_ONCE: &[&str] = &["partners", "profiles", "institution", "limits", "schemas", "hold", "log"];

impl Reloads<'_> {
    /// Waits for the signals that ask a service to stop; at SIGHUP the configuration is read anew.
    #[cfg(unix)]
    async fn until_told(&mut self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let mut hangup = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                _ = hangup.recv() => self.reload(),
            }
        }
    }

    #[cfg(not(unix))]
    async fn until_told(&mut self) -> std::io::Result<()> {
        tokio::signal::ctrl_c().await
    }

    /// Takes up what the file says now, when it is good; else all stays as it is.
    #[cfg(unix)]
    fn reload(&mut self) {
        match self.checked() {
            Ok((new, schemas)) => {
                let mut setup = Setup { schemas, ..new.config.setup() };
                let started = &self.running.config;
                if !started.folders.is_empty() {
                    setup.limits.bytes = started.limits.bytes;
                }
                self.current.replace(setup);
                self.level.set(new.config.log.level);
                info!("the configuration was read anew");
                let changed = self.running.changed(&new).into_iter().filter(|section| !self.at_once(section, &new));
                let later: Vec<_> = changed
                    .map(|section| if section == "limits" { "limits.bytes".to_owned() } else { section })
                    .collect();
                if !later.is_empty() {
                    warn!("changed, and taken up at the next start: {}", later.join(", "));
                }
                self.running.take_up(&new, AT_ONCE);
            }
            Err(problem) => error!("the configuration stays as it was: {problem}"),
        }
    }

    /// Whether a section that has changed is in force now.
    #[cfg(unix)]
    fn at_once(&self, section: &str, new: &Loaded) -> bool {
        match section {
            "log" => self.running.config.log.format == new.config.log.format,
            // What is a large file of a folder was settled when the folder was opened.
            "limits" => {
                self.running.config.folders.is_empty() || self.running.config.limits.bytes == new.config.limits.bytes
            }
            section => AT_ONCE.contains(&section),
        }
    }

    #[cfg(unix)]
    fn checked(&self) -> Result<(Loaded, Option<Arc<OwnSchemas>>), String> {
        let new = Loaded::read(self.file).map_err(|error| error.to_string())?;
        let schemas = schemas::load(&new.config.own_schemas()).map_err(|error| error.to_string())?;
        let config = &self.running.config;
        let partners = config.sources.iter().map(|s| &s.partner).chain(config.folders.iter().map(|f| &f.partner));
        let known = |id: &&String| new.config.partners.iter().any(|partner| partner.id == **id);
        match partners.into_iter().find(|id| !known(id)) {
            Some(id) => Err(format!("a source that is open belongs to the partner {id}, which the file has no more")),
            None => Ok((new, schemas)),
        }
    }
}
