//! `dragon-cli new`: a whole project.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::checkout::Checkout;
use crate::failure::Failure;
use crate::lineup::Lineup;
use crate::names::check_crate_name;
use crate::plan::Plan;
use crate::project::cargo;
use crate::say;
use crate::scaffold::{self, Database, Project};
use crate::shell::{self, Frontend};
use crate::spec::TYPES;

/// Make a new app: models, routers, a live page, tests, and what it takes to deploy it
#[derive(Debug, Args)]
#[command(after_help = examples())]
pub(crate) struct New {
    /// What it is called, which its folder is called as well; may be a path
    #[arg(value_name = "NAME")]
    folder: PathBuf,

    /// A model and its fields; several may be given
    #[arg(long = "model", value_name = "\"NAME FIELD:TYPE…\"")]
    models: Vec<String>,

    /// Where it keeps its rows
    #[arg(long, value_enum, default_value_t)]
    database: Database,

    /// What its page is written with
    #[arg(long, value_enum, default_value_t)]
    frontend: Frontend,

    /// Let several processes share their changes by a Redis
    #[arg(long)]
    redis: bool,

    /// The checkout of Dragon to depend on, if not that which dragon-cli was built from
    #[arg(long, value_name = "DIR")]
    path_deps: Option<PathBuf>,
}

fn examples() -> String {
    let width = TYPES.map(|(name, _)| name.len()).into_iter().max().unwrap_or_default();
    let types = TYPES.map(|(name, what)| format!("  {name:width$}  {what}"));
    format!(
        "Types of fields; a `!` behind one: must be given:\n{}\n\nExamples:\n  \
         dragon-cli new demo\n  \
         dragon-cli new demo --model \"todo_list name:string!\" \\\n      \
         --model \"todo_item text:string! done:bool list:ref(todo_list)!\"\n  \
         dragon-cli new demo --database postgres --redis --frontend react",
        types.join("\n")
    )
}

impl New {
    /// Makes the project.
    ///
    /// # Errors
    /// When a name or a model cannot be meant, something is there already, or it cannot be written.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        // `.` has a name all the same.
        if self.folder.file_name().is_none() {
            self.folder = fs::canonicalize(&self.folder).unwrap_or(self.folder);
        }
        let name = self.name()?;
        let lineup = Lineup::read(&self.models)?;
        let checkout = Checkout::find(self.path_deps.as_deref())?;
        check_empty(&self.folder)?;

        let ident = name.replace('-', "_");
        let project = Project {
            database: self.database,
            database_url: self.database.url(&name, &ident),
            redis: self.redis,
            dragon: checkout.dependency(),
            page: self.frontend.page().to_owned(),
            page_help: self.frontend.page_help().to_owned(),
            name,
            ident,
        };
        let mut plan = Plan::new(&self.folder);
        shell::plan(&mut plan, &project, self.frontend, &checkout, &lineup.models)?;
        scaffold::project(&mut plan, &project, &lineup.models)?;
        if let Some(lock) = checkout.lock() {
            plan.create("Cargo.lock", lock)?;
        }
        plan.write().map_err(|failure| failure.help("choose a folder in which you may write"))?;
        settle_lock(&self.folder);
        begin_history(&self.folder);
        let files = plan.fates().count();
        // Nobody is left to tell where standard output is closed.
        let _ = self.say(&project, &lineup, files);
        Ok(())
    }

    /// The package's name.
    fn name(&self) -> Result<String, Failure> {
        let name = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name else {
            let what = format!("`{}` does not end with a name", self.folder.display());
            return Err(Failure::usage(what).help("write one: dragon-cli new my-app"));
        };
        match check_crate_name(&name) {
            Ok(()) => Ok(name),
            Err((why, meant)) => {
                let failure = Failure::usage(format!("the name `{name}` {why}"));
                Err(match meant {
                    Some(meant) => {
                        let meant = self.folder.with_file_name(meant);
                        failure.help(format!("write another: dragon-cli new {}", meant.display()))
                    }
                    None => failure.help("write one of letters, digits and `-`: my-app"),
                })
            }
        }
    }

    fn say(&self, project: &Project, lineup: &Lineup, files: usize) -> io::Result<()> {
        let (good, word) = (say::GOOD, say::WORD);
        let models: Vec<&str> = lineup.models.iter().map(|model| model.name.snake()).collect();
        say::out(&format!(
            "{good}Made{good:#} {}: {files} files, {} {}",
            self.folder.display(),
            if models.len() == 1 { "the model" } else { "the models" },
            models.join(", ")
        ))?;
        for name in &lineup.added {
            say::out(&format!("  `{name}` is referred to and was not described: it has a name"))?;
        }
        let is_here = std::env::current_dir().is_ok_and(|here| here == self.folder);
        let mut steps = match is_here {
            true => Vec::new(),
            false => vec![format!("cd {}", self.folder.display())],
        };
        let servers = [(self.database == Database::Postgres, "postgres"), (self.redis, "redis")];
        let servers: Vec<&str> =
            servers.iter().filter(|(is_used, _)| *is_used).map(|(_, name)| *name).collect();
        if !servers.is_empty() {
            steps.push(format!("docker compose up --detach --wait {}", servers.join(" ")));
        }
        if self.frontend.is_built() {
            steps.push("npm --prefix frontend ci".to_owned());
            steps.push("npm --prefix frontend run build".to_owned());
        }
        steps.push("cargo run".to_owned());
        say::out("\nNext:")?;
        for step in steps {
            say::out(&format!("  {word}{step}{word:#}"))?;
        }
        if !servers.is_empty() {
            say::out(&format!(
                "Without Docker: start {} yourself, and say in .env where",
                servers.join(" and ")
            ))?;
        }
        say::out(&format!(
            "\nThen open {word}http://127.0.0.1:9999/{word:#} in two windows. {}/README.md says more.",
            project.name
        ))
    }
}

/// Refuses a folder in which there is something, other than a repository's own.
fn check_empty(folder: &Path) -> Result<(), Failure> {
    if folder.is_symlink() && !folder.exists() {
        let what = format!("{} is there already: a link that leads nowhere", folder.display());
        return Err(Failure::new(what).help("choose another name, or remove the link"));
    }
    if let Some(file) = folder.ancestors().skip(1).find(|above| above.is_file()) {
        let what = format!("{} is a file: there can be no folder in it", file.display());
        return Err(Failure::new(what).help("choose another folder"));
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(_) if folder.is_file() => {
            let what = format!("{} is there already, and is a file", folder.display());
            return Err(Failure::new(what).help("choose another name"));
        }
        Err(error) => {
            let what = format!("{} cannot be read: {error}", folder.display());
            return Err(Failure::new(what).help("choose a folder that you may read"));
        }
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name != ".git").collect();
    names.sort();
    let Some(first) = names.first() else { return Ok(()) };
    let more = if names.len() > 1 { " and more" } else { "" };
    Err(Failure::new(format!(
        "the folder {} is there already, and is not empty: it has {first}{more}",
        folder.display()
    ))
    .help("choose another name, or empty it first")
    .help("to add to an app that is there: dragon-cli generate --help"))
}

/// Brings the lock in line with the manifest, without a network: what only the checkout needs goes
/// out, what is new comes in. What this cannot do, the next build does.
pub(super) fn settle_lock(folder: &Path) {
    quietly(cargo().args(["metadata", "--offline", "--format-version=1"]).current_dir(folder));
}

/// Makes it a repository of git, unless it is within one, or there is no git.
fn begin_history(folder: &Path) {
    let git = |args: &[&str]| quietly(Command::new("git").args(args).current_dir(folder));
    if !git(&["rev-parse", "--is-inside-work-tree"]) {
        git(&["init", "--quiet"]);
    }
}

/// Whether it ran, and well; it is not heard.
fn quietly(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
