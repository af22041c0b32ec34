//! Our schemas are the official ones in another arrangement: held by the hash of the normal form, with and without the
//! official files, and by libxml2, which must compile each of ours.
//!
//! `PAYFLOW_BLESS=1 cargo test --test schemas` imports the official files anew.

mod skip;

use std::path::{Path, PathBuf};
use std::process::Command;

use payflow::schema::import::{self, Files};
use payflow::schema::{MessageId, catalogue, normal, xsd};

/// Our folder of schemas.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn files_of(folder: &Path) -> Files {
    let paths = folder.read_dir().expect("the folder is there").map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "xsd" || extension == "tsv"))
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
    let distinct: std::collections::BTreeSet<_> = kept.values().collect();
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
    assert_eq!(names(&from_nothing), names(&ours));
    for (name, text) in &from_nothing {
        assert!(*text == ours[name], "{name} is not what the importer writes");
    }
    assert!(import::import(&ours, &official).unwrap() == ours, "importing again changes nothing");
    let bytes: usize = ours.iter().filter(|(name, _)| name.ends_with(".xsd")).map(|(_, text)| text.len()).sum();
    println!("{} files of {} KB", ours.len(), bytes / 1024);
    assert!(bytes < 3 << 20, "the catalogue is part of the binary");
}

fn names(files: &Files) -> Vec<&String> {
    files.keys().collect()
}

#[test]
fn importing_one_by_one_gives_the_same_files() {
    let Some(official) = official() else { return };
    // All but a family, then its versions one after the other, the last one first.
    let (family, others): (Files, Files) = official.into_iter().partition(|(name, _)| name.starts_with("pain.001."));
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
fn libxml2_compiles_ours() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        skip::skipped("the schemas with libxml2", "xmllint is not there");
        return;
    }
    let folder = folder();
    for message in messages() {
        // No document is valid against a schema by being empty; what matters is that the schema compiles, and that it
        // is the namespace that is at fault, not the schema.
        let document = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(document.path(), "<Nothing/>").unwrap();
        let schema = folder.join(format!("{message}.xsd"));
        let mut command = Command::new("xmllint");
        let output =
            command.args(["--noout", "--nonet", "--schema"]).arg(schema).arg(document.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // 3: the document is not valid. 5: the schema does not compile.
        assert_eq!(output.status.code(), Some(3), "{message}: {said}");
        assert!(said.contains("No matching global declaration"), "{message}: {said}");
    }
    println!("libxml2 compiles {} of our schemas", messages().len());
}
