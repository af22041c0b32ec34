//! The rules that are payflow's own.

pub(super) mod amount_limit;
pub(super) mod control_sum;
pub(super) mod duplicate_message;
pub(super) mod header_mismatch;
pub(super) mod hold_limit;
pub(super) mod transaction_limit;
pub(super) mod wrong_partner;
