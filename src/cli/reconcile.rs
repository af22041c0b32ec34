//! `payflow reconcile`: whether a day balances.

use std::io::Write;
use std::path::PathBuf;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use clap::ValueEnum;
use serde::Serialize;

use super::{Outcome, store};
use crate::pipeline::config::Config;
use crate::pipeline::reconcile::{Balance, Line, reconcile};

const EXAMPLES: &str = "\
Examples:
  payflow reconcile 2026-11-20                    what came in on that day, and what became of it
  payflow reconcile 2026-11-20 --format json      the same as one JSON object

The day is one of UTC, and that on which the inputs were received. Each input must have been decided or set aside; each document
must have its verdict; what was accepted must be booked, transaction by transaction and to the last decimal, and nothing else. The
sums are those of the transactions, not what the group header claims.

Exit codes: 0 it balances, 1 it does not, and what is off is said, 2 the store can't be read.";

/// Balance a day: what came in against what was accepted, rejected, set aside and booked, in numbers and in money.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The day, such as 2026-11-20.
    #[arg(value_name = "DATE", value_parser = day)]
    date: NaiveDate,

    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,

    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Serialize)]
struct Report<'a> {
    date: NaiveDate,
    balances: bool,
    #[serde(flatten)]
    balance: &'a Balance,
    off: &'a [String],
}

fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "write a day such as 2026-11-20".to_owned())
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<Outcome> {
    let Arguments { date, config, format } = arguments;
    let config = Config::read(config)?;
    let from = date.and_time(NaiveTime::MIN).and_utc();
    let mut off = Vec::new();
    let balance = reconcile(&mut *store::read(&config)?, (from, from + TimeDelta::days(1)), &mut |fault| {
        off.push(fault.to_owned())
    })?;
    let balances = balance.faults == 0;
    match format {
        Format::Json => {
            let report = Report { date: *date, balances, balance: &balance, off: &off };
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        }
        Format::Text => text(*date, &balance, &off, out)?,
    }
    Ok(if balances { Outcome::AllValid } else { Outcome::SomeNotValid })
}

fn text(date: NaiveDate, balance: &Balance, off: &[String], out: &mut impl Write) -> std::io::Result<()> {
    let Balance { inputs, set_aside, came_in, decided, booked, not_booked, from_statements, credited, debited, .. } =
        balance;
    writeln!(out, "{date} (UTC): {inputs} inputs, {set_aside} of them set aside\n")?;
    writeln!(out, "{:<18} {:>12} {:>12}  sums", "", "documents", "transactions")?;
    let mut line = |name: &str, line: &Line| {
        let without = match line.without_sum {
            0 => String::new(),
            count => format!(" ({count} without a sum)"),
        };
        writeln!(out, "{name:<18} {:>12} {:>12}  {}{without}", line.documents, line.transactions, line.sums)
    };
    line("came in", came_in)?;
    decided.iter().try_for_each(|(verdict, of_it)| line(verdict, of_it))?;
    line("booked", booked)?;
    line("  not booked", not_booked)?;
    line("from statements", from_statements)?;
    line("  credited", credited)?;
    line("  debited", debited)?;
    off.iter().try_for_each(|fault| writeln!(out, "{}{fault}", if fault == &off[0] { "\n" } else { "" }))?;
    match off.len() {
        0 => writeln!(out, "\nit balances"),
        1 => writeln!(out, "\nit does not balance: 1 fault"),
        faults => writeln!(out, "\nit does not balance: {faults} faults"),
    }
}
