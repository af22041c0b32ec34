//! How the demonstration shows a message on its way. Rendering only.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use rust_decimal::Decimal;

use super::gist::{gist, indented};
use crate::cli::snippet::{columns, printable};
use crate::cli::style::Style;

/// At most this many transfers and findings of a document are shown.
const MOST: usize = 4;

/// The columns in front of everything but a message's name.
const MARGIN: usize = 5;

/// The width of the first column.
const LABEL: usize = 18;

/// The verdicts, from good to bad.
const VERDICTS: &[&str] = &["accepted", "partly accepted", "held", "rejected", "refused", "repeated"];

/// The width that a line should not pass.
const WIDTH: usize = 118;

/// One message of the demonstration, and what became of it.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its number, from 1.
    pub(crate) number: usize,
    /// Its name.
    pub(crate) name: String,
    /// The id of the partner that sent it.
    pub(crate) partner: String,
    /// Its documents.
    pub(crate) documents: Vec<Document>,
}

/// One document of a message, and what became of it.
#[derive(Debug)]
pub(crate) struct Document {
    /// The message definition; empty when none could be made out.
    pub(crate) definition: String,
    /// The verdict, in the word that the records carry.
    pub(crate) verdict: String,
    /// What is wrong with it.
    pub(crate) faults: Vec<Fault>,
    /// Its transfers, one line each.
    pub(crate) transfers: Vec<Line>,
    /// The acknowledgment that was published, or why none is due.
    pub(crate) answer: Result<Vec<u8>, String>,
}

/// What is wrong with a document, in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `error` or `warning`.
    pub(crate) severity: String,
    /// The name of the rule.
    pub(crate) rule: String,
    /// The line, when it has one.
    pub(crate) line: Option<u32>,
    /// One sentence.
    pub(crate) text: String,
}

/// A transfer in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    /// The amount, as written.
    pub(crate) amount: String,
    /// The currency.
    pub(crate) currency: String,
    /// Who pays.
    pub(crate) from: String,
    /// Who is paid.
    pub(crate) to: String,
    /// The end-to-end reference, or what else it is known by.
    pub(crate) reference: String,
}

/// A message with all that became of it; with its acknowledgments as XML when that is wanted.
pub(crate) fn message(message: &Message, xml: bool, style: Style) -> String {
    let title = format!("{:>3}  {}", message.number, message.name);
    let mut out = format!("{}  {}\n", style.strong(&title), style.dim(&format!("from {}", message.partner)));
    for document in &message.documents {
        out.push_str(&self::document(document, xml, style));
    }
    out.push('\n');
    out
}

fn document(document: &Document, xml: bool, style: Style) -> String {
    let mut out = String::new();
    let word = match document.verdict.as_str() {
        "accepted" => style.good(&document.verdict),
        "partly accepted" | "held" | "repeated" => style.warn(&document.verdict),
        _ => style.bad(&document.verdict),
    };
    let definition = if document.definition.is_empty() { "no message" } else { &document.definition };
    row(&mut out, definition, &word, style);
    for fault in document.faults.iter().take(MOST) {
        row(&mut out, &fault.severity, &self::fault(fault, style), style);
    }
    more(&mut out, document.faults.len(), "findings", style);
    for transfer in document.transfers.iter().take(MOST) {
        row(&mut out, "transfer", &line(transfer, style), style);
    }
    more(&mut out, document.transfers.len(), "transfers", style);
    match &document.answer {
        Ok(bytes) => answer(&mut out, bytes, xml, style),
        Err(reason) => row(&mut out, "→ no answer", &style.dim(reason), style),
    }
    out
}

fn row(out: &mut String, label: &str, text: &str, style: Style) {
    let line = format!("{:MARGIN$}{}{text}", "", style.dim(&format!("{label:LABEL$}")));
    let _ = writeln!(out, "{}", line.trim_end());
}

fn more(out: &mut String, all: usize, noun: &str, style: Style) {
    if all > MOST {
        row(out, "", &style.dim(&format!("and {} {noun} more", all - MOST)), style);
    }
}

/// What is wrong, and where; by which rule, where there is room to say it.
fn fault(fault: &Fault, style: Style) -> String {
    let text = fault.line.map_or(String::new(), |line| format!("line {line}: ")) + &printable(&fault.text);
    let room = WIDTH - MARGIN - LABEL;
    if columns(&text) + 2 + columns(&fault.rule) > room {
        return fit(&text, room);
    }
    format!("{text}  {}", style.dim(&fault.rule))
}

fn line(transfer: &Line, style: Style) -> String {
    let room = (WIDTH - MARGIN - LABEL - 22 - columns(&transfer.reference)) / 2;
    let parties = match (transfer.from.as_str(), transfer.to.as_str()) {
        ("", "") => String::new(),
        (from, "") => format!("from {}", fit(from, room)),
        ("", to) => format!("to {}", fit(to, room)),
        (from, to) => format!("{} → {}", fit(from, room), fit(to, room)),
    };
    let reference = style.dim(&printable(&transfer.reference));
    format!("{} {:>12}  {}  {reference}", transfer.currency, transfer.amount, printable(&parties)).trim_end().to_owned()
}

fn answer(out: &mut String, bytes: &[u8], xml: bool, style: Style) {
    let gist = gist(bytes);
    let status = match gist.status.as_str() {
        "RJCT" => style.bad("RJCT"),
        "PART" => style.warn("PART"),
        status if status.starts_with("PF-") => style.bad(status),
        status => style.good(status),
    };
    let reasons = gist.reasons.join(" ");
    let about = match gist.about.as_str() {
        "NOTAVAILABLE" => "about a message without an id that could be read".to_owned(),
        id => format!("about {}", printable(id)),
    };
    let text = [status, reasons, style.dim(&about)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    row(out, &format!("→ {}", gist.message), &text.join("  "), style);
    if xml {
        for line in indented(bytes).lines() {
            let _ = writeln!(out, "       {}", style.dim(&printable(line)));
        }
    }
}

/// What the demonstration came to, in a few lines.
pub(crate) fn totals(messages: &[Message], took: Duration, style: Style) -> String {
    let documents: Vec<&Document> = messages.iter().flat_map(|message| &message.documents).collect();
    let of = |verdict: &&&str| documents.iter().filter(|document| document.verdict == **verdict).count();
    let verdicts =
        VERDICTS.iter().filter(|verdict| of(verdict) > 0).map(|verdict| format!("{} {verdict}", of(&verdict)));
    let answers = documents.iter().flat_map(|document| document.answer.as_deref());
    let answers = tally(answers.map(|bytes| gist(bytes).message.chars().take("pacs.002".len()).collect()));
    let (booked, instructed): (Vec<&Line>, Vec<&Line>) =
        documents.iter().flat_map(|document| &document.transfers).partition(|line| line.amount.starts_with(['+', '-']));
    let mut out = format!("{}\n", style.strong("Totals"));
    row(&mut out, "messages", &messages.len().to_string(), style);
    row(&mut out, "documents", &format!("{}: {}", documents.len(), verdicts.collect::<Vec<_>>().join(", ")), style);
    row(&mut out, "payments", &sums(&instructed), style);
    row(&mut out, "bookings", &sums(&booked), style);
    row(&mut out, "acknowledgments", &answers, style);
    row(&mut out, "time", &format!("{}.{:03} seconds", took.as_secs(), took.subsec_millis()), style);
    out
}

/// How many transfers, and how much in each currency.
fn sums(transfers: &[&Line]) -> String {
    let mut sums = BTreeMap::<&str, Decimal>::new();
    for transfer in transfers {
        *sums.entry(&transfer.currency).or_default() += transfer.amount.parse::<Decimal>().unwrap_or_default();
    }
    let sums: Vec<String> = sums.iter().map(|(currency, sum)| format!("{currency} {sum}")).collect();
    format!("{}: {}", transfers.len(), sums.join(", "))
}

/// How often each word occurs, such as `12 accepted, 3 rejected`.
fn tally(words: impl Iterator<Item = String>) -> String {
    let mut counts = BTreeMap::<String, u32>::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// The text, cut to a number of columns.
fn fit(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if columns(&out) + 2 > room {
            break;
        }
        out.push(c);
    }
    out + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPTED: &[u8] = b"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><FIToFIPmtStsRpt>\
        <OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><GrpSts>ACTC</GrpSts></OrgnlGrpInfAndSts></FIToFIPmtStsRpt></Document>";

    fn transfer(amount: &str) -> Line {
        Line {
            amount: amount.to_owned(),
            currency: "EUR".to_owned(),
            from: "Astrid".to_owned(),
            to: "Kolibri".to_owned(),
            reference: "REF-1".to_owned(),
        }
    }

    #[track_caller]
    fn check(documents: Vec<Document>, expected: &str) {
        let shown = Message { number: 1, name: "pacs008/ok/x".to_owned(), partner: "nordwind".to_owned(), documents };
        assert_eq!(message(&shown, false, Style::plain()), expected);
    }

    #[test]
    fn an_accepted_message() {
        let document = Document {
            definition: "pacs.008.001.08".to_owned(),
            verdict: "accepted".to_owned(),
            faults: vec![],
            transfers: vec![transfer("12.80")],
            answer: Ok(ACCEPTED.to_vec()),
        };
        check(
            vec![document],
            "  1  pacs008/ok/x  from nordwind
     pacs.008.001.08   accepted
     transfer          EUR        12.80  Astrid → Kolibri  REF-1
     → pacs.002.001.10 ACTC  about M1

",
        );
    }

    #[test]
    fn a_refused_message_without_an_answer() {
        let fault = Fault {
            severity: "error".to_owned(),
            rule: "xml.NotWellFormed".to_owned(),
            line: Some(7),
            text: "the input ends inside of an element".to_owned(),
        };
        let document = Document {
            definition: String::new(),
            verdict: "refused".to_owned(),
            faults: vec![fault; MOST + 2],
            transfers: vec![],
            answer: Err("an answer is not answered".to_owned()),
        };
        let fault = "     error             line 7: the input ends inside of an element  xml.NotWellFormed\n";
        let expected = format!(
            "  1  pacs008/ok/x  from nordwind\n     no message        refused\n{}{}{}\n",
            fault.repeat(MOST),
            "                       and 2 findings more\n",
            "     → no answer       an answer is not answered\n"
        );
        check(vec![document], &expected);
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(fit("Tischlerei", 20), "Tischlerei");
        assert_eq!(fit("Tischlerei", 6), "Tisch…");
        let long = Line { from: "x".repeat(200), to: "y".repeat(200), ..transfer("1") };
        assert!(columns(&line(&long, Style::plain())) <= WIDTH);
    }
}
