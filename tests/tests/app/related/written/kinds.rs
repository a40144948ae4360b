//! Each kind of relation, written from the side of its owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dragon::Config;
use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::EntityTrait;
use serde_json::json;

use super::super::models::{company_tag, staff};
use super::super::{company, document, get, new_tag, person, tie};
use super::{name_of, world, world_on};

crate::both!(
    a_foreign_key_is_tied_and_what_is_tied_is_written,
    a_foreign_key_that_must_be_there,
    rows_that_refer_to_the_own_one,
    one_row_that_refers_to_the_own_one,
    there_is_no_second_row_where_clients_choose_the_keys,
    pairs_are_the_whole_list,
    pairs_may_only_be_added,
    a_list_of_ids_costs_as_many_statements_however_long_it_is,
);

async fn a_foreign_key_is_tied_and_what_is_tied_is_written(database: Database) {
    let world = world(database, Config::default()).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let mut client = world.client().await;
    // By its id, as a number or a text; a new one; as an object, which does not write it.
    let sent = json!({ "name": "Ann", "company": acme, "mentor": { "name": "Max" } });
    let ann = client.ok("worker", "create", sent).await;
    assert_eq!((&ann["company"]["name"], &ann["mentor"]["name"]), (&json!("Acme"), &json!("Max")));
    let id = ann["id"].as_i64().unwrap();
    let other = company(db, "Other").await;
    let sent = json!({ "id": id, "company": { "id": other, "name": "Taken over" } });
    let reply = client.ok("worker", "update", sent.clone()).await;
    assert_eq!(reply["company"]["name"], "Other");
    assert_eq!(reply["name"], "Ann");
    // It is tied now, and so is what it has itself; what leads back is not followed.
    let sent = json!({ "id": id, "company": {
        "id": other, "name": "Ours", "address": { "street": "Main" },
        "staff_set": [{ "name": "Nobody" }],
    } });
    let reply = client.ok("worker", "update", sent).await;
    assert_eq!(reply["company"]["name"], "Ours");
    assert_eq!(reply["company"]["address"]["street"], "Main");
    assert_eq!(staff::Entity::find().all(db).await.unwrap().len(), 2);
    let sent = json!({ "id": id, "company": acme.to_string(), "mentor": null });
    let reply = client.ok("worker", "update", sent).await;
    assert_eq!((&reply["company"]["id"], &reply["mentor"]), (&json!(acme), &json!(null)));
    assert_eq!(name_of(db, other).await, "Ours");
    // What is none.
    for (company, at, sentence) in [
        (json!(999), "company", "There is no such row."),
        (json!(99_999_999_999_i64), "company", "There is no such row."),
        (json!({ "id": 999, "name": "x" }), "company.id", "There is no such row."),
        (json!("x"), "company", "Write a whole number."),
        (json!([acme]), "company", "Write an id, or an object."),
        (json!({}), "company.name", "This field is required."),
    ] {
        let sent = json!({ "id": id, "company": company });
        let failure = client.fail("worker", "update", sent).await;
        assert_eq!(
            (failure.code.as_str(), failure.data),
            ("validation", json!({ at: [sentence] }))
        );
    }
    // The whole row is checked with its new foreign keys.
    let sent = json!({ "id": id, "name": "Boss", "mentor": { "name": "Eve" } });
    let failure = client.fail("worker", "update", sent).await;
    assert_eq!(failure.data, json!({ "mentor": ["The boss has none."] }));
    let names = staff::Entity::find().all(db).await.unwrap();
    assert!(names.iter().all(|one| one.name != "Eve"));
    world.stop().await;
}

async fn a_foreign_key_that_must_be_there(database: Database) {
    let world = world(database, Config::default()).await;
    let acme = company(&world.db, "Acme").await;
    let ann = person(&world.db, "Ann", acme, None).await;
    let mut client = world.client().await;
    let failure = client.fail("paper", "create", json!({ "title": "a" })).await;
    assert_eq!(failure.data, json!({ "staff": ["This field is required."] }));
    let failure = client.fail("paper", "create", json!({ "title": "a", "staff": null })).await;
    assert_eq!(failure.data, json!({ "staff": ["This field cannot be null."] }));
    let paper = client.ok("paper", "create", json!({ "title": "a", "staff": ann })).await;
    assert_eq!(paper["staff"]["name"], "Ann");
    let sent = json!({ "id": paper["id"], "title": "b" });
    let reply = client.ok("paper", "update", sent).await;
    assert_eq!(reply, json!({ "id": paper["id"], "_type": "document", "title": "b" }));
    world.stop().await;
}

async fn rows_that_refer_to_the_own_one(database: Database) {
    let world = world(database, Config::default()).await;
    let db = &world.db;
    let (acme, other) = (company(db, "Acme").await, company(db, "Other").await);
    let ann = person(db, "Ann", acme, None).await;
    person(db, "Bob", acme, None).await;
    let eve = person(db, "Eve", other, None).await;
    document(db, "Plan", eve).await;
    let mut client = world.client().await;
    let sent = json!({ "id": acme, "staff_set": [
        { "id": ann, "name": "Anna", "company_id": other, "documents": [{ "title": "Bill" }] },
        { "name": "Carl", "company": other, "company_id": other },
    ] });
    let reply = client.ok("firm", "update", sent).await;
    let names = |reply: &Json| -> Vec<Json> {
        reply["staff_set"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect()
    };
    // In the order of their keys; who is not named stays, and nobody leaves on the way.
    assert_eq!(names(&reply), ["Anna", "Bob", "Carl"]);
    assert_eq!(reply["staff_set"][0]["documents"][0]["title"], "Bill");
    // An id alone only says that it is there.
    client.ok("firm", "update", json!({ "id": acme, "staff_set": [ann] })).await;
    // Nobody takes over the rows of others, nor what these lead to.
    let no_row = json!(["There is no such row."]);
    for (staff, at) in [
        (json!({ "id": eve, "name": "Ours" }), "staff_set.0.id"),
        (json!({ "id": 999, "name": "Ours" }), "staff_set.0.id"),
        (json!(eve), "staff_set.0"),
    ] {
        let sent = json!({ "id": acme, "name": "New", "staff_set": [staff] });
        assert_eq!(client.fail("firm", "update", sent).await.data, json!({ at: no_row }));
        let sent = json!({ "name": "New", "staff_set": [staff] });
        assert_eq!(client.fail("firm", "create", sent).await.data, json!({ at: no_row }));
    }
    let plan = document::Entity::find().all(db).await.unwrap()[0].id;
    let sent = json!({ "id": acme, "staff_set": [
        { "id": ann, "documents": [{ "id": plan, "title": "Ours" }] },
    ] });
    let failure = client.fail("firm", "update", sent).await;
    assert_eq!(failure.data, json!({ "staff_set.0.documents.0.id": no_row }));
    let failure = client.fail("firm", "update", json!({ "id": acme, "staff_set": {} })).await;
    assert_eq!(failure.data, json!({ "staff_set": ["Write a list."] }));
    assert_eq!(name_of(db, acme).await, "Acme");
    let eve = staff::Entity::find_by_id(eve).one(db).await.unwrap().unwrap();
    assert_eq!((eve.name.as_str(), eve.company_id), ("Eve", Some(other)));
    assert_eq!(company::Entity::find().all(db).await.unwrap().len(), 2);
    // New ones with a new one.
    let sent = json!({ "name": "New", "staff_set": [{ "name": "Dan", "mentor": ann }] });
    let reply = client.ok("firm", "create", sent).await;
    assert_eq!(reply["staff_set"][0]["mentor"]["name"], "Anna");
    world.stop().await;
}

async fn one_row_that_refers_to_the_own_one(database: Database) {
    let world = world(database, Config::default()).await;
    let mut client = world.client().await;
    let sent = json!({ "name": "Acme", "address": null });
    let acme = client.ok("firm", "create", sent).await["id"].clone();
    let sent = json!({ "id": acme, "address": { "street": "Main" } });
    let reply = client.ok("firm", "update", sent.clone()).await;
    assert_eq!(reply["address"]["street"], "Main");
    let unnamed = json!({ "id": acme, "address": { "id": null, "street": "Main" } });
    for sent in [sent, unnamed, json!({ "id": acme, "address": null })] {
        let failure = client.fail("firm", "update", sent).await;
        let sentence = "There is a row already: name it by its `id`.";
        assert_eq!(failure.data, json!({ "address": [sentence] }));
    }
    let address = json!({ "id": reply["address"]["id"], "street": "Side" });
    let sent = json!({ "id": acme, "address": address });
    assert_eq!(client.ok("firm", "update", sent).await["address"]["street"], "Side");
    let failure = client.fail("firm", "create", json!({ "name": "B", "address": address })).await;
    assert_eq!(failure.data, json!({ "address.id": ["There is no such row."] }));
    world.stop().await;
}

async fn there_is_no_second_row_where_clients_choose_the_keys(database: Database) {
    let world = world(database, Config::default()).await;
    let acme = company(&world.db, "Acme").await;
    let mut client = world.client().await;
    let sent = |key: i32| json!({ "id": acme, "address": { "id": key, "street": "Main" } });
    client.ok("estate", "update", sent(7)).await;
    let failure = client.fail("estate", "update", sent(8)).await;
    let sentence = "There is a row already: name it by its `id`.";
    assert_eq!(failure.data, json!({ "address": [sentence] }));
    client.ok("estate", "update", sent(7)).await;
    world.stop().await;
}

async fn pairs_are_the_whole_list(database: Database) {
    let world = world(database, Config::default()).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let other = company(db, "Other").await;
    let (one, two) = (new_tag(db, 1, "one").await, new_tag(db, 2, "two").await);
    tie(db, acme, one).await;
    tie(db, other, one).await;
    let mut client = world.client().await;
    let labels = |reply: &Json| -> Vec<Json> {
        reply["tags"].as_array().unwrap().iter().map(|one| one["label"].clone()).collect()
    };
    // One that is tied is written, one that is not yet is tied; a new one names its own key.
    let three = Uuid::from_u128(3);
    let sent = json!({ "id": acme, "tags": [
        { "id": three, "label": "three" },
        { "id": two, "label": "mine" },
        { "id": one, "label": "first" },
        two,
    ] });
    let reply = client.ok("firm", "update", sent).await;
    assert_eq!(labels(&reply), ["first", "two", "three"]);
    // What is not listed is untied, here alone.
    let reply = client.ok("firm", "update", json!({ "id": acme, "tags": [two] })).await;
    assert_eq!(labels(&reply), ["two"]);
    assert_eq!(labels(&get(&mut client, "firm", other).await), ["first"]);
    // On any error everything stays.
    for (tags, at, sentence) in [
        (json!([one, Uuid::from_u128(9)]), "tags.1", "There is no such row."),
        (json!([{ "id": one, "label": "x" }, "?"]), "tags.1", "Write a UUID."),
        (json!([one, null]), "tags.1", "Write an id, or an object."),
        (json!([{ "label": "x" }]), "tags.0.id", "This field is required."),
        (json!(null), "tags", "Write a list."),
    ] {
        let failure = client.fail("firm", "update", json!({ "id": acme, "tags": tags })).await;
        assert_eq!(failure.data, json!({ at: [sentence] }));
    }
    assert_eq!(labels(&get(&mut client, "firm", acme).await), ["two"]);
    let reply = client.ok("firm", "create", json!({ "name": "New", "tags": [one, two] })).await;
    assert_eq!(labels(&reply), ["first", "two"]);
    let reply = client.ok("firm", "update", json!({ "id": acme, "tags": [] })).await;
    assert_eq!(labels(&reply), [json!(null); 0]);
    world.stop().await;
}

async fn pairs_may_only_be_added(database: Database) {
    let world = world(database, Config::default()).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let (one, two) = (new_tag(db, 1, "one").await, new_tag(db, 2, "two").await);
    tie(db, acme, one).await;
    let mut client = world.client().await;
    let labels = |reply: &Json| -> Vec<Json> {
        reply["tags"].as_array().unwrap().iter().map(|one| one["label"].clone()).collect()
    };
    // As SwampDragon's clients send them: only what is new.
    let reply = client.ok("club", "update", json!({ "id": acme, "tags": [two] })).await;
    assert_eq!(labels(&reply), ["one", "two"]);
    let reply = client.ok("club", "update", json!({ "id": acme, "tags": [] })).await;
    assert_eq!(labels(&reply), ["one", "two"]);
    // What is there already is written, and tied once.
    let sent = json!({ "id": acme, "tags": [two, { "id": one, "label": "first" }, one] });
    assert_eq!(labels(&client.ok("club", "update", sent).await), ["first", "two"]);
    assert_eq!(company_tag::Entity::find().all(db).await.unwrap().len(), 2);
    world.stop().await;
}

async fn a_list_of_ids_costs_as_many_statements_however_long_it_is(database: Database) {
    let mut db = dragon::connect(&database.url).await.unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    db.set_metric_callback(move |info| {
        if !info.statement.sql.contains("dragon_test_") {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let world = world_on(database, db).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let ids: Vec<Uuid> = (0..20).map(Uuid::from_u128).collect();
    for number in 0..20 {
        new_tag(db, number, "one").await;
    }
    let mut staff = Vec::new();
    for _ in 0..20 {
        staff.push(person(db, "Ann", acme, None).await);
    }
    let mut client = world.client().await;
    let unknown: Vec<Uuid> = (100..120).map(Uuid::from_u128).collect();
    let mut costs = Vec::new();
    for many in [2, 20] {
        client.ok("firm", "update", json!({ "id": acme, "tags": [] })).await;
        count.store(0, Ordering::SeqCst);
        let sent = json!({ "id": acme, "tags": ids[..many] });
        let reply = client.ok("firm", "update", sent).await;
        assert_eq!(reply["tags"].as_array().unwrap().len(), many);
        let tied = count.swap(0, Ordering::SeqCst);
        let failure =
            client.fail("firm", "update", json!({ "id": acme, "tags": unknown[..many] })).await;
        assert_eq!(failure.data.as_object().unwrap().len(), many);
        costs.push((tied, count.load(Ordering::SeqCst)));
    }
    assert_eq!(costs[0], costs[1]);
    // One twice, after something wrong, is there twice.
    let sent = json!({ "id": acme, "tags": [ids[0], unknown[0], ids[0], unknown[1]] });
    let failure = client.fail("firm", "update", sent).await;
    let no_row = json!(["There is no such row."]);
    assert_eq!(failure.data, json!({ "tags.1": no_row, "tags.3": no_row }));
    // What a list makes it may name.
    let new = Uuid::from_u128(7_000);
    let sent = json!({ "id": acme, "tags": [{ "id": new, "label": "new" }, new] });
    let reply = client.ok("firm", "update", sent).await;
    assert_eq!(reply["tags"][0]["label"], "new");
    let sent = json!({ "id": acme, "staff_set": staff });
    client.ok("firm", "update", sent).await;
    world.stop().await;
}
