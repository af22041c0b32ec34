//! A tree as bytes, with the places of what is planted in it. Must not change what it writes.

use super::tree::{Content, NodeId, Spot, Tree};

/// How a message is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Each element on a line of its own, indented.
    #[default]
    Indented,
    /// On one line.
    Compact,
}

/// The XML declaration.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Writes trees.
#[derive(Debug, Default)]
pub struct Writer {
    /// What was written and not taken yet.
    pub out: Vec<u8>,
    /// How it is laid out.
    pub layout: Layout,
    /// Fault and offset, for each place that was marked.
    pub places: Vec<(usize, usize)>,
}

impl Writer {
    /// A writer of a layout.
    pub fn new(layout: Layout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// The end of a line and the beginning of the next, in an indented layout.
    pub fn line(&mut self, depth: usize) {
        if self.layout == Layout::Indented && !self.out.is_empty() {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', depth * 2));
        }
    }

    fn mark(&mut self, tree: &Tree<'_>, node: NodeId, spot: Spot) {
        let here = self.out.len();
        let marks = tree.nodes[node].marks.iter().filter(|(_, marked)| *marked == spot);
        self.places.extend(marks.map(|(fault, _)| (*fault, here)));
    }

    /// Writes an element and all below.
    pub fn element(&mut self, tree: &Tree<'_>, node: NodeId, depth: usize) {
        self.start(tree, node, depth);
        match &tree.nodes[node].content {
            Content::Value(value) => escape(value, &mut self.out),
            Content::Elements { children, stray } => {
                for (nth, child) in children.iter().enumerate() {
                    self.stray(tree, node, nth, stray);
                    self.element(tree, *child, depth + 1);
                }
                self.stray(tree, node, children.len(), stray);
            }
        }
        self.end(tree, node, depth);
    }

    /// Writes a start tag, up to where the content begins.
    pub fn start(&mut self, tree: &Tree<'_>, node: NodeId, depth: usize) {
        self.line(depth);
        self.mark(tree, node, Spot::Start);
        let element = &tree.nodes[node];
        self.out.push(b'<');
        self.out.extend_from_slice(element.name.as_bytes());
        if let Some(namespace) = &element.namespace {
            self.out.extend_from_slice(b" xmlns=\"");
            escape(namespace, &mut self.out);
            self.out.push(b'"');
        }
        for (nth, (name, value)) in element.attributes.iter().enumerate() {
            self.out.push(b' ');
            self.mark(tree, node, Spot::AttributeName(nth));
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            self.mark(tree, node, Spot::AttributeValue(nth));
            escape(value, &mut self.out);
            self.out.push(b'"');
        }
        self.out.push(b'>');
        self.mark(tree, node, Spot::Value);
    }

    fn end(&mut self, tree: &Tree<'_>, node: NodeId, depth: usize) {
        let element = &tree.nodes[node];
        if matches!(&element.content, Content::Elements { children, .. } if !children.is_empty()) {
            self.line(depth);
        }
        self.mark(tree, node, Spot::End);
        self.close(tree, node);
    }

    /// Writes an end tag.
    pub fn close(&mut self, tree: &Tree<'_>, node: NodeId) {
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(tree.nodes[node].name.as_bytes());
        self.out.push(b'>');
    }

    fn stray(&mut self, tree: &Tree<'_>, node: NodeId, nth: usize, stray: &Option<(usize, String)>) {
        if let Some((_, text)) = stray.as_ref().filter(|(at, _)| *at == nth) {
            self.mark(tree, node, Spot::Stray);
            escape(text, &mut self.out);
        }
    }
}

/// Text as it stands in a document.
fn escape(text: &str, out: &mut Vec<u8>) {
    let special = |byte: &u8| matches!(byte, b'&' | b'<' | b'>' | b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(special) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            _ => b"&quot;",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}
