//! What the suites publish, and with which rights.

use std::collections::BTreeMap;
use std::sync::Arc;

use dragon::broker::{Broker, BrokerError, Event, Fence, Recovered, Topic};
use dragon::change::{Body, Change, Position, Publication, Row, Source, View};
use dragon::filter::Value;
use uuid::Uuid;

/// The topic of most tests.
pub(crate) fn item() -> Topic {
    Topic::new("item")
}

/// A change that came from that row of the log, with values of several types.
pub(crate) fn publication(id: i64) -> Publication {
    sized(id, 0)
}

/// The same with a text of that many bytes.
pub(crate) fn sized(id: i64, bytes: usize) -> Publication {
    let row = |text: String| -> Row {
        [
            ("id".to_owned(), Value::Int(id)),
            ("text".to_owned(), Value::Text(text)),
            ("weight".to_owned(), Value::Float(id as f64 / 3.0)),
            ("note".to_owned(), Value::Null),
        ]
        .into_iter()
        .collect()
    };
    let view = View {
        object: Some(format!("{{\"id\":{id},\"text\":\"a\\nb \\\" \u{1F409}\"}}")),
        changed: None,
        reference: format!("{{\"id\":{id}}}"),
    };
    Publication {
        source: source(id),
        body: Body::Change {
            change: Change {
                key: Value::Int(id),
                before: None,
                after: Some(row("line\none".to_owned() + &"x".repeat(bytes))),
            },
            views: BTreeMap::from([("plain".to_owned(), view)]),
        },
    }
}

/// A Reset that came from that row of the log.
pub(crate) fn reset(id: i64) -> Publication {
    Publication { source: source(id), body: Body::Reset }
}

fn source(id: i64) -> Source {
    Source { log: Uuid::from_u128(0xd4a6), id, part: 0 }
}

/// The publications of several log rows.
pub(crate) fn publications(ids: impl IntoIterator<Item = i64>) -> Vec<Publication> {
    ids.into_iter().map(publication).collect()
}

/// A publisher of that generation that knows of nothing that was published.
pub(crate) fn generation(generation: u64) -> Fence {
    Fence { generation, last: None }
}

/// A publisher of the first generation that knows of that position.
pub(crate) fn knows(last: Position) -> Fence {
    Fence { generation: 1, last: Some(last) }
}

/// Publishes the publications of these log rows, which must succeed.
pub(crate) async fn publish(
    broker: &Arc<dyn Broker>,
    topic: &Topic,
    ids: impl IntoIterator<Item = i64>,
) -> Vec<Position> {
    broker.publish(topic, generation(1), publications(ids)).await.expect("it is published")
}

/// The same, again and again as a relay does until the broker is there, knowing what it knows.
pub(crate) async fn publish_until_done(
    broker: &Arc<dyn Broker>,
    topic: &Topic,
    last: Option<Position>,
    ids: Vec<i64>,
) -> Vec<Position> {
    let fence = Fence { generation: 1, last };
    dragon_tests::eventually(PATIENCE, || async {
        match broker.publish(topic, fence, publications(ids.clone())).await {
            Err(BrokerError::Stale { .. }) => panic!("nobody else publishes"),
            answer => answer,
        }
    })
    .await
}

/// How long a test waits for what must come. Long, because the machine may be busy.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) async fn top(broker: &Arc<dyn Broker>, topic: &Topic) -> Position {
    broker.top(topic).await.expect("the broker answers")
}

/// The events after a position, which must be there.
pub(crate) async fn since(
    broker: &Arc<dyn Broker>,
    topic: &Topic,
    at: Position,
) -> Vec<Arc<Event>> {
    match broker.since(topic, at).await.expect("the broker answers") {
        Recovered::Events { events, top } => {
            assert_eq!(top, events.last().map_or(at, |last| last.position));
            for (event, offset) in events.iter().zip(at.offset + 1..) {
                assert_eq!(event.position, Position { offset, ..at });
            }
            events
        }
        Recovered::Gap => panic!("a gap after {at}"),
    }
}

/// Whether it cannot be known what came after a position.
pub(crate) async fn is_gap(broker: &Arc<dyn Broker>, topic: &Topic, at: Position) -> bool {
    broker.since(topic, at).await.expect("the broker answers") == Recovered::Gap
}

/// The log rows behind events.
pub(crate) fn ids(events: &[Arc<Event>]) -> Vec<i64> {
    events.iter().map(|event| event.publication.source.id).collect()
}

pub(crate) fn offsets(positions: &[Position]) -> Vec<u64> {
    positions.iter().map(|position| position.offset).collect()
}
