//! The commands, one file each.

mod generate;
mod new;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(generate::Generate),
    New(new::New),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Generate(generate) => generate.run(),
            Self::New(new) => new.run(),
        }
    }
}
