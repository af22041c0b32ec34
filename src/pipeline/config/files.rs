//! Whether what a configuration names on disk can be opened: all that `payflow run` would fall over, told before it does. Must
//! not write, and opens no database.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::fault::{Unplaced, fault};
use super::{Config, KafkaConfig, StoreConfig, secret};
use crate::pipeline::schemas;

impl Config {
    pub(super) fn check_files(&self, faults: &mut Vec<Unplaced>) {
        self.store.check_files(faults);
        faults.extend(self.kafka.iter().flat_map(KafkaConfig::files).filter_map(|(key, path)| unread(key, path)));
        faults.extend(self.embedded.as_ref().and_then(|embedded| homeless("embedded.path".to_owned(), &embedded.path)));
        for (index, folder) in self.folders.iter().enumerate().filter(|(_, folder)| !folder.path.is_dir()) {
            let problem = format!("there is no folder {}", folder.path.display());
            faults.push(fault(format!("folders[{index}].path"), problem, "make it, or correct the path"));
        }
        self.check_own_schemas(faults);
    }

    /// Each by itself, and when each is good, all together.
    fn check_own_schemas(&self, faults: &mut Vec<Unplaced>) {
        let (all, before) = (self.own_schemas(), faults.len());
        for (index, own) in all.iter().enumerate() {
            let mend = if own.0.exists() { "correct the schema" } else { "correct the path" };
            let told = |problem| fault(format!("schemas[{index}].path"), problem, mend);
            faults
                .extend(schemas::load(std::slice::from_ref(own)).err().into_iter().flat_map(|error| error.0).map(told));
        }
        if faults.len() == before && all.len() > 1 {
            let told = |problem| fault("schemas", problem, "correct the schemas, or whom they are for");
            faults.extend(schemas::load(&all).err().into_iter().flat_map(|error| error.0).map(told));
        }
    }
}

impl StoreConfig {
    fn check_files(&self, faults: &mut Vec<Unplaced>) {
        faults.extend(self.path.as_ref().and_then(|path| homeless("store.path".to_owned(), path)));
        let files = [("password_file", &self.password_file), ("ca_file", &self.ca_file)];
        faults.extend(files.iter().filter_map(|(name, path)| unread(format!("store.{name}"), path.as_ref()?)));
        for (section, keys) in [("seal", &self.seal), ("audit", &self.audit)] {
            for (index, (_, path)) in keys.iter().flat_map(|keys| keys.keys()).enumerate() {
                let Err(problem) = secret::key(path) else { continue };
                let key = match index.checked_sub(1) {
                    None => format!("store.{section}.key_file"),
                    Some(older) => format!("store.{section}.older[{older}].key_file"),
                };
                faults.push(fault(key, problem, "name a file with 64 hexadecimal digits"));
            }
        }
    }
}

/// A file that is to be read, and can't be.
fn unread(key: String, path: &Path) -> Option<Unplaced> {
    let error = File::open(path).and_then(|mut file| file.read(&mut [0])).err()?;
    Some(fault(key, format!("{} can't be read: {error}", path.display()), "put the file there, or correct the path"))
}

/// A file that is made where it is missing, and can't be.
fn homeless(key: String, path: &Path) -> Option<Unplaced> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() {
        return Some(fault(key, format!("{} is a folder", path.display()), "name a file in it"));
    }
    let problem = format!("there is no folder {}", folder.display());
    (!folder.is_dir()).then(|| fault(key, problem, "make it, or correct the path"))
}
