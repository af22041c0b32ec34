//! The full names of elements in the ISO 20022 dictionary, as `schemas/names.tsv` holds them: tag and name, sorted by tag.
//! For people: nothing is decided by a name. Must not know types.

/// A line of titles, then one line a tag.
static NAMES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/names.tsv"));

/// The full name of an element, such as `CreditorAgent` for `CdtrAgt`; `None` where it is not known.
pub fn full_name(tag: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == tag).map(|(_, name)| name)
}

/// Every tag with its full name, sorted by tag.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.lines().skip(1).filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(full_name("CdtrAgt"), Some("CreditorAgent"));
        assert_eq!(full_name("UETR"), Some("UETR"));
        assert_eq!(full_name("Nope"), None);
        assert!(all().is_sorted() && all().count() > 1000);
    }
}
