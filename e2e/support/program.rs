//! Programs: run to their end within a deadline, or running until dropped.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything but a demo may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How a program ended.
pub(crate) struct Ended {
    what: String,
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` exited with {}\n{}{}", self.what, self.code, self.out, self.err)
    }
}

impl Ended {
    /// Fails unless the program exited with 0.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Standard output and standard error.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Standard output, one JSON object a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self:?}"));
        self.out.lines().map(parse).collect()
    }
}

/// `mekong` with arguments.
pub(crate) fn mekong<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    command(env!("CARGO_BIN_EXE_mekong"), arguments)
}

/// A program with arguments.
pub(crate) fn command<S: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Arguments from a line; none has a blank in it.
pub(crate) fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Runs a program to its end.
#[track_caller]
pub(crate) fn run(mut command: Command) -> Ended {
    let what = shown(&command);
    let mut child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()), &what);
    let (out, err) = (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    let status = wait(&mut child, PATIENCE);
    let (out, err) = (out.join().unwrap(), err.join().unwrap());
    let Some(status) = status else { panic!("`{what}` did not end within {PATIENCE:?}\n{out}{err}") };
    Ended { what, code: status.code().unwrap_or(-1), out, err }
}

fn shown(command: &Command) -> String {
    let arguments = command.get_args().map(|a| a.to_string_lossy().into_owned());
    let program = command.get_program().to_string_lossy().into_owned();
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn spawn(command: &mut Command, what: &str) -> Child {
    command.spawn().unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => {
            panic!("{} is missing: `./dev test` installs what the tests need", command.get_program().to_string_lossy())
        }
        _ => panic!("`{what}` did not start: {error}"),
    })
}

fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The status, or nothing (and an ended child) when time is up.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > until {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A program that runs until this is dropped; its lines are kept.
pub(crate) struct Running {
    child: Child,
    what: String,
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Running {
    /// Starts it. What it reads, if anything, ends when this is dropped.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let what = shown(&command);
        let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()), &what);
        let lines: Arc<(Mutex<Vec<String>>, Condvar)> = Arc::default();
        let (out, kept) = (child.stdout.take().unwrap(), Arc::clone(&lines));
        let reader = thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                kept.0.lock().unwrap().push(line);
                kept.1.notify_all();
            }
        });
        Self { child, what, lines, reader: Some(reader) }
    }

    /// Waits for a line that is wanted.
    #[track_caller]
    pub(crate) fn wait_for(&self, wanted: impl Fn(&str) -> bool, patience: Duration) -> String {
        let (lines, changed) = &*self.lines;
        let is_awaited = |lines: &mut Vec<String>| !lines.iter().any(|line| wanted(line));
        let (lines, _) = changed.wait_timeout_while(lines.lock().unwrap(), patience, is_awaited).unwrap();
        let found = lines.iter().find(|line| wanted(line)).cloned();
        found.unwrap_or_else(|| panic!("`{}` did not say what was awaited:\n{}", self.what, lines.join("\n")))
    }

    /// Waits until it has said so many lines.
    #[track_caller]
    pub(crate) fn wait_for_count(&self, count: usize, patience: Duration) {
        let (lines, changed) = &*self.lines;
        let (lines, _) =
            changed.wait_timeout_while(lines.lock().unwrap(), patience, |lines| lines.len() < count).unwrap();
        assert!(lines.len() >= count, "`{}` said {} lines of {count}", self.what, lines.len());
    }

    /// Waits until it ends by itself, and gives all it has said.
    #[track_caller]
    pub(crate) fn end(mut self, patience: Duration) -> Vec<String> {
        let status = wait(&mut self.child, patience);
        assert!(status.is_some(), "`{}` did not end within {patience:?}", self.what);
        self.reader.take().unwrap().join().unwrap();
        self.lines()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to its standard input.
    #[track_caller]
    pub(crate) fn say(&self, text: &str) {
        self.child.stdin.as_ref().expect("its standard input").write_all(text.as_bytes()).unwrap();
    }

    /// What it has said so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.0.lock().unwrap().clone()
    }

    /// Sends it a signal that does not end it (`STOP`, `CONT`).
    #[track_caller]
    pub(crate) fn signal(&self, signal: &str) {
        run(command("kill", ["-s", signal, &self.child.id().to_string()])).success();
    }

    /// Waits until it ends by itself; its exit code.
    #[track_caller]
    pub(crate) fn exit_code(mut self, patience: Duration) -> i32 {
        let status = wait(&mut self.child, patience);
        let status = status.unwrap_or_else(|| panic!("`{}` did not end within {patience:?}", self.what));
        status.code().unwrap_or(-1)
    }

    /// Asks it to end by a signal (`INT`, `TERM`); its exit code.
    #[track_caller]
    pub(crate) fn interrupt(mut self, signal: &str) -> i32 {
        run(command("kill", ["-s", signal, &self.child.id().to_string()])).success();
        let status = wait(&mut self.child, PATIENCE);
        let status = status.unwrap_or_else(|| panic!("`{}` did not end after {signal}", self.what));
        status.code().unwrap_or(-1)
    }

    /// Ends it as a crash would: SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
