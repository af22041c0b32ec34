//! The worker against a real Apache Kafka, which the test fetches from Maven Central and starts. Needs `PAYFLOW_KAFKA=1`,
//! Java and Maven; without them it says that it was skipped, which `PAYFLOW_REQUIRE_ALL=1` makes a failure.
#![cfg(all(feature = "kafka", feature = "sqlite", feature = "cli"))]
#![allow(clippy::unwrap_used)]

#[path = "kafka/broker.rs"]
mod broker;
mod fake_stages;

use std::collections::BTreeMap;
use std::time::Duration;

use broker::RealKafka;
use fake_stages::faults::{Faulty, Plan, Random, work_to_the_end};
use fake_stages::model::{compare, inputs};
use fake_stages::{Fake, settings, store};
use payflow::broker::Record;
use payflow::broker::kafka::{KafkaBroker, KafkaSettings};
use payflow::pipeline::records::Topics;
use payflow::pipeline::worker::{Settings, Worker};

fn create_topics(kafka: &RealKafka, topics: &Topics) {
    for topic in [&topics.acknowledgements, &topics.transfers, &topics.rejected] {
        kafka.create_topic(topic, 1, &[]);
    }
}

fn topics(prefix: &str) -> Topics {
    Topics {
        acknowledgements: format!("{prefix}.acknowledgements"),
        transfers: format!("{prefix}.transfers"),
        rejected: format!("{prefix}.rejected"),
    }
}

fn published(kafka: &RealKafka, topics: &Topics) -> Vec<Record> {
    [&topics.acknowledgements, &topics.transfers, &topics.rejected]
        .iter()
        .flat_map(|topic| kafka.read_committed(topic))
        .collect()
}

fn kafka_settings(kafka: &RealKafka, settings: &Settings) -> KafkaSettings {
    let Topics { acknowledgements, transfers, rejected } = settings.topics.clone();
    KafkaSettings {
        bootstrap_servers: kafka.servers.clone(),
        group: "fake".to_owned(),
        worker: settings.name.clone(),
        sources: settings.partners.keys().cloned().collect(),
        sinks: vec![acknowledgements, transfers, rejected],
        properties: BTreeMap::from([("session.timeout.ms".to_owned(), "6000".to_owned())]),
    }
}

/// Calls to Kafka and to the store fail before or after they did their work, and workers die and are replaced: what is
/// committed in Kafka in the end is just what the model foretells.
fn answers_exactly_once_whatever_fails(kafka: &RealKafka) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&["alpha", "beta"]);
    settings.topics = topics("fake");
    settings.take.idle = Duration::from_millis(1500);
    create_topics(kafka, &settings.topics);
    let mut random = Random(7);
    let work = settings.partners.values().map(|partner| (partner.clone(), inputs(&mut random, 80)));
    let work: Vec<(String, Vec<String>)> = work.collect();
    for (partner, inputs) in &work {
        let topic = format!("in.{partner}");
        kafka.create_topic(&topic, 1, &[]);
        kafka.produce(&topic, inputs.iter().map(|input| (0, input)));
    }
    let plan = Plan::new(random, 25);
    work_to_the_end(|| {
        let broker = KafkaBroker::connect(kafka_settings(kafka, &settings)).unwrap();
        let broker = Faulty { inner: broker, plan: plan.clone() };
        let store = Faulty { inner: store(folder.path()), plan: plan.clone() };
        Worker::new(Fake, broker, store, settings.clone())
    });
    let published = published(kafka, &settings.topics);
    for (partner, inputs) in &work {
        compare(&settings, partner, inputs, &published, "Kafka");
    }
    let plan = plan.lock().unwrap();
    println!("Kafka: {} records, {} faults, {} of them deaths", published.len(), plan.faults, plan.deaths);
    assert!(plan.faults == 25 && plan.deaths > 3, "the plan must make things fail");
}

#[test]
fn works_with_a_real_kafka() {
    if let Err(why) = broker::wanted() {
        let required = std::env::var("PAYFLOW_REQUIRE_ALL").is_ok_and(|value| value == "1");
        assert!(!required, "the test against a real Kafka can't be skipped here: {why}");
        println!("SKIPPED: the test against a real Kafka: {why}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let kafka = RealKafka::start(folder.path());
    answers_exactly_once_whatever_fails(&kafka);
}
