//! Routers that do not tell every change, or not all of it.

use std::time::Duration;

use dragon::prelude::*;
use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Database};
use serde_json::json;

use crate::paths::{BoardRouter, card, fill, owner, run};
use crate::world::{World, told};

crate::both!(
    a_condition_says_which_changes_are_told,
    a_view_of_the_condition_tells_no_more_than_the_callers_own,
    who_comes_back_is_told_what_the_condition_tells,
    a_subscription_over_relations_is_told_what_was_not_told_with_the_next_change,
    a_condition_that_fails_makes_everyone_reload,
);

/// How long nothing more must be told.
const QUIET: Duration = Duration::from_millis(300);

/// By the text of a card.
fn publish(change: &Change) -> Publish {
    let row = change.after.as_ref().or(change.before.as_ref());
    let text = match row.and_then(|row| row.get("text")) {
        Some(dragon::filter::Value::Text(text)) => text.as_str(),
        _ => "",
    };
    match text.split(' ').next() {
        Some("draft") => Publish::Skip,
        Some("short") => Publish::View("short"),
        Some("lost") => Publish::View("lost"),
        Some("boom") => panic!("boom"),
        _ => Publish::Yes,
    }
}

#[serializer(
    model = card::Entity,
    publish_fields(board_id, text, done),
    update_fields(board_id, text, done),
    views(short(text), public(done))
)]
struct CardSerializer;

struct QuietRouter;

#[router(route = "quiet", serializer = CardSerializer, filter_fields(done, board__name))]
impl QuietRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn view(&self, caller: &Caller) -> &'static str {
        if caller.user.as_deref() == Some("guest") { "public" } else { "" }
    }

    fn publish(change: &Change) -> Publish {
        publish(change)
    }
}

/// The same rows, whose changes are all told.
struct LoudRouter;

#[router(route = "loud", serializer = CardSerializer)]
impl LoudRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Boards of the other tests, and the card 11 on the board 1, which is `home`.
async fn world(database: Database) -> World {
    let world = World::start_with(database, |builder| {
        let builder = builder.model::<owner::Entity>().router(BoardRouter);
        builder.router(QuietRouter).router(LoudRouter)
    })
    .await;
    // What has not been delivered yet would be told to those who come now.
    let mut boards = watch(&world, "", "board", json!({})).await;
    let mut cards = watch(&world, "", "loud", json!({})).await;
    fill(&world).await;
    run(&world, "DELETE FROM card WHERE id <> 11").await;
    run(&world, "UPDATE card SET text = 'first' WHERE id = 11").await;
    while next(&mut boards).await.1["id"] != 4 {}
    while next(&mut cards).await.1["text"] != "first" {}
    world
}

async fn watch(world: &World, user: &str, route: &str, filter: Json) -> Client {
    let mut client = world.client_of(user).await;
    let mut args = filter;
    args["_snapshot"] = true.into();
    let reply = client.call(route, "subscribe", args).await;
    assert!(reply.is_success(), "{reply}");
    client
}

async fn next(client: &mut Client) -> (String, Json) {
    told(&client.next_push(PATIENCE).await)
}

#[allow(clippy::needless_pass_by_value)]
fn of(action: &str, id: i32, fields: Json) -> (String, Json) {
    let mut data = json!({ "id": id, "_type": "card" });
    data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    (action.to_owned(), data)
}

async fn set(world: &World, id: i32, what: &str) {
    run(world, &format!("UPDATE card SET {what} WHERE id = {id}")).await;
}

async fn insert(world: &World, id: i32, text: &str) {
    let columns = "INSERT INTO card (id, board_id, text, done)";
    run(world, &format!("{columns} VALUES ({id}, 1, '{text}', FALSE)")).await;
}

async fn a_condition_says_which_changes_are_told(database: Database) {
    let world = world(database).await;
    let mut quiet = watch(&world, "", "quiet", json!({})).await;
    let mut loud = watch(&world, "", "loud", json!({})).await;
    insert(&world, 90, "draft of it").await;
    set(&world, 90, "done = TRUE").await;
    insert(&world, 91, "lost").await;
    insert(&world, 92, "short").await;
    assert_eq!(next(&mut quiet).await, of("created", 92, json!({ "text": "short" })));
    // Nothing of the view has changed.
    set(&world, 92, "done = TRUE").await;
    set(&world, 92, "text = 'short one', done = FALSE").await;
    assert_eq!(next(&mut quiet).await, of("updated", 92, json!({ "text": "short one" })));
    // What was not told is not told later either.
    set(&world, 90, "text = 'all of it'").await;
    assert_eq!(next(&mut quiet).await, of("updated", 90, json!({ "text": "all of it" })));
    run(&world, "DELETE FROM card WHERE id = 91").await;
    run(&world, "DELETE FROM card WHERE id = 92").await;
    assert_eq!(next(&mut quiet).await, of("deleted", 92, json!({})));
    quiet.no_push(QUIET).await;
    // Another router has its own condition.
    let all = loud.pushes(QUIET).await;
    assert_eq!(all.len(), 9);
    assert_eq!(all[0]["data"]["text"], "draft of it");
    // The rows are there, whatever was told.
    let list = quiet.ok("quiet", "get_list", json!({ "done": true })).await;
    assert_eq!(list[0]["id"], 90);
    world.stop().await;
}

async fn a_view_of_the_condition_tells_no_more_than_the_callers_own(database: Database) {
    let world = world(database).await;
    let mut guest = watch(&world, "guest", "quiet", json!({})).await;
    set(&world, 11, "text = 'short', done = TRUE").await;
    guest.no_push(QUIET).await;
    set(&world, 11, "text = 'b', done = FALSE").await;
    assert_eq!(next(&mut guest).await, of("updated", 11, json!({ "done": false })));
    world.stop().await;
}

async fn who_comes_back_is_told_what_the_condition_tells(database: Database) {
    let world = world(database).await;
    let mut client = watch(&world, "", "quiet", json!({})).await;
    set(&world, 11, "text = 'a'").await;
    let position = client.next_push(PATIENCE).await["position"].clone();
    client.close().await;
    let mut witness = watch(&world, "", "loud", json!({})).await;
    insert(&world, 90, "draft").await;
    set(&world, 11, "text = 'short', done = TRUE").await;
    set(&world, 11, "text = 'b'").await;
    for _ in 0..3 {
        next(&mut witness).await;
    }
    let mut client = world.client().await;
    let args = json!({ "channel": "c", "_since": position });
    let reply = client.call("quiet", "subscribe", args).await;
    assert!(reply.recovered());
    assert_eq!(next(&mut client).await, of("updated", 11, json!({ "text": "short" })));
    assert_eq!(next(&mut client).await, of("updated", 11, json!({ "text": "b" })));
    client.no_push(QUIET).await;
    world.stop().await;
}

async fn a_subscription_over_relations_is_told_what_was_not_told_with_the_next_change(
    database: Database,
) {
    let world = world(database).await;
    let filter = json!({ "board__name": "home" });
    let mut quiet = watch(&world, "", "quiet", filter).await;
    insert(&world, 90, "draft").await;
    quiet.no_push(QUIET).await;
    insert(&world, 91, "short").await;
    assert_eq!(next(&mut quiet).await, of("created", 91, json!({ "text": "short" })));
    set(&world, 91, "text = 'short one', done = TRUE").await;
    assert_eq!(next(&mut quiet).await, of("updated", 91, json!({ "text": "short one" })));
    set(&world, 91, "text = 'b'").await;
    let rest = json!({ "board_id": 1, "text": "b", "done": true });
    assert_eq!(next(&mut quiet).await, of("updated", 91, rest));
    set(&world, 90, "text = 'c'").await;
    let whole = json!({ "board_id": 1, "text": "c", "done": false });
    assert_eq!(next(&mut quiet).await, of("created", 90, whole));
    // What happens in another table is told in any case.
    set(&world, 11, "text = 'draft'").await;
    quiet.no_push(QUIET).await;
    run(&world, "UPDATE board SET name = 'away' WHERE id = 1").await;
    let mut gone = vec![next(&mut quiet).await, next(&mut quiet).await, next(&mut quiet).await];
    gone.sort_by_key(|(_, row)| row["id"].as_i64());
    assert_eq!(gone, [11, 90, 91].map(|id| of("deleted", id, json!({}))));
    world.stop().await;
}

async fn a_condition_that_fails_makes_everyone_reload(database: Database) {
    let world = world(database).await;
    let mut quiet = watch(&world, "", "quiet", json!({})).await;
    set(&world, 11, "text = 'boom'").await;
    assert_eq!(quiet.next_push(PATIENCE).await["action"], "resync");
    set(&world, 11, "text = 'b'").await;
    assert_eq!(next(&mut quiet).await, of("updated", 11, json!({ "text": "b" })));
    world.stop().await;
}
