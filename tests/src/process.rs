//! The binary of an example as a process: two nodes, a kill -9, a restart.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::guard::{End, Process};
use crate::util::{PATIENCE, TempDir, free_port};

/// A server binary under test, in a folder of its own. It dies when it is dropped.
#[derive(Debug)]
pub struct App {
    binary: PathBuf,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    folder: Folder,
    url: String,
    stdout: Text,
    stderr: Text,
    process: Option<Process>,
}

#[derive(Debug)]
enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

/// What an app, the programs of its project and the command line read. Of these nothing under test
/// inherits any, whatever the shell says that the tests run in.
pub const SETTINGS: [&str; 10] = [
    "DATABASE_URL",
    "REDIS_URL",
    "DRAGON_ADDR",
    "DRAGON_URL",
    "DRAGON_ORIGINS",
    "DRAGON_SOCKJS_CLIENT_URL",
    "DRAGON_DESCRIBE",
    "DRAGON_ERRAND",
    "DRAGON_TOKEN",
    // What the package was, for whoever asks while it runs.
    "CARGO_MANIFEST_DIR",
];

/// What an [`App`] is started with.
#[derive(Debug)]
pub struct Builder {
    binary: PathBuf,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    folder: Option<PathBuf>,
}

type Text = Arc<Mutex<String>>;

fn read(text: &Text) -> String {
    text.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl App {
    /// The todo example: from `DRAGON_TODO_BIN`, else beside the test executable.
    #[must_use]
    pub fn todo() -> Builder {
        App::example("todo")
    }

    /// The example of this name: from `DRAGON_<NAME>_BIN`, else beside the test executable.
    ///
    /// # Panics
    /// When it is not built, or is older than its source.
    #[must_use]
    pub fn example(name: &str) -> Builder {
        let variable = format!("DRAGON_{}_BIN", name.to_uppercase().replace('-', "_"));
        let binary = std::env::var_os(variable).map_or_else(|| beside(name), PathBuf::from);
        App::binary(&binary)
    }

    /// Any server that reads `DRAGON_ADDR` and prints its URL.
    #[must_use]
    pub fn binary(path: &Path) -> Builder {
        Builder { binary: path.to_owned(), args: Vec::new(), env: BTreeMap::new(), folder: None }
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `ws://127.0.0.1:port/ws`
    #[must_use]
    pub fn ws(&self) -> String {
        format!("{}/ws", self.url.replacen("http", "ws", 1))
    }

    /// Its working folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Own(folder) => folder.path(),
            Folder::Given(path) => path,
        }
    }

    /// The process id.
    ///
    /// # Panics
    /// When it has been killed or waited for.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the app runs").id()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// SIGTERM; [`wait`](Self::wait) says how it went.
    pub fn terminate(&mut self) {
        self.signal("TERM");
    }

    /// SIGSTOP: connections stay open and nobody answers.
    pub fn pause(&mut self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub fn resume(&mut self) {
        self.signal("CONT");
    }

    fn signal(&mut self, name: &str) {
        self.process.as_mut().expect("the app runs").signal(name);
    }

    /// Waits until it ends by itself or after [`terminate`](Self::terminate).
    ///
    /// # Panics
    /// When it still runs after 30 s, or has been killed before.
    pub async fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE * 3;
        let process = self.process.as_mut().expect("the app runs");
        loop {
            if let Some(status) = process.status() {
                return status;
            }
            assert!(Instant::now() < end, "the app does not end; stderr:\n{}", read(&self.stderr));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills it if it runs, and starts it with the same environment, folder and port.
    ///
    /// # Panics
    /// When it does not come back.
    pub async fn restart(&mut self) {
        self.kill();
        if let Err(why) = self.launch().await {
            panic!("the app did not come back: {why}");
        }
    }

    /// Changes the environment of the next [`restart`](Self::restart).
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// What it has printed on stderr, over all its lives.
    #[must_use]
    pub fn stderr_so_far(&self) -> String {
        read(&self.stderr)
    }

    /// What it has printed on stdout, over all its lives.
    #[must_use]
    pub fn stdout_so_far(&self) -> String {
        read(&self.stdout)
    }

    /// The memory that it holds now (resident set).
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn rss_bytes(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the app runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib =
            line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        kib.expect("the kernel says VmRSS in kB") * 1024
    }

    async fn launch(&mut self) -> Result<(), String> {
        let mut command = command(&self.binary, &self.args, &self.env);
        command.current_dir(self.folder()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command, End::Kill)
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.binary.display()));
        let printed_before = read(&self.stdout).len();
        let child = process.child();
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        collect(stdout, Arc::clone(&self.stdout));
        collect(stderr, Arc::clone(&self.stderr));

        let end = Instant::now() + PATIENCE * 6;
        let why = loop {
            let stdout = read(&self.stdout);
            if let Some(url) = find_url(&stdout[printed_before..]) {
                self.url = url;
                self.process = Some(process);
                return Ok(());
            }
            if let Some(status) = process.status() {
                // Let the threads that read the pipes come to their end.
                tokio::time::sleep(Duration::from_millis(50)).await;
                break format!("it ended with {status}");
            }
            if Instant::now() > end {
                break format!("no line with http:// in {:?}", PATIENCE * 6);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        Err(format!(
            "{why}\nstdout:\n{}\nstderr:\n{}",
            &read(&self.stdout)[printed_before..],
            read(&self.stderr)
        ))
    }
}

impl Builder {
    /// An environment variable: `DATABASE_URL`, `REDIS_URL`, `DRAGON_ORIGINS`, `RUST_LOG`. Of
    /// [`SETTINGS`] none is inherited; `DRAGON_ADDR` is a free port unless given.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Builder {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// A further argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Builder {
        self.args.push(arg.into());
        self
    }

    /// The working folder, where the todo example keeps its SQLite file. Default: an empty one of its own.
    #[must_use]
    pub fn folder(mut self, path: &Path) -> Builder {
        self.folder = Some(path.to_owned());
        self
    }

    /// The binary.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.binary
    }

    /// Runs it to its end, in a folder of its own unless one is given: for a binary that is asked
    /// for something else than to serve.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn output(self) -> Output {
        let own = TempDir::new("run");
        let mut command = command(&self.binary, &self.args, &self.env);
        command.current_dir(self.folder.as_deref().unwrap_or(own.path()));
        command
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", self.binary.display()))
    }

    /// Starts it and waits for the line that bears its URL.
    ///
    /// # Panics
    /// When there is no such line; the message has what it printed.
    pub async fn start(self) -> App {
        self.try_start().await.unwrap_or_else(|why| panic!("the app did not start: {why}"))
    }

    /// As [`start`](Self::start), for a server that is expected to refuse.
    ///
    /// # Errors
    /// Why it did not come up, with its stderr.
    pub async fn try_start(mut self) -> Result<App, String> {
        self.env
            .entry("DRAGON_ADDR".to_owned())
            .or_insert_with(|| format!("127.0.0.1:{}", free_port()));
        let folder = match self.folder {
            Some(path) => Folder::Given(path),
            None => Folder::Own(TempDir::new("app")),
        };
        let mut app = App {
            binary: self.binary,
            args: self.args,
            env: self.env,
            folder,
            url: String::new(),
            stdout: Text::default(),
            stderr: Text::default(),
            process: None,
        };
        app.launch().await?;
        Ok(app)
    }
}

/// The binary with its environment, and nothing of this process's that an app listens to.
fn command(binary: &Path, args: &[String], env: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(binary);
    without_settings(&mut command).args(args).envs(env).stdin(Stdio::null());
    command
}

/// A command that inherits none of [`SETTINGS`].
pub fn without_settings(command: &mut Command) -> &mut Command {
    SETTINGS.iter().fold(command, |command, name| command.env_remove(name))
}

fn collect(pipe: impl Read + Send + 'static, text: Text) {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            text.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
}

/// The first URL in whole lines of the text.
fn find_url(text: &str) -> Option<String> {
    let (whole, _) = text.rsplit_once('\n')?;
    let start = whole.find("http://")?;
    let end = whole[start..]
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\u{1b}'))
        .map_or(whole.len(), |n| start + n);
    let url = whole[start..end].trim_end_matches(['/', '.', ',']);
    Some(url.replacen("//0.0.0.0:", "//127.0.0.1:", 1))
}

/// The program `target/<profile>/<name>`, beside the test executable. Cargo builds it only when told to.
///
/// # Panics
/// When it is not built, or is older than its source.
#[must_use]
pub fn beside(name: &str) -> PathBuf {
    const BUILD: &str = "cargo build --workspace --all-features --bins";
    let test = std::env::current_exe().expect("a test is a file");
    let folder = test.parent().and_then(Path::parent);
    let binary = folder.expect("a test lives in target/<profile>/deps").join(name);
    let age = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified());
    let Ok(built) = age(&binary) else {
        panic!("{name} is not built: run `{BUILD}` first, or tests/run");
    };
    // Cargo writes a line `binary: source source …` beside it, with `\ ` for a space.
    let sources = std::fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    let sources = sources.split_once(": ").map_or("", |(_, list)| list);
    for source in sources.trim().replace("\\ ", "\0").split(' ') {
        let source = PathBuf::from(source.replace('\0', " "));
        assert!(
            age(&source).is_ok_and(|written| written <= built),
            "{name} is older than {}: run `{BUILD}` first, or tests/run",
            source.display()
        );
    }
    binary
}

#[cfg(test)]
mod tests;
