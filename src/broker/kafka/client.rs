//! The two clients of librdkafka that a worker has, and what they are told.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use tracing::{debug, info, warn};

use super::refusal::Refusal;
use crate::broker::BrokerError;

/// What the worker needs to know of a Kafka cluster.
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// Host and port of some brokers, with commas between.
    pub bootstrap_servers: String,
    /// The consumer group, shared by all workers of one database.
    pub group: String,
    /// The name of this worker: no other may run under it at the same time.
    pub worker: String,
    /// The topics to read.
    pub sources: Vec<String>,
    /// The topics to write.
    pub sinks: Vec<String>,
    /// How many bytes a record that leaves may have.
    pub message_bytes: usize,
    /// Further settings for librdkafka, such as those for TLS.
    pub properties: BTreeMap<String, String>,
}

/// The settings that payflow's promise rests on. A configuration can't change them.
const CONSUMER: &[(&str, &str)] = &[
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // A position is always told; where the topic does not hold it, that is an error and never a jump.
    ("auto.offset.reset", "error"),
    ("isolation.level", "read_committed"),
    // Not a cooperative one: docs/decisions/0004-sharing-sources.md says why.
    ("partition.assignment.strategy", "range"),
];

/// As [`CONSUMER`]. The message time-out lies below the transaction's, so that no message outlives its transaction. Brokers look
/// for transactions that have had their time every 10 s only, and until then nobody can tell how far a worker was that is gone.
const PRODUCER: &[(&str, &str)] = &[
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("transaction.timeout.ms", "7000"),
    ("message.timeout.ms", "5500"),
    // The partition that Java's clients choose for a key, so that all producers to a topic agree.
    ("partitioner", "murmur2_random"),
];

/// What to do about a record that is refused for its size.
const TOO_LARGE: &str = ": raise the topic's max.message.bytes, or lower kafka.message_bytes and start anew";

/// The names that stand in the configuration under another one.
const OWN: &[&str] =
    &["bootstrap.servers", "group.id", "group.instance.id", "transactional.id", "transaction.timeout.ms"];

/// Whether a setting for librdkafka is payflow's own to make.
pub fn is_reserved(name: &str) -> bool {
    OWN.contains(&name) || CONSUMER.iter().chain(PRODUCER).any(|(own, _)| *own == name)
}

/// What librdkafka says against a setting; `None` where it takes it.
pub fn refusal(name: &str, value: &str) -> Option<String> {
    match ClientConfig::new().set(name, value).create_native_config().err()? {
        KafkaError::ClientConfig(_, said, ..) => Some(said.trim_end().to_owned()),
        error => Some(error.to_string()),
    }
}

impl KafkaSettings {
    fn base(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap_servers).set("client.id", format!("payflow-{}", self.worker));
        // A broker that comes back is noticed soon.
        config.set("reconnect.backoff.max.ms", "2000").set("topic.metadata.refresh.interval.ms", "10000");
        // Whatever a topic holds is taken: what is too large is for the limits to say.
        config.set("receive.message.max.bytes", "1000000000");
        for (name, value) in self.properties.iter().filter(|(name, _)| !is_reserved(name)) {
            config.set(name, value);
        }
        config.set_log_level(RDKafkaLogLevel::Info);
        config
    }

    /// A member of the group under the worker's name, so that one that comes back gets its partitions back at once.
    pub(super) fn consumer(&self) -> Result<BaseConsumer<Membership>, BrokerError> {
        let mut config = self.base();
        config.set("group.id", &self.group).set("group.instance.id", &self.worker);
        for (name, value) in CONSUMER {
            config.set(*name, *value);
        }
        config.create_with_context(Membership::default()).map_err(|e| settings_error(&e))
    }

    /// A consumer beside the group: it knows the group's offsets, and is no member.
    pub(super) fn reader(&self) -> Result<BaseConsumer<Membership>, BrokerError> {
        let mut config = self.base();
        config.set("group.id", &self.group).set("enable.partition.eof", "true").set("fetch.wait.max.ms", "50");
        config.set("statistics.interval.ms", "100");
        for (name, value) in CONSUMER {
            config.set(*name, *value);
        }
        config.create_with_context(Membership::default()).map_err(|e| settings_error(&e))
    }

    /// A producer whose transactions fence off those of an earlier one under the worker's name.
    pub(super) fn producer(&self) -> Result<BaseProducer<Deliveries>, BrokerError> {
        let mut config = self.base();
        config.set("compression.type", "lz4").set("linger.ms", "1");
        for (name, value) in &self.properties {
            if ["compression.type", "linger.ms"].contains(&name.as_str()) {
                config.set(name, value);
            }
        }
        // The topics' bound is for a batch of records, too.
        config.set("message.max.bytes", self.message_bytes.to_string());
        config.set("batch.size", self.message_bytes.min(1_000_000).to_string());
        config.set("transactional.id", format!("{}-{}", self.group, self.worker));
        for (name, value) in PRODUCER {
            config.set(*name, *value);
        }
        config.create_with_context(Deliveries::default()).map_err(|e| settings_error(&e))
    }
}

fn settings_error(error: &KafkaError) -> BrokerError {
    BrokerError::Fatal(format!("the settings for Kafka are refused: {error}: correct [kafka]"))
}

/// A change of what the group assigns to this member.
pub(super) enum Change {
    /// These partitions, by topic and number, to the member that this was then. Not accepted yet.
    Assigned(Vec<(String, i32)>, Option<Arc<ConsumerGroupMetadata>>),
    /// None any more.
    Revoked,
}

/// Hears of changes in the group. An assignment is only noted: it is accepted when the worker knows where to read on.
/// Partitions are given back at once: nothing is under way while the worker listens.
#[derive(Default)]
pub(super) struct Membership {
    changes: Mutex<VecDeque<Change>>,
    closing: AtomicBool,
    /// Where partitions last ended, of a client that tells statistics.
    ends: Mutex<HashMap<(String, i32), i64>>,
    pub(super) complaints: Complaints,
}

impl Membership {
    /// The offset at which a partition last ended: everything before it has been told. Below zero until it has ended.
    pub(super) fn end(&self, topic: &str, partition: i32) -> i64 {
        lock(&self.ends).get(&(topic.to_owned(), partition)).copied().unwrap_or(-1)
    }

    pub(super) fn next_change(&self) -> Option<Change> {
        lock(&self.changes).pop_front()
    }

    /// Whether there is a change that the worker does not know of.
    pub(super) fn has_changed(&self) -> bool {
        !lock(&self.changes).is_empty()
    }

    /// What an earlier client was assigned is gone.
    pub(super) fn revoke(&self) {
        lock(&self.changes).push_back(Change::Revoked);
    }

    /// From now on nothing is accepted any more.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}

impl ClientContext for Membership {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if facility == "FAIL" {
            // That a connection was closed is told here alone, after the name of the client's thread.
            let reason = text.split_once("]: ").map_or(text, |(_, reason)| reason);
            self.complaints.hear(RDKafkaErrorCode::BrokerTransportFailure, reason);
        }
        log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complaints.tell(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let topics = statistics.topics.into_values();
        let ends = topics.flat_map(|topic| {
            let partitions = topic.partitions.into_values();
            partitions.map(move |partition| ((topic.topic.clone(), partition.partition), partition.eof_offset))
        });
        *lock(&self.ends) = ends.collect();
    }
}

impl ConsumerContext for Membership {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let assigned = event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if assigned && !self.closing.load(Ordering::Relaxed) {
            let list = partitions.elements().iter().map(|p| (p.topic().to_owned(), p.partition())).collect();
            // Of now: when this change is taken note of, the group may have gone on.
            let membership = consumer.group_metadata().map(Arc::new);
            lock(&self.changes).push_back(Change::Assigned(list, membership));
            return;
        }
        if let Err(error) = consumer.unassign() {
            warn!("Kafka: giving partitions back: {error}");
        }
        lock(&self.changes).push_back(Change::Revoked);
    }
}

/// Hears what became of the messages of a transaction.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    failure: Mutex<Option<String>>,
    complaints: Complaints,
}

impl Deliveries {
    pub(super) fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.complaints.tell(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        use rdkafka::Message;
        if let Err((error, message)) = result {
            let advice = match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => TOO_LARGE,
                _ => "",
            };
            lock(&self.failure).get_or_insert_with(|| format!("a record for {}: {error}{advice}", message.topic()));
        }
    }
}

/// Errors of the connection. librdkafka tells some hundreds of times a second that no broker is there: once in a while is
/// enough.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    /// By the number of the error.
    told: Mutex<HashMap<i32, Instant>>,
    heard: Mutex<Heard>,
}

/// What brokers made of this client.
#[derive(Debug, Default)]
struct Heard {
    /// Whether one has answered, ever.
    answered: bool,
    /// Which one turned it away since, and when.
    refusal: Option<(Instant, Refusal)>,
}

impl Complaints {
    pub(super) fn tell(&self, error: &KafkaError, reason: &str) {
        const PAUSE: Duration = Duration::from_secs(10);
        let Some(code) = error.rdkafka_error_code() else { return warn!("Kafka: {error}: {reason}") };
        self.hear(code, reason);
        let (now, mut told) = (Instant::now(), lock(&self.told));
        if told.get(&(code as i32)).is_none_or(|last| now.duration_since(*last) > PAUSE) {
            told.insert(code as i32, now);
            warn!("Kafka: {code}: {reason}");
        }
    }

    fn hear(&self, code: RDKafkaErrorCode, reason: &str) {
        let mut heard = lock(&self.heard);
        // A connection that is closed means little once another one was not.
        if let Some(refusal) = Refusal::of(code, reason).filter(|refusal| refusal.is_final() || !heard.answered) {
            heard.refusal = Some((Instant::now(), refusal));
        }
    }

    /// Why a broker turned this client away, of late.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        // The same is told by librdkafka every 30 seconds.
        const RECENT: Duration = Duration::from_secs(35);
        let heard = lock(&self.heard);
        heard.refusal.iter().find(|(at, _)| at.elapsed() < RECENT).map(|(_, refusal)| refusal.clone())
    }

    /// A broker has answered.
    pub(super) fn answered(&self) {
        *lock(&self.heard) = Heard { answered: true, refusal: None };
    }
}

/// What librdkafka logs speaks of brokers, topics and groups, never of the content of a message.
fn log(level: RDKafkaLogLevel, facility: &str, text: &str) {
    match level {
        // A failed connection is told as an error, too; and of the settings both clients get all.
        _ if matches!(facility, "FAIL" | "CONFWARN") => debug!("librdkafka: {facility} {text}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => info!("librdkafka: {facility} {text}"),
        RDKafkaLogLevel::Debug => debug!("librdkafka: {facility} {text}"),
        _ => warn!("librdkafka: {facility} {text}"),
    }
}

/// A panic elsewhere leaves these lists whole: each is changed by single calls.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
