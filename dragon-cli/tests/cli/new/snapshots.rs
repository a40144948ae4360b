//! Every file of a new project, as it is expected to be: under `tests/snapshots/new/<case>/`, where
//! what is as in the default project is not kept again. `UPDATE=1` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dragon_tests::TempDir;

use super::{checkout, files};
use crate::kit::run;

/// Every file but the lock of cargo, which is the checkout's, with its text.
type Texts = BTreeMap<String, String>;

const DEFAULT: &str = "default";

fn snapshots(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/new").join(case)
}

/// Makes a project; where this checkout is does not matter.
fn made(args: &[&str]) -> Texts {
    let folder = TempDir::new("new");
    let all: Vec<&str> = ["new", "demo"].iter().chain(args).copied().collect();
    run(folder.path(), &all).ok();
    let demo = folder.path().join("demo");
    let here = checkout().display().to_string();
    let text = |path: String| {
        let text = fs::read_to_string(demo.join(&path)).unwrap();
        (path, text.replace(&here, "/checkout"))
    };
    files(&demo).into_iter().filter(|path| path != "Cargo.lock").map(text).collect()
}

/// The snapshots of a case, under the paths of their files.
fn kept(case: &str) -> Texts {
    let folder = snapshots(case);
    if !folder.exists() {
        return Texts::new();
    }
    let kept = files(&folder).into_iter().map(|path| {
        let text = fs::read_to_string(folder.join(&path)).unwrap();
        (path.strip_suffix(".snap").unwrap().to_owned(), text)
    });
    kept.collect()
}

/// The list of a project's files, by which one that is missing is noticed.
const LIST: &str = "files.txt";

/// Long, and its template but for two words; `locks.rs` says what it must be.
const LOCK: &str = "frontend/package-lock.json";

fn compare(case: &str, args: &[&str]) {
    let mut texts = made(args);
    let list = texts.keys().map(|path| format!("{path}\n")).collect();
    texts.insert(LIST.to_owned(), list);
    texts.remove(LOCK);
    let default = if case == DEFAULT { Texts::new() } else { kept(DEFAULT) };
    if std::env::var_os("UPDATE").is_some() {
        let folder = snapshots(case);
        let _ = fs::remove_dir_all(&folder);
        for (path, text) in &texts {
            if default.get(path) != Some(text) {
                let to = folder.join(format!("{path}.snap"));
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(to, text).unwrap();
            }
        }
    }
    let own = kept(case);
    for (path, text) in &texts {
        let expected = own.get(path).or_else(|| default.get(path));
        let expected = expected.unwrap_or_else(|| panic!("no snapshot of {case}/{path}"));
        assert_eq!(text, expected, "{case}/{path}; UPDATE=1 writes the snapshots");
    }
    let left: Vec<_> = own.keys().filter(|path| !texts.contains_key(*path)).collect();
    assert!(left.is_empty(), "snapshots of files that are not made: {left:?}");
}

// One test, since the others are kept by what differs from the first.
#[test]
fn every_file_is_as_its_snapshot() {
    compare(DEFAULT, &[]);
    let two = ["todo_list name:string!", "todo_item text:string! done:bool list:ref(todo_list)!"];
    let two = ["--model", two[0], "--model", two[1]];
    let postgres = [&two[..], &["--database", "postgres", "--redis"]].concat();
    compare("postgres-redis-two-models", &postgres);
    for frontend in ["react", "svelte", "vue"] {
        compare(frontend, &["--frontend", frontend]);
    }
}

#[test]
fn a_default_project_can_be_read_in_five_minutes() {
    let texts = made(&[]);
    let code = texts.iter().filter(|(path, _)| path.ends_with(".rs"));
    let lines: usize = code.map(|(_, text)| text.lines().count()).sum();
    assert!(lines < 250, "{lines} lines of Rust");
}
