//! A schema compiled for the walk: states and edges, specialised for the paths that are bound.
//!
//! Each content model becomes an automaton whose states are "just after this particle" (Glushkov's construction; ISO 20022
//! has no name twice in a model, so one name decides the edge). A model is drawn up once for each type ([`draft`]) and laid
//! out once for all places where nothing below it is bound, and once more for each set of bindings below it, so that an
//! edge knows its slot ([`layout`]). The edges of a model stand in document order; the edges that may follow a state are
//! mostly a run of them and share them.
//!
//! Must not know any message: which fields are bound is handed in.

mod draft;
mod layout;
mod places;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use self::draft::{Drafts, MOST_COPIES};
use self::layout::Layout;
use super::binding::Binding;
use super::facet::Check;
use super::model::{Process, Schema};
use super::pattern::BadPattern;
use crate::xml::scan::Name;

/// A compiled schema.
#[derive(Debug)]
pub struct Automaton {
    pub(super) namespace: String,
    pub(super) states: Vec<State>,
    pub(super) edges: Vec<Edge>,
    /// The signature of each edge's name, and 32 bytes more.
    pub(super) signatures: Vec<u8>,
    pub(super) checks: Vec<Check>,
    pub(super) labels: Vec<Label>,
    /// The attributes of an edge; list 0 is empty.
    pub(super) attributes: Vec<Vec<AttributeEdge>>,
    /// What the content of a wildcard may be assessed by; `None` as long as no document asked for it.
    declared: Option<Declared>,
    drafts: Drafts,
    wide: OnceLock<Arc<Automaton>>,
}

/// The edges of all that is declared, nothing bound below: of each global element, of each named type (for `xsi:type`), and
/// of each built-in type that ISO 20022 uses.
#[derive(Debug)]
struct Declared {
    globals: Range<u32>,
    types: Range<u32>,
    built_in: Range<u32>,
}

/// The state in which any well-formed content is taken: inside of a wildcard's element.
pub(super) const LAX: u32 = 0;
/// The state before the root.
pub(super) const ROOT: u32 = 1;

/// What may follow a particle.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// The edges that may follow.
    pub(super) first: u32,
    pub(super) count: u32,
    /// All edges of the model, in document order.
    pub(super) model: u32,
    pub(super) model_count: u32,
    /// Whether the element may end here.
    pub(super) accepting: bool,
}

/// What an edge leads into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// A value; `child` is its check.
    Leaf,
    /// Elements; `child` is the first state of their model.
    Group,
    /// A wildcard.
    Any(Process),
}

/// A particle: the element that is expected, and what comes after it.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(super) struct Edge {
    pub(super) name: Name,
    pub(super) target: u32,
    pub(super) child: u32,
    /// How often it may follow itself; 0 is not counted.
    pub(super) max: u32,
    pub(super) label: u32,
    pub(super) attributes: u16,
    pub(super) slot: u16,
    pub(super) kind: EdgeKind,
    pub(super) personal: bool,
    /// What mostly follows the name in a start tag: `>`, or a blank where attributes are declared.
    pub(super) behind: u8,
}

/// The words for an edge.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// The element's local name; of a wildcard: the namespace it takes, empty for any.
    pub(super) name: String,
    pub(super) type_name: String,
}

/// An attribute of a value.
#[derive(Debug, Clone)]
pub(super) struct AttributeEdge {
    /// As it mostly stands: blank, name, `="`.
    pub(super) opening: Name,
    pub(super) name: String,
    pub(super) check: u32,
    pub(super) required: bool,
    pub(super) slot: u16,
}

/// Why a schema cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A pattern that is not supported.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    /// The root element is not declared.
    #[error("the schema has no global element `{0}`")]
    NoRoot(String),
    /// A type that is named but not defined.
    #[error("the type `{0}` is not defined")]
    NoType(String),
    /// A group that may occur more often than payflow unrolls.
    #[error(
        "a group of the type `{0}` may occur {1} times: more than {MOST_COPIES} is not supported, unless it is unbounded"
    )]
    TooManyCopies(String, u32),
}

impl Automaton {
    /// Compiles a schema for documents with the given root element, with paths bound relative to the root.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile(schema: &Schema, root: &str, bindings: &[Binding]) -> Result<Self, CompileError> {
        let at = schema.elements.iter().position(|(name, _)| name == root);
        let at = at.ok_or_else(|| CompileError::NoRoot(root.to_owned()))?;
        let mut out = Self {
            namespace: schema.namespace.clone(),
            states: vec![],
            edges: vec![],
            signatures: vec![],
            checks: vec![],
            labels: vec![],
            attributes: vec![vec![]],
            declared: None,
            drafts: Drafts::default(),
            wide: OnceLock::new(),
        };
        let drafts = Drafts::of(schema, &mut out)?;
        let mut layout = Layout::new(&drafts, bindings, &mut out);
        layout.begin(&drafts.globals[at]);
        layout.finish();
        out.drafts = drafts;
        Ok(out)
    }

    /// The same with all that is declared as well: an automaton that goes on where this one is. Most documents never need
    /// it, so it is made when the first one does.
    pub(super) fn widened(self: &Arc<Self>) -> Arc<Self> {
        if self.declared.is_some() { Arc::clone(self) } else { Arc::clone(self.wide()) }
    }

    fn wide(&self) -> &Arc<Self> {
        self.wide.get_or_init(|| {
            let mut out = Self {
                namespace: self.namespace.clone(),
                states: self.states.clone(),
                edges: self.edges.clone(),
                signatures: self.signatures.clone(),
                checks: self.checks.clone(),
                labels: self.labels.clone(),
                attributes: self.attributes.clone(),
                declared: None,
                drafts: Drafts::default(),
                wide: OnceLock::new(),
            };
            let mut layout = Layout::new(&self.drafts, &[], &mut out);
            let globals = layout.add(&self.drafts.globals);
            let types = layout.add(&self.drafts.types);
            let built_in = layout.add(&self.drafts.built_in);
            layout.finish();
            out.declared = Some(Declared { globals, types, built_in });
            Arc::new(out)
        })
    }

    /// In the widened automaton, the edge of a global element.
    pub(super) fn global(&self, name: &str) -> Option<u32> {
        self.declared(|declared| &declared.globals, |label| label.name == name)
    }

    /// In the widened automaton, the edge of a named type.
    pub(super) fn named_type(&self, name: &str) -> Option<u32> {
        self.declared(|declared| &declared.types, |label| label.type_name == name)
    }

    /// In the widened automaton, the edge of a built-in type, by its local name.
    pub(super) fn built_in(&self, name: &str) -> Option<u32> {
        self.declared(|declared| &declared.built_in, |label| label.type_name == name)
    }

    fn declared(&self, among: impl Fn(&Declared) -> &Range<u32>, is: impl Fn(&Label) -> bool) -> Option<u32> {
        let wide = if self.declared.is_some() { self } else { &**self.wide() };
        let edge = |at: &u32| is(&wide.labels[wide.edges[*at as usize].label as usize]);
        among(wide.declared.as_ref()?).clone().find(edge)
    }

    /// The target namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// How many states and edges it has.
    pub fn size(&self) -> (usize, usize) {
        (self.states.len(), self.edges.len())
    }
}
