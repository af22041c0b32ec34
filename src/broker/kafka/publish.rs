//! One Kafka transaction: rows out, positions committed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::Deliveries;
use crate::broker::{Committed, Publication, Record, Source};
use crate::fall::fall;

/// How long the rows may take to be acknowledged: below the transaction's time-out.
const DRAIN: Duration = Duration::from_secs(6);

/// How long each further step may take. A commit may have to wait for a broker that takes over from another.
const STEP: Duration = Duration::from_secs(30);

/// Between two looks at what the brokers have acknowledged.
const REST: Duration = Duration::from_micros(500);

/// Where the number of the last published row stands in the metadata of a committed offset.
const SEQ: &str = "seq=";

/// And the offset to read next, where no input stands from there to the committed one.
const NEXT: &str = " next=";

/// Why a transaction failed, and whether another producer under the same name was the reason.
pub(super) struct Failure {
    pub(super) text: String,
    pub(super) fenced: bool,
}

/// Runs the transaction. After an error its outcome is unknown: the producer must be given up.
pub(super) fn transact(
    producer: &BaseProducer<Deliveries>,
    membership: &ConsumerGroupMetadata,
    publications: &[Publication],
    offsets: &TopicPartitionList,
) -> Result<(), Failure> {
    let step = |name: &str, result: KafkaResult<()>| result.map_err(|error| failure(name, &error));
    step("begin", producer.begin_transaction())?;
    fall("Kafka transaction begun");
    for record in publications.iter().flat_map(|publication| &publication.records) {
        send(producer, record)?;
    }
    // Both the sending of offsets and the commit wait in steps of 100 ms as long as a row is under way. So wait here.
    drain(producer)?;
    fall("rows sent to Kafka");
    step("offsets", producer.send_offsets_to_transaction(offsets, membership, STEP))?;
    fall("offsets sent to Kafka");
    step("commit", producer.commit_transaction(STEP))?;
    fall("committed to Kafka");
    Ok(())
}

fn send(producer: &BaseProducer<Deliveries>, record: &Record) -> Result<(), Failure> {
    let headers = record.headers.iter().fold(OwnedHeaders::new_with_capacity(record.headers.len()), |all, header| {
        all.insert(Header { key: &header.0, value: Some(&header.1) })
    });
    let mut message =
        BaseRecord::<str, [u8]>::to(&record.topic).key(&record.key).payload(&record.bytes).headers(headers);
    let deadline = Instant::now() + DRAIN;
    loop {
        message = match producer.send(message) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), message)) if Instant::now() < deadline => {
                rest(producer);
                message
            }
            Err((error, _)) => return Err(failure(&format!("a record for {}", record.topic), &error)),
        };
    }
}

/// Lets the brokers work for a moment. A poll that is told to wait would spin through the last millisecond of it.
fn rest(producer: &BaseProducer<Deliveries>) {
    std::thread::sleep(REST);
    hear_all(producer);
}

/// Hears of all that brokers have acknowledged. A poll that does not wait hears of one batch, and there is one a partition.
pub(crate) fn hear_all<C: ProducerContext>(producer: &BaseProducer<C>) {
    let mut before = i32::MAX;
    let mut left = producer.in_flight_count();
    while (1..before).contains(&left) {
        producer.poll(Duration::ZERO);
        (before, left) = (left, producer.in_flight_count());
    }
}

fn drain(producer: &BaseProducer<Deliveries>) -> Result<(), Failure> {
    let deadline = Instant::now() + DRAIN;
    while producer.in_flight_count() > 0 {
        if Instant::now() > deadline {
            let text = format!("{} records were not acknowledged in time", producer.in_flight_count());
            return Err(Failure { text, fenced: false });
        }
        rest(producer);
    }
    match producer.context().failure() {
        Some(text) => Err(Failure { text, fenced: false }),
        None => Ok(()),
    }
}

/// The positions to commit: the offset to read next, with the last published row beside it; beyond what is known to be `bare`.
pub(super) fn offsets(
    publications: &[Publication],
    bare: &BTreeMap<Source, (i64, i64)>,
) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(publications.len());
    for Publication { source, next, seq, .. } in publications {
        let mut element = list.add_partition(&source.topic, source.partition);
        let beyond = bare.get(source).filter(|(from, to)| from == next && to > next).map(|(_, to)| *to);
        element.set_offset(Offset::Offset(beyond.unwrap_or(*next)))?;
        element.set_metadata(match beyond {
            Some(_) => format!("{SEQ}{seq}{NEXT}{next}"),
            None => format!("{SEQ}{seq}"),
        });
    }
    Ok(list)
}

/// What a committed offset says.
pub(super) fn committed(offset: i64, metadata: &str) -> Committed {
    let (seq, next) = match metadata.split_once(NEXT) {
        Some((seq, next)) => (seq, next.parse().ok()),
        None => (metadata, Some(offset)),
    };
    let seq = seq.strip_prefix(SEQ).and_then(|seq| seq.parse().ok());
    match next.filter(|next| seq.is_some() && *next <= offset) {
        Some(next) => Committed { next, seq },
        None => Committed { next: offset, seq: None },
    }
}

pub(super) fn failure(what: &str, error: &KafkaError) -> Failure {
    use RDKafkaErrorCode::{Fenced, FencedInstanceId, InvalidProducerEpoch, ProducerFenced};
    let fenced =
        matches!(error.rdkafka_error_code(), Some(Fenced | FencedInstanceId | InvalidProducerEpoch | ProducerFenced));
    Failure { text: format!("{what}: {error}"), fenced }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Received;

    #[test]
    fn reads_what_stands_beside_an_offset() {
        for (metadata, next, seq) in [
            ("seq=0", 9, Some(0)),
            ("seq=42", 9, Some(42)),
            ("seq=-43", 9, Some(-43)),
            ("seq=42 next=7", 7, Some(42)),
            ("seq=42 next=10", 9, None),
            ("seq=42 next=", 9, None),
            ("next=7", 9, None),
            ("", 9, None),
            ("seq=", 9, None),
            ("x", 9, None),
        ] {
            assert_eq!(committed(9, metadata), Committed { next, seq }, "{metadata:?}");
        }
    }

    #[test]
    fn commits_beyond_what_is_bare() {
        let source = |partition| Source { cluster: "c".into(), topic: "t".into(), partition };
        let at = |partition, next| {
            let (records, received) = (Vec::new(), Received::default());
            Publication { source: source(partition), records, next, seq: 42, received }
        };
        let bare = [(source(0), (7, 9)), (source(1), (7, 9))].into();
        let list = offsets(&[at(0, 7), at(1, 8), at(2, 5)], &bare).unwrap();
        let told = list.elements();
        let told: Vec<_> = told.iter().map(|at| (at.offset(), at.metadata())).collect();
        let expected = [(9, "seq=42 next=7"), (8, "seq=42"), (5, "seq=42")];
        assert_eq!(told, expected.map(|(offset, metadata)| (Offset::Offset(offset), metadata)));
    }
}
