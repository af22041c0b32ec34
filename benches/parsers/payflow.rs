//! Ours: bytes as they came to a proven message and its fields, as the pipeline does it.

use payflow::message;
use payflow::schema::input::{Element, Part, Reader};
use payflow::schema::record::{EventKind, Record};
use payflow::xml::{Input, Limits};

use super::Parse;

/// One reader for all documents, as each thread of the pipeline has one. The schemas are compiled when the first document
/// of their kind comes, which no measurement counts.
pub(crate) fn payflow() -> Parse {
    let mut reader = Reader::new(message::schemas::embedded(), Limits::default());
    Box::new(move |document| read(&mut reader, document))
}

/// Decodes, checks the header and the document against their schemas, and consumes every bound field. The document's
/// memory is taken for the window that the walk reads, and given back.
#[inline(never)]
fn read(reader: &mut Reader, document: &mut Vec<u8>) -> u64 {
    let mut input = Input::new(std::mem::take(document)).unwrap_or_else(|fault| panic!("payflow: {fault:?}"));
    let parts = reader.read(&mut input, &mut ());
    let witness = parts.iter().fold(0, |witness, part| witness ^ part_witness(part, input.window.bytes()));
    reader.recycle(parts);
    *document = input.into_bytes();
    witness
}

fn part_witness(part: &Part, window: &[u8]) -> u64 {
    let faulty = |element: &Element| element.broken.is_some() || !element.faults.is_empty();
    let (header, document) = (part.header.as_deref(), part.document.as_deref());
    if part.fault.is_some() || header.is_some_and(faulty) || document.is_some_and(faulty) {
        panic!("payflow: {:?} {:?}", part.fault, document.map(|document| &document.faults));
    }
    [header, document].into_iter().flatten().fold(0, |all, element| all ^ fields_witness(element.record(window)))
}

/// Every event goes in by its slot, its length and the eight bytes that stand where it points: the first of a value (with
/// what follows a shorter one). So each field that was bound is read where it stands, at the cost of one load.
fn fields_witness(record: Record<'_>) -> u64 {
    record.events.iter().fold(0, |witness: u64, event| {
        let bytes = if event.kind == EventKind::Decoded { record.decoded } else { record.window };
        let first = first_bytes(bytes, event.start as usize);
        witness.rotate_left(5) ^ first ^ (u64::from(event.len) << 16 | u64::from(event.slot))
    })
}

fn first_bytes(bytes: &[u8], from: usize) -> u64 {
    match bytes[from..].first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first),
        None => bytes[from..].iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}
