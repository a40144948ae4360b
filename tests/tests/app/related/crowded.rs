//! Pairs that tie many rows at once: a relation that goes by a column which is no key.

use dragon::App;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ConnectionTrait, EntityTrait, Schema, Set};
use serde_json::json;

use super::QUIET;
use crate::world::World;

crate::both!(one_pair_may_tie_more_rows_than_a_byte_counts);

/// More than fit into a byte.
const PLAYERS: usize = 300;

/// Players, who belong to a team by its name.
pub mod player {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "player")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub team: String,
        #[sea_orm(has_many, via = "team_cup")]
        pub cups: HasMany<super::cup::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What teams have won.
pub mod cup {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "cup")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub label: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which team has which cup.
pub mod team_cup {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "team_cup")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub team: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub cup_id: i32,
        #[sea_orm(belongs_to, from = "team", to = "team")]
        pub player: HasOne<super::player::Entity>,
        #[sea_orm(belongs_to, from = "cup_id", to = "id")]
        pub cup: HasOne<super::cup::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod routers {
    use dragon::prelude::*;

    #[serializer(model = super::cup::Entity, publish_fields(label))]
    pub struct CupSerializer;

    #[serializer(model = super::player::Entity, publish_fields(team), related(cups = CupSerializer))]
    pub struct PlayerSerializer;

    pub struct PlayerRouter;

    #[router(route = "player", serializer = PlayerSerializer, include_related())]
    impl PlayerRouter {
        fn scope(&self, _: &Caller) -> Filter {
            Filter::All
        }
    }
}

async fn one_pair_may_tie_more_rows_than_a_byte_counts(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(player::Entity),
        schema.create_table_from_entity(cup::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    // No foreign key can lead to a column that is not unique.
    let pairs = "CREATE TABLE team_cup (team text, cup_id integer, PRIMARY KEY (team, cup_id))";
    db.execute_unprepared(pairs).await.unwrap();
    let players = (0..PLAYERS)
        .map(|_| player::ActiveModel { team: Set("red".to_owned()), ..Default::default() });
    player::Entity::insert_many(players).exec(&db).await.unwrap();
    let cup = cup::ActiveModel { label: Set("1999".to_owned()), ..Default::default() };
    let cup = cup::Entity::insert(cup).exec(&db).await.unwrap().last_insert_id;
    let app = App::builder("test").database(db.clone()).router(routers::PlayerRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;

    let mut client = world.client().await;
    let reply = client.call("player", "subscribe", json!({ "_snapshot": true })).await;
    let mut ids: Vec<i64> =
        reply.snapshot().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), PLAYERS);
    let pair = team_cup::ActiveModel { team: Set("red".to_owned()), cup_id: Set(cup) };
    team_cup::Entity::insert(pair).exec_without_returning(&world.db).await.unwrap();
    // Each of them is told, once.
    let mut told = Vec::new();
    for _ in &ids {
        let push = client.next_push(PATIENCE).await;
        assert_eq!((&push["action"], &push["data"]["cups"]), (&json!("updated"), &json!([cup])));
        told.push(push["data"]["id"].as_i64().unwrap());
    }
    ids.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, ids);
    client.no_push(QUIET).await;
    world.stop().await;
}
