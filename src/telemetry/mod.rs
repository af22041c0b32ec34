//! What can be seen of a running payflow: every metric, as a field of one type, whether it is ready, and the traces of its batches.
//! Told a batch at a time, so that no thread waits for another over a message. No label holds the id or the name of anybody.

pub mod health;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod spans;
mod tally;

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, Result, TextEncoder,
};

use spans::Under;
pub use tally::Tally;

/// The metrics of this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(|| match Metrics::new() {
    Ok(metrics) => metrics,
    Err(error) => unreachable!("the names of the metrics are well-formed and each is used once: {error}"),
});

/// One of the two sides that a worker stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The database.
    Database,
    /// The broker.
    Broker,
}

impl Side {
    /// As a label has it.
    pub const fn name(self) -> &'static str {
        match self {
            Side::Database => "database",
            Side::Broker => "broker",
        }
    }
}

/// What a batch goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for inputs, and collecting them. It is told in traces alone: how long that takes is up to the senders.
    Receive,
    /// The pure stages up to the proven message.
    Examine,
    /// Judgement and answers, within the database's transaction.
    Decide,
    /// The database's transaction, the decision included.
    Commit,
    /// The broker's transaction.
    Publish,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Stage::Receive => "receive",
            Stage::Examine => "examine",
            Stage::Decide => "decide",
            Stage::Commit => "commit",
            Stage::Publish => "publish",
        }
    }
}

/// What is told of a batch once the broker has it; nothing of what is left of a fall.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// When its inputs were received.
    pub at: Vec<DateTime<Utc>>,
    /// Its trace, where it has one.
    pub under: Option<Under>,
}

/// Every metric.
pub struct Metrics {
    registry: Registry,
    messages: IntCounterVec,
    stages: HistogramVec,
    rules: IntCounterVec,
    lag: Histogram,
    waiting: IntGauge,
    errors: IntCounterVec,
    lanes: IntGauge,
    spans_lost: IntCounter,
    batches: IntCounter,
    inputs: IntCounter,
    set_aside: IntCounter,
    transfers: IntCounter,
}

impl Metrics {
    fn new() -> Result<Self> {
        let registry = Registry::new_custom(Some("payflow".to_owned()), None)?;
        let counters = |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec> {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok(counters)
        };
        let counter = |name: &str, help: &str| -> Result<IntCounter> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let gauge = |name: &str, help: &str| -> Result<IntGauge> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let stages = HistogramVec::new(
            HistogramOpts::new("stage_duration_seconds", "How long a stage took for a batch.").buckets(vec![
                0.000_1, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
            ]),
            &["stage"],
        )?;
        registry.register(Box::new(stages.clone()))?;
        let lag = Histogram::with_opts(
            HistogramOpts::new(
                "ack_lag_seconds",
                "From when an input was received, or a held document decided by persons, to when all that leaves because of it was committed.",
            )
            .buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0]),
        )?;
        registry.register(Box::new(lag.clone()))?;
        Ok(Self {
            messages: counters(
                "messages_total",
                "Documents decided, by message definition (unknown where the catalogue has none such), rule profile and outcome; one that was held again when it is decided.",
                &["type", "profile", "outcome"],
            )?,
            stages,
            rules: counters("rule_failures_total", "Findings that are errors, by rule.", &["rule"])?,
            lag,
            waiting: gauge(
                "consumer_lag",
                "Inputs of the owned sources that are not read yet; told every ten seconds, or left as it was where the broker does not say.",
            )?,
            errors: counters("errors_total", "Errors of database and broker, by kind.", &["side", "kind"])?,
            lanes: gauge("lanes_owned", "Sources that are owned and in step with the broker.")?,
            spans_lost: counter("spans_lost_total", "Spans that no collector took.")?,
            batches: counter("batches_total", "Batches committed to the database.")?,
            inputs: counter("inputs_total", "Inputs committed to the database.")?,
            set_aside: counter("inputs_set_aside_total", "Inputs kept undecided for a person to look at.")?,
            transfers: counter("transfers_total", "Transfers booked.")?,
            registry,
        })
    }

    /// A batch that the database has.
    pub fn committed(&self, tally: &Tally) {
        self.batches.inc();
        self.inputs.inc_by(tally.inputs);
        self.transfers.inc_by(tally.transfers);
        for ((message, profile, outcome), count) in &tally.messages {
            let message = message.map_or_else(|| "unknown".to_owned(), |message| message.to_string());
            self.messages.with_label_values(&[message.as_str(), profile, outcome]).inc_by(*count);
        }
        for (rule, count) in &tally.rules {
            self.rules.with_label_values(&[*rule]).inc_by(*count);
        }
    }

    /// An input that was set aside.
    pub fn set_aside(&self) {
        self.set_aside.inc();
    }

    /// A stage that is done with a batch, and the batch's trace.
    pub fn stage(&self, stage: Stage, took: Duration, under: Option<Under>) {
        self.stages.with_label_values(&[stage.name()]).observe(took.as_secs_f64());
        if let Some(under) = under {
            under.stage(stage, took);
        }
    }

    /// What the broker has now of batches.
    pub fn published<'b>(&self, took: Duration, batches: impl Iterator<Item = &'b Received>) {
        let (now, lag, mut under) = (Utc::now(), self.lag.local(), None);
        let seconds = |at: &DateTime<Utc>| (now - at).to_std().unwrap_or_default().as_secs_f64();
        for batch in batches {
            under = under.or(batch.under);
            batch.at.iter().for_each(|at| lag.observe(seconds(at)));
        }
        lag.flush();
        self.stage(Stage::Publish, took, under);
    }

    /// Spans that no collector took.
    pub fn spans_lost(&self, spans: usize) {
        self.spans_lost.inc_by(spans as u64);
    }

    /// An error of one side.
    pub fn error(&self, side: Side, kind: &str) {
        self.errors.with_label_values(&[side.name(), kind]).inc();
    }

    /// How many inputs wait.
    pub fn waiting(&self, inputs: i64) {
        self.waiting.set(inputs);
    }

    /// How many inputs waited when that was last told.
    pub fn last_waiting(&self) -> i64 {
        self.waiting.get()
    }

    /// How many sources are owned.
    pub fn lanes(&self, owned: usize) {
        self.lanes.set(i64::try_from(owned).unwrap_or(i64::MAX));
    }

    /// All of them, in the text format of Prometheus.
    ///
    /// # Errors
    /// When a metric can't be written: a fault in payflow.
    pub fn text(&self) -> std::result::Result<String, String> {
        TextEncoder::new().encode_to_string(&self.registry.gather()).map_err(|error| error.to_string())
    }
}
