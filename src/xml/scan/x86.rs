//! The kernels for x86-64: 16 bytes at a time with what every such machine has (SSE2), 32 with AVX2 where the machine has it.
//!
//! - text: a byte stops it when it is below 0x20 as a *signed* number (control characters, and all from 0x80), when it is
//!   `<` or `>` (equal but for one bit), or `&`.
//! - shape: a byte is in a range when `byte - low` does not exceed the width: an unsigned subtraction that saturates at 0.

use std::arch::x86_64::*;

use super::{Accents, Kernel, Name, Plain, Shape, Tag, Work};

/// Runs work with AVX2 in all of its code.
///
/// # Safety
/// The machine has AVX2, BMI1 and BMI2.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn run_avx2<W: Work>(work: W) -> W::Output {
    work.run::<Avx2>()
}

/// The same, out of line.
///
/// # Safety
/// As [`run_avx2`].
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline(never)]
unsafe fn apart_avx2<W: Work>(work: W) -> W::Output {
    work.run::<Avx2>()
}

/// 16 bytes at a time; needs nothing beyond x86-64.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sse2;

/// 32 bytes at a time for text and white space. To be called only where AVX2 was detected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2;

/// Which of 32 bytes are equal in two places, as bits.
///
/// # Safety
/// 32 bytes can be read at both.
#[inline(always)]
unsafe fn equal32(one: *const u8, other: *const u8) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        let half = |from: usize| {
            let (one, other) = (_mm_loadu_si128(one.add(from).cast()), _mm_loadu_si128(other.add(from).cast()));
            _mm_movemask_epi8(_mm_cmpeq_epi8(one, other)) as u32
        };
        half(0) | half(16) << 16
    }
}

// SAFETY: the same results as those of the plain kernel; the tests compare them.
unsafe impl Kernel for Sse2 {
    #[inline(always)]
    unsafe fn text(at: *const u8) -> usize {
        let mut len = 0;
        loop {
            // SAFETY: all before `len` was text, so `at + len` is in the window, and the pad follows.
            let stops = unsafe {
                let bytes = _mm_loadu_si128(at.add(len).cast());
                let control = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), bytes);
                let angle = _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8(!2)), _mm_set1_epi8(b'<' as i8));
                let reference = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'&' as i8));
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(control, angle), reference))
            };
            if stops != 0 {
                return len + stops.trailing_zeros() as usize;
            }
            len += 16;
        }
    }

    #[inline(always)]
    unsafe fn accented(at: *const u8) -> Accents {
        let mut all = Accents { len: 0, more: 0, sure: true };
        // Whether the last byte of the part before began a character of two bytes.
        let mut open = 0;
        loop {
            // SAFETY: as for text.
            let (stops, high, leads, continues) = unsafe {
                let bytes = _mm_loadu_si128(at.add(all.len).cast());
                let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
                let angle = _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8(!2)), _mm_set1_epi8(b'<' as i8));
                let reference = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'&' as i8));
                let last = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0xEFu8 as i8));
                let stops = _mm_or_si128(_mm_or_si128(control, angle), _mm_or_si128(reference, last));
                let continues = _mm_cmpgt_epi8(_mm_set1_epi8(0xC0u8 as i8), bytes);
                // 0xC2 to 0xDF begin the characters of two bytes.
                let from_lead = _mm_sub_epi8(bytes, _mm_set1_epi8(0xC2u8 as i8));
                let leads = _mm_cmpeq_epi8(_mm_subs_epu8(from_lead, _mm_set1_epi8(0x1D)), _mm_setzero_si128());
                (
                    _mm_movemask_epi8(stops) as u32,
                    _mm_movemask_epi8(bytes) as u32,
                    _mm_movemask_epi8(leads) as u32,
                    _mm_movemask_epi8(continues) as u32,
                )
            };
            let here = stops.trailing_zeros().min(16);
            let part = (1 << here) - 1;
            let (high, leads, continues) = (high & part, leads & part, continues & part);
            // Each lead has its continuation right behind it, and nothing else is beyond ASCII. One that is cut off by the
            // stop has a bit behind the part, where none continues.
            let wanted = leads << 1 | open;
            all.sure &= wanted & 0xFFFF == continues && high == leads | continues;
            all.len += here as usize;
            all.more += continues.count_ones() as usize;
            open = wanted >> 16;
            if stops != 0 {
                all.sure &= open == 0;
                return all;
            }
        }
    }

    #[inline(always)]
    unsafe fn white(at: *const u8) -> usize {
        // SAFETY: the pad follows; in compact messages there is none, and this test is all.
        if unsafe { *at } > b' ' {
            return 0;
        }
        let mut len = 0;
        loop {
            // SAFETY: all before `len` was white space, so `at + len` is in the window, and the pad follows.
            let white = unsafe {
                let bytes = _mm_loadu_si128(at.add(len).cast());
                let blank = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b' ' as i8));
                let tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\t' as i8));
                let line = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n' as i8));
                let carriage = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\r' as i8));
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(blank, tab), _mm_or_si128(line, carriage)))
            };
            if white != 0xFFFF {
                return len + (!white).trailing_zeros() as usize;
            }
            len += 16;
        }
    }

    #[inline(always)]
    unsafe fn name(at: *const u8, name: &Name) -> bool {
        // SAFETY: 32 bytes are within the pad; both parts of the name are 16 bytes.
        unsafe {
            let first = _mm_cmpeq_epi8(_mm_loadu_si128(at.cast()), _mm_loadu_si128(name.first.as_ptr().cast()));
            let mut equal = _mm_movemask_epi8(first) as u32;
            if name.len > 16 {
                let second = _mm_loadu_si128(name.second.as_ptr().cast());
                equal |= (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at.add(16).cast()), second)) as u32) << 16;
            }
            equal & name.bits == name.bits
        }
    }

    #[inline(always)]
    unsafe fn tag<T>(at: *const u8, tag: &Tag<T>) -> bool {
        // SAFETY: 32 bytes are within the pad; a tag has as many.
        unsafe { equal32(at, tag.bytes.as_ptr()) & tag.bits == tag.bits }
    }

    #[inline(always)]
    unsafe fn behind_angle<T>(at: *const u8, tag: &Tag<T>) -> bool {
        let wanted = tag.bits_behind;
        // SAFETY: 32 bytes are within the pad; those of the tag are followed by its other fields.
        unsafe { equal32(at, std::ptr::from_ref(tag).cast::<u8>().add(1)) & wanted == wanted }
    }

    #[inline(always)]
    unsafe fn before_angle(at: *const u8) -> usize {
        let mut len = 0;
        loop {
            // SAFETY: all before `len` was not zero, so `at + len` is in the window, and the pad follows.
            let stops = unsafe {
                let bytes = _mm_loadu_si128(at.add(len).cast());
                let angle = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'<' as i8));
                let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
                _mm_movemask_epi8(_mm_or_si128(angle, control))
            };
            if stops != 0 {
                return len + stops.trailing_zeros() as usize;
            }
            len += 16;
        }
    }

    #[inline(always)]
    unsafe fn number(at: *const u8) -> Option<(u32, u32, u32)> {
        // SAFETY: 16 bytes are within the pad.
        let (digits, points) = unsafe {
            let bytes = _mm_loadu_si128(at.cast());
            let value = _mm_sub_epi8(bytes, _mm_set1_epi8(b'0' as i8));
            let digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
            let point = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'.' as i8));
            (_mm_movemask_epi8(digit) as u32, _mm_movemask_epi8(point) as u32)
        };
        let end = !(digits | points);
        let len = end.trailing_zeros();
        let points = points & (end & end.wrapping_neg()).wrapping_sub(1);
        if len == 16 || points & points.wrapping_sub(1) != 0 {
            return None;
        }
        let before = (points | 1 << len).trailing_zeros();
        Some((len, before, (len - before).saturating_sub(1)))
    }

    #[inline(always)]
    unsafe fn date(at: *const u8, len: usize) -> bool {
        // SAFETY: the same condition.
        unsafe { Plain::date(at, len) }
    }

    #[inline(always)]
    unsafe fn name_len(at: *const u8) -> usize {
        let mut len = 0;
        while len <= Name::FAST {
            // SAFETY: 48 bytes are within the pad.
            let ends = unsafe {
                let bytes = _mm_loadu_si128(at.add(len).cast());
                let blank = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(b' ' as i8)), bytes);
                let angle = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'>' as i8));
                let slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'/' as i8));
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(blank, angle), slash)) as u32
            };
            if ends != 0 {
                return (len + ends.trailing_zeros() as usize).min(Name::FAST + 1);
            }
            len += 16;
        }
        Name::FAST + 1
    }

    #[inline(always)]
    fn places(byte: u8, among: &[u8; 32]) -> u32 {
        // SAFETY: both loads are of the array's own bytes.
        unsafe {
            let byte = _mm_set1_epi8(byte as i8);
            let low = _mm_cmpeq_epi8(_mm_loadu_si128(among.as_ptr().cast()), byte);
            let high = _mm_cmpeq_epi8(_mm_loadu_si128(among.as_ptr().add(16).cast()), byte);
            _mm_movemask_epi8(low) as u32 | (_mm_movemask_epi8(high) as u32) << 16
        }
    }

    #[inline(always)]
    unsafe fn shape(at: *const u8, len: usize, shape: &Shape) -> bool {
        let mut done = 0;
        while done < len {
            // SAFETY: `at + done` is inside of the value, and the pad follows; a shape has 64 positions.
            let inside = unsafe {
                let bytes = _mm_loadu_si128(at.add(done).cast());
                let range = |part: usize| {
                    let low = _mm_loadu_si128(shape.low[part].as_ptr().add(done).cast());
                    let width = _mm_loadu_si128(shape.width[part].as_ptr().add(done).cast());
                    _mm_cmpeq_epi8(_mm_subs_epu8(_mm_sub_epi8(bytes, low), width), _mm_setzero_si128())
                };
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(range(0), range(1)), range(2))) as u32
            };
            let wanted = u32::MAX >> (32 - (len - done).min(16));
            if inside & wanted != wanted {
                return false;
            }
            done += 16;
        }
        true
    }

    #[inline(always)]
    unsafe fn decimal(at: *const u8, len: usize) -> Option<(u32, u32)> {
        if len.wrapping_sub(1) > 15 {
            return None;
        }
        // SAFETY: 16 bytes are within the pad.
        let (digits, points) = unsafe {
            let bytes = _mm_loadu_si128(at.cast());
            let value = _mm_sub_epi8(bytes, _mm_set1_epi8(b'0' as i8));
            let digit = _mm_cmpeq_epi8(_mm_subs_epu8(value, _mm_set1_epi8(9)), _mm_setzero_si128());
            let point = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'.' as i8));
            (_mm_movemask_epi8(digit) as u32, _mm_movemask_epi8(point) as u32)
        };
        let all = u32::MAX >> (32 - len);
        let points = points & all;
        if (digits | points) & all != all || points & points.wrapping_sub(1) != 0 {
            return None;
        }
        let len = len as u32;
        if points == 0 {
            return Some((len, 0));
        }
        let before = points.trailing_zeros();
        Some((before, len - before - 1))
    }
}

/// Which of 32 bytes end plain text, as bits.
///
/// # Safety
/// 32 bytes can be read, and AVX2 was detected.
#[inline(always)]
unsafe fn text_stops(at: *const u8) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        let bytes = _mm256_loadu_si256(at.cast());
        let control = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
        // By its low half a byte finds the one stop that ends so; a byte from 0x80 finds zero.
        let stop = _mm256_setr_epi64x(
            0x0026_0000_0000_0001,
            0x003E_003C_0000_0000,
            0x0026_0000_0000_0001,
            0x003E_003C_0000_0000,
        );
        let stop = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(stop, bytes), bytes);
        _mm256_movemask_epi8(_mm256_or_si256(control, stop)) as u32
    }
}

/// Which of the 32 bytes from an offset on are `<`, and which are not in the sets of their positions, as bits.
///
/// # Safety
/// 32 bytes can be read from there, the offset is 0 or 32, and AVX2 was detected.
#[inline(always)]
unsafe fn shape_stops<const FROM: usize>(at: *const u8, shape: &Shape) -> (u32, u32) {
    // SAFETY: the caller's condition; a shape has 64 positions.
    unsafe {
        let bytes = _mm256_loadu_si256(at.add(FROM).cast());
        let mut inside = in_range::<FROM>(bytes, shape, 0);
        if shape.parts > 1 {
            let others = _mm256_or_si256(in_range::<FROM>(bytes, shape, 1), in_range::<FROM>(bytes, shape, 2));
            inside = _mm256_or_si256(inside, others);
        }
        let angle = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'<' as i8));
        (_mm256_movemask_epi8(angle) as u32, !_mm256_movemask_epi8(inside) as u32)
    }
}

/// Which bytes are in the ranges of a part of a shape.
///
/// # Safety
/// As [`shape_stops`].
#[inline(always)]
unsafe fn in_range<const FROM: usize>(bytes: __m256i, shape: &Shape, part: usize) -> __m256i {
    // SAFETY: the caller's condition; a shape has 64 positions.
    unsafe {
        let low = _mm256_loadu_si256(shape.low[part].as_ptr().add(FROM).cast());
        let width = _mm256_loadu_si256(shape.width[part].as_ptr().add(FROM).cast());
        let above = _mm256_sub_epi8(bytes, low);
        _mm256_cmpeq_epi8(_mm256_min_epu8(above, width), above)
    }
}

// SAFETY: the same results as those of the plain kernel; the tests compare them.
unsafe impl Kernel for Avx2 {
    #[inline(always)]
    fn apart<W: Work>(work: W) -> W::Output {
        // SAFETY: this kernel is called only where its features were detected.
        unsafe { apart_avx2(work) }
    }

    #[inline(always)]
    unsafe fn text(at: *const u8) -> usize {
        // Most values end in the first part.
        // SAFETY: all before `len` was text; 32 bytes are within the pad, and the caller has detected AVX2.
        unsafe {
            let stops = text_stops(at);
            if stops != 0 {
                return stops.trailing_zeros() as usize;
            }
            let mut len = 32;
            loop {
                let stops = text_stops(at.add(len));
                if stops != 0 {
                    return len + stops.trailing_zeros() as usize;
                }
                len += 32;
            }
        }
    }

    #[inline(always)]
    unsafe fn accented(at: *const u8) -> Accents {
        // SAFETY: the same condition.
        unsafe { Sse2::accented(at) }
    }

    #[inline(always)]
    unsafe fn white(at: *const u8) -> usize {
        // SAFETY: the pad follows.
        if unsafe { *at } > b' ' {
            return 0;
        }
        let mut len = 0;
        loop {
            // SAFETY: as for text.
            let white = unsafe {
                let bytes = _mm256_loadu_si256(at.add(len).cast());
                // By its low half a byte finds the one blank that ends so; a byte from 0x80 finds zero.
                let blank = _mm256_setr_epi64x(0x20, 0x0D00_000A_0900, 0x20, 0x0D00_000A_0900);
                _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(blank, bytes), bytes)) as u32
            };
            if white != u32::MAX {
                return len + white.trailing_ones() as usize;
            }
            len += 32;
        }
    }

    #[inline(always)]
    unsafe fn name(at: *const u8, name: &Name) -> bool {
        // SAFETY: 32 bytes are within the pad; the two parts of a name lie one behind the other.
        unsafe {
            let wanted = _mm256_loadu_si256(std::ptr::from_ref(name).cast());
            let equal = _mm256_cmpeq_epi8(_mm256_loadu_si256(at.cast()), wanted);
            !(_mm256_movemask_epi8(equal) as u32) & name.bits == 0
        }
    }

    #[inline(always)]
    unsafe fn tag<T>(at: *const u8, tag: &Tag<T>) -> bool {
        // SAFETY: 32 bytes are within the pad; a tag has as many.
        unsafe {
            let wanted = _mm256_loadu_si256(tag.bytes.as_ptr().cast());
            let equal = _mm256_cmpeq_epi8(_mm256_loadu_si256(at.cast()), wanted);
            !(_mm256_movemask_epi8(equal) as u32) & tag.bits == 0
        }
    }

    #[inline(always)]
    unsafe fn behind_angle<T>(at: *const u8, tag: &Tag<T>) -> bool {
        // SAFETY: 32 bytes are within the pad; those of the tag are followed by its other fields.
        unsafe {
            let wanted = _mm256_loadu_si256(std::ptr::from_ref(tag).cast::<u8>().add(1).cast());
            let equal = _mm256_cmpeq_epi8(_mm256_loadu_si256(at.cast()), wanted);
            !(_mm256_movemask_epi8(equal) as u32) & tag.bits_behind == 0
        }
    }

    #[inline(always)]
    unsafe fn before_angle(at: *const u8) -> usize {
        let mut len = 0;
        loop {
            // SAFETY: as for text.
            let stops = unsafe {
                let bytes = _mm256_loadu_si256(at.add(len).cast());
                let angle = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'<' as i8));
                let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
                _mm256_movemask_epi8(_mm256_or_si256(angle, control))
            };
            if stops != 0 {
                return len + stops.trailing_zeros() as usize;
            }
            len += 32;
        }
    }

    #[inline(always)]
    unsafe fn number(at: *const u8) -> Option<(u32, u32, u32)> {
        // SAFETY: the same condition.
        unsafe { Sse2::number(at) }
    }

    #[inline(always)]
    unsafe fn date(at: *const u8, len: usize) -> bool {
        const O: i8 = -1;
        // What each byte may at most differ from its form by; a byte that is not looked at by anything.
        // SAFETY: 32 bytes are within the pad, and the caller has detected AVX2.
        unsafe {
            let bytes = _mm256_loadu_si256(at.cast());
            #[rustfmt::skip]
            let form = _mm256_setr_epi8(
                48, 48, 48, 48, 45, 48, 48, 45, 48, 48, 84, 48, 48, 58, 48, 48,
                58, 48, 48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            );
            #[rustfmt::skip]
            let (most_date, most_time) = (
                _mm256_setr_epi8(9, 9, 9, 9, 0, 9, 9, 0, 9, 9, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O),
                _mm256_setr_epi8(9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, O, O, O, O, O, O, O, O, O, O, O, O, O),
            );
            let values = _mm256_xor_si256(bytes, form);
            let most = if len == 10 { most_date } else { most_time };
            let wrong = _mm256_subs_epu8(values, most);
            // Year (its first half), month, day, hour, minute; second: each two digits, as one number.
            #[rustfmt::skip]
            let pairs = _mm256_shuffle_epi8(values, _mm256_setr_epi8(
                0, 1, 5, 6, 8, 9, 11, 12, 14, 15, O, O, O, O, O, O,
                1, 2, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
            ));
            let tens = _mm256_set1_epi16(0x010A);
            let numbers = _mm256_maddubs_epi16(pairs, tens);
            #[rustfmt::skip]
            let (least, width_date, width_time) = (
                _mm256_setr_epi16(1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                _mm256_setr_epi16(98, 11, 27, -1, -1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0),
                _mm256_setr_epi16(98, 11, 27, 23, 59, 0, 0, 0, 59, 0, 0, 0, 0, 0, 0, 0),
            );
            let width = if len == 10 { width_date } else { width_time };
            let far = _mm256_subs_epu16(_mm256_sub_epi16(numbers, least), width);
            let all = _mm256_or_si256(wrong, far);
            _mm256_testz_si256(all, all) == 1
        }
    }

    #[inline(always)]
    unsafe fn name_len(at: *const u8) -> usize {
        // SAFETY: the same condition.
        unsafe { Sse2::name_len(at) }
    }

    #[inline(always)]
    fn places(byte: u8, among: &[u8; 32]) -> u32 {
        Sse2::places(byte, among)
    }

    #[inline(always)]
    unsafe fn shape(at: *const u8, len: usize, shape: &Shape) -> bool {
        let mut done = 0;
        while done < len {
            // SAFETY: as for 16 bytes; a shape has 64 positions, and the caller has detected AVX2.
            let inside = unsafe {
                let bytes = _mm256_loadu_si256(at.add(done).cast());
                let range = |part: usize| {
                    let low = _mm256_loadu_si256(shape.low[part].as_ptr().add(done).cast());
                    let width = _mm256_loadu_si256(shape.width[part].as_ptr().add(done).cast());
                    _mm256_cmpeq_epi8(_mm256_subs_epu8(_mm256_sub_epi8(bytes, low), width), _mm256_setzero_si256())
                };
                _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(range(0), range(1)), range(2))) as u32
            };
            let wanted = u32::MAX >> (32 - (len - done).min(32));
            if inside & wanted != wanted {
                return false;
            }
            done += 32;
        }
        true
    }

    #[inline(always)]
    unsafe fn shaped(at: *const u8, shape: &Shape) -> Option<usize> {
        let before = |angle: u32| (angle & angle.wrapping_neg()).wrapping_sub(1);
        // SAFETY: 64 bytes are within the pad; a shape has 64 positions, and the caller has detected AVX2.
        let (angle, outside) = unsafe { shape_stops::<0>(at, shape) };
        let mut len = angle.trailing_zeros() as usize;
        let mut wrong = outside & before(angle);
        if angle == 0 {
            // SAFETY: the same condition.
            let (angle, outside) = unsafe { shape_stops::<32>(at, shape) };
            len += angle.trailing_zeros() as usize;
            wrong |= outside & before(angle);
        }
        (wrong == 0 && shape.takes_length(len)).then_some(len)
    }

    #[inline(always)]
    unsafe fn decimal(at: *const u8, len: usize) -> Option<(u32, u32)> {
        // SAFETY: the same condition.
        unsafe { Sse2::decimal(at, len) }
    }
}
