//! What a subscription covers of the rows that its own rows lead to.

use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};

use super::holders::{of_tag, rename_tag};
use super::models::{address, company, company_tag, document as document_model, staff};
use super::{QUIET, company as new_company, document, new_tag, person, tie, world};
use crate::world::told;

crate::both!(
    a_subscription_covers_what_its_rows_lead_to,
    a_resumed_subscription_covers_it_as_well,
    what_leads_out_of_the_scope_is_not_covered,
    filters_go_by_the_names_of_what_is_told,
    two_relations_to_one_model_have_a_channel_each,
    a_model_that_leads_to_itself_has_a_channel_for_each_step,
);

/// The next push of a channel that begins so, with its action and data.
async fn of_channel(client: &mut Client, channel: &str) -> (String, Value) {
    let push = client.next_push(PATIENCE).await;
    let own = push["channel"].as_str().unwrap_or_default().to_owned();
    assert!(own.starts_with(channel), "{push}");
    told(&push)
}

/// The next push of exactly this channel, whatever others come before it.
async fn first_of(client: &mut Client, channel: &Value) -> (String, Value) {
    loop {
        let push = client.next_push(PATIENCE).await;
        if push["channel"] == *channel {
            return told(&push);
        }
    }
}

/// Waits for a push, whatever others come before it.
async fn until(client: &mut Client, wanted: impl Fn(&(String, Value)) -> bool) {
    while !wanted(&told(&client.next_push(PATIENCE).await)) {}
}

async fn a_subscription_covers_what_its_rows_lead_to(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, other) = (new_company(db, "Acme").await, new_company(db, "Other").await);
    let ann = person(db, "Ann", acme, None).await;
    let mut client = world.client().await;
    let args = json!({ "id": acme, "channel": "c", "_snapshot": true });
    let reply = client.call("whole", "subscribe", args.clone()).await;
    // Each says in which of the channels it is told.
    let map = json!([
        { "parent_type": "company", "child_type": "staff", "via": "company",
          "prop_name": "staff_set", "is_collection": true, "channel": "staff|company__id:1" },
        { "parent_type": "staff", "child_type": "document", "via": "staff",
          "prop_name": "documents", "is_collection": true,
          "channel": "document|staff__company__id:1" },
        { "parent_type": "company", "child_type": "address", "via": "company",
          "prop_name": "address", "is_collection": false, "channel": "address|company__id:1" },
        { "parent_type": "company", "child_type": "tag", "via": "company_tags",
          "prop_name": "tags", "is_collection": true, "channel": "tag|company_tags__id:1" },
    ]);
    assert_eq!((acme, reply.data()), (1, &map));
    let channels = json!([
        "company|id:1",
        "staff|company__id:1",
        "document|staff__company__id:1",
        "address|company__id:1",
        "tag|company_tags__id:1",
    ]);
    assert_eq!(reply.message["channel_data"]["remote_channels"], channels);
    assert_eq!(reply.context()["positions"].as_object().unwrap().len(), 5);
    assert_eq!(reply.snapshot()[0]["staff_set"][0]["documents"], json!([]));
    // A row further down, found by its own column.
    let bob = person(db, "Bob", acme, None).await;
    let data =
        json!({ "id": bob, "_type": "staff", "name": "Bob", "documents": [], "company": acme });
    assert_eq!(of_channel(&mut client, "staff|").await, ("created".to_owned(), data));
    // One that is found over two steps.
    document(db, "Plan", ann).await;
    let data = json!({ "id": 1, "_type": "document", "title": "Plan", "staff": ann });
    assert_eq!(of_channel(&mut client, "document|").await, ("created".to_owned(), data));
    // A pair tells the owner the keys, and brings the row that it leads to, which names those of
    // this filter that hold it.
    let one = new_tag(db, 1, "one").await;
    tie(db, other, one).await;
    tie(db, acme, one).await;
    let mut both =
        [told(&client.next_push(PATIENCE).await), told(&client.next_push(PATIENCE).await)];
    both.sort_by(|a, b| b.0.cmp(&a.0));
    assert_eq!(
        both[0],
        ("updated".to_owned(), json!({ "id": acme, "_type": "company", "tags": [one] }))
    );
    assert_eq!(both[1], of_tag("created", one, "one", &[acme]));
    // What is renamed there is told.
    rename_tag(db, one, "uno").await;
    assert_eq!(of_channel(&mut client, "tag|").await, of_tag("updated", one, "uno", &[acme]));
    // Who moves away leaves, with what belongs to them: each from what held it.
    let mut active: staff::ActiveModel =
        staff::Entity::find_by_id(ann).one(db).await.unwrap().unwrap().into();
    active.company_id = Set(Some(other));
    active.update(db).await.unwrap();
    let mut gone =
        [told(&client.next_push(PATIENCE).await), told(&client.next_push(PATIENCE).await)];
    gone.sort_by_key(|(_, data)| data["_type"].to_string());
    let gone_from = |row: Value| ("deleted".to_owned(), row);
    assert_eq!(gone[0], gone_from(json!({ "id": 1, "_type": "document", "staff": ann })));
    assert_eq!(gone[1], gone_from(json!({ "id": ann, "_type": "staff", "company": acme })));
    client.no_push(QUIET).await;
    // The same again is acknowledged; an unsubscribe ends all of it.
    let again = client.call("whole", "subscribe", json!({ "id": acme, "channel": "x" })).await;
    assert_eq!(again.context()["positions"].as_object().unwrap().len(), 5);
    let ended = client.call("whole", "unsubscribe", json!({ "id": acme, "channel": "c" })).await;
    assert_eq!(ended.message["channel_data"]["remote_channels"].as_array().unwrap().len(), 5);
    person(db, "Carl", acme, None).await;
    client.no_push(QUIET).await;
    world.stop().await;
}

async fn a_resumed_subscription_covers_it_as_well(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = new_company(db, "Acme").await;
    let mut client = world.client().await;
    let args = json!({ "company_id": acme, "channel": "c", "_snapshot": true });
    let reply = client.call("staff", "subscribe", args).await;
    assert!(reply.message["context"]["positions"].is_null(), "no relation is covered here");
    // One whose channels are all judged by their own columns can go on where it was.
    let reply = client.call("home", "subscribe", json!({ "_snapshot": true })).await;
    let positions = reply.context()["positions"].clone();
    assert_eq!(positions.as_object().unwrap().len(), 2);
    client.close().await;
    let street = |street: &str| address::ActiveModel {
        street: Set(street.to_owned()),
        company_id: Set(acme),
        ..Default::default()
    };
    street("Main").insert(db).await.unwrap();
    let mut client = world.client().await;
    let reply = client.call("home", "subscribe", json!({ "_since": positions })).await;
    assert!(reply.recovered());
    // (The company may be told once more: it may not have been published when the first client
    // read it.)
    let push = loop {
        let push = client.next_push(PATIENCE).await;
        if push["data"]["_type"] == "address" {
            break push;
        }
    };
    assert_eq!((&push["action"], &push["data"]["street"]), (&json!("created"), &json!("Main")));
    // Whoever lacks one of them begins anew.
    let mut late = world.client().await;
    let mut part = positions.as_object().unwrap().clone();
    part.retain(|channel, _| channel.starts_with("address"));
    let args = json!({ "_since": part, "_snapshot": true });
    let reply = late.call("home", "subscribe", args).await;
    assert!(!reply.recovered());
    assert_eq!(reply.snapshot()[0]["address"]["street"], "Main");
    world.stop().await;
}

async fn what_leads_out_of_the_scope_is_not_covered(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, other) = (new_company(db, "Acme").await, new_company(db, "Other").await);
    let mut client = world.client_of("Acme").await;
    client.ok("whole", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    person(db, "Hidden", other, None).await;
    let seen = person(db, "Seen", acme, None).await;
    let (action, data) = of_channel(&mut client, "staff|").await;
    assert_eq!((action.as_str(), &data["id"]), ("created", &json!(seen)));
    // A company that leaves the scope takes what it leads to along.
    let mut active: company::ActiveModel =
        company::Entity::find_by_id(acme).one(db).await.unwrap().unwrap().into();
    active.name = Set("Sold".to_owned());
    active.update(db).await.unwrap();
    let mut gone =
        [told(&client.next_push(PATIENCE).await), told(&client.next_push(PATIENCE).await)];
    gone.sort_by_key(|(_, data)| data["_type"].to_string());
    let of = |row: Value| ("deleted".to_owned(), row);
    assert_eq!(gone[0], of(json!({ "id": acme, "_type": "company" })));
    assert_eq!(gone[1], of(json!({ "id": seen, "_type": "staff", "company": acme })));
    world.stop().await;
}

async fn filters_go_by_the_names_of_what_is_told(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = new_company(db, "Acme").await;
    let one = new_tag(db, 1, "one").await;
    let mut tagged = world.client().await;
    let mut writing = world.client().await;
    let args = json!({ "tags__label": "one", "_snapshot": true });
    let reply = tagged.call("whole", "subscribe", args).await;
    assert!(reply.snapshot().is_empty());
    let args = json!({ "staff_set__documents__title": "Plan", "_snapshot": true });
    assert!(writing.call("whole", "subscribe", args).await.snapshot().is_empty());
    // By a pair, and over two tables.
    tie(db, acme, one).await;
    let of_acme = |(action, data): &(String, Value)| action == "created" && data["name"] == "Acme";
    until(&mut tagged, of_acme).await;
    let ann = person(db, "Ann", acme, None).await;
    document(db, "Plan", ann).await;
    until(&mut writing, of_acme).await;
    // And out again.
    company_tag::Entity::delete_many().exec(db).await.unwrap();
    let gone = ("deleted".to_owned(), json!({ "id": acme, "_type": "company" }));
    until(&mut tagged, |one| *one == gone).await;
    world.stop().await;
}

async fn two_relations_to_one_model_have_a_channel_each(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = new_company(db, "Acme").await;
    let (ann, bob) = (person(db, "Ann", acme, None).await, person(db, "Bob", acme, None).await);
    let mut client = world.client().await;
    let reply = client.call("press", "subscribe", json!({ "_snapshot": true })).await;
    let channels = &reply.message["channel_data"]["remote_channels"];
    assert_eq!(channels, &json!(["company|", "staff|", "document|", "document|~staff_set.edited"]));
    document(db, "Plan", ann).await;
    let created = |key: &str, id: i32| {
        let row = json!({ "id": 1, "_type": "document", "title": "Plan", key: id });
        ("created".to_owned(), row)
    };
    assert_eq!(first_of(&mut client, &channels[2]).await, created("staff", ann));
    // Who is asked to edit it has it in the other relation, and in that alone.
    let mut row: document_model::ActiveModel =
        document_model::Entity::find_by_id(1).one(db).await.unwrap().unwrap().into();
    row.editor_id = Set(Some(bob));
    row.update(db).await.unwrap();
    assert_eq!(first_of(&mut client, &channels[3]).await, created("editor", bob));
    let rest = client.pushes(QUIET).await;
    assert!(rest.iter().all(|push| push["data"]["_type"] != "document"), "{rest:?}");
    world.stop().await;
}

async fn a_model_that_leads_to_itself_has_a_channel_for_each_step(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = new_company(db, "Acme").await;
    let (ann, bob) = (person(db, "Ann", acme, None).await, person(db, "Bob", acme, None).await);
    let mut client = world.client().await;
    let reply = client.call("ladder", "subscribe", json!({ "_snapshot": true })).await;
    let channels = reply.message["channel_data"]["remote_channels"].clone();
    assert_eq!(channels, json!(["staff|", "staff|~mentor", "staff|~mentor.mentor"]));
    let told_in: Vec<&Value> =
        reply.data().as_array().unwrap().iter().map(|entry| &entry["channel"]).collect();
    assert_eq!(told_in, [&channels[1], &channels[2]]);
    // Each channel has a position of its own, and who comes back with all of them goes on there.
    let positions = reply.context()["positions"].clone();
    assert_eq!(positions.as_object().unwrap().len(), 3);
    let mut row: staff::ActiveModel =
        staff::Entity::find_by_id(ann).one(db).await.unwrap().unwrap().into();
    row.mentor_id = Set(Some(bob));
    row.update(db).await.unwrap();
    let (action, data) = first_of(&mut client, &channels[1]).await;
    assert_eq!((action.as_str(), &data["id"]), ("created", &json!(bob)));
    world.stop().await;
}
