//! What listeners hear.

use std::time::Duration;

use dragon::broker::{Delivery, Limits, Topic};
use dragon::change::{Body, Position};
use tokio::time::timeout;

use super::{Make, Nodes};
use crate::ear::Ear;
use crate::support::{PATIENCE, generation, ids, item, knows, publications, publish, reset, top};

pub(crate) async fn a_listener_hears_from_the_call_on(make: impl Make) {
    let nodes = make(Limits::default()).await;
    publish(&nodes.one, &item(), 1..=2).await;
    let mut ear = Ear::new(&nodes.one, &[item()]).await;
    // Not polled yet, and on another node.
    let end = publish(&nodes.two, &item(), 3..=4).await[1];
    assert_eq!(ids(&ear.events(&item(), end).await), [3, 4]);
}

pub(crate) async fn a_listener_that_waits_is_woken(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ear = Ear::new(&nodes.one, &[item()]).await;
    for id in 1..=3 {
        let mut next = Box::pin(ear.next());
        assert!(futures::poll!(next.as_mut()).is_pending(), "nothing was said yet");
        publish(&nodes.two, &item(), [id]).await;
        assert!(matches!(next.await, Some(Delivery::Events { .. })));

        let mut next = Box::pin(ear.next());
        assert!(futures::poll!(next.as_mut()).is_pending(), "nothing was said since");
        nodes.two.nudge().await;
        assert_eq!(next.await, Some(Delivery::Nudge));
    }
}

pub(crate) async fn a_listener_hears_only_its_topics(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let (other, more) = (Topic::new("other"), Topic::new("item2"));
    let mut ear = Ear::new(&nodes.one, &[item(), more.clone()]).await;
    for id in 1..=3 {
        publish(&nodes.one, &other, [id]).await;
        publish(&nodes.two, &item(), [id]).await;
        let end = publish(&nodes.one, &more, [id]).await[0];
        // The ear fails when it is told of a topic that it does not know.
        assert_eq!(ids(&ear.events(&more, end).await), [id]);
    }
}

pub(crate) async fn all_listeners_hear_all(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ears = [
        Ear::new(&nodes.one, &[item()]).await,
        Ear::new(&nodes.one, &[item()]).await,
        Ear::new(&nodes.two, &[item()]).await,
    ];
    for first in [1, 11, 21] {
        publish(&nodes.one, &item(), first..first + 5).await;
        let end = publish(&nodes.two, &item(), first + 5..first + 10).await[4];
        for ear in &mut ears {
            let heard = ear.events(&item(), end).await;
            assert_eq!(ids(&heard), (first..first + 10).collect::<Vec<_>>());
        }
    }
}

pub(crate) async fn a_listener_that_leaves_is_not_missed(make: impl Make) {
    let nodes = make(Limits { events: 4, ..Limits::default() }).await;
    let mut stays = Ear::new(&nodes.one, &[item()]).await;
    for round in 1..=10 {
        let mut leaves = Ear::new(&nodes.one, &[item()]).await;
        let end = publish(&nodes.two, &item(), [round * 2, round * 2 + 1]).await[1];
        if round % 2 == 0 {
            leaves.events(&item(), end).await;
        }
        drop(leaves);
        assert_eq!(stays.events(&item(), end).await.len(), 2);
    }
}

pub(crate) async fn a_slow_listener_blocks_nobody_and_is_told_of_a_gap(make: impl Make) {
    let nodes = make(Limits { events: 10, ..Limits::default() }).await;
    let other = Topic::new("other");
    let mut slow = Ear::new(&nodes.one, &[item(), other.clone()]).await;
    let mut quick = Ear::new(&nodes.one, &[item()]).await;
    let quiet = publish(&nodes.one, &other, [1]).await[0];

    let mut end = Position { epoch: 0, offset: 0 };
    for id in 1..=300 {
        end = timeout(PATIENCE, publish(&nodes.two, &item(), [id])).await.expect("no waiting")[0];
        quick.events(&item(), end).await;
    }

    // It is told, may hear a little before that, and is back in step with what comes next.
    slow_until_gap(&mut slow).await;
    let next = publish(&nodes.one, &item(), [301]).await[0];
    let rest = slow.until(&item(), next).await;
    assert!(rest.events.len() <= 11, "{} events waited", rest.events.len());
    let next = publish(&nodes.one, &item(), [302]).await[0];
    assert_eq!(slow.events(&item(), next).await.len(), 1);
    assert_eq!(next.offset, end.offset + 2);
    // The other topic went on being whole.
    let last = publish(&nodes.two, &other, [2]).await[0];
    assert_eq!(last.offset, quiet.offset + 1);
    let heard = slow.until(&other, last).await;
    assert_eq!(heard.gaps, 0);
}

/// Reads on until the Gap.
async fn slow_until_gap(slow: &mut Ear) {
    let mut heard = 0;
    loop {
        match slow.next_of(&item()).await {
            Delivery::Events { events, .. } => heard += events.len(),
            _ => break assert!(heard <= 11, "{heard} events waited"),
        }
    }
}

pub(crate) async fn a_new_epoch_is_a_gap_for_listeners(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ears = [Ear::new(&nodes.one, &[item()]).await, Ear::new(&nodes.two, &[item()]).await];
    let old = publish(&nodes.one, &item(), 1..=3).await[2];
    for ear in &mut ears {
        ear.events(&item(), old).await;
    }

    let ahead = knows(Position { offset: 7, ..old });
    nodes.one.publish(&item(), ahead, publications([4])).await.expect("published");
    for ear in &mut ears {
        ear.gap(&item()).await;
    }
    // What comes after the Gap is heard.
    let new = publish(&nodes.one, &item(), 5..=6).await[1];
    assert_eq!(new.offset, 3);
    for ear in &mut ears {
        let heard = ear.until(&item(), new).await;
        assert_eq!(heard.gaps, 0, "one epoch, one gap");
        assert!(ids(&heard.events).ends_with(&[5, 6]));
    }
}

pub(crate) async fn a_reset_is_delivered(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ear = Ear::new(&nodes.two, &[item()]).await;
    let batch = vec![reset(1)];
    let end = nodes.one.publish(&item(), generation(1), batch).await.expect("published")[0];
    let heard = ear.events(&item(), end).await;
    assert_eq!(heard[0].publication.body, Body::Reset);
}

pub(crate) async fn a_nudge_reaches_all_nodes(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ears = [Ear::new(&nodes.one, &[item()]).await, Ear::new(&nodes.two, &[item()]).await];
    for node in [&nodes.one, &nodes.two] {
        node.nudge().await;
        for ear in &mut ears {
            ear.nudge().await;
        }
    }
    // However many they are, they keep nothing from arriving.
    for _ in 0..10_000 {
        nodes.one.nudge().await;
    }
    let end = publish(&nodes.one, &item(), 1..=3).await[2];
    for ear in &mut ears {
        assert_eq!(ear.events(&item(), end).await.len(), 3);
    }
}

pub(crate) async fn the_stream_ends_with_the_broker(make: impl Make) {
    let Nodes { one, two } = make(Limits::default()).await;
    let mut ear = Ear::new(&one, &[item()]).await;
    let end = publish(&one, &item(), [1]).await[0];
    ear.events(&item(), end).await;
    assert!(
        timeout(Duration::from_millis(1), ear.end()).await.is_err(),
        "it goes on while the broker lives"
    );
    top(&two, &item()).await;
    drop((one, two));
    timeout(PATIENCE, ear.end()).await.expect("the stream ends");
}

pub(crate) async fn changed_rights_reach_all_nodes(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ears = [Ear::new(&nodes.one, &[item()]).await, Ear::new(&nodes.two, &[item()]).await];
    for (node, user) in [(&nodes.one, "ann"), (&nodes.two, "bob ä\n"), (&nodes.one, "")] {
        node.rights_changed(user).await.expect("it can be reached");
        for ear in &mut ears {
            assert_eq!(ear.rights().await.as_deref(), Some(user));
        }
    }
}

pub(crate) async fn changed_rights_are_not_lost_to_a_slow_listener(make: impl Make) {
    let nodes = make(Limits { events: 10, ..Limits::default() }).await;
    let mut slow = Ear::new(&nodes.one, &[item()]).await;
    nodes.two.rights_changed("ann").await.expect("it can be reached");
    let mut end = Position { epoch: 0, offset: 0 };
    for id in 1..=30 {
        end = publish(&nodes.two, &item(), [id]).await[0];
    }
    nodes.two.rights_changed("bob").await.expect("it can be reached");
    assert!(end.offset > 10);
    // It has missed events, and so may be told that it is not known whose rights changed.
    let mut heard = Vec::new();
    while heard.last().is_none_or(|user: &Option<_>| user.as_deref() != Some("bob")) {
        heard.push(slow.rights().await);
        if heard.last().is_some_and(Option::is_none) {
            return;
        }
    }
    assert_eq!(heard[0].as_deref(), Some("ann"));
}
