//! A line between two programs that can be cut: a proxy for TCP.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// They go through.
    Open,
    /// Nothing goes through, and no side is told.
    Silent,
    /// Every connection is closed, and every new one at once.
    Closed,
}

const ALL: [Line; 3] = [Line::Open, Line::Silent, Line::Closed];

/// How long until a change is noticed.
const TICK: Duration = Duration::from_millis(20);

/// A port that leads to another one.
pub struct Proxy {
    pub port: u16,
    line: Arc<AtomicU8>,
}

impl Proxy {
    pub fn start(port: u16, target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let line = Arc::new(AtomicU8::new(0));
        let state = Arc::clone(&line);
        let target = SocketAddr::from(([127, 0, 0, 1], target));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || connect(client, target, &state));
            }
        });
        Self { port, line }
    }

    pub fn set(&self, line: Line) {
        self.line.store(line as u8, Ordering::SeqCst);
    }
}

fn now(state: &AtomicU8) -> Line {
    ALL[state.load(Ordering::SeqCst) as usize]
}

fn connect(client: TcpStream, target: SocketAddr, state: &Arc<AtomicU8>) {
    while now(state) == Line::Silent {
        std::thread::sleep(TICK);
    }
    if now(state) == Line::Closed {
        return;
    }
    let Ok(server) = TcpStream::connect(target) else { return };
    let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else { return };
    let there = Arc::clone(state);
    std::thread::spawn(move || pump(from, to, &there));
    pump(server, client, state);
}

/// Carries bytes one way until one side ends or the line is closed; then both ends are closed.
fn pump(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let _ = (from.set_read_timeout(Some(TICK)), to.set_nodelay(true));
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = match now(state) {
            Line::Closed => break,
            Line::Silent => {
                std::thread::sleep(TICK);
                continue;
            }
            Line::Open => match from.read(&mut bytes) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(_) => break,
            },
        };
        while now(state) == Line::Silent {
            std::thread::sleep(TICK);
        }
        if now(state) == Line::Closed || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
