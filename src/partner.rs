//! A partner: who sends, what was agreed on it, and in which dress the answers go back. Read from configuration; must not do
//! any input or output.

use std::collections::BTreeMap;

use serde::Deserialize;
use validator::{Validate, ValidationError};

use crate::value::{Amount, Currency};

/// A banking partner that a source belongs to.
#[derive(Debug, Clone, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Our short name of the partner; part of every key.
    #[validate(length(min = 1, max = 35))]
    pub id: String,
    /// The BICs the partner sends under. Empty together with `member_ids`: sender not checked.
    #[serde(default)]
    pub bics: Vec<String>,
    /// The clearing member ids the partner sends under.
    #[serde(default)]
    pub member_ids: Vec<String>,
    /// The name of the profile that its messages keep to; without one the rules weigh as they say themselves.
    pub profile: Option<String>,
    /// What was agreed with it; goes before the same limit of its profile.
    #[serde(default)]
    #[validate(nested)]
    pub limits: AgreedLimits,
    /// How its answers look.
    #[serde(default)]
    #[validate(nested)]
    pub reply: ReplyProfile,
}

/// What a partner may send at most. What is not set has no limit here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct AgreedLimits {
    /// Bytes of one input, where that is less than payflow takes from anyone.
    #[validate(range(min = 1))]
    pub bytes: Option<usize>,
    /// Transactions of one payment message.
    #[validate(range(min = 1))]
    pub transactions: Option<u64>,
    /// The amount of one transaction, by currency. One that is not named has no limit.
    pub amounts: BTreeMap<Currency, Amount>,
    /// The amount of one transaction, by currency, above which a person decides. One that is not named is never held.
    pub hold_above: BTreeMap<Currency, Amount>,
}

impl AgreedLimits {
    /// Whether a payment is held against something that was agreed.
    pub fn concern_payments(&self) -> bool {
        self.transactions.is_some() || self.concern_amounts()
    }

    /// Whether their amounts are.
    pub fn concern_amounts(&self) -> bool {
        !self.amounts.is_empty() || !self.hold_above.is_empty()
    }

    /// These, and those of the other where these say nothing.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let both = |own: &BTreeMap<Currency, Amount>, other: &BTreeMap<Currency, Amount>| {
            other.iter().chain(own).map(|(currency, amount)| (*currency, *amount)).collect()
        };
        Self {
            bytes: self.bytes.or(other.bytes),
            transactions: self.transactions.or(other.transactions),
            amounts: both(&self.amounts, &other.amounts),
            hold_above: both(&self.hold_above, &other.hold_above),
        }
    }
}

/// Our own institution, as answers name it where the message did not say whom it was sent to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Institution {
    /// Our BIC.
    pub bic: Option<String>,
    /// The clearing system of the member id, such as `USABA`.
    #[validate(length(min = 1, max = 5))]
    pub clearing_system: Option<String>,
    /// Our clearing member id.
    #[validate(length(min = 1, max = 35))]
    pub member_id: Option<String>,
}

/// The dress of the answers to a partner.
#[derive(Debug, Clone, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ReplyProfile {
    /// Where the original group is quoted in a pacs.002.
    pub shape: Shape,
    /// The pacs.002 version to answer in (2 to 16); `None` takes the one that belongs to the incoming version.
    #[validate(range(min = 2, max = 16))]
    pub version: Option<u8>,
    /// When an answer carries a business application header.
    pub header: HeaderUse,
    /// Whether a good camt.053 gets an admi.007.
    pub receipt: bool,
    /// The status code of that admi.007.
    #[validate(length(min = 1, max = 4), custom(function = "letters_and_digits"))]
    pub receipt_status: Option<String>,
    /// What a payment gets at once that is held.
    pub hold_answer: HoldAnswer,
}

/// What a payment gets at once that is held. The answer to the decision follows in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum HoldAnswer {
    /// Nothing: that something is looked at may be nothing for the sender to know.
    #[default]
    #[serde(rename = "none")]
    Nothing,
    /// A pacs.002 with the status PDNG.
    #[serde(rename = "PDNG")]
    Pending,
}

/// The shape of a pacs.002.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `OrgnlGrpInfAndSts` for the group, one `TxInfAndSts` per rejected transaction (SEPA, general).
    #[default]
    Group,
    /// `OrgnlGrpInf` inside the single `TxInfAndSts` (CBPR+, FedNow, Fedwire).
    Transaction,
}

/// When an answer carries a business application header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderUse {
    /// When the message came with one, in the same wrapper.
    #[default]
    AsReceived,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The status code of an admi.007 takes nothing else.
fn letters_and_digits(code: &str) -> Result<(), ValidationError> {
    if code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(ValidationError::new("letters_and_digits"))
    }
}
