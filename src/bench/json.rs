//! The result as JSON, a line per row: for programs.

use serde_json::{Map, Value, json};

use super::latency::{Latency, PARTS};
use super::machine::Machine;
use super::row::{Measured, Row};
use super::subject::{PAYFLOW, QUICK_XML};

/// A row as one object. What was not measured is null.
pub fn line(machine: &Machine, row: &Row) -> Value {
    let mut object = row.subject(PAYFLOW).map(|ours| figures(row, ours)).unwrap_or_default();
    let ratio = row.ratio();
    for (name, value) in [
        ("input", json!(row.input)),
        ("documents", json!(row.documents)),
        ("bytes", json!(row.bytes)),
        ("ratio_to_quick_xml", json!(ratio.map(|(best, _)| rounded(best)))),
        ("ratio_to_quick_xml_median", json!(ratio.map(|(_, middle)| rounded(middle)))),
        ("quick_xml", json!(row.subject(QUICK_XML).map(|its| figures(row, its)))),
        ("date", json!(machine.date)),
        ("commit", json!(machine.commit)),
        ("compiler", json!(machine.compiler)),
        ("processor", json!(machine.processor)),
        ("cores", json!(machine.cores)),
    ] {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// What was measured of a subject.
fn figures(row: &Row, subject: &Measured) -> Map<String, Value> {
    let Measured { times, latency, instructions, memory, .. } = subject;
    let [best, high, middle, low] = [0.0, 0.25, 0.5, 0.75].map(|part| times.quantile(part));
    let figures = [
        ("mb_per_s", json!(rounded(row.speed(best)))),
        ("mb_per_s_median", json!(rounded(row.speed(middle)))),
        ("mb_per_s_quartiles", json!([rounded(row.speed(low)), rounded(row.speed(high))])),
        ("ns_per_message", json!(rounded(row.per_message(best)))),
        ("ns_per_message_median", json!(rounded(row.per_message(middle)))),
        ("ns_per_message_percentiles", latency.as_ref().map_or(Value::Null, percentiles)),
        ("instructions_per_byte", json!(instructions.map(|count| rounded(row.per_byte(count))))),
        ("memory_peak_kib", json!(memory.map(|memory| memory.peak_kib))),
        ("memory_kept_kib", json!(memory.map(|memory| memory.kept_kib))),
    ];
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn percentiles(latency: &Latency) -> Value {
    PARTS
        .iter()
        .map(|(name, part)| ((*name).to_owned(), json!(latency.percentile(*part))))
        .collect::<Map<_, _>>()
        .into()
}

/// To hundredths.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
