//! What is wrong is told: all of it, with its place and how to mend it.

use std::path::PathBuf;

use super::*;

const GOOD: &str = r#"
    store.path = "payflow.db"
    kafka.bootstrap_servers = "127.0.0.1:9092"
    sources = [{ topic = "payflow.inbound", partner = "alpha" }]
    partners = [{ id = "alpha", bics = ["BANKDEFF"] }]
"#;

fn parse(text: &str) -> Result<Loaded, ConfigError> {
    Loaded::parse("c.toml", text, &Env::prefixed("PAYFLOW_OF_NOBODY__").split("__"))
}

#[test]
fn names_what_is_wrong() {
    // replace | with | the error must name
    let cases: &[(&str, &str, &[&str])] = &[
        ("store.path", "stor.path", &["stor", "not known", "store"]),
        ("store.path = \"payflow.db\"", "", &["store", "missing"]),
        ("store.path = \"payflow.db\"", "store = {}", &["store.path", "missing", "PostgreSQL"]),
        ("store.path", "store.url = \"postgresql://db/x\"\nstore.path", &["store.url", "remove one"]),
        (
            "store.path",
            "store.seal = { id = \"a\", key_file = \"a\", older = [{ id = \"a\", key_file = \"b\" }] }\nstore.path",
            &["store.seal.older[0].id", "twice"],
        ),
        (
            "store.path",
            "store.audit = { id = \"a\", key_file = \"a\", older = [{ id = \"a\", key_file = \"b\" }] }\nstore.path",
            &["store.audit.older[0].id", "twice"],
        ),
        (
            "store.path",
            "store.retain_months = 0\nstore.path",
            &["store.retain_months", "is 0", "1 to 1200", "remove it"],
        ),
        ("store.path", "store.retain_months = 1201\nstore.path", &["store.retain_months", "1 to 1200"]),
        ("store.path", "store.retain_months = 1.5\nstore.path", &["store.retain_months", "1.5"]),
        ("store.path", "store.ca_file = \"x\"\nstore.path", &["store.ca_file", "remove it"]),
        ("store.path = \"payflow.db\"", "store.url = \"mysql://u:p@db\"", &["store.url", "postgresql://user@host"]),
        (
            "store.path = \"payflow.db\"",
            "store.url = \"postgresql://db/x?a=b&sslmode=verify-full\"",
            &["store.ca_file", "is missing"],
        ),
        (
            "store.path = \"payflow.db\"",
            "store = { url = \"postgresql://db/x?sslmode=disable\", ca_file = \"c\" }",
            &["store.ca_file", "sslmode=disable", "sslmode=verify-full"],
        ),
        (
            "store.path = \"payflow.db\"",
            "store.url = \"postgresql://db/x?sslmode=prefer\"",
            &["store.url", "who the server is", "sslmode=verify-full"],
        ),
        ("\"127.0.0.1:9092\"", "9092", &["kafka.bootstrap_servers", "9092", "string"]),
        ("\"127.0.0.1:9092\"", "\"\"", &["kafka.bootstrap_servers", "at least 1"]),
        ("kafka.bootstrap_servers = \"127.0.0.1:9092\"", "", &["kafka", "bootstrap_servers", "[embedded]"]),
        ("kafka.b", "embedded.path = \"q\"\nkafka.b", &["embedded", "remove one"]),
        ("kafka.b", "kafka.properties.acks = 1\nkafka.b", &["kafka.properties", "acks", "remove"]),
        ("partner = \"alpha\"", "partner = \"beta\"", &["sources[0].partner", "beta", "[[partners]]"]),
        ("payflow.inbound", "payflow.transfers", &["sources[0].topic", "twice"]),
        ("sources = [{ topic = \"payflow.inbound\", partner = \"alpha\" }]", "", &["sources", "empty", "[[folders]]"]),
        (
            "store.path",
            "folders = [{ name = \"f\", path = \"f\", partner = \"alpha\" }]\nstore.path",
            &["folders[0].name", "[kafka]", "[embedded]"],
        ),
        (
            "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
            "embedded.path = \"q\"\nfolders = [{ name = \"payflow.inbound\", path = \"f\", partner = \"alpha\" }]",
            &["folders[0].name", "payflow.inbound", "twice"],
        ),
        (
            "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
            "embedded.path = \"q\"\nfolders = [{ name = \"f\", path = \"f\", partner = \"beta\" }]",
            &["folders[0].partner", "beta", "[[partners]]"],
        ),
        (
            "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
            "embedded.path = \"q\"\nfolders = [{ name = \"f\", path = \"f\", partner = \"alpha\" }, { name = \"g\", path = \"f\", partner = \"alpha\" }]",
            &["folders[1].path", "twice"],
        ),
        (
            "kafka.bootstrap_servers = \"127.0.0.1:9092\"",
            "embedded.path = \"q\"\nfolders = [{ name = \"f\", path = \"f\", partner = \"alpha\", quiet_seconds = 4000 }]",
            &["folders[0].quiet_seconds", "at most 3600"],
        ),
        ("BANKDEFF", "BANKDE", &["partners[0].bics[0]", "BANKDE", "8 or 11"]),
        ("id = \"alpha\"", "id = \"\"", &["partners[0].id", "1 to 35"]),
        ("id = \"alpha\"", "id = \"alpha\", profile = \"p\"", &["partners[0].profile", "\"p\"", "[[profiles]]"]),
        ("id = \"alpha\"", "id = \"alpha\", limits.bytes = 0", &["partners[0].limits.bytes", "at least 1"]),
        ("id = \"alpha\"", "id = \"alpha\", limits.amounts.EUR = 5", &["partners[0].limits.amounts", "5", "string"]),
        (
            "id = \"alpha\"",
            "id = \"alpha\", limits.amounts.EUR = \"5,0\"",
            &["partners[0].limits.amounts", "character 2"],
        ),
        (
            "id = \"alpha\"",
            "id = \"alpha\", limits.hold_above.EUX = \"5\"",
            &["partners[0].limits.hold_above", "ISO 4217"],
        ),
        ("id = \"alpha\"", "id = \"alpha\", reply.hold_answer = \"ACTC\"", &["partners[0].reply", "ACTC", "PDNG"]),
        ("store.path", "hold.eyes = 4\nstore.path", &["hold.eyes", "not known", "four_eyes"]),
        ("id = \"alpha\"", "id = \"alpha\", limits.amounts.EUX = \"5\"", &["partners[0].limits.amounts", "ISO 4217"]),
        (
            "store.path",
            "profiles = [{ name = \"p\", levels = { \"iso.Iban\" = \"warning\" } }]\nstore.path",
            &["profiles[0].levels.\"iso.Iban\"", "no rule", "iso.IBAN"],
        ),
        (
            "store.path",
            "profiles = [{ name = \"p\", levels = { \"iso.IBAN\" = \"loud\" } }]\nstore.path",
            &["profiles[0].levels", "loud", "warning"],
        ),
        ("store.path", "profiles = [{ name = \"p\" }, { name = \"p\" }]\nstore.path", &["profiles[1].name", "twice"]),
        ("store.path", "profiles = [{ name = \"p\", from = \"today\" }]\nstore.path", &["profiles[0].from"]),
        ("kafka.b", "kafka.message_bytes = 1000\nkafka.b", &["kafka.message_bytes", "65536 to 400000000"]),
        (
            "kafka.b",
            "kafka.properties.\"message.max.bytes\" = 1\nkafka.b",
            &["kafka.properties.\"message.max.bytes\"", "write kafka.message_bytes"],
        ),
        ("store.path", "batch.inputs = 0\nstore.path", &["batch.inputs", "1 to 100000"]),
        ("store.path", "limits.bytes = 0\nstore.path", &["limits.bytes", "1 to 4000000000"]),
        ("store.path", "limits.file_bytes = 0\nstore.path", &["limits.file_bytes", "at least 1"]),
        ("store.path", "limits.window_bytes = 63\nstore.path", &["limits.window_bytes", "64 to 1000000000"]),
        ("store.path", "limits.item_bytes = 63\nstore.path", &["limits.item_bytes", "64 to 2000000000"]),
        ("store.path", "limits.depth = 0\nstore.path", &["limits.depth", "1 to 10000"]),
        ("store.path", "limits.attributes = 10001\nstore.path", &["limits.attributes", "1 to 10000"]),
        ("store.path", "limits.name = 0\nstore.path", &["limits.name", "1 to 100000"]),
        ("store.path", "limits.text = 0\nstore.path", &["limits.text", "1 to 1000000000"]),
        ("store.path", "limits.findings = 0\nstore.path", &["limits.findings", "1 to 1000000"]),
        ("store.path", "limits.depth = -1\nstore.path", &["limits.depth", "-1"]),
        ("store.path", "limits.height = 1\nstore.path", &["limits.height", "not known", "depth"]),
        (
            "kafka.b",
            "kafka.sasl = { mechanism = \"PLAIN\", username = \"u\", password = \"p\" }\nkafka.b",
            &["c.toml:3:", "kafka.sasl.password", "secret", "password_file"],
        ),
        (
            "kafka.b",
            "kafka.sasl = { mechanism = \"PLAIN\", username = \"u\" }\nkafka.b",
            &["c.toml:3:", "kafka.sasl.password_file", "is missing", "PAYFLOW__KAFKA__SASL__PASSWORD"],
        ),
        (
            "kafka.b",
            "kafka.sasl = { mechanism = \"MAGIC\", username = \"u\" }\nkafka.b",
            &["kafka.sasl.mechanism", "MAGIC", "SCRAM-SHA-512"],
        ),
        (
            "kafka.b",
            "kafka.tls = { certificate_file = \"c\" }\nkafka.b",
            &["kafka.tls.key_file", "is missing", "go together"],
        ),
        (
            "kafka.b",
            "kafka.properties.\"sasl.username\" = \"u\"\nkafka.b",
            &["kafka.properties.\"sasl.username\"", "write kafka.sasl.username"],
        ),
        (
            "store.path",
            "telemetry.otlp = \"https://collector.example:4318\"\nstore.path",
            &["telemetry.otlp", "https://collector.example:4318", "http://localhost:4318"],
        ),
        ("store.path", "log.level = \"loud\"\nstore.path", &["log.level", "loud", "debug"]),
        ("store.path", "store.path = [", &["c.toml:2:", "the file", "not TOML"]),
        (
            "store.path",
            "schemas = [{ path = \"x\", partners = [\"beta\"] }]\nstore.path",
            &["schemas[0].partners[0]", "beta"],
        ),
        (
            "store.path",
            "schemas = [{ path = \"x\", partners = [\"alpha\"], business_service = \"s\" }]\nstore.path",
            &["schemas[0].path", "two ways", "[[schemas]]"],
        ),
    ];
    assert!(parse(GOOD).is_ok());
    for (what, with, expected) in cases {
        // Which settings of librdkafka are reserved is known where it is built in.
        if with.contains("acks") && !cfg!(feature = "kafka") {
            continue;
        }
        let error = parse(&GOOD.replacen(what, with, 1)).unwrap_err().to_string();
        assert!(expected.iter().all(|part| error.contains(part)), "{with:?}: {error}");
    }
}

#[test]
fn doubts_what_is_allowed_and_perhaps_not_meant() {
    // what is added before kafka.bootstrap_servers | what is said of it
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("kafka.properties.\"ssl.endpoint.identification.algorithm\" = \"https\"", &[]),
        (
            "kafka.properties.\"ssl.endpoint.identification.algorithm\" = \"none\"",
            &["c.toml:3:", "identification", "anybody", "kafka.tls.ca_file"],
        ),
        ("kafka.properties.\"enable.ssl.certificate.verification\" = false", &["verification", "anybody"]),
        (
            "kafka.sasl = { mechanism = \"PLAIN\", username = \"u\", password_file = \"p\" }",
            &["c.toml:3:", "kafka.sasl.mechanism", "as it is", "[kafka.tls]"],
        ),
    ];
    for (added, expected) in cases {
        let loaded = parse(&GOOD.replacen("kafka.b", &format!("{added}\nkafka.b"), 1)).unwrap();
        let said: Vec<String> = loaded.doubts.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), usize::from(!expected.is_empty()), "{said:?}");
        assert!(expected.iter().all(|part| said[0].contains(part)), "{said:?}");
    }
}

#[test]
fn tells_all_that_is_wrong_with_its_place() {
    let text = r#"wrker = "w"
store.path = "payflow.db"

[kafka]
bootstrap_servers = 9092
properties = { "sasl.password" = "x" }

[[sources]]
topic = "payflow.inbound"

[[partners]]
id = "alpha"
bics = ["BANKDEFF", "BANK"]

[log]
level = "loud"

[limits]
depth = 0
"#;
    let error = parse(text).unwrap_err();
    let found: Vec<String> = error.faults.iter().map(|fault| format!("{} {}", fault.place, fault.key)).collect();
    assert_eq!(
        found,
        [
            "c.toml:1:1 wrker",
            "c.toml:5:1 kafka.bootstrap_servers",
            "c.toml:8:1 sources[0].partner",
            "c.toml:16:1 log.level",
            "c.toml:19:1 limits.depth",
        ]
    );
    let mended = text.replace("wrker", "worker").replace("9092", "\"k\"").replace("loud", "info").replace("= 0", "= 9");
    let error = parse(&mended.replace("topic =", "partner = \"beta\"\ntopic =")).unwrap_err();
    let found: Vec<String> = error.faults.iter().map(|fault| format!("{} {}", fault.place, fault.key)).collect();
    assert_eq!(
        found,
        [
            "c.toml:6:16 kafka.properties.\"sasl.password\"",
            "c.toml:9:1 sources[0].partner",
            "c.toml:14:21 partners[0].bics[1]",
        ]
    );
}

#[test]
fn secrets_are_read_from_files_and_shown_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "swordfish\n").unwrap();
    let sasl = SaslConfig {
        mechanism: Mechanism::ScramSha512,
        username: "payflow".to_owned(),
        password: None,
        password_file: Some(file),
    };
    let loaded = parse(GOOD).unwrap();
    let tls = Some(TlsConfig::default());
    let mut kafka = KafkaConfig { tls, sasl: Some(sasl), ..loaded.config.kafka.unwrap() };
    let properties = kafka.properties().unwrap();
    let found: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        found,
        [
            "sasl.mechanism=SCRAM-SHA-512",
            "sasl.password=swordfish",
            "sasl.username=payflow",
            "security.protocol=sasl_ssl",
            "ssl.ca.location=probe",
        ]
    );
    let missing = PathBuf::from("not-there.pem");
    kafka.tls = Some(TlsConfig { ca_file: Some(missing), ..TlsConfig::default() });
    let error = kafka.properties().unwrap_err();
    assert!(error.starts_with("kafka.tls.ca_file: not-there.pem can't be read"), "{error}");
    let shown = parse(&GOOD.replace("kafka.b", "kafka.properties.\"ssl.keystore.password\" = \"hush\"\nkafka.b"))
        .unwrap()
        .show()
        .join("\n");
    assert!(shown.contains("kafka.properties.\"ssl.keystore.password\" = \"***\""), "{shown}");
    assert!(shown.contains("sources[0].topic = \"payflow.inbound\"") && !shown.contains("hush"), "{shown}");
    assert!(!format!("{:?}", Secret::read(&folder.path().join("password")).unwrap()).contains("sword"));
}
