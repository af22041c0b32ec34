//! Tags and names to compare with, laid out for one wide comparison. Must not read any input.

/// A name to compare with: up to [`Name::FAST`] bytes in two parts; a longer one never matches here and is left to the
/// unhurried path.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Name {
    pub(super) first: [u8; 16],
    pub(super) second: [u8; 16],
    pub(super) bits: u32,
    pub(super) len: u8,
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

/// A start tag to compare with: `<`, the name, and what stands behind it. The end tag is compared by the same bytes. A few
/// bytes of its owner's stand beside it, so that nothing is lost to padding.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Tag<T = ()> {
    pub(super) bytes: [u8; 32],
    /// A bit for each of them that is compared.
    pub(super) bits: u32,
    /// The same behind the first byte.
    pub(super) bits_behind: u32,
    /// How many bytes stand behind the first one.
    pub(super) len_behind: u8,
    /// The owner's.
    pub beside: T,
}

impl<T> Tag<T> {
    /// The longest tag that is compared.
    pub const MOST: usize = 32;

    /// The start tag of a name, with what stands behind the name in it: `>`, or ` Ccy="`. `None` when it is too long.
    pub fn new(name: &str, behind: &str, beside: T) -> Option<Self> {
        let whole: Vec<u8> = [b"<", name.as_bytes(), behind.as_bytes()].concat();
        let len = whole.len();
        if len > Self::MOST || name.is_empty() || whole.contains(&0) {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..len].copy_from_slice(&whole);
        let bits = u32::MAX >> (32 - len);
        Some(Self { bytes, bits, bits_behind: bits >> 1, len_behind: len as u8 - 1, beside })
    }

    /// A tag that stands nowhere.
    pub const fn none(beside: T) -> Self {
        // No tag begins with two of these.
        let mut bytes = [0; 32];
        (bytes[0], bytes[1]) = (b'<', b'<');
        Self { bytes, bits: 3, bits_behind: 1, len_behind: 1, beside }
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
pub(super) fn mix(len: usize, first: u64, last: u64) -> u8 {
    let mask = u64::MAX >> (64 - 8 * len.clamp(1, 8));
    let all = (first & mask) ^ (last & mask).rotate_left(29) ^ (len as u64) << 57;
    (all.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}
