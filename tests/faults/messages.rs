//! What a partner sends: made-up messages of every dialect, most of them new and good; some of a large amount, some with a fault, some that were
//! sent before, some with other content under an id that was sent before.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use payflow::bench::messages::{Style, samples};
use sha2::{Digest, Sha256};

use super::cards::masked_hash;
use super::ledger::{Fate, Sent};
use crate::random::Random;

/// So many messages back something is sent again.
const MEMORY: usize = 150;

/// A partner's topic.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    pub partner: &'static str,
    pub topic: &'static str,
    pub partitions: i32,
    /// Whether what is above [`MOST`] is held.
    pub holds: bool,
}

/// From here on persons decide about a transaction, in any currency.
pub const MOST: u64 = 1_000_000;

/// All that a partner sends, one after the other: the same for a seed.
pub struct Messages {
    stream: Stream,
    random: Random,
    /// The next seed for messages.
    seed: u64,
    fresh: Vec<Message>,
    recent: VecDeque<(Sent, Arc<[u8]>)>,
    ids: HashSet<String>,
}

#[derive(Clone)]
struct Message {
    bytes: Vec<u8>,
    kind: &'static str,
    id: String,
    transfers: usize,
    /// Whether a transaction is above [`MOST`].
    large: bool,
}

impl Messages {
    pub fn new(stream: Stream, seed: u64) -> Self {
        let number = stream.topic.bytes().fold(0u64, |sum, byte| sum * 31 + u64::from(byte)) % 1000;
        let seed = seed * 1000 + number;
        let random = Random::new(seed);
        // The seeds of two streams are far from each other.
        let seed = seed * 1_000_000;
        Self { stream, random, seed, fresh: Vec::new(), recent: VecDeque::new(), ids: HashSet::new() }
    }

    /// The next record: where it goes and what is to become of it, and its bytes. Its offset is not known yet.
    pub fn next(&mut self) -> (Sent, Arc<[u8]>) {
        let known = self.recent.len();
        let (sent, bytes) = match self.random.below(100) {
            0..=10 if known > 0 => self.again(),
            11..=19 if known > 0 => self.other_content().unwrap_or_else(|| self.new_message()),
            20..=29 => self.refused(),
            30..=37 => self.rejected(),
            _ => self.new_message(),
        };
        let bytes: Arc<[u8]> = bytes.into();
        self.recent.push_back((sent.clone(), Arc::clone(&bytes)));
        if self.recent.len() > MEMORY {
            self.recent.pop_front();
        }
        (sent, bytes)
    }

    fn fresh(&mut self) -> Message {
        loop {
            if let Some(message) = self.fresh.pop() {
                // An id that was drawn twice would spoil the truth.
                if self.ids.insert(message.id.clone()) {
                    return message;
                }
                continue;
            }
            self.seed += 1;
            self.fresh = samples(self.seed, Style::default()).into_iter().map(|(_, bytes)| message(bytes)).collect();
        }
    }

    fn sent(&mut self, message: &Message, fate: Fate, content: u32, bytes: &[u8]) -> Sent {
        Sent {
            partner: self.stream.partner.to_owned(),
            topic: self.stream.topic.to_owned(),
            partition: self.random.below(self.stream.partitions as usize) as i32,
            offset: -1,
            kind: message.kind.to_owned(),
            id: message.id.clone(),
            content,
            fate,
            transfers: message.transfers,
            hash: hex(bytes),
            masked: masked_hash(bytes),
        }
    }

    fn new_message(&mut self) -> (Sent, Vec<u8>) {
        let message = self.fresh();
        let fate = if self.stream.holds && message.large { Fate::Held } else { Fate::Accepted };
        (self.sent(&message, fate, 0, &message.bytes), message.bytes)
    }

    /// Breaks a rule: a number of transactions that is not theirs, or an account number with wrong check digits.
    fn rejected(&mut self) -> (Sent, Vec<u8>) {
        let message = self.fresh();
        let text = String::from_utf8(message.bytes.clone()).unwrap();
        let broken = match message.kind {
            "pacs.008" => replaced(&text, "NbOfTxs>", |value| format!("{value}7")),
            _ => replaced(&text, "IBAN>", |value| {
                // One digit more or less breaks the check digits, whatever it was.
                let (head, last) = value.split_at(value.len() - 1);
                format!("{head}{}", if last == "5" { "6" } else { "5" })
            }),
        };
        let bytes = broken.unwrap().into_bytes();
        let same = bytes == message.bytes;
        assert!(!same, "nothing was broken");
        (self.sent(&message, Fate::Rejected, 0, &bytes), bytes)
    }

    /// Not valid by its schema, cut off, or no message at all.
    fn refused(&mut self) -> (Sent, Vec<u8>) {
        let mut message = self.fresh();
        let text = String::from_utf8(message.bytes.clone()).unwrap();
        let bytes = match self.random.below(5) {
            0 => b"There was a fault at the other end.".to_vec(),
            1 => Vec::new(),
            2 => message.bytes[..message.bytes.len() * 2 / 3].to_vec(),
            3 => (0..200).map(|_| self.random.below(256) as u8).collect(),
            _ => replaced(&text, "CreDtTm>", |_| "yesterday".to_owned()).unwrap().into_bytes(),
        };
        message.id = String::new();
        (self.sent(&message, Fate::Refused, 0, &bytes), bytes)
    }

    /// The same bytes again, often by another partition.
    fn again(&mut self) -> (Sent, Vec<u8>) {
        let (mut sent, bytes) = self.recent[self.random.below(self.recent.len())].clone();
        if self.random.below(2) == 0 {
            sent.partition = self.random.below(self.stream.partitions as usize) as i32;
        }
        (sent, bytes.to_vec())
    }

    /// Another content under the same id.
    fn other_content(&mut self) -> Option<(Sent, Vec<u8>)> {
        let (mut sent, bytes) = self.recent[self.random.below(self.recent.len())].clone();
        if sent.fate == Fate::Refused {
            return None;
        }
        sent.content += 1 + self.random.below(1_000_000) as u32;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let mark = format!("{:08}", sent.content);
        let changed = replaced(&text, "EndToEndId>", |_| mark.clone())?.into_bytes();
        sent.hash = hex(&changed);
        sent.masked = masked_hash(&changed);
        sent.partition = self.random.below(self.stream.partitions as usize) as i32;
        Some((sent, changed))
    }
}

fn message(bytes: Vec<u8>) -> Message {
    let text = std::str::from_utf8(&bytes).unwrap();
    let statement = text.contains("camt.053");
    let count = |tag: &str| text.matches(&format!("{tag}>")).count() / 2;
    // An entry without details is one transfer.
    let transfers = if statement { count("TxDtls") + count_entries(text) } else { count("CdtTrfTxInf") };
    let id = first(text, "MsgId>").unwrap().to_owned();
    let kind = if statement { "camt.053" } else { "pacs.008" };
    let large = !statement && is_large(text);
    Message { kind, id, transfers, large, bytes }
}

fn is_large(text: &str) -> bool {
    let above = |(at, tag): (usize, &str)| {
        // The total of the group has a longer name.
        let own = text[..at].ends_with(['<', ':']);
        let value = text[at + tag.len()..].split(['>', '<']).nth(1).unwrap();
        let (whole, rest) = value.split_once('.').unwrap_or((value, ""));
        let whole: u64 = whole.parse().unwrap();
        own && (whole > MOST || whole == MOST && rest.bytes().any(|digit| digit != b'0'))
    };
    text.match_indices("IntrBkSttlmAmt Ccy=").any(above)
}

/// The entries of a statement that have no details.
fn count_entries(text: &str) -> usize {
    text.matches("<Ntry>").count() - text.matches("<NtryDtls>").count()
}

/// The text of the first element whose start tag ends so.
fn first<'t>(text: &'t str, tag: &str) -> Option<&'t str> {
    let from = text.find(tag)? + tag.len();
    Some(&text[from..from + text[from..].find('<')?])
}

fn replaced(text: &str, tag: &str, with: impl Fn(&str) -> String) -> Option<String> {
    let from = text.find(tag)? + tag.len();
    let to = from + text[from..].find('<')?;
    Some(format!("{}{}{}", &text[..from], with(&text[from..to]), &text[to..]))
}

pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
