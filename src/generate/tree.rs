//! A message as a tree, before it is written. Must not know any schema.

use std::borrow::Cow;

use super::plan::ParticleId;

/// The number of a node.
pub type NodeId = usize;

/// A message, or a part of one. Names are borrowed from the plan.
#[derive(Debug, Default, Clone)]
pub struct Tree<'p> {
    /// The nodes. The first is the root; one that no other holds is no part of the message any more.
    pub nodes: Vec<Node<'p>>,
}

/// An element.
#[derive(Debug, Clone)]
pub struct Node<'p> {
    /// Its name.
    pub name: Cow<'p, str>,
    /// The namespace that it declares as the default.
    pub namespace: Option<Cow<'p, str>>,
    /// Its attributes.
    pub attributes: Vec<(Cow<'p, str>, String)>,
    /// What it holds.
    pub content: Content,
    /// The particle that it stands for; `None` for the root, and for what stands for a wildcard.
    pub particle: Option<ParticleId>,
    /// The element that holds it.
    pub parent: Option<NodeId>,
    /// What is planted at it, in the order of the faults: where it is to be seen.
    pub marks: Vec<(usize, Spot)>,
}

/// What an element holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A value.
    Value(String),
    /// Elements, and text where none may stand: that before the child of the number.
    Elements {
        /// The elements.
        children: Vec<NodeId>,
        /// Text between them, before the child of this number.
        stray: Option<(usize, String)>,
    },
}

/// A place at an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Where its start tag begins.
    Start,
    /// Where its value begins.
    Value,
    /// Where its end tag begins.
    End,
    /// Where text between its elements begins.
    Stray,
    /// Where the name of this attribute begins.
    AttributeName(usize),
    /// Where the value of this attribute begins.
    AttributeValue(usize),
}

impl<'p> Tree<'p> {
    /// Adds an element behind those that its parent holds.
    pub fn add(
        &mut self,
        parent: Option<NodeId>,
        name: Cow<'p, str>,
        particle: Option<ParticleId>,
        content: Content,
    ) -> NodeId {
        let id = self.detached(parent, name, particle, content);
        if let Some(Content::Elements { children, .. }) = parent.map(|parent| &mut self.nodes[parent].content) {
            children.push(id);
        }
        id
    }

    /// An element that its parent does not hold yet.
    pub fn detached(
        &mut self,
        parent: Option<NodeId>,
        name: Cow<'p, str>,
        particle: Option<ParticleId>,
        content: Content,
    ) -> NodeId {
        let (attributes, marks) = (vec![], vec![]);
        self.nodes.push(Node { name, namespace: None, attributes, content, particle, parent, marks });
        self.nodes.len() - 1
    }

    /// The elements that an element holds.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        match &self.nodes[node].content {
            Content::Elements { children, .. } => children,
            Content::Value(_) => &[],
        }
    }

    /// The elements that an element holds, to change.
    pub fn children_mut(&mut self, node: NodeId) -> Option<&mut Vec<NodeId>> {
        match &mut self.nodes[node].content {
            Content::Elements { children, .. } => Some(children),
            Content::Value(_) => None,
        }
    }

    /// The first element below on a path of names.
    pub fn find(&self, node: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter()
            .try_fold(node, |node, name| self.children(node).iter().copied().find(|id| self.nodes[*id].name == *name))
    }

    /// The elements of a name that an element holds.
    pub fn named<'t>(&'t self, node: NodeId, name: &'t str) -> impl Iterator<Item = NodeId> + 't {
        self.children(node).iter().copied().filter(move |id| self.nodes[*id].name == name)
    }

    /// The value of an element.
    pub fn value(&self, node: NodeId) -> Option<&str> {
        match &self.nodes[node].content {
            Content::Value(value) => Some(value),
            Content::Elements { .. } => None,
        }
    }

    /// Gives an element, which has a value, another one.
    pub fn set(&mut self, node: NodeId, text: String) {
        if let Content::Value(value) = &mut self.nodes[node].content {
            *value = text;
        }
    }

    /// Gives the attribute of an element another value, where it has one of that name.
    pub fn set_attribute(&mut self, node: NodeId, name: &str, text: &str) {
        let known = self.nodes[node].attributes.iter_mut().find(|(known, _)| *known == *name);
        if let Some((_, value)) = known {
            text.clone_into(value);
        }
    }

    /// Takes the root of another tree into an element, before its child of the given number.
    pub fn graft(&mut self, parent: NodeId, at: usize, other: Tree<'p>) {
        let root = self.nodes.len();
        self.adopt(parent, other);
        if let Some(children) = self.children_mut(parent) {
            children.insert(at, root);
        }
    }

    /// Takes the nodes of another tree, in their order, with an element as their parent that does not hold them yet.
    pub fn adopt(&mut self, parent: NodeId, other: Tree<'p>) {
        let base = self.nodes.len();
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            node.parent = Some(node.parent.map_or(parent, |parent| parent + base));
            if let Content::Elements { children, .. } = &mut node.content {
                children.iter_mut().for_each(|child| *child += base);
            }
            node
        }));
    }

    /// A copy of an element and all below, which its parent does not hold yet.
    pub fn copy(&mut self, node: NodeId) -> NodeId {
        let copy = self.nodes.len();
        self.nodes.push(self.nodes[node].clone());
        let children: Vec<NodeId> = self.children(node).to_vec();
        let copies: Vec<NodeId> = children.into_iter().map(|child| self.copy(child)).collect();
        copies.iter().for_each(|child| self.nodes[*child].parent = Some(copy));
        if let Some(children) = self.children_mut(copy) {
            *children = copies;
        }
        copy
    }

    /// The elements from the root to one, both included.
    pub fn path(&self, node: NodeId) -> Vec<NodeId> {
        let mut path: Vec<NodeId> = std::iter::successors(Some(node), |node| self.nodes[*node].parent).collect();
        path.reverse();
        path
    }

    /// The place of an element among those that its parent holds.
    pub fn position(&self, parent: NodeId, child: NodeId) -> usize {
        self.children(parent).iter().position(|id| *id == child).unwrap_or_default()
    }

    /// Every element of the message, parents before what they hold, in the order of the document.
    pub fn all(&self) -> Vec<NodeId> {
        let mut all = Vec::with_capacity(self.nodes.len());
        let mut waiting = vec![0];
        while let Some(node) = waiting.pop() {
            all.push(node);
            waiting.extend(self.children(node).iter().rev());
        }
        all
    }
}
