//! The audit trail: a chain of events for each lane. A link covers the link before it, the event's own fields, a digest of each
//! input that the event tells of with all that was written because of it, and one of what it added to the outbox. With a key
//! nobody who lacks it can make a link; without one anybody can, and the event says that it has none.
//!
//! Writers tell a [`Trail`] of each row; whoever reads the rows again, table by table, must come to the same digests. Pure. Must
//! not know how rows are stored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::keep::Kept;
use super::{Answer, DocumentId, DocumentRow, InputRow, Lane, Outcome, StoreError, verdict_name};
use crate::broker::Record;
use crate::finding::{Finding, Scope, Severity};
use crate::message::Report;

/// A link of a chain.
pub(super) type Link = [u8; 32];

/// How much is kept of the digest of an input: enough that no other input can be made that has it.
pub(super) const KEPT: usize = 16;

/// A kind and a length.
const HEAD: usize = 9;

/// So many bytes are gathered before they are hashed.
const GATHERED: usize = 512;

/// The keys that make links.
#[derive(Default)]
pub(super) struct Chain {
    /// The id of the key that makes new links.
    current: Option<String>,
    keys: BTreeMap<String, [u8; 32]>,
}

/// A column as it is digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// A number; a time as its microseconds since 1970; a truth as 0 or 1.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// The tables that hold what was written because of an input, in the order in which they are digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// What came in.
    Input,
    /// Its documents.
    Message,
    /// What was decided of them.
    Verdict,
    /// Their findings.
    Finding,
    /// Their transfers.
    Transfer,
    /// Their statements.
    Statement,
    /// What they say of other messages.
    Report,
    /// What persons said of them while they were held.
    Decision,
}

/// An event, as its link covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) lane: Lane,
    /// Its number in the lane, from 1.
    pub(super) number: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) actor: String,
    pub(super) event: String,
    /// The positions from this one
    pub(super) first: i64,
    /// up to, and without, this one.
    pub(super) next: i64,
    /// The last number of the lane's outbox, then.
    pub(super) seq: i64,
    pub(super) documents: i64,
    pub(super) detail: Option<String>,
    /// The digest of the rows that it added to the outbox.
    pub(super) outbox: Link,
    /// The digests of its inputs, one behind the other.
    pub(super) inputs: Vec<u8>,
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Linked {
    pub(super) event: Event,
    /// The link before it; `None` for the first.
    pub(super) previous: Option<Link>,
    /// The id of the key that made the link; `None` where there was no key.
    pub(super) keyed_by: Option<String>,
    pub(super) link: Link,
}

impl Chain {
    /// Makes links with the first of these keys, and checks them with all.
    pub(super) fn new(keys: Vec<(String, [u8; 32])>) -> Self {
        Self { current: keys.first().map(|(id, _)| id.clone()), keys: keys.into_iter().collect() }
    }

    /// Puts an event at the end of its chain.
    pub(super) fn add(&self, event: Event, previous: Option<Link>) -> Linked {
        let keyed_by = self.current.clone();
        let link = Link::default();
        let mut linked = Linked { event, previous, keyed_by, link };
        linked.link = self.link(&linked).unwrap_or_default();
        linked
    }

    /// The link that an event must have; `None` where its key is not known.
    pub(super) fn link(&self, linked: &Linked) -> Option<Link> {
        let key: &[u8] = match &linked.keyed_by {
            None => &[],
            Some(id) => self.keys.get(id)?,
        };
        let mut hash = Hmac::<Sha256>::new_from_slice(key).ok()?;
        let Event { lane, number, at, actor, event, first, next, seq, documents, detail, outbox, inputs } =
            &linked.event;
        let values = [
            linked.previous.as_ref().map_or(Value::Null, |link| Value::Bytes(link)),
            maybe(linked.keyed_by.as_deref()),
            Value::Int(*lane),
            Value::Int(*number),
            Value::Int(at.timestamp_micros()),
            Value::Text(actor),
            Value::Text(event),
            Value::Int(*first),
            Value::Int(*next),
            Value::Int(*seq),
            Value::Int(*documents),
            maybe(detail.as_deref()),
            Value::Bytes(outbox),
            Value::Bytes(inputs),
        ];
        feed(&values, |bytes| hash.update(bytes));
        Some(hash.finalize().into_bytes().into())
    }
}

/// Each value behind its kind and its length, so that no two lists of values run together to the same bytes. What is short is
/// gathered first: most of it is, and a hash takes it faster in one piece.
fn feed(values: &[Value<'_>], mut take: impl FnMut(&[u8])) {
    let (mut gathered, mut len) = ([0; GATHERED], 0);
    for value in values {
        let number;
        let (kind, bytes): (u8, &[u8]) = match value {
            Value::Null => (b'n', &[]),
            Value::Int(value) => {
                number = value.to_be_bytes();
                (b'i', &number)
            }
            Value::Text(text) => (b't', text.as_bytes()),
            Value::Bytes(bytes) => (b'b', bytes),
        };
        if len + HEAD + bytes.len() > GATHERED {
            take(&gathered[..len]);
            len = 0;
        }
        gathered[len] = kind;
        gathered[len + 1..len + HEAD].copy_from_slice(&(bytes.len() as u64).to_be_bytes());
        len += HEAD;
        match gathered.get_mut(len..len + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                len += bytes.len();
            }
            None => {
                take(&gathered[..len]);
                take(bytes);
                len = 0;
            }
        }
    }
    take(&gathered[..len]);
}

/// Rows, digested in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows(Sha256);

impl Rows {
    /// Adds a row.
    pub(super) fn row(&mut self, values: &[Value<'_>]) {
        self.0.update((values.len() as u64).to_be_bytes());
        feed(values, |bytes| self.0.update(bytes));
    }

    /// The digest of them all.
    pub(super) fn finish(self) -> Link {
        self.0.finalize().into()
    }
}

/// An input, and all that was written because of it: rows of any table, those of a table and document in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Told(Vec<((Table, u32), Rows)>);

impl Told {
    /// Adds a row. That of the input itself is of no document.
    pub(super) fn row(&mut self, table: Table, document: u32, values: &[Value<'_>]) {
        let name = (table, document);
        // It is the last one, but for what comes late.
        let index = self.0.iter().rposition(|(known, _)| *known == name).unwrap_or_else(|| {
            self.0.push((name, Rows::default()));
            self.0.len() - 1
        });
        self.0[index].1.row(values);
    }

    /// The digest of all.
    pub(super) fn finish(mut self, position: i64) -> [u8; KEPT] {
        self.0.sort_by_key(|(name, _)| *name);
        let mut all = Rows::default();
        all.row(&[Value::Int(position)]);
        for ((table, document), rows) in self.0 {
            let digest = rows.finish();
            all.row(&[Value::Int(table as i64), Value::Int(document.into()), Value::Bytes(&digest)]);
        }
        let mut kept = [0; KEPT];
        kept.copy_from_slice(&all.finish()[..KEPT]);
        kept
    }
}

/// What a transaction adds to the chains of its lanes.
#[derive(Default)]
pub(super) struct Trail {
    lanes: Vec<Telling>,
}

/// An event that is under way.
struct Telling {
    event: Event,
    previous: Option<Link>,
    outbox: Rows,
    /// The inputs by their positions, in order.
    inputs: Vec<(i64, Told)>,
}

/// Where a row of the outbox has its bytes.
pub(super) struct Bytes<'a> {
    pub(super) sealed_by: Option<&'a str>,
    /// Its own, as they are kept.
    pub(super) own: Option<&'a [u8]>,
    /// The position, the document and the transfer that it leads to instead.
    pub(super) of: [Option<i64>; 3],
}

impl Trail {
    /// Begins an event. Its digests, and what is counted, come of what it is told.
    pub(super) fn begin(&mut self, event: Event, previous: Option<Link>) {
        self.lanes.push(Telling { event, previous, outbox: Rows::default(), inputs: Vec::new() });
    }

    fn lane(&mut self, lane: Lane) -> Result<&mut Telling, StoreError> {
        let found = self.lanes.iter_mut().find(|telling| telling.event.lane == lane);
        found.ok_or_else(|| StoreError::Fatal(format!("no step for lane {lane}")))
    }

    fn row(&mut self, id: DocumentId, table: Table, values: &[Value<'_>]) -> Result<(), StoreError> {
        let inputs = &mut self.lane(id.lane)?.inputs;
        let index = inputs.binary_search_by_key(&id.position, |(position, _)| *position);
        let index = index.map_err(|_| StoreError::Fatal(format!("no input for {id:?}")))?;
        inputs[index].1.row(table, id.document, values);
        Ok(())
    }

    /// Tells of an input. Those of a lane come in order.
    pub(super) fn input(&mut self, input: &InputRow<'_>, kept: &Kept) -> Result<(), StoreError> {
        let mut told = Told::default();
        told.row(
            Table::Input,
            0,
            &[
                Value::Int(input.received_at.timestamp_micros()),
                Value::Int(kept.codec.into()),
                maybe(kept.sealed_by.as_deref()),
                Value::Int(kept.masked.is_some().into()),
                Value::Bytes(&kept.bytes),
                maybe(input.file),
            ],
        );
        self.lane(input.lane)?.inputs.push((input.position, told));
        Ok(())
    }

    /// Tells of a document that stands behind the lane's position: of it alone, and of what is written of it now.
    pub(super) fn again(&mut self, id: DocumentId) -> Result<(), StoreError> {
        let telling = self.lane(id.lane)?;
        (telling.event.first, telling.event.next) = (id.position, id.position + 1);
        telling.inputs.push((id.position, Told::default()));
        Ok(())
    }

    pub(super) fn message(&mut self, document: &DocumentRow<'_>, definition: Option<&str>) -> Result<(), StoreError> {
        self.lane(document.id.lane)?.event.documents += 1;
        self.row(
            document.id,
            Table::Message,
            &[
                Value::Text(document.partner),
                maybe(definition),
                maybe(document.message_id),
                Value::Bytes(&document.hash),
                Value::Int(document.transactions as i64),
                maybe(document.sums),
            ],
        )
    }

    pub(super) fn verdict(
        &mut self,
        (id, verdict): (DocumentId, i64),
        outcome: &Outcome,
        answer_seq: Option<i64>,
        decided_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (reply, none_due) = match &outcome.answer {
            Answer::Reply(reply) => (Some(reply), None),
            Answer::NoneDue(reason) => (None, Some(&reason[..])),
        };
        self.row(
            id,
            Table::Verdict,
            &[
                Value::Int(verdict),
                Value::Text(verdict_name(outcome.verdict)),
                Value::Int(decided_at.timestamp_micros()),
                maybe(reply.map(|reply| &reply.definition[..])),
                maybe(reply.map(|reply| &reply.id[..])),
                number(answer_seq.map(|_| id.lane)),
                number(answer_seq),
                maybe(none_due),
                maybe(outcome.schema_hash.as_deref()),
            ],
        )
    }

    pub(super) fn finding(&mut self, id: DocumentId, index: i64, finding: &Finding) -> Result<(), StoreError> {
        let place = finding.place.as_ref();
        self.row(
            id,
            Table::Finding,
            &[
                Value::Int(index),
                Value::Text(finding.rule.id()),
                Value::Text(severity_name(finding.severity)),
                number(transaction(finding.scope)),
                maybe(place.map(|place| &place.path[..])),
                number(place.map(|place| place.line as i64)),
                number(place.map(|place| place.column as i64)),
                maybe(finding.found.as_deref()),
                maybe(finding.expected.as_deref()),
                Value::Text(&finding.text),
            ],
        )
    }

    /// Tells of a transfer, with its text as it is stored.
    pub(super) fn transfer(&mut self, id: DocumentId, index: i64, own: &str, json: &str) -> Result<(), StoreError> {
        self.row(id, Table::Transfer, &[Value::Int(index), Value::Text(own), Value::Text(json)])
    }

    /// Tells of a statement, with its text as it is stored.
    pub(super) fn statement(&mut self, id: DocumentId, index: i64, json: &str) -> Result<(), StoreError> {
        self.row(id, Table::Statement, &[Value::Int(index), Value::Text(json)])
    }

    pub(super) fn report(&mut self, id: DocumentId, index: i64, report: &Report) -> Result<(), StoreError> {
        self.row(
            id,
            Table::Report,
            &[
                Value::Int(index),
                maybe(report.original_message_id.as_deref()),
                maybe(report.original_message_name.as_deref()),
                maybe(report.status.as_deref()),
                maybe(report.reason.as_deref()),
                maybe(report.instruction_id.as_deref()),
                maybe(report.end_to_end_id.as_deref()),
                maybe(report.transaction_id.as_deref()),
                maybe(report.uetr.as_deref()),
            ],
        )
    }

    /// Tells of what a person does about a held document.
    pub(super) fn act(
        &mut self,
        id: DocumentId,
        index: i64,
        (at, actor, act): (DateTime<Utc>, &str, &str),
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let at = Value::Int(at.timestamp_micros());
        let row = [Value::Int(index), at, Value::Text(actor), Value::Text(act), maybe(reason)];
        self.row(id, Table::Decision, &row)
    }

    /// Tells of a row of the outbox: the next one of its lane.
    pub(super) fn outbox(
        &mut self,
        (lane, seq): (Lane, i64),
        record: &Record,
        headers: &str,
        bytes: Bytes<'_>,
    ) -> Result<(), StoreError> {
        let telling = self.lane(lane)?;
        telling.event.seq = seq;
        let [position, document, transfer] = bytes.of.map(number);
        telling.outbox.row(&[
            Value::Int(seq),
            Value::Text(&record.topic),
            Value::Text(&record.key),
            Value::Text(headers),
            maybe(bytes.sealed_by),
            bytes.own.map_or(Value::Null, Value::Bytes),
            position,
            document,
            transfer,
        ]);
        Ok(())
    }

    /// The events, each at the end of its chain.
    pub(super) fn finish(self, chain: &Chain) -> Vec<Linked> {
        let ended = |Telling { mut event, previous, outbox, inputs }: Telling| {
            event.outbox = outbox.finish();
            event.inputs = inputs.into_iter().flat_map(|(position, told)| told.finish(position)).collect();
            chain.add(event, previous)
        };
        self.lanes.into_iter().map(ended).collect()
    }
}

impl Event {
    /// An event of which nothing is told yet. `seq` is the last number of the lane's outbox.
    pub(super) fn new(
        (lane, number): (Lane, i64),
        (at, actor, event): (DateTime<Utc>, &str, &str),
        (first, next): (i64, i64),
        seq: i64,
        detail: Option<&str>,
    ) -> Self {
        let (actor, event, detail) = (actor.to_owned(), event.to_owned(), detail.map(str::to_owned));
        let outbox = Rows::default().finish();
        Self { lane, number, at, actor, event, first, next, seq, documents: 0, detail, outbox, inputs: Vec::new() }
    }
}

/// A link as it is read.
pub(super) fn link(bytes: &[u8]) -> Result<Link, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Fatal(format!("database: a link has {} bytes, not 32", bytes.len())))
}

/// A severity as it is stored.
pub(super) const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Hold => "hold",
        Severity::Error => "error",
    }
}

/// The transaction that a finding is about, counted from zero.
pub(super) fn transaction(scope: Scope) -> Option<i64> {
    match scope {
        Scope::Message => None,
        Scope::Transaction(index) => Some(index.into()),
    }
}

fn maybe(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::Text)
}

fn number(number: Option<i64>) -> Value<'static> {
    number.map_or(Value::Null, Value::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event::new((1, 2), (DateTime::UNIX_EPOCH, "w", "decided"), (3, 5), 7, Some("why"))
    }

    fn chain(ids: &[&str]) -> Chain {
        Chain::new(ids.iter().map(|id| ((*id).to_owned(), [id.len() as u8; 32])).collect())
    }

    /// Each part of an event, changed, makes another link.
    #[test]
    fn a_link_covers_all_of_its_event() {
        let chain = chain(&["a"]);
        let linked = chain.add(event(), Some([9; 32]));
        assert_eq!(chain.link(&linked), Some(linked.link));
        let changes: &[fn(&mut Linked)] = &[
            |l| l.previous = None,
            |l| l.previous = Some([8; 32]),
            |l| l.keyed_by = None,
            |l| l.event.lane = 2,
            |l| l.event.number = 3,
            |l| l.event.at += chrono::TimeDelta::microseconds(1),
            |l| l.event.actor.push('x'),
            |l| l.event.event.push('x'),
            |l| l.event.first = 4,
            |l| l.event.next = 6,
            |l| l.event.seq = 8,
            |l| l.event.documents = 1,
            |l| l.event.detail = None,
            |l| l.event.outbox[0] ^= 1,
            |l| l.event.inputs.push(0),
            // What moves from one field to the next.
            |l| (l.event.actor, l.event.event) = ("wd".to_owned(), "ecided".to_owned()),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = linked.clone();
            change(&mut changed);
            assert_ne!(chain.link(&changed), Some(linked.link), "change {index}");
        }
    }

    #[test]
    fn a_key_is_needed_for_its_links() {
        let linked = chain(&["a"]).add(event(), None);
        for (ids, known) in [(&["newer", "a"][..], true), (&["newer"], false), (&[], false)] {
            assert_eq!(chain(ids).link(&linked), known.then_some(linked.link), "{ids:?}");
        }
        let unkeyed = Chain::default().add(event(), None);
        assert_eq!((unkeyed.keyed_by.as_deref(), chain(&["a"]).link(&unkeyed)), (None, Some(unkeyed.link)));
    }

    /// Rows that come late, and tables in any order, make the same digest; rows of a table in another order do not.
    #[test]
    fn an_input_has_one_digest() {
        let digest = |rows: &[(Table, u32, i64)]| {
            let mut told = Told::default();
            rows.iter().for_each(|(table, document, value)| told.row(*table, *document, &[Value::Int(*value)]));
            told.finish(1)
        };
        use Table::{Finding, Message, Transfer};
        let first = digest(&[(Message, 1, 1), (Finding, 1, 2), (Message, 2, 3), (Transfer, 1, 4), (Finding, 1, 5)]);
        let same = digest(&[(Message, 1, 1), (Message, 2, 3), (Finding, 1, 2), (Finding, 1, 5), (Transfer, 1, 4)]);
        assert_eq!(first, same);
        for other in [
            &[(Message, 1, 1), (Message, 2, 3), (Finding, 1, 5), (Finding, 1, 2), (Transfer, 1, 4)][..],
            &[(Message, 1, 1), (Message, 2, 3), (Finding, 1, 2), (Finding, 1, 5)],
            &[(Message, 1, 1), (Message, 2, 3), (Finding, 2, 2), (Finding, 1, 5), (Transfer, 1, 4)],
            &[(Message, 1, 1), (Message, 2, 3), (Finding, 1, 2), (Transfer, 1, 5), (Transfer, 1, 4)],
        ] {
            assert_ne!(digest(other), first, "{other:?}");
        }
    }
}
