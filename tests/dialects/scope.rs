//! Which prefixes are declared where, and under which name an element goes.

use super::{Dialect, Encoding, PREFIXES};
use crate::random::Random;

/// The namespaces in scope, the innermost last. The empty prefix is the default namespace.
#[derive(Default)]
pub(super) struct Scope(Vec<(String, String)>);

/// A prefix that the encoding can write.
pub(super) fn prefix(random: &mut Random, encoding: Encoding) -> String {
    let known: Vec<&str> = PREFIXES.iter().copied().filter(|prefix| prefix.chars().all(|c| encoding.has(c))).collect();
    random.pick(&known).to_owned()
}

/// What a start tag declares, and the prefixes that it uses: they may not be declared anew in it.
#[derive(Default)]
pub(super) struct Declarations {
    pub(super) all: Vec<(String, String)>,
    used: Vec<String>,
}

impl Scope {
    pub(super) fn mark(&self) -> usize {
        self.0.len()
    }

    pub(super) fn back_to(&mut self, mark: usize) {
        self.0.truncate(mark);
    }

    pub(super) fn resolve(&self, prefix: &str) -> &str {
        self.0.iter().rev().find(|(known, _)| known == prefix).map_or("", |(_, uri)| uri)
    }

    fn declare(&mut self, prefix: &str, uri: &str, declared: &mut Declarations) {
        self.0.push((prefix.to_owned(), uri.to_owned()));
        declared.all.push((prefix.to_owned(), uri.to_owned()));
    }

    /// The prefixes that mean a namespace here, the innermost first.
    fn meaning(&self, uri: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (prefix, _) in self.0.iter().rev().filter(|(prefix, known)| known == uri && self.resolve(prefix) == uri) {
            if !all.contains(prefix) {
                all.push(prefix.clone());
            }
        }
        all
    }

    /// The prefix under which a name of a namespace is written: one in scope, else a new one.
    pub(super) fn name(
        &mut self,
        uri: &str,
        prefixed: bool,
        dialect: &Dialect,
        declared: &mut Declarations,
        random: &mut Random,
    ) -> String {
        let prefix = self.prefix(uri, prefixed, dialect, declared, random);
        declared.used.push(prefix.clone());
        prefix
    }

    fn prefix(
        &mut self,
        uri: &str,
        prefixed: bool,
        dialect: &Dialect,
        declared: &mut Declarations,
        random: &mut Random,
    ) -> String {
        if uri.is_empty() {
            if !self.resolve("").is_empty() {
                self.declare("", "", declared);
            }
            return String::new();
        }
        let known: Vec<String> = self.meaning(uri).into_iter().filter(|p| !prefixed || !p.is_empty()).collect();
        let again = declared.all.is_empty() && random.below(1000) < dialect.redeclared;
        if let (Some(first), false) = (known.first(), again) {
            let other = random.below(1000) < dialect.mixed;
            return if other { known[random.below(known.len())].clone() } else { first.clone() };
        }
        let mut new = match (prefixed, self.0.is_empty()) {
            (false, true) => dialect.prefix.clone(),
            (false, false) if random.below(2) == 0 => String::new(),
            _ => prefix(random, dialect.encoding),
        };
        while declared.used.contains(&new) {
            new.push('n');
        }
        self.declare(&new, uri, declared);
        new
    }
}
