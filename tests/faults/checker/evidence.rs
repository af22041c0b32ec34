//! What the checker looks at: the producers' list, the topics as any reader sees them, the tables as SQL shows them.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::REJECTED;
use crate::faults::cards::without;
use crate::faults::ledger::Sent;
use crate::faults::messages::hex;

/// A record of a topic, or a row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Leaves {
    pub topic: String,
    pub key: String,
    pub headers: Vec<(String, String)>,
    /// The SHA-256 of its bytes, in hexadecimal digits; of a masked input without its long numbers.
    pub hash: String,
    /// Its bytes; of a rejected input none are kept, for those are known.
    pub bytes: Vec<u8>,
}

impl Leaves {
    pub fn new(topic: &str, key: &str, headers: Vec<(String, String)>, bytes: Vec<u8>) -> Self {
        let (topic, key) = (topic.to_owned(), key.to_owned());
        let mut record = Self { topic, key, headers, hash: String::new(), bytes: Vec::new() };
        record.hash = if record.is_masked() { without(&bytes) } else { hex(&bytes) };
        if record.topic != REJECTED {
            record.bytes = bytes;
        }
        record
    }

    /// Whether it says that card numbers in it are masked.
    pub fn is_masked(&self) -> bool {
        self.header("payflow.masked") == "true"
    }

    /// What its hash must be when it is this input; `None` where it may not be masked, and is.
    pub fn hash_of<'s>(&self, input: &'s Sent) -> Option<&'s str> {
        if self.is_masked() { input.masked.as_deref() } else { Some(&input.hash) }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A source, as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    pub lane: i64,
    pub topic: String,
    pub partition: i32,
    pub next: i64,
    pub seq: i64,
    /// How many events its chain has, and the last link.
    pub events: i64,
    pub link: Option<Vec<u8>>,
}

/// An event of a lane's chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventRow {
    pub lane: i64,
    pub number: i64,
    /// In microseconds since 1970.
    pub at: i64,
    pub actor: String,
    pub event: String,
    pub first: i64,
    pub next: i64,
    pub documents: i64,
    pub seq: i64,
    pub detail: Option<String>,
    pub keyed_by: Option<String>,
    pub outbox: Vec<u8>,
    pub inputs: Vec<u8>,
    pub previous_link: Option<Vec<u8>>,
    pub link: Vec<u8>,
}

/// A verdict with its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRow {
    pub lane: i64,
    pub position: i64,
    pub document: i64,
    pub number: i64,
    pub verdict: String,
    pub reply_id: Option<String>,
    pub answer: Option<(i64, i64)>,
    pub none_due: Option<String>,
}

/// What the database holds.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    pub sources: Vec<SourceRow>,
    /// Lane and position.
    pub inputs: Vec<(i64, i64)>,
    /// Lane, position and reason.
    pub set_aside: Vec<(i64, i64, String)>,
    /// Lane, position and document.
    pub messages: Vec<(i64, i64, i64)>,
    pub verdicts: Vec<VerdictRow>,
    /// Lane, number and row.
    pub outbox: Vec<(i64, i64, Leaves)>,
    /// Lane, position, document and id.
    pub transfers: Vec<(i64, i64, i64, String)>,
    /// The audit trail, in order within each lane.
    pub events: Vec<EventRow>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub sent: Vec<Sent>,
    /// What is committed, in order within each partition: partition and record.
    pub published: Vec<(i32, Leaves)>,
    /// Topic, partition, the offset the group has committed, and the end.
    pub group: Vec<(String, i32, i64, i64)>,
    pub tables: Tables,
}

/// All committed records of a topic, with their partitions.
pub fn read_topic(config: &ClientConfig, topic: &str) -> Vec<(i32, Leaves)> {
    read(config, topic, |message| (message.partition(), leaves(message)))
}

/// What a topic of inputs holds: partition, offset, and the SHA-256 of each record's bytes, in hexadecimal digits.
pub fn read_inputs(config: &ClientConfig, topic: &str) -> Vec<(i32, i64, String)> {
    read(config, topic, |message| (message.partition(), message.offset(), hex(message.payload().unwrap_or_default())))
}

fn read<T>(config: &ClientConfig, topic: &str, mut take: impl FnMut(&BorrowedMessage<'_>) -> T) -> Vec<T> {
    let mut config = config.clone();
    let config = config.set("isolation.level", "read_committed").set("enable.partition.eof", "true");
    let consumer: BaseConsumer = config.set("group.id", "checker").set("enable.auto.commit", "false").create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(30)).unwrap();
    let partitions = metadata.topics()[0].partitions().len();
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(topic, partition as i32, Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let (mut records, mut ends, until) = (Vec::new(), 0, Instant::now() + Duration::from_secs(120));
    while ends < partitions {
        assert!(Instant::now() < until, "{topic}: no end of the topic in time: a transaction may be open");
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => records.push(take(&message)),
            Some(Err(KafkaError::PartitionEOF(_))) => ends += 1,
            // A broker that was away for a moment.
            Some(Err(_)) | None => {}
        }
    }
    records
}

fn leaves(message: &impl Message) -> Leaves {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let headers = headers.map(|header| (header.key.to_owned(), text(header.value))).collect();
    Leaves::new(message.topic(), &text(message.key()), headers, message.payload().unwrap_or_default().to_vec())
}

/// How far a group is: topic, partition, committed offset (or -1) and end. `None` when the cluster does not tell now.
pub fn read_group(config: &ClientConfig, group: &str, topics: &[(&str, i32)]) -> Option<Vec<(String, i32, i64, i64)>> {
    const ASK: Duration = Duration::from_secs(5);
    let mut config = config.clone();
    let consumer: BaseConsumer =
        config.set("group.id", group).set("isolation.level", "read_uncommitted").create().unwrap();
    let mut list = TopicPartitionList::new();
    topics.iter().for_each(|(topic, partitions)| list.add_partition_range(topic, 0, partitions - 1));
    let committed = consumer.committed_offsets(list, ASK).ok()?;
    let place = |element: rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        let (_, end) = consumer.fetch_watermarks(element.topic(), element.partition(), ASK).ok()?;
        let next = if let Offset::Offset(next) = element.offset() { next } else { -1 };
        Some((element.topic().to_owned(), element.partition(), next, end))
    };
    committed.elements().into_iter().map(place).collect()
}
