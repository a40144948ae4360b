//! Rows that others lead to name what holds them: the mapper of SwampDragon places them by that.

use dragon::Config;
use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};

use super::models::{address, company, company_tag, document, staff, tag};
use super::{
    QUIET, company as new_company, configured, document as new_document, new_tag, person, tie,
    world,
};
use crate::world::told;

crate::both!(
    a_row_that_many_hold_names_them_all,
    only_what_the_scope_holds_is_named,
    what_a_foreign_key_leads_to_names_those_that_have_it,
    a_row_that_stands_alone_is_told_whole,
    a_row_that_moves_is_told_whole_and_leaves_with_its_holder,
    what_came_while_one_was_away_names_it_too,
    more_than_a_list_may_have_are_not_named,
);

/// What is told of a tag that these companies hold.
pub fn of_tag(action: &str, id: Uuid, label: &str, holders: &[i32]) -> (String, Value) {
    let row = json!({ "id": id, "_type": "tag", "label": label, "company_tags": holders });
    (action.to_owned(), row)
}

pub async fn rename_tag(db: &DatabaseConnection, id: Uuid, label: &str) {
    tag::ActiveModel { id: Set(id), label: Set(label.to_owned()) }.update(db).await.unwrap();
}

pub async fn untie(db: &DatabaseConnection, company: i32, tag: Uuid) {
    let pair = company_tag::Entity::delete_many()
        .filter(company_tag::Column::CompanyId.eq(company))
        .filter(company_tag::Column::TagId.eq(tag));
    pair.exec(db).await.unwrap();
}

pub async fn rename(db: &DatabaseConnection, company: i32, name: &str) {
    let row = company::Entity::update_many()
        .col_expr(company::Column::Name, Expr::value(name))
        .filter(company::Column::Id.eq(company));
    row.exec(db).await.unwrap();
}

/// The next push of rows of this kind, whatever others come before it.
async fn next_of(client: &mut Client, kind: &str) -> (String, Value) {
    loop {
        let push = client.next_push(PATIENCE).await;
        if push["data"]["_type"] == kind {
            return told(&push);
        }
    }
}

/// Nothing more is told of rows of this kind.
async fn no_more_of(client: &mut Client, kind: &str) {
    let rest = client.pushes(QUIET).await;
    assert!(rest.iter().all(|push| push["data"]["_type"] != kind), "{rest:?}");
}

async fn a_row_that_many_hold_names_them_all(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, best) = (new_company(db, "Acme").await, new_company(db, "Best").await);
    let one = new_tag(db, 1, "one").await;
    let mut client = world.client().await;
    client.ok("whole", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    tie(db, acme, one).await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("created", one, "one", &[acme]));
    // To the second it is new, so all of it is told.
    tie(db, best, one).await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("updated", one, "one", &[acme, best]));
    rename_tag(db, one, "uno").await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("updated", one, "uno", &[acme, best]));
    untie(db, acme, one).await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("updated", one, "uno", &[best]));
    untie(db, best, one).await;
    let gone = json!({ "id": one, "_type": "tag", "company_tags": [best] });
    assert_eq!(next_of(&mut client, "tag").await, ("deleted".to_owned(), gone));
    no_more_of(&mut client, "tag").await;
    // Where they stand within others, rows name nothing.
    tie(db, acme, one).await;
    let list = client.ok("whole", "get_list", json!({})).await;
    assert_eq!(list[0]["tags"], json!([{ "id": one, "_type": "tag", "label": "uno" }]));
    world.stop().await;
}

async fn only_what_the_scope_holds_is_named(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, best) = (new_company(db, "Acme").await, new_company(db, "Best").await);
    let one = new_tag(db, 1, "one").await;
    tie(db, best, one).await;
    let mut client = world.client_of("Acme").await;
    client.ok("whole", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    tie(db, acme, one).await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("created", one, "one", &[acme]));
    rename_tag(db, one, "uno").await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("updated", one, "uno", &[acme]));
    // What happens to the other pair concerns nobody here.
    untie(db, best, one).await;
    tie(db, best, one).await;
    no_more_of(&mut client, "tag").await;
    // The other one comes into the scope, and goes again.
    rename(db, best, "Acme").await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("updated", one, "uno", &[acme, best]));
    rename(db, best, "Best").await;
    assert_eq!(next_of(&mut client, "tag").await, of_tag("updated", one, "uno", &[acme]));
    rename(db, acme, "Sold").await;
    let gone = json!({ "id": one, "_type": "tag", "company_tags": [acme] });
    assert_eq!(next_of(&mut client, "tag").await, ("deleted".to_owned(), gone));
    world.stop().await;
}

async fn what_a_foreign_key_leads_to_names_those_that_have_it(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, best) = (new_company(db, "Acme").await, new_company(db, "Best").await);
    let (ann, bob) = (person(db, "Ann", acme, None).await, person(db, "Bob", acme, None).await);
    let mut client = world.client().await;
    let reply = client.call("colleague", "subscribe", json!({ "_snapshot": true })).await;
    assert_eq!(
        (reply.data()[0]["via"].as_str(), reply.data()[0]["is_collection"].as_bool()),
        (Some("staff"), Some(false))
    );
    let of = |action: &str, id: i32, name: &str, holders: &[i32]| {
        let row = json!({ "id": id, "_type": "company", "name": name, "staff": holders });
        (action.to_owned(), row)
    };
    rename(db, acme, "Acme Ltd").await;
    let renamed = of("updated", acme, "Acme Ltd", &[ann, bob]);
    assert_eq!(next_of(&mut client, "company").await, renamed);
    // Who comes to it brings it along: nothing is said of the company.
    let carl = person(db, "Carl", acme, None).await;
    let company = json!({ "id": acme, "_type": "company", "name": "Acme Ltd" });
    let row = json!({ "id": carl, "_type": "staff", "name": "Carl", "company": company });
    assert_eq!(next_of(&mut client, "staff").await, ("created".to_owned(), row));
    no_more_of(&mut client, "company").await;
    // With another change it is.
    rename(db, acme, "Acme").await;
    let renamed = of("updated", acme, "Acme", &[ann, bob, carl]);
    assert_eq!(next_of(&mut client, "company").await, renamed);
    let moved = staff::Entity::update_many().col_expr(staff::Column::CompanyId, Expr::value(best));
    moved.exec(db).await.unwrap();
    let mut both = [next_of(&mut client, "company").await, next_of(&mut client, "company").await];
    both.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(both[0], of("created", best, "Best", &[ann, bob, carl]));
    // Those who had it have told where they are, and nobody is to be taken out of that.
    let gone = json!({ "id": acme, "_type": "company" });
    assert_eq!(both[1], ("deleted".to_owned(), gone));
    // Only those that the filter has are named.
    let mut narrow = world.client().await;
    let args = json!({ "name": "Bob", "_snapshot": true });
    narrow.ok("colleague", "subscribe", args).await;
    rename(db, best, "Better").await;
    assert_eq!(next_of(&mut narrow, "company").await, of("updated", best, "Better", &[bob]));
    world.stop().await;
}

async fn a_row_that_stands_alone_is_told_whole(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, best) = (new_company(db, "Acme").await, new_company(db, "Best").await);
    // Judged by the row alone, and asked of the database.
    let (mut home, mut whole) = (world.client().await, world.client_of("Acme").await);
    home.ok("home", "subscribe", json!({ "_snapshot": true })).await;
    whole.ok("whole", "subscribe", json!({ "_snapshot": true })).await;
    let of = |action: &str, street: &str, company: i32| {
        let row = json!({ "id": 1, "_type": "address", "street": street, "company": company });
        (action.to_owned(), row)
    };
    let row = address::ActiveModel {
        street: Set("Main".to_owned()),
        company_id: Set(acme),
        ..Default::default()
    };
    let row = row.insert(db).await.unwrap();
    let mut change = address::ActiveModel::from(row);
    for client in [&mut home, &mut whole] {
        assert_eq!(next_of(client, "address").await, of("created", "Main", acme));
    }
    change.street = Set("Side".to_owned());
    change = change.update(db).await.unwrap().into();
    for client in [&mut home, &mut whole] {
        assert_eq!(next_of(client, "address").await, of("updated", "Side", acme));
    }
    change.company_id = Set(best);
    change = change.update(db).await.unwrap().into();
    assert_eq!(next_of(&mut home, "address").await, of("updated", "Side", best));
    let gone = |company: i32| {
        ("deleted".to_owned(), json!({ "id": 1, "_type": "address", "company": company }))
    };
    assert_eq!(next_of(&mut whole, "address").await, gone(acme));
    change.delete(db).await.unwrap();
    assert_eq!(next_of(&mut home, "address").await, gone(best));
    no_more_of(&mut whole, "address").await;
    world.stop().await;
}

async fn a_row_that_moves_is_told_whole_and_leaves_with_its_holder(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = new_company(db, "Acme").await;
    let (ann, bob) = (person(db, "Ann", acme, None).await, person(db, "Bob", acme, None).await);
    new_document(db, "Plan", ann).await;
    // Judged by the row alone, and asked of the database.
    let (mut writers, mut whole) = (world.client().await, world.client().await);
    writers.ok("writer", "subscribe", json!({ "_snapshot": true })).await;
    whole.ok("whole", "subscribe", json!({ "_snapshot": true })).await;
    let mut row: document::ActiveModel =
        document::Entity::find_by_id(1).one(db).await.unwrap().unwrap().into();
    row.staff_id = Set(bob);
    let mut row: document::ActiveModel = row.update(db).await.unwrap().into();
    let told = json!({ "id": 1, "_type": "document", "title": "Plan", "staff": bob });
    for client in [&mut writers, &mut whole] {
        assert_eq!(next_of(client, "document").await, ("updated".to_owned(), told.clone()));
    }
    // What is not told is no change.
    row.editor_id = Set(Some(ann));
    let row = row.update(db).await.unwrap();
    document::ActiveModel::from(row).delete(db).await.unwrap();
    let gone = json!({ "id": 1, "_type": "document", "staff": bob });
    for client in [&mut writers, &mut whole] {
        assert_eq!(next_of(client, "document").await, ("deleted".to_owned(), gone.clone()));
    }
    // A router's own row bears its key alone.
    staff::Entity::delete_by_id(ann).exec(db).await.unwrap();
    let gone = json!({ "id": ann, "_type": "staff" });
    assert_eq!(next_of(&mut writers, "staff").await, ("deleted".to_owned(), gone));
    let gone = json!({ "id": ann, "_type": "staff", "company": acme });
    let (action, data) = loop {
        // (Whose documents have changed may be told before.)
        let told = next_of(&mut whole, "staff").await;
        if told.0 != "updated" {
            break told;
        }
    };
    assert_eq!((action.as_str(), data), ("deleted", gone));
    world.stop().await;
}

async fn what_came_while_one_was_away_names_it_too(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, best) = (new_company(db, "Acme").await, new_company(db, "Best").await);
    let row = address::ActiveModel {
        street: Set("Main".to_owned()),
        company_id: Set(acme),
        ..Default::default()
    };
    let row = row.insert(db).await.unwrap();
    let mut client = world.client().await;
    let reply = client.call("home", "subscribe", json!({ "_snapshot": true })).await;
    let positions = reply.context()["positions"].clone();
    client.close().await;
    let mut change = address::ActiveModel::from(row);
    change.company_id = Set(best);
    let change = address::ActiveModel::from(change.update(db).await.unwrap());
    change.delete(db).await.unwrap();
    let mut client = world.client().await;
    let reply = client.call("home", "subscribe", json!({ "_since": positions })).await;
    assert!(reply.recovered());
    let moved = json!({ "id": 1, "_type": "address", "street": "Main", "company": best });
    let told = loop {
        // (It may be told once more that it came.)
        let told = next_of(&mut client, "address").await;
        if told.0 != "created" {
            break told;
        }
    };
    assert_eq!(told, ("updated".to_owned(), moved));
    let gone = json!({ "id": 1, "_type": "address", "company": best });
    assert_eq!(next_of(&mut client, "address").await, ("deleted".to_owned(), gone));
    world.stop().await;
}

async fn more_than_a_list_may_have_are_not_named(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let mut config = Config::default();
    config.list_rows = 2;
    let world = configured(database, db, config).await;
    let db = &world.db;
    let one = new_tag(db, 1, "one").await;
    let mut companies = Vec::new();
    for number in 0..3 {
        companies.push(new_company(db, &format!("c{number}")).await);
    }
    let mut client = world.client().await;
    client.ok("whole", "subscribe", json!({ "channel": "c" })).await;
    tie(db, companies[0], one).await;
    let named = |count: usize| of_tag("updated", one, "one", &companies[..count]);
    assert_eq!(next_of(&mut client, "tag").await.0, "created");
    tie(db, companies[1], one).await;
    assert_eq!(next_of(&mut client, "tag").await, named(2));
    tie(db, companies[2], one).await;
    rename_tag(db, one, "uno").await;
    let told = json!({ "id": one, "_type": "tag", "label": "uno" });
    assert_eq!(next_of(&mut client, "tag").await, ("updated".to_owned(), told));
    // Nor are those that were told before: they may have left the scope meanwhile.
    tag::Entity::delete_by_id(one).exec(db).await.unwrap();
    let gone = json!({ "id": one, "_type": "tag" });
    assert_eq!(next_of(&mut client, "tag").await, ("deleted".to_owned(), gone));
    world.stop().await;
}
