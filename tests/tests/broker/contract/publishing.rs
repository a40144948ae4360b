//! Order, atomicity, idempotence and the fence.

use dragon::broker::{BrokerError, Fence, Limits, Topic};
use dragon::change::Position;
use futures::future::join_all;

use super::Make;
use crate::ear::Ear;
use crate::support::{
    generation, ids, is_gap, item, knows, offsets, publication, publications, publish, since,
    sized, top,
};

pub(crate) async fn positions_count_up_in_the_order_of_publishing(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let start = top(&nodes.one, &item()).await;
    let mut ear = Ear::new(&nodes.two, &[item()]).await;

    let mut positions = publish(&nodes.one, &item(), 1..=3).await;
    positions.extend(publish(&nodes.two, &item(), [4]).await);
    positions.extend(publish(&nodes.one, &item(), 5..=6).await);

    assert_eq!(offsets(&positions), [1, 2, 3, 4, 5, 6]);
    assert!(positions.iter().all(|position| position.epoch == start.epoch));
    let heard = ear.events(&item(), positions[5]).await;
    let told: Vec<_> = heard.iter().map(|event| event.publication.clone()).collect();
    assert_eq!(told, publications(1..=6), "to the last bit");
    assert_eq!(since(&nodes.one, &item(), start).await, heard);
}

pub(crate) async fn a_batch_stays_together_among_concurrent_publishers(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let topics = [Topic::new("a"), Topic::new("b"), Topic::new("c")];
    let mut ear = Ear::new(&nodes.one, &topics).await;

    // Two publishers per topic, one on each node.
    let publishers =
        topics.iter().flat_map(|topic| [(0, &nodes.one, topic), (1, &nodes.two, topic)]);
    let tasks = publishers.map(|(number, node, topic)| {
        let (node, topic) = (node.clone(), topic.clone());
        tokio::spawn(async move {
            for batch in 0..40 {
                let first = number * 1_000 + batch * 5;
                let positions = publish(&node, &topic, first..first + 5).await;
                for (position, offset) in positions.iter().zip(positions[0].offset..) {
                    assert_eq!(position.offset, offset, "a batch was torn");
                }
            }
        })
    });
    for task in join_all(tasks).await {
        task.expect("the publisher succeeds");
    }

    for topic in &topics {
        let end = top(&nodes.one, topic).await;
        assert_eq!(end.offset, 400);
        let kept = since(&nodes.two, topic, Position { offset: 0, ..end }).await;
        for batch in ids(&kept).chunks(5) {
            let expected: Vec<i64> = (batch[0]..batch[0] + 5).collect();
            assert_eq!(batch, expected, "a batch was torn");
        }
    }
    // The ear checks that nothing is missing, topic by topic, whatever comes in between.
    let mut missing = [400; 3];
    while missing != [0, 0, 0] {
        if let Some(dragon::broker::Delivery::Events { topic, events }) = ear.next().await {
            let at = topics.iter().position(|one| *one == topic).expect("one of ours");
            missing[at] -= events.len();
        }
    }
}

pub(crate) async fn a_large_batch_arrives_whole(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ear = Ear::new(&nodes.two, &[item()]).await;
    publish(&nodes.one, &item(), [1]).await;
    let batch: Vec<_> = (2..=101).map(|id| sized(id, 30_000)).collect();

    let positions =
        nodes.one.publish(&item(), generation(1), batch.clone()).await.expect("it is published");

    assert_eq!(offsets(&positions), (2..=101).collect::<Vec<_>>());
    // It arrives by itself: nothing is published after it that could show a hole.
    let heard = ear.events(&item(), positions[99]).await;
    assert_eq!(ids(&heard), (1..=101).collect::<Vec<_>>());
    assert_eq!(heard[1].publication, batch[0]);
    assert_eq!(heard[100].publication, batch[99]);
}

pub(crate) async fn what_is_published_again_is_dropped(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let start = top(&nodes.one, &item()).await;
    let mut ear = Ear::new(&nodes.one, &[item()]).await;

    assert_eq!(offsets(&publish(&nodes.one, &item(), [1, 2]).await), [1, 2]);
    assert_eq!(offsets(&publish(&nodes.two, &item(), [1, 2]).await), [1, 2]);
    assert_eq!(offsets(&publish(&nodes.one, &item(), [2, 3, 1, 4, 3]).await), [2, 3, 1, 4, 3]);
    // The other part of a log row is another source.
    let mut other = publication(1);
    other.source.part = 1;
    let end = nodes.one.publish(&item(), generation(1), vec![other]).await.expect("published")[0];

    assert_eq!(end.offset, 5);
    assert_eq!(ids(&ear.events(&item(), end).await), [1, 2, 3, 4, 1]);
    assert_eq!(ids(&since(&nodes.two, &item(), start).await), [1, 2, 3, 4, 1]);
    // The same source on another topic is not the same.
    assert_eq!(offsets(&publish(&nodes.one, &Topic::new("other"), [1]).await), [1]);
}

pub(crate) async fn a_later_relay_that_publishes_again_is_answered_the_old_positions(
    make: impl Make,
) {
    let nodes = make(Limits::default()).await;
    let old = publish(&nodes.one, &item(), 1..=3).await;

    // It died before it could say so in the database; its successor reads the same log rows.
    let fence = Fence { generation: 2, last: None };
    let again = nodes.two.publish(&item(), fence, publications(1..=4)).await.expect("published");

    assert_eq!(again[..3], old);
    assert_eq!(again[3].offset, 4);
}

pub(crate) async fn a_batch_larger_than_the_history_is_known_when_it_comes_again(make: impl Make) {
    for limits in
        [Limits { events: 10, ..Limits::default() }, Limits { events: 10_000, bytes: 900 }]
    {
        let nodes = make(limits).await;
        let positions = publish(&nodes.one, &item(), 1..=500).await;
        assert_eq!(publish(&nodes.one, &item(), 1..=500).await, positions);
        assert_eq!(top(&nodes.one, &item()).await.offset, 500);
    }
}

pub(crate) async fn an_older_generation_is_refused(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let with = |number, id| nodes.one.publish(&ITEM, generation(number), publications([id]));

    assert!(with(2, 1).await.is_ok());
    assert_eq!(with(1, 2).await, Err(BrokerError::Stale { generation: 2 }));
    assert!(with(2, 3).await.is_ok(), "the same generation goes on");
    // Not as text: "10" comes before "9".
    assert!(with(9, 4).await.is_ok());
    assert!(with(10, 5).await.is_ok());
    assert_eq!(with(9, 6).await, Err(BrokerError::Stale { generation: 10 }));
    let other = nodes.two.publish(&ITEM, generation(9), publications([7])).await;
    assert_eq!(other, Err(BrokerError::Stale { generation: 10 }), "on every node");

    let start = Position { offset: 0, ..top(&nodes.one, &ITEM).await };
    assert_eq!(ids(&since(&nodes.one, &ITEM, start).await), [1, 3, 4, 5]);

    // A new epoch forgets what was published, not by whom.
    let ahead = Fence { generation: 10, last: Some(Position { offset: 9, ..start }) };
    assert!(nodes.one.publish(&ITEM, ahead, Vec::new()).await.is_ok());
    assert_eq!(with(9, 7).await, Err(BrokerError::Stale { generation: 10 }));
}

pub(crate) async fn generations_count_per_topic(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let publish = |topic: &'static str, number| {
        let node = nodes.one.clone();
        async move { node.publish(&Topic::new(topic), generation(number), publications([1])).await }
    };
    assert!(publish("a", 5).await.is_ok());
    assert!(publish("b", 4).await.is_ok());
    assert_eq!(publish("a", 4).await, Err(BrokerError::Stale { generation: 5 }));
}

pub(crate) async fn an_empty_batch_checks_the_fence(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut ear = Ear::new(&nodes.two, &[item()]).await;
    let empty = |fence| nodes.one.publish(&ITEM, fence, Vec::new());
    let last = publish(&nodes.one, &item(), [1, 2]).await[1];

    assert_eq!(empty(generation(1)).await, Ok(Vec::new()));
    assert_eq!(empty(knows(last)).await, Ok(Vec::new()));
    assert_eq!(top(&nodes.one, &item()).await, last, "nothing was appended");
    assert_eq!(ear.events(&item(), last).await.len(), 2);

    assert_eq!(empty(knows(Position { offset: 9, ..last })).await, Ok(Vec::new()));
    let fresh = top(&nodes.one, &item()).await;
    assert!(fresh.epoch != last.epoch && fresh.offset == 0);
    ear.gap(&item()).await;

    assert_eq!(empty(generation(2)).await, Ok(Vec::new()));
    let stale = Err(BrokerError::Stale { generation: 2 });
    assert_eq!(empty(generation(1)).await, stale, "it has taken over");
    let late = nodes.one.publish(&ITEM, generation(1), publications([3])).await;
    assert_eq!(late, stale);
}

pub(crate) async fn a_fence_within_the_history_changes_nothing(make: impl Make) {
    let nodes = make(Limits { events: 2, ..Limits::default() }).await;
    let start = top(&nodes.one, &item()).await;
    // In turn: nothing yet, the end, far behind it, the start that is trimmed by now.
    let one = publish(&nodes.one, &item(), [1]).await[0];
    for (last, id) in [(one, 2), (one, 3), (one, 4), (start, 5)] {
        let positions = nodes.one.publish(&ITEM, knows(last), publications([id])).await;
        assert_eq!(positions, Ok(vec![Position { offset: id as u64, ..start }]));
    }
}

pub(crate) async fn a_fence_ahead_of_the_history_begins_an_epoch(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let old = publish(&nodes.one, &item(), 1..=3).await;

    let ahead = knows(Position { offset: 4, ..old[0] });
    let new = nodes.one.publish(&ITEM, ahead, publications([3, 4])).await.expect("published");

    assert_ne!(new[0].epoch, old[0].epoch);
    assert_eq!(offsets(&new), [1, 2], "what the lost history held is published anew");
    for at in old {
        assert!(is_gap(&nodes.two, &item(), at).await);
    }
    let start = Position { offset: 0, ..new[0] };
    assert_eq!(ids(&since(&nodes.two, &item(), start).await), [3, 4]);
    assert_eq!(top(&nodes.two, &item()).await, new[1]);
}

pub(crate) async fn a_fence_of_another_epoch_begins_an_epoch(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let old = publish(&nodes.one, &item(), 1..=3).await;

    let other = knows(Position { epoch: old[0].epoch ^ 1, offset: 1 });
    let new = nodes.one.publish(&ITEM, other, publications([4])).await.expect("published");

    assert!(new[0].epoch != old[0].epoch && new[0].offset == 1);
    assert!(is_gap(&nodes.two, &item(), old[2]).await);
}

pub(crate) async fn an_epoch_without_events_serves_as_a_new_one(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let start = top(&nodes.one, &item()).await;
    let mut ear = Ear::new(&nodes.two, &[item()]).await;

    // A listener found the broker empty before the relay did.
    let lost = knows(Position { epoch: start.epoch ^ 1, offset: 9 });
    assert_eq!(nodes.one.publish(&ITEM, lost, Vec::new()).await, Ok(Vec::new()));
    assert_eq!(top(&nodes.one, &item()).await, start);
    let first = nodes.one.publish(&ITEM, lost, publications([1])).await.expect("published")[0];
    assert_eq!(first, Position { offset: 1, ..start });
    assert_eq!(ids(&ear.events(&item(), first).await), [1], "and no gap");

    // But not if it is the very epoch of which more was known.
    let topic = Topic::new("back to its start");
    let start = top(&nodes.one, &topic).await;
    let ahead = knows(Position { offset: 1, ..start });
    assert_eq!(nodes.one.publish(&topic, ahead, Vec::new()).await, Ok(Vec::new()));
    assert_ne!(top(&nodes.one, &topic).await.epoch, start.epoch);
}

pub(crate) async fn the_same_fence_again_finds_the_epoch_that_it_began(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let old = publish(&nodes.one, &item(), 1..=3).await;
    let ahead = knows(Position { offset: 9, ..old[0] });

    // The relay did not hear that it had succeeded, or died before it could write it down.
    let first = nodes.one.publish(&ITEM, ahead, publications([4, 5])).await.expect("published");
    let again = nodes.two.publish(&ITEM, ahead, publications([4, 5, 6])).await.expect("published");

    assert_eq!(again[..2], first);
    assert_eq!(again[2], Position { offset: 3, ..first[0] });
    // Who knows of something else that is not there has lost something else.
    let other = knows(Position { offset: 8, ..old[0] });
    let new = nodes.one.publish(&ITEM, other, publications([7])).await.expect("published");
    assert_ne!(new[0].epoch, first[0].epoch);
}

static ITEM: std::sync::LazyLock<Topic> = std::sync::LazyLock::new(item);
