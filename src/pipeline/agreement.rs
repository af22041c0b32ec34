//! Whether the store and the broker agree on how far a source is, and where to go on; if not, what mends it. Pure. Whatever
//! the two say is either a state that a fall at some point leaves behind, or nothing that payflow can have caused: then the
//! start is refused, because going on would lose inputs or answer them twice.

use std::sync::Arc;

use crate::broker::{Committed, Extent, Source};
use crate::store::Owned;

/// How far a source is, as the store has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// The offset to read next; `None` when the source was never started.
    pub next: Option<i64>,
    /// The last number given to a row of the lane's outbox.
    pub seq: i64,
}

impl From<Owned> for Stored {
    fn from(owned: Owned) -> Self {
        Self { next: owned.next, seq: owned.seq }
    }
}

/// The source of the same topic and partition in another cluster, that the store has begun and nobody has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The id of its cluster.
    pub cluster: Arc<str>,
    /// The id of the cluster that the broker is of.
    pub now: Arc<str>,
    /// How far it is.
    pub stored: Stored,
}

/// What both sides say of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What the store has.
    pub stored: Stored,
    /// What the broker's group has.
    pub group: Option<Committed>,
    /// What the topic holds.
    pub extent: Extent,
    /// Whether the topic holds another input than the last one that is stored, at its offset.
    pub other: bool,
    /// Which source was left in another cluster, where the store has no position of this one.
    pub left: Option<Left>,
}

impl Standing {
    /// The source whose lane is mended: this one, or the one that was left.
    pub fn mended(&self, source: &Source) -> Source {
        let cluster = self.left.as_ref().map_or(&source.cluster, |left| &left.cluster);
        Source { cluster: Arc::clone(cluster), ..source.clone() }
    }

    /// How far that lane is.
    pub fn lane(&self) -> Stored {
        self.left.as_ref().map_or(self.stored, |left| left.stored)
    }

    /// What the group says of the last row of that lane that was published. Of one that was left it is told by a reset alone.
    pub fn told(&self) -> Option<i64> {
        self.group?.seq.filter(|seq| self.left.is_none() || *seq < 0)
    }
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
        "the broker's group is at offset {group}, row {seq}, and the database has no position: it is new, was replaced \
         or restored, while the group was used before"
    )]
    NoPosition {
        /// The group's offset.
        group: i64,
        /// The last row that was published.
        seq: i64,
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
        "the broker's group is at offset {group} without a row number, and the database {}: another program committed \
         for the group, or its offset was reset by hand",
        position(*.database)
    )]
    Foreign {
        /// The database's position.
        database: Option<i64>,
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
    /// The topic holds other inputs than were read.
    #[error(
        "the database is at offset {database}, and of the offsets {low} to {high} that the topic holds, the one before \
         it is another input than was read: the topic was created anew"
    )]
    Other {
        /// The database's position.
        database: i64,
        /// The first offset there is.
        low: i64,
        /// The offset that comes next.
        high: i64,
    },
    /// The brokers are others.
    #[error(
        "the database is at offset {}, row {}, in the cluster {}, and the broker is of the cluster {}: that was built \
         anew, or the configuration names another one",
        .0.stored.next.unwrap_or_default(), .0.stored.seq, .0.cluster, .0.now
    )]
    Elsewhere(Left),
    /// A reset was cut off.
    #[error(
        "the broker's group is at offset {group} for a reset that was cut off, and the database {}",
        position(*.database)
    )]
    Unfinished {
        /// The database's position.
        database: Option<i64>,
        /// The group's offset.
        group: i64,
    },
}

fn position(database: Option<i64>) -> String {
    database.map_or_else(|| "has no position".to_owned(), |at| format!("is at offset {at}"))
}

/// How a source is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Each side takes over what only the other one knows.
    Adopt,
    /// The source begins at an offset that its topic holds.
    Reset,
    /// What the database does not know any more is worked on again.
    Republish,
}

impl Remedy {
    /// The name of its command.
    pub const fn name(self) -> &'static str {
        match self {
            Remedy::Adopt => "adopt",
            Remedy::Reset => "reset",
            Remedy::Republish => "republish",
        }
    }

    /// The name of its event in the audit trail.
    pub const fn event(self) -> &'static str {
        match self {
            Remedy::Adopt => "source adopt",
            Remedy::Reset => "source reset",
            Remedy::Republish => "source republish",
        }
    }
}

impl Refusal {
    /// What mends it without anything being lost or answered twice, as far as that can be.
    pub const fn remedy(&self) -> Remedy {
        match self {
            Refusal::NoCommit { .. } | Refusal::Foreign { .. } => Remedy::Adopt,
            Refusal::NoPosition { .. } | Refusal::Behind { .. } => Remedy::Republish,
            Refusal::Outside { .. } | Refusal::Other { .. } | Refusal::Elsewhere(_) | Refusal::Unfinished { .. } => {
                Remedy::Reset
            }
        }
    }
}

/// While a reset is under way the group carries, in the place of the last published row, a number that no row has.
pub const fn under_reset(published: i64) -> i64 {
    -1 - published
}

/// Where to go on, or why not.
pub fn agree(standing: &Standing) -> Result<Start, Refusal> {
    let Standing { stored, group, extent: Extent { low, high }, other, ref left } = *standing;
    match (stored.next, group) {
        (database, Some(Committed { next: group, seq: Some(..0) })) => Err(Refusal::Unfinished { database, group }),
        (None, _) if let Some(left) = left => Err(Refusal::Elsewhere(left.clone())),
        (None, None) => Ok(Start::New(low)),
        // The first offset is committed with row 0, before anything is read: a fall there leaves just this. Further on row 0
        // is that of a source whose inputs get no answer; and where `low` has risen since, inputs were deleted unread.
        (None, Some(Committed { next, seq: Some(0) })) if next == low => Ok(Start::Adopt(next)),
        (None, Some(Committed { next: group, seq: Some(seq) })) => Err(Refusal::NoPosition { group, seq }),
        (database @ None, Some(Committed { next: group, seq: None })) => Err(Refusal::Foreign { database, group }),
        (Some(database), Some(Committed { next: group, seq: Some(published) }))
            if database < group || stored.seq < published =>
        {
            Err(Refusal::Behind { database, seq: stored.seq, group, published })
        }
        (Some(database), _) if database < low || database > high => Err(Refusal::Outside { database, low, high }),
        (Some(database), _) if other => Err(Refusal::Other { database, low, high }),
        (Some(database), None) => Err(Refusal::NoCommit { database }),
        (database @ Some(_), Some(Committed { next: group, seq: None })) => Err(Refusal::Foreign { database, group }),
        (Some(next), Some(Committed { next: committed, seq: Some(published) })) => {
            Ok(Start::Resume { next, published, committed })
        }
    }
}

/// One thing that is done to mend a source. In the order in which they stand in a plan each leaves a state that is refused
/// again, or one that a start goes on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// The store moves to this offset, and the audit trail tells of the mend.
    Move(i64),
    /// The rows after this one are published, under a reset that will begin at `from`.
    Finish {
        /// The last row that was published.
        published: i64,
        /// Where the source begins.
        from: i64,
    },
    /// The source gives its name to a new one, and the audit trail tells of the mend.
    Retire,
    /// The group is told an offset and the last published row.
    Commit(i64, i64),
    /// The inputs up to what the group has are worked on again.
    Again(Committed),
}

/// What is going to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How it is mended.
    pub remedy: Remedy,
    /// What it was made for.
    pub standing: Standing,
    /// In words, for whoever decides and for the audit trail.
    pub words: String,
    /// Step by step.
    pub deeds: Vec<Deed>,
}

/// Says what a remedy would do; or why it is none. `shown` is the last row that is published, where the group does not say it.
pub fn plan(remedy: Remedy, standing: &Standing, shown: i64) -> Result<Plan, String> {
    let Err(refusal) = agree(standing) else {
        return Err("it needs no mending: a worker starts on it".to_owned());
    };
    let Standing { stored, group, extent: Extent { low, .. }, .. } = *standing;
    let published = standing.told().unwrap_or(shown);
    let (words, deeds) = match (remedy, &refusal, group) {
        (Remedy::Adopt, Refusal::NoCommit { database }, _)
        | (Remedy::Adopt, Refusal::Foreign { database: Some(database), .. }, _) => (
            format!(
                "the group gets the database's offset {database}. Row {published} of {} was published last; the next start \
                 publishes the rest",
                stored.seq
            ),
            vec![Deed::Move(*database), Deed::Commit(*database, published)],
        ),
        (Remedy::Adopt, Refusal::Foreign { group: next, .. }, _)
        | (Remedy::Adopt, Refusal::NoPosition { group: next, .. }, _)
        | (Remedy::Adopt, Refusal::Behind { group: next, .. }, _) => {
            let next = stored.next.map_or(*next, |database| database.max(*next));
            let words = format!(
                "the database gets the group's offset {next}, and goes on from there. It learns nothing of the inputs \
                 before it that it does not know: where one of them comes again, it is taken for new"
            );
            (words, vec![Deed::Move(next), Deed::Commit(next, stored.seq)])
        }
        (Remedy::Republish, Refusal::NoPosition { .. } | Refusal::Behind { .. }, Some(group)) => {
            let from = stored.next.map_or(low, |next| next.max(low));
            let mut words = match from < group.next {
                true => format!(
                    "the inputs from offset {from} to {} are worked on again. What the topics hold of their answers and \
                     transfers is taken over as it is, and what they do not hold is published again, under the same ids",
                    group.next
                ),
                false => {
                    format!("none of the inputs is left that would be worked on again: it goes on from offset {from}")
                }
            };
            let first = stored.next.unwrap_or(group.next);
            if first < low {
                words += &format!(". The inputs from {first} to {low} are in the topic no more: they stay unknown");
            }
            (words, vec![Deed::Move(from), Deed::Again(group)])
        }
        (Remedy::Reset, Refusal::Outside { database, .. }, _) if *database < low => (
            format!(
                "the inputs from offset {database} to {low}, which were deleted before they were read, are given up"
            ),
            vec![Deed::Move(low)],
        ),
        (Remedy::Reset, Refusal::Outside { .. } | Refusal::Other { .. }, _) => {
            let words = format!(
                "the topic is another one than before. What is left of the old one, the rows after {published} up to {}, \
                 is published, and the new one is read from offset {low} on, with a lane of its own. What comes there that \
                 came before is answered as it was",
                stored.seq
            );
            (words, vec![Deed::Finish { published, from: low }, Deed::Retire, Deed::Commit(low, 0)])
        }
        (Remedy::Reset, Refusal::Elsewhere(Left { cluster, now, stored }), _) => {
            let words = format!(
                "what is left of the source in the cluster {cluster}, the rows after {published} up to {}, is published to \
                 the cluster {now}, whose topic is read from offset {low} on, with a lane of its own. What the other one held \
                 from offset {} on is not read. What comes that came before is answered as it was",
                stored.seq,
                stored.next.unwrap_or_default()
            );
            (words, vec![Deed::Finish { published, from: low }, Deed::Retire, Deed::Commit(low, 0)])
        }
        (Remedy::Reset, Refusal::Unfinished { group: from, .. }, _) => {
            let (from, published) = (*from, under_reset(published));
            let deeds = match standing.lane().next {
                Some(_) => vec![Deed::Finish { published, from }, Deed::Retire, Deed::Commit(from, 0)],
                None => vec![Deed::Commit(from, 0)],
            };
            (format!("the reset that was cut off is done to its end: the topic is read from offset {from} on"), deeds)
        }
        _ => {
            let name = refusal.remedy().name();
            return Err(format!("{} does not mend it: {refusal}. Use `payflow source {name}`", remedy.name()));
        }
    };
    Ok(Plan { remedy, standing: standing.clone(), words, deeds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_or_refuses() {
        let check = |next, seq, group: Option<(i64, Option<i64>)>, low, high, expected: Result<Start, &str>| {
            let group = group.map(|(next, seq)| Committed { next, seq });
            let (stored, extent, other, left) = (Stored { next, seq }, Extent { low, high }, false, None);
            let found = agree(&Standing { stored, group, extent, other, left });
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
        check(None, 0, Some((50, Some(0))), 0, 90, Err("offset 50, row 0 no position"));
        check(None, 0, Some((50, Some(61))), 0, 90, Err("offset 50, row 61"));
        check(None, 0, Some((50, None)), 0, 90, Err("offset 50 without no position"));
        check(None, 0, Some((0, Some(-62))), 0, 90, Err("offset 0 cut off no position"));
        check(Some(50), 61, Some((0, Some(-62))), 0, 90, Err("offset 0 cut off 50"));
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

    /// Each state that is refused, by each remedy: what it does, or which one is named instead.
    #[test]
    fn plans_or_names_another_remedy() {
        use Deed::{Again, Commit, Finish, Move, Retire};
        use Remedy::{Adopt, Republish, Reset};
        let check =
            |remedy, next, group: Option<(i64, Option<i64>)>, other, (low, high), expected: Result<&[Deed], &str>| {
                let group = group.map(|(next, seq)| Committed { next, seq });
                let stored = Stored { next, seq: if next.is_some() { 61 } else { 0 } };
                let standing = Standing { stored, group, extent: Extent { low, high }, other, left: None };
                match (plan(remedy, &standing, 48), expected) {
                    (Ok(plan), Ok(deeds)) => assert_eq!(plan.deeds, deeds, "{}", plan.words),
                    (Err(text), Err(part)) => assert!(text.contains(part), "{text}"),
                    (found, _) => panic!("{remedy:?} {standing:?}: {found:?}"),
                }
            };
        let again = |next, seq| Again(Committed { next, seq: Some(seq) });
        let reset = |published| [Finish { published, from: 0 }, Retire, Commit(0, 0)];
        let (all, held) = ((0, 90), Some((50, Some(61))));
        // remedy | database: next | group | another topic | topic: low, high | expected
        check(Adopt, Some(50), held, false, all, Err("no mending"));
        check(Adopt, Some(50), None, false, all, Ok(&[Move(50), Commit(50, 48)]));
        check(Adopt, Some(50), Some((70, None)), false, all, Ok(&[Move(50), Commit(50, 48)]));
        check(Adopt, None, Some((70, None)), false, all, Ok(&[Move(70), Commit(70, 0)]));
        check(Adopt, None, held, false, all, Ok(&[Move(50), Commit(50, 0)]));
        check(Adopt, Some(40), Some((50, Some(70))), false, all, Ok(&[Move(50), Commit(50, 61)]));
        check(Adopt, Some(60), Some((50, Some(70))), false, all, Ok(&[Move(60), Commit(60, 61)]));
        check(Adopt, Some(50), None, true, all, Err("`payflow source reset`"));
        check(Adopt, Some(50), held, false, (0, 9), Err("`payflow source reset`"));
        check(Republish, None, held, false, (7, 90), Ok(&[Move(7), again(50, 61)]));
        check(Republish, Some(40), Some((50, Some(70))), false, all, Ok(&[Move(40), again(50, 70)]));
        check(Republish, Some(40), Some((50, Some(70))), false, (45, 90), Ok(&[Move(45), again(50, 70)]));
        check(Republish, Some(50), None, false, all, Err("`payflow source adopt`"));
        check(Reset, Some(50), held, false, (60, 90), Ok(&[Move(60)]));
        check(Reset, Some(50), Some((50, Some(60))), false, (0, 9), Ok(&reset(60)));
        check(Reset, Some(50), None, true, all, Ok(&reset(48)));
        check(Reset, Some(50), None, false, (0, 9), Ok(&reset(48)));
        check(Reset, Some(50), Some((0, Some(under_reset(60)))), false, all, Ok(&reset(60)));
        check(Reset, None, Some((0, Some(under_reset(61)))), false, all, Ok(&[Commit(0, 0)]));
        check(Reset, Some(50), None, false, all, Err("`payflow source adopt`"));
        check(Reset, Some(40), Some((50, Some(70))), false, all, Err("`payflow source republish`"));
    }

    /// A source that was left in another cluster: it is refused, and ended by a reset, wherever that was cut off.
    #[test]
    fn ends_what_was_left_in_another_cluster() {
        use Deed::{Commit, Finish, Retire};
        let check = |left: bool, group: Option<(i64, i64)>, expected: &str, deeds: &[Deed]| {
            let left = left.then(|| {
                let stored = Stored { next: Some(50), seq: 61 };
                Left { cluster: Arc::from("old"), now: Arc::from("new"), stored }
            });
            let group = group.map(|(next, seq)| Committed { next, seq: Some(seq) });
            let (stored, extent) = (Stored::default(), Extent { low: 7, high: 90 });
            let standing = Standing { stored, group, extent, other: false, left };
            let refusal = agree(&standing).unwrap_err();
            let text = refusal.to_string();
            assert!(expected.split(' ').all(|word| text.contains(word)), "{text:?} lacks some of {expected:?}");
            assert_eq!(refusal.remedy(), Remedy::Reset);
            assert_eq!(plan(Remedy::Reset, &standing, 48).unwrap().deeds, deeds);
            assert!(plan(Remedy::Adopt, &standing, 48).unwrap_err().contains("`payflow source reset`"));
        };
        let refused = "offset 50, row 61 old, new:";
        let whole = |published| [Finish { published, from: 7 }, Retire, Commit(7, 0)];
        // left in another cluster | group | refusal | deeds
        check(true, None, refused, &whole(48));
        // What this cluster's group says is not about the other one's rows.
        check(true, Some((7, 0)), refused, &whole(48));
        check(true, Some((50, 70)), refused, &whole(48));
        check(true, Some((7, under_reset(60))), "cut off no position", &whole(60));
        check(false, Some((7, under_reset(61))), "cut off no position", &[Commit(7, 0)]);
    }
}
