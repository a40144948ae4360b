//! The command line of Dragon: from nothing to a live app, and what one asks of it later.
//!
//! | module | what it holds |
//! |---|---|
//! | `checkout` | the checkout of Dragon that apps depend on |
//! | `client` | a connection to a running server: `call`, `watch` |
//! | `commands` | one file for each command: its arguments, and what it does |
//! | `description` | what an app declares, as the app prints it |
//! | `dev` | building and running an app anew whenever it changes |
//! | `doctor` | looking at what an app needs |
//! | `errand` | asking an app: it answers with one line instead of serving |
//! | `failure` | why a command ended, and how to mend it |
//! | `lineup` | the models of a new app, in the order of their tables |
//! | `listing` | a route as a person reads it |
//! | `names`, `spec` | names in each spelling; models as they are written on a command line |
//! | `plan` | changes to files: shown, refused or written as a whole |
//! | `process` | children that end in order with all that they start, and our own end |
//! | `project` | the project that a command is about |
//! | `say` | what is printed, in colours where a person reads |
//! | `scaffold`, `templates` | the Rust code of an app, from its models; the files it is made of |
//! | `settings` | what is set for an app: in the environment, and in its `.env` |
//! | `shell` | what is around that code: page, settings, containers, CI |
//! | `types` | TypeScript types of an app's routes |
//! | `watch` | following a channel: rows, events, and what becomes of the connection |

mod checkout;
mod client;
mod commands;
mod description;
mod dev;
mod doctor;
mod errand;
mod failure;
mod lineup;
mod listing;
mod names;
mod plan;
mod process;
mod project;
mod say;
mod scaffold;
mod settings;
mod shell;
mod spec;
mod templates;
mod types;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// Live data for Rust: see a change in every browser as it happens.
#[derive(Debug, Parser)]
#[command(
    name = "dragon-cli",
    version,
    styles = say::STYLES,
    after_help = "Every command has examples: dragon-cli COMMAND --help"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::failure(&failure);
            failure.exit_code()
        }
    }
}
