//! Whole messages, bent in small ways: every kernel, and every size of window, gives the same events and the same fault.

// A name in a path is that of a file of this repository.
#[path = "../../../../tests/mutants/mod.rs"]
mod mutants;
#[path = "../../../../tests/random/mod.rs"]
mod random;

use std::sync::Arc;

use super::super::super::automaton::Automaton;
use super::super::super::input::Reader;
use super::super::super::sink::Sink;
use super::super::Walk;
use crate::bench::messages::{Style, samples};
use crate::message::schemas::embedded;
use crate::xml::namespace::Scopes;
use crate::xml::scan::{Kernel, Plain, Window};
use crate::xml::{Faults, Input, Limits, Stop};
use mutants::mutant;
use random::Random;

/// What a walk told and how it ended. Offsets are in the whole document.
#[derive(Debug, Default, PartialEq)]
struct Log {
    /// Where the window begins.
    base: usize,
    events: Vec<(&'static str, u16, Vec<u8>, usize)>,
    end: Option<Result<usize, Stop>>,
    faults: Faults,
}

impl Sink for Log {
    fn begin(&mut self, slot: u16, at: usize) {
        self.events.push(("begin", slot, Vec::new(), self.base + at));
    }
    fn field(&mut self, slot: u16, value: &[u8], at: usize) {
        self.events.push(("field", slot, value.to_vec(), self.base + at));
    }
    fn decoded(&mut self, slot: u16, value: &[u8], at: usize) {
        self.events.push(("decoded", slot, value.to_vec(), self.base + at));
    }
    fn end(&mut self, slot: u16) {
        self.events.push(("end", slot, Vec::new(), 0));
    }
}

impl Log {
    fn ended(mut self, walk: &mut Walk, end: Result<usize, Stop>) -> Self {
        self.faults = walk.take_faults();
        self.end = Some(match end {
            Ok(end) => Ok(self.base + end),
            Err(Stop::Bad(mut fault)) => {
                fault.at += self.base;
                Err(Stop::Bad(fault))
            }
            Err(Stop::Incomplete) => Err(Stop::Incomplete),
        });
        self.base = 0;
        self
    }
}

/// The whole document in one window, on one kernel.
fn whole<K: Kernel>(walk: &mut Walk, bytes: &[u8]) -> Log {
    let mut log = Log::default();
    walk.begin(&Scopes::default());
    let end = walk.run_with::<K, Log>(&Window::new(bytes.to_vec()), &mut 0, &Limits::default(), &mut log);
    log.ended(walk, end)
}

/// The document in windows that move on by a few bytes.
fn in_windows(walk: &mut Walk, bytes: &[u8], step: usize) -> Log {
    let mut log = Log::default();
    walk.begin(&Scopes::default());
    let (mut window, mut from, mut rest) = (Window::new(Vec::new()), 0, bytes);
    loop {
        match walk.run(&window, &mut from, &Limits::default(), &mut log) {
            Err(Stop::Incomplete) if !rest.is_empty() => {
                let mut read = |space: &mut [u8]| {
                    let (now, later) = rest.split_at(space.len().min(rest.len()));
                    space[..now.len()].copy_from_slice(now);
                    rest = later;
                    Ok::<_, ()>(now.len())
                };
                window.slide(from, step, &mut read).unwrap();
                log.base += from;
                walk.window_begins_at(log.base);
                from = 0;
            }
            end => return log.ended(walk, end),
        }
    }
}

/// The Document elements of generated messages in several dresses, each with its automaton.
fn documents() -> Vec<(Arc<Automaton>, Vec<u8>)> {
    let mut reader = Reader::new(embedded(), Limits::default());
    let mut all = Vec::new();
    for (seed, (indented, prefixed)) in (1..).zip([(false, false), (true, true)]) {
        for (_, bytes) in samples(seed, Style { indented, prefixed, accented: seed == 2 }) {
            let mut input = Input::new(bytes).unwrap();
            for part in reader.read(&mut input, &mut ()) {
                let document = part.document.unwrap();
                let bytes = input.window.bytes()[document.span.clone()].to_vec();
                all.push((embedded().get(document.message.unwrap()).unwrap(), bytes));
            }
        }
    }
    all
}

fn each_mutant(seed: u64, each: usize, mut check: impl FnMut(&mut Walk, &str, &[u8], Log)) {
    let mut random = Random::new(seed);
    let (mut good, mut bad) = (0, 0);
    for (automaton, document) in documents() {
        // One walk for all mutants: what it learned from one must not matter for the next.
        let (mut walk, mut plain) = (Walk::new(Arc::clone(&automaton)), Walk::new(automaton));
        for _ in 0..each {
            let (way, bytes) = mutant(&document, &mut random);
            let expected = whole::<Plain>(&mut plain, &bytes);
            *(if expected.faults.is_empty() && matches!(expected.end, Some(Ok(_))) { &mut good } else { &mut bad }) +=
                1;
            check(&mut walk, &way, &bytes, expected);
        }
    }
    assert!(good > 50 && bad > 50, "{good} good, {bad} bad");
}

fn same(way: &str, how: &str, bytes: &[u8], expected: &Log, log: &Log) {
    assert_eq!(expected.end, log.end, "{way}, {how}: {}", String::from_utf8_lossy(bytes));
    assert_eq!(expected.faults, log.faults, "{way}, {how}: {}", String::from_utf8_lossy(bytes));
    assert!(expected == log, "{way}, {how}: other events: {}", String::from_utf8_lossy(bytes));
}

#[test]
fn every_kernel_says_the_same() {
    use crate::xml::scan::Basic;
    #[cfg(target_arch = "x86_64")]
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2");
    each_mutant(1, 40, |walk, way, bytes, expected| {
        same(way, "basic", bytes, &expected, &whole::<Basic>(walk, bytes));
        #[cfg(target_arch = "x86_64")]
        if avx2 {
            same(way, "AVX2", bytes, &expected, &whole::<crate::xml::scan::Avx2>(walk, bytes));
        }
    });
}

#[test]
fn every_window_says_the_same() {
    each_mutant(2, 12, |walk, way, bytes, expected| {
        for step in [1, 7, 64, 1000] {
            same(way, &format!("windows of {step}"), bytes, &expected, &in_windows(walk, bytes, step));
        }
    });
}
