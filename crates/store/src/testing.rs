//! A real PostgreSQL for tests (feature `testing`): made in a temporary folder, killed, started again, removed.
//!
//! Its programs are found in `PATH` or where Debian puts them. Started by root it runs as the user `postgres`, as it
//! refuses to run as root.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server of its own, stopped and removed when dropped. Panics where a test should fail.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    server: Option<Child>,
    databases: AtomicU32,
}

/// What is needed, in one folder.
const PROGRAMS: [&str; 5] = ["initdb", "postgres", "psql", "pg_ctl", "pg_isready"];

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

impl Postgres {
    /// Starts a server. Without PostgreSQL on this machine it prints `skipped:` and gives nothing; with `CI=true` that is
    /// a failure.
    pub fn start() -> Option<Self> {
        let Some(programs) = find() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no PostgreSQL: apt-get install postgresql");
            println!("skipped: no PostgreSQL (apt-get install postgresql)");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).expect("a folder of the user postgres");
        }
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let mut server = Self { programs, folder, port, server: None, databases: AtomicU32::new(0) };
        let data = server.data();
        let mut initdb = server.command("initdb");
        initdb.args(["-A", "trust", "-U", "mekong", "-E", "UTF8", "--no-locale", "--no-sync", "-D"]).arg(data);
        let made = initdb.output().expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.launch();
        Some(server)
    }

    /// The address of its first database.
    pub fn url(&self) -> String {
        self.address("postgres")
    }

    /// The port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a further, empty database and gives its address.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name}"));
        self.address(&name)
    }

    /// Runs SQL in the first database with `psql` and gives its output, a line for each row.
    pub fn sql(&self, text: &str) -> String {
        self.psql(&self.url(), text)
    }

    /// Runs SQL in the database at `url` with `psql` and gives its output, a line for each row.
    pub fn psql(&self, url: &str, text: &str) -> String {
        let done =
            self.command("psql").args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", text, url]).output();
        let done = done.expect("psql");
        assert!(done.status.success(), "{text}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// Kills it as `kill -9` does: it does not get to say goodbye.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("kill");
            server.wait().expect("the server's end");
        }
    }

    /// Starts it again after [`Postgres::kill`], or kills and starts it; resolves when it takes connections.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    fn address(&self, database: &str) -> String {
        format!("postgres://mekong@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One of PostgreSQL's programs, as the right user.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).env_remove("PGDATABASE").env("LC_ALL", "C");
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Until its processes have noticed the death of the one before, a new one refuses to start.
    fn launch(&mut self) {
        let give_up = Instant::now() + PATIENCE;
        while Instant::now() < give_up {
            let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
            let mut server = self.command("postgres");
            let socket = self.folder.path().to_str().expect("a path");
            // What a killed process wrote stays with the system, so that its own syncs prove nothing here; and recovery
            // would sync a thousand files first.
            server.args(["-c", "fsync=off"]);
            server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", socket]);
            let mut server = server.stdout(Stdio::null()).stderr(log).spawn().expect("postgres");
            while server.try_wait().expect("the state of postgres").is_none() && Instant::now() < give_up {
                if self.answers() {
                    self.server = Some(server);
                    return;
                }
                std::thread::sleep(Duration::from_millis(30));
            }
            let _ = server.kill();
            let _ = server.wait();
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("postgres does not start: {log}");
    }

    fn answers(&self) -> bool {
        let asked = self.command("pg_isready").args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status();
        asked.is_ok_and(|status| status.success())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = self.command("pg_ctl").args(["stop", "-m", "immediate", "-s", "-D"]).arg(self.data()).status();
        let _ = stop;
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let debian = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    let has_all = |folder: &PathBuf| PROGRAMS.iter().all(|program| folder.join(program).is_file());
    folders.into_iter().find(has_all)
}

/// User and group of `postgres`, if we are root.
fn other_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let users = if root { std::fs::read_to_string("/etc/passwd").unwrap_or_default() } else { return None };
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("root needs a user named postgres");
    let mut fields = line.split(':').skip(2).map(|field| field.parse::<u32>().expect("a number in /etc/passwd"));
    Some((fields.next().expect("a user"), fields.next().expect("a group")))
}
