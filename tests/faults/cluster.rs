//! Three real Kafka brokers with replication 3, two in sync. The test's own clients reach them directly; each worker has a
//! listener of its own at every broker, and a line to it that can be cut.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::proxy::{Line, Proxy};
use super::workers::ends_with_us;

pub const BROKERS: usize = 3;

const ASK: Duration = Duration::from_secs(10);

/// Ports below those that the system gives to clients, so that none is taken while its broker is down.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = (std::process::id() % 4000) as u16;
    loop {
        let port = 20_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

struct Broker {
    data: PathBuf,
    child: Option<Child>,
}

pub struct Cluster {
    libs: PathBuf,
    brokers: Vec<Broker>,
    /// By worker, then by broker.
    lines: Vec<Vec<Proxy>>,
    /// Where the test's own clients go.
    pub servers: String,
}

impl Cluster {
    /// Starts the brokers, with their data and logs in `folder` and a line for each of so many workers.
    pub fn start(folder: &Path, workers: usize) -> Self {
        let libs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kafka-libs");
        let installed = script().arg("install").arg(&libs).status().unwrap();
        assert!(installed.success(), "kafka.sh install failed");
        let own: Vec<u16> = (0..BROKERS).map(|_| free_port()).collect();
        let controllers: Vec<u16> = (0..BROKERS).map(|_| free_port()).collect();
        let listeners: Vec<Vec<u16>> = (0..workers).map(|_| (0..BROKERS).map(|_| free_port()).collect()).collect();
        let to_all = |ports: &Vec<u16>| ports.iter().map(|port| Proxy::start(free_port(), *port)).collect();
        let lines: Vec<Vec<Proxy>> = listeners.iter().map(to_all).collect();
        let mut brokers = Vec::new();
        for broker in 0..BROKERS {
            let data = folder.join(format!("kafka-{}", broker + 1));
            std::fs::create_dir_all(&data).unwrap();
            let of_workers = listeners.iter().zip(&lines).map(|(ports, lines)| (ports[broker], lines[broker].port));
            let text = properties(&data, broker, own[broker], &controllers, &of_workers.collect::<Vec<_>>());
            std::fs::write(data.join("server.properties"), text).unwrap();
            brokers.push(Broker { data, child: None });
        }
        let servers = own.iter().map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",");
        let mut cluster = Self { libs, brokers, lines, servers };
        (0..BROKERS).for_each(|broker| cluster.up(broker));
        cluster.wait_for_start();
        cluster
    }

    fn wait_for_start(&self) {
        let until = Instant::now() + Duration::from_secs(180);
        let consumer: BaseConsumer = self.config().create().unwrap();
        loop {
            let metadata = consumer.fetch_metadata(None, Duration::from_secs(2));
            if metadata.is_ok_and(|metadata| metadata.brokers().len() == BROKERS) {
                return;
            }
            assert!(Instant::now() < until, "the brokers did not start: see {}", self.brokers[0].data.display());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Starts a broker that is down.
    pub fn up(&mut self, broker: usize) {
        let Broker { data, child } = &mut self.brokers[broker];
        let log = std::fs::File::options().create(true).append(true).open(data.join("broker.log")).unwrap();
        let started = script()
            .args(["node".as_ref(), self.libs.as_os_str(), data.as_os_str()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        *child = Some(started.unwrap());
    }

    /// Kills a broker at once.
    pub fn kill(&mut self, broker: usize) {
        if let Some(mut child) = self.brokers[broker].child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Waits until every partition has all its replicas in sync.
    pub fn wait_for_sync(&self, within: Duration) -> bool {
        let (until, mut so_often) = (Instant::now() + within, 0);
        while Instant::now() < until && so_often < 3 {
            so_often = if self.in_sync() { so_often + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(200));
        }
        so_often == 3
    }

    /// What a broker says that lost the others may be old: a broker opens its port once it knows what happened meanwhile.
    fn in_sync(&self) -> bool {
        let consumer: BaseConsumer = self.config().create().unwrap();
        let open = self.servers.split(',').all(|server| TcpStream::connect(server).is_ok());
        open && consumer.fetch_metadata(None, Duration::from_secs(5)).is_ok_and(|metadata| {
            let mut partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
            metadata.brokers().len() == BROKERS
                && partitions.all(|partition| partition.isr().len() == BROKERS && partition.leader() >= 0)
        })
    }

    /// Changes the line of a worker to one broker, or to all.
    pub fn line(&self, worker: usize, broker: Option<usize>, line: Line) {
        let lines = self.lines[worker].iter().enumerate();
        lines.filter(|(index, _)| broker.is_none_or(|b| b == *index)).for_each(|(_, proxy)| proxy.set(line));
    }

    /// Where a worker finds the brokers.
    pub fn servers_of(&self, worker: usize) -> String {
        self.lines[worker].iter().map(|line| format!("127.0.0.1:{}", line.port)).collect::<Vec<_>>().join(",")
    }

    pub fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers).set("reconnect.backoff.max.ms", "500").set("log_level", "2");
        config
    }

    pub fn create_topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(BROKERS as i32));
        let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let created = runtime.block_on(admin.create_topics([&topic], &options)).unwrap();
        assert!(created.iter().all(Result::is_ok), "{created:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..BROKERS).for_each(|broker| self.kill(broker));
    }
}

fn script() -> Command {
    let mut command = ends_with_us();
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/kafka.sh"));
    command
}

fn properties(data: &Path, broker: usize, own: u16, controllers: &[u16], of_workers: &[(u16, u16)]) -> String {
    let id = broker + 1;
    let voters = controllers.iter().enumerate().map(|(index, port)| format!("{}@127.0.0.1:{port}", index + 1));
    let voters = voters.collect::<Vec<_>>().join(",");
    let controller = controllers[broker];
    let (mut listeners, mut advertised, mut protocols) = (String::new(), String::new(), String::new());
    for (index, (port, line)) in of_workers.iter().enumerate() {
        listeners += &format!(",W{index}://127.0.0.1:{port}");
        advertised += &format!(",W{index}://127.0.0.1:{line}");
        protocols += &format!(",W{index}:PLAINTEXT");
    }
    let log = data.join("log");
    format!(
        "process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
listeners=OWN://127.0.0.1:{own},CONTROLLER://127.0.0.1:{controller}{listeners}
advertised.listeners=OWN://127.0.0.1:{own}{advertised}
listener.security.protocol.map=OWN:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
inter.broker.listener.name=OWN
controller.listener.names=CONTROLLER
log.dirs={}
auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=2
# A broker that was killed is noticed soon.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=3
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=1
num.io.threads=2
",
        log.display()
    )
}
