//! `payflow replay`: what would come of stored messages now.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::{Outcome, store};
use crate::pipeline::config::Config;
use crate::pipeline::iso20022::{Iso20022, Setup};
use crate::pipeline::replay::{Difference, Replayed, Selection, replay};
use crate::pipeline::schemas;
use crate::xml::Limits;

const EXAMPLES: &str = "\
Examples:
  payflow replay --from 2026-11-01 --to 2026-11-21
  payflow replay --from 2026-11-20T08:00:00Z --to 2026-11-20T09:00:00Z --partner alpha
  payflow replay --from 2026-11-01 --to 2026-11-21 --config candidate.toml
  payflow replay --from 2026-11-01 --to 2026-11-21 --profile instant
  payflow replay --from 2026-11-01 --to 2026-11-21 --profile instant@2027-11-20

The stored inputs run through the same stages as in `payflow run`, with this program and this configuration: its schemas, its
partners and its limits. Nothing is written and nothing leaves. Each document of which something else would come is named, with
what would differ: its verdict, what is found in it, its answer (but for its own id), its transfers. The store's path or URL in
the configuration is that of the messages. What is kept as a file is read in the archive of its folder, through a window; where it is
not there any more as it came, that is said.

A profile is taken in the edition that holds for the time at which an input was received. With --profile it is the named one for
every partner, and with a day or moment behind its name, the edition of then for every input: how one that is to come is judged by
what came before it. What was agreed with a partner itself still goes first.

Exit codes: 0 nothing would differ, 1 something would or was not run, 2 there was nothing to run, or the store can't be read.";

/// Run stored messages again without effects, and show what would differ: how a change is judged before it goes live.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Received from this day or moment on, in UTC.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: DateTime<Utc>,

    /// And before this day or moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: DateTime<Utc>,

    /// Of this partner alone.
    #[arg(long, value_name = "ID")]
    partner: Option<String>,

    /// By this profile, whichever the partners keep to; with a day or moment, by its edition of then.
    #[arg(long, value_name = "NAME[@TIME]", value_parser = edition)]
    profile: Option<Edition>,

    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,
}

/// A profile, and the moment whose edition is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edition {
    name: String,
    of: Option<DateTime<Utc>>,
}

fn edition(text: &str) -> Result<Edition, String> {
    let (name, of) = match text.rsplit_once('@') {
        Some((name, time)) => (name, Some(moment(time)?)),
        None => (text, None),
    };
    Ok(Edition { name: name.to_owned(), of })
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day = text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let moment = day.or_else(|_| text.parse::<DateTime<Utc>>());
    moment.map_err(|_| "write a day such as 2026-11-20, or a moment such as 2026-11-20T08:00:00Z".to_owned())
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let Arguments { from, to, partner, profile, config } = arguments;
    if from >= to {
        bail!("no time lies from {from} to before {to}: --from is to be the earlier one");
    }
    let config = Config::read(config)?;
    if let Some(partner) = partner
        && config.partners.iter().all(|known| known.id != *partner)
    {
        bail!("there is no partner {partner:?}");
    }
    let mut setup = Setup { schemas: schemas::load(&config.own_schemas())?, ..config.setup() };
    if let Some(Edition { name, of }) = profile
        && !setup.keep_to(name, *of)
    {
        let known: Vec<&str> = setup.profiles.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        bail!("there is no profile {name:?}: [[profiles]] has {known}");
    }
    // A file that is too large to be held in memory is read through a window, and not refused.
    let files_limits = Limits { bytes: setup.limits.bytes.max(setup.limits.file_bytes), ..setup.limits };
    let of_files = Iso20022::new(Setup { limits: files_limits, ..setup.clone() });
    let of_topics = Iso20022::new(setup);
    let is_folder = |source: &str| config.folders.iter().any(|folder| folder.name == source);
    let stages = |source: &str| if is_folder(source) { &of_files } else { &of_topics };
    let selection = Selection { from: *from, to: *to, partner: partner.clone() };
    let (mut read, keeper, mut told) = (store::read(&config)?, store::keeper(&config)?, Ok(()));
    let files = |source: &str, file: &str, received| config.kept(source, file, received);
    let replayed = replay(&stages, (&mut *read, &keeper), &files, &selection, &mut |difference| {
        if told.is_ok() {
            told = show(difference, out);
        }
    })?;
    told?;
    if replayed == Replayed::default() {
        writeln!(out, "nothing was received from {from} to before {to}: there is nothing to judge by")?;
        return Ok(Outcome::NotRead);
    }
    let Replayed { inputs, documents, differ, verdicts, findings, answers, transfers, not_run } = replayed;
    write!(out, "{documents} documents of {inputs} inputs: {differ} would differ")?;
    if differ > 0 {
        write!(
            out,
            " ({verdicts} in the verdict, {findings} in the findings, {answers} in the answer, {transfers} in the transfers)"
        )?;
    }
    writeln!(out)?;
    not_run.iter().try_for_each(|line| writeln!(out, "not run: {line}"))?;
    Ok(if differ == 0 && not_run.is_empty() { Outcome::AllValid } else { Outcome::SomeNotValid })
}

fn show(difference: &Difference, out: &mut impl Write) -> std::io::Result<()> {
    let Difference { origin, document, verdicts, gone, new, answer, transfers } = difference;
    let was = verdicts.0.as_deref().unwrap_or("undecided");
    match verdicts.1.as_deref() {
        Some(now) if now == was => writeln!(out, "{origin}, document {document}: {was}, as before")?,
        Some(now) => writeln!(out, "{origin}, document {document}: was {was}, would be {now}")?,
        None => writeln!(out, "{origin}, document {document}: was {was}, would not be decided")?,
    }
    gone.iter().try_for_each(|finding| writeln!(out, "  - {finding}"))?;
    new.iter().try_for_each(|finding| writeln!(out, "  + {finding}"))?;
    for (differs, what) in [(answer, "answer"), (transfers, "transfers")] {
        if *differs {
            writeln!(out, "  the {what} would differ")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_named_with_or_without_a_moment() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        for (text, expected) in [
            ("instant", Some(("instant", None))),
            ("instant@2027-11-20", Some(("instant", at("2027-11-20T00:00:00Z")))),
            ("in@stant@2027-11-20T01:00:00+01:00", Some(("in@stant", at("2027-11-20T00:00:00Z")))),
            ("instant@soon", None),
            ("instant@", None),
        ] {
            let found = edition(text).ok();
            assert_eq!(found.as_ref().map(|e| (&e.name[..], e.of)), expected, "{text}");
        }
    }
}
