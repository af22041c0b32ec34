//! Inputs that are too large for memory: read twice through a window. The first pass gives the verdicts, and a proof of each
//! document that can be accepted; the second maps under those proofs, and is good for nothing when the input was not the same.
//! Where something was found, one pass between them finds its place.

use std::cell::Cell;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::examination::{Examination, Scale};
use super::{Examined, Examiner, located, provable, undecodable};
use crate::finding::{Finding, Scope};
use crate::message::LargeProof;
use crate::partner::Partner;
use crate::schema::input::Element;
use crate::schema::pieces::{Piece, Take};
use crate::schema::record::Record;
use crate::transfer::map::{Mapper, Output, Remark};
use crate::xml::Input;
use crate::xml::input::{Source, Trouble};
use crate::xml::locate::places_in;

/// A large input that can be read again.
pub trait Large {
    /// Its bytes from the first on. `pass` says what for.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open(&self, pass: Pass) -> Result<Box<dyn Source>, Trouble>;
}

/// What an input is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// For the verdict.
    Check,
    /// For the places of the findings.
    Locate,
    /// For the transfers.
    Map,
}

/// The input was not the same when it was read again: what came of the second pass is not to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the input has changed while it was read: what was mapped of it is not to be used")]
pub struct Changed;

/// So many bytes before and behind a place are shown of it at most.
const AROUND: usize = 2048;

/// What mapping had to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The first ones.
    pub remarks: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

/// Text around a place of a large input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The offset of the place.
    pub offset: usize,
    /// The offset of the text.
    pub start: usize,
    /// The text.
    pub text: String,
}

/// A document of a large input.
#[derive(Debug, Clone)]
pub struct LargeDocument {
    /// What the checks say of it.
    pub examined: Examined,
    /// What was proven of it: nothing where it can't be accepted.
    pub proof: Option<LargeProof>,
    /// The SHA-256 of the Document element, decoded, where there is one and proofs are wanted.
    pub hash: Option<[u8; 32]>,
}

impl Examiner {
    /// Examines a large input, from a partner's source where there is one. `prove` says whether it is to be mapped: proofs need
    /// the documents' hashes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn examine_large(
        &mut self,
        partner: Option<&Partner>,
        large: &dyn Large,
        prove: bool,
    ) -> Result<Vec<LargeDocument>, Trouble> {
        let mut limits = self.options.limits;
        limits.file_bytes = self.profile.limits.bytes.map_or(limits.file_bytes, |most| most.min(limits.file_bytes));
        let mut input = match Input::large(large.open(Pass::Check)?, limits) {
            Ok(input) => input,
            Err(fault) => {
                let examined = undecodable(fault, |offsets| crate::xml::locate::places(&[], 0, offsets));
                return Ok(vec![LargeDocument { examined, proof: None, hash: None }]);
            }
        };
        self.reader.comes_from(partner.map(|partner| partner.id.as_str()));
        let mut examination =
            Examination::new(self.options, (partner, &self.profile), Scale::Large { hash: prove }, Vec::new());
        let parts = self.reader.read(&mut input, &mut examination);
        if let Some(trouble) = input.trouble() {
            return Err(trouble);
        }
        let end = input.base + input.bytes().len();
        drop(input);
        let drafts = parts.iter().zip(1..).zip(examination.drafts(parts.len()));
        let drafts = drafts.map(|((part, number), mut draft)| {
            let hash = draft.hash();
            let mut breaches = Vec::new();
            let mut examined = draft.finish(number, part, self.options, &mut breaches);
            if part.document.is_none() {
                examined.document = 0..end;
            }
            (examined, breaches, hash)
        });
        let drafts: Vec<_> = drafts.collect();
        self.reader.recycle(parts);
        let offsets: Vec<usize> =
            drafts.iter().flat_map(|(_, breaches, _)| breaches).map(|breach| breach.fault.at).collect();
        let mut places = self.places(large, &offsets)?.into_iter();
        let document = |(mut examined, breaches, hash): (Examined, _, _)| {
            examined.findings = located(breaches, |offsets| places.by_ref().take(offsets.len()).collect());
            let rejected = provable(&examined, self.options);
            let proven = rejected.zip(examined.message).zip(hash);
            let proof = proven.map(|((rejected, message), hash)| LargeProof::new(message, rejected, hash));
            LargeDocument { examined, proof, hash }
        };
        Ok(drafts.into_iter().map(document).collect())
    }

    fn places(&self, large: &dyn Large, offsets: &[usize]) -> Result<Vec<crate::finding::Place>, Trouble> {
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        // Its encoding is known to be good, or it would not have come so far.
        let Ok(mut input) = Input::large(large.open(Pass::Locate)?, self.options.limits) else {
            return Err(Changed.into());
        };
        let places = places_in(&mut input, offsets);
        input.trouble().map_or(Ok(places), Err)
    }

    /// What stands around offsets of a large input, to show it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn excerpts(&self, large: &dyn Large, offsets: &mut Vec<usize>) -> Result<Vec<Excerpt>, Trouble> {
        offsets.sort_unstable();
        offsets.dedup();
        let Ok(mut input) = Input::large(large.open(Pass::Locate)?, self.options.limits) else { return Ok(Vec::new()) };
        let mut excerpts = Vec::with_capacity(offsets.len());
        let mut offsets = offsets.iter().copied().peekable();
        let mut more = true;
        while more && offsets.peek().is_some() {
            let keep = input.bytes().len().saturating_sub(2 * AROUND);
            more = input.more(keep).unwrap_or(false);
            let end = input.base + input.bytes().len();
            while let Some(offset) = offsets.next_if(|offset| !more || offset + AROUND <= end) {
                let (from, to) = (offset.saturating_sub(AROUND).max(input.base), (offset + AROUND).min(end));
                excerpts.extend(excerpt(&input.bytes()[from.min(end) - input.base..to - input.base], offset, from));
            }
        }
        input.trouble().map_or(Ok(excerpts), Err)
    }

    /// Maps the documents of a large input that were proven, one proof for each document. `out` gets the number of the document
    /// with what comes of it, in document order; when it fails, nothing more is read. Remarks come back, at their places.
    ///
    /// # Errors
    /// When the input cannot be read or has changed, and what `out` returns: then nothing that `out` got is to be kept.
    pub fn map_large(
        &mut self,
        partner: Option<&Partner>,
        large: &dyn Large,
        proofs: &[Option<&LargeProof>],
        out: &mut dyn FnMut(u32, Output<'_>) -> Result<(), Trouble>,
    ) -> Result<Remarks, Trouble> {
        let stop = Rc::new(Cell::new(false));
        let source = Stoppable { source: large.open(Pass::Map)?, stop: Rc::clone(&stop) };
        let mut input = Input::large(Box::new(source), self.options.limits).map_err(|_| Changed)?;
        let mut mapping = Mapping {
            proofs,
            out,
            number: 0,
            waiting: false,
            mapper: None,
            hash: Sha256::new(),
            hashes: Vec::new(),
            remarks: Vec::new(),
            more_remarks: 0,
            most: self.options.limits.findings,
            trouble: None,
            stop,
        };
        self.reader.comes_from(partner.map(|partner| partner.id.as_str()));
        let parts = self.reader.read(&mut input, &mut mapping);
        mapping.end();
        let Mapping { mut hashes, remarks, more_remarks, trouble, .. } = mapping;
        hashes.resize(parts.len(), None);
        if let Some(trouble) = trouble.or_else(|| input.trouble()) {
            return Err(trouble);
        }
        let proven: Vec<_> = proofs.iter().map(|proof| proof.map(|proof| *proof.document())).collect();
        let broken = parts.iter().zip(proofs).any(|(part, proof)| {
            let faulty = part.document.as_ref().is_none_or(|d| d.broken.is_some() || !d.faults.is_empty());
            proof.is_some() && (faulty || part.fault.is_some())
        });
        self.reader.recycle(parts);
        if hashes != proven || broken {
            return Err(Changed.into());
        }
        let offsets: Vec<usize> = remarks.iter().map(|(_, remark)| remark.at).collect();
        let places = self.places(large, &offsets)?;
        let remarks = remarks.into_iter().zip(places);
        let remarks = remarks.map(|((scope, remark), place)| remark.finding(scope, Some(place))).collect();
        Ok(Remarks { remarks, more: more_remarks })
    }
}

/// The text around an offset; `None` where it is none.
fn excerpt(bytes: &[u8], offset: usize, from: usize) -> Option<Excerpt> {
    let continues = |b: &&u8| **b & 0xC0 == 0x80;
    let cut = bytes.iter().take_while(continues).count();
    let text = match std::str::from_utf8(&bytes[cut..]) {
        Ok(text) => text,
        // The last character is cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[cut..cut + error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    Some(Excerpt { offset, start: from + cut, text: text.to_owned() })
}

/// Maps a large input as it is read.
struct Mapping<'m> {
    proofs: &'m [Option<&'m LargeProof>],
    out: &'m mut dyn FnMut(u32, Output<'_>) -> Result<(), Trouble>,
    /// The number of the present part.
    number: usize,
    /// Whether a header waits for its document.
    waiting: bool,
    mapper: Option<Mapper<'m>>,
    hash: Sha256,
    /// The hash of each document that is mapped.
    hashes: Vec<Option<[u8; 32]>>,
    remarks: Vec<(Scope, Remark)>,
    /// How many remarks were not kept.
    more_remarks: u64,
    most: usize,
    trouble: Option<Trouble>,
    stop: Rc<Cell<bool>>,
}

impl Mapping<'_> {
    /// The present part has ended.
    fn end(&mut self) {
        if self.number > self.hashes.len() {
            let hash = self.hash.finalize_reset().into();
            self.hashes.push(self.mapper.take().map(|_| hash));
        }
    }
}

impl Take for Mapping<'_> {
    fn header(&mut self, _: &Element, _: Record<'_>) {
        // One that no document followed is a part of its own.
        if std::mem::replace(&mut self.waiting, true) {
            self.end();
            self.number += 1;
        }
    }

    fn begin(&mut self, _: &Element) {
        self.end();
        self.waiting = false;
        let proof = self.proofs.get(self.number).copied().flatten();
        self.mapper = proof.map(|proof| Mapper::new(proof.proof()));
        self.number += 1;
    }

    fn piece(&mut self, piece: Piece<'_>) {
        let Self {
            out, number, mapper: Some(mapper), remarks, more_remarks, most, trouble: trouble @ None, stop, ..
        } = self
        else {
            return;
        };
        mapper.piece(piece, |output| {
            let output = match output {
                Output::Remark(scope, remark) if remarks.len() < *most => return remarks.push((scope, remark)),
                Output::Remark(..) => return *more_remarks += 1,
                output => output,
            };
            if trouble.is_none()
                && let Err(error) = out(*number as u32, output)
            {
                *trouble = Some(error);
                stop.set(true);
            }
        });
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.mapper.is_some() {
            self.hash.update(bytes);
        }
    }
}

/// A source that ends when nobody wants more of it.
struct Stoppable {
    source: Box<dyn Source>,
    stop: Rc<Cell<bool>>,
}

impl Source for Stoppable {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        if self.stop.get() { Ok(0) } else { self.source.read(into) }
    }
}
