//! The answers to real messages: each of our samples, and each public message where those are at hand, is examined and
//! answered in every shape and dress, and every answer is valid.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod reply_check;
mod skip;

use std::path::{Path, PathBuf};

use chrono::DateTime;
use payflow::finding::{Scope, Severity};
use payflow::partner::{HeaderUse, Institution, Partner, ReplyProfile, Shape};
use payflow::pipeline::{Examined, Options, Validity, examine};
use payflow::reply::{Answer, Dress, write};
use payflow::rules::judge::{Decision, Verdict};
use reply_check::Answers;

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The verdict that the findings alone give; a bulk with a good transaction left is accepted in part.
fn decided(examined: &Examined) -> Decision {
    let errors = examined.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut rejected = Vec::new();
    let mut of_message = false;
    for finding in errors {
        match finding.scope {
            Scope::Message => of_message = true,
            Scope::Transaction(index) => rejected.push(index),
        }
    }
    rejected.sort_unstable();
    rejected.dedup();
    let verdict = match examined.validity {
        Validity::Valid => Verdict::Accepted,
        _ if !examined.schema_valid => Verdict::Refused,
        _ if of_message || rejected.len() >= examined.original.transactions.len() => Verdict::Rejected,
        _ => Verdict::PartlyAccepted,
    };
    Decision { verdict, findings: examined.findings.clone(), rejected }
}

/// Adds the answers to each document of a file, and counts them by verdict.
fn answer_all(file: &Path, answers: &mut Answers, count: &mut [usize; 4]) {
    let bytes = std::fs::read(file).unwrap();
    let institution = Institution { bic: Some("SUEDDEFFXXX".to_owned()), ..Institution::default() };
    for examined in examine(&bytes, Options::default()) {
        let decision = decided(&examined);
        count[match decision.verdict {
            Verdict::Accepted => 0,
            Verdict::PartlyAccepted => 1,
            Verdict::Rejected => 2,
            Verdict::Held | Verdict::Refused | Verdict::Repeated => 3,
        }] += 1;
        for shape in [Shape::Group, Shape::Transaction] {
            for header in [HeaderUse::AsReceived, HeaderUse::Always, HeaderUse::Never] {
                let reply = ReplyProfile { shape, header, receipt: true, ..ReplyProfile::default() };
                let partner = Partner { id: "nord".to_owned(), reply, ..Partner::default() };
                let decided_at = DateTime::from_timestamp(1_772_440_201, 0).unwrap();
                let dress =
                    Dress { partner: &partner, institution: &institution, agreed: false, decided_at, reply_id: "PF-1" };
                let label = format!("{} ({}) {shape:?} {header:?}", file.display(), examined.number);
                if let Answer::Reply { bytes, .. } = write(&examined.original, &decision, &dress) {
                    answers.add(&label, &bytes);
                }
            }
        }
    }
}

fn check(folder: &Path) -> [usize; 4] {
    let (mut answers, mut count) = (Answers::default(), [0; 4]);
    for file in files(folder) {
        answer_all(&file, &mut answers, &mut count);
    }
    answers.validate();
    let [accepted, partly, rejected, refused] = count;
    println!("{}: {accepted} accepted, {partly} partly, {rejected} rejected, {refused} refused", folder.display());
    count
}

#[test]
fn every_answer_to_a_sample_is_valid() {
    let [accepted, _, _, refused] = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"));
    assert!(accepted > 0 && refused > 0, "the samples are good and bad ones");
}

#[test]
fn every_answer_to_a_public_message_is_valid() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("PAYFLOW_SHARED").map_or(repository.join("../shared"), PathBuf::from);
    let folder = shared.join("samples");
    if !folder.is_dir() {
        return skip::skipped("the answers to public messages", "the messages are not there");
    }
    check(&folder);
}
