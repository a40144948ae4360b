//! Routers that refuse now what they gave before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dragon::prelude::*;
use dragon_tests::{Client, Database, util::PATIENCE};
use serde_json::{Value, json};

use crate::both;
use crate::models::ListSerializer;
use crate::world::World;

/// Whether both routers refuse.
type Closed = Arc<AtomicBool>;

fn open(closed: &Closed) -> Result<(), Failure> {
    if closed.load(Ordering::SeqCst) { Err(Failure::denied()) } else { Ok(()) }
}

/// The lists of one owner, for whoever belongs to them.
struct Members(Closed);

#[router(route = "members", serializer = ListSerializer)]
impl Members {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn subscription_context(&self, cx: &mut Context<'_>) -> Result<Filter, Failure> {
        let owner: String = cx.take_arg("owner")?;
        open(&self.0)?;
        Ok(Filter::eq("owner", owner))
    }
}

/// Rooms, for whoever belongs to them.
struct Rooms(Closed);

impl Router for Rooms {
    const ROUTE: &'static str = "rooms";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&["subscribe", "unsubscribe"]))
    }

    fn subscription_channels(&self, cx: &Context<'_>) -> Result<Vec<String>, Failure> {
        open(&self.0)?;
        let room: String = cx.arg("room")?;
        Ok(vec![format!("room-{room}")])
    }
}

async fn world(database: Database) -> (World, Closed) {
    let closed = Closed::default();
    let world = World::start_with(database, |builder| {
        builder.router(Members(Arc::clone(&closed))).router(Rooms(Arc::clone(&closed)))
    })
    .await;
    (world, closed)
}

/// Until the channels that are told of changes have told this one.
async fn settled(world: &World, client: &mut Client) {
    let list = world.list("zed").await;
    while client.next_push(PATIENCE).await["data"]["id"] != list.id {}
}

both!(
    who_is_refused_by_the_context_is_told_what_leaves,
    a_subscription_ends_though_the_router_refuses,
    a_subscription_ends_however_its_arguments_are_spelled,
);

async fn who_is_refused_by_the_context_is_told_what_leaves(database: Database) {
    let (world, closed) = world(database).await;
    let bobs = world.list("bob").await.id;
    world.list("ann").await;
    let (mut eve, mut old) = (world.client_of("eve").await, world.client_of("eve").await);
    let args = json!({ "owner": "bob", "_snapshot": true });
    assert_eq!(eve.call("members", "subscribe", args.clone()).await.snapshot().len(), 1);
    old.ok("members", "subscribe", json!({ "owner": "bob", "channel": "m" })).await;

    closed.store(true, Ordering::SeqCst);
    world.app.rights_changed("eve").await.unwrap();
    let push = eve.next_push(PATIENCE).await;
    assert_eq!(push["action"], "deleted", "{push}");
    assert_eq!(push["data"], json!({ "id": bobs, "_type": "list" }));
    assert_eq!(eve.next_push(PATIENCE).await["action"], "resync");
    // Who has nothing any more may stay.
    assert_eq!(eve.fail("members", "subscribe", args).await.code, "denied");
    // Who keeps no positions comes back, with nothing on the screen.
    assert_eq!(old.close_code().await, Some(3012));
    let pushes = old.pushes(Duration::ZERO).await;
    let left: Vec<&Value> = pushes.iter().filter(|push| push["action"] == "deleted").collect();
    assert_eq!(left.len(), 1, "{pushes:?}");
    assert_eq!(left[0]["data"]["id"], bobs);
}

async fn a_subscription_ends_though_the_router_refuses(database: Database) {
    let (world, closed) = world(database).await;
    let mut client = world.client().await;
    client.ok("list", "subscribe", json!({ "_snapshot": true })).await;
    let members = json!({ "owner": "bob", "channel": "m" });
    let began = client.call("members", "subscribe", members.clone()).await;
    let ann = json!({ "owner": "ann", "channel": "a" });
    let other = client.call("members", "subscribe", ann).await;
    let rooms = json!({ "room": "a", "channel": "r" });
    client.ok("rooms", "subscribe", rooms.clone()).await;
    client.ok("rooms", "subscribe", json!({ "room": "b", "channel": "r" })).await;

    closed.store(true, Ordering::SeqCst);
    let ended = client.call("members", "unsubscribe", members.clone()).await;
    assert!(ended.is_success(), "{ended}");
    assert_eq!(ended.channel(), began.channel());
    assert_eq!(ended.message["channel_data"]["local_channel"], "m");
    let ended = client.call("rooms", "unsubscribe", rooms.clone()).await;
    assert!(ended.is_success(), "{ended}");
    assert_eq!(ended.channel(), "room-a");
    // What is not there any more is refused as ever.
    assert_eq!(client.fail("members", "unsubscribe", members).await.code, "denied");
    assert_eq!(client.fail("rooms", "unsubscribe", rooms).await.code, "denied");

    for room in ["room-a", "room-b"] {
        world.app.publish_data(room, &json!({ "text": "hello" })).await.unwrap();
    }
    assert_eq!(client.next_push(PATIENCE).await["channel"], "room-b");
    world.list("bob").await;
    world.list("ann").await;
    settled(&world, &mut client).await;
    let channels: Vec<&Value> = client.log().iter().map(|message| &message["channel"]).collect();
    assert!(!channels.contains(&&json!(began.channel())), "{channels:?}");
    assert!(channels.contains(&&json!(other.channel())), "{channels:?}");
}

async fn a_subscription_ends_however_its_arguments_are_spelled(database: Database) {
    let (world, closed) = world(database).await;
    let bobs = world.list("bob").await.id;
    let mut client = world.client().await;
    let args = json!({ "owner": "bob", "id": bobs, "_snapshot": true, "channel": "one" });
    let began = client.call("members", "subscribe", args).await;
    closed.store(true, Ordering::SeqCst);
    let args = json!({ "id": bobs.to_string(), "channel": "other", "owner": "bob" });
    let ended = client.call("members", "unsubscribe", args).await;
    assert!(ended.is_success(), "{ended}");
    assert_eq!(ended.channel(), began.channel());
    assert_eq!(world.app.stats().subscriptions, 0);
}
