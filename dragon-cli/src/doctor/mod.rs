//! Looking at what an app needs. Nothing is changed by looking.
//!
//! | module | what is looked at |
//! |---|---|
//! | `app` | what the app itself finds, and the files that are made of its description |
//! | `place` | whether the port is free, or who answers there |
//! | `services` | the database and Redis, from outside |
//! | `settings` | `.env` |
//! | `toolchain` | cargo, rustc, the C compiler; Node where the frontend needs it |
//! | `versions` | the crates of the project |

mod app;
mod place;
mod services;
mod settings;
mod toolchain;
mod versions;

use serde::Serialize;

use crate::errand::AppArgs;
use crate::failure::Failure;
use crate::project::Project;
use crate::say::{ASIDE, BAD, CHANGED, GOOD, WORD};

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Ok,
    Wrong,
    CannotTell,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at, in a word or two.
    pub(crate) what: String,
    pub(crate) state: State,
    /// What was found.
    pub(crate) says: String,
    /// What to do about it: sentences or commands.
    pub(crate) mend: Vec<String>,
}

impl Finding {
    fn new(state: State, what: &str, says: impl Into<String>) -> Self {
        Self { what: what.to_owned(), state, says: says.into(), mend: Vec::new() }
    }

    /// It is as it should be.
    fn ok(what: &str, says: impl Into<String>) -> Self {
        Self::new(State::Ok, what, says)
    }

    /// The app will not do so.
    fn wrong(what: &str, says: impl Into<String>) -> Self {
        Self::new(State::Wrong, what, says)
    }

    /// It could not be found out.
    fn unclear(what: &str, says: impl Into<String>) -> Self {
        Self::new(State::CannotTell, what, says)
    }

    /// What a failure says.
    fn of(what: &str, failure: Failure) -> Self {
        Self { mend: failure.help, ..Self::wrong(what, failure.what) }
    }

    /// What to do about it.
    fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend.push(mend.into());
        self
    }

    /// For people: what was found on a line, and what to do below.
    pub(crate) fn lines(&self) -> String {
        let (style, word) = match self.state {
            State::Ok => (GOOD, "ok"),
            State::Wrong => (BAD, "wrong"),
            State::CannotTell => (CHANGED, "cannot tell"),
        };
        let says = self.says.replace('\n', "\n              ");
        let mut lines = format!("{style}{word:<11}{style:#}  {WORD}{}{WORD:#}: {says}", self.what);
        for mend in &self.mend {
            lines.push_str(&format!("\n             {ASIDE}mend:{ASIDE:#} {mend}"));
        }
        lines
    }
}

/// Looks at everything and tells each finding as it is found.
pub(crate) fn look(which: &AppArgs, quick: bool, tell: &mut dyn FnMut(Finding)) {
    // A program that is built already needs no toolchain and no project.
    let project = match &which.program {
        Some(_) => None,
        None => {
            toolchain::look(tell);
            match Project::find(which.package.as_deref(), which.bin.as_deref()) {
                Ok(project) => {
                    let root = project.root.display();
                    tell(Finding::ok("project", format!("{} in {root}", project.package)));
                    toolchain::rustc(Some(&project), tell);
                    Some(project)
                }
                Err(failure) => {
                    tell(Finding::of("project", failure));
                    toolchain::rustc(None, tell);
                    None
                }
            }
        }
    };
    let settings = settings::look(project.as_ref(), tell);
    // The app knows better what database it has, if it can be asked.
    let asked = (project.is_some() || which.program.is_some()) && !quick;
    if !(asked && app::look(which, project.as_ref(), tell)) {
        services::look(&settings, project.as_ref(), tell);
    }
    // Building writes the lock file.
    if let Some(project) = &project {
        versions::look(project, tell);
    }
    place::look(&settings, tell);
    if let Some(project) = &project {
        toolchain::node(project, tell);
    }
}
