//! Prints the schema of a message as one file, as `payflow schema export` does: those who validate get ours.

use payflow::schema::{MessageId, catalogue, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let message: MessageId =
        std::env::args().nth(1).unwrap_or_default().parse().map_err(|_| "usage: schema MESSAGE")?;
    let schema = catalogue::embedded().schema(message).ok_or("there is no such schema")??;
    print!("{}", write::self_contained(&schema));
    Ok(())
}
