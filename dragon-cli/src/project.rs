//! The project that a command is about: found from the current folder upwards, as cargo finds it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::say;

/// The crate that every app uses.
const LIBRARY: &str = "dragon-core";

/// An app's package, and the program in it that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    /// The package's name.
    pub(crate) package: String,
    /// The program's name.
    pub(crate) bin: String,
    /// The folder of the package's Cargo.toml.
    pub(crate) root: PathBuf,
    /// The folder in which the program is run: the package's, or the current one where the package
    /// was named. Relative paths of its settings, such as a SQLite file, begin here.
    pub(crate) folder: PathBuf,
    /// The folder of the workspace, which has the Cargo.lock: the package's where it is alone.
    pub(crate) workspace: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// The oldest Rust that the package compiles with, where it says so.
    pub(crate) rust_version: Option<String>,
}

/// What `cargo metadata` says.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    default_run: Option<String>,
    rust_version: Option<String>,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`; nothing for one of the package itself.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Cargo: the one that runs this command line, if one does.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// The program that one of cargo's messages tells of, where it is the one of this name.
pub(crate) fn program(message: &Json, bin: &str) -> Option<PathBuf> {
    let text = |pointer: &str| message.pointer(pointer).and_then(Json::as_str);
    let is_it = text("/reason") == Some("compiler-artifact") && text("/target/name") == Some(bin);
    text("/executable").filter(|_| is_it).map(PathBuf::from)
}

/// That cargo cannot be run at all.
pub(crate) fn no_cargo(error: &std::io::Error) -> Failure {
    Failure::new(format!("cargo cannot be run: {error}"))
        .help("install Rust with https://rustup.rs, and open a new terminal")
}

impl Project {
    /// The app of the current folder; `package` and `bin` choose among several.
    ///
    /// # Errors
    /// When there is none, or several and none is chosen.
    pub(crate) fn find(package: Option<&str>, bin: Option<&str>) -> Result<Self, Failure> {
        let here = env::current_dir()
            .map_err(|error| Failure::new(format!("the current folder cannot be read: {error}")))?;
        choose(metadata(&here)?, &here, package, bin)
    }
}

/// The workspace around a folder.
fn metadata(here: &Path) -> Result<Metadata, Failure> {
    let mut command = cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(here);
    let output = command.output().map_err(|error| no_cargo(&error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("could not find `Cargo.toml`") {
            return Err(Failure::new(format!(
                "there is no project here: no Cargo.toml in {} or above it",
                here.display()
            ))
            .help("go into the folder of your app, or make a new one: dragon-cli new NAME"));
        }
        say::note(said.trim_end());
        return Err(Failure::new("cargo cannot read the project")
            .help("mend what cargo says above; `cargo metadata --no-deps` says it again"));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        Failure::new(format!("what `cargo metadata` says cannot be read: {error}"))
    })
}

fn choose(
    Metadata { packages, workspace_root, target_directory }: Metadata,
    here: &Path,
    wanted: Option<&str>,
    bin: Option<&str>,
) -> Result<Project, Failure> {
    let nearest = packages
        .iter()
        .filter(|package| here.starts_with(package.root()))
        .max_by_key(|package| package.root().components().count())
        .map(|package| package.name.clone());
    let (mut apps, others): (Vec<Package>, Vec<Package>) =
        packages.into_iter().partition(Package::is_an_app);
    let names =
        |apps: &[Package]| apps.iter().map(|app| app.name.as_str()).collect::<Vec<_>>().join(", ");
    let at = match wanted {
        Some(wanted) => match apps.iter().position(|app| app.name == wanted) {
            Some(at) => at,
            None if others.iter().any(|other| other.name == wanted) => {
                return Err(Failure::new(format!(
                    "the package `{wanted}` is no app: it does not depend on {LIBRARY}, or has no \
                     program"
                ))
                .help(among(&names(&apps))));
            }
            None => {
                return Err(Failure::new(format!("there is no package `{wanted}` here"))
                    .help(among(&names(&apps))));
            }
        },
        None => match apps.iter().position(|app| Some(&app.name) == nearest.as_ref()) {
            Some(at) => at,
            None if apps.len() == 1 => 0,
            None if apps.is_empty() => {
                return Err(Failure::new(format!(
                    "the project here is no app: no package in it depends on {LIBRARY} and has a \
                     program"
                ))
                .help(format!(
                    "name it in Cargo.toml, as in dragon = {{ package = \"{LIBRARY}\", version = \
                     \"{}\" }}",
                    env!("CARGO_PKG_VERSION")
                ))
                .help("or make a new app: dragon-cli new NAME"));
            }
            None => {
                return Err(Failure::usage("there are several apps here")
                    .help(format!("choose one with -p: {}", names(&apps))));
            }
        },
    };
    let app = apps.swap_remove(at);
    let bin = app.program(bin)?;
    let root = app.root().to_owned();
    let folder = if wanted.is_some() { here.to_owned() } else { root.clone() };
    Ok(Project {
        package: app.name,
        bin,
        root,
        folder,
        workspace: workspace_root,
        target: target_directory,
        rust_version: app.rust_version,
    })
}

/// What to choose from.
fn among(names: &str) -> String {
    if names.is_empty() {
        format!("no package here depends on {LIBRARY}")
    } else {
        format!("the apps here: {names}")
    }
}

impl Package {
    fn root(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    fn is_an_app(&self) -> bool {
        let uses = |one: &Dependency| one.name == LIBRARY && one.kind.is_none();
        self.dependencies.iter().any(uses) && self.programs().next().is_some()
    }

    fn programs(&self) -> impl Iterator<Item = &str> {
        let programs = self.targets.iter().filter(|one| one.kind.iter().any(|kind| kind == "bin"));
        programs.map(|one| one.name.as_str())
    }

    /// The program that is meant.
    fn program(&self, wanted: Option<&str>) -> Result<String, Failure> {
        let all: Vec<&str> = self.programs().collect();
        match (wanted.or(self.default_run.as_deref()), all.as_slice()) {
            (Some(wanted), all) if all.contains(&wanted) => Ok(wanted.to_owned()),
            (Some(wanted), all) => {
                Err(Failure::new(format!("`{}` has no program `{wanted}`", self.name))
                    .help(format!("its programs: {}", all.join(", "))))
            }
            (None, [only]) => Ok((*only).to_owned()),
            (None, all) => Err(Failure::usage(format!("`{}` has several programs", self.name))
                .help(format!("choose the one that serves with --bin: {}", all.join(", ")))
                .help("or name it once and for all in Cargo.toml: default-run = \"…\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, uses: bool, programs: &[&str]) -> Package {
        let target =
            |name: &&str| Target { name: (*name).to_owned(), kind: vec!["bin".to_owned()] };
        let library =
            Dependency { name: LIBRARY.to_owned(), kind: (!uses).then(|| "dev".to_owned()) };
        Package {
            name: name.to_owned(),
            manifest_path: Path::new("/home/w").join(name).join("Cargo.toml"),
            default_run: None,
            rust_version: None,
            dependencies: vec![library],
            targets: programs.iter().map(target).collect(),
        }
    }

    fn of(packages: Vec<Package>) -> Metadata {
        let workspace_root = PathBuf::from("/home/w");
        Metadata { packages, target_directory: workspace_root.join("target"), workspace_root }
    }

    fn workspace() -> Metadata {
        of(vec![
            package("shop", true, &["shop"]),
            package("tools", false, &["tools"]),
            package("chat", true, &["serve", "import"]),
        ])
    }

    fn chosen(here: &str, package: Option<&str>, bin: Option<&str>) -> Result<Project, Failure> {
        choose(workspace(), Path::new(here), package, bin)
    }

    #[test]
    fn the_program_is_the_one_that_cargo_names() {
        let said = [
            r#"{"reason":"compiler-artifact","target":{"name":"demo"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"demo"},"executable":"/t/demo"}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ];
        let messages = said.iter().filter_map(|line| serde_json::from_str(line).ok());
        let found: Vec<PathBuf> =
            messages.filter_map(|message| program(&message, "demo")).collect();
        assert_eq!(found, [PathBuf::from("/t/demo")]);
    }

    #[test]
    fn the_nearest_app_is_meant() {
        let shop = chosen("/home/w/shop/src/models", None, None).expect("an app");
        assert_eq!((shop.package.as_str(), shop.bin.as_str()), ("shop", "shop"));
        assert_eq!((shop.root.as_path(), shop.folder.as_path()), {
            (Path::new("/home/w/shop"), Path::new("/home/w/shop"))
        });
    }

    #[test]
    fn one_that_is_named_runs_where_it_is_named() {
        let chat = chosen("/home/w", Some("chat"), Some("serve")).expect("an app");
        assert_eq!((chat.package.as_str(), chat.bin.as_str()), ("chat", "serve"));
        assert_eq!(chat.root, Path::new("/home/w/chat"));
        assert_eq!(chat.folder, Path::new("/home/w"));
    }

    #[test]
    fn the_only_one_of_a_workspace_is_meant_from_anywhere() {
        let mut metadata = workspace();
        metadata.packages.truncate(2);
        let app = choose(metadata, Path::new("/home/w/tools"), None, None).expect("an app");
        assert_eq!(app.package, "shop");
    }

    #[test]
    fn a_default_program_is_one() {
        let mut chat = package("chat", true, &["serve", "import"]);
        chat.default_run = Some("serve".to_owned());
        let app = choose(of(vec![chat]), Path::new("/home/w/chat"), None, None).expect("an app");
        assert_eq!(app.bin, "serve");
    }

    #[test]
    fn what_cannot_be_chosen_is_said() {
        let said = |here: &str, package, bin| {
            let failure = chosen(here, package, bin).expect_err("a failure");
            format!("{}; {}", failure.what, failure.help.join("; "))
        };
        let several = said("/home/w", None, None);
        assert_eq!(several, "there are several apps here; choose one with -p: shop, chat");
        assert!(said("/home/w", Some("shp"), None).contains("no package `shp` here"));
        assert!(said("/home/w", Some("tools"), None).contains("`tools` is no app"));
        assert!(said("/home/w/chat", None, None).contains("with --bin: serve, import"));
        assert!(said("/home/w/chat", None, Some("x")).contains("no program `x`"));
        let none =
            choose(of(vec![package("tools", false, &["t"])]), Path::new("/home/w"), None, None);
        let none = none.expect_err("a failure");
        assert!(none.what.contains("depends on dragon-core"), "{none:?}");
        assert!(none.help[0].contains("dragon = { package = \"dragon-core\""), "{none:?}");
    }
}
