//! The schemas that are part of the binary, read on demand. Must not keep what it read: a schema is compiled once, by
//! whoever asks, and its text is not needed again.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use super::model::Schema;
use super::shared::{self, Types};
use super::xsd::{self, XsdError};
use super::{MessageId, import, names};

/// A set of message schemas in our factoring: one file per message, and one with the types that they share.
#[derive(Debug)]
pub struct Catalogue {
    /// Name and text, sorted by name.
    files: &'static [(&'static str, &'static str)],
    /// The shared types, found when the first schema is read.
    types: OnceLock<Types<'static>>,
}

/// The catalogue of the ISO 20022 messages that payflow has the schemas of: every file of `schemas/`.
pub fn embedded() -> &'static Catalogue {
    static EMBEDDED: Catalogue =
        Catalogue { files: &include!(concat!(env!("OUT_DIR"), "/schemas.rs")), types: OnceLock::new() };
    &EMBEDDED
}

impl Catalogue {
    /// The messages, sorted.
    pub fn ids(&self) -> impl Iterator<Item = MessageId> + '_ {
        self.files.iter().filter_map(|(name, _)| name.strip_suffix(".xsd")?.parse().ok())
    }

    /// Whether there is a schema of a message.
    pub fn contains(&self, message: MessageId) -> bool {
        self.text(message).is_some()
    }

    /// Reads the schema of a message; `None` when there is none.
    pub fn schema(&self, message: MessageId) -> Option<Result<Schema, XsdError>> {
        let text = self.text(message)?;
        let types = || Types::of(self.file(shared::FILE).unwrap_or_default());
        let mut include = |location: &str| match location {
            shared::FILE => Ok(self.types.get_or_init(types).reached_from(text).into()),
            _ => Err("no such file".to_owned()),
        };
        Some(xsd::read(&format!("{message}.xsd"), text, &mut include))
    }

    /// The full name of a message, such as `FIToFICustomerCreditTransfer`; `None` when there is no schema of it.
    pub fn name(&self, message: MessageId) -> Option<String> {
        // A message's own types are Document and its content, or the content alone. The oldest name it by the identifier.
        let (content, _) = Types::of(self.text(message)?).iter().find(|(name, _)| *name != "Document")?;
        let unversioned = content.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('V');
        Some(names::full_name(content).unwrap_or(unversioned).to_owned())
    }

    /// The message that comes nearest to what a text names (an identifier, a namespace, or a scheme's own namespace such as
    /// `https://scheme.example/pacs.008/1.13`): of the same family, the nearest version; the later of two that are as near,
    /// and the last where the text names no version.
    pub fn nearest(&self, wanted: &str) -> Option<MessageId> {
        let wanted = named_message(wanted)?;
        let family = self.ids().filter(|message| message.is(wanted.area(), wanted.functionality()));
        family.min_by_key(|message| {
            let same_variant = message.with_version(0) == wanted.with_version(0);
            let version = message.version();
            (!same_variant, version.abs_diff(wanted.version()), std::cmp::Reverse(version))
        })
    }

    /// The SHA-256 of the normal form of a message's schema, in hexadecimal digits.
    pub fn hash(&self, message: MessageId) -> Option<&'static str> {
        static HASHES: LazyLock<BTreeMap<&str, &str>> =
            LazyLock::new(|| import::hashes(include_str!("../../schemas/hashes.tsv")));
        HASHES.get(message.to_string().as_str()).copied()
    }

    fn text(&self, message: MessageId) -> Option<&'static str> {
        self.file(&format!("{message}.xsd"))
    }

    fn file(&self, name: &str) -> Option<&'static str> {
        let at = self.files.binary_search_by_key(&name, |(known, _)| known).ok()?;
        self.files.get(at).map(|(_, text)| *text)
    }
}

/// The first message that a text names, whole (`pacs.008.001.08`) or by its family (`pacs.008`, then as of a version that
/// is later than all).
fn named_message(text: &str) -> Option<MessageId> {
    const WHOLE: usize = "pacs.008.001.08".len();
    const FAMILY: usize = "pacs.008".len();
    let whole = |at: usize| text.get(at..at + WHOLE)?.parse::<MessageId>().ok();
    let family = |at: usize| format!("{}.001.99", text.get(at..at + FAMILY)?).parse::<MessageId>().ok();
    (0..text.len()).find_map(whole).or_else(|| (0..text.len()).find_map(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_schema() {
        let catalogue = embedded();
        assert!(catalogue.ids().is_sorted());
        for message in catalogue.ids() {
            let schema = catalogue.schema(message).unwrap().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(schema.namespace, message.namespace());
            assert_eq!(schema.elements.len(), 1);
            assert!(catalogue.contains(message));
        }
        assert!(catalogue.schema("pacs.008.001.99".parse().unwrap()).is_none());
    }

    #[test]
    fn finds_the_nearest_version() {
        let rows = [
            ("pacs.008.001.08", Some("pacs.008.001.08")),
            ("urn:iso:std:iso:20022:tech:xsd:pacs.008.001.99", Some("pacs.008.001.14")),
            ("urn:iso:std:iso:20022:tech:xsd:pacs.002.001.01", Some("pacs.002.001.02")),
            ("urn:iso:std:iso:20023:tech:xsd:camt.053.001.02", Some("camt.053.001.02")),
            ("pacs.008.002.03", Some("pacs.008.001.03")),
            ("https://scheme.example/pi/pacs.008/1.13", Some("pacs.008.001.14")),
            ("camt.999.001.02", None),
            ("é.camt.053.001.2", Some("camt.053.001.14")),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(embedded().nearest(text).map(|message| message.to_string()).as_deref(), expected, "{text}");
        }
    }
}
