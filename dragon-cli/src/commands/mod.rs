//! The commands, one file each.

mod call;
mod capture;
mod dev;
mod doctor;
mod generate;
mod new;
mod routes;
pub(crate) mod types;
mod watch;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Call(call::Call),
    Capture(capture::Capture),
    Dev(dev::Dev),
    Doctor(doctor::Doctor),
    Generate(generate::Generate),
    New(new::New),
    Routes(routes::Routes),
    Types(types::Types),
    Watch(watch::Watch),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Call(call) => call.run(),
            Self::Capture(capture) => capture.run(),
            Self::Dev(dev) => dev.run(),
            Self::Doctor(doctor) => doctor.run(),
            Self::Generate(generate) => generate.run(),
            Self::New(new) => new.run(),
            Self::Routes(routes) => routes.run(),
            Self::Types(types) => types.run(),
            Self::Watch(watch) => watch.run(),
        }
    }
}
