//! A random number generator of our own (SplitMix64): the same seed gives the same numbers for ever, on every machine and
//! with every version of every dependency. Must not be used where numbers have to be secret.

/// Random numbers from a seed.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of a place: a seed and whatever tells one part of a run from another, such as the number of the message.
    pub fn of(parts: &[u64]) -> Self {
        let mut rng = Self(0);
        for part in parts {
            rng.0 = rng.next() ^ part;
        }
        rng
    }

    /// The next 64 bits.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// An index of a list of this length.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a list that is not empty.
    pub fn pick<'t, T: ?Sized>(&mut self, choices: &[&'t T]) -> &'t T {
        choices[self.index(choices.len())]
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.index(at + 1));
        }
    }

    /// So many characters of an alphabet of ASCII.
    pub fn text(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(alphabet[self.index(alphabet.len())])).collect()
    }

    /// So many digits.
    pub fn digits(&mut self, count: usize) -> String {
        self.text(b"0123456789", count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_numbers_for_ever() {
        let mut rng = Rng::of(&[20_022, 1]);
        let numbers = [rng.next(), rng.below(1000), rng.between(5, 9), rng.index(3) as u64];
        assert_eq!(numbers, [10_444_757_854_125_734_494, 188, 8, 1]);
        assert_ne!(Rng::of(&[1, 2]).next(), Rng::of(&[2, 1]).next());
    }
}
