//! How a test says that it was skipped.

use std::io::Write;

/// Tells, past the capture of the test runner, what is not tested and why. With `PAYFLOW_REQUIRE_ALL=1` that is a failure.
pub(crate) fn skipped(what: &str, why: &str) {
    let required = std::env::var("PAYFLOW_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(!required, "{what} can't be skipped here: {why}");
    // Standard error may be closed: then nobody is there to be told.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}
