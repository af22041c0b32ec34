//! Writes the tree of a message in a dialect, and notes where its parts went.

use std::ops::Range;

use roxmltree::{Document, Node};

use super::scope::{Declarations, Scope};
use super::{Dialect, Encoding};
use crate::random::Random;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What may stand between elements and inside of values, and means nothing.
const REMARKS: &[&str] = &["<!-- c -->", "<!---->", "<!-- <a> & </b> -->", "<?p?>", "<?p some > text?>", "<!--\n-->"];

const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

struct Writer<'a> {
    source: &'a str,
    dialect: &'a Dialect,
    fault: Option<usize>,
    random: &'a mut Random,
    out: String,
    anchors: Vec<(usize, usize)>,
    scope: Scope,
}

/// The text, and where the parts of the plain form went.
pub(super) fn write(
    tree: &Document<'_>,
    dialect: &Dialect,
    fault: Option<usize>,
    random: &mut Random,
) -> (String, Vec<(usize, usize)>) {
    let (source, scope) = (tree.input_text(), Scope::default());
    let mut writer = Writer { source, dialect, fault, random, out: String::new(), anchors: vec![], scope };
    if dialect.encoding == Encoding::Utf8Marked {
        writer.out.push('\u{FEFF}');
    }
    writer.anchor(0);
    if let Some(declaration) = &dialect.declaration {
        writer.out.push_str(declaration);
        writer.line(0);
    }
    writer.remark();
    writer.element(tree.root_element(), 0);
    writer.remark();
    writer.line(0);
    writer.anchor(source.len());
    let Writer { out, mut anchors, .. } = writer;
    anchors.sort_by_key(|(from, _)| *from);
    (out, anchors)
}

/// Where the parts of an element stand in the plain form.
struct Parts {
    tag_end: usize,
    /// The end tag; `None` where the element is `<a/>`.
    end: Option<usize>,
}

/// An attribute to be written; where its name and its value stand in the plain form.
struct Attribute {
    name: String,
    value: String,
    places: Option<(usize, usize)>,
}

impl Writer<'_> {
    fn chance(&mut self, thousandths: usize) -> bool {
        self.random.below(1000) < thousandths
    }

    fn anchor(&mut self, plain: usize) {
        self.anchors.push((plain, self.out.len()));
    }

    /// A new line before an element, where the dialect has lines.
    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.dialect.indent {
            self.out.push_str(self.dialect.newline);
            for _ in 0..depth {
                self.out.push_str(&indent.replace('\n', self.dialect.newline));
            }
        }
    }

    fn remark(&mut self) {
        if self.chance(self.dialect.comments) {
            let remark = self.random.pick(REMARKS).replace('\n', self.dialect.newline);
            self.out.push_str(&remark);
        }
    }

    fn blank(&mut self, needed: &str) {
        let blank = match self.chance(self.dialect.blanks) {
            true => self.random.pick(&[" ", "\t", "  ", "\n ", "\n\n"]).replace('\n', self.dialect.newline),
            false => needed.to_owned(),
        };
        self.out.push_str(&blank);
    }

    fn parts(&self, node: Node<'_, '_>) -> Parts {
        let Range { start, end } = node.range();
        let behind = node.attributes().map(|attribute| attribute.range().end).max().unwrap_or(start);
        // Declarations of namespaces are no attributes here: their values hold no `>`.
        let tag_end = behind + self.source[behind..].find('>').map_or(0, |len| len + 1);
        let empty = tag_end == end && self.source[..end].ends_with("/>");
        let end_tag = self.source[start..end].rfind("</").map(|at| start + at);
        Parts { tag_end, end: end_tag.filter(|_| !empty) }
    }

    fn element(&mut self, node: Node<'_, '_>, depth: usize) {
        let (parts, mark) = (self.parts(node), self.scope.mark());
        let uri = node.tag_name().namespace().unwrap_or_default();
        let mut declared = Declarations::default();
        let prefix = self.scope.name(uri, false, self.dialect, &mut declared, self.random);
        let name = join(&prefix, node.tag_name().name());
        let start = self.out.len();
        self.anchor(node.range().start);
        self.out.push_str(&format!("<{name}"));
        self.attributes(node, depth == 0, &mut declared);
        let content = node.children().any(|child| child.is_element() || child.is_text());
        let short = match parts.end {
            None => true,
            Some(_) => !content && self.random.below(2) == 0,
        };
        self.blank("");
        if short {
            self.out.push_str("/>");
            self.anchors.extend(parts.end.into_iter().flat_map(|end| [(parts.tag_end, start), (end, start)]));
        } else {
            self.out.push('>');
            self.anchor(parts.tag_end);
            match node.children().any(|child| child.is_element()) {
                true => self.children(node, depth),
                false if content => self.value(node),
                false => {}
            }
            self.anchors.extend(parts.end.map(|end| (end, self.out.len())));
            self.out.push_str(&format!("</{name}"));
            self.blank("");
            self.out.push('>');
        }
        self.scope.back_to(mark);
    }

    fn attributes(&mut self, node: Node<'_, '_>, root: bool, declared: &mut Declarations) {
        let mut tags: Vec<Attribute> = Vec::new();
        for attribute in node.attributes() {
            let uri = attribute.namespace().unwrap_or_default();
            let prefix = match uri {
                "" => String::new(),
                XML => "xml".to_owned(),
                _ => self.scope.name(uri, true, self.dialect, declared, self.random),
            };
            let value = match (uri, attribute.name()) {
                (XSI, "type") => self.type_name(node, attribute.value(), declared),
                _ => attribute.value().to_owned(),
            };
            let places = Some((attribute.range().start, attribute.range_value().start));
            tags.push(Attribute { name: join(&prefix, attribute.name()), value, places });
        }
        let located = node.attributes().any(|attribute| attribute.namespace() == Some(XSI));
        if root && self.dialect.location && !located {
            let prefix = self.scope.name(XSI, true, self.dialect, declared, self.random);
            let uri = node.tag_name().namespace().unwrap_or_default();
            let (name, value) = (format!("{prefix}:schemaLocation"), format!("{uri} message.xsd"));
            tags.push(Attribute { name, value, places: None });
        }
        for (prefix, uri) in &declared.all {
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            let at = self.random.below(tags.len() + 1);
            tags.insert(at, Attribute { name, value: uri.clone(), places: None });
        }
        tags.into_iter().for_each(|tag| self.attribute(tag));
    }

    fn attribute(&mut self, Attribute { name, value, places }: Attribute) {
        self.blank(" ");
        self.anchors.extend(places.map(|(name, _)| (name, self.out.len())));
        self.out.push_str(&name);
        self.blank("");
        self.out.push('=');
        self.blank("");
        let quote = if self.chance(self.dialect.blanks) { '\'' } else { '"' };
        self.out.push(quote);
        self.anchors.extend(places.map(|(_, value)| (value, self.out.len())));
        for c in value.chars() {
            self.character(c, matches!(c, '\t' | '\n' | '\r') || c == quote);
        }
        self.out.push(quote);
    }

    /// The value of an `xsi:type`, which means by its prefix what the plain form means. One that means nothing stays.
    fn type_name(&mut self, node: Node<'_, '_>, value: &str, declared: &mut Declarations) -> String {
        let (prefix, local) = value.trim_matches(WHITE).split_once(':').unwrap_or(("", value.trim_matches(WHITE)));
        match node.lookup_namespace_uri(Some(prefix).filter(|prefix| !prefix.is_empty())) {
            Some(uri) => {
                let prefixed = self.scope.resolve("") != uri;
                let prefix = self.scope.name(uri, prefixed, self.dialect, declared, self.random);
                value.replace(value.trim_matches(WHITE), &join(&prefix, local))
            }
            None => value.to_owned(),
        }
    }

    fn children(&mut self, node: Node<'_, '_>, depth: usize) {
        for child in node.children() {
            if child.is_element() {
                self.remark();
                self.line(depth + 1);
                self.element(child, depth + 1);
            } else if let Some(text) =
                child.text().filter(|text| child.is_text() && !text.trim_matches(WHITE).is_empty())
            {
                let (from, white) = (child.range().start, text.len() - text.trim_start_matches(WHITE).len());
                self.anchor(from + white);
                for c in text.trim_start_matches(WHITE).chars() {
                    self.character(c, false);
                }
            }
        }
        self.remark();
        self.line(depth);
    }

    /// The text of an element without elements.
    fn value(&mut self, node: Node<'_, '_>) {
        let text: String = node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();
        let range = node.range();
        let mut gently = self.fault.is_some_and(|fault| range.contains(&fault));
        // White space alone may stand where elements are expected: then only as it is.
        let bare = text.trim_matches(WHITE).is_empty();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let cut = match self.random.below(3) {
                0 if !bare => rest.char_indices().nth(1 + self.random.below(4)).map_or(rest.len(), |(at, _)| at),
                _ => rest.len(),
            };
            let (part, behind) = rest.split_at(cut);
            if !bare && !gently {
                self.remark();
            }
            let section = !bare && !gently && self.chance(self.dialect.sections);
            match section && !part.contains(['\r']) && !part.contains("]]>") && self.writable(part) {
                true => self.out.push_str(&format!("<![CDATA[{}]]>", part.replace('\n', self.dialect.newline))),
                false => part.chars().for_each(|c| {
                    let by_number = !bare && self.chance(self.dialect.references);
                    self.character(c, by_number);
                }),
            }
            (rest, gently) = (behind, false);
        }
        if !bare {
            self.remark();
        }
    }

    fn writable(&self, text: &str) -> bool {
        text.chars().all(|c| self.dialect.encoding.has(c))
    }

    /// A character of a text or of an attribute, escaped where it must be or shall be.
    fn character(&mut self, c: char, escape: bool) {
        let must = matches!(c, '<' | '&' | '>' | '\r') || !self.dialect.encoding.has(c);
        let escaped = match (c, self.random.below(4)) {
            ('\n', _) if !escape => self.dialect.newline.to_owned(),
            _ if !must && !escape => c.to_string(),
            ('<', 0..3) => "&lt;".to_owned(),
            ('>', 0..3) => "&gt;".to_owned(),
            ('&', 0..3) => "&amp;".to_owned(),
            ('"', 0..3) => "&quot;".to_owned(),
            ('\'', 0..3) => "&apos;".to_owned(),
            (_, 0) => format!("&#x{:X};", u32::from(c)),
            (_, 1) => format!("&#x{:x};", u32::from(c)),
            _ => format!("&#{};", u32::from(c)),
        };
        self.out.push_str(&escaped);
    }
}

fn join(prefix: &str, local: &str) -> String {
    match prefix {
        "" => local.to_owned(),
        prefix => format!("{prefix}:{local}"),
    }
}
