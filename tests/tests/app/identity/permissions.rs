//! Who may call which verb.

use dragon::App;
use dragon::auth::{Identity, SignedTokens, Tokens};
use dragon::prelude::*;
use dragon::protocol::Code;
use dragon_tests::{Client, Database, util::PATIENCE};
use serde_json::{Value, json};
use std::time::Duration;

use super::world_of;
use crate::both;
use crate::models::{ItemSerializer, item};
use crate::world::{World, new_item};

fn is_admin(cx: &Context<'_>) -> Result<(), Failure> {
    match cx.caller.claim("admin") {
        Some(claim) if *claim == true => Ok(()),
        _ => Err(Failure::denied()),
    }
}

/// May be looked at by those who are known, and deleted from by admins.
struct Guarded;

#[router(
    route = "guarded",
    serializer = ItemSerializer,
    permissions(LoginRequired, create = is_admin, delete = is_admin)
)]
impl Guarded {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Asks the database, and looks at the arguments.
struct KnowsSomeItem;

impl Permission for KnowsSomeItem {
    fn test<'a>(
        &'a self,
        cx: &'a Context<'_>,
    ) -> futures::future::BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let id = cx.arg::<i32>("id")?;
            match item::Entity::find_by_id(id).one(cx.db()).await {
                Ok(Some(_)) => Ok(()),
                _ => Err(Failure::denied()),
            }
        })
    }
}

/// A router of verbs that only say that they ran.
struct Doors;

impl Router for Doors {
    const ROUTE: &'static str = "doors";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        assert_eq!((cx.route(), cx.verb()), ("doors", verb));
        Ok(Success::of(&json!("ran")))
    }

    fn verbs(&self) -> Vec<&'static str> {
        vec!["both", "either", "guests", "asks", "broken", "open"]
    }

    fn permissions(&self) -> Permissions {
        let broken = |_: &Context<'_>| Err(Failure::new(Code::Unavailable, "Not now."));
        Permissions::none()
            .verbs(["both"], LoginRequired.and(is_admin))
            .verbs(["either"], LoginRequired.or(is_admin))
            .verbs(["guests"], LoginRequired.not())
            .verbs(["asks"], KnowsSomeItem)
            .verbs(["broken"], broken.or(LoginRequired).not())
    }
}

fn tokens() -> SignedTokens {
    SignedTokens::new(&[7; 32]).unwrap()
}

async fn world(database: Database) -> World {
    world_of(database, |builder| {
        builder.authenticator(Tokens::new(tokens())).router(Guarded).router(Doors)
    })
    .await
}

async fn log_in(client: &mut Client, identity: &Identity) {
    let token = tokens().issue(identity, Duration::from_secs(3600));
    client.ok("dragon", "login", json!({ "token": token })).await;
}

async fn code(client: &mut Client, route: &str, verb: &str, args: Value) -> String {
    let reply = client.call(route, verb, args).await.message;
    reply["context"]["code"].as_str().unwrap_or("success").to_owned()
}

both!(permissions_are_per_router_and_per_verb, who_may_subscribe_no_more_sees_all_leave);

async fn permissions_are_per_router_and_per_verb(database: Database) {
    let world = world(database).await;
    let list = world.list("ann").await.id;
    let row = new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = world.client().await;
    let calls = [
        ("get_list", json!({})),
        ("get_single", json!({ "id": row.id })),
        ("update", json!({ "id": row.id, "text": "b" })),
        ("subscribe", json!({})),
        ("delete", json!({ "id": row.id })),
    ];
    for (verb, args) in &calls {
        assert_eq!(code(&mut client, "guarded", verb, args.clone()).await, "login_required");
    }
    let reply = client.call("guarded", "get_list", json!({})).await.message;
    assert_eq!(
        (&reply["data"], &reply["context"]["state"]),
        (&json!(null), &json!("login_required"))
    );
    assert_eq!(code(&mut client, "guarded", "unsubscribe", json!({})).await, "success");
    log_in(&mut client, &Identity::user("ann")).await;
    for (verb, args) in &calls[..4] {
        assert_eq!(code(&mut client, "guarded", verb, args.clone()).await, "success", "{verb}");
    }
    assert_eq!(code(&mut client, "guarded", "delete", calls[4].1.clone()).await, "denied");
    assert!(item::Entity::find_by_id(row.id).one(&world.db).await.unwrap().is_some());
    log_in(&mut client, &Identity::user("ann").with("admin", true)).await;
    assert_eq!(code(&mut client, "guarded", "delete", calls[4].1.clone()).await, "success");
}

async fn who_may_subscribe_no_more_sees_all_leave(database: Database) {
    let world = world(database).await;
    let list = world.list("ann").await.id;
    let row = new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = world.client().await;
    log_in(&mut client, &Identity::user("ann")).await;
    client.ok("guarded", "subscribe", json!({ "_snapshot": true })).await;
    client.ok("dragon", "logout", json!({})).await;
    let left = client.next_push(PATIENCE).await;
    assert_eq!((&left["action"], &left["data"]["id"]), (&json!("deleted"), &json!(row.id)));
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    // It has ended; another one on the same connection lives.
    client.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    client.ok("item", "update", json!({ "id": row.id, "text": "b" })).await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["channel"], "item|");
    client.no_push(Duration::from_millis(200)).await;
    assert_eq!(world.app.stats().subscriptions, 1);
}

#[tokio::test]
async fn permissions_are_combined() {
    let world = world(Database::sqlite()).await;
    let list = world.list("ann").await.id;
    let row = new_item(list, "a").insert(&world.db).await.unwrap();
    let guest = None;
    let ann = Some(Identity::user("ann"));
    let admin = Some(Identity::user("eve").with("admin", true));
    let id = json!({ "id": row.id });
    for (who, verb, args, wanted) in [
        (&guest, "both", json!({}), "login_required"),
        (&ann, "both", json!({}), "denied"),
        (&admin, "both", json!({}), "success"),
        (&guest, "either", json!({}), "login_required"),
        (&ann, "either", json!({}), "success"),
        (&guest, "guests", json!({}), "success"),
        (&ann, "guests", json!({}), "denied"),
        (&guest, "asks", id, "success"),
        (&guest, "asks", json!({ "id": 99 }), "denied"),
        (&guest, "asks", json!({}), "bad_request"),
        // What cannot be answered is neither yes nor no.
        (&guest, "broken", json!({}), "unavailable"),
        (&guest, "open", json!({}), "success"),
    ] {
        let mut client = world.client().await;
        if let Some(identity) = who {
            log_in(&mut client, identity).await;
        }
        let said = code(&mut client, "doors", verb, args.clone()).await;
        assert_eq!(said, wanted, "{who:?} {verb} {args}");
    }
}

/// A model's router with a verb of its own, which only those who are known may call.
struct Reviewed;

#[router(
    route = "reviewed",
    serializer = ItemSerializer,
    verbs(review),
    permissions(review = LoginRequired)
)]
impl Reviewed {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    async fn review(&self, _: &mut Context<'_>) -> Outcome {
        Ok(Success::of(&json!("reviewed")))
    }
}

#[tokio::test]
async fn a_verb_of_a_models_router_has_its_own_permission() {
    let world = world_of(Database::sqlite(), |builder| {
        builder.authenticator(Tokens::new(tokens())).router(Reviewed)
    })
    .await;
    let mut client = world.client().await;
    assert_eq!(code(&mut client, "reviewed", "review", json!({})).await, "login_required");
    assert_eq!(code(&mut client, "reviewed", "get_list", json!({})).await, "success");
    log_in(&mut client, &Identity::user("ann")).await;
    assert_eq!(client.ok("reviewed", "review", json!({})).await, "reviewed");
}

/// Misspells a verb.
struct Slip;

#[router(route = "slip", serializer = ItemSerializer)]
impl Slip {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn permissions(&self) -> Permissions {
        Permissions::none().verbs(["delet"], LoginRequired)
    }
}

#[tokio::test]
async fn a_permission_for_no_verb_stops_the_start() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let refused = App::builder("test").database(db).router(Slip).start().await.unwrap_err();
    assert!(refused.to_string().contains("`delet`, which it does not have"), "{refused}");
}
