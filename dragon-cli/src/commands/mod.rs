//! The commands, one file each.

mod call;
mod capture;
mod dev;
mod doctor;
mod generate;
mod new;
mod routes;
mod types;
mod watch;

use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked of the command line, in the order in which one meets it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(new::New),
    Dev(dev::Dev),
    Generate(generate::Generate),
    Routes(routes::Routes),
    Types(types::Types),
    Call(call::Call),
    Watch(watch::Watch),
    Capture(capture::Capture),
    Doctor(doctor::Doctor),
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
