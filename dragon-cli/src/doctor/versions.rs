//! The crates of the project: do they fit each other, and this command line?

use std::collections::BTreeSet;
use std::path::Path;

use toml_edit::DocumentMut;

use super::Finding;
use super::toolchain::numbers;
use crate::project::Project;

const OWN: &str = env!("CARGO_PKG_VERSION");

/// Reads the lock file.
pub(super) fn look(project: &Project, tell: &mut dyn FnMut(Finding)) {
    let Some(lock) = lock(&project.workspace) else {
        tell(Finding::unclear("versions", "there is no Cargo.lock yet; cargo build writes it"));
        return;
    };
    let several = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" and ");
    let dragon = versions(&lock, "dragon-core");
    tell(match dragon.len() {
        0 => {
            Finding::unclear("dragon", "Cargo.lock has no dragon-core; cargo build writes it anew")
        }
        1 if dragon.iter().all(|version| fits(version, OWN)) => {
            let dragon = several(&dragon);
            Finding::ok("dragon", format!("the app has {dragon}, and this dragon-cli is {OWN}"))
        }
        1 => {
            let dragon = several(&dragon);
            Finding::wrong("dragon", format!("the app has {dragon}, but this dragon-cli is {OWN}"))
                .mend("install the dragon-cli of the app's Dragon, or: cargo update -p dragon-core")
        }
        _ => Finding::wrong("dragon", format!("the app has {} of it", several(&dragon))).mend(
            "let all crates name one version; cargo tree -i dragon-core says who names which",
        ),
    });
    let orm = versions(&lock, "sea-orm");
    if orm.len() > 1 {
        let says = format!(
            "the app has {} of it: what one of them makes is unknown to the other",
            several(&orm)
        );
        tell(Finding::wrong("sea-orm", says).mend(
            "name the version that Dragon has; cargo tree -i sea-orm --depth 1 says who names which",
        ));
    }
}

fn lock(workspace: &Path) -> Option<DocumentMut> {
    std::fs::read_to_string(workspace.join("Cargo.lock")).ok()?.parse().ok()
}

fn versions(lock: &DocumentMut, name: &str) -> BTreeSet<String> {
    let packages = lock.get("package").and_then(|list| list.as_array_of_tables());
    let of = |package: &toml_edit::Table| {
        let text = |key: &str| package.get(key)?.as_str().map(str::to_owned);
        (text("name")? == name).then(|| text("version")).flatten()
    };
    packages.into_iter().flatten().filter_map(of).collect()
}

/// Whether two versions are of one line: the first number that is not 0 is the same.
fn fits(one: &str, other: &str) -> bool {
    let line = |text: &str| {
        let numbers = numbers(text);
        let end = numbers.iter().position(|number| *number != 0).map_or(numbers.len(), |at| at + 1);
        numbers[..end].to_vec()
    };
    line(one) == line(other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn versions_of_one_line_fit() {
        assert!(fits("0.1.0", "0.1.9") && fits("1.2.0", "1.9.1"));
        assert!(!fits("0.1.0", "0.2.0") && !fits("1.0.0", "2.0.0") && !fits("0.0.1", "0.0.2"));
    }

    #[test]
    fn a_lock_file_names_versions() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\n\
                    version = \"2.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"3.0.0\"\n";
        let lock: DocumentMut = lock.parse().unwrap();
        assert_eq!(versions(&lock, "a").len(), 2);
        assert!(versions(&lock, "c").is_empty());
    }
}
