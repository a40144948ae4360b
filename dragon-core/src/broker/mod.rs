//! The broker: what carries publications between nodes and keeps their history.

mod history;
mod limits;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod rights;
mod said;

pub use limits::Limits;
pub use memory::MemoryBroker;
#[cfg(feature = "redis")]
pub(crate) use redis::Commands;
#[cfg(feature = "redis")]
pub use redis::RedisBroker;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::change::{Data, Position, Publication};

/// A stream in the broker: one per model, by the model's wire name, and one of data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(Arc<str>);

impl Topic {
    /// The topic of that name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The topic of data that goes through the change log. No model's name has a `:`.
    #[must_use]
    pub fn data() -> Self {
        Self::new("dragon:data")
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A publication at its place in a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where it stands.
    pub position: Position,
    /// What it tells.
    pub publication: Publication,
}

/// What a publisher shows to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Grows with each relay that takes over; the broker refuses one that it has seen exceeded.
    pub generation: u64,
    /// The topic's last position that the database knows of. A history that ends before it, or is
    /// of another epoch, has lost something, and a new epoch begins (unless the history is of one
    /// in which nothing was published yet). The same position shown again finds the epoch that
    /// began because of it. `None` where nothing was ever published.
    pub last: Option<Position>,
}

/// Why the broker did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Another relay has taken over; this one must stop.
    #[error("a relay of generation {generation} has taken over")]
    Stale {
        /// The generation that it has seen.
        generation: u64,
    },
    /// It cannot be reached just now.
    #[error("the broker is unavailable: {0}")]
    Unavailable(String),
}

/// What came after a position.
#[derive(Clone, Debug, PartialEq)]
pub enum Recovered {
    /// Everything after it, in order, and the position that has been reached with that.
    Events {
        /// What came after.
        events: Vec<Arc<Event>>,
        /// The last of them, or the position asked for where there are none.
        top: Position,
    },
    /// It cannot be known: trimmed, of another epoch, or across a Reset.
    Gap,
}

/// What a node is told by its broker.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// Publications of one topic, in order, without a hole between them and what this listener
    /// was told of that topic before.
    Events {
        /// The topic.
        topic: Topic,
        /// In order; never empty.
        events: Vec<Arc<Event>>,
    },
    /// Something may have been missed that cannot be had any more, or a new epoch began.
    Gap {
        /// The topic.
        topic: Topic,
    },
    /// Somebody wrote: the relay may look at its log.
    Nudge,
    /// Somebody announced data; what was published before it was delivered before it.
    Data(Arc<Data>),
    /// What a user may see has changed.
    Rights {
        /// Who; `None` where it is not known whose rights changed, because something may have been
        /// missed.
        user: Option<Arc<str>>,
    },
}

/// Carries publications between the nodes of one namespace and keeps a bounded history.
///
/// One contract suite (in the `tests` package) is passed by every implementation.
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// Appends a batch to the topic's history and fans it out, as one atomic act.
    ///
    /// A publication whose source is in the history already is not appended again; its old
    /// position is answered. An empty batch only checks the fence (and begins a new epoch where
    /// the history has lost something).
    ///
    /// # Errors
    /// [`BrokerError::Stale`] when a later generation has published to the topic;
    /// [`BrokerError::Unavailable`] when it is not known whether the batch was appended: publish
    /// it again.
    fn publish<'a>(
        &'a self,
        topic: &'a Topic,
        fence: Fence,
        batch: Vec<Publication>,
    ) -> BoxFuture<'a, Result<Vec<Position>, BrokerError>>;

    /// The topic's last position; offset 0 of a fresh epoch where nothing was published.
    ///
    /// # Errors
    /// When the broker cannot be reached.
    fn top<'a>(&'a self, topic: &'a Topic) -> BoxFuture<'a, Result<Position, BrokerError>>;

    /// Everything after `at`, or [`Recovered::Gap`] where that cannot be known.
    ///
    /// # Errors
    /// When the broker cannot be reached.
    fn since<'a>(
        &'a self,
        topic: &'a Topic,
        at: Position,
    ) -> BoxFuture<'a, Result<Recovered, BrokerError>>;

    /// The stream of deliveries for a node that is interested in these topics. It listens from
    /// this call on (before the stream is first polled), and never ends while the broker lives.
    ///
    /// # Errors
    /// When the broker cannot be reached at all.
    fn listen<'a>(
        &'a self,
        topics: &'a [Topic],
    ) -> BoxFuture<'a, Result<BoxStream<'static, Delivery>, BrokerError>>;

    /// Tells every listener, this node's included, that somebody wrote; best effort.
    fn nudge(&self) -> BoxFuture<'_, ()>;

    /// Tells every listener, this node's included, in the order of announcing; best effort: in no
    /// history, and lost to a listener that is away or too slow. After a broken connection it may
    /// come twice.
    ///
    /// # Errors
    /// When the broker cannot be reached.
    fn announce(&self, data: Data) -> BoxFuture<'_, Result<(), BrokerError>>;

    /// Tells every listener, this node's included, that what a user may see has changed. A listener
    /// that may have missed one is told of a user that is not known.
    ///
    /// # Errors
    /// When the broker cannot be reached.
    fn rights_changed<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), BrokerError>>;

    /// Whether its history is gone when this process ends. The log is then cleared at start:
    /// nobody can have seen what is in it.
    fn is_volatile(&self) -> bool;
}
