//! Names that a database or its statements could stumble over.

use dragon::capture::{Namespace, uninstall};
use dragon::prelude::*;
use dragon_tests::Database;
use serde_json::json;

use super::install::serve;
use super::{tells, watch};
use crate::world::World;

crate::both!(names_that_need_quoting_are_quoted, names_may_be_as_long_as_they_come);

/// Names that are words of SQL, or have blanks and quotes in them.
mod order {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "Select \"From\"")]
    #[self_publish(name = "order")]
    pub struct Model {
        #[sea_orm(primary_key, column_name = "Group")]
        pub id: i32,
        #[sea_orm(column_name = "it's \"here\"")]
        pub r#where: String,
        #[sea_orm(column_name = "Übermaß; --")]
        pub limit: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = order::Entity, publish_fields(r#where, limit), update_fields(r#where, limit))]
struct OrderSerializer;

struct OrderRouter;

#[router(route = "order", serializer = OrderSerializer, filter_fields(r#where, limit), order_fields(limit))]
impl OrderRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn names_that_need_quoting_are_quoted(database: Database) {
    let world = serve(database, None, OrderRouter).await;
    let mut client = watch(&world, "order").await;
    let row = client.ok("order", "create", json!({ "where": "a", "limit": 5 })).await;
    tells(&mut client, "created", "where", "a").await;
    client.ok("order", "update", json!({ "id": row["id"], "limit": 6 })).await;
    tells(&mut client, "updated", "limit", 6).await;
    let args = json!({ "where__contains": "a", "limit__in": [6, null], "_order": "-limit" });
    assert_eq!(client.ok("order", "get_list", args).await.as_array().unwrap().len(), 1);
    client.ok("order", "delete", json!({ "id": row["id"] })).await;
    tells(&mut client, "deleted", "id", row["id"].clone()).await;
    uninstall(&world.db, &Namespace::of("test").unwrap()).await.unwrap();
}

/// A wire name of the greatest length.
mod long {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "long_name")]
    #[self_publish(name = "abcdefghijklmnopqrstuvwxyz-12345")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = long::Entity, publish_fields(text), update_fields(text))]
struct LongSerializer;

struct LongRouter;

#[router(route = "long", serializer = LongSerializer)]
impl LongRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn names_may_be_as_long_as_they_come(database: Database) {
    let name = "a23456789-123456789-1234";
    let db = dragon::connect(&database.url).await.unwrap();
    let app = App::builder(name).database(db.clone()).create_tables().router(LongRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let mut client = watch(&world, "long").await;
    let row = client.ok("long", "create", json!({ "text": "a" })).await;
    tells(&mut client, "created", "text", "a").await;
    client.ok("long", "delete", json!({ "id": row["id"] })).await;
    tells(&mut client, "deleted", "id", row["id"].clone()).await;
}
