//! The tables of bindings against the schemas of all versions: which field stands where, which version has it not, and
//! which leaves no field reads. Both lists are reviewed: `PAYFLOW_BLESS=1` writes them, a `?` as reason fails.

#![allow(clippy::unwrap_used)] // A test may panic.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use payflow::message::{Field, Form, bindings};
use payflow::schema::binding::{Binding, Kind, Place};
use payflow::schema::model::{Particle, Schema, Term, Type};
use payflow::schema::{MessageId, catalogue};

const FAMILIES: [(&str, u8, &str); 3] =
    [("pacs.008.001", 14, "Document"), ("camt.053.001", 14, "Document"), ("head.001.001", 4, "AppHdr")];

/// One version of a family: its schema and the type of its root element.
struct Version {
    number: u8,
    schema: Schema,
    root: String,
    bindings: &'static [Binding],
}

fn versions(family: &str, last: u8, root: &str) -> Vec<Version> {
    let one = |number| {
        let message: MessageId = format!("{family}.{number:02}").parse().unwrap();
        let schema = catalogue::embedded().schema(message).unwrap().unwrap();
        let root = schema.elements.iter().find(|(name, _)| name == root).unwrap().1.clone();
        Version { number, schema, root, bindings: bindings(message) }
    };
    (1..=last).map(one).collect()
}

/// What the tables say about one version: each field with its group, and the paths that are read.
#[derive(Default)]
struct Read {
    /// `Group/Field` → whether it stands in every place where the group does.
    fields: BTreeMap<String, bool>,
    /// The full paths of the values that are read.
    leaves: BTreeSet<String>,
    /// Which alternatives of which binding exist.
    used: BTreeSet<(u16, &'static str)>,
}

fn read(version: &Version) -> Read {
    let mut read = Read::default();
    collect(version, &version.root, version.bindings, "", "", &mut read);
    read
}

fn collect(version: &Version, below: &str, table: &[Binding], group: &str, path: &str, read: &mut Read) {
    for binding in table {
        let places = binding.resolve(&version.schema, below);
        let stands = read.fields.entry(format!("{group}{}", binding.name)).or_insert(true);
        *stands &= !places.is_empty();
        for (step, place) in places {
            read.used.insert((binding.slot, step));
            let path = format!("{path}/{step}");
            match (binding.kind, place) {
                (Kind::Group(content), Place::Content(type_name)) => {
                    collect(version, type_name, content, &format!("{}/", label(binding.name, content)), &path, read);
                }
                _ => {
                    read.leaves.insert(path);
                }
            }
        }
    }
}

/// What a group is called in the lists: every party is a `Party`, whatever its role, and so on.
fn label(name: &'static str, content: &[Binding]) -> &'static str {
    let holds = |field: Field| content.iter().any(|binding| binding.slot == field.slot());
    match () {
        () if holds(Field::Owner) || name == "SafekeepingAccount" => name,
        () if holds(Field::Iban) => "Account",
        () if holds(Field::Bicfi) => "Agent",
        () if holds(Field::PrivateIdentification) && holds(Field::Agent) => "PartyOrAgent",
        () if holds(Field::PrivateIdentification) => "Party",
        () => name,
    }
}

/// Every leaf of a schema with the name of its type: values, attributes, and wildcards as `*`.
fn leaves(schema: &Schema, type_name: &str, path: &str, out: &mut BTreeMap<String, String>) {
    match schema.types.get(type_name) {
        Some(Type::Complex(content)) => leaves_of(schema, content, path, out),
        Some(Type::SimpleContent { base, attributes }) => {
            out.insert(path.to_owned(), base.clone());
            for attribute in attributes {
                out.insert(format!("{path}/@{}", attribute.name), attribute.type_name.clone());
            }
        }
        _ => {
            out.insert(path.to_owned(), type_name.to_owned());
        }
    }
}

fn leaves_of(schema: &Schema, particle: &Particle, path: &str, out: &mut BTreeMap<String, String>) {
    match &particle.term {
        Term::Element { name, type_name } => leaves(schema, type_name, &format!("{path}/{name}"), out),
        Term::Sequence(parts) | Term::Choice(parts) => parts.iter().for_each(|part| leaves_of(schema, part, path, out)),
        Term::Any { .. } => {
            out.insert(format!("{path}/*"), "any".to_owned());
        }
    }
}

/// A reviewed list: lines of tab-separated columns, the last of them the reason.
struct Reviewed {
    file: &'static str,
    head: &'static str,
    rows: BTreeMap<String, String>,
}

impl Reviewed {
    fn load(file: &'static str, head: &'static str) -> Self {
        let text = std::fs::read_to_string(support::data(file)).unwrap_or_default();
        let rows = text.lines().skip(1).filter_map(|line| line.rsplit_once('\t'));
        Self { file, head, rows: rows.map(|(key, why)| (key.to_owned(), why.to_owned())).collect() }
    }

    /// Compares with what is there now; with `PAYFLOW_BLESS=1` writes that down instead, keeping the reasons.
    fn settle(self, now: &BTreeSet<String>) {
        let reason = |key: &String| self.rows.get(key).map_or("?", String::as_str);
        if std::env::var_os("PAYFLOW_BLESS").is_some() {
            let mut text = format!("{}\n", self.head);
            now.iter().for_each(|key| writeln!(text, "{key}\t{}", reason(key)).unwrap());
            std::fs::write(support::data(self.file), text).unwrap();
        }
        let new: Vec<_> = now.iter().filter(|key| reason(key) == "?").collect();
        let gone: Vec<_> = self.rows.keys().filter(|key| !now.contains(*key)).collect();
        assert!(new.is_empty() && gone.is_empty(), "{}: not reviewed {new:#?}, no longer so {gone:#?}", self.file);
    }
}

/// Numbers as ranges, such as `1-2,5`.
fn ranges(numbers: &[u8]) -> String {
    let mut parts: Vec<(u8, u8)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let text = |&(first, last): &(u8, u8)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    parts.iter().map(text).collect::<Vec<_>>().join(",")
}

#[test]
fn every_field_stands_in_every_version_or_is_a_known_absence() {
    let reviewed = Reviewed::load("absent.tsv", "family\tfield\tversions without it\twhy");
    let mut absent = BTreeSet::new();
    for (family, last, root) in FAMILIES {
        let mut matrix: BTreeMap<String, BTreeMap<u8, bool>> = BTreeMap::new();
        for version in versions(family, last, root) {
            for (field, stands) in read(&version).fields {
                matrix.entry(field).or_default().insert(version.number, stands);
            }
        }
        println!("{family}: versions 1 to {last}, # stands, . does not, blank: its group does not");
        for (field, versions) in matrix {
            let mark = |version| versions.get(&version).map_or(' ', |stands| if *stands { '#' } else { '.' });
            println!("{} {field}", (1..=last).map(mark).collect::<String>());
            let holes: Vec<u8> = versions.iter().filter(|(_, stands)| !**stands).map(|(number, _)| *number).collect();
            if !holes.is_empty() {
                absent.insert(format!("{family}\t{field}\t{}", ranges(&holes)));
            }
        }
    }
    reviewed.settle(&absent);
}

/// Whether a pattern covers a path: from the start, or anywhere when it begins with `*/`; always whole subtrees.
fn covers(pattern: &str, path: &str) -> bool {
    let whole_steps = |rest: &str, pattern: &str| {
        rest.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match pattern.strip_prefix("*/") {
        Some(tail) => {
            let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
            starts.map(|at| &path[at..]).any(|rest| whole_steps(rest, tail))
        }
        None => whole_steps(path, pattern),
    }
}

#[test]
fn every_leaf_is_read_or_known_to_be_unread() {
    let reviewed = Reviewed::load("unread.tsv", "family\tsubtree (*/ is anywhere)\twhy");
    let mut unread = BTreeSet::new();
    for (family, last, root) in FAMILIES {
        let patterns = reviewed.rows.keys().filter_map(|key| key.split_once('\t'));
        let patterns: Vec<_> = patterns.filter(|(of, _)| *of == family || *of == "*").collect();
        for version in versions(family, last, root) {
            let read = read(&version).leaves;
            let mut all = BTreeMap::new();
            leaves(&version.schema, &version.root, "", &mut all);
            for (path, _) in all.iter().filter(|(path, _)| !read.contains(*path)) {
                // The name of the message element differs between versions.
                let path = if root == "Document" { path[1..].split_once('/').unwrap().1 } else { &path[1..] };
                match patterns.iter().find(|(_, pattern)| covers(pattern, path)) {
                    Some((of, pattern)) => unread.insert(format!("{of}\t{pattern}")),
                    None => unread.insert(format!("{family}\t{path}")),
                };
            }
        }
    }
    reviewed.settle(&unread);
}

#[test]
fn every_path_exists_in_some_version() {
    let mut used = BTreeSet::new();
    for (family, last, root) in FAMILIES {
        versions(family, last, root).iter().for_each(|version| used.extend(read(version).used));
    }
    for (family, ..) in FAMILIES {
        let mut tables = vec![bindings(format!("{family}.01").parse().unwrap())];
        while let Some(table) = tables.pop() {
            for binding in table {
                for path in binding.paths {
                    assert!(used.contains(&(binding.slot, path)), "{} never stands at {path}", binding.name);
                }
                if let Kind::Group(content) = binding.kind {
                    tables.push(content);
                }
            }
        }
    }
}

#[test]
fn a_slot_is_unique_within_its_group_and_has_the_kind_of_its_field() {
    for (family, ..) in FAMILIES {
        let mut tables = vec![bindings(format!("{family}.01").parse().unwrap())];
        while let Some(table) = tables.pop() {
            let mut slots = BTreeSet::new();
            for binding in table {
                assert!(slots.insert(binding.slot), "{} twice in a group", binding.name);
                let field = Field::of(binding.slot);
                assert_eq!(field.name(), binding.name);
                let is_group = matches!(binding.kind, Kind::Group(_));
                assert_eq!(is_group, field.form() == Form::Group, "{}", binding.name);
                if let Form::Amount(currency) = field.form() {
                    assert!(
                        table.iter().any(|other| other.slot == currency.slot()),
                        "{} lacks its currency",
                        binding.name
                    );
                }
                if let Kind::Group(content) = binding.kind {
                    tables.push(content);
                }
            }
        }
    }
}

/// What a leaf of a type is, when a rule goes by the type wherever it stands.
fn checked_by_rules(type_name: &str) -> bool {
    type_name.starts_with("IBAN")
        || type_name.starts_with("BIC")
        || type_name.starts_with("AnyBIC")
        || type_name.ends_with("CurrencyCode")
        || type_name == "CountryCode"
        || type_name == "UUIDv4Identifier"
        || type_name == "LEIIdentifier"
        || type_name.ends_with("CurrencyAndAmount_SimpleType")
}

/// The header of another message, quoted in a header: its sender checked it.
fn is_copy(path: &str) -> bool {
    path.starts_with("/Rltd/")
}

#[test]
fn every_identifier_country_currency_and_amount_is_read() {
    for (family, last, root) in FAMILIES {
        for version in versions(family, last, root) {
            let read = read(&version).leaves;
            let mut all = BTreeMap::new();
            leaves(&version.schema, &version.root, "", &mut all);
            // A family of payments has dozens of them: when types are named otherwise, this must not pass for want of any.
            assert!(all.values().filter(|kind| checked_by_rules(kind)).count() > 10);
            let missed: Vec<_> = all
                .iter()
                .filter(|(path, kind)| checked_by_rules(kind) && !read.contains(*path) && !is_copy(path))
                .collect();
            assert!(missed.is_empty(), "version {} of {family}: {missed:#?}", version.number);
        }
    }
}
