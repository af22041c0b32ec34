//! Validates or maps one file, through a window or in memory, and says how long it took and how much memory. Makes such a file:
//! a message of the benchmarks, its items again and again. `benches/large.sh` runs it all.
//!
//! ```text
//! cargo run --release --no-default-features --example large -- make camt053|pacs008 MEGABYTES FILE
//! cargo run --release --no-default-features --example large -- validate|map window|memory FILE
//! ```

use std::fs::File;
use std::io::{Read, Write};
use std::time::Instant;

use payflow::bench::messages;
use payflow::message::LargeProof;
use payflow::pipeline::large::{Large, Pass};
use payflow::pipeline::{Examiner, Options, Validity};
use payflow::transfer::map::{self, Output};
use payflow::xml::Limits;
use payflow::xml::input::{Source, Trouble};

struct Path(String);

struct Bytes(File);

impl Large for Path {
    fn open(&self, _: Pass) -> Result<Box<dyn Source>, Trouble> {
        Ok(Box::new(Bytes(File::open(&self.0)?)))
    }
}

impl Source for Bytes {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        Ok(self.0.read(into)?)
    }
}

/// Takes the lines as a pipe would, at no cost.
type Sink = std::io::BufWriter<std::io::Sink>;

fn line(out: &mut Sink, transfer: &payflow::transfer::Transfer) -> Result<(), Trouble> {
    serde_json::to_writer(&mut *out, transfer)?;
    Ok(out.write_all(b"\n")?)
}

/// How many documents are valid, and how many transfers came of them.
fn through_a_window(examiner: &mut Examiner, file: &Path, maps: bool) -> Result<(usize, u64), Trouble> {
    let documents = examiner.examine_large(None, file, maps)?;
    let valid = documents.iter().filter(|document| document.examined.validity == Validity::Valid).count();
    let proofs: Vec<Option<&LargeProof>> = documents.iter().map(|document| document.proof.as_ref()).collect();
    let (mut out, mut transfers) = (Sink::new(std::io::sink()), 0);
    if maps && proofs.iter().any(Option::is_some) {
        examiner.map_large(None, file, &proofs, &mut |_, output| match output {
            Output::Transfer(transfer) => {
                transfers += 1;
                line(&mut out, transfer)
            }
            _ => Ok(()),
        })?;
    }
    Ok((valid, transfers))
}

fn in_memory(examiner: &mut Examiner, file: &Path, maps: bool) -> Result<(usize, u64), Trouble> {
    let bytes = std::fs::read(&file.0)?;
    let mut out = Sink::new(std::io::sink());
    let documents = examiner.examine(bytes, |examined, proven, _| -> Result<_, Trouble> {
        let transfers = proven.filter(|_| maps).map_or(Vec::new(), |proven| map::all(&proven).transfers);
        transfers.iter().try_for_each(|transfer| line(&mut out, transfer))?;
        Ok((usize::from(examined.validity == Validity::Valid), transfers.len() as u64))
    });
    documents.into_iter().try_fold((0, 0), |all, one| one.map(|one| (all.0 + one.0, all.1 + one.1)))
}

/// Writes a message of so many megabytes.
fn make(family: &str, megabytes: usize, file: &str) -> Result<(), Trouble> {
    let (row, item) = if family == "camt053" { ("camt053-10000", "Ntry") } else { ("pacs008-1000", "CdtTrfTxInf") };
    let input = messages::input(row).ok_or("no such row")?;
    let text = String::from_utf8(input.documents.into_iter().next().ok_or("no document")?)?;
    let (open, close) = (format!("<{item}>"), format!("</{item}>"));
    let from = text.find(&open).ok_or("no item")?;
    let to = text.rfind(&close).ok_or("no item")? + close.len();
    let (head, items, tail) = (&text[..from], &text[from..to], &text[to..]);
    let times = (megabytes * 1_000_000 / items.len()).max(1);
    let count = items.matches(&open).count() * times;
    // The totals of the header would have to be multiplied; they may be absent.
    let mut head = replaced(head, "NbOfTxs", Some(&count.to_string()));
    for total in ["CtrlSum", "TtlIntrBkSttlmAmt"] {
        head = replaced(&head, total, None);
    }
    let mut out = std::io::BufWriter::new(File::create(file)?);
    out.write_all(head.as_bytes())?;
    for _ in 0..times {
        out.write_all(items.as_bytes())?;
    }
    out.write_all(tail.as_bytes())?;
    Ok(out.flush()?)
}

/// A header with another value in an element, or without it.
fn replaced(head: &str, name: &str, value: Option<&str>) -> String {
    let (Some(from), Some(to)) = (head.find(&format!("<{name}")), head.find(&format!("</{name}>"))) else {
        return head.to_owned();
    };
    let element = value.map_or(String::new(), |value| format!("<{name}>{value}</{name}>"));
    format!("{}{element}{}", &head[..from], &head[to + name.len() + 3..])
}

/// The most memory that this process had, in MiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib.div_ceil(1024))
}

fn main() -> Result<(), Trouble> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [make_word, family, megabytes, file] = &arguments[..]
        && make_word == "make"
    {
        return make(family, megabytes.parse()?, file);
    }
    let [what @ ("validate" | "map"), how @ ("window" | "memory"), file] =
        &*arguments.iter().map(String::as_str).collect::<Vec<_>>()
    else {
        return Err("usage: large validate|map window|memory FILE".into());
    };
    let limits = Limits { bytes: 4_000_000_000, ..Limits::default() };
    let mut examiner = Examiner::new(Options { limits, ..Options::default() });
    let path = Path((*file).to_owned());
    let bytes = std::fs::metadata(file)?.len();
    let begun = Instant::now();
    let run = if *how == "window" { through_a_window } else { in_memory };
    let (valid, transfers) = run(&mut examiner, &path, *what == "map")?;
    let milliseconds = (begun.elapsed().as_millis() as u64).max(1);
    let speed = bytes / milliseconds / 1000;
    let peak = peak().map_or("?".to_owned(), |peak| peak.to_string());
    println!(
        "{what:8} {how:6} {:6} MB {:7} ms {speed:5} MB/s {peak:6} MiB, {valid} valid, {transfers} transfers",
        bytes / 1_000_000,
        milliseconds
    );
    Ok(())
}
