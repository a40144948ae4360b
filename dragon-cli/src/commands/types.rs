//! `dragon-cli types`: the app's routes as TypeScript.

use std::env;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use similar::TextDiff;

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
    client: Option<Source>,
    /// Take a description that was saved instead of asking the app; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "bin", "program"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    app: AppArgs,
}

/// Where a page has the client from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Source {
    Package,
    Server,
}

impl Types {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (description, root) = self.description()?;
        let file = match &self.out {
            Some(file) => file.clone(),
            None => default_file(&root)?,
        };
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(stem) = name.strip_suffix(".d.ts").filter(|stem| !stem.is_empty()) else {
            return Err(Failure::usage(format!("{} is no file of declarations", file.display()))
                .help("its name ends with .d.ts, as in --out frontend/src/dragon.d.ts"));
        };
        let client = match self.client {
            Some(Source::Package) => Client::Package,
            Some(Source::Server) => Client::Inside,
            None => client_of(&file)?,
        };
        let text = types::typescript(&description, client, stem);
        let before = read(&file)?;
        let is_same = before.as_deref().is_some_and(|before| before.replace("\r\n", "\n") == text);
        match (is_same, self.check) {
            (true, _) => say::answer(&format!("{} is up to date", file.display())),
            (false, true) => {
                say::answer(&difference(&file, before.as_deref().unwrap_or_default(), &text))?;
                Err(Failure::new(format!("{} is out of date", file.display()))
                    .help("dragon-cli types writes it anew"))
            }
            (false, false) => {
                if !self.force {
                    check_own(&file, before.as_deref().unwrap_or_default())?;
                }
                write(&file, text)?;
                let routes = description.routers.len();
                let are = if routes == 1 { "route" } else { "routes" };
                say::answer(&format!("{} has the types of {routes} {are}", file.display()))
            }
        }
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

/// The file of types that a project's page has, and whether it is up to date; none where it has none.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn current(
    root: &Path,
    description: impl FnOnce() -> Result<Description, Failure>,
) -> Result<Option<(PathBuf, bool)>, Failure> {
    let Some(file) = default_file(root).ok().filter(|file| file.is_file()) else {
        return Ok(None);
    };
    let text = types::typescript(&description()?, client_of(&file)?, "dragon");
    let is_same = read(&file)?.is_some_and(|before| before.replace("\r\n", "\n") == text);
    Ok(Some((file, is_same)))
}

/// A path as one would write it in the current folder.
fn here(path: PathBuf) -> PathBuf {
    let folder = env::current_dir().ok();
    let within = folder.and_then(|folder| path.strip_prefix(folder).map(Path::to_owned).ok());
    within.unwrap_or(path)
}

/// Where a project's page keeps its types.
fn default_file(root: &Path) -> Result<PathBuf, Failure> {
    let folders = [root.join("frontend/src"), root.join("frontend")];
    let files = folders.clone().map(|folder| folder.join("dragon.d.ts"));
    let there = files.into_iter().find(|file| file.is_file());
    let folder = || folders.into_iter().find(|folder| folder.is_dir());
    there.or_else(|| Some(folder()?.join("dragon.d.ts"))).ok_or_else(|| {
        Failure::new("there is no folder `frontend` to write the types to")
            .help("say where they belong: dragon-cli types --out web/src/dragon.d.ts")
    })
}

/// Where the page that the file is for has its client from: from the package if the nearest
/// package.json names it, or is its own.
fn client_of(file: &Path) -> Result<Client, Failure> {
    let here = std::path::absolute(file)
        .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    let Some(package) =
        here.ancestors().skip(1).map(|it| it.join("package.json")).find(|it| it.is_file())
    else {
        return Ok(Client::Inside);
    };
    let wrong = |why: String| Failure::new(format!("{} cannot be read: {why}", package.display()));
    let text = fs::read_to_string(&package).map_err(|error| wrong(error.to_string()))?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let names = ["dependencies", "devDependencies", "peerDependencies"];
    let is_named = names.iter().any(|list| json[list].get("dragon-client").is_some());
    let is_its_own = json["name"] == "dragon-client";
    Ok(if is_named || is_its_own { Client::Package } else { Client::Inside })
}

fn read(file: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(format!("{} cannot be read: {error}", file.display()))),
    }
}

/// Refuses to overwrite what somebody wrote by hand; a file that declares nothing is nobody's.
fn check_own(file: &Path, before: &str) -> Result<(), Failure> {
    let declares = !matches!(before.trim(), "" | "export {};");
    if !declares || types::is_written_here(before) {
        return Ok(());
    }
    let what =
        format!("{} is there already, and dragon-cli types did not write it", file.display());
    Err(Failure::new(what)
        .help("write to another file: --out frontend/src/dragon.d.ts")
        .help("--force overwrites what is there"))
}

/// The whole file or, where that fails, the one of before.
fn write(file: &Path, text: String) -> Result<(), Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut plan = Plan::new(file.parent().unwrap_or(Path::new("")));
    plan.create(&name, text)?;
    plan.write()
}

/// What differs, as a diff.
fn difference(file: &Path, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let name = file.display().to_string();
    let lines = diff.unified_diff().context_radius(2).header(&name, &name).to_string();
    let (good, bad) = (say::GOOD, say::BAD);
    let colour = |line: &str| match line.as_bytes().first() {
        Some(b'+') => format!("{good}{line}{good:#}"),
        Some(b'-') => format!("{bad}{line}{bad:#}"),
        _ => line.to_owned(),
    };
    lines.lines().map(colour).collect::<Vec<_>>().join("\n")
}
