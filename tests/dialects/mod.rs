//! The same message in another dialect: what XML lets a sender choose, and what must change neither a verdict nor a value.
//! A dialect is chosen at random; where each part of the plain form went is kept, so that a fault is looked for at its place.

#![allow(dead_code, reason = "each target that includes this module uses its part of it")]

mod encoding;
mod scope;
mod writer;

pub(crate) use encoding::Encoding;

use crate::random::Random;

/// A message written anew.
pub(crate) struct Written {
    /// As they are sent.
    pub(crate) bytes: Vec<u8>,
    /// As they are read: in UTF-8, with the byte order mark where UTF-8 has one.
    pub(crate) text: String,
    /// What was chosen, for a person.
    pub(crate) dialect: String,
    /// Where tags, names and values of the plain form stand in the text, ascending.
    anchors: Vec<(usize, usize)>,
}

impl Written {
    /// The message as it is.
    pub(crate) fn plain(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        Self { bytes: bytes.to_vec(), text, dialect: "plain".to_owned(), anchors: vec![(0, 0)] }
    }

    /// Where an offset of the plain form is in the text.
    pub(crate) fn offset(&self, plain: usize) -> usize {
        let before = self.anchors.partition_point(|(from, _)| *from <= plain);
        let (from, to) = self.anchors[before.saturating_sub(1)];
        to + plain.saturating_sub(from)
    }

    /// Line and column, in characters, of an offset in the text.
    pub(crate) fn line_and_column(&self, offset: usize) -> (u64, u64) {
        let text = self.text.strip_prefix('\u{FEFF}').unwrap_or(&self.text);
        let before = &text[..(offset - (self.text.len() - text.len())).min(text.len())];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() as u64 + 1, before[line_start..].chars().count() as u64 + 1)
    }
}

/// How the parts of a message are written. A chance is in thousandths.
struct Dialect {
    encoding: Encoding,
    /// The XML declaration, if there is one.
    declaration: Option<String>,
    newline: &'static str,
    /// What stands between elements; `None` leaves the message in one line.
    indent: Option<&'static str>,
    /// The prefix at the root; the empty one is the default namespace.
    prefix: String,
    /// That an element declares a namespace anew.
    redeclared: usize,
    /// That an element takes another prefix in scope than its parent.
    mixed: usize,
    /// That a comment or an instruction stands between two elements, or inside of a value.
    comments: usize,
    /// That a part of a value is in a CDATA section.
    sections: usize,
    /// That a character is written by its number.
    references: usize,
    /// That a tag has white space that it does not need, or that an attribute is in single quotes.
    blanks: usize,
    location: bool,
}

const PREFIXES: &[&str] = &["doc", "ns2", "_", "Pay-1.x", "a.very.long.prefix.of.some.generator", "É"];

impl Dialect {
    fn choose(random: &mut Random, unicode_names: bool) -> Self {
        let encoding = Encoding::choose(random, unicode_names);
        let rarely = |random: &mut Random, much: usize| match random.below(3) {
            0 => much,
            _ => 0,
        };
        Self {
            declaration: encoding.declaration(random),
            newline: random.pick(&["\n", "\n", "\r\n"]),
            indent: random.pick(&[None, Some(""), Some("  "), Some("\t"), Some("\n   ")]),
            prefix: match random.below(3) {
                0 => scope::prefix(random, encoding),
                _ => String::new(),
            },
            redeclared: rarely(random, 40),
            mixed: rarely(random, 200),
            comments: rarely(random, 40),
            sections: rarely(random, 60),
            references: rarely(random, 40),
            blanks: rarely(random, 60),
            location: random.below(4) == 0,
            encoding,
        }
    }

    fn told(&self) -> String {
        let Self { encoding, declaration, newline, indent, prefix, .. } = self;
        let Self { redeclared, mixed, comments, sections, references, blanks, location, .. } = self;
        format!(
            "{encoding:?} {declaration:?} {newline:?} indent {indent:?} prefix {prefix:?} redeclared {redeclared} \
             mixed {mixed} comments {comments} sections {sections} references {references} blanks {blanks} \
             location {location}"
        )
    }
}

/// Writes a message in a dialect. A message that is not well-formed stays as it is. In front of the text at `fault` nothing
/// is put: its place is that of the first character.
pub(crate) fn rewrite(plain: &[u8], fault: Option<usize>, random: &mut Random) -> Written {
    let Some(text) = std::str::from_utf8(plain).ok() else { return Written::plain(plain) };
    let Ok(tree) = roxmltree::Document::parse(text) else { return Written::plain(plain) };
    let named = |name: &str| !name.is_ascii();
    let unicode_names = tree
        .descendants()
        .filter(roxmltree::Node::is_element)
        .any(|node| named(node.tag_name().name()) || node.attributes().any(|attribute| named(attribute.name())));
    let dialect = Dialect::choose(random, unicode_names);
    let (text, anchors) = writer::write(&tree, &dialect, fault, random);
    Written { bytes: dialect.encoding.encode(&text), text, dialect: dialect.told(), anchors }
}
