//! Reads the files of a user's own schemas. Must not know what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::message::own::{Folder, Ground, OwnSchemas};

/// A schema file, or a folder of them, and for which messages it is: for all of its namespace when nothing else is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaConfig {
    /// The file or folder. What a schema includes or imports lies in the same folder.
    pub path: PathBuf,
    /// For what these partners send.
    #[serde(default)]
    pub partners: Vec<String>,
    /// For messages whose header names this BizSvc.
    pub business_service: Option<String>,
    /// For messages whose header names this id in MktPrctc.
    pub market_practice: Option<String>,
}

impl SchemaConfig {
    /// When its schemas are chosen.
    pub fn grounds(&self) -> Vec<Ground> {
        let partners = self.partners.iter().cloned().map(Ground::Partner);
        let service = self.business_service.iter().cloned().map(Ground::BusinessService);
        let practice = self.market_practice.iter().cloned().map(Ground::MarketPractice);
        let stated: Vec<Ground> = partners.chain(service).chain(practice).collect();
        if stated.is_empty() { vec![Ground::Always] } else { stated }
    }

    /// Whether it is said in one way only for which messages it is.
    pub fn is_clear(&self) -> bool {
        let said = [!self.partners.is_empty(), self.business_service.is_some(), self.market_practice.is_some()];
        said.into_iter().filter(|said| *said).count() <= 1
    }
}

/// Schemas that cannot be used: all that is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schemas cannot be used:\n  {}", .0.join("\n  "))]
pub struct Unusable(pub Vec<String>);

/// Reads and compiles schemas; `None` when there are none to read.
///
/// # Errors
/// Every file that cannot be read, and every fault that it has.
pub fn load(wanted: &[(PathBuf, Vec<Ground>)]) -> Result<Option<Arc<OwnSchemas>>, Unusable> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let (mut folders, mut problems) = (Vec::new(), Vec::new());
    for (path, grounds) in wanted {
        match read(path) {
            Ok((files, only)) => folders.push(Folder { files, only, grounds: grounds.clone() }),
            Err(problem) => problems.push(problem),
        }
    }
    match OwnSchemas::read(&folders) {
        Ok(own) if problems.is_empty() => Ok(Some(Arc::new(own))),
        Ok(_) => Err(Unusable(problems)),
        Err(more) => Err(Unusable([problems, more].concat())),
    }
}

/// The schema files of a folder, or those beside a file, which is meant then.
fn read(path: &Path) -> Result<(BTreeMap<String, String>, Option<String>), String> {
    let cannot = |path: &Path, error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let is_folder = fs::metadata(path).map_err(|error| cannot(path, error))?.is_dir();
    let only = path.file_name().filter(|_| !is_folder).map(|name| name.to_string_lossy().into_owned());
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = if is_folder { path } else { beside };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| cannot(folder, error))? {
        let file = entry.map_err(|error| cannot(folder, error))?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if only.as_ref() == Some(&name) || file.extension().is_some_and(|extension| extension == "xsd") {
            match fs::read_to_string(&file) {
                Ok(text) => drop(files.insert(name, text)),
                // A file that only lies beside the one that is meant is missed when it is needed.
                Err(_) if only.as_ref().is_some_and(|only| *only != name) => {}
                Err(error) => return Err(cannot(&file, error)),
            }
        }
    }
    Ok((files, only))
}
