//! Related objects in the view that a router's condition chooses.

use dragon::App;
use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, Set, TransactionTrait};
use serde_json::json;

use super::models::{staff, tag};
use super::{QUIET, company, new_tag, tables, tie};
use crate::world::{World, told};

crate::both!(related_objects_are_told_in_the_view_as_well);

#[serializer(
    model = company::Entity,
    publish_fields(name, size),
    related(staff_set = WorkerSerializer, tags = LabelSerializer),
    views(brief(name, staff_set, tags))
)]
struct FirmSerializer;

#[serializer(model = staff::Entity, publish_fields(name, salary), views(brief(name)))]
struct WorkerSerializer;

#[serializer(model = tag::Entity, publish_fields(label), views(brief(label)))]
struct LabelSerializer;

struct FirmRouter;

#[router(route = "firm", serializer = FirmSerializer, include_related())]
impl FirmRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn publish(_: &Change) -> Publish {
        Publish::View("brief")
    }
}

async fn related_objects_are_told_in_the_view_as_well(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let app = App::builder("test").database(db.clone()).router(FirmRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let mut client = world.client().await;
    client.ok("firm", "subscribe", json!({ "channel": "f", "_snapshot": true })).await;
    let transaction = world.db.begin().await.unwrap();
    let acme = company::ActiveModel { name: Set("Acme".to_owned()), ..Default::default() };
    let acme = acme.insert(&transaction).await.unwrap().id;
    let ann = staff::ActiveModel {
        name: Set("Ann".to_owned()),
        company_id: Set(Some(acme)),
        ..Default::default()
    };
    let ann = ann.insert(&transaction).await.unwrap().id;
    transaction.commit().await.unwrap();
    let data = json!({
        "id": acme, "_type": "company", "name": "Acme", "tags": [],
        "staff_set": [{ "id": ann, "_type": "staff", "name": "Ann" }],
    });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("created".to_owned(), data));
    // Pairs are told as keys, and so they stay.
    let one = new_tag(&world.db, 1, "one").await;
    tie(&world.db, acme, one).await;
    let data = json!({ "id": acme, "_type": "company", "tags": [one] });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("updated".to_owned(), data));
    client.no_push(QUIET).await;
    // A list has all of it.
    let list = client.ok("firm", "get_list", json!({})).await;
    assert_eq!((&list[0]["size"], &list[0]["staff_set"][0]["salary"]), (&json!(0), &json!(0)));
    world.stop().await;
}
