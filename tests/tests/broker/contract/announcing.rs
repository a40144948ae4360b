//! What is announced: told once, kept nowhere.

use std::sync::Arc;

use dragon::broker::{Broker, Limits};
use dragon::change::Data;
use serde_json::Value;
use tokio::time::timeout;

use super::Make;
use crate::ear::Ear;
use crate::support::{PATIENCE, item, publish, since, top};

fn data(n: usize, bytes: usize) -> Data {
    let data = format!("{{\"n\":{n},\"text\":\"a\\n\u{1F409}{}\"}}", "x".repeat(bytes));
    Data { channels: vec!["one".to_owned(), "b\"\u{1F409}".to_owned()], data }
}

async fn announce(broker: &Arc<dyn Broker>, n: usize, bytes: usize) {
    let announced = timeout(PATIENCE, broker.announce(data(n, bytes))).await;
    announced.expect("no waiting").expect("it is announced");
}

pub(crate) async fn an_announcement_reaches_all_nodes_in_its_order(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ears = [
        Ear::new(&nodes.one, &[item()]).await,
        Ear::new(&nodes.two, &[]).await,
        Ear::new(&nodes.two, &[item()]).await,
    ];
    for n in 0..20 {
        announce(&nodes.one, n, 0).await;
    }
    announce(&nodes.two, 20, 0).await;
    for ear in &mut ears {
        for n in 0..=20 {
            assert_eq!(*ear.data().await.0, data(n, 0));
        }
    }
}

pub(crate) async fn an_announcement_is_in_no_history(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let before = publish(&nodes.one, &item(), 1..=2).await[1];
    announce(&nodes.one, 1, 0).await;
    assert_eq!(top(&nodes.two, &item()).await, before);
    assert!(since(&nodes.two, &item(), before).await.is_empty());
    // Who comes later hears what is said later.
    let mut late = Ear::new(&nodes.one, &[item()]).await;
    announce(&nodes.one, 2, 0).await;
    assert_eq!(*late.data().await.0, data(2, 0));
}

pub(crate) async fn what_was_published_before_an_announcement_comes_before_it(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ear = Ear::new(&nodes.two, &[item()]).await;
    for round in 1..=50 {
        publish(&nodes.one, &item(), [round * 2, round * 2 + 1]).await;
        announce(&nodes.one, 1, 0).await;
        assert_eq!(ear.data().await.1, 2, "round {round}");
    }
}

pub(crate) async fn a_listener_that_is_too_slow_for_data_hears_the_rest(make: impl Make) {
    let nodes = make(Limits { events: 10, ..Limits::default() }).await;
    let mut slow = Ear::new(&nodes.one, &[item()]).await;
    for n in 0..3_000 {
        announce(&nodes.two, n, 0).await;
    }
    // What came last, or what comes next, is heard; before that, some of the others, in order.
    let number = |data: &Data| {
        let object: Value = serde_json::from_str(&data.data).expect("an object");
        object["n"].as_u64().expect("a number")
    };
    let mut last = None;
    loop {
        if last != Some(3_000) {
            announce(&nodes.two, 3_000, 0).await;
        }
        let heard = number(&slow.data().await.0);
        assert!(last.is_none_or(|last| last <= heard), "{heard} after {last:?}");
        last = Some(heard);
        if heard == 3_000 {
            break;
        }
    }
}
