//! Small projects that cargo builds in a moment: their Dragon is an empty crate of its name, and
//! their mains print what a test wants.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dragon_tests::util::TempDir;

use crate::kit::{self, Said};

/// A workspace with apps.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A workspace without any app.
    pub fn empty() -> Self {
        let project = Self { folder: TempDir::new("project") };
        project.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n",
        );
        project.krate("dragon-core", "", "");
        project.write("dragon-core/src/lib.rs", "");
        project
    }

    /// A workspace with one app, `shop`, of this main.
    pub fn of(main: &str) -> Self {
        let project = Self::empty();
        project.app("shop", main);
        project
    }

    /// Adds an app.
    pub fn app(&self, name: &str, main: &str) {
        let dragon = "dragon = { package = \"dragon-core\", path = \"../dragon-core\" }";
        self.krate(name, dragon, main);
    }

    /// Adds a package.
    pub fn krate(&self, name: &str, dependencies: &str, main: &str) {
        self.write(
            &format!("{name}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\n{dependencies}\n"
            ),
        );
        if !main.is_empty() {
            self.write(&format!("{name}/src/main.rs"), main);
        }
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Where something of it is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs the command line in one of its folders.
    pub fn run(&self, folder: &str, args: &[&str]) -> Said {
        kit::end(self.command(folder, args), "")
    }

    /// The command line in one of its folders, to be run.
    pub fn command(&self, folder: &str, args: &[&str]) -> Command {
        without_target(kit::cli(&self.path(folder), args))
    }
}

/// Its own target folder.
fn without_target(mut command: Command) -> Command {
    for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
        command.env_remove(name);
    }
    command
}

/// A program that prints a file: an app that is built already.
pub fn program(folder: &Path, printed: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(folder.join("printed"), printed).unwrap();
    let program = folder.join("program");
    fs::write(&program, format!("#!/bin/sh\ncat '{}'\n", folder.join("printed").display()))
        .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}
