//! The importer: official XML Schema files in, our own factoring of them out.
//!
//! - `types.xsd` holds every shared type once, sorted by name, each in the one way that we write a type. It has no
//!   namespace, and takes that of the message that includes it.
//! - `pacs.008.001.08.xsd` and so on include it and hold what is the message's own: the type of the root, and where that
//!   is a single element, the type of this element. What is a message's own does not depend on which other messages were
//!   imported, so importing more only adds.
//! - `hashes.tsv` keeps the hash of the normal form of each official file, so that ours can be proven equal without them.
//!
//! Only what the files state about documents is carried over: no comment, no annotation, no text. Pure: files are read and
//! written by the caller. Must not know any message.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Particle, Schema, Term, Type};
use super::normal::{self, Hash};
use super::shared::{self, Types};
use super::xsd::{self, XsdError};
use super::{MessageId, write, xsd::read_single};

/// The name of the file that keeps the hashes.
pub const HASHES: &str = "hashes.tsv";
/// Its first line.
const HASHES_HEAD: &str = "message\tsha256 of the normal form";

/// Files by name.
pub type Files = BTreeMap<String, String>;

/// Why a file is not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not a schema of the subset.
    #[error(transparent)]
    Schema(#[from] XsdError),
    /// It is one, but does not fit in with the others.
    #[error("{file}: {problem}")]
    Misfit {
        /// The name of the file.
        file: String,
        /// What does not fit.
        problem: String,
    },
}

/// Imports official files (name and text) into the files of a folder. Gives the files of the folder as they must be
/// afterwards; those that did not change are the same to the byte.
pub fn import(folder: &Files, official: &Files) -> Result<Files, ImportError> {
    let mut state = State::read(folder);
    let mut messages = Vec::new();
    for (file, text) in official {
        let schema = read_single(file, text)?;
        messages.push(state.take(file, &schema)?);
    }
    let files = state.write();
    for (file, message, hash) in messages {
        prove(&files, &file, message, hash)?;
    }
    Ok(files)
}

/// Reads a message from files in our factoring.
pub fn read(files: &Files, message: MessageId) -> Result<Schema, XsdError> {
    let name = file_name(message);
    let text = files.get(&name).map_or("", String::as_str);
    xsd::read(&name, text, &mut |location| {
        let shared = files.get(location).ok_or("no such file")?;
        Ok(Types::of(shared).reached_from(text).into())
    })
}

/// The hashes that a `hashes.tsv` keeps.
pub fn hashes(text: &str) -> BTreeMap<&str, &str> {
    text.lines().skip(1).filter_map(|line| line.split_once('\t')).collect()
}

fn file_name(message: MessageId) -> String {
    format!("{message}.xsd")
}

/// What is written must say the same as what was read.
fn prove(files: &Files, file: &str, message: MessageId, hash: Hash) -> Result<(), ImportError> {
    let written = read(files, message)?;
    if normal::hash(&written) == Some(hash) {
        return Ok(());
    }
    Err(ImportError::Misfit { file: file.to_owned(), problem: "what would be written is not equal to it".to_owned() })
}

/// The folder while files are imported.
struct State {
    shared: BTreeMap<String, String>,
    messages: Files,
    /// The names of each message's own types, with the message's file.
    own: BTreeMap<String, BTreeSet<String>>,
    hashes: BTreeMap<String, String>,
}

impl State {
    fn read(folder: &Files) -> Self {
        let text = |name: &str| folder.get(name).map_or("", String::as_str);
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        let mut state = Self {
            shared: Types::of(text(shared::FILE)).iter().map(owned).collect(),
            messages: Files::new(),
            own: BTreeMap::new(),
            hashes: hashes(text(HASHES)).into_iter().map(owned).collect(),
        };
        for (name, text) in folder.iter().filter(|(name, _)| name.ends_with(".xsd") && *name != shared::FILE) {
            state.keep(name, text.clone());
        }
        state
    }

    /// Keeps the file of a message.
    fn keep(&mut self, name: &str, text: String) {
        for (own, _) in Types::of(&text).iter() {
            self.own.entry(own.to_owned()).or_default().insert(name.to_owned());
        }
        self.messages.insert(name.to_owned(), text);
    }

    /// Takes the schema of an official file.
    fn take(&mut self, file: &str, schema: &Schema) -> Result<(String, MessageId, Hash), ImportError> {
        let misfit = |problem: String| ImportError::Misfit { file: file.to_owned(), problem };
        let message = MessageId::from_namespace(&schema.namespace)
            .ok_or_else(|| misfit(format!("{:?} is not the namespace of a message", schema.namespace)))?;
        let [(_, root_type)] = schema.elements.as_slice() else {
            return Err(misfit("must have exactly one root element".to_owned()));
        };
        let hash = normal::hash(schema).ok_or_else(|| misfit("a type is missing".to_owned()))?;
        let kept = self.hashes.entry(message.to_string()).or_insert_with(|| hash.to_string());
        if *kept != hash.to_string() {
            return Err(misfit(format!("{message} was imported from a file that said something else")));
        }
        let own = own_types(schema, root_type);
        for (name, content) in reached_types(schema, root_type) {
            if !own.contains(name) && !name.contains(':') {
                self.share(name, write::named_type(name, content)).map_err(misfit)?;
            }
        }
        self.keep(&file_name(message), write::file(schema, Some(shared::FILE), own.iter().copied()));
        // The types of an included file are all there, so a name may not be shared and a message's own.
        match self.own.keys().find(|name| self.shared.contains_key(*name)) {
            Some(name) => Err(misfit(format!("type {name} is shared, and the own type of a message"))),
            None => Ok((file.to_owned(), message, hash)),
        }
    }

    /// Adds a shared type, or sees that it is there already.
    fn share(&mut self, name: &str, text: String) -> Result<(), String> {
        let kept = self.shared.entry(name.to_owned()).or_insert_with(|| text.clone());
        if *kept == text { Ok(()) } else { Err(format!("type {name} differs from the shared one of this name")) }
    }

    fn write(self) -> Files {
        let mut files = self.messages;
        let types: String = self.shared.into_values().collect();
        files.insert(shared::FILE.to_owned(), format!("{}{types}{}", shared::BEGIN, shared::END));
        let hashes: String = self.hashes.iter().map(|(message, hash)| format!("{message}\t{hash}\n")).collect();
        files.insert(HASHES.to_owned(), format!("{HASHES_HEAD}\n{hashes}"));
        files
    }
}

/// The names of a message's own types: that of its root, and that of the root's only child.
fn own_types<'s>(schema: &'s Schema, root_type: &'s str) -> BTreeSet<&'s str> {
    let mut own = BTreeSet::from([root_type]);
    if let Some(Type::Complex(Particle { term: Term::Sequence(items), .. })) = schema.types.get(root_type)
        && let [Particle { term: Term::Element { type_name, .. }, .. }] = items.as_slice()
    {
        own.insert(type_name);
    }
    own
}

/// Every type that the root reaches.
fn reached_types<'s>(schema: &'s Schema, root_type: &'s str) -> BTreeMap<&'s str, &'s Type> {
    let mut reached = BTreeMap::new();
    let mut next = vec![root_type];
    while let Some(name) = next.pop() {
        if let Some((name, content)) = schema.types.get_key_value(name)
            && reached.insert(name.as_str(), content).is_none()
        {
            match content {
                Type::Simple(_) => {}
                Type::Complex(content) => named_in(content, &mut next),
                Type::SimpleContent { base, attributes } => {
                    next.push(base);
                    next.extend(attributes.iter().map(|attribute| attribute.type_name.as_str()));
                }
            }
        }
    }
    reached
}

fn named_in<'s>(particle: &'s Particle, names: &mut Vec<&'s str>) {
    match &particle.term {
        Term::Element { type_name, .. } => names.push(type_name),
        Term::Sequence(items) | Term::Choice(items) => items.iter().for_each(|item| named_in(item, names)),
        Term::Any { .. } => {}
    }
}
