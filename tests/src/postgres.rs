//! A PostgreSQL of one's own, with an empty database for each test.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::database::Database;
use crate::guard::{End, Process};
use crate::util::{PATIENCE, TempDir, free_port, poll};

/// A PostgreSQL server on a free port of 127.0.0.1. It stops when it is dropped.
///
/// Its databases sort text by the rules of English (ICU), where the installation can, because that is what
/// people have and what a missing `COLLATE "C"` breaks on.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    programs: PathBuf,
    process: Option<Process>,
    folder: TempDir,
}

impl Postgres {
    /// The server of this test process, started at the first call. No test may stop it.
    ///
    /// # Panics
    /// When PostgreSQL is missing or does not start.
    pub fn shared() -> &'static Postgres {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Postgres::start)
    }

    /// Starts a server of its own, for a test that kills it.
    ///
    /// # Panics
    /// As [`shared`](Self::shared).
    #[must_use]
    pub fn start() -> Postgres {
        let mut postgres = Postgres {
            port: free_port(),
            programs: programs(),
            process: None,
            folder: TempDir::new("postgres"),
        };
        postgres.init();
        for _ in 0..5 {
            match postgres.launch() {
                Ok(()) => return postgres,
                Err(log) if log.contains("Address already in use") => postgres.port = free_port(),
                Err(log) => panic!("PostgreSQL did not start:\n{log}"),
            }
        }
        panic!("PostgreSQL found no port of its own in five attempts");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command that runs as another user when we are root, whom PostgreSQL refuses.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .current_dir(self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("PGDATA")
            .stdin(Stdio::null());
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command
    }

    fn init(&self) {
        if let Some((user, group)) = other_user() {
            chown(self.folder.path(), Some(user), Some(group))
                .expect("root may give a folder away");
        }
        let english = ["--locale-provider=icu", "--icu-locale=en-US"];
        let mut log = String::new();
        for locale in [&english[..], &[]] {
            let output = self
                .command("initdb")
                .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
                .args(["--no-sync", "--no-instructions", "--locale=C.UTF-8"])
                .args(locale)
                .arg("-D")
                .arg(self.data())
                .output()
                .unwrap_or_else(|error| panic!("cannot start initdb: {error}"));
            if output.status.success() {
                return;
            }
            log.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        panic!("initdb failed:\n{log}");
    }

    fn launch(&mut self) -> Result<(), String> {
        let log_path = self.folder.path().join("log");
        let log = std::fs::File::create(&log_path).expect("the log file can be made");
        let port = self.port.to_string();
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &port]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "shared_buffers=32MB",
            // No disk is waited for: a killed process loses nothing by it, only a dead machine would.
            "fsync=off",
            "full_page_writes=off",
            "autovacuum_naptime=5min",
            "timezone=UTC",
        ] {
            command.args(["-c", setting]);
        }
        command.stderr(log.try_clone().expect("a file handle can be copied")).stdout(log);
        let process = Process::start(&mut command, End::Quit)
            .unwrap_or_else(|error| panic!("cannot start postgres: {error}"));
        let process = self.process.insert(process);
        let pid_path = self.folder.path().join("data/postmaster.pid");
        let pid = process.id().to_string();
        let ready = poll(PATIENCE * 6, || {
            if process.status().is_some() {
                return Some(false);
            }
            // The last line says "ready" once connections are taken, after a crash recovery too.
            let lines = std::fs::read_to_string(&pid_path).ok()?;
            let ours = lines.lines().next() == Some(pid.as_str());
            let ready = lines.lines().nth(7).is_some_and(|s| s.trim() == "ready");
            (ours && ready).then_some(true)
        });
        if ready == Some(true) {
            return Ok(());
        }
        self.process = None;
        Err(std::fs::read_to_string(log_path).unwrap_or_default())
    }

    /// The URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process id.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// Creates an empty database with a name of its own.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn fresh_database(&self) -> Database {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}")).await;
        Database::at(self.url(&name))
    }

    /// Runs one statement on a connection of its own, as another program would.
    ///
    /// # Panics
    /// When it fails.
    pub async fn execute(&self, database: &str, sql: &str) {
        Database::at(self.url(database)).execute(sql).await;
    }

    /// SIGKILL: open transactions are lost, committed ones are not.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Kills it if it runs and starts it on the same port with its data.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn restart(&mut self) {
        self.kill();
        let mut last = String::new();
        // The backends of a killed server need a moment to notice it, and hold its memory till then.
        let back = poll(PATIENCE, || match self.launch() {
            Ok(()) => Some(()),
            Err(log) => {
                last = log;
                None
            }
        });
        assert!(back.is_some(), "PostgreSQL did not come back:\n{last}");
    }
}

/// The folder with `initdb` and `postgres`: from PATH, or the newest where Debian keeps them.
fn programs() -> PathBuf {
    let complete =
        |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(complete) {
        return folder;
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    versions
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .max()
        .map(|(_, folder)| folder)
        .expect(
            "no initdb and postgres found: install PostgreSQL (apt-get install postgresql), \
             or run tests/run, which does",
        )
}

/// User and group to run as, if we are root: postgres, else nobody.
fn other_user() -> Option<(u32, u32)> {
    let we = std::fs::metadata("/proc/self").ok()?.uid();
    if we != 0 {
        return None;
    }
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
    let ids = |name: &str| {
        let mut fields = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}

#[cfg(test)]
mod tests {
    use super::*;

    use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

    async fn ask(database: &Database, sql: &str) -> i64 {
        let db = database.connect().await;
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await
            .expect("the query runs")
            .expect("there is a row");
        row.try_get_by_index(0).expect("the first column is a bigint")
    }

    #[tokio::test]
    async fn databases_are_fresh() {
        let (one, two) =
            (Postgres::shared().fresh_database().await, Postgres::shared().fresh_database().await);
        assert_ne!(one.url, two.url);
        one.execute("CREATE TABLE item (id bigint)").await;
        two.execute("CREATE TABLE item (id bigint)").await;
        one.execute("INSERT INTO item VALUES (1), (2)").await;
        assert_eq!(ask(&one, "SELECT count(*) FROM item").await, 2);
        assert_eq!(ask(&two, "SELECT count(*) FROM item").await, 0);
        // English order; by bytes it would be 0.
        assert_eq!(ask(&one, "SELECT ('a' < 'B')::int::bigint").await, 1);
    }

    #[tokio::test]
    async fn a_killed_server_comes_back_with_what_was_committed() {
        let mut postgres = Postgres::start();
        let database = postgres.fresh_database().await;
        let sql = "CREATE TABLE item AS SELECT 7::bigint AS id";
        database.execute(sql).await;
        postgres.kill();
        assert!(std::net::TcpStream::connect(("127.0.0.1", postgres.port)).is_err());
        postgres.restart();
        assert_eq!(ask(&database, "SELECT id FROM item").await, 7);
    }
}
