//! Running `dragon-cli`: to its end, or for as long as a test looks at what it prints.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use dragon_tests::guard::{End, Process};
use dragon_tests::process::without_settings;

/// How long to wait for what should come at once, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a command that ended has said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// `dragon-cli` in a folder, with nothing of the outer environment that it reads.
pub fn cli(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragon-cli"));
    for name in ["CLICOLOR_FORCE", "NO_COLOR"] {
        command.env_remove(name);
    }
    without_settings(&mut command).args(args).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(folder: &Path, args: &[&str]) -> Said {
    end(cli(folder, args), "")
}

/// Runs a command to its end, with this on its standard input.
pub fn end(mut command: Command, input: &str) -> Said {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that does not read what it is given may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Said {
    /// It did what was asked; what it printed.
    pub fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.out
    }

    /// It failed with this exit code, and said all of these.
    pub fn failed(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for one in said {
            assert!(self.err.contains(one), "not said: {one}\n{}", self.err);
        }
    }
}

/// A `dragon-cli` that runs. It dies when it is dropped.
#[derive(Debug)]
pub struct Running {
    process: Process,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Running {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command, End::Kill).unwrap();
        let child = process.child();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { process, out: lines(out), err: lines(err) }
    }

    /// The next line of its standard output.
    pub fn line(&mut self) -> String {
        self.out.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let said: Vec<String> = self.err.try_iter().collect();
            panic!("no line came; on standard error: {said:?}")
        })
    }

    /// The lines of its standard error up to one that has this.
    pub fn note(&mut self, part: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            match self.err.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("`{part}` was not said: {lines:?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("ended without `{part}`: {lines:?}"),
            }
            if lines.last().is_some_and(|line| line.contains(part)) {
                return lines;
            }
        }
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self) {
        self.process.signal("INT");
    }

    /// Another signal, by its name without `SIG`.
    pub fn signal(&mut self, name: &str) {
        self.process.signal(name);
    }

    /// How it ended.
    pub fn end(&mut self) -> ExitStatus {
        self.process.wait(PATIENCE).expect("it ends")
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
