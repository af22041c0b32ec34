//! Brokers, database, workers and producers together; what a fault does to them, and how long until all is at work again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use payflow::rules::judge::Ruling;
use payflow::store::held::{Act, Desk, Motion, held};
use payflow::store::keep::Keeper;
use rdkafka::config::ClientConfig;

use super::checker::evidence::{Evidence, read_group, read_inputs, read_topic};
use super::checker::{self, Decision, Terms, decision, tables};
use super::cluster::{BROKERS, Cluster, free_port};
use super::ledger::{self, Sent};
use super::messages::Stream;
use super::producers::Producers;
use super::proxy::{Line, Proxy};
use super::schedule::{Fault, GUEST, STEADY, Step};
use super::workers::{Worker, ends_with_us};
use crate::postgres::{self, Database};

/// After this a worker that does not show itself is taken for gone.
const SESSION: Duration = Duration::from_secs(6);

const GROUP: &str = "payflow";

/// The partners' topics. Alpha takes receipts for statements; of beta and gamma what is large is held, and beta is told so.
const STREAMS: [Stream; 3] = [
    Stream { partner: "alpha", topic: "in.alpha", partitions: 4, holds: false },
    Stream { partner: "beta", topic: "in.beta", partitions: 3, holds: true },
    Stream { partner: "gamma", topic: "in.gamma", partitions: 2, holds: true },
];
const TERMS: Terms<'_> =
    Terms { receipts: &["alpha"], agreed: &["beta", "gamma"], pending: &["beta"], key: ("a", [0x5a; 32]) };

const CONFIG: &str = r#"
store.url = "set by the test"
store.audit = { id = "a", key_file = "audit.key" }
institution.bic = "PAYFDEFFXXX"
# Small batches, so that there are many moments to fall between them.
batch = { inputs = 20, wait_ms = 5 }
sources = [
    { topic = "in.alpha", partner = "alpha" },
    { topic = "in.beta", partner = "beta" },
    { topic = "in.gamma", partner = "gamma" },
]
[[partners]]
id = "alpha"
reply = { receipt = true }
[[partners]]
id = "beta"
profile = "held"
reply = { hold_answer = "PDNG" }
[[partners]]
id = "gamma"
profile = "held"
[[profiles]]
name = "held"
[profiles.limits.hold_above]
AED = "1000000"
CHF = "1000000"
EUR = "1000000"
GBP = "1000000"
JPY = "1000000"
SEK = "1000000"
SGD = "1000000"
USD = "1000000"
[kafka]
bootstrap_servers = "set by the test"
properties = { "session.timeout.ms" = 6000, "heartbeat.interval.ms" = 1000 }
"#;

/// How long it may take until all is at work again, by what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Back {
    /// Since a worker was started again.
    Worker,
    /// Since a worker went for good.
    Gone,
    /// Since the database accepts again.
    Database,
    /// Since the brokers' replicas are in sync again.
    Brokers,
    /// Since a line is open again.
    Line,
}

impl Back {
    fn bar(self) -> Duration {
        match self {
            Back::Worker | Back::Database => Duration::from_secs(10),
            Back::Gone => SESSION + Duration::from_secs(15),
            Back::Brokers | Back::Line => Duration::from_secs(30),
        }
    }
}

pub struct Scene {
    folder: PathBuf,
    cluster: Cluster,
    database: Database,
    /// From each worker to the database.
    lines: Vec<Proxy>,
    workers: Vec<Worker>,
    producers: Producers,
    times: BTreeMap<Back, Vec<Duration>>,
    breaches: Vec<String>,
    /// The points of the code at which workers fell.
    fell: Vec<&'static str>,
    begun: Instant,
    /// So many times the bar it may take: more than once where other work shares the machine.
    leeway: u32,
}

impl Scene {
    pub fn start(folder: &Path, seed: u64, leeway: u32) -> Self {
        let begun = Instant::now();
        let database = postgres::own_server_at(free_port()).unwrap();
        let lines: Vec<Proxy> = (0..=STEADY).map(|_| Proxy::start(free_port(), database.server.port)).collect();
        let cluster = Cluster::start(folder, STEADY + 1);
        for topic in [checker::ACKNOWLEDGEMENTS, checker::TRANSFERS, checker::REJECTED] {
            cluster.create_topic(topic, 3, &[]);
        }
        for stream in STREAMS {
            cluster.create_topic(stream.topic, stream.partitions, &[("message.timestamp.type", "LogAppendTime")]);
        }
        let config = folder.join("payflow.toml");
        std::fs::write(&config, CONFIG).unwrap();
        std::fs::write(folder.join("audit.key"), "5a".repeat(32)).unwrap();
        let workers = (0..=STEADY).map(|number| {
            let url = format!("postgresql://postgres@127.0.0.1:{}/{}", lines[number].port, database.name);
            let environment = vec![
                ("PAYFLOW__KAFKA__BOOTSTRAP_SERVERS".to_owned(), cluster.servers_of(number)),
                ("PAYFLOW__STORE__URL".to_owned(), url),
            ];
            Worker::new(folder, &format!("worker-{number}"), &config, environment)
        });
        let workers = workers.collect();
        let producers = Producers::start(&cluster.config(), &folder.join("sent.jsonl"), &STREAMS, seed);
        let (times, breaches, fell) = (BTreeMap::new(), Vec::new(), Vec::new());
        let folder = folder.to_owned();
        let mut scene =
            Self { folder, cluster, database, lines, workers, producers, times, breaches, fell, begun, leeway };
        scene.tell("three brokers and the database are up");
        scene.first_start();
        scene
    }

    fn tell(&self, text: &str) {
        println!("{} {:7.1} s  {text}", chrono::Utc::now().format("%T%.3f"), self.begun.elapsed().as_secs_f32());
    }

    fn breach(&mut self, text: String) {
        self.tell(&format!("BREACH: {text}"));
        self.breaches.push(text);
    }

    /// The very first start of all: a worker falls when the broker knows where a source begins and the database does not.
    fn first_start(&mut self) {
        self.workers[0].start_to_fall("start committed to the broker");
        if !self.workers[0].wait_for_end(Duration::from_secs(90)) {
            self.breach("the first worker did not fall at its first start".to_owned());
            self.workers[0].kill();
        }
        (0..STEADY).for_each(|worker| self.workers[worker].start());
        self.producers.release(30, Duration::from_secs(2));
        let since = Instant::now();
        std::thread::sleep(Duration::from_secs(2));
        self.at_work(Back::Gone, since);
    }

    /// Lets one fault happen while so many messages come, and waits until all is at work again.
    pub fn step(&mut self, number: usize, step: &Step, messages: usize) {
        self.tell(&format!("fault {number}: {:?}, lasts {} ms", step.fault, step.lasts_ms));
        self.producers.release(messages, Duration::from_millis(step.after_ms + step.lasts_ms + 4000));
        std::thread::sleep(Duration::from_millis(step.after_ms));
        self.decide();
        let lasts = Duration::from_millis(step.lasts_ms);
        match step.fault {
            Fault::Kill { worker } => {
                self.workers[worker].kill();
                std::thread::sleep(lasts / 3);
                self.comes_back(worker);
            }
            Fault::Gone { worker } => {
                self.workers[worker].kill();
                self.at_work(Back::Gone, Instant::now());
                self.comes_back(worker);
            }
            Fault::Fall { worker, point, passes } => {
                // Not every worker has something to decide: it may own no source whose partner's messages are held.
                let tried = if point.starts_with("decision") { self.workers.len() } else { 1 };
                let workers = (worker..worker + tried).map(|worker| worker % self.workers.len());
                let workers: Vec<usize> = workers.filter(|worker| self.workers[*worker].is_there()).collect();
                let fallen = workers.iter().find(|worker| {
                    self.workers[**worker].order_fall(point, passes);
                    self.falls(**worker, point)
                });
                match fallen {
                    Some(worker) => self.comes_back(*worker),
                    None => self.breach(format!("none of the workers {workers:?} ever came to the point {point:?}")),
                }
            }
            Fault::FallAtStart { worker, point } => {
                self.workers[worker].kill();
                self.workers[worker].start_to_fall(point);
                if !self.falls(worker, point) {
                    self.breach(format!("worker {worker} never came to the point {point:?}"));
                    self.workers[worker].kill();
                }
                self.comes_back(worker);
            }
            Fault::Freeze { worker } => {
                self.workers[worker].signal("STOP");
                self.at_work(Back::Gone, Instant::now());
                std::thread::sleep(lasts);
                self.workers[worker].signal("CONT");
                self.at_work(Back::Worker, Instant::now());
            }
            Fault::Rebalance if self.workers[GUEST].is_there() => {
                let asked = Instant::now();
                if let Err(why) = self.workers[GUEST].stop() {
                    self.breach(why);
                }
                self.at_work(Back::Gone, asked);
            }
            Fault::Rebalance => self.comes_back(GUEST),
            Fault::Broker { broker } => {
                self.cluster.kill(broker);
                std::thread::sleep(lasts);
                self.brokers_come_back(&[broker]);
            }
            Fault::BrokerAndWorker { broker, worker } => {
                self.cluster.kill(broker);
                std::thread::sleep(lasts / 4);
                self.workers[worker].kill();
                self.workers[worker].start();
                std::thread::sleep(lasts);
                self.brokers_come_back(&[broker]);
            }
            Fault::Brokers { left, worker } => {
                let others: Vec<usize> = (0..BROKERS).filter(|broker| *broker != left).collect();
                others.iter().for_each(|broker| self.cluster.kill(*broker));
                std::thread::sleep(lasts / 4);
                self.workers[worker].kill();
                self.workers[worker].start();
                std::thread::sleep(lasts);
                self.brokers_come_back(&others);
            }
            Fault::Database => {
                self.database.server.kill();
                std::thread::sleep(lasts);
                self.database.server.up();
                self.at_work(Back::Database, Instant::now());
            }
            Fault::DatabaseAndWorker { worker } => {
                self.database.server.kill();
                std::thread::sleep(lasts / 4);
                self.workers[worker].kill();
                self.workers[worker].start();
                std::thread::sleep(lasts);
                self.database.server.up();
                self.at_work(Back::Database, Instant::now());
            }
            Fault::LineToDatabase { worker, silent } => {
                self.lines[worker].set(if silent { Line::Silent } else { Line::Closed });
                std::thread::sleep(lasts * 2);
                self.lines[worker].set(Line::Open);
                self.at_work(Back::Database, Instant::now());
            }
            Fault::Line { worker, broker, silent } => {
                self.cluster.line(worker, broker, if silent { Line::Silent } else { Line::Closed });
                std::thread::sleep(lasts * 2);
                self.cluster.line(worker, broker, Line::Open);
                self.at_work(Back::Line, Instant::now());
            }
        }
        self.expect_all_alive();
    }

    /// Waits for a worker to fall at a point. Says whether it did.
    fn falls(&mut self, worker: usize, point: &'static str) -> bool {
        let tries = if point.starts_with("decision") { 5 } else { 12 };
        for _ in 0..tries {
            if self.workers[worker].wait_for_end(Duration::from_secs(10)) {
                match self.workers[worker].fell() {
                    true => self.fell.push(point),
                    false => self.breach(format!("worker {worker} ended by itself, and not at the point {point:?}")),
                }
                return true;
            }
            self.producers.release(30, Duration::from_secs(5));
            self.decide();
        }
        self.workers[worker].withdraw_order();
        self.tell(&format!("worker {worker} did not come to the point {point:?}"));
        false
    }

    /// Two persons decide about what is held: its offset says what.
    fn decide(&self) {
        let keeper = Keeper::default().chaining(vec![("a".to_owned(), [0x5a; 32])]);
        let mut desk = self.database.store().sealing(keeper);
        let mut decided = 0;
        for held in held(&mut desk).unwrap() {
            let (Some(decision), true) = (decision(held.id.position), held.acts.is_empty()) else { continue };
            let ruling = if decision == Decision::Release { Ruling::Release } else { Ruling::Reject };
            let motions =
                [("Anna", Motion::Ask(ruling, "planted")), ("Bert", Motion::Confirm { four_eyes: true, only: None })];
            for (actor, motion) in motions {
                desk.act(&Act { id: held.id, actor, motion }).unwrap();
            }
            decided += 1;
        }
        self.tell(&format!("two persons have decided about {decided} held messages"));
    }

    /// Waits until all that was decided is done.
    fn all_decided(&mut self) {
        self.decide();
        let until = Instant::now() + Duration::from_secs(60);
        while self.database.count("SELECT count(*) FROM decision WHERE act = 'confirm' AND NOT done") > 0 {
            if Instant::now() > until {
                return self.breach("what was decided of held messages is not done after a minute".to_owned());
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    fn comes_back(&mut self, worker: usize) {
        self.workers[worker].start();
        self.at_work(Back::Worker, Instant::now());
    }

    fn brokers_come_back(&mut self, brokers: &[usize]) {
        brokers.iter().for_each(|broker| self.cluster.up(*broker));
        if !self.cluster.wait_for_sync(Duration::from_secs(120)) {
            return self.breach(format!("the brokers {brokers:?} did not come back"));
        }
        self.at_work(Back::Brokers, Instant::now());
    }

    /// Waits until in every partition a message is answered that came after this moment, with all before it.
    fn at_work(&mut self, back: Back, since: Instant) {
        let (bar, patience) = (back.bar() * self.leeway, back.bar() + Duration::from_secs(240));
        let mut wanted: Option<Vec<i64>> = None;
        loop {
            let group = self.group();
            if let Some(group) = &group {
                let wanted = wanted.get_or_insert_with(|| group.iter().map(|place| place.3 + 1).collect());
                let mut both = wanted.iter().zip(group);
                if both.clone().all(|(wanted, now)| now.2 >= *wanted) {
                    break;
                }
                if both.any(|(wanted, now)| now.3 < *wanted) {
                    self.producers.release(wanted.len(), Duration::from_millis(500));
                }
            }
            if since.elapsed() > patience {
                let text = format!("not at work after {:?}: {group:?}", since.elapsed());
                self.logs();
                return self.breach(text);
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        let took = since.elapsed();
        self.tell(&format!("at work again after {:.1} s ({back:?})", took.as_secs_f32()));
        self.times.entry(back).or_default().push(took);
        if took > bar {
            self.breach(format!("at work again after {took:?}, not within {bar:?} ({back:?})"));
        }
    }

    fn all_answered(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        while Instant::now() < until {
            // What no message ever came to has no offset.
            if self.group().is_some_and(|group| group.iter().all(|(_, _, next, end)| next == end)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        false
    }

    /// Payflow itself finds nothing, either: what its audit trail tells of is there, and the day balances.
    fn verify(&mut self) {
        let today = chrono::Utc::now().date_naive().to_string();
        self.says_well(&["audit", "verify"]);
        self.says_well(&["reconcile", &today]);
    }

    fn says_well(&mut self, command: &[&str]) {
        let name = format!("payflow {}", command.join(" "));
        let verified = ends_with_us()
            .arg(env!("CARGO_BIN_EXE_payflow"))
            .args(command)
            .arg("--config")
            .arg(self.folder.join("payflow.toml"))
            .env("PAYFLOW__STORE__URL", self.database.settings().url)
            .env("PAYFLOW__KAFKA__BOOTSTRAP_SERVERS", self.cluster.servers_of(0))
            .output()
            .unwrap();
        let text =
            [verified.stdout, verified.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        match verified.status.success() {
            true => self.tell(&format!("{name}: {}", text.lines().last().unwrap_or_default())),
            false => self.breach(format!("{name}: {text}")),
        }
    }

    fn group(&self) -> Option<Vec<(String, i32, i64, i64)>> {
        let topics = STREAMS.map(|stream| (stream.topic, stream.partitions));
        read_group(&self.cluster.config(), GROUP, &topics)
    }

    fn expect_all_alive(&mut self) {
        for worker in 0..self.workers.len() {
            if let Some(status) = self.workers[worker].ended() {
                let end = self.workers[worker].log_end(12);
                self.breach(format!("worker {worker} ended by itself: {status}\n{end}"));
                self.comes_back(worker);
            }
        }
    }

    fn logs(&self) {
        for worker in &self.workers {
            println!("--- {}\n{}", worker.name, worker.log_end(25));
        }
    }

    /// What has arrived in the partners' topics.
    fn arrived(&mut self, config: &ClientConfig) -> Vec<Sent> {
        let acknowledged = ledger::read(&self.folder.join("sent.jsonl"));
        let mut all = Vec::new();
        for Stream { topic, .. } in STREAMS {
            let (arrived, wrong) = ledger::arrived(&acknowledged, topic, read_inputs(config, topic));
            all.extend(arrived);
            wrong.into_iter().for_each(|text| self.breach(text));
        }
        if all.len() > acknowledged.len() {
            self.tell(&format!("{} records came twice by their producers", all.len() - acknowledged.len()));
        }
        all
    }

    /// Lets all come to rest, and holds the promise. Returns what breaks it, and at which points workers fell.
    pub fn finish(mut self) -> (Vec<String>, Vec<&'static str>) {
        self.at_work(Back::Gone, Instant::now());
        self.producers.settle(Duration::from_secs(120));
        if !self.all_answered(Duration::from_secs(180)) {
            self.breach(format!("not all is answered after three minutes: {:?}", self.group()));
        }
        self.all_decided();
        for worker in 0..self.workers.len() {
            if let Err(why) = self.workers[worker].stop() {
                self.breach(why);
            }
        }
        let config = self.cluster.config();
        let topics = [checker::ACKNOWLEDGEMENTS, checker::TRANSFERS, checker::REJECTED];
        let sent = self.arrived(&config);
        let evidence = Evidence {
            published: topics.iter().flat_map(|topic| read_topic(&config, topic)).collect(),
            group: self.group().unwrap_or_default(),
            tables: tables::read(|sql| self.database.query(sql), &sent),
            sent,
        };
        let found = checker::breaches(&evidence, TERMS);
        found.into_iter().for_each(|text| self.breach(text));
        self.verify();
        self.tell(&format!(
            "{} messages came, {} records committed, {} transfers booked",
            evidence.sent.len(),
            evidence.published.len(),
            evidence.tables.transfers.len()
        ));
        for (back, times) in &self.times {
            let most = times.iter().max().unwrap();
            let mean = times.iter().sum::<Duration>() / times.len() as u32;
            println!(
                "back at work, {back:?}: {} times, mean {mean:.1?}, longest {most:.1?}, bar {:?}",
                times.len(),
                back.bar()
            );
        }
        self.producers.finish();
        (self.breaches, self.fell)
    }
}

/// How many brokers there are to break.
pub const fn brokers() -> usize {
    BROKERS
}
