//! How inputs are kept: compressed, and sealed where there is a key. A card number in free text is never kept in clear: it is
//! sealed with all else, and masked where there is no key. A card's security code and track are not kept at all. Must not know
//! any table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use lz4_flex::block::{DecompressError, compress_prepend_size_with_dict, decompress_with_dict, uncompressed_size};

use super::audit::Chain;
use super::{Batch, DocumentId, InputRow, Lane, StoreError, TransferRow, cards};
use crate::broker::Record;

/// What messages have in common: a message of one transaction with its header. One that was released is never changed: a
/// better one gets a number of its own.
const DICTIONARY: &[u8] = include_bytes!("dictionary_1.xml");

/// The bytes are as they came.
const PLAIN: i16 = 0;

/// The bytes are an LZ4 block behind its size, made with the first dictionary.
const LZ4: i16 = 1;

/// How long a nonce is. It is random, and long enough never to come twice.
const NONCE: usize = 24;

/// The header of a record whose card numbers were masked.
const MASKED: &str = "payflow.masked";

/// The keys that bytes are sealed with.
#[derive(Default)]
pub struct Keeper {
    /// The id of the key that seals; without one nothing is sealed.
    current: Option<String>,
    /// All keys by their ids: those that only open what was sealed, too.
    keys: BTreeMap<String, XChaCha20Poly1305>,
    /// The keys of the audit trail.
    pub(super) chain: Chain,
}

/// What bytes belong to, so that a row that was put in the place of another does not open.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner {
    /// The input at a position of a lane.
    Input(i64, i64),
    /// The row of a lane's outbox.
    Row(i64, i64),
}

/// Bytes as they are kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) codec: i16,
    pub(super) sealed_by: Option<String>,
    pub(super) bytes: Vec<u8>,
    /// What came without what is not kept, where it had some: card numbers without a key to seal them, security codes.
    pub(super) masked: Option<Vec<u8>>,
}

/// A text as it is stored beside a record that leaves.
pub(super) struct Text<'t> {
    /// The text, masked where it has card numbers.
    pub(super) json: Cow<'t, str>,
    /// Whether it has some.
    pub(super) masked: bool,
}

/// A document, when it came in, and its input as it came.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) id: DocumentId,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "no other store has partitions"))]
    pub(super) received_at: DateTime<Utc>,
    pub(super) bytes: &'a [u8],
    /// The same without what is not kept, where it had some.
    pub(super) masked: Option<&'a [u8]>,
}

/// Where the bytes of a record are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// As the document's transfer of this number.
    Transfer(i32),
    /// As the document's input.
    Input,
    /// With the record.
    Here,
    /// With the record, sealed.
    Sealed,
}

impl Owner {
    fn bytes(self) -> Vec<u8> {
        let (kind, lane, number) = match self {
            Self::Input(lane, position) => (b'i', lane, position),
            Self::Row(lane, seq) => (b'o', lane, seq),
        };
        [&[kind][..], &lane.to_be_bytes(), &number.to_be_bytes()].concat()
    }
}

impl Keeper {
    /// Seals with the first of these keys, and opens with all.
    pub fn new(keys: Vec<(String, [u8; 32])>) -> Self {
        let current = keys.first().map(|(id, _)| id.clone());
        let keys = keys.into_iter().map(|(id, key)| (id, XChaCha20Poly1305::new(&key.into()))).collect();
        Self { current, keys, chain: Chain::default() }
    }

    /// Chains the audit trail with the first of these keys, and checks it with all.
    pub fn chaining(self, keys: Vec<(String, [u8; 32])>) -> Self {
        Self { chain: Chain::new(keys), ..self }
    }

    /// Whether there is a key to seal with.
    pub(super) fn seals(&self) -> bool {
        self.current.is_some()
    }

    /// The inputs of a batch as they are kept, in order.
    pub(super) fn keep_all(&self, batch: &Batch<'_>) -> Result<Vec<Kept>, StoreError> {
        batch.inputs.iter().map(|input| self.keep(input)).collect()
    }

    /// An input as it is kept.
    pub(super) fn keep(&self, input: &InputRow<'_>) -> Result<Kept, StoreError> {
        let hide = if self.seals() { cards::blank_secrets } else { cards::mask_message };
        let clear = hide(input.bytes);
        let packed = compress_prepend_size_with_dict(&clear, DICTIONARY);
        let (codec, bytes) = if packed.len() < clear.len() { (LZ4, packed) } else { (PLAIN, clear.to_vec()) };
        let masked = match clear {
            Cow::Owned(masked) => Some(masked),
            Cow::Borrowed(_) => None,
        };
        let (sealed_by, bytes) = self.seal(bytes, Owner::Input(input.lane, input.position))?;
        Ok(Kept { codec, sealed_by, bytes, masked })
    }

    /// Seals bytes, where there is a key.
    pub(super) fn seal(&self, bytes: Vec<u8>, owner: Owner) -> Result<(Option<String>, Vec<u8>), StoreError> {
        let Some((id, cipher)) = self.current.as_ref().and_then(|id| Some((id, self.keys.get(id)?))) else {
            return Ok((None, bytes));
        };
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: &bytes, aad: &owner.bytes() };
        let sealed =
            cipher.encrypt(&nonce, payload).map_err(|_| StoreError::Refused("it can't be sealed".to_owned()))?;
        Ok((Some(id.clone()), [&nonce[..], &sealed].concat()))
    }

    /// Where the bytes of a document's records are stored. What is published is what is stored: card numbers leave when there is
    /// a key to keep them with, and are masked when there is none, which their headers say.
    pub(super) fn settle(
        &self,
        place: Place<'_>,
        transfers: &[TransferRow],
        texts: &[Text<'_>],
        records: &mut [Record],
    ) -> Vec<Stored> {
        let mut numbered = transfers.iter().zip(texts).zip(1..).peekable();
        // One that is decided later is mapped from what is kept: which of its texts lack something, nobody knows.
        let late = place.masked == Some(place.bytes);
        let mut settle = |record: &mut Record| {
            if let Some(((_, text), number)) = numbered.next_if(|((t, _), _)| t.json.as_bytes() == record.bytes) {
                if late {
                    say_masked(record);
                }
                return self.settle_transfer(number, text, record);
            }
            if record.bytes != place.bytes {
                return Stored::Here;
            }
            if let Some(masked) = place.masked {
                record.bytes = masked.to_vec();
                say_masked(record);
            }
            Stored::Input
        };
        records.iter_mut().map(&mut settle).collect()
    }

    /// Where the bytes of a transfer's record are stored.
    pub(super) fn settle_transfer(&self, number: i32, text: &Text<'_>, record: &mut Record) -> Stored {
        match (text.masked, self.seals()) {
            (true, true) => Stored::Sealed,
            (true, false) => {
                record.bytes = text.json.as_bytes().to_vec();
                say_masked(record);
                Stored::Transfer(number)
            }
            (false, _) => Stored::Transfer(number),
        }
    }

    /// An input as it came, but for what was masked.
    ///
    /// # Errors
    /// When its key is not there, and when it is not what was kept.
    pub fn input(
        &self,
        (lane, position): (Lane, i64),
        (codec, sealed_by): (i64, Option<&str>),
        bytes: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        self.open((codec as i16, sealed_by), bytes, Owner::Input(lane, position))
    }

    /// Bytes as they came, from those that are kept.
    pub(super) fn open(
        &self,
        (codec, sealed_by): (i16, Option<&str>),
        bytes: &[u8],
        owner: Owner,
    ) -> Result<Vec<u8>, StoreError> {
        let fatal = |what: &str| StoreError::Fatal(format!("{owner:?} of the store {what}"));
        let opened: Cow<'_, [u8]> = match sealed_by {
            None => Cow::Borrowed(bytes),
            Some(id) => {
                let key = self.keys.get(id).ok_or_else(|| {
                    fatal(&format!("is sealed with the key {id:?}: name it in store.seal or among store.seal.older"))
                })?;
                let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or_else(|| fatal("is cut short"))?;
                let payload = Payload { msg: sealed, aad: &owner.bytes() };
                let opened = key.decrypt(XNonce::from_slice(nonce), payload);
                Cow::Owned(opened.map_err(|_| fatal(&format!("does not open with the key {id:?}")))?)
            }
        };
        match codec {
            PLAIN => Ok(opened.into_owned()),
            LZ4 => unpack(&opened).map_err(|e| fatal(&format!("can't be decompressed: {e}"))),
            other => Err(fatal(&format!("has the codec {other}: use the newer program"))),
        }
    }
}

fn say_masked(record: &mut Record) {
    if record.header(MASKED).is_none() {
        record.headers.push((MASKED.to_owned(), "true".to_owned()));
    }
}

/// No size is believed that the bytes can't have.
fn unpack(bytes: &[u8]) -> Result<Vec<u8>, DecompressError> {
    let (size, block) = uncompressed_size(bytes)?;
    if size > block.len().saturating_mul(255) {
        return Err(DecompressError::ExpectedAnotherByte);
    }
    decompress_with_dict(block, size, DICTIONARY)
}

/// A text as it is stored.
pub(super) fn text(json: &str) -> Text<'_> {
    let json = cards::mask_json(json);
    let masked = matches!(json, Cow::Owned(_));
    Text { json, masked }
}

/// A text as it is stored where it is not sealed.
pub fn masked(json: &str) -> Cow<'_, str> {
    cards::mask_json(json)
}

/// Each document with its input: both are in one order.
pub(super) fn places<'b>(batch: &Batch<'b>, kept: &'b [Kept]) -> Result<Vec<Place<'b>>, StoreError> {
    let mut inputs = batch.inputs.iter().zip(kept).peekable();
    let place = |id: DocumentId| {
        let is_of = |input: &InputRow<'_>| (input.lane, input.position) == (id.lane, id.position);
        while inputs.next_if(|(input, _)| !is_of(input)).is_some() {}
        let (input, kept) = inputs.peek().ok_or_else(|| StoreError::Fatal(format!("no input for {id:?}")))?;
        Ok(Place { id, received_at: input.received_at, bytes: input.bytes, masked: kept.masked.as_deref() })
    };
    batch.documents.iter().map(|document| document.id).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(ids: &[&str]) -> Keeper {
        Keeper::new(ids.iter().map(|id| ((*id).to_owned(), [id.len() as u8; 32])).collect())
    }

    fn input(bytes: &[u8]) -> InputRow<'_> {
        InputRow { lane: 1, position: 2, received_at: Default::default(), bytes, file: None, trace: None }
    }

    const DATA: &[u8] = b"<PAN>9111111111111111</PAN><CSCVal>123</CSCVal><TrckVal>9=12</TrckVal>";
    const CARD: &[u8] = b"<Ustrd>4111111111111111</Ustrd>";

    #[test]
    fn gives_back_what_it_keeps() {
        let message = &DICTIONARY[100..3000];
        // keys that keep | keys that open | bytes | what comes back
        type Case<'c> = (&'c [&'c str], &'c [&'c str], &'c [u8], &'c [u8]);
        let cases: &[Case<'_>] = &[
            (&[], &[], message, message),
            (&[], &[], b"", b""),
            (&[], &[], b"\xff\0\x01", b"\xff\0\x01"),
            (&["a"], &["a"], message, message),
            (&["a"], &["newer", "a"], message, message),
            (&["a"], &["a"], CARD, CARD),
            (&[], &[], CARD, b"<Ustrd>411111******1111</Ustrd>"),
            (&[], &[], DATA, b"<PAN>9111110000001111</PAN><CSCVal>000</CSCVal><TrckVal>****</TrckVal>"),
            (&["a"], &["a"], DATA, b"<PAN>9111111111111111</PAN><CSCVal>000</CSCVal><TrckVal>****</TrckVal>"),
        ];
        for (keys, opening, bytes, expected) in cases {
            let kept = keeper(keys).keep(&input(bytes)).unwrap();
            let form = (kept.codec, kept.sealed_by.as_deref());
            assert_eq!(&keeper(opening).open(form, &kept.bytes, Owner::Input(1, 2)).unwrap(), expected, "{keys:?}");
            let quoted = kept.bytes.windows(16).any(|part| part == b"4111111111111111");
            assert!(!quoted, "in clear: {keys:?}");
            assert!(bytes.len() < 1000 || kept.bytes.len() < bytes.len() / 10);
        }
    }

    #[test]
    fn opens_nothing_else() {
        let kept = keeper(&["a"]).keep(&input(CARD)).unwrap();
        let form = (kept.codec, kept.sealed_by.as_deref());
        let mut changed = kept.bytes.clone();
        changed[40] ^= 1;
        for (keys, form, bytes, owner, expected) in [
            (&["bb"][..], form, &kept.bytes[..], Owner::Input(1, 2), "store.seal.older"),
            (&["a"], form, &kept.bytes, Owner::Input(1, 3), "does not open"),
            (&["a"], form, &kept.bytes, Owner::Row(1, 2), "does not open"),
            (&["a"], form, &changed, Owner::Input(1, 2), "does not open"),
            (&["a"], form, &kept.bytes[..20], Owner::Input(1, 2), "cut short"),
            (&["a"], (9, None), &kept.bytes, Owner::Input(1, 2), "codec 9"),
            (&["a"], (1, None), &kept.bytes, Owner::Input(1, 2), "can't be decompressed"),
        ] {
            let error = keeper(keys).open(form, bytes, owner).unwrap_err();
            assert!(error.to_string().contains(expected), "{expected}: {error}");
        }
    }
}
