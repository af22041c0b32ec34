//! TLS and SASL to a real Kafka and TLS to a real PostgreSQL, with an authority that is made for the test: the right settings
//! carry a message through, and each wrong one is named at once, with what to change. Needs the feature `tls`, which builds
//! OpenSSL, and what tests/kafka.rs needs: `PAYFLOW_KAFKA=1 cargo test --features tls --test tls -- --show-output`.
#![cfg(all(feature = "tls", feature = "sqlite", feature = "cli"))]
#![allow(clippy::unwrap_used)]

#[path = "tls/authority.rs"]
mod authority;
#[path = "kafka/broker.rs"]
mod broker;
#[path = "kafka/messages.rs"]
mod messages;
mod postgres;
mod skip;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use authority::Authority;
use broker::{RealKafka, free_ports};
use payflow::broker::kafka::{KafkaBroker, KafkaSettings};
use payflow::broker::{Broker, BrokerError, TakeLimits};
use payflow::pipeline::config::Config;
use payflow::store::StoreError;
use payflow::store::postgres::{PostgresSettings, PostgresStore};
use postgres::Database;

const TOPICS: [&str; 4] = ["payflow.inbound", "payflow.acknowledgements", "payflow.transfers", "payflow.rejected"];

const PASSWORD: &str = "swordfish";
const KEY_PASSWORD: &str = "codfish";

/// A user of the brokers that may do nothing.
const STRANGER: &str = "stranger";

/// A Kafka with three listeners: as it is; with TLS and SASL; with TLS that asks for a certificate.
struct World {
    folder: tempfile::TempDir,
    kafka: RealKafka,
    database: Database,
    sasl: String,
    mutual: String,
}

impl World {
    fn new(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("Test Authority");
        let ca = authority.write(folder.path().join("ca.pem"));
        Authority::new("Other Authority").write(folder.path().join("other-ca.pem"));
        std::fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        std::fs::write(folder.path().join("payflow.toml"), CONFIG).unwrap();
        authority.vouches_for("payflow").write_sealed(folder.path(), KEY_PASSWORD);
        let server = authority.vouches_for("localhost");
        database.secure(("payflow", PASSWORD), &server.certificate(), &server.key());

        let [plain, controller, sasl, mutual] = free_ports();
        let key_store = server.write_whole(folder.path().join("broker.pem"));
        let further = format!(
            "listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SASL://127.0.0.1:{sasl},MUTUAL://127.0.0.1:{mutual}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL://localhost:{sasl},MUTUAL://localhost:{mutual}\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL\n\
             ssl.keystore.type=PEM\nssl.keystore.location={}\nssl.truststore.type=PEM\nssl.truststore.location={}\n\
             listener.name.mutual.ssl.client.auth=required\n\
             listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512\n\
             listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_payflow=\"{PASSWORD}\";\n\
             listener.name.sasl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
             authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             super.users=User:ANONYMOUS;User:payflow;User:CN=payflow\n",
            key_store.display(),
            ca.display(),
        );
        let users = ["payflow", STRANGER].map(|user| format!("SCRAM-SHA-512=[name={user},password={PASSWORD}]"));
        let format = ["--add-scram", &users[0], "--add-scram", &users[1]];
        let kafka = RealKafka::start_with(folder.path(), [plain, controller], &further, &format);
        TOPICS.iter().for_each(|topic| kafka.create_topic(topic, 1, &[]));
        let [sasl, mutual] = [sasl, mutual].map(|port| format!("localhost:{port}"));
        Self { folder, kafka, database, sasl, mutual }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        let Database { server, name } = &self.database;
        format!("postgresql://payflow@localhost:{}/{name}?sslmode=verify-full", server.port)
    }

    /// Runs the program to its end, or until it has answered.
    fn run(&self, environment: &[(&str, &str)], mut done: impl FnMut() -> bool) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_payflow"));
        program.args(["run", "--config"]).arg(self.path("payflow.toml"));
        program.env("PAYFLOW__STORE__URL", self.url()).env("PAYFLOW__KAFKA__BOOTSTRAP_SERVERS", &self.sasl);
        program.envs(environment.iter().copied()).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while child.try_wait().unwrap().is_none() && !done() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        // One that has ended can't be told to.
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).output();
        child.wait_with_output().unwrap()
    }

    /// What the configuration says of Kafka, with changes to its text.
    fn settings(&self, changes: &[(&str, &str)]) -> KafkaSettings {
        let file = self.path("changed.toml");
        let text = CONFIG.replace("set by the test", &self.sasl);
        let text = changes.iter().fold(text, |text, (what, with)| {
            assert!(text.contains(what), "{what}");
            text.replace(what, with)
        });
        std::fs::write(&file, text).unwrap();
        Config::read(&file).unwrap().kafka_settings().unwrap().unwrap()
    }
}

const CONFIG: &str = r#"
institution.bic = "PAYFDEFFXXX"
batch.wait_ms = 1
sources = [{ topic = "payflow.inbound", partner = "alpha" }]
partners = [{ id = "alpha", bics = ["ALPHDEFFXXX"] }]
[store]
url = "postgresql://set-by-the-test/?sslmode=verify-full"
password_file = "password"
ca_file = "ca.pem"
[kafka]
bootstrap_servers = "set by the test"
properties = { "session.timeout.ms" = 6000 }
[kafka.tls]
ca_file = "ca.pem"
[kafka.sasl]
mechanism = "SCRAM-SHA-512"
username = "payflow"
password_file = "password"
"#;

/// 1. A message goes in and its answer comes out, by TLS and SASL to Kafka and by TLS to PostgreSQL.
/// 2. With a wrong password for one of the two the program ends, and says so.
/// 3. No password is told to anybody.
fn the_program_works_under_tls(world: &World) {
    let (messages, _) = messages::run("SECURED", 1);
    world.kafka.produce(TOPICS[0], [(0, &messages[0])]);
    let mut answers = world.kafka.reader(TOPICS[1]);
    let output = world.run(&[], || answers.wait_for(1, Duration::from_millis(20)));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && answers.seen == 1, "{log}");
    let encrypted = world.database.count("SELECT count(*) FROM current_verdict WHERE verdict = 'accepted'");
    assert_eq!(encrypted, 1);

    let begun = Instant::now();
    std::fs::write(world.path("wrong"), "wrongfish\n").unwrap();
    let wrong = world.path("wrong").display().to_string();
    for (variable, mend) in [
        ("PAYFLOW__STORE__PASSWORD_FILE", "store.password_file"),
        ("PAYFLOW__KAFKA__SASL__PASSWORD_FILE", "[kafka.sasl]"),
    ] {
        let output = world.run(&[(variable, &wrong)], || false);
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{log}");
        assert!(log.contains(mend) && !log.contains("fish"), "{log}");
    }
    println!("wrong passwords: told after {:?} by two programs", begun.elapsed());
    let mut show = Command::new(env!("CARGO_BIN_EXE_payflow"));
    let file = world.path("shown.toml");
    let text = CONFIG.replace("set by the test", &world.sasl).replace("\npassword_file = \"password\"", "");
    std::fs::write(&file, text).unwrap();
    show.args(["config", "show"]).arg(file).env("PAYFLOW__KAFKA__SASL__PASSWORD", PASSWORD);
    let shown = String::from_utf8(show.output().unwrap().stdout).unwrap();
    assert!(
        !log.contains("fish") && !shown.contains("fish") && shown.contains("kafka.sasl.password = \"***\""),
        "{shown}"
    );
}

/// What a broker says of these settings: nothing when it lets them in.
fn told(settings: KafkaSettings) -> Option<(bool, String)> {
    let at_once = TakeLimits { idle: Duration::ZERO, ..TakeLimits::default() };
    match KafkaBroker::connect(settings).and_then(|mut broker| broker.take(&at_once)) {
        Ok(_) => None,
        Err(BrokerError::Fatal(text)) => Some((true, text)),
        Err(BrokerError::Retry(text)) => Some((false, text)),
    }
}

fn kafka_says_what_is_wrong(world: &World) {
    let scram = "[kafka.sasl]\nmechanism = \"SCRAM-SHA-512\"\nusername = \"payflow\"\npassword_file = \"password\"\n";
    let tls = "[kafka.tls]\nca_file = \"ca.pem\"\n";
    let own = "ca_file = \"ca.pem\"\ncertificate_file = \"own.pem\"\nkey_file = \"own.key\"\nkey_password_file = \"own.key.password\"\n[kafka.sasl]";
    let by_number = world.sasl.replace("localhost", "127.0.0.1");
    let ca = "ca_file = \"ca.pem\"\n[kafka.sasl]";
    // what is changed | whether trying again is no use, and what is said; nothing where it is right
    type Told<'t> = Option<(bool, &'t [&'t str])>;
    let cases: &[(&[(&str, &str)], Told)] = &[
        (&[], None),
        (&[("SCRAM-SHA-512", "PLAIN")], None),
        (&[(ca, own), (scram, ""), (&world.sasl, &world.mutual)], None),
        (
            &[("password_file = \"password\"\n", "password_file = \"wrong\"\n")],
            Some((true, &["SCRAM-SHA-512", "[kafka.sasl]"])),
        ),
        (
            &[("SCRAM-SHA-512", "PLAIN"), ("username = \"payflow\"", "username = \"nobody\"")],
            Some((true, &["Invalid username", "username, password_file"])),
        ),
        (&[("SCRAM-SHA-512", "SCRAM-SHA-256")], Some((true, &["PLAIN,SCRAM-SHA-512", "mechanism"]))),
        (
            &[(ca, "ca_file = \"other-ca.pem\"\n[kafka.sasl]")],
            Some((true, &["certificate verify failed", "unable to get local issuer certificate", "kafka.tls.ca_file"])),
        ),
        (&[(ca, "[kafka.sasl]")], Some((true, &["certificate verify failed", "kafka.tls.ca_file"]))),
        (
            &[(&world.sasl, &by_number)],
            Some((
                true,
                &["IP address mismatch; the certificate is for localhost", "a name that its certificate bears"],
            )),
        ),
        (&[(ca, "ca_file = \"password\"\n[kafka.sasl]")], Some((true, &["ssl.ca.location"]))),
        (&[(scram, ""), (&world.sasl, &world.mutual)], Some((true, &["certificate_file and key_file"]))),
        (&[(tls, "")], Some((false, &["add [kafka.tls]"]))),
        (&[(scram, "")], Some((false, &["add [kafka.sasl]"]))),
        (&[(&world.sasl, &world.kafka.servers)], Some((false, &["remove [kafka.tls]"]))),
        (
            &[("username = \"payflow\"", "username = \"stranger\"")],
            Some((true, &["payflow.inbound", "Read of the sources", "kafka-acls.sh"])),
        ),
    ];
    let mut wrong = Vec::new();
    for (changes, expected) in cases {
        let begun = Instant::now();
        let told = told(world.settings(changes));
        println!("Kafka: {changes:?}: after {:?}: {told:?}", begun.elapsed());
        let as_expected = match (expected, &told) {
            (None, None) => true,
            (Some((is_final, words)), Some((found, text))) => {
                is_final == found && words.iter().all(|word| text.contains(word)) && !text.contains("fish")
            }
            _ => false,
        };
        if !as_expected || begun.elapsed() > Duration::from_secs(10) {
            wrong.push(format!("{changes:?}: {told:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn postgres_says_what_is_wrong(world: &World) {
    let right = PostgresSettings {
        url: world.url(),
        password: Some(PASSWORD.to_owned()),
        ca_file: Some(world.path("ca.pem")),
        worker: "test".to_owned(),
    };
    let url = |from: &str, to: &str| PostgresSettings { url: right.url.replace(from, to), ..right.clone() };
    let ca = |file: &str| PostgresSettings { ca_file: Some(world.path(file)), ..right.clone() };
    let plain = PostgresSettings { ca_file: None, ..url("?sslmode=verify-full", "") };
    let password = |password: Option<&str>| PostgresSettings { password: password.map(str::to_owned), ..right.clone() };
    // the settings | what is said; nothing where they are right
    let cases: &[(PostgresSettings, &[&str])] = &[
        (right.clone(), &[]),
        (url("verify-full", "require"), &[]),
        (password(Some("wrongfish")), &["28P01", "store.password_file"]),
        (password(None), &["password", "store.password_file"]),
        (ca("other-ca.pem"), &["certificate verify failed", "name in store.ca_file the authority"]),
        (ca("password"), &["store.ca_file", "holds no certificate"]),
        (ca("not-there.pem"), &["store.ca_file", "not-there.pem can't be read"]),
        (
            url("localhost", "127.0.0.1"),
            &["IP address mismatch", "name in store.url the server as its certificate does"],
        ),
        (plain, &["28000", "sslmode=verify-full", "store.ca_file"]),
    ];
    for (settings, expected) in cases {
        let begun = Instant::now();
        match (PostgresStore::open(settings.clone()), expected) {
            (Ok(_), []) => {}
            (Err(StoreError::Fatal(text)), [_, ..]) => {
                println!("PostgreSQL: after {:?}: {text}", begun.elapsed());
                assert!(expected.iter().all(|word| text.contains(word)) && !text.contains("fish"), "{text}");
            }
            (told, _) => panic!("{:?} instead of {expected:?}", told.err()),
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{expected:?}");
    }
    let encrypted =
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND usename = 'payflow'";
    let store = PostgresStore::open(right.clone()).unwrap();
    assert_eq!(world.database.count(encrypted), 1);
    drop(store);
    world.database.query("ALTER SYSTEM SET ssl = off");
    world.database.query("SELECT pg_reload_conf()");
    let told = PostgresStore::open(url("verify-full", "require")).err();
    assert!(told.is_some_and(|told| told.to_string().contains("ssl = on")));
}

#[test]
fn works_with_tls_and_says_what_is_wrong() {
    let database = match broker::wanted().and_then(|()| postgres::own_server()) {
        Err(why) => return skip::skipped("TLS with a real Kafka and PostgreSQL", &why),
        Ok(database) => database,
    };
    let world = World::new(database);
    the_program_works_under_tls(&world);
    kafka_says_what_is_wrong(&world);
    postgres_says_what_is_wrong(&world);
}
