//! How long single messages take: every sample is kept, so that the percentiles are exact.

use std::time::{Duration, Instant};

use super::inputs::Input;
use super::subject::{Subject, read_all};
use super::turns::rank;

/// No more samples than these.
const MOST: usize = 2_000_000;

/// The parts of all messages that are shown, and what they are called.
pub const PARTS: &[(&str, f64)] = &[("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// Nanoseconds per message, sorted. What it takes to read the clock is in each.
pub struct Latency(Vec<u32>);

/// Reads the documents of a pool one by one, for so long; `None` where there is only one.
pub fn take(subject: Subject, input: &mut Input, lasting: Duration) -> Option<Latency> {
    if input.documents.len() < 2 {
        return None;
    }
    let mut read = subject.1();
    std::hint::black_box(read_all(&mut read, &mut input.documents));
    let (mut samples, begin) = (Vec::with_capacity(MOST), Instant::now());
    while samples.is_empty() || (begin.elapsed() < lasting && samples.len() + input.documents.len() <= MOST) {
        for document in &mut input.documents {
            let begin = Instant::now();
            std::hint::black_box(read(std::hint::black_box(document)));
            samples.push(u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
    }
    samples.sort_unstable();
    Some(Latency(samples))
}

impl Latency {
    /// Sorts samples.
    pub fn of(mut samples: Vec<u32>) -> Self {
        samples.sort_unstable();
        Self(samples)
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The nanoseconds that so large a part of all messages does not exceed.
    pub fn percentile(&self, part: f64) -> u32 {
        self.0.get(rank(self.0.len(), part)).copied().unwrap_or_default()
    }

    /// How many samples fall between two bounds: the first in, the second out.
    pub fn between(&self, low: u32, high: u32) -> usize {
        self.0.partition_point(|sample| *sample < high) - self.0.partition_point(|sample| *sample < low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_bars_are_counted() {
        let latency = Latency::of((1..=1000).rev().collect());
        let percentiles: Vec<u32> = PARTS.iter().map(|(_, part)| latency.percentile(*part)).collect();
        assert_eq!(percentiles, [500, 900, 990, 999, 1000]);
        assert_eq!((latency.between(1, 11), latency.between(1000, 5000), latency.count()), (10, 1, 1000));
    }
}
