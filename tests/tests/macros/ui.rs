//! What the compiler says of each mistake: `ui/fail/<mistake>.rs` has it, and the `.stderr` beside
//! it the words. To accept new words after reading them, run with `UI=overwrite`.
//!
//! rustc itself gets each case, with the libraries that this test is linked with. trybuild, which
//! does the like, has other compiler flags and so compiles every dependency once more; and its
//! files hold the whole of the output, which changes with lines of code that are not the case's.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use serde_json::Value;

/// The folder of this package.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn mistakes() {
    let mut cases: Vec<PathBuf> = fs::read_dir(Path::new(HERE).join("tests/macros/ui/fail"))
        .expect("the folder of the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension() == Some(OsStr::new("rs")))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let libraries = libraries();
    let wrong = AtomicUsize::new(0);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = compile(case, &libraries);
                    wrong.fetch_add(usize::from(!is_expected(case, &found)), Ordering::Relaxed);
                }
            });
        }
    });
    let wrong = wrong.into_inner();
    assert_eq!(wrong, 0, "{wrong} of {} cases say something else", cases.len());
}

/// Whether the words are the expected ones; tells the difference if not.
fn is_expected(case: &Path, found: &str) -> bool {
    let file = case.with_extension("stderr");
    let expected = fs::read_to_string(&file).unwrap_or_default();
    if found == expected && found.contains("error") {
        return true;
    }
    let name = case.file_stem().unwrap_or_default().display();
    if env::var("UI").is_ok_and(|wish| wish == "overwrite") && found.contains("error") {
        eprintln!("{name}: new words\n{found}");
        return fs::write(&file, found).is_ok();
    }
    eprintln!("{name}: expected\n{expected}\n{name}: found\n{found}");
    false
}

/// The `--extern` arguments for what the cases use.
///
/// Cargo is asked for the files of this very test, which it has just compiled.
fn libraries() -> Vec<String> {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let output = Command::new(env!("CARGO"))
        .args(["test", "--no-run", "--offline", "--quiet", "--message-format=json"])
        // The features of the whole workspace: of others it would be compiled once more.
        .args(["--workspace", "--all-features", "--test", "macros", "--profile", profile])
        .current_dir(HERE)
        .output()
        .expect("cargo");
    let mut arguments = Vec::new();
    for artifact in messages(&output.stdout) {
        let name = artifact["target"]["name"].as_str().unwrap_or_default();
        let files = artifact["filenames"].as_array().into_iter().flatten();
        let library = files.filter_map(Value::as_str).find(|file| file.ends_with(".rlib"));
        if let (Some(library), "dragon" | "sea_orm") = (library, name) {
            let folder = Path::new(library).parent().expect("a folder").display();
            arguments.extend(["--extern".to_owned(), format!("{name}={library}")]);
            arguments.extend(["-L".to_owned(), format!("dependency={folder}")]);
        }
    }
    assert_eq!(arguments.len(), 8, "{}", String::from_utf8_lossy(&output.stderr));
    arguments
}

/// What rustc says of a case.
fn compile(case: &Path, libraries: &[String]) -> String {
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--crate-type", "bin", "--error-format", "json"])
        .args(["--emit", "metadata", "--out-dir", env!("CARGO_TARGET_TMPDIR"), "-A", "dead_code"])
        .args(libraries)
        .arg(case)
        .current_dir(HERE)
        .output()
        .expect("rustc");
    let mut said = String::new();
    for message in messages(&output.stderr) {
        describe(&message, &mut said);
    }
    said
}

fn messages(lines: &[u8]) -> Vec<Value> {
    let lines = lines.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// Writes a message as rustc shows it, as far as it is about the case: the sentence, where it
/// stands, and the advice that has no place of its own.
fn describe(message: &Value, said: &mut String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let spans = list(&message["spans"]);
    if spans.is_empty() {
        // How many errors there are, and where to read more.
        return;
    }
    let code = match &message["code"]["code"] {
        Value::String(code) => format!("[{code}]"),
        _ => String::new(),
    };
    let _ = writeln!(said, "{}{code}: {}", text(&message["level"]), text(&message["message"]));
    for span in spans.iter().filter(|span| span["is_primary"] == true) {
        let _ = writeln!(said, "  --> {}:{}", span["line_start"], span["column_start"]);
        for line in list(&span["text"]) {
            let column = |of: &str| line[of].as_u64().unwrap_or(1) as usize - 1;
            let (start, end) = (column("highlight_start"), column("highlight_end"));
            let (blank, mark) = (" ".repeat(start), "^".repeat(end - start));
            let _ = writeln!(said, "   | {}", text(&line["text"]));
            let label = format!("   | {blank}{mark} {}", text(&span["label"]));
            let _ = writeln!(said, "{}", label.trim_end());
        }
    }
    for child in list(&message["children"]) {
        if list(&child["spans"]).is_empty() {
            let _ = writeln!(said, "   = {}: {}", text(&child["level"]), text(&child["message"]));
        }
    }
    said.push('\n');
}
