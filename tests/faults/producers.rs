//! The partners' producers: each sends its stream to its topic and notes what was acknowledged.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};

use super::ledger::{Ledger, Sent};
use super::messages::{Messages, Stream};
use crate::random::Random;

/// Producers at work.
pub struct Producers {
    state: Arc<State>,
    threads: Vec<JoinHandle<()>>,
}

struct State {
    ledger: Ledger,
    /// So many messages may be sent in all.
    released: AtomicUsize,
    sent: AtomicUsize,
    pause_ms: AtomicUsize,
    stop: AtomicBool,
}

struct Notes(Arc<State>);

impl ClientContext for Notes {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Notes {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        // The producer has no time-out: what it is given is acknowledged some time.
        let message = result.as_ref().unwrap_or_else(|(error, _)| panic!("a producer lost a message: {error}"));
        self.0.ledger.note(Sent { offset: message.offset(), ..*sent });
    }
}

impl Producers {
    pub fn start(config: &ClientConfig, ledger: &Path, streams: &[Stream], seed: u64) -> Self {
        let state = Arc::new(State {
            ledger: Ledger::create(ledger),
            released: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
            pause_ms: AtomicUsize::new(50),
            stop: AtomicBool::new(false),
        });
        let thread = |stream: &Stream| {
            let notes = Notes(Arc::clone(&state));
            let producer: ThreadedProducer<Notes> = config
                .clone()
                .set("enable.idempotence", "true")
                .set("message.timeout.ms", "0")
                .set("message.max.bytes", "2000000")
                .create_with_context(notes)
                .unwrap();
            let (state, messages) = (Arc::clone(&state), Messages::new(*stream, seed));
            let random = Random::new(seed ^ 0xABCD);
            std::thread::spawn(move || produce(&producer, &state, messages, random))
        };
        let threads = streams.iter().map(thread).collect();
        Self { state, threads }
    }

    /// Lets so many more messages go, spread over about this time.
    pub fn release(&self, messages: usize, over: Duration) {
        let pause = over.as_millis() as usize * self.threads.len() / messages.max(1);
        self.state.pause_ms.store(pause.max(1), Ordering::SeqCst);
        self.state.released.fetch_add(messages, Ordering::SeqCst);
    }

    /// How many messages were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.state.ledger.len()
    }

    /// Waits until all that was released is acknowledged.
    pub fn settle(&self, within: Duration) {
        self.state.pause_ms.store(1, Ordering::SeqCst);
        let (until, released) = (Instant::now() + within, self.state.released.load(Ordering::SeqCst));
        while self.acknowledged() < released {
            assert!(Instant::now() < until, "{} of {released} messages acknowledged", self.acknowledged());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn finish(self) {
        self.state.stop.store(true, Ordering::SeqCst);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

fn produce(producer: &ThreadedProducer<Notes>, state: &State, mut messages: Messages, mut random: Random) {
    while !state.stop.load(Ordering::SeqCst) {
        let mine = state.sent.fetch_add(1, Ordering::SeqCst);
        if mine >= state.released.load(Ordering::SeqCst) {
            state.sent.fetch_sub(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            continue;
        }
        let (sent, bytes) = messages.next();
        let (topic, partition) = (sent.topic.clone(), sent.partition);
        let mut record =
            BaseRecord::<str, [u8], _>::with_opaque_to(&topic, Box::new(sent)).partition(partition).payload(&bytes);
        while let Err((error, back)) = producer.send(record) {
            assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), "{topic}");
            record = back;
            std::thread::sleep(Duration::from_millis(10));
        }
        // Some come in bursts.
        if random.below(3) > 0 {
            let pause = state.pause_ms.load(Ordering::SeqCst) * 3;
            std::thread::sleep(Duration::from_millis(random.below(pause.max(1)) as u64));
        }
    }
    producer.flush(Duration::from_secs(60)).unwrap();
}
