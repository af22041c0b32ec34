//! What the promise foretells: a simple model of the worker over [`super::Fake`].

use std::collections::HashMap;

use payflow::broker::Record;
use payflow::pipeline::worker::Settings;
use payflow::rules::judge::{Prior, Verdict};

use super::faults::Random;
use super::{Line, lines};

/// What leaves: topic, document and bytes.
pub type Leaves = (String, String, Vec<u8>);

/// A record, as the model names it.
pub fn leaves(record: &Record) -> Leaves {
    let header = |name| record.header(name).unwrap_or("?");
    let place = format!("{}/{}", header("payflow.source"), header("payflow.document"));
    (record.topic.clone(), place, record.bytes.clone())
}

/// Inputs with all that may happen, and many ids that were there before.
pub fn inputs(random: &mut Random, count: usize) -> Vec<String> {
    let line = |random: &mut Random| {
        let id = random.below(30);
        let id = if id == 0 { "-".to_owned() } else { format!("m{id}") };
        let bodies = ["a", "a", "b", "quiet", "bad", "rej", "fall", "trip"];
        // The faults of our own are rare.
        let among = if random.below(6) == 0 { 8 } else { 6 };
        let body = bodies[random.below(among) as usize];
        format!("{id} {body} {}", random.below(3))
    };
    let input = |_| {
        let documents = if random.below(5) == 0 { 3 } else { 1 };
        (0..documents).map(|_| line(random)).collect::<Vec<_>>().join("\n")
    };
    (0..count).map(input).collect()
}

/// The records that the promise foretells for one lane: topic, document and bytes, in order.
pub fn foretell(settings: &Settings, partner: &str, inputs: &[String]) -> (Vec<Leaves>, usize) {
    let (mut known, mut records, mut set_aside) = (HashMap::new(), Vec::new(), 0);
    for (offset, input) in inputs.iter().enumerate() {
        let place = format!("in.{partner}-0-{offset}");
        let documents = lines(partner, &place, input.as_bytes());
        if documents.iter().any(|line| line.body == "fall" || line.body == "trip") {
            set_aside += 1;
            continue;
        }
        for line in documents {
            foretell_document(settings, input, &line, &mut known, &mut records);
        }
    }
    (records, set_aside)
}

type Known = HashMap<String, (String, Option<Vec<u8>>)>;

fn foretell_document(settings: &Settings, input: &str, line: &Line, known: &mut Known, records: &mut Vec<Leaves>) {
    let topics = &settings.topics;
    let document = format!("{} {}", line.body, line.count);
    let held = line.id.as_ref().filter(|_| line.claims()).and_then(|id| known.get(id));
    let prior = held.map(|(first, _)| if *first == document { Prior::SameDocument } else { Prior::OtherDocument });
    let verdict = line.verdict(prior);
    let answer = match (verdict, line.body.as_str()) {
        (Verdict::Repeated, _) => held.and_then(|(_, answer)| answer.clone()),
        (_, "quiet") | (Verdict::Held, "hold") => None,
        _ => Some(line.reply(verdict)),
    };
    let mut push = |topic: &str, bytes: Vec<u8>| records.push((topic.to_owned(), line.place.clone(), bytes));
    if let Some(bytes) = &answer {
        push(&topics.acknowledgements, bytes.clone());
    }
    for id in line.transfers(verdict) {
        push(&topics.transfers, format!("{{\"id\":\"{id}\"}}").into_bytes());
    }
    if matches!(verdict, Verdict::Rejected | Verdict::Refused) {
        push(&topics.rejected, input.as_bytes().to_vec());
    }
    if let (true, Some(id)) = (line.claims(), &line.id) {
        known.entry(id.clone()).or_insert((document, answer));
    }
}

/// Holds what was published for a partner against what the promise foretells, topic by topic and in order. Returns how
/// many inputs must have been set aside.
pub fn compare(settings: &Settings, partner: &str, inputs: &[String], published: &[Record], about: &str) -> usize {
    let (expected, set_aside) = foretell(settings, partner, inputs);
    let own = |record: &&Record| record.header("payflow.partner") == Some(partner);
    let found: Vec<Leaves> = published.iter().filter(own).map(leaves).collect();
    let topics = &settings.topics;
    for topic in [&topics.acknowledgements, &topics.transfers, &topics.rejected] {
        let of_topic = |all: &[Leaves]| all.iter().filter(|(t, ..)| t == topic).cloned().collect::<Vec<_>>();
        assert_eq!(of_topic(&found), of_topic(&expected), "{about}: {topic} of {partner}");
    }
    set_aside
}
