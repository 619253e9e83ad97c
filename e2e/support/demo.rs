//! The demo: one that all tests share, and own ones for those that break theirs.

use super::program::{Running, command, mekong};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// How long a demo may take to be ready, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Residents a country in the shared demo.
const PEOPLE: &str = "2000";

/// A demo after its journey.
pub(crate) struct Demo {
    running: Running,
    pub(crate) dir: PathBuf,
    /// `http://127.0.0.1:PORT`
    pub(crate) console: String,
}

/// A resident of the register, as its CSV file says.
pub(crate) struct Resident {
    columns: BTreeMap<String, String>,
}

impl Demo {
    /// Starts a demo on `dir` and waits for the end of its journey.
    pub(crate) fn start(dir: &Path, people: &str) -> Self {
        Self::of(mekong(["demo", "--people", people, "--console", "127.0.0.1:0", "--dir"]), dir)
    }

    /// Starts the demo that is in `dir` already.
    pub(crate) fn restart(dir: &Path) -> Self {
        Self::of(mekong(["demo", "--console", "127.0.0.1:0", "--dir"]), dir)
    }

    /// As [`Demo::restart`], with a variable of the environment.
    pub(crate) fn restart_with(dir: &Path, (name, value): (&str, &Path)) -> Self {
        let mut command = mekong(["demo", "--console", "127.0.0.1:0", "--dir"]);
        command.env(name, value);
        Self::of(command, dir)
    }

    fn of(mut command: Command, dir: &Path) -> Self {
        command.arg(dir);
        let running = Running::start(command);
        running.wait_for(|line| line.starts_with("journey: "), PATIENCE);
        let line = running.wait_for(|line| line.starts_with("Console: "), PATIENCE);
        let console = line.split_whitespace().nth(1).expect("an address").to_owned();
        Self { running, dir: dir.to_owned(), console }
    }

    /// What it has printed.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.running.lines()
    }

    /// `http://HOST:PORT` of a ministry's gateway, as the demo printed it.
    pub(crate) fn gateway(&self, ministry: &str) -> String {
        let lines = self.printed();
        let mut words = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line = words.find(|words| words.first() == Some(&"gateway") && words.get(1) == Some(&ministry));
        line.unwrap_or_else(|| panic!("no gateway of {ministry} in {lines:#?}"))[2].to_owned()
    }

    /// A folder or file below the demo's.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.dir.join(below)
    }

    /// The residents of a country.
    pub(crate) fn residents(&self, instance: &str) -> Vec<Resident> {
        let file = self.path(if instance == "VN" { "VN/mps" } else { "LA/mops" }).join("population/persons.csv");
        let mut reader = csv::Reader::from_path(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        reader.deserialize().map(|row| Resident { columns: row.unwrap() }).collect()
    }

    /// Asks it to end by a signal; its exit code.
    pub(crate) fn interrupt(self, signal: &str) -> i32 {
        self.running.interrupt(signal)
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(self) {
        self.running.kill();
    }
}

impl Resident {
    /// A column.
    pub(crate) fn column(&self, name: &str) -> &str {
        self.columns.get(name).unwrap_or_else(|| panic!("no column {name}"))
    }

    /// The whole name, in the order in which both countries' own systems write it.
    pub(crate) fn name(&self) -> String {
        let vietnamese = ["surname", "middle_name", "given_name"];
        let order: &[&str] =
            if self.columns.contains_key("middle_name") { &vietnamese } else { &["given_name", "surname"] };
        let parts: Vec<&str> = order.iter().map(|c| self.column(c)).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}

/// The demo that everybody uses and nobody breaks.
pub(crate) fn shared() -> &'static Demo {
    &SHARED
}

/// A shell stands over it: when this process ends, in whatever way, the shell's input ends, and with it the demo.
static SHARED: LazyLock<Demo> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap().keep();
    let over = r#""$0" "$@" & demo=$!; cat > /dev/null; kill "$demo"; wait "$demo"; rm -r "$DEMO_FOLDER""#;
    let mut command = command("sh", ["-c", over, env!("CARGO_BIN_EXE_mekong")]);
    command.args(["--log", "error", "demo", "--seed", "5", "--people", PEOPLE, "--console", "127.0.0.1:0"]);
    command.arg("--dir").env("DEMO_FOLDER", &dir);
    Demo::of(command, &dir)
});

/// The right to start demos beside the shared one: their addresses are free, and not taken by another test.
pub(crate) fn turn() -> (MutexGuard<'static, ()>, TempDir) {
    static TURN: Mutex<()> = Mutex::new(());
    shared();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    (turn, tempfile::tempdir().unwrap())
}
