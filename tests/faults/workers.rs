//! The workers: `payflow run` as processes, each under a name of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Runs a program that ends when this test does, however it does.
pub fn ends_with_us() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    command
}

pub struct Worker {
    pub name: String,
    config: PathBuf,
    log: PathBuf,
    /// The order to fall at a point.
    order: PathBuf,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

impl Worker {
    pub fn new(folder: &Path, name: &str, config: &Path, environment: Vec<(String, String)>) -> Self {
        let (log, order) = (folder.join(format!("worker-{name}.log")), folder.join(format!("worker-{name}.fall")));
        Self { name: name.to_owned(), config: config.to_owned(), log, order, environment, child: None }
    }

    pub fn start(&mut self) {
        let _ = std::fs::remove_file(&self.order);
        self.spawn();
    }

    /// Starts it with the order to fall at a point.
    pub fn start_to_fall(&mut self, point: &str) {
        self.order_fall(point, 0);
        self.spawn();
    }

    fn spawn(&mut self) {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let started = ends_with_us()
            .arg(env!("CARGO_BIN_EXE_payflow"))
            .args(["run", "--config"])
            .arg(&self.config)
            .env("PAYFLOW__WORKER", &self.name)
            .env("PAYFLOW_FALL", &self.order)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(started.unwrap());
    }

    pub fn is_there(&self) -> bool {
        self.child.is_some()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Orders it to fall at a point of the code, once it has passed it so many times.
    pub fn order_fall(&self, point: &str, passes: u64) {
        // Another file first: the worker must not read half of an order.
        let draft = self.order.with_extension("draft");
        std::fs::write(&draft, format!("{point}\n{passes}\n")).unwrap();
        std::fs::rename(&draft, &self.order).unwrap();
    }

    pub fn withdraw_order(&self) {
        let _ = std::fs::remove_file(&self.order);
    }

    /// Whether it fell at the point that it was ordered to: the order goes with it.
    pub fn fell(&self) -> bool {
        !self.order.exists()
    }

    /// Waits for it to end by itself.
    pub fn wait_for_end(&mut self, within: Duration) -> bool {
        let until = Instant::now() + within;
        loop {
            if self.ended().is_some() {
                return true;
            }
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How it ended, if it did. It is gone then.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().unwrap()?;
        self.child = None;
        Some(status)
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let Some(child) = &self.child else { return };
        let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "kill -{name}");
    }

    /// Asks it to end, and waits. Says how long that took.
    pub fn stop(&mut self) -> Result<Duration, String> {
        let asked = Instant::now();
        self.signal("TERM");
        let Some(mut child) = self.child.take() else { return Ok(Duration::ZERO) };
        while asked.elapsed() < Duration::from_secs(60) {
            match child.try_wait().unwrap() {
                Some(status) if status.success() => return Ok(asked.elapsed()),
                Some(status) => return Err(format!("worker {} ended with {status}", self.name)),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        let _ = (child.kill(), child.wait());
        Err(format!("worker {} did not end within a minute", self.name))
    }

    /// The last lines of its log.
    pub fn log_end(&self, lines: usize) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}
