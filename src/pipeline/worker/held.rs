//! What persons decided about held documents: each is examined again, by the profile that held when it was received, judged with
//! the decision as a fact, and written and published as anything is; the lane's position stays. Must not decide itself.

use std::time::Instant;

use chrono::Utc;
use tracing::{error, info};

use super::batch::{decide_one, examine};
use super::{Totals, Trouble, Worker};
use crate::broker::{Broker, Input};
use crate::pipeline::stages::Stages;
use crate::rules::judge::Facts;
use crate::store::{Claim, Ruled, Step, Store, verdict_name};
use crate::telemetry::{METRICS, Received, Tally};

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
            match self.conclude_one(ruled) {
                Err(Trouble::Refused(why)) => {
                    error!(lane = ruled.id.lane, position = ruled.id.position, "what was decided can't be done: {why}");
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
            trace: None,
        };
        let job = self.job_of(input, held.lane);
        let mut job = job.ok_or_else(|| refused("its source belongs to no partner"))?;
        examine(&self.stages, &mut job);
        let mut documents = job.documents.iter().flatten();
        let prepared = documents.find(|prepared| prepared.number == ruled.id.document);
        let prepared = prepared.ok_or_else(|| refused("the document is not found in its input any more"))?;
        let (decided_at, facts) = (Utc::now(), Facts { prior: None, ruling: Some(ruled.ruling) });
        let of = (&Claim::Free, &facts);
        let outcome = decide_one(&self.stages, &self.settings, (&job, prepared), of, decided_at, |_| None);
        let outcome = outcome.map_err(Trouble::Refused)?;
        let (mut totals, mut tally) = (Totals::default(), Tally::default());
        totals.count(&outcome);
        tally.count(prepared.definition, &prepared.profile, verdict_name(outcome.verdict), &outcome.findings);
        tally.transfers = totals.transfers;
        let step = Step { lane: held.lane, epoch: held.epoch, expected: held.next, next: held.next };
        let before = self.lanes.clone();
        let verdict = verdict_name(outcome.verdict);
        let added = self.store.conclude(&step, ruled, outcome, (decided_at, &self.settings.name))?;
        info!(origin = job.raw.origin, verdict, "decided what was held");
        self.totals.add(totals);
        METRICS.committed(&tally);
        self.advance(&[step], std::slice::from_ref(&added));
        self.publish(&before, vec![added], Received::default())
    }
}
