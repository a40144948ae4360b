//! What lies in Redis, and what becomes of it when others meddle with it.

use std::sync::Arc;
use std::time::Duration;

use dragon::broker::{Broker, Delivery, Limits, Topic};
use dragon::change::Position;
use dragon_tests::Redis;

use super::{SERVER, connect, namespace, node, nodes_on};
use crate::contract::Nodes;
use crate::ear::Ear;
use crate::support::{ids, is_gap, item, knows, offsets, publications, publish, since, top};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn namespaces_share_nothing() {
    let (one, two) = (namespace(), namespace());
    let one = node(&SERVER.url(), &one, Limits::default()).await;
    let two = node(&SERVER.url(), &two, Limits::default()).await;
    share_nothing(&one, &two).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbered_databases_share_nothing() {
    let (url, namespace) = (SERVER.url(), namespace());
    // The keys are apart by themselves, channels are not.
    let one = node(&url, &namespace, Limits::default()).await;
    let two = node(&format!("{url}/1"), &namespace, Limits::default()).await;
    share_nothing(&one, &two).await;
}

async fn share_nothing(one: &Arc<dyn Broker>, two: &Arc<dyn Broker>) {
    let mut ears = [Ear::new(one, &[item()]).await, Ear::new(two, &[item()]).await];
    let first = publish(one, &item(), 1..=5).await[4];
    assert_eq!(ids(&ears[0].events(&item(), first).await), [1, 2, 3, 4, 5]);
    one.nudge().await;
    ears[0].nudge().await;

    let second = publish(two, &item(), [3]).await[0];
    assert!(second.offset == 1 && second.epoch != first.epoch);
    // The very first thing that the other hears is its own event: no nudge, no gap, no stranger.
    let next = ears[1].next().await;
    let Some(Delivery::Events { events, .. }) = next else { panic!("{next:?}") };
    assert_eq!(ids(&events), [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_has_four_keys_and_no_more_than_it_keeps() {
    let server = Redis::start();
    let node = node(&server.url(), "shop", Limits { events: 7, ..Limits::default() }).await;
    for first in (1..=2_000).step_by(100) {
        publish(&node, &item(), first..first + 100).await;
    }
    let mut keys: Vec<String> = server.cli(&["KEYS", "*"]);
    keys.sort();
    let names = ["events", "meta", "sizes", "sources"];
    assert_eq!(keys, names.map(|name| format!("dragon:shop:{{item}}:{name}")));
    assert_eq!(server.cli::<u64>(&["XLEN", "dragon:shop:{item}:events"]), 7);
    assert_eq!(server.cli::<u64>(&["LLEN", "dragon:shop:{item}:sizes"]), 7);
    assert_eq!(server.cli::<u64>(&["ZCARD", "dragon:shop:{item}:sources"]), 1_024);
    let kept: u64 = publications(1_994..=2_000).iter().map(|one| one.encode().len() as u64).sum();
    assert_eq!(server.cli::<u64>(&["HGET", "dragon:shop:{item}:meta", "bytes"]), kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_were_evicted_are_a_new_epoch() {
    let server = Redis::start();
    let node = node(&server.url(), "shop", Limits::default()).await;
    let mut last = publish(&node, &item(), 1..=3).await[2];
    let mut ear = Ear::new(&node, &[item()]).await;
    for (key, id) in [("events", 10), ("meta", 20), ("sizes", 30), ("sources", 40)] {
        let removed: u64 = server.cli(&["DEL", &format!("dragon:shop:{{item}}:{key}")]);
        assert_eq!(removed, 1);
        if key == "events" {
            assert!(is_gap(&node, &item(), Position { offset: 1, ..last }).await);
        }
        let batch = publications(id..id + 3);
        let new = node.publish(&item(), knows(last), batch).await.expect("published");
        assert_ne!(new[0].epoch, last.epoch, "without {key}");
        assert_eq!(offsets(&new), [1, 2, 3]);
        assert!(is_gap(&node, &item(), last).await);
        ear.gap(&item()).await;
        // It is whole again.
        let start = Position { offset: 0, ..new[0] };
        assert_eq!(since(&node, &item(), start).await.len(), 3);
        last = publish(&node, &item(), [id + 3]).await[0];
        assert_eq!(ear.until(&item(), last).await.gaps, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_emptied_is_noticed_though_nothing_is_said() {
    let server = Redis::start();
    let broker = connect(&server.url(), "shop", Limits::default()).await;
    let node: Arc<dyn Broker> = Arc::new(broker.check_every(Duration::from_millis(50)));
    let mut ear = Ear::new(&node, &[item()]).await;
    let last = publish(&node, &item(), [1]).await[0];
    ear.events(&item(), last).await;
    let _: String = server.cli(&["FLUSHALL"]);
    // No connection was lost, and nobody publishes.
    ear.gap(&item()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_keep_their_digits() {
    let server = Redis::start();
    let node = node(&server.url(), "shop", Limits { events: 3, ..Limits::default() }).await;
    let start = publish(&node, &item(), [1]).await[0];
    for (high, id) in [(99_999_999_999_999_u64, 10), (9_007_199_254_740_000, 20)] {
        let meta = "dragon:shop:{item}:meta";
        let _: i64 = server.cli(&["HSET", meta, "top", &high.to_string()]);
        let mut ear = Ear::new(&node, &[item()]).await;
        let at = Position { offset: high, ..start };
        let new = node.publish(&item(), knows(at), publications(id..id + 3)).await;
        let new = new.expect("published");
        assert_eq!(new[0], Position { offset: high + 1, ..start });
        assert_eq!(offsets(&new), [high + 1, high + 2, high + 3]);
        assert_eq!(ids(&ear.events(&item(), new[2]).await), [id, id + 1, id + 2]);
        assert_eq!(ids(&since(&node, &item(), at).await), [id, id + 1, id + 2]);
        assert_eq!(publish(&node, &item(), id..id + 3).await, new, "known again");
        assert_eq!(top(&node, &item()).await, new[2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_nobody_understands_harm_nothing() {
    let server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    let channels: Vec<String> = server.cli(&["PUBSUB", "CHANNELS", "*{item}*"]);
    assert_eq!(channels.len(), 1);
    let mut id = 0;
    let epoch = format!("{:016x}", top(&one, &item()).await.epoch);
    let strange = [
        "",
        "\n",
        "garbage",
        "0 0",
        "00000000000000ff 7\n{}",
        &format!("{epoch} 99999999999999999999\n{{}}"),
        &format!("{epoch} 900\n{{}}"),
        &format!("{epoch} 900"),
        &format!("{epoch} 0"),
    ];
    for message in strange {
        let _: i64 = server.cli(&["PUBLISH", &channels[0], message]);
        id += 1;
        let end = publish(&one, &item(), [id]).await[0];
        // Nothing was missed, so there is no gap either.
        assert_eq!(ids(&ear.events(&item(), end).await), [id], "{message:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_nobody_understands_is_a_gap() {
    let server = Redis::start();
    let node = node(&server.url(), "shop", Limits::default()).await;
    let mut ear = Ear::new(&node, &[item()]).await;
    let all = publish(&node, &item(), 1..=3).await;
    ear.events(&item(), all[2]).await;

    // As another version might write it.
    let _: String = server.cli(&["XADD", "dragon:shop:{item}:events", "4-0", "p", "{\"v\":2}"]);
    let _: i64 = server.cli(&["RPUSH", "dragon:shop:{item}:sizes", "7"]);
    let _: i64 = server.cli(&["ZADD", "dragon:shop:{item}:sources", "4", "x:4:0"]);
    let _: i64 = server.cli(&["HSET", "dragon:shop:{item}:meta", "top", "4"]);
    let announcement = format!("{:016x} 4\n{{\"v\":2}}", all[0].epoch);
    let _: i64 = server.cli(&["PUBLISH", "dragon:shop:{item}:channel:0", &announcement]);

    ear.gap(&item()).await;
    let next = publish(&node, &item(), [5]).await[0];
    assert_eq!(next.offset, 5);
    assert_eq!(ids(&ear.events(&item(), next).await), [5]);
    assert!(is_gap(&node, &item(), all[2]).await);
    assert_eq!(ids(&since(&node, &item(), Position { offset: 4, ..next }).await), [5]);
    // Nor does it hurt those whom it does not concern.
    let other = Topic::new("other");
    assert_eq!(offsets(&publish(&node, &other, [1]).await), [1]);
}
