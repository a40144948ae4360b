//! What is told in place of SwampDragon's `id_field` and `publish_model`, and what each lookup of a
//! subscription lets through.

use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use serde_json::{Value as Json, json};

use crate::world::{World, new_item, told};

crate::both!(
    a_row_is_known_by_the_column_that_its_entity_names,
    a_row_that_did_not_change_is_told_by_raising_a_column,
    each_lookup_of_a_subscription_lets_through_what_matches,
);

/// Pages, whose table has a numbered key of its own; they are known by their slugs.
mod page {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub slug: String,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = page::Entity, publish_fields(title), update_fields(title))]
struct PageSerializer;

struct PageRouter;

#[router(route = "page", serializer = PageSerializer)]
impl PageRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("slug", cx.arg::<String>("slug")?))
    }
}

async fn a_row_is_known_by_the_column_that_its_entity_names(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let key = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => "serial PRIMARY KEY",
        _ => "integer PRIMARY KEY AUTOINCREMENT",
    };
    let table =
        format!("CREATE TABLE page (id {key}, slug text NOT NULL UNIQUE, title text NOT NULL)");
    db.execute_unprepared(&table).await.unwrap();
    db.close().await.unwrap();
    let world = World::start_with(database, |builder| builder.router(PageRouter)).await;
    let mut client = world.client().await;
    client.ok("page", "subscribe", json!({ "channel": "pages" })).await;
    let about = |title: &str| json!({ "id": "about", "_type": "page", "title": title });
    let created = client.ok("page", "create", json!({ "slug": "about", "title": "Us" })).await;
    assert_eq!(created, about("Us"));
    assert_eq!(told(&client.next_push(PATIENCE).await), ("created".to_owned(), about("Us")));
    let args = json!({ "id": "about", "title": "We" });
    assert_eq!(client.ok("page", "update", args).await, about("We"));
    assert_eq!(told(&client.next_push(PATIENCE).await), ("updated".to_owned(), about("We")));
    assert_eq!(client.ok("page", "get_single", json!({ "id": "about" })).await, about("We"));
    client.ok("page", "delete", json!({ "id": "about" })).await;
    let gone = json!({ "id": "about", "_type": "page" });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("deleted".to_owned(), gone));
    world.stop().await;
}

async fn a_row_that_did_not_change_is_told_by_raising_a_column(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let id = new_item(list, "a").insert(&world.db).await.unwrap().id;
    let mut client = world.client().await;
    client.ok("item", "subscribe", json!({ "channel": "i", "_snapshot": true })).await;
    // The first says nothing new, and is told to nobody.
    for raised in ["rank", "rank + 1"] {
        let sql = format!("UPDATE item SET rank = {raised} WHERE id = {id}");
        world.db.execute_unprepared(&sql).await.unwrap();
    }
    let data = json!({ "id": id, "_type": "item", "rank": 1 });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("updated".to_owned(), data));
    world.stop().await;
}

async fn each_lookup_of_a_subscription_lets_through_what_matches(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    // Ranks 1 to 4, and what each filter is to let through.
    let cases: [(Json, &[i64]); 9] = [
        (json!({ "rank": 2 }), &[2]),
        (json!({ "rank__eq": 2 }), &[2]),
        (json!({ "rank__lt": 2 }), &[1]),
        (json!({ "rank__lte": 2 }), &[1, 2]),
        (json!({ "rank__gt": 3 }), &[4]),
        (json!({ "rank__gte": 3 }), &[3, 4]),
        (json!({ "rank__in": [1, 4] }), &[1, 4]),
        (json!({ "text__contains": "ev" }), &[2, 4]),
        (json!({ "text__contains": "ev", "rank__gt": 2 }), &[4]),
    ];
    let mut clients = Vec::new();
    for (filter, wanted) in &cases {
        let mut client = world.client().await;
        client.ok("item", "subscribe", filter.clone()).await;
        clients.push((client, filter, wanted));
    }
    for (text, rank) in [("odd", 1), ("even", 2), ("odd", 3), ("even", 4)] {
        let mut item = new_item(list, text);
        item.rank = Set(rank);
        item.insert(&world.db).await.unwrap();
    }
    for (mut client, filter, wanted) in clients {
        for rank in *wanted {
            let (action, data) = told(&client.next_push(PATIENCE).await);
            assert_eq!((action.as_str(), &data["rank"]), ("created", &json!(rank)), "{filter}");
        }
        client.no_push(std::time::Duration::from_millis(30)).await;
    }
    world.stop().await;
}
