//! The two ends of the pipeline: a thread that produces messages, and one that reads the replies as a partner would, those of
//! committed transactions alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::messages::{Messages, number, partition};
use crate::broker::kafka::hear_all;

/// How long the cluster may take to answer.
const ASK: Duration = Duration::from_secs(30);

/// Where the cluster is.
#[derive(Clone)]
pub(super) struct Cluster(pub(super) String);

impl Cluster {
    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.0);
        config
    }

    /// Makes topics: name and partitions. Of each partition they keep the last 256 MiB: many times what is under way, and a
    /// long run does not fill the disk.
    pub(super) fn make(&self, topics: &[(&str, i32)]) -> Result<()> {
        let new = topics.iter().map(|(name, partitions)| {
            NewTopic::new(name, *partitions, TopicReplication::Fixed(-1))
                .set("retention.bytes", "268435456")
                .set("segment.bytes", "67108864")
        });
        let new: Vec<_> = new.collect();
        let admin = self.admin()?;
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let made = wait(admin.create_topics(&new, &options))??;
        let failed: Vec<_> = made.into_iter().filter_map(Result::err).collect();
        ensure!(failed.is_empty(), "Kafka at {} does not make the topics: {failed:?}", self.0);
        Ok(())
    }

    /// Removes topics.
    pub(super) fn remove(&self, topics: &[&str]) -> Result<()> {
        wait(self.admin()?.delete_topics(topics, &AdminOptions::new()))??;
        Ok(())
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        self.config().create().with_context(|| format!("Kafka at {}", self.0))
    }
}

fn wait<F: Future>(future: F) -> Result<F::Output> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

/// When messages are produced.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// As fast as they are answered, with so many under way.
    UnderWay(u64),
    /// So many a second, whatever becomes of them.
    EachSecond(f64),
}

/// What producer and reader tell each other, and whoever watches.
#[derive(Default)]
pub(super) struct Counts {
    /// Messages produced.
    pub(super) produced: AtomicU64,
    /// Messages answered.
    pub(super) answered: AtomicU64,
    /// No more are to be produced.
    pub(super) enough: AtomicBool,
    /// Both are to end.
    pub(super) end: AtomicBool,
}

impl Counts {
    fn under_way(&self) -> u64 {
        self.produced.load(Ordering::Relaxed).saturating_sub(self.answered.load(Ordering::Relaxed))
    }
}

/// Produces messages until it is enough, each into its [`partition`]. `begun` is when the first one is due.
pub(super) fn produce(
    cluster: &Cluster,
    topic: &str,
    partitions: u64,
    messages: &Messages,
    (pace, begun): (Pace, Instant),
    counts: &Counts,
) -> Result<()> {
    let producer: BaseProducer =
        cluster.config().set("enable.idempotence", "true").set("queue.buffering.max.messages", "100000").create()?;
    let mut bytes = Vec::new();
    let mut next = 0;
    while !counts.enough.load(Ordering::Relaxed) {
        let due = match pace {
            Pace::UnderWay(most) => counts.under_way() < most,
            Pace::EachSecond(rate) => begun.elapsed().as_secs_f64() * rate >= next as f64,
        };
        if !due {
            rest(&producer);
            continue;
        }
        messages.write(next, &mut bytes);
        let mut record =
            BaseRecord::<(), [u8]>::to(topic).partition(partition(next, partitions) as i32).payload(&bytes[..]);
        while let Err((error, back)) = producer.send(record) {
            ensure!(
                matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)),
                "a message cannot be produced: {error}"
            );
            rest(&producer);
            record = back;
        }
        next += 1;
        counts.produced.store(next, Ordering::Relaxed);
        if next % 64 == 0 {
            hear_all(&producer);
        }
    }
    producer.flush(ASK).context("the last messages")
}

/// A poll that is told to wait would spin through the last millisecond of it.
fn rest(producer: &BaseProducer) {
    std::thread::sleep(Duration::from_millis(1));
    hear_all(producer);
}

/// Reads answers until all is answered, or it is told to end, and calls `answered` with the number of each message.
pub(super) fn read(
    cluster: &Cluster,
    topic: &str,
    partitions: i32,
    counts: &Counts,
    mut answered: impl FnMut(u64, Instant),
) -> Result<()> {
    let consumer: BaseConsumer = cluster
        .config()
        .set("group.id", format!("{topic}.reader"))
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .create()?;
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&list)?;
    while !counts.end.load(Ordering::Relaxed) {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                let number = message.key().and_then(number).context("an answer whose key is no id of ours")?;
                answered(number, Instant::now());
                counts.answered.fetch_add(1, Ordering::Relaxed);
            }
            Some(Err(error)) => anyhow::bail!("the answers cannot be read: {error}"),
            None => {}
        }
    }
    Ok(())
}

/// Waits until all that was produced is answered.
pub(super) fn wait_for_answers(counts: &Arc<Counts>, within: Duration) -> Result<()> {
    let until = Instant::now() + within;
    while counts.under_way() > 0 {
        ensure!(Instant::now() < until, "{} messages were not answered within {within:?}", counts.under_way());
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
