//! The verdict of the schema alone, beside that of libxml2, on public messages of many origins. The messages are not part
//! of this repository: where they are not at hand, the test says that it was skipped.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod skip;

use std::path::PathBuf;

use payflow::pipeline::{Options, Validity, examine};

/// The families that are compared.
const FAMILIES: &[&str] = &["pacs.008.", "camt.053.", "pacs.002.", "admi.002."];

/// How many files of them there are.
const FILES: usize = 149;

/// One file, what it holds, and what libxml2 says of it.
struct Row {
    file: String,
    valid: bool,
    remark: String,
}

fn folder() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("PAYFLOW_SHARED").map_or_else(beside, PathBuf::from).join("samples")
}

fn rows(table: &str) -> Vec<Row> {
    let mut lines = table.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| columns.iter().position(|column| *column == name).unwrap_or_else(|| panic!("no {name}"));
    let (file, messages, valid) = (column("file"), column("messages"), column("xsd_valid"));
    let relevant = |fields: &Vec<&str>| {
        (fields[file].starts_with("valid/") || fields[file].starts_with("invalid/"))
            && FAMILIES.iter().any(|family| fields[messages].starts_with(family))
    };
    lines
        .map(|line| line.split('\t').collect::<Vec<&str>>())
        .filter(relevant)
        .map(|fields| Row {
            file: fields[file].to_owned(),
            valid: fields[valid].starts_with("yes"),
            remark: fields[valid].chars().take(160).collect(),
        })
        .collect()
}

#[test]
fn verdicts_equal_those_of_libxml2() {
    let folder = folder();
    let Ok(table) = std::fs::read_to_string(folder.join("SOURCES.tsv")) else {
        skip::skipped("the verdicts on public messages", "the messages are not there");
        return;
    };
    let rows = rows(&table);
    let mut wrong = Vec::new();
    for row in &rows {
        let bytes = std::fs::read(folder.join(&row.file)).unwrap();
        let documents = examine(&bytes, Options { schema_only: true, ..Options::default() });
        let valid = documents.iter().all(|document| document.validity == Validity::Valid);
        if valid != row.valid {
            let findings: Vec<String> = documents
                .iter()
                .flat_map(|document| &document.findings)
                .map(|finding| format!("  {} at {:?}: {}", finding.rule.id(), finding.place, finding.text))
                .collect();
            wrong.push(format!("{}: libxml2 says {}\n{}", row.file, row.remark, findings.join("\n")));
        }
    }
    println!("{} of {} verdicts equal those of libxml2", rows.len() - wrong.len(), rows.len());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert_eq!(rows.len(), FILES);
}
