//! Speeds: the subjects take turns on the same bytes, so that whatever else the machine does meets all of them alike.

use std::time::{Duration, Instant};

use super::inputs::Input;
use super::subject::{Read, Subject, read_all};

/// How many turns each subject has at least.
const TURNS_AT_LEAST: usize = 5;

/// The times of a subject, turn by turn.
pub struct Times(pub Vec<Duration>);

/// Lets the subjects take turns for so long. In its turn a subject reads the input twice and the second time counts: a
/// server reads message after message, and does not begin each of them in caches that another has just filled.
pub fn take(subjects: &[Subject], input: &mut Input, lasting: Duration) -> Vec<Times> {
    let mut reads: Vec<Read> = subjects.iter().map(|(_, make)| make()).collect();
    let mut times: Vec<Times> = subjects.iter().map(|_| Times(Vec::new())).collect();
    let begin = Instant::now();
    while times.iter().any(|times| times.0.len() < TURNS_AT_LEAST) || begin.elapsed() < lasting {
        for (read, times) in reads.iter_mut().zip(&mut times) {
            std::hint::black_box(read_all(read, &mut input.documents));
            let begin = Instant::now();
            std::hint::black_box(read_all(read, &mut input.documents));
            times.0.push(begin.elapsed());
        }
    }
    times
}

impl Times {
    /// The least.
    pub fn best(&self) -> Duration {
        self.quantile(0.0)
    }

    /// The one that so large a part of all turns is not above, such as 0.5.
    pub fn quantile(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(rank(sorted.len(), part)).copied().unwrap_or_default()
    }

    /// How many times as fast as another these are: best over best, and the middle of all turns. The machine is as fast for
    /// the one as for the other within a turn, so the middle holds where the best turns of the two fell into different minutes.
    pub fn ratio_to(&self, other: &Self) -> (f64, f64) {
        let over = |ours: &Duration, its: &Duration| its.as_secs_f64() / ours.as_secs_f64().max(f64::MIN_POSITIVE);
        let mut turns: Vec<f64> = self.0.iter().zip(&other.0).map(|(ours, its)| over(ours, its)).collect();
        turns.sort_by(f64::total_cmp);
        let middle = turns.get(rank(turns.len(), 0.5)).copied().unwrap_or_default();
        (over(&self.best(), &other.best()), middle)
    }
}

/// The place in a sorted list that so large a part of it is not above.
pub(super) fn rank(len: usize, part: f64) -> usize {
    #[expect(clippy::cast_sign_loss, reason = "a length and a part of it")]
    let place = (len as f64 * part).ceil() as usize;
    place.clamp(1, len.max(1)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        for (len, part, expected) in
            [(1, 0.0, 0), (1, 1.0, 0), (4, 0.5, 1), (5, 0.5, 2), (100, 0.99, 98), (100, 1.0, 99), (0, 0.5, 0)]
        {
            assert_eq!(rank(len, part), expected, "{len} {part}");
        }
    }

    #[test]
    fn a_ratio_is_best_over_best_and_the_middle_of_the_turns() {
        let times = |all: &[u64]| Times(all.iter().map(|ms| Duration::from_millis(*ms)).collect());
        assert_eq!(times(&[20, 10, 30]).ratio_to(&times(&[100, 80, 60])), (6.0, 5.0));
    }
}
