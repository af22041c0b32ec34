//! The rules that no schema can say, and the judgement. Pure. Must not know reason codes: only the reply's table does.

pub mod judge;
