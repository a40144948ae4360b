//! Rights that change while a subscription covers more than its own rows.

use std::collections::BTreeSet;

use dragon::auth::{Identity, Tokens};
use dragon::prelude::*;
use dragon::{App, Config};
use dragon_tests::{Client, Database, Redis, util::PATIENCE};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, Set};
use serde_json::{Value, json};

use super::models::address;
use super::routers::{CompanyRouter, TagSerializer, WholeSerializer};
use super::{QUIET, company, document, new_tag, person, tables, tie};
use crate::identity::rights::Shares;
use crate::world::World;

crate::both!(
    what_rows_lead_to_leaves_with_them,
    rows_whose_keys_are_no_numbers_leave_part_by_part,
    what_rows_lead_to_goes_on_where_a_page_logs_in_by_subscribing,
);

/// Companies of the names that somebody sees, with all that they lead to; for who sees any.
struct Owned;

fn sees(caller: &Caller) -> Vec<String> {
    let names = caller.claim("sees").and_then(Json::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn sees_any(cx: &Context<'_>) -> Result<(), Failure> {
    if sees(cx.caller).is_empty() { Err(Failure::denied()) } else { Ok(()) }
}

#[router(route = "owned", serializer = WholeSerializer, permissions(sees_any))]
impl Owned {
    fn scope(&self, caller: &Caller) -> Filter {
        Filter::is_in("name", sees(caller))
    }
}

/// Tags of the labels that somebody sees; their keys are UUIDs.
struct Labels;

#[router(route = "labels", serializer = TagSerializer)]
impl Labels {
    fn scope(&self, caller: &Caller) -> Filter {
        Filter::is_in("label", sees(caller))
    }
}

async fn node(database: &Database, shares: &Shares, redis: Option<&Redis>) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    let mut config = Config::default();
    config.redis_url = redis.map(Redis::url);
    let app = App::builder("test").database(db.clone()).config(config).router(CompanyRouter);
    let app = app.authenticator(shares.clone()).router(Owned).start().await.unwrap();
    World::serve(app, db, database.clone()).await
}

/// What is there before any app is: two companies, and a tag that both have.
struct Seed {
    acme: BTreeSet<String>,
    best: BTreeSet<String>,
    shared: Uuid,
}

async fn seed(database: &Database) -> Seed {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let shared = new_tag(&db, 99, "shared").await;
    let acme = furnished(&db, "Acme", 1, shared).await;
    let best = furnished(&db, "Best", 2, shared).await;
    db.close().await.unwrap();
    Seed { acme, best, shared }
}

/// A company with one of each kind; its tag is its own, beside the shared one.
async fn furnished(
    db: &DatabaseConnection,
    name: &str,
    number: u128,
    shared: Uuid,
) -> BTreeSet<String> {
    let id = company(db, name).await;
    let staff = person(db, &format!("{name}'s"), id, None).await;
    document(db, &format!("of {name}"), staff).await;
    let street = address::ActiveModel {
        street: Set(name.to_owned()),
        company_id: Set(id),
        ..Default::default()
    };
    let address = street.insert(db).await.unwrap().id;
    let own = new_tag(db, number, name).await;
    tie(db, id, own).await;
    tie(db, id, shared).await;
    // There is one document for each of the staff. What hangs on others leaves from what held it.
    let held = [("staff", staff, id), ("document", staff, staff), ("address", address, id)];
    let held = held.into_iter().map(|(kind, id, of)| format!("{kind} {id} of {of}"));
    held.chain([format!("company {id}"), format!("tag {own} of [{id}]")]).collect()
}

/// What leaves, until every one of the channels has been told to load anew.
async fn left(client: &mut Client, channels: usize) -> BTreeSet<String> {
    let mut left = BTreeSet::new();
    let mut anew = BTreeSet::new();
    while anew.len() < channels {
        let push = client.next_push(PATIENCE).await;
        let channel = push["channel"].as_str().unwrap().to_owned();
        if push["action"] == "resync" {
            assert!(anew.insert(channel), "told twice to load anew: {push}");
            continue;
        }
        assert!(!anew.contains(&channel), "after it was said to load anew: {push}");
        assert!(left.insert(leaver(&push)), "told twice: {push}");
    }
    left
}

/// The row that leaves, and what held it.
fn leaver(push: &Value) -> String {
    assert_eq!(push["action"], "deleted", "{push}");
    let row = push["data"].as_object().unwrap();
    let held = ["company", "staff", "company_tags"].into_iter().find_map(|via| row.get(via));
    assert_eq!(row.len(), 2 + usize::from(held.is_some()), "{push}");
    let kind = row["_type"].as_str().unwrap();
    assert!(push["channel"].as_str().unwrap().starts_with(&format!("{kind}|")), "{push}");
    let id = row["id"].as_str().map_or_else(|| row["id"].to_string(), str::to_owned);
    let of = held.map_or_else(String::new, |held| format!(" of {held}"));
    format!("{kind} {id}{of}")
}

async fn subscribed(world: &World) -> Client {
    let mut client = world.client_of("eve").await;
    load(&mut client).await;
    client
}

/// Subscribes with all rows; the names of those at the top.
async fn load(client: &mut Client) -> Vec<Value> {
    let args = json!({ "channel": "c", "_snapshot": true });
    let reply = client.call("owned", "subscribe", args).await;
    assert!(reply.is_success(), "{reply}");
    assert_eq!(reply.message["channel_data"]["remote_channels"].as_array().unwrap().len(), 5);
    reply.snapshot().iter().map(|row| row["name"].clone()).collect()
}

async fn what_rows_lead_to_leaves_with_them(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["Acme", "Best"]);
    let Seed { mut acme, best, shared } = seed(&database).await;
    let world = node(&database, &shares, None).await;
    let mut client = subscribed(&world).await;

    shares.set("eve", &["Acme"]);
    world.app.rights_changed("eve").await.unwrap();
    // The tag that Acme has as well stays.
    assert_eq!(left(&mut client, 5).await, best);
    assert_eq!(load(&mut client).await, ["Acme"]);
    world.db.execute_unprepared("UPDATE document SET title = 'new' WHERE id = 2").await.unwrap();
    world.db.execute_unprepared("UPDATE tag SET label = 'x'").await.unwrap();
    for _ in 0..2 {
        let push = client.next_push(PATIENCE).await;
        assert_eq!((&push["action"], &push["data"]["_type"]), (&json!("updated"), &json!("tag")));
    }
    client.no_push(QUIET).await;

    // More than before: nothing leaves.
    shares.set("eve", &["Acme", "Best"]);
    world.app.rights_changed("eve").await.unwrap();
    assert!(left(&mut client, 5).await.is_empty());
    assert_eq!(load(&mut client).await, ["Acme", "Best"]);

    // Who may not even ask any more has nothing.
    shares.set("eve", &[]);
    world.app.rights_changed("eve").await.unwrap();
    acme.extend(best);
    acme.insert(format!("tag {shared} of [1,2]"));
    assert_eq!(left(&mut client, 5).await, acme);
    assert_eq!(client.fail("owned", "subscribe", json!({})).await.code, "denied");
    world.stop().await;
}

async fn rows_whose_keys_are_no_numbers_leave_part_by_part(database: Database) {
    let shares = Shares::default();
    shares.set("eve", &["seen"]);
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    // Few may wait, so that every row is a part.
    let mut config = Config::default();
    config.outbox_messages = 4;
    let app = App::builder("test").database(db.clone()).config(config);
    let app = app.authenticator(shares.clone()).router(Labels).start().await.unwrap();
    let world = World::serve(app, db, database).await;
    let mut tags = BTreeSet::new();
    for number in 1..=7 {
        // Neither in the order of their numbers, nor of their making.
        let id = new_tag(&world.db, number << (8 * (number % 3)), "seen").await;
        tags.insert(format!("tag {id}"));
    }
    let mut client = world.client_of("eve").await;
    client.ok("labels", "subscribe", json!({ "_snapshot": true })).await;
    shares.set("eve", &[]);
    world.app.rights_changed("eve").await.unwrap();
    assert_eq!(left(&mut client, 1).await, tags);
    world.stop().await;
}

/// All companies for guests, and for users that of their name, with all that they lead to.
struct Named;

#[router(route = "named", serializer = WholeSerializer)]
impl Named {
    fn scope(&self, caller: &Caller) -> Filter {
        caller.user.clone().map_or(Filter::All, |user| Filter::eq("name", user))
    }
}

async fn what_rows_lead_to_goes_on_where_a_page_logs_in_by_subscribing(database: Database) {
    let Seed { best, .. } = seed(&database).await;
    let db = dragon::connect(&database.url).await.unwrap();
    let tokens = Tokens::new(|token: String| async move { Ok(Identity::user(token)) });
    let app = App::builder("test").database(db.clone()).authenticator(tokens);
    let app = app.router(Named).router(Labels).start().await.unwrap();
    let world = World::serve(app, db, database).await;
    // It keeps no positions.
    let mut client = world.client().await;
    client.ok("named", "subscribe", json!({ "channel": "n" })).await;
    client.ok("labels", "subscribe", json!({ "channel": "l", "token": "Acme" })).await;
    let mut left = BTreeSet::new();
    for _ in &best {
        left.insert(leaver(&client.next_push(PATIENCE).await));
    }
    assert_eq!(left, best);
    world.db.execute_unprepared("UPDATE document SET title = 'new' WHERE id = 2").await.unwrap();
    world.db.execute_unprepared("UPDATE document SET title = 'new' WHERE id = 1").await.unwrap();
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["action"], &push["data"]["id"]), (&json!("updated"), &json!(1)), "{push}");
    assert_eq!(push["data"]["title"], "new");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_every_node() {
    let database = Database::postgres().await;
    let redis = Redis::start();
    let shares = Shares::default();
    shares.set("eve", &["Acme", "Best"]);
    let Seed { best, .. } = seed(&database).await;
    let one = node(&database, &shares, Some(&redis)).await;
    let two = node(&database, &shares, Some(&redis)).await;
    let (mut here, mut there) = (subscribed(&one).await, subscribed(&two).await);
    shares.set("eve", &["Acme"]);
    two.app.rights_changed("eve").await.unwrap();
    for client in [&mut here, &mut there] {
        assert_eq!(left(client, 5).await, best);
        assert_eq!(load(client).await, ["Acme"]);
    }
    one.stop().await;
    two.stop().await;
}
