//! One input with all that was measured on it.

use std::time::Duration;

use super::inputs::Input;
use super::latency::{self, Latency};
use super::memory::Memory;
use super::subject::{PARSERS, PAYFLOW, QUICK_XML, Subject};
use super::turns::{self, Times};

/// One input, and what each subject did with it.
pub struct Row {
    /// The input's name.
    pub input: &'static str,
    /// How many documents it has.
    pub documents: usize,
    /// How long they are together.
    pub bytes: usize,
    /// What was measured of each subject.
    pub subjects: Vec<Measured>,
}

/// What was measured of a subject.
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// Its times for the whole input, turn by turn.
    pub times: Times,
    /// Its times for single messages, where the input has more than one.
    pub latency: Option<Latency>,
    /// How many instructions it takes, where they were counted.
    pub instructions: Option<u64>,
    /// What memory it takes, where the system tells.
    pub memory: Option<Memory>,
}

impl Measured {
    /// How many times the instructions of another this takes.
    pub fn instructions_over(&self, other: &Self) -> Option<f64> {
        Some(self.instructions? as f64 / other.instructions? as f64)
    }
}

impl Row {
    /// Measures the parsers on an input: in turns for so long, then the single messages for a quarter of it.
    pub fn of_parsers(input: &mut Input, lasting: Duration) -> Self {
        Self::of(PARSERS, input, lasting)
    }

    /// Measures subjects on an input.
    pub fn of(subjects: &[Subject], input: &mut Input, lasting: Duration) -> Self {
        let times = turns::take(subjects, input, lasting);
        let measured = |(subject, times): (&Subject, Times)| Measured {
            name: subject.0,
            times,
            latency: latency::take(*subject, input, lasting / 4),
            instructions: None,
            memory: None,
        };
        let subjects = subjects.iter().zip(times).map(measured).collect();
        Self { input: input.name, documents: input.documents.len(), bytes: input.bytes(), subjects }
    }

    /// What was measured of a subject.
    pub fn subject(&self, name: &str) -> Option<&Measured> {
        self.subjects.iter().find(|subject| subject.name == name)
    }

    /// How many times as fast as the yardstick our parser is: the best over the best, and the middle of all turns.
    pub fn ratio(&self) -> Option<(f64, f64)> {
        Some(self.subject(PAYFLOW)?.times.ratio_to(&self.subject(QUICK_XML)?.times))
    }

    /// A time for the whole input as megabytes a second.
    pub fn speed(&self, time: Duration) -> f64 {
        self.bytes as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE) / 1e6
    }

    /// A time for the whole input as nanoseconds for each document.
    pub fn per_message(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e9 / self.documents.max(1) as f64
    }

    /// Instructions for each byte.
    pub fn per_byte(&self, instructions: u64) -> f64 {
        instructions as f64 / self.bytes.max(1) as f64
    }
}
