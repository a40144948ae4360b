//! The command line of Dragon: from nothing to a live app, and what one asks of it later.
//!
//! | module | what it holds |
//! |---|---|
//! | `client` | a connection to a running server: `call`, `watch` |
//! | `commands` | one file for each command: its arguments, and what it does |
//! | `dev` | building and running an app anew whenever it changes |
//! | `failure` | why a command ended, and how to mend it |
//! | `names`, `spec` | names in each spelling; models as they are written on a command line |
//! | `say` | what is printed, in colours where a person reads |
//! | `watch` | following a channel: rows, events, and what becomes of the connection |

mod client;
mod commands;
mod dev;
mod failure;
mod names;
mod project;
mod say;
mod spec;
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
