//! A PostgreSQL for one run: made in the run's folder, with the settings as it comes, so that what is committed is on the
//! disk; reached by its local socket only; removed with the folder.

use crate::bench::usage;
use crate::cli::{CommandError, Context};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// What is needed, in one folder.
const PROGRAMS: [&str; 5] = ["initdb", "postgres", "psql", "pg_ctl", "pg_isready"];
/// The one who may do everything in it.
const USER: &str = "mekong";
/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(super) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<(u32, u32)>,
    process: Child,
}

impl Postgres {
    /// Makes and starts one in a new folder.
    ///
    /// # Errors
    /// In words: what is not installed, or does not start.
    pub(super) async fn start(folder: &Path) -> Result<Self, CommandError> {
        let none = "PostgreSQL is not installed (initdb, postgres): as root, apt-get install postgresql; or measure with --message-log files";
        let programs = find().ok_or_else(|| CommandError::new(none))?;
        let owner = other_user()?;
        let made = std::fs::create_dir_all(folder).and_then(|()| match owner {
            Some((user, group)) => chown(folder, Some(user), Some(group)),
            None => Ok(()),
        });
        made.context(|| format!("make {}", folder.display()))?;
        let data = folder.join("data");
        let mut initdb = command(&programs, folder, owner, "initdb");
        initdb.args(["-A", "trust", "-U", USER, "-E", "UTF8", "--no-locale", "-D"]).arg(&data);
        succeed(initdb).await?;
        let log = std::fs::File::create(folder.join("log")).context(|| format!("write into {}", folder.display()))?;
        let mut server = command(&programs, folder, owner, "postgres");
        server
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-k"])
            .arg(folder);
        let process = server.stdout(Stdio::null()).stderr(log).spawn().context(|| "start PostgreSQL")?;
        let mut server = Self { programs, folder: folder.to_owned(), owner, process };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&mut self) -> Result<(), CommandError> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            let mut asked = self.command("pg_isready");
            if asked.args(["-q", "-h"]).arg(&self.folder).status().await.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            sleep(Duration::from_millis(30)).await;
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(CommandError::new(format!("PostgreSQL does not start in {}: {log}", self.folder.display())))
    }

    /// Makes an empty database; gives its address.
    ///
    /// # Errors
    /// In words.
    pub(super) async fn database(&self, name: &str) -> Result<String, CommandError> {
        let mut psql = self.command("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", "postgres", "-h"]).arg(&self.folder);
        psql.args(["-c", &format!("CREATE DATABASE {name}")]);
        succeed(psql).await?;
        let folder = self.folder.display().to_string();
        let folder = percent_encoding::utf8_percent_encode(&folder, percent_encoding::NON_ALPHANUMERIC);
        Ok(format!("postgres://{USER}@localhost/{name}?host={folder}"))
    }

    /// CPU time of all its processes so far.
    pub(super) fn cpu_time(&self) -> Duration {
        self.process.id().map_or(Duration::ZERO, usage::cpu_time_of_family)
    }

    /// Stops it.
    ///
    /// # Errors
    /// In words.
    pub(super) async fn stop(mut self) -> Result<(), CommandError> {
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "-m", "fast", "-s", "-D"]).arg(self.folder.join("data"));
        succeed(stop).await?;
        self.process.wait().await.map(drop).context(|| "stop PostgreSQL")
    }

    fn command(&self, program: &str) -> Command {
        command(&self.programs, &self.folder, self.owner, program)
    }
}

/// One of its programs, as the right user.
fn command(programs: &Path, folder: &Path, owner: Option<(u32, u32)>, program: &str) -> Command {
    let mut command = Command::new(programs.join(program));
    command.current_dir(folder).env_remove("PGDATABASE").env("LC_ALL", "C").kill_on_drop(true);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

async fn succeed(mut command: Command) -> Result<(), CommandError> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().await.context(|| format!("run {program}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(CommandError::new(format!("{program}: {}", String::from_utf8_lossy(&done.stderr).trim_end()))),
    }
}

/// The folder of its programs: in `PATH`, or where Debian puts them; the newest there.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    let mut folders = std::env::split_paths(&path).chain(versions.into_iter().rev());
    folders.find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()))
}

/// User and group `postgres`, if we are root, as whom it does not run.
fn other_user() -> Result<Option<(u32, u32)>, CommandError> {
    if !std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    let missing = "PostgreSQL does not run as root, and there is no user named postgres: install Debian's postgresql";
    ids.map(Some).ok_or_else(|| CommandError::new(missing))
}
