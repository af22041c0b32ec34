//! The agreement that every rival keeps, as `../README.md` states it, for those in Rust. Must not know any rival.

use std::io;
use std::path::Path;

use payflow::bench::inputs;
use rustix::time::{ClockId, clock_gettime};

/// Keeps the agreement with a parser. It is lent one message at a time and says whether it took it; it gives the message
/// back as it was.
///
/// # Errors
/// When the messages cannot be read.
pub fn serve(path: &str, mut read: impl FnMut(&mut Vec<u8>) -> bool) -> io::Result<()> {
    let mut messages = inputs::documents(Path::new(path))?;
    let all = messages.len();
    messages.retain_mut(&mut read);
    println!("{} {} {}", messages.len(), all - messages.len(), messages.iter().map(Vec::len).sum::<usize>());
    for line in io::stdin().lines() {
        let milliseconds: u128 = line?.trim().parse().map_err(io::Error::other)?;
        let (begin, mut passes) = (cpu_time(), 0);
        let spent = loop {
            messages.iter_mut().for_each(|message| assert!(read(std::hint::black_box(message))));
            passes += 1;
            let spent = cpu_time() - begin;
            if spent >= milliseconds * 1_000_000 {
                break spent;
            }
        };
        println!("{passes} {spent}");
    }
    Ok(())
}

/// The processor time of this process in nanoseconds: what other programs of the machine do is not in it.
fn cpu_time() -> u128 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as u128 * 1_000_000_000 + time.tv_nsec as u128
}
