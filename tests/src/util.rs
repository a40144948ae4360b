//! Small things that every suite needs: ports, folders, patience.

use std::collections::HashSet;
use std::fmt::Display;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::guard;

/// How long a fixture waits for what should come at once. Long, because the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A port on 127.0.0.1 on which nobody listens, and which this process has not been given before.
///
/// It lies below the range from which the kernel takes ports for outgoing connections. Otherwise a client
/// could be given the port while its server is down between `kill` and `restart`, and a client that dials
/// a dead port in that range will, sooner or later, connect to itself.
///
/// # Panics
/// When no port is free.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut given = GIVEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let given = given.get_or_insert_with(HashSet::new);
    for _ in 0..2_000 {
        let port = 10_000 + u16::try_from(random() % 22_000).expect("below 22,000");
        if !given.contains(&port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            given.insert(port);
            return port;
        }
    }
    panic!("no free port between 10000 and 32000");
}

/// A number that differs from call to call and from process to process.
#[must_use]
pub fn random() -> u64 {
    RandomState::new().hash_one(Instant::now())
}

/// How often a fault or property test repeats: `usual`, or `long` under `tests/run --all`.
#[must_use]
pub fn rounds(usual: usize, long: usize) -> usize {
    if std::env::var_os("DRAGON_TEST_ALL").is_some() { long } else { usual }
}

/// A folder that is removed when it is dropped, or when the test process ends.
#[derive(Debug)]
pub struct TempDir {
    path: PathBuf,
}

impl TempDir {
    /// Makes an empty folder whose name begins with `name`.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn new(name: &str) -> TempDir {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = guard::folder().join(format!("{name}-{count}"));
        std::fs::create_dir(&path)
            .unwrap_or_else(|error| panic!("cannot make the folder {}: {error}", path.display()));
        TempDir { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // What a server still writes here while it dies is removed by the guard at the end.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Asks until the answer is `Ok`, and gives it back.
///
/// # Panics
/// With the last `Err` when `limit` has passed.
pub async fn eventually<T, E, F, Fut>(limit: Duration, mut ask: F) -> T
where
    E: Display,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(why) if Instant::now() > end => panic!("after {limit:?} still: {why}"),
            Err(_) => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// [`eventually`] for a condition of which `what` tells what it means.
///
/// # Panics
/// When the condition does not hold within `limit`.
pub async fn until<F, Fut>(limit: Duration, what: &str, mut holds: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    eventually(limit, || {
        let answer = holds();
        async move { if answer.await { Ok(()) } else { Err(format!("not so: {what}")) } }
    })
    .await;
}

/// Asks until the answer is `Some`, blocking the thread; `None` when `limit` has passed.
pub(crate) fn poll<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() > end {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_given_once_and_are_not_ephemeral() {
        let ports: HashSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50);
        assert!(ports.iter().all(|port| (10_000..32_000).contains(port)));
    }

    #[test]
    fn a_folder_lives_as_long_as_its_value() {
        let folder = TempDir::new("short");
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "x").expect("the folder is writable");
        drop(folder);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn eventually_asks_until_it_is_so() {
        let mut count = 0;
        let answer = eventually(PATIENCE, || {
            count += 1;
            let now = count;
            async move { if now > 3 { Ok(now) } else { Err("not yet") } }
        })
        .await;
        assert_eq!(answer, 4);
    }
}
