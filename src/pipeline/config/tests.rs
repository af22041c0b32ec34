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
    parse_under(text, &[])
}

fn parse_under(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    Loaded::parse("c.toml", text, variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
}

/// A user of SASL whose password is still to come.
fn with_sasl() -> String {
    GOOD.replacen("kafka.b", "kafka.sasl = { mechanism = \"PLAIN\", username = \"u\" }\nkafka.b", 1)
}

#[test]
fn a_variable_is_a_text_where_a_text_is_expected() {
    let password = "PAYFLOW__KAFKA__SASL__PASSWORD";
    for text in ["4711081512", "007", "true", "[a,b]", "{a=b}", "1.50", "\"q\"", "'q'", " spaced ", "swordfish"] {
        let loaded = parse_under(&with_sasl(), &[(password, text)]).unwrap();
        let sasl = loaded.config.kafka.clone().unwrap().sasl.unwrap();
        assert_eq!(sasl.password.unwrap().reveal(), text);
        assert!(!loaded.show().join("\n").contains(text));
    }
    // variable | its text | what `payflow config show` says of it
    for (variable, text, expected) in [
        ("PAYFLOW__WORKER", "1", "worker = \"1\""),
        ("payflow__worker", "1", "worker = \"1\""),
        ("PAYFLOW__KAFKA__GROUP", "2026", "kafka.group = \"2026\""),
        ("PAYFLOW__STORE__PATH", "2026", "store.path = \"2026\""),
        ("PAYFLOW__KAFKA__PROPERTIES__RETRIES", "3", "kafka.properties.retries = \"3\""),
        ("PAYFLOW__KAFKA__PROPERTIES", "{\"linger.ms\" = 3}", "kafka.properties.\"linger.ms\" = 3"),
        ("PAYFLOW__KAFKA", "{group = g}", "kafka.group = \"g\""),
        ("PAYFLOW__LIMITS__DEPTH", "7", "limits.depth = 7"),
        ("PAYFLOW__HOLD__FOUR_EYES", "false", "hold.four_eyes = false"),
        ("PAYFLOW__HTTP__LISTEN", "127.0.0.1:9464", "http.listen = \"127.0.0.1:9464\""),
        ("PAYFLOW__LOG__LEVEL", "debug", "log.level = \"debug\""),
        ("PAYFLOW__SOURCES", "[{topic = t, partner = alpha}]", "sources[0].topic = \"t\""),
        ("PAYFLOW__PARTNERS", "[{id = alpha, bics = [BANKDEFF]}]", "partners[0].bics = [\"BANKDEFF\"]"),
    ] {
        let loaded = parse_under(GOOD, &[(variable, text)]).unwrap_or_else(|error| panic!("{variable}: {error}"));
        assert!(loaded.show().iter().any(|line| line == expected), "{variable}: {:?}", loaded.show());
    }
    let both = [("PAYFLOW__LIMITS__NAME", "9"), ("PAYFLOW__LIMITS", "{depth = 7}"), ("PATH", "/bin")];
    let loaded = parse_under(GOOD, &both).unwrap();
    assert_eq!((loaded.config.limits.depth, loaded.config.limits.name), (7, 9));
    let named: Vec<&str> = loaded.overrides.iter().map(|given| &given.variable[..]).collect();
    assert_eq!(named, ["PAYFLOW__LIMITS", "PAYFLOW__LIMITS__NAME"]);
}

#[test]
fn what_is_wrong_with_a_variable_is_told_by_its_name() {
    // variable | its text | all that is said
    for (variable, text, expected) in [
        ("PAYFLOW__LIMITS__DEPTH", "deep", "limits.depth: is \"deep\"; write a whole number"),
        ("PAYFLOW__LIMITS__DEPTH", "-1", "limits.depth: is -1; write 0 or more"),
        ("PAYFLOW__LIMITS__DEPTH", "10001", "limits.depth: is out of its bounds; it must be 1 to 10000"),
        ("PAYFLOW__HOLD__FOUR_EYES", "4", "hold.four_eyes: is 4; write true or false"),
        (
            "PAYFLOW__HTTP__LISTEN",
            "9464",
            "http.listen: invalid socket address syntax; write an address and a port, such as 127.0.0.1:9464",
        ),
        ("PAYFLOW__SOURCES", "t", "sources: is \"t\"; write [[sources]] for each"),
        ("PAYFLOW__PARTNERS", "[{id = 7, bics = [X]}]", "partners[0].id: is 7; write a text, in quotes"),
    ] {
        let error = parse_under(GOOD, &[(variable, text)]).unwrap_err().to_string();
        let expected = format!("environment variable {variable}: {expected}");
        assert!(error.lines().any(|line| line == expected), "{variable}: {error}");
    }
    let error = parse_under(GOOD, &[("PAYFLOW__KAFKA__GROPU", "g")]).unwrap_err().to_string();
    assert!(error.starts_with("environment variable PAYFLOW__KAFKA__GROPU: kafka.gropu: is not known"), "{error}");
}

#[test]
fn a_secret_that_cannot_be_read_is_not_shown_and_is_told_once() {
    let sasl = |text: &str| with_sasl().replace("\"u\" }", &format!("\"u\", password = {text} }}"));
    let url = |text: &str| GOOD.replacen("store.path = \"payflow.db\"", &format!("store.url = {text}"), 1);
    let property = |text: &str| {
        GOOD.replacen("kafka.b", &format!("kafka.properties.\"ssl.keystore.password\" = {text}\nkafka.b"), 1)
    };
    for (text, key) in [
        (sasl("4711081512"), "kafka.sasl.password"),
        (sasl("[4711081512]"), "kafka.sasl.password"),
        (url("4711081512"), "store.url"),
        (property("4711081512.5"), "kafka.properties.\"ssl.keystore.password\""),
        (property("[4711081512]"), "kafka.properties.\"ssl.keystore.password\""),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(error.faults.iter().all(|fault| fault.key == key), "{error}");
        assert!(!error.to_string().contains("4711081512"), "{error}");
    }
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
        ("\"127.0.0.1:9092\"", "9092", &["kafka.bootstrap_servers", "is 9092", "write a text, in quotes"]),
        ("\"127.0.0.1:9092\"", "\"\"", &["kafka.bootstrap_servers", "at least 1"]),
        ("\"127.0.0.1:9092\"", "\"no port here\"", &["kafka.bootstrap_servers", "no port here", "host:port"]),
        ("\"127.0.0.1:9092\"", "\"a:9092,b\"", &["kafka.bootstrap_servers", "\"b\" is no host and port"]),
        ("\"127.0.0.1:9092\"", "\"a:0\"", &["kafka.bootstrap_servers", "\"a:0\" is no host and port"]),
        ("\"127.0.0.1:9092\"", "\"a b:9092\"", &["kafka.bootstrap_servers", "\"a b:9092\" is no host and port"]),
        ("\"127.0.0.1:9092\"", "\"::1:9092\"", &["kafka.bootstrap_servers", "\"::1:9092\" is no host and port"]),
        (
            "kafka.b",
            "kafka.properties.nonsense = 1\nkafka.b",
            &["kafka.properties.\"nonsense\"", "No such", "remove it"],
        ),
        (
            "kafka.b",
            "kafka.properties.\"session.timeout.ms\" = \"soon\"\nkafka.b",
            &["kafka.properties.\"session.timeout.ms\"", "Invalid value", "correct"],
        ),
        (
            "kafka.b",
            "kafka.properties.\"linger.ms\" = 1.5\nkafka.b",
            &["kafka.properties.\"linger.ms\"", "is no text, no whole number", "write a text"],
        ),
        ("payflow.inbound", "a/b c", &["sources[0].topic", "\"a/b c\" is no name of a topic", "249 at most"]),
        ("payflow.inbound", "", &["sources[0].topic", "\"\" is no name of a topic"]),
        ("payflow.inbound", "..", &["sources[0].topic", "\"..\" is no name of a topic"]),
        ("store.path", "topics.rejected = \"a b\"\nstore.path", &["topics.rejected", "\"a b\" is no name of a topic"]),
        (
            "store.path",
            "topics.rejected = \"payflow.transfers\"\nstore.path",
            &["topics.rejected", "\"payflow.transfers\" is used twice"],
        ),
        (
            "id = \"alpha\"",
            "id = \"alpha\", limits.amounts.EUR = \"-5\"",
            &["partners[0].limits.amounts.EUR", "more than 0"],
        ),
        (
            "id = \"alpha\"",
            "id = \"alpha\", limits.amounts.EUR = \"0.00\"",
            &["partners[0].limits.amounts.EUR", "more than 0"],
        ),
        (
            "store.path",
            "profiles = [{ name = \"p\", limits.hold_above.EUR = \"-5\" }]\nstore.path",
            &["profiles[0].limits.hold_above.EUR", "0 or more"],
        ),
        ("store.path", "limits.depth = \"deep\"\nstore.path", &["limits.depth: is \"deep\"; write a whole number"]),
        ("[\"BANKDEFF\"]", "\"BANKDEFF\"", &["partners[0].bics: is \"BANKDEFF\"; write a list: [\"…\"]"]),
        (
            "store.path",
            "http.listen = \"9464\"\nstore.path",
            &["http.listen", "write an address and a port, such as 127.0.0.1:9464"],
        ),
        ("store.path", "log = 5\nstore.path", &["log: is 5; write a table: [log]"]),
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
        (
            "id = \"alpha\"",
            "id = \"alpha\", limits.amounts.EUR = 5",
            &["partners[0].limits.amounts", "is 5", "write a text, in quotes"],
        ),
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
        (
            "id = \"alpha\"",
            "id = \"alpha\", limits = { amounts.EUR = \"100\", hold_above.EUR = \"100\" }",
            &["partners[0].limits.hold_above.EUR", "holds nothing", "less than that"],
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
    for servers in ["kafka-1:9092, kafka-2.bank.example:9093", "[::1]:9092", "SASL_SSL://kafka_1:9092"] {
        assert!(parse(&GOOD.replace("127.0.0.1:9092", servers)).is_ok(), "{servers}");
    }
    for (what, with, expected) in cases {
        // Which settings of librdkafka are reserved, and which it knows, is known where it is built in.
        let of_librdkafka = ["acks", "nonsense", "soon"].iter().any(|part| with.contains(part));
        if of_librdkafka && !cfg!(feature = "kafka") {
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
        // A librdkafka without TLS takes none of its settings.
        if added.contains("ssl.") && cfg!(all(feature = "kafka", not(feature = "tls"))) {
            continue;
        }
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
    let mended =
        text.replace("wrker", "worker").replace("9092", "\"k:9092\"").replace("loud", "info").replace("= 0", "= 9");
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
    let url = "store.url = \"postgresql://u:hush@db/x\"";
    let shown = parse(&GOOD.replace("store.path = \"payflow.db\"", url)).unwrap().show().join("\n");
    assert!(shown.contains("store.url = \"***\""), "{shown}");
    assert!(shown.contains("sources[0].topic = \"payflow.inbound\"") && !shown.contains("hush"), "{shown}");
    assert!(!format!("{:?}", Secret::read(&folder.path().join("password")).unwrap()).contains("sword"));
}
