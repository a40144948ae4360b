//! `docs/tutorial.md`, command by command.
//!
//! A block of `sh` is run line by line; `cargo run` goes on until the next one, as in a terminal of
//! its own, and two clients stand for the two windows. Where the page says `sh fails`, each command
//! must. A block that names a file is the file's new text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use dragon_tests::http::get;
use dragon_tests::{App, Client, TempDir, free_port};
use serde_json::{Value as Json, json};

use crate::kit::{attempt, cargo, passed, target};

/// How long a window waits for what it is to be told.
const PATIENCE: Duration = Duration::from_secs(10);

/// A fenced block: what stands behind the fence, and its lines.
struct Block {
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```");
            let text = text.map(|line| format!("{line}\n")).collect();
            blocks.push(Block { info: info.to_owned(), text });
        }
    }
    blocks
}

/// Who reads the page, and does what it says.
struct Reader {
    /// Where programs are installed, and projects kept.
    home: TempDir,
    /// The current folder.
    folder: PathBuf,
    port: u16,
    app: Option<App>,
    /// How many commands were run.
    commands: usize,
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

impl Reader {
    fn new() -> Self {
        let home = TempDir::new("tutorial");
        let folder = home.path().to_owned();
        Self { home, folder, port: free_port(), app: None, commands: 0 }
    }

    async fn read(&mut self, block: &Block) {
        let words: Vec<&str> = block.info.split(' ').collect();
        match words[..] {
            ["sh"] => {
                for line in block.text.lines() {
                    self.command(line).await;
                }
            }
            ["sh", "fails"] => {
                for line in block.text.lines() {
                    let (_, said) = self.shell(line, false);
                    assert!(said.contains("error"), "`{line}` says not why it fails: {said}");
                    assert!(said.contains("at most 40"), "`{line}` says not why it fails: {said}");
                }
            }
            ["rust", file] => {
                let file = self.folder.join(file);
                assert!(file.exists(), "{} is replaced, and is not there", file.display());
                fs::write(file, &block.text).unwrap();
            }
            _ => panic!("a block of `{}` is not run by the test", block.info),
        }
    }

    async fn command(&mut self, line: &str) {
        self.commands += 1;
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["cd", folder] => {
                self.folder.push(folder);
                assert!(self.folder.is_dir(), "`{line}`: there is no such folder");
            }
            // Without optimisation, and for this reader alone.
            ["cargo", "install", "--locked", "--path", _] => {
                let line = format!("{line} --debug --root '{}'", self.home.path().display());
                let outer = std::mem::replace(&mut self.folder, checkout());
                self.shell(&line, true);
                self.folder = outer;
            }
            ["cargo", "run"] => self.serve().await,
            ["dragon-cli", "call", _, verb, ..] if verb != "get_list" => {
                let mut windows = Vec::new();
                for _ in 0..2 {
                    windows.push(self.window().await);
                }
                self.shell(line, true);
                for window in &mut windows {
                    self.told(window, verb).await;
                }
            }
            _ => {
                let (out, _) = self.shell(line, true);
                if line == "cargo test" {
                    let passed = passed(&out);
                    assert!(passed >= 3, "{passed} tests:\n{out}");
                }
            }
        }
    }

    /// Stops the app if it runs, and runs it: its page must be there.
    async fn serve(&mut self) {
        if let Some(mut app) = self.app.take() {
            app.terminate();
            assert!(app.wait().await.success(), "{}", app.stderr_so_far());
        }
        // `cargo run` does it too; but how long that takes on a busy machine is nobody's fault.
        self.shell("cargo build", true);
        let app = App::binary(Path::new("cargo"))
            .arg("run")
            .folder(&self.folder)
            .env("CARGO_TARGET_DIR", target().display().to_string())
            .env("CARGO_NET_OFFLINE", "true")
            .env("DRAGON_ADDR", format!("127.0.0.1:{}", self.port))
            .start()
            .await;
        let page = get(&format!("{}/", app.url()), &[]).await;
        assert!(page.status == 200 && page.body.contains("app.js"), "{page:?}");
        self.app = Some(app);
    }

    /// The models that are on the page.
    fn routes(&self) -> Vec<&'static str> {
        let models = fs::read_to_string(self.folder.join("frontend/models.js")).unwrap();
        let known = ["todo-item", "comment"];
        known.into_iter().filter(|route| models.contains(&format!("route: '{route}'"))).collect()
    }

    /// Somebody who has the page open.
    async fn window(&self) -> Client {
        let mut client = Client::connect(&self.app.as_ref().expect("it runs").ws()).await;
        for route in self.routes() {
            client.ok(route, "subscribe", json!({ "channel": route, "_snapshot": true })).await;
        }
        client
    }

    /// A window is told what a command did: of a deleted item, that its comments are gone as well.
    async fn told(&self, window: &mut Client, verb: &str) {
        let (action, count) = match verb {
            "create" => ("created", 1),
            "delete" => ("deleted", self.routes().len()),
            _ => panic!("the test does not know what `{verb}` does"),
        };
        for _ in 0..count {
            let push: Json = window.next_push(PATIENCE).await;
            assert_eq!(push["action"], action, "{push}");
        }
    }

    /// Runs a line as a shell does, with the programs that were installed; what it printed.
    fn shell(&self, line: &str, well: bool) -> (String, String) {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}/bin:{path}", self.home.path().display());
        let address = format!("127.0.0.1:{}", self.port);
        let mut command: Command = cargo(&self.folder, "sh");
        command.args(["-c", line]);
        let env = [("PATH", path.as_str()), ("DRAGON_ADDR", address.as_str())];
        let (good, said) = attempt(&mut command, &env);
        assert_eq!(good, well, "`{line}`\n{}\n{}", said.out, said.err);
        (said.out, said.err)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tutorial_does_what_it_says_command_by_command() {
    let page = fs::read_to_string(checkout().join("docs/tutorial.md")).unwrap();
    let mut reader = Reader::new();
    for block in blocks(&page) {
        reader.read(&block).await;
    }
    assert!(reader.commands > 10, "the blocks are not read: {}", reader.commands);
    // What it has its readers write is as they would be asked to write it.
    reader.shell("cargo fmt --check", true);
    if let Some(mut app) = reader.app.take() {
        app.terminate();
        assert!(app.wait().await.success(), "{}", app.stderr_so_far());
    }
}

#[test]
fn only_blocks_are_run() {
    let found = blocks("a\n```sh\ncd demo\n```\nb\n```rust src/a.rs\n//! a\n\nfn a() {}\n```\n");
    let found: Vec<_> = found.iter().map(|one| (one.info.as_str(), one.text.as_str())).collect();
    assert_eq!(found, [("sh", "cd demo\n"), ("rust src/a.rs", "//! a\n\nfn a() {}\n")]);
}
