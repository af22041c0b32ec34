//! The file of the types that all messages share, in the strict arrangement that the importer writes: a type begins at the
//! start of a line, the lines within it begin with a space, and types are sorted by name. So its types are found without
//! parsing a megabyte of XML, and only those that a message reaches are parsed. Must not know any type.

use std::collections::BTreeSet;

use memchr::memmem;

/// The name of the file.
pub const FILE: &str = "types.xsd";

/// What the file begins with.
pub(super) const BEGIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"qualified\">\n";
/// What it ends with.
pub(super) const END: &str = "</xs:schema>\n";

/// The named types of a file in the strict arrangement.
#[derive(Debug, Clone, Default)]
pub struct TypeIndex<'t> {
    /// Name and text, sorted by name.
    types: Vec<(&'t str, &'t str)>,
}

impl<'t> TypeIndex<'t> {
    /// Finds the types of a file.
    pub fn new(text: &'t str) -> Self {
        let body = &text[..text.rfind(END).unwrap_or(text.len())];
        let starts = || memmem::find_iter(body.as_bytes(), "\n<xs:").map(|at| at + 1);
        let ends = starts().skip(1).chain([body.len()]);
        let mut types: Vec<_> = starts().zip(ends).filter_map(|(start, end)| named(body.get(start..end)?)).collect();
        // The importer writes them sorted; a file that was touched by hand must not lose types for it.
        if !types.is_sorted() {
            types.sort_unstable();
        }
        Self { types }
    }

    /// The text of a type.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        let at = self.types.binary_search_by_key(&name, |(known, _)| known).ok()?;
        self.types.get(at).map(|(_, text)| *text)
    }

    /// The types, sorted by name: name and text.
    pub fn iter(&self) -> impl Iterator<Item = (&'t str, &'t str)> + '_ {
        self.types.iter().copied()
    }

    /// The same file with only those types that the text of a schema names, or that such a type names, and so on.
    pub fn reached_from(&self, text: &str) -> String {
        let mut reached = BTreeSet::new();
        let mut found = Vec::new();
        let mut next = Some(text);
        while let Some(text) = next {
            for name in type_names(text) {
                if let Ok(at) = self.types.binary_search_by_key(&name, |(known, _)| known)
                    && reached.insert(at)
                {
                    found.push(at);
                }
            }
            next = found.pop().map(|at| self.types[at].1);
        }
        let types: String = reached.into_iter().map(|at| self.types[at].1).collect();
        format!("{BEGIN}{types}{END}")
    }
}

/// A type with its name, when the text is one.
fn named(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("<xs:complexType name=\"").or_else(|| text.strip_prefix("<xs:simpleType name=\""))?;
    Some((rest.split_once('"')?.0, text))
}

/// The names of types that a text in the strict arrangement mentions.
fn type_names(text: &str) -> impl Iterator<Item = &str> {
    ["type=\"", "base=\""].into_iter().flat_map(move |key| {
        memmem::find_iter(text.as_bytes(), key)
            .filter_map(move |at| Some(text.get(at + key.len()..)?.split_once('"')?.0))
    })
}
