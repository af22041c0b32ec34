//! Whether the store and the broker agree on how far a source is, and where to go on. Pure. Whatever the two say is
//! either a state that a fall at some point leaves behind, or nothing that payflow can have caused: then the start is
//! refused, because going on would lose inputs or answer them twice.

use crate::broker::{Committed, Extent};

/// How far a source is, as the store has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// The offset to read next; `None` when the source was never started.
    pub next: Option<i64>,
    /// The last number given to a row of the lane's outbox.
    pub seq: i64,
}

/// Where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Never started: commit the first offset to the broker, then record it in the store.
    New(i64),
    /// The broker has the first offset already and the store does not: record it.
    Adopt(i64),
    /// Under way: publish the rows of the outbox after `published`, then read on from `next`.
    Resume {
        /// The offset to read next.
        next: i64,
        /// The last row that was published.
        published: i64,
        /// The offset that is committed until the last of those rows is out.
        committed: i64,
    },
}

/// Why the start is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The group's offset is gone, or the group's name was changed.
    #[error(
        "the database is at offset {database}, and the broker has no committed offset for the group: the group was \
         deleted, its offsets expired, or the configuration names another group"
    )]
    NoCommit {
        /// The database's position.
        database: i64,
    },
    /// The database knows nothing of what was worked on.
    #[error(
        "the broker's group is at offset {group}, row {seq}, and the database has no position: it is new or was \
         replaced, while the group was used before"
    )]
    NoPosition {
        /// The group's offset.
        group: i64,
        /// The last row that was published.
        seq: String,
    },
    /// The database was set back.
    #[error(
        "the database is at offset {database}, row {seq}, behind the broker's group at offset {group}, row \
         {published}: an older copy of it was restored"
    )]
    Behind {
        /// The database's position.
        database: i64,
        /// The database's last row.
        seq: i64,
        /// The group's offset.
        group: i64,
        /// The last row that was published.
        published: i64,
    },
    /// Someone else committed the group's offset.
    #[error(
        "the broker's group is at offset {group} without a row number, and the database at offset {database}: another \
         program committed for the group, or its offset was reset by hand"
    )]
    Foreign {
        /// The database's position.
        database: i64,
        /// The group's offset.
        group: i64,
    },
    /// The topic does not hold the position.
    #[error(
        "the database is at offset {database}, and the topic holds {low} to {high}: inputs were deleted before they \
         were read, or the topic was created anew"
    )]
    Outside {
        /// The database's position.
        database: i64,
        /// The first offset there is.
        low: i64,
        /// The offset that comes next.
        high: i64,
    },
}

/// Where to go on, or why not.
pub fn agree(stored: Stored, group: Option<Committed>, extent: Extent) -> Result<Start, Refusal> {
    match (stored.next, group) {
        (None, None) => Ok(Start::New(extent.low)),
        // The first offset is committed with row 0, before anything is read: a fall there leaves just this.
        (None, Some(Committed { next, seq: Some(0) })) if next >= extent.low => Ok(Start::Adopt(next)),
        (None, Some(Committed { next, seq })) => {
            let seq = seq.map_or_else(|| "unknown".to_owned(), |seq| seq.to_string());
            Err(Refusal::NoPosition { group: next, seq })
        }
        (Some(database), None) => Err(Refusal::NoCommit { database }),
        (Some(database), Some(Committed { next: group, seq: None })) => Err(Refusal::Foreign { database, group }),
        (Some(database), Some(Committed { next: group, seq: Some(published) })) => {
            if database < group || stored.seq < published {
                return Err(Refusal::Behind { database, seq: stored.seq, group, published });
            }
            if database < extent.low || database > extent.high {
                return Err(Refusal::Outside { database, low: extent.low, high: extent.high });
            }
            Ok(Start::Resume { next: database, published, committed: group })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_or_refuses() {
        let check = |next, seq, group: Option<(i64, Option<i64>)>, low, high, expected: Result<Start, &str>| {
            let group = group.map(|(next, seq)| Committed { next, seq });
            let found = agree(Stored { next, seq }, group, Extent { low, high });
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => {
                    let text = found.to_string();
                    assert!(expected.split(' ').all(|word| text.contains(word)), "{text:?} lacks some of {expected:?}");
                }
                (found, expected) => panic!("{found:?} instead of {expected:?}"),
            }
        };
        let resume = |next, published, committed| Ok(Start::Resume { next, published, committed });
        // database: next, seq | group | topic: low, high | expected
        check(None, 0, None, 0, 0, Ok(Start::New(0)));
        check(None, 0, None, 7, 90, Ok(Start::New(7)));
        check(None, 0, Some((7, Some(0))), 7, 90, Ok(Start::Adopt(7)));
        check(None, 0, Some((7, Some(0))), 8, 90, Err("offset 7, row 0"));
        check(None, 0, Some((50, Some(61))), 0, 90, Err("offset 50, row 61"));
        check(None, 0, Some((50, None)), 0, 90, Err("offset 50, unknown"));
        check(Some(50), 61, None, 0, 90, Err("offset 50, no committed"));
        check(Some(50), 61, Some((50, Some(61))), 0, 90, resume(50, 61, 50));
        check(Some(50), 61, Some((40, Some(48))), 0, 90, resume(50, 48, 40));
        check(Some(50), 61, Some((50, Some(60))), 0, 90, resume(50, 60, 50));
        check(Some(50), 61, Some((51, Some(61))), 0, 90, Err("offset 50, 51, row"));
        check(Some(50), 61, Some((50, Some(62))), 0, 90, Err("row 61, 62:"));
        check(Some(50), 61, Some((50, None)), 0, 90, Err("50 without database"));
        check(Some(50), 61, Some((50, Some(61))), 51, 90, Err("offset 50, 51 90:"));
        check(Some(50), 61, Some((50, Some(61))), 0, 49, Err("offset 50, 0 49:"));
        check(Some(50), 61, Some((50, Some(61))), 50, 50, resume(50, 61, 50));
    }
}
