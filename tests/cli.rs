//! The command line as a user meets it: exit codes, the JSON that programs read, the text that people read.

#![cfg(all(feature = "cli", feature = "sqlite"))]
// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const GOOD: &str = "samples/pacs008/ok/sepa-bulk-02.xml";
const TWO: &str = "samples/pacs008/ok/two-documents-08.xml";
const BAD: &str = "samples/pacs008/err/iban-pattern.xml";
const FUTURE: &str = "samples/pacs008/err/future-version.xml";
/// Of a kind that payflow has the schema of, and no more.
const OTHER: &str = "samples/camt053/err/camt052-as-camt053.xml";

fn payflow(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payflow"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    payflow(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn check_exit(arguments: &[&str], expected: i32) {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {}", text(&output.stderr));
}

#[test]
fn exit_codes_say_how_it_went() {
    for (files, expected) in [
        (&[GOOD][..], 0),
        (&[GOOD, TWO], 0),
        (&[GOOD, BAD], 1),
        (&[FUTURE], 1),
        (&["no/such/file.xml"], 2),
        (&["no/such/file.xml", BAD, GOOD], 2),
    ] {
        for command in ["validate", "map", "reply"] {
            check_exit(&[&[command], files].concat(), expected);
        }
        check_exit(&[&["validate", "--format", "json"], files].concat(), expected);
    }
    check_exit(&["validate"], 2);
    check_exit(&["no-such-command"], 2);
    check_exit(&["--help"], 0);
}

#[test]
fn a_message_that_is_not_processed_is_checked_against_its_schema() {
    let validated = run(&["validate", OTHER]);
    assert!(validated.status.success());
    let said =
        "camt.052.001.08; checked against its schema alone: payflow has no rules for camt.052 and does not map it";
    assert_eq!(text(&validated.stdout), format!("{OTHER}: valid, {said}\n"));

    let mapped = run(&["map", OTHER]);
    assert_eq!((mapped.status.code(), text(&mapped.stdout)), (Some(1), String::new()));
    let said = "document 1 is camt.052.001.08, and valid against its schema; payflow does not map camt.052";
    assert_eq!(text(&mapped.stderr), format!("payflow: {OTHER}: {said}\n"));

    let replied = run(&["reply", OTHER]);
    assert_eq!(replied.status.code(), Some(1));
    assert!(text(&replied.stdout).contains("PF-VER-UNSUPPORTED"));
}

#[test]
fn json_is_one_object_a_document() {
    let output = run(&["validate", "--format", "json", TWO, BAD, FUTURE]);
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<(&str, u64, &str, &str, usize, u64)> = lines
        .iter()
        .map(|line| {
            (
                line["file"].as_str().unwrap(),
                line["document"].as_u64().unwrap(),
                line["message"].as_str().unwrap(),
                line["verdict"].as_str().unwrap(),
                line["findings"].as_array().unwrap().len(),
                line["transactions"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        (TWO, 1, "pacs.008.001.08", "valid", 0, 1),
        (TWO, 2, "pacs.008.001.08", "valid", 0, 1),
        (BAD, 1, "pacs.008.001.08", "invalid", 1, 1),
        (FUTURE, 1, "pacs.008.001.99", "unsupported", 1, 0),
    ];
    assert_eq!(found, expected);
    let finding = lines[2]["findings"][0].as_object().unwrap();
    let mut keys: Vec<&str> = finding.keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = "column expected found length line offset path rule severity suggestion text";
    assert_eq!(keys.join(" "), expected);
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(64), Some(17)));
}

#[test]
fn standard_input_is_read() {
    let mut child = payflow(&["validate", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/pacs008/ok/utf16-yen-13.xml")).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout), "-: valid, pacs.008.001.13, 1 transaction\n");
    assert!(output.status.success());
}

#[test]
fn a_person_sees_the_line_and_no_colour_codes_in_a_pipe() {
    let out = text(&run(&["validate", BAD]).stdout);
    assert!(out.contains("64 |           <IBAN>lu169980055500011122</IBAN>\n"), "{out}");
    assert!(out.contains("   |                 ^^^^^^^^^^^^^^^^^^^^ expected"), "{out}");
    assert!(!out.contains('\u{1b}'));
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (command, shown) = readme.split_once("$ payflow ").unwrap().1.split_once('\n').unwrap();
    let shown = shown.split_once("```").unwrap().0;
    let arguments: Vec<&str> = command.split(' ').collect();
    assert_eq!(text(&run(&arguments).stdout), shown);
}

#[test]
fn own_schemas_take_the_place_of_the_published_ones() {
    let guided = "samples/guidelines/cross-border.xml";
    let file = "cross-border.pacs.008.001.08.xsd";
    let schema = format!("samples/guidelines/{file}");
    let validated = run(&["validate", "--schemas", "samples/guidelines", guided, TWO]);
    let expected = format!("{guided}: valid, pacs.008.001.08 by {file}, 1 transaction\n");
    assert!(text(&validated.stdout).starts_with(&expected), "{}", text(&validated.stdout));
    assert_eq!(validated.status.code(), Some(1), "the guideline refuses the other");
    let json = text(&run(&["validate", "--format", "json", "--schema", &schema, guided]).stdout);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["schema"]["file"], json["schema"]["sha256"].as_str().unwrap().len()), (&file.into(), 64));
    check_exit(&["map", "--schemas", "samples/guidelines", guided], 0);
    check_exit(&["reply", "--schema", &schema, guided, TWO], 1);
    let refused = run(&["validate", "--schemas", "samples/pacs008", guided]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("no schema of a message is there"), "{}", text(&refused.stderr));
}

#[test]
fn schema_only_leaves_the_business_rules_out() {
    let rule = "samples/pacs008/err/iban-check-digits.xml";
    check_exit(&["validate", rule], 1);
    check_exit(&["validate", "--schema-only", rule], 0);
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let mut child = payflow(&["map", GOOD, GOOD, GOOD]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn transfers_are_json_lines() {
    let out = text(&run(&["map", GOOD]).stdout);
    let amounts: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["amount"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(amounts, ["1480.00", "3144.35", "9000", "5000.00"]);
    let out = text(&run(&["map", "--statements", "samples/camt053/ok/several-statements-02.xml"]).stdout);
    assert_eq!(out.lines().count(), 3);
}

#[test]
fn replies_are_xml() {
    for (file, message) in [
        (GOOD, "pacs.002.001.03"),
        (BAD, "admi.002.001.01"),
        ("samples/camt053/ok/nostro-header-08.xml", "admi.007.001.01"),
    ] {
        let out = text(&run(&["reply", file]).stdout);
        assert!(out.starts_with("<?xml") && out.contains(&format!("xsd:{message}\"")), "{file}: {out}");
    }
}

#[test]
fn the_demonstration_shows_every_kind_of_answer() {
    let output = run(&["demo"]);
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for word in [
        "pacs.002.",
        "admi.002.",
        "admi.007.",
        "ACTC",
        "RJCT",
        "PART",
        "accepted",
        "partly accepted",
        "rejected",
        "refused",
        "repeated",
        "Totals",
        "Try next",
    ] {
        assert!(out.contains(word), "{word} is not shown:\n{out}");
    }
    let out = text(&run(&["demo", "--xml", "fednow"]).stdout);
    assert!(out.contains("<Document xmlns="), "{out}");
}

#[test]
fn generated_messages_are_valid_and_faults_are_where_they_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    check_exit(&["generate", "pacs.008.001.08", "--count", "3", "--header", "--into", into], 0);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names: Vec<String> = (1..=3).map(|number| file(&format!("pacs.008.001.08-1-00000{number}.xml"))).collect();
    check_exit(&["validate", &names[0], &names[1], &names[2]], 0);

    check_exit(&["generate", "camt.053.001.08", "--seed", "5", "--invalid", "--into", into], 0);
    let stem = "camt.053.001.08-5-000001";
    let said: Value = serde_json::from_slice(&std::fs::read(file(&format!("{stem}.fault.json"))).unwrap()).unwrap();
    let found = run(&["validate", "--schema-only", "--format", "json", &file(&format!("{stem}.xml"))]);
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["findings"][0]["path"], said["faults"][0]["path"], "{found} {said}");
}

#[test]
fn generating_says_what_to_do() {
    for (arguments, expected) in [
        (&["pacs.008.001.99"][..], "the nearest message is pacs.008.001.14"),
        (&["pacs.008"], "the nearest message is pacs.008.001.14"),
        (&["hello"], "not a message such as pacs.008.001.08"),
        (&["pacs.008.001.08", "--count", "2"], "--into DIR"),
        (&["pacs.008.001.08", "--transactions", "0"], "at least 1"),
        (&["admi.002.001.01", "--transactions", "5"], "leave --transactions out"),
        (&["pacs.008.001.08", "--transactions", "200000", "--invalid"], "at most 100000"),
        (&["pacs.008.001.08", "--faults", "2"], "--invalid"),
    ] {
        let output = run(&[&["generate"], arguments].concat());
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(expected), "{arguments:?}: {said}");
    }
}

/// Arguments of `payflow schema`, and what is shown.
#[track_caller]
fn check_schema(arguments: &[&str], expected: &str) {
    let output = run(&[&["schema"], arguments].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn messages_are_listed() {
    let all = text(&run(&["schema", "list"]).stdout);
    assert!(all.ends_with("\n48 messages, 322 schemas\n"), "{all}");
    check_schema(
        &["list", "customersTATEMENT"],
        "camt.053  BankToCustomerStatement  14 versions  01 to 14  rules, mapping\n\n1 message, 14 schemas\n",
    );
    check_schema(
        &["list", "admi.004", "--format", "json"],
        "{\"message\":\"admi.004\",\"name\":\"SystemEventNotification\",\"processed\":false,\
         \"versions\":[\"admi.004.001.01\",\"admi.004.001.02\"]}\n",
    );
}

#[test]
fn a_message_is_shown_as_a_tree() {
    check_schema(
        &["show", "camt.053.001.08", "--path", "/Document/BkToCstmrStmt/Stmt[2]/Bal[1]/Avlbty", "--depth", "1"],
        "\
camt.053.001.08 BankToCustomerStatement
urn:iso:std:iso:20022:tech:xsd:camt.053.001.08

Document/BkToCstmrStmt/Stmt/Bal/Avlbty
Avlbty       [0..*]  Availability          CashAvailability1
  Dt         [1..1]  Date                  CashAvailabilityDate1Choice: one of 2 elements
  Amt        [1..1]  Amount                ActiveOrHistoricCurrencyAndAmount: number, at most 18 digits, 5 of them
                                           behind the point, at least 0; attribute Ccy (required): text, pattern
                                           [A-Z]{3}
  CdtDbtInd  [1..1]  CreditDebitIndicator  CreditDebitCode: CRDT | DBIT

--depth 2 shows another level, --path an element of your choice
",
    );
}

#[test]
fn a_schema_is_exported_and_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pain.001.001.09.xsd");
    let exported = run(&["schema", "export", "pain.001.001.09"]);
    assert!(exported.status.success());
    std::fs::write(&file, &exported.stdout).unwrap();
    let into = folder.path().join("schemas");
    let import = ["schema", "import", file.to_str().unwrap(), "--into", into.to_str().unwrap()];
    for written in [3, 0] {
        let said = format!("1 imported, {written} files written to {}\n", into.display());
        assert_eq!(text(&run(&import).stdout), said);
    }
    let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/pain.001.001.09.xsd");
    let text_of = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    assert_eq!(text_of(&into.join("pain.001.001.09.xsd")), text_of(&ours));
}

#[test]
fn an_unknown_message_is_answered_with_what_there_is() {
    for (arguments, expected) in [
        (&["show", "pacs.008.001.99"][..], "the nearest is pacs.008.001.14, and `payflow schema list pacs.008` shows"),
        (&["export", "pasc.008"], "there is no schema of \"pasc.008\"; `payflow schema list` shows what there is"),
        (&["list", "nothing like it"], "`payflow schema list` shows all"),
        (&["show", "pacs.008", "--path", "AppHdr"], "a path begins with the root element, here Document; found AppHdr"),
        (&["show", "pacs.008", "--path", "Document/Foo"], "there is no Foo in Document; it holds FIToFICstmrCdtTrf"),
        (
            &["show", "admi.007", "--path", "Document/RctAck/MsgId/MsgId/X"],
            "there is nothing in Document/RctAck/MsgId/MsgId",
        ),
    ] {
        let output = run(&[&["schema"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_benchmark_of_files_says_what_it_took_and_leaves_out() {
    let files = "samples/camt053/ok";
    let output = run(&["bench", "parse", "samples", "--files", files, "samples/pacs008/err", "--seconds", "0"]);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for expected in ["ratio", "nanoseconds a message", "files taken", "left out: not valid by its schema"] {
        assert!(shown.contains(expected), "{expected} is not in\n{shown}");
    }
}

#[test]
fn a_benchmark_is_json_for_programs_and_a_page_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (lines, page, chart) = (file("rows.jsonl"), file("page.html"), file("speed.svg"));
    let measured = ["bench", "parse", "samples", "--files", "samples/camt053/ok", "--seconds", "0"];
    let output = run(&[&measured[..], &["--out", &lines, "--out", &page, "--out", &chart]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));

    let row: Value = serde_json::from_str(&std::fs::read_to_string(lines).unwrap()).unwrap();
    assert_eq!((row["input"].as_str(), row["instructions_per_byte"].is_null()), (Some("samples"), true));
    for field in ["bytes", "documents", "mb_per_s", "mb_per_s_median", "ns_per_message", "ratio_to_quick_xml"] {
        assert!(row[field].as_f64().unwrap() > 0.0, "{field}: {row}");
    }
    for part in ["p50", "p90", "p99", "p99.9", "max"] {
        assert!(row["ns_per_message_percentiles"][part].is_u64(), "{part}: {row}");
    }
    assert_eq!(row["mb_per_s_quartiles"].as_array().unwrap().len(), 2);

    for (drawing, count) in [(page, 2), (chart, 1)] {
        let text = std::fs::read_to_string(drawing).unwrap();
        assert!(!text.contains("<script") && !text.contains("href"), "something is loaded");
        let text = text.trim_start_matches("<!DOCTYPE html>");
        let tree = roxmltree::Document::parse(text).unwrap();
        assert_eq!(tree.descendants().filter(|node| node.tag_name().name() == "svg").count(), count);
        assert!(tree.descendants().filter(|node| node.tag_name().name() == "rect").count() > 4);
    }
}

#[test]
fn a_benchmark_of_what_is_not_there_says_what_there_is() {
    for (arguments, expected) in [
        (&["bench", "parse", "pacs009"][..], "there is no row pacs009; there are pacs008-single-compact,"),
        (&["bench", "parse", "samples"], "the row samples needs --files PATH"),
        (&["bench", "parse", "samples", "--files", "samples/pacs008/err/cut-off.xml"], "no valid pacs.008 or camt.053"),
        (&["bench", "parse", "samples", "--files", "no/such/folder"], "no/such/folder: "),
        (&["bench", "parse", "--seconds", "9999"], "a number of seconds, at most 3600"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn the_stages_of_a_benchmark_are_told_one_by_one() {
    let output = run(&["bench", "stages", "--json", "--seconds", "0"]);
    let stages: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert_eq!(names, ["first message", "parse", "rules", "transfer", "reply"]);
    assert!(stages[0]["us_at_most"].as_u64().unwrap() > 0);
    assert!(stages[1..].iter().all(|stage| stage["ns_per_message"].as_f64().unwrap() > 0.0));
}

/// A configuration in a folder of its own, and the folder.
fn configured(more: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payflow.toml");
    let text = "store.path = \"payflow.db\"\nembedded.path = \"queue.db\"\npartners = [{ id = \"alpha\" }]\n\
                sources = [{ topic = \"in.alpha\", partner = \"alpha\" }]\n";
    std::fs::write(&file, format!("{text}{more}")).unwrap();
    (folder, file.to_str().unwrap().to_owned())
}

#[test]
fn replay_says_that_there_is_nothing_to_judge_by() {
    let (folder, config) = configured("");
    drop(payflow::store::sqlite::SqliteStore::open(&folder.path().join("payflow.db")).unwrap());
    // further arguments | what is said
    for (further, expected) in [
        (&["--from", "2026-11-01", "--to", "2026-11-21"][..], "nothing was received from 2026-11-01"),
        (&["--from", "2026-11-21", "--to", "2026-11-01"], "--from is to be the earlier one"),
        (&["--from", "2026-11-21", "--to", "2026-11-21"], "--from is to be the earlier one"),
        (&["--from", "2026-11-01", "--to", "2026-11-21", "--profile", "p"], "no profile \"p\": [[profiles]] has none"),
    ] {
        let output = run(&[&["replay", "--config", &config], further].concat());
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains(expected) && !said.contains("would differ"), "{further:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{further:?}");
    }
}

#[test]
fn a_configuration_that_names_what_is_not_there_is_not_good() {
    let (folder, config) = configured("");
    check_exit(&["config", "check", &config], 0);
    let key = "0123456789abcdef".repeat(4);
    for (file, text) in [("good.key", &key[..]), ("short.key", "0123"), ("bad.xsd", "<a/>")] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let url = |file: &str| format!("url = \"postgresql://db/x\"\n{file}");
    // [store], [embedded], what else | what is said, by line and key; nothing where it is good
    for (store, embedded, else_, expected) in [
        ("path = \"p.db\"", "q.db", "", &[][..]),
        ("path = \"none/p.db\"", "q.db", "", &["toml:5:1: store.path: there is no folder", "make it"]),
        ("path = \"in\"", "q.db", "", &["toml:5:1: store.path", "is a folder", "name a file in it"]),
        ("path = \"p.db\"", "none/q.db", "", &["embedded.path: there is no folder", "make it"]),
        (
            &url("password_file = \"none\""),
            "q.db",
            "",
            &["toml:6:1: store.password_file", "can't be read", "put the file there"],
        ),
        (
            &url("seal = { id = \"a\", key_file = \"none\" }"),
            "q.db",
            "",
            &["toml:6:20: store.seal.key_file", "can't be read"],
        ),
        (&url("seal = { id = \"a\", key_file = \"good.key\" }"), "q.db", "", &[]),
        (
            &url("audit = { id = \"a\", key_file = \"good.key\", older = [{ id = \"b\", key_file = \"short.key\" }] }"),
            "q.db",
            "",
            &["store.audit.older[0].key_file", "short.key is not 64 hexadecimal digits"],
        ),
        ("path = \"p.db\"", "q.db", "folders = [{ name = \"f\", path = \"in\", partner = \"alpha\" }]", &[]),
        (
            "path = \"p.db\"",
            "q.db",
            "folders = [{ name = \"f\", path = \"none\", partner = \"alpha\" }]",
            &["folders[0].path: there is no folder"],
        ),
        (
            "path = \"p.db\"",
            "q.db",
            "schemas = [{ path = \"none\" }]",
            &["schemas[0].path", "none cannot be read", "correct the path"],
        ),
        (
            "path = \"p.db\"",
            "q.db",
            "schemas = [{ path = \"bad.xsd\" }]",
            &["schemas[0].path", "bad.xsd", "correct the schema"],
        ),
    ] {
        let partner = "partners = [{ id = \"alpha\" }]\nsources = [{ topic = \"t\", partner = \"alpha\" }]";
        let whole = format!("[store]\n{store}\n[embedded]\npath = \"{embedded}\"\n");
        std::fs::write(&config, format!("{else_}\n{partner}\n{whole}")).unwrap();
        let output = run(&["config", "check", &config]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(i32::from(!expected.is_empty())), "{said}");
        assert!(expected.iter().all(|part| said.contains(part)), "{expected:?}: {said}");
    }
}

#[test]
fn a_secret_of_the_environment_is_not_told() {
    let (_folder, config) = configured("kafka.sasl = { mechanism = \"PLAIN\", username = 7 }\n");
    for command in
        [&["config", "check"][..], &["config", "show"], &["run", "--check", "--config"], &["run", "--config"]]
    {
        let mut program = payflow(&[command, &[&config]].concat());
        let output = program.env("PAYFLOW__KAFKA__SASL__PASSWORD", "4711081512").output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains("kafka.sasl.username: is 7; write a text, in quotes"), "{command:?}: {said}");
        assert!(!said.contains("4711081512") && !said.contains("password"), "{command:?}: {said}");
    }
}
