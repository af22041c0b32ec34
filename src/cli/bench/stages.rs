//! `payflow bench stages`: the path of a message behind its parse, and two threads beside one.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use super::{this, warn_of_debug_build};
use crate::bench::json::rounded;
use crate::bench::machine::Machine;
use crate::bench::messages::{self, Style};
use crate::bench::row::Row;
use crate::bench::subject::STAGES;
use crate::bench::{stages, threads};

/// What is measured: single messages of 2 to 4 KB.
const INPUT: &str = "pacs008-single-compact";

/// Time the path of single pacs.008 in steps: schema parse, rules, mapping, answer; and two threads beside one.
///
/// Each line has the lines above it in it: the last one is the whole path, from bytes to proven message, transfer and reply. Before
/// anything else the first message of each kind is timed, which finds nothing warm and no schema compiled.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// How long the stages take turns.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u64).range(..=3600))]
    seconds: u64,
    /// Count instructions as well, with valgrind.
    #[arg(long)]
    instructions: bool,
}

/// The longest time that the first message of a kind takes. True once a process.
fn first() -> Duration {
    let first = |(_, mut bytes): (_, Vec<u8>)| {
        let begun = Instant::now();
        stages::reply()(&mut bytes);
        begun.elapsed()
    };
    messages::samples(1, Style::default()).into_iter().map(first).max().unwrap_or_default()
}

/// Measures and shows.
pub(super) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    warn_of_debug_build();
    let first = first();
    let lasting = Duration::from_secs(arguments.seconds);
    let mut input = messages::input(INPUT).context("the input is missing")?;
    let mut row = Row::of(STAGES, &mut input, lasting);
    if arguments.instructions {
        let program = this()?;
        let path = program.put(&input).context("cannot write the documents to a temporary folder")?;
        for subject in &mut row.subjects {
            subject.instructions = Some(program.instructions(subject.name, &path, None)?);
        }
    }
    let twice: Vec<f64> =
        STAGES.iter().map(|stage| threads::two_over_one(*stage, &input.documents, lasting / 4)).collect();
    if !arguments.json {
        writeln!(out, "{}", Machine::here())?;
        writeln!(
            out,
            "first message after the start, its schema compiled and its answer written: at most {first:.1?}\n"
        )?;
        writeln!(out, "{INPUT}, {} messages; each line has those above in it\n", row.documents)?;
        let head = ["up to", "ns best", "ns median", "times parse", "instructions", "times parse", "two threads"];
        writeln!(out, "{:<10}{}", head[0], head[1..].iter().map(|name| format!("{name:>14}")).collect::<String>())?;
    }
    if arguments.json {
        writeln!(out, "{}", json!({"stage": "first message", "us_at_most": first.as_micros()}))?;
    }
    let Some(parse) = row.subjects.first() else { return Ok(()) };
    for (stage, twice) in row.subjects.iter().zip(twice) {
        let times = parse.times.ratio_to(&stage.times).1;
        let (best, middle) = (row.per_message(stage.times.best()), row.per_message(stage.times.quantile(0.5)));
        let instructions = stage.instructions.map(|count| count / row.documents.max(1) as u64);
        let counted = stage.instructions_over(parse);
        if arguments.json {
            let line = json!({
                "stage": stage.name,
                "ns_per_message": rounded(best),
                "ns_per_message_median": rounded(middle),
                "ratio_to_parse": rounded(times),
                "instructions_per_message": instructions,
                "instructions_ratio_to_parse": counted.map(rounded),
                "two_threads_over_one": rounded(twice),
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let known = |text: Option<String>| text.unwrap_or("-".to_owned());
        let (instructions, counted) =
            (known(instructions.map(|count| count.to_string())), known(counted.map(|ratio| format!("{ratio:.2}"))));
        writeln!(
            out,
            "{:<10}{best:>14.0}{middle:>14.0}{times:>14.2}{instructions:>14}{counted:>14}{twice:>14.2}",
            stage.name
        )?;
    }
    Ok(())
}
