use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, dragon::SelfPublish)]
#[sea_orm(table_name = "todo_item")]
pub struct Model {
    #[sea_orm(primary_key)]
    #[self_publish(skip)]
    pub id: i32,
    pub text: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
