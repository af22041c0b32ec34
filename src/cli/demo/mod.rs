//! `payflow demo`: the samples through the embedded queue and store, by the same worker that reads from Kafka, in a
//! temporary folder that is gone afterwards.

mod gist;
mod read;
mod samples;
mod show;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::Outcome;
use super::render::count;
use super::style::Style;
use crate::broker::TakeLimits;
use crate::broker::embedded::EmbeddedQueue;
use crate::pipeline::iso20022::{Iso20022, Setup};
use crate::pipeline::records::Topics;
use crate::pipeline::worker::{Settings, Worker};
use crate::store::sqlite::SqliteStore;
use samples::SAMPLES;
use show::Message;

pub(crate) use gist::indented;

const EXAMPLES: &str = "\
Examples:
  payflow demo                  every sample
  payflow demo --xml fednow     the samples with `fednow` in their name, and their acknowledgments as XML";

/// See payflow at work: messages of eight invented banks, through a queue and a store of its own.
///
/// Nothing needs to be installed or configured, and nothing is left behind. Each message is shown with its verdict,
/// what is wrong with it, its transfers and the acknowledgment that goes back.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only the samples whose name holds one of these words.
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Show the acknowledgments as XML, too.
    #[arg(long)]
    xml: bool,
}

/// A message that is sent: its name, its partner and its bytes.
struct Sent {
    name: String,
    partner: &'static str,
    bytes: Vec<u8>,
}

/// Sends the samples, lets a worker do its work, and shows what became of each.
pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Outcome> {
    let style = Style::of_stdout();
    let sent = messages(&arguments.words);
    ensure!(!sent.is_empty(), "no sample has {} in its name: `payflow demo` shows all", arguments.words.join(" or "));
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let partners = samples::partners();
    writeln!(
        out,
        "{} from {} invented banks, through the embedded queue and store of payflow {}\n",
        count(sent.len() as u64, ("message", "messages")),
        partners.len(),
        env!("CARGO_PKG_VERSION"),
    )?;
    let begun = Instant::now();
    let (queue, places) = queue(folder.path(), &sent)?;
    let mut worker = worker(folder.path(), queue)?;
    worker.run_until_idle()?;
    let took = begun.elapsed();
    let answers = worker.broker().records(&Topics::default().acknowledgements, 0)?;
    let mut documents = read::documents(worker.store().connection(), &answers)?;
    let mut shown = Vec::new();
    for (index, (sent, place)) in sent.into_iter().zip(places).enumerate() {
        let documents = documents.remove(&place).unwrap_or_default();
        let message = Message { number: index + 1, name: sent.name, partner: sent.partner.to_owned(), documents };
        out.write_all(show::message(&message, arguments.xml, style).as_bytes())?;
        shown.push(message);
    }
    writeln!(out, "{}", show::totals(&shown, took, style))?;
    out.write_all(next().as_bytes())?;
    Ok(Outcome::AllValid)
}

/// What to try after this, with the program's name as it was called here.
fn next() -> String {
    let program = std::env::args().next().unwrap_or_else(|| "payflow".to_owned());
    let tries = [
        ("validate samples/pacs008/err/several-faults.xml", "what is wrong, with its line"),
        ("map samples/pacs008/ok/cbpr-single-header-08.xml", "a payment as its transfer, in JSON"),
        ("reply --indent samples/pacs008/err/bulk-one-bad-iban.xml", "its acknowledgment: one of four is rejected"),
        ("demo --xml fednow", "one message, with the XML that goes back"),
        ("validate YOUR-OWN.xml", "a message of yours"),
    ];
    let width = tries.iter().map(|(what, _)| what.len()).max().unwrap_or_default();
    tries.iter().fold("Try next\n".to_owned(), |out, (what, why)| format!("{out}     {program} {what:width$}  {why}\n"))
}

/// The samples that were asked for; after all of them, one comes again, and one comes with its id on another content.
fn messages(words: &[String]) -> Vec<Sent> {
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut out: Vec<Sent> = SAMPLES
        .iter()
        .map(|sample| Sent { name: sample.name.to_owned(), partner: sample.partner, bytes: sample.bytes.to_vec() })
        .collect();
    let first = &SAMPLES[0];
    let again =
        |what: &str, bytes: Vec<u8>| Sent { name: format!("{}, {what}", first.name), partner: first.partner, bytes };
    let other = String::from_utf8_lossy(first.bytes).replace("Sparplan", "Sparplan 2");
    out.push(again("the same once more", first.bytes.to_vec()));
    out.push(again("its id on another message", other.into_bytes()));
    out.retain(|sent| wanted(&sent.name));
    out
}

fn topic(partner: &str) -> String {
    format!("payflow.inbound.{partner}")
}

/// A queue with the messages in it, each in the topic of its partner, and where each stands.
fn queue(folder: &Path, sent: &[Sent]) -> Result<(EmbeddedQueue, Vec<read::At>)> {
    let topics: Vec<String> = samples::partners().iter().map(|partner| topic(&partner.id)).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut queue = EmbeddedQueue::open(&folder.join("queue.db"), &topics)?;
    let mut places = Vec::new();
    for message in sent {
        let topic = topic(message.partner);
        let offset = queue.append(&topic, &[&message.bytes])?;
        places.push((topic, offset));
    }
    Ok((queue, places))
}

/// The worker of `payflow run`, on the embedded queue and a store beside it.
fn worker(folder: &Path, queue: EmbeddedQueue) -> Result<Worker<Iso20022, EmbeddedQueue, SqliteStore>> {
    let partners = samples::partners();
    let settings = Settings {
        name: "demo".to_owned(),
        partners: partners.iter().map(|partner| (topic(&partner.id), partner.id.clone())).collect(),
        topics: Topics::default(),
        take: TakeLimits::default(),
        key_window: None,
    };
    let setup = Setup {
        partners: partners.into_iter().map(|partner| (partner.id.clone(), partner)).collect(),
        institution: samples::institution(),
        ..Setup::default()
    };
    let store = SqliteStore::open(&folder.join("payflow.db"))?;
    Ok(Worker::new(Iso20022::new(setup), queue, store, settings))
}
