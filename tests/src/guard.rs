//! Children that never outlive their test.
//!
//! `Drop` stops a server when a test ends or panics, but not when the test process is killed, and not
//! when it lives in a `static`. So each test process has one guard: a small `sh` that reads the names of
//! our children from a pipe which only we hold. However we end, the kernel closes the pipe; the guard then
//! kills what is left and removes our folder. (`PR_SET_PDEATHSIG` would fire when the *thread* that
//! started the child ends, and a test is a thread.)

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::util;

const WATCH: &str = r#"
trap '' INT TERM HUP QUIT PIPE
hard= soft=
without() { for p in $1; do [ "$p" = "$2" ] || printf '%s ' "$p"; done; }
runs() { for p in $1; do case $(cat "/proc/$p/stat") in ''|*') Z '*) ;; *) return 0 ;; esac; done; return 1; }
while read -r what pid; do
    case $what in
        hard) hard="$hard $pid" ;;
        soft) soft="$soft $pid" ;;
        gone) hard=$(without "$hard" "$pid"); soft=$(without "$soft" "$pid") ;;
    esac
done
[ -z "$hard" ] || kill -s KILL $hard
if [ -n "$soft" ]; then
    kill -s CONT $soft
    kill -s QUIT $soft
    n=0
    while [ $n -lt 50 ] && runs "$soft"; do sleep 0.1; n=$((n + 1)); done
    kill -s KILL $soft
fi
n=0
while [ $n -lt 20 ] && ! rm -rf "$1"; do sleep 0.1; n=$((n + 1)); done
"#;

#[derive(Debug)]
struct Guard {
    pipe: Mutex<ChildStdin>,
    folder: PathBuf,
    /// Never waited for: it ends after us.
    _sh: Child,
}

fn guard() -> &'static Guard {
    static GUARD: OnceLock<Guard> = OnceLock::new();
    GUARD.get_or_init(|| {
        let name = format!("dragon-test-{}-{:x}", std::process::id(), util::random());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)
            .unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
        let mut sh = Command::new("sh")
            .args(["-c", WATCH, "dragon-test-guard"])
            .arg(&folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Its own group, so that a Ctrl-C meant for us does not reach it.
            .process_group(0)
            .spawn()
            .expect("sh can be started");
        let pipe = sh.stdin.take().expect("stdin was piped");
        Guard { pipe: Mutex::new(pipe), folder, _sh: sh }
    })
}

fn tell(what: &str, pid: u32) {
    let mut pipe = guard().pipe.lock().unwrap_or_else(PoisonError::into_inner);
    // Should somebody have killed the guard, the tests are still right.
    let _ = writeln!(pipe, "{what} {pid}");
}

/// The folder of this test process, which the guard removes at the end.
pub(crate) fn folder() -> &'static Path {
    &guard().folder
}

/// How the guard ends a child that is left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With SIGKILL.
    Kill,
    /// With SIGQUIT, and SIGKILL when that does not help within five seconds: for PostgreSQL, which
    /// leaves shared memory behind when it is killed.
    Quit,
}

/// A child process that dies with its value, and at the latest with this process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    end: End,
    status: Option<ExitStatus>,
}

impl Process {
    /// Starts the command.
    ///
    /// # Errors
    /// When the program is not there or cannot be started.
    pub fn start(command: &mut Command, end: End) -> std::io::Result<Process> {
        guard();
        let child = command.spawn()?;
        tell(if end == End::Kill { "hard" } else { "soft" }, child.id());
        Ok(Process { child, end, status: None })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The pipes that were asked for.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, or `None` while it runs.
    pub fn status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            tell("gone", self.child.id());
            self.status = Some(status);
        }
        self.status
    }

    /// Sends a signal by its name without SIG: `TERM`, `STOP`. Nothing happens when the process has ended.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn signal(&mut self, name: &str) {
        // Not reaped means that the number is still ours, so it cannot hit a stranger.
        if self.status().is_none() {
            let sent = Command::new("sh")
                .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name])
                .arg(self.child.id().to_string())
                .status();
            assert!(
                sent.is_ok_and(|status| status.success()),
                "SIG{name} could not be sent to process {}",
                self.child.id()
            );
        }
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.status().is_none() {
            let _ = self.child.kill();
            let status = self.child.wait();
            tell("gone", self.child.id());
            self.status = status.ok();
        }
    }

    /// Waits, blocking the thread. `None` when it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        util::poll(limit, || self.status())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.end == End::Quit && self.status().is_none() {
            self.signal("CONT");
            self.signal("QUIT");
            self.wait(Duration::from_secs(5));
        }
        self.kill();
    }
}

/// Whether a process of this number runs (a zombie does not).
#[must_use]
pub fn is_running(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit(')').next()?.trim().chars().next())
        .is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::TempDir;

    const HELPER: &str = "DRAGON_TEST_GUARD_HELPER";

    fn sleeper() -> Process {
        Process::start(Command::new("sleep").arg("1000"), End::Kill).expect("sleep is there")
    }

    #[test]
    fn a_child_dies_with_its_value() {
        let child = sleeper();
        let pid = child.id();
        assert!(is_running(pid));
        drop(child);
        assert!(!is_running(pid));
    }

    #[test]
    fn a_signal_stops_and_continues() {
        let state = |pid: u32| {
            std::fs::read_to_string(format!("/proc/{pid}/stat"))
                .ok()?
                .rsplit(')')
                .next()?
                .trim()
                .chars()
                .next()
        };
        let mut child = sleeper();
        child.signal("STOP");
        let stopped = util::poll(util::PATIENCE, || (state(child.id()) == Some('T')).then_some(()));
        assert!(stopped.is_some());
        child.signal("CONT");
        child.signal("TERM");
        assert!(child.wait(util::PATIENCE).is_some());
        child.signal("TERM");
    }

    /// Not a test by itself: the process that the next test kills.
    #[test]
    fn helper() {
        let Ok(report) = std::env::var(HELPER) else {
            return;
        };
        let (redis, postgres) = (crate::Redis::start(), crate::Postgres::start());
        let folder = TempDir::new("left-over");
        let text = format!("{} {} {}", redis.pid(), postgres.pid(), folder.path().display());
        std::fs::write(format!("{report}.part"), text).expect("the report can be written");
        std::fs::rename(format!("{report}.part"), report).expect("the report can be named");
        std::thread::sleep(Duration::from_secs(1000));
    }

    #[test]
    fn servers_and_folders_die_with_a_killed_parent() {
        let folder = TempDir::new("guard");
        let report = folder.path().join("report");
        let mut parent = Process::start(
            Command::new(std::env::current_exe().expect("we are a file"))
                .args(["--exact", "guard::tests::helper"])
                .env(HELPER, &report)
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
            End::Kill,
        )
        .expect("we can be started again");
        let text = util::poll(Duration::from_secs(60), || std::fs::read_to_string(&report).ok())
            .expect("the helper starts its servers");
        let mut words = text.split(' ');
        let mut pid = || words.next().and_then(|word| word.parse().ok());
        let redis: u32 = pid().expect("the pid of redis-server");
        let postgres: u32 = pid().expect("the pid of postgres");
        let left_over = PathBuf::from(words.next().expect("the folder"));
        assert!(is_running(redis) && is_running(postgres) && left_over.exists());

        parent.kill();

        let gone = util::poll(Duration::from_secs(20), || {
            let left = is_running(redis) || is_running(postgres) || left_over.exists();
            (!left).then_some(())
        });
        assert!(gone.is_some(), "redis-server {redis}, postgres {postgres} or {text} is left");
    }
}
