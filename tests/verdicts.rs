//! The verdict of the schema alone, beside that of libxml2, on public messages of many origins. The messages are not part
//! of this repository: where they are not at hand, the test says that it was skipped.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod skip;

use std::path::PathBuf;

use payflow::finding::Rule;
use payflow::pipeline::{Options, examine};

/// How many files libxml2 has judged: 396 with a Document for which there is an official schema, and four with a header alone.
const FILES: usize = 400;

/// How many others there are: none of them is valid.
const OTHERS: usize = 72;

/// One file, and what libxml2 says of it; `None` where it was not asked: there is nothing for which there is a schema.
struct Row {
    file: String,
    /// Whether there is no Document: then the verdict is that on the header.
    header_alone: bool,
    valid: Option<bool>,
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
    // `yes`; `no:` with the line of the first fault, or `HDR` and the line in the header; `no:` with another reason.
    let verdict = |text: &str| {
        let fault = text.strip_prefix("no: ").map(|text| text.trim_start_matches("HDR "));
        let asked = text.starts_with("yes") || fault.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
        asked.then(|| text.starts_with("yes"))
    };
    lines
        .map(|line| line.split('\t').collect::<Vec<&str>>())
        .map(|fields| Row {
            file: fields[file].to_owned(),
            header_alone: fields[messages] == "(AppHdr only)" && verdict(fields[valid]).is_some(),
            valid: verdict(fields[valid]),
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
        let fault = |rule: Rule| !(row.header_alone && rule == Rule::XmlNoDocument);
        let valid = !documents.iter().flat_map(|document| &document.findings).any(|finding| fault(finding.rule));
        if valid != row.valid.unwrap_or(false) {
            let findings: Vec<String> = documents
                .iter()
                .flat_map(|document| &document.findings)
                .map(|finding| format!("  {} at {:?}: {}", finding.rule.id(), finding.place, finding.text))
                .collect();
            wrong.push(format!("{}: libxml2 says {}\n{}", row.file, row.remark, findings.join("\n")));
        }
    }
    let asked = rows.iter().filter(|row| row.valid.is_some()).count();
    println!("{} of {asked} verdicts equal those of libxml2", asked - wrong.len().min(asked));
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert_eq!((asked, rows.len() - asked), (FILES, OTHERS));
}
