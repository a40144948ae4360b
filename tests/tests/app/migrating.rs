//! What a SwampDragon application did by means of its own, done with Dragon's: the rows of
//! `docs/from-swampdragon.md` that no other suite proves.

use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::models::{ItemSerializer, item};
use crate::world::{World, new_item};

mod told;

crate::both!(
    the_primary_key_is_told_as_id_and_the_channel_has_the_chosen_name,
    dates_decimals_and_the_address_of_a_file_are_told_as_texts,
    what_follows_a_verb_may_be_written_around_it,
    a_text_with_a_blank_is_found_and_subscribed_to,
    a_filter_that_cannot_be_meant_harms_nobody_else,
    a_row_is_asked_for_by_another_field,
);

/// Photographs, whose files are kept elsewhere.
mod photo {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "gallery_photo")]
    #[self_publish(name = "photo")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub number: i32,
        pub file: String,
        pub price: Decimal,
        pub day: Date,
        pub taken: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

struct PhotoSerializer;

#[serializer(
    model = photo::Entity,
    publish_fields(price, day, taken),
    update_fields(file, price, day, taken)
)]
impl PhotoSerializer {
    fn serialize_file(photo: &photo::Model) -> String {
        format!("/media/{}", photo.file)
    }
}

struct PhotoRouter;

#[router(route = "photo", serializer = PhotoSerializer)]
impl PhotoRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

fn photo_args() -> Json {
    json!({ "file": "a.png", "price": 12.5, "day": "2015-05-10", "taken": "2015-05-10 21:43:42+00:00" })
}

async fn the_primary_key_is_told_as_id_and_the_channel_has_the_chosen_name(database: Database) {
    let world = World::start_with(database, |builder| builder.router(PhotoRouter)).await;
    let mut client = world.client().await;
    let reply = client.call("photo", "subscribe", json!({ "channel": "photos" })).await;
    assert_eq!(reply.channel(), "photo|");
    let created = client.ok("photo", "create", photo_args()).await;
    assert_eq!((&created["id"], &created["_type"]), (&json!(1), &json!("photo")));
    assert_eq!(created.get("number"), None);
    assert_eq!(client.ok("photo", "get_single", json!({ "id": 1 })).await, created);
    assert_eq!(client.next_push(PATIENCE).await["data"], created);
    client.ok("photo", "delete", json!({ "id": 1 })).await;
    let gone = json!({ "id": 1, "_type": "photo" });
    assert_eq!(client.next_push(PATIENCE).await["data"], gone);
}

async fn dates_decimals_and_the_address_of_a_file_are_told_as_texts(database: Database) {
    let world = World::start_with(database, |builder| builder.router(PhotoRouter)).await;
    let mut client = world.client().await;
    let told = json!({
        "id": 1, "_type": "photo", "file": "/media/a.png", "price": "12.5", "day": "2015-05-10",
        "taken": "2015-05-10T21:43:42+00:00",
    });
    assert_eq!(client.ok("photo", "create", photo_args()).await, told);
    // Both ways to write a moment are read.
    let sent = json!({ "id": 1, "taken": "2015-05-10T23:43:43+02:00", "file": "b.png" });
    let updated = client.ok("photo", "update", sent).await;
    let told = json!({
        "id": 1, "_type": "photo", "file": "/media/b.png", "taken": "2015-05-10T21:43:43+00:00",
    });
    assert_eq!(updated, told);
}

/// What SwampDragon's routers did in `created`, `updated`, `deleted`, `on_error`, `send_list` and
/// `send_single`.
struct Around;

#[router(route = "around", serializer = ItemSerializer)]
impl Around {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("list_id", cx.arg::<i32>("list_id")?))
    }

    async fn get_list(&self, cx: &mut Context<'_>) -> Outcome {
        let listed = verbs::get_list(self, cx).await?;
        let mut rows = read(&listed)?;
        rows.as_array_mut().into_iter().flatten().for_each(|row| row["seen"] = true.into());
        Ok(Success { data: rows.to_string(), ..listed })
    }

    async fn get_single(&self, cx: &mut Context<'_>) -> Outcome {
        let found = verbs::get_single(self, cx).await?;
        let mut row = read(&found)?;
        row["alone"] = true.into();
        Ok(Success { data: row.to_string(), ..found })
    }

    async fn create(&self, cx: &mut Context<'_>) -> Outcome {
        match verbs::create(self, cx).await {
            Ok(created) => Ok(created.with_context("created", true)),
            Err(Failure { mut errors, code }) => {
                errors.add("summary", ["Nothing was stored.".to_owned()]);
                Err(Failure { code, errors })
            }
        }
    }

    async fn update(&self, cx: &mut Context<'_>) -> Outcome {
        let past = item::Entity::find_by_id(cx.arg::<i32>("id")?).one(cx.db()).await;
        let past = past.map_err(|error| dragon::router::failure(&error))?;
        let updated = verbs::update(self, cx).await?;
        let told = read(&updated)?;
        let fields: Vec<String> = told
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .filter(|field| !["id", "_type"].contains(&field.as_str()))
            .cloned()
            .collect();
        let updated = updated.with_context("updated_fields", fields);
        Ok(updated.with_context("past_text", past.map(|item| item.text)))
    }

    async fn delete(&self, cx: &mut Context<'_>) -> Outcome {
        let deleted = verbs::delete(self, cx).await?;
        let text = read(&deleted)?["text"].clone();
        cx.publish("obituaries", &json!({ "text": text })).await?;
        Ok(deleted)
    }
}

fn read(success: &Success) -> Result<Json, Failure> {
    serde_json::from_str(&success.data).map_err(|error| Failure::internal(&error))
}

async fn what_follows_a_verb_may_be_written_around_it(database: Database) {
    let world = World::start_with(database, |builder| builder.router(Around).router(Desk)).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    client.ok("desk", "subscribe", json!({ "channel": "o" })).await;
    let reply = client.call("around", "create", json!({ "list_id": list, "text": "a" })).await;
    assert_eq!(reply.context()["client_context"], json!({ "created": true }));
    let failure = client.fail("around", "create", json!({ "list_id": list, "text": " " })).await;
    let errors = json!({ "text": ["Write something."], "summary": ["Nothing was stored."] });
    assert_eq!((failure.code.as_str(), &failure.data), ("validation", &errors));
    let args = json!({ "id": 1, "text": "b", "rank": 7, "done": false });
    let reply = client.call("around", "update", args).await;
    let context = json!({ "updated_fields": ["rank", "text"], "past_text": "a" });
    assert_eq!(reply.context()["client_context"], context);
    let rows = client.ok("around", "get_list", json!({})).await;
    assert_eq!((&rows[0]["text"], &rows[0]["seen"]), (&json!("b"), &json!(true)));
    let row = client.ok("around", "get_single", json!({ "id": 1 })).await;
    assert_eq!(
        (&row["text"], &row["alone"], &row["seen"]),
        (&json!("b"), &json!(true), &json!(null))
    );
    client.ok("around", "delete", json!({ "id": 1 })).await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push, json!({ "text": "b", "channel": "obituaries" }));
}

/// A serializer without a model is a struct that serde reads and writes.
#[derive(Deserialize, Serialize)]
struct Order {
    name: String,
    count: u32,
}

/// A router without a model, which answers in every way that SwampDragon's BaseRouter had.
struct Desk;

impl Router for Desk {
    const ROUTE: &'static str = "desk";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "order" => {
                let Ok(order) = serde_json::from_value::<Order>(cx.args.clone().into()) else {
                    return Err(Failure::bad_request("Say `name` and `count`."));
                };
                if order.count == 0 {
                    return Err(FieldErrors::of("count", "Order one at least.").into());
                }
                Ok(Success::of(&json!(Order { count: order.count + 1, ..order })))
            }
            "cancel" if cx.caller.user.is_none() => Err(Failure::login_required()),
            "cancel" => Ok(Success::of(&json!("cancelled"))),
            _ => Err(cx.unknown_verb(&["order", "cancel"])),
        }
    }

    fn subscription_channels(&self, _: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec!["obituaries".to_owned()])
    }

    fn client_context(&self, verb: &str, _: &Context<'_>) -> Map<String, Json> {
        Map::from_iter([("answered".to_owned(), json!(verb))])
    }
}

#[tokio::test]
async fn a_plain_router_answers_data_errors_and_that_a_login_is_required() {
    let world = World::start_with(Database::sqlite(), |builder| builder.router(Desk)).await;
    let mut client = world.client().await;
    let reply = client.call("desk", "order", json!({ "name": "tea", "count": 1 })).await;
    assert_eq!(reply.data(), &json!({ "name": "tea", "count": 2 }));
    assert_eq!(reply.context()["client_context"], json!({ "answered": "order" }));
    let failure = client.fail("desk", "order", json!({ "name": "tea", "count": 0 })).await;
    assert_eq!(failure.code, "validation");
    assert_eq!(failure.data, json!({ "count": ["Order one at least."] }));
    let failure = client.fail("desk", "order", json!({ "name": "tea", "count": "two" })).await;
    assert_eq!(failure.code, "bad_request");
    let reply = client.call("desk", "cancel", json!({})).await;
    assert_eq!(reply.context()["state"], "login_required");
    assert_eq!(reply.data(), &json!(null));
    let mut known = world.client_of("me").await;
    assert_eq!(known.ok("desk", "cancel", json!({})).await, "cancelled");
}

async fn a_text_with_a_blank_is_found_and_subscribed_to(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let filter = json!({ "text__contains": "two w" });
    client.ok("item", "subscribe", filter.clone()).await;
    let id = new_item(list, "two words").insert(&world.db).await.unwrap().id;
    new_item(list, "twowords").insert(&world.db).await.unwrap();
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["action"], &push["data"]["id"]), (&json!("created"), &json!(id)));
    assert_eq!(push["channel"], "item|text__contains:two+w");
    let rows = client.ok("item", "get_list", filter).await;
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["id"]), (1, &json!(id)));
}

async fn a_filter_that_cannot_be_meant_harms_nobody_else(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let (mut wrong, mut right) = (world.client().await, world.client().await);
    right.ok("item", "subscribe", json!({ "rank__lt": 5 })).await;
    for filter in [json!({ "colour": "red" }), json!({ "rank__lt": "many" })] {
        let failure = wrong.fail("item", "subscribe", filter.clone()).await;
        assert_eq!(failure.code, "bad_request", "{filter}");
    }
    let mut item = new_item(list, "a");
    item.rank = Set(3);
    let args = json!({ "list_id": list, "text": "b", "rank": 4 });
    item.insert(&world.db).await.unwrap();
    wrong.ok("item", "create", args).await;
    assert_eq!(right.next_push(PATIENCE).await["data"]["text"], "a");
    assert_eq!(right.next_push(PATIENCE).await["data"]["text"], "b");
}

struct BySlug;

/// The text of an item is its slug; what has a rank of ten is hidden.
#[router(route = "by-slug", serializer = ItemSerializer)]
impl BySlug {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::lt("rank", 10)
    }

    async fn get_single(&self, cx: &mut Context<'_>) -> Outcome {
        let slug: String = cx.take_arg("slug")?;
        let found = item::Entity::find().filter(item::Column::Text.eq(slug));
        let found = found.one(cx.db()).await.map_err(|error| dragon::router::failure(&error))?;
        let item = found.ok_or_else(Failure::not_found)?;
        cx.args.insert("id".to_owned(), json!(item.id));
        verbs::get_single(self, cx).await
    }
}

async fn a_row_is_asked_for_by_another_field(database: Database) {
    let world = World::start_with(database, |builder| builder.router(BySlug)).await;
    let list = world.list("me").await.id;
    for (text, rank) in [("first", 1), ("second", 2), ("hidden", 10)] {
        let mut item = new_item(list, text);
        item.rank = Set(rank);
        item.insert(&world.db).await.unwrap();
    }
    let mut client = world.client().await;
    let row = client.ok("by-slug", "get_single", json!({ "slug": "second" })).await;
    assert_eq!((&row["text"], &row["rank"]), (&json!("second"), &json!(2)));
    for slug in ["hidden", "third"] {
        let failure = client.fail("by-slug", "get_single", json!({ "slug": slug })).await;
        assert_eq!(failure.code, "not_found", "{slug}");
    }
}
