//! The rows of a channel whose filter looks into other tables.
//!
//! One row does not tell whether it belongs to such a channel: a rename in another table may bring
//! it in or take it out. So the channel keeps what it has told, and a change in any of the tables
//! makes it ask the database about the rows that the change may concern. The difference is told.
//! It is always that between what was told and what the database has now, whatever led there:
//! changes may come late, twice or together.

use std::collections::HashSet;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{Mutex as Turns, MutexGuard as Turn};
use tokio::time::{Instant, sleep};

use super::index::ChannelId;
use super::telling::{Answer, Telling};
use super::told::{Told, Word};
use super::waiting::{Waiting, What};
use super::{ChannelSpec, Hub};
use crate::broker::Topic;
use crate::change::{Change, Position};
use crate::filter::Value;
use crate::model::{Own, Reach, Watch};
use crate::protocol::encode_push;
use crate::shutdown::Shutdown;

/// How long a first change waits for others that come with it.
const GATHER: Duration = Duration::from_millis(5);

/// How soon a database that refused is asked again: at first, and at last.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How long the database may refuse before clients are told that what they show may be wrong.
const STALE: Duration = Duration::from_secs(3);

/// A row that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `id` and `_type`, as JSON text.
    pub reference: String,
    /// The whole object, as JSON text, if the row matches.
    pub object: Option<String>,
}

/// Answers, from the database, which rows match a channel's filter.
pub trait Members: fmt::Debug + Send + Sync + 'static {
    /// As of one moment: every row that matches, or what there is of those asked about (which do
    /// not match if they are not in the answer). One more than [`most`](Self::most) at the most.
    fn read<'a>(&'a self, what: &'a What) -> BoxFuture<'a, Result<Vec<Member>, String>>;

    /// The primary key of a row as in [`Member::reference`].
    fn reference(&self, key: &Value) -> String;

    /// How many rows a channel may have.
    fn most(&self) -> usize;
}

/// What a channel needs whose filter looks into other tables.
#[derive(Clone, Debug)]
pub struct Looking {
    /// Who asks the database.
    pub members: Arc<dyn Members>,
    /// Which changes of its own rows matter.
    pub own: Own,
    /// The tables it looks into.
    pub watches: Vec<Watch>,
}

/// More rows match than a channel may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// What a channel has told, and what it must ask about.
#[derive(Debug)]
pub(super) struct Membership {
    place: Place,
    members: Arc<dyn Members>,
    telling: Telling,
    own: Own,
    /// The rows of which a change was not told that may have brought them in; `None` where those
    /// are too many to be kept.
    withheld: Mutex<Option<HashSet<String>>>,
    waiting: Mutex<Waiting>,
    /// Held by whoever reads from the database and tells the difference: one after the other.
    kept: Turns<Kept>,
    left: AtomicBool,
}

/// Where it tells.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) hub: Weak<Hub>,
    pub(super) topic: Topic,
    pub(super) channel_id: ChannelId,
    pub(super) channel: String,
    pub(super) binding: String,
}

/// What has been told.
#[derive(Debug)]
pub(super) struct Kept {
    told: Told,
    /// How many messages there were. With an epoch of its own it makes a position that no topic
    /// has.
    reached: Position,
}

impl Membership {
    pub(super) fn new(place: Place, looking: &Looking, spec: &ChannelSpec) -> Self {
        let telling = spec.telling.clone();
        let reached = Position::start_of_new_epoch();
        let kept = Turns::new(Kept { told: Told::nothing(spec.renderer.held().cloned()), reached });
        let (waiting, left) = (Mutex::default(), AtomicBool::new(false));
        let (members, own) = (Arc::clone(&looking.members), looking.own.clone());
        let withheld = Mutex::new(Some(HashSet::new()));
        Self { place, members, telling, own, withheld, waiting, kept, left }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn withheld(&self) -> MutexGuard<'_, Option<HashSet<String>>> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody listens any more.
    pub(super) fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Something happened to an own row.
    pub(super) fn touch(self: &Arc<Self>, change: &Change, shutdown: &Shutdown) {
        let reference = self.members.reference(&change.key);
        if !self.concerns(&reference, change) {
            return;
        }
        let view = match self.telling.of(change) {
            // It is told with the next change that is.
            Answer::Nothing => {
                let mut withheld = self.withheld();
                if let Some(rows) = withheld.as_mut() {
                    rows.insert(reference);
                    if rows.len() > self.members.most() {
                        *withheld = None;
                    }
                }
                return;
            }
            Answer::View(name, _) => Some(name),
            Answer::Whole | Answer::Failed => None,
        };
        self.wake(shutdown, |waiting| waiting.key(reference, &change.key, view));
    }

    /// Whether anything may have to be told of a change. Not of that of a row which was not told,
    /// and which the change does not bring in. Only while nobody reads is it known what was told:
    /// who reads later reads what this change has made of the row.
    fn concerns(&self, reference: &str, change: &Change) -> bool {
        self.own.may_bring_in(change)
            || self.withheld().as_mut().is_none_or(|rows| rows.remove(reference))
            || self.kept.try_lock().map_or(true, |kept| kept.told.may_have(reference))
    }

    /// Something happened in another table.
    pub(super) fn reach(self: &Arc<Self>, reach: Reach, shutdown: &Shutdown) {
        self.wake(shutdown, |waiting| waiting.reach(reach));
    }

    /// Anything may have happened.
    pub(super) fn doubt(self: &Arc<Self>, shutdown: &Shutdown) {
        self.wake(shutdown, Waiting::everything);
    }

    /// Notes what has happened; a task of its own looks into it, for as long as there is
    /// something to look into. Never waits.
    fn wake(self: &Arc<Self>, shutdown: &Shutdown, note: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.waiting();
        note(&mut waiting);
        if waiting.begin() {
            shutdown.spawn(Arc::clone(self).look(shutdown.clone()));
        }
    }

    async fn look(self: Arc<Self>, shutdown: Shutdown) {
        let (mut pause, mut refused) = (GATHER, None);
        loop {
            tokio::select! {
                () = sleep(pause) => {}
                () = shutdown.signalled() => return,
            }
            let Some(hub) = self.place.hub.upgrade() else { return };
            // So that many channels together leave the database something for the verbs.
            let Ok(_permit) = hub.looking.acquire().await else { return };
            let mut kept = self.kept.lock().await;
            let Some(what) = self.waiting().take() else { return };
            if self.left.load(Ordering::Relaxed) {
                return;
            }
            // What was told is not known any more.
            let what = if kept.told.is_known() { what } else { What::Everything };
            let read = AssertUnwindSafe(self.members.read(&what)).catch_unwind().await;
            match read.unwrap_or_else(|_| Err("it panicked".to_owned())) {
                Ok(found) => {
                    (pause, refused) = (GATHER, None);
                    self.tell(&hub, &mut kept, what, &found);
                }
                Err(why) => {
                    let since = refused.get_or_insert((Instant::now(), false));
                    pause = (pause * 2).clamp(RETRY.0, RETRY.1);
                    tracing::warn!(channel = self.place.channel, why, "cannot tell who belongs");
                    if since.0.elapsed() > STALE && !since.1 {
                        since.1 = true;
                        hub.resync(&self.place.topic, self.place.channel_id);
                    }
                    self.waiting().again(what);
                }
            }
        }
    }

    fn tell(&self, hub: &Hub, kept: &mut Kept, what: What, found: &[Member]) {
        let Place { topic, channel_id, .. } = &self.place;
        let most = self.members.most();
        match what {
            What::Among { .. } if found.len() > most => {
                self.waiting().again(What::Everything);
            }
            What::Among { keys, among, views } => {
                // What happened in other tables is told whole.
                let view = |reference: &str| {
                    let name = views.get(reference).filter(|_| among.reaches.is_empty())?;
                    self.telling.view(name)
                };
                let words = kept.told.some(&keys, found, view);
                if kept.told.len() > most {
                    self.lose(hub, kept);
                } else {
                    self.push(hub, kept, &words, None);
                }
            }
            What::Everything if found.len() > most => self.lose(hub, kept),
            What::Everything => {
                let known = kept.told.is_known();
                let words = kept.told.all(found);
                match known {
                    true => self.push(hub, kept, &words, None),
                    // Nobody has loaded it yet, or it was forgotten, which was told.
                    false => hub.resync_open(topic, *channel_id),
                }
            }
        }
    }

    /// There are too many to be kept: whoever listens is told, and finds out when it loads anew.
    fn lose(&self, hub: &Hub, kept: &mut Kept) {
        if kept.told.is_known() {
            tracing::warn!(channel = self.place.channel, "too many rows to keep; everyone reloads");
            kept.told.forget();
            hub.resync(&self.place.topic, self.place.channel_id);
        }
    }

    fn push(&self, hub: &Hub, kept: &mut Kept, words: &[Word], but: Option<u64>) {
        let Place { topic, channel_id, channel, binding, .. } = &self.place;
        let frames = words
            .iter()
            .map(|word| {
                kept.reached.offset += 1;
                let position = bound(kept.reached, binding);
                (kept.reached, encode_push(channel, word.action, &word.object, &position))
            })
            .collect();
        hub.tell(topic, *channel_id, frames, but);
    }

    /// Waits until nobody else reads: what is read from now on can be loaded.
    pub(super) async fn turn(&self) -> Turn<'_, Kept> {
        self.kept.lock().await
    }

    /// Takes what a joiner has read, in its turn: all others are told the difference. Answers
    /// what the joiner has.
    pub(super) fn load(
        &self,
        kept: &mut Kept,
        found: &[Member],
        joiner: u64,
    ) -> Result<Position, TooMany> {
        if found.len() > self.members.most() {
            return Err(TooMany);
        }
        if let Some(hub) = self.place.hub.upgrade() {
            let known = kept.told.is_known();
            let mut words = kept.told.all(found);
            if !known {
                // What the others have is not known: they load anew as well.
                words.clear();
                hub.resync_open(&self.place.topic, self.place.channel_id);
            }
            self.push(&hub, kept, &words, Some(joiner));
        }
        Ok(kept.reached)
    }
}

impl Kept {
    /// How far it has come, if it knows what it has told.
    pub(super) fn position(&self) -> Option<Position> {
        self.told.is_known().then_some(self.reached)
    }

    /// What is told of a row that leaves, by its reference; `None` if it was not told.
    pub(super) fn left(&self, reference: &str) -> Option<String> {
        self.told.left(reference)
    }
}

/// A position in a form that can be none of a topic's: those begin with a hexadecimal digit.
pub(super) fn bound(position: Position, binding: &str) -> String {
    format!("m{position}:{binding}")
}

#[cfg(test)]
mod tests;
