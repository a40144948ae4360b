//! A listener that checks what it is told.

use std::collections::HashMap;
use std::sync::Arc;

use dragon::broker::{Broker, Delivery, Event, Topic};
use dragon::change::{Data, Position};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::time::timeout;

use crate::support::{PATIENCE, top};

/// Listens, and holds the broker to its word with each delivery: events of a topic continue each
/// other without a hole and never come twice, unless a Gap says otherwise.
pub(crate) struct Ear {
    stream: BoxStream<'static, Delivery>,
    places: HashMap<Topic, Place>,
}

struct Place {
    at: Position,
    /// A Gap was told, and no event since.
    lost: bool,
}

/// What was heard of one topic.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) events: Vec<Arc<Event>>,
    pub(crate) gaps: usize,
}

impl Ear {
    /// Listens to topics on which nobody publishes in this moment.
    pub(crate) async fn new(broker: &Arc<dyn Broker>, topics: &[Topic]) -> Self {
        let mut places = HashMap::new();
        for topic in topics {
            places.insert(topic.clone(), Place { at: top(broker, topic).await, lost: false });
        }
        Self { stream: broker.listen(topics).await.expect("it can be listened to"), places }
    }

    /// The next delivery, checked; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Delivery> {
        let delivery =
            timeout(PATIENCE, self.stream.next()).await.expect("something is delivered")?;
        match &delivery {
            Delivery::Events { topic, events } => {
                let place = self.places.get_mut(topic).expect("a topic that was asked for");
                assert!(!events.is_empty(), "an empty delivery of {topic}");
                for event in events {
                    place.check(event.position);
                }
            }
            Delivery::Gap { topic } => {
                self.places.get_mut(topic).expect("a topic that was asked for").lost = true;
            }
            Delivery::Nudge | Delivery::Data(_) | Delivery::Rights { .. } => {}
        }
        Some(delivery)
    }

    /// The next delivery of that topic.
    pub(crate) async fn next_of(&mut self, of: &Topic) -> Delivery {
        loop {
            let next = self.next().await.expect("the stream goes on");
            match &next {
                Delivery::Events { topic, .. } | Delivery::Gap { topic } if topic == of => {
                    return next;
                }
                _ => {}
            }
        }
    }

    /// The next user whose rights changed.
    pub(crate) async fn rights(&mut self) -> Option<Arc<str>> {
        loop {
            if let Delivery::Rights { user } = self.next().await.expect("the stream goes on") {
                return user;
            }
        }
    }

    /// What is told of a topic until a position is reached.
    pub(crate) async fn until(&mut self, topic: &Topic, at: Position) -> Heard {
        let mut heard = Heard::default();
        while heard.events.last().is_none_or(|last| last.position != at) {
            match self.next_of(topic).await {
                Delivery::Events { events, .. } => heard.events.extend(events),
                Delivery::Gap { .. } => heard.gaps += 1,
                Delivery::Nudge | Delivery::Data(_) | Delivery::Rights { .. } => {}
            }
        }
        heard
    }

    /// The events of a topic up to a position; there must be no Gap.
    pub(crate) async fn events(&mut self, topic: &Topic, at: Position) -> Vec<Arc<Event>> {
        let heard = self.until(topic, at).await;
        assert_eq!(heard.gaps, 0, "a gap in {topic} before {at}");
        heard.events
    }

    /// Waits for a Gap in the topic, before which there must be nothing.
    pub(crate) async fn gap(&mut self, topic: &Topic) {
        let next = self.next_of(topic).await;
        assert_eq!(next, Delivery::Gap { topic: topic.clone() });
    }

    /// Waits for a nudge.
    pub(crate) async fn nudge(&mut self) {
        while self.next().await.expect("the stream goes on") != Delivery::Nudge {}
    }

    /// The next announcement, and how many events came before it.
    pub(crate) async fn data(&mut self) -> (Arc<Data>, usize) {
        let mut before = 0;
        loop {
            match self.next().await.expect("the stream goes on") {
                Delivery::Data(data) => return (data, before),
                Delivery::Events { events, .. } => before += events.len(),
                Delivery::Gap { .. } | Delivery::Nudge | Delivery::Rights { .. } => {}
            }
        }
    }

    /// Waits for the end of the stream.
    pub(crate) async fn end(&mut self) {
        while self.next().await.is_some() {}
    }
}

impl Place {
    fn check(&mut self, next: Position) {
        let is_right = if self.lost {
            next.epoch != self.at.epoch || next.offset > self.at.offset
        } else {
            next == Position { offset: self.at.offset + 1, ..self.at }
        };
        assert!(is_right, "{next} after {} (a gap in between: {})", self.at, self.lost);
        *self = Self { at: next, lost: false };
    }
}
