//! A broker that can be told to fail, between the relay and a broker that never does.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use dragon::broker::{
    Broker, BrokerError, Delivery, Fence, Limits, MemoryBroker, Recovered, Topic,
};
use dragon::change::{Data, Position, Publication};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::watch;

/// What becomes of a batch with something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is published.
    Open,
    /// It waits until the way is another.
    Blocked,
    /// It is lost, and the relay does not know.
    Lost,
    /// It is published, and the relay does not know.
    Unanswered,
}

/// Carries what it is given to a [`MemoryBroker`] that outlives the apps, as a Redis would.
#[derive(Debug)]
pub struct Courier {
    broker: MemoryBroker,
    way: watch::Sender<Way>,
    batches: Mutex<Vec<Vec<i64>>>,
}

impl Courier {
    pub fn new() -> Arc<Courier> {
        Arc::new(Courier {
            broker: MemoryBroker::new(Limits::default()),
            way: watch::Sender::new(Way::Open),
            batches: Mutex::default(),
        })
    }

    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// The log ids of every batch that was handed over, delivered or not.
    pub fn batches(&self) -> Vec<Vec<i64>> {
        self.batches.lock().unwrap().clone()
    }

    /// As [`batches`](Self::batches), each once.
    pub fn different_batches(&self) -> usize {
        self.batches().into_iter().collect::<HashSet<_>>().len()
    }
}

impl Broker for Courier {
    fn publish<'a>(
        &'a self,
        topic: &'a Topic,
        fence: Fence,
        batch: Vec<Publication>,
    ) -> BoxFuture<'a, Result<Vec<Position>, BrokerError>> {
        Box::pin(async move {
            if batch.is_empty() {
                return self.broker.publish(topic, fence, batch).await;
            }
            let ids = batch.iter().map(|one| one.source.id).collect();
            self.batches.lock().unwrap().push(ids);
            let mut way = self.way.subscribe();
            let way = *way.wait_for(|way| *way != Way::Blocked).await.unwrap();
            let unknown = BrokerError::Unavailable("so the test wants it".to_owned());
            if way == Way::Lost {
                return Err(unknown);
            }
            let places = self.broker.publish(topic, fence, batch).await?;
            if way == Way::Unanswered { Err(unknown) } else { Ok(places) }
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
        self.broker.since(topic, at)
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
        self.broker.announce(data)
    }

    fn rights_changed<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), BrokerError>> {
        self.broker.rights_changed(user)
    }

    fn is_volatile(&self) -> bool {
        false
    }
}
