//! Apache Kafka, through librdkafka.
//!
//! The group says which partitions a worker reads; where it reads them is told by the store. One Kafka transaction
//! publishes rows and commits the group's offset, with the number of the last published row as the offset's metadata:
//! so the lag that any tool shows for the group is the true lag, answers included. Kafka's transactions do not include
//! the store; what fails here is never undone there. Must not know the store.

#[cfg(feature = "tls")]
mod certificate;
mod client;
mod lookup;
mod publish;
mod publisher;
mod refusal;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Timestamp};
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use tracing::{debug, info, warn};

use client::{Change, Membership};
pub use client::{KafkaSettings, is_reserved, refusal};
use publish::Failure;
#[cfg(all(feature = "cli", feature = "postgres"))]
pub(crate) use publish::hear_all;
use publisher::Publisher;

use super::trace::Trace;
use super::{Broker, BrokerError, Committed, Extent, Input, Publication, Source, TakeLimits, Taken};

/// How long a question to the cluster may take. Longer than a transaction's time-out: what is committed can only be
/// told when no transaction over it is open.
const ASK: Duration = Duration::from_secs(20);

/// How long it may take to tell the lag: inputs wait meanwhile.
const ASK_LAG: Duration = Duration::from_secs(1);

/// How long a client is asked before it is heard whether brokers turn it away; twice as long each time.
const TURN: Duration = Duration::from_secs(1);

/// How long it is heard.
const TURN_HEARD: Duration = Duration::from_millis(50);

/// How long to listen for the group's word when another producer has come under this worker's name: longer than the
/// time between two heartbeats.
const HEAR: Duration = Duration::from_secs(4);

/// Between two looks for a further input.
const REST: Duration = Duration::from_millis(1);

/// So many consumers within this time, and the worker gives up.
const GIVE_UP: (Duration, usize) = (Duration::from_secs(60), 4);

/// A worker's place in a Kafka cluster.
pub struct KafkaBroker {
    settings: KafkaSettings,
    /// The cluster's id, once the group is joined.
    cluster: Option<Arc<str>>,
    consumer: BaseConsumer<Membership>,
    /// There is none after an error, until [`Broker::renew`].
    publisher: Option<Publisher>,
    /// The membership under which the partitions were assigned. It is of the moment when that was heard, so that a commit
    /// for partitions that were lost meanwhile is refused.
    membership: Option<Arc<ConsumerGroupMetadata>>,
    fenced: bool,
    /// Whether a topic may be missing: something failed that a missing one would make fail.
    doubtful: bool,
    /// When a consumer that could not go on was replaced, of late.
    replaced: Vec<Instant>,
    /// Whether it is beside the group, and no member.
    outside: bool,
    /// Of a source that is read up to an offset: up to where no input stands from there on.
    bare: BTreeMap<Source, (i64, i64)>,
}

impl KafkaBroker {
    /// A place in the cluster. It joins the group once the cluster answers: a worker may come up before its brokers do.
    pub fn connect(settings: KafkaSettings) -> Result<Self, BrokerError> {
        let consumer = settings.consumer()?;
        Ok(Self::new(settings, consumer, None, false))
    }

    fn new(
        settings: KafkaSettings,
        consumer: BaseConsumer<Membership>,
        membership: Option<Arc<ConsumerGroupMetadata>>,
        outside: bool,
    ) -> Self {
        let (cluster, publisher, replaced, bare) = (None, None, Vec::new(), BTreeMap::new());
        let (fenced, doubtful) = (false, false);
        Self { settings, cluster, consumer, publisher, membership, fenced, doubtful, replaced, outside, bare }
    }

    /// A place beside the group, under a name of its own, for who mends a source while no worker is there.
    pub fn outside(mut settings: KafkaSettings) -> Result<Self, BrokerError> {
        settings.worker += "-source";
        let consumer = settings.reader()?;
        let membership = consumer.group_metadata().map(Arc::new);
        let mut outside = Self::new(settings, consumer, membership, true);
        outside.cluster = Some(outside.look()?);
        Ok(outside)
    }

    /// Joins the group, once all topics are there.
    fn join(&mut self) -> Result<(), BrokerError> {
        let cluster = self.look()?;
        let KafkaSettings { sources, group, worker, .. } = &self.settings;
        subscribe(&self.consumer, sources)?;
        info!(%cluster, group, worker, "joined the group of the Kafka cluster");
        self.cluster = Some(cluster);
        Ok(())
    }

    /// Checks that all topics are there, and asks for the cluster's id.
    fn look(&self) -> Result<Arc<str>, BrokerError> {
        self.check_topics()?;
        let cluster = self.consumer.client().fetch_cluster_id(ASK);
        cluster.map(Arc::from).ok_or_else(|| BrokerError::Retry("the cluster does not tell its id".to_owned()))
    }

    fn check_topics(&self) -> Result<(), BrokerError> {
        let KafkaSettings { sources, sinks, .. } = &self.settings;
        sources.iter().chain(sinks).try_for_each(|topic| self.check_topic(topic))
    }

    fn check_topic(&self, topic: &str) -> Result<(), BrokerError> {
        let metadata = self.metadata(topic)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        if found.and_then(MetadataTopic::error) == Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
            return Err(BrokerError::Fatal(format!("the topic {topic} is closed to this user: {}", self.grants())));
        }
        if found.is_some_and(|found| !found.partitions().is_empty()) {
            return Ok(());
        }
        let servers = &self.settings.bootstrap_servers;
        Err(BrokerError::Fatal(format!(
            "the topic {topic} does not exist: create it, for example by kafka-topics.sh --bootstrap-server {servers} \
             --create --topic {topic} --partitions 6 --replication-factor 3 --config min.insync.replicas=2"
        )))
    }

    /// What is known of a topic. A client that brokers turn away goes on trying, and tells why only when it is heard.
    fn metadata(&self, topic: &str) -> Result<Metadata, BrokerError> {
        let (until, complaints) = (Instant::now() + ASK, &self.consumer.context().complaints);
        let mut turn = TURN;
        let servers = &self.settings.bootstrap_servers;
        loop {
            let error = match self.consumer.fetch_metadata(Some(topic), turn) {
                Ok(metadata) => {
                    complaints.answered();
                    return Ok(metadata);
                }
                Err(error) => error,
            };
            self.hear();
            match complaints.refusal() {
                Some(refusal) if refusal.is_final() => {
                    let refusal = refusal.looked_into(self.settings.properties.get("ssl.ca.location"));
                    return Err(BrokerError::Fatal(format!("Kafka at {servers}: {refusal}")));
                }
                Some(refusal) => return Err(BrokerError::Retry(format!("Kafka at {servers}: {refusal}"))),
                None if Instant::now() > until => {
                    return Err(BrokerError::Retry(format!("no answer from Kafka at {servers}: {error}")));
                }
                None => turn *= 2,
            }
        }
    }

    /// Hears what the client has to say, before anything is read. An input that comes is read again later.
    fn hear(&self) {
        let until = Instant::now() + TURN_HEARD;
        while Instant::now() < until {
            drop(self.consumer.poll(until.saturating_duration_since(Instant::now())));
        }
    }

    /// What a user of a cluster with access control must be allowed to do.
    fn grants(&self) -> String {
        let KafkaSettings { group, worker, .. } = &self.settings;
        format!(
            "payflow needs Read of the sources and of the group {group}, Write to the topics that answers leave by and of the \
             transactional id {group}-{worker} (kafka-acls.sh --add)"
        )
    }

    fn source(&self, topic: &str, partition: i32) -> Result<Source, BrokerError> {
        let cluster = self.cluster.clone().ok_or_else(|| BrokerError::Retry("Kafka: not joined yet".to_owned()))?;
        Ok(Source { cluster, topic: Arc::from(topic), partition })
    }

    /// Takes note of a change in the group.
    fn changed(&mut self, change: Change) -> Result<Taken, BrokerError> {
        let Change::Assigned(partitions, membership) = change else {
            self.membership = None;
            return Ok(Taken::Revoked);
        };
        self.membership = membership;
        if partitions.is_empty() {
            // There is no position to wait for, so the assignment is accepted as it is.
            self.consumer.assign(&TopicPartitionList::new()).map_err(retry("assign"))?;
        }
        let sources = partitions.iter().map(|(topic, partition)| self.source(topic, *partition));
        Ok(Taken::Assigned(sources.collect::<Result<_, _>>()?))
    }

    fn taken(&self, message: &BorrowedMessage<'_>) -> Result<Input, BrokerError> {
        let appended = match message.timestamp() {
            Timestamp::LogAppendTime(millis) => DateTime::from_timestamp_millis(millis),
            Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
        };
        Ok(Input {
            source: self.source(message.topic(), message.partition())?,
            offset: message.offset(),
            received_at: appended.unwrap_or_else(Utc::now),
            bytes: message.payload().unwrap_or_default().to_vec(),
            file: None,
            trace: message.headers().and_then(|headers| {
                Trace::of(headers.iter().map(|header| (header.key, header.value.unwrap_or_default())))
            }),
        })
    }

    /// What the consumer says of itself: whether it can't go on, must be told its position anew, or goes on by itself.
    fn complaint(&mut self, error: KafkaError) -> Result<(), BrokerError> {
        self.alive()?;
        match error {
            KafkaError::MessageConsumptionFatal(code) => Err(self.replace(code, &format!("Kafka: {code}"))),
            KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Err(BrokerError::Retry("a source does not hold the position it is read from".to_owned()))
            }
            KafkaError::MessageConsumption(
                code @ (RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic),
            ) => {
                self.doubtful = true;
                Err(BrokerError::Retry(format!("Kafka: a source is missing: {code}")))
            }
            KafkaError::MessageConsumption(
                code @ (RDKafkaErrorCode::GroupAuthorizationFailed | RDKafkaErrorCode::TopicAuthorizationFailed),
            ) => Err(BrokerError::Retry(format!("Kafka: {code}: {}", self.grants()))),
            KafkaError::PartitionEOF(_) => Ok(()),
            other => {
                self.consumer.context().complaints.tell(&other, "the consumer goes on");
                Ok(())
            }
        }
    }

    /// Whether a transaction is under way, unless one has failed.
    fn publishes(&mut self) -> Result<bool, BrokerError> {
        let looked = self.publisher.as_mut().map_or(Ok(()), Publisher::look);
        self.told(looked)?;
        Ok(self.publisher.as_ref().is_some_and(Publisher::is_busy))
    }

    /// Whether what was published is out; if not, the producer is given up.
    fn told(&mut self, outcome: Result<(), Failure>) -> Result<(), BrokerError> {
        outcome.map_err(|failure| {
            self.publisher = None;
            (self.fenced, self.doubtful) = (failure.fenced, true);
            BrokerError::Retry(format!("Kafka transaction: {}", failure.text))
        })
    }

    /// Sees that the consumer can go on.
    fn alive(&mut self) -> Result<(), BrokerError> {
        match self.consumer.client().fatal_error() {
            None => Ok(()),
            Some((code, reason)) => Err(self.replace(code, &format!("Kafka: {code}: {reason}"))),
        }
    }

    /// Builds a consumer in the place of one that can't go on. When a group loses its coordinator, a member may come to be
    /// fenced off by an earlier request of its own: so only who is told the same again and again gives up.
    fn replace(&mut self, code: RDKafkaErrorCode, why: &str) -> BrokerError {
        self.replaced.retain(|at| at.elapsed() < GIVE_UP.0);
        self.replaced.push(Instant::now());
        if self.replaced.len() >= GIVE_UP.1 {
            return BrokerError::Fatal(match code {
                RDKafkaErrorCode::FencedInstanceId | RDKafkaErrorCode::Fenced => {
                    format!("another worker runs under the name {:?}: each needs its own", self.settings.worker)
                }
                _ => why.to_owned(),
            });
        }
        match self.rejoin() {
            Ok(()) => BrokerError::Retry(format!("{why}; joining the group anew")),
            Err(error) => error,
        }
    }

    /// Makes the consumer ready to be dropped.
    fn leave(&self) {
        self.consumer.context().close();
        // An assignment that was never accepted would be waited for.
        if let Err(error) = self.consumer.unassign() {
            warn!("Kafka: giving partitions back: {error}");
        }
    }

    /// Where inputs can be of a source that is read up to an offset.
    fn beyond(&self, source: &Source, next: i64) -> i64 {
        self.bare.get(source).filter(|(from, _)| *from == next).map_or(next, |(_, to)| *to)
    }

    /// The first offset that is there, and the next one.
    fn marks(&self, source: &Source) -> Result<(i64, i64), BrokerError> {
        let ask = || self.consumer.fetch_watermarks(&source.topic, source.partition, ASK);
        // What the client knows of a topic may be from when brokers were away, and it would keep to that for minutes.
        let marks = ask().or_else(|error| match self.consumer.fetch_metadata(Some(&source.topic), ASK) {
            Ok(_) => ask(),
            Err(_) => Err(error),
        });
        marks.map_err(retry("the extent of a source"))
    }

    /// The ends of sources: one question for all of them. In place of a time, it may name the end.
    fn ends(&self, sources: &[&Source]) -> Result<Vec<i64>, BrokerError> {
        let mut ends = TopicPartitionList::with_capacity(sources.len());
        for source in sources {
            ends.add_partition_offset(&source.topic, source.partition, Offset::End).map_err(retry("the lag"))?;
        }
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let ends = self.consumer.offsets_for_times(ends, ASK_LAG).map_err(retry("the lag"))?;
        let end = |source: &&Source| {
            let end = ends.find_partition(&source.topic, source.partition);
            let end = end.ok_or_else(|| BrokerError::Retry(format!("Kafka: the lag: nothing is told of {source}")))?;
            end.error().map_err(retry("the lag"))?;
            match end.offset() {
                Offset::Offset(end) => Ok(end),
                _ => Err(BrokerError::Retry(format!("Kafka: the lag: no end is told of {source}"))),
            }
        };
        sources.iter().map(end).collect()
    }

    /// Those of sources in which no input stands up to their ends, with these.
    fn look_for_none(&self, idle: &[Publication]) -> Result<Vec<(Source, i64, i64)>, BrokerError> {
        let sources: Vec<&Source> = idle.iter().map(|publication| &publication.source).collect();
        let ends = self.ends(&sources)?;
        let behind = idle.iter().zip(ends).filter(|(at, end)| self.beyond(&at.source, at.next) < *end);
        let behind: Vec<_> = behind.map(|(at, end)| (at.source.clone(), at.next, end)).collect();
        if behind.is_empty() { Ok(behind) } else { lookup::bare(&self.settings.reader()?, behind) }
    }

    fn position(&self, source: &Source) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&source.topic, source.partition);
        list
    }
}

impl Broker for KafkaBroker {
    fn take(&mut self, limits: &TakeLimits) -> Result<Taken, BrokerError> {
        if self.cluster.is_none() {
            self.join()?;
        }
        self.publishes()?;
        let (mut inputs, mut bytes) = (Vec::new(), 0);
        let mut deadline = Instant::now() + limits.idle;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // A poll that is told to wait spins through the last millisecond of it: so a short wait is slept instead.
            match self.consumer.poll(if inputs.is_empty() { left } else { Duration::ZERO }) {
                Some(Ok(message)) => {
                    let input = self.taken(&message)?;
                    drop(message);
                    if inputs.is_empty() {
                        deadline = Instant::now() + limits.linger / if self.publishes()? { 1 } else { 4 };
                    }
                    bytes += input.bytes.len();
                    inputs.push(input);
                }
                Some(Err(error)) => self.complaint(error)?,
                None if inputs.is_empty() => {}
                None => std::thread::sleep(left.min(REST)),
            }
            // What was collected under the old assignment is not ours to do under the new one.
            if let Some(change) = self.consumer.context().next_change() {
                return self.changed(change);
            }
            if inputs.len() >= limits.inputs || bytes >= limits.bytes || Instant::now() >= deadline {
                break;
            }
        }
        Ok(if inputs.is_empty() { Taken::Idle } else { Taken::Inputs(inputs) })
    }

    fn committed(&mut self, source: &Source) -> Result<Option<Committed>, BrokerError> {
        let asked = self.position(source);
        let told = self.consumer.committed_offsets(asked, ASK).map_err(retry("the group's offset"))?;
        let element = told.find_partition(&source.topic, source.partition);
        let Some(element) = element else { return Ok(None) };
        element.error().map_err(retry("the group's offset"))?;
        let Offset::Offset(offset) = element.offset() else { return Ok(None) };
        let committed = publish::committed(offset, element.metadata());
        self.bare.remove(source);
        if committed.next < offset {
            self.bare.insert(source.clone(), (committed.next, offset));
        }
        Ok(Some(committed))
    }

    /// What is gone of offsets without an input is no loss.
    fn extent(&mut self, source: &Source) -> Result<Extent, BrokerError> {
        let (low, high) = self.marks(source)?;
        let bare = self.bare.get(source).filter(|(from, to)| (*from..=*to).contains(&low));
        Ok(Extent { low: bare.map_or(low, |(from, _)| *from), high })
    }

    fn waiting(&mut self, positions: &[(Source, i64)]) -> Result<i64, BrokerError> {
        let sources: Vec<&Source> = positions.iter().map(|(source, _)| source).collect();
        let ends = self.ends(&sources)?;
        Ok(positions.iter().zip(ends).map(|((source, next), end)| (end - self.beyond(source, *next)).max(0)).sum())
    }

    /// The marks that end transactions of those who send take offsets, and so does what was sent in one that was undone.
    fn pass_over(&mut self, mut idle: Vec<Publication>) -> Result<(), BrokerError> {
        let bare = self.look_for_none(&idle).unwrap_or_else(|error| {
            warn!("{error}; sources that seem to have inputs are looked at later");
            Vec::new()
        });
        idle.retain(|at| bare.iter().any(|(source, ..)| *source == at.source));
        for (source, from, to) in bare {
            debug!(%source, from, to, "no input there");
            self.bare.insert(source, (from, to));
        }
        if idle.is_empty() { Ok(()) } else { self.publish(idle) }
    }

    fn input(&mut self, source: &Source, offset: i64) -> Result<Option<Vec<u8>>, BrokerError> {
        match self.outside {
            true => lookup::input(&self.consumer, source, offset),
            false => lookup::input(&self.settings.reader()?, source, offset),
        }
    }

    fn resume(&mut self, positions: &[(Source, i64)]) -> Result<(), BrokerError> {
        let mut list = TopicPartitionList::with_capacity(positions.len());
        for (source, next) in positions {
            // Where the position itself is gone, nothing stood there: or it would have been refused.
            let next = if self.beyond(source, *next) > *next { self.marks(source)?.0.max(*next) } else { *next };
            list.add_partition_offset(&source.topic, source.partition, Offset::Offset(next))
                .map_err(retry("assign"))?;
        }
        self.consumer.assign(&list).map_err(retry("assign"))
    }

    fn publish(&mut self, publications: Vec<Publication>) -> Result<(), BrokerError> {
        let (Some(publisher), Some(membership)) = (&mut self.publisher, &self.membership) else {
            return Err(BrokerError::Retry("there is no producer, or no membership in the group".to_owned()));
        };
        let offsets = publish::offsets(&publications, &self.bare).map_err(retry("offsets"))?;
        let begun = publisher.publish(membership, publications, offsets);
        self.told(begun)
    }

    fn settle(&mut self) -> Result<(), BrokerError> {
        let settled = self.publisher.as_mut().map_or(Ok(()), Publisher::settle);
        self.told(settled)
    }

    fn renew(&mut self) -> Result<(), BrokerError> {
        self.publisher = None;
        if self.outside {
            lookup::require_no_member(&self.consumer, &self.settings.group)?;
        }
        if std::mem::take(&mut self.fenced) {
            // Another worker under our name? Then the group tells, and this one ends. Else it was a broker's confusion.
            let until = Instant::now() + HEAR;
            while Instant::now() < until {
                self.alive()?;
                if let Some(Err(error)) = self.consumer.poll(Duration::from_millis(100)) {
                    self.complaint(error)?;
                }
                if self.consumer.context().has_changed() {
                    // The name is this one's, and what was fenced off is its own membership of before.
                    return Err(BrokerError::Retry("Kafka: the group has changed".to_owned()));
                }
            }
        }
        if self.doubtful {
            // One that was deleted is waited for: it may be made again.
            self.check_topics().map_err(|error| BrokerError::Retry(error.to_string()))?;
            self.doubtful = false;
        }
        // What is asked from now on would wait behind a fetch, up to half a second each time.
        self.consumer.unassign().map_err(retry("unassign"))?;
        let producer = self.settings.producer()?;
        let started = Publisher::start(producer).map_err(|failure| {
            self.fenced = failure.fenced;
            BrokerError::Retry(format!("Kafka: {}", failure.text))
        })?;
        self.publisher = Some(started);
        Ok(())
    }

    fn rejoin(&mut self) -> Result<(), BrokerError> {
        self.membership = None;
        self.publisher = None;
        self.leave();
        // The old member leaves before the new one, which bears the same name, comes.
        let consumer = self.settings.consumer()?;
        drop(std::mem::replace(&mut self.consumer, consumer));
        // Brokers have let in the one before it.
        self.consumer.context().complaints.answered();
        self.consumer.context().revoke();
        subscribe(&self.consumer, &self.settings.sources)
    }
}

impl Drop for KafkaBroker {
    fn drop(&mut self) {
        self.leave();
    }
}

/// An error of the cluster, with what was asked.
fn retry(what: &'static str) -> impl Fn(KafkaError) -> BrokerError {
    move |error| BrokerError::Retry(format!("Kafka: {what}: {error}"))
}

fn subscribe(consumer: &BaseConsumer<Membership>, topics: &[String]) -> Result<(), BrokerError> {
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&topics).map_err(retry("subscribe"))
}
