//! The kernel for aarch64: 16 bytes at a time with NEON, which every such machine has.
//!
//! No instruction gathers a bit of each byte. Where the first of them is asked for, a comparison is narrowed to four bits a
//! byte in one step ([`nibbles`]); where all are, weighed bits are added up ([`bits`]).

use std::arch::aarch64::*;

use super::{Accents, Kernel, Name, Shape, Tag};

/// 16 bytes at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon;

/// One bit of each nibble.
const ONES: u64 = 0x1111_1111_1111_1111;

#[inline(always)]
fn all(byte: u8) -> uint8x16_t {
    // SAFETY: NEON is part of the target.
    unsafe { vdupq_n_u8(byte) }
}

#[inline(always)]
fn table(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: an array of 16 bytes.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// Four bits for each byte of a comparison.
#[inline(always)]
fn nibbles(found: uint8x16_t) -> u64 {
    // SAFETY: NEON is part of the target.
    unsafe { vget_lane_u64::<0>(vreinterpret_u64_u8(vshrn_n_u16::<4>(vreinterpretq_u16_u8(found)))) }
}

/// One bit for each byte of two comparisons, those of the first one below.
#[inline(always)]
fn bits(low: uint8x16_t, high: uint8x16_t) -> u32 {
    const WEIGHTS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: NEON is part of the target.
    unsafe {
        let pairs = vpaddq_u8(vandq_u8(low, table(&WEIGHTS)), vandq_u8(high, table(&WEIGHTS)));
        let fours = vpaddq_u8(pairs, pairs);
        vgetq_lane_u32::<0>(vreinterpretq_u32_u8(vpaddq_u8(fours, fours)))
    }
}

/// Which of 32 bytes are equal in two places, as bits.
///
/// # Safety
/// 32 bytes can be read at both.
#[inline(always)]
unsafe fn equal32(one: *const u8, other: *const u8) -> u32 {
    // SAFETY: the caller's condition.
    unsafe {
        let half = |from: usize| vceqq_u8(vld1q_u8(one.add(from)), vld1q_u8(other.add(from)));
        bits(half(0), half(16))
    }
}

/// The digits among 16 bytes, and the points, as nibbles.
///
/// # Safety
/// 16 bytes can be read.
#[inline(always)]
unsafe fn digits_and_points(at: *const u8) -> (u64, u64) {
    // SAFETY: the caller's condition.
    unsafe {
        let bytes = vld1q_u8(at);
        let digit = vcleq_u8(vsubq_u8(bytes, all(b'0')), all(9));
        (nibbles(digit), nibbles(vceqq_u8(bytes, all(b'.'))))
    }
}

/// What a part of a date is made of: what each byte differs from its form by at most, and what the number that it begins with
/// the next one is from and how far it may go beyond that. 255 where all is good.
struct DatePart {
    form: [u8; 16],
    most: [u8; 16],
    least: [u8; 16],
    width: [u8; 16],
}

const O: u8 = 255;
/// `YYYY-MM-DD`: the first half of the year, the month and the day are numbers.
const DATE: DatePart = DatePart {
    form: *b"0000-00-00T00:00",
    most: [9, 9, 9, 9, 0, 9, 9, 0, 9, 9, O, O, O, O, O, O],
    least: [1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    width: [98, O, O, O, O, 11, O, O, 27, O, O, O, O, O, O, O],
};
/// The same with `Thh:mm` behind it.
const DATE_AND_MINUTE: DatePart = DatePart {
    most: [9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9],
    width: [98, O, O, O, O, 11, O, O, 27, O, O, 23, O, O, 59, O],
    ..DATE
};
/// `:ss`, the last three of the 16 bytes.
const SECOND: DatePart = DatePart {
    form: *b"0000000000000:00",
    most: [O, O, O, O, O, O, O, O, O, O, O, O, O, 0, 9, 9],
    least: [0; 16],
    width: [O, O, O, O, O, O, O, O, O, O, O, O, O, O, 59, O],
};

impl DatePart {
    /// What is wrong with 16 bytes: not zero where something is.
    ///
    /// # Safety
    /// They can be read.
    #[inline(always)]
    unsafe fn wrong(&self, at: *const u8) -> uint8x16_t {
        // SAFETY: the caller's condition.
        unsafe {
            let values = veorq_u8(vld1q_u8(at), table(&self.form));
            let numbers = vaddq_u8(vmulq_u8(values, all(10)), vextq_u8::<1>(values, values));
            let far = vcgtq_u8(vsubq_u8(numbers, table(&self.least)), table(&self.width));
            vorrq_u8(vcgtq_u8(values, table(&self.most)), far)
        }
    }
}

// SAFETY: the same results as those of the plain kernel; the tests compare them.
unsafe impl Kernel for Neon {
    #[inline(always)]
    unsafe fn text(at: *const u8) -> usize {
        let mut len = 0;
        loop {
            // SAFETY: all before `len` was text, so `at + len` is in the window, and the pad follows.
            let stops = unsafe {
                let bytes = vld1q_u8(at.add(len));
                let control = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
                let angle = vceqq_u8(vandq_u8(bytes, all(!2)), all(b'<'));
                nibbles(vorrq_u8(vorrq_u8(control, angle), vceqq_u8(bytes, all(b'&'))))
            };
            if stops != 0 {
                return len + stops.trailing_zeros() as usize / 4;
            }
            len += 16;
        }
    }

    #[inline(always)]
    unsafe fn accented(at: *const u8) -> Accents {
        let mut all_of_it = Accents { len: 0, more: 0, sure: true };
        // Whether the last byte of the part before began a character of two bytes.
        let mut open = 0;
        loop {
            // SAFETY: as for text.
            let (stops_and_high, leads_and_continues) = unsafe {
                let bytes = vld1q_u8(at.add(all_of_it.len));
                let control = vcltq_u8(bytes, all(0x20));
                let angle = vceqq_u8(vandq_u8(bytes, all(!2)), all(b'<'));
                let reference_or_last = vorrq_u8(vceqq_u8(bytes, all(b'&')), vceqq_u8(bytes, all(0xEF)));
                let stops = vorrq_u8(vorrq_u8(control, angle), reference_or_last);
                // 0xC2 to 0xDF begin the characters of two bytes.
                let leads = vcleq_u8(vsubq_u8(bytes, all(0xC2)), all(0x1D));
                let continues = vceqq_u8(vandq_u8(bytes, all(0xC0)), all(0x80));
                (bits(stops, vcgeq_u8(bytes, all(0x80))), bits(leads, continues))
            };
            let stops = stops_and_high & 0xFFFF;
            let here = stops.trailing_zeros().min(16);
            let part = (1 << here) - 1;
            let high = stops_and_high >> 16 & part;
            let (leads, continues) = (leads_and_continues & part, leads_and_continues >> 16 & part);
            // Each lead has its continuation right behind it, and nothing else is beyond ASCII. One that is cut off by the
            // stop has a bit behind the part, where none continues.
            let wanted = leads << 1 | open;
            all_of_it.sure &= wanted & 0xFFFF == continues && high == leads | continues;
            all_of_it.len += here as usize;
            all_of_it.more += continues.count_ones() as usize;
            open = wanted >> 16;
            if stops != 0 {
                all_of_it.sure &= open == 0;
                return all_of_it;
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
            let other = unsafe {
                let bytes = vld1q_u8(at.add(len));
                let blank_or_tab = vorrq_u8(vceqq_u8(bytes, all(b' ')), vceqq_u8(bytes, all(b'\t')));
                let line = vorrq_u8(vceqq_u8(bytes, all(b'\n')), vceqq_u8(bytes, all(b'\r')));
                !nibbles(vorrq_u8(blank_or_tab, line))
            };
            if other != 0 {
                return len + other.trailing_zeros() as usize / 4;
            }
            len += 16;
        }
    }

    #[inline(always)]
    unsafe fn name(at: *const u8, name: &Name) -> bool {
        // SAFETY: 32 bytes are within the pad; both parts of the name stand one behind the other, 16 bytes each.
        unsafe { equal32(at, std::ptr::from_ref(name).cast()) & name.bits == name.bits }
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
                let bytes = vld1q_u8(at.add(len));
                nibbles(vorrq_u8(vceqq_u8(bytes, all(b'<')), vcltq_u8(bytes, all(0x20))))
            };
            if stops != 0 {
                return len + stops.trailing_zeros() as usize / 4;
            }
            len += 16;
        }
    }

    #[inline(always)]
    unsafe fn number(at: *const u8) -> Option<(u32, u32, u32)> {
        // SAFETY: 16 bytes are within the pad.
        let (digits, points) = unsafe { digits_and_points(at) };
        let end = !(digits | points);
        let len = end.trailing_zeros() / 4;
        let points = points & ONES & (end & end.wrapping_neg()).wrapping_sub(1);
        if len == 16 || points & points.wrapping_sub(1) != 0 {
            return None;
        }
        let before = (points.trailing_zeros() / 4).min(len);
        Some((len, before, (len - before).saturating_sub(1)))
    }

    #[inline(always)]
    unsafe fn date(at: *const u8, len: usize) -> bool {
        // SAFETY: 19 bytes are within the pad.
        unsafe {
            let wrong = match len {
                10 => DATE.wrong(at),
                _ => vorrq_u8(DATE_AND_MINUTE.wrong(at), SECOND.wrong(at.add(3))),
            };
            vmaxvq_u8(wrong) == 0
        }
    }

    #[inline(always)]
    unsafe fn name_len(at: *const u8) -> usize {
        let mut len = 0;
        while len <= Name::FAST {
            // SAFETY: 48 bytes are within the pad.
            let ends = unsafe {
                let bytes = vld1q_u8(at.add(len));
                let angle_or_slash = vorrq_u8(vceqq_u8(bytes, all(b'>')), vceqq_u8(bytes, all(b'/')));
                nibbles(vorrq_u8(vcleq_u8(bytes, all(b' ')), angle_or_slash))
            };
            if ends != 0 {
                return (len + ends.trailing_zeros() as usize / 4).min(Name::FAST + 1);
            }
            len += 16;
        }
        Name::FAST + 1
    }

    #[inline(always)]
    fn places(byte: u8, among: &[u8; 32]) -> u32 {
        // SAFETY: both loads are of the array's own bytes.
        unsafe {
            let half = |from: usize| vceqq_u8(vld1q_u8(among.as_ptr().add(from)), all(byte));
            bits(half(0), half(16))
        }
    }

    #[inline(always)]
    unsafe fn shape(at: *const u8, len: usize, shape: &Shape) -> bool {
        let mut done = 0;
        while done < len {
            // SAFETY: `at + done` is inside of the value, and the pad follows; a shape has 64 positions.
            let inside = unsafe {
                let bytes = vld1q_u8(at.add(done));
                let range = |part: usize| {
                    let low = vld1q_u8(shape.low[part].as_ptr().add(done));
                    vcleq_u8(vsubq_u8(bytes, low), vld1q_u8(shape.width[part].as_ptr().add(done)))
                };
                nibbles(vorrq_u8(vorrq_u8(range(0), range(1)), range(2)))
            };
            let wanted = u64::MAX >> (64 - 4 * (len - done).min(16));
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
        let (digits, points) = unsafe { digits_and_points(at) };
        let value = u64::MAX >> (64 - 4 * len);
        let good = (digits | points) & value == value;
        let points = points & ONES & value;
        if !good || points & points.wrapping_sub(1) != 0 {
            return None;
        }
        let len = len as u32;
        let before = (points.trailing_zeros() / 4).min(len);
        Some((before, (len - before).saturating_sub(1)))
    }
}
