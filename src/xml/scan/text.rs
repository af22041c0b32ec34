//! Values as text. The values of a message are short and mostly ASCII: that is seen eight bytes at a time, and anything else is
//! left to the standard library.

/// The text that bytes are, if they are UTF-8.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    ascii(bytes).or_else(|| std::str::from_utf8(bytes).ok())
}

/// The text that bytes are, if they are ASCII.
#[inline]
fn ascii(bytes: &[u8]) -> Option<&str> {
    // SAFETY: a byte of ASCII is a whole character, so bytes that all are ASCII are UTF-8.
    is_ascii(bytes).then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// Eight at a time; the last eight may be seen twice. Of fewer, the first four and the last four.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    let four = |bytes: &[u8; 4]| u64::from(u32::from_ne_bytes(*bytes));
    let seen = match (bytes.last_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(last), ..) => bytes.as_chunks().0.iter().fold(word(last), |seen, eight| seen | word(eight)),
        (_, Some(first), Some(last)) => four(first) | four(last),
        _ => bytes.iter().fold(0, |seen, byte| seen | u64::from(*byte)),
    };
    seen & 0x8080_8080_8080_8080 == 0
}

#[inline]
fn word(eight: &[u8; 8]) -> u64 {
    u64::from_ne_bytes(*eight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_standard_library_takes() {
        for (filling, whole) in [("a", "é"), ("a", "漢"), ("é", "a")] {
            for (before, after) in (0..20).flat_map(|before| (0..20).map(move |after| (before, after))) {
                let good = [&filling.repeat(before), whole, &filling.repeat(after)].concat();
                assert_eq!(text(good.as_bytes()), Some(good.as_str()));
                let mut bad = good.into_bytes();
                for at in 0..bad.len() {
                    let byte = std::mem::replace(&mut bad[at], 0xFF);
                    assert_eq!(text(&bad), None, "{bad:?}");
                    bad[at] = byte;
                }
            }
        }
        assert_eq!(text(b""), Some(""));
    }
}
