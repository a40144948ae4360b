//! The verbs that a model's router gives: fewer than seven, or more.

use dragon::prelude::*;
use dragon::protocol::Code;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::ActiveModelTrait;
use serde_json::json;

use crate::models::{ItemSerializer, item};
use crate::world::{World, new_item};

crate::both!(an_excluded_verb_is_unknown, a_models_router_may_have_verbs_of_its_own);

/// Nobody deletes or creates here; a verb of its own ticks many at once.
struct Given;

#[router(
    route = "given",
    serializer = ItemSerializer,
    exclude_verbs(delete, create),
    verbs(tick_all, refuse),
)]
impl Given {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    /// Own verbs may be documented and take any arguments.
    async fn tick_all(&self, cx: &mut Context<'_>) -> Outcome {
        let list: i32 = cx.arg("list_id")?;
        let refused = |error| dragon::router::failure(&error);
        let transaction = dragon::model::begin_write(cx.db()).await.map_err(refused)?;
        let ticked = item::Entity::update_many()
            .col_expr(item::Column::Done, true.into())
            .filter(item::Column::ListId.eq(list))
            .exec(&transaction)
            .await
            .map_err(refused)?;
        cx.commit(transaction).await?;
        Ok(Success::of(&json!(ticked.rows_affected)))
    }

    async fn refuse(&self, _: &mut Context<'_>) -> Outcome {
        Err(Failure::denied())
    }
}

async fn world(database: Database) -> World {
    World::start_with(database, |builder| builder.router(Given)).await
}

async fn an_excluded_verb_is_unknown(database: Database) {
    let world = world(database).await;
    let list = world.list("me").await.id;
    let row = new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = world.client().await;
    for (verb, args) in [
        ("delete", json!({ "id": row.id })),
        ("create", json!({ "list_id": list, "text": "b" })),
        ("fly", json!({})),
    ] {
        let failure = client.fail("given", verb, args).await;
        assert_eq!(failure.code, "unknown_verb", "{verb}");
        let sentence = failure.data["error"][0].as_str().unwrap();
        assert!(
            sentence.ends_with(
                "it has get_list, get_single, update, subscribe, unsubscribe, tick_all, refuse."
            ),
            "{sentence}"
        );
    }
    assert_eq!(client.ok("given", "get_list", json!({})).await.as_array().unwrap().len(), 1);
    let updated = client.ok("given", "update", json!({ "id": row.id, "done": true })).await;
    assert_eq!(updated["done"], true);
}

async fn a_models_router_may_have_verbs_of_its_own(database: Database) {
    let world = world(database).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = world.client().await;
    client.ok("given", "subscribe", json!({ "_snapshot": true })).await;
    let name = client.send("given", "tick_all", json!({ "list_id": list })).await;
    let first = client.next(PATIENCE).await;
    assert_eq!(first["context"]["client_callback_name"], name.as_str());
    assert_eq!(first["data"], 1);
    assert_eq!(client.next_push(PATIENCE).await["data"]["done"], true);
    assert_eq!(client.fail("given", "tick_all", json!({})).await.code, "bad_request");
    assert_eq!(client.fail("given", "refuse", json!({})).await.code, "denied");
    // They belong to their route.
    assert_eq!(client.fail("item", "refuse", json!({})).await.code, "unknown_verb");
}

/// Written by hand, with lists that cannot be meant.
struct ByHand<const OWN: bool>;

impl<const OWN: bool> ModelRouter for ByHand<OWN> {
    const ROUTE: &'static str = "by-hand";
    type Serializer = ItemSerializer;
    const EXCLUDE_VERBS: &'static [&'static str] = if OWN { &[] } else { &["remove"] };
    const OWN_VERBS: &'static [&'static str] = if OWN { &["create"] } else { &[] };

    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[tokio::test]
async fn lists_of_verbs_that_cannot_be_meant_stop_the_start() {
    for (name, router) in [("remove", false), ("create", true)] {
        let database = Database::sqlite();
        let db = dragon::connect(&database.url).await.unwrap();
        let builder = crate::world::builder(&db);
        let builder =
            if router { builder.router(ByHand::<true>) } else { builder.router(ByHand::<false>) };
        let sentence = builder.start().await.unwrap_err().to_string();
        assert!(sentence.contains("by-hand") && sentence.contains(name), "{sentence}");
    }
}

/// Answers by name, without the macro.
struct Counted;

impl ModelRouter for Counted {
    const ROUTE: &'static str = "counted";
    type Serializer = ItemSerializer;
    const OWN_VERBS: &'static [&'static str] = &["count", "forgotten"];

    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    async fn call_other(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "count" => {
                let count = item::Entity::find().count(cx.db()).await;
                Ok(Success::of(&json!(count.map_err(|error| dragon::router::failure(&error))?)))
            }
            _ => Err(Failure::new(Code::UnknownVerb, "Not yet.")),
        }
    }
}

#[tokio::test]
async fn own_verbs_may_be_written_by_hand() {
    let world = World::start_with(Database::sqlite(), |builder| builder.router(Counted)).await;
    let mut client = world.client().await;
    assert_eq!(client.ok("counted", "count", json!({})).await, json!(0));
    assert_eq!(client.fail("counted", "forgotten", json!({})).await.code, "unknown_verb");
}
