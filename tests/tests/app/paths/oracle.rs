//! Many clients, many writers, three tables: in the end each client shows what a fresh SELECT
//! finds.

use std::time::{Duration, Instant};

use dragon::AppBuilder;
use dragon::prelude::*;
use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Database, Mirror, Redis, rounds};
use fastrand::Rng;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, Set, TransactionTrait};
use serde_json::Value;

use super::{board, card, fill, owner, world, world_with};
use crate::world::World;

crate::both!(every_client_shows_what_a_fresh_select_finds);

async fn every_client_shows_what_a_fresh_select_finds(database: Database) {
    let world = world(database).await;
    play(&[&world], rounds(12, 200)).await;
    // Everything was told; nobody had to load anew.
    assert_eq!(world.app.stats().resyncs, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_two_nodes_show_the_same() {
    let (redis, database) = (Redis::start(), Database::postgres().await);
    let on_redis = |builder: AppBuilder| {
        let mut config = dragon::Config::default();
        config.redis_url = Some(redis.url());
        builder.config(config)
    };
    let one = world_with(database.clone(), on_redis).await;
    let two = world_with(database, on_redis).await;
    play(&[&one, &two], rounds(6, 100)).await;
}

/// What the clients ask for: the route, who asks, the filter.
const WISHES: [(&str, &str, &str); 13] = [
    ("card", "1", "{}"),
    ("card", "2", "{}"),
    ("card", "3", r#"{"done": true}"#),
    ("card", "2", r#"{"board__name": "home"}"#),
    ("card", "", r#"{"board__owner__name__contains": "a"}"#),
    ("card", "", r#"{"board__owner__name": "bob", "text": "a"}"#),
    ("card", "", r#"{"board__owner__name__in": ["ann", "bob"], "board__name__contains": "o"}"#),
    ("card", "", r#"{"board__owner_id": null}"#),
    ("card", "", r#"{"board__name": "work", "done": false}"#),
    ("board", "", r#"{"cards__text": "a"}"#),
    ("board", "", r#"{"cards__text__contains": "b", "cards__done": true}"#),
    ("board", "", r#"{"owner__name": "ann", "cards__done": false}"#),
    ("board", "", r#"{"owner__name__contains": "n"}"#),
];

/// A client with one subscription.
struct Watcher {
    route: &'static str,
    client: Client,
    mirror: Mirror,
    begun: usize,
}

impl Watcher {
    async fn join(url: &str, (route, user, filter): (&'static str, &str, &str)) -> Watcher {
        let url = if user.is_empty() { url.to_owned() } else { format!("{url}?{user}") };
        let mirror = Mirror::new(serde_json::from_str(filter).unwrap());
        let client = Client::connect(&url).await;
        let mut watcher = Watcher { route, client, mirror, begun: 0 };
        watcher.begin().await;
        watcher
    }

    /// Subscribes, for the first time or again.
    async fn begin(&mut self) {
        let name = self.client.send(self.route, "subscribe", self.mirror.args(true)).await;
        loop {
            let message = self.client.next(PATIENCE).await;
            if message["context"]["client_callback_name"] == name.as_str() {
                self.mirror.begin(&dragon_tests::Reply { message });
                self.begun += 1;
                return;
            }
            self.mirror.apply(&message);
        }
    }

    /// Takes what comes, for a while.
    async fn listen(&mut self, limit: Duration) {
        let end = Instant::now() + limit;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.client.try_next(left).await {
                Some(push) => self.mirror.apply(&push),
                None => assert!(!self.client.is_closed(), "{:?}", self.client),
            }
            if self.mirror.must_reload {
                self.begin().await;
            }
        }
    }

    /// Listens until it shows what is listed. (Nobody writes any more.)
    async fn settle(&mut self, seed: u64) {
        let end = Instant::now() + PATIENCE * 2;
        loop {
            let filter = Value::Object(self.mirror.filter.clone());
            let name = self.client.send(self.route, "get_list", filter.clone()).await;
            let listed = loop {
                let message = self.client.next(PATIENCE).await;
                if message["context"]["client_callback_name"] == name.as_str() {
                    break message["data"].clone();
                }
                self.mirror.apply(&message);
            };
            let shown = Value::Array(self.mirror.rows.values().cloned().collect());
            if shown == listed && !self.mirror.must_reload {
                return;
            }
            assert!(
                Instant::now() < end,
                "seed {seed}: {filter} of {} shows\n{shown}\nand not\n{listed}\n{:#?}",
                self.route,
                self.client.log(),
            );
            self.listen(Duration::from_millis(20)).await;
        }
    }
}

async fn play(nodes: &[&World], phases: usize) {
    let seed = std::env::var("DRAGON_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let mut dice = Rng::with_seed(seed);
    fill(nodes[0]).await;
    let quick = match nodes[0].database.file() {
        None => "?options[deadlock_timeout]=10ms",
        Some(_) => "",
    };
    let db = dragon::connect(&format!("{}{quick}", nodes[0].database.url)).await.unwrap();
    let mut watchers = Vec::new();
    for wish in WISHES {
        for _ in 0..2 {
            let url = &nodes[dice.usize(..nodes.len())].url;
            watchers.push(Watcher::join(url, wish).await);
        }
    }
    for _ in 0..phases {
        let mut writing = tokio::task::JoinSet::new();
        for _ in 0..3 {
            writing.spawn(write(db.clone(), dice.fork(), 12));
        }
        let mut watching = tokio::task::JoinSet::new();
        for mut watcher in watchers.drain(..) {
            let mut dice = dice.fork();
            watching.spawn(async move {
                for _ in 0..dice.usize(1..4) {
                    watcher.listen(Duration::from_millis(dice.u64(1..30))).await;
                    if dice.u8(..3) == 0 {
                        watcher.begin().await;
                    }
                }
                watcher
            });
        }
        watchers = watching.join_all().await;
        writing.join_all().await;
        for watcher in &mut watchers {
            watcher.settle(seed).await;
        }
    }
    let told: usize = watchers.iter().map(|watcher| watcher.client.log().len()).sum();
    let begun: usize = watchers.iter().map(|watcher| watcher.begun).sum();
    println!("{phases} phases, {begun} subscriptions, {told} messages");
    assert!(told > begun + 20 * phases, "hardly anything was told");
}

/// Some transactions of one writer. What the database refuses (a deadlock, a row that refers
/// nowhere) is given up.
async fn write(db: DatabaseConnection, mut dice: Rng, transactions: usize) {
    for _ in 0..transactions {
        let _ = match dice.u8(..4) {
            0 => by_orm(&db, &mut dice).await,
            _ => by_statements(&db, &mut dice).await,
        };
        if dice.bool() {
            tokio::time::sleep(Duration::from_millis(dice.u64(..6))).await;
        }
    }
}

async fn by_orm(db: &DatabaseConnection, dice: &mut Rng) -> Result<(), DbErr> {
    let name = pick(dice, &["ann", "bob", "carla"]);
    let (of, on, at) = (dice.i32(1..5), dice.i32(1..9), dice.i32(1..40));
    match dice.u8(..6) {
        0 => {
            let row = owner::ActiveModel { id: Set(of), name: Set(name.to_owned()) };
            row.update(db).await.map(drop)
        }
        1 => {
            let row =
                board::ActiveModel { id: Set(on), owner_id: Set(Some(of)), ..Default::default() };
            row.update(db).await.map(drop)
        }
        2 => {
            let text = pick(dice, &["a", "b", "ab"]).to_owned();
            let row = card::ActiveModel {
                board_id: Set(on),
                text: Set(text),
                done: Set(dice.bool()),
                ..Default::default()
            };
            row.insert(db).await.map(drop)
        }
        3 => card::Entity::delete_by_id(at).exec(db).await.map(drop),
        4 => {
            let rows = (0..4).map(|_| card::ActiveModel {
                board_id: Set(on),
                text: Set("ab".to_owned()),
                ..Default::default()
            });
            card::Entity::insert_many(rows).exec(db).await.map(drop)
        }
        _ => {
            let all = card::Entity::update_many().col_expr(card::Column::Done, dice.bool().into());
            all.filter(card::Column::BoardId.eq(on)).exec(db).await.map(drop)
        }
    }
}

async fn by_statements(db: &DatabaseConnection, dice: &mut Rng) -> Result<(), DbErr> {
    let transaction = db.begin().await?;
    for _ in 0..dice.usize(1..4) {
        transaction.execute_unprepared(&statement(dice)).await?;
        if dice.bool() {
            tokio::task::yield_now().await;
        }
    }
    match dice.u8(..6) {
        0 => transaction.rollback().await,
        _ => transaction.commit().await,
    }
}

fn pick(dice: &mut Rng, from: &[&'static str]) -> &'static str {
    from[dice.usize(..from.len())]
}

fn statement(dice: &mut Rng) -> String {
    let name = pick(dice, &["ann", "bob", "carla"]);
    let title = pick(dice, &["home", "work", "lost"]);
    let text = pick(dice, &["a", "b", "ab"]);
    let (of, on, at) = (dice.i32(1..5), dice.i32(1..9), dice.i32(1..40));
    let part = dice.u8(..4);
    match dice.u8(..22) {
        0..=2 => format!("UPDATE owner SET name = '{name}' WHERE id = {of}"),
        3 => format!("UPDATE owner SET name = '{name}'"),
        4 => format!("DELETE FROM owner WHERE id = {of}"),
        5 | 6 => new("owner", of, &format!("'{name}'")),
        7 | 8 => format!("UPDATE board SET owner_id = {of} WHERE id = {on}"),
        9 => format!("UPDATE board SET owner_id = NULL WHERE id % 4 = {part}"),
        10 => format!("UPDATE board SET name = '{title}' WHERE id = {on}"),
        11 => format!("DELETE FROM board WHERE id = {on}"),
        12 | 13 => new("board", on, &format!("{of}, '{title}'")),
        14 => format!("UPDATE board SET id = id + 100 WHERE id = {on}"),
        15 => format!("UPDATE board SET id = id - 100 WHERE id = {on} + 100"),
        16 => format!("UPDATE card SET board_id = {on} WHERE id % 4 = {part}"),
        17 => format!("UPDATE card SET text = '{text}', secret = '{at}' WHERE id = {at}"),
        18 => format!("UPDATE card SET id = id + 1000 WHERE id = {at}"),
        19 => format!("DELETE FROM card WHERE id % 7 = {part}"),
        20 => format!("DELETE FROM owner WHERE id = {of}; {}", new("owner", of, "'ann'")),
        _ => new("card", at, &format!("{on}, '{text}', {}, NULL", dice.bool())),
    }
}

/// A row of this key, unless there is one.
fn new(table: &str, id: i32, rest: &str) -> String {
    format!(
        "INSERT INTO {table} SELECT {id}, {rest} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE id = {id})"
    )
}
