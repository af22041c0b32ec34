//! A schema compiled for the walk: states and edges, specialised for the paths that are bound.
//!
//! Each content model becomes an automaton whose states are "just after this particle" (Glushkov's construction). One
//! name decides the edge: a model in which it does not is refused; ISO 20022 has no name twice in a model. A model is drawn up once for each type ([`draft`]) and laid
//! out once for all places where nothing below it is bound, and once more for each set of bindings below it, so that an
//! edge knows its slot ([`layout`]). The edges of a model stand in document order; the edges that may follow a state are
//! mostly a run of them and share them.
//!
//! Must not know any message: which fields are bound is handed in.

mod draft;
mod layout;
mod places;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use self::draft::Drafts;
pub(super) use self::draft::{MOST_COPIES, takes};
use self::layout::Layout;
use super::binding::Binding;
use super::facet::Check;
use super::model::{Process, Schema, split};
use super::pattern::BadPattern;
use super::step::{Amount, Step};
use crate::xml::namespace::XSD;

/// A compiled schema.
#[derive(Debug)]
pub struct Automaton {
    pub(super) namespace: String,
    pub(super) states: Vec<State>,
    pub(super) edges: Vec<Edge>,
    /// Each edge as the fast path sees it.
    pub(super) steps: Vec<Step>,
    pub(super) amounts: Vec<Amount>,
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
    /// The type that each type of a value is derived from.
    derived: Arc<BTreeMap<String, String>>,
    /// The other namespaces of global elements.
    imported: Arc<[String]>,
    source: Option<Arc<Source>>,
}

/// What a schema of the user's was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name of its file.
    pub file: String,
    /// The SHA-256 of its normal form, in hexadecimal digits.
    pub hash: String,
}

/// The edges of all that is declared, nothing bound below: of each global element, of each named type (for `xsi:type`), and
/// of each built-in type.
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
pub(super) struct Edge {
    pub(super) target: u32,
    pub(super) child: u32,
    /// How often it may follow itself; 0 is not counted.
    pub(super) max: u32,
    pub(super) label: u32,
    pub(super) attributes: u16,
    pub(super) slot: u16,
    pub(super) kind: EdgeKind,
    pub(super) personal: bool,
}

/// The words for an edge.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// The element's local name; of a wildcard: the namespaces it takes, empty for any.
    pub(super) name: String,
    /// The element's namespace, where it is another than the schema's own.
    pub(super) namespace: Option<String>,
    /// As in [`super::model`].
    pub(super) type_name: String,
}

/// An attribute of a value.
#[derive(Debug, Clone)]
pub(super) struct AttributeEdge {
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
    /// An element that two parts of a model could take.
    #[error("in the type `{0}` two parts could take the element `{1}`: arrange it so that the name alone says which")]
    Ambiguous(String, String),
    /// A model that grows beyond all measure.
    #[error("the type `{0}` is too large: groups are repeated too often within each other")]
    TooLarge(String),
}

impl CompileError {
    /// The type that is at fault, where one is.
    pub fn type_name(&self) -> Option<&str> {
        match self {
            Self::Pattern(_) | Self::NoRoot(_) => None,
            Self::NoType(name) | Self::TooManyCopies(name, _) | Self::Ambiguous(name, _) | Self::TooLarge(name) => {
                Some(name)
            }
        }
    }
}

impl Automaton {
    /// Compiles a schema for documents with the given root element, with paths bound relative to the root.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile(schema: &Schema, root: &str, bindings: &[Binding]) -> Result<Self, CompileError> {
        let at = schema.elements.iter().position(|(name, _)| name == root);
        let at = at.ok_or_else(|| CompileError::NoRoot(root.to_owned()))?;
        let imported = schema.elements.iter().filter_map(|(name, _)| split(name).0.map(str::to_owned));
        let mut out = Self {
            namespace: schema.namespace.clone(),
            states: vec![],
            edges: vec![],
            steps: vec![],
            amounts: vec![],
            signatures: vec![],
            checks: vec![],
            labels: vec![],
            attributes: vec![vec![]],
            declared: None,
            drafts: Drafts::default(),
            wide: OnceLock::new(),
            derived: Arc::new(schema.derived.clone()),
            imported: imported.collect(),
            source: None,
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
                steps: self.steps.clone(),
                amounts: self.amounts.clone(),
                signatures: self.signatures.clone(),
                checks: self.checks.clone(),
                labels: self.labels.clone(),
                attributes: self.attributes.clone(),
                declared: None,
                drafts: Drafts::default(),
                wide: OnceLock::new(),
                derived: Arc::clone(&self.derived),
                imported: Arc::clone(&self.imported),
                source: self.source.clone(),
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
    pub(super) fn global(&self, uri: &str, name: &str) -> Option<u32> {
        self.declared(|declared| &declared.globals, |label| self.is(label, uri, name))
    }

    /// Whether a label is that of an element of this name.
    pub(super) fn is(&self, label: &Label, uri: &str, name: &str) -> bool {
        label.name == name && label.namespace.as_ref().unwrap_or(&self.namespace) == uri
    }

    /// In the widened automaton, the edge of a named type.
    pub(super) fn named_type(&self, uri: &str, name: &str) -> Option<u32> {
        let name = self.type_name(uri, name);
        self.declared(|declared| &declared.types, |label| label.type_name == *name)
    }

    /// The edge of a type of the schema, or of a built-in one.
    pub(super) fn type_edge(&self, uri: &str, name: &str) -> Option<&Edge> {
        let built_in = || if uri == XSD { self.built_in(name) } else { None };
        let at = self.named_type(uri, name).or_else(built_in)?;
        let wide = if self.declared.is_some() { self } else { &**self.wide() };
        wide.edges.get(at as usize)
    }

    /// Whether global elements of this namespace are declared.
    pub(super) fn declares_elements_of(&self, uri: &str) -> bool {
        uri == self.namespace || self.imported.iter().any(|imported| imported == uri)
    }

    /// The name of a type, as [`super::model`] writes it.
    pub(super) fn type_name<'n>(&self, uri: &str, name: &'n str) -> Cow<'n, str> {
        match uri {
            XSD => Cow::Owned(format!("xs:{name}")),
            own if own == self.namespace => Cow::Borrowed(name),
            other => Cow::Owned(format!("{{{other}}}{name}")),
        }
    }

    /// Whether a type is derived from another one, or is it.
    pub(super) fn is_derived(&self, name: &str, from: &str) -> bool {
        let steps = std::iter::successors(Some(name), |name| self.derived.get(*name).map(String::as_str));
        steps.take(self.derived.len() + 1).any(|step| step == from)
    }

    /// Compiles what is left until it is needed.
    ///
    /// # Errors
    /// A pattern that is too large.
    pub fn complete(&self) -> Result<(), CompileError> {
        Ok(self.checks.iter().try_for_each(Check::complete)?)
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

    /// Says what it was read from.
    pub fn read_from(self, source: Arc<Source>) -> Self {
        Self { source: Some(source), ..self }
    }

    /// What it was read from, when it is one of the user's.
    pub fn source(&self) -> Option<&Arc<Source>> {
        self.source.as_ref()
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
