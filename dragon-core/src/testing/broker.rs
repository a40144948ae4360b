//! A broker that nodes in one process share, and that fails on demand.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::PATIENCE;
use crate::broker::{Broker, BrokerError, Delivery, Fence, Limits, MemoryBroker, Recovered, Topic};
use crate::change::{Data, Position, Publication};

/// What becomes of what a broker is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// It is done.
    #[default]
    Open,
    /// It waits until the way is another.
    Blocked,
    /// It is not done, and who asked is told that the broker cannot be reached.
    Failing,
    /// It is done, and who asked is told that the broker cannot be reached.
    Unanswered,
}

/// A broker for tests. Clones are the same broker.
///
/// It outlives the apps that use it, as a Redis would: so two apps that share it, and a
/// database, are two nodes, and an app that is started anew finds the history of the one before.
#[derive(Clone)]
pub struct TestBroker {
    broker: Arc<dyn Broker>,
    forgets: bool,
    publish: watch::Sender<Way>,
    since: watch::Sender<Way>,
    attempts: watch::Sender<u64>,
}

impl TestBroker {
    /// A broker in this process.
    #[must_use]
    pub fn new() -> Self {
        Self { forgets: false, ..Self::around(Arc::new(MemoryBroker::new(Limits::default()))) }
    }

    /// Puts faults in front of another broker.
    #[must_use]
    pub fn around(broker: Arc<dyn Broker>) -> Self {
        Self {
            forgets: broker.is_volatile(),
            broker,
            publish: watch::Sender::default(),
            since: watch::Sender::default(),
            attempts: watch::Sender::default(),
        }
    }

    /// What [`AppBuilder::broker`](crate::AppBuilder::broker) takes.
    #[must_use]
    pub fn shared(&self) -> Arc<dyn Broker> {
        Arc::new(self.clone())
    }

    /// What becomes of what is published and announced from now on, and of what is blocked.
    pub fn set_publish(&self, way: Way) {
        self.attempts.send_replace(0);
        self.publish.send_replace(way);
    }

    /// What becomes of asking for what came after a position: what a client that comes back does.
    pub fn set_since(&self, way: Way) {
        self.since.send_replace(way);
    }

    /// Waits until something was to be published, or announced, since
    /// [`set_publish`](Self::set_publish).
    ///
    /// # Panics
    /// When nothing is in 10 s.
    pub async fn attempted(&self) {
        let mut attempts = self.attempts.subscribe();
        let attempted = attempts.wait_for(|attempts| *attempts > 0);
        assert!(
            timeout(PATIENCE, attempted).await.is_ok(),
            "nothing was published in {PATIENCE:?}"
        );
    }

    async fn attempt<T>(
        &self,
        act: impl Future<Output = Result<T, BrokerError>>,
    ) -> Result<T, BrokerError> {
        self.attempts.send_modify(|attempts| *attempts += 1);
        goes(&self.publish, act).await
    }
}

/// Does it in the way that is set.
async fn goes<T>(
    way: &watch::Sender<Way>,
    act: impl Future<Output = Result<T, BrokerError>>,
) -> Result<T, BrokerError> {
    let fault = || Err(BrokerError::Unavailable("the test wants it so".to_owned()));
    let mut way = way.subscribe();
    let way = way.wait_for(|way| *way != Way::Blocked).await.map(|way| *way).unwrap_or_default();
    match way {
        Way::Failing => fault(),
        Way::Unanswered => act.await.and_then(|_| fault()),
        Way::Open | Way::Blocked => act.await,
    }
}

impl Default for TestBroker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestBroker")
            .field("publish", &*self.publish.borrow())
            .field("since", &*self.since.borrow())
            .finish_non_exhaustive()
    }
}

impl Broker for TestBroker {
    fn publish<'a>(
        &'a self,
        topic: &'a Topic,
        fence: Fence,
        batch: Vec<Publication>,
    ) -> BoxFuture<'a, Result<Vec<Position>, BrokerError>> {
        Box::pin(async move {
            let is_question = batch.is_empty();
            let act = self.broker.publish(topic, fence, batch);
            if is_question { act.await } else { self.attempt(act).await }
        })
    }

    fn top<'a>(&'a self, topic: &'a Topic) -> BoxFuture<'a, Result<Position, BrokerError>> {
        self.broker.top(topic)
    }

    fn since<'a>(
        &'a self,
        topic: &'a Topic,
        at: Position,
    ) -> BoxFuture<'a, Result<Recovered, BrokerError>> {
        Box::pin(async move { goes(&self.since, self.broker.since(topic, at)).await })
    }

    fn listen<'a>(
        &'a self,
        topics: &'a [Topic],
    ) -> BoxFuture<'a, Result<BoxStream<'static, Delivery>, BrokerError>> {
        self.broker.listen(topics)
    }

    fn nudge(&self) -> BoxFuture<'_, ()> {
        self.broker.nudge()
    }

    fn announce(&self, data: Data) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(async move { self.attempt(self.broker.announce(data)).await })
    }

    fn rights_changed<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move { self.attempt(self.broker.rights_changed(user)).await })
    }

    fn is_volatile(&self) -> bool {
        self.forgets
    }
}
