//! The command line of Dragon.

use clap::Parser;

/// Live data for Rust: see a change in every browser as it happens.
///
/// This version knows no command yet. Start with the todo app: `cargo run -p todo`.
#[derive(Debug, Parser)]
#[command(name = "dragon-cli", version)]
struct Cli {}

fn main() {
    Cli::parse();
    use clap::CommandFactory;
    let _ = Cli::command().print_help();
}
