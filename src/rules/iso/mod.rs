//! The rules of ISO 20022 itself, by their official names. Source of all: ISO 20022 Message Definition Report, Part 2,
//! Payments Clearing and Settlement; the rules about data types are the same in every message.

pub(super) mod active_currency;
pub(super) mod active_or_historic_currency;
pub(super) mod any_bic;
pub(super) mod bicfi;
pub(super) mod country;
pub(super) mod currency_amount;
pub(super) mod iban;
pub(super) mod number_of_transactions;
pub(super) mod total_amount_currency;
pub(super) mod total_amount_sum;
