//! Where spans go: to a collector, by the exporter of OpenTelemetry, over HTTP and in JSON. It sends from a thread of its own, and
//! nobody waits for it. What is written here beside its settings counts what is lost, which it does not tell.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter,
    SpanProcessor,
};
use serde_json::Value;
use tracing::warn;
use ureq::Agent;
use ureq::http::{Uri, uri::Scheme};

use super::{METRICS, spans};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// So many spans may wait.
const ROOM: usize = 2_048;

/// How long the first of a request waits for others.
const LINGER: Duration = Duration::from_secs(1);

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the end of the program waits for what is left.
const FLUSH: Duration = Duration::from_secs(2);

/// The same trouble is logged so often.
const PAUSE: Duration = Duration::from_secs(60);

/// Where a collector takes spans that is at `http://localhost:4318` or the like, with a path before the protocol's own or
/// without; nothing where that is no such address. A collector is near, and what it is told names nobody: there is no TLS.
pub fn endpoint(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.query().is_none() && !url.contains(['@', '#']);
    let whole = uri.host().is_some_and(|host| !host.is_empty()) && uri.port_u16().is_some();
    (plain && whole).then(|| format!("{}/v1/traces", url.trim_end_matches('/')))
}

/// A collector, and what is known of the spans on their way to it.
#[derive(Debug)]
struct Collector {
    endpoint: String,
    agent: Agent,
    /// So many spans were handed over, and are neither taken nor lost yet.
    waiting: AtomicUsize,
    /// Why the last request has no answer.
    problem: Mutex<Option<String>>,
    warned: Mutex<Option<Instant>>,
}

impl Collector {
    fn lost(&self, spans: usize, problem: &str) {
        METRICS.spans_lost(spans);
        let mut warned = held(&self.warned);
        if warned.is_none_or(|at| at.elapsed() > PAUSE) {
            *warned = Some(Instant::now());
            warn!(spans, "spans are lost: {}: {problem}", self.endpoint);
        }
    }

    fn ask(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, mut body) = self.agent.run(request.map(|body| body.to_vec()))?.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?.into()))
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.ask(request);
        *held(&self.problem) = answer.as_ref().err().map(ToString::to_string);
        let answer = answer?;
        let rejected = rejected(answer.body());
        if rejected > 0 {
            self.lost(rejected, "the collector rejects them");
        }
        Ok(answer)
    }
}

/// How many spans of a request an answer refuses. A 64-bit number stands in JSON as a text.
fn rejected(answer: &[u8]) -> usize {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let spans = &answer["partialSuccess"]["rejectedSpans"];
    spans.as_str().and_then(|text| text.parse().ok()).or(spans.as_u64()).unwrap_or(0) as usize
}

/// The exporter. What it fails to send is counted.
#[derive(Debug)]
struct Counted(opentelemetry_otlp::SpanExporter, Arc<Collector>);

impl SpanExporter for Counted {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let Self(exporter, collector) = self;
        let count = spans.len();
        let sent = exporter.export(spans).await;
        collector.waiting.fetch_sub(count, Ordering::Relaxed);
        if let Err(error) = &sent {
            let problem = held(&collector.problem).take();
            collector.lost(count, &problem.unwrap_or_else(|| error.to_string()));
        }
        sent
    }
}

/// The way to the exporter's thread, which drops without a word what finds no room: never more goes there than it takes.
#[derive(Debug)]
struct Bounded(BatchSpanProcessor, Arc<Collector>);

impl SpanProcessor for Bounded {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let Self(batches, collector) = self;
        if collector.waiting.fetch_add(1, Ordering::Relaxed) < ROOM {
            return batches.on_end(span);
        }
        collector.waiting.fetch_sub(1, Ordering::Relaxed);
        METRICS.spans_lost(1);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }
}

/// A collector is told what batches go through, until this ends.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider, Arc<Collector>);

impl Traces {
    /// Tells the collector at an [endpoint] from now on what batches go through, as a worker of this name.
    ///
    /// # Errors
    /// When the exporter can't be made.
    pub fn start(endpoint: String, worker: String) -> Result<Self, ExporterBuildError> {
        let traces = Self::to(endpoint, worker)?;
        spans::start(BoxedTracer::new(Box::new(traces.tracer())));
        Ok(traces)
    }

    fn to(endpoint: String, worker: String) -> Result<Self, ExporterBuildError> {
        let agent = Agent::config_builder().proxy(None).max_redirects(0).http_status_as_error(false);
        let agent = agent.timeout_global(Some(PATIENCE)).build().into();
        let (waiting, problem, warned) = Default::default();
        let collector = Arc::new(Collector { endpoint, agent, waiting, problem, warned });
        let mut exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_shared_http_client(collector.clone())
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(&collector.endpoint)
            .with_timeout(PATIENCE)
            .build()?;
        let names = [("service.name", "payflow"), ("service.instance.id", &worker), ("service.version", VERSION)];
        let names = names.map(|(key, value)| KeyValue::new(key, value.to_owned()));
        exporter.set_resource(&Resource::builder().with_attributes(names).build());
        let settings = BatchConfigBuilder::default().with_max_queue_size(ROOM).with_scheduled_delay(LINGER).build();
        let batches = BatchSpanProcessor::new(Counted(exporter, collector.clone()), settings);
        let provider = SdkTracerProvider::builder()
            // Whether a batch is told is up to its senders.
            .with_sampler(Sampler::AlwaysOn)
            .with_max_links_per_span(u32::MAX)
            .with_span_processor(Bounded(batches, collector.clone()))
            .build();
        Ok(Self(provider, collector))
    }

    fn tracer(&self) -> SdkTracer {
        self.0.tracer_with_scope(InstrumentationScope::builder("payflow").with_version(VERSION).build())
    }

    /// Waits until what is left is told, and not for long.
    pub fn end(self) {
        let Self(provider, collector) = self;
        // A collector that takes longer is not waited for: what it has not taken is counted below.
        let _ = provider.shutdown_with_timeout(FLUSH);
        let left = collector.waiting.load(Ordering::Relaxed);
        if left > 0 {
            *held(&collector.warned) = None;
            collector.lost(left, "payflow ends, and waits no longer");
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use opentelemetry::trace::Tracer;

    use super::*;

    /// A collector that never answers: what finds no room is lost at once, what waits at the end then.
    #[test]
    fn each_span_that_nobody_takes_is_counted_once() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://localhost:{}", silent.local_addr().unwrap().port());
        let traces = Traces::to(endpoint(&url).unwrap(), "worker".to_owned()).unwrap();
        (0..ROOM + 10).for_each(|_| drop(traces.tracer().start("stage")));
        assert_eq!(METRICS.spans_lost.get(), 10);
        traces.end();
        assert_eq!(METRICS.spans_lost.get(), ROOM as u64 + 10);
    }

    #[test]
    fn an_address_is_a_collectors_or_none() {
        let cases = [
            ("http://localhost:4318", Some("http://localhost:4318/v1/traces")),
            ("http://localhost:4318/", Some("http://localhost:4318/v1/traces")),
            ("http://bank.example:4318/tenant/7", Some("http://bank.example:4318/tenant/7/v1/traces")),
            ("https://bank.example:4318", None),
            ("http://bank.example", None),
            ("http://bank.example:port", None),
            ("http://bank.example:4318/a b", None),
            ("http://bank.example:4318/?a=b", None),
            ("http://bank.example:4318/#a", None),
            ("http://user@bank.example:4318", None),
            (&["http:", "//:4318"].concat(), None),
            ("bank.example:4318", None),
            (":4318", None),
        ];
        for (url, expected) in cases {
            assert_eq!(endpoint(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn what_an_answer_rejects_is_read() {
        let cases: [(&str, usize); 6] = [
            ("", 0),
            ("{}", 0),
            (r#"{"partialSuccess": {}}"#, 0),
            (r#"{"partialSuccess": {"rejectedSpans": 2, "errorMessage": "too old"}}"#, 2),
            (r#"{"partialSuccess": {"rejectedSpans": "2"}}"#, 2),
            ("<html>", 0),
        ];
        for (answer, expected) in cases {
            assert_eq!(rejected(answer.as_bytes()), expected, "{answer}");
        }
    }
}
