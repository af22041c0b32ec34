//! `payflow source`: how far each source is in the database and at the broker, and mending where the two do not agree.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use super::{Outcome, store};
use crate::broker::embedded::EmbeddedQueue;
use crate::broker::folder::{self, Folders};
use crate::broker::{Broker, Committed, Lookup, Source};
use crate::pipeline::agreement::{Deed, Plan, Remedy, Standing, Start, agree};
use crate::pipeline::config::Config;
use crate::pipeline::iso20022::{Iso20022, Setup};
use crate::pipeline::mend::{Gap, Trouble, mend, prepare, standing, work_again};
use crate::pipeline::schemas;
use crate::pipeline::worker::Settings;
use crate::store::{Lane, Store};

pub(crate) const EXAMPLES: &str = "\
Examples:
  payflow source status                           how far is each source, and would a worker start on it?
  payflow source adopt payflow.inbound-0          what would it do?
  payflow source adopt payflow.inbound-0 --yes    do it
  payflow source republish --yes                  for every source that it mends

  adopt      Each side takes over what only the other one knows. For a group whose offsets are lost, or were changed by
             another program: which row was published last is looked up in the topics, so that nothing is answered twice.
             For a database that is to go on without what it has forgotten.
  republish  For a database that was restored to an earlier point, or is new. What the group has behind it is worked on
             again, and keeps the answers that the topics hold; what they do not hold is published again, under the same
             ids. What they hold of it is in memory meanwhile: some kilobytes an input.
  reset      For a topic that was created anew, or a whole cluster: the rest of the old one is published, and the new one is
             read from its beginning. Where the new topics do not show which row was published last, --published says it. For
             inputs that were deleted before they were read: they are given up.

Stop every worker before, and wait until the group has noticed: session.timeout.ms of kafka.properties. Each mend is an event of
the audit trail. One that is cut off is refused again at the next start, and the same command goes on with it.

Exit codes: 0 all is well or was mended, 1 a source needs mending, 2 something went wrong.";

const STATUS_EXAMPLE: &str = "\
Example:
  payflow source status --config production.toml";

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show how far each source is.
    #[command(after_help = STATUS_EXAMPLE)]
    Status(File),
    /// Let each side take over what only the other one knows.
    Adopt(Arguments),
    /// Begin at the first input that the topic holds.
    Reset(Arguments),
    /// Work again on what the database has forgotten.
    Republish(Arguments),
}

/// Which configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// The configuration file.
    #[arg(long, short, value_name = "FILE", default_value = "payflow.toml")]
    config: PathBuf,
}

/// Which sources, and whether it is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The sources, as topic and partition, such as payflow.inbound-0; without one, every source that this mends.
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Do it, instead of saying what it would do.
    #[arg(long)]
    yes: bool,
    /// The row of the source's outbox that was published last, where neither group nor topics tell.
    #[arg(long, value_name = "ROW")]
    published: Option<i64>,
    #[command(flatten)]
    file: File,
}

/// What is done with store and broker.
trait Errand {
    type Outcome;

    fn run<B: Broker + Lookup>(self, desk: Desk<'_, B>) -> Result<Self::Outcome>;
}

/// Opens the configuration's store and broker.
fn at_desk<E: Errand>(config: &Config, errand: E) -> Result<E::Outcome> {
    let store = store::open(config)?;
    let Some(embedded) = &config.embedded else { return with_kafka(config, store, errand) };
    let broker =
        Folders::open(EmbeddedQueue::open(&embedded.path, &config.source_topics())?, config.folder_settings())?;
    errand.run(Desk { config, settings: config.worker_settings(), store, broker })
}

#[cfg(feature = "kafka")]
fn with_kafka<E: Errand>(config: &Config, store: Box<dyn Store>, errand: E) -> Result<E::Outcome> {
    let settings = config.kafka_settings().map_err(anyhow::Error::msg)?.context("no broker is configured")?;
    let broker = crate::broker::kafka::KafkaBroker::outside(settings)?;
    errand.run(Desk { config, settings: config.worker_settings(), store, broker })
}

#[cfg(not(feature = "kafka"))]
fn with_kafka<E: Errand>(_: &Config, _: Box<dyn Store>, _: E) -> Result<E::Outcome> {
    bail!("this payflow was built without Kafka: build it with the feature `kafka`, or configure [embedded]")
}

/// A command as it was given.
struct Told<'c, W>(&'c Command, &'c mut W);

impl<W: Write> Errand for Told<'_, W> {
    type Outcome = Outcome;

    fn run<B: Broker + Lookup>(self, desk: Desk<'_, B>) -> Result<Outcome> {
        desk.run(self.0, self.1)
    }
}

/// Asks which row of each lane's outbox was the last one to leave.
struct Published;

impl Errand for Published {
    type Outcome = BTreeMap<Lane, i64>;

    fn run<B: Broker + Lookup>(self, mut desk: Desk<'_, B>) -> Result<Self::Outcome> {
        let mut rows = BTreeMap::new();
        for source in desk.broker.sources()? {
            let (owned, standing) = (desk.store.find(&source)?, desk.standing(&source)?);
            if let (Some(owned), Ok(Start::Resume { published, .. })) = (owned, agree(&standing)) {
                rows.insert(owned.lane, published);
            }
        }
        Ok(rows)
    }
}

/// The last row of each lane's outbox that has left, of the sources on which store and broker agree.
pub(super) fn published(config: &Config) -> Result<BTreeMap<Lane, i64>> {
    at_desk(config, Published)
}

/// Runs the command.
pub(crate) fn run(command: &Command, out: &mut impl Write) -> Result<Outcome> {
    let (Command::Status(file)
    | Command::Adopt(Arguments { file, .. })
    | Command::Reset(Arguments { file, .. })
    | Command::Republish(Arguments { file, .. })) = command;
    let config = Config::read(&file.config)?;
    at_desk(&config, Told(command, out))
}

struct Desk<'c, B> {
    config: &'c Config,
    settings: Settings,
    store: Box<dyn Store>,
    broker: B,
}

impl<B: Broker + Lookup> Desk<'_, B> {
    fn run(mut self, command: &Command, out: &mut impl Write) -> Result<Outcome> {
        match command {
            Command::Status(_) => self.status(out),
            Command::Adopt(arguments) => self.mend(Remedy::Adopt, arguments, out),
            Command::Reset(arguments) => self.mend(Remedy::Reset, arguments, out),
            Command::Republish(arguments) => self.mend(Remedy::Republish, arguments, out),
        }
    }

    fn standing(&mut self, source: &Source) -> Result<Standing> {
        let owned = self.store.find(source)?;
        Ok(standing::<Trouble>(source, owned, &mut self.store, &mut self.broker)?)
    }

    fn status(&mut self, out: &mut impl Write) -> Result<Outcome> {
        let mut outcome = Outcome::AllValid;
        for source in self.broker.sources()? {
            let standing = self.standing(&source)?;
            write!(out, "{source}: ")?;
            match agree(&standing) {
                Ok(Start::New(from)) => writeln!(out, "never started, begins at offset {from}")?,
                Ok(Start::Adopt(next)) => writeln!(out, "begins at offset {next}")?,
                Ok(Start::Resume { next, published, .. }) => {
                    write!(out, "at offset {next}")?;
                    if source.cluster.as_ref() != folder::CLUSTER {
                        write!(out, ", {} to read", standing.extent.high - next)?;
                    }
                    writeln!(out, ", {} rows to publish", standing.stored.seq - published)?;
                }
                Err(refusal) => {
                    outcome = Outcome::SomeNotValid;
                    let name = refusal.remedy().name();
                    writeln!(out, "{refusal}. `payflow source {name} {source}` mends it")?;
                }
            }
        }
        Ok(outcome)
    }

    fn mend(mut self, remedy: Remedy, arguments: &Arguments, out: &mut impl Write) -> Result<Outcome> {
        let sources = self.chosen(remedy, arguments)?;
        if sources.is_empty() {
            writeln!(out, "no source needs it")?;
            return Ok(Outcome::AllValid);
        }
        let plans = prepare(remedy, sources, arguments.published, &mut self.store, &mut self.broker)?;
        plans.iter().try_for_each(|(source, plan)| writeln!(out, "{source}: {}", plan.words))?;
        if !arguments.yes {
            writeln!(out, "nothing was changed: say --yes to do it")?;
            return Ok(Outcome::SomeNotValid);
        }
        out.flush()?;
        for (source, plan) in &plans {
            let partner = self.settings.partners.get(&*source.topic);
            let partner = partner.context("the source belongs to no partner of the configuration")?;
            mend(plan, source, (partner, &self.settings.name), &mut self.store, &mut self.broker)?;
        }
        let gaps: Vec<Gap> = plans.into_iter().filter_map(|(source, plan)| gap(source, &plan)).collect();
        if !gaps.is_empty() {
            self.work_again(gaps, out)?;
        }
        writeln!(out, "done")?;
        Ok(Outcome::AllValid)
    }

    fn work_again(self, gaps: Vec<Gap>, out: &mut impl Write) -> Result<()> {
        let schemas = schemas::load(&self.config.own_schemas())?;
        let stages = Iso20022::new(Setup { schemas, ..self.config.setup() });
        let mut desk = store::desk(self.config)?;
        let totals = work_again(gaps, stages, self.broker, (self.store, &mut *desk), self.settings)?;
        writeln!(out, "{} inputs were worked on again", totals.inputs)?;
        if totals.set_aside > 0 {
            writeln!(out, "{} inputs were set aside: see input_set_aside in the database", totals.set_aside)?;
        }
        Ok(())
    }

    /// The sources that are named, or all that the remedy is for.
    fn chosen(&mut self, remedy: Remedy, arguments: &Arguments) -> Result<Vec<Source>> {
        let known = self.broker.sources()?;
        let names: Vec<String> = known.iter().map(ToString::to_string).collect();
        if let Some(unknown) = arguments.sources.iter().find(|name| !names.contains(name)) {
            bail!("there is no source {unknown:?}: there are {}", names.join(", "));
        }
        let is_named = |source: &Source| arguments.sources.contains(&source.to_string());
        let (mut chosen, mut left) = (Vec::new(), Vec::new());
        for source in known {
            let named = is_named(&source);
            let needs = match named && remedy != Remedy::Republish {
                true => false,
                false => agree(&self.standing(&source)?).is_err_and(|refusal| refusal.remedy() == remedy),
            };
            match (named || arguments.sources.is_empty() && needs, needs) {
                (true, _) => chosen.push(source),
                (false, true) => left.push(source.to_string()),
                (false, false) => {}
            }
        }
        if remedy == Remedy::Republish {
            let left = left.join(", ");
            ensure!(
                left.is_empty(),
                "{left} would be left: one input may have come before one of another source, name all"
            );
            let folder = chosen.iter().find(|source| source.cluster.as_ref() == folder::CLUSTER);
            if let Some(folder) = folder {
                bail!("{folder} is a folder: its files are in the archive, and can't be worked on again. Use adopt");
            }
        }
        Ok(chosen)
    }
}

/// What of a source is to be worked on again.
fn gap(source: Source, plan: &Plan) -> Option<Gap> {
    let [Deed::Move(next), Deed::Again(end)] = plan.deeds[..] else { return None };
    Some(Gap { source, begin: Committed { next, seq: Some(plan.standing.stored.seq) }, end })
}
