//! Named points of the code at which a test lets the process end, as a power cut would. Only a build with the feature
//! `faults` can fall: no release is built with it. Must not change anything that a process without it does.

/// Ends the process here when the file that the environment variable `PAYFLOW_FALL` names says so: its first line is the
/// name of a point, the second how many times it is to be passed before.
#[cfg(feature = "faults")]
pub(crate) fn fall(point: &str) {
    let Some(path) = std::env::var_os("PAYFLOW_FALL") else { return };
    let Ok(order) = std::fs::read_to_string(&path) else { return };
    let mut lines = order.lines();
    if lines.next() != Some(point) {
        return;
    }
    let passes: u32 = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
    match passes.checked_sub(1) {
        Some(left) => drop(std::fs::write(&path, format!("{point}\n{left}\n"))),
        None => {
            let _ = std::fs::remove_file(&path);
            std::process::abort();
        }
    }
}

/// Does nothing: this build can't fall.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn fall(_: &str) {}
