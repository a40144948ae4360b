//! `dragon-cli doctor`: whether all is there that an app needs.

use clap::Args;
use serde_json::json;

use crate::doctor::{Finding, State, look};
use crate::errand::AppArgs;
use crate::failure::Failure;
use crate::say;

/// Look whether all is there that the app needs, and say how to mend what is wrong
///
/// Looks at the toolchain, the project, its settings, the database, Redis, the port, and Node where
/// the frontend needs it; then the app itself is built and asked, which knows its tables and
/// triggers. Nothing is changed by looking. Ends with 1 when something is wrong.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli doctor
  dragon-cli doctor --quick                  without building the app
  dragon-cli doctor -p todo                  the app of this package of a workspace
  dragon-cli doctor --json | jq '.findings[] | select(.state == \"wrong\")'")]
pub(crate) struct Doctor {
    /// Do not build and ask the app
    #[arg(long)]
    quick: bool,
    /// One JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    app: AppArgs,
}

impl Doctor {
    /// Looks, and says what is found.
    ///
    /// # Errors
    /// When something is wrong.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut findings = Vec::new();
        let json = self.json;
        look(&self.app, self.quick, &mut |finding| {
            if !json {
                // Who has stopped reading wants no more, but the exit code may still matter.
                let _ = say::out(&finding.lines());
            }
            findings.push(finding);
        });
        let count = findings.iter().filter(|one: &&Finding| one.state == State::Wrong).count();
        if json {
            let object = json!({ "ok": count == 0, "findings": findings });
            say::answer(&serde_json::to_string_pretty(&object).unwrap_or_default())?;
        }
        match count {
            0 => Ok(()),
            1 => Err(Failure::new("one thing is wrong")),
            count => Err(Failure::new(format!("{count} things are wrong"))),
        }
    }
}
