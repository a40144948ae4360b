//! The checkout of Dragon that a new app depends on by its path: the crates are not published yet.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Value};

use crate::failure::Failure;

/// Where this program was built from.
const BUILT_FROM: &str = env!("CARGO_MANIFEST_DIR");

/// A checkout of Dragon that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkout {
    folder: PathBuf,
}

impl Checkout {
    /// The checkout at `named`, or else that which this program was built from.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, Failure> {
        match named {
            Some(folder) => Self::at(folder).map_err(|why| {
                Failure::usage(format!("--path-deps {}: {why}", folder.display()))
                    .help("name the folder of a checkout of Dragon, the one with dragon-core in it")
            }),
            None => {
                let folder = Path::new(BUILT_FROM).parent().unwrap_or(Path::new(BUILT_FROM));
                Self::at(folder).map_err(|why| {
                    Failure::new(format!(
                        "this dragon-cli was built from {}, and {why}",
                        folder.display()
                    ))
                    .help("Dragon's crates are not published yet, so an app needs a checkout of it")
                    .help("name one: --path-deps DIR")
                })
            }
        }
    }

    /// The checkout in this folder, or why it is none.
    fn at(folder: &Path) -> Result<Self, String> {
        let Ok(folder) = fs::canonicalize(folder) else {
            return Err("there is no such folder".to_owned());
        };
        let manifest = fs::read_to_string(folder.join("dragon-core/Cargo.toml"));
        let manifest = manifest.ok().and_then(|text| text.parse::<DocumentMut>().ok());
        let is_core = manifest.is_some_and(|manifest| {
            let package = manifest.get("package").and_then(|package| package.get("name"));
            package.and_then(|name| name.as_str()) == Some("dragon-core")
        });
        if is_core {
            Ok(Self { folder })
        } else {
            Err("there is no crate dragon-core in it".to_owned())
        }
    }

    /// Its folder as text, with `/`.
    pub(crate) fn path(&self) -> String {
        let text = self.folder.display().to_string();
        // The prefix by which Windows lifts its limit of length, which other programs do not take.
        text.strip_prefix(r"\\?\").unwrap_or(&text).replace('\\', "/")
    }

    /// The dependency on dragon-core, as TOML: `path = "…"`.
    pub(crate) fn dependency(&self) -> String {
        format!("path = {}", Value::from(format!("{}/dragon-core", self.path())))
    }

    /// The versions of all crates with which its own tests pass; nothing where it has lost them.
    pub(crate) fn lock(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("Cargo.lock")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_knows_where_it_was_built() {
        let checkout = Checkout::find(None).unwrap();
        assert!(Path::new(&checkout.path()).join("dragon-cli/src/checkout.rs").is_file());
        assert!(checkout.lock().unwrap().contains("name = \"dragon-core\""));
    }

    #[test]
    fn what_is_no_checkout_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let failure = Checkout::find(Some(folder.path())).unwrap_err();
        assert!(failure.what.contains("no crate dragon-core"), "{failure:?}");
        let failure = Checkout::find(Some(&folder.path().join("nowhere"))).unwrap_err();
        assert!(failure.what.contains("no such folder"), "{failure:?}");
    }

    #[test]
    fn a_path_is_written_as_toml() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a \"b\"");
        fs::create_dir_all(odd.join("dragon-core")).unwrap();
        let text = "[package]\nname = \"dragon-core\"\n";
        fs::write(odd.join("dragon-core/Cargo.toml"), text).unwrap();
        let dependency = Checkout::find(Some(&odd)).unwrap().dependency();
        let table: DocumentMut = dependency.parse().unwrap();
        assert!(table["path"].as_str().unwrap().ends_with("a \"b\"/dragon-core"), "{dependency}");
    }
}
