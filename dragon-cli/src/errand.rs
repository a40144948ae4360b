//! Asking an app something: it is started with a variable that makes it answer with one line of
//! JSON and exit, instead of serving.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use clap::Args;
use futures::future::{Either, join, select};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::time::timeout;

use crate::client::{block_on, seconds};
use crate::description::Description;
use crate::failure::Failure;
use crate::process::{Process, Signals};
use crate::project::{Project, cargo, no_cargo, program};
use crate::say;

/// The variable that asks for all but the description.
const ERRAND: &str = "DRAGON_ERRAND";

/// How the line begins by which a `main` that gives back an error says it.
const WHY: &str = "Error: ";

/// What an app is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// What it declares; nothing is opened for it.
    Describe,
    /// Whether what a start needs is there.
    Check,
    /// How far capture is installed.
    CaptureStatus,
    /// The statements that install it.
    CaptureSql,
    /// To install it.
    CaptureInstall,
    /// To take it out.
    CaptureUninstall,
}

impl Errand {
    /// The variable that asks, and what it is set to.
    fn variable(self) -> (&'static str, &'static str) {
        match self {
            Self::Describe => ("DRAGON_DESCRIBE", "1"),
            Self::Check => (ERRAND, "check"),
            Self::CaptureStatus => (ERRAND, "capture-status"),
            Self::CaptureSql => (ERRAND, "capture-sql"),
            Self::CaptureInstall => (ERRAND, "capture-install"),
            Self::CaptureUninstall => (ERRAND, "capture-uninstall"),
        }
    }
}

/// Which app is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which app")]
pub(crate) struct AppArgs {
    /// The package of the app, in a workspace of several
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// Its program, where the package has several
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,
    /// A program that is built already, as on a server; cargo is not needed then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "bin"])]
    pub(crate) program: Option<PathBuf>,
    /// How many seconds the app may take to answer, once it is built
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

/// The line that an app prints.
#[derive(Deserialize)]
struct Line {
    #[allow(dead_code, reason = "it marks the line")]
    dragon: String,
    describe: Option<Box<RawValue>>,
    errand: Option<String>,
}

/// One thing that a start needs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Check {
    /// What was looked at: `database`, `table todo_item`, `redis`, `capture`, `address`.
    pub(crate) what: String,
    pub(crate) ok: bool,
    /// What was found.
    pub(crate) says: String,
    /// What to do about it.
    pub(crate) mend: Option<String>,
}

impl AppArgs {
    /// What the app declares.
    ///
    /// # Errors
    /// When there is no app, it does not compile, or does not answer.
    pub(crate) fn describe(&self) -> Result<Description, Failure> {
        Description::read(&self.ask(Errand::Describe)?)
    }

    /// Whether what a start needs is there, as the app found it.
    ///
    /// # Errors
    /// When there is no app, it does not compile, is declared wrongly, or does not answer.
    pub(crate) fn check(&self) -> Result<Vec<Check>, Failure> {
        #[derive(Deserialize)]
        struct Checks {
            checks: Vec<Check>,
        }
        let Checks { checks } = self.read(Errand::Check)?;
        Ok(checks)
    }

    /// Asks the app, and reads its answer.
    ///
    /// # Errors
    /// When there is no app, it does not compile, or does not answer.
    pub(crate) fn read<T: DeserializeOwned>(&self, errand: Errand) -> Result<T, Failure> {
        serde_json::from_str(&self.ask(errand)?).map_err(|error| {
            Failure::new(format!("what the app answered cannot be read: {error}")).other_version()
        })
    }

    /// Asks the app, and gives back the line that it answers with.
    ///
    /// # Errors
    /// When there is no app, it does not compile, or does not answer.
    fn ask(&self, errand: Errand) -> Result<String, Failure> {
        let mut command = match &self.program {
            Some(program) => Command::new(whole(program)?),
            None => {
                let project = Project::find(self.package.as_deref(), self.bin.as_deref())?;
                let mut command = Command::new(build(&project)?);
                // As under `cargo run`.
                command.current_dir(&project.folder).env("CARGO_MANIFEST_DIR", &project.root);
                command
            }
        };
        let (name, value) = errand.variable();
        command.env_remove("DRAGON_DESCRIBE").env_remove("DRAGON_ERRAND").env(name, value);
        answer(command, errand, self.timeout)
    }
}

/// A name without a folder means a file here, and none of the PATH.
fn whole(program: &Path) -> Result<PathBuf, Failure> {
    program.canonicalize().map_err(|error| {
        Failure::new(format!("the program {} cannot be found: {error}", program.display()))
            .help("leave --program out, and cargo builds the app")
    })
}

/// Builds it; the compiler speaks on standard error. Not run by cargo: that would wait as long as
/// another cargo builds, in the time in which the app is to answer.
fn build(project: &Project) -> Result<PathBuf, Failure> {
    let mut command = cargo();
    command.args(["build", "--message-format=json-render-diagnostics"]);
    command.args(["--package", &project.package, "--bin", &project.bin]);
    // Found from its own folder, wherever it is run.
    command.arg("--manifest-path").arg(project.root.join("Cargo.toml"));
    if !say::is_watched() {
        command.arg("--quiet");
    }
    command.current_dir(&project.folder).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| no_cargo(&error))?;
    if !output.status.success() {
        return Err(Failure::new(format!("the app `{}` does not compile", project.package))
            .help("mend what the compiler says above, and ask again"));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let mut messages = said.lines().filter_map(|line| serde_json::from_str(line).ok());
    messages.find_map(|message| program(&message, &project.bin)).ok_or_else(|| {
        Failure::new(format!("cargo does not say where it has built `{}`", project.bin))
            .help("name the program: --program target/debug/…")
    })
}

/// What became of an app that was asked.
struct Ran {
    /// Its end; `None` where it had to be ended.
    status: Option<ExitStatus>,
    /// The lines of its standard output, and of its standard error.
    printed: Vec<String>,
    said: Vec<String>,
}

/// How long to read on after its end, where something that it started keeps a pipe open.
const REST: Duration = Duration::from_secs(2);

/// Runs the app until it ends, or for as long as it may take; what it started goes with it.
async fn ran(mut command: tokio::process::Command, patience: Duration) -> Result<Ran, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = command.as_std().get_program().display().to_string();
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(format!("Ctrl-C cannot be heard: {error}")))?;
    let mut process = Process::start(command)
        .map_err(|error| Failure::new(format!("{program} cannot be run: {error}")))?;
    let (stdout, stderr) = (process.child().stdout.take(), process.child().stderr.take());
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    let reading = join(lines(stdout, &mut printed), lines(stderr, &mut said));
    let ending = async move {
        let ended = tokio::select! {
            ended = timeout(patience, process.ended()) => ended,
            // The app is no more of the terminal's group than what `dev` runs.
            () = signals.next() => {
                drop(process);
                std::process::exit(INTERRUPTED)
            }
        };
        // The process is dropped here, and what is left of its group is killed.
        ended.ok().and_then(Result::ok)
    };
    // Read meanwhile, so that a pipe is never full.
    let status = match select(pin!(ending), pin!(reading)).await {
        Either::Left((status, reading)) => {
            let _ = timeout(REST, reading).await;
            status
        }
        Either::Right((_, ending)) => ending.await,
    };
    Ok(Ran { status, printed, said })
}

/// What a shell's command ends with that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Reads a pipe line by line.
async fn lines(pipe: Option<impl AsyncRead + Unpin>, read: &mut Vec<String>) {
    let Some(pipe) = pipe else { return };
    let mut lines = BufReader::new(pipe).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        read.push(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

/// Runs the app, and finds its answer.
fn answer(command: Command, errand: Errand, patience: Duration) -> Result<String, Failure> {
    let Ran { status, printed, said } = block_on(ran(command.into(), patience))?;
    if let Some(line) = printed.iter().rev().find(|line| is_answer(line, errand)) {
        return Ok(line.clone());
    }
    let mut told: Vec<String> = printed.into_iter().chain(said).collect();
    // By which a main says why it stopped: that is ours to say.
    let why = match status.is_some_and(|status| !status.success()) {
        true => told.iter().rposition(|line| line.starts_with(WHY)).map(|at| told.remove(at)),
        false => None,
    };
    if !told.is_empty() {
        say::note(&told.join("\n"));
    }
    Err(match status {
        None => Failure::new(format!(
            "the app did not answer within {} s, and was ended",
            patience.as_secs_f64()
        ))
        .help(format!(
            "it must come to `App::builder(…).start()` soon, which answers and exits where \
             {}={} is set; what comes before that must not wait",
            errand.variable().0,
            errand.variable().1
        ))
        .help("an app of a Dragon that is too old serves instead: cargo update -p dragon-core")
        .help("a slow one gets more time by --timeout SECONDS"),
        Some(status) if status.success() => {
            Failure::new("the app ended without an answer").help(format!(
                "its main must come to `App::builder(…).start()`, which answers and exits where \
                 {}={} is set, in a Dragon that is not too old",
                errand.variable().0,
                errand.variable().1
            ))
        }
        Some(status) => match why.as_deref().and_then(|why| why.strip_prefix(WHY)) {
            Some(why) => {
                let what = format!("the app stopped before it could answer ({status}): {why}");
                Failure::new(what).help("mend that, and ask again")
            }
            None => Failure::new(format!("the app stopped before it could answer ({status})"))
                .help("mend what it says above, and ask again"),
        },
    })
}

fn is_answer(line: &str, errand: Errand) -> bool {
    let line: Option<Line> =
        line.starts_with("{\"dragon\":").then(|| serde_json::from_str(line).ok()).flatten();
    line.is_some_and(|line| match errand {
        Errand::Describe => line.describe.is_some(),
        other => line.errand.as_deref() == Some(other.variable().1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_begins_with_its_mark() {
        let is = |line: &str| is_answer(line, Errand::Describe);
        assert!(is("{\"dragon\":\"0.1.0\",\"describe\":{},\"new\":1}"));
        assert!(!is("{\"dragon\":\"0.1.0\"}"));
        assert!(!is("{\"dragon\":\"0.1.0\",\"describe\":{}"));
        assert!(is_answer("{\"dragon\":\"0.1.0\",\"errand\":\"check\"}", Errand::Check));
        assert!(!is("{\"dragon\":\"0.1.0\",\"errand\":\"check\"}"));
        assert!(!is("listening at {\"dragon\":\"0.1.0\",\"describe\":{}}"));
    }
}
