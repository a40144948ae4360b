//! The entity of the cases beside it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, dragon::SelfPublish)]
#[sea_orm(table_name = "todo_item")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub todo_list_id: i32,
    pub text: String,
    pub done: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
