//! What a batch goes through, as spans for a collector of OpenTelemetry, where one is configured. A batch is a trace of its own,
//! with a link to each input whose sender samples its trace; a batch without such an input is not told. What leaves carries its
//! sender's trace on as it came: a stored record must be the same whoever looks on, and a span that is lost is then nobody's
//! parent. Telling never waits: what finds no room is lost, and counted.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use super::otlp::{Endpoint, request};
use super::{METRICS, Stage};

/// So many spans may wait.
const ROOM: usize = 2_048;

/// At most so many go in one request.
const TOGETHER: usize = 512;

/// How long the first of a request waits for others.
const LINGER: Duration = Duration::from_secs(1);

/// How long the end of the program waits for what is left.
const FLUSH: Duration = Duration::from_secs(2);

/// The same trouble is logged so often.
const PAUSE: Duration = Duration::from_secs(60);

/// What goes to the thread that tells.
enum Told {
    Span(Span),
    /// Tell what is there, and drop this when that is done.
    Flush(SyncSender<()>),
}

static TELLER: OnceLock<SyncSender<Told>> = OnceLock::new();

/// Something that began and ended.
pub(super) struct Span {
    pub(super) under: Under,
    pub(super) name: &'static str,
    /// Its own number; none for a batch as a whole, which has that of its trace's root.
    pub(super) id: Option<u64>,
    pub(super) ended: DateTime<Utc>,
    pub(super) took: Duration,
    pub(super) inputs: Option<usize>,
    pub(super) links: Vec<Link>,
    pub(super) error: Option<String>,
}

impl Span {
    pub(super) fn begun(&self) -> DateTime<Utc> {
        self.ended - TimeDelta::from_std(self.took).unwrap_or_default()
    }
}

/// An input's place in the trace of its sender, in the digits of its `traceparent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The trace.
    pub trace: String,
    /// The span in it that the input was sent under.
    pub span: String,
}

/// The trace of a batch, and the number of its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Under {
    pub(super) trace: u128,
    pub(super) root: u64,
}

impl Under {
    /// A stage that has just ended.
    pub fn stage(self, stage: Stage, took: Duration) {
        let id = Some(OsRng.next_u64());
        tell(Span {
            under: self,
            name: stage.name(),
            id,
            ended: Utc::now(),
            took,
            inputs: None,
            links: Vec::new(),
            error: None,
        });
    }
}

/// A batch that is told once it has ended.
#[derive(Debug)]
pub struct BatchSpan {
    under: Under,
    begun: Instant,
    inputs: usize,
    links: Vec<Link>,
}

impl BatchSpan {
    /// A batch that was begun to be taken at a moment; none where nobody is told, or no sender samples.
    pub fn of(begun: Instant, inputs: usize, links: impl Iterator<Item = Link>) -> Option<Self> {
        TELLER.get()?;
        let links: Vec<Link> = links.collect();
        let number = || u128::from(OsRng.next_u64());
        let under = Under { trace: number() << 64 | number(), root: OsRng.next_u64() };
        let batch = Self { under, begun, inputs, links };
        (!batch.links.is_empty()).then_some(batch)
    }

    /// Where the spans of its stages belong.
    pub fn under(&self) -> Under {
        self.under
    }

    /// It has ended: well, or why not.
    pub fn end(self, error: Option<&str>) {
        let Self { under, begun, inputs, links } = self;
        let (ended, took, error) = (Utc::now(), begun.elapsed(), error.map(str::to_owned));
        tell(Span { under, name: "batch", id: None, ended, took, inputs: Some(inputs), links, error });
    }
}

fn tell(span: Span) {
    if let Some(teller) = TELLER.get()
        && let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = teller.try_send(Told::Span(span))
    {
        METRICS.spans_lost(1);
    }
}

/// Tells a collector from now on what batches go through, as a worker of this name.
///
/// # Errors
/// When there can be no thread for it.
pub fn start(endpoint: Endpoint, worker: String) -> std::io::Result<()> {
    let (teller, told) = sync_channel(ROOM);
    Builder::new().name("spans".to_owned()).spawn(move || run(&told, &endpoint, &worker))?;
    // Who starts twice goes on with the first.
    let _ = TELLER.set(teller);
    Ok(())
}

/// Waits until what is left is told, and not for long.
pub fn flush() {
    let Some(teller) = TELLER.get() else { return };
    // It is not sent on, but dropped once all is told.
    let (ack, acked) = sync_channel(0);
    let until = Instant::now() + FLUSH;
    let mut flush = Told::Flush(ack);
    while let Err(TrySendError::Full(back)) = teller.try_send(flush) {
        if Instant::now() > until {
            return;
        }
        flush = back;
        std::thread::sleep(Duration::from_millis(10));
    }
    // A collector that takes longer is not waited for.
    let _ = acked.recv_timeout(until.saturating_duration_since(Instant::now()));
}

fn run(told: &Receiver<Told>, endpoint: &Endpoint, worker: &str) {
    let mut warned: Option<Instant> = None;
    while let Ok(first) = told.recv() {
        let (spans, flushed) = collect(first, told);
        if !spans.is_empty()
            && let Err(problem) = endpoint.post(&request(worker, &spans))
        {
            METRICS.spans_lost(spans.len() as u64);
            if warned.is_none_or(|at| at.elapsed() > PAUSE) {
                warned = Some(Instant::now());
                warn!(spans = spans.len(), "spans are lost: {endpoint}: {problem}");
            }
        }
        drop(flushed);
    }
}

/// What goes into one request, and who waits for it.
fn collect(first: Told, told: &Receiver<Told>) -> (Vec<Span>, Option<SyncSender<()>>) {
    let (mut spans, until, mut next) = (Vec::new(), Instant::now() + LINGER, Ok(first));
    loop {
        match next {
            Ok(Told::Span(span)) => spans.push(span),
            Ok(Told::Flush(ack)) => return (spans, Some(ack)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return (spans, None),
        }
        if spans.len() >= TOGETHER {
            return (spans, None);
        }
        next = told.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}
