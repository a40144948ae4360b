//! Why a command ended, and how to mend it.

use std::process::ExitCode;

/// Why a command could not do what was asked: what is wrong, and, where it helps, what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What is wrong, as a sentence without its full stop.
    pub(crate) what: String,
    /// What to do about it: sentences or commands, one to a line.
    pub(crate) help: Vec<String>,
    code: u8,
}

impl Failure {
    /// What was asked cannot be done; exit code 1.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), help: Vec::new(), code: 1 }
    }

    /// What was asked cannot be meant: an argument is wrong. Exit code 2, as for clap's own.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(what) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds that another version of Dragon may be meant.
    #[must_use]
    pub(crate) fn other_version(self) -> Self {
        self.help(format!(
            "the app's Dragon and this command line ({}) must fit each other",
            env!("CARGO_PKG_VERSION")
        ))
    }

    /// What the process ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}
