use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, dragon::SelfPublish)]
#[sea_orm(table_name = "items_that_a_person_wrote_on_a_list_of_things_to_do")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub text: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
