//! Thousands of subscriptions, begun, broken off and resumed while others write: in the end each
//! client shows what a fresh SELECT finds.

use std::time::{Duration, Instant};

use dragon_tests::{Database, rounds};
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::player::{MARKER, Player};
use super::writers::Writers;
use crate::world::World;

crate::both!(
    subscribing_while_others_write_misses_nothing_and_doubles_nothing,
    a_short_history_is_healed_or_told,
);

/// How long a test goes on, and how many clients and writers it has.
struct Play {
    subscriptions: usize,
    clients: usize,
    writers: usize,
    /// Whether a hole may be told, which is healed a little later.
    holes: bool,
}

async fn subscribing_while_others_write_misses_nothing_and_doubles_nothing(database: Database) {
    let world = World::start(database).await;
    let play = Play { subscriptions: rounds(1_500, 20_000), clients: 6, writers: 4, holes: false };
    rounds_of(&[&world], play).await;
}

async fn a_short_history_is_healed_or_told(database: Database) {
    let world = World::start_with(database, |builder| {
        let mut config = dragon::Config::default();
        config.history_events = 20;
        builder.config(config)
    })
    .await;
    let play = Play { subscriptions: rounds(300, 5_000), clients: 4, writers: 4, holes: true };
    rounds_of(&[&world], play).await;
}

/// Two nodes on one Redis and one PostgreSQL: clients come back to either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_are_as_one() {
    let (redis, database) = (dragon_tests::Redis::start(), Database::postgres().await);
    let one = super::node(&redis, &database).await;
    let two = super::node(&redis, &database).await;
    let play = Play { subscriptions: rounds(800, 10_000), clients: 6, writers: 4, holes: false };
    rounds_of(&[&one, &two], play).await;
}

async fn rounds_of(nodes: &[&World], play: Play) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut dice = Rng::with_seed(seed);
    let mut lists = Vec::new();
    for _ in 0..3 {
        lists.push(nodes[0].list("me").await.id);
    }
    let urls: Vec<String> = nodes.iter().map(|node| node.url.clone()).collect();
    let writers = Writers::new(&nodes[0].database, lists.clone()).await;
    let (mut begun, mut resumed, mut phase) = (0, 0, 0);
    let start = Instant::now();
    while begun < play.subscriptions {
        phase += 1;
        let text = format!("{MARKER} {phase}");
        let mut writing = tokio::task::JoinSet::new();
        for _ in 0..play.writers {
            writing.spawn(writers.clone().work(dice.fork(), 12));
        }
        let (busy, mut quiet) = mpsc::channel::<()>(1);
        let (mark, marked) = watch::channel(false);
        let mut playing = tokio::task::JoinSet::new();
        for _ in 0..play.clients {
            let (dice, urls, lists) = (dice.fork(), urls.clone(), lists.clone());
            let (text, busy, mut marked) = (text.clone(), busy.clone(), marked.clone());
            let holes = play.holes;
            playing.spawn(async move {
                let mut player = episode(dice, &urls, &lists).await;
                // The marker must be told to all, rather than found in a snapshot: so it comes
                // after everything else that they are told.
                drop(busy);
                marked.wait_for(|marked| *marked).await.unwrap();
                player.until_marker(&text).await;
                match holes {
                    true => player.check_soon().await,
                    false => player.check().await,
                }
                player
            });
        }
        writing.join_all().await;
        drop(busy);
        // Ends when every player has let go of it, be it by a panic.
        assert_eq!(quiet.recv().await, None);
        writers.mark(&text).await;
        mark.send_replace(true);
        while let Some(played) = playing.join_next().await {
            let player = played.unwrap();
            begun += player.begun;
            resumed += player.resumed;
        }
    }
    println!("{begun} subscriptions, {resumed} resumed, {phase} phases in {:?}", start.elapsed());
    assert!(resumed > 0, "nobody could resume");
}

/// One client's life while the writers are at work.
async fn episode(mut dice: Rng, urls: &[String], lists: &[i32]) -> Player {
    let user = ["", "", "?low"][dice.usize(..3)];
    let url = |dice: &mut Rng| format!("{}{user}", urls[dice.usize(..urls.len())]);
    let mut player = Player::join(&url(&mut dice)).await;
    for _ in 0..dice.usize(2..8) {
        match dice.u8(..12) {
            0..=4 => {
                let filter = filter(&mut dice, lists);
                if !player.shows(&filter) {
                    player.add(filter).await;
                }
            }
            5 => player.subscribe(dice.usize(..player.mirrors.len()), false).await,
            6 => player.subscribe(dice.usize(..player.mirrors.len()), true).await,
            7 if player.mirrors.len() > 1 => {
                let at = dice.usize(1..player.mirrors.len());
                player.unsubscribe(at).await;
                if dice.bool() {
                    player.subscribe(at, dice.bool()).await;
                }
            }
            8..=9 => player.come_back(&url(&mut dice)).await,
            _ => {
                for _ in 0..dice.usize(..20) {
                    player.step(Duration::from_millis(1)).await;
                }
            }
        }
    }
    player.settle_requests().await;
    player
}

fn filter(dice: &mut Rng, lists: &[i32]) -> Value {
    let mut filter = json!({});
    if dice.bool() {
        filter["list_id"] = lists[dice.usize(..lists.len())].into();
    }
    if dice.u8(..3) == 0 {
        filter["done"] = dice.bool().into();
    }
    if dice.u8(..3) == 0 {
        filter["rank__lt"] = dice.i32(1..20).into();
    }
    if dice.u8(..3) == 0 {
        filter["text__contains"] = ["a", "b", "ab"][dice.usize(..3)].into();
    }
    filter
}
