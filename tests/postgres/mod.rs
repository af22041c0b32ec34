//! A real PostgreSQL for tests: its own cluster in a temporary folder, on a port of its own, stopped and removed in the end.
//! Each test gets a database of its own in it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, atomic::AtomicU32};
use std::sync::{Mutex, Weak, atomic};

use payflow::store::postgres::{PostgresSettings, PostgresStore, migrate};

/// The user that a server runs as when the test runs as root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// The tables that hold what was written.
const TABLES: [&str; 13] = [
    "source",
    "input",
    "set_aside",
    "message",
    "claimed_key",
    "outbox",
    "verdict",
    "finding",
    "transfer",
    "statement",
    "status_report",
    "decision",
    "audit_event",
];

/// A running server.
pub struct Server {
    bin: PathBuf,
    folder: tempfile::TempDir,
    pub port: u16,
}

/// A database of a server, which runs as long as one of its databases is used.
#[derive(Clone)]
pub struct Database {
    pub server: Arc<Server>,
    pub name: String,
}

static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// An empty database with payflow's tables, on the server that all tests of this program share; why not, where PostgreSQL
/// is not installed.
pub fn database() -> Result<Database, String> {
    let database = empty_database()?;
    migrate(&database.settings()).unwrap();
    Ok(database)
}

/// A database without tables.
pub fn empty_database() -> Result<Database, String> {
    let server = {
        let mut shared = SERVER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match shared.upgrade() {
            Some(server) => server,
            None => {
                let server = Arc::new(Server::start(free_port())?);
                *shared = Arc::downgrade(&server);
                server
            }
        }
    };
    let name = format!("test_{}", DATABASES.fetch_add(1, atomic::Ordering::Relaxed));
    server.query("postgres", &format!("CREATE DATABASE {name}"));
    Ok(Database { server, name })
}

/// A database with payflow's tables on a server that no other test knows.
pub fn own_server() -> Result<Database, String> {
    own_server_at(free_port())
}

/// The same on a port: one that is down for a while needs one that the system gives to nobody else.
pub fn own_server_at(port: u16) -> Result<Database, String> {
    let server = Arc::new(Server::start(port)?);
    let database = Database { server, name: "postgres".to_owned() };
    migrate(&database.settings()).unwrap();
    Ok(database)
}

impl Database {
    pub fn settings(&self) -> PostgresSettings {
        let url = format!("postgresql://{USER}@127.0.0.1:{}/{}", self.server.port, self.name);
        PostgresSettings { url, password: None, ca_file: None, worker: "test".to_owned() }
    }

    pub fn store(&self) -> PostgresStore {
        PostgresStore::open(self.settings()).unwrap()
    }

    /// Keeps the rows of all tables aside.
    pub fn keep_rows(&self) {
        let keep = TABLES.map(|table| format!("CREATE TABLE kept_{table} AS TABLE {table};"));
        self.query(&keep.concat());
    }

    /// Brings the tables back to what was kept.
    pub fn restore_rows(&self) {
        let restore = TABLES.map(|table| format!("INSERT INTO {table} TABLE kept_{table};"));
        self.query(&format!("TRUNCATE {}; {}", TABLES.join(", "), restore.concat()));
    }

    /// Makes the server speak TLS under this certificate, and make a user with a password come by TLS alone.
    pub fn secure(&self, (user, password): (&str, &str), certificate: &[u8], key: &[u8]) {
        let data = self.server.data();
        for (name, bytes) in [("server.crt", certificate), ("server.key", key)] {
            let file = data.join(name);
            std::fs::write(&file, bytes).unwrap();
            run(Command::new("chmod").arg("600").arg(&file));
            if is_root() {
                run(Command::new("chown").arg(USER).arg(&file));
            }
        }
        let rules = format!("host all {USER} 127.0.0.1/32 trust\nhostssl all {user} 127.0.0.1/32 scram-sha-256\n");
        std::fs::write(data.join("pg_hba.conf"), rules).unwrap();
        self.query(&format!("CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}'"));
        self.query("ALTER SYSTEM SET ssl = on");
        run(self.server.command("pg_ctl").arg("reload").arg("-D").arg(data));
    }

    /// The rows that a query gives, with `|` between the columns, as psql prints them.
    pub fn query(&self, sql: &str) -> Vec<String> {
        self.server.query(&self.name, sql)
    }

    /// Takes a backup.
    pub fn save(&self) {
        let to = self.backup();
        let (host, port) = ("127.0.0.1", self.server.port.to_string());
        run(Command::new(self.server.bin.join("pg_dump"))
            .args(["-h", host, "-U", USER, "-p", &port, "-Fc", "-f"])
            .arg(to)
            .arg(&self.name));
    }

    /// Puts the backup in the place of the database.
    pub fn restore(&self) {
        self.clear();
        let (host, port) = ("127.0.0.1", self.server.port.to_string());
        run(Command::new(self.server.bin.join("pg_restore"))
            .args(["-h", host, "-U", USER, "-p", &port, "-e", "-d", &self.name])
            .arg(self.backup()));
    }

    /// Puts a new one in its place.
    pub fn lose(&self) {
        self.clear();
        migrate(&self.settings()).unwrap();
    }

    fn clear(&self) {
        self.server.query("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        self.server.query("postgres", &format!("CREATE DATABASE {}", self.name));
    }

    fn backup(&self) -> PathBuf {
        self.server.folder.path().join(format!("{}.dump", self.name))
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.query(sql)[0].parse().unwrap()
    }
}

impl Server {
    fn start(port: u16) -> Result<Self, String> {
        let bin = programs().ok_or("PostgreSQL is not installed (Debian: postgresql-15)")?;
        let folder = tempfile::Builder::new().prefix("payflow-pg").tempdir().unwrap();
        if is_root() {
            run(Command::new("chown").arg(USER).arg(folder.path()));
        }
        let server = Self { bin, folder, port };
        let data = server.data();
        run(server
            .command("initdb")
            .args(["--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C", "-U", USER, "-D"])
            .arg(&data));
        server.up();
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server again after [`Self::down`] or [`Self::kill`].
    pub fn up(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=60 {}",
            self.port,
            self.folder.path().display(),
            std::env::var("PAYFLOW_POSTGRES_OPTIONS").unwrap_or_default(),
        );
        let log = self.folder.path().join("log");
        // What is left running must not hold the pipes of whoever runs the tests.
        let mut start = self.command("pg_ctl");
        start.arg("start").arg("-w").arg("-D").arg(self.data()).arg("-l").arg(log).arg("-o").arg(options);
        run(start.stdout(Stdio::null()).stderr(Stdio::null()));
    }

    /// Stops it, as if for a restart (`fast`) or as a crash would (`immediate`).
    pub fn down(&self, mode: &str) {
        run(self.command("pg_ctl").args(["stop", "-w", "-m", mode, "-D"]).arg(self.data()));
    }

    /// The process of the server.
    pub fn pid(&self) -> u32 {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }

    /// Kills it and all its processes at once.
    pub fn kill(&self) {
        let pid = self.pid().to_string();
        let children = Command::new("pgrep").args(["-P", &pid]).output().unwrap().stdout;
        let children = String::from_utf8(children).unwrap();
        // The server itself first: it would start others in the place of its children.
        run(Command::new("kill").arg("-9").arg(&pid));
        for child in children.lines() {
            // One may have ended by itself by now.
            let _ = Command::new("kill").arg("-9").arg(child).output();
        }
        while Path::new("/proc").join(&pid).exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    fn query(&self, database: &str, sql: &str) -> Vec<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args([
            "-qAtX",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            USER,
            "-p",
            &self.port.to_string(),
            "-d",
            database,
        ]);
        run(psql.arg("-c").arg(sql)).lines().map(str::to_owned).collect()
    }

    /// A program of PostgreSQL, as a user that it accepts.
    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]).arg(program).current_dir("/");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The folder goes anyway.
        let _ = self.command("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(self.data()).output();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

/// Where PostgreSQL's programs are: in the search path, or where Debian has them, the newest first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "psql"].iter().all(|name| is_file(&folder.join(name))))
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}
