//! An input that is too large for memory: on its own from examination to publication. What is booked of it goes into the
//! database as it is mapped, in the transaction that has the verdict; when the input has changed since it was examined,
//! that transaction is undone, and the input set aside.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::batch::Job;
use super::{Settings, Trouble, Worker};
use crate::broker::{Broker, Input};
use crate::finding::{Finding, Severity};
use crate::pipeline::files::LargeFile;
use crate::pipeline::large::{Changed, Large};
use crate::pipeline::records::{Origin, transfer_record};
use crate::pipeline::stages::{Mapped, Prepared, Stages};
use crate::rules::judge::Verdict;
use crate::store::{Rows, Store, StoreError, TransferRow};
use crate::xml::input;

impl<S: Stages, B: Broker, T: Store> Worker<S, B, T> {
    /// Takes a large input from its file to a committed position.
    pub(super) fn work_large(&mut self, input: Input, file: PathBuf) -> Result<(), Trouble> {
        let Some(mut job) = self.job(input) else { return Ok(()) };
        job.file = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let large = LargeFile(file);
        let examined = catch_unwind(AssertUnwindSafe(|| self.stages.examine_large(&job.raw, &large)));
        job.documents = match examined {
            Ok(Ok(documents)) => Some(documents).filter(|documents| !documents.is_empty()),
            Ok(Err(trouble)) => return Err(Trouble::Retry(format!("{}: {trouble}", job.raw.origin))),
            Err(_) => None,
        };
        let before = self.lanes.clone();
        match self.commit_together(std::slice::from_ref(&job), Some(&large)) {
            Err(Trouble::Refused(reason)) => drop(self.set_aside(&job, &reason)?),
            done => drop(done?),
        }
        self.publish_from(&before, &[job.due()])
    }
}

/// Maps what is booked of a large input, row by row. Says how many transfers it is.
pub(super) fn pour<S: Stages>(
    stages: &S,
    settings: &Settings,
    (job, large): (&Job<S::Document>, &dyn Large),
    decided_at: DateTime<Utc>,
    verdicts: &[Verdict],
    rows: &mut dyn Rows,
) -> Result<u64, StoreError> {
    let booked = |verdict: &Verdict| matches!(verdict, Verdict::Accepted | Verdict::PartlyAccepted);
    if !verdicts.iter().any(booked) {
        return Ok(0);
    }
    let all: &[Prepared<S::Document>] = job.documents.as_deref().unwrap_or_default();
    let documents: Vec<_> = all.iter().zip(verdicts).map(|(document, verdict)| (document, booked(verdict))).collect();
    let mut transfers = 0;
    let mut out = |number: u32, mapped: Mapped| -> Result<(), input::Trouble> {
        let index = (number as usize).saturating_sub(1);
        let (Some(document), Some(verdict)) = (all.get(index), verdicts.get(index)) else {
            return Err(Changed.into());
        };
        let id = job.id(document);
        match mapped {
            Mapped::Transfer(transfer) => {
                transfers += 1;
                let record =
                    transfer_record(&settings.topics, job.origin(), document, (*verdict, decided_at), &transfer);
                rows.transfer(id, &TransferRow { id: transfer.id, json: transfer.json }, record)?;
            }
            Mapped::Statement(statement) => rows.statement(id, &statement)?,
            // What was proven can always be mapped: this is a fault of ours, and nothing of the input is to be booked.
            Mapped::Remark(Finding { severity: Severity::Error, rule, .. }) => {
                let text = format!("mapping found {} in what was proven: a fault in payflow", rule.id());
                return Err(StoreError::Refused(text).into());
            }
            Mapped::Remark(finding) => rows.finding(id, &finding)?,
        }
        Ok(())
    };
    let mapped = catch_unwind(AssertUnwindSafe(|| stages.map_large(&job.raw, large, &documents, &mut out)));
    match mapped {
        Ok(Ok(())) => Ok(transfers),
        Ok(Err(trouble)) => Err(refusal(trouble)),
        Err(_) => Err(StoreError::Refused("mapping could not handle it: a fault in payflow".to_owned())),
    }
}

/// What a failure of mapping is to the store: its own error back, a refusal where trying again is no use, else the world's.
fn refusal(trouble: input::Trouble) -> StoreError {
    let trouble = match trouble.downcast::<StoreError>() {
        Ok(own) => return *own,
        Err(other) => other,
    };
    match trouble.is::<Changed>() {
        true => StoreError::Refused(trouble.to_string()),
        false => StoreError::Retry(trouble.to_string()),
    }
}

impl<D> Job<D> {
    pub(super) fn origin(&self) -> Origin<'_> {
        let Job { source, offset, raw, file, trace, .. } = self;
        Origin {
            source,
            offset: *offset,
            partner: &raw.partner,
            bytes: &raw.bytes,
            is_file: file.is_some(),
            given_back: 0,
            trace: trace.as_ref(),
        }
    }
}
