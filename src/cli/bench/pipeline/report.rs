//! The result of a phase, for people and for programs.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::phase::Measured;
use crate::bench::json::rounded;
use crate::bench::latency::{Latency, PARTS};

/// Programs that took less of the time are not shown.
const LEAST_MICROSECONDS: f64 = 0.5;

/// A phase; the floor beside what was measured above it.
pub(super) fn phase(measured: &Measured, above: Option<&Measured>, as_json: bool) -> String {
    if as_json {
        return format!("{}\n", object(measured, above));
    }
    let rate = measured.rate();
    let mut out = format!("\n{}\n", measured.name);
    let mut line = |name: &str, text: String| _ = writeln!(out, "  {name:<22}{text}");
    line(
        "messages a second",
        format!("{rate:.0}, at least {} in each second of {:.0}", measured.slowest_second, measured.seconds),
    );
    if let Some(above) = above {
        line("payflow reaches", format!("{:.0} % of it", 100.0 * above.rate() / rate));
    }
    line(
        "written a message",
        format!(
            "{:.1} rows, {:.0} bytes of log, {:.0} bytes of tables and indexes",
            each(measured.written.rows, measured),
            each(measured.written.log_bytes, measured),
            each(measured.written.bytes, measured)
        ),
    );
    if let Some([begin, most, end]) = measured.memory_kib {
        line("memory", format!("{} MiB, at most {}, in the end {}", begin >> 10, most >> 10, end >> 10));
    }
    line(
        "processor time",
        format!("{:.0} us a message", measured.usage.iter().map(|(_, s)| microseconds(*s, measured)).sum::<f64>()),
    );
    for (name, seconds) in &measured.usage {
        let microseconds = microseconds(*seconds, measured);
        if microseconds >= LEAST_MICROSECONDS {
            line("", format!("{microseconds:>6.1} {name}"));
        }
    }
    if let Some(latency) = &measured.latency {
        for (name, part) in PARTS {
            line(name, format!("{:.1} ms", f64::from(latency.percentile(*part)) / 1e3));
        }
        histogram(latency, &mut out);
    }
    out
}

/// How many answers were there after so long, from step to step.
fn histogram(latency: &Latency, out: &mut String) {
    let steps = [0, 5, 10, 20, 30, 40, 50, 75, 100, 150, 200, 250, 500, 1_000, 2_000, 4_000];
    for (index, from) in steps.iter().enumerate() {
        let to = steps.get(index + 1).map_or(u32::MAX, |to| to * 1_000);
        let count = latency.between(from * 1_000, to);
        if count > 0 {
            let part = 100.0 * count as f64 / latency.count().max(1) as f64;
            _ = writeln!(out, "    from {from:>5} ms {count:>9} {part:>6.2} %");
        }
    }
}

fn each(sum: i64, measured: &Measured) -> f64 {
    sum as f64 / measured.messages.max(1) as f64
}

fn microseconds(seconds: f64, measured: &Measured) -> f64 {
    seconds * 1e6 / measured.answered.max(1) as f64
}

fn object(measured: &Measured, above: Option<&Measured>) -> Value {
    let used = measured.usage.iter().map(|(name, s)| (name.clone(), json!(rounded(microseconds(*s, measured)))));
    let latency = measured.latency.as_ref().map(|latency| {
        let part = |(name, part): &(&str, f64)| ((*name).to_owned(), json!(latency.percentile(*part)));
        PARTS.iter().map(part).collect::<Map<_, _>>()
    });
    json!({
        "phase": measured.name,
        "messages_per_second": rounded(measured.rate()),
        "slowest_second": measured.slowest_second,
        "seconds": rounded(measured.seconds),
        "ratio_to_floor": above.map(|above| rounded(above.rate() / measured.rate())),
        "rows_per_message": rounded(each(measured.written.rows, measured)),
        "log_bytes_per_message": rounded(each(measured.written.log_bytes, measured)),
        "stored_bytes_per_message": rounded(each(measured.written.bytes, measured)),
        "memory_kib": measured.memory_kib,
        "processor_microseconds_per_message": used.collect::<Map<_, _>>(),
        "latency_microseconds": latency,
    })
}
