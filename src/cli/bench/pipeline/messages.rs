//! The messages of the pipeline's benchmark: those of the parse benchmark's pool, each made distinct by a number in its ids.

use std::ops::Range;

use memchr::memmem;

use crate::bench::messages;

/// How many digits a message's number has in its ids.
const DIGITS: usize = 12;

/// So many in a row go into one partition before the next one has its turn: as clients do that send without a key, batch by batch.
const RUN: u64 = 50;

/// A message, and where its number stands.
struct Mould {
    bytes: Vec<u8>,
    /// The ends of the message's id, wherever it stands.
    ids: Vec<Range<usize>>,
    /// The ends of the transaction's UETR.
    uetr: Option<Range<usize>>,
    message_id: String,
}

/// An endless row of distinct single messages: always the same ones.
pub(super) struct Messages(Vec<Mould>);

impl Messages {
    /// Makes the moulds: none when there is no message to make them of.
    pub(super) fn new() -> Self {
        let pool = messages::input("pacs008-single-compact").map(|input| input.documents).unwrap_or_default();
        Self(pool.into_iter().filter_map(Mould::of).collect())
    }

    /// How many there are before the same mould comes again.
    pub(super) fn moulds(&self) -> u64 {
        self.0.len() as u64
    }

    /// The bytes of one message on average.
    pub(super) fn bytes_each(&self) -> usize {
        self.0.iter().map(|mould| mould.bytes.len()).sum::<usize>() / self.0.len().max(1)
    }

    /// Writes the message of a number over `out`.
    pub(super) fn write(&self, number: u64, out: &mut Vec<u8>) {
        let mould = self.mould(number);
        out.clear();
        out.extend_from_slice(&mould.bytes);
        let digits = digits(number);
        for place in mould.ids.iter().chain(&mould.uetr) {
            out[place.clone()].copy_from_slice(digits.as_bytes());
        }
    }

    /// The message's id.
    pub(super) fn id(&self, number: u64) -> String {
        let id = &self.mould(number).message_id;
        format!("{}{}", &id[..id.len() - DIGITS], digits(number))
    }

    fn mould(&self, number: u64) -> &Mould {
        &self.0[(number % self.moulds()) as usize]
    }
}

impl Mould {
    fn of(bytes: Vec<u8>) -> Option<Self> {
        let message_id = value(&bytes, b"MsgId>").filter(|id| id.len() >= DIGITS)?;
        let message_id = std::str::from_utf8(&bytes[message_id]).ok().filter(|id| id.is_ascii())?.to_owned();
        let ends = |start: usize, len: usize| start + len - DIGITS..start + len;
        let ids = memmem::find_iter(&bytes, message_id.as_bytes()).map(|at| ends(at, message_id.len())).collect();
        let uetr = value(&bytes, b"UETR>").map(|uetr| ends(uetr.start, uetr.len()));
        Some(Self { ids, uetr, message_id, bytes })
    }
}

/// The partition of a message, of so many.
pub(super) fn partition(number: u64, partitions: u64) -> u64 {
    number / RUN % partitions
}

/// The number of a message, by where it stands: the inverse of [`partition`].
pub(super) fn number_at(partition: u64, offset: u64, partitions: u64) -> u64 {
    (offset / RUN * partitions + partition) * RUN + offset % RUN
}

/// The number of a message, by its id or a text that ends with it.
pub(super) fn number(id: &[u8]) -> Option<u64> {
    std::str::from_utf8(id.get(id.len().checked_sub(DIGITS)?..)?).ok()?.parse().ok()
}

fn digits(number: u64) -> String {
    format!("{number:0DIGITS$}")
}

/// Where the first value behind a tag stands.
fn value(bytes: &[u8], tag: &[u8]) -> Option<Range<usize>> {
    let start = memmem::find(bytes, tag)? + tag.len();
    let len = memchr::memchr(b'<', &bytes[start..])?;
    Some(start..start + len)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pipeline::{Options, Validity, examine};

    #[test]
    fn the_number_of_a_message_is_told_by_where_it_stands() {
        let mut held = [0; 3];
        for number in 0..1_000 {
            let partition = partition(number, 3);
            assert_eq!(number_at(partition, held[partition as usize], 3), number);
            held[partition as usize] += 1;
        }
    }

    #[test]
    fn messages_are_valid_and_distinct_and_say_their_number() {
        let messages = Messages::new();
        let (mut ids, mut bytes) = (BTreeSet::new(), Vec::new());
        for number in (0..messages.moulds()).chain([messages.moulds(), 999_999_999_999]) {
            messages.write(number, &mut bytes);
            let documents = examine(&bytes, Options::default());
            assert_eq!(documents.len(), 1);
            assert_eq!((documents[0].validity, documents[0].transactions), (Validity::Valid, 1), "message {number}");
            let id = documents[0].original.message_id.as_deref().unwrap_or_default();
            assert_eq!((id, super::number(id.as_bytes())), (messages.id(number).as_str(), Some(number)));
            assert!(ids.insert(id.to_owned()), "{id} twice");
        }
        assert!(messages.moulds() >= 512 && (2_000..4_096).contains(&messages.bytes_each()));
    }
}
