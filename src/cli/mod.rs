//! The command line: one file per command. Must not hold logic of its own.

pub mod schema;

/// Runs the command that the arguments name.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
