//! A server that dies, forgets, freezes or cuts its connections.

use std::sync::Arc;

use dragon::broker::{BrokerError, Delivery, Limits};
use dragon::change::Position;
use dragon_tests::Redis;
use futures::FutureExt;

use super::{nodes, nodes_on};
use crate::contract::Nodes;
use crate::ear::Ear;
use crate::support::{
    generation, ids, is_gap, item, knows, offsets, publications, publish, publish_until_done,
    since, top,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_empty_begins_an_epoch() {
    let mut server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ears = [Ear::new(&one, &[item()]).await, Ear::new(&two, &[item()]).await];
    let mut last = publish(&one, &item(), 1..=3).await[2];
    for ear in &mut ears {
        ear.events(&item(), last).await;
    }

    // Twice: the first time listeners may find it empty before the relay does.
    for id in [4, 7] {
        server.restart();
        if id == 7 {
            for ear in &mut ears {
                ear.gap(&item()).await;
            }
        }
        let new = publish_until_done(&one, &item(), Some(last), vec![id, id + 1]).await[1];
        assert!(new.epoch != last.epoch && new.offset == 2);
        assert!(is_gap(&two, &item(), last).await);
        if id == 4 {
            for ear in &mut ears {
                ear.gap(&item()).await;
            }
        }
        last = publish(&two, &item(), [id + 2]).await[0];
        for ear in &mut ears {
            let heard = ear.until(&item(), last).await;
            assert_eq!(heard.gaps, 0, "one loss, one gap");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_went_back_in_time_begins_an_epoch() {
    let mut server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    let kept = publish(&one, &item(), 1..=3).await;
    let _: String = server.cli(&["SAVE"]);
    let lost = publish(&one, &item(), 4..=6).await;
    ear.events(&item(), lost[2]).await;

    server.restart();
    ear.gap(&item()).await;
    assert_eq!(top(&two, &item()).await, kept[2], "the dump was loaded");
    assert!(is_gap(&two, &item(), lost[0]).await);

    // The relay knows better. Without a new epoch, offset 4 would be told twice.
    let new = publish_until_done(&one, &item(), Some(lost[2]), vec![7]).await[0];
    assert!(new.epoch != kept[0].epoch && new.offset == 1);
    assert!(is_gap(&two, &item(), kept[0]).await);
    ear.gap(&item()).await;
    let end = publish(&one, &item(), [8]).await[0];
    assert_eq!(ear.until(&item(), end).await.gaps, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_connection_is_cut_misses_nothing() {
    let server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    let sizes = (0..1_000).map(|batch| 1 + batch % 7);
    let all: i64 = sizes.clone().sum();
    let publisher = tokio::spawn(async move {
        let mut next = 1;
        for (batch, size) in sizes.enumerate() {
            publish(&one, &item(), next..next + size).await;
            next += size;
            if batch % 40 == 20 {
                let _: i64 = server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]);
            }
        }
        (one, server)
    });

    // The ear fails when anything is missing, doubled or in disorder.
    let mut heard = Vec::new();
    while heard.len() < usize::try_from(all).expect("it is small") {
        let next = ear.next_of(&item()).await;
        let Delivery::Events { events, .. } = next else { panic!("{next:?}") };
        heard.extend(events);
    }
    let (one, _server) = publisher.await.expect("the publisher succeeds");
    assert_eq!(ids(&heard), (1..=all).collect::<Vec<_>>());
    assert_eq!(top(&one, &item()).await.offset, all.unsigned_abs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_message_that_was_lost_is_found() {
    let server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    for id in 1..=8 {
        let _: i64 = server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        let end = publish(&one, &item(), [id]).await[0];
        // Nothing follows that could show the hole.
        assert_eq!(ids(&ear.events(&item(), end).await), [id]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hole_that_the_history_cannot_fill_is_a_gap() {
    let server = Redis::start();
    let limits = Limits { events: 5, ..Limits::default() };
    let Nodes { one, two } = nodes_on(&server, limits).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    let (mut next, mut gaps) = (1, 0);
    // If the listener is back before the history has moved on, there is no gap: again, then.
    for _ in 0..200 {
        let _: i64 = server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        for id in next..next + 10 {
            publish(&one, &item(), [id]).await;
        }
        next += 10;
        let mut end = top(&one, &item()).await;
        loop {
            match ear.next_of(&item()).await {
                Delivery::Events { events, .. } => {
                    if events.last().is_some_and(|last| last.position == end) {
                        break;
                    }
                }
                // The end may have been lost too. What comes after a gap is heard.
                _ => {
                    gaps += 1;
                    end = publish(&one, &item(), [next]).await[0];
                    next += 1;
                }
            }
        }
        if gaps == 5 {
            return;
        }
    }
    panic!("only {gaps} gaps in 200 rounds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_whose_connection_is_cut_publishes_once() {
    let item = item();
    let server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, std::slice::from_ref(&item)).await;
    let server = Arc::new(server);
    let mut last = None;
    for id in 1..=300 {
        let server = Arc::clone(&server);
        let cut = move || server.cli::<i64>(&["CLIENT", "KILL", "TYPE", "normal"]);
        // Before, while or after Redis works on it.
        let (positions, cut) = tokio::join!(
            publish_until_done(&one, &item, last, vec![id]),
            tokio::task::spawn_blocking(cut),
        );
        last = positions.last().copied();
        cut.expect("connections are cut");
    }
    let end = last.expect("something was published");
    assert_eq!(end.offset, 300, "nothing was published twice");
    assert_eq!(ids(&ear.events(&item, end).await), (1..=300).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_freezes_loses_nothing() {
    let mut server = Redis::start();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    let last = publish(&one, &item(), [1]).await[0];
    ear.events(&item(), last).await;

    server.pause();
    assert!(one.nudge().now_or_never().is_some(), "a verb does not wait for Redis");
    let publisher = tokio::spawn(async move {
        let mut last = last;
        for id in 2..=50 {
            last = publish_until_done(&one, &item(), Some(last), vec![id]).await[0];
        }
        (last, one)
    });
    // When it is known to be unavailable, the publisher has given up once and tries again, and
    // what it gave up happens after all. The listener bears less silence than that.
    for _ in 0..2 {
        let answer = two.top(&item()).await;
        assert!(matches!(answer, Err(BrokerError::Unavailable(_))), "{answer:?}");
    }
    server.resume();

    let (last, _one) = publisher.await.expect("the publisher succeeds");
    assert_eq!(last.offset, 50, "nothing was published twice");
    assert_eq!(ids(&ear.events(&item(), last).await), (2..=50).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_is_unavailable_and_comes_back() {
    let mut server = Redis::start_durable();
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let mut ear = Ear::new(&two, &[item()]).await;
    let last = publish(&one, &item(), [1]).await[0];

    server.kill();
    let refused = [
        one.publish(&item(), generation(1), publications([2])).await.err(),
        one.top(&item()).await.err(),
        one.since(&item(), last).await.err(),
        one.listen(&[item()]).await.err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(BrokerError::Unavailable(_))), "{error:?}");
    }
    one.nudge().await;

    // It kept its data: no new epoch, no gap.
    server.restart();
    let end = publish_until_done(&one, &item(), Some(last), vec![2, 3]).await[1];
    assert_eq!(end, Position { offset: 3, ..last });
    assert_eq!(ids(&ear.events(&item(), end).await), [1, 2, 3]);
    assert_eq!(ids(&since(&two, &item(), last).await), [2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_memory_refuses_whole_batches() {
    let server = Redis::start_with(false, &["--maxmemory", "4mb"]);
    let Nodes { one, two } = nodes_on(&server, Limits::default()).await;
    let start = top(&one, &item()).await;
    let mut next = 1;
    let mut last = start;
    let error = loop {
        let batch = publications(next..next + 50);
        match one.publish(&item(), knows(last), batch).await {
            Ok(positions) => (next, last) = (next + 50, positions[49]),
            Err(error) => break error,
        }
        assert!(next < 100_000, "the server has more memory than it was given");
    };
    assert!(matches!(&error, BrokerError::Unavailable(why) if why.contains("OOM")), "{error}");
    assert_eq!(top(&two, &item()).await, last);
    assert_eq!(since(&two, &item(), start).await.len() as u64, last.offset);

    let _: String = server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    let positions = one.publish(&item(), knows(last), publications(next..next + 3)).await;
    let expected: Vec<u64> = (last.offset + 1..=last.offset + 3).collect();
    assert_eq!(offsets(&positions.expect("there is room again")), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgets_its_scripts_is_taught_again() {
    let server = Redis::start();
    let Nodes { one, .. } = nodes_on(&server, Limits::default()).await;
    let first = publish(&one, &item(), [1]).await[0];
    let _: String = server.cli(&["SCRIPT", "FLUSH"]);
    assert_eq!(offsets(&publish(&one, &item(), [2]).await), [2]);
    let _: String = server.cli(&["SCRIPT", "FLUSH"]);
    assert_eq!(ids(&since(&one, &item(), first).await), [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_hear_each_other_in_both_directions() {
    let Nodes { one, two } = nodes(Limits::default()).await;
    let mut ears = [Ear::new(&one, &[item()]).await, Ear::new(&two, &[item()]).await];
    // Relays take turns: each generation on the other node.
    for round in 1..=20_i64 {
        let node = if round % 2 == 0 { &one } else { &two };
        let fence = generation(round.unsigned_abs());
        let batch = publications(round * 10..round * 10 + 3);
        let end = node.publish(&item(), fence, batch).await.expect("published")[2];
        for ear in &mut ears {
            assert_eq!(ear.events(&item(), end).await.len(), 3);
        }
    }
}
