//! Filters and scopes over relations: cards of boards of owners.

mod asked;
mod live;
mod oracle;
mod start;

use dragon::AppBuilder;
use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::ConnectionTrait;

use crate::world::World;

/// Whoever owns boards; no router serves them.
pub mod owner {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "owner")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Boards, which may have no owner.
pub mod board {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "board")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub owner_id: Option<i32>,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::owner::Entity",
            from = "Column::OwnerId",
            to = "super::owner::Column::Id",
            on_update = "Cascade",
            on_delete = "Cascade"
        )]
        Owner,
        #[sea_orm(has_many = "super::card::Entity")]
        Cards,
    }

    impl Related<super::owner::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Owner.def()
        }
    }

    impl Related<super::card::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Cards.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Cards, each on a board.
pub mod card {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "card")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub board_id: i32,
        pub text: String,
        #[sea_orm(default_value = false)]
        pub done: bool,
        pub secret: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::board::Entity",
            from = "Column::BoardId",
            to = "super::board::Column::Id",
            on_update = "Cascade",
            on_delete = "Cascade"
        )]
        Board,
    }

    impl Related<super::board::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Board.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(
    model = card::Entity,
    publish_fields(board_id, text, done),
    update_fields(board_id, text, done)
)]
pub struct CardSerializer;

#[serializer(model = board::Entity, publish_fields(name, owner_id), update_fields(name, owner_id))]
pub struct BoardSerializer;

/// A user sees the cards of the boards that it owns; its name is the owner's id.
pub struct CardRouter;

#[router(
    route = "card",
    serializer = CardSerializer,
    filter_fields(board_id, text, done, board__name, board__owner__name, board__owner_id),
    order_fields(text)
)]
impl CardRouter {
    fn scope(&self, caller: &Caller) -> Filter {
        match caller.user.as_deref().map(str::parse::<i32>) {
            Some(Ok(owner)) => Filter::eq("board__owner_id", owner),
            Some(Err(_)) => Filter::Nothing,
            None => Filter::All,
        }
    }
}

pub struct BoardRouter;

#[router(
    route = "board",
    serializer = BoardSerializer,
    filter_fields(name, owner__name, cards__text, cards__done)
)]
impl BoardRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// The app of cards, beside that of the other tests.
pub async fn world(database: Database) -> World {
    world_with(database, |builder| builder).await
}

pub async fn world_with(
    database: Database,
    configure: impl FnOnce(AppBuilder) -> AppBuilder,
) -> World {
    World::start_with(database, |builder| {
        configure(builder.model::<owner::Entity>().router(BoardRouter).router(CardRouter))
    })
    .await
}

/// Runs statements as another program would.
pub async fn run(world: &World, sql: &str) {
    let result = world.db.execute_unprepared(sql).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Two owners, `ann` (1) with the boards 1 and 2 and `bob` (2) with board 3; board 4 has none.
/// Card 11 is on board 1, and so on.
pub async fn fill(world: &World) {
    run(world, "INSERT INTO owner (id, name) VALUES (1, 'ann'), (2, 'bob')").await;
    let boards = "INSERT INTO board (id, owner_id, name) VALUES (1, 1, 'home'), (2, 1, 'work'), \
         (3, 2, 'home'), (4, NULL, 'lost')";
    run(world, boards).await;
    let cards = "INSERT INTO card (id, board_id, text) VALUES (11, 1, 'a'), (12, 1, 'b'), \
         (21, 2, 'a'), (31, 3, 'a'), (41, 4, 'a')";
    run(world, cards).await;
}
