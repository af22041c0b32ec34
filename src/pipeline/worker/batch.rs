//! One batch, from bytes to a committed transaction of the store.

use std::borrow::Cow;
use std::cell::RefCell;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tracing::{error, warn};

use super::large::pour;
use super::{Due, Settings, Totals, Trouble, Worker, WorkerError};
use crate::broker::trace::Trace;
use crate::broker::{Broker, Input, Source};
use crate::fall::fall;
use crate::pipeline::Raw;
use crate::pipeline::large::Large;
use crate::pipeline::records::{Origin, hexadecimal, outcome};
use crate::pipeline::stages::{Prepared, Stages};
use crate::rules::judge::{Facts, Prior};
use crate::store::{
    Added, Answer, Batch, Claim, DocumentId, DocumentRow, InputRow, Key, Lane, Outcome, Step, Store, StoreError,
    verdict_name,
};
use crate::telemetry::{METRICS, Stage, Tally};

/// An input on its way through the stages.
pub(super) struct Job<D> {
    pub(super) source: Source,
    lane: Lane,
    pub(super) offset: i64,
    pub(super) raw: Raw,
    /// `None` when the stages fell over it.
    pub(super) documents: Option<Vec<Prepared<D>>>,
    /// The name of the file that it is kept in, where it is too large for the database.
    pub(super) file: Option<String>,
    pub(super) trace: Option<Trace>,
}

impl<D> Job<D> {
    pub(super) fn id(&self, prepared: &Prepared<D>) -> DocumentId {
        DocumentId { lane: self.lane, position: self.offset, document: prepared.number }
    }

    /// What leaves because of it is due since it was received.
    pub(super) fn due(&self) -> Due {
        (self.lane, self.raw.received_at)
    }

    fn input_row(&self) -> InputRow<'_> {
        let Raw { bytes, received_at, .. } = &self.raw;
        let (file, trace) = (self.file.as_deref(), self.trace.as_ref());
        InputRow { lane: self.lane, position: self.offset, received_at: *received_at, bytes, file, trace }
    }
}

impl<S: Stages, B: Broker, T: Store> Worker<S, B, T> {
    /// Runs the pure stages over the inputs that are this worker's to do: of its lanes, and not done before.
    pub(super) fn examine(&self, inputs: Vec<Input>) -> Vec<Job<S::Document>> {
        let mut jobs: Vec<_> = inputs.into_iter().filter_map(|input| self.job(input)).collect();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(jobs.len());
        if threads <= 1 {
            jobs.iter_mut().for_each(|job| examine(&self.stages, job));
            return jobs;
        }
        let (stages, part) = (&self.stages, jobs.len().div_ceil(threads));
        std::thread::scope(|scope| {
            for part in jobs.chunks_mut(part) {
                scope.spawn(|| part.iter_mut().for_each(|job| examine(stages, job)));
            }
        });
        jobs
    }

    pub(super) fn job(&self, input: Input) -> Option<Job<S::Document>> {
        let held = self.lanes.get(&input.source)?;
        if input.offset < held.next { None } else { self.job_of(input, held.lane) }
    }

    /// The same, whether it was done before or not.
    pub(super) fn job_of(&self, input: Input, lane: Lane) -> Option<Job<S::Document>> {
        let raw = Raw {
            bytes: input.bytes,
            origin: format!("{}-{}", input.source, input.offset),
            partner: self.settings.partners.get(&*input.source.topic)?.clone(),
            received_at: input.received_at,
        };
        Some(Job {
            source: input.source,
            lane,
            offset: input.offset,
            raw,
            documents: None,
            file: None,
            trace: input.trace,
        })
    }

    /// Commits a batch as a whole; when the store refuses something of it, one by one, so that only the input with the
    /// fault is set aside.
    pub(super) fn commit(&mut self, jobs: &[Job<S::Document>]) -> Result<Vec<Added>, Trouble> {
        match self.commit_together(jobs, None) {
            Err(Trouble::Refused(reason)) => warn!(inputs = jobs.len(), "batch split: {reason}"),
            done => return done,
        }
        let mut all: Vec<Added> = Vec::new();
        for job in jobs {
            let added = match self.commit_together(std::slice::from_ref(job), None) {
                Err(Trouble::Refused(reason)) => vec![self.set_aside(job, &reason)?],
                done => done?,
            };
            added.into_iter().for_each(|added| merge(&mut all, added));
        }
        Ok(all)
    }

    /// Commits jobs in one transaction; the only one with what is mapped of it meanwhile, where it is large.
    pub(super) fn commit_together(
        &mut self,
        jobs: &[Job<S::Document>],
        large: Option<&dyn Large>,
    ) -> Result<Vec<Added>, Trouble> {
        if jobs.iter().any(|job| job.documents.is_none()) {
            return Err(Trouble::Refused("the stages could not handle it: a fault in payflow".to_owned()));
        }
        let (decided_at, begun, under) = (Utc::now(), Instant::now(), self.under);
        let mut tally = Tally::default();
        let batch = batch(jobs, self.steps(jobs)?, decided_at, &self.settings);
        let (mut totals, mut poured, verdicts) = (Totals::default(), 0, RefCell::new(Vec::new()));
        let mut decide = |claims: &[Claim]| {
            fall("keys claimed");
            let deciding = Instant::now();
            let outcomes = decide(&self.stages, &self.settings, jobs, claims, decided_at)?;
            fall("decided");
            totals = Totals { inputs: jobs.len() as u64, ..Totals::default() };
            outcomes.iter().for_each(|outcome| totals.count(outcome));
            tally = Tally { inputs: totals.inputs, ..Tally::default() };
            for ((_, prepared), outcome) in documents(jobs).zip(&outcomes) {
                tally.count(prepared.definition, &prepared.profile, verdict_name(outcome.verdict), &outcome.findings);
            }
            METRICS.stage(Stage::Decide, deciding.elapsed(), under);
            *verdicts.borrow_mut() = outcomes.iter().map(|outcome| outcome.verdict).collect();
            Ok(outcomes)
        };
        let added = match large.zip(jobs.first()) {
            None => self.store.commit(&batch, &mut decide)?,
            Some((large, job)) => self.store.commit_poured(&batch, &mut decide, &mut |rows| {
                poured = pour(&self.stages, &self.settings, (job, large), decided_at, &verdicts.borrow(), rows)?;
                Ok(())
            })?,
        };
        totals.transfers += poured;
        let steps = batch.steps;
        self.totals.add(totals);
        tally.transfers = totals.transfers;
        METRICS.stage(Stage::Commit, begun.elapsed(), under);
        METRICS.committed(&tally);
        self.advance(&steps, &added);
        Ok(added)
    }

    pub(super) fn set_aside(&mut self, job: &Job<S::Document>, reason: &str) -> Result<Added, Trouble> {
        let steps = self.steps(std::slice::from_ref(job))?;
        let (row, actor) = (job.input_row(), &self.settings.name);
        let mut reason = Cow::Borrowed(reason);
        let mut kept = self.store.set_aside(&steps[0], &row, &reason, actor);
        if let Err(StoreError::Refused(why)) = &kept {
            // The store can't take it whatever is said of it: then it takes its name alone.
            let Raw { bytes, origin, .. } = &job.raw;
            let (size, hash) = (bytes.len(), hexadecimal(&Sha256::digest(bytes)));
            reason = format!("{reason}; {why}. Its bytes are at {origin} alone: {size} of them, SHA-256 {hash}").into();
            kept = self.store.set_aside(&steps[0], &InputRow { bytes: &[], ..row }, &reason, actor);
        }
        kept?;
        error!(origin = job.raw.origin, "input set aside: {reason}");
        self.totals.set_aside += 1;
        METRICS.set_aside();
        let seq = self.lanes.get(&job.source).map_or(0, |held| held.seq);
        let added = Added { lane: job.lane, seq, records: Vec::new() };
        self.advance(&steps, std::slice::from_ref(&added));
        Ok(added)
    }

    /// How far each lane moves with these inputs.
    fn steps(&self, jobs: &[Job<S::Document>]) -> Result<Vec<Step>, Trouble> {
        let mut steps: Vec<Step> = Vec::new();
        for job in jobs {
            let held = self.lanes.get(&job.source).ok_or_else(|| {
                Trouble::Stop(WorkerError::Fatal(format!("an input of {}, which is not owned", job.source)))
            })?;
            let next = job.offset + 1;
            match steps.iter_mut().find(|step| step.lane == held.lane) {
                Some(step) => step.next = next,
                None => steps.push(Step { lane: held.lane, epoch: held.epoch, expected: held.next, next }),
            }
        }
        Ok(steps)
    }

    pub(super) fn advance(&mut self, steps: &[Step], added: &[Added]) {
        for held in self.lanes.values_mut() {
            if let Some(step) = steps.iter().find(|step| step.lane == held.lane) {
                held.next = step.next;
            }
            if let Some(added) = added.iter().find(|added| added.lane == held.lane) {
                held.seq = added.seq;
            }
        }
    }
}

/// A fault of ours over one message must not stop all others: it is caught, and the input set aside.
pub(super) fn examine<S: Stages>(stages: &S, job: &mut Job<S::Document>) {
    let examined = catch_unwind(AssertUnwindSafe(|| stages.examine(&job.raw)));
    job.documents = examined.ok().filter(|documents| !documents.is_empty());
}

/// The rows of a batch that stand before the decision.
fn batch<'a, D>(jobs: &'a [Job<D>], steps: Vec<Step>, decided_at: DateTime<Utc>, settings: &'a Settings) -> Batch<'a> {
    let inputs = jobs.iter().map(Job::input_row).collect();
    let documents = documents(jobs).map(|(job, prepared)| document_row(job, prepared, settings)).collect();
    Batch { steps, inputs, documents, decided_at, actor: &settings.name }
}

fn documents<D>(jobs: &[Job<D>]) -> impl Iterator<Item = (&Job<D>, &Prepared<D>)> {
    jobs.iter().flat_map(|job| job.documents.iter().flatten().map(move |prepared| (job, prepared)))
}

fn document_row<'a, D>(job: &'a Job<D>, prepared: &'a Prepared<D>, settings: &Settings) -> DocumentRow<'a> {
    let key = match (prepared.claims, prepared.definition, &prepared.message_id) {
        (true, Some(definition), Some(id)) => Some(Key {
            scope: "message",
            partner: job.raw.partner.clone(),
            kind: format!("{}.{:03}", definition.area(), definition.functionality()),
            key: id.clone(),
        }),
        _ => None,
    };
    DocumentRow {
        id: job.id(prepared),
        partner: &job.raw.partner,
        definition: prepared.definition,
        message_id: prepared.message_id.as_deref(),
        hash: prepared.document_hash,
        transactions: prepared.transactions,
        sums: prepared.sums.as_deref(),
        key,
        expires: settings.key_window.map(|window| job.raw.received_at + window),
    }
}

/// Judges each document with what the store knew of it, in order.
fn decide<S: Stages>(
    stages: &S,
    settings: &Settings,
    jobs: &[Job<S::Document>],
    claims: &[Claim],
    decided_at: DateTime<Utc>,
) -> Result<Vec<Outcome>, String> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(claims.len());
    let mut claims = claims.iter();
    for job in jobs {
        let mut given_back = 0;
        for (prepared, claim) in job.documents.iter().flatten().zip(&mut claims) {
            let earlier = |id: DocumentId| -> Option<Answer> {
                let index = documents(jobs).position(|(job, prepared)| job.id(prepared) == id)?;
                outcomes.get(index).map(|outcome| outcome.answer.clone())
            };
            let facts = facts(prepared, claim);
            let origin = Origin { given_back, ..job.origin() };
            let of = (claim, &facts);
            let outcome = decide_one(stages, settings, (origin, prepared), of, decided_at, earlier)?;
            let rejected = outcome.records.iter().filter(|record| record.topic == settings.topics.rejected);
            given_back += rejected.map(|record| record.bytes.len()).sum::<usize>();
            outcomes.push(outcome);
        }
    }
    Ok(outcomes)
}

pub(super) fn decide_one<S: Stages>(
    stages: &S,
    settings: &Settings,
    (origin, prepared): (Origin<'_>, &Prepared<S::Document>),
    (claim, facts): (&Claim, &Facts),
    decided_at: DateTime<Utc>,
    earlier: impl Fn(DocumentId) -> Option<Answer>,
) -> Result<Outcome, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let decided = stages.decide(prepared, facts, decided_at);
        outcome(&settings.topics, origin, prepared, claim, (decided, decided_at), earlier)
    }));
    outcome.map_err(|_| "the judgement could not handle it: a fault in payflow".to_owned())?
}

fn facts<D>(prepared: &Prepared<D>, claim: &Claim) -> Facts {
    let prior = match claim {
        Claim::Free => None,
        Claim::Taken(holder) if holder.hash == prepared.document_hash => Some(Prior::SameDocument),
        Claim::Taken(_) => Some(Prior::OtherDocument),
    };
    Facts { prior, ruling: None }
}

fn merge(all: &mut Vec<Added>, added: Added) {
    match all.iter_mut().find(|known| known.lane == added.lane) {
        Some(known) => {
            known.seq = added.seq;
            known.records.extend(added.records);
        }
        None => all.push(added),
    }
}
