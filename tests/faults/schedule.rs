//! Which fault comes when: the same for a seed.

use crate::random::Random;

/// The workers that are always there; one more comes and goes.
pub const STEADY: usize = 3;
pub const GUEST: usize = STEADY;

/// Where a worker falls in the course of a batch.
pub const POINTS: &[&str] = &[
    "inputs taken",
    "inputs examined",
    "keys claimed",
    "decided",
    "written to the store",
    "committed to the store",
    "Kafka transaction begun",
    "rows sent to Kafka",
    "offsets sent to Kafka",
    "committed to Kafka",
    "decision written",
    "decision committed",
];

/// Where it falls when it takes its sources over.
pub const POINTS_OF_START: &[&str] = &["source owned", "source settled"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A worker dies and comes back.
    Kill { worker: usize },
    /// A worker dies and stays away until the others have taken over.
    Gone { worker: usize },
    /// A worker dies at a point of the code, after so many passes, and comes back.
    Fall { worker: usize, point: &'static str, passes: u64 },
    /// A worker dies, comes back, dies at a point of its start, and comes back.
    FallAtStart { worker: usize, point: &'static str },
    /// A worker is frozen until the others have taken over, and wakes up as a zombie.
    Freeze { worker: usize },
    /// One more worker comes, or goes again: every partition may change hands.
    Rebalance,
    /// A broker dies and comes back.
    Broker { broker: usize },
    /// A broker dies, and while it is down a worker dies, too.
    BrokerAndWorker { broker: usize, worker: usize },
    /// All brokers but one die: nothing can be committed. A worker dies meanwhile and comes back to no cluster.
    Brokers { left: usize, worker: usize },
    /// The database dies and comes back.
    Database,
    /// The database dies, and while it is down a worker dies, too.
    DatabaseAndWorker { worker: usize },
    /// The line between a worker and the database is cut.
    LineToDatabase { worker: usize, silent: bool },
    /// The line between a worker and one broker, or all, is cut: silent, or closed.
    Line { worker: usize, broker: Option<usize>, silent: bool },
}

/// A fault and its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// So long after everything was at work.
    pub after_ms: u64,
    pub fault: Fault,
    /// How long it lasts, where that is free.
    pub lasts_ms: u64,
}

/// A round of a long run of so many: its schedules have fallen at every point by then.
pub const EVERY_POINT: (u64, usize) = (10, 25);

/// So many faults, each kind as often as any other, falls at points of the code more often. The points go round: a round goes on
/// behind those that the ones before it are sure to have come to.
pub fn schedule(seed: u64, round: u64, faults: usize, brokers: usize) -> Vec<Step> {
    let mut random = Random::new(seed * 1000 + round);
    let mut kinds = Vec::new();
    let mut points = POINTS.iter().cycle().skip(3 * round as usize % POINTS.len());
    let mut of_start = POINTS_OF_START.iter().cycle().skip(round as usize % POINTS_OF_START.len());
    let steps = (0..faults).map(|_| {
        if kinds.is_empty() {
            kinds = (0..17).collect::<Vec<usize>>();
            shuffle(&mut random, &mut kinds);
        }
        let kind = kinds.pop().unwrap();
        let (worker, broker) = (random.below(STEADY), random.below(brokers));
        let fault = match kind {
            0 | 1 => Fault::Kill { worker },
            2 => Fault::Gone { worker },
            3..=5 => {
                let point = points.next().unwrap();
                // Decisions are few.
                let passes = if point.starts_with("decision") { 0 } else { random.below(4) as u64 };
                Fault::Fall { worker, point, passes }
            }
            6 => Fault::FallAtStart { worker, point: of_start.next().unwrap() },
            7 => Fault::Freeze { worker },
            8 => Fault::Rebalance,
            9 => Fault::Broker { broker },
            10 => Fault::BrokerAndWorker { broker, worker },
            11 => Fault::Brokers { left: broker, worker },
            12 | 13 => Fault::Database,
            14 => Fault::DatabaseAndWorker { worker },
            15 => Fault::LineToDatabase { worker, silent: random.below(2) == 0 },
            _ => {
                let broker = (random.below(2) == 0).then_some(broker);
                Fault::Line { worker, broker, silent: random.below(2) == 0 }
            }
        };
        Step { after_ms: random.below(3000) as u64, fault, lasts_ms: 300 + random.below(7000) as u64 }
    });
    steps.collect()
}

fn shuffle<T>(random: &mut Random, list: &mut [T]) {
    for index in (1..list.len()).rev() {
        list.swap(index, random.below(index + 1));
    }
}

#[test]
fn a_seed_repeats_its_schedule_and_every_kind_of_fault_comes() {
    assert_eq!(schedule(7, 1, 50, 3), schedule(7, 1, 50, 3));
    assert_ne!(schedule(7, 1, 50, 3), schedule(7, 2, 50, 3));
    let all = schedule(7, 1, 80, 3);
    let kinds: std::collections::HashSet<_> = all.iter().map(|step| std::mem::discriminant(&step.fault)).collect();
    assert_eq!(kinds.len(), 13, "every kind");
    let (rounds, faults) = EVERY_POINT;
    for first in [1, 8] {
        let all = (first..first + rounds).flat_map(|round| schedule(7, round, faults, 3));
        let points = all.filter_map(|step| match step.fault {
            Fault::Fall { point, .. } | Fault::FallAtStart { point, .. } => Some(point),
            _ => None,
        });
        let points: std::collections::BTreeSet<&str> = points.collect();
        assert_eq!(points.len(), POINTS.len() + POINTS_OF_START.len(), "every point");
    }
}
