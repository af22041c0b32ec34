//! The definition of each kernel: one byte at a time, on every machine.

use super::{Accents, Kernel, Name, Shape, Tag};

/// One byte at a time.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// # Safety
/// `at` lies in a window, and a byte that does not satisfy `test` follows it there or in the pad.
unsafe fn count(at: *const u8, test: impl Fn(u8) -> bool) -> usize {
    let mut len = 0;
    // SAFETY: the caller's condition.
    while test(unsafe { *at.add(len) }) {
        len += 1;
    }
    len
}

// SAFETY: each byte is looked at, and the first that does not belong ends the count.
unsafe impl Kernel for Plain {
    unsafe fn text(at: *const u8) -> usize {
        // SAFETY: the pad's zero is no text.
        unsafe { count(at, |b| (0x20..0x80).contains(&b) && !matches!(b, b'<' | b'>' | b'&')) }
    }

    unsafe fn accented(at: *const u8) -> Accents {
        // SAFETY: the pad's zero is a control character, and `len` bytes were seen.
        let text = unsafe {
            let len = count(at, |b| b >= 0x20 && !matches!(b, b'<' | b'>' | b'&' | 0xEF));
            std::slice::from_raw_parts(at, len)
        };
        let sure = std::str::from_utf8(text).is_ok_and(|text| text.chars().all(|c| c < '\u{800}'));
        Accents { len: text.len(), more: text.iter().filter(|b| **b & 0xC0 == 0x80).count(), sure }
    }

    unsafe fn white(at: *const u8) -> usize {
        // SAFETY: the pad's zero is no white space.
        unsafe { count(at, |b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')) }
    }

    unsafe fn name(at: *const u8, name: &Name) -> bool {
        let bytes = name.first.iter().chain(&name.second).take(name.len as usize);
        // SAFETY: a name is at most 32 bytes long, and the pad 64.
        bytes.enumerate().all(|(i, byte)| unsafe { *at.add(i) } == *byte)
    }

    unsafe fn tag<T>(at: *const u8, tag: &Tag<T>) -> bool {
        // SAFETY: a tag is at most 32 bytes long, and the pad 64.
        tag.bytes[..=tag.len_behind as usize].iter().enumerate().all(|(i, byte)| unsafe { *at.add(i) } == *byte)
    }

    unsafe fn behind_angle<T>(at: *const u8, tag: &Tag<T>) -> bool {
        // SAFETY: the same.
        tag.bytes[1..=tag.len_behind as usize].iter().enumerate().all(|(i, byte)| unsafe { *at.add(i) } == *byte)
    }

    unsafe fn before_angle(at: *const u8) -> usize {
        // SAFETY: the pad's zero ends it.
        unsafe { count(at, |b| b >= 0x20 && b != b'<') }
    }

    unsafe fn number(at: *const u8) -> Option<(u32, u32, u32)> {
        let (mut before, mut behind, mut points) = (0, 0, 0);
        for i in 0..16 {
            // SAFETY: 16 bytes are within the pad.
            match unsafe { *at.add(i) } {
                b'0'..=b'9' if points > 0 => behind += 1,
                b'0'..=b'9' => before += 1,
                b'.' => points += 1,
                _ if points > 1 => return None,
                _ => return Some((i as u32, before, behind)),
            }
        }
        None
    }

    unsafe fn date(at: *const u8, len: usize) -> bool {
        // SAFETY: 19 bytes are within the pad.
        let byte = |i: usize| unsafe { *at.add(i) };
        let form = b"dddd-dd-ddTdd:dd:dd";
        let formed = form[..len].iter().enumerate().all(|(i, form)| match form {
            b'd' => byte(i).is_ascii_digit(),
            form => byte(i) == *form,
        });
        let two = |i: usize| (byte(i) & 15) * 10 + (byte(i + 1) & 15);
        let day = two(0) > 0 && (1..=12).contains(&two(5)) && (1..=28).contains(&two(8));
        formed && day && (len == 10 || two(11) < 24 && two(14) < 60 && two(17) < 60)
    }

    unsafe fn name_len(at: *const u8) -> usize {
        // SAFETY: 33 bytes are within the pad.
        let ends = |i: &usize| matches!(unsafe { *at.add(*i) }, 0..=b' ' | b'>' | b'/');
        (0..=Name::FAST).find(ends).unwrap_or(Name::FAST + 1)
    }

    fn places(byte: u8, among: &[u8; 32]) -> u32 {
        among.iter().enumerate().fold(0, |bits, (i, other)| bits | u32::from(*other == byte) << i)
    }

    unsafe fn shape(at: *const u8, len: usize, shape: &Shape) -> bool {
        (0..len).all(|i| {
            // SAFETY: the caller says that `len` bytes are there.
            let byte = unsafe { *at.add(i) };
            (0..3).any(|part| byte.wrapping_sub(shape.low[part][i]) <= shape.width[part][i])
        })
    }

    unsafe fn decimal(at: *const u8, len: usize) -> Option<(u32, u32)> {
        let (mut before, mut behind, mut point) = (0, 0, false);
        if len == 0 || len > 16 {
            return None;
        }
        for i in 0..len {
            // SAFETY: the caller says that `len` bytes are there.
            match unsafe { *at.add(i) } {
                b'0'..=b'9' if point => behind += 1,
                b'0'..=b'9' => before += 1,
                b'.' if !point => point = true,
                _ => return None,
            }
        }
        Some((before, behind))
    }
}
