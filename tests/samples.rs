//! The samples of this repository: the valid ones have nothing wrong with them, and each of the others has exactly the
//! findings that stand in the file beside it. `PAYFLOW_BLESS=1` rewrites those files; review the difference.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod sample_set;

use std::fmt::Write as _;
use std::path::Path;

use payflow::finding::{Finding, Severity};
use payflow::pipeline::{Examined, Validity};

/// Samples whose fault shows only beside the partner of the source.
const BESIDE_THE_DOCUMENT: &[&str] = &["pacs008/err/wrong-partner.xml"];

/// A finding as one line: rule, severity, path, line:column.
fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hold => "hold",
    };
    match &finding.place {
        Some(place) => format!("{} {severity} {} {}:{}", finding.rule.id(), place.path, place.line, place.column),
        None => format!("{} {severity} - -", finding.rule.id()),
    }
}

fn lines(documents: &[Examined]) -> String {
    documents.iter().flat_map(|document| &document.findings).fold(String::new(), |mut out, finding| {
        let _ = writeln!(out, "{}", line(finding));
        out
    })
}

fn name(file: &Path) -> String {
    file.strip_prefix(sample_set::samples()).unwrap_or(file).display().to_string()
}

#[test]
fn valid_samples_have_no_findings() {
    let mut seen = 0;
    for file in sample_set::files(&sample_set::samples(), "xml") {
        if file.parent().is_some_and(|folder| folder.ends_with("ok")) {
            let documents = sample_set::examined(&std::fs::read(&file).unwrap());
            assert_eq!(lines(&documents), "", "{}", name(&file));
            for document in &documents {
                assert_eq!(document.validity, Validity::Valid, "{}", name(&file));
            }
            seen += 1;
        }
    }
    assert!(seen >= 14, "{seen} valid samples");
}

#[test]
fn the_number_of_transactions_is_right() {
    for (file, expected) in [
        ("pacs008/ok/sepa-bulk-02.xml", &[4][..]),
        ("pacs008/ok/cbpr-single-header-08.xml", &[1]),
        ("pacs008/ok/two-documents-08.xml", &[1, 1]),
        ("pacs008/ok/prefix-comments-cdata-06.xml", &[2]),
        ("camt053/ok/several-statements-02.xml", &[3]),
        ("camt053/ok/no-entries-bom-crlf-08.xml", &[0]),
        ("camt053/ok/first-version-01.xml", &[1]),
    ] {
        let documents = sample_set::examined(&std::fs::read(sample_set::samples().join(file)).unwrap());
        let found: Vec<u64> = documents.iter().map(|document| document.transactions).collect();
        assert_eq!(found, expected, "{file}");
    }
}

#[test]
fn faulty_samples_have_the_expected_findings() {
    let bless = std::env::var_os("PAYFLOW_BLESS").is_some();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in sample_set::files(&sample_set::samples(), "xml") {
        let faulty = file.parent().is_some_and(|folder| folder.ends_with("err"));
        if !faulty || BESIDE_THE_DOCUMENT.contains(&name(&file).as_str()) {
            continue;
        }
        seen += 1;
        let found = lines(&sample_set::examined(&std::fs::read(&file).unwrap()));
        let beside = file.with_extension("findings");
        if bless {
            std::fs::write(&beside, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected || !found.contains(" error ") {
            wrong.push(format!("{}\nfound:\n{found}expected:\n{expected}", name(&file)));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(seen >= 14, "{seen} faulty samples");
}
