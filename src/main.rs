//! The `payflow` command: a thin shell around the library.

/// The worker takes and gives back memory for some hundred pieces a message, on one thread and on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    payflow::cli::main()
}
