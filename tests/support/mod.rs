//! What several tests share: where files are.

use std::path::PathBuf;

use payflow::schema::MessageId;
use payflow::schema::model::Schema;

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A file of the official material, when it is there.
pub(crate) fn official(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("PAYFLOW_SHARED").map_or(beside, PathBuf::from).join(name);
    path.exists().then_some(path)
}

/// Says that a test is skipped when official material is not there.
pub(crate) fn skipped(name: &str) -> bool {
    let missing = official(name).is_none();
    if missing {
        println!("skipped: {name} of the official material is not there (PAYFLOW_SHARED)");
    }
    missing
}

/// The official schema of a message, when it is there.
pub(crate) fn schema(message: MessageId) -> Option<Schema> {
    let file = official(&format!("iso20022/xsd/{message}.xsd"))?;
    let text = std::fs::read_to_string(&file).unwrap();
    Some(payflow::schema::xsd::read_single(&file.to_string_lossy(), &text).unwrap())
}
