//! The result as one page for a person: nothing is loaded from elsewhere, and no script runs.

use std::fmt::Write;

use super::chart::{STYLE, bars, histogram, thousands, title};
use super::latency::PARTS;
use super::machine::Machine;
use super::row::{Measured, Row};
use super::subject::PAYFLOW;

const LOOK: &str = "\
body{margin:0;background:#fff;color:#1c2733;font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}
main{max-width:44rem;margin:0 auto;padding:2rem 1.1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .6rem}h2{font-size:1.15rem;margin:2.6rem 0 .4rem}h3{font-size:1rem;margin:1.6rem 0 .3rem}
p{margin:.4rem 0}.note,dt,th{color:#5b6875}.note{font-size:.9rem}svg{width:100%;height:auto;display:block;margin-top:.8rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .5rem;text-align:right;border-bottom:1px solid #d9dfe5;white-space:nowrap}th{font-weight:500}
th:first-child,td:first-child{text-align:left;padding-left:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.6rem 0;font-size:.92rem}dd{margin:0;overflow-wrap:anywhere}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media(prefers-color-scheme:dark){body{background:#11171d;color:#e7edf3}.note,dt,th{color:#9ba8b5}th,td{border-color:#2a343e}}";

/// The page: what was measured, on which machine, by which command.
pub fn page(machine: &Machine, command: &str, rows: &[Row]) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>How fast payflow reads</title>\n\
         <style>{LOOK}\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>How fast payflow reads</h1>\n"
    );
    let _ = writeln!(html, "<p>{}</p>\n{}", headline(rows), bars(rows));
    html.push_str(
        "<p class=\"note\">Both read the same bytes in memory on one core, in turns; the best turn of each counts. \
         payflow proves each message valid by its whole schema and hands out its fields; quick-xml only tells the tags apart.</p>\n",
    );
    latencies(&mut html, rows);
    figures(&mut html, rows);
    facts(&mut html, machine, command);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn headline(rows: &[Row]) -> String {
    let ratios = || rows.iter().filter_map(|row| Some(row.ratio()?.0));
    let (least, most) = (ratios().fold(f64::MAX, f64::min), ratios().fold(0.0, f64::max));
    format!(
        "It validates and reads ISO 20022 messages <strong>{least:.1} to {most:.1} times as fast</strong> as the XML reader \
         quick-xml finds their tags."
    )
}

fn latencies(html: &mut String, rows: &[Row]) {
    let mut begun = false;
    for row in rows {
        let Some(histogram) = histogram(row) else { continue };
        if !begun {
            html.push_str("<h2>Microseconds for a single message</h2>\n<p class=\"note\">Each message by itself, the clock included; the scale is logarithmic.</p>\n");
        }
        begun = true;
        let _ = writeln!(html, "<h3>{}</h3>\n{histogram}", escaped(title(row.input)));
        table(
            html,
            &["", "p50", "p90", "p99", "p99.9", "max"],
            row.subjects.iter().filter_map(|subject| {
                let latency = subject.latency.as_ref()?;
                let percentiles =
                    PARTS.iter().map(|(_, part)| format!("{:.2}", f64::from(latency.percentile(*part)) / 1e3));
                Some(std::iter::once(subject.name.to_owned()).chain(percentiles).collect())
            }),
        );
    }
}

fn figures(html: &mut String, rows: &[Row]) {
    html.push_str("<h2>All figures</h2>\n");
    let head = [
        "",
        "MB/s, best",
        "median",
        "quarters",
        "ns a message",
        "times quick-xml",
        "instructions a byte",
        "memory at peak, KiB",
    ];
    let lines = rows.iter().flat_map(|row| row.subjects.iter().map(move |subject| line(row, subject)));
    table(html, &head, lines);
}

fn line(row: &Row, subject: &Measured) -> Vec<String> {
    let speed = |part| thousands(row.speed(subject.times.quantile(part)));
    let ratio = row.ratio().filter(|_| subject.name == PAYFLOW);
    let known = |text: Option<String>| text.unwrap_or("–".to_owned());
    vec![
        format!("{}, {}", row.input, subject.name),
        speed(0.0),
        speed(0.5),
        format!("{} – {}", speed(0.75), speed(0.25)),
        thousands(row.per_message(subject.times.best())),
        known(ratio.map(|(best, middle)| format!("{best:.2} ({middle:.2})"))),
        known(subject.instructions.map(|count| format!("{:.2}", row.per_byte(count)))),
        known(subject.memory.map(|memory| thousands(memory.peak_kib as f64))),
    ]
}

fn table(html: &mut String, head: &[&str], lines: impl Iterator<Item = Vec<String>>) {
    let cells = |tag: &str, texts: Vec<&str>| {
        let cells: String = texts.iter().map(|text| format!("<{tag}>{}</{tag}>", escaped(text))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    html.push_str("<div class=\"scroll\"><table>\n");
    html.push_str(&cells("th", head.to_vec()));
    lines.for_each(|line| html.push_str(&cells("td", line.iter().map(String::as_str).collect())));
    html.push_str("</table></div>\n");
}

fn facts(html: &mut String, machine: &Machine, command: &str) {
    html.push_str("<h2>Where this was measured</h2>\n<dl>\n");
    let processor = format!("{}, {} cores, vectors up to {}", machine.processor, machine.cores, machine.vectors);
    for (name, value) in [
        ("machine", &processor),
        ("date", &machine.date),
        ("commit", &machine.commit),
        ("compiler", &machine.compiler),
        ("load", &machine.load),
    ] {
        let _ = writeln!(html, "<dt>{name}</dt><dd>{}</dd>", escaped(value));
    }
    let _ = writeln!(html, "<dt>command</dt><dd><code>{}</code></dd>\n</dl>", escaped(command));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
