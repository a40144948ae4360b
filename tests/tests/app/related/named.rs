//! Routers that say which relations their subscriptions cover.

use dragon::App;
use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::routers::WholeSerializer;
use super::{QUIET, company, new_tag, person, tables, tie};
use crate::world::{World, told};

crate::both!(only_what_a_router_names_is_covered);

struct Named;

#[router(route = "named", serializer = WholeSerializer, include_related(staff_set))]
impl Named {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn only_what_a_router_names_is_covered(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let app = App::builder("test").database(db.clone()).router(Named).start().await.unwrap();
    let world = World::serve(app, db, database).await;
    let acme = company(&world.db, "Acme").await;
    let mut client = world.client().await;
    let reply = client.call("named", "subscribe", json!({ "_snapshot": true })).await;
    let covered: Vec<&str> = reply
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["prop_name"].as_str().unwrap())
        .collect();
    // The staff, with what leads on from it; neither address nor tags.
    assert_eq!(covered, ["staff_set", "documents"]);
    // What is not covered is told as far as its owner's own change goes: the keys.
    let tag = new_tag(&world.db, 1, "one").await;
    tie(&world.db, acme, tag).await;
    let keys = json!({ "id": acme, "_type": "company", "tags": [tag] });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("updated".to_owned(), keys));
    // Of the tag itself nothing is told; what follows is of the staff.
    world.db.execute_unprepared("UPDATE tag SET label = 'uno'").await.unwrap();
    let ann = person(&world.db, "Ann", acme, None).await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["action"], &push["data"]["id"]), (&json!("created"), &json!(ann)));
    client.no_push(QUIET).await;
    world.stop().await;
}

/// Written by hand: names a relation that the serializer does not tell, or one that is another's.
struct Unknown<const DEEPER: bool>;

impl<const DEEPER: bool> ModelRouter for Unknown<DEEPER> {
    const ROUTE: &'static str = "unknown";
    type Serializer = WholeSerializer;
    const INCLUDE_RELATED: Option<&'static [&'static str]> =
        Some(if DEEPER { &["documents"] } else { &["owners"] });

    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[tokio::test]
async fn a_relation_that_is_not_told_stops_the_start() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let builder = || App::builder("test").database(db.clone());
    for (name, builder) in [
        ("`owners`", builder().router(Unknown::<false>)),
        // What would cover nothing must not pass in silence.
        ("`documents`", builder().router(Unknown::<true>)),
    ] {
        let sentence = builder.start().await.unwrap_err().to_string();
        assert!(sentence.contains(name), "{sentence}");
        assert!(sentence.ends_with("there are staff_set, address, tags"), "{sentence}");
    }
}
