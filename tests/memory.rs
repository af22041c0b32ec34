//! A message far larger than the memory that it takes. One test, in a process of its own: its peak is what counts.

#![cfg(target_os = "linux")]
// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

use payflow::bench::messages;
use payflow::message::LargeProof;
use payflow::pipeline::large::{Large, Pass};
use payflow::pipeline::{Examiner, Options, Validity};
use payflow::transfer::map::Output;
use payflow::xml::input::{Source, Trouble};

/// More than the process may take, several times.
const MEGABYTES: usize = 200;
/// What it may take, in MiB: that of the issue.
const MOST: u64 = 64;

/// A message whose items come again and again, made while it is read.
#[derive(Clone)]
struct Endless {
    parts: [Vec<u8>; 3],
    times: usize,
}

struct Reading {
    message: Endless,
    part: usize,
    at: usize,
}

impl Large for Endless {
    fn open(&self, _: Pass) -> Result<Box<dyn Source>, Trouble> {
        Ok(Box::new(Reading { message: self.clone(), part: 0, at: 0 }))
    }
}

impl Source for Reading {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let Endless { parts, times } = &mut self.message;
        let Some(part) = parts.get(self.part) else { return Ok(0) };
        let len = into.len().min(part.len() - self.at);
        into[..len].copy_from_slice(&part[self.at..self.at + len]);
        self.at += len;
        if self.at == part.len() {
            self.at = 0;
            match self.part {
                1 if *times > 1 => *times -= 1,
                _ => self.part += 1,
            }
        }
        Ok(len)
    }
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// How many documents are valid, how many entries they have, and how many transfers came of them.
fn run(message: &Endless) -> (Vec<(Validity, u64)>, u64) {
    let mut examiner = Examiner::new(Options::default());
    let documents = examiner.examine_large(None, message, true).unwrap();
    let proofs: Vec<Option<&LargeProof>> = documents.iter().map(|document| document.proof.as_ref()).collect();
    let mut transfers = 0;
    let mapped = examiner.map_large(None, message, &proofs, &mut |_, output| {
        transfers += u64::from(matches!(output, Output::Transfer(_)));
        Ok(())
    });
    assert!(mapped.unwrap().remarks.is_empty());
    (documents.iter().map(|document| (document.examined.validity, document.examined.transactions)).collect(), transfers)
}

#[test]
fn a_large_statement_takes_little_memory_and_leaves_no_transfer_when_its_last_entry_is_wrong() {
    let (_, document) =
        messages::samples(3, messages::Style::default()).into_iter().find(|(n, _)| *n == "statement").unwrap();
    let text = String::from_utf8(document).unwrap();
    let from = text.find("<Ntry>").unwrap();
    let to = text.rfind("</Ntry>").unwrap() + 7;
    let entries = text[from..to].matches("<Ntry>").count();
    // What the process takes without it: the generator has its share.
    let parts = [&text[..from], &text[from..to], &text[to..]].map(|part| part.as_bytes().to_vec());
    let times = MEGABYTES * 1_000_000 / (to - from);
    let good = Endless { parts, times };
    let count = (entries * times) as u64;
    let (verdicts, transfers) = run(&good);
    assert_eq!(verdicts, [(Validity::Valid, count)]);
    assert!(transfers >= count, "{transfers} of {count}");

    let last = &text[to..];
    let mut bad = good.clone();
    bad.parts[2] = format!("<Ntry><Amt Ccy=\"EUR\">1</Amt></Ntry>{last}").into_bytes();
    let (verdicts, transfers) = run(&bad);
    assert_eq!((verdicts[0].0, transfers), (Validity::Invalid, 0));
    assert!(peak() <= MOST, "{} MiB for {MEGABYTES} MB", peak());
}
