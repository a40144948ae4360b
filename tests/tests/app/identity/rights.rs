//! Rights that change while somebody is connected.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dragon::App;
use dragon::auth::{Authentication, Authenticator, Handshake, Identity, Refusal};
use dragon::prelude::*;
use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Database, Redis};
use futures::future::BoxFuture;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use crate::both;
use crate::models::{ItemSerializer, ListRouter, ListSerializer, list};
use crate::world::{World, new_item};

/// Whose lists each user sees, as a table of the application would say it. Users who are not in
/// it may not come in.
#[derive(Clone, Default)]
pub struct Shares(Arc<Mutex<HashMap<String, Vec<&'static str>>>>);

impl Shares {
    pub fn set(&self, user: &str, owners: &[&'static str]) {
        self.0.lock().unwrap().insert(user.to_owned(), owners.to_vec());
    }

    pub fn ban(&self, user: &str) {
        self.0.lock().unwrap().remove(user);
    }
}

impl Authenticator for Shares {
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if handshake.query.is_empty() {
                return Ok(None);
            }
            match self.0.lock().unwrap().get(&handshake.query) {
                Some(owners) => {
                    Ok(Some(Identity::user(&handshake.query).with("sees", owners.clone())))
                }
                None => Err(Refusal::invalid("Who are you?")),
            }
        })
    }
}

pub struct Shared;

#[router(route = "shared", serializer = ListSerializer)]
impl Shared {
    fn scope(&self, caller: &Caller) -> Filter {
        let owners = caller.claim("sees").and_then(Value::as_array).into_iter().flatten();
        let owners: Vec<&str> = owners.filter_map(Value::as_str).collect();
        if owners.is_empty() { Filter::Nothing } else { Filter::is_in("owner", owners) }
    }
}

/// Items by a column that may be NULL: all of them, or those whose secret has a text in it.
pub struct Secrets;

#[router(route = "secrets", serializer = ItemSerializer)]
impl Secrets {
    fn scope(&self, caller: &Caller) -> Filter {
        match caller.claim("sees").and_then(|sees| sees[0].as_str()) {
            Some("all") => Filter::All,
            Some(text) => Filter::contains("secret", text),
            None => Filter::Nothing,
        }
    }
}

/// Takes rights away from whoever it is told.
struct Office(Shares);

impl Router for Office {
    const ROUTE: &'static str = "office";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        let user: String = cx.arg("user")?;
        match verb {
            "dismiss" => self.0.set(&user, &[]),
            _ => return Err(cx.unknown_verb(&["dismiss"])),
        }
        cx.rights_changed(&user).await?;
        Ok(Success::of(&json!("dismissed")))
    }
}

/// A data channel for whoever is there.
pub struct Room;

impl Router for Room {
    const ROUTE: &'static str = "room";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&["subscribe", "unsubscribe"]))
    }

    fn subscription_channels(&self, _: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec!["room".to_owned()])
    }
}

async fn node(database: &Database, shares: &Shares, redis: Option<&Redis>) -> World {
    let mut config = Config::default();
    config.redis_url = redis.map(Redis::url);
    node_with(database, shares, config).await
}

async fn node_with(database: &Database, shares: &Shares, config: Config) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    let builder = App::builder("test").database(db.clone()).create_tables().config(config);
    let builder =
        builder.authenticator(shares.clone()).router(ListRouter).router(Shared).router(Secrets);
    let app = builder.router(Office(shares.clone())).router(Room).start().await.unwrap();
    World::serve(app, db, database.clone()).await
}

/// A client that has subscribed, and its rows' ids.
async fn subscribed(world: &World, user: &str) -> (Client, Vec<i64>) {
    let mut client = world.client_of(user).await;
    let ids = load(&mut client).await;
    (client, ids)
}

async fn load(client: &mut Client) -> Vec<i64> {
    let reply = client.call("shared", "subscribe", json!({ "_snapshot": true })).await.message;
    let rows = reply["snapshot"].as_array().unwrap_or_else(|| panic!("{reply}"));
    rows.iter().filter_map(|row| row["id"].as_i64()).collect()
}

async fn leaves(client: &mut Client, ids: &[i32]) {
    let mut left = Vec::new();
    for _ in ids {
        let push = client.next_push(PATIENCE).await;
        assert_eq!(push["action"], "deleted", "{push}");
        assert_eq!(push["data"].as_object().unwrap().len(), 2, "{push}");
        left.push(i32::try_from(push["data"]["id"].as_i64().unwrap()).unwrap());
    }
    left.sort_unstable();
    assert_eq!(left, ids);
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
}

async fn rename(world: &World, row: &list::Model, name: &str) {
    let mut row = row.clone().into_active_model();
    row.name = Set(name.to_owned());
    row.update(&world.db).await.unwrap();
}

both!(
    on_one_node_what_is_seen_no_more_leaves,
    a_verb_may_take_rights_away_and_nobody_else_is_disturbed,
    what_compares_with_null_leaves_too,
    a_client_without_positions_is_told_what_leaves_before_it_comes_back,
    however_many_rows_leave_each_is_told,
);

async fn on_one_node_what_is_seen_no_more_leaves(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["ann", "bob"]);
    let world = node(&database, &shares, None).await;
    let (anns, bobs) = (world.list("ann").await, world.list("bob").await);
    let more = world.list("bob").await;
    let (mut client, rows) = subscribed(&world, "eve").await;
    assert_eq!(rows.len(), 3);

    shares.set("eve", &["ann"]);
    world.app.rights_changed("eve").await.unwrap();
    leaves(&mut client, &[bobs.id, more.id]).await;
    rename(&world, &bobs, "secret").await;
    rename(&world, &anns, "known").await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["action"], &push["data"]["name"]), (&json!("updated"), &json!("known")));
    assert_eq!(load(&mut client).await, [i64::from(anns.id)]);

    // More than before: nothing leaves, and what is new is loaded.
    shares.set("eve", &["ann", "bob"]);
    world.app.rights_changed("eve").await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    rename(&world, &bobs, "shown").await;
    assert_eq!(client.next_push(PATIENCE).await["data"]["name"], "shown");

    // Nothing at all any more.
    shares.set("eve", &[]);
    world.app.rights_changed("eve").await.unwrap();
    leaves(&mut client, &[anns.id, bobs.id, more.id]).await;
    assert_eq!(load(&mut client).await, [] as [i64; 0]);

    // Not even let in.
    shares.ban("eve");
    world.app.rights_changed("eve").await.unwrap();
    assert_eq!(client.close_code().await, Some(4001));
}

async fn a_verb_may_take_rights_away_and_nobody_else_is_disturbed(database: Database) {
    let shares = Shares::default();
    for user in ["eve", "joe"] {
        shares.set(user, &["ann"]);
    }
    let world = node(&database, &shares, None).await;
    let anns = world.list("ann").await;
    let (mut eve, _) = subscribed(&world, "eve").await;
    let (mut other, _) = subscribed(&world, "eve").await;
    let (mut joe, rows) = subscribed(&world, "joe").await;
    assert_eq!(rows.len(), 1);
    joe.ok("office", "dismiss", json!({ "user": "eve" })).await;
    leaves(&mut eve, &[anns.id]).await;
    leaves(&mut other, &[anns.id]).await;
    rename(&world, &anns, "b").await;
    assert_eq!(joe.next_push(PATIENCE).await["data"]["name"], "b");
    eve.no_push(Duration::from_millis(200)).await;
}

async fn what_compares_with_null_leaves_too(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["all"]);
    let world = node(&database, &shares, None).await;
    let list = world.list("ann").await.id;
    let mut ids = Vec::new();
    for secret in [None, Some("xyz"), Some("abc")] {
        let mut item = new_item(list, "a");
        item.secret = Set(secret.map(str::to_owned));
        ids.push(item.insert(&world.db).await.unwrap().id);
    }
    let mut client = world.client_of("eve").await;
    client.ok("secrets", "subscribe", json!({ "_snapshot": true })).await;
    shares.set("eve", &["y"]);
    world.app.rights_changed("eve").await.unwrap();
    leaves(&mut client, &[ids[0], ids[2]]).await;
}

/// All that is pushed until the server closes, as the rows that leave each route's channels.
async fn left_until_the_close(client: &mut Client) -> Vec<(String, i64)> {
    assert_eq!(client.close_code().await, Some(3012));
    let mut left = Vec::new();
    for push in client.pushes(Duration::ZERO).await {
        // Without a snapshot it may be told what was made before it asked.
        if push["action"] == "created" {
            continue;
        }
        assert_eq!(push["action"], "deleted", "{push}");
        let kind = push["data"]["_type"].as_str().unwrap().to_owned();
        left.push((kind, push["data"]["id"].as_i64().unwrap()));
    }
    left.sort();
    left
}

async fn a_client_without_positions_is_told_what_leaves_before_it_comes_back(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["all"]);
    shares.set("joe", &["all", "ann", "bob"]);
    let world = node(&database, &shares, None).await;
    let (anns, bobs) = (world.list("ann").await, world.list("bob").await);
    let item = new_item(anns.id, "a").insert(&world.db).await.unwrap();
    let (list, kind) = (i64::from(anns.id), |kind: &str| kind.to_owned());
    let item = (kind("item"), i64::from(item.id));
    // With a data channel, whose name says nothing of who may have it.
    let mut eve = world.client_of("eve").await;
    eve.ok("secrets", "subscribe", json!({ "channel": "s" })).await;
    eve.ok("room", "subscribe", json!({ "channel": "r" })).await;
    shares.set("eve", &[]);
    world.app.rights_changed("eve").await.unwrap();
    assert_eq!(left_until_the_close(&mut eve).await, std::slice::from_ref(&item));
    // With several subscriptions: the first of them does not close before the others are told.
    let mut joe = world.client_of("joe").await;
    joe.ok("secrets", "subscribe", json!({ "channel": "s" })).await;
    joe.ok("shared", "subscribe", json!({ "channel": "l" })).await;
    shares.set("joe", &[]);
    world.app.rights_changed("joe").await.unwrap();
    let lists = [list, i64::from(bobs.id)].map(|id| (kind("list"), id));
    let [one, other] = lists;
    assert_eq!(left_until_the_close(&mut joe).await, [item, one, other]);
}

async fn however_many_rows_leave_each_is_told(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["ann", "bob"]);
    let mut config = Config::default();
    config.outbox_messages = 8;
    let world = node_with(&database, &shares, config).await;
    let mut bobs = Vec::new();
    for _ in 0..41 {
        world.list("ann").await;
        bobs.push(world.list("bob").await.id);
    }
    let (mut client, rows) = subscribed(&world, "eve").await;
    assert_eq!(rows.len(), 82);
    let mut old = world.client_of("eve").await;
    old.ok("shared", "subscribe", json!({ "channel": "l" })).await;
    shares.set("eve", &["ann"]);
    world.app.rights_changed("eve").await.unwrap();
    leaves(&mut client, &bobs).await;
    let left: Vec<i64> =
        left_until_the_close(&mut old).await.into_iter().map(|(_, id)| id).collect();
    assert_eq!(left, bobs.iter().map(|id| i64::from(*id)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_every_node_and_after_an_outage_of_the_broker() {
    let database = Database::postgres().await;
    let mut redis = Redis::start();
    let shares = Shares::default();
    shares.set("eve", &["ann", "bob"]);
    let one = node(&database, &shares, Some(&redis)).await;
    let two = node(&database, &shares, Some(&redis)).await;
    let (anns, bobs) = (one.list("ann").await, one.list("bob").await);
    let (mut here, _) = subscribed(&one, "eve").await;
    let (mut there, rows) = subscribed(&two, "eve").await;
    assert_eq!(rows.len(), 2);

    shares.set("eve", &["ann"]);
    one.app.rights_changed("eve").await.unwrap();
    leaves(&mut here, &[bobs.id]).await;
    leaves(&mut there, &[bobs.id]).await;
    rename(&one, &bobs, "secret").await;
    rename(&one, &anns, "known").await;
    for client in [&mut here, &mut there] {
        assert_eq!(client.next_push(PATIENCE).await["data"]["name"], "known");
    }

    // Nobody can be told, and it is said; this node does it, the other when it hears again.
    redis.kill();
    shares.set("eve", &[]);
    let refused = one.app.rights_changed("eve").await.unwrap_err();
    assert!(matches!(refused, dragon::Error::Broker(_)), "{refused}");
    leaves(&mut here, &[anns.id]).await;
    redis.restart();
    // It may be told to load anew before, because Redis has lost its history.
    let left = loop {
        let push = there.next_push(PATIENCE * 2).await;
        if push["action"] == "deleted" {
            break push;
        }
        assert_eq!(push["action"], "resync", "{push}");
    };
    assert_eq!(left["data"]["id"], anns.id);
    assert_eq!(load(&mut there).await, [] as [i64; 0]);
}
