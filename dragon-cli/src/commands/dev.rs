//! `dragon-cli dev`: the app, built and started anew whenever it changes.

use clap::Args;

use crate::client::block_on;
use crate::dev::{self, Plan};
use crate::failure::Failure;
use crate::project::Project;

/// Build and run the app, and again whenever it changes.
///
/// The app of before goes on serving until the new one is built. Then it ends in order: open pages
/// come back by themselves and resume. What does not compile is shown, and changes nothing. With a
/// Vite frontend (frontend/package.json) its `npm run dev` runs beside. Ctrl-C ends everything.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli dev
  dragon-cli dev --release
  dragon-cli dev -p todo                 in a workspace with several apps
  dragon-cli dev --no-frontend           without `npm run dev`
  DRAGON_ADDR=127.0.0.1:7000 dragon-cli dev
  dragon-cli dev -- --seed               arguments of the app")]
pub(crate) struct Dev {
    /// The app's package, where there are several.
    #[arg(short, long, value_name = "NAME")]
    package: Option<String>,

    /// The program that serves, where the package has several.
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Build with optimizations.
    #[arg(long)]
    release: bool,

    /// Leave the frontend's own server (`npm run dev`) out.
    #[arg(long)]
    no_frontend: bool,

    /// Arguments of the app.
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

impl Dev {
    /// Runs until Ctrl-C.
    ///
    /// # Errors
    /// When there is no app here, or nothing can be started or watched at all.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let project = Project::find(self.package.as_deref(), self.bin.as_deref())?;
        let plan =
            Plan { project, release: self.release, frontend: !self.no_frontend, args: self.args };
        block_on(dev::run(plan))
    }
}
