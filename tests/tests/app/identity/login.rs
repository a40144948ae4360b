//! Who calls, by a token that is sent as a message; and what that does to what is subscribed.

use std::time::Duration;

use dragon::App;
use dragon::auth::{Identity, SignedTokens, Tokens};
use dragon::prelude::*;
use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use super::{user, world_of};
use crate::both;
use crate::models::list;
use crate::world::World;

fn tokens() -> SignedTokens {
    SignedTokens::new(&[7; 32]).unwrap()
}

fn token(user: &str) -> String {
    tokens().issue(&Identity::user(user), Duration::from_secs(3600))
}

async fn world(database: Database) -> World {
    world_of(database, |builder| builder.authenticator(Tokens::new(tokens()))).await
}

async fn log_in(client: &mut Client, user: &str) {
    let answer = client.ok("dragon", "login", json!({ "token": token(user) })).await;
    assert_eq!(answer, json!({ "user": user }));
}

/// What became of a push: its action and the name or id of the row.
fn told(push: &Value) -> (String, Value) {
    let row = &push["data"];
    let what = row.get("name").or(row.get("id")).cloned().unwrap_or_default();
    (push["action"].as_str().unwrap_or_default().to_owned(), what)
}

async fn rename(world: &World, row: &list::Model, name: &str) {
    let mut row = row.clone().into_active_model();
    row.name = Set(name.to_owned());
    row.update(&world.db).await.unwrap();
}

#[tokio::test]
async fn a_token_may_come_as_a_message_and_be_given_up() {
    let world = world(Database::sqlite()).await;
    let mut client = world.client().await;
    log_in(&mut client, "ann").await;
    assert_eq!(user(&mut client).await, "ann");
    log_in(&mut client, "bob").await;
    assert_eq!(user(&mut client).await, "bob");
    // A token that is no good changes nothing.
    let reply = client.call("dragon", "login", json!({ "token": "x" })).await.message;
    assert_eq!(reply["context"]["state"], "login_required");
    assert_eq!(reply["context"]["error"], json!(["The token is not signed by this app."]));
    assert_eq!(user(&mut client).await, "bob");
    assert_eq!(client.ok("dragon", "logout", json!({})).await, json!({ "user": null }));
    assert_eq!(user(&mut client).await, json!(null));
}

#[tokio::test]
async fn what_cannot_be_meant_is_answered() {
    let world = world(Database::sqlite()).await;
    let mut client = world.client().await;
    for args in [json!({}), json!({ "token": 7 })] {
        let failure = client.fail("dragon", "login", args).await;
        assert_eq!(failure.code, "bad_request");
        assert!(failure.data.to_string().contains("takes a text `token`"), "{failure:?}");
    }
    assert_eq!(client.fail("dragon", "enter", json!({})).await.code, "unknown_verb");
    let none = World::start(Database::sqlite()).await;
    let failure = none.client().await.fail("dragon", "login", json!({ "token": "x" })).await;
    assert!(failure.data.to_string().contains("This app takes no tokens"), "{failure:?}");
}

struct Own;

impl Router for Own {
    const ROUTE: &'static str = "dragon";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&[]))
    }
}

/// A data channel for whoever is there.
struct Room;

impl Router for Room {
    const ROUTE: &'static str = "room";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&["subscribe", "unsubscribe"]))
    }

    fn subscription_channels(&self, _: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec!["room".to_owned()])
    }
}

#[tokio::test]
async fn who_has_data_channels_comes_back_and_asks_anew() {
    let world = world_of(Database::sqlite(), |builder| {
        builder.authenticator(Tokens::new(tokens())).router(Room)
    })
    .await;
    let mut client = world.client().await;
    log_in(&mut client, "ann").await;
    client.ok("room", "subscribe", json!({ "channel": "r" })).await;
    // The same again is nothing new.
    log_in(&mut client, "ann").await;
    world.app.publish_data("room", &json!({ "text": "hello" })).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["text"], "hello");
    log_in(&mut client, "bob").await;
    assert_eq!(client.close_code().await, Some(3012));
}

#[tokio::test]
async fn the_route_is_taken() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let refused = App::builder("test").database(db).router(Own).start().await.unwrap_err();
    assert!(refused.to_string().contains("give your router another name"), "{refused}");
}

both!(
    who_logs_in_sees_its_own_and_no_more,
    what_comes_to_be_seen_is_loaded,
    a_scope_that_stays_disturbs_nobody,
    who_knows_no_positions_comes_back,
);

async fn who_logs_in_sees_its_own_and_no_more(database: Database) {
    let world = world(database).await;
    let (anns, bobs) = (world.list("ann").await, world.list("bob").await);
    let mut client = world.client().await;
    // Guests see all lists, so this one sees both.
    let all = client.call("list", "subscribe", json!({ "_snapshot": true })).await.message;
    assert_eq!(all["snapshot"].as_array().unwrap().len(), 2);
    let name = all["channel_data"]["remote_channels"][0].clone();

    log_in(&mut client, "ann").await;
    let left = client.next_push(PATIENCE).await;
    assert_eq!(told(&left), ("deleted".to_owned(), json!(bobs.id)));
    assert_eq!(left["data"], json!({ "id": bobs.id, "_type": "list" }));
    let resync = client.next_push(PATIENCE).await;
    assert_eq!(resync, json!({ "action": "resync", "channel": name }));

    // The same subscription under the same name, with another scope.
    rename(&world, &bobs, "of bob").await;
    rename(&world, &anns, "of ann").await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!(told(&push), ("updated".to_owned(), json!("of ann")));
    assert_eq!(push["channel"], name);
    // Whoever comes back with a position of the former scope loads anew.
    let since = json!({ "_since": left["position"], "_snapshot": true });
    let again = client.call("list", "subscribe", since).await.message;
    assert_eq!(again["context"]["recovered"], false);
    assert_eq!(again["snapshot"].as_array().unwrap().len(), 1);
    rename(&world, &bobs, "of bob again").await;
    rename(&world, &anns, "of ann again").await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!(told(&push), ("updated".to_owned(), json!("of ann again")));
}

async fn what_comes_to_be_seen_is_loaded(database: Database) {
    let world = world(database).await;
    let bobs = world.list("bob").await;
    let mut client = world.client().await;
    log_in(&mut client, "ann").await;
    let own = client.call("list", "subscribe", json!({ "_snapshot": true })).await.message;
    assert_eq!(own["snapshot"], json!([]));
    client.ok("dragon", "logout", json!({})).await;
    // Nothing leaves; what there is more is loaded.
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    rename(&world, &bobs, "of bob").await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!(told(&push), ("updated".to_owned(), json!("of bob")));
}

async fn a_scope_that_stays_disturbs_nobody(database: Database) {
    let world = world(database).await;
    let list = world.list("ann").await;
    let mut client = world.client().await;
    client.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    log_in(&mut client, "ann").await;
    client.ok("item", "create", json!({ "list_id": list.id, "text": "a" })).await;
    assert_eq!(client.next_push(PATIENCE).await["data"]["text"], "a");
}

async fn who_knows_no_positions_comes_back(database: Database) {
    let world = world(database).await;
    let bobs = world.list("bob").await;
    let mut client = world.client().await;
    client.ok("list", "subscribe", json!({ "channel": "lists" })).await;
    log_in(&mut client, "ann").await;
    // Without rows it may be told once more of what it can have read before.
    let mut push = client.next_push(PATIENCE).await;
    if push["action"] == "created" {
        push = client.next_push(PATIENCE).await;
    }
    assert_eq!(told(&push), ("deleted".to_owned(), json!(bobs.id)));
    assert_eq!(client.close_code().await, Some(3012));
}

/// Tells who calls, to users only.
struct Users;

impl Router for Users {
    const ROUTE: &'static str = "users";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&["subscribe", "unsubscribe"]))
    }

    fn permissions(&self) -> Permissions {
        Permissions::none().all(LoginRequired)
    }

    fn subscription_channels(&self, cx: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec![format!("of {}", cx.caller.user.as_deref().unwrap_or_default())])
    }
}

#[tokio::test]
async fn a_token_may_come_with_the_first_subscribe() {
    let world = world_of(Database::sqlite(), |builder| {
        builder.authenticator(Tokens::new(tokens())).router(Users).router(Room)
    })
    .await;
    let mut client = world.client().await;
    let args = |user: &str| json!({ "channel": "c", "token": token(user) });
    // Before permissions are asked, so that it counts for this very call.
    let refused = client.call("users", "subscribe", json!({ "channel": "c" })).await.message;
    assert_eq!(refused["context"]["state"], "login_required");
    let ann = args("ann");
    assert_eq!(client.call("users", "subscribe", ann.clone()).await.channel(), "of ann");
    assert_eq!(user(&mut client).await, "ann");
    // The same again, and at the end, is nothing new: the connection lives.
    assert_eq!(client.call("users", "subscribe", ann.clone()).await.channel(), "of ann");
    assert_eq!(client.call("users", "unsubscribe", ann).await.channel(), "of ann");
    // A guest's data channels stay with who the guest turns out to be.
    let mut other = world.client().await;
    other.ok("room", "subscribe", json!({ "channel": "r" })).await;
    other.ok("users", "subscribe", args("bob")).await;
    world.app.publish_data("room", &json!({ "text": "hello" })).await.unwrap();
    assert_eq!(other.next_push(PATIENCE).await["text"], "hello");
    // A wrong one is said, and changes nothing.
    let wrong = json!({ "channel": "c", "token": "x" });
    let refused = client.call("users", "subscribe", wrong).await.message;
    assert_eq!(refused["context"]["state"], "login_required");
    assert_eq!(refused["context"]["error"], json!(["The token is not signed by this app."]));
    assert_eq!(user(&mut client).await, "ann");
}

#[tokio::test]
async fn a_token_of_a_subscribe_is_no_filter_and_what_was_subscribed_before_is_asked_anew() {
    let world = world(Database::sqlite()).await;
    let mut client = world.client().await;
    let bobs = world.list("bob").await;
    client.ok("list", "subscribe", json!({ "_snapshot": true })).await;
    let args = json!({ "channel": "c", "_snapshot": true, "token": token("ann") });
    let ann = client.call("list", "subscribe", args.clone()).await;
    assert!(!ann.channel().contains("token"), "{}", ann.channel());
    rename(&world, &bobs, "hidden").await;
    let args = json!({ "channel": "d", "_snapshot": true, "token": token("bob") });
    assert_eq!(client.call("list", "subscribe", args).await.snapshot().len(), 1);
    rename(&world, &bobs, "seen").await;
    let mut heard = Vec::new();
    while !heard.contains(&("updated".to_owned(), json!("seen"))) {
        heard.push(told(&client.next_push(PATIENCE).await));
    }
    assert!(!heard.contains(&("updated".to_owned(), json!("hidden"))), "{heard:?}");
    let args = json!({ "channel": "d", "token": token("bob") });
    client.ok("list", "unsubscribe", args).await;
    // Where nobody takes tokens it is an argument as any other.
    let none = World::start(Database::sqlite()).await;
    let failure = none.client().await.fail("list", "subscribe", json!({ "token": "x" })).await;
    assert!(failure.data.to_string().contains("There is no filter `token`"), "{failure:?}");
}
