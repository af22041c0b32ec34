//! The parse path beside its yardsticks, on the same bytes in the same run.
//!
//! ```text
//! cargo bench --no-default-features                       everything, under four minutes
//! cargo bench --no-default-features -- pacs008            only the rows whose name matches
//! PAYFLOW_RECORD=1 cargo bench --no-default-features      and keep the table under benches/record/
//! ```
//!
//! Criterion shows the distribution of each row. The table at the end is measured apart: on a machine with other users the
//! speeds of two minutes are not comparable, so the parsers take turns within milliseconds, and the best round counts.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

mod messages;
mod parsers;
mod table;

use messages::Input;

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
    for (name, make) in parsers::PARSERS {
        let mut parse = make();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| table::read_all(&mut parse, input));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    // Cargo passes --bench when the times count; without it the bench is only tried out.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let mut rows = Vec::new();
    for name in messages::names().filter(|name| wanted(name)) {
        if let Some(mut input) = messages::input(name) {
            distributions(&mut criterion, &mut input);
            if measured {
                rows.push(table::row(&mut input));
            }
        }
    }
    criterion.final_summary();
    if measured {
        table::show(&rows);
    }
}
