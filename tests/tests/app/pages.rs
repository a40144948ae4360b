//! Lists in pages.

use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::{ActiveModelTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::models::{ItemSerializer, item};
use crate::world::{World, new_item};

crate::both!(
    a_list_comes_page_by_page,
    an_empty_list_has_one_page,
    a_page_that_is_not_there_is_told_with_those_that_are,
    a_page_is_of_the_filter_the_order_and_the_scope,
    rows_and_count_are_of_one_moment,
);

struct Paged;

#[router(
    route = "paged",
    serializer = ItemSerializer,
    filter_fields(done, rank),
    order_fields(text),
    paginate_by = 3,
)]
impl Paged {
    fn scope(&self, caller: &Caller) -> Filter {
        match caller.user.as_deref() {
            Some("low") => Filter::lt("rank", 5),
            _ => Filter::All,
        }
    }
}

async fn world(database: Database, items: i64) -> World {
    let world = World::start_with(database, |builder| builder.router(Paged)).await;
    let list = world.list("me").await.id;
    for n in 0..items {
        let mut item = new_item(list, &format!("{n}"));
        item.rank = sea_orm::Set(n);
        item.insert(&world.db).await.unwrap();
    }
    world
}

fn texts(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect()
}

async fn a_list_comes_page_by_page(database: Database) {
    let world = world(database, 7).await;
    let mut client = world.client().await;
    for (page, wanted, next, previous) in [
        (json!(1), vec!["0", "1", "2"], true, false),
        (json!(2), vec!["3", "4", "5"], true, true),
        (json!("3"), vec!["6"], false, true),
    ] {
        let reply = client.call("paged", "get_list", json!({ "_page": page })).await;
        assert_eq!(texts(reply.data()), wanted);
        let number = page.as_u64().unwrap_or(3);
        assert_eq!(reply.context()["page"], number);
        let object = json!({
            "page": number, "page_count": 3, "has_next": next, "has_previous": previous,
            "total_count": 7, "per_page": 3,
        });
        assert_eq!(reply.context()["client_context"], json!({ "page": object }));
    }
    // Who asks for no page gets the first, and is told so all the same.
    let reply = client.call("paged", "get_list", json!({})).await;
    assert_eq!(texts(reply.data()), ["0", "1", "2"]);
    assert_eq!(reply.context().get("page"), None);
    assert_eq!(reply.context()["client_context"]["page"]["page_count"], 3);
    // A subscription has all rows.
    let all = client.call("paged", "subscribe", json!({ "_snapshot": true })).await;
    assert_eq!(all.snapshot().len(), 7);
}

async fn an_empty_list_has_one_page(database: Database) {
    let world = world(database, 0).await;
    let mut client = world.client().await;
    let reply = client.call("paged", "get_list", json!({ "_page": 1 })).await;
    assert_eq!(reply.data(), &json!([]));
    let object = json!({
        "page": 1, "page_count": 1, "has_next": false, "has_previous": false,
        "total_count": 0, "per_page": 3,
    });
    assert_eq!(reply.context()["client_context"]["page"], object);
    let failure = client.fail("paged", "get_list", json!({ "_page": 2 })).await;
    assert_eq!(failure.data, json!({ "error": ["There is no page 2; there is only page 1."] }));
}

async fn a_page_that_is_not_there_is_told_with_those_that_are(database: Database) {
    let world = world(database, 4).await;
    let mut client = world.client().await;
    for page in [json!(3), json!(u64::MAX)] {
        let failure = client.fail("paged", "get_list", json!({ "_page": page })).await;
        assert_eq!(failure.code, "bad_request");
        let sentence = failure.data["error"][0].as_str().unwrap();
        assert!(sentence.ends_with("there are pages 1 to 2."), "{sentence}");
    }
    for page in [json!(0), json!(-1), json!(1.5), json!("two"), json!([1]), json!(true)] {
        let failure = client.fail("paged", "get_list", json!({ "_page": page })).await;
        assert_eq!(failure.code, "bad_request", "{page}");
        assert!(failure.data.to_string().contains("the first page is 1"), "{}", failure.data);
    }
    // Pages and a limit exclude each other, and so do pages and whatever has none.
    for (route, verb, args) in [
        ("paged", "get_list", json!({ "_page": 1, "_limit": 1 })),
        ("item", "get_list", json!({ "_page": 1 })),
        ("item", "subscribe", json!({ "_page": 1 })),
        ("paged", "subscribe", json!({ "_page": 1 })),
    ] {
        assert_eq!(client.fail(route, verb, args.clone()).await.code, "bad_request", "{args}");
    }
}

async fn a_page_is_of_the_filter_the_order_and_the_scope(database: Database) {
    let world = world(database, 9).await;
    let mut client = world.client_of("low").await;
    let args = json!({ "rank__gt": 0, "_order": "-text", "_page": 2 });
    let reply = client.call("paged", "get_list", args).await;
    assert_eq!(texts(reply.data()), ["1"]);
    assert_eq!(reply.context()["client_context"]["page"]["total_count"], 4);
}

/// While one writer moves the list between 3 and 6 rows, each in one transaction, no page tells
/// of rows that its count has not.
async fn rows_and_count_are_of_one_moment(database: Database) {
    let world = world(database, 3).await;
    let mut client = world.client().await;
    let db = world.db.clone();
    let list = item::Entity::find().one(&db).await.unwrap().unwrap().list_id;
    let writer = tokio::spawn(async move {
        for _ in 0..20 {
            let transaction = db.begin().await.unwrap();
            for n in 0..3 {
                new_item(list, &format!("more {n}")).insert(&transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
            let more = item::Column::Text.starts_with("more");
            item::Entity::delete_many().filter(more).exec(&db).await.unwrap();
        }
    });
    while !writer.is_finished() {
        let reply = client.call("paged", "get_list", json!({ "_page": 2 })).await;
        if reply.is_success() {
            assert_eq!(texts(reply.data()).len(), 3);
            assert_eq!(reply.context()["client_context"]["page"]["total_count"], 6);
        } else {
            assert_eq!(reply.data()["error"][0], "There is no page 2; there is only page 1.");
        }
    }
    writer.await.unwrap();
}

/// By hand, with pages that cannot be.
struct Length<const N: u64>;

impl<const N: u64> ModelRouter for Length<N> {
    const ROUTE: &'static str = "length";
    type Serializer = ItemSerializer;
    const PAGINATE_BY: Option<u64> = Some(N);

    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[tokio::test]
async fn a_length_of_pages_that_cannot_be_stops_the_start() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let builder = crate::world::builder(&db).router(Length::<0>);
    assert!(builder.start().await.unwrap_err().to_string().contains("paginate_by = 1"));
    let builder = crate::world::builder(&db).router(Length::<1001>);
    assert!(builder.start().await.unwrap_err().to_string().contains("paginate_by = 1000"));
}
