//! Building and running an app anew whenever it changes.
//!
//! | module | what it holds |
//! |---|---|
//! | `build` | building with cargo, and what cargo says of it |
//! | `changes` | what changes in the project, as far as it may concern the app |
//! | `frontend` | the frontend's own server |

mod build;
mod changes;
pub(crate) mod frontend;

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;

use build::{Built, Program, build};
use changes::{Changes, has_env};
use frontend::{Became, Frontend};

use crate::failure::Failure;
use crate::process::{Process, Signals};
use crate::project::Project;
use crate::say::{self, BAD, GOOD, WORD};

/// What is to run, and how.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) project: Project,
    pub(crate) release: bool,
    /// Whether the frontend's own server runs too, where there is one.
    pub(crate) frontend: bool,
    /// Arguments of the app.
    pub(crate) args: Vec<String>,
}

fn note(text: &str) {
    say::note(&format!("{WORD}dev{WORD:#}  {text}"));
}

/// Builds and runs until we are told to end.
///
/// # Errors
/// When nothing can be started or watched at all.
pub(crate) async fn run(plan: Plan) -> Result<(), Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(format!("Ctrl-C cannot be heard: {error}")))?;
    let mut changes = Changes::watch(&plan.project)?;
    let folder = plan.frontend.then(|| frontend::folder(&plan.project.root)).flatten();
    let frontend = folder.map(Frontend::start).transpose()?;
    if frontend.as_ref().is_some_and(Frontend::is_installing) {
        note("installing the frontend's packages");
    }
    let mut work = Work { plan: &plan, running: None, frontend, building: None, env: false };
    work.build(true);
    // What changed while it was built is built next.
    let mut waiting = BTreeSet::new();
    loop {
        tokio::select! {
            () = signals.next() => break,
            built = Work::built(&mut work.building) => {
                work.building = None;
                if work.take(built?, &mut changes, &mut signals).await?.is_break() {
                    break;
                }
                if !waiting.is_empty() {
                    work.changed(&std::mem::take(&mut waiting));
                }
            }
            changed = changes.next() => {
                if work.building.is_some() {
                    waiting.extend(changed?);
                } else {
                    work.changed(&changed?);
                }
            }
            ended = ended(&mut work.running) => {
                // What it started may live on; we need not wait for that.
                if let Some((rest, _)) = work.running.take() {
                    tokio::spawn(rest.end());
                }
                let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                note(&format!("{BAD}the app ended{BAD:#} ({how}); it starts again at the next change"));
            }
            became = next(&mut work.frontend) => match became? {
                Became::Server => note("the frontend's packages are installed; its server starts"),
                Became::Ended(how) => {
                    if let Some(rest) = work.frontend.take() {
                        tokio::spawn(rest.end());
                    }
                    note(&format!("{BAD}{how}{BAD:#}"));
                }
            }
        }
    }
    // A second Ctrl-C is for who cannot wait: dropping the children kills them.
    tokio::select! {
        () = work.end() => note("ended"),
        () = signals.next() => note("ended at once"),
    }
    Ok(())
}

type Building<'a> = Pin<Box<dyn Future<Output = Result<Built, Failure>> + 'a>>;

/// What runs.
struct Work<'a> {
    plan: &'a Plan,
    running: Option<(Process, Program)>,
    frontend: Option<Frontend>,
    building: Option<Building<'a>>,
    /// Whether what the app reads at its start has changed.
    env: bool,
}

async fn ended(running: &mut Option<(Process, Program)>) -> std::io::Result<ExitStatus> {
    match running {
        Some((process, _)) => process.ended().await,
        None => pending().await,
    }
}

async fn next(frontend: &mut Option<Frontend>) -> Result<Became, Failure> {
    match frontend {
        Some(frontend) => frontend.next().await,
        None => pending().await,
    }
}

impl<'a> Work<'a> {
    fn build(&mut self, first: bool) {
        if first {
            note(&format!("building {}", self.plan.project.package));
        }
        let plan = self.plan;
        self.building = Some(Box::pin(build(plan, first)));
    }

    async fn built(building: &mut Option<Building<'a>>) -> Result<Built, Failure> {
        match building {
            Some(building) => building.await,
            None => pending().await,
        }
    }

    fn changed(&mut self, changed: &BTreeSet<PathBuf>) {
        let root = &self.plan.project.root;
        // What is there says more than what an editor wrote and removed on its way.
        let there = changed.iter().find(|path| path.exists()).or_else(|| changed.first());
        if let Some(first) = there {
            let first = first.strip_prefix(root).unwrap_or(first).display();
            match changed.len() {
                _ if changed.contains(root) => note("something changed; building"),
                1 => note(&format!("{first} changed; building")),
                count => note(&format!("{first} and {} more changed; building", count - 1)),
            }
        }
        // What is not known in full may be that as well.
        self.env |= has_env(changed) || changed.contains(root);
        self.build(false);
    }

    /// Shows what came of a build, and runs what is new; breaks when we were told to end meanwhile.
    async fn take(
        &mut self,
        built: Built,
        changes: &mut Changes,
        signals: &mut Signals,
    ) -> Result<ControlFlow<()>, Failure> {
        let (program, warnings, took) = match built {
            Built::Program { program, warnings, took } => (program, warnings, took),
            Built::Broken { said, errors } => {
                said.iter().for_each(|text| say::note(&format!("{text}\n")));
                let count = match errors {
                    0 => "it cannot be built".to_owned(),
                    1 => "1 error".to_owned(),
                    errors => format!("{errors} errors"),
                };
                let then = match self.running {
                    Some(_) => "the app of before goes on",
                    None => "mend it, and it starts",
                };
                note(&format!("{BAD}{count}{BAD:#}; {then}"));
                return Ok(ControlFlow::Continue(()));
            }
        };
        changes.learn(program.sources())?;
        let same = self.running.as_ref().is_some_and(|(_, running)| *running == program);
        if same && !self.env {
            note("nothing of the app is new");
            return Ok(ControlFlow::Continue(()));
        }
        if !same {
            warnings.iter().for_each(|text| say::note(&format!("{text}\n")));
        }
        self.env = false;
        let seconds = took.as_secs_f64();
        if let Some((old, _)) = self.running.take() {
            note(&format!("{GOOD}built{GOOD:#} in {seconds:.1} s; open pages come back"));
            let mut goes = ControlFlow::Continue(());
            let mut end = std::pin::pin!(old.end());
            let in_order = loop {
                tokio::select! {
                    in_order = &mut end => break in_order,
                    () = signals.next() => {
                        // The second time: now.
                        if goes.is_break() {
                            return Ok(goes);
                        }
                        goes = ControlFlow::Break(());
                    }
                }
            };
            if !in_order {
                note("the app of before did not end in time and was killed");
            }
            if goes.is_break() {
                return Ok(goes);
            }
        } else {
            note(&format!("{GOOD}built{GOOD:#} in {seconds:.1} s; starting"));
        }
        self.start(program)?;
        Ok(ControlFlow::Continue(()))
    }

    fn start(&mut self, program: Program) -> Result<(), Failure> {
        let project = &self.plan.project;
        let path = runnable(&program)?;
        let mut command = Command::new(&path);
        command
            .args(&self.plan.args)
            .current_dir(&project.folder)
            // As under `cargo run`.
            .env("CARGO_MANIFEST_DIR", &project.root)
            .stdin(Stdio::null());
        let process = Process::start(command).map_err(|error| {
            Failure::new(format!("{} cannot be started: {error}", path.display()))
        })?;
        self.running = Some((process, program));
        Ok(())
    }

    async fn end(self) {
        drop(self.building);
        if let Some((app, _)) = self.running {
            app.end().await;
        }
        if let Some(frontend) = self.frontend {
            frontend.end().await;
        }
    }
}

/// What is run of a program. Windows does not let a running program be written anew: there it is a
/// copy.
fn runnable(program: &Program) -> Result<PathBuf, Failure> {
    let path = &program.path;
    if !cfg!(windows) {
        return Ok(path.clone());
    }
    let name = path.file_name().map(|name| format!("dragon-dev-{}", name.to_string_lossy()));
    let copy = path.with_file_name(name.unwrap_or_default());
    std::fs::copy(path, &copy)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", copy.display())))?;
    Ok(copy)
}
