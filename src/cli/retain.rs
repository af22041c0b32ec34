//! `payflow retain`: drops what has been kept for long enough.

use std::io::Write;
use std::path::PathBuf;

use chrono::Utc;

use super::render::count;
use super::{Outcome, source, store};
use crate::broker::embedded::{EmbeddedQueue, Old};
use crate::pipeline::config::Config;
use crate::store::is_retired;
use crate::store::retention::{LaneCut, Plan, plan, retain};

const EXAMPLES: &str = "\
Examples:
  payflow retain                                  what would go?
  payflow retain --yes                            drop it
  payflow retain --yes --config production.toml   by the month, beside `payflow migrate`

What was received longer ago than store.retain_months says is dropped, by whole months: inputs, messages, verdicts, findings,
transfers, statements, what has left by the outbox, the audit trail's beginning, and records of the embedded queue. Without
store.retain_months nothing ever is. What stays: an input that is held or set aside, with its batch; what has not left yet, and all
behind it in its source; the last batch of each source, and what of it is not worked on yet; message ids for the window of
`duplicates`; the files of an archive; Kafka's topics, which have a retention of their own.

An event of the audit trail tells what was dropped, by whom and up to which link: `payflow audit verify` begins there. Workers may be at
work: on PostgreSQL they wait for a moment, and only the owner of the tables can do it. Where it is cut off, the next run goes on.

Exit codes: 0 nothing was to go, or it is gone; 1 something would go, 2 something went wrong.";

/// Drop what has been kept for long enough (store.retain_months).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Do it, instead of saying what would go.
    #[arg(long)]
    yes: bool,

    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let config = Config::read(&arguments.config)?;
    let Some(before) = config.store.keeps_from(Utc::now()) else {
        writeln!(out, "everything is kept: store.retain_months is not set")?;
        return Ok(Outcome::AllValid);
    };
    let published = source::published(&config)?;
    let mut store = store::custody(&config)?;
    let left = |lane, topic: &str| if is_retired(topic, lane) { Some(i64::MAX) } else { published.get(&lane).copied() };
    let plan = plan(&mut *store, before, &left)?;
    show(&plan, &store.months(before)?, out)?;
    let mut queue = match &config.embedded {
        Some(embedded) => Some(EmbeddedQueue::open(&embedded.path, &config.source_topics())?),
        None => None,
    };
    let old = queue.as_ref().map_or(Ok(Vec::new()), |queue| queue.old(before))?;
    for Old { topic, records, before: offset } in &old {
        let records = count(records.unsigned_abs(), ("record", "records"));
        writeln!(out, "the queue's topic {topic}: {records} before offset {offset}")?;
    }
    let nothing = plan.is_empty() && old.is_empty();
    if nothing {
        writeln!(out, "nothing more is to go of what was received before {}", before.date_naive())?;
    }
    if !arguments.yes {
        if nothing {
            return Ok(Outcome::AllValid);
        }
        writeln!(out, "nothing was dropped: say --yes to do it")?;
        return Ok(Outcome::SomeNotValid);
    }
    out.flush()?;
    // Even where nothing more is: what an earlier run that was cut off has left goes now.
    let months = retain(&mut *store, &plan, &config.worker)?;
    if !months.is_empty() {
        writeln!(out, "the tables of {} are gone", months.join(", "))?;
    }
    if let Some(queue) = &mut queue {
        queue.drop_old(&old)?;
    }
    writeln!(out, "done")?;
    Ok(Outcome::AllValid)
}

fn show(plan: &Plan, months: &[String], out: &mut impl Write) -> std::io::Result<()> {
    for LaneCut { source, cut, events, .. } in &plan.lanes {
        if *events > 0 {
            let (before, position, seq) = (cut.before.date_naive(), cut.position, cut.seq);
            write!(
                out,
                "{source}: {events} events of the audit trail, with what was received before {before}: inputs before offset \
                 {position}, rows of the outbox up to {seq}"
            )?;
            match cut.kept.iter().filter(|stays| !stays.late).count() {
                0 => writeln!(out)?,
                kept => writeln!(out, "; {kept} batches stay, for an input in them is held or set aside")?,
            }
        }
    }
    for source in &plan.untold {
        writeln!(
            out,
            "{source}: all of it stays, for it is not known what of it has left: see `payflow source status`"
        )?;
    }
    if !plan.is_empty() && !months.is_empty() {
        writeln!(out, "the tables of {} go, but for what stays of them", months.join(", "))?;
    }
    Ok(())
}
