//! Writes what the rivals read: inputs as `payflow bench inputs` writes them, and for those who validate our schemas as
//! `payflow schema export` does. FOLDER INPUT…

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use payflow::bench::messages;
use payflow::schema::{MessageId, catalogue, write};

const SCHEMAS: &[&str] = &["pacs.008.001.08", "camt.053.001.08"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: prepare FOLDER INPUT…")?;
    fs::create_dir_all(&folder)?;
    for name in arguments {
        let input = messages::input(&name).ok_or_else(|| format!("there is no input {name}"))?;
        input.write(Path::new(&folder))?;
    }
    for name in SCHEMAS {
        let message: MessageId = name.parse().map_err(|_| *name)?;
        let schema = catalogue::embedded().schema(message).ok_or(*name)??;
        fs::write(Path::new(&folder).join(format!("{name}.xsd")), write::self_contained(&schema))?;
    }
    Ok(())
}
