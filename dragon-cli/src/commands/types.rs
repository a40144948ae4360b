//! `dragon-cli types`: the app's routes as TypeScript.

use std::env;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::description::Description;
use crate::errand::AppArgs;
use crate::failure::Failure;
use crate::plan::Plan;
use crate::project::Project;
use crate::say;
use crate::types::{self, Client};

/// Write TypeScript types of the app's routes
///
/// With them dragon.getList('todo-item', …) is checked from end to end: routes, filters, what is
/// written, and the rows that come. The app is built and asked; it opens neither its database nor
/// a port for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli types                            into frontend/src or frontend, as dragon.d.ts
  dragon-cli types --out web/src/dragon.d.ts
  dragon-cli types -p todo --out todo.d.ts    the app of this package of a workspace
  dragon-cli types --check                    in CI: fails where the file is out of date")]
pub(crate) struct Types {
    /// Where to write them [default: dragon.d.ts in frontend/src or frontend]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing; end with 1, and show what differs, if the file is out of date
    #[arg(long)]
    check: bool,
    /// Overwrite FILE although it was not written by this command
    #[arg(long, conflicts_with = "check")]
    force: bool,
    /// Where the page has the client from: the package dragon-client, or /dragon.js of the server,
    /// whose types are then in the file as well [default: what the nearest package.json says]
    #[arg(long, value_name = "CLIENT")]
    client: Option<Client>,
    /// Take a description that was saved instead of asking the app; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "bin", "program"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    app: AppArgs,
}

impl Types {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (description, root) = self.description()?;
        let file = match &self.out {
            Some(file) => file.clone(),
            None => default_file(&root)?,
        };
        let plan = types::plan(&file, &description, self.client)?;
        let file = file.display();
        if plan.is_done() {
            return say::answer(&format!("{file} is up to date"));
        }
        if self.check {
            say::answer(&say::coloured(&plan.diff()).join("\n"))?;
            return Err(Failure::new(format!("{file} is out of date"))
                .help("dragon-cli types writes it anew"));
        }
        if !self.force {
            check_own(&plan)?;
        }
        plan.write()?;
        let routes = description.routers.len();
        let are = if routes == 1 { "route" } else { "routes" };
        say::answer(&format!("{file} has the types of {routes} {are}"))
    }

    /// The app's description, and the folder that has the page's.
    fn description(&self) -> Result<(Description, PathBuf), Failure> {
        let Some(from) = &self.from else {
            let root = match (&self.out, &self.app.program) {
                (None, None) => {
                    let (package, bin) = (self.app.package.as_deref(), self.app.bin.as_deref());
                    here(Project::find(package, bin)?.root)
                }
                _ => PathBuf::new(),
            };
            // Before the app is built, which takes a while.
            if self.out.is_none() {
                default_file(&root)?;
            }
            return Ok((self.app.describe()?, root));
        };
        let text = if from.as_os_str() == "-" {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            fs::read_to_string(from)
        };
        let text = text
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", from.display())))?;
        Ok((Description::read(&text)?, PathBuf::new()))
    }
}

/// A path as one would write it in the current folder.
fn here(path: PathBuf) -> PathBuf {
    let folder = env::current_dir().ok();
    let within = folder.and_then(|folder| path.strip_prefix(folder).map(Path::to_owned).ok());
    within.unwrap_or(path)
}

/// Where a project's page keeps its types.
fn default_file(root: &Path) -> Result<PathBuf, Failure> {
    types::place(root).ok_or_else(|| {
        Failure::new("there is no folder `frontend` to write the types to")
            .help("say where they belong: dragon-cli types --out web/src/dragon.d.ts")
    })
}

/// Refuses to overwrite what somebody wrote by hand; a file that declares nothing is nobody's.
fn check_own(plan: &Plan) -> Result<(), Failure> {
    let is_own =
        |text: &str| matches!(text.trim(), "" | "export {};") || types::is_written_here(text);
    match plan.overwritten().find(|(_, text)| !is_own(text)) {
        None => Ok(()),
        Some((file, _)) => {
            let what = format!("{file} is there already, and dragon-cli types did not write it");
            Err(Failure::new(what)
                .help("write to another file: --out frontend/src/dragon.d.ts")
                .help("--force overwrites what is there"))
        }
    }
}
