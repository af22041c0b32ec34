//! What persons decided about held documents: each is examined again, by the profile that held when it was received, judged with
//! the decision as a fact, and written and published as anything is; the lane's position stays. One that is kept as a file is read
//! there again through a window, and what is booked of it is poured. Must not decide itself.

use std::time::Instant;

use chrono::Utc;
use tracing::{error, info};

use super::batch::{Job, decide_one, examine};
use super::large::pour;
use super::{Totals, Trouble, Worker};
use crate::broker::trace::Trace;
use crate::broker::{Broker, Input};
use crate::pipeline::files::{LargeFile, examine_again};
use crate::pipeline::stages::{Prepared, Stages};
use crate::rules::judge::{Facts, Verdict};
use crate::store::{Claim, Ruled, Step, Store, verdict_name};
use crate::telemetry::spans::BatchSpan;
use crate::telemetry::{METRICS, Tally};

impl<S: Stages, B: Broker, T: Store> Worker<S, B, T> {
    /// Does what was decided and is not done. Says whether there was something.
    pub(super) fn conclude(&mut self) -> Result<bool, Trouble> {
        self.asked = Some(Instant::now());
        let lanes: Vec<_> = self.lanes.values().map(|held| held.lane).collect();
        if lanes.is_empty() {
            return Ok(false);
        }
        let mut ruled = self.store.ruled(&lanes)?;
        ruled.retain(|ruled| !self.stuck.contains(&ruled.id));
        for ruled in &ruled {
            let batch = BatchSpan::of(Instant::now(), 1, ruled.trace.iter().filter_map(Trace::link));
            match self.within(batch, |worker| worker.conclude_one(ruled)) {
                Err(Trouble::Refused(why)) => {
                    error!(
                        lane = ruled.id.lane,
                        position = ruled.id.position,
                        "what was decided can't be done: {why}. The next start tries it again"
                    );
                    self.store.stuck(ruled.id, &why)?;
                    self.stuck.insert(ruled.id);
                }
                done => done?,
            }
        }
        Ok(!ruled.is_empty())
    }

    fn conclude_one(&mut self, ruled: &Ruled) -> Result<(), Trouble> {
        let refused = |why: &str| Trouble::Refused(why.to_owned());
        let owned = self.lanes.iter().find(|(_, held)| held.lane == ruled.id.lane);
        let Some((source, held)) = owned.map(|(source, held)| (source.clone(), *held)) else { return Ok(()) };
        let input = Input {
            source,
            offset: ruled.id.position,
            received_at: ruled.received_at,
            bytes: ruled.bytes.clone(),
            file: None,
            trace: ruled.trace.clone(),
        };
        let job = self.job_of(input, held.lane);
        let mut job = job.ok_or_else(|| refused("its source belongs to no partner"))?;
        let large = self.examine_ruled(&mut job, ruled)?;
        let mut documents = job.documents.iter().flatten();
        let prepared = documents.find(|prepared| prepared.number == ruled.id.document);
        let prepared = prepared.ok_or_else(|| refused("the document is not found in its input any more"))?;
        let (decided_at, facts) = (Utc::now(), Facts { prior: None, ruling: Some(ruled.ruling) });
        let of = (&Claim::Free, &facts);
        let outcome = decide_one(&self.stages, &self.settings, (job.origin(), prepared), of, decided_at, |_| None);
        let outcome = outcome.map_err(Trouble::Refused)?;
        let (mut totals, mut tally) = (Totals::default(), Tally::default());
        totals.count(&outcome);
        tally.count(prepared.definition, &prepared.profile, verdict_name(outcome.verdict), &outcome.findings);
        let step = Step { lane: held.lane, epoch: held.epoch, expected: held.next, next: held.next };
        let before = self.lanes.clone();
        let verdict = verdict_name(outcome.verdict);
        // Of the other documents of the input nothing is booked now.
        let of =
            |document: &Prepared<_>| if document.number == ruled.id.document { outcome.verdict } else { Verdict::Held };
        let verdicts: Vec<Verdict> = job.documents.iter().flatten().map(of).collect();
        let (stages, settings, happened) = (&self.stages, &self.settings, (decided_at, &self.settings.name[..]));
        let added = self.store.conclude(&step, ruled, outcome, happened, &mut |rows| {
            if let Some(large) = &large {
                totals.transfers = pour(stages, settings, (&job, large), decided_at, &verdicts, rows)?;
            }
            Ok(())
        })?;
        info!(origin = job.raw.origin, verdict, "decided what was held");
        tally.transfers = totals.transfers;
        self.totals.add(totals);
        METRICS.committed(&tally);
        self.advance(&[step], std::slice::from_ref(&added));
        let decided = [(held.lane, ruled.ruled_at)];
        match large {
            None => self.publish(&before, vec![added], &decided),
            Some(_) => self.publish_from(&before, &decided),
        }
    }

    /// Examines the input of a held document again. Gives the file that it is kept as, where it is.
    fn examine_ruled(&mut self, job: &mut Job<S::Document>, ruled: &Ruled) -> Result<Option<LargeFile>, Trouble> {
        let Some(file) = &ruled.file else {
            examine(&self.stages, job);
            return Ok(None);
        };
        let files = self.broker.kept(&job.source, file, ruled.received_at)?;
        let of = |document: &&Prepared<_>| document.number == ruled.id.document;
        let same = |documents: &[Prepared<_>]| {
            documents.iter().find(of).is_some_and(|found| found.document_hash == ruled.hash)
        };
        let (large, documents) = examine_again(&self.stages, &job.raw, files, same).map_err(Trouble::Refused)?;
        (job.file, job.documents) = (Some(file.clone()), Some(documents));
        Ok(Some(large))
    }
}
