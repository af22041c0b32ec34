//! The path of a message, as the pipeline takes it, in steps: bytes to a proven message and its fields; and the rules; and
//! the transfers; and the decision with its answer. Each step has those before it in it.

use chrono::DateTime;

use super::subject::Read;
use crate::message::{self, Proven};
use crate::partner::{Institution, Partner, ReplyProfile};
use crate::pipeline::{Examined, Examiner, Options, Validity, decide};
use crate::reply::{self, Answer, Dress};
use crate::rules::judge::Facts;
use crate::schema::input::{Element, Part, Reader};
use crate::schema::pieces::{Piece, Take};
use crate::schema::record::{EventKind, Record};
use crate::transfer::map;
use crate::xml::{Input, Limits};

/// The schema parse. One reader for all documents, as each thread of the pipeline has one. The schemas are compiled when
/// the first document of their kind comes, which no measurement counts.
///
/// # Panics
/// The subject does, on what is not valid.
pub fn parse() -> Read {
    let mut reader = Reader::new(message::schemas::embedded(), Limits::default());
    Box::new(move |document| read(&mut reader, document))
}

/// The parse and the rules.
///
/// # Panics
/// The subject does, on what is not valid.
pub fn rules() -> Read {
    examined(true, |_, _| 0)
}

/// The parse, the rules and the mapping.
///
/// # Panics
/// The subject does, on what is not valid.
pub fn transfer() -> Read {
    examined(true, |_, proven| mapped(proven.as_ref()))
}

/// The parse, the rules, the mapping, the decision and its answer.
///
/// # Panics
/// The subject does, on what is not valid.
pub fn reply() -> Read {
    let id = "PARTNER".to_owned();
    let reply = ReplyProfile { receipt: true, ..ReplyProfile::default() };
    let partner = Partner { id, reply, ..Partner::default() };
    let institution = Institution::default();
    examined(false, move |examined, proven| {
        let decision = decide(examined, &Facts::default());
        let dress = Dress {
            partner: &partner,
            institution: &institution,
            agreed: false,
            decided_at: DateTime::UNIX_EPOCH,
            reply_id: "ANSWER",
        };
        let answer = match reply::write(&examined.original, &decision, &dress) {
            Answer::Reply { bytes, .. } => std::hint::black_box(&bytes).len() as u64,
            Answer::NoneDue { reason } => panic!("payflow: no answer: {reason}"),
        };
        mapped(proven.as_ref()).wrapping_add(answer)
    })
}

/// Decodes, checks the header and the document against their schemas, and consumes every bound field, piece by piece, as the
/// rules do. The document's memory is taken for the window that the walk reads, and given back.
#[inline(never)]
fn read(reader: &mut Reader, document: &mut Vec<u8>) -> u64 {
    let mut input = Input::new(std::mem::take(document)).unwrap_or_else(|fault| panic!("payflow: {fault:?}"));
    let mut witness = Witness(0);
    let parts = reader.read(&mut input, &mut witness);
    parts.iter().for_each(expect_valid);
    reader.recycle(parts);
    *document = input.into_bytes();
    witness.0
}

fn expect_valid(part: &Part) {
    let faulty = |element: &Element| element.broken.is_some() || !element.faults.is_empty();
    let (header, document) = (part.header.as_deref(), part.document.as_deref());
    if part.fault.is_some() || header.is_some_and(faulty) || document.is_some_and(faulty) {
        panic!("payflow: {:?} {:?}", part.fault, document.map(|document| &document.faults));
    }
}

/// A number that depends on every bound field.
struct Witness(u64);

impl Take for Witness {
    fn keeps(&self) -> bool {
        false
    }

    fn header(&mut self, _: &Element, record: Record<'_>) {
        self.0 ^= fields_witness(record);
    }

    fn piece(&mut self, piece: Piece<'_>) {
        self.0 = self.0.rotate_left(7)
            ^ match piece {
                Piece::Group(slot, node) => u64::from(slot) ^ fields_witness(node.record()),
                Piece::Fields(node) | Piece::Item(node) => fields_witness(node.record()),
                Piece::End => 1,
            };
    }
}

/// Every event goes in by its slot, its length and the eight bytes that stand where it points: the first of a value (with
/// what follows a shorter one). So each field that was bound is read where it stands, at the cost of one load.
#[inline]
fn fields_witness(record: Record<'_>) -> u64 {
    record.events.iter().fold(0, |witness: u64, event| {
        let eight = match event.kind {
            EventKind::Decoded => one_by_one(record.decoded, event.start as usize),
            EventKind::Group | EventKind::Field => eight(record.window, event.start as usize),
        };
        (witness.rotate_left(5) ^ eight).wrapping_add(u64::from(event.len)).wrapping_add(u64::from(event.slot))
    })
}

#[inline(always)]
fn eight(bytes: &[u8], from: usize) -> u64 {
    match bytes.get(from..from + 8).and_then(|eight| eight.first_chunk::<8>()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => one_by_one(bytes, from),
    }
}

#[cold]
#[inline(never)]
fn one_by_one(bytes: &[u8], from: usize) -> u64 {
    bytes.iter().skip(from).take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// Examines each document and goes on with it. What an answer quotes is read where one is written.
fn examined(unanswered: bool, mut take: impl FnMut(&Examined, Option<Proven<'_>>) -> u64 + 'static) -> Read {
    let mut examiner = Examiner::new(Options { processed_only: true, unanswered, ..Options::default() });
    Box::new(move |document| {
        let documents = examiner.examine_lent(None, document, |examined, proven, _| {
            assert_eq!(examined.validity, Validity::Valid, "payflow: {:?}", examined.findings);
            take(&examined, proven).wrapping_add(examined.transactions)
        });
        documents.into_iter().fold(0, u64::wrapping_add)
    })
}

/// Every transfer and statement is there in memory, and is dropped: the transfers one by one, as the worker takes them.
fn mapped(proven: Option<&Proven<'_>>) -> u64 {
    let mut transfers = 0;
    let besides = map::each(proven.unwrap_or_else(|| panic!("payflow: nothing is proven")), |transfer| {
        std::hint::black_box(transfer);
        transfers += 1;
    });
    transfers + std::hint::black_box(&besides).statements.len() as u64
}
