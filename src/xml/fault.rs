//! A fault as the scanning stages see it: what, at which offset. Its path, line and column are found when it is shown.

use crate::finding::Rule;

/// One fault, with its place as an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that is broken.
    pub rule: Rule,
    /// The offset in the decoded input.
    pub at: usize,
    /// How many bytes there are wrong: the token or value; 0 where nothing stands.
    pub len: usize,
    /// What stands there, masked where it is personal data.
    pub found: Option<String>,
    /// What was expected instead.
    pub expected: Option<String>,
    /// One sentence for a person.
    pub text: String,
    /// What to do, where that is certain.
    pub suggestion: Option<String>,
}

impl Fault {
    /// A fault with neither found nor expected.
    #[cold]
    pub fn new(rule: Rule, at: usize, text: impl Into<String>) -> Self {
        Self { rule, at, len: 0, found: None, expected: None, text: text.into(), suggestion: None }
    }

    /// With what stands there.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// With what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// With how many bytes are wrong.
    #[must_use]
    pub fn over(mut self, len: usize) -> Self {
        self.len = len;
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

/// Faults in the order in which they were found: so many are kept, the others counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Those that are kept.
    pub kept: Vec<Fault>,
    /// How many there are besides.
    pub more: u64,
}

impl Faults {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.more == 0
    }
}

/// Why a token could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The window ends inside of it: more bytes are needed, or the input is cut off.
    Incomplete,
    /// It is wrong.
    Bad(Box<Fault>),
}

impl Stop {
    /// A malformed token.
    #[cold]
    pub fn malformed(at: usize, text: impl Into<String>) -> Self {
        Fault::new(Rule::XmlNotWellFormed, at, text).into()
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Bad(Box::new(fault))
    }
}
