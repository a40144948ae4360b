//! A project, and what is done in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dragon_tests::process::{beside, without_settings};
use dragon_tests::{App, TempDir};

/// A list, and its items.
pub const TWO_MODELS: [&str; 4] = [
    "--model",
    "todo_list name:string!",
    "--model",
    "todo_item text:string! done:bool due:date list:ref(todo_list)!",
];

/// A project that `dragon-cli new` has written. It goes when it is dropped.
#[derive(Debug)]
pub struct Project {
    name: String,
    folder: TempDir,
}

/// What a command has said.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub err: String,
}

impl Project {
    /// Has it written. Its name is that of its program, which lies beside those of others.
    pub fn new(name: &str, args: &[&str]) -> Self {
        let project = Self { name: name.to_owned(), folder: TempDir::new("generated") };
        let mut command = Command::new(beside("dragon-cli"));
        command.args(["new", name]).args(args).current_dir(project.folder.path());
        run(&mut command, &[]);
        project
    }

    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// A file of it.
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Writes a file of it.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).unwrap();
    }

    /// Runs cargo in its folder, which must go well and without a warning. Nothing is downloaded.
    pub fn cargo(&self, args: &[&str], env: &[(&str, &str)]) -> Said {
        let said = run(cargo(&self.path(), "cargo").args(args), env);
        assert!(!said.err.contains("warning"), "cargo {}: {}", args.join(" "), said.err);
        said
    }

    /// Runs its own tests; how many there were.
    pub fn test(&self, env: &[(&str, &str)]) -> usize {
        passed(&self.cargo(&["test", "--locked"], env).out)
    }

    /// Runs npm in the folder of its page.
    pub fn npm(&self, args: &[&str]) -> Said {
        let mut command = Command::new("npm");
        command.args(args).current_dir(self.path().join("frontend"));
        run(&mut command, &[("npm_config_fund", "false"), ("npm_config_audit", "false")])
    }

    /// Runs npm in the folder of its page, which must fail; all that was said.
    pub fn npm_fails(&self, args: &[&str]) -> String {
        let mut command = Command::new("npm");
        let command = command.args(args).current_dir(self.path().join("frontend"));
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "npm {}", args.join(" "));
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    }

    /// Runs `dragon-cli` in its folder, which must go well.
    pub fn dragon(&self, args: &[&str]) -> Said {
        let mut command = Command::new(beside("dragon-cli"));
        command.args(args).current_dir(self.path());
        run(command.env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true"), &[])
    }

    /// Its program, as `cargo` has built it, to be started in its folder.
    pub fn program(&self) -> dragon_tests::process::Builder {
        App::binary(&target().join("debug").join(&self.name)).folder(&self.path())
    }
}

/// The target folder of this workspace.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// A program in a folder, whose cargo has this workspace's target folder and no network.
pub fn cargo(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true");
    command
}

/// How many tests have passed, of what `cargo test` printed.
pub fn passed(out: &str) -> usize {
    let passed = out.lines().filter_map(|line| {
        line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse::<usize>().ok()
    });
    passed.sum()
}

/// Runs a command to its end, which must be a good one.
pub fn run(command: &mut Command, env: &[(&str, &str)]) -> Said {
    let (good, said) = attempt(command, env);
    assert!(good, "{command:?}\n{}\n{}", said.out, said.err);
    said
}

/// Runs a command to its end: whether that was a good one, and what it said.
pub fn attempt(command: &mut Command, env: &[(&str, &str)]) -> (bool, Said) {
    let output = without_settings(command).envs(env.iter().copied()).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let said = Said { out: text(&output.stdout), err: text(&output.stderr) };
    (output.status.success(), said)
}
