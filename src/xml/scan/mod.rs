//! The scanning kernels: what touches bytes many at a time. This folder is the only place with `unsafe`.
//!
//! # Why it is sound
//!
//! - A [`Window`] ends in [`PAD`] zero bytes that belong to its allocation.
//! - A [`Cursor`] lies between the window's start and its end (the pad not included), so a load of up to [`PAD`] bytes at
//!   a cursor stays inside of the allocation.
//! - A cursor moves forward only over bytes that were seen and are not zero (a matched name, scanned text, white space),
//!   so it cannot pass the end: the first byte behind the end is zero and stops every scan.
//! - A [`Span`] is made by a cursor only, so the same holds for its start and for its end.
//!
//! Each operation exists twice: [`plain`] is the definition, [`x86`] the fast one, and the tests run both on the same input.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Range;

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use plain::Plain;
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) use x86::{Avx2, Sse2};

/// Work that runs on whatever kernel the machine has.
pub trait Work {
    /// What comes out.
    type Output;
    /// Does the work. To be `#[inline(always)]`, so that it is compiled once for each kernel.
    fn run<K: Kernel>(self) -> Self::Output;
}

/// Runs work on the fastest kernel that this machine has.
#[cfg(target_arch = "x86_64")]
pub fn dispatch<W: Work>(work: W) -> W::Output {
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") {
        // SAFETY: the features were detected.
        return unsafe { x86::run_avx2(work) };
    }
    work.run::<x86::Sse2>()
}

/// Runs work on the fastest kernel that this machine has.
#[cfg(not(target_arch = "x86_64"))]
pub fn dispatch<W: Work>(work: W) -> W::Output {
    work.run::<Plain>()
}

/// How many zero bytes follow a window. Every kernel loads at most so many bytes at once.
pub const PAD: usize = 64;

/// Bytes with [`PAD`] zero bytes behind them.
#[derive(Debug, Clone)]
pub struct Window {
    bytes: Vec<u8>,
    end: usize,
}

impl Window {
    /// Takes bytes and pads them.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        let end = bytes.len();
        bytes.resize(end + PAD, 0);
        Self { bytes, end }
    }

    /// The bytes, without the pad.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// The bytes back, without the pad: their memory serves the next input.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.end);
        self.bytes
    }

    /// A cursor at an offset; one behind the end is taken as the end.
    pub fn cursor(&self, at: usize) -> Cursor<'_> {
        let start = self.bytes.as_ptr();
        // SAFETY: both offsets are at most `end`, which is inside of the allocation.
        let (at, end) = unsafe { (start.add(at.min(self.end)), start.add(self.end)) };
        Cursor { at, start, end, window: PhantomData }
    }

    /// Drops the bytes before `keep` and lets `read` fill up to `more` bytes behind the rest. Returns how many came.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn slide<E>(
        &mut self,
        keep: usize,
        more: usize,
        read: &mut dyn FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        // Without its pad a window would be unsound: while `read` may panic, an empty one stands here.
        let end = std::mem::take(&mut self.end);
        let mut bytes = std::mem::replace(&mut self.bytes, vec![0; PAD]);
        let keep = keep.min(end);
        bytes.copy_within(keep..end, 0);
        let end = end - keep;
        bytes.resize(end + more, 0);
        let read = read(&mut bytes[end..]);
        let came = *read.as_ref().unwrap_or(&0).min(&more);
        bytes.truncate(end + came);
        *self = Self::new(bytes);
        read.map(|_| came)
    }
}

/// Asks for the first bytes of an input before they are read: it mostly comes from another core or from far memory, and a
/// message is too short for the machine to notice by itself that it is read from front to back.
pub fn expect(bytes: &[u8]) {
    const LINE: usize = 64;
    const MOST: usize = 64 * LINE;
    #[cfg(target_arch = "x86_64")]
    for line in bytes[..bytes.len().min(MOST)].chunks(LINE) {
        // SAFETY: a hint; the address is inside of the slice.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, MOST);
}

/// A name to compare with: up to [`Name::FAST`] bytes in two parts; a longer one never matches here and is left to the
/// unhurried path.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Name {
    first: [u8; 16],
    second: [u8; 16],
    bits: u32,
    len: u8,
}

impl Name {
    /// The longest name that is compared here.
    pub const FAST: usize = 32;

    /// A name of the given bytes.
    pub fn new(name: &[u8]) -> Self {
        let (mut first, mut second) = ([0; 16], [0; 16]);
        if name.is_empty() || name.len() > Self::FAST || name.contains(&0) {
            // No text holds the byte 0xFF, in whatever encoding. Input may hold it all the same: see `Name::is_real`.
            return Self { first: [0xFF; 16], second: [0xFF; 16], bits: u32::MAX, len: 32 };
        }
        let (head, tail) = name.split_at(name.len().min(16));
        first[..head.len()].copy_from_slice(head);
        second[..tail.len()].copy_from_slice(tail);
        Self { first, second, bits: u32::MAX >> (32 - name.len()), len: name.len() as u8 }
    }
}

impl Name {
    /// Whether it can stand in a text. One that cannot stands for what is left to the unhurried path: whoever compares with
    /// it must make sure that 32 bytes 0xFF are not taken for it.
    pub fn is_real(&self) -> bool {
        self.first[0] != 0xFF
    }

    /// A prefix with its colon, if it is shorter than [`Name::FAST`]: so the length tells it from one that is not real.
    pub fn prefix(prefix: &str) -> Self {
        let mut bytes = [0; Self::FAST - 1];
        match bytes.get_mut(..=prefix.len()) {
            Some(place) => {
                place[..prefix.len()].copy_from_slice(prefix.as_bytes());
                place[prefix.len()] = b':';
                Self::new(&bytes[..=prefix.len()])
            }
            None => Self::new(b""),
        }
    }
}

/// One byte that tells names apart: those that have the same may still differ, others do. `None` for a name that is longer
/// than [`Name::FAST`].
pub fn signature(name: &[u8]) -> Option<u8> {
    let mut bytes = [0; Name::FAST + 8];
    bytes.get_mut(..name.len()).filter(|_| name.len() <= Name::FAST)?.copy_from_slice(name);
    let word = |from: usize| bytes[from..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
    Some(mix(name.len(), word(0), word(name.len().saturating_sub(8))))
}

/// The signature of a name of a length, by its first and its last eight bytes; what is behind a shorter name is masked.
#[inline(always)]
fn mix(len: usize, first: u64, last: u64) -> u8 {
    let mask = u64::MAX >> (64 - 8 * len.clamp(1, 8));
    let all = (first & mask) ^ (last & mask).rotate_left(29) ^ (len as u64) << 57;
    (all.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

/// Text with characters beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accents {
    /// How many bytes it has.
    pub len: usize,
    /// How many of them continue a character.
    pub more: usize,
    /// Whether it is certainly UTF-8: no character is below U+0080 in two bytes or takes more than two.
    pub sure: bool,
}

/// The operations on many bytes at once. Implementations are compared with each other in the tests.
///
/// Every method may load [`PAD`] bytes at the pointer it is given.
///
/// # Safety
/// A cursor moves by the lengths that an implementation returns: they must be what the methods say.
pub unsafe trait Kernel: Copy + Send + Sync + 'static {
    /// How many bytes of plain text stand here: up to the first `<`, `>`, `&`, control character or byte from 0x80.
    ///
    /// # Safety
    /// `at` lies in a window; the text ends at the pad at the latest.
    unsafe fn text(at: *const u8) -> usize;

    /// How much text with characters beyond ASCII stands here: up to the first `<`, `>`, `&`, control character or byte 0xEF
    /// (with which the characters begin that XML refuses).
    ///
    /// # Safety
    /// As [`Kernel::text`].
    unsafe fn accented(at: *const u8) -> Accents;

    /// How many bytes of white space stand here.
    ///
    /// # Safety
    /// As [`Kernel::text`].
    unsafe fn white(at: *const u8) -> usize;

    /// Whether the name stands here.
    ///
    /// # Safety
    /// `at` lies in a window.
    unsafe fn name(at: *const u8, name: &Name) -> bool;

    /// The length of the name that stands here: up to white space, `>` or `/`; more than [`Name::FAST`] when there is none.
    ///
    /// # Safety
    /// `at` lies in a window.
    unsafe fn name_len(at: *const u8) -> usize;

    /// The places of a byte among 32, as bits.
    fn places(byte: u8, among: &[u8; 32]) -> u32;

    /// Whether each of the first `len` bytes is in the set of its position; `len` is at most [`Shape::MOST`].
    ///
    /// # Safety
    /// `at` lies in a window and `len` bytes follow it there.
    unsafe fn shape(at: *const u8, len: usize, shape: &Shape) -> bool;

    /// The digits of a short decimal number: how many stand before and behind the point. `None` when it is anything but
    /// 1 to 16 bytes of digits with at most one point.
    ///
    /// # Safety
    /// `at` lies in a window and `len` bytes follow it there.
    unsafe fn decimal(at: *const u8, len: usize) -> Option<(u32, u32)>;
}

/// A place in a window.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'w> {
    at: *const u8,
    start: *const u8,
    end: *const u8,
    window: PhantomData<&'w [u8]>,
}

impl<'w> Cursor<'w> {
    /// The offset in the window.
    #[inline(always)]
    pub fn offset(&self) -> usize {
        self.at as usize - self.start as usize
    }

    /// Goes to an offset; one behind the end is taken as the end.
    #[inline(always)]
    pub fn go(&mut self, offset: usize) {
        let len = self.end as usize - self.start as usize;
        // SAFETY: at most the window's length.
        self.at = unsafe { self.start.add(offset.min(len)) };
    }

    /// Whether the cursor is at the end of the window.
    #[inline(always)]
    pub fn is_end(&self) -> bool {
        self.at == self.end
    }

    /// The rest of the window.
    pub fn rest(&self) -> &'w [u8] {
        // SAFETY: `at` is at most `end`, both in the window.
        unsafe { std::slice::from_raw_parts(self.at, self.end as usize - self.at as usize) }
    }

    /// All bytes of the window.
    pub fn window(&self) -> &'w [u8] {
        // SAFETY: the window's own bounds.
        unsafe { std::slice::from_raw_parts(self.start, self.end as usize - self.start as usize) }
    }

    /// The byte here; zero at the end.
    #[inline(always)]
    pub fn byte(&self) -> u8 {
        // SAFETY: the pad follows the end.
        unsafe { *self.at }
    }

    /// The next two bytes, the first one in the low half; zero behind the end.
    #[inline(always)]
    pub fn two(&self) -> u16 {
        // SAFETY: the pad follows the end.
        u16::from_le(unsafe { self.at.cast::<u16>().read_unaligned() })
    }

    /// Moves over `byte`, which is not zero, if it stands here.
    #[inline(always)]
    pub fn eat(&mut self, byte: u8) -> bool {
        let here = byte != 0 && self.byte() == byte;
        if here {
            // SAFETY: a byte that is not zero was seen here.
            self.at = unsafe { self.at.add(1) };
        }
        here
    }

    /// Moves over `</` if it stands here.
    #[inline(always)]
    pub fn eat_end_open(&mut self) -> bool {
        let here = self.two() == u16::from_le_bytes(*b"</");
        if here {
            // SAFETY: two bytes that are not zero were seen here.
            self.at = unsafe { self.at.add(2) };
        }
        here
    }

    /// Moves over white space.
    #[inline(always)]
    pub fn skip_white<K: Kernel>(&mut self) {
        // SAFETY: the cursor is in the window, and white space is not zero.
        unsafe { self.at = self.at.add(K::white(self.at)) }
    }

    /// Moves over a name if it stands here.
    #[inline(always)]
    pub fn eat_name<K: Kernel>(&mut self, name: &Name) -> bool {
        // SAFETY: the cursor is in the window; what matched is not zero.
        unsafe {
            let here = K::name(self.at, name);
            if here {
                self.at = self.at.add(name.len as usize);
            }
            here
        }
    }

    /// Moves over a prefix (see [`Name::prefix`]) if it stands here.
    #[inline(always)]
    pub fn eat_prefix<K: Kernel>(&mut self, prefix: &Name) -> bool {
        usize::from(prefix.len) < Name::FAST && self.eat_name::<K>(prefix)
    }

    /// Moves over a name if it stands here with `behind` after it.
    #[inline(always)]
    pub fn eat_name_before<K: Kernel>(&mut self, name: &Name, behind: u8) -> bool {
        // SAFETY: the cursor is in the window; a name is at most 32 bytes long, and what matched is not zero.
        unsafe {
            let end = self.at.add(name.len as usize);
            let here = K::name(self.at, name) && *end == behind;
            if here {
                self.at = end;
            }
            here
        }
    }

    /// The signature of the name that stands here; zero when it is too long.
    #[inline(always)]
    pub fn signature<K: Kernel>(&self) -> u8 {
        // SAFETY: the cursor is in the window; a name is at most 32 bytes long, and eight bytes from there are in the pad.
        unsafe {
            let len = K::name_len(self.at);
            if len > Name::FAST {
                return 0;
            }
            let word = |from: usize| u64::from_le(self.at.add(from).cast::<u64>().read_unaligned());
            mix(len, word(0), word(len.saturating_sub(8)))
        }
    }

    /// Moves over plain text (no `<`, `>`, `&`, control character or byte from 0x80) and returns it.
    #[inline(always)]
    pub fn text<K: Kernel>(&mut self) -> Span<'w> {
        let at = self.at;
        // SAFETY: the cursor is in the window, and text has no zero byte.
        unsafe {
            let len = K::text(at);
            self.at = at.add(len);
            Span { at, len, offset: at as usize - self.start as usize, window: PhantomData }
        }
    }

    /// Moves over text with characters beyond ASCII (no `<`, `>`, `&`, control character or byte 0xEF).
    #[inline(always)]
    pub fn accented<K: Kernel>(&mut self) -> (Span<'w>, Accents) {
        let at = self.at;
        // SAFETY: the cursor is in the window, and text has no zero byte.
        unsafe {
            let accents = K::accented(at);
            self.at = at.add(accents.len);
            (Span { at, len: accents.len, offset: at as usize - self.start as usize, window: PhantomData }, accents)
        }
    }

    /// The bytes of a range of the window, as a span.
    ///
    /// # Panics
    /// When the range is not in the window.
    pub fn span(&self, range: Range<usize>) -> Span<'w> {
        let len = self.window()[range.clone()].len();
        // SAFETY: the range is in the window. The pointer is not that of the slice, which may not be read beyond its end.
        Span { at: unsafe { self.start.add(range.start) }, len, offset: range.start, window: PhantomData }
    }
}

/// A value in a window.
#[derive(Debug, Clone, Copy)]
pub struct Span<'w> {
    at: *const u8,
    len: usize,
    offset: usize,
    window: PhantomData<&'w [u8]>,
}

impl<'w> Span<'w> {
    /// Its bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &'w [u8] {
        // SAFETY: a span lies in its window.
        unsafe { std::slice::from_raw_parts(self.at, self.len) }
    }

    /// Its offset in the window.
    #[inline(always)]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Its length in bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is empty.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The span without its last byte, when that is `last`.
    #[inline(always)]
    pub fn without_last(self, last: u8) -> Option<Self> {
        match self.bytes().last() {
            Some(byte) if *byte == last => Some(Self { len: self.len - 1, ..self }),
            _ => None,
        }
    }

    /// Its up to eight bytes as a number, first byte lowest; `None` for an empty or a longer one.
    #[inline(always)]
    pub fn word(&self) -> Option<u64> {
        if self.len.wrapping_sub(1) > 7 {
            return None;
        }
        // SAFETY: eight bytes at a span's start are in the window or its pad.
        let word = u64::from_le(unsafe { self.at.cast::<u64>().read_unaligned() });
        Some(word & (u64::MAX >> (64 - 8 * self.len)))
    }

    /// Whether it has the given shape.
    #[inline(always)]
    pub fn is_shape<K: Kernel>(&self, shape: &Shape) -> bool {
        // SAFETY: the lengths of a shape are at most `Shape::MOST`.
        shape.takes_length(self.len) && unsafe { K::shape(self.at, self.len, shape) }
    }

    /// Whether its first bytes have the one length of the given shape and match it.
    #[inline(always)]
    pub fn starts_with_shape<K: Kernel>(&self, shape: &Shape, len: usize) -> bool {
        // SAFETY: the length is tested against the span's own and the shape's.
        self.len >= len && shape.takes_length(len) && unsafe { K::shape(self.at, len, shape) }
    }

    /// See [`Kernel::decimal`].
    #[inline(always)]
    pub fn decimal<K: Kernel>(&self) -> Option<(u32, u32)> {
        // SAFETY: a span lies in its window.
        unsafe { K::decimal(self.at, self.len) }
    }
}

/// A set of bytes for each position of a value, and the lengths that the value may have: what most patterns of
/// ISO 20022 are (BIC, IBAN, UETR, LEI, currency, country). A set is at most three ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(C, align(16))]
pub struct Shape {
    low: [[u8; 64]; 3],
    width: [[u8; 64]; 3],
    lengths: u64,
}

impl Shape {
    /// The longest value that a shape describes.
    pub const MOST: usize = 63;

    /// A shape of one set a position, each given as ranges, and the lengths that are allowed. `None` when it is too long
    /// or a set has no range or more than three.
    pub fn new(positions: &[impl AsRef<[(u8, u8)]>], lengths: impl IntoIterator<Item = usize>) -> Option<Self> {
        let mut shape = Self { low: [[0; 64]; 3], width: [[0; 64]; 3], lengths: 0 };
        if positions.len() > Self::MOST {
            return None;
        }
        for (at, ranges) in positions.iter().map(AsRef::as_ref).enumerate() {
            if ranges.is_empty() || ranges.len() > 3 {
                return None;
            }
            for part in 0..3 {
                let (low, high) = *ranges.get(part).unwrap_or(&ranges[0]);
                shape.low[part][at] = low;
                shape.width[part][at] = high.checked_sub(low)?;
            }
        }
        for length in lengths {
            if length > positions.len() {
                return None;
            }
            shape.lengths |= 1 << length;
        }
        Some(shape)
    }

    #[inline(always)]
    fn takes_length(&self, len: usize) -> bool {
        len <= Self::MOST && self.lengths >> len & 1 == 1
    }
}

#[cfg(test)]
mod tests;
