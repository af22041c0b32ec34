//! How documents and findings are shown: as text for a person, as JSON or one compact line for a program. Rendering
//! only: decides nothing, and reads and writes nothing.

use std::fmt::Write as _;

use serde::Serialize;

use super::snippet::{Text, printable, snippet};
use super::style::Style;
use crate::finding::{Finding, Severity};
use crate::message::Kind;
use crate::pipeline::{Examined, Validity};

/// How `validate` shows its verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// Faults with their source line, for a person.
    #[default]
    Text,
    /// One JSON object a document, one a line.
    Json,
    /// One line a finding: `file:line:column: severity [rule] text | at path`
    Compact,
}

/// One document of a file, with what is needed to show it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The name of the file, as the user gave it.
    pub(crate) file: &'a str,
    /// What was found out about the document.
    pub(crate) examined: &'a Examined,
    /// The input as decoded text; `None` when it could not be decoded.
    pub(crate) source: Option<Text<'a>>,
}

/// One document in the format that was asked for, with a line end.
pub(crate) fn document(shown: Shown<'_>, format: Format, style: Style) -> String {
    match format {
        Format::Text => text(shown, style),
        Format::Json => json(shown),
        Format::Compact => compact(shown),
    }
}

#[derive(Serialize)]
struct JsonDocument<'a> {
    file: &'a str,
    document: u32,
    message: Option<String>,
    verdict: &'static str,
    findings: Vec<JsonFinding<'a>>,
    more_findings: u64,
    /// Whether payflow has rules for such a message and maps it.
    processed: bool,
    /// Counted in what is processed only.
    transactions: Option<u64>,
    /// The schema that checked it, when it is one of the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<JsonSchema<'a>>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    file: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'static str,
    severity: Severity,
    path: Option<&'a str>,
    line: Option<u64>,
    column: Option<u64>,
    offset: Option<usize>,
    length: Option<usize>,
    found: Option<&'a str>,
    expected: Option<&'a str>,
    text: &'a str,
    suggestion: Option<&'a str>,
}

fn json(shown: Shown<'_>) -> String {
    let examined = shown.examined;
    let findings = examined.findings.iter().map(|finding| JsonFinding {
        rule: finding.rule.id(),
        severity: finding.severity,
        path: finding.place.as_ref().map(|place| place.path.as_str()),
        line: finding.place.as_ref().map(|place| place.line),
        column: finding.place.as_ref().map(|place| place.column),
        offset: finding.place.as_ref().map(|place| place.offset),
        length: finding.place.as_ref().map(|place| place.length),
        found: finding.found.as_deref(),
        expected: finding.expected.as_deref(),
        text: &finding.text,
        suggestion: finding.suggestion.as_deref(),
    });
    let document = JsonDocument {
        file: shown.file,
        document: examined.number,
        message: examined.message.map(|message| message.to_string()),
        verdict: verdict(examined.validity),
        findings: findings.collect(),
        more_findings: examined.more_findings,
        processed: kind(examined).is_mapped(),
        transactions: kind(examined).is_mapped().then_some(examined.transactions),
        schema: examined.schema.as_ref().map(|own| JsonSchema { file: &own.file, sha256: &own.hash }),
    };
    // Strings, numbers and lists always serialize.
    serde_json::to_string(&document).unwrap_or_default() + "\n"
}

fn compact(shown: Shown<'_>) -> String {
    let mut out = String::new();
    for finding in &shown.examined.findings {
        let _ = writeln!(
            out,
            "{}: {} [{}] {}{}",
            location(shown.file, finding),
            severity(finding.severity),
            finding.rule.id(),
            printable(&finding.text),
            finding.place.as_ref().map_or(String::new(), |place| format!(" | at {}", printable(&place.path))),
        );
    }
    if shown.examined.findings.is_empty() {
        let _ = writeln!(out, "{}: {}", shown.file, summary(shown.examined));
    }
    if let Some(more) = more(shown.examined) {
        let _ = writeln!(out, "{}: {more}", shown.file);
    }
    out
}

/// How many findings are not shown.
fn more(examined: &Examined) -> Option<String> {
    let more = examined.more_findings;
    (more > 0).then(|| format!("… and {} that are not shown", count(more, ("more finding", "more findings"))))
}

fn text(shown: Shown<'_>, style: Style) -> String {
    let mut out = String::new();
    for finding in &shown.examined.findings {
        out.push_str(&fault(shown, finding, style));
        out.push('\n');
    }
    if let Some(more) = more(shown.examined) {
        let _ = writeln!(out, "{more}\n");
    }
    let word = verdict(shown.examined.validity);
    let word = match shown.examined.validity {
        Validity::Valid => style.good(word),
        Validity::Invalid => style.bad(word),
        Validity::Unsupported => style.warn(word),
    };
    let _ = writeln!(out, "{}: {word}{}", style.strong(&name(shown)), details(shown.examined));
    out
}

/// The file, and which document of it where that is not clear.
fn name(shown: Shown<'_>) -> String {
    match shown.examined.number {
        1 => shown.file.to_owned(),
        number => format!("{} (document {number})", shown.file),
    }
}

/// A verdict in words, such as `pacs.008.001.08, valid, 4 transactions`.
fn summary(examined: &Examined) -> String {
    format!("{}{}", verdict(examined.validity), details(examined))
}

fn details(examined: &Examined) -> String {
    let mut out = String::new();
    if let Some(message) = examined.message {
        let _ = write!(out, ", {message}");
    }
    if let Some(own) = &examined.schema {
        let _ = write!(out, " by {}", printable(&own.file));
    }
    let noun = match kind(examined) {
        Kind::Payment => Some(("transaction", "transactions")),
        Kind::Statement => Some(("entry", "entries")),
        Kind::Header | Kind::Answer | Kind::Other => None,
    };
    if let (true, Some(noun)) = (examined.schema_valid, noun) {
        let _ = write!(out, ", {}", count(examined.transactions, noun));
    }
    let errors = of_severity(examined, Severity::Error) + examined.more_findings;
    let warnings = of_severity(examined, Severity::Warning);
    if errors > 0 {
        let _ = write!(out, ", {}", count(errors, ("error", "errors")));
    }
    if warnings > 0 {
        let _ = write!(out, ", {}", count(warnings, ("warning", "warnings")));
    }
    if let (Validity::Valid, false, Some(message)) = (examined.validity, kind(examined).is_mapped(), examined.message) {
        let family = message.family();
        let _ =
            write!(out, "; checked against its schema alone: payflow has no rules for {family} and does not map it");
    }
    out
}

/// What the message is; one that could not be made out is any other.
pub(crate) fn kind(examined: &Examined) -> Kind {
    examined.message.map_or(Kind::Other, Kind::of)
}

fn of_severity(examined: &Examined, severity: Severity) -> u64 {
    examined.findings.iter().filter(|finding| finding.severity == severity).count() as u64
}

/// A number with its noun, such as `1 error` or `2 errors`.
pub(crate) fn count(number: u64, (one, many): (&str, &str)) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// One fault with its source line and a marker under the place.
fn fault(shown: Shown<'_>, finding: &Finding, style: Style) -> String {
    let mut out = String::new();
    let head = format!("{}[{}]", severity(finding.severity), finding.rule.id());
    let head = match finding.severity {
        Severity::Error => style.bad(&head),
        Severity::Warning | Severity::Hold => style.warn(&head),
    };
    let _ = writeln!(out, "{head}: {}", style.strong(&printable(&finding.text)));
    let expected = finding.expected.as_deref().map(printable).unwrap_or_default();
    let mark = if expected.is_empty() { String::new() } else { format!(" expected {expected}") };
    let number = finding.place.as_ref().map_or(0, |place| place.line).to_string();
    let gutter = " ".repeat(number.len());
    let _ = writeln!(out, "{gutter}{} {}", style.dim("-->"), location(shown.file, finding));
    let snippet =
        finding.place.as_ref().zip(shown.source).and_then(|(place, text)| snippet(text, place.offset, place.length));
    match snippet.filter(|snippet| !snippet.line.trim().is_empty()) {
        Some(snippet) => {
            let bar = style.dim("|");
            let line = finding.place.as_ref().map_or(0, |place| place.line.saturating_sub(snippet.above));
            let number = format!("{line:>width$}", width = number.len());
            let marker = "^".repeat(snippet.length) + &mark;
            let _ = writeln!(out, "{gutter} {bar}");
            let _ = writeln!(out, "{} {bar} {}", style.dim(&number), snippet.line);
            let _ = writeln!(out, "{gutter} {bar} {}{}", " ".repeat(snippet.indent), style.bad(&marker));
        }
        None if !expected.is_empty() => note(&mut out, &gutter, "expected", &expected, style),
        None => {}
    }
    if let Some(place) = finding.place.as_ref().filter(|place| place.path != "/") {
        note(&mut out, &gutter, "at", &printable(&place.path), style);
    }
    if let Some(found) = &finding.found {
        note(&mut out, &gutter, "found", &printable(found), style);
    }
    if let Some(suggestion) = &finding.suggestion {
        note(&mut out, &gutter, "help", &printable(suggestion), style);
    }
    out
}

fn note(out: &mut String, gutter: &str, label: &str, text: &str, style: Style) {
    if !text.is_empty() {
        let _ = writeln!(out, "{gutter} {} {text}", style.dim(&format!("= {label}:")));
    }
}

fn location(file: &str, finding: &Finding) -> String {
    match &finding.place {
        Some(place) => format!("{file}:{}:{}", place.line, place.column),
        None => file.to_owned(),
    }
}

/// The word for a severity.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hold => "hold",
    }
}

/// The word for what the checks said.
pub(crate) fn verdict(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::Invalid => "invalid",
        Validity::Unsupported => "unsupported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Place, Rule, Scope};
    use crate::message::Original;

    const SOURCE: &str = "<Document>\n  <CdtrAcct><IBAN>lu16</IBAN></CdtrAcct>\n</Document>\n";

    fn finding(place: Option<Place>) -> Finding {
        Finding {
            rule: Rule::XsdPattern,
            severity: Severity::Error,
            scope: Scope::Message,
            place,
            found: Some("l**6".to_owned()),
            expected: Some("[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}".to_owned()),
            text: "the account number does not have the form of an IBAN".to_owned(),
            suggestion: Some("Write it in capital letters.".to_owned()),
        }
    }

    fn examined(findings: Vec<Finding>) -> Examined {
        Examined {
            number: 1,
            message: "pacs.008.001.08".parse().ok(),
            validity: if findings.is_empty() { Validity::Valid } else { Validity::Invalid },
            schema_valid: findings.is_empty(),
            findings,
            more_findings: 0,
            transactions: 1,
            sums: None,
            schema: None,
            original: Original::default(),
            document: 0..SOURCE.len(),
        }
    }

    fn faulty() -> Examined {
        let offset = SOURCE.find("lu16").unwrap();
        let path = "/Document/CdtrAcct/IBAN".to_owned();
        examined(vec![finding(Some(Place { path, line: 2, column: 19, offset, length: 4 }))])
    }

    #[track_caller]
    fn check(examined: &Examined, source: Option<&str>, format: Format, expected: &str) {
        let shown = Shown { file: "m.xml", examined, source: source.map(Text::Whole) };
        assert_eq!(document(shown, format, Style::plain()), expected);
    }

    #[test]
    fn a_fault_is_shown_under_its_line() {
        check(
            &faulty(),
            Some(SOURCE),
            Format::Text,
            "\
error[xsd.Pattern]: the account number does not have the form of an IBAN
 --> m.xml:2:19
  |
2 |   <CdtrAcct><IBAN>lu16</IBAN></CdtrAcct>
  |                   ^^^^ expected [A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}
  = at: /Document/CdtrAcct/IBAN
  = found: l**6
  = help: Write it in capital letters.

m.xml: invalid, pacs.008.001.08, 1 error
",
        );
    }

    #[test]
    fn a_fault_without_a_line_still_says_everything() {
        check(
            &faulty(),
            None,
            Format::Text,
            "\
error[xsd.Pattern]: the account number does not have the form of an IBAN
 --> m.xml:2:19
  = expected: [A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}
  = at: /Document/CdtrAcct/IBAN
  = found: l**6
  = help: Write it in capital letters.

m.xml: invalid, pacs.008.001.08, 1 error
",
        );
    }

    #[test]
    fn a_valid_document_takes_one_line() {
        check(&examined(vec![]), Some(SOURCE), Format::Text, "m.xml: valid, pacs.008.001.08, 1 transaction\n");
        check(&examined(vec![]), Some(SOURCE), Format::Compact, "m.xml: valid, pacs.008.001.08, 1 transaction\n");
        let statement = Examined { message: "camt.053.001.02".parse().ok(), ..examined(vec![]) };
        check(&statement, Some(SOURCE), Format::Text, "m.xml: valid, camt.053.001.02, 1 entry\n");
        let other = Examined { message: "pain.001.001.09".parse().ok(), transactions: 0, ..examined(vec![]) };
        check(
            &other,
            Some(SOURCE),
            Format::Text,
            "m.xml: valid, pain.001.001.09; checked against its schema alone: payflow has no rules for pain.001 and does not map it\n",
        );
        check(
            &other,
            None,
            Format::Json,
            "{\"file\":\"m.xml\",\"document\":1,\"message\":\"pain.001.001.09\",\"verdict\":\"valid\",\"findings\":[],\"more_findings\":0,\"processed\":false,\"transactions\":null}\n",
        );
        let second = Examined { number: 2, transactions: 3, ..examined(vec![]) };
        check(&second, Some(SOURCE), Format::Text, "m.xml (document 2): valid, pacs.008.001.08, 3 transactions\n");
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let many = Examined { more_findings: 12_345, ..faulty() };
        let shown = Shown { file: "m.xml", examined: &many, source: None };
        let expected = "… and 12345 more findings that are not shown\n";
        for format in [Format::Text, Format::Compact] {
            assert!(document(shown, format, Style::plain()).contains(expected), "{format:?}");
        }
        assert!(document(shown, Format::Text, Style::plain()).contains("12346 errors"));
        assert!(document(shown, Format::Json, Style::plain()).contains(r#""more_findings":12345"#));
    }

    #[test]
    fn a_program_reads_one_line() {
        check(
            &faulty(),
            Some(SOURCE),
            Format::Compact,
            "m.xml:2:19: error [xsd.Pattern] the account number does not have the form of an IBAN | at /Document/CdtrAcct/IBAN\n",
        );
        check(
            &faulty(),
            Some(SOURCE),
            Format::Json,
            concat!(
                r#"{"file":"m.xml","document":1,"message":"pacs.008.001.08","verdict":"invalid","findings":[{"rule":"xsd.Pattern","#,
                r#""severity":"error","path":"/Document/CdtrAcct/IBAN","line":2,"column":19,"offset":29,"length":4,"found":"l**6","#,
                r#""expected":"[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}","#,
                r#""text":"the account number does not have the form of an IBAN","suggestion":"Write it in capital letters."}],"#,
                r#""more_findings":0,"processed":true,"transactions":1}"#,
                "\n"
            ),
        );
        let unsupported = Examined {
            message: None,
            validity: Validity::Unsupported,
            transactions: 0,
            ..examined(vec![finding(None)])
        };
        let shown = Shown { file: "-", examined: &unsupported, source: None };
        let line = document(shown, Format::Json, Style::plain());
        assert!(
            line.contains(r#""message":null,"verdict":"unsupported""#) && line.contains(r#""line":null"#),
            "{line}"
        );
    }

    #[test]
    fn colours_are_only_in_the_coloured_style() {
        let examined = faulty();
        let shown = Shown { file: "m.xml", examined: &examined, source: Some(Text::Whole(SOURCE)) };
        assert!(!document(shown, Format::Text, Style::plain()).contains('\u{1b}'));
        assert!(document(shown, Format::Text, Style::coloured()).contains("\u{1b}["));
        assert!(!document(shown, Format::Json, Style::coloured()).contains('\u{1b}'));
    }
}
