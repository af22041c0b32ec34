//! What is wrong with a configuration: every fault with its place in the file, or the variable it comes from, and how to mend
//! it.

use std::fmt;
use std::ops::Range;

use figment::Figment;
use figment::error::{Actual, Kind};
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use toml_edit::{Document, Item, TableLike};
use validator::{ValidationErrors, ValidationErrorsKind};

use super::check::order;
use super::environment::{self, Variable};
use super::secret::is_hidden;
use super::{Config, Override};

/// So many faults are looked for. Each is taken out before the next one is.
const MOST: usize = 100;

/// A configuration that can't be used: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The faults, in the order of the file.
    pub faults: Vec<Fault>,
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| order(&fault.place));
        Self { faults }
    }

    /// Of a file that can't be read.
    pub(super) fn unread(file: &str, error: &std::io::Error) -> Self {
        let place = Place::File { file: file.to_owned(), line: 1, column: 1 };
        let (key, mend) = ("the file".to_owned(), "name another one".to_owned());
        Self { faults: vec![Fault { place, key, problem: format!("can't be read: {error}"), mend }] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// The key, such as `sources[1].partner`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, problem, mend } = self;
        write!(f, "{place}: {key}: {problem}; {mend}")
    }
}

/// Where a setting stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file; what is missing, where it belongs.
    File {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// In a variable of the environment.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Place::Variable(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// What is wrong, before its place is known: key, problem, mend.
pub(super) type Unplaced = (String, String, String);

pub(super) fn fault(key: impl Into<String>, problem: impl Into<String>, mend: impl Into<String>) -> Unplaced {
    (key.into(), problem.into(), mend.into())
}

/// The text of a configuration, by which places are told.
pub(super) struct Text<'t> {
    pub(super) file: String,
    pub(super) text: &'t str,
    document: Option<Document<&'t str>>,
    overrides: &'t [Override],
}

impl<'t> Text<'t> {
    /// The text, and the fault of its syntax where it has one.
    pub(super) fn read(file: String, text: &'t str, overrides: &'t [Override]) -> Result<Self, Fault> {
        let whole = Self { file, text, document: None, overrides };
        match Document::parse(text) {
            Ok(document) => Ok(Self { document: Some(document), ..whole }),
            Err(error) => Err(Fault {
                place: whole.at(error.span().unwrap_or(0..0).start),
                key: "the file".to_owned(),
                problem: format!("is not TOML: {}", error.message().trim_end().replace('\n', ", ")),
                mend: "correct it".to_owned(),
            }),
        }
    }

    fn at(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        Place::File { file: self.file.clone(), line, column }
    }

    /// With its place: of a key that is not there, the place of what it belongs to.
    pub(super) fn place(&self, (key, problem, mend): Unplaced) -> Fault {
        let (is_there, span) = self.find(&key);
        // What is in a list that a variable sets is not in the file, whatever the file has in its place.
        let sets = |given: &&Override| match key.strip_prefix(&given.key) {
            Some("") => true,
            Some(below) => below.starts_with('[') || (below.starts_with('.') && !is_there),
            None => false,
        };
        let place = match self.overrides.iter().rev().find(sets) {
            Some(given) => Place::Variable(given.variable.clone()),
            None => self.at(span.map_or(0, |span| span.start)),
        };
        Fault { place, key, problem, mend }
    }

    /// The line of a key, where it is in the file.
    pub(super) fn line(&self, key: &str) -> Option<usize> {
        match self.find(key) {
            (true, Some(span)) => match self.at(span.start) {
                Place::File { line, .. } => Some(line),
                Place::Variable(_) => None,
            },
            _ => None,
        }
    }

    /// What the file says.
    pub(super) fn values(&self) -> Dict {
        self.document.as_ref().map(|document| dict(document.as_table())).unwrap_or_default()
    }

    /// Where a key stands, or the last part of its way that is there; and whether it is there itself.
    fn find(&self, key: &str) -> (bool, Option<Range<usize>>) {
        let Some(document) = &self.document else { return (false, None) };
        let (mut here, mut span) = (Here::Table(document.as_table()), None);
        for part in parts(key) {
            let Some((next, at)) = here.step(&part) else { return (false, span) };
            (here, span) = (next, at.or(span));
        }
        (true, span)
    }
}

/// What a key leads to.
#[derive(Clone, Copy)]
enum Here<'d> {
    Table(&'d dyn TableLike),
    Item(&'d Item),
    Value(&'d toml_edit::Value),
}

impl<'d> Here<'d> {
    fn step(self, part: &Part) -> Option<(Here<'d>, Option<Range<usize>>)> {
        match part {
            Part::Name(name) => {
                let table = match self {
                    Here::Table(table) => table,
                    Here::Item(item) => item.as_table_like()?,
                    Here::Value(value) => value.as_inline_table()? as &dyn TableLike,
                };
                let (key, item) = table.get_key_value(name)?;
                Some((Here::Item(item), key.span()))
            }
            Part::Number(index) => match self {
                Here::Item(Item::ArrayOfTables(tables)) => {
                    let table = tables.get(*index)?;
                    Some((Here::Table(table), table.span()))
                }
                Here::Item(Item::Value(value)) | Here::Value(value) => {
                    let value = value.as_array()?.get(*index)?;
                    Some((Here::Value(value), value.span()))
                }
                _ => None,
            },
        }
    }
}

fn dict(table: &dyn TableLike) -> Dict {
    table.iter().filter_map(|(name, item)| Some((name.to_owned(), of_item(item)?))).collect()
}

fn of_item(item: &Item) -> Option<Value> {
    match item {
        Item::None => None,
        Item::Value(value) => Some(of_value(value)),
        Item::Table(table) => Some(Value::from(dict(table))),
        Item::ArrayOfTables(tables) => {
            Some(tables.iter().map(|table| Value::from(dict(table))).collect::<Vec<_>>().into())
        }
    }
}

fn of_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(text) => Value::from(text.value().as_str()),
        Toml::Integer(number) => Value::from(*number.value()),
        Toml::Boolean(truth) => Value::from(*truth.value()),
        Toml::Float(number) => Value::from(*number.value()),
        Toml::Datetime(time) => Value::from(time.value().to_string()),
        Toml::Array(array) => array.iter().map(of_value).collect::<Vec<_>>().into(),
        Toml::InlineTable(table) => Value::from(dict(table)),
    }
}

/// A part of a key: `sources[1].partner` has three.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Name(String),
    Number(usize),
}

/// The parts of a key. A name with a dot in it stands in quotes.
fn parts(key: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            parts.push(Part::Name(name.to_owned()));
            rest = after;
        } else if let Some(numbered) = rest.strip_prefix('[') {
            let (number, after) = numbered.split_once(']').unwrap_or((numbered, ""));
            parts.push(Part::Number(number.parse().unwrap_or(usize::MAX)));
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            parts.push(Part::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    parts
}

/// A path with its numbers in brackets, and in quotes what has a dot.
fn joined(path: &[String]) -> String {
    path.iter().fold(String::new(), |text, part| match part.parse::<usize>() {
        Ok(index) => format!("{text}[{index}]"),
        Err(_) => {
            let part = if part.contains('.') { format!("{part:?}") } else { part.clone() };
            if text.is_empty() { part } else { format!("{text}.{part}") }
        }
    })
}

/// The configuration that the values say, as far as they can be read. What can't is taken out and told, so that what else is
/// wrong can be told too. Says besides whether nothing of it had to be left out as a whole.
pub(super) fn extract(values: &mut Dict, variables: &[Variable], faults: &mut Vec<Unplaced>) -> Option<(Config, bool)> {
    let mut whole = true;
    for _ in 0..MOST + variables.len() {
        let error = match Figment::from(Serialized::defaults(&*values)).extract::<Config>() {
            Ok(config) => return Some((config, whole)),
            Err(error) => error,
        };
        if matches!(error.kind, Kind::InvalidType(..)) && environment::reread(values, variables, &error.path) {
            continue;
        }
        let (path, problem, mend) = unreadable(&error);
        let key = joined(&path);
        let told = faults.iter().any(|(known, ..)| *known == key);
        if !told {
            faults.push((if key.is_empty() { "the file".to_owned() } else { key }, problem, mend));
        }
        if !take_out(values, &path) {
            // Nothing is there: what it is missing in goes, so that the rest can be read.
            whole = false;
            if path.len() < 2 || values.remove(&path[0]).is_none() {
                return None;
            }
        }
    }
    None
}

/// Whether something is missing only because what stands there, or beside it, can't be read.
pub(super) fn follows((key, problem, _): &Unplaced, unreadable: &[Unplaced]) -> bool {
    let section = |key: &str| key.rsplit_once('.').map(|(section, _)| section.to_owned());
    problem.starts_with("is missing") && unreadable.iter().any(|(other, ..)| section(other) == section(key))
}

fn take_out(values: &mut Dict, path: &[String]) -> bool {
    let Some((last, way)) = path.split_last() else { return false };
    let Some((first, way)) = way.split_first() else { return values.remove(last).is_some() };
    let mut here = values.get_mut(first);
    for part in way {
        here = match here {
            Some(Value::Dict(_, dict)) => dict.get_mut(part),
            Some(Value::Array(_, list)) => part.parse::<usize>().ok().and_then(|index| list.get_mut(index)),
            _ => None,
        };
    }
    match here {
        Some(Value::Dict(_, dict)) => dict.remove(last).is_some(),
        Some(Value::Array(_, list)) => match last.parse::<usize>() {
            Ok(index) if index < list.len() => {
                list.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// What could not be read: a wrong kind of value, an unknown or missing key.
fn unreadable(error: &figment::Error) -> (Vec<String>, String, String) {
    let mut path = error.path.clone();
    let (problem, mend) = match &error.kind {
        Kind::UnknownField(name, known) => {
            // figment names the key itself in some places, and what it is in in others.
            if path.last() != Some(name) {
                path.push(name.clone());
            }
            return (path, "is not known".to_owned(), format!("one of {} may stand here", known.join(", ")));
        }
        Kind::MissingField(name) => {
            path.push(name.to_string());
            return (path, "is missing".to_owned(), "add it".to_owned());
        }
        Kind::InvalidType(found, expected) => {
            (format!("is {}", described(found)), format!("write {}", wanted(expected, &path)))
        }
        // A number of the right kind, and too small or too large.
        Kind::InvalidValue(found, _) => {
            let mend = if matches!(found, Actual::Signed(_)) { "write 0 or more" } else { "write a smaller number" };
            (format!("is {}", described(found)), mend.to_owned())
        }
        Kind::UnknownVariant(found, known) => (format!("is {found:?}"), format!("write one of {}", known.join(", "))),
        other => (other.to_string().trim_end().replace('\n', " "), form(&path).to_owned()),
    };
    match path.iter().any(|name| is_hidden(name)) {
        true => (path, "can't be read as it is (it is shown to nobody)".to_owned(), mend),
        false => (path, problem, mend),
    }
}

/// What was found.
fn described(found: &Actual) -> String {
    match found {
        Actual::Bool(truth) => truth.to_string(),
        Actual::Unsigned(number) => number.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        Actual::Char(character) => format!("{:?}", character.to_string()),
        Actual::Str(text) => format!("{text:?}"),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// What was expected, from serde's name of it.
fn wanted(expected: &str, path: &[String]) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "path string" => "a text, in quotes".to_owned(),
        "a sequence" if path.len() == 1 => format!("[[{}]] for each", path[0]),
        "a sequence" => "a list: [\"…\"]".to_owned(),
        "a map" => format!("a table: [{}]", joined(path)),
        expected if expected.starts_with("struct ") => format!("a table: [{}]", joined(path)),
        expected => expected.to_owned(),
    }
}

/// How to write what has a form of its own.
fn form(path: &[String]) -> &'static str {
    let forms = [
        ("listen", "write an address and a port, such as 127.0.0.1:9464"),
        ("from", "write a moment, such as 2026-11-20T08:00:00Z"),
        ("amounts", "write an amount for each currency: { EUR = \"5000.00\" }"),
        ("hold_above", "write an amount for each currency: { EUR = \"5000.00\" }"),
        ("properties", "write a text, a whole number, or true or false"),
    ];
    let of_path = forms.iter().find(|(name, _)| path.iter().any(|part| part == name));
    of_path.map_or("correct it", |(_, form)| form)
}

/// Every value that is out of its bounds.
pub(super) fn invalid(errors: &ValidationErrors, path: &[String], faults: &mut Vec<Unplaced>) {
    // The map has no order of its own: by name, so that the same file gives the same faults.
    let mut fields: Vec<_> = errors.errors().iter().collect();
    fields.sort_by_key(|(name, _)| name.to_string());
    for (name, kind) in fields {
        let below = |parts: &[&str]| -> Vec<String> {
            path.iter().cloned().chain(parts.iter().map(|part| (*part).to_owned())).collect()
        };
        match kind {
            ValidationErrorsKind::Struct(inner) => invalid(inner, &below(&[name]), faults),
            ValidationErrorsKind::List(inner) => {
                for (index, inner) in inner {
                    invalid(inner, &below(&[name, &index.to_string()]), faults);
                }
            }
            ValidationErrorsKind::Field(found) => {
                let mend = found.first().map_or_else(String::new, bounds);
                faults.push(fault(joined(&below(&[name])), "is out of its bounds", mend));
            }
        }
    }
}

fn bounds(error: &validator::ValidationError) -> String {
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    let unit = if error.code == "length" { " long" } else { "" };
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("it must be {min} to {max}{unit}"),
        (Some(min), None) => format!("it must be at least {min}{unit}"),
        (None, Some(max)) => format!("it must be at most {max}{unit}"),
        (None, None) => error.message.as_ref().map_or_else(|| "correct it".to_owned(), ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_apart() {
        let name = |name: &str| Part::Name(name.to_owned());
        assert_eq!(parts("sources[1].partner"), [name("sources"), Part::Number(1), name("partner")]);
        assert_eq!(parts("kafka.properties.\"session.timeout.ms\"").last(), Some(&name("session.timeout.ms")));
        assert!(parts("").is_empty());
    }
}
