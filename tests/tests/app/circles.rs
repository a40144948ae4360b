//! Models that refer to one another in a circle.

use dragon::prelude::*;
use dragon_tests::Database;

crate::both!(tables_that_refer_to_one_another_are_made_in_an_empty_database);

mod team {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "team")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub captain_id: Option<i32>,
        #[sea_orm(
            belongs_to,
            relation_enum = "Captain",
            from = "captain_id",
            to = "id",
            on_delete = "SetNull"
        )]
        pub captain: BelongsTo<Option<super::player::Entity>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod player {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "player")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub team_id: i32,
        #[sea_orm(
            belongs_to,
            relation_enum = "Team",
            from = "team_id",
            to = "id",
            on_delete = "Cascade"
        )]
        pub team: BelongsTo<super::team::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

async fn tables_that_refer_to_one_another_are_made_in_an_empty_database(database: Database) {
    // A second start finds them.
    for _ in 0..2 {
        let db = dragon::connect(&database.url).await.unwrap();
        let app = App::builder("circle").database(db).create_tables();
        let app = app.model::<team::Entity>().model::<player::Entity>().start().await.unwrap();
        app.shutdown().await;
    }
    let db = dragon::connect(&database.url).await.unwrap();
    for sql in [
        "INSERT INTO team (id) VALUES (1)",
        "INSERT INTO player (id, team_id) VALUES (1, 1)",
        "UPDATE team SET captain_id = 1",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    // What they refer to must be there, both ways.
    for sql in ["UPDATE team SET captain_id = 2", "UPDATE player SET team_id = 2"] {
        db.execute_unprepared(sql).await.unwrap_err();
    }
}
