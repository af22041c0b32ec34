//! The file of the types that all messages share, in the strict arrangement that the importer writes: a type begins at the
//! start of a line, the lines within it begin with a space, and types are sorted by name. So its types are found without
//! parsing a megabyte of XML, and only those that a message reaches are parsed. Must not know any type.

use std::cmp::Ordering;
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

/// What a type begins with, after the end of the line before.
const START: &str = "\n<xs:";

/// The named types of a file in the strict arrangement. Nothing is read ahead: a type is looked for where it must stand.
#[derive(Debug, Clone, Copy)]
pub struct Types<'t> {
    /// From the line end before the first type.
    body: &'t str,
}

impl<'t> Types<'t> {
    /// The types of a file.
    pub fn of(text: &'t str) -> Self {
        let body = &text[..text.rfind(END).unwrap_or(text.len())];
        let mut starts = memmem::find_iter(body.as_bytes(), START);
        let first = starts.find(|start| named(&body[start + 1..]).is_some()).unwrap_or(body.len());
        Self { body: &body[first..] }
    }

    /// The text of a type, by bisection: the importer writes types sorted.
    pub fn get(self, name: &str) -> Option<&'t str> {
        // Both are starts of types, or the end.
        let (mut from, mut to) = (0, self.body.len());
        while from < to {
            let middle = from.midpoint(to);
            let (start, end) = self.around(middle);
            let (known, text) = self.between(start, end)?;
            match known.cmp(name) {
                Ordering::Less => from = end,
                Ordering::Equal => return Some(text),
                Ordering::Greater => to = start,
            }
        }
        None
    }

    /// Start and end of the type that a place is in.
    fn around(self, place: usize) -> (usize, usize) {
        let bytes = self.body.as_bytes();
        let behind = (place + START.len()).min(bytes.len());
        let start = memmem::rfind(&bytes[..behind], START.as_bytes()).unwrap_or_default();
        let end = memmem::find(&bytes[start + 1..], START.as_bytes()).map_or(bytes.len(), |next| start + 1 + next);
        (start, end)
    }

    /// The types as they stand: name and text.
    pub fn iter(self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let starts = memmem::find_iter(self.body.as_bytes(), START);
        starts.filter_map(move |start| self.between(start, self.around(start).1))
    }

    /// The type between two starts, or the end: its name and its text, with its line end.
    fn between(self, start: usize, end: usize) -> Option<(&'t str, &'t str)> {
        named(self.body.get(start + 1..(end + 1).min(self.body.len()))?)
    }

    /// The same file with only those types that the text of a schema names, or that such a type names, and so on.
    pub fn reached_from(self, text: &str) -> String {
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
