//! The file of the types that all messages share, in the strict arrangement that the importer writes: a type begins at the
//! start of a line, the lines within it begin with a space, and types are sorted by name. So its types are found without
//! parsing a megabyte of XML, and only those that a message reaches are parsed. Must not know any type.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use memchr::memmem;

/// The name of the file.
pub const FILE: &str = "types.xsd";

/// What the file begins with.
pub(super) const BEGIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"qualified\">\n";
/// What it ends with.
pub(super) const END: &str = "</xs:schema>\n";

/// The named types of a file in the strict arrangement.
#[derive(Debug)]
pub struct Types<'t> {
    /// Name and text with its line end, sorted by name, as the importer writes them.
    types: Vec<(&'t str, &'t str)>,
}

impl<'t> Types<'t> {
    /// The types of a file.
    pub fn of(text: &'t str) -> Self {
        let body = &text[..text.rfind(END).unwrap_or(text.len())];
        let starts = || memmem::find_iter(body.as_bytes(), "\n<xs:").map(|at| at + 1);
        let ends = starts().skip(1).chain([body.len()]);
        Self { types: starts().zip(ends).filter_map(|(start, end)| named(body.get(start..end)?)).collect() }
    }

    /// The text of a type.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        let at = self.types.binary_search_by_key(&name, |(known, _)| known).ok()?;
        self.types.get(at).map(|(_, text)| *text)
    }

    /// The types as they stand: name and text.
    pub fn iter(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.types.iter().copied()
    }

    /// The same file with only those types that the text of a schema names, or that such a type names, and so on.
    pub fn reached_from(&self, text: &str) -> String {
        let mut reached = BTreeMap::new();
        let mut next = vec![text];
        while let Some(text) = next.pop() {
            for name in type_names(text) {
                if let Entry::Vacant(new) = reached.entry(name) {
                    next.extend(new.insert(self.get(name)).iter());
                }
            }
        }
        let types: String = reached.into_values().flatten().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_type_and_no_other() {
        let names = ["A", "AB", "B1", "C", "Long"];
        for count in 0..=names.len() {
            let text = |name: &&str| match *name {
                "Long" => format!("<xs:complexType name=\"Long\">\n{}</xs:complexType>\n", " <a/>\n".repeat(99)),
                name => format!("<xs:simpleType name=\"{name}\">\n <xs:b base=\"A\"/>\n</xs:simpleType>\n"),
            };
            let types: Vec<String> = names[..count].iter().map(text).collect();
            let file = format!("{BEGIN}{}{END}", types.concat());
            let of = Types::of(&file);
            assert!(of.iter().eq(names.into_iter().zip(types.iter().map(String::as_str))), "{count}");
            for (name, text) in of.iter() {
                assert_eq!(of.get(name), Some(text));
            }
            for absent in ["", "0", "AA", "B", "Lon", "Long2", "Z"].into_iter().chain(names[count..].iter().copied()) {
                assert_eq!(of.get(absent), None, "{absent} of {count}");
            }
        }
    }

    #[test]
    fn takes_what_is_reached() {
        let file = format!(
            "{BEGIN}<xs:complexType name=\"A\"> type=\"C\" type=\"A\"\n<xs:simpleType name=\"B\">\n<xs:simpleType name=\"C\">\n{END}"
        );
        let reached = Types::of(&file).reached_from("<xs:element name=\"Document\" type=\"A\"/>");
        let names: Vec<_> = Types::of(&reached).iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["A", "C"]);
    }
}
