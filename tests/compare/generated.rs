//! Cases from the generator.

use payflow::generate::{Generator, Layout, Settings};
use payflow::schema::MessageId;
use payflow::schema::catalogue::embedded;

use super::{Case, Claim};
use crate::mutants::mutant;
use crate::random::Random;

/// The messages of one definition.
pub(crate) struct Generated {
    generator: Generator,
}

impl Generated {
    pub(crate) fn new(message: MessageId) -> Result<Self, String> {
        let schema = embedded().schema(message).ok_or_else(|| format!("no schema of {message}"))?;
        let schema = schema.map_err(|error| error.to_string())?;
        Ok(Self { generator: Generator::new(&schema).map_err(|error| error.to_string())? })
    }

    /// A valid message; every second one goes to the bounds of the schema, whatever the rules beyond it say.
    pub(crate) fn valid(&self, seed: u64, number: u64) -> Case {
        let plain = self.generator.message(seed, number, settings(number)).write(Layout::Compact);
        Case { way: format!("valid, {seed}, {number}"), plain, claim: Claim::Valid }
    }

    /// A message with one planted fault.
    pub(crate) fn mutant(&self, seed: u64, number: u64) -> Case {
        let mutant = self.generator.mutant(seed, number, 1, settings(number));
        let claim = mutant.faults.first().map_or(Claim::Nothing, |fault| Claim::Fault(fault.place.offset));
        let faults: Vec<String> = mutant.faults.iter().map(|fault| fault.what.clone()).collect();
        Case { way: format!("mutant, {seed}, {number}: {}", faults.join(", ")), plain: mutant.bytes, claim }
    }

    /// A message bent in a way that may leave it valid, and well-formed, or not.
    pub(crate) fn bent(&self, seed: u64, number: u64) -> Case {
        let base = self.valid(seed, number);
        let (way, plain) = mutant(&base.plain, &mut Random::new(seed.wrapping_add(number)));
        Case { way: format!("bent, {seed}, {number}: {way}"), plain, claim: Claim::Nothing }
    }
}

fn settings(number: u64) -> Settings {
    Settings { schema_only: number % 2 == 1, layout: Layout::Compact, ..Settings::default() }
}
