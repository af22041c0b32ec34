//! The parse path beside its yardstick, on the same bytes in the same run.
//!
//! ```text
//! cargo bench --no-default-features                  all rows
//! cargo bench --no-default-features -- pacs008       only the rows whose name matches
//! ```
//!
//! Criterion shows the distribution of each row. The table at the end is that of `payflow bench parse`: on a machine with
//! other users the speeds of two minutes are not comparable, so there the parsers take turns within milliseconds.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use payflow::bench::inputs::Input;
use payflow::bench::machine::Machine;
use payflow::bench::row::Row;
use payflow::bench::subject::{PARSERS, read_all};
use payflow::bench::{messages, text};

/// Rows that the filter on the command line lets through; everything without one. A word behind an option is its value.
fn wanted(name: &str) -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let option = |at: usize| arguments.get(at).is_some_and(|argument| argument.starts_with("--"));
    let filter = (0..arguments.len()).find(|&at| !option(at) && (at == 0 || !option(at - 1)));
    filter.is_none_or(|at| name.contains(arguments[at].split('/').next().unwrap_or_default()))
}

fn distributions(criterion: &mut Criterion, input: &mut Input) {
    let mut group = criterion.benchmark_group(input.name);
    group.throughput(Throughput::BytesDecimal(input.bytes() as u64)).sampling_mode(SamplingMode::Flat);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for (name, make) in PARSERS {
        let mut read = make();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| read_all(&mut read, &mut input.documents));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    // Cargo passes --bench when the times count; without it the bench is only tried out.
    let lasting = Duration::from_secs(if std::env::args().any(|argument| argument == "--bench") { 4 } else { 0 });
    let mut rows = Vec::new();
    for mut input in messages::names().filter(|name| wanted(name)).filter_map(messages::input) {
        distributions(&mut criterion, &mut input);
        if !lasting.is_zero() {
            rows.push(Row::of_parsers(&mut input, lasting));
        }
    }
    criterion.final_summary();
    println!("\n{}", text::report(&Machine::here(), &rows));
}
