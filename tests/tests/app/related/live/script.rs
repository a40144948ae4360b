//! The JavaScript client in a process of its own.

use std::process::Stdio;

use dragon_tests::util::PATIENCE;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A script of `js/test/support`, which says what it answers. It ends with this process.
pub struct Script {
    process: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// The lists of a client.
    pub fn start(url: &str, route: &str, filters: &Value) -> Script {
        Self::run("lists.js", &[url, route, &filters.to_string()])
    }

    pub fn run(name: &str, args: &[&str]) -> Script {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../js/test/support");
        let script = format!("{folder}/{name}");
        let mut process = Command::new("node")
            .args(["--experimental-websocket", &script])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "cannot start `node`, which must be 20.10 or newer (Debian: nodejs): {error}"
                )
            });
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap()).lines();
        Script { process, stdin, stdout }
    }

    /// Says a line, and gives back what is answered.
    pub async fn ask(&mut self, command: &str) -> Value {
        let _ = self.stdin.write_all(format!("{command}\n").as_bytes()).await;
        let answer = timeout(PATIENCE * 3, self.stdout.next_line()).await;
        let line = answer.unwrap_or_else(|_| panic!("the script does not answer `{command}`"));
        let line = line.unwrap().expect("the script has ended; above is what it said");
        serde_json::from_str(&line).unwrap()
    }

    /// Ends it in order.
    pub async fn end(self) {
        let Script { mut process, stdin, stdout: _stdout } = self;
        drop(stdin);
        let status = timeout(PATIENCE, process.wait()).await.expect("the script does not end");
        assert!(status.unwrap().success());
    }
}
