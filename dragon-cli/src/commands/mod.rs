//! The commands, one file each.

mod generate;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(generate::Generate),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Generate(generate) => generate.run(),
        }
    }
}
