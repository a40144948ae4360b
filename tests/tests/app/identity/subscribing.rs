//! A token that comes with a `subscribe`, as SwampDragon's pages send it.

use dragon::App;
use dragon::auth::{Identity, Refusal, Tokens};
use dragon::prelude::*;
use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use super::rights::{Room, Shares};
use super::user;
use crate::both;
use crate::models::{ItemRouter, ListRouter, list};
use crate::world::World;

/// A token names its user, and a claim of the user's after a `+`; `old` is of nobody any more.
async fn verify(token: String) -> Result<Identity, Refusal> {
    match token.split_once('+') {
        Some((user, claim)) => Ok(Identity::user(user).with("claim", claim)),
        None if token == "old" => Err(Refusal::invalid("The token is too old.")),
        None => Ok(Identity::user(token)),
    }
}

/// Rooms for whoever has been invited: the token is this router's own.
struct Invited;

impl Router for Invited {
    const ROUTE: &'static str = "invited";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&["subscribe", "unsubscribe"]))
    }

    fn takes_token(&self) -> bool {
        true
    }

    fn subscription_channels(&self, cx: &Context<'_>) -> Result<Vec<String>, Failure> {
        let invitation: String = cx.arg("token")?;
        Ok(vec![format!("invited-{invitation}")])
    }
}

/// The lists of whoever has invited, which a token says.
struct Guests;

#[router(route = "guests", serializer = crate::models::ListSerializer)]
impl Guests {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn takes_token(&self) -> bool {
        true
    }

    fn subscription_context(&self, cx: &mut Context<'_>) -> Result<Filter, Failure> {
        Ok(Filter::eq("owner", cx.take_arg::<String>("token")?))
    }
}

async fn world(database: Database) -> World {
    let shares = Shares::default();
    shares.set("ann", &["ann"]);
    let db = dragon::connect(&database.url).await.unwrap();
    let builder = App::builder("test").database(db.clone()).create_tables();
    let builder = builder.authenticator(shares);
    let builder = builder.authenticator(Tokens::new(verify).not_in_query());
    let builder = builder.router(ListRouter).router(ItemRouter).router(Room).router(super::Who);
    let builder = builder.router(Invited).router(Guests);
    World::serve(builder.start().await.unwrap(), db, database).await
}

async fn rename(world: &World, row: &list::Model, name: &str) {
    let mut row = row.clone().into_active_model();
    row.name = Set(name.to_owned());
    row.update(&world.db).await.unwrap();
}

/// The next push that is not of a row that there was before: without its rows, a subscription may
/// tell what was made just before it.
async fn next_change(client: &mut Client) -> Value {
    loop {
        let push = client.next_push(PATIENCE).await;
        if push["action"] != "created" {
            return push;
        }
    }
}

both!(
    who_knows_no_positions_and_logs_in_by_subscribing_stays,
    a_page_unsubscribes_with_any_token_that_it_had,
);

async fn who_knows_no_positions_and_logs_in_by_subscribing_stays(database: Database) {
    let world = world(database).await;
    let (anns, bobs) = (world.list("ann").await, world.list("bob").await);
    let mut client = world.client().await;
    // As a guest, of all lists; then, with a token, of something else.
    let lists = client.call("list", "subscribe", json!({ "channel": "l" })).await;
    client.ok("item", "subscribe", json!({ "channel": "i", "token": "ann" })).await;
    assert_eq!(user(&mut client).await, "ann");
    let push = next_change(&mut client).await;
    assert_eq!((&push["action"], &push["data"]["id"]), (&json!("deleted"), &json!(bobs.id)));
    // It would come back and do the same: so it stays, and is told what it may see from now on.
    rename(&world, &bobs, "of bob").await;
    rename(&world, &anns, "of ann").await;
    let push = next_change(&mut client).await;
    assert_eq!((&push["action"], &push["data"]["name"]), (&json!("updated"), &json!("of ann")));
    assert_eq!(push["channel"], lists.channel());
    let ended = client.call("list", "unsubscribe", json!({ "channel": "l" })).await;
    assert_eq!(ended.channel(), lists.channel());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_claims_of_the_same_user_leave_data_channels() {
    let world = world(Database::sqlite()).await;
    let mut client = world.client_of("ann").await;
    client.ok("room", "subscribe", json!({ "channel": "r" })).await;
    client.ok("item", "subscribe", json!({ "channel": "i", "token": "ann+more" })).await;
    world.app.publish_data("room", &json!({ "text": "hello" })).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["text"], "hello");
    // Somebody else comes back and asks anew.
    client.send("item", "subscribe", json!({ "channel": "i", "token": "bob" })).await;
    assert_eq!(client.close_code().await, Some(3012));
}

async fn a_page_unsubscribes_with_any_token_that_it_had(database: Database) {
    let world = world(database).await;
    for last in ["ann+before", "old"] {
        let mut client = world.client().await;
        let args = json!({ "channel": "l", "_snapshot": true, "token": "ann+before" });
        let began = client.call("list", "subscribe", args).await;
        assert!(began.is_success(), "{began}");
        client.ok("dragon", "login", json!({ "token": "ann+now" })).await;
        // With the token that the page has, which says nothing here.
        let args = json!({ "channel": "l", "token": last });
        let ended = client.call("list", "unsubscribe", args).await;
        assert!(ended.is_success(), "{ended}");
        assert_eq!(ended.channel(), began.channel());
        assert_eq!(world.app.stats().subscriptions, 0);
        assert_eq!(client.ok("who", "am_i", json!({})).await["claims"]["claim"], "now");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_router_may_have_a_token_of_its_own() {
    let world = world(Database::sqlite()).await;
    let mut client = world.client().await;
    let args = json!({ "channel": "i", "token": "old" });
    let began = client.call("invited", "subscribe", args.clone()).await;
    assert!(began.is_success(), "{began}");
    assert_eq!(began.channel(), "invited-old");
    let bobs = json!({ "channel": "g", "token": "bob", "_snapshot": true });
    world.list("bob").await;
    world.list("ann").await;
    assert_eq!(client.call("guests", "subscribe", bobs.clone()).await.snapshot().len(), 1);
    assert_eq!(user(&mut client).await, json!(null));
    assert_eq!(client.call("invited", "unsubscribe", args).await.channel(), "invited-old");
    client.ok("guests", "unsubscribe", json!({ "channel": "g", "token": "bob" })).await;
    assert_eq!(world.app.stats().subscriptions, 0);
}
