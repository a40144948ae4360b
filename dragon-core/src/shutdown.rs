//! How everything is told to end, and how its end is awaited.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The app's one signal to end, and the count of the tasks that must have ended.
///
/// Every task of the library is spawned through it: nothing runs that a shutdown does not wait
/// for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// Tells everything to end.
    pub(crate) fn signal(&self) {
        self.token.cancel();
    }

    pub(crate) fn is_signalled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Until the signal.
    pub(crate) async fn signalled(&self) {
        self.token.cancelled().await;
    }

    /// Until the signal or the end of `other`.
    pub(crate) async fn or(&self, other: impl Future<Output = ()>) {
        tokio::select! {
            () = self.signalled() => {}
            () = other => {}
        }
    }

    /// Runs a task that [`ended`](Self::ended) waits for.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Until every task has ended.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// How many tasks run.
    pub(crate) fn running(&self) -> usize {
        self.tasks.len()
    }
}
