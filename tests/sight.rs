//! What can be seen of the program while it runs, and how it takes signals: metrics, health, log lines, a configuration that is
//! read anew, an end within its bound.
#![cfg(all(feature = "cli", feature = "sqlite", unix))]
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use payflow::broker::embedded::EmbeddedQueue;
use payflow::generate::{Generator, Layout, Settings};
use payflow::schema::catalogue;
use serde_json::Value;

const TOPIC: &str = "in.northwind";

fn configuration(address: SocketAddr, bics: &str, further: &str) -> String {
    format!(
        "store.path = \"payflow.db\"\nembedded.path = \"queue.db\"\nhttp.listen = \"{address}\"\n\
         sources = [{{ topic = \"{TOPIC}\", partner = \"northwind\" }}]\npartners = [{{ id = \"northwind\", bics = [{bics}] }}]\n\
         log.format = \"json\"\nbatch.wait_ms = 0\n{further}"
    )
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// An address that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(folder: &Path, address: SocketAddr) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_payflow"))
            .args(["run", "--config"])
            .arg(folder.join("payflow.toml"))
            .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=7")
            .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=trial")
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, address }
    }

    /// The status and the body of an answer; `None` where nobody listens yet.
    fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    fn metrics(&self) -> Scrape {
        Scrape::read(&self.get("/metrics").unwrap().1)
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A scrape that keeps the text format: names and labels well-formed, HELP and TYPE before a metric's first sample and once,
/// no sample twice, buckets that rise and end in all.
struct Scrape(BTreeMap<String, u64>);

impl Scrape {
    fn read(text: &str) -> Self {
        let (mut samples, mut helped, mut types) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                assert!(helped.insert(help.split(' ').next().unwrap().to_owned()), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(types.insert(name.to_owned(), kind.to_owned()).is_none() && helped.contains(name), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            } else {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                let name = sample.split('{').next().unwrap();
                let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
                let kind = types.get(name).or_else(|| types.get(family?)).unwrap_or_else(|| panic!("no TYPE: {line}"));
                assert!(
                    name.starts_with("payflow_") && name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()),
                    "{line}"
                );
                assert!(kind == "histogram" || !name.ends_with("_bucket"), "{line}");
                let whole = value.split('.').next().unwrap().parse().unwrap();
                assert!(samples.insert(sample.to_owned(), whole).is_none(), "{line}");
            }
        }
        let scrape = Self(samples);
        scrape.check_buckets(text);
        scrape
    }

    fn check_buckets(&self, text: &str) {
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for line in text.lines().filter(|line| line.contains("_bucket{")) {
            let (sample, count) = line.rsplit_once(' ').unwrap();
            let (series, le) = sample.rsplit_once("le=\"").unwrap();
            let count: u64 = count.parse().unwrap();
            assert!(last.insert(series.to_owned(), count).is_none_or(|before| before <= count), "{line}");
            if le.starts_with("+Inf") {
                let all = series.replace("_bucket{", "_count{").trim_end_matches([',', '{']).to_owned();
                let all = if all.contains('{') { format!("{all}}}") } else { all };
                assert_eq!(self.0.get(&all), Some(&count), "{line}: {all}");
            }
        }
        assert!(!last.is_empty());
    }

    fn get(&self, sample: &str) -> u64 {
        self.0.get(sample).copied().unwrap_or(0)
    }
}

#[test]
fn a_worker_is_seen_and_takes_signals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payflow.toml");
    let address = free();
    std::fs::write(&file, configuration(address, "", "")).unwrap();
    let mut queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &[]).unwrap();
    let inputs =
        ["pacs008/ok/sepa-bulk-02.xml", "pacs008/err/bulk-one-bad-iban.xml", "pacs008/err/binary.xml"].map(sample);
    queue.append(TOPIC, &inputs).unwrap();
    // What a sender makes up is no label of its own.
    queue.append(TOPIC, &["<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:abcd.123.456.78\"/>"]).unwrap();

    // 1. It becomes ready, and says what it did.
    let mut program = Program::start(folder.path(), address);
    until("ready", || program.get("/readyz").is_some_and(|(status, _)| status == 200));
    assert_eq!(program.get("/livez"), Some((200, "alive\n".to_owned())));
    until("four inputs", || program.metrics().get("payflow_inputs_total") == 4);
    let scrape = program.metrics();
    for (sample, expected) in [
        ("payflow_messages_total{outcome=\"accepted\",profile=\"iso\",type=\"pacs.008.001.02\"}", 1),
        ("payflow_messages_total{outcome=\"partly accepted\",profile=\"iso\",type=\"pacs.008.001.02\"}", 1),
        ("payflow_messages_total{outcome=\"refused\",profile=\"iso\",type=\"unknown\"}", 2),
        ("payflow_rule_failures_total{rule=\"iso.IBAN\"}", 1),
        ("payflow_rule_failures_total{rule=\"xml.NotWellFormed\"}", 1),
        ("payflow_transfers_total", 4 + 3),
        ("payflow_lanes_owned", 1),
        ("payflow_inputs_set_aside_total", 0),
    ] {
        assert_eq!(scrape.get(sample), expected, "{sample}: {:#?}", scrape.0);
    }
    until("four lags", || program.metrics().get("payflow_ack_lag_seconds_count") == 4);
    for stage in ["examine", "decide", "commit", "publish"] {
        assert!(
            program.metrics().get(&format!("payflow_stage_duration_seconds_count{{stage=\"{stage}\"}}")) > 0,
            "{stage}"
        );
    }
    let text = program.get("/metrics").unwrap().1;
    assert!(!text.contains("northwind") && !text.contains("NWND"), "{text}");

    // 2. A configuration with a fault changes nothing; a good one is in force for what comes next.
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    std::fs::write(&file, configuration(address, "\"NOBIC\"", "")).unwrap();
    program.signal("-HUP");
    until("the fault is told", || log().contains("partners[0].bics[0]") && log().contains("stays as it was"));
    std::fs::write(&file, configuration(address, "\"ZZZZDEFF\"", "batch.inputs = 7\n")).unwrap();
    program.signal("-HUP");
    until("it is read anew", || log().contains("read anew"));
    until("what waits is named", || log().contains("taken up at the next start: batch"));
    queue.append(TOPIC, &[sample("pacs008/ok/fednow-usd-08.xml")]).unwrap();
    let refused = "payflow_messages_total{outcome=\"refused\",profile=\"iso\",type=\"pacs.008.001.08\"}";
    until("another partner now", || program.metrics().get(refused) == 1);
    assert_eq!(program.metrics().get("payflow_rule_failures_total{rule=\"partner.Wrong\"}"), 1);

    // 3. It ends when it is told to, well within its bound, and every line of its log is an object.
    program.signal("-TERM");
    let begun = Instant::now();
    assert!(program.child.wait().unwrap().success());
    assert!(begun.elapsed() < Duration::from_secs(15));
    for line in log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
    }
}

/// A collector that takes what it is sent, unless its answer is that it refuses.
#[derive(Default)]
struct Collected {
    answer: Option<(&'static str, &'static str)>,
    text: String,
    spans: Vec<Value>,
}

fn collect(listener: TcpListener) -> Arc<Mutex<Collected>> {
    let collected = Arc::new(Mutex::new(Collected::default()));
    let shared = Arc::clone(&collected);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut line) = (String::new(), String::new());
            while stream.read_line(&mut line).unwrap() > 2 {
                head += &std::mem::take(&mut line).to_lowercase();
            }
            let has = |line: &str| head.lines().any(|l| l == line);
            assert!(has("post /v1/traces http/1.1") && has("content-type: application/json"), "{head}");
            assert!(has("x-tenant: 7") && !head.contains("northwind"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let mut collected = shared.lock().unwrap();
            let (status, answer) = collected.answer.unwrap_or(("200 OK", ""));
            if status.starts_with('2') {
                let body = String::from_utf8(body).unwrap();
                let request: Value = serde_json::from_str(&body).unwrap();
                collected.text += &body;
                collected
                    .spans
                    .extend(request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone());
            }
            let length = answer.len();
            write!(stream.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{answer}").unwrap();
        }
    });
    collected
}

/// 1. A message whose sender does not sample its trace is told to nobody.
/// 2. One whose sender does makes a batch whose spans the collector gets, with a link to the sender's; the answer carries the
///    sender's trace as it came.
/// 3. A collector that refuses holds nothing up: what is lost is counted, all of a request or some.
/// 4. What is left is told before the program ends.
#[test]
fn a_batch_is_told_to_a_collector() {
    let folder = tempfile::tempdir().unwrap();
    let (address, listener) = (free(), TcpListener::bind("127.0.0.1:0").unwrap());
    let telemetry = format!("telemetry.otlp = \"http://localhost:{}\"\n", listener.local_addr().unwrap().port());
    let collected = collect(listener);
    std::fs::write(folder.path().join("payflow.toml"), configuration(address, "", &telemetry)).unwrap();
    let mut queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &[]).unwrap();
    let mut program = Program::start(folder.path(), address);
    until("ready", || program.get("/readyz").is_some_and(|(status, _)| status == 200));
    let mut inputs = 0;
    let mut send = |flags: &str, name: &str| {
        let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        queue.append_with(TOPIC, &[("traceparent".to_owned(), parent.clone())], &[sample(name)]).unwrap();
        inputs += 1;
        let answers = || queue.records("payflow.acknowledgements", 0).unwrap();
        until("an answer", || answers().len() == inputs);
        assert_eq!(answers()[inputs - 1].header("traceparent"), Some(&parent[..]));
    };
    send("00", "pacs008/ok/fednow-usd-08.xml");
    send("01", "pacs008/ok/sepa-bulk-02.xml");
    until("the spans of a batch", || collected.lock().unwrap().spans.len() == 6);
    let Collected { text, spans, .. } = std::mem::take(&mut *collected.lock().unwrap());
    let field = |span: &Value, name: &str| span[name].as_str().unwrap_or_default().to_owned();
    let root = spans.iter().find(|span| span["name"] == "batch").unwrap();
    let [link] = &root["links"].as_array().unwrap()[..] else { panic!("{root}") };
    let linked = (field(link, "traceId"), field(link, "spanId"));
    assert_eq!(linked, ("4bf92f3577b34da6a3ce929d0e0e4736".to_owned(), "00f067aa0ba902b7".to_owned()));
    // Sampled; and known to be from elsewhere, or from here.
    assert_eq!([&link["flags"], &root["flags"], &root["kind"]], [0x301, 0x101, 5], "{root}");
    assert_eq!((field(root, "parentSpanId"), &root["status"]["code"]), (String::new(), &Value::from(0)));
    let inputs = serde_json::json!([{"key": "messaging.batch.message_count", "value": {"intValue": "1"}}]);
    assert_eq!(root["attributes"], inputs);
    let mut names: Vec<String> = spans.iter().map(|span| field(span, "name")).collect();
    names.sort();
    assert_eq!(names, ["batch", "commit", "decide", "examine", "publish", "receive"]);
    for span in &spans {
        assert_eq!((&span["traceId"], field(span, "traceId").len()), (&root["traceId"], 32), "{span}");
        assert!(span == root || (span["parentSpanId"] == root["spanId"] && span["kind"] == 1), "{span}");
        let [begun, ended] =
            ["startTimeUnixNano", "endTimeUnixNano"].map(|name| field(span, name).parse::<u64>().unwrap());
        assert!(begun <= ended && begun > 1_700_000_000_000_000_000, "{span}");
    }
    assert!(!text.contains("NWND") && !text.contains("northwind"), "{text}");
    for name in ["\"payflow\"", "service.instance.id", env!("CARGO_PKG_VERSION"), "deployment.environment.name"] {
        assert!(text.contains(name), "{name}: {text}");
    }

    let answer = |answer| collected.lock().unwrap().answer = answer;
    let lost = || program.metrics().get("payflow_spans_lost_total");
    answer(Some(("503 Service Unavailable", "")));
    send("01", "pacs008/ok/prefix-comments-cdata-06.xml");
    until("spans are lost", || lost() == 6);
    answer(Some(("200 OK", r#"{"partialSuccess": {"rejectedSpans": "2"}}"#)));
    send("01", "pacs008/ok/latin1-proxy-10.xml");
    until("some spans of a request are lost", || collected.lock().unwrap().spans.len() == 6 && lost() > 6);
    answer(None);
    send("03", "pacs008/ok/utf16-yen-13.xml");
    program.signal("-TERM");
    assert!(program.child.wait().unwrap().success());
    assert_eq!(collected.lock().unwrap().spans.len(), 12);
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("spans are lost") && log.contains("503"), "{log}");
}

/// A collector that nobody can connect to, and one that never answers: each is said, and the end waits for neither.
#[test]
fn what_no_collector_takes_is_said() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for (collector, why) in [(free(), "Connection refused"), (silent.local_addr().unwrap(), "waits no longer")] {
        let folder = tempfile::tempdir().unwrap();
        let telemetry = format!("telemetry.otlp = \"http://localhost:{}\"\n", collector.port());
        std::fs::write(folder.path().join("payflow.toml"), configuration(free(), "", &telemetry)).unwrap();
        let mut queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &[]).unwrap();
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let headers = [("traceparent".to_owned(), parent.to_owned())];
        queue.append_with(TOPIC, &headers, &[sample("pacs008/ok/fednow-usd-08.xml")]).unwrap();
        let mut program = Program::start(folder.path(), free());
        until("an answer", || queue.records("payflow.acknowledgements", 0).is_ok_and(|answers| !answers.is_empty()));
        program.signal("-TERM");
        let told = Instant::now();
        assert!(program.child.wait().unwrap().success() && told.elapsed() < Duration::from_secs(10));
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
        let last = log.lines().rfind(|line| line.contains("spans are lost")).unwrap_or_else(|| panic!("{log}"));
        let last: Value = serde_json::from_str(last).unwrap();
        assert!(last["message"].as_str().unwrap().contains(why), "{log}");
        assert!(why == "Connection refused" || last["spans"] == 6, "{log}");
    }
}

/// A database that hangs holds an end up for its bound and no longer: what was under way is left, and done by the next start.
#[test]
fn an_end_keeps_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let address = free();
    std::fs::write(file("payflow.toml"), configuration(address, "", "shutdown.seconds = 1\n")).unwrap();
    let mut queue = EmbeddedQueue::open(&file("queue.db"), &[]).unwrap();
    let mut program = Program::start(folder.path(), address);
    until("ready", || program.get("/readyz").is_some_and(|(status, _)| status == 200));
    let database = rusqlite::Connection::open(file("payflow.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    queue.append(TOPIC, &[sample("pacs008/ok/fednow-usd-08.xml")]).unwrap();
    let examined = "payflow_stage_duration_seconds_count{stage=\"examine\"}";
    until("a batch is under way", || program.metrics().get(examined) == 1);
    let begun = Instant::now();
    program.signal("-TERM");
    assert!(program.child.wait().unwrap().success());
    let (took, log) = (begun.elapsed(), std::fs::read_to_string(file("log")).unwrap());
    assert!((1.0..5.0).contains(&took.as_secs_f32()) && log.contains("is left: nothing is lost"), "{took:?} {log}");
    database.execute_batch("ROLLBACK").unwrap();
    let program = Program::start(folder.path(), address);
    until("an answer", || !queue.records("payflow.acknowledgements", 0).unwrap().is_empty());
    program.signal("-TERM");
    drop(program);
    assert_eq!(queue.records("payflow.acknowledgements", 0).unwrap().len(), 1);
}

/// With brokers away nothing can be under way: so nothing is waited for, and nothing is said of it.
#[cfg(feature = "kafka")]
#[test]
fn an_end_does_not_wait_for_brokers_that_are_away() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = format!("kafka.bootstrap_servers = \"{}\"", free());
    let configuration = configuration(free(), "", "").replace("embedded.path = \"queue.db\"", &kafka);
    std::fs::write(folder.path().join("payflow.toml"), configuration).unwrap();
    let mut program = Program::start(folder.path(), free());
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    until("the brokers are asked", || log().contains("Kafka: "));
    let begun = Instant::now();
    program.signal("-TERM");
    assert!(program.child.wait().unwrap().success());
    let (took, log) = (begun.elapsed(), log());
    assert!(took < Duration::from_secs(5) && log.contains("ended while broker and database"), "{took:?} {log}");
    assert!(!log.contains("batch"), "{log}");
}

/// 1. Because of one message more leaves than goes in one publication.
/// 2. Its lag is told once, with the last part; its trace has each part.
#[test]
fn what_leaves_in_parts_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (address, listener) = (free(), TcpListener::bind("127.0.0.1:0").unwrap());
    let telemetry = format!("telemetry.otlp = \"http://localhost:{}\"\n", listener.local_addr().unwrap().port());
    let collected = collect(listener);
    std::fs::write(folder.path().join("payflow.toml"), configuration(address, "", &telemetry)).unwrap();
    let id = catalogue::embedded().ids().find(|id| id.to_string() == "pacs.008.001.08").unwrap();
    let generator = Generator::new(&catalogue::embedded().schema(id).unwrap().unwrap()).unwrap();
    let drawn = Settings { items: Some(2_100), rich: Some(0), ..Settings::default() };
    let bulk = generator.message(1, 0, drawn).write(Layout::Compact);
    let mut queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &[]).unwrap();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    queue.append_with(TOPIC, &[("traceparent".to_owned(), parent)], &[bulk]).unwrap();
    let program = Program::start(folder.path(), address);
    until("ready", || program.get("/readyz").is_some_and(|(status, _)| status == 200));
    until("all has left", || queue.records("payflow.transfers", 0).unwrap().len() == 2_100);
    until("its lag", || program.metrics().get("payflow_ack_lag_seconds_count") == 1);
    let published = || collected.lock().unwrap().spans.iter().filter(|span| span["name"] == "publish").count();
    until("the spans of both parts", || published() == 2);
}

/// The reason of an end is a line of the log, like all others.
#[test]
fn an_end_is_told_in_the_form_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = configuration(free(), "", "").replace("payflow.db", ".");
    std::fs::write(folder.path().join("payflow.toml"), configuration).unwrap();
    let mut program = Program::start(folder.path(), free());
    assert_eq!(program.child.wait().unwrap().code(), Some(2));
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert!(last["level"] == "ERROR" && last["message"].as_str().unwrap().contains("database"), "{log}");
}
