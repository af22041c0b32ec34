//! What stands above each result: when, of which sources, by which compiler, on which machine.

use std::fmt;
use std::fs;
use std::process::Command;

/// The circumstances of a run.
pub struct Machine {
    /// The day, as 2025-11-14.
    pub date: String,
    /// The commit of the sources, with a mark when they were changed since.
    pub commit: String,
    /// The compiler.
    pub compiler: String,
    /// The processor.
    pub processor: String,
    /// How many threads run at once.
    pub cores: usize,
    /// The widest vectors that the processor has.
    pub vectors: &'static str,
    /// How many threads of all wanted to run in the last minute.
    pub load: String,
}

impl Machine {
    /// This one, now.
    pub fn here() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpus.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split(':').nth(1).unwrap_or("unknown").trim().to_owned()
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            date: chrono::Utc::now().format("%Y-%m-%d").to_string(),
            commit: said("git", &["describe", "--always", "--dirty", "--exclude=*"]),
            compiler: said("rustc", &["--version"]),
            processor: format!("{}, family {} model {}", field("model name"), field("cpu family"), field("model\t")),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            vectors: ["avx512bw", "avx2", "sse4_2"].into_iter().find(|name| cpus.contains(name)).unwrap_or("unknown"),
            load: load.split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, commit, compiler, processor, cores, vectors, load } = self;
        writeln!(f, "date      {date}\ncommit    {commit}\ncompiler  {compiler}")?;
        writeln!(f, "machine   {processor}, {cores} cores, vectors up to {vectors}, load {load}")
    }
}

/// What a program says of the sources that this one was built from; `unknown` where they are not there.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.ok().filter(|output| output.status.success());
    output.map_or("unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
