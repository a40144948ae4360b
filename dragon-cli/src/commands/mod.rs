//! The commands, one file each.

mod call;
mod capture;
mod routes;
mod watch;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Call(call::Call),
    Capture(capture::Capture),
    Routes(routes::Routes),
    Watch(watch::Watch),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Call(call) => call.run(),
            Self::Capture(capture) => capture.run(),
            Self::Routes(routes) => routes.run(),
            Self::Watch(watch) => watch.run(),
        }
    }
}
