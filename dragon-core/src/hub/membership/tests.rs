//! Who is told what when the rows become known.

use super::*;
use crate::__private::unknown;
use crate::filter::Filter;
use crate::hub::{Gate, Presence};
use crate::link::{Outbox, OutboxLimits};
use crate::model::{Cut, ModelInfo};
use crate::serializer::Renderer;

/// A table without rows.
#[derive(Debug)]
struct Nobody;

impl Members for Nobody {
    fn read<'a>(&'a self, _: &'a What) -> BoxFuture<'a, Result<Vec<Member>, String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn reference(&self, key: &Value) -> String {
        format!("{key:?}")
    }

    fn most(&self) -> usize {
        10
    }
}

fn join(hub: &Arc<Hub>, topic: &Topic, outbox: &Outbox) -> Gate {
    let info = ModelInfo::of::<unknown::Entity>().unwrap();
    let looking = Looking {
        members: Arc::new(Nobody),
        own: Own::of(&info, &Filter::All),
        watches: Vec::new(),
    };
    let spec = ChannelSpec {
        name: "unknown|".to_owned(),
        filter: Filter::All,
        renderer: Arc::new(Renderer::of::<unknown::Serializer>().unwrap()),
        binding: String::new(),
        looking: Some(looking),
        telling: Telling::all(),
    };
    hub.join(topic, spec, outbox.clone(), false, Presence::default()).unwrap()
}

async fn enter(mut gate: Gate) -> crate::hub::Subscription {
    let stored = {
        let entry = gate.turn().await.unwrap();
        let known = entry.position();
        known.unwrap_or_else(|| entry.load(&[]).unwrap())
    };
    gate.ready(Cut { stored, pending: HashSet::new() }, Vec::new());
    gate.open()
}

/// A client that knows no positions would be closed, and its page come back without what it
/// has subscribed.
#[tokio::test]
async fn who_is_behind_the_gate_when_the_rows_become_known_is_not_sent_away() {
    let shutdown = Shutdown::default();
    let topic = Topic::new("unknown");
    let table = ModelInfo::of::<unknown::Entity>().unwrap().table_name();
    let start = Position::start_of_new_epoch();
    let hub = Arc::new(Hub::new([(topic.clone(), table)], start, shutdown.clone()));
    let (first, second) = [(); 2].map(|()| Outbox::new(OutboxLimits::default())).into();
    let (one, two) = (join(&hub, &topic, &first), join(&hub, &topic, &second));
    // A change that comes late has the rows read before either does.
    let membership = one.subscription().membership.clone().unwrap();
    membership.doubt(&shutdown);
    while membership.turn().await.position().is_none() {
        sleep(Duration::from_millis(1)).await;
    }
    let (one, two) = (enter(one).await, enter(two).await);
    assert!(!first.is_closed() && !second.is_closed());
    // Who is open when they are forgotten is.
    membership.turn().await.told.forget();
    let third = Outbox::new(OutboxLimits::default());
    let three = enter(join(&hub, &topic, &third)).await;
    assert!(first.is_closed() && second.is_closed() && !third.is_closed());
    drop((one, two, three));
}
