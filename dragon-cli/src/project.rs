//! The app that a command is about: the project around the current folder.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

use crate::failure::Failure;

/// The folder of the app around `from`: the nearest with a `Cargo.toml` that depends on Dragon.
///
/// # Errors
/// When there is none.
pub(crate) fn root(from: &Path) -> Result<PathBuf, Failure> {
    let mut seen = None;
    for folder in from.ancestors() {
        let file = folder.join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let manifest: DocumentMut = text
            .parse()
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
        if depends_on_dragon(&manifest) {
            return Ok(folder.to_owned());
        }
        seen.get_or_insert(file);
    }
    let what = match seen {
        Some(file) => format!("{} does not depend on dragon", file.display()),
        None => "there is no Cargo.toml in this folder or above it".to_owned(),
    };
    Err(Failure::new(what)
        .help("go into the folder of an app on Dragon")
        .help("or make one: dragon-cli new my-app"))
}

/// Whether the package has Dragon among its dependencies, under whatever name.
fn depends_on_dragon(manifest: &DocumentMut) -> bool {
    let dependencies = manifest.get("dependencies").and_then(Item::as_table_like);
    dependencies.is_some_and(|all| {
        all.iter().any(|(name, one)| {
            let package = one.as_table_like().and_then(|one| one.get("package"));
            let package = package.and_then(Item::as_str).unwrap_or(name);
            package == "dragon-core"
        })
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_app_is_found_from_within() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("app");
        fs::create_dir_all(app.join("src/models")).unwrap();
        fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = [\"app\"]\n").unwrap();
        let failure = root(&app).unwrap_err();
        assert!(failure.what.contains("does not depend on dragon"), "{failure:?}");
        for dependency in [
            "dragon = { package = \"dragon-core\", path = \"../dragon\" }",
            "dragon-core = \"0.1\"",
        ] {
            let text = format!("[package]\nname = \"app\"\n[dependencies]\n{dependency}\n");
            fs::write(app.join("Cargo.toml"), text).unwrap();
            assert_eq!(root(&app.join("src/models")).unwrap(), app);
        }
        fs::write(app.join("Cargo.toml"), "[package").unwrap();
        let failure = root(&app).unwrap_err();
        assert!(failure.what.contains("cannot be read"), "{failure:?}");
    }
}
