//! Cargo, rustc, the C compiler; Node where the frontend needs it.

use std::process::{Command, Stdio};

use super::Finding;
use crate::dev::frontend::{self, NPM, OLDEST_NODE};
use crate::project::{Project, cargo, no_cargo};

/// The oldest Rust that Dragon compiles with.
const OLDEST_RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// What a program says of its version.
///
/// # Errors
/// When there is no such program, or it says none.
fn version(command: &mut Command) -> std::io::Result<String> {
    let output = command.arg("--version").stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    match (output.status.success(), text.lines().next()) {
        (true, Some(line)) => Ok(line.trim().to_owned()),
        _ => {
            Err(std::io::Error::other(said.lines().next().unwrap_or("it says nothing").to_owned()))
        }
    }
}

/// The numbers of a version: 1 and 94 of `rustc 1.94.0 (…)`.
pub(super) fn numbers(text: &str) -> Vec<u64> {
    let word = text.split_whitespace().find(|word| {
        word.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit())
    });
    let word = word.unwrap_or_default().trim_start_matches('v');
    let parts = word.split(|c: char| !c.is_ascii_digit());
    parts.map_while(|part| part.parse().ok()).take(3).collect()
}

/// Cargo and the C compiler.
pub(super) fn look(tell: &mut dyn FnMut(Finding)) {
    tell(match version(&mut cargo()) {
        Ok(version) => Finding::ok("cargo", version),
        Err(error) => Finding::of("cargo", no_cargo(&error)),
    });
    if cfg!(windows) {
        // It is found by the registry, which the linker asks.
        tell(Finding::unclear(
            "C compiler",
            "cargo build says if the one of Visual Studio is missing",
        ));
        return;
    }
    let named = std::env::var_os("CC").filter(|name| !name.is_empty());
    let name = named.unwrap_or_else(|| "cc".into());
    tell(match version(&mut Command::new(&name)) {
        Ok(version) => Finding::ok("C compiler", version),
        Err(error) => {
            let says = format!(
                "{} cannot be run ({error}); Rust links with it, and SQLite is written in C",
                name.display()
            );
            let finding = Finding::wrong("C compiler", says);
            if cfg!(target_os = "macos") {
                finding.mend("xcode-select --install")
            } else {
                finding.mend("Debian, Ubuntu: sudo apt-get install gcc libc6-dev")
            }
        }
    });
}

/// Whether rustc is new enough for Dragon and the project.
pub(super) fn rustc(project: Option<&Project>, tell: &mut dyn FnMut(Finding)) {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(program);
    if let Some(project) = project {
        // Its rust-toolchain.toml may choose another.
        command.current_dir(&project.root);
    }
    let (oldest, whose) = match project.and_then(|project| project.rust_version.as_deref()) {
        Some(own) if numbers(own) > numbers(OLDEST_RUST) => (own, "the project"),
        _ => (OLDEST_RUST, "Dragon"),
    };
    tell(match version(&mut command) {
        Ok(version) if numbers(&version) >= numbers(oldest) => Finding::ok("rustc", version),
        Ok(version) => {
            Finding::wrong("rustc", format!("it is {version}; {whose} needs {oldest} or newer"))
                .mend("rustup update stable")
        }
        Err(error) => Finding::wrong("rustc", format!("it cannot be run: {error}"))
            .mend("install Rust with https://rustup.rs, and open a new terminal"),
    });
}

/// Node and npm, where the frontend has a server of its own.
pub(super) fn node(project: &Project, tell: &mut dyn FnMut(Finding)) {
    let Some(folder) = frontend::folder(&project.root) else { return };
    let get = "install Node: https://nodejs.org/en/download";
    tell(match version(&mut Command::new("node")) {
        Ok(version) if numbers(&version) >= numbers(OLDEST_NODE) => Finding::ok("node", version),
        Ok(version) => {
            let says = format!("it is {version}; the frontend needs {OLDEST_NODE} or newer");
            Finding::wrong("node", says).mend(get)
        }
        Err(error) => {
            let says = format!("it cannot be run ({error}), and the frontend is built with it");
            Finding::wrong("node", says).mend(get)
        }
    });
    tell(match version(&mut Command::new(NPM)) {
        Ok(version) => Finding::ok("npm", version),
        Err(error) => Finding::wrong("npm", format!("it cannot be run: {error}")).mend(get),
    });
    if !frontend::is_installed(&folder) {
        let says = "the frontend's packages are not installed yet; dragon-cli dev installs them";
        tell(Finding::ok("frontend", says));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(numbers("rustc 1.94.0 (4a4ef493e 2026-03-02)"), [1, 94, 0]);
        assert_eq!(numbers("v20.19.2"), [20, 19, 2]);
        assert_eq!(numbers("1.95.0-nightly"), [1, 95, 0]);
        assert!(numbers("rustc 1.100.0") > numbers("1.94"));
        assert!(numbers("v20.9.0") < numbers(OLDEST_NODE));
        assert!(numbers("unknown").is_empty());
    }
}
