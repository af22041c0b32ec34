//! How far two threads come on two cores, beside one: nothing that they share may hold them up.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::subject::{Subject, read_all};

/// How often one thread and two are compared.
const ROUNDS: u32 = 10;

/// How many times the messages of one thread two get through in the same time, each with a reader and documents of its own:
/// the best of ten rounds of the one beside the best of ten of the others, which take turns. The best ratio of a single round
/// would be one in which another program held up the one thread.
pub fn two_over_one(subject: Subject, documents: &[Vec<u8>], lasting: Duration) -> f64 {
    let mut alone = subject.1();
    let mut own = documents.to_vec();
    read_all(&mut alone, &mut own);
    let begin = Instant::now();
    read_all(&mut alone, &mut own);
    let passes = (lasting / (3 * ROUNDS)).as_nanos() / begin.elapsed().as_nanos().max(1);
    let round = |_| [1, 2].map(|threads| time(subject, documents, threads, passes));
    let [one, two] = (0..ROUNDS).map(round).fold([f64::MAX; 2], |best, now| [best[0].min(now[0]), best[1].min(now[1])]);
    2.0 * one / two
}

/// The seconds that so many threads take for so many passes each.
fn time(subject: Subject, documents: &[Vec<u8>], threads: usize, passes: u128) -> f64 {
    let ready = Barrier::new(threads + 1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let (mut read, mut own) = (subject.1(), documents.to_vec());
                read_all(&mut read, &mut own);
                ready.wait();
                for _ in 0..passes.max(1) {
                    std::hint::black_box(read_all(&mut read, &mut own));
                }
                ready.wait();
            });
        }
        ready.wait();
        let begin = Instant::now();
        ready.wait();
        begin.elapsed().as_secs_f64()
    })
}
