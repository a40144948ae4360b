//! A redis-server of one's own, which can be killed, stopped, paused and brought back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use redis::{Client, Cmd, FromRedisValue, RedisResult};

use crate::guard::{End, Process};
use crate::util::{PATIENCE, TempDir, free_port, poll};

/// A redis-server on a free port of 127.0.0.1. It stops when it is dropped.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    keep: bool,
    options: Vec<String>,
    process: Option<Process>,
    folder: TempDir,
}

impl Redis {
    /// Starts a server that keeps everything in memory: after [`kill`](Self::kill) and
    /// [`restart`](Self::restart) it is empty.
    ///
    /// # Panics
    /// When redis-server is missing or does not start.
    #[must_use]
    pub fn start() -> Redis {
        Redis::start_with(false, &[])
    }

    /// Starts a server that writes every command to its append-only file before it answers, and so comes
    /// back with its data.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_durable() -> Redis {
        Redis::start_with(true, &[])
    }

    /// Starts a server with options of redis-server, such as `&["--maxmemory", "4mb"]`.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(keep: bool, options: &[&str]) -> Redis {
        for _ in 0..5 {
            let mut redis = Redis {
                port: free_port(),
                keep,
                options: options.iter().map(ToString::to_string).collect(),
                process: None,
                folder: TempDir::new("redis"),
            };
            match redis.launch() {
                Ok(()) => return redis,
                // Somebody was quicker on that port; the next one is ours.
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("redis-server did not start:\n{log}"),
            }
        }
        panic!("redis-server found no port of its own in five attempts");
    }

    fn launch(&mut self) -> Result<(), String> {
        let log_path = self.folder.path().join("log");
        let log = std::fs::File::create(&log_path).expect("the log file can be made");
        let port = self.port.to_string();
        let append = if self.keep { "yes" } else { "no" };
        let process = Process::start(
            Command::new("redis-server")
                .args(["--port", &port, "--bind", "127.0.0.1", "--save", ""])
                .args(["--appendonly", append, "--appendfsync", "always"])
                .args(&self.options)
                .arg("--dir")
                .arg(self.folder.path())
                .current_dir(self.folder.path())
                .stdin(Stdio::null())
                .stderr(log.try_clone().expect("a file handle can be copied"))
                .stdout(log),
            End::Kill,
        );
        let process = process.unwrap_or_else(|error| {
            panic!(
                "cannot start redis-server ({error}): install it (apt-get install redis-server), \
                 or run tests/run, which does"
            )
        });
        let process = self.process.insert(process);
        let ready = poll(PATIENCE * 3, || {
            if process.status().is_some() {
                return Some(false);
            }
            answers(self.port).then_some(true)
        });
        if ready == Some(true) {
            return Ok(());
        }
        self.process = None;
        Err(std::fs::read_to_string(log_path).unwrap_or_default())
    }

    /// `redis://127.0.0.1:port`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port, the same for its whole life.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// SIGKILL: the machine has lost its power.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Ends it in good order (SIGTERM), after which the port is closed until [`restart`](Self::restart).
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal("CONT");
            process.signal("TERM");
            process.wait(PATIENCE);
        }
    }

    /// Kills it if it runs and starts it on the same port: empty, or with its data if it is durable.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.launch().unwrap_or_else(|log| panic!("redis-server did not come back:\n{log}"));
    }

    /// SIGSTOP: the connections stay open and nobody answers.
    pub fn pause(&mut self) {
        self.send("STOP");
    }

    /// SIGCONT: what [`pause`](Self::pause) has stopped goes on.
    pub fn resume(&mut self) {
        self.send("CONT");
    }

    fn send(&mut self, signal: &str) {
        self.process.as_mut().expect("the server runs").signal(signal);
    }

    /// One command: `let n: u64 = redis.cli(&["XLEN", "key"])`, `let _: () = redis.cli(&["FLUSHALL"])`.
    ///
    /// # Panics
    /// When the server refuses the command or does not answer.
    pub fn cli<T: FromRedisValue>(&self, args: &[&str]) -> T {
        self.try_cli(args).unwrap_or_else(|error| panic!("redis {args:?}: {error}"))
    }

    /// As [`cli`](Self::cli), for a command or a server that may fail.
    ///
    /// # Errors
    /// What the server or the connection said.
    pub fn try_cli<T: FromRedisValue>(&self, args: &[&str]) -> RedisResult<T> {
        let client = Client::open(self.url())?;
        let mut connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        let mut command = Cmd::new();
        for arg in args {
            command.arg(*arg);
        }
        command.query(&mut connection)
    }
}

/// Whether the server takes commands: not while it still reads its data.
fn answers(port: u16) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ping().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_lost_and_durable_is_kept() {
        for (mut redis, kept) in
            [(Redis::start(), None), (Redis::start_durable(), Some("1".to_owned()))]
        {
            let url = redis.url();
            let _: () = redis.cli(&["SET", "a", "1"]);
            redis.kill();
            assert!(redis.try_cli::<String>(&["PING"]).is_err());
            redis.restart();
            assert_eq!(redis.url(), url);
            assert_eq!(redis.cli::<Option<String>>(&["GET", "a"]), kept);
        }
    }

    #[test]
    fn a_paused_server_is_connected_and_silent() {
        let mut redis = Redis::start();
        redis.pause();
        assert!(TcpStream::connect(("127.0.0.1", redis.port())).is_ok());
        assert!(!answers(redis.port()));
        redis.resume();
        assert_eq!(redis.cli::<String>(&["PING"]), "PONG");
        redis.pause();
        redis.stop();
        assert!(TcpStream::connect(("127.0.0.1", redis.port())).is_err());
    }

    #[test]
    fn servers_do_not_share_anything() {
        let (one, two) = (Redis::start(), Redis::start());
        let _: () = one.cli(&["SET", "a", "1"]);
        assert_eq!(two.cli::<u64>(&["DBSIZE"]), 0);
    }
}
