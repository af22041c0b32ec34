//! What the machine was busy with: processor time by program, and by thread for this one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The clock of /proc ticks so often in a second, on every Linux of today.
const TICKS: f64 = 100.0;

/// Seconds of processor time since each began, by name.
#[derive(Clone, Default)]
pub(super) struct Usage(BTreeMap<String, f64>);

impl Usage {
    /// Of all programs, now; nothing where the system does not tell.
    pub(super) fn now() -> Self {
        let mut all = BTreeMap::new();
        let own = std::process::id().to_string();
        for process in folders(Path::new("/proc")) {
            if process.0 == own {
                for thread in folders(Path::new("/proc/self/task")) {
                    add(&mut all, &thread.1, |name| format!("payflow, {}", named(name)));
                }
            } else {
                add(&mut all, &process.1, str::to_owned);
            }
        }
        Self(all)
    }

    /// The seconds that each took since then: those who took the most first.
    pub(super) fn since(&self, earlier: &Self) -> Vec<(String, f64)> {
        let taken = |(name, now): (&String, &f64)| (name.clone(), now - earlier.0.get(name).unwrap_or(&0.0));
        let mut all: Vec<_> = self.0.iter().map(taken).filter(|(_, seconds)| *seconds > 0.0).collect();
        all.sort_by(|one, other| other.1.total_cmp(&one.1));
        all
    }
}

/// The threads of librdkafka have a number each.
fn named(thread: &str) -> &str {
    if thread.starts_with("rdk:") { "librdkafka" } else { thread }
}

/// The folders of a folder that are named by a number.
fn folders(of: &Path) -> Vec<(String, std::path::PathBuf)> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    named.filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

fn add(all: &mut BTreeMap<String, f64>, folder: &Path, name: impl Fn(&str) -> String) {
    // It may have ended meanwhile.
    let Ok(stat) = fs::read_to_string(folder.join("stat")) else { return };
    if let Some((program, seconds)) = times(&stat) {
        *all.entry(name(program)).or_default() += seconds;
    }
}

/// The name in brackets, and the seconds in user and system mode, which are the twelfth and the thirteenth field behind it.
fn times(stat: &str) -> Option<(&str, f64)> {
    let (open, close) = (stat.find('(')?, stat.rfind(')')?);
    let mut fields = stat[close + 1..].split_ascii_whitespace().skip(11);
    let ticks = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some((&stat[open + 1..close], ticks / TICKS))
}

/// The memory that this process holds, in KiB.
pub(super) fn resident_kib() -> Option<u64> {
    crate::bench::memory::field("VmRSS:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_times_of_a_process() {
        let stat = "12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20";
        assert_eq!(times(stat), Some(("a (b) c", 4.0)));
        assert_eq!(times("12 (broken"), None);
    }

    #[test]
    fn this_process_is_among_them() {
        let before = Usage::now();
        assert!(before.0.keys().any(|name| name.starts_with("payflow, ")), "{:?}", before.0);
    }
}
