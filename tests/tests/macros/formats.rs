//! `#[derive(SelfPublish)]` in every way to write an entity: the facts equal the real columns.

use dragon::Model;
use dragon::model::ModelInfo;
use sea_orm::sea_query::ArrayType;
use sea_orm::{EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

mod compact {
    use dragon::SelfPublish;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text")]
    pub enum Color {
        #[sea_orm(string_value = "red")]
        Red,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "Todo_item", rename_all = "camelCase")]
    pub struct Model {
        #[sea_orm(column_name = "key", primary_key, auto_increment = false)]
        pub id: Uuid,
        pub r#type: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub note: Option<String>,
        #[sea_orm(ignore)]
        pub cached: Vec<u8>,
        #[sea_orm(default_value = 0.5, comment = "a share, not a sum", extra = "CHECK (1 > 0)")]
        pub share: f64,
        pub color: Color,
        pub since: Option<DateTimeUtc>,
        #[sea_orm(enum_name = "Flagged")]
        pub flag: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    // The user's own, beside what the derive writes.
    impl ActiveModelBehavior for ActiveModel {}
}

/// The parent of the other formats' relations.
mod list {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, dragon::SelfPublish)]
    #[sea_orm(table_name = "todo_list")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub within: HasMany<super::within::Entity>,
        #[sea_orm(has_many)]
        pub above: HasMany<super::above::Entity>,
        #[sea_orm(has_many)]
        pub only: HasMany<super::only::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The derive among the others: SeaORM copies all of them to a second struct.
mod within {
    use dragon::SelfPublish;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SelfPublish)]
    #[self_publish(name = "within")]
    #[sea_orm(table_name = "todo_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub text: String,
        pub todo_list_id: Option<i32>,
        #[sea_orm(belongs_to, from = "todo_list_id", to = "id", on_delete = "Cascade")]
        pub todo_list: BelongsTo<Option<super::list::Entity>>,
        pub done: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The derive above SeaORM's attribute: it sees the relations.
mod above {
    use dragon::SelfPublish;
    use sea_orm::entity::prelude::*;

    #[derive(SelfPublish)]
    #[self_publish(name = "above")]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "todo_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub text: String,
        pub todo_list_id: Option<i32>,
        #[sea_orm(belongs_to, from = "todo_list_id", to = "id", on_delete = "Cascade")]
        pub todo_list: BelongsTo<Option<super::list::Entity>>,
        pub done: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The derive for the first of the two structs only.
mod only {
    use dragon::SelfPublish;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(model_attrs(derive(SelfPublish), self_publish(name = "only")))]
    #[sea_orm(table_name = "todo_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub text: String,
        pub todo_list_id: Option<i32>,
        #[sea_orm(belongs_to, from = "todo_list_id", to = "id", on_delete = "Cascade")]
        pub todo_list: BelongsTo<Option<super::list::Entity>>,
        pub done: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The facts about an entity, after a look at what SeaORM says of it.
fn facts<E: Model>() -> (&'static str, &'static str, Vec<&'static str>, Vec<ArrayType>) {
    let columns = E::Column::iter().count();
    assert_eq!((E::FIELDS.len(), E::types().len()), (columns, columns));
    let key = E::PrimaryKey::iter().next().expect("a primary key").into_column();
    let at = E::FIELDS.iter().position(|field| *field == E::KEY).expect("the key is a field");
    let column = E::Column::iter().nth(at).expect("a column for each field");
    assert_eq!(column.as_str(), key.as_str());
    assert!(ModelInfo::of::<E>().is_ok());
    (E::NAME, E::KEY, E::FIELDS.to_vec(), E::types())
}

#[test]
fn compact() {
    let (name, key, fields, types) = facts::<compact::Entity>();
    assert_eq!((name, key), ("todoitem", "id"));
    assert_eq!(fields, ["id", "type", "note", "share", "color", "since", "flag"]);
    assert_eq!(
        types,
        [
            ArrayType::Uuid,
            ArrayType::String,
            ArrayType::String,
            ArrayType::Double,
            ArrayType::String,
            ArrayType::ChronoDateTimeUtc,
            ArrayType::Bool,
        ]
    );
    let names: Vec<_> = <compact::Entity as EntityTrait>::Column::iter()
        .map(|column| column.as_str().to_owned())
        .collect();
    assert_eq!(names, ["key", "type", "note", "share", "color", "since", "flag"]);
}

const TYPES: [ArrayType; 4] = [ArrayType::Int, ArrayType::String, ArrayType::Int, ArrayType::Bool];
const FIELDS: [&str; 4] = ["id", "text", "todo_list_id", "done"];

fn assert_dense<E: Model>(expected_name: &str) {
    let (name, key, fields, types) = facts::<E>();
    assert_eq!((name, key), (expected_name, "id"));
    assert_eq!(fields, FIELDS);
    assert_eq!(types, TYPES);
}

#[test]
fn dense_within_the_derives() {
    assert_dense::<within::Entity>("within");
    let (name, _, fields, _) = facts::<list::Entity>();
    assert_eq!((name, fields), ("todolist", vec!["id", "name"]));
}

#[test]
fn dense_above_the_model_attribute() {
    assert_dense::<above::Entity>("above");
}

#[test]
fn dense_on_the_model_only() {
    assert_dense::<only::Entity>("only");
}
