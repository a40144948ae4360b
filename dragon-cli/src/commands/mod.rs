//! The commands, one file each.

mod types;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Types(types::Types),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Types(types) => types.run(),
        }
    }
}
