//! The table that closes a benchmark: each parser's best round on the same bytes, and the ratios.

#![allow(clippy::float_arithmetic, reason = "speeds, not money")]

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::messages::Input;
use crate::parsers::{PARSERS, Parse};

/// How long the parsers take turns on one input, and how many turns each has at least.
const TURNS_FOR: Duration = Duration::from_secs(4);
const TURNS_AT_LEAST: u32 = 12;

/// One input and the best and the middle speed of each parser on it, in the order of [`PARSERS`].
pub(crate) struct Row {
    name: &'static str,
    documents: usize,
    bytes: usize,
    best: Vec<f64>,
    middle: Vec<f64>,
    /// How many times as fast as the yardstick ours is: the best over the best, and the middle of all turns.
    ratio: Option<(f64, f64)>,
}

/// Reads every document of an input.
pub(crate) fn read_all(parse: &mut Parse, input: &mut Input) -> u64 {
    input
        .documents
        .iter_mut()
        .fold(0, |witness: u64, document| witness.wrapping_add(parse(std::hint::black_box(document))))
}

/// Lets the parsers take turns, so that whatever else the machine does meets all of them alike. In its turn a parser reads
/// the input twice and the second time counts: a server reads message after message, and does not begin each of them in
/// caches that another parser has just filled.
pub(crate) fn row(input: &mut Input) -> Row {
    let mut parsers: Vec<Parse> = PARSERS.iter().map(|(_, make)| make()).collect();
    let mut times = vec![Vec::new(); parsers.len()];
    let (start, mut turns) = (Instant::now(), 0);
    while turns < TURNS_AT_LEAST || start.elapsed() < TURNS_FOR {
        for (parse, times) in parsers.iter_mut().zip(&mut times) {
            std::hint::black_box(read_all(parse, input));
            let begin = Instant::now();
            std::hint::black_box(read_all(parse, input));
            times.push(begin.elapsed());
        }
        turns += 1;
    }
    let ratio = ratio(&times);
    times.iter_mut().for_each(|times| times.sort());
    let input = &*input;
    let speed = |time: Duration| input.bytes() as f64 / time.as_secs_f64() / 1e6;
    Row {
        name: input.name,
        documents: input.documents.len(),
        bytes: input.bytes(),
        best: times.iter().map(|times| speed(times[0])).collect(),
        middle: times.iter().map(|times| speed(times[times.len() / 2])).collect(),
        ratio,
    }
}

/// Prints the table, and keeps it when `PAYFLOW_RECORD` is set.
pub(crate) fn show(rows: &[Row]) {
    let text = format!("{}\n{}", machine(), table(rows));
    println!("\n{text}");
    if std::env::var_os("PAYFLOW_RECORD").is_some() {
        let file = format!("{}/benches/record/{}-parse.txt", env!("CARGO_MANIFEST_DIR"), today());
        match std::fs::write(&file, text) {
            Ok(()) => println!("kept as {file}"),
            Err(error) => eprintln!("not kept as {file}: {error}"),
        }
    }
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "MB/s: the best round of each, the middle one in brackets\n\
         each parser reads an input twice in its turn, and the second time counts\n\
         ratio: how many times as fast as quick-xml payflow is, best over best, the middle of all turns in brackets\n\n",
    );
    let _ = write!(text, "{:<26}{:>10}{:>11}", "input", "documents", "bytes");
    for (name, _) in PARSERS {
        let _ = write!(text, "{name:>16}");
    }
    let _ = writeln!(text, "{:>16}", "ratio");
    for row in rows {
        let _ = write!(text, "{:<26}{:>10}{:>11}", row.name, row.documents, row.bytes);
        for (best, middle) in row.best.iter().zip(&row.middle) {
            let _ = write!(text, "{:>16}", format!("{best:.0} ({middle:.0})"));
        }
        let ratio = row.ratio.map_or("-".to_owned(), |(best, middle)| format!("{best:.2} ({middle:.2})"));
        let _ = writeln!(text, "{ratio:>16}");
    }
    text
}

/// The ratios to the yardstick, from the times of each parser turn by turn. The machine is as fast for the one as for the
/// other within a turn, so the middle of the turns' ratios holds where the best rounds of the two fell into different minutes.
fn ratio(times: &[Vec<Duration>]) -> Option<(f64, f64)> {
    let of = |wanted| PARSERS.iter().position(|(name, _)| *name == wanted).map(|at| times[at].as_slice());
    let (ours, yardstick) = (of("payflow")?, of("quick-xml")?);
    let mut turns: Vec<f64> =
        ours.iter().zip(yardstick).map(|(our, its)| its.as_secs_f64() / our.as_secs_f64()).collect();
    turns.sort_by(f64::total_cmp);
    let best = yardstick.iter().min()?.as_secs_f64() / ours.iter().min()?.as_secs_f64();
    Some((best, turns[turns.len() / 2]))
}

/// What stands above each record: when, of which sources, by which compiler, on which machine.
fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpus.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split(':').nth(1).unwrap_or("unknown").trim().to_owned()
    };
    let vectors = ["avx512bw", "avx2", "sse4_2"].into_iter().find(|name| cpus.contains(name)).unwrap_or("none told");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "date      {}\ncommit    {}\ncompiler  {}\nmachine   {}, family {} model {}, {cores} cores, vectors up to {vectors}, load {}\n",
        today(),
        output("git", &["describe", "--always", "--dirty"]),
        output("rustc", &["--version"]),
        field("model name"),
        field("cpu family"),
        field("model\t"),
        load.split(' ').next().unwrap_or_default(),
    )
}

fn today() -> String {
    chrono::Utc::now().format("%Y-%m-%d").to_string()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let result = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    result.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
