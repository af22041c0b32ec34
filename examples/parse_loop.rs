//! Reads the same input again and again with one parser: a steady subject for a profiler.
//!
//! ```text
//! cargo run --release --no-default-features --example parse_loop -- PARSER ROUNDS PATH
//! ```
//!
//! PATH is a file, or a folder whose files are read in the order of their names. One round goes first that is not
//! measured; the others run inside of `measured`, so that callgrind can count that function alone (benches/callgrind.sh).

use std::path::Path;
use std::{env, fs, io};

#[path = "../benches/parsers/mod.rs"]
mod parsers;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let parser = |name: &str| parsers::PARSERS.iter().find(|row| row.0 == name).map(|row| row.1);
    let [name, rounds, path] = arguments.as_slice() else { usage() };
    let (Some(make), Ok(rounds)) = (parser(name), rounds.parse()) else { usage() };
    let mut documents = documents(Path::new(path))?;
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let mut parse = make();
    let warm = read_all(&mut parse, &mut documents);
    let witness = measured(&mut parse, &mut documents, rounds);
    println!(
        "{name} {path}: {} documents, {bytes} bytes, {rounds} rounds, witness {warm:x} {witness:x}",
        documents.len()
    );
    Ok(())
}

fn usage() -> ! {
    let names: Vec<&str> = parsers::PARSERS.iter().map(|row| row.0).collect();
    eprintln!("usage: parse_loop {} ROUNDS PATH", names.join("|"));
    std::process::exit(2);
}

fn documents(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    if path.is_file() {
        return Ok(vec![fs::read(path)?]);
    }
    let mut files = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    files.iter().map(fs::read).collect()
}

#[inline(never)]
fn measured(parse: &mut parsers::Parse, documents: &mut [Vec<u8>], rounds: usize) -> u64 {
    (0..rounds).fold(0, |witness: u64, _| witness.wrapping_add(read_all(parse, std::hint::black_box(documents))))
}

fn read_all(parse: &mut parsers::Parse, documents: &mut [Vec<u8>]) -> u64 {
    documents.iter_mut().fold(0, |witness: u64, document| witness.wrapping_add(parse(document)))
}
