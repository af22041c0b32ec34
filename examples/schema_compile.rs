//! What it costs to compile each schema of the catalogue, reading its file included: the least of some rounds, in
//! milliseconds. The first line is the first schema that a process compiles, with the catalogue's own index.
//!
//! ```text
//! cargo run --release --no-default-features --example schema_compile [rounds] [only this message]
//! ```

use std::hint::black_box;
use std::time::{Duration, Instant};

use payflow::message::bindings;
use payflow::schema::automaton::Automaton;
use payflow::schema::{MessageId, catalogue};

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let rounds: u32 = arguments.next().map_or(Ok(5), |text| text.parse()).map_err(|_| "rounds must be a number")?;
    let only: Option<MessageId> = arguments.next().map(|text| text.parse().map_err(|_| "no message")).transpose()?;
    let first: MessageId = only.unwrap_or("pacs.008.001.08".parse().map_err(|_| "no message")?);
    let cold = cost(first)?;
    println!("{first}  first of the process {}", shown(cold.0 + cold.1));
    let mut all = Vec::new();
    for message in catalogue::embedded().ids().filter(|message| only.is_none_or(|only| only == *message)) {
        let mut least = cost(message)?;
        for _ in 1..rounds {
            let (read, compile) = cost(message)?;
            least = (least.0.min(read), least.1.min(compile));
        }
        all.push((least.0 + least.1, least, message));
    }
    all.sort_unstable_by_key(|(whole, ..)| std::cmp::Reverse(*whole));
    for (whole, (read, compile), message) in &all {
        println!("{message}  read {} compile {} together {}", shown(*read), shown(*compile), shown(*whole));
    }
    let sum: Duration = all.iter().map(|(whole, ..)| *whole).sum();
    if let Some((most, _, message)) = all.first() {
        println!("{} schemas, mean {}, most {} ({message})", all.len(), shown(sum / all.len() as u32), shown(*most));
    }
    Ok(())
}

/// Reading and compiling one schema.
fn cost(message: MessageId) -> Result<(Duration, Duration), String> {
    let begin = Instant::now();
    let schema = catalogue::embedded().schema(message).ok_or("no schema")?.map_err(|error| error.to_string())?;
    let read = begin.elapsed();
    let root = schema.elements.first().map_or("", |(name, _)| name.as_str());
    let automaton = Automaton::compile(&schema, root, bindings(message)).map_err(|error| error.to_string())?;
    let whole = begin.elapsed();
    black_box(&automaton);
    Ok((read, whole - read))
}

fn shown(duration: Duration) -> String {
    let micros = duration.as_micros();
    format!("{}.{:03}", micros / 1000, micros % 1000)
}
