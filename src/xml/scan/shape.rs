//! The shape of a value, laid out for one wide comparison. Must not read any input.

/// A set of bytes for each position of a value, and the lengths that the value may have: what most patterns of
/// ISO 20022 are (BIC, IBAN, UETR, LEI, currency, country). A set is at most three ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(C, align(16))]
pub struct Shape {
    pub(super) low: [[u8; 64]; 3],
    pub(super) width: [[u8; 64]; 3],
    lengths: u64,
    /// How many ranges the sets have at most.
    pub(super) parts: u8,
}

impl Shape {
    /// The longest value that a shape describes.
    pub const MOST: usize = 63;

    /// A shape of one set a position, each given as ranges, and the lengths that are allowed. `None` when it is too long,
    /// a set has no range or more than three, or holds a control character, `<`, `>` or `&`.
    pub fn new(positions: &[impl AsRef<[(u8, u8)]>], lengths: impl IntoIterator<Item = usize>) -> Option<Self> {
        let mut shape = Self { low: [[0; 64]; 3], width: [[0; 64]; 3], lengths: 0, parts: 0 };
        if positions.len() > Self::MOST {
            return None;
        }
        for (at, ranges) in positions.iter().map(AsRef::as_ref).enumerate() {
            // What ends a text, or stands for something else, is in no set.
            let holds = |byte: u8| ranges.iter().any(|(low, high)| (*low..=*high).contains(&byte));
            if ranges.is_empty() || ranges.len() > 3 || (0..b' ').chain(*b"<>&").any(holds) {
                return None;
            }
            shape.parts = shape.parts.max(ranges.len() as u8);
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

    /// Whether it is three letters A to Z.
    pub fn is_three_letters(&self) -> bool {
        Self::new(&[vec![(b'A', b'Z')], vec![(b'A', b'Z')], vec![(b'A', b'Z')]], [3]).as_ref() == Some(self)
    }

    #[inline(always)]
    pub(super) fn takes_length(&self, len: usize) -> bool {
        len <= Self::MOST && self.lengths >> len & 1 == 1
    }
}
