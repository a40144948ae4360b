//! What changes in the project, as far as it may concern the app.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use crate::failure::Failure;
use crate::project::Project;

/// How long it must be quiet before a change is told: editors write in several steps.
const QUIET: Duration = Duration::from_millis(150);
/// How long noise can put it off.
const LONGEST: Duration = Duration::from_secs(2);

/// Folders in which nothing is of the app.
const IGNORED: [&str; 4] = ["target", "node_modules", ".git", "dist"];

/// Watches a project.
pub(super) struct Changes {
    watcher: RecommendedWatcher,
    events: UnboundedReceiver<notify::Result<Event>>,
    root: PathBuf,
    watched: HashSet<PathBuf>,
    /// Where cargo builds, whatever its name.
    target: Option<PathBuf>,
    /// What the app reads at its start.
    env: PathBuf,
    /// What the program is made of, and the folders of what it embeds.
    sources: HashSet<PathBuf>,
    embedded: HashSet<PathBuf>,
}

impl Changes {
    /// Watches from now on: the package, and what lies beside the workspace's Cargo.toml and the
    /// app's `.env`, where that is elsewhere.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(super) fn watch(project: &Project) -> Result<Self, Failure> {
        let Project { root, folder, workspace, target, .. } = project;
        let (to, events) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event| {
            // Nobody listens any more at the end.
            let _ = to.send(event);
        })
        .map_err(|error| unwatchable(&error))?;
        let mut changes = Self {
            watcher,
            events,
            root: root.clone(),
            watched: HashSet::new(),
            // A project within it, as a test's may be, would be ignored with it.
            target: (!root.starts_with(target)).then(|| target.clone()),
            env: folder.join(".env"),
            sources: HashSet::new(),
            embedded: HashSet::new(),
        };
        changes.add(root)?;
        changes.watch_one(workspace)?;
        changes.watch_one(folder)?;
        Ok(changes)
    }

    /// Learns what a built program is made of: files that are embedded, and crates elsewhere on
    /// this disk.
    ///
    /// # Errors
    /// When the system does not let us watch them.
    pub(super) fn learn(&mut self, sources: Vec<PathBuf>) -> Result<(), Failure> {
        for folder in sources.iter().filter_map(|file| file.parent()) {
            if !folder.starts_with(&self.root) && folder.is_dir() {
                self.watch_one(folder)?;
            }
        }
        let is_embedded = |file: &&PathBuf| !is_code(file);
        let folders = sources.iter().filter(is_embedded).filter_map(|file| file.parent());
        // A file beside the project's own would make everything one.
        self.embedded = folders.filter(|folder| *folder != self.root).map(Path::to_owned).collect();
        self.sources = sources.into_iter().collect();
        Ok(())
    }

    /// Waits for the next change and until it is quiet; what has changed. Where the system does
    /// not know in full, the project's own folder stands for it.
    ///
    /// # Errors
    /// When the system does not let us watch any more.
    pub(super) async fn next(&mut self) -> Result<BTreeSet<PathBuf>, Failure> {
        let mut changed = BTreeSet::new();
        while changed.is_empty() {
            match self.events.recv().await {
                Some(event) => self.take(event, &mut changed)?,
                None => std::future::pending().await,
            }
        }
        let longest = Instant::now() + LONGEST;
        while let Ok(Some(event)) =
            timeout_at((Instant::now() + QUIET).min(longest), self.events.recv()).await
        {
            self.take(event, &mut changed)?;
        }
        Ok(changed)
    }

    fn take(
        &mut self,
        event: notify::Result<Event>,
        changed: &mut BTreeSet<PathBuf>,
    ) -> Result<(), Failure> {
        // The system lost some of what happened: anything may have changed, in folders too that we
        // were not told of.
        let Some(event) = event.ok().filter(|event| !event.need_rescan()) else {
            for folder in std::mem::take(&mut self.watched) {
                if folder.is_dir() {
                    self.watch_one(&folder)?;
                }
            }
            self.add(&self.root.clone())?;
            changed.insert(self.root.clone());
            return Ok(());
        };
        // Reading is no change.
        if matches!(event.kind, EventKind::Access(_)) {
            return Ok(());
        }
        for path in event.paths {
            if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)) && path.is_dir() {
                // What was written into it before we watched is told by its own name.
                let new = !self.watched.contains(&path);
                if new && path.starts_with(&self.root) && !self.is_ignored(&path) {
                    self.add(&path)?;
                    changed.insert(path);
                }
            } else if self.concerns(&path) {
                changed.insert(path);
            }
        }
        Ok(())
    }

    /// Watches a folder and those in it. Each by itself: to watch all of it at once would be to
    /// watch each build, and each installed package of the frontend.
    fn add(&mut self, folder: &Path) -> Result<(), Failure> {
        let mut left = vec![folder.to_owned()];
        while let Some(folder) = left.pop() {
            if self.is_ignored(&folder) {
                continue;
            }
            self.watch_one(&folder)?;
            // A folder that is gone again has nothing to watch.
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    left.push(entry.path());
                }
            }
        }
        Ok(())
    }

    fn watch_one(&mut self, folder: &Path) -> Result<(), Failure> {
        if !self.watched.insert(folder.to_owned()) {
            return Ok(());
        }
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => Ok(()),
            Err(_) if !folder.exists() => Ok(()),
            Err(error) => Err(unwatchable(&error)),
        }
    }

    fn is_ignored(&self, path: &Path) -> bool {
        if self.target.as_deref().is_some_and(|target| path.starts_with(target)) {
            return true;
        }
        let Ok(inside) = path.strip_prefix(&self.root) else { return false };
        inside.iter().any(|part| {
            let hidden = part.as_encoded_bytes().starts_with(b".") && !is_env(part);
            hidden || IGNORED.iter().any(|ignored| part == *ignored)
        })
    }

    /// Whether the app may be another after a change of this file. Cargo has the last word: what
    /// it does not build anew is not started anew.
    fn concerns(&self, path: &Path) -> bool {
        if self.is_ignored(path) {
            return false;
        }
        self.sources.contains(path)
            || is_code(path)
            || path == self.env
            || path.ancestors().any(|folder| self.embedded.contains(folder)) && !is_litter(path)
            || path.strip_prefix(&self.root).is_ok_and(|inside| {
                (inside.starts_with("src") || inside.starts_with("migrations")) && !is_litter(path)
            })
    }
}

/// Rust, and what cargo reads.
fn is_code(path: &Path) -> bool {
    let cargos = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];
    path.extension().is_some_and(|extension| extension == "rs")
        || path.file_name().is_some_and(|name| cargos.iter().any(|one| name == *one))
}

fn is_env(name: &OsStr) -> bool {
    name == ".env"
}

/// Whether any of these is the file that the app reads at its start.
pub(super) fn has_env(changed: &BTreeSet<PathBuf>) -> bool {
    changed.iter().filter_map(|path| path.file_name()).any(is_env)
}

/// What editors and databases leave beside what is meant.
fn is_litter(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    let ends = ["~", ".swp", ".swx", ".tmp", ".bak", ".db", ".sqlite", ".sqlite3"];
    let inside = [".db-", ".sqlite-", ".sqlite3-", ".tmp."];
    ends.iter().any(|end| name.ends_with(end))
        || inside.iter().any(|part| name.contains(part))
        || name.starts_with(['.', '#'])
        // By which vim finds out whether it may write.
        || name == "4913"
}

fn unwatchable(error: &notify::Error) -> Failure {
    let failure = Failure::new(format!("the project cannot be watched: {error}"));
    match error.kind {
        notify::ErrorKind::MaxFilesWatch => failure
            .help("let the system watch more: sudo sysctl fs.inotify.max_user_watches=524288"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// An app in this folder of a workspace, which builds within it.
    fn watched(workspace: &Path, root: &Path) -> Changes {
        let project = Project {
            package: "app".to_owned(),
            bin: "app".to_owned(),
            root: root.to_owned(),
            folder: root.to_owned(),
            workspace: workspace.to_owned(),
            target: root.join("out"),
            rust_version: None,
        };
        Changes::watch(&project).unwrap()
    }

    fn changes(root: &Path) -> Changes {
        let mut changes = watched(root, root);
        let sources = ["src/main.rs", "page/index.html"].map(|file| root.join(file));
        changes.learn(sources.to_vec()).unwrap();
        changes
    }

    #[test]
    fn what_is_of_the_app_concerns_it() {
        let folder = dragon_tests::TempDir::new("changes");
        let changes = changes(folder.path());
        let concerns = |file: &str| changes.concerns(&folder.path().join(file));
        for file in [
            "src/models/note.rs",
            "src/page.html",
            "Cargo.toml",
            "Cargo.lock",
            ".env",
            "build.rs",
            "migrations/1.sql",
            "page/index.html",
            "page/parts/new.js",
        ] {
            assert!(concerns(file), "{file}");
        }
        for file in [
            "app.db",
            "app.db-wal",
            "src/app.sqlite",
            "README.md",
            "target/debug/build/x/out.rs",
            "out/debug/x.rs",
            ".git/index",
            "frontend/node_modules/a/b.rs",
            "frontend/src/app.js",
            "src/.main.rs.swp",
            "src/4913",
            "page/index.html~",
        ] {
            assert!(!concerns(file), "{file}");
        }
    }

    #[tokio::test]
    async fn before_the_first_build_it_is_known_where_cargo_builds() {
        let folder = dragon_tests::TempDir::new("changes");
        let (workspace, root) = (folder.path(), folder.path().join("app"));
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::create_dir(workspace.join("other")).unwrap();
        let mut changes = watched(workspace, &root);
        std::fs::create_dir_all(root.join("out/debug")).unwrap();
        for file in
            ["out/debug/made.rs", "src/main.rs", "../other/b.rs", "../.env", "../Cargo.toml"]
        {
            std::fs::write(root.join(file), "x").unwrap();
        }
        // Of the workspace it is what cargo reads.
        let concerning = BTreeSet::from([root.join("src/main.rs"), workspace.join("Cargo.toml")]);
        assert_eq!(changes.next().await.unwrap(), concerning);
    }

    #[tokio::test]
    async fn what_the_system_lost_may_be_anything() {
        use notify::event::Flag;
        let folder = dragon_tests::TempDir::new("changes");
        let root = folder.path();
        let mut changes = changes(root);
        let lost = [
            Err(notify::Error::generic("the queue is full")),
            Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)),
        ];
        for (at, event) in lost.into_iter().enumerate() {
            // A folder that we were not told of is watched from then on.
            let new = root.join(format!("src{at}"));
            std::fs::create_dir(&new).unwrap();
            while changes.events.try_recv().is_ok() {}
            let mut changed = BTreeSet::new();
            changes.take(event, &mut changed).unwrap();
            assert_eq!(changed, BTreeSet::from([root.to_owned()]));
            assert!(changes.watched.contains(&new));
        }
    }

    #[tokio::test]
    async fn changes_are_told_together_and_in_new_folders_too() {
        let folder = dragon_tests::TempDir::new("changes");
        let root = folder.path();
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::create_dir_all(root.join("target")).unwrap();
        let mut changes = changes(root);
        let write = |file: &str| std::fs::write(root.join(file), "x").unwrap();
        write("src/main.rs");
        write("src/lib.rs");
        write("target/a.rs");
        write("app.db");
        let files =
            |names: &[&str]| names.iter().map(|name| root.join(name)).collect::<BTreeSet<_>>();
        assert_eq!(changes.next().await.unwrap(), files(&["src/lib.rs", "src/main.rs"]));
        std::fs::create_dir_all(root.join("src/models/deep")).unwrap();
        changes.next().await.unwrap();
        write("src/models/deep/note.rs");
        assert_eq!(changes.next().await.unwrap(), files(&["src/models/deep/note.rs"]));
        std::fs::remove_file(root.join("src/lib.rs")).unwrap();
        assert_eq!(changes.next().await.unwrap(), files(&["src/lib.rs"]));
    }
}
