//! What stands before the cut of a lane: only the events that the cut keeps, and what they tell of.

use super::{Check, Followed};
use crate::store::reading::{Query, name};
use crate::store::retention::{Cut, Stays};
use crate::store::{Lane, StoreError};

/// What to do about what should have gone.
const MEND: &str = "which was dropped: `payflow retain --yes` goes on where it was cut off";

impl Check<'_> {
    /// Checks what is kept before the cut of a lane, and says where its chain goes on. The event of the cut stands in that chain, and
    /// is held to it like any other.
    pub(super) fn beginning(&mut self, lane: Lane, event: Option<i64>) -> Result<Followed, StoreError> {
        let Some(event) = event else { return Ok(Followed::default()) };
        let Some(cut) = Cut::read(self.store, lane, event)? else {
            self.of_lane(lane, format!("the event {event} is to tell what was dropped, and does not"));
            return Ok(Followed::default());
        };
        for stays in &cut.kept {
            self.stays(lane, stays)?;
        }
        self.gone(lane, &cut)?;
        self.verified.cuts.push((lane, cut.before, cut.event));
        let link = (0..32).map(|byte| u8::from_str_radix(cut.link.get(2 * byte..2 * byte + 2)?, 16).ok());
        let link = link.collect::<Option<Vec<u8>>>().and_then(|link| link.try_into().ok());
        Ok(Followed { number: cut.event, link, next: Some(cut.position), seq: cut.seq, keyed: cut.keyed })
    }

    fn stays(&mut self, lane: Lane, stays: &Stays) -> Result<(), StoreError> {
        let events = self.events(lane, stays.event - 1, 1)?;
        let Some(linked) = events.first().filter(|linked| linked.event.number == stays.event) else {
            self.of_lane(lane, format!("the event {} is missing, which was kept", stays.event));
            return Ok(());
        };
        self.own_link(linked);
        let missing = self.outbox(&events, stays.after)?;
        if stays.late {
            self.late(&linked.event, stays.after, &missing);
            return Ok(());
        }
        self.inputs(&events, (stays.first, stays.next), (stays.after, &missing))
    }

    /// Nothing is left of what was dropped.
    fn gone(&mut self, lane: Lane, cut: &Cut) -> Result<(), StoreError> {
        for (from, to) in cut.positions() {
            for table in super::TABLES {
                self.left(lane, name(table), Query::Rows(table), &[lane, from, to])?;
            }
        }
        for (from, to) in cut.rows() {
            self.left(lane, "outbox", Query::Outbox, &[lane, from.saturating_sub(1), to - 1])?;
        }
        for (from, to) in cut.events() {
            let events = self.events(lane, from.saturating_sub(1), 1)?;
            if let Some(linked) = events.first().filter(|linked| linked.event.number < to) {
                self.of_lane(lane, format!("the event {} is there, {MEND}", linked.event.number));
            }
        }
        Ok(())
    }

    fn left(&mut self, lane: Lane, table: &str, query: Query, values: &[i64]) -> Result<(), StoreError> {
        let mut first = None;
        self.store.each(query, values, &mut |row| {
            first = first.or(Some(row[0].int()?));
            Ok(())
        })?;
        if let Some(place) = first {
            self.of_lane(lane, format!("a row of {table} is there, at {place}, {MEND}"));
        }
        Ok(())
    }
}
