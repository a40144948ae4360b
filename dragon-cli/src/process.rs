//! A child with all that it starts: told to end in order, and ended if it does not.

use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// How long a child may take to end in order: an app tells its clients to come back, finishes what
/// is in hand, and publishes what it has (two times `Config::shutdown_patience`).
const PATIENCE: Duration = Duration::from_secs(25);

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A child in a process group of its own, so that a Ctrl-C in the terminal reaches us alone and we
/// say in which order things end.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Group,
}

impl Process {
    /// Starts a command.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(mut command: Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        command.process_group(0);
        let child = command.kill_on_drop(true).spawn()?;
        Ok(Self { group: Group::of(&child), child })
    }

    /// The pipes that were asked for.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Until it has ended: how.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Tells it, and all that it started, to end, and waits for that; `false` when something had
    /// to be killed. What it started may live on where it ended by itself.
    pub(crate) async fn end(mut self) -> bool {
        let group = self.group;
        group.tell(Told::End);
        let ended = async {
            let _ = self.child.wait().await;
            while group.is_there() {
                sleep(LOOK_EVERY).await;
            }
        };
        // Where it cannot be told, it need not be waited for.
        let patience = if cfg!(unix) { PATIENCE } else { Duration::ZERO };
        let in_order = timeout(patience, ended).await.is_ok();
        if !in_order {
            group.tell(Told::Die);
            let _ = self.child.kill().await;
        }
        // Its number may be another's from now on.
        self.group = Group::default();
        in_order
    }
}

impl Drop for Process {
    /// What the child itself started goes with it; tokio kills the child.
    fn drop(&mut self) {
        self.group.tell(Told::Die);
    }
}

/// A child and what it started. As long as one of them lives the number is no other's, be the
/// child itself gone.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    /// None: all of them are gone.
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        Self { id: number.and_then(rustix::process::Pid::from_raw) }
    }

    fn tell(self, told: Told) {
        use rustix::process::{Signal, kill_process_group};
        let signal = match told {
            Told::End => Signal::TERM,
            Told::Die => Signal::KILL,
        };
        // It may have ended this moment.
        let _ = self.id.map(|id| kill_process_group(id, signal));
    }

    fn is_there(self) -> bool {
        self.id.is_some_and(|id| rustix::process::test_kill_process_group(id).is_ok())
    }
}

/// Windows has no groups, and no signal that a child could answer: it is killed when it is dropped.
#[cfg(not(unix))]
impl Group {
    fn of(_: &Child) -> Self {
        Self {}
    }

    fn tell(self, _: Told) {}

    fn is_there(self) -> bool {
        false
    }
}

/// What a group is told.
#[derive(Clone, Copy)]
enum Told {
    End,
    Die,
}

/// Until somebody ends us: Ctrl-C, and on Unix Ctrl-\, SIGTERM and the end of the terminal.
pub(crate) struct Signals {
    #[cfg(unix)]
    unix: [tokio::signal::unix::Signal; 4],
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When that is not possible.
    pub(crate) fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let on = |kind| signal(kind);
            Ok(Self {
                unix: [
                    on(SignalKind::interrupt())?,
                    on(SignalKind::terminate())?,
                    on(SignalKind::hangup())?,
                    on(SignalKind::quit())?,
                ],
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Until the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [one, two, three, four] = &mut self.unix;
            tokio::select! {
                _ = one.recv() => {}
                _ = two.recv() => {}
                _ = three.recv() => {}
                _ = four.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::Stdio;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// A child that ends by itself, and what it started, which does not. The pipe ends with both.
    async fn left_behind() -> (Process, tokio::process::ChildStdout) {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & exit 7"]).stdout(Stdio::piped());
        let mut process = Process::start(command).unwrap();
        let pipe = process.child().stdout.take().unwrap();
        assert_eq!(process.ended().await.unwrap().code(), Some(7));
        (process, pipe)
    }

    async fn is_over(mut pipe: tokio::process::ChildStdout) {
        let mut said = Vec::new();
        timeout(Duration::from_secs(30), pipe.read_to_end(&mut said)).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_a_child_left_behind_is_ended() {
        let (process, pipe) = left_behind().await;
        process.end().await;
        is_over(pipe).await;
    }

    #[tokio::test]
    async fn what_a_child_left_behind_goes_with_it() {
        let (process, pipe) = left_behind().await;
        drop(process);
        is_over(pipe).await;
    }
}
