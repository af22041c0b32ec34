//! How many inputs wait, as it is told: all of them or nothing new, and soon.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used)]

mod fake_stages;
mod odd_queue;

use fake_stages::{Fake, settings, store};
use odd_queue::OddQueue;
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::{Broker, BrokerError, Source};
use payflow::pipeline::worker::Worker;
use payflow::telemetry::METRICS;

/// Before sources are in step, and where the broker does not say, what was told stays.
#[test]
fn what_waits_is_told_of_all_sources_or_stays_as_it_was() {
    let mut settings = settings(&["alpha", "beta"]);
    settings.take.inputs = 2;
    for (silent, expected) in [(true, [77, 77]), (false, [77, 3])] {
        let folder = tempfile::tempdir().unwrap();
        let topics: Vec<&str> = settings.partners.keys().map(String::as_str).collect();
        let mut queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &topics).unwrap();
        queue.append("in.alpha", &["m1 a 1", "m2 a 1", "m3 a 1"]).unwrap();
        queue.append("in.beta", &["m1 a 1", "m2 a 1"]).unwrap();
        METRICS.waiting(77);
        let waiting = move |queue: &mut EmbeddedQueue, positions: &[(Source, i64)]| {
            let names: Vec<&str> = positions.iter().map(|(source, _)| &*source.topic).collect();
            assert_eq!(names, ["in.alpha", "in.beta"]);
            if silent { Err(BrokerError::Retry("silent".to_owned())) } else { queue.waiting(positions) }
        };
        let broker = OddQueue { waiting: Box::new(waiting), ..queue.into() };
        let mut worker = Worker::new(Fake, broker, store(folder.path()), settings.clone());
        // Sources are assigned; then one input of each is done.
        let told = [(); 2].map(|()| {
            worker.step().unwrap();
            METRICS.last_waiting()
        });
        assert_eq!((told, worker.totals().inputs), (expected, 2), "silent: {silent}");
    }
}

/// Against the mock cluster of librdkafka: it needs no Java.
#[cfg(feature = "kafka")]
#[test]
fn brokers_that_do_not_answer_hold_nobody_up() {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use payflow::broker::kafka::{KafkaBroker, KafkaSettings};
    use payflow::broker::{Broker, TakeLimits, Taken};
    use rdkafka::config::ClientConfig;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

    const PARTITIONS: i32 = 6;
    let cluster = MockCluster::new(2).unwrap();
    let servers = cluster.bootstrap_servers();
    cluster.create_topic("in.alpha", PARTITIONS, 1).unwrap();
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", &servers).create().unwrap();
    for partition in [0, 0, 0, 1, 1, 5] {
        let record = BaseRecord::<str, str>::to("in.alpha").partition(partition).payload("m1 a 1");
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();
    let mut broker = KafkaBroker::connect(KafkaSettings {
        bootstrap_servers: servers,
        group: "lag".to_owned(),
        worker: "test".to_owned(),
        sources: vec!["in.alpha".to_owned()],
        sinks: Vec::new(),
        message_bytes: 1_000_000,
        properties: BTreeMap::new(),
    })
    .unwrap();
    let (until, limits) = (Instant::now() + Duration::from_secs(60), TakeLimits::default());
    let sources = loop {
        assert!(Instant::now() < until, "nothing is assigned");
        if let Taken::Assigned(sources) = broker.take(&limits).unwrap() {
            break sources;
        }
    };
    assert_eq!(sources.len() as i32, PARTITIONS);
    let positions: Vec<_> = sources.into_iter().map(|source| (source, 0)).collect();
    assert_eq!(broker.waiting(&positions), Ok(6));
    assert_eq!(broker.waiting(&[]), Ok(0));
    let begun = Instant::now();
    cluster.broker_down(1).unwrap();
    cluster.broker_down(2).unwrap();
    assert!(matches!(broker.waiting(&positions), Err(BrokerError::Retry(_))));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
