//! Counts instructions with callgrind, and holds them to the record.
//!
//! ```text
//! cargo bench --no-default-features --bench instructions                              everything
//! cargo bench --no-default-features --bench instructions -- pacs008-1000 payflow      an input, a subject
//! cargo bench --no-default-features --bench instructions -- --guard                   fails where one grew by more than 3 %
//! cargo bench --no-default-features --bench instructions -- --record                  writes the record anew
//! cargo bench --no-default-features --bench instructions -- --keep DIR                leaves what callgrind_annotate reads
//! ```

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use payflow::bench::guard::{self, Count};
use payflow::bench::instructions::{Alone, alone};
use payflow::bench::messages;
use payflow::bench::subject::{PARSERS, PAYFLOW, STAGES};

/// The one that the program has, so that its instructions are counted.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/record/instructions.tsv");
/// The input that the stages are counted on.
const SINGLE: &str = "pacs008-single-compact";
/// Calls this program as the process that is counted.
const ALONE: &str = "--alone";

#[derive(Default)]
struct Wishes {
    words: Vec<String>,
    guard: bool,
    record: bool,
    keep: Option<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mark, subject, path] = &arguments[..]
        && mark == ALONE
    {
        println!("{}", alone(subject, Path::new(path))?);
        return Ok(ExitCode::SUCCESS);
    }
    let wishes = wishes(arguments)?;
    let counts = counts(&wishes)?;
    if wishes.record {
        fs::write(RECORD, guard::written(&counts))?;
        println!("recorded in {RECORD}");
    }
    if !wishes.guard {
        return Ok(ExitCode::SUCCESS);
    }
    let record =
        guard::read(&fs::read_to_string(RECORD)?).map_err(|error| Error::other(format!("{RECORD}: {error}")))?;
    let differences = guard::differences(&record, &counts);
    for sentence in differences.broken.iter().chain(&differences.better) {
        eprintln!("{sentence}");
    }
    if differences.broken.is_empty() && differences.better.is_empty() {
        println!("as recorded");
    } else {
        eprintln!("where that is meant: cargo bench --no-default-features --bench instructions -- --record");
    }
    Ok(if differences.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn wishes(arguments: Vec<String>) -> Result<Wishes> {
    let (mut wishes, mut arguments) = (Wishes::default(), arguments.into_iter());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--guard" => wishes.guard = true,
            "--record" => wishes.record = true,
            "--keep" => wishes.keep = arguments.next().map(PathBuf::from),
            word if is_input(word) || is_subject(word) => wishes.words.push(argument),
            other => return Err(Error::other(format!("{other} is neither an input nor a subject. {}", known()))),
        }
    }
    if (wishes.guard || wishes.record) && !wishes.words.is_empty() {
        return Err(Error::other("the record holds every input: leave the names out"));
    }
    Ok(wishes)
}

fn known() -> String {
    let inputs: Vec<&str> = messages::names().collect();
    let subjects: Vec<&str> = PARSERS.iter().chain(STAGES).map(|subject| subject.0).collect();
    format!("Inputs: {}. Subjects: {}", inputs.join(" "), subjects.join(" "))
}

fn is_input(word: &str) -> bool {
    messages::names().any(|name| name == word)
}

fn is_subject(word: &str) -> bool {
    PARSERS.iter().chain(STAGES).any(|(name, _)| *name == word)
}

/// Counts what is wished for: without a subject, our parser for every input, and the stages for single messages.
fn counts(wishes: &Wishes) -> Result<Vec<Count>> {
    let named =
        |test: fn(&str) -> bool| wishes.words.iter().map(String::as_str).filter(move |word| test(word)).collect();
    let (inputs, subjects): (Vec<&str>, Vec<&str>) = (named(is_input), named(is_subject));
    let program = Alone::this(&[ALONE])?;
    if let Some(keep) = &wishes.keep {
        fs::create_dir_all(keep)?;
    }
    let mut counts = Vec::new();
    println!("{:<26} {:<10} {:>10} {:>14} {:>10}", "input", "subject", "bytes", "instructions", "per byte");
    for name in messages::names().filter(|name| inputs.is_empty() || inputs.contains(name)) {
        let Some(input) = messages::input(name) else { continue };
        let path = program.put(&input)?;
        let stages = STAGES.iter().skip(1).filter(|_| name == SINGLE);
        let usual = std::iter::once(PAYFLOW).chain(stages.map(|(name, _)| *name));
        for subject in if subjects.is_empty() { usual.collect() } else { subjects.clone() } {
            let instructions = program.instructions(subject, &path, wishes.keep.as_deref())?;
            let bytes = input.bytes() as u64;
            let per_byte = guard::decimal(instructions * 100 / bytes);
            println!("{name:<26} {subject:<10} {bytes:>10} {instructions:>14} {per_byte:>10}");
            counts.push(Count { input: name.to_owned(), subject: subject.to_owned(), bytes, instructions });
        }
    }
    Ok(counts)
}
