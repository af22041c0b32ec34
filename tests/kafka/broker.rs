//! A real Apache Kafka for a test, and what a test asks of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use payflow::broker::Record;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

const ASK: Duration = Duration::from_secs(30);

/// A broker of one node. It ends with this value.
pub struct RealKafka {
    child: Child,
    pub servers: String,
}

/// Whether a real Kafka is to be started, else why not.
pub fn wanted() -> Result<(), String> {
    let set = |name| std::env::var(name).is_ok_and(|value| value == "1");
    if !set("PAYFLOW_KAFKA") && !set("PAYFLOW_REQUIRE_ALL") {
        return Err("PAYFLOW_KAFKA=1 is not set".to_owned());
    }
    let runs =
        |program: &str| Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match ["java", "mvn"].iter().find(|program| !runs(program).is_ok_and(|status| status.success())) {
        Some(missing) => Err(format!("the program {missing} is not there")),
        None => Ok(()),
    }
}

/// A reader that counts.
pub struct Reader {
    consumer: BaseConsumer,
    partitions: i32,
    /// How many records it has seen.
    pub seen: usize,
}

impl Reader {
    /// Waits until so many records are there, and no longer than `within`.
    pub fn wait_for(&mut self, count: usize, within: Duration) -> bool {
        let until = Instant::now() + within;
        while self.seen < count && Instant::now() < until {
            self.seen += usize::from(matches!(self.consumer.poll(Duration::from_millis(5)), Some(Ok(_))));
        }
        self.seen >= count
    }
}

impl RealKafka {
    /// Fetches the broker once and starts it, with its data and its log in `folder`.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, free_ports(), "", &[])
    }

    /// The same with further settings, on the first of two ports; `format` are options of its data's format.
    pub fn start_with(folder: &Path, ports: [u16; 2], further: &str, format: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/kafka.sh");
        let libs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kafka-libs");
        let installed = Command::new(&script).arg("install").arg(&libs).status().unwrap();
        assert!(installed.success(), "kafka.sh install failed");
        let [port, controller] = ports;
        let settings = folder.join("further.properties");
        std::fs::write(&settings, further).unwrap();
        let log = std::fs::File::create(folder.join("kafka.log")).unwrap();
        let child = Command::new(&script)
            .args(["run".as_ref(), libs.as_os_str(), folder.join("kafka").as_os_str()])
            .args([port.to_string(), controller.to_string()])
            .arg(settings)
            .args(format)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut kafka = Self { child, servers: format!("127.0.0.1:{port}") };
        kafka.wait_for_port(port, folder);
        kafka
    }

    fn wait_for_port(&mut self, port: u16, folder: &Path) {
        let until = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > until {
                let log = std::fs::read_to_string(folder.join("kafka.log")).unwrap_or_default();
                panic!("Kafka did not start: {ended:?}\n{log}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        config
    }

    pub fn create_topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let created = block_on(admin.create_topics([&topic], &options)).unwrap();
        assert!(created.iter().all(Result::is_ok), "{created:?}");
    }

    pub fn delete_topic(&self, name: &str) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let deleted = block_on(admin.delete_topics(&[name], &options)).unwrap();
        assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    }

    /// Deletes the records of a topic's partition that stand before an offset.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(before)).unwrap();
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let deleted = block_on(admin.delete_records(&list, &options)).unwrap();
        let first = deleted.find_partition(topic, partition).unwrap();
        assert!(first.error().is_ok() && first.offset() == Offset::Offset(before), "{deleted:?}");
    }

    /// Makes the group's offsets disappear.
    pub fn delete_group(&self, group: &str) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let deleted = block_on(admin.delete_groups(&[group], &AdminOptions::new())).unwrap();
        assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    }

    /// Puts values into a topic: partition and value.
    pub fn produce<V: AsRef<[u8]>>(&self, topic: &str, values: impl IntoIterator<Item = (i32, V)>) {
        let producer: BaseProducer =
            self.config().set("enable.idempotence", "true").set("message.max.bytes", "2000000").create().unwrap();
        for (partition, value) in values {
            let record = BaseRecord::<str, [u8]>::to(topic).partition(partition).payload(value.as_ref());
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(ASK).unwrap();
    }

    /// The same in a transaction, which is open yet, in the compression that takes a library of its own to read.
    pub fn produce_together<V: AsRef<[u8]>>(
        &self,
        topic: &str,
        values: impl IntoIterator<Item = (i32, V)>,
    ) -> BaseProducer {
        let producer: BaseProducer =
            self.config().set("transactional.id", topic).set("compression.type", "zstd").create().unwrap();
        producer.init_transactions(ASK).unwrap();
        producer.begin_transaction().unwrap();
        for (partition, value) in values {
            let record = BaseRecord::<str, [u8]>::to(topic).partition(partition).payload(value.as_ref());
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(ASK).unwrap();
        producer
    }

    /// The offset that the next record of a partition gets.
    pub fn end(&self, topic: &str, partition: i32) -> i64 {
        let consumer: BaseConsumer = self.config().create().unwrap();
        consumer.fetch_watermarks(topic, partition, ASK).unwrap().1
    }

    /// All records of a topic that are committed, in order within each partition.
    pub fn read_committed(&self, topic: &str) -> Vec<Record> {
        let reader = self.reader(topic);
        let (mut records, mut ends, until) = (Vec::new(), 0, Instant::now() + ASK);
        while ends < reader.partitions {
            assert!(Instant::now() < until, "{topic}: no end of the topic in time");
            match reader.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => records.push(record(&message)),
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => ends += 1,
                Some(Err(error)) => panic!("{topic}: {error}"),
                None => {}
            }
        }
        records
    }

    /// A reader of what is committed in a topic, from its beginning on.
    pub fn reader(&self, topic: &str) -> Reader {
        let consumer: BaseConsumer = self
            .config()
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .set("group.id", "reader")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "5")
            .create()
            .unwrap();
        let partitions = self.partitions(&consumer, topic);
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
        Reader { consumer, partitions, seen: 0 }
    }

    fn partitions(&self, consumer: &BaseConsumer, topic: &str) -> i32 {
        let metadata = consumer.fetch_metadata(Some(topic), ASK).unwrap();
        metadata.topics()[0].partitions().len() as i32
    }

    /// How many records of a topic the group has not settled, as any Kafka tool shows it.
    pub fn lag(&self, group: &str, topic: &str) -> i64 {
        let consumer: BaseConsumer =
            self.config().set("group.id", group).set("isolation.level", "read_committed").create().unwrap();
        let mut list = TopicPartitionList::new();
        let partitions = self.partitions(&consumer, topic);
        list.add_partition_range(topic, 0, partitions - 1);
        // A coordinator that was just chosen does not answer yet.
        let until = Instant::now() + ASK;
        let committed = loop {
            match consumer.committed_offsets(list.clone(), ASK) {
                Ok(committed) => break committed,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let lag = |partition| {
            let (low, high) = consumer.fetch_watermarks(topic, partition, ASK).unwrap();
            let element = committed.find_partition(topic, partition).unwrap();
            high - if let Offset::Offset(next) = element.offset() { next } else { low }
        };
        (0..partitions).map(lag).sum()
    }
}

impl Drop for RealKafka {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn record(message: &impl Message) -> Record {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap();
    Record {
        topic: message.topic().to_owned(),
        key: text(message.key()),
        headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
        bytes: message.payload().unwrap_or_default().to_vec(),
    }
}

pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
