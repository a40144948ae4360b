//! The house's plan, kept by a test: a module of the library names only modules of a lower rank,
//! and a third-party crate is named only by its owner.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The modules by rank: a module may use those of lower ranks, and itself.
const RANKS: [&[&str]; 12] = [
    &["filter", "change", "description", "error", "config", "shutdown"],
    &["protocol", "link"],
    &["broker", "auth", "session"],
    &["model"],
    &["serializer"],
    &["capture", "hub"],
    &["publish"],
    &["router"],
    &["connection"],
    &["transport"],
    &["app"],
    &["prelude", "private", "testing", "lib"],
];

/// Modules of one rank that may name each other.
const SIDE_BY_SIDE: [(&str, &str); 7] = [
    // The connection to a Redis server.
    ("session", "broker"),
    ("protocol", "link"),
    ("change", "filter"),
    ("description", "filter"),
    ("filter", "change"),
    ("link", "protocol"),
    ("config", "error"),
];

/// Who may name a crate. What is not listed here is a tool for all: std, futures, tokio, tracing,
/// thiserror, serde, serde_json, fastrand, tokio_util.
const OWNERS: [(&str, &[&str]); 17] = [
    ("warp", &["transport", "app", "lib"]),
    ("hyper", &["transport"]),
    ("hyper_util", &["transport"]),
    ("tokio_tungstenite", &["transport"]),
    ("redis", &["broker", "session"]),
    ("bytes", &["link", "transport"]),
    ("chrono", &["filter", "change", "model", "serializer", "transport"]),
    ("rust_decimal", &["filter", "change", "model", "serializer"]),
    ("uuid", &["filter", "change", "model", "capture"]),
    ("time", &["model"]),
    ("base64", &["auth", "serializer"]),
    ("form_urlencoded", &["auth"]),
    ("hmac", &["auth"]),
    ("jsonwebtoken", &["auth"]),
    ("sha2", &["auth", "filter"]),
    (
        "sea_orm",
        &[
            "model",
            "serializer",
            "capture",
            "publish",
            "router",
            "app",
            "prelude",
            "private",
            "testing",
            "lib",
        ],
    ),
    ("dragon_macros", &["lib", "prelude"]),
];

fn rank(module: &str) -> usize {
    RANKS
        .iter()
        .position(|modules| modules.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` has no rank: give it one in {}", file!()))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Each file's module, and its text without comments and without its tests.
fn modules() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root)
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| {
            let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
            let module = first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            let code: Vec<&str> =
                text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (module, path, code.join("\n"))
        })
        .collect()
}

/// The names that follow `prefix` in a text.
fn names_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.match_indices(prefix)
        .map(|(at, _)| &text[at + prefix.len()..])
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        })
        .map(|name| {
            let name = name.trim_start();
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            &name[..end]
        })
        .collect()
}

#[test]
fn a_module_names_only_modules_of_a_lower_rank() {
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        if module == "lib" {
            continue;
        }
        for other in names_after(&code, "crate::") {
            // Names with a capital are what lib.rs re-exports of rank 0.
            let is_module = RANKS.iter().any(|modules| modules.contains(&other));
            let side_by_side = SIDE_BY_SIDE.contains(&(module.as_str(), other));
            if is_module && other != module && rank(other) >= rank(&module) && !side_by_side {
                wrong.push(format!("{}: `{module}` names `{other}`", path.display()));
            }
            if !is_module && !matches!(other, "Config" | "Error") {
                wrong.push(format!("{}: `{other}` has no rank", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_is_named_only_by_its_owners() {
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        for (name, owners) in OWNERS {
            let word = format!("{name}::");
            let named = code.match_indices(&word).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if named && !owners.contains(&module.as_str()) {
                wrong.push(format!("{}: `{module}` names the crate `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
