//! The frontend's own server, beside the app: `npm run dev`.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use serde_json::Value as Json;
use tokio::process::Command;

use crate::failure::Failure;
use crate::process::Process;

/// The frontend's packages being installed, or its server.
#[derive(Debug)]
pub(super) struct Frontend {
    folder: PathBuf,
    process: Process,
    installing: bool,
}

/// What became of the frontend's process.
#[derive(Debug)]
pub(super) enum Became {
    /// The packages are installed, and its server begins.
    Server,
    /// It ended, with all that one can say about it.
    Ended(String),
}

/// The oldest Node that Vite runs on.
pub(crate) const OLDEST_NODE: &str = "20.19";

/// The program that comes with Node.
pub(crate) const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The folder of a project's frontend that has a server of its own.
pub(crate) fn folder(root: &Path) -> Option<PathBuf> {
    let folder = root.join("frontend");
    let package = std::fs::read_to_string(folder.join("package.json")).ok()?;
    let package: Json = serde_json::from_str(&package).ok()?;
    package.pointer("/scripts/dev").map(|_| folder)
}

/// Whether its packages are installed, and not only some of them: what an installer writes last
/// is there.
pub(crate) fn is_installed(folder: &Path) -> bool {
    // Of npm, pnpm, and Yarn of before and of now.
    let last = [".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml"];
    last.iter().any(|file| folder.join("node_modules").join(file).is_file())
}

impl Frontend {
    /// Starts it; first installs its packages where there are none.
    ///
    /// # Errors
    /// When there is no npm.
    pub(super) fn start(folder: PathBuf) -> Result<Self, Failure> {
        let installing = !is_installed(&folder);
        let process = if installing {
            // With a lock file exactly what it says.
            let locked = folder.join("package-lock.json").is_file();
            npm(&folder, &[if locked { "ci" } else { "install" }])?
        } else {
            npm(&folder, &["run", "dev"])?
        };
        Ok(Self { folder, process, installing })
    }

    /// Whether it still installs.
    pub(super) fn is_installing(&self) -> bool {
        self.installing
    }

    /// Until its process ends, and what then.
    ///
    /// # Errors
    /// When its server cannot be started.
    pub(super) async fn next(&mut self) -> Result<Became, Failure> {
        let ended = self.process.ended().await;
        let how = |ended: std::io::Result<ExitStatus>| match ended {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        match (self.installing, ended) {
            (true, Ok(status)) if status.success() => {
                self.process = npm(&self.folder, &["run", "dev"])?;
                self.installing = false;
                Ok(Became::Server)
            }
            (true, ended) => Ok(Became::Ended(format!(
                "the frontend's packages cannot be installed ({}); the app goes on without",
                how(ended)
            ))),
            (false, ended) => Ok(Became::Ended(format!(
                "the frontend's server ended ({}); the app goes on without",
                how(ended)
            ))),
        }
    }

    /// Ends it.
    pub(super) async fn end(self) {
        self.process.end().await;
    }
}

fn npm(folder: &Path, args: &[&str]) -> Result<Process, Failure> {
    let mut command = Command::new(NPM);
    // Servers such as Vite's end with their standard input: it stays open as long as we hold it.
    command.args(args).current_dir(folder).stdin(Stdio::piped());
    Process::start(command).map_err(|error| {
        Failure::new(format!("npm cannot be run: {error}"))
            .help(format!("install Node {OLDEST_NODE} or newer: https://nodejs.org/en/download"))
            .help("or leave the frontend's own server out: dragon-cli dev --no-frontend")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn half_of_the_packages_are_none() {
        let folder = dragon_tests::TempDir::new("frontend");
        assert!(!is_installed(folder.path()));
        // As where npm was interrupted.
        let modules = folder.path().join("node_modules");
        std::fs::create_dir_all(modules.join("vite")).unwrap();
        assert!(!is_installed(folder.path()));
        std::fs::write(modules.join(".package-lock.json"), "{}").unwrap();
        assert!(is_installed(folder.path()));
    }
}
