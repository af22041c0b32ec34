//! The elements around the messages, as a tree that grows with what is read: a sender writes the same envelope around each
//! message. A start tag that was read under the same open elements means the same again, so it is compared as a whole and
//! never taken apart a second time. Must not read an input: it is told what was read.

use std::sync::Arc;

use super::names::Names;
use super::part::Wrapper;
use super::{Kind, Tag};
use crate::xml::namespace::Scopes;
use crate::xml::token::StartTag;

/// The elements that are known, each by its number.
pub(super) struct Envelope {
    elements: Vec<Around>,
}

/// An element that was read.
#[derive(Default)]
struct Around {
    /// Its start tag as it stands in the input.
    tag: Vec<u8>,
    /// The length of its qualified name.
    name: usize,
    local: usize,
    namespace: usize,
    kind: Option<Kind>,
    parent: usize,
    depth: usize,
    /// What is declared in it.
    scopes: Scopes,
    /// From the root to it.
    path: Arc<Wrapper>,
    /// Where the walks over it are, by the white space behind its start tag.
    walks: Vec<(usize, Option<usize>)>,
    children: Vec<usize>,
}

impl Around {
    /// Whether its start tag stands here. Its last bytes tell most tags apart: the first ones are alike.
    #[inline(always)]
    fn stands_in(&self, rest: &[u8]) -> bool {
        let last = |bytes: &[u8]| bytes.last_chunk::<16>().copied().map(u128::from_le_bytes);
        rest.get(..self.tag.len()).is_some_and(|tag| last(&self.tag) == last(tag) && self.tag == tag)
    }

    fn name(&self) -> &[u8] {
        self.tag.get(1..1 + self.name).unwrap_or_default()
    }
}

impl Envelope {
    /// Outside of the root.
    pub(super) const OUTSIDE: usize = 0;
    /// Beyond so many all are forgotten before the next input.
    const MOST: usize = 128;
    const LONGEST_TAG: usize = 1024;
    /// Messages in one element that are laid out in more ways share walks.
    const MOST_LAYOUTS: usize = 8;

    /// Knows nothing but the outside.
    pub(super) fn new() -> Self {
        Self { elements: vec![Around::default()] }
    }

    /// Whether no more can be learned.
    pub(super) fn is_full(&self) -> bool {
        self.elements.len() > Self::MOST
    }

    /// The element in another one whose start tag stands here.
    pub(super) fn child(&self, parent: usize, rest: &[u8]) -> Option<usize> {
        self.elements[parent].children.iter().copied().find(|child| self.elements[*child].stands_in(rest))
    }

    /// The start tag of an element, which stands there.
    pub(super) fn tag(&self, element: usize, at: usize) -> Tag {
        let Around { ref tag, name, local, namespace, kind, parent, .. } = self.elements[element];
        let around = self.elements[parent].scopes.mark();
        let tag = StartTag { name: at + 1..at + 1 + name, empty: false, end: at + tag.len() };
        Tag { tag, local, namespace, kind, around, known: Some(element) }
    }

    /// How long the end tag of an element is, when it stands here.
    pub(super) fn end_tag(&self, element: usize, rest: &[u8]) -> Option<usize> {
        let name = self.elements[element].name();
        let behind = rest.strip_prefix(b"</")?.strip_prefix(name)?;
        (behind.first() == Some(&b'>') && element != Self::OUTSIDE).then_some(name.len() + 3)
    }

    /// Keeps an element in another one, with what is declared in it. `None` when there is no room for it.
    pub(super) fn learn(
        &mut self,
        parent: usize,
        bytes: &[u8],
        tag: &Tag,
        scopes: &Scopes,
        names: &Names,
    ) -> Option<usize> {
        let (element, text) = (self.elements.len(), &bytes[tag.tag.name.start - 1..tag.tag.end]);
        if self.is_full() || text.len() > Self::LONGEST_TAG || tag.tag.empty {
            return None;
        }
        let around = &mut self.elements[parent];
        around.children.push(element);
        let name = [tag.local, tag.namespace].map(|name| Arc::clone(names.text(name)));
        let path = around.path.iter().cloned().chain([name.into()]).collect();
        let (depth, path) = (around.depth + 1, Arc::new(path));
        let Tag { local, namespace, kind, .. } = *tag;
        let (tag, name, scopes) = (text.to_vec(), tag.tag.name.len(), scopes.clone());
        self.elements.push(Around {
            tag,
            name,
            local,
            namespace,
            kind,
            parent,
            depth,
            scopes,
            path,
            walks: vec![],
            children: vec![],
        });
        Some(element)
    }

    /// The element around an element.
    pub(super) fn parent(&self, element: usize) -> usize {
        self.elements[element].parent
    }

    /// How many elements are open in an element, with itself.
    pub(super) fn depth(&self, element: usize) -> usize {
        self.elements[element].depth
    }

    /// The qualified name of an element.
    pub(super) fn name(&self, element: usize) -> &[u8] {
        self.elements[element].name()
    }

    /// What is declared in an element.
    pub(super) fn scopes(&self, element: usize) -> &Scopes {
        &self.elements[element].scopes
    }

    /// Where the walk over an element is that is laid out so: with so many bytes of white space behind its start tag.
    pub(super) fn walk(&mut self, element: usize, layout: usize) -> &mut Option<usize> {
        let walks = &mut self.elements[element].walks;
        let known = walks.iter().position(|(known, _)| *known == layout);
        let at = known.unwrap_or(walks.len().min(Self::MOST_LAYOUTS - 1));
        if at == walks.len() {
            walks.push((layout, None));
        }
        &mut walks[at].1
    }

    /// The elements from the root to an element.
    pub(super) fn path(&self, element: usize) -> &Arc<Wrapper> {
        &self.elements[element].path
    }
}
