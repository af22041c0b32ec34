//! Writes the inputs of the benchmarks to files, so that other tools can be run on the same bytes.
//!
//! ```text
//! cargo run --release --no-default-features --example messages -- DIR [ROW…]
//! ```
//!
//! A row of one document becomes `DIR/ROW.xml`, a pool becomes the folder `DIR/ROW/` with a file per message.

use std::path::Path;
use std::{env, fs, io};

use payflow::bench::messages;

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: messages DIR [ROW…]");
        std::process::exit(2);
    };
    let wanted: Vec<String> = arguments.collect();
    for name in messages::names().filter(|name| wanted.is_empty() || wanted.iter().any(|wish| wish == name)) {
        let input = messages::input(name).ok_or_else(|| io::Error::other("a row without a maker"))?;
        fs::create_dir_all(&folder)?;
        input.write(Path::new(&folder))?;
        println!("{name}: {} documents, {} bytes", input.documents.len(), input.bytes());
    }
    Ok(())
}
