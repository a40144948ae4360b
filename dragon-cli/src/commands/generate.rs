//! `generate`: adds to an app.

mod migration;
mod model;
mod outcome;
mod page;
mod pieces;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::plan::Plan;
use crate::project::Project;

/// Add a model, a migration or a page to an app
///
/// What is asked for twice is written once: a second run changes nothing. Nothing is overwritten
/// without --force. New lines go to where comments such as `// dragon-cli: routers` stand.
#[derive(Debug, Args)]
#[command(
    visible_alias = "g",
    after_help = "Examples:
  dragon-cli generate model todo_item text:string! done:bool list:ref(todo_list)
  dragon-cli generate migration add_priority_to_todo_item priority:int
  dragon-cli g page dashboard --dry-run"
)]
pub(crate) struct Generate {
    #[command(subcommand)]
    what: What,
}

/// What can be added.
#[derive(Debug, Subcommand)]
enum What {
    Migration(migration::Migration),
    Model(model::Model),
    Page(page::Page),
    Router(pieces::Router),
    Serializer(pieces::Serializer),
}

/// How it is written; the same for all of them.
#[derive(Clone, Copy, Debug, Args)]
struct How {
    /// Show what would change, as a diff, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that are there already
    #[arg(long)]
    force: bool,
}

impl Generate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut plan = Plan::new(Project::find(None, None)?.root);
        let how = match self.what {
            What::Migration(migration) => migration.plan(&mut plan)?,
            What::Model(model) => model.plan(&mut plan)?,
            What::Page(page) => page.plan(&mut plan)?,
            What::Router(router) => router.plan(&mut plan)?,
            What::Serializer(serializer) => serializer.plan(&mut plan)?,
        };
        outcome::finish(&plan, how)
    }
}
