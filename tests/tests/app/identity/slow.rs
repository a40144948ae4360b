//! Who reads slowly, or not at all: logins and rights end for them as for everybody.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use dragon::App;
use dragon::auth::{Handshake, Identity, Refusal, Tokens};
use dragon::prelude::*;
use dragon::testing::TestClient;
use dragon_tests::Database;
use dragon_tests::util::{PATIENCE, until};
use futures::poll;
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::rights::{Room, Secrets, Shared, Shares};
use crate::both;
use crate::models::{ItemRouter, ListRouter};
use crate::world::{World, new_item};

/// How many messages may wait; the server goes on when no more than half of them do.
const WAITING: usize = 8;

/// How many rows leave: more than may wait.
const ROWS: i32 = 21;

/// Says so much that nothing more is answered until it has been read.
struct Loud(Arc<AtomicUsize>);

impl Router for Loud {
    const ROUTE: &'static str = "loud";

    async fn call(&self, _: &str, _: &mut Context<'_>) -> Outcome {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Success::of(&json!("x".repeat(8_000))))
    }
}

/// Whose token it is says the token itself; it holds for a second.
async fn briefly(token: String) -> Result<Identity, Refusal> {
    Ok(Identity::user(token).until(SystemTime::now() + Duration::from_secs(1)))
}

/// What a test has of it: the app, and how often `loud` has spoken.
async fn world(database: Database, shares: &Shares) -> (World, Arc<AtomicUsize>) {
    let spoken = Arc::new(AtomicUsize::new(0));
    let mut config = Config::default();
    config.outbox_messages = WAITING;
    config.outbox_bytes = 8_000;
    config.shutdown_patience = PATIENCE * 3;
    let db = dragon::connect(&database.url).await.unwrap();
    let builder = App::builder("test").database(db.clone()).create_tables().config(config);
    let builder = builder.authenticator(shares.clone());
    let builder = builder.authenticator(Tokens::new(briefly).not_in_query());
    let builder = builder.router(ListRouter).router(ItemRouter).router(Shared).router(Secrets);
    let builder = builder.router(Room).router(Loud(Arc::clone(&spoken)));
    (World::serve(builder.start().await.unwrap(), db, database).await, spoken)
}

/// A client without a network, so that nothing but the outbox holds what is not read.
fn client_of(world: &World, user: &str) -> TestClient {
    let handshake = Handshake { query: user.to_owned(), ..Handshake::default() };
    TestClient::connect_with(&world.app, handshake)
}

/// Asks, and reads nothing from then on.
async fn ask(client: &mut TestClient, route: &str, verb: &str, args: Value) {
    // The answer may be there at the first look already; there is no second one.
    let _ = poll!(pin!(client.call_verb(route, verb, args)));
}

/// Until the connection of the only client is no more, though that reads nothing.
async fn gone(world: &World) {
    let gone = || async { world.app.stats().socket_tasks == 0 };
    until(PATIENCE, "the connection has ended", gone).await;
}

async fn lists(world: &World, owner: &str) -> Vec<i32> {
    let mut lists = Vec::new();
    for _ in 0..ROWS {
        lists.push(world.list(owner).await.id);
    }
    lists
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_ends_though_an_answer_is_not_read() {
    let (world, _) = world(Database::sqlite(), &Shares::default()).await;
    let mut client = client_of(&world, "");
    client.ok("dragon", "login", json!({ "token": "ann" })).await;
    ask(&mut client, "loud", "speak", json!({})).await;
    gone(&world).await;
    assert_eq!(client.closed().await, 3012);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_are_lost_though_an_answer_is_not_read() {
    let shares = Shares::default();
    shares.set("eve", &["ann"]);
    let (world, spoken) = world(Database::sqlite(), &shares).await;
    let mut client = client_of(&world, "eve");
    ask(&mut client, "loud", "speak", json!({})).await;
    until(PATIENCE, "it was answered", || async { spoken.load(Ordering::SeqCst) == 1 }).await;
    shares.ban("eve");
    world.app.rights_changed("eve").await.unwrap();
    gone(&world).await;
    assert_eq!(client.closed().await, 4001);
}

both!(
    a_login_ends_though_what_leaves_is_not_read,
    an_app_ends_though_what_leaves_is_not_read,
    who_reads_slowly_is_told_nothing_in_data_channels_meanwhile,
    what_leaves_is_what_there_was_when_it_was_asked,
);

/// What makes a guest ann, who sees nothing of bob's.
fn log_ins() -> [(&'static str, &'static str, Value); 2] {
    let args = json!({ "token": "ann" });
    [("dragon", "login", args.clone()), ("item", "subscribe", args)]
}

async fn a_login_ends_though_what_leaves_is_not_read(database: Database) {
    let (world, _) = world(database, &Shares::default()).await;
    lists(&world, "bob").await;
    for (route, verb, args) in log_ins() {
        let mut client = client_of(&world, "");
        client.ok("list", "subscribe", json!({ "_snapshot": true })).await;
        ask(&mut client, route, verb, args).await;
        gone(&world).await;
        assert_eq!(client.closed().await, 3012);
    }
}

async fn an_app_ends_though_what_leaves_is_not_read(database: Database) {
    let (world, _) = world(database, &Shares::default()).await;
    lists(&world, "bob").await;
    let mut clients = Vec::new();
    for (route, verb, args) in log_ins() {
        let mut client = client_of(&world, "");
        client.ok("list", "subscribe", json!({ "_snapshot": true })).await;
        ask(&mut client, route, verb, args).await;
        clients.push(client);
    }
    timeout(PATIENCE, world.app.shutdown()).await.expect("it waits for who does not read");
    assert_eq!(world.app.stats().socket_tasks, 0);
}

async fn who_reads_slowly_is_told_nothing_in_data_channels_meanwhile(database: Database) {
    let shares = Shares::default();
    for user in ["eve", "joe"] {
        shares.set(user, &["bob"]);
    }
    let (world, _) = world(database, &shares).await;
    lists(&world, "bob").await;
    let (mut eve, mut joe) = (client_of(&world, "eve"), client_of(&world, "joe"));
    eve.subscribe("shared", "l", json!({ "_snapshot": true })).await;
    eve.subscribe("room", "r", json!({})).await;
    joe.subscribe("room", "r", json!({})).await;
    shares.set("eve", &[]);
    world.app.rights_changed("eve").await.unwrap();
    assert_eq!(eve.next_push().await["action"], "deleted");
    // Eve has read the first of what leaves, and reads no more for now.
    world.app.publish_data("room", &json!({ "text": "secret" })).await.unwrap();
    assert_eq!(joe.next_push().await["text"], "secret");
    for _ in 1..ROWS {
        let push = eve.next_push().await;
        assert_eq!(push["action"], "deleted", "{push}");
    }
    assert_eq!(eve.closed().await, 3012);
    assert_eq!(eve.last_push().unwrap()["action"], "deleted");
}

/// The ids of each kind that leave, in order, until all channels are to be loaded anew.
async fn left(client: &mut TestClient, channels: usize) -> Vec<(String, i32)> {
    let (mut left, mut anew) = (Vec::new(), 0);
    while anew < channels {
        let push = client.next_push().await;
        if push["action"] == "resync" {
            anew += 1;
            continue;
        }
        assert_eq!(push["action"], "deleted", "{push}");
        let id = i32::try_from(push["data"]["id"].as_i64().unwrap()).unwrap();
        left.push((push["data"]["_type"].as_str().unwrap().to_owned(), id));
    }
    left.sort();
    left
}

async fn what_leaves_is_what_there_was_when_it_was_asked(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["all", "bob"]);
    let (world, _) = world(database, &shares).await;
    let lists = lists(&world, "bob").await;
    let mut items = Vec::new();
    for _ in 0..ROWS {
        items.push(new_item(lists[0], "a").insert(&world.db).await.unwrap().id);
    }
    let mut client = client_of(&world, "eve");
    client.subscribe("shared", "l", json!({ "_snapshot": true })).await;
    client.subscribe("secrets", "s", json!({ "_snapshot": true })).await;
    shares.set("eve", &[]);
    world.app.rights_changed("eve").await.unwrap();
    let first = client.next_push().await;
    assert_eq!(first["action"], "deleted");
    // Much is left to be told, and the client does not read: what comes to be there now is not the
    // client's to know, and what goes now is still on its screen.
    world.list("bob").await;
    let mut later = new_item(lists[0], "b");
    later.secret = Set(Some("all".to_owned()));
    later.insert(&world.db).await.unwrap();
    let (list, item) = (lists[20], items[20]);
    let gone = format!("UPDATE list SET owner = 'zed' WHERE id = {list}");
    world.db.execute_unprepared(&gone).await.unwrap();
    let gone = format!("DELETE FROM item WHERE id = {item}");
    world.db.execute_unprepared(&gone).await.unwrap();

    let mut told = left(&mut client, 2).await;
    let id = i32::try_from(first["data"]["id"].as_i64().unwrap()).unwrap();
    told.push((first["data"]["_type"].as_str().unwrap().to_owned(), id));
    told.sort();
    let kinds = [("item", items), ("list", lists)];
    let wanted: Vec<(String, i32)> = kinds
        .into_iter()
        .flat_map(|(kind, ids)| ids.into_iter().map(move |id| (kind.to_owned(), id)))
        .collect();
    assert_eq!(told, wanted);
}
