//! `payflow held`: what waits for a person's decision, and the decision, by two persons.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, SecondsFormat};
use clap::ValueEnum;

use super::snippet::printable;
use super::{Outcome, store};
use crate::broker::folder::kept;
use crate::pipeline::config::Config;
use crate::rules::judge::Ruling;
use crate::store::DocumentId;
use crate::store::held::{Act, Desk, Held, Motion, Noted, Reason, held};
use crate::store::reading::{Query, Table};

pub(crate) const EXAMPLES: &str = "\
Examples:
  payflow held list                                                           what waits, and for what
  payflow held release payflow.inbound-0-17/1 --by Anna --reason \"treasury agrees\"
  payflow held reject payflow.inbound-0-17/1 --by Anna --reason \"the customer took it back\"
  payflow held confirm payflow.inbound-0-17/1 --by Bert --only release        and it is decided

One person asks for a release or a rejection, another one confirms; who does not agree asks for something else instead. The worker that
owns the source does it within a second or so: what is released is judged, booked and answered as if nothing had held it; what
is rejected gets its pacs.002. The reasons that are given stay here. A file that was too large for the database is read again in the
archive of its folder: it has to stay there until it is decided. With `[hold] four_eyes = false` it is decided as soon as it is asked for.

Each act is an event of the audit trail, under the name that is given: who may run this command is for the system to say.

Exit codes: 0 done, or nothing waits; 1 something waits; 2 it may not be done, or the store can't be read.";

const LIST_EXAMPLE: &str = "\
Example:
  payflow held list --config production.toml";

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show what is held: where it stands, whose it is, since when, why, and what was said of it.
    #[command(after_help = LIST_EXAMPLE)]
    List(File),
    /// Ask for a release: it is to go on as if nothing had held it.
    Release(Ask),
    /// Ask for a rejection.
    Reject(Ask),
    /// Confirm what another person has asked for.
    Confirm(Confirm),
}

/// Which configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,
}

/// What is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Ask {
    /// The document, as `payflow held list` names it.
    #[arg(value_name = "PLACE")]
    place: String,
    /// Who asks.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    file: File,
}

/// What is confirmed.
#[derive(Debug, clap::Args)]
pub(crate) struct Confirm {
    /// The document, as `payflow held list` names it.
    #[arg(value_name = "PLACE")]
    place: String,
    /// Who confirms.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Only if this is what was asked for: it may have become something else since you looked.
    #[arg(long, value_enum, value_name = "DECISION")]
    only: Option<Only>,
    #[command(flatten)]
    file: File,
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// To go on as if nothing had held it.
    Release,
    /// To reject it.
    Reject,
}

/// Runs the command.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<Outcome> {
    let (Command::List(file)
    | Command::Release(Ask { file, .. })
    | Command::Reject(Ask { file, .. })
    | Command::Confirm(Confirm { file, .. })) = command;
    let config = Config::read(&file.config)?;
    let four_eyes = config.hold.four_eyes;
    let mut desk = store::desk(&config)?;
    match command {
        Command::List(_) => return list(&mut *desk, out),
        Command::Release(ask) => request((&mut *desk, &config), Ruling::Release, ask, out)?,
        Command::Reject(ask) => request((&mut *desk, &config), Ruling::Reject, ask, out)?,
        Command::Confirm(Confirm { place, by, only, .. }) => {
            let only = only.map(|only| if only == Only::Release { Ruling::Release } else { Ruling::Reject });
            let held = find((&mut *desk, &config), place)?;
            desk.act(&Act { id: held.id, actor: by, motion: Motion::Confirm { four_eyes, only } })?;
            let asked = held.acts.last().map(said).unwrap_or_default();
            writeln!(out, "{}: confirmed: {asked}. The worker does it", held.place)?;
        }
    }
    Ok(Outcome::AllValid)
}

fn request((desk, config): (&mut dyn Desk, &Config), ruling: Ruling, ask: &Ask, out: &mut impl Write) -> Result<()> {
    let Held { id, place, .. } = find((desk, config), &ask.place)?;
    let four_eyes = config.hold.four_eyes;
    desk.act(&Act { id, actor: &ask.by, motion: Motion::Ask(ruling, &ask.reason) })?;
    if four_eyes {
        writeln!(out, "{place}: noted. Another person makes it so: payflow held confirm {place} --by NAME")?;
    } else {
        desk.act(&Act { id, actor: &ask.by, motion: Motion::Confirm { four_eyes, only: None } })?;
        writeln!(out, "{place}: decided. The worker does it")?;
    }
    Ok(())
}

/// The document at a place. The first one of an input needs no number.
fn find((desk, config): (&mut dyn Desk, &Config), place: &str) -> Result<Held> {
    let all = held(desk)?;
    let names = |held: &Held| held.place == place || held.place.strip_suffix("/1") == Some(place);
    let found = all.into_iter().find(names);
    let found = found.with_context(|| format!("nothing is held at {place}: see `payflow held list`"))?;
    require_file(desk, config, &found)?;
    Ok(found)
}

/// Refuses to decide about a file that is gone: what is decided can't be asked for anew.
fn require_file(desk: &mut dyn Desk, config: &Config, Held { id, place, .. }: &Held) -> Result<()> {
    let DocumentId { lane, position, document } = *id;
    let name = |name: &str| *place == format!("{name}-0-{position}/{document}");
    let Some(folder) = config.folders.iter().find(|folder| name(&folder.name)) else { return Ok(()) };
    let mut gone = false;
    desk.each(Query::Rows(Table::Input), &[lane, position, position + 1], &mut |row| {
        if let (Some(file), Some(taken)) = (row[7].maybe_text()?, DateTime::from_timestamp_micros(row[2].int()?)) {
            // A folder that can't be seen from here is the worker's to look into.
            gone = kept(&folder.path, file, taken).is_ok_and(|files| files.is_empty());
        }
        Ok(())
    })?;
    if gone {
        bail!(
            "{place}: its file is not in the archive of its folder any more, and is needed to decide it: put it back"
        );
    }
    Ok(())
}

fn list(desk: &mut dyn Desk, out: &mut impl Write) -> Result<Outcome> {
    let all = held(desk)?;
    for held in &all {
        let Held { place, partner, definition, message_id, since, reasons, acts, trouble, .. } = held;
        let (definition, id) = (definition.as_deref().unwrap_or("?"), message_id.as_deref().unwrap_or("without an id"));
        let id = printable(id);
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        writeln!(out, "{place}: {partner}, {definition} {id}, held since {since}")?;
        for Reason { rule, transaction, found, expected } in reasons {
            let of = transaction.map_or(String::new(), |index| format!(", transaction {}", index + 1));
            let shown = |text: &Option<String>| printable(text.as_deref().unwrap_or("?"));
            let (found, expected) = (shown(found), shown(expected));
            writeln!(out, "  {rule}{of}: {found}, {expected}")?;
        }
        acts.iter().try_for_each(|act| writeln!(out, "  {}", said(act)))?;
        match (trouble, acts.last()) {
            (Some(why), _) => {
                writeln!(out, "  it can't be done: {why}. Mend that, and start the worker anew: it tries again")?
            }
            (None, Some(Noted { reason: None, .. })) => writeln!(out, "  the worker does it")?,
            (None, _) => {}
        }
    }
    writeln!(out, "{}", super::render::count(all.len() as u64, ("document is held", "documents are held")))?;
    Ok(if all.is_empty() { Outcome::AllValid } else { Outcome::SomeNotValid })
}

fn said(Noted { at, actor, act, reason }: &Noted) -> String {
    let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let actor = printable(actor);
    match reason.as_deref().map(printable) {
        Some(reason) => format!("{act} asked by {actor} at {at}: {reason}"),
        None => format!("confirmed by {actor} at {at}"),
    }
}
