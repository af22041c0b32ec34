//! Generated messages before payflow, libxml2 (`xmllint`) and Xerces (a JDK): valid ones and ones with a planted fault, each
//! in a dialect of its own, and ones that are bent in ways of which nobody knows what they lead to. The same verdict, and
//! the first fault at the planted place.
//!
//! ```text
//! cargo run --release --no-default-features --example differential -- OUT [MESSAGE…] [--seed N] [--share N]
//! ```
//!
//! Without a MESSAGE (an identifier, or how some begin) the whole catalogue is taken. There are 300 valid messages, 3,000
//! mutants and 300 bent ones of each version of pacs.008 and camt.053, and a tenth of that of each other message; of each
//! the N-th part with `--share N`.
//! OUT gets `table.tsv`, a row for each message, and `differences`, where whatever does not hold is kept with its message. A
//! message whose row is there is not taken again: what was interrupted goes on, and several runs may share the work.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use compare::generated::Generated;
use compare::{Case, Court, Tally};
use oracle::xerces::Xerces;
use payflow::schema::MessageId;
use payflow::schema::catalogue::embedded;
use random::Random;

#[path = "../tests/compare/mod.rs"]
mod compare;
#[path = "../tests/dialects/mod.rs"]
mod dialects;
#[path = "../tests/mutants/mod.rs"]
mod mutants;
#[path = "../tests/oracle/mod.rs"]
mod oracle;
#[path = "../tests/random/mod.rs"]
mod random;

/// How many messages are written, and asked about, at once.
const PORTION: u64 = 400;

/// What is asked for.
struct Wish {
    out: PathBuf,
    messages: Vec<String>,
    seed: u64,
    share: u64,
}

fn usage() -> ! {
    eprintln!("usage: differential OUT [MESSAGE…] [--seed N] [--share N]");
    std::process::exit(2);
}

fn wish() -> Wish {
    let mut arguments = std::env::args().skip(1);
    let Some(out) = arguments.next().filter(|out| !out.starts_with('-')) else { usage() };
    let mut wish = Wish { out: out.into(), messages: vec![], seed: 20_022, share: 1 };
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok()).unwrap_or_else(|| usage());
        match argument.as_str() {
            "--seed" => wish.seed = number(),
            "--share" => wish.share = number().max(1),
            option if option.starts_with('-') => usage(),
            message => wish.messages.push(message.to_owned()),
        }
    }
    wish
}

/// Makes a message of a seed and a number.
type Make = fn(&Generated, u64, u64) -> Case;

/// The kinds of messages, and how many of each there are of a pacs.008 or camt.053.
const KINDS: [(Make, u64); 3] = [(Generated::valid, 300), (Generated::mutant, 3_000), (Generated::bent, 300)];

fn main() -> io::Result<()> {
    let wish = wish();
    if Xerces::start().is_none() {
        println!("no JDK is there: Xerces is not asked");
    }
    fs::create_dir_all(wish.out.join("differences"))?;
    let mut table = OpenOptions::new().create(true).append(true).open(wish.out.join("table.tsv"))?;
    if table.metadata()?.len() == 0 {
        writeln!(table, "{COLUMNS}")?;
    }
    // A head.002 is an envelope: what is in it is judged, it is passed over itself.
    let wanted = |message: &MessageId| {
        let name = message.to_string();
        !message.is("head", 2)
            && (wish.messages.is_empty() || wish.messages.iter().any(|wanted| name.starts_with(wanted)))
    };
    let (queue, table) = (Mutex::new(embedded().ids().filter(wanted).collect::<VecDeque<_>>()), Mutex::new(table));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = |number: usize| work(number, &wish, &queue, &table);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|number| scope.spawn(move || work(number))).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    sum(&wish.out)
}

fn work(number: usize, wish: &Wish, queue: &Mutex<VecDeque<MessageId>>, table: &Mutex<File>) -> io::Result<()> {
    let folder = tempfile::Builder::new().prefix(&format!("differential-{number}-")).tempdir()?;
    let mut court = Court::new(folder.path(), Xerces::start());
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(message) = next else { return Ok(()) };
        if rows(&wish.out)?.iter().any(|row| row.first().is_some_and(|known| *known == message.to_string())) {
            continue;
        }
        let row = hear(&mut court, message, wish)?;
        println!("{}", row.replace('\t', "  "));
        writeln!(table.lock().unwrap_or_else(PoisonError::into_inner), "{row}")?;
    }
}

/// The columns of the table: three for each kind of message, then those of all.
const COLUMNS: &str = "message\tvalid\tas libxml2\tas Xerces\tmutants\tas libxml2\tas Xerces\tbent\tas libxml2\tas Xerces\t\
    placed\tplaced by libxml2\tknown\tdifferences\twhat is known";

/// Hears the messages of one definition; gives the row of the table.
fn hear(court: &mut Court, message: MessageId, wish: &Wish) -> io::Result<String> {
    let generated = Generated::new(message).map_err(io::Error::other)?;
    let part = if message.is("pacs", 8) || message.is("camt", 53) { wish.share } else { 10 * wish.share };
    let mut random = Random::new(wish.seed);
    let (mut row, mut all) = (vec![message.to_string()], Tally::default());
    for (make, count) in KINDS {
        let mut tally = Tally::default();
        let count = count.div_ceil(part);
        for from in (0..count).step_by(PORTION as usize) {
            let cases = (from..count.min(from + PORTION)).map(|number| make(&generated, wish.seed, number));
            tally.add(court.hear(&message.to_string(), cases.collect(), Some(&mut random))?);
        }
        row.extend([tally.cases, tally.agreed, tally.xerces].map(|count| count.to_string()));
        all.add(tally);
    }
    let numbers = [all.placed, all.placed_by_libxml2, all.known(), all.differences.len()];
    row.extend(numbers.map(|count| count.to_string()));
    row.push(all.known.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", "));
    for (number, difference) in all.differences.iter().enumerate() {
        let file = |ending: &str| wish.out.join("differences").join(format!("{message}-{number:04}.{ending}"));
        fs::write(file("xml"), &difference.bytes)?;
        fs::write(file("txt"), format!("{}\n{}", difference.what, difference.words))?;
    }
    Ok(row.join("\t"))
}

/// The rows of the table so far.
fn rows(out: &Path) -> io::Result<Vec<Vec<String>>> {
    let table = fs::read_to_string(out.join("table.tsv"))?;
    Ok(table.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect())
}

/// Prints the sums of the columns; an error where something differs.
fn sum(out: &Path) -> io::Result<()> {
    let rows = rows(out)?;
    let of = |column: usize| rows.iter().filter_map(|row| row.get(column)?.parse::<u64>().ok()).sum::<u64>();
    println!("{} messages", rows.len());
    let names: Vec<&str> = COLUMNS.split('\t').collect();
    let last = names.iter().position(|name| *name == "differences").unwrap_or_default();
    (1..=last).for_each(|column| println!("{:>8} {}", of(column), names[column]));
    match of(last) {
        0 => Ok(()),
        count => Err(io::Error::other(format!("{count} differences; see {}", out.join("differences").display()))),
    }
}
