//! What who mends a source looks up in the topics. It is read beside the group.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tracing::info;

use super::client::Membership;
use super::{ASK, KafkaBroker, retry};
use crate::broker::{BrokerError, Lookup, Record, Source};

/// How long topics may say nothing while they are read.
const SILENCE: Duration = Duration::from_secs(60);

/// How long it is looked whether inputs are there: nothing else is taken meanwhile.
const LOOK: Duration = Duration::from_secs(2);

/// How long nothing must have come.
const TURN: Duration = Duration::from_millis(50);

/// Of a broker beside the group: a member would lose what it is assigned.
impl Lookup for KafkaBroker {
    fn sources(&mut self) -> Result<Vec<Source>, BrokerError> {
        let mut sources = Vec::new();
        for topic in &self.settings.sources {
            for partition in partitions(&self.consumer, topic)? {
                sources.push(self.source(topic, partition)?);
            }
        }
        Ok(sources)
    }

    fn read(
        &mut self,
        topics: &[&str],
        since: Option<DateTime<Utc>>,
        see: &mut dyn FnMut(Record),
    ) -> Result<(), BrokerError> {
        for topic in topics {
            let mut places = TopicPartitionList::new();
            for partition in partitions(&self.consumer, topic)? {
                let from = since.map_or(Offset::Beginning, |since| Offset::Offset(since.timestamp_millis()));
                places.add_partition_offset(topic, partition, from).map_err(retry("assign"))?;
            }
            if since.is_some() {
                places = self.consumer.offsets_for_times(places, ASK).map_err(retry("offsets by time"))?;
            }
            info!(topic, ?since, "reading what is published");
            read(&self.consumer, &places, &mut |message| {
                see(record(message));
                true
            })?;
        }
        Ok(())
    }
}

/// Sees that no worker is there. A group takes what is committed in a transaction from anybody. One that has ended counts as
/// a member until its session is over.
pub(super) fn require_no_member(consumer: &BaseConsumer<Membership>, group: &str) -> Result<(), BrokerError> {
    let groups = consumer.fetch_group_list(Some(group), ASK).map_err(retry("the members of the group"))?;
    match groups.groups().iter().map(|group| group.members().len()).sum() {
        0 => Ok(()),
        members => Err(BrokerError::Retry(format!("the group {group} has {members} members: stop every worker"))),
    }
}

/// One input of a topic.
pub(super) fn input(
    reader: &BaseConsumer<Membership>,
    source: &Source,
    offset: i64,
) -> Result<Option<Vec<u8>>, BrokerError> {
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(&source.topic, source.partition, Offset::Offset(offset)).map_err(retry("assign"))?;
    let mut found = None;
    read(reader, &place, &mut |message| {
        if message.offset() == offset {
            found = Some(message.payload().unwrap_or_default().to_vec());
        }
        // What comes after it is of no interest.
        false
    })?;
    Ok(found)
}

/// Of sources, each from an offset to another one, those that have no input there. One that is not told in time is none of them.
///
/// That a partition ends is no proof: a broker that has not all of it yet says so, too. The client's statistics say where it ended.
pub(super) fn bare(
    reader: &BaseConsumer<Membership>,
    mut sources: Vec<(Source, i64, i64)>,
) -> Result<Vec<(Source, i64, i64)>, BrokerError> {
    let mut places = TopicPartitionList::with_capacity(sources.len());
    for (source, from, _) in &sources {
        places.add_partition_offset(&source.topic, source.partition, Offset::Offset(*from)).map_err(retry("assign"))?;
    }
    reader.assign(&places).map_err(retry("assign"))?;
    let begun = Instant::now();
    while !sources.is_empty() && begun.elapsed() < LOOK {
        let asked = Instant::now();
        let ended = |(source, _, to): &(Source, i64, i64)| reader.context().end(&source.topic, source.partition) >= *to;
        let all = sources.iter().all(ended);
        match reader.poll(TURN) {
            Some(Ok(message)) => sources
                .retain(|(source, ..)| *source.topic != *message.topic() || source.partition != message.partition()),
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            // Whichever source it is about: it may be an input.
            Some(Err(error)) => return Err(retry("a look for inputs")(error)),
            // Whatever came before the ends would have been told by now.
            None if all && asked.elapsed() >= TURN => return Ok(sources),
            None => {}
        }
    }
    Ok(Vec::new())
}

fn partitions(consumer: &BaseConsumer<Membership>, topic: &str) -> Result<Vec<i32>, BrokerError> {
    let metadata = consumer.fetch_metadata(Some(topic), ASK).map_err(retry("the partitions of a topic"))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let partitions = found.into_iter().flat_map(|topic| topic.partitions());
    let mut partitions: Vec<i32> = partitions.map(|partition| partition.id()).collect();
    partitions.sort_unstable();
    Ok(partitions)
}

/// Reads partitions of a topic to their ends, or until `see` has seen enough.
fn read(
    reader: &BaseConsumer<Membership>,
    places: &TopicPartitionList,
    see: &mut dyn FnMut(&BorrowedMessage<'_>) -> bool,
) -> Result<(), BrokerError> {
    reader.assign(places).map_err(retry("assign"))?;
    let (mut ended, mut heard) = (BTreeSet::new(), Instant::now());
    while ended.len() < places.count() {
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                heard = Instant::now();
                if !see(&message) {
                    break;
                }
            }
            // One that goes on growing ends more than once.
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                ended.insert(partition);
            }
            Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => {
                return Err(BrokerError::Retry("Kafka: a topic was changed while it was read".to_owned()));
            }
            Some(Err(error)) => reader.context().complaints.tell(&error, "reading goes on"),
            None => {}
        }
        if heard.elapsed() > SILENCE {
            return Err(BrokerError::Retry(format!("Kafka: a topic said nothing for {} s", SILENCE.as_secs())));
        }
    }
    Ok(())
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let headers = message.headers().into_iter().flat_map(Headers::iter);
    Record {
        topic: message.topic().to_owned(),
        key: text(message.key()),
        headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
        bytes: message.payload().unwrap_or_default().to_vec(),
    }
}
