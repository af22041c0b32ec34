//! What a subject takes of memory, as the system sees it. Best in a process that has done nothing else.

use std::fs;

/// Memory in KiB; nothing is known where the system does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// How far the process grew above what it had before: documents in memory, nothing set up.
    pub peak_kib: u64,
    /// What it holds more when all is read: the compiled schemas and what is kept for the next document.
    pub kept_kib: u64,
}

/// Runs something, and says what memory it took.
pub fn of<T>(run: impl FnOnce() -> T) -> (T, Option<Memory>) {
    // The peak begins anew, where the system can do that.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = field("VmRSS:");
    let result = run();
    let (after, peak) = (field("VmRSS:"), field("VmHWM:"));
    let memory = before.zip(after).zip(peak).map(|((before, after), peak)| Memory {
        peak_kib: peak.saturating_sub(before),
        kept_kib: after.saturating_sub(before),
    });
    (result, memory)
}

pub(crate) fn field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
