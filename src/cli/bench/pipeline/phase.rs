//! One phase: a worker with its own topics, group and database, a producer and a reader, watched from outside.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use super::PARTNER;
use super::database::{Server, Written};
use super::kafka::{self, Cluster, Counts, Pace};
use super::messages::Messages;
use super::usage::{Usage, resident_kib};
use crate::bench::latency::Latency;
use crate::broker::TakeLimits;
use crate::broker::kafka::{KafkaBroker, KafkaSettings};
use crate::pipeline::records::Topics;
use crate::pipeline::stages::Stages;
use crate::pipeline::worker::{Settings, Totals, Worker};
use crate::store::postgres::{PostgresSettings, PostgresStore, migrate};

/// How long the worker may take to come up, and the last messages to be answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// What all phases have in common.
pub(super) struct Bench {
    pub(super) cluster: Cluster,
    pub(super) server: Server,
    pub(super) messages: Arc<Messages>,
    pub(super) partitions: u64,
    pub(super) workers: u64,
    pub(super) batch: usize,
    pub(super) warm_up: Duration,
    /// What the names of topics and databases begin with.
    pub(super) run: String,
}

/// A phase.
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) pace: Pace,
    pub(super) lasting: Duration,
}

/// What was measured.
pub(super) struct Measured {
    pub(super) name: &'static str,
    /// Messages answered while it counted, and how long that was.
    pub(super) answered: u64,
    pub(super) seconds: f64,
    /// The fewest messages that were answered in a whole second of it.
    pub(super) slowest_second: u64,
    /// Seconds of processor time, by program and thread.
    pub(super) usage: Vec<(String, f64)>,
    /// This process's memory when it began to count, at most, and at the end.
    pub(super) memory_kib: Option<[u64; 3]>,
    /// All messages of the phase, and what was written for them.
    pub(super) messages: u64,
    pub(super) written: Written,
    /// Microseconds from when a message was due to when its answer was read, where messages were due at a time.
    pub(super) latency: Option<Latency>,
}

impl Measured {
    /// Messages a second.
    pub(super) fn rate(&self) -> f64 {
        self.answered as f64 / self.seconds
    }
}

impl Bench {
    /// Runs a phase.
    pub(super) fn run<S: Stages + 'static>(&self, phase: &Phase, stages: impl Fn() -> Result<S>) -> Result<Measured> {
        let prefix = format!("{}.{}", self.run, phase.name);
        let topic = |name: &str| format!("{prefix}.{name}");
        let (inbound, acknowledgements) = (topic("in"), topic("acknowledgements"));
        let (transfers, rejected) = (topic("transfers"), topic("rejected"));
        let all = [&inbound, &acknowledgements, &transfers, &rejected].map(String::as_str);
        self.cluster.make(&all.map(|name| (name, self.partitions as i32)))?;
        let database = prefix.replace(['.', '-'], "_");
        let url = self.server.make(&database)?;
        migrate(&store_settings(&url, &database))?;
        self.server.settle()?;
        let log = self.server.log()?;
        let topics = Topics {
            acknowledgements: acknowledgements.clone(),
            transfers: transfers.clone(),
            rejected: rejected.clone(),
            ..Topics::default()
        };
        let workers = (1..=self.workers)
            .map(|number| self.worker(stages()?, (&prefix, number), &url, &inbound, topics.clone()))
            .collect::<Result<_>>()?;
        let measured = self.measure(phase, workers, &inbound, &acknowledgements)?;
        // The server counts a session's rows when it ends.
        std::thread::sleep(Duration::from_secs(1));
        let written = self.server.written(&database, log)?;
        self.cluster.remove(&all)?;
        self.server.remove(&database)?;
        Ok(Measured { written, ..measured })
    }

    fn worker<S: Stages>(
        &self,
        stages: S,
        (group, number): (&str, u64),
        url: &str,
        inbound: &str,
        topics: Topics,
    ) -> Result<Worker<S, KafkaBroker, PostgresStore>> {
        let name = format!("{group}-{number}");
        let sinks = [&topics.acknowledgements, &topics.transfers, &topics.rejected].map(Clone::clone).to_vec();
        let broker = KafkaBroker::connect(KafkaSettings {
            bootstrap_servers: self.cluster.0.clone(),
            group: group.to_owned(),
            worker: name.clone(),
            sources: vec![inbound.to_owned()],
            sinks,
            message_bytes: 1_000_000,
            properties: BTreeMap::new(),
        })?;
        let store = PostgresStore::open(store_settings(url, &name))?;
        let take = TakeLimits { inputs: self.batch, ..TakeLimits::default() };
        let partners = BTreeMap::from([(inbound.to_owned(), PARTNER.to_owned())]);
        let settings = Settings { name, partners, topics, take, key_window: None };
        Ok(Worker::new(stages, broker, store, settings))
    }

    fn measure<S: Stages + 'static>(
        &self,
        phase: &Phase,
        mut workers: Vec<Worker<S, KafkaBroker, PostgresStore>>,
        inbound: &str,
        acknowledgements: &str,
    ) -> Result<Measured> {
        let counts = Arc::new(Counts::default());
        let stop = Arc::new(AtomicBool::new(false));
        let until = Instant::now() + PATIENCE;
        let share = (self.partitions / self.workers) as usize;
        while workers.iter().map(Worker::lanes).sum::<usize>() < self.partitions as usize
            || workers.iter().any(|worker| worker.lanes() < share)
        {
            ensure!(Instant::now() < until, "the workers do not get their partitions");
            workers.iter_mut().try_for_each(|worker| worker.step().map(|_| ()))?;
        }
        let mut threads = Vec::new();
        for mut worker in workers {
            let told = Arc::clone(&stop);
            let run = move || worker.run(&told).map(|()| worker.totals()).map_err(|error| anyhow!(error));
            threads.push(thread("worker", run)?);
        }
        let begun = Instant::now();
        let counted = begun + self.warm_up;
        let samples = Arc::new(Mutex::new(Vec::new()));
        let reader = {
            let (cluster, topic, counts) = (self.cluster.clone(), acknowledgements.to_owned(), Arc::clone(&counts));
            let (samples, partitions, pace) = (Arc::clone(&samples), self.partitions as i32, phase.pace);
            thread("reader", move || {
                let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
                kafka::read(&cluster, &topic, partitions, &counts, |number, now| {
                    let Pace::EachSecond(rate) = pace else { return };
                    let due = begun + Duration::from_secs_f64(number as f64 / rate);
                    if due >= counted {
                        samples.push(u32::try_from(now.saturating_duration_since(due).as_micros()).unwrap_or(u32::MAX));
                    }
                })
            })?
        };
        let producer = {
            let (cluster, topic, counts) = (self.cluster.clone(), inbound.to_owned(), Arc::clone(&counts));
            let (messages, partitions, pace) = (Arc::clone(&self.messages), self.partitions, phase.pace);
            thread("producer", move || kafka::produce(&cluster, &topic, partitions, &messages, (pace, begun), &counts))?
        };
        std::thread::sleep(self.warm_up);
        let watched = watch(&counts, phase.lasting, || {
            let workers = threads.iter().any(JoinHandle::is_finished);
            workers || [&reader, &producer].iter().any(|thread| thread.is_finished())
        });
        counts.enough.store(true, Ordering::Relaxed);
        joined(producer)?;
        let fallen = threads.iter().any(JoinHandle::is_finished);
        let answered = if fallen { Ok(()) } else { kafka::wait_for_answers(&counts, PATIENCE) };
        counts.end.store(true, Ordering::Relaxed);
        stop.store(true, Ordering::Relaxed);
        joined(reader)?;
        let totals = threads.into_iter().map(joined).collect::<Result<Vec<_>>>()?;
        answered?;
        let messages = counts.produced.load(Ordering::Relaxed);
        all_accepted(&totals, messages)?;
        let samples = std::mem::take(&mut *samples.lock().unwrap_or_else(PoisonError::into_inner));
        let latency = Some(samples).filter(|samples| !samples.is_empty()).map(Latency::of);
        let written = Written { rows: 0, log_bytes: 0, bytes: 0 };
        let Watched { answered, seconds, slowest_second, usage, memory_kib } = watched;
        Ok(Measured {
            name: phase.name,
            answered,
            seconds,
            slowest_second,
            usage,
            memory_kib,
            messages,
            written,
            latency,
        })
    }
}

/// A figure counts only if every message was accepted, booked and answered once.
fn all_accepted(totals: &[Totals], messages: u64) -> Result<()> {
    let sum = |of: fn(&Totals) -> u64| totals.iter().map(of).sum::<u64>();
    let [accepted, transfers, replies] = [sum(|all| all.accepted), sum(|all| all.transfers), sum(|all| all.replies)];
    ensure!(
        [accepted, transfers, replies] == [messages; 3],
        "of {messages} messages {accepted} were accepted, with {transfers} transfers and {replies} answers"
    );
    Ok(())
}

fn store_settings(url: &str, worker: &str) -> PostgresSettings {
    PostgresSettings { url: url.to_owned(), password: None, ca_file: None, worker: worker.to_owned() }
}

struct Watched {
    answered: u64,
    seconds: f64,
    slowest_second: u64,
    usage: Vec<(String, f64)>,
    memory_kib: Option<[u64; 3]>,
}

/// Looks on, second by second; ends early when something has `ended`.
fn watch(counts: &Counts, lasting: Duration, ended: impl Fn() -> bool) -> Watched {
    let answered = || counts.answered.load(Ordering::Relaxed);
    let (begun, before, used) = (Instant::now(), answered(), Usage::now());
    let memory = resident_kib();
    let (mut most, mut slowest_second, mut last) = (memory, u64::MAX, before);
    while begun.elapsed() < lasting && !ended() {
        let second = Duration::from_secs(1).min(lasting.saturating_sub(begun.elapsed()));
        std::thread::sleep(second);
        let now = answered();
        if second.as_millis() >= 999 {
            slowest_second = slowest_second.min(now - last);
        }
        last = now;
        most = most.max(resident_kib());
    }
    let (answered, seconds) = (answered() - before, begun.elapsed().as_secs_f64());
    let memory_kib = memory.zip(most).zip(resident_kib()).map(|((begin, most), end)| [begin, most, end]);
    let usage = Usage::now().since(&used);
    Watched { answered, seconds, slowest_second: slowest_second.min(answered), usage, memory_kib }
}

fn thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<JoinHandle<Result<T>>> {
    Builder::new().name(name.to_owned()).spawn(run).with_context(|| format!("cannot start the {name}"))
}

fn joined<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    let name = thread.thread().name().unwrap_or_default().to_owned();
    thread.join().map_err(|_| anyhow!("the {name} fell"))?.with_context(|| format!("the {name}"))
}
