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
//! Each operation exists twice on a machine: [`plain`] is the definition, `x86` or `neon` the fast one, and the tests run both on
//! the same input.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};

#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod plain;
mod shape;
mod tag;
mod text;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
pub(crate) use neon::Neon as Basic;
#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little")
)))]
pub(crate) use plain::Plain as Basic;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::Sse2 as Basic;

pub use plain::Plain;
pub use shape::Shape;
use tag::mix;
pub use tag::{Name, Tag, signature};
pub(crate) use text::text;
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) use x86::Avx2;

/// Work that runs on whatever kernel the machine has.
pub trait Work {
    /// What comes out.
    type Output;
    /// Does the work. To be `#[inline(always)]`, so that it is compiled once for each kernel.
    fn run<K: Kernel>(self) -> Self::Output;
}

/// Which kernels [`dispatch`] runs work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kernels {
    /// The fastest that this machine has.
    Fastest,
    /// The fastest that every machine of this kind has.
    Basic,
    /// One byte at a time.
    Plain,
}

/// The chosen [`Kernels`], as a number.
static CHOSEN: AtomicU8 = AtomicU8::new(Kernels::Fastest as u8);

/// Chooses the kernels of this process: to compare them with each other, and to find out whether one of them is to blame.
pub fn use_kernels(kernels: Kernels) {
    CHOSEN.store(kernels as u8, Ordering::Relaxed);
}

/// Runs work on the kernels of this process: the fastest that the machine has, unless [`use_kernels`] says otherwise.
pub fn dispatch<W: Work>(work: W) -> W::Output {
    let chosen = CHOSEN.load(Ordering::Relaxed);
    if chosen == Kernels::Plain as u8 {
        return work.run::<Plain>();
    }
    #[cfg(target_arch = "x86_64")]
    if chosen == Kernels::Fastest as u8
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
    {
        // SAFETY: the features were detected.
        return unsafe { x86::run_avx2(work) };
    }
    work.run::<Basic>()
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

/// The same number, of which the compiler does not know that it is the same: else it would take the one that must be waited
/// for.
#[inline(always)]
fn apart(number: usize) -> usize {
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    {
        let mut number = number;
        // SAFETY: nothing is done.
        unsafe { std::arch::asm!("/* {0} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags)) };
        number
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    number
}

/// The operations on many bytes at once. Implementations are compared with each other in the tests.
///
/// Every method may load [`PAD`] bytes at the pointer it is given.
///
/// # Safety
/// A cursor moves by the lengths that an implementation returns: they must be what the methods say.
pub unsafe trait Kernel: Copy + Send + Sync + 'static {
    /// Does work out of line, compiled for this kernel as a whole.
    #[inline(never)]
    fn apart<W: Work>(work: W) -> W::Output
    where
        Self: Sized,
    {
        work.run::<Self>()
    }

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

    /// Whether a start tag stands here.
    ///
    /// # Safety
    /// `at` lies in a window.
    unsafe fn tag<T>(at: *const u8, tag: &Tag<T>) -> bool;

    /// Whether a tag stands here from its name on.
    ///
    /// # Safety
    /// `at` lies in a window.
    unsafe fn behind_angle<T>(at: *const u8, tag: &Tag<T>) -> bool;

    /// How many bytes stand before the next `<`, the pad's zero, or a control character.
    ///
    /// # Safety
    /// As [`Kernel::text`].
    unsafe fn before_angle(at: *const u8) -> usize;

    /// A short decimal number that ends with anything else: its length, and how many digits stand before and behind the
    /// point. `None` when there are more than 15 bytes of it, or two points.
    ///
    /// # Safety
    /// `at` lies in a window.
    unsafe fn number(at: *const u8) -> Option<(u32, u32, u32)>;

    /// Whether the first `len` bytes (10: `YYYY-MM-DD`, or 19: `YYYY-MM-DDThh:mm:ss`) certainly are a date: a year from 0100, a day
    /// up to 28, an hour up to 23.
    ///
    /// # Safety
    /// `at` lies in a window.
    unsafe fn date(at: *const u8, len: usize) -> bool;

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

    /// The length of what stands before the next `<`, if it is at most [`Shape::MOST`] bytes and has the shape.
    ///
    /// # Safety
    /// As [`Kernel::text`].
    #[inline(always)]
    unsafe fn shaped(at: *const u8, shape: &Shape) -> Option<usize> {
        // SAFETY: the caller's condition, and the lengths of a shape are at most `Shape::MOST`.
        unsafe {
            let len = Self::before_angle(at);
            (*at.add(len) == b'<' && shape.takes_length(len) && Self::shape(at, len, shape)).then_some(len)
        }
    }

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
    /// The window's first byte, and what follows its last one: at hand, as the window itself is one step further.
    start: *const u8,
    end: *const u8,
    window: PhantomData<&'w Window>,
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
        let most = self.end as usize - self.start as usize;
        // SAFETY: the offset is at most that of the end.
        self.at = unsafe { self.start.add(offset.min(most)) };
    }

    /// Goes to where another cursor of the same window is; one of another window is not followed.
    #[inline(always)]
    pub fn follow(&mut self, other: Cursor<'w>) {
        if self.start == other.start {
            self.at = other.at;
        }
    }

    /// Whether the cursor is at the end of the window.
    #[inline(always)]
    pub fn is_end(&self) -> bool {
        self.at == self.end
    }

    /// The rest of the window.
    pub fn rest(&self) -> &'w [u8] {
        &self.window()[self.offset()..]
    }

    /// All bytes of the window.
    pub fn window(&self) -> &'w [u8] {
        // SAFETY: both are of the window's allocation, which is borrowed.
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

    /// Moves over so many bytes of white space, if that is all there is of it.
    ///
    /// Where the machine foresees the answer, it need not wait for the bytes to know where to go on.
    #[inline(always)]
    pub fn skip_gap<K: Kernel>(&mut self, expected: usize) -> bool {
        // SAFETY: the cursor is in the window, and white space is not zero.
        unsafe {
            let here = K::white(self.at) == expected;
            if here {
                self.at = self.at.add(apart(expected));
            }
            here
        }
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

    /// Moves over a start tag if it stands here.
    #[inline(always)]
    pub fn eat_tag<K: Kernel, T>(&mut self, tag: &Tag<T>) -> bool {
        // SAFETY: the cursor is in the window; what matched is not zero.
        unsafe {
            let here = K::tag(self.at, tag);
            if here {
                self.at = self.at.add(1 + tag.len_behind as usize);
            }
            here
        }
    }

    /// Moves over a tag from its name on, if it stands here.
    #[inline(always)]
    pub fn eat_behind_angle<K: Kernel, T>(&mut self, tag: &Tag<T>) -> bool {
        // SAFETY: the cursor is in the window; what matched is not zero.
        unsafe {
            let here = K::behind_angle(self.at, tag);
            if here {
                self.at = self.at.add(tag.len_behind as usize);
            }
            here
        }
    }

    /// Moves up to the next `<` (the end of the window, or a control character) and returns what stands before.
    #[inline(always)]
    pub fn before_angle<K: Kernel>(&mut self) -> Span<'w> {
        let at = self.at;
        // SAFETY: the cursor is in the window, and no zero byte is passed.
        unsafe {
            let len = K::before_angle(at);
            self.at = at.add(len);
            Span { at, len, start: self.start, window: PhantomData }
        }
    }

    /// Moves up to the next `<` if what stands before has a shape, and returns that.
    #[inline(always)]
    pub fn shaped<K: Kernel>(&mut self, shape: &Shape) -> Option<Span<'w>> {
        let at = self.at;
        // SAFETY: the cursor is in the window, and no byte of a shape is zero.
        unsafe {
            let len = K::shaped(at, shape)?;
            self.at = at.add(len);
            Some(Span { at, len, start: self.start, window: PhantomData })
        }
    }

    /// Moves over a short number. See [`Kernel::number`].
    #[inline(always)]
    pub fn number<K: Kernel>(&mut self) -> Option<(Span<'w>, u32, u32)> {
        let at = self.at;
        // SAFETY: the cursor is in the window, and digits and points are not zero.
        unsafe {
            let (len, before, behind) = K::number(at)?;
            self.at = at.add(len as usize);
            Some((Span { at, len: len as usize, start: self.start, window: PhantomData }, before, behind))
        }
    }

    /// Moves over a date, or a date and time, of `len` bytes (10 or 19) if it certainly is one. See [`Kernel::date`].
    #[inline(always)]
    pub fn date<K: Kernel>(&mut self, len: usize) -> Option<Span<'w>> {
        let at = self.at;
        // SAFETY: the cursor is in the window, and the bytes of a date are not zero.
        unsafe {
            if !K::date(at, len) {
                return None;
            }
            self.at = at.add(len);
            Some(Span { at, len, start: self.start, window: PhantomData })
        }
    }

    /// Moves up to the next `<`, if it is one to seven bytes away, and returns what stands before, also as [`Span::word`].
    #[inline(always)]
    pub fn short_word(&mut self) -> Option<(Span<'w>, u64)> {
        const EACH: u64 = 0x0101_0101_0101_0101;
        let at = self.at;
        // SAFETY: eight bytes are within the pad. The first of them that is `<` is found; before it may be the pad's zero,
        // and then this is no word.
        unsafe {
            let word = u64::from_le(at.cast::<u64>().read_unaligned());
            let first = |of: u64| (of.wrapping_sub(EACH) & !of & (EACH << 7)).trailing_zeros() / 8;
            let len = first(word ^ (EACH * u64::from(b'<')));
            if len == 0 || len >= first(word) || len == 8 {
                return None;
            }
            self.at = at.add(len as usize);
            let span = Span { at, len: len as usize, start: self.start, window: PhantomData };
            Some((span, word & (u64::MAX >> (64 - 8 * len))))
        }
    }

    /// Moves over three letters A to Z, and `">` behind them.
    #[inline(always)]
    pub fn three_letters(&mut self) -> Option<Span<'w>> {
        let at = self.at;
        // SAFETY: eight bytes are within the pad, and what is moved over is not zero.
        unsafe {
            let word = u64::from_le(at.cast::<u64>().read_unaligned());
            let letters = word & 0x00FF_FFFF;
            // The highest bit of each byte: set from `A`; set behind `Z`.
            let (from, behind) = (letters + 0x3F_3F3F, letters + 0x25_2525);
            let good = from & !behind & !letters & 0x80_8080;
            if good != 0x80_8080 || word >> 24 & 0xFFFF != 0x3E22 {
                return None;
            }
            self.at = at.add(5);
            Some(Span { at, len: 3, start: self.start, window: PhantomData })
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
            Span { at, len, start: self.start, window: PhantomData }
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
            (Span { at, len: accents.len, start: self.start, window: PhantomData }, accents)
        }
    }

    /// The bytes of a range of the window, as a span.
    ///
    /// # Panics
    /// When the range is not in the window.
    pub fn span(&self, range: Range<usize>) -> Span<'w> {
        let len = self.window()[range.clone()].len();
        // SAFETY: the range is in the window. The pointer is not that of the slice, which may not be read beyond its end.
        Span { at: unsafe { self.start.add(range.start) }, len, start: self.start, window: PhantomData }
    }
}

/// A value in a window.
#[derive(Debug, Clone, Copy)]
pub struct Span<'w> {
    at: *const u8,
    len: usize,
    start: *const u8,
    window: PhantomData<&'w Window>,
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
        self.at as usize - self.start as usize
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

    /// Whether it is certainly a date, or begins with a date and a time (see [`Kernel::date`]); `len` is 10 or 19.
    #[inline(always)]
    pub fn is_date<K: Kernel>(&self, len: usize) -> bool {
        // SAFETY: a span lies in its window.
        self.len >= len && unsafe { K::date(self.at, len) }
    }

    /// See [`Kernel::decimal`].
    #[inline(always)]
    pub fn decimal<K: Kernel>(&self) -> Option<(u32, u32)> {
        // SAFETY: a span lies in its window.
        unsafe { K::decimal(self.at, self.len) }
    }
}

#[cfg(test)]
mod tests;
