//! `payflow run`: works on what the sources bring until it is told to stop.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tracing::{error, info};
use tracing_subscriber::filter::LevelFilter;

use super::{Outcome, config, store};
use crate::broker::Broker;
use crate::broker::embedded::EmbeddedQueue;
use crate::broker::folder::Folders;
use crate::message::own::OwnSchemas;
use crate::pipeline::config::{Config, LogLevel};
use crate::pipeline::iso20022::{Iso20022, Setup};
use crate::pipeline::schemas;
use crate::pipeline::worker::{Worker, WorkerError};
use crate::store::Store;

const EXAMPLES: &str = "\
Examples:
  payflow run                                         with the configuration payflow.toml
  payflow run --config production.toml --check        is the configuration good?
  PAYFLOW__KAFKA__BOOTSTRAP_SERVERS=kafka-1:9092 payflow run

It works until SIGTERM or Ctrl-C, and finishes the batch that is under way. It refuses to start, and names both values,
when the database and the broker do not agree on how far a source is.

Exit codes: 0 ended by a signal, 2 an error that trying again would not mend.";

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

/// Runs the command. It ends well when a signal ended it.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    if arguments.check {
        return config::check(&arguments.config, out);
    }
    let config = Config::read(&arguments.config)?;
    let schemas = schemas::load(&config.own_schemas())?;
    log_to_standard_error(config.log.level);
    keep_panics_silent_on_customers();
    let store = store::open(&config)?;
    if let Some(embedded) = &config.embedded {
        let topics: Vec<&str> = config.sources.iter().map(|source| source.topic.as_str()).collect();
        let queue = EmbeddedQueue::open(&embedded.path, &topics)?;
        return work(&config, schemas, Folders::open(queue, config.folder_settings())?, store);
    }
    work_with_kafka(&config, schemas, store)
}

#[cfg(feature = "kafka")]
fn work_with_kafka(
    config: &Config,
    schemas: Option<Arc<OwnSchemas>>,
    store: Box<dyn Store>,
) -> anyhow::Result<Outcome> {
    let settings = config.kafka_settings().map_err(anyhow::Error::msg)?.context("no broker is configured")?;
    let broker = crate::broker::kafka::KafkaBroker::connect(settings)?;
    work(config, schemas, broker, store)
}

#[cfg(not(feature = "kafka"))]
fn work_with_kafka(_: &Config, _: Option<Arc<OwnSchemas>>, _: Box<dyn Store>) -> anyhow::Result<Outcome> {
    anyhow::bail!("this payflow was built without Kafka: build it with the feature `kafka`, or configure [embedded]")
}

/// The worker blocks, so it has a thread of its own; this one waits for a signal, or for the worker's end.
fn work<B: Broker + 'static>(
    config: &Config,
    schemas: Option<Arc<OwnSchemas>>,
    broker: B,
    store: Box<dyn Store>,
) -> anyhow::Result<Outcome> {
    let setup = Setup { schemas, ..config.setup() };
    let mut worker = Worker::new(Iso20022::new(setup), broker, store, config.worker_settings());
    let stop = Arc::new(AtomicBool::new(false));
    let (ended, end) = tokio::sync::oneshot::channel::<Result<(), WorkerError>>();
    let told = Arc::clone(&stop);
    let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
        let result = worker.run(&told);
        drop(worker);
        // Nobody listens any more when the main thread has fallen: then there is nobody to tell.
        let _ = ended.send(result);
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let mut end = end;
        tokio::select! {
            result = &mut end => result,
            signal = signal() => {
                signal?;
                info!("told to stop: the batch that is under way is finished");
                stop.store(true, Ordering::Relaxed);
                end.await
            }
        }
        .context("the worker fell")
    });
    let joined = thread.join();
    result??;
    joined.map_err(|_| anyhow::anyhow!("the worker fell"))?;
    Ok(Outcome::AllValid)
}

/// Waits for the signals that ask a service to stop.
#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// The text of a panic may quote a message: only its place is logged. The input it fell over is set aside.
fn keep_panics_silent_on_customers() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        error!("a fault in payflow, at {place}");
    }));
}

fn log_to_standard_error(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let format = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
    // Another subscriber may be there already, in a test.
    let _ = format.try_init();
}
