//! What a router adds of its own: to rows, to replies, to subscriptions.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Map, Value, json};

use crate::models::{ItemSerializer, item};
use crate::warnings;
use crate::world::{World, gone, new_item, told};

crate::both!(
    an_update_sets_what_the_router_says,
    what_an_update_cannot_set_is_a_fault_and_nothing_is_stored,
    a_reply_bears_the_routers_context,
    a_subscription_is_narrowed_by_its_context,
    a_subscription_ends_whatever_its_context_is_by_now,
    a_router_takes_arguments_of_its_own,
    arguments_that_a_router_takes_hold_when_rights_change,
);

/// Notes in a column that nobody is told of who wrote last; tells who calls; users subscribe to
/// what has their rank only.
struct Own {
    /// What the ranks of users begin with: it may change while somebody is subscribed.
    first: Arc<AtomicI64>,
}

#[router(
    route = "own",
    serializer = ItemSerializer,
    filter_fields(done),
    paginate_by = 2
)]
impl Own {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        assert_eq!((cx.route(), cx.verb()), ("own", "create"));
        let values = Values::new().with("list_id", cx.arg::<i32>("list_id")?);
        Ok(if cx.args.contains_key("astray") { values.with("astray", 1) } else { values })
    }

    fn update_initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        match cx.args.get("by") {
            Some(Value::String(by)) => Ok(Values::new().with("secret", by.as_str())),
            Some(Value::Bool(_)) => Ok(Values::new().with("rank", "high")),
            Some(_) => Ok(Values::new().with("nowhere", 1)),
            None => Err(Failure::bad_request("Who writes?")),
        }
    }

    fn client_context(&self, verb: &str, cx: &Context<'_>) -> Map<String, Value> {
        // The page of a list stays what it is.
        [("verb", json!(verb)), ("user", json!(cx.caller.user)), ("page", json!("mine"))]
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    fn subscription_context(&self, cx: &mut Context<'_>) -> Result<Filter, Failure> {
        let own = if cx.caller.user.is_some() { 1 } else { 0 };
        Ok(Filter::eq("rank", self.first.load(Ordering::Relaxed) + own))
    }

    async fn unsubscribe(&self, cx: &mut Context<'_>) -> Outcome {
        let unsubscribed = verbs::unsubscribe(self, cx).await?;
        Ok(unsubscribed.with_context("of the verb", true))
    }
}

async fn world(database: Database) -> (World, i32) {
    let (world, list, _) = world_that_changes(database).await;
    (world, list)
}

async fn world_that_changes(database: Database) -> (World, i32, Arc<AtomicI64>) {
    let first = Arc::new(AtomicI64::new(0));
    let router = Own { first: Arc::clone(&first) };
    let world = World::start_with(database, |builder| builder.router(router)).await;
    let list = world.list("me").await.id;
    (world, list, first)
}

async fn an_update_sets_what_the_router_says(database: Database) {
    let (world, list) = world(database).await;
    let mut client = world.client().await;
    let row = client.ok("own", "create", json!({ "list_id": list, "text": "a" })).await;
    let stored = async || item::Entity::find_by_id(1).one(&world.db).await.unwrap().unwrap();
    assert_eq!(stored().await.secret, None);
    // What the client sends for it does not count.
    let args = json!({ "id": row["id"], "done": true, "by": "me", "secret": "x" });
    let updated = client.ok("own", "update", args).await;
    assert_eq!(updated, json!({ "id": 1, "_type": "item", "done": true }));
    assert_eq!(stored().await.secret.as_deref(), Some("me"));
}

async fn what_an_update_cannot_set_is_a_fault_and_nothing_is_stored(database: Database) {
    warnings::listen();
    let (world, list) = world(database).await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = world.client().await;
    let refused = client.fail("own", "update", json!({ "id": 1, "text": "b" })).await;
    assert_eq!(refused.data, json!({ "error": ["Who writes?"] }));
    let fault = client.fail("own", "update", json!({ "id": 1, "text": "b", "by": 7 })).await;
    assert_eq!(fault.code, "internal");
    assert!(!fault.data.to_string().contains("nowhere"));
    let cause = "update_initial: `item` has no field `nowhere`; it has id, list_id, text,";
    warnings::heard(&["internal error", cause]).await;
    let fault = client.fail("own", "update", json!({ "id": 1, "text": "b", "by": true })).await;
    assert_eq!(fault.code, "internal");
    let cause = "update_initial: the value for `rank` of `item` does not fit its type (BigInt)";
    warnings::heard(&["internal error", cause]).await;
    let args = json!({ "list_id": list, "text": "b", "astray": true });
    assert_eq!(client.fail("own", "create", args).await.code, "internal");
    warnings::heard(&["internal error", "cause=initial: `item` has no field `astray`"]).await;
    assert_eq!(item::Entity::find().all(&world.db).await.unwrap().len(), 1);
    let row = item::Entity::find_by_id(1).one(&world.db).await.unwrap().unwrap();
    assert_eq!(row.text, "a");
}

async fn a_reply_bears_the_routers_context(database: Database) {
    let (world, _) = world(database).await;
    let mut client = world.client_of("me").await;
    let reply = client.call("own", "get_list", json!({})).await;
    let context = &reply.context()["client_context"];
    assert_eq!((&context["verb"], &context["user"]), (&json!("get_list"), &json!("me")));
    assert_eq!(context["page"]["page_count"], 1);
    let reply = client.call("own", "unsubscribe", json!({})).await;
    let context = &reply.context()["client_context"];
    let wanted =
        json!({ "verb": "unsubscribe", "user": "me", "page": "mine", "of the verb": true });
    assert_eq!(context, &wanted);
    // A failure has none, and neither has a router that says nothing.
    let failed = client.call("own", "get_single", json!({ "id": 9 })).await;
    assert_eq!(failed.context().get("client_context"), None);
    let plain = client.call("item", "get_list", json!({})).await;
    assert_eq!(plain.context().get("client_context"), None);
}

async fn a_subscription_is_narrowed_by_its_context(database: Database) {
    let (world, list) = world(database).await;
    let ranked = |rank: i64| {
        let mut item = new_item(list, &format!("rank {rank}"));
        item.rank = Set(rank);
        item
    };
    for rank in [0, 1] {
        ranked(rank).insert(&world.db).await.unwrap();
    }
    let (mut nobody, mut me) = (world.client().await, world.client_of("me").await);
    let args = json!({ "done": false, "_snapshot": true });
    let none = nobody.call("own", "subscribe", args.clone()).await;
    let mine = me.call("own", "subscribe", args.clone()).await;
    assert_eq!((none.snapshot().len(), none.snapshot()[0]["rank"].clone()), (1, json!(0)));
    assert_eq!((mine.snapshot().len(), mine.snapshot()[0]["rank"].clone()), (1, json!(1)));
    // Another context is another audience, and another name.
    assert_ne!(none.channel(), mine.channel());
    let mut row: item::ActiveModel = ranked(0).insert(&world.db).await.unwrap().into();
    row.rank = Set(1);
    let id = row.update(&world.db).await.unwrap().id;
    assert_eq!(nobody.next_push(PATIENCE).await["action"], "created");
    assert_eq!(told(&nobody.next_push(PATIENCE).await), gone(id));
    let entered = me.next_push(PATIENCE).await;
    assert_eq!((&entered["action"], &entered["data"]["id"]), (&json!("created"), &json!(id)));
    assert_eq!(entered["channel"], mine.channel().as_str());
    // The position is bound to the context.
    let args = json!({ "done": false, "_since": mine.position() });
    assert!(me.call("own", "subscribe", args.clone()).await.recovered());
    assert!(!nobody.call("own", "subscribe", args).await.recovered());
    // Lists are of the scope alone.
    let list = nobody.call("own", "get_list", json!({})).await;
    assert_eq!(list.context()["client_context"]["page"]["total_count"], 3);
}

async fn a_subscription_ends_whatever_its_context_is_by_now(database: Database) {
    let (world, list, first) = world_that_changes(database).await;
    let mut client = world.client().await;
    let one = client.call("own", "subscribe", json!({ "channel": "a" })).await;
    first.store(7, Ordering::Relaxed);
    let reply = client.call("own", "unsubscribe", json!({ "channel": "a" })).await;
    assert_eq!(reply.channel(), one.channel());
    client.ok("item", "subscribe", json!({})).await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let push = client.next_push(PATIENCE).await;
    assert!(
        push["channel"].as_str().unwrap().starts_with("item|") && push["channel"] != one.channel()
    );
}

/// As SwampDragon's routers did: a page says `list_id`, which is no filter, and the router makes
/// one of it. Users see the lists after the
/// `hidden` ones.
struct ByList {
    hidden: Arc<AtomicI64>,
}

#[router(route = "by-list", serializer = ItemSerializer, filter_fields(done))]
impl ByList {
    fn scope(&self, caller: &Caller) -> Filter {
        match caller.user {
            Some(_) => Filter::gt("list_id", self.hidden.load(Ordering::Relaxed)),
            None => Filter::All,
        }
    }

    fn subscription_context(&self, cx: &mut Context<'_>) -> Result<Filter, Failure> {
        Ok(Filter::eq("list_id", cx.take_arg::<i32>("list_id")?))
    }

    fn client_context(&self, _: &str, cx: &Context<'_>) -> Map<String, Value> {
        Map::from_iter([("list".to_owned(), json!(cx.args.get("list_id")))])
    }
}

async fn lists(database: Database) -> (World, Arc<AtomicI64>, [i32; 2]) {
    let hidden = Arc::new(AtomicI64::new(0));
    let router = ByList { hidden: Arc::clone(&hidden) };
    let world = World::start_with(database, |builder| builder.router(router)).await;
    let lists = [world.list("me").await.id, world.list("me").await.id];
    (world, hidden, lists)
}

async fn a_router_takes_arguments_of_its_own(database: Database) {
    let (world, _, [one, two]) = lists(database).await;
    let mut client = world.client().await;
    let args = |list: i32, channel: &str| json!({ "list_id": list, "channel": channel });
    let first = client.call("by-list", "subscribe", args(one, "a")).await;
    assert_eq!(first.context()["client_context"]["list"], json!(one));
    // Another argument is another subscription beside it; the same again is the same.
    let second = client.call("by-list", "subscribe", args(two, "b")).await;
    assert_ne!(first.channel(), second.channel());
    let again = client.call("by-list", "subscribe", args(one, "c")).await;
    assert_eq!(again.channel(), first.channel());
    let a = new_item(one, "a").insert(&world.db).await.unwrap();
    let b = new_item(two, "b").insert(&world.db).await.unwrap();
    let pushes = [client.next_push(PATIENCE).await, client.next_push(PATIENCE).await];
    let heard = pushes.map(|push| (push["channel"].clone(), push["data"]["id"].clone()));
    let wanted = [(first.channel(), json!(a.id)), (second.channel(), json!(b.id))];
    assert_eq!(heard, wanted.map(|(channel, id)| (json!(channel), id)));
    // It goes along with filters, snapshots and resuming.
    let open = json!({ "list_id": two, "done": false, "_snapshot": true });
    let open = client.call("by-list", "subscribe", open).await;
    assert_eq!((open.snapshot().len(), &open.snapshot()[0]["id"]), (1, &json!(b.id)));
    let resumed = json!({ "list_id": two, "done": false, "_since": open.position() });
    assert!(client.call("by-list", "subscribe", resumed).await.recovered());
    let other = json!({ "list_id": one, "done": false, "_since": open.position() });
    assert!(!client.call("by-list", "subscribe", other).await.recovered());
    for (list, done) in [(one, "one"), (two, "two")] {
        let args = json!({ "list_id": list, "done": false, "channel": done });
        client.ok("by-list", "unsubscribe", args).await;
    }
    // It is ended by the argument that it was begun with, and only that one.
    let ended = client.call("by-list", "unsubscribe", json!({ "list_id": one })).await;
    assert_eq!(ended.channel(), first.channel());
    new_item(one, "c").insert(&world.db).await.unwrap();
    let d = new_item(two, "d").insert(&world.db).await.unwrap();
    let mut push = client.next_push(PATIENCE).await;
    while push["data"]["id"] != json!(d.id) {
        // Resuming may have told once more of what was there.
        assert_eq!(push["data"]["id"], json!(b.id), "{push}");
        push = client.next_push(PATIENCE).await;
    }
    assert_eq!(push["channel"], json!(second.channel()));
    // What it does not take is a filter as ever, and what it needs must be there.
    let unknown = client.fail("by-list", "subscribe", json!({ "list_id": one, "lst": 1 })).await;
    assert!(unknown.data.to_string().contains("There is no filter `lst`"), "{unknown:?}");
    let missing = client.fail("by-list", "subscribe", json!({})).await;
    assert!(missing.data.to_string().contains("`list_id` is missing"), "{missing:?}");
}

async fn arguments_that_a_router_takes_hold_when_rights_change(database: Database) {
    let (world, hidden, [one, two]) = lists(database).await;
    let mut client = world.client_of("me").await;
    let a = new_item(one, "a").insert(&world.db).await.unwrap();
    for list in [one, two] {
        client.ok("by-list", "subscribe", json!({ "list_id": list, "_snapshot": true })).await;
    }
    hidden.store(one.into(), Ordering::Relaxed);
    world.app.rights_changed("me").await.unwrap();
    let mut left = false;
    // Both have another scope now, so both are told to load anew; one row leaves.
    for _ in 0..3 {
        let push = client.next_push(PATIENCE).await;
        match push["action"].as_str() {
            Some("deleted") => left = push["data"]["id"] == json!(a.id),
            other => assert_eq!(other, Some("resync"), "{push}"),
        }
    }
    assert!(left);
    new_item(one, "b").insert(&world.db).await.unwrap();
    let c = new_item(two, "c").insert(&world.db).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["data"]["id"], json!(c.id));
    // The seat is still found by what it was begun with.
    client.ok("by-list", "unsubscribe", json!({ "list_id": two })).await;
    client.ok("item", "subscribe", json!({})).await;
    let d = new_item(two, "d").insert(&world.db).await.unwrap();
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["data"]["id"], json!(d.id));
    assert!(push["channel"].as_str().unwrap().starts_with("item|"));
}
