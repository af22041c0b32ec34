//! mx20022: typed structs of the whole message and its check of lengths, patterns and digits. Of camt.053 it has version
//! 11 alone, which reads what is in version 08 too.

use mx20022_model::common::validate::IsoMessage;
use mx20022_model::generated::{camt::camt_053_001_11, pacs::pacs_008_001_08};
use serde::de::DeserializeOwned;

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let read =
        if path.contains("camt053") { read::<camt_053_001_11::Document> } else { read::<pacs_008_001_08::Document> };
    rivals::serve(&path, |message| read(message))
}

fn read<Document: DeserializeOwned + IsoMessage>(message: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(message) else { return false };
    let document = mx20022_parse::de::from_str::<Document>(text);
    document.is_ok_and(|document| mx20022_validate::typed::validate_message(&document).is_valid())
}
