//! Checks a store as a whole: each lane's chain of audit events, and that what they tell of is there, as it was written, and nothing
//! else. Holds the rows of a few thousand inputs at a time, and a digest for each thing that was decided of a held document. Must not change anything, and must not trust anything but links.

mod beginning;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};

use super::audit::{Chain, Event, KEPT, Link, Linked, Rows, Table, Told, Value, link};
use super::held::is_late;
use super::keep::Keeper;
use super::reading::{Query, Reading, name};
use super::{Lane, StoreError};

/// So many events are looked at together at most.
const EVENTS: i64 = 4096;

/// Their digests have so many bytes, or those of the last one more.
const DIGESTS: i64 = 4096 * KEPT as i64;

/// The tables that hold what was written because of an input.
const TABLES: [Table; 8] = [
    Table::Input,
    Table::Message,
    Table::Verdict,
    Table::Finding,
    Table::Transfer,
    Table::Statement,
    Table::Report,
    Table::Decision,
];

/// What is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The lane.
    pub lane: Lane,
    /// The number of the event in the lane, where it is about one.
    pub event: Option<i64>,
    /// The position of the input, where it is about one.
    pub position: Option<i64>,
    /// The number of the document in the input, where it is about one.
    pub document: Option<i64>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lane {}", self.lane)?;
        for (name, number) in [("event", self.event), ("position", self.position), ("document", self.document)] {
            if let Some(number) = number {
                write!(f, ", {name} {number}")?;
            }
        }
        write!(f, ": {}", self.what)
    }
}

/// What was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The lanes, each with its source, how many events it has, and its last link in hexadecimal digits.
    pub lanes: Vec<(Lane, String, i64, String)>,
    /// The lanes of which the beginning was dropped because its time was over: what was received before a moment, and up to which event.
    pub cuts: Vec<(Lane, DateTime<Utc>, i64)>,
    /// How many events of them have no key.
    pub unkeyed: u64,
    /// How many inputs there are.
    pub inputs: u64,
    /// How many documents.
    pub documents: u64,
    /// How many rows of the outbox.
    pub outbox: u64,
    /// How many faults there are.
    pub faults: u64,
}

/// Checks all lanes. Each fault is handed to `found` as it is found.
///
/// # Errors
/// When the store can't be read.
pub fn verify(store: &mut dyn Reading, keeper: &Keeper, found: &mut dyn FnMut(&Fault)) -> Result<Verified, StoreError> {
    store.snapshot()?;
    let mut lanes = Vec::new();
    store.each(Query::Sources, &[], &mut |row| {
        let source = format!("{}-{}", row[1].text()?, row[2].int()?);
        let link = row[6].maybe_bytes()?.map(link).transpose()?;
        lanes.push((
            source,
            LaneEnd {
                lane: row[0].int()?,
                next: row[3].maybe_int()?,
                seq: row[4].int()?,
                events: row[5].int()?,
                link,
                cut: row[8].maybe_int()?,
            },
        ));
        Ok(())
    })?;
    let (chain, verified, late) = (&keeper.chain, Verified::default(), Vec::new());
    let mut check = Check { store, chain, found, verified, late };
    for (source, end) in lanes {
        check.lane(&end)?;
        let head = end.link.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
        check.verified.lanes.push((end.lane, source, end.events, head));
    }
    let between = gaps(check.verified.lanes.iter().map(|lane| lane.0));
    for (table, (first, last)) in TABLES.iter().flat_map(|table| between.iter().map(|gap| (*table, *gap))) {
        let mut strays = Vec::new();
        check.store.each(Query::First(table), &[first, last], &mut |row| {
            strays.push((row[0].int()?, row[1].int()?));
            Ok(())
        })?;
        for (lane, position) in strays {
            let what = format!("a row of {} is in a lane that no source has", name(table));
            check.fault(Fault { lane, event: None, position: Some(position), document: None, what });
        }
    }
    Ok(check.verified)
}

/// The numbers between those of lanes, which come in order: from each one up to another one.
fn gaps(lanes: impl Iterator<Item = Lane>) -> Vec<(Lane, Lane)> {
    let (mut gaps, mut from) = (Vec::new(), Some(Lane::MIN));
    for lane in lanes {
        gaps.extend(from.zip(lane.checked_sub(1)).filter(|(first, last)| first <= last));
        from = lane.checked_add(1);
    }
    gaps.extend(from.map(|first| (first, Lane::MAX)));
    gaps
}

/// Where a lane ends, by its source.
struct LaneEnd {
    lane: Lane,
    next: Option<i64>,
    seq: i64,
    events: i64,
    link: Option<Link>,
    /// The event that tells what was dropped before it.
    cut: Option<i64>,
}

/// How far a chain was followed.
#[derive(Debug, Clone, Default)]
struct Followed {
    number: i64,
    link: Option<Link>,
    /// `None` before the first event.
    next: Option<i64>,
    seq: i64,
    keyed: bool,
}

struct Check<'c> {
    store: &'c mut dyn Reading,
    chain: &'c Chain,
    found: &'c mut dyn FnMut(&Fault),
    verified: Verified,
    /// What was found of the present lane that an event behind its input has to tell of.
    late: Vec<Late>,
}

/// What was written of a document after its input: an act of a person, or a second verdict with all that came of it.
struct Late {
    position: i64,
    document: i64,
    digest: [u8; KEPT],
    /// Of a verdict: where its answer is, and whether it says why there is none.
    verdict: Option<(Option<(i64, i64)>, bool)>,
}

/// An input with what is there because of it.
struct Input {
    position: i64,
    /// The index of its event among those that are looked at.
    event: usize,
    told: Told,
    documents: Vec<Document>,
    late: Vec<Late>,
    set_aside: Option<String>,
    /// Whether a fault of it is known.
    faulty: bool,
}

/// Rows that no event tells of: by their table, the position of the first, and how many they are.
#[derive(Default)]
struct Strays(BTreeMap<Table, (i64, u64)>);

impl Strays {
    fn add(&mut self, table: Table, position: i64) {
        self.0.entry(table).or_insert((position, 0)).1 += 1;
    }
}

#[derive(Default)]
struct Document {
    number: i64,
    is_there: bool,
    verdicts: i64,
    answer: Option<(i64, i64)>,
    none_due: bool,
    second: Option<Second>,
}

/// The second verdict of a document that was held.
#[derive(Default)]
struct Second {
    told: Told,
    answer: Option<(i64, i64)>,
    none_due: bool,
}

impl Check<'_> {
    fn fault(&mut self, fault: Fault) {
        self.verified.faults += 1;
        (self.found)(&fault);
    }

    fn of_event(&mut self, event: &Event, what: String) {
        self.fault(Fault { lane: event.lane, event: Some(event.number), position: None, document: None, what });
    }

    fn of_lane(&mut self, lane: Lane, what: String) {
        self.fault(Fault { lane, event: None, position: None, document: None, what });
    }

    /// Follows the chain of a lane from its first event to what its source says is the last.
    fn lane(&mut self, end: &LaneEnd) -> Result<(), StoreError> {
        let mut followed = self.beginning(end.lane, end.cut)?;
        let mut from = followed.next.unwrap_or(i64::MIN);
        loop {
            let events = self.events(end.lane, followed.number, EVENTS)?;
            if events.is_empty() {
                break;
            }
            let before = followed.seq;
            let first = events.iter().find(|linked| !is_late(&linked.event.event));
            from = from.max(followed.next.unwrap_or(i64::MIN));
            if let (None, Some(first)) = (followed.next, first) {
                self.untold(end.lane, (i64::MIN, first.event.first))?;
                from = first.event.first;
            }
            for linked in &events {
                self.follow(linked, &mut followed);
            }
            let missing = self.outbox(&events, before)?;
            let (mut steps, mut late, mut after) = (Vec::new(), Vec::new(), before);
            for linked in events {
                let since = std::mem::replace(&mut after, linked.event.seq);
                match is_late(&linked.event.event) {
                    true => late.push((linked.event, since)),
                    false => steps.push(linked),
                }
            }
            let to = steps.last().map_or(from, |last| last.event.next.max(from));
            self.inputs(&steps, (from, to), (before, &missing))?;
            late.iter().for_each(|(event, since)| self.late(event, *since, &missing));
        }
        for Late { position, document, verdict, .. } in std::mem::take(&mut self.late) {
            let what = match verdict {
                Some(_) => "it has more verdicts than its events tell of",
                None => "no event tells of this row of decision",
            };
            let (position, document, what) = (Some(position), Some(document), what.to_owned());
            self.fault(Fault { lane: end.lane, event: None, position, document, what });
        }
        self.untold(end.lane, (followed.next.unwrap_or(i64::MIN), i64::MAX))?;
        self.unsent(end.lane, followed.seq)?;
        self.end(end, &followed);
        Ok(())
    }

    fn events(&mut self, lane: Lane, after: i64, most: i64) -> Result<Vec<Linked>, StoreError> {
        let mut events = Vec::new();
        self.store.each(Query::Events, &[lane, after, most, DIGESTS], &mut |row| {
            let event = Event {
                lane,
                number: row[0].int()?,
                at: DateTime::<Utc>::from_timestamp_micros(row[1].int()?).unwrap_or_default(),
                actor: row[2].text()?.to_owned(),
                event: row[3].text()?.to_owned(),
                first: row[4].int()?,
                next: row[5].int()?,
                documents: row[6].int()?,
                seq: row[7].int()?,
                detail: row[8].maybe_text()?.map(str::to_owned),
                // One of another length is a fault of the link, which covers it.
                outbox: row[10].bytes()?.try_into().unwrap_or_default(),
                inputs: row[11].bytes()?.to_owned(),
            };
            let own = |value: &Value<'_>| Ok::<_, StoreError>(value.maybe_bytes()?.and_then(|b| b.try_into().ok()));
            let keyed_by = row[9].maybe_text()?.map(str::to_owned);
            let (previous, link) = (own(&row[12])?, own(&row[13])?.unwrap_or_default());
            events.push(Linked { event, previous, keyed_by, link });
            Ok(())
        })?;
        Ok(events)
    }

    /// Holds an event to the one before it and to its own link.
    fn follow(&mut self, linked: &Linked, followed: &mut Followed) {
        let (event, before) = (&linked.event, std::mem::take(followed));
        let missing = event.number - before.number - 1;
        match missing {
            0 => {}
            1 => self.of_lane(event.lane, format!("the event {} is missing", event.number - 1)),
            _ => {
                let (from, to) = (before.number + 1, event.number - 1);
                self.of_lane(event.lane, format!("the events {from} to {to} are missing"));
            }
        }
        self.own_link(linked);
        if missing == 0 && linked.previous != before.link {
            self.of_event(event, "it does not follow the event before it: one of the two was put there".to_owned());
        }
        if linked.keyed_by.is_none() && before.keyed {
            self.of_event(event, "it has no key, and the event before it has one".to_owned());
        }
        let late = is_late(&event.event);
        if missing == 0 && !late && before.next.is_some_and(|next| next != event.first) {
            let text = format!("it begins at the position {}, and not where the one before it ended", event.first);
            self.of_event(event, text);
        }
        *followed = Followed {
            number: event.number,
            link: Some(linked.link),
            next: if late { before.next } else { Some(event.next) },
            seq: event.seq,
            keyed: before.keyed || linked.keyed_by.is_some(),
        };
    }

    /// Holds an event to its own link.
    fn own_link(&mut self, linked: &Linked) {
        let event = &linked.event;
        match (self.chain.link(linked), &linked.keyed_by) {
            (Some(link), _) if link == linked.link => {}
            (None, Some(key)) => {
                self.of_event(event, format!("its key {key:?} is not known: name it in store.audit.older"));
            }
            _ => self.of_event(event, "it was changed: its link is another one".to_owned()),
        }
        self.verified.unkeyed += u64::from(linked.keyed_by.is_none());
    }

    /// Holds the last event to what the source says of it.
    fn end(&mut self, end: &LaneEnd, followed: &Followed) {
        let LaneEnd { lane, next, seq, events, link, .. } = end;
        if followed.number != *events {
            let text = format!("the last event is {}, and {events} were written", followed.number);
            return self.of_lane(*lane, text);
        }
        if followed.link != *link {
            self.of_lane(*lane, "the source's last link is not that of the last event".to_owned());
        }
        if followed.next.is_some() && followed.next != *next {
            self.of_lane(*lane, "the source's position is not where the last event ended".to_owned());
        }
        if followed.seq != *seq {
            let text = format!("the outbox ended at {} with the last event, and the source says {seq}", followed.seq);
            self.of_lane(*lane, text);
        }
    }

    /// Checks the rows that events added to the outbox after a number. Says which rows are missing, from and to.
    fn outbox(&mut self, events: &[Linked], after: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let Some(last) = events.last() else { return Ok(Vec::new()) };
        let (mut rows, mut missing) = (vec![Rows::default(); events.len()], Vec::new());
        let (mut expected, mut index, mut count) = (after + 1, 0, 0);
        self.store.each(Query::Outbox, &[last.event.lane, after, last.event.seq], &mut |row| {
            let seq = row[0].int()?;
            if seq > expected {
                missing.push((expected, seq - 1));
            }
            expected = seq + 1;
            while index + 1 < events.len() && events[index].event.seq < seq {
                index += 1;
            }
            rows[index].row(row);
            count += 1;
            Ok(())
        })?;
        self.verified.outbox += count;
        if expected <= last.event.seq {
            missing.push((expected, last.event.seq));
        }
        let mut after = after;
        for (linked, rows) in events.iter().zip(rows) {
            let (from, to) = (after + 1, linked.event.seq);
            after = to;
            if rows.finish() == linked.event.outbox {
                continue;
            }
            let gone: Vec<_> = missing.iter().filter(|gap| gap.0 <= to && gap.1 >= from).collect();
            for (gone_from, gone_to) in &gone {
                let (from, to) = (from.max(*gone_from), to.min(*gone_to));
                self.of_event(&linked.event, format!("the rows {from} to {to} of the outbox are missing"));
            }
            if gone.is_empty() {
                let text = format!("the rows {from} to {to} of the outbox are not what was written");
                self.of_event(&linked.event, text);
            }
        }
        Ok(missing)
    }

    /// Checks the inputs of events, which lie in a range of positions, and all that was written because of them.
    fn inputs(
        &mut self,
        events: &[Linked],
        (from, to): (i64, i64),
        (before, missing): (i64, &[(i64, i64)]),
    ) -> Result<(), StoreError> {
        let Some(lane) = events.first().map(|linked| linked.event.lane) else { return Ok(()) };
        let (mut inputs, mut strays) = (Vec::<Input>::new(), Strays::default());
        for table in TABLES {
            self.store.each(Query::Rows(table), &[lane, from, to], &mut |row| {
                let (position, document) = (row[0].int()?, row[1].int()?);
                if table == Table::Input
                    && let Some(event) = event_of(events, position)
                {
                    let (told, documents, late) = (Told::default(), Vec::new(), Vec::new());
                    inputs.push(Input { position, event, told, documents, late, set_aside: None, faulty: false });
                }
                match inputs.binary_search_by_key(&position, |input| input.position) {
                    Ok(index) => inputs[index].row(table, document, &row[2..])?,
                    Err(_) => strays.add(table, position),
                }
                Ok(())
            })?;
        }
        self.store.each(Query::SetAside, &[lane, from, to], &mut |row| {
            let position = row[0].int()?;
            if let Ok(index) = inputs.binary_search_by_key(&position, |input| input.position) {
                inputs[index].set_aside = Some(row[1].text()?.to_owned());
            }
            Ok(())
        })?;
        self.strays(lane, strays);
        let mut answers = BTreeSet::new();
        for input in &mut inputs {
            let event = &events[input.event].event;
            let before = input.event.checked_sub(1).map_or(before, |index| events[index].event.seq);
            for (document, what) in input.faults(event, (before, missing), &mut answers) {
                input.faulty = true;
                let (event, position) = (Some(event.number), Some(input.position));
                self.fault(Fault { lane, event, position, document, what });
            }
            self.late.extend(input.late());
        }
        self.verified.inputs += inputs.len() as u64;
        self.verified.documents += inputs.iter().map(|input| input.documents.len() as u64).sum::<u64>();
        self.digests(events, inputs);
        Ok(())
    }

    /// Holds the inputs to the digests that the events have of them.
    fn digests(&mut self, events: &[Linked], inputs: Vec<Input>) {
        let mut inputs = inputs.into_iter().peekable();
        for (index, Linked { event, .. }) in events.iter().enumerate() {
            let digests: Vec<&[u8]> = event.inputs.chunks(KEPT).collect();
            let (mut left, mut count) = (&digests[..], 0);
            while let Some(input) = inputs.next_if(|input| input.event == index) {
                count += 1;
                let digest = input.told.finish(input.position);
                match left.iter().position(|known| **known == digest) {
                    Some(at) => left = &left[at + 1..],
                    None if input.faulty => {}
                    None => {
                        let what = "it is not what was written, or something that was written because of it".to_owned();
                        let (event_number, position) = (Some(event.number), Some(input.position));
                        self.fault(Fault { lane: event.lane, event: event_number, position, document: None, what });
                    }
                }
            }
            if count < digests.len() {
                let text = format!("{} of its {} inputs are missing", digests.len() - count, digests.len());
                self.of_event(event, text);
            }
        }
    }

    /// Holds what was written late of a document to the event that tells of it.
    fn late(&mut self, event: &Event, before: i64, missing: &[(i64, i64)]) {
        let tells = |late: &Late| late.position == event.first && event.inputs == late.digest;
        let Some(index) = self.late.iter().position(tells) else {
            let what = "what it tells of is missing, or is not what was written".to_owned();
            let (event_number, position) = (Some(event.number), Some(event.first));
            return self.fault(Fault { lane: event.lane, event: event_number, position, document: None, what });
        };
        let Late { position, document, verdict, .. } = self.late.swap_remove(index);
        let Some((answer, none_due)) = verdict else { return };
        let in_outbox = |(lane, seq): (i64, i64)| {
            lane == event.lane
                && (before + 1..=event.seq).contains(&seq)
                && !missing.iter().any(|(from, to)| (from..=to).contains(&&seq))
        };
        let what = match answer {
            None if !none_due => "it has neither an answer nor a reason why none is due",
            Some(_) if none_due => "it has both an answer and a reason why none is due",
            Some(answer) if !in_outbox(answer) => "its answer is not in the outbox",
            _ => return,
        };
        let (event_number, what) = (Some(event.number), what.to_owned());
        let (position, document) = (Some(position), Some(document));
        self.fault(Fault { lane: event.lane, event: event_number, position, document, what });
    }

    /// What stands outside of all events.
    fn untold(&mut self, lane: Lane, (from, to): (i64, i64)) -> Result<(), StoreError> {
        let mut strays = Strays::default();
        for table in TABLES {
            self.store.each(Query::Rows(table), &[lane, from, to], &mut |row| {
                strays.add(table, row[0].int()?);
                Ok(())
            })?;
        }
        self.strays(lane, strays);
        Ok(())
    }

    fn strays(&mut self, lane: Lane, strays: Strays) {
        for (table, (position, count)) in strays.0 {
            let what = match count {
                1 => format!("no event tells of this row of {}", name(table)),
                _ => format!("no event tells of this row of {}, and of {} after it", name(table), count - 1),
            };
            self.fault(Fault { lane, event: None, position: Some(position), document: None, what });
        }
    }

    /// The outbox after the last event.
    fn unsent(&mut self, lane: Lane, after: i64) -> Result<(), StoreError> {
        for range in [[lane, after, i64::MAX], [lane, i64::MIN, 0]] {
            let mut rows: Option<(i64, i64)> = None;
            self.store.each(Query::Outbox, &range, &mut |row| {
                let seq = row[0].int()?;
                rows = Some((rows.map_or(seq, |(from, _)| from), seq));
                Ok(())
            })?;
            if let Some((from, to)) = rows {
                self.of_lane(lane, format!("no event tells of the rows {from} to {to} of the outbox"));
            }
        }
        Ok(())
    }
}

impl Input {
    /// Takes a row, without its position and document.
    fn row(&mut self, table: Table, number: i64, row: &[Value<'_>]) -> Result<(), StoreError> {
        if table == Table::Input {
            self.told.row(table, number as u32, row);
            return Ok(());
        }
        if table == Table::Decision {
            let mut told = Told::default();
            told.row(table, number as u32, row);
            let digest = told.finish(self.position);
            self.late.push(Late { position: self.position, document: number, digest, verdict: None });
            return Ok(());
        }
        let index = self.documents.iter().rposition(|document| document.number == number).unwrap_or_else(|| {
            self.documents.push(Document { number, ..Document::default() });
            self.documents.len() - 1
        });
        let document = &mut self.documents[index];
        let (second, row) = match table {
            Table::Message => (false, row),
            Table::Verdict => (row[0].int()? > 1, row),
            Table::Finding => (row[row.len() - 1].int()? > 1, &row[..row.len() - 1]),
            // A document that is held has none of these: they come of its last verdict.
            _ => (document.second.is_some(), row),
        };
        if second {
            let second = document.second.get_or_insert_default();
            second.told.row(table, number as u32, row);
            if table == Table::Verdict {
                second.answer = row[5].maybe_int()?.zip(row[6].maybe_int()?);
                second.none_due = row[7] != Value::Null;
            }
            return Ok(());
        }
        self.told.row(table, number as u32, row);
        match table {
            Table::Message => document.is_there = true,
            Table::Verdict => {
                document.verdicts += 1;
                document.answer = row[5].maybe_int()?.zip(row[6].maybe_int()?);
                document.none_due = row[7] != Value::Null;
            }
            _ => {}
        }
        Ok(())
    }

    /// What has to be told of it by later events.
    fn late(&mut self) -> Vec<Late> {
        let mut late = std::mem::take(&mut self.late);
        for document in &mut self.documents {
            if let Some(Second { told, answer, none_due }) = document.second.take() {
                let (position, document) = (self.position, document.number);
                let digest = told.finish(position);
                late.push(Late { position, document, digest, verdict: Some((answer, none_due)) });
            }
        }
        late
    }

    /// What is wrong with its documents, whatever the digests say.
    fn faults(
        &self,
        event: &Event,
        (before, missing): (i64, &[(i64, i64)]),
        answers: &mut BTreeSet<i64>,
    ) -> Vec<(Option<i64>, String)> {
        let mut faults = Vec::new();
        let mut add = |document, what: &str| faults.push((document, what.to_owned()));
        match (event.event.as_str(), &self.set_aside) {
            ("set aside", Some(reason)) if Some(reason) != event.detail.as_ref() => {
                add(None, "it was set aside for another reason");
            }
            ("set aside", None) => add(None, "its row of set_aside is missing"),
            ("set aside", Some(_)) => {}
            (_, Some(_)) => add(None, "it stands among what was set aside, and was decided"),
            (_, None) if self.documents.is_empty() => add(None, "it has no document"),
            (_, None) => {}
        }
        for document in &self.documents {
            let number = Some(document.number);
            let in_outbox = |(lane, seq): &(i64, i64)| {
                *lane == event.lane
                    && (before + 1..=event.seq).contains(seq)
                    && !missing.iter().any(|(from, to)| (from..=to).contains(&seq))
            };
            match document {
                Document { is_there: false, .. } => add(number, "its row of message is missing"),
                Document { verdicts: 0, .. } => add(number, "it has no verdict"),
                Document { verdicts: 2.., .. } => add(number, "it has more verdicts than its event tells of"),
                Document { answer: None, none_due: false, .. } => {
                    add(number, "it has neither an answer nor a reason why none is due");
                }
                Document { answer: Some(_), none_due: true, .. } => {
                    add(number, "it has both an answer and a reason why none is due");
                }
                Document { answer: Some(answer), .. } if !in_outbox(answer) => {
                    add(number, "its answer is not in the outbox");
                }
                Document { answer: Some((_, seq)), .. } if !answers.insert(*seq) => {
                    add(number, "its answer is that of another document");
                }
                Document { .. } => {}
            }
        }
        faults
    }
}

/// The index of the event that tells of a position.
fn event_of(events: &[Linked], position: i64) -> Option<usize> {
    let index = events.partition_point(|linked| linked.event.next <= position);
    (events.get(index)?.event.first <= position).then_some(index)
}
