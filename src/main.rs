//! The `payflow` command: a thin shell around the library.

fn main() -> std::process::ExitCode {
    payflow::cli::main()
}
