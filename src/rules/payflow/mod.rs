//! The rules that are payflow's own.

pub(super) mod control_sum;
