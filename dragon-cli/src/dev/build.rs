//! Building the app with cargo, and what cargo says of it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use super::Plan;
use crate::failure::Failure;
use crate::process::Process;
use crate::project::{cargo, no_cargo, program};

/// What came of a build.
#[derive(Debug)]
pub(super) enum Built {
    /// There is a program.
    Program {
        program: Program,
        /// What the compiler warns of.
        warnings: Vec<String>,
        took: Duration,
    },
    /// There is none.
    Broken {
        /// Errors and warnings, as the compiler shows them.
        said: Vec<String>,
        /// How many of them are errors; 0 where cargo itself could not begin.
        errors: usize,
    },
}

/// A built program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// When it was built.
    pub(super) written: Option<SystemTime>,
}

impl Program {
    /// The files that it is made of, its own and those of crates on this disk; from the list that
    /// cargo writes beside it: `program: file file …`, a space in a name as `\ `.
    pub(super) fn sources(&self) -> Vec<PathBuf> {
        let list = std::fs::read_to_string(self.path.with_extension("d")).unwrap_or_default();
        sources(&list)
    }
}

fn sources(list: &str) -> Vec<PathBuf> {
    let files = list.trim().split_once(": ").map_or("", |(_, files)| files).replace("\\ ", "\0");
    let files = files.split(' ').filter(|file| !file.is_empty());
    files.map(|file| PathBuf::from(file.replace('\0', " "))).collect()
}

/// Builds. The first time cargo shows how far it is; later only what is wrong is shown.
///
/// # Errors
/// When cargo cannot be run.
pub(super) async fn build(plan: &Plan, first: bool) -> Result<Built, Failure> {
    let began = Instant::now();
    let mut command = Command::from(cargo());
    command
        .args(["build", "--message-format=json-diagnostic-rendered-ansi"])
        .args(["-p", &plan.project.package, "--bin", &plan.project.bin])
        .args(plan.release.then_some("--release"))
        .args((!first).then_some("--quiet"))
        .current_dir(&plan.project.root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(if first { Stdio::inherit() } else { Stdio::piped() });
    let mut process = Process::start(command).map_err(|error| no_cargo(&error))?;
    let stdout = process.child().stdout.take();
    let stderr = process.child().stderr.take();
    let mut heard = Heard::default();
    let messages = async {
        let Some(stdout) = stdout else { return };
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            heard.take(&line, &plan.project.bin);
        }
    };
    let cargos_own = async {
        let mut text = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = stderr.read_to_end(&mut text).await;
        }
        String::from_utf8_lossy(&text).into_owned()
    };
    let ((), own) = tokio::join!(messages, cargos_own);
    let status = process.ended().await.map_err(|error| no_cargo(&error))?;
    let Heard { mut said, errors, program } = heard;
    match program {
        Some(path) if status.success() => {
            let written = std::fs::metadata(&path).and_then(|data| data.modified()).ok();
            let program = Program { path, written };
            Ok(Built::Program { program, warnings: said, took: began.elapsed() })
        }
        _ => {
            said.extend(own_words(&own));
            Ok(Built::Broken { said, errors })
        }
    }
}

/// What cargo itself has to say, but for its summaries of what the compiler said.
fn own_words(text: &str) -> Option<String> {
    let of_the_compiler = |line: &&str| {
        let is_summary = line.starts_with("error: could not compile")
            || (line.starts_with("warning: `") && line.contains(" generated "))
            || line.starts_with("warning: build failed, waiting");
        !is_summary
    };
    let own: Vec<&str> = text.trim_end().lines().filter(of_the_compiler).collect();
    (!own.is_empty()).then(|| own.join("\n"))
}

/// What cargo's messages have said so far.
#[derive(Debug, Default)]
struct Heard {
    said: Vec<String>,
    errors: usize,
    program: Option<PathBuf>,
}

impl Heard {
    fn take(&mut self, line: &str, bin: &str) {
        let Ok(message) = serde_json::from_str::<Json>(line) else { return };
        self.program = program(&message, bin).or(self.program.take());
        let text = |pointer: &str| message.pointer(pointer).and_then(Json::as_str);
        if text("/reason") != Some("compiler-message") {
            return;
        }
        let level = text("/message/level").unwrap_or_default();
        let what = text("/message/message").unwrap_or_default();
        // Sums, which we say ourselves.
        let is_sum = what.starts_with("aborting due to")
            || (level == "warning" && what.ends_with(" emitted"));
        if is_sum || level == "failure-note" {
            return;
        }
        self.errors += usize::from(level.starts_with("error"));
        let rendered = text("/message/rendered").unwrap_or(what);
        self.said.push(rendered.trim_end().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_sources_is_read() {
        let found = sources("/t/debug/app: /p/src/main.rs /p/a\\ b.html\n");
        assert_eq!(found, [PathBuf::from("/p/src/main.rs"), PathBuf::from("/p/a b.html")]);
        assert!(sources("").is_empty());
    }

    #[test]
    fn errors_are_counted_and_sums_left_out() {
        let mut heard = Heard::default();
        for line in [
            r#"{"reason":"compiler-message","message":{"level":"error","message":"a","rendered":"error: a\n\n"}}"#,
            r#"{"reason":"compiler-message","message":{"level":"warning","message":"b","rendered":"warning: b"}}"#,
            r#"{"reason":"compiler-message","message":{"level":"error","message":"aborting due to 1 previous error"}}"#,
            r#"{"reason":"compiler-message","message":{"level":"warning","message":"1 warning emitted"}}"#,
            r#"{"reason":"compiler-message","message":{"level":"failure-note","message":"For more …"}}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"app"},"executable":"/t/app"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"app"},"executable":null}"#,
            "not JSON",
        ] {
            heard.take(line, "app");
        }
        assert_eq!((heard.errors, heard.said.len()), (1, 2));
        assert_eq!(heard.said[0], "error: a");
        assert_eq!(heard.program, Some(PathBuf::from("/t/app")));
    }

    #[test]
    fn cargos_own_words_are_kept() {
        assert_eq!(own_words("error: could not compile `a` (bin \"a\") due to 2 errors\n"), None);
        let kept =
            own_words("warning: `a` (bin \"a\") generated 1 warning\nerror: no such key\n  at 1");
        assert_eq!(kept.as_deref(), Some("error: no such key\n  at 1"));
    }
}
