//! What is kept, and what can be had of it.

use dragon::broker::{Limits, Topic};
use dragon::change::Position;

use super::Make;
use crate::support::{
    generation, ids, is_gap, item, offsets, publications, publish, reset, since, sized, top,
};

pub(crate) async fn history_is_bounded_by_count(make: impl Make) {
    let nodes = make(Limits { events: 5, ..Limits::default() }).await;
    let positions = publish(&nodes.one, &item(), 1..=12).await;
    assert_eq!(ids(&since(&nodes.two, &item(), positions[6]).await), [8, 9, 10, 11, 12]);
    assert!(is_gap(&nodes.two, &item(), positions[5]).await);
    // One by one as well as in a batch.
    let mut last = positions[11];
    for id in 13..=15 {
        last = publish(&nodes.one, &item(), [id]).await[0];
    }
    let fifth = Position { offset: last.offset - 5, ..last };
    assert_eq!(ids(&since(&nodes.one, &item(), fifth).await), [11, 12, 13, 14, 15]);
    assert!(is_gap(&nodes.one, &item(), Position { offset: 9, ..last }).await);
}

pub(crate) async fn history_is_bounded_by_bytes(make: impl Make) {
    let bytes = sized(10, 1_000).encode().len();
    let nodes = make(Limits { events: 1_000, bytes: 3 * bytes }).await;
    let batch = (11..=19).map(|id| sized(id, 1_000)).collect();
    let all = nodes.one.publish(&item(), generation(1), batch).await.expect("published");
    assert_eq!(ids(&since(&nodes.one, &item(), all[5]).await), [17, 18, 19]);
    assert!(is_gap(&nodes.one, &item(), all[4]).await);
    // One byte more, and only two of the others fit beside it.
    let larger = vec![sized(20, 1_001)];
    let last = nodes.one.publish(&item(), generation(1), larger).await.expect("published")[0];
    assert_eq!(ids(&since(&nodes.one, &item(), all[7]).await), [19, 20]);
    assert!(is_gap(&nodes.one, &item(), all[6]).await);
    // The newest stays, whatever its size.
    let huge = vec![sized(21, 9_000)];
    nodes.one.publish(&item(), generation(1), huge).await.expect("published");
    assert_eq!(ids(&since(&nodes.one, &item(), last).await), [21]);
    assert!(is_gap(&nodes.one, &item(), all[8]).await);
}

pub(crate) async fn the_top_of_a_fresh_topic_is_the_start_of_an_epoch(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let start = top(&nodes.one, &item()).await;
    assert_eq!(start.offset, 0);
    assert_eq!(top(&nodes.two, &item()).await, start, "asking again does not begin another");
    assert_ne!(top(&nodes.one, &Topic::new("other")).await.epoch, start.epoch);

    let last = publish(&nodes.one, &item(), 1..=3).await[2];
    assert_eq!(last, Position { offset: 3, ..start });
    assert_eq!(top(&nodes.two, &item()).await, last);

    // Two that ask at once get the same.
    let topic = Topic::new("asked at once");
    let (a, b) = tokio::join!(nodes.one.top(&topic), nodes.two.top(&topic));
    assert_eq!(a, b);
}

pub(crate) async fn since_gives_everything_after_a_position(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let start = top(&nodes.one, &item()).await;
    assert_eq!(since(&nodes.two, &item(), start).await, [], "nothing was published");

    let all = publish(&nodes.one, &item(), 1..=5).await;
    assert_eq!(ids(&since(&nodes.two, &item(), start).await), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&since(&nodes.two, &item(), all[1]).await), [3, 4, 5]);
    assert_eq!(ids(&since(&nodes.two, &item(), all[3]).await), [5]);
    assert_eq!(since(&nodes.two, &item(), all[4]).await, [], "it has everything");
}

pub(crate) async fn since_gives_more_than_a_page(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let start = top(&nodes.one, &item()).await;
    for first in [1, 701, 1401] {
        publish(&nodes.one, &item(), first..first + 700).await;
    }
    assert_eq!(ids(&since(&nodes.two, &item(), start).await), (1..=2100).collect::<Vec<_>>());
    let late = Position { offset: 1100, ..start };
    assert_eq!(ids(&since(&nodes.two, &item(), late).await), (1101..=2100).collect::<Vec<_>>());
}

pub(crate) async fn since_a_position_that_cannot_be_known_is_a_gap(make: impl Make) {
    let nodes = make(Limits { events: 3, ..Limits::default() }).await;
    let start = top(&nodes.one, &item()).await;
    let all = publish(&nodes.one, &item(), 1..=5).await;
    let gap = async |at| is_gap(&nodes.two, &item(), at).await;

    assert!(!gap(all[1]).await);
    assert!(gap(all[0]).await, "trimmed");
    assert!(gap(start).await, "trimmed");
    assert!(gap(Position { offset: 6, ..start }).await, "in the future");
    assert!(gap(Position { offset: u64::MAX, ..start }).await, "in the future");
    for offset in [0, 4, 5] {
        assert!(gap(Position { epoch: start.epoch ^ 1, offset }).await, "of another epoch");
    }
    let unknown = Topic::new("never published");
    assert!(is_gap(&nodes.one, &unknown, start).await, "of another topic");
}

pub(crate) async fn since_across_a_reset_is_a_gap(make: impl Make) {
    let nodes = make(Limits::default()).await;
    let mut all = publish(&nodes.one, &item(), 1..=2).await;
    let mut batch = publications([4]);
    batch.insert(0, reset(3));
    all.extend(nodes.one.publish(&item(), generation(1), batch).await.expect("published"));

    assert_eq!(offsets(&all), [1, 2, 3, 4]);
    assert!(is_gap(&nodes.two, &item(), all[0]).await);
    assert!(is_gap(&nodes.two, &item(), all[1]).await);
    assert_eq!(ids(&since(&nodes.two, &item(), all[2]).await), [4], "it was there already");
    assert_eq!(since(&nodes.two, &item(), all[3]).await, []);
}
