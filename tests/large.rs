//! A file beyond what is held in memory, on the command line: what is mapped of it is what is mapped in memory, from a file as
//! from a pipe, and a fault at its end leaves nothing.

#![cfg(all(feature = "cli", feature = "sqlite"))]
// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use payflow::bench::messages;
use payflow::pipeline::{Examiner, Options};
use payflow::transfer::map::{self, Mapped};
use payflow::xml::Limits;
use serde::Serialize;

/// The command holds up to 32 MiB in memory.
const BYTES: usize = 33 << 20;

/// A statement whose entries come again and again, with something behind the last one.
fn statement(behind: &str) -> Vec<u8> {
    let (_, document) =
        messages::samples(3, messages::Style::default()).into_iter().find(|(n, _)| *n == "statement").unwrap();
    let text = String::from_utf8(document).unwrap();
    let from = text.find("<Ntry>").unwrap();
    let to = text.rfind("</Ntry>").unwrap() + 7;
    let entries = text[from..to].repeat(BYTES.div_ceil(to - from));
    [&text[..from], &entries, behind, &text[to..]].concat().into_bytes()
}

fn lines(items: &[impl Serialize]) -> Vec<u8> {
    let lines = items.iter().map(|item| serde_json::to_string(item).unwrap() + "\n");
    lines.collect::<String>().into_bytes()
}

fn in_memory(bytes: Vec<u8>) -> Mapped {
    let limits = Limits { bytes: bytes.len(), ..Limits::default() };
    let mut examiner = Examiner::new(Options { limits, ..Options::default() });
    examiner.examine(bytes, |_, proven, _| map::all(&proven.unwrap())).remove(0)
}

/// Runs a command on a file, given by its name or as standard input.
fn payflow(arguments: &[&str], file: &Path, piped: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payflow"));
    command.args(arguments);
    match piped {
        true => command.arg("-").stdin(File::open(file).unwrap()),
        false => command.arg(file),
    };
    command.output().unwrap()
}

#[test]
fn a_large_file_is_mapped_as_in_memory_and_not_at_all_with_a_fault_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("statement.xml");
    let bytes = statement("");
    std::fs::write(&file, &bytes).unwrap();
    let mapped = in_memory(bytes);
    assert!(mapped.transfers.len() > 10_000 && mapped.statements.len() == 1);
    let statements = lines(&mapped.statements);
    for (arguments, piped, expected) in [
        (&["map", "--statements"][..], false, &statements),
        (&["map", "--statements"], true, &statements),
        (&["map"], false, &lines(&mapped.transfers)),
    ] {
        let output = payflow(arguments, &file, piped);
        assert!(output.stdout == *expected, "{arguments:?}, piped {piped}: {} bytes", output.stdout.len());
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{arguments:?}");
    }

    std::fs::write(&file, statement("\n<Ntry><Amt Ccy=\"EUR\">1</Amt></Ntry>\n")).unwrap();
    for arguments in [&["map", "--statements"][..], &["map"]] {
        let output = payflow(arguments, &file, false);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("document 1 is invalid, with 3 errors, and was not mapped"), "{said}");
    }
    let output = payflow(&["validate"], &file, false);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("2 | <Ntry><Amt Ccy=\"EUR\">1</Amt></Ntry>\n  |                             ^^^^^^^ "),
        "{shown}"
    );
}
