//! What was sent, as the producers know it: the truth that the checker holds everything against.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// What is to become of a message that nobody sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    Accepted,
    /// Good, and of an amount that persons decide about.
    Held,
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
    /// Below zero where the broker knew it already, from a time that it has forgotten, and does not say where it is.
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
    /// The same without its long numbers, where one may be a card's: an input leaves with those masked.
    pub masked: Option<String>,
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

/// What has arrived in a topic, by what its partitions hold at which offset; and what is wrong with that. The topic says where
/// a record is: a producer whose brokers die may bring a record again that it holds for lost, and knows the second alone.
pub fn arrived(sent: &[Sent], topic: &str, holds: Vec<(i32, i64, String)>) -> (Vec<Sent>, Vec<String>) {
    let sent: Vec<&Sent> = sent.iter().filter(|sent| sent.topic == topic).collect();
    let by_hash: HashMap<&str, &Sent> = sent.iter().map(|sent| (sent.hash.as_str(), *sent)).collect();
    let (mut arrived, mut wrong) = (Vec::new(), Vec::new());
    let (mut at, mut spare) = (HashMap::new(), HashMap::new());
    for (partition, offset, hash) in holds {
        match by_hash.get(hash.as_str()) {
            Some(sent) => arrived.push(Sent { partition, offset, ..(*sent).clone() }),
            None => wrong.push(format!("{topic}-{partition}-{offset} holds what nobody sent")),
        }
        *spare.entry((partition, hash.clone())).or_insert(0) += 1;
        at.insert((partition, offset), hash);
    }
    // Where a record is that has no offset is not known; but there is one for each.
    let (known, somewhere): (Vec<&Sent>, Vec<&Sent>) = sent.iter().partition(|sent| sent.offset >= 0);
    let mut is_lost = |sent: &&Sent| {
        let left = spare.entry((sent.partition, sent.hash.clone())).or_insert(0);
        *left -= 1;
        let there =
            if sent.offset < 0 { *left >= 0 } else { at.get(&(sent.partition, sent.offset)) == Some(&sent.hash) };
        !there
    };
    let lost = known.into_iter().chain(somewhere).filter(|sent| is_lost(sent));
    wrong.extend(lost.map(|sent| format!("{}: the brokers have lost what they acknowledged", sent.place())));
    (arrived, wrong)
}

#[test]
fn what_has_arrived_is_told_by_the_topic() {
    let sent = |offset: i64, hash: &str| Sent {
        partner: "alpha".to_owned(),
        topic: "in".to_owned(),
        partition: 0,
        offset,
        kind: "pacs.008".to_owned(),
        id: String::new(),
        content: 0,
        fate: Fate::Accepted,
        transfers: 1,
        hash: hash.to_owned(),
        masked: None,
    };
    let known = [sent(1, "a"), sent(2, "b")];
    let holds = |hashes: &[&str]| (0..).zip(hashes).map(|(at, hash)| (0, at, (*hash).to_owned())).collect::<Vec<_>>();
    let (all, wrong) = arrived(&known, "in", holds(&["a", "a", "b"]));
    assert_eq!((all, wrong), (vec![sent(0, "a"), sent(1, "a"), sent(2, "b")], vec![]), "one came twice");
    assert_eq!(arrived(&known, "in", holds(&["a", "a"])).1.len(), 1, "one is lost");
    let unplaced = [sent(0, "a"), sent(-1001, "a")];
    assert_eq!(arrived(&unplaced, "in", holds(&["a", "a"])).1, Vec::<String>::new(), "one has no place");
    assert_eq!(arrived(&unplaced, "in", holds(&["a"])).1.len(), 1, "one without a place is lost");
    assert_eq!(arrived(&known, "in", holds(&["c", "a", "b"])).1.len(), 1, "one was never sent");
}
