//! `payflow bench pipeline`: broker, database and worker on this machine, beside a floor that writes and publishes the same
//! without reading a message.

#![allow(clippy::float_arithmetic, reason = "rates and times, not money")]

mod database;
mod floor;
mod kafka;
mod messages;
mod phase;
mod report;
mod usage;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::warn_of_debug_build;
use crate::bench::machine::Machine;
use crate::cli::render::count;
use crate::partner::{Institution, Partner, ReplyProfile};
use crate::pipeline::iso20022::{Iso20022, Setup};
use database::Server;
use floor::Floor;
use kafka::{Cluster, Pace};
use messages::Messages;
use phase::{Bench, Phase};

/// Whose messages they are.
const PARTNER: &str = "bench";

/// Measure the whole way of single pacs.008: produced to Kafka, proven, stored in PostgreSQL, answered, the answer read.
///
/// Four phases, each with topics and a database of its own: the highest rate, the floor's highest rate (the same worker, rows,
/// records and bytes, with no parsing, mapping or answering in between), then both at half of payflow's rate for the time from when a
/// message was due to when its answer can be read. Everything is durable as the servers are set up. The producer and the
/// reader of answers run in this process, on the same cores.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Kafka: host and port.
    #[arg(long, value_name = "SERVERS", default_value = "127.0.0.1:9092")]
    kafka: String,
    /// PostgreSQL: a database of a user who may create others, such as postgresql://postgres@127.0.0.1/postgres.
    #[arg(long, value_name = "URL")]
    database: String,
    /// How long each rate is held.
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// How long each latency is measured; 0 leaves it out.
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u64).range(..=86_400))]
    latency_seconds: u64,
    /// Measure the latency at so many messages a second, and no highest rates.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rate: Option<u64>,
    /// How long each phase runs before it counts.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u64).range(..=3_600))]
    warm_up: u64,
    /// Partitions of each topic.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000))]
    partitions: u64,
    /// How many messages may be under way at the highest rate.
    #[arg(long, default_value_t = 8_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    under_way: u64,
    /// How many workers share the partitions.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=64))]
    workers: u64,
    /// How many inputs a batch may hold.
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    batch: u64,
    /// One JSON object a phase, one a line.
    #[arg(long)]
    json: bool,
    /// Write the result to a file as well.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Measures and shows.
pub(super) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    warn_of_debug_build();
    let Arguments { partitions, workers, .. } = arguments;
    ensure!(workers <= partitions, "{workers} workers and {partitions} partitions: each worker needs one");
    let messages = Arc::new(Messages::new());
    let bench = Bench {
        cluster: Cluster(arguments.kafka.clone()),
        server: Server::connect(&arguments.database)?,
        messages: Arc::clone(&messages),
        partitions: arguments.partitions,
        workers: arguments.workers,
        batch: arguments.batch as usize,
        warm_up: Duration::from_secs(arguments.warm_up),
        run: format!("payflow_bench_{}", chrono::Utc::now().format("%Y%m%d%H%M%S")),
    };
    let head = format!(
        "{}{}\n{} partitions, {}, batches of up to {} inputs, messages of {} bytes on average\n",
        Machine::here(),
        written_out(),
        arguments.partitions,
        count(arguments.workers, ("worker", "workers")),
        arguments.batch,
        messages.bytes_each(),
    );
    let mut result = if arguments.json { String::new() } else { head };
    out.write_all(result.as_bytes())?;
    let mut show = |text: String| -> Result<()> {
        result += &text;
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    };
    let stages = || Ok(Iso20022::new(setup()));
    let floor = || Floor::of(&Iso20022::new(setup()), &messages, PARTNER, arguments.partitions);
    let mut pair = |names: [&'static str; 2], pace, seconds| -> Result<f64> {
        let lasting = Duration::from_secs(seconds);
        let payflow = bench.run(&Phase { name: names[0], pace, lasting }, stages)?;
        show(report::phase(&payflow, None, arguments.json))?;
        let beneath = bench.run(&Phase { name: names[1], pace, lasting }, floor)?;
        show(report::phase(&beneath, Some(&payflow), arguments.json))?;
        Ok(payflow.rate())
    };
    let (names, rate) = match arguments.rate {
        Some(rate) => (["payflow-at-rate", "floor-at-rate"], rate as f64),
        None => {
            let highest = pair(["payflow", "floor"], Pace::UnderWay(arguments.under_way), arguments.seconds)?;
            (["payflow-half", "floor-half"], highest / 2.0)
        }
    };
    if arguments.latency_seconds > 0 {
        pair(names, Pace::EachSecond(rate), arguments.latency_seconds)?;
    }
    if let Some(path) = &arguments.out {
        fs::write(path, &result).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// When the kernel writes changed pages out by itself: in bursts, where that is late, and whoever commits then waits.
fn written_out() -> String {
    let setting = |name: &str| {
        fs::read_to_string(format!("/proc/sys/vm/dirty_background_{name}")).ok()?.trim().parse::<u64>().ok()
    };
    match (setting("bytes"), setting("ratio")) {
        (Some(bytes @ 1..), _) => format!("kernel    writes changed pages out from {} MiB on\n", bytes >> 20),
        (_, Some(ratio)) => format!("kernel    writes changed pages out from {ratio} % of the memory on\n"),
        (_, None) => String::new(),
    }
}

/// One partner who sends everything, and gets what most get.
fn setup() -> Setup {
    let (id, reply) = (PARTNER.to_owned(), ReplyProfile::default());
    let partner = Partner { id: id.clone(), reply, ..Partner::default() };
    let institution = Institution { bic: Some("PAYFDEFFXXX".to_owned()), ..Institution::default() };
    Setup { partners: BTreeMap::from([(id, partner)]), institution, ..Setup::default() }
}
