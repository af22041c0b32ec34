//! An input as it is kept, for a person who has a reason to see it. Must not show anything before the audit trail tells of it.

use crate::store::custody::{Custody, Note};
use crate::store::keep::Keeper;
use crate::store::reading::{Query, Table};
use crate::store::{Lane, StoreError};

/// Why an input is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unshown {
    /// It is no place.
    #[error(
        "{0:?} is no place of an input: write it as `payflow replay` or `payflow reconcile` does, such as \
         payflow.inbound-0-17 or \"lane 3, position 17\""
    )]
    NoPlace(String),
    /// There is no such source.
    #[error("there is no source {0:?} in the database: `payflow audit verify` lists all")]
    NoSource(String),
    /// There are several.
    #[error("the source {0:?} is in the database more than once, in the lanes {1}: write \"lane N, position {2}\"")]
    Several(String, String, i64),
    /// There is no such input.
    #[error("no input is kept of this place: none came there, it is not worked on yet, or it was kept long enough")]
    Gone,
    /// It is not as it came.
    #[error(
        "it is not kept as it came: a card's data was masked, for there was no key to seal it with (store.seal), or may never be kept"
    )]
    Masked,
    /// It is a file.
    #[error(
        "it was too large for the database and is kept as a file: in the archive of its folder, under the name that stands behind \
         the number in {0:?}"
    )]
    File(String),
    /// Its bytes are elsewhere.
    #[error("it is kept without bytes: it came empty, or no row could hold it, and input_set_aside says where it is")]
    Empty,
    /// The store could not be read, or not written to.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// An input as it came, from its place. That it was read, by whom and why, is written down first.
///
/// # Errors
/// When it is not kept as it came, and when its reading can't be written down.
pub fn show(
    (store, keeper): (&mut dyn Custody, &Keeper),
    place: &str,
    (actor, reason): (&str, Option<&str>),
) -> Result<Vec<u8>, Unshown> {
    let (lane, position) = find(store, place)?;
    let mut found = Err(Unshown::Gone);
    store.each(Query::Rows(Table::Input), &[lane, position, position.saturating_add(1)], &mut |row| {
        found = match (row[5].int()?, row[7].maybe_text()?) {
            (_, Some(file)) => Err(Unshown::File(file.to_owned())),
            (0, None) => Ok(keeper.input((lane, position), (row[3].int()?, row[4].maybe_text()?), row[6].bytes()?)?),
            _ => Err(Unshown::Masked),
        };
        Ok(())
    })?;
    let bytes = found?;
    if bytes.is_empty() {
        return Err(Unshown::Empty);
    }
    let detail = match reason {
        Some(reason) => format!("position {position}: {reason}"),
        None => format!("position {position}"),
    };
    store.note(lane, &Note { event: "input read", detail: &detail, actor })?;
    Ok(bytes)
}

/// The lane and the position that a place names: its source, or its lane.
fn find(store: &mut dyn Custody, place: &str) -> Result<(Lane, i64), Unshown> {
    if let Some(found) = by_lane(place) {
        return Ok(found);
    }
    let no_place = || Unshown::NoPlace(place.to_owned());
    // The number of a document may stand behind it.
    let document = place.rsplit_once('/').filter(|(_, number)| number.parse::<u32>().is_ok());
    let (source, position) = document.map_or(place, |(input, _)| input).rsplit_once('-').ok_or_else(no_place)?;
    let position = position.parse().map_err(|_| no_place())?;
    let mut lanes: Vec<Lane> = Vec::new();
    store.each(Query::Sources, &[], &mut |row| {
        if format!("{}-{}", row[1].text()?, row[2].int()?) == source {
            lanes.push(row[0].int()?);
        }
        Ok(())
    })?;
    match lanes[..] {
        [] => Err(Unshown::NoSource(source.to_owned())),
        [lane] => Ok((lane, position)),
        _ => {
            let lanes: Vec<String> = lanes.iter().map(ToString::to_string).collect();
            Err(Unshown::Several(source.to_owned(), lanes.join(", "), position))
        }
    }
}

/// Reads `lane 3, position 17`, with what may stand behind it.
fn by_lane(place: &str) -> Option<(Lane, i64)> {
    let mut parts = place.strip_prefix("lane ")?.split(", ");
    let lane = parts.next()?.parse().ok()?;
    let position = parts.find_map(|part| part.strip_prefix("position "))?;
    let digits = position.split(':').next()?;
    Some((lane, digits.parse().ok()?))
}
