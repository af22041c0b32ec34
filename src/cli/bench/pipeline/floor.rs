//! The floor beneath the pipeline: the same worker with stages that do nothing. Every message gets the transfer and the
//! answer that the real stages once made of its mould, so that the same rows and the same bytes are written and published.

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::messages::{Messages, number_at};
use crate::pipeline::Raw;
use crate::pipeline::iso20022::Iso20022;
use crate::pipeline::large::Large;
use crate::pipeline::stages::{Decided, Due, Mapped, Prepared, PreparedTransfer, Stages};
use crate::rules::judge::Facts;
use crate::xml::input::Trouble;

/// Stages that know beforehand what comes of each message.
pub(super) struct Floor {
    messages: Arc<Messages>,
    known: Vec<(Prepared<u64>, Decided)>,
    partitions: u64,
}

impl Floor {
    /// Lets the real stages work on every mould once.
    pub(super) fn of(stages: &Iso20022, messages: &Arc<Messages>, partner: &str, partitions: u64) -> Result<Self> {
        let mut bytes = Vec::new();
        let known = (0..messages.moulds()).map(|number| {
            messages.write(number, &mut bytes);
            let raw = Raw {
                bytes: bytes.clone(),
                origin: format!("floor-0-{number}"),
                partner: partner.to_owned(),
                received_at: Utc::now(),
            };
            let prepared = stages.examine(&raw).into_iter().next().context("a message without a document")?;
            let decided = stages.decide(&prepared, &Facts::default(), Utc::now());
            Ok((prepared.with(number), decided))
        });
        Ok(Self { known: known.collect::<Result<_>>()?, messages: Arc::clone(messages), partitions })
    }

    /// The number of a message, by where it stands.
    fn number(&self, origin: &str) -> Option<u64> {
        let mut parts = origin.rsplit('-');
        let (offset, partition): (u64, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(number_at(partition, offset, self.partitions))
    }
}

impl Stages for Floor {
    type Document = u64;

    fn examine(&self, raw: &Raw) -> Vec<Prepared<u64>> {
        let Some(number) = self.number(&raw.origin) else { return Vec::new() };
        let (known, _) = &self.known[(number % self.messages.moulds()) as usize];
        let mut document_hash = known.document_hash;
        document_hash[..8].copy_from_slice(&number.to_be_bytes());
        let message_id = Some(self.messages.id(number));
        vec![Prepared { message_id, document_hash, document: number, ..known.clone() }]
    }

    fn decide(&self, prepared: &Prepared<u64>, _: &Facts, _: DateTime<Utc>) -> Decided {
        let number = prepared.document;
        let mut decided = self.known[(number % self.messages.moulds()) as usize].1.clone();
        if let Due::Reply { id, .. } = &mut decided.answer {
            *id = format!("PF{number:030}");
        }
        for transfer in &mut decided.transfers {
            let PreparedTransfer { id, .. } = transfer;
            *id = format!("{number:030}");
        }
        decided
    }

    fn examine_large(&self, _: &Raw, _: &dyn Large) -> Result<Vec<Prepared<u64>>, Trouble> {
        Ok(Vec::new())
    }

    fn map_large(
        &self,
        _: &Raw,
        _: &dyn Large,
        _: &[(&Prepared<u64>, bool)],
        _: &mut dyn FnMut(u32, Mapped) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        Ok(())
    }
}
