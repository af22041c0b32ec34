//! What was sent, as the producers know it: the truth that the checker holds everything against.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// What is to become of a message that nobody sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    Accepted,
    /// It breaks a rule beyond the schema.
    Rejected,
    /// It can't be read, or is not valid by its schema.
    Refused,
}

/// A record that a broker has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub partner: String,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// `pacs.008` or `camt.053`.
    pub kind: String,
    /// The message's own id; empty where none can be read.
    pub id: String,
    /// Which content has come under this id: 0 is the first that was sent.
    pub content: u32,
    pub fate: Fate,
    /// How many transfers it is once it is accepted.
    pub transfers: usize,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub hash: String,
}

impl Sent {
    /// The source and offset, as records name it.
    pub fn place(&self) -> String {
        format!("{}-{}-{}", self.topic, self.partition, self.offset)
    }
}

/// The list, in a file and in memory.
pub struct Ledger(Mutex<(File, Vec<Sent>)>);

impl Ledger {
    pub fn create(path: &Path) -> Self {
        Self(Mutex::new((File::create(path).unwrap(), Vec::new())))
    }

    pub fn note(&self, sent: Sent) {
        let (file, list) = &mut *self.0.lock().unwrap();
        writeln!(file, "{}", serde_json::to_string(&sent).unwrap()).unwrap();
        list.push(sent);
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().1.len()
    }
}

/// The list as the file has it.
pub fn read(path: &Path) -> Vec<Sent> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
