//! The packages of a page that is built are those of its lock file, on every machine.

use std::fs;

use dragon_tests::TempDir;
use serde_json::{Map, Value};

use super::checkout;
use crate::kit::run;

type Object = Map<String, Value>;

const CLIENT: &str = "dragon-client";

/// An object within another, or an empty one.
fn object(of: &Value, key: &str) -> Object {
    of[key].as_object().cloned().unwrap_or_default()
}

/// Where npm finds a package that one at `path` asks for: the nearest above it.
fn found(packages: &Object, path: &str, name: &str) -> bool {
    let mut folder = path;
    loop {
        let slash = if folder.is_empty() { "" } else { "/" };
        if packages.contains_key(&format!("{folder}{slash}node_modules/{name}")) {
            return true;
        }
        if folder.is_empty() {
            return false;
        }
        let (above, _) = folder.rsplit_once("node_modules/").unwrap();
        folder = above.trim_end_matches('/');
    }
}

#[test]
fn the_lock_of_a_page_agrees_with_its_package_and_names_no_registry() {
    let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let client = json(fs::read_to_string(checkout().join("js/package.json")).unwrap());
    let folder = TempDir::new("new");
    for name in ["react", "svelte", "vue"] {
        run(folder.path(), &["new", name, "--frontend", name]).ok();
        let read = |file: &str| {
            json(fs::read_to_string(folder.path().join(name).join("frontend").join(file)).unwrap())
        };
        let (package, lock) = (read("package.json"), read("package-lock.json"));
        assert_eq!(lock["name"], package["name"]);
        let root = &lock["packages"][""];
        for key in ["name", "dependencies", "devDependencies"] {
            assert_eq!(root[key], package[key], "{name}: {key}; `npm run locks` in js/ writes it");
        }

        let packages = object(&lock, "packages");
        for (path, entry) in &packages {
            let is_client = path == &format!("node_modules/{CLIENT}");
            if is_client {
                for key in ["version", "license", "engines", "dependencies"] {
                    assert_eq!(entry[key], client[key], "{name}: {key} of the client");
                }
                assert_eq!(entry["resolved"], package["dependencies"][CLIENT]);
            } else if !path.is_empty() {
                assert_eq!(entry["resolved"], Value::Null, "{name}: {path}");
                assert!(entry["integrity"].is_string(), "{name}: {path}");
            }
            // Those of other systems are there as well.
            let is_optional = |peer: &str| entry["peerDependenciesMeta"][peer]["optional"] == true;
            let kinds = ["dependencies", "devDependencies", "optionalDependencies"];
            let needed = kinds.into_iter().flat_map(|kind| object(entry, kind));
            let peers = object(entry, "peerDependencies").into_iter();
            for (needed, _) in needed.chain(peers.filter(|(peer, _)| !is_optional(peer))) {
                assert!(found(&packages, path, &needed), "{name}: {needed} of {path}");
            }
        }
        // A package has exact versions, and these are them.
        for kind in ["dependencies", "devDependencies"] {
            for (needed, version) in object(&package, kind) {
                if needed != CLIENT {
                    let entry = &packages[&format!("node_modules/{needed}")];
                    assert_eq!(entry["version"], version, "{name}: {needed}");
                }
            }
        }
    }
}
