//! Where log lines go, in which form, and from which level on.

use tracing::error;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{Handle, Layer as Reload};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::pipeline::config::{LogConfig, LogFormat, LogLevel};

/// Changes the level while the program runs.
pub(super) struct Level(Handle<LevelFilter, Registry>);

impl Level {
    /// Logs from another level on.
    pub(super) fn set(&self, level: LogLevel) {
        // There is no subscriber of ours where another was there before, in a test.
        let _ = self.0.reload(filter(level));
    }
}

/// Logs to standard error from now on.
pub(super) fn start(config: &LogConfig) -> Level {
    let (level, handle) = Reload::new(filter(config.level));
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let lines = match config.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    };
    // Another subscriber may be there already, in a test.
    let _ = tracing_subscriber::registry().with(level).with(lines).try_init();
    Level(handle)
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    }
}

/// The text of a panic may quote a message: only its place is logged. The input it fell over is set aside.
pub(super) fn keep_panics_silent_on_customers() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        error!("a fault in payflow, at {place}");
    }));
}
