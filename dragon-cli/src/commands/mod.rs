//! The commands, one file each.

mod call;
mod dev;
mod watch;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Call(call::Call),
    Dev(dev::Dev),
    Watch(watch::Watch),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Call(call) => call.run(),
            Self::Dev(dev) => dev.run(),
            Self::Watch(watch) => watch.run(),
        }
    }
}
