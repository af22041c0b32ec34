//! Where validators are known to disagree, each with the clause that decides it: `disagreements.tsv`.
//!
//! ```text
//! name | payflow | libxml2 | Xerces | words | message | clause | example
//! ```
//!
//! The verdicts are `valid` or `invalid`. A difference is of a kind when payflow and libxml2 say what stands there, and what
//! libxml2 says and the message itself match the two patterns. The example is a message on which the three say what the row
//! says; `\0`, `\n` and `\t` in it are those characters.

use regex::bytes::Regex;

use super::Opinion;

const TABLE: &str = include_str!("disagreements.tsv");

/// One kind of disagreement.
pub(crate) struct Disagreement {
    pub(crate) name: &'static str,
    pub(crate) payflow: bool,
    pub(crate) libxml2: bool,
    pub(crate) xerces: bool,
    words: Regex,
    message: Regex,
    pub(crate) clause: &'static str,
    pub(crate) example: Vec<u8>,
}

/// All of them.
pub(crate) fn all() -> Vec<Disagreement> {
    TABLE.lines().skip(1).map(disagreement).collect()
}

fn disagreement(row: &'static str) -> Disagreement {
    let columns: Vec<&str> = row.split('\t').collect();
    let [name, payflow, libxml2, xerces, words, message, clause, example] = columns[..] else {
        panic!("a row has eight columns: {row}")
    };
    let verdict = |text: &str| match text {
        "valid" => true,
        "invalid" => false,
        _ => panic!("{name}: a verdict is valid or invalid, not {text}"),
    };
    let pattern = |text: &str| Regex::new(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let example = example.replace("\\0", "\0").replace("\\n", "\n").replace("\\t", "\t").into_bytes();
    Disagreement {
        name,
        payflow: verdict(payflow),
        libxml2: verdict(libxml2),
        xerces: verdict(xerces),
        words: pattern(words),
        message: pattern(message),
        clause,
        example,
    }
}

impl Disagreement {
    fn is(&self, payflow: bool, libxml2: &Opinion, message: &[u8]) -> bool {
        (self.payflow, self.libxml2) == (payflow, libxml2.valid)
            && self.words.is_match(libxml2.words.as_bytes())
            && self.message.is_match(message)
    }
}

/// The kind of a difference between payflow's verdict and libxml2's.
pub(crate) fn known<'d>(
    all: &'d [Disagreement],
    payflow: bool,
    libxml2: &Opinion,
    message: &[u8],
) -> Option<&'d Disagreement> {
    all.iter().find(|known| known.is(payflow, libxml2, message))
}
