//! A user's own schemas, such as the usage guidelines of a market infrastructure: read and compiled at the start, and
//! chosen message by message. Must not read files: they are handed in.
//!
//! Which schema checks a message: the one that is asked for, else the partner's for that message, else by the header's
//! BizSvc, else by its MktPrctc, else one of the user's that is for every such message, else the published one. Two that
//! could be chosen on the same ground are refused at the start.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::schemas::is_processed;
use super::{Field, bindings};
use crate::schema::MessageId;
use crate::schema::automaton::{Automaton, Source};
use crate::schema::input::{Addressed, Schemas};
use crate::schema::model::Schema;
use crate::schema::normal;
use crate::schema::pieces::Container;
use crate::schema::xsd::{self, Places};

/// The elements that messages begin with.
const ROOTS: [&str; 2] = ["Document", "AppHdr"];

/// When a schema is chosen. In order: what stands first goes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// It was asked for.
    Asked,
    /// The partner of this id has sent it.
    Partner(String),
    /// The header names this BizSvc.
    BusinessService(String),
    /// The header names this id in MktPrctc.
    MarketPractice(String),
    /// Always.
    Always,
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("as asked for"),
            Self::Partner(id) => write!(f, "for the partner {id}"),
            Self::BusinessService(name) => write!(f, "for the BizSvc {name}"),
            Self::MarketPractice(name) => write!(f, "for the MktPrctc {name}"),
            Self::Always => f.write_str("for every such message"),
        }
    }
}

/// Schema files that lie together, and when they are chosen.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Name and text of each file.
    pub files: BTreeMap<String, String>,
    /// The one file that is meant; the others are there for what it includes and imports.
    pub only: Option<String>,
    /// When its schemas are chosen.
    pub grounds: Vec<Ground>,
}

/// A schema of the user's.
#[derive(Debug)]
pub struct OwnSchema {
    /// Its file, and the hash of its normal form.
    pub source: Arc<Source>,
    /// What it is the schema of.
    pub namespace: String,
    /// The message that the namespace names.
    pub message: Option<MessageId>,
    /// What it says.
    pub schema: Schema,
    automaton: Arc<Automaton>,
}

/// A user's own schemas.
#[derive(Debug)]
pub struct OwnSchemas {
    all: Vec<OwnSchema>,
    /// By namespace: the schemas that can be chosen, those that go first at the front.
    chosen: BTreeMap<String, Vec<(Ground, usize)>>,
}

impl OwnSchemas {
    /// Reads and compiles all schemas of messages in some folders.
    ///
    /// # Errors
    /// All that is wrong with them: file, line and what to do.
    pub fn read(folders: &[Folder]) -> Result<Self, Vec<String>> {
        let (mut own, mut problems) = (Self { all: Vec::new(), chosen: BTreeMap::new() }, Vec::new());
        for folder in folders {
            own.take(folder, &mut problems);
        }
        own.check(&mut problems);
        if problems.is_empty() { Ok(own) } else { Err(problems) }
    }

    fn take(&mut self, folder: &Folder, problems: &mut Vec<String>) {
        let before = problems.len() + self.all.len();
        for (name, text) in &folder.files {
            if folder.only.as_ref().is_some_and(|only| only != name) {
                continue;
            }
            match xsd::roots(name, text).map(|roots| ROOTS.into_iter().find(|root| roots.iter().any(|r| r == root))) {
                Ok(None) => {}
                Ok(Some(root)) => match read(folder, name, text, root) {
                    Ok(schema) => {
                        let chosen = self.chosen.entry(schema.namespace.clone()).or_default();
                        chosen.extend(folder.grounds.iter().map(|ground| (ground.clone(), self.all.len())));
                        self.all.push(schema);
                    }
                    Err(problem) => problems.push(problem),
                },
                Err(error) => problems.push(error.to_string()),
            }
        }
        if problems.len() + self.all.len() == before {
            let files = folder.only.clone().unwrap_or_else(|| format!("one of {} files", folder.files.len()));
            problems
                .push(format!("{files}: no schema of a message is there, with a global element Document or AppHdr"));
        }
    }

    /// Refuses two for one message on the same ground, and those of a header that only the header itself could choose.
    fn check(&mut self, problems: &mut Vec<String>) {
        for (namespace, chosen) in &mut self.chosen {
            chosen.sort();
            for pair in chosen.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
                let [first, second] = [pair[0].1, pair[1].1].map(|at| &self.all[at].source.file);
                problems.push(format!(
                    "{first} and {second} are both for {namespace} {}: remove one, or say whom each is for",
                    pair[0].0
                ));
            }
            let by_header = |ground: &Ground| matches!(ground, Ground::BusinessService(_) | Ground::MarketPractice(_));
            let is_header = namespace.contains(":head.001.");
            for (ground, at) in chosen.iter().filter(|(ground, _)| is_header && by_header(ground)) {
                let file = &self.all[*at].source.file;
                problems.push(format!(
                    "{file}: the schema of a header can't be chosen {ground}, which stands in it: name it for partners, or for all"
                ));
            }
        }
    }

    /// All of them, in the order of their files.
    pub fn iter(&self) -> impl Iterator<Item = (&OwnSchema, Vec<&Ground>)> {
        self.all.iter().enumerate().map(|(at, schema)| {
            let chosen = self.chosen.get(&schema.namespace).into_iter().flatten();
            (schema, chosen.filter(|(_, of)| *of == at).map(|(ground, _)| ground).collect())
        })
    }
}

/// Reads and compiles the schema in one file.
fn read(folder: &Folder, name: &str, text: &str, root: &str) -> Result<OwnSchema, String> {
    let mut include = |location: &str| {
        // Where a file says it lies elsewhere, it is one of the folder all the same.
        let file = location.rsplit(['/', '\\']).next().unwrap_or(location);
        let found = folder.files.get(file).map(|text| text.as_str().into());
        found.ok_or_else(|| format!("there is no file {file} beside it"))
    };
    let (schema, places) = xsd::read_with_places(name, text, &mut include).map_err(|error| error.to_string())?;
    let message = MessageId::from_namespace(&schema.namespace);
    let automaton = Automaton::compile(&schema, root, message.map_or(&[], bindings))
        .and_then(|automaton| automaton.complete().map(|()| automaton))
        .map_err(|error| format!("{}: {error}", place(name, &places, error.type_name())))?;
    let hash = normal::hash(&schema).ok_or_else(|| format!("{name}: a type contains itself"))?;
    let source = Arc::new(Source { file: name.to_owned(), hash: hash.to_string() });
    let automaton = Arc::new(automaton.read_from(Arc::clone(&source)));
    Ok(OwnSchema { source, namespace: schema.namespace.clone(), message, schema, automaton })
}

/// File and line of a type, where they are known.
fn place(name: &str, places: &Places, type_name: Option<&str>) -> String {
    match type_name.and_then(|type_name| places.get(type_name)) {
        Some((file, line)) => format!("{file}:{line}"),
        None => name.to_owned(),
    }
}

/// A user's own schemas before others.
pub struct WithOwn {
    /// The user's.
    pub own: Arc<OwnSchemas>,
    /// The others.
    pub others: Arc<dyn Schemas>,
    /// Whether the user's count for those messages only that payflow processes.
    pub processed_only: bool,
}

impl Schemas for WithOwn {
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>> {
        self.others.automaton(namespace)
    }

    fn chosen(&self, namespace: &str, addressed: &Addressed<'_>) -> Option<Arc<Automaton>> {
        let header = || addressed.header.as_ref().map(|(_, record)| record.root());
        let says = |field: Field, name: &str| header().and_then(|root| root.text(field.slot())) == Some(name);
        let holds = |ground: &Ground| match ground {
            Ground::Asked | Ground::Always => true,
            Ground::Partner(id) => addressed.partner == Some(id),
            Ground::BusinessService(name) => says(Field::BusinessService, name),
            Ground::MarketPractice(name) => says(Field::MarketPracticeIdentification, name),
        };
        let (_, at) = self.own.chosen.get(namespace)?.iter().find(|(ground, _)| holds(ground))?;
        let schema = self.own.all.get(*at)?;
        let counts = !self.processed_only || schema.message.as_ref().is_some_and(is_processed);
        counts.then(|| Arc::clone(&schema.automaton))
    }

    fn nearest(&self, namespace: &str) -> Option<MessageId> {
        self.others.nearest(namespace)
    }

    fn container(&self, message: MessageId) -> Container {
        self.others.container(message)
    }
}
