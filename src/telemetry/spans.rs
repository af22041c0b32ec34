//! What a batch goes through, as spans for a collector of OpenTelemetry, where one is configured. A batch is a trace of its own,
//! with a link to each input whose sender samples its trace; a batch without such an input is not told. What leaves carries its
//! sender's trace on as it came: a stored record must be the same whoever looks on, and a span that is lost is then nobody's
//! parent. Here are the spans alone: where they go is up to who [starts](start) it, and nothing may wait for that.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::global::{BoxedSpan, BoxedTracer};
use opentelemetry::trace::{
    Link, Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};

use super::Stage;

static TRACER: OnceLock<BoxedTracer> = OnceLock::new();

/// Tells this tracer from now on what batches go through. It samples all it is told.
pub fn start(tracer: BoxedTracer) {
    // Who starts twice goes on with the first.
    let _ = TRACER.set(tracer);
}

/// The trace of a batch, and its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Under {
    trace: TraceId,
    root: SpanId,
}

impl Under {
    /// A stage that has just ended.
    pub fn stage(self, stage: Stage, took: Duration) {
        let Some(tracer) = TRACER.get() else { return };
        let root = SpanContext::new(self.trace, self.root, TraceFlags::SAMPLED, false, TraceState::NONE);
        let (ended, root) = (SystemTime::now(), Context::new().with_remote_span_context(root));
        let span = tracer.span_builder(stage.name()).with_start_time(before(ended, took));
        span.start_with_context(tracer, &root).end_with_timestamp(ended);
    }
}

/// A batch that is told once it has ended.
#[derive(Debug)]
pub struct BatchSpan(BoxedSpan);

impl BatchSpan {
    /// A batch that was begun to be taken at a moment; none where nobody is told, or no sender samples.
    pub fn of(begun: Instant, inputs: usize, links: impl Iterator<Item = SpanContext>) -> Option<Self> {
        let tracer = TRACER.get()?;
        let links: Vec<Link> = links.map(Link::with_context).collect();
        if links.is_empty() {
            return None;
        }
        let inputs = i64::try_from(inputs).unwrap_or(i64::MAX);
        let span = tracer
            .span_builder("batch")
            .with_kind(SpanKind::Consumer)
            .with_start_time(before(SystemTime::now(), begun.elapsed()))
            .with_attributes([KeyValue::new("messaging.batch.message_count", inputs)])
            .with_links(links);
        Some(Self(span.start_with_context(tracer, &Context::new())))
    }

    /// Where the spans of its stages belong.
    pub fn under(&self) -> Under {
        let root = self.0.span_context();
        Under { trace: root.trace_id(), root: root.span_id() }
    }

    /// It has ended: well, or why not.
    pub fn end(mut self, error: Option<&'static str>) {
        if let Some(error) = error {
            self.0.set_status(Status::error(error));
        }
        self.0.end();
    }
}

fn before(ended: SystemTime, took: Duration) -> SystemTime {
    ended.checked_sub(took).unwrap_or(ended)
}
