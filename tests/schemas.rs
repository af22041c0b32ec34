//! Our schemas are the official ones in another arrangement: held by the hash of the normal form, with and without the
//! official files, and by libxml2, which must compile each of ours.
//!
//! `PAYFLOW_BLESS=1 cargo test --test schemas` imports the official files anew.

mod skip;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use payflow::schema::import::{self, Files};
use payflow::schema::model::{Particle, Term, Type};
use payflow::schema::{MessageId, catalogue, names, normal, write, xsd};

/// Our folder of schemas.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn files_of(folder: &Path) -> Files {
    let paths = folder.read_dir().expect("the folder is there").map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "xsd") || path.ends_with(import::HASHES))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a readable file"))
        })
        .collect()
}

/// The official files, or a plain word that they are not there.
fn official() -> Option<Files> {
    let shared = std::env::var_os("PAYFLOW_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("iso20022/xsd");
    if !folder.is_dir() {
        skip::skipped("the comparison with the official schemas", "their files are not there");
        return None;
    }
    let mut files = files_of(&folder);
    files.retain(|name, _| name.ends_with(".xsd"));
    Some(files)
}

/// The messages of the catalogue.
fn messages() -> Vec<MessageId> {
    catalogue::embedded().ids().collect()
}

#[test]
fn ours_have_the_kept_hashes() {
    let files = files_of(&folder());
    let kept = import::hashes(&files[import::HASHES]);
    let distinct: BTreeSet<_> = kept.values().collect();
    assert_eq!(distinct.len(), kept.len(), "no two messages are the same");
    for message in messages() {
        let schema = import::read(&files, message).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(normal::hash(&schema).unwrap().to_string(), kept[message.to_string().as_str()], "{message}");
    }
    assert_eq!(kept.len(), messages().len());
    assert_eq!(files.len(), kept.len() + 2, "a message, its types, and the hashes: nothing else is in the folder");
    println!("{} of our schemas have the kept hash", kept.len());
}

#[test]
fn the_official_files_have_the_kept_hashes() {
    let Some(official) = official() else { return };
    let files = files_of(&folder());
    let kept = import::hashes(&files[import::HASHES]);
    for (name, text) in &official {
        let schema = xsd::read_single(name, text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(normal::hash(&schema).unwrap().to_string(), kept[name.trim_end_matches(".xsd")], "{name}");
    }
    assert_eq!(official.len(), kept.len());
    println!("{} official files have the kept hash", official.len());
}

#[test]
fn importing_gives_our_files_to_the_byte() {
    let Some(official) = official() else { return };
    let from_nothing = import::import(&Files::new(), &official).unwrap_or_else(|error| panic!("{error}"));
    if std::env::var_os("PAYFLOW_BLESS").is_some() {
        for (name, text) in &from_nothing {
            std::fs::write(folder().join(name), text).unwrap();
        }
    }
    let ours = files_of(&folder());
    assert!(from_nothing.keys().eq(ours.keys()));
    for (name, text) in &from_nothing {
        assert!(*text == ours[name], "{name} is not what the importer writes");
    }
    assert!(import::import(&ours, &official).unwrap() == ours, "importing again changes nothing");
    let bytes: usize = ours.iter().filter(|(name, _)| name.ends_with(".xsd")).map(|(_, text)| text.len()).sum();
    println!("{} files of {} KB", ours.len(), bytes / 1024);
    assert!(bytes < 3 << 20, "the catalogue is part of the binary");
}

#[test]
fn importing_one_by_one_gives_the_same_files() {
    let Some(official) = official() else { return };
    // All but a family, then its versions one after the other, the last one first.
    let (family, others): (Files, Files) = official.into_iter().partition(|(name, _)| name.starts_with("pacs.010."));
    let mut files = import::import(&Files::new(), &others).unwrap();
    for one in family.into_iter().rev() {
        let before = files.clone();
        files = import::import(&files, &Files::from([one])).unwrap();
        for (name, text) in &before {
            let mut lines = files[name].lines();
            assert!(text.lines().all(|line| lines.any(|after| after == line)), "{name} lost a line");
            assert!(*text == files[name] || name == "types.xsd" || name == import::HASHES, "{name} changed");
        }
    }
    assert!(files == files_of(&folder()), "the order of imports does not matter");
}

#[test]
fn what_is_exported_has_the_kept_hash() {
    let files = files_of(&folder());
    let kept = import::hashes(&files[import::HASHES]);
    for message in messages() {
        let read = xsd::read_single("exported.xsd", &exported(message)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(normal::hash(&read).unwrap().to_string(), kept[message.to_string().as_str()], "{message}");
    }
}

fn exported(message: MessageId) -> String {
    write::self_contained(&catalogue::embedded().schema(message).expect("it is listed").expect("a readable schema"))
}

#[test]
fn libxml2_compiles_what_is_exported() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        skip::skipped("the schemas with libxml2", "xmllint is not there");
        return;
    }
    let exported_file = tempfile::NamedTempFile::new().unwrap();
    for message in messages() {
        std::fs::write(exported_file.path(), exported(message)).unwrap();
        check_libxml2(exported_file.path());
    }
    // And the factoring, which it takes as it stands.
    for message in ["camt.053.001.14", "head.001.001.04", "pain.001.001.13"] {
        check_libxml2(&folder().join(format!("{message}.xsd")));
    }
    println!("libxml2 compiles {} of our schemas", messages().len());
}

#[track_caller]
fn check_libxml2(schema: &Path) {
    // No document is valid against a schema by being empty; what matters is that the schema compiles, and that it is the
    // namespace that is at fault, not the schema.
    let document = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(document.path(), "<Nothing/>").expect("it is written");
    let mut command = Command::new("xmllint");
    let output = command
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .arg(document.path())
        .output()
        .expect("xmllint runs");
    let said = String::from_utf8_lossy(&output.stderr);
    // 3: the document is not valid. 5: the schema does not compile.
    assert_eq!(output.status.code(), Some(3), "{}: {said}", schema.display());
    assert!(said.contains("No matching global declaration"), "{}: {said}", schema.display());
}

/// The elements whose full name is not known.
const NAMELESS: &[&str] = &["EIR"];

#[test]
fn every_element_has_a_full_name() {
    let mut tags = BTreeSet::new();
    for message in messages() {
        let schema = catalogue::embedded().schema(message).unwrap().unwrap();
        tags.extend(schema.elements.iter().map(|(root, _)| root.clone()));
        for content in schema.types.values() {
            if let Type::Complex(content) = content {
                tags_in(content, &mut tags);
            }
        }
    }
    let known: BTreeSet<String> = names::all().map(|(tag, _)| tag.to_owned()).collect();
    assert_eq!(tags.difference(&known).collect::<Vec<_>>(), NAMELESS);
    assert_eq!(known.difference(&tags).count(), 0, "no name without an element");
}

fn tags_in(particle: &Particle, tags: &mut BTreeSet<String>) {
    match &particle.term {
        Term::Element { name, .. } => drop(tags.insert(name.clone())),
        Term::Sequence(items) | Term::Choice(items) => items.iter().for_each(|item| tags_in(item, tags)),
        Term::Any { .. } => {}
    }
}
