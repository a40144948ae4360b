//! The broker of an app that runs as a single process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::watch;

use super::history::History;
use super::rights::Rights;
use super::said::Said;
use super::{Broker, BrokerError, Delivery, Event, Fence, Limits, Recovered, Topic};
use crate::change::{Data, Position, Publication};

/// How many events a listener takes at once: publishers wait while it does.
const TURN: usize = 512;

/// A broker inside the process. Its history is gone with it.
///
/// Two apps in one process are two nodes if they share one of these.
pub struct MemoryBroker {
    shared: Arc<Shared>,
    /// Wakes the listeners after each change; the value counts the nudges.
    wake: watch::Sender<u64>,
}

/// What listeners read, and publishers write.
///
/// One lock for all topics: it is held for the time of a few moves and never over an await.
#[derive(Debug)]
struct Shared {
    limits: Limits,
    kept: Mutex<Kept>,
    rights: Mutex<Rights>,
}

#[derive(Debug, Default)]
struct Kept {
    topics: HashMap<Topic, History>,
    said: Said,
}

impl Shared {
    fn rights(&self) -> MutexGuard<'_, Rights> {
        self.rights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `act` makes of the topic's history, which begins here if it has to.
    fn with<T>(&self, topic: &Topic, act: impl FnOnce(&mut History) -> T) -> T {
        let mut kept = self.kept();
        act(kept.topics.entry(topic.clone()).or_insert_with(|| History::new(self.limits)))
    }
}

impl MemoryBroker {
    /// A broker whose topics keep that much.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let shared = Arc::new(Shared { limits, kept: Mutex::default(), rights: Mutex::default() });
        Self { shared, wake: watch::Sender::new(0) }
    }

    fn append(
        &self,
        topic: &Topic,
        fence: Fence,
        batch: Vec<Publication>,
    ) -> Result<Vec<Position>, BrokerError> {
        // Measured before the lock is taken: this is the expensive part.
        let sizes: Vec<usize> = batch.iter().map(|one| one.encode().len()).collect();
        let positions = self.shared.with(topic, |history| {
            history.admit(fence)?;
            Ok(batch.into_iter().zip(sizes).map(|(one, size)| history.append(one, size)).collect())
        });
        self.wake.send_modify(|_| ());
        positions
    }
}

impl Default for MemoryBroker {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl fmt::Debug for MemoryBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBroker").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl Broker for MemoryBroker {
    fn publish<'a>(
        &'a self,
        topic: &'a Topic,
        fence: Fence,
        batch: Vec<Publication>,
    ) -> BoxFuture<'a, Result<Vec<Position>, BrokerError>> {
        Box::pin(async move { self.append(topic, fence, batch) })
    }

    fn top<'a>(&'a self, topic: &'a Topic) -> BoxFuture<'a, Result<Position, BrokerError>> {
        Box::pin(async move { Ok(self.shared.with(topic, |history| history.top())) })
    }

    fn since<'a>(
        &'a self,
        topic: &'a Topic,
        at: Position,
    ) -> BoxFuture<'a, Result<Recovered, BrokerError>> {
        Box::pin(async move { Ok(self.shared.with(topic, |history| history.since(at))) })
    }

    fn listen<'a>(
        &'a self,
        topics: &'a [Topic],
    ) -> BoxFuture<'a, Result<BoxStream<'static, Delivery>, BrokerError>> {
        Box::pin(async move {
            let listener = Listener::new(self, topics);
            Ok(stream::unfold(listener, |mut listener| async {
                listener.next().await.map(|delivery| (delivery, listener))
            })
            .boxed())
        })
    }

    fn nudge(&self) -> BoxFuture<'_, ()> {
        self.wake.send_modify(|nudges| *nudges += 1);
        Box::pin(std::future::ready(()))
    }

    fn announce(&self, data: Data) -> BoxFuture<'_, Result<(), BrokerError>> {
        {
            let mut kept = self.shared.kept();
            let tops = kept.topics.iter().map(|(topic, history)| (topic.clone(), history.top()));
            let tops = tops.collect();
            kept.said.push(data, tops);
        }
        self.wake.send_modify(|_| ());
        Box::pin(std::future::ready(Ok(())))
    }

    fn rights_changed<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), BrokerError>> {
        self.shared.rights().push(user);
        self.wake.send_modify(|_| ());
        Box::pin(std::future::ready(Ok(())))
    }

    fn is_volatile(&self) -> bool {
        true
    }
}

/// A reader of the histories, with a place of its own in each.
///
/// There is no queue: the history is the queue. So a listener costs the same however slow it is,
/// publishers never wait for one, and one that the history has outrun is told of a Gap.
struct Listener {
    shared: Arc<Shared>,
    changed: watch::Receiver<u64>,
    /// How many nudges it has passed on.
    nudges: u64,
    /// How many announcements there were before the next.
    said: u64,
    /// Of how many changes of rights it has told.
    rights: u64,
    /// How far it has come in each topic.
    places: Vec<(Topic, Position)>,
    /// The topic that is looked at first, so that a busy one does not starve the others.
    turn: usize,
}

impl Listener {
    fn new(broker: &MemoryBroker, topics: &[Topic]) -> Self {
        let changed = broker.wake.subscribe();
        let nudges = *changed.borrow();
        let said = broker.shared.kept().said.end();
        let place = |topic: &Topic| broker.shared.with(topic, |history| history.top());
        Self {
            shared: Arc::clone(&broker.shared),
            changed,
            nudges,
            said,
            rights: broker.shared.rights().count(),
            places: topics.iter().map(|topic| (topic.clone(), place(topic))).collect(),
            turn: 0,
        }
    }

    /// The next delivery; `None` when the broker is gone and all is told.
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            // Marked as seen before looking, so that what comes while looking wakes again.
            let nudges = *self.changed.borrow_and_update();
            if nudges != self.nudges {
                self.nudges = nudges;
                return Some(Delivery::Nudge);
            }
            let rights = self.shared.rights().after(self.rights);
            if let Some((user, heard)) = rights {
                self.rights = heard;
                return Some(Delivery::Rights { user });
            }
            if let Some(delivery) = self.read() {
                return Some(delivery);
            }
            self.changed.changed().await.ok()?;
        }
    }

    fn read(&mut self) -> Option<Delivery> {
        let kept = self.shared.kept();
        // Of one that says more than these topics publish, nothing waits for the other.
        if let Some(next) = kept.said.at(&mut self.said)
            && has_reached(&self.places, &next.tops)
        {
            self.said += 1;
            return Some(Delivery::Data(Arc::clone(&next.data)));
        }
        for step in 0..self.places.len() {
            let at = (self.turn + step) % self.places.len();
            let (topic, place) = &mut self.places[at];
            let Some(history) = kept.topics.get(topic) else { continue };
            if *place != history.top() {
                self.turn = at + 1;
                return Some(deliver(topic, place, history));
            }
        }
        None
    }
}

/// Whether a listener has been told of all that was published up to there.
fn has_reached(places: &[(Topic, Position)], tops: &[(Topic, Position)]) -> bool {
    places.iter().all(|(topic, place)| {
        let top = tops.iter().find(|(other, _)| other == topic);
        top.is_none_or(|(_, top)| top.is_within(*place) || top.epoch != place.epoch)
    })
}

/// The next delivery from a history that is not where the listener is.
fn deliver(topic: &Topic, place: &mut Position, history: &History) -> Delivery {
    let events: Vec<Arc<Event>> = history.after(*place, TURN).unwrap_or_default();
    // After a Gap it goes on from the top: what is still there is of no use to those who load
    // anew.
    *place = events.last().map_or(history.top(), |last| last.position);
    if events.is_empty() {
        Delivery::Gap { topic: topic.clone() }
    } else {
        Delivery::Events { topic: topic.clone(), events }
    }
}
